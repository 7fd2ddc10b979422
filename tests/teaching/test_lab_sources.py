"""From a lab's solution: what students get, what runs through, and what nbgrader takes."""

from __future__ import annotations

import json

import nbformat
import pytest

from crmsim.errors import InputError
from crmsim.teaching.build import write_course
from crmsim.teaching.lab_source import nbgrader_version, read_lab, solution_version, student_version

LAB = """\
# %% [markdown] lang="en"
# # Lab
#
# Find the ratio of *perceived* to *expected*.

# %% [markdown] lang="zh"
# # 实验
#
# 求感知与期望之比。

# %%
LANG = "en"

# %% solution="ratio"
def ratio(perceived, expected):
    ### BEGIN SOLUTION
    # c = b / a
    return perceived / expected
    ### END SOLUTION

# %% test="check_ratio" points=2
assert ratio(3, 4) == 0.75
### BEGIN HIDDEN TESTS
assert ratio(1, 8) == 0.125
### END HIDDEN TESTS

# %% solution="best"
best = None
### BEGIN SOLUTION
best = 3
### END SOLUTION

# %% test="check_best" points=1
assert best == 3
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "exercises" / "labs" / "source").mkdir(parents=True)
    return tmp_path


def lab(project, text=LAB):
    path = project / "exercises" / "labs" / "source" / "01_ratio.py"
    path.write_text(text, encoding="utf-8")
    return read_lab(path)


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_students_get_gaps_and_no_answer(project, lang):
    notebook = student_version(lab(project), lang)
    nbformat.validate(notebook)
    assert code(notebook) == [
        f'LANG = "{lang}"',
        "def ratio(perceived, expected):\n    ...",
        "assert ratio(3, 4) == 0.75",
        "best = None\n...",
        "assert best == 3",
    ]
    text = json.dumps(notebook)
    assert "SOLUTION" not in text and "HIDDEN" not in text and "0.125" not in text


def test_the_solution_passes_and_the_gaps_run_but_fail(project):
    read = lab(project)
    solved = code(solution_version(read, "en"))
    assert "###" not in "".join(solved) and "0.125" in "".join(solved)
    exec("\n".join(solved), {})
    names: dict = {}
    cells = code(student_version(read, "en"))
    exec(cells[1] + "\n" + cells[3], names)
    for test in (cells[2], cells[4]):
        with pytest.raises(AssertionError):
            exec(test, names)


def test_metadata_is_nbgraders(project):
    read = lab(project)
    for notebook in (student_version(read, "en"), nbgrader_version(read, "zh")):
        about = [cell.metadata.get("nbgrader") for cell in notebook.cells]
        assert about[:2] == [None, None]
        assert about[2] == {
            "schema_version": 3,
            "grade_id": "ratio",
            "task": False,
            "grade": False,
            "solution": True,
            "locked": False,
        }
        assert about[3] == about[2] | {
            "grade_id": "check_ratio",
            "grade": True,
            "solution": False,
            "locked": True,
            "points": 2,
        }
    locked = [cell.metadata.get("editable") for cell in student_version(read, "en").cells]
    assert locked == [None, None, None, False, None, False]
    kept = [cell.metadata.get("deletable") for cell in student_version(read, "en").cells]
    assert kept == [None, None, False, False, False, False]


def test_nbgrader_gets_the_marks(project):
    cells = code(nbgrader_version(lab(project), "zh"))
    assert "### BEGIN SOLUTION" in cells[1] and "### BEGIN HIDDEN TESTS" in cells[2]


WRONG = {
    "no solution": ("### BEGIN SOLUTION\nbest", "best", ":27: marks: must be pairs"),
    "no end": ("    ### END SOLUTION\n", "", ":14: marks: ### END SOLUTION is missing"),
    "no region": (
        "### BEGIN SOLUTION\nbest = 3\n### END SOLUTION\n",
        "best = 3\n",
        ":27: solution: must have",
    ),
    "other end": ("### END HIDDEN TESTS", "### END SOLUTION", ":21: marks: must be pairs"),
    "slip": ("### BEGIN HIDDEN TESTS", "### BEGIN HIDDEN TEST", ":21: (marks|code): must"),
    "not checked": (
        '# %% test="check_best" points=1\nassert best == 3\n',
        "",
        "py: test: solution 'best' must",
    ),
    "not checked before the next": (
        ' test="check_ratio" points=2\nassert',
        "\nassert",
        ":21: marks: ### BEGIN HID",
    ),
    "same name": ('test="check_best"', 'test="ratio"', ":33: name: .*used once, got 'ratio'"),
    "strange name": ('test="check_best"', 'test="Check best"', ":33: name: must be small letters"),
    "no points": ("points=1", "points=0", ":33: points: must be a whole number of at least 1, got 0"),
    "points as words": ("points=1", 'points="many"', ":33: points: .*got 'many'"),
    "unknown mark": ("points=1", "marks=1", r":33: marks: .*got \['marks', 'test'\]"),
    "solution in a test": (
        "BEGIN HIDDEN TESTS\nassert ratio(1, 8) == 0.125\n### END HIDDEN TESTS",
        "BEGIN SOLUTION\nassert ratio(1, 8) == 0.125\n### END SOLUTION",
        ":21: marks: ### BEGIN SOLUTION must not stand",
    ),
    "nothing checked": (
        LAB[LAB.index('# %% solution="ratio"') :],
        "",
        "py: test: a lab must check something",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_breaks_a_rule_is_named_with_its_line(project, name):
    old, new, message = WRONG[name]
    assert old in LAB
    with pytest.raises(InputError, match=r"01_ratio\.py" + message.removeprefix("py")):
        lab(project, LAB.replace(old, new, 1))


def test_the_course_folder_is_written_whole(project, tmp_path):
    lab(project)
    write_course(tmp_path / "course", project)
    files = sorted(
        path.relative_to(tmp_path / "course").as_posix()
        for path in (tmp_path / "course").rglob("*")
        if path.is_file()
    )
    assert files == sorted(
        f"{lang}/{name}"
        for lang in ("en", "zh")
        for name in (
            "solutions/01_ratio.ipynb",
            "nbgrader/source/01_ratio/01_ratio.ipynb",
            "nbgrader/nbgrader_config.py",
        )
    )
    with pytest.raises(InputError, match="out: "):
        write_course(tmp_path / "course", project)


def test_without_labs_there_is_no_course(tmp_path):
    with pytest.raises(InputError, match="labs: there are none"):
        write_course(tmp_path / "course", tmp_path)
    assert not (tmp_path / "course").exists()
