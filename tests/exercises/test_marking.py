"""Marking: every kind, the explanations that fit, and what cannot be read costs nothing."""

from __future__ import annotations

import pytest
from quiz_bank import every_kind, right_answer

from crmsim.exercises.bank import load_bank, read_bank
from crmsim.exercises.marking import SELF_MARKED, mark, mark_points, points_of
from crmsim.exercises.sheet import Sheet

TEXT = """\
topic: loyalty
questions:
- {id: tf, kind: true-false, entries: [clv], difficulty: 1, notebook: 5, answer: false,
   text: {en: claim, zh: 论断}, why: {en: because, zh: 因为}, if_wrong: {en: overlooked, zh: 忽略了}}
- id: one
  kind: single-choice
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: which, zh: 哪个}
  options:
  - {text: {en: a, zh: 甲}, why: {en: no a, zh: 非甲}}
  - {text: {en: b, zh: 乙}, right: true, why: {en: yes b, zh: 是乙}}
  - {text: {en: c, zh: 丙}, why: {en: no c, zh: 非丙}}
- id: some
  kind: multiple-choice
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: which, zh: 哪些}
  options:
  - {text: {en: a, zh: 甲}, right: true, why: {en: yes a, zh: 是甲}}
  - {text: {en: b, zh: 乙}, right: true, why: {en: yes b, zh: 是乙}}
  - {text: {en: c, zh: 丙}, why: {en: no c, zh: 非丙}}
  - {text: {en: d, zh: 丁}, why: {en: no d, zh: 非丁}}
- id: gaps
  kind: fill-in
  entries: [clv]
  difficulty: 1
  notebook: 5
  any_order: true
  text: {en: "____ and ____", zh: "____和____"}
  blanks:
  - {accept_en: [cost, expense], accept_zh: [成本]}
  - {accept_en: [cost, price], accept_zh: [价格]}
  slips:
  - {text: {en: value, zh: 价值}, why: {en: "value is what remains", zh: 价值是剩下的}}
  why: {en: both count, zh: 两者都算}
- id: match
  kind: matching
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: match, zh: 配对}
  pairs:
  - {left: {en: l1, zh: 左一}, right: {en: r1, zh: 右一}, why: {en: w1, zh: 因一}}
  - {left: {en: l2, zh: 左二}, right: {en: r2, zh: 右二}, why: {en: w2, zh: 因二}}
  - {left: {en: l3, zh: 左三}, right: {en: r3, zh: 右三}, why: {en: w3, zh: 因三}}
- id: order
  kind: ordering
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: order, zh: 排序}
  steps:
  - {text: {en: s1, zh: 步一}, why: {en: w1, zh: 因一}}
  - {text: {en: s2, zh: 步二}, why: {en: w2, zh: 因二}}
  - {text: {en: s3, zh: 步三}, why: {en: w3, zh: 因三}}
  why: {en: so it goes, zh: 如此}
- id: fixed
  kind: calculation
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: "3 * 4?", zh: 三乘四？}
  given:
    {answer: 12, unit: {en: CNY, zh: 元}, tolerance: 0.1, solution: [{en: "3 * 4 = 12", zh: "3 * 4 = 12"}]}
  slips:
  - {text: {en: adding, zh: 相加}, why: {en: times is not plus, zh: 乘不是加}}
- id: short
  kind: short-answer
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: why, zh: 为什么}
  model_answer: {en: so, zh: 所以}
  rubric:
  - {text: {en: p1, zh: 点一}, points: 1}
  - {text: {en: p2, zh: 点二}, points: 3}
  slips:
  - {text: {en: x, zh: 错}, why: {en: y, zh: 因}}
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    path = tmp_path_factory.mktemp("bank") / "bank.yaml"
    path.write_text(TEXT, "utf-8")
    return read_bank([path])


@pytest.mark.parametrize(
    ("name", "answer", "score", "said"),
    [
        ("tf", False, 1, ["because"]),
        ("tf", True, 0, ["overlooked", "because"]),
        ("one", 1, 1, ["yes b"]),
        ("one", 2, 0, ["no c", "yes b"]),
        ("some", [0, 1], 1, ["yes a", "yes b"]),
        ("some", [0], 0.5, ["yes a", "Missed: b"]),
        ("some", [0, 1, 2], 0.5, ["Wrongly chosen: c", "no c"]),
        ("some", [0, 1, 2, 3], 0, ["no c", "no d"]),
        ("some", [2, 3], 0, ["Missed: a", "Missed: b"]),
        ("gaps", ["cost", "cost"], 1, ["both count"]),
        ("gaps", ["price", "EXPENSE "], 1, ["both count"]),
        ("gaps", ["price", "price"], 0.5, ["Expected: cost; cost"]),
        ("gaps", ["成本", "价值"], 0.5, ["value is what remains"]),
        ("match", [0, 1, 2], 1, ["l1 – r1: right. w1"]),
        ("match", [1, 0, 2], 1 / 3, ["These belong together: l1 – r1. w1", "l3 – r3: right"]),
        ("order", [0, 1, 2], 1, ["so it goes"]),
        ("order", [0, 2, 1], 1 / 3, ["Number 2 is “s2”. w2", "s1 → s2 → s3"]),
        ("fixed", "12.05", 1, ["3 * 4 = 12"]),
        ("fixed", "１２", 1, ["3 * 4 = 12"]),
        ("fixed", "7", 0, ["The result is 12 CNY.", "Beware: adding. times is not plus"]),
    ],
)
def test_points_and_reasons(bank, name, answer, score, said):
    found = mark(bank[name], answer, "en")
    assert found.score == pytest.approx(score) and found.right == (score == 1)
    text = " | ".join(line.text for line in found.lines)
    assert [words for words in said if words not in text] == [], text


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("tf", None), ("one", None), ("some", []), ("some", None), ("gaps", ["", " "]), ("gaps", ["cost"]),
        ("match", [0, None, 1]), ("match", None), ("order", [0, 0, 1]), ("order", None), ("fixed", ""),
        ("fixed", "twelve"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_cannot_be_read_costs_nothing_and_says_what_to_do(bank, name, answer, lang):
    found = mark(bank[name], answer, lang)
    assert found.score is None and not found.right
    assert len(found.lines) == 1 and len(found.lines[0].text) > 4


@pytest.mark.parametrize("answer", ["15", "15%", "１５％", "15 percent", "百分之15"])
def test_per_cent_may_be_written_with_its_sign(answer):
    assert mark(load_bank()["q3-scenario-profit-volume"], answer, "zh").score == 1.0


def test_no_right_answer_is_told_in_the_wrong_language(bank):
    for name, answer in (
        ("one", 0),
        ("some", [2]),
        ("gaps", ["x", "y"]),
        ("match", [1, 0, 2]),
        ("order", [2, 1, 0]),
    ):
        text = "".join(line.text for line in mark(bank[name], answer, "zh").lines)
        assert not set("abcdefghijklmnopqrstuvwz") & set(text.replace("x", "").replace("y", "")), text


def test_self_marked_answers_get_the_points_of_the_rubric(bank):
    assert [points for _, _, points in points_of(bank["short"])] == [1, 3]
    assert mark_points(bank["short"], [1]).score == 0.75
    assert mark_points(bank["short"], []).score == 0
    with pytest.raises(TypeError, match="not marked by machine"):
        mark(bank["short"], "so", "en")
    with pytest.raises(TypeError, match="marked by machine"):
        mark_points(bank["one"], [0])


def test_whoever_knows_everything_gets_all_points_of_the_whole_bank():
    for question in load_bank().questions.values():
        if question.kind in (*SELF_MARKED, "lab"):
            continue
        sheet = Sheet(question, "ada", 7)
        for lang in ("en", "zh"):
            found = sheet.mark(right_answer(sheet), lang)
            assert found.right, (question.id, found)


def test_a_sheet_depends_on_student_and_seed_and_never_shows_steps_in_order(bank):
    orders = {
        Sheet(bank["some"], student, seed).order for student in ("ada", "bo", "cy") for seed in range(5)
    }
    assert len(orders) > 5
    assert Sheet(bank["some"], "ada", 3).order == Sheet(bank["some"], "Ada", 3).order
    assert all(Sheet(bank["order"], "ada", seed).order != (0, 1, 2) for seed in range(60))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_sentence_ends_twice(tmp_path, lang):
    """Options, pairs and steps may be sentences, and stand inside another one."""
    questions = every_kind(tmp_path).questions
    answers = {"one": 0, "some": [0, 2], "match": [1, 0, 2], "order": [1, 0, 2], "gaps": ["a", "b"]}
    marks = [mark(questions[name], answer, lang) for name, answer in answers.items()]
    said = [line.text for found in marks for line in found.lines]
    twice = ("..", "。。", ".。", "。.", ". →", "。：")
    assert len(said) > 12 and not [text for text in said if any(end in text for end in twice)]
