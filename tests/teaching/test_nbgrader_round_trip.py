"""Real labs through nbgrader by the commands of exercises/README.md: from source to results of the class."""

from __future__ import annotations

import json
import re
import shlex
import zipfile
from pathlib import Path

import nbformat
import pytest

from crmsim.cli import main
from crmsim.teaching.build import PROJECT, write_course
from crmsim.teaching.lab_source import read_lab, student_version
from crmsim.text.catalogue import catalogue
from crmsim.yaml_files import read_document

nbgrader_app = pytest.importorskip(
    "nbgrader.apps.nbgraderapp", reason="nbgrader is not installed (make .venv/.nbgrader)"
)
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]

LAB_OF = {"en": "04_clv_by_hand", "zh": "05_grade_customers"}
LABS = {lang: read_lab(PROJECT / "exercises/labs/source" / f"{name}.py") for lang, name in LAB_OF.items()}
#: In each language a task that no other one builds on, and the word of a typical mistake in it.
SLIP = {"en": ("month", "month.yearly_both"), "zh": ("pyramid", "pyramid.revenue")}
SOLVED, UNTOUCHED, SLIPPED = "李雷", "han_mei-mei", "Ada L"
#: A right answer that warns while it is checked, as pandas and NumPy like to.
NOISY = "\n    import warnings; warnings.warn('this way is old', FutureWarning)"


def commands(lang):
    """Return the commands that exercises/README.md gives to be run in the course's folder, for one lab."""
    block = re.search(r"```sh\n(.*?)```", (PROJECT / "exercises/README.md").read_text("utf-8"), re.DOTALL)[1]
    lines = block[block.index("cd course/en/nbgrader") :].splitlines()[1:]
    return [shlex.split(line.replace(LAB_OF["en"], LAB_OF[lang]), comments=True) for line in lines]


def solutions(lab):
    """Return what a student types who knows everything: the task to the code of its cell."""
    return {
        cell.marks["solution"]: re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell.text)
        for cell in lab.cells
        if "solution" in cell.marks
    }


def filled_in(release, answers):
    """Return a student's copy of a released notebook, with answers in the cells of their tasks."""
    copy = nbformat.read(release, as_version=4)
    for cell in copy.cells:
        task = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(task, cell.source)
    return nbformat.writes(copy)


def hand_in(course, lang):
    """Put copies where they are collected: in a folder, in a zip of folders, and in a zip of one student."""
    lab, name = LABS[lang], f"{LAB_OF[lang]}.ipynb"
    release = course / "release" / lab.name / name
    task, key = SLIP[lang]
    slips = read_document(Path(__file__).with_name("labs_1_to_5_wrong.yaml")).data[lab.name][task]
    wrong = next(slip["typed"] for slip in slips if slip["says"] == key)
    right = solutions(lab)
    noisy = {t: re.sub(r"^def .*:$", rf"\g<0>{NOISY}", code, flags=re.M) for t, code in right.items()}
    assert any("warnings" in code for code in noisy.values())
    archive = course / "downloaded" / lab.name / "archive"
    (archive / SOLVED / ".ipynb_checkpoints").mkdir(parents=True)
    (archive / SOLVED / name).write_text(filled_in(release, noisy), "utf-8")
    (archive / SOLVED / ".ipynb_checkpoints" / name).write_text("{}")
    with zipfile.ZipFile(archive / "class.zip", "w") as file:
        # Whoever was given the notebook of the project, and not nbgrader's, hands in that one.
        file.write(PROJECT / "exercises" / "labs" / lang / name, f"{UNTOUCHED}/{name}")
    with zipfile.ZipFile(archive / f"{SLIPPED}.zip", "w") as file:
        file.writestr(name, filled_in(release, right | {task: wrong}))


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    """The instructor's folder when all the commands have been run for a lab in each language."""
    folder = tmp_path_factory.mktemp("nbgrader")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            patch.setenv(name, str(folder / name.lower()))
        patch.setenv("PYTHONPATH", str(PROJECT))
        patch.setenv("PYTHONWARNINGS", "default")  # put back at the end: the course's settings change it
        patch.setenv("PATH", "/usr/bin:/bin")  # as where the environment was not activated
        write_course(folder / "course")
        for lang in LAB_OF:
            course = folder / "course" / lang / "nbgrader"
            patch.chdir(course)
            for program, *arguments in commands(lang):
                if arguments[0] == "zip_collect":
                    hand_in(course, lang)
                if program == "crmsim":
                    assert main([*arguments, "--lang", lang]) == 0
                else:
                    nbgrader(*arguments)
    return folder / "course"


def nbgrader(command, *arguments):
    """Run a command of nbgrader in this process: it takes seconds to import."""
    application, _ = nbgrader_app.NbGraderApp.subcommands[command]
    app = application()
    app.initialize(list(arguments))
    app.start()


def points(class_folder, lang):
    """Return each student's points by task, as nbgrader noted them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{class_folder / lang / 'nbgrader' / 'gradebook.db'}") as book:
        return {
            submission.student.id: {
                grade.name.removeprefix("check_"): grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(LAB_OF[lang])
        }


def most(lang):
    marks = [cell.marks for cell in LABS[lang].cells if "test" in cell.marks]
    return {mark["test"].removeprefix("check_"): mark["points"] for mark in marks}


@pytest.mark.parametrize("lang", LAB_OF)
def test_what_nbgrader_releases_is_what_the_project_hands_out(class_folder, lang):
    name = LAB_OF[lang]
    released = class_folder / lang / "nbgrader" / "release" / name / f"{name}.ipynb"
    text = released.read_text("utf-8")
    assert "HIDDEN" not in text and "SOLUTION" not in text and "SEED + " not in text
    release, ours = nbformat.read(released, as_version=4), student_version(LABS[lang], lang)
    assert [cell.source for cell in release.cells] == [cell.source for cell in ours.cells]
    for cell, own in zip(release.cells, ours.cells, strict=True):
        about = dict(cell.metadata.get("nbgrader", {}))
        assert about.pop("checksum", None) or not about
        if about:
            assert own.metadata["nbgrader"].items() <= about.items()
            assert cell.metadata.get("editable") == own.metadata.get("editable")


@pytest.mark.parametrize("lang", LAB_OF)
def test_a_solved_lab_has_all_points_an_untouched_one_none_and_a_slip_costs_its_task(class_folder, lang):
    full, task = most(lang), SLIP[lang][0]
    assert points(class_folder, lang) == {
        SOLVED: full,
        UNTOUCHED: dict.fromkeys(full, 0),
        SLIPPED: full | {task: 0},
    }


def test_a_cell_has_time_to_compile_the_model(class_folder):
    from nbgrader.preprocessors import Execute
    from traitlets.config import PyFileConfigLoader

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "")
        patch.setenv("PYTHONWARNINGS", "default")
        settings = PyFileConfigLoader(
            "nbgrader_config.py", str(class_folder / "en" / "nbgrader")
        ).load_config()
    assert Execute().timeout < 60 <= Execute(config=settings).timeout


@pytest.mark.parametrize("lang", LAB_OF)
def test_hidden_tests_were_put_back_and_run(class_folder, lang):
    name = LAB_OF[lang]
    graded = class_folder / lang / "nbgrader" / "autograded" / SOLVED / name / f"{name}.ipynb"
    hidden = [cell for cell in nbformat.read(graded, as_version=4).cells if "SEED + 1000" in cell.source]
    assert hidden and all(cell.execution_count for cell in hidden)


@pytest.mark.parametrize("lang", LAB_OF)
def test_feedback_says_what_was_wrong_in_the_words_of_the_check(class_folder, lang):
    name = LAB_OF[lang]
    pages = {
        student: (class_folder / lang / "nbgrader" / "feedback" / student / name / f"{name}.html").read_text(
            "utf-8"
        )
        for student in (SOLVED, UNTOUCHED, SLIPPED)
    }
    sentence = catalogue()[f"lab.{SLIP[lang][1]}"][lang]
    plain = max(re.split(r"\{[^}]*\}", sentence), key=len).strip()
    assert plain in pages[SLIPPED] and plain not in pages[SOLVED] and plain not in pages[UNTOUCHED]
    full = sum(most(lang).values())
    assert f"{full}.0 / {full}.0" in pages[SOLVED] and "Traceback (most" not in pages[SLIPPED]


@pytest.mark.parametrize("lang", LAB_OF)
def test_the_exported_grades_are_summed_up_for_the_class(class_folder, lang):
    course, full = class_folder / lang / "nbgrader", sum(most(lang).values())
    left = full - most(lang)[SLIP[lang][0]]
    page = (course / "results" / "index.html").read_text("utf-8")
    assert f"<td>{SOLVED}</td>" in page and f"{full} / {full}" in page and f"{left} / {full}" in page
    assert f'<td>{UNTOUCHED}</td><td class="">–</td>' in page
    tables = json.loads((course / "results" / "manifest.json").read_text("utf-8"))["files"]
    assert "labs.csv" in tables
