"""Labs 1 to 5 as students meet them: solutions pass, gaps and typical mistakes get a sentence that helps."""

from __future__ import annotations

import ast
import re
import string
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmsim.exercises.bank import load_bank
from crmsim.teaching.build import PROJECT
from crmsim.teaching.lab_checks import LabCheck, NotYet, Passed
from crmsim.teaching.lab_source import read_lab, solution_version, student_version
from crmsim.teaching.labs import clv_by_hand
from crmsim.text import LANGUAGES
from crmsim.text.catalogue import catalogue
from crmsim.yaml_files import read_document

LABS = {
    name: read_lab(PROJECT / "exercises" / "labs" / "source" / f"{name}.py")
    for name in (
        "01_one_life",
        "02_delight_fades",
        "03_repair_programme",
        "04_clv_by_hand",
        "05_grade_customers",
    )
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def cells(lab, lang, version=solution_version):
    """Return (task or check, code) of each code cell in its order; the first has no name."""
    marks = [cell.marks for cell in lab.cells if cell.kind == "code"]
    codes = [cell.source for cell in version(lab, lang).cells if cell.cell_type == "code"]
    return [(m.get("solution", m.get("test", "")), code) for m, code in zip(marks, codes, strict=True)]


def play(lab, lang, seed, *, answers=None, checks=None, version=solution_version, seen=None):
    """Run a lab's cells one after the other, as a student does; return what each check said.

    Answers take the place of solutions; `seen` is put over the names that checks see.
    """
    names, said = {}, {}
    for name, code in cells(lab, lang, version):
        if name.startswith("check_"):
            if checks is None or name in checks:
                said[name] = outcome(code, names | (seen or {}))
            if set(said) == checks:
                break
            continue
        code = (answers or {}).get(name, code)
        exec(code.replace("SEED = 1", f"SEED = {seed}") if code == "SEED = 1" else code, names)
    return said


def outcome(code, names):
    """Return what the last line of a cell shows, or the sentence with which it fails."""
    *before, last = ast.parse(code).body
    try:
        exec(compile(ast.Module(before, []), "cell", "exec"), names)
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    except NotYet as error:
        (sentence,) = error._render_traceback_()
        return sentence


def is_sentence(text, key, lang):
    """Return whether a sentence of the catalogue is in a text, whatever stands in its blanks."""
    parts = string.Formatter().parse(catalogue()[key][lang])
    return re.search(".*".join(re.escape(plain) for plain, *_ in parts), text, re.DOTALL) is not None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", LABS)
def test_the_solution_passes_every_check(name, lang):
    seed = {"en": 1, "zh": 20261}[lang]
    for check, said in play(LABS[name], lang, seed).items():
        assert isinstance(said, Passed), f"{check}: {said}"
        assert said.startswith("✓ ") and bool(CHINESE.search(said)) == (lang == "zh")
        assert is_sentence(said, f"lab.{check.removeprefix('check_')}.passed", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", LABS)
def test_a_gap_is_called_a_gap(name, lang):
    keys = ("lab.answer.empty", "lab.answer.returns_nothing")
    for check, said in play(LABS[name], lang, 1, version=student_version).items():
        assert said.startswith("✗ ") and any(is_sentence(said, key, lang) for key in keys), f"{check}: {said}"


@pytest.mark.parametrize("name", LABS)
def test_a_cell_that_was_not_run_is_missed(name):
    tasks = [task for task, _ in cells(LABS[name], "zh") if task and not task.startswith("check_")]
    for check, said in play(LABS[name], "zh", 1, answers=dict.fromkeys(tasks, "")).items():
        assert is_sentence(said, "lab.answer.missing", "zh"), f"{check}: {said}"


@pytest.mark.parametrize("name", LABS)
def test_a_number_of_ones_own_is_asked_for(name):
    tasks = [task for task, _ in cells(LABS[name], "en") if task and not task.startswith("check_")]
    seen = {"SEED": "Li Lei"}
    for check, said in play(LABS[name], "en", 1, answers=dict.fromkeys(tasks, ""), seen=seen).items():
        keys = ("lab.answer.seed", "lab.answer.missing")
        assert any(is_sentence(said, key, "en") for key in keys), f"{check}: {said}"


@pytest.mark.parametrize("name", LABS)
def test_graded_work_holds_no_hidden_test(name):
    for lang in LANGUAGES:
        text = "".join(code for _, code in cells(LABS[name], lang, student_version))
        assert "SEED + " not in text and "BEGIN" not in text
        assert "SEED + " in "".join(code for _, code in cells(LABS[name], lang))


#: Lab, task, a typical wrong answer, and the sentence that explains it.
WRONG = [
    (name, task, slip["typed"], slip["says"])
    for name, tasks in read_document(Path(__file__).with_name("labs_1_to_5_wrong.yaml")).data.items()
    for task, slips in tasks.items()
    for slip in slips
]


@pytest.mark.parametrize(
    ("name", "task", "code", "key"), WRONG, ids=[f"{n[:2]}-{task}-{key}" for n, task, _, key in WRONG]
)
def test_a_typical_mistake_is_explained(name, task, code, key):
    seed = 1
    said = play(LABS[name], "zh", seed, answers={task: code}, checks={f"check_{task}"})[f"check_{task}"]
    keys = [k for k in catalogue() if re.fullmatch(re.escape(f"lab.{key}").replace(r"\*", ".*"), k)]
    assert keys and any(is_sentence(said, k, "zh") for k in keys), said


def test_every_lab_has_wrong_answers_to_try():
    assert all(sum(row[0] == name for row in WRONG) >= 3 for name in LABS)


@pytest.mark.parametrize(
    "answer",
    [True, [1.0], None, ..., float("nan"), "１２", 1 + 0j, np.complex128(1.0), 10**400, np.array([1, 2])],
)
def test_what_is_no_number_is_not_taken_for_one(answer):
    with pytest.raises(NotYet, match=r"^✗ profit"):
        LabCheck("cost", {"profit": answer}, "en").number("profit")


@pytest.mark.parametrize(
    "answer",
    [3, 3.0, np.float32(3), np.array([3.0]), pd.Series([3.0], [7]), Decimal("3"), Fraction(3), np.array(3)],
)
def test_a_number_is_one_whatever_holds_it(answer):
    assert LabCheck("cost", {"profit": answer}, "en").number("profit") == 3.0


@pytest.mark.parametrize("number", [202312345678, 2_147_483_000, -1, 7.0, "7", True])
def test_a_number_that_is_no_seed_is_told_which_is(number):
    with pytest.raises(NotYet, match="last nine digits"):
        LabCheck("cost", {"SEED": number}, "en").seed()
    assert LabCheck("cost", {"SEED": 2_000_000_000}, "en").seed(2_000_002_000) == 2_000_002_000


def test_one_column_of_a_table_is_as_good_as_a_series():
    table = pd.DataFrame({"class": ["A", "B"]}, index=["C1", "C2"])
    check = LabCheck("abc", {"classes": table}, "en")
    assert check.column("classes", table.index).tolist() == ["A", "B"]
    assert check.mapping("classes", ["C1", "C2"]) == {"C1": "A", "C2": "B"}


@pytest.mark.parametrize("written", [["a", " B"], ["A", "B"]])
def test_labels_are_compared_without_case_and_blanks(written):
    truth = pd.Series(["A", "B"])
    LabCheck("abc", {}, "en").expect_labels("classes", pd.Series(written), truth, {})
    cells = pd.Series([543.0, 111.0])
    LabCheck("rfm", {}, "en").expect_labels("cells", cells, pd.Series(["543", "111"]), {})


def test_other_keys_may_stand_for_nothing_at_all():
    check = LabCheck("stages", {"days": {"stability": 3.0, "decline": 0}}, "en")
    assert check.mapping("days", ["stability"], with_zeros=True)["stability"] == 3.0
    with pytest.raises(NotYet, match="'decline'"):
        check.mapping("days", ["stability"])


def test_what_is_rounded_too_much_is_not_called_wrong():
    check = LabCheck("desk_load", {}, "en")
    for given in (5.8, 5.83):
        with pytest.raises(NotYet, match="give more digits"):
            check.expect("offered_load", given, 5.8333 if given == 5.8 else 5.8349, {}, lambda a, b: a == b)
    with pytest.raises(NotYet, match="too high"):
        check.expect("offered_load", 5.9, 5.8333, {})
    with pytest.raises(NotYet, match="too high"):  # ten thousand is no rounding of eight
        check.expect("offered_load", 10_000.0, 8.0, {})


@pytest.mark.parametrize("seed", [5, 21, 47, 281])
def test_whole_yuan_are_right_in_lab_4(seed):
    margin, r, d = clv_by_hand.your_case(seed)
    kept, rate = r ** (1 / 12), (1 + d) ** (1 / 12) - 1
    names = {
        "SEED": seed,
        "clv_year": round(margin * r / (1 + d - r)),
        "clv_month": round(margin / 12 * kept / (1 + rate - kept)),
    }
    assert clv_by_hand.check_year(names, "en").startswith("✓")
    assert clv_by_hand.check_month(names, "en").startswith("✓")


def test_no_slip_of_lab_4_hides_behind_whole_yuan():
    for seed in range(200):
        margin, r, d = clv_by_hand.your_case(seed)
        kept, rate = r ** (1 / 12), (1 + d) ** (1 / 12) - 1
        slip = margin / 12 * kept / (1 + d / 12 - kept)
        assert abs(slip - margin / 12 * kept / (1 + rate - kept)) > 1.0


def test_an_unknown_language_is_said():
    with pytest.raises(NotYet, match="LANG must be"):
        LabCheck("cost", {}, "fr")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_index_lists_the_labs_by_their_titles_and_the_bank_asks_for_them(lang):
    index = (PROJECT / "exercises" / "README.md").read_text("utf-8")
    asked = {question.lab for question in load_bank().of(kinds=["lab"])}
    for name, lab in LABS.items():
        title = re.sub(r"^\S+ ?\d+\.? *", "", lab.title(lang))
        assert f"[{title}](labs/{lang}/{name}.ipynb)" in index, title
        assert name in asked
