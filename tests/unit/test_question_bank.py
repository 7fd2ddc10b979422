"""The bank of questions: what is wrong with a file is said with its place, and every text is there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmsim.errors import InputError
from crmsim.exercises.bank import FOLDER, load_bank, read_bank
from crmsim.exercises.entries import entries
from crmsim.exercises.question import KINDS, TOPICS

GOOD = """\
topic: loyalty
questions:
- id: out-of-stock
  kind: single-choice
  entries: [loyalty-diamond]
  difficulty: 2
  notebook: 4
  text: {en: Which type?, zh: 哪一类？}
  options:
  - text: {en: habitual, zh: 习惯性}
    right: true
    why: {en: right, zh: 对}
  - text: {en: loyal, zh: 忠诚者}
    why: {en: no, zh: 否}
  - text: {en: switcher, zh: 转换者}
    why: {en: no, zh: 否}
- id: ladder
  kind: fill-in
  entries: [loyalty-ladder]
  difficulty: 1
  notebook: 4
  text: {en: "From ____ to ____.", zh: "从____到____。"}
  blanks:
  - {accept_en: [client], accept_zh: [主顾]}
  - {accept_en: [partner], accept_zh: [伙伴]}
  slips:
  - text: {en: backwards, zh: 颠倒}
    why: {en: no, zh: 否}
  why: {en: so it is, zh: 如此}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "bank.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_is_read(tmp_path):
    bank = read_bank([written(tmp_path, GOOD)])
    assert len(bank) == 2 and bank.topics["ladder"] == "loyalty"
    assert [question.id for question in bank.of(kinds=["fill-in"])] == ["ladder"]
    assert bank["ladder"].text.say("zh") == "从____到____。"


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("topic: loyalty", "topic: love", "1:8", "topic: must be one of systems, lifecycle"),
        ("kind: single-choice", "kind: riddle", "4:9", "kind: must be one of true-false"),
        ("  kind: single-choice\n", "", "3:3", "kind: must be one of true-false"),
        ("[loyalty-diamond]", "[diamond]", "5:13", "entries: is no entry of the course, got 'diamond'"),
        ("difficulty: 2", "difficulty: 7", "6:15", "must be a whole number from 1 to 3, got 7"),
        ("right: true", "rigth: true", "11:5", "rigth: is not a known field"),
        ("right: true", "right: false", "10:3", "options: must have exactly one that is right"),
        ("zh: 忠诚者", "zh: loyal one", "13:27", "zh: must be Chinese"),
        ("en: loyal,", "en: 忠诚,", "13:16", "en: must be English"),
        ("en: loyal,", "en: habitual,", "10:3", "options: must be different from one another (en)"),
        ("From ____ to ____.", "From ____.", "24:3", "blanks: must be as many as the gaps"),
        ("[client]", "[client", "24:41", "YAML: "),
        ("id: ladder", "id: out-of-stock", "17:7", "id: is there twice, got 'out-of-stock'"),
        ("id: ladder", "id: The Ladder", "17:7", "must be at most 60 small letters"),
        ("  why: {en: so it is, zh: 如此}\n", "", "17:3", "why: is missing"),
        ("    why: {en: no, zh: 否}\n  - text: {en: sw", "  - text: {en: sw", "13:5", "why: is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path, old, new, place, said):
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_bank([path])
    assert str(caught.value).startswith(f"{path}:{place}: "), caught.value
    assert said in str(caught.value)


def test_a_sign_that_json_writes_as_two_is_one(tmp_path):
    plain = GOOD.replace("Which type?", "Which type")
    escaped = plain.replace("[client]", r'["client \ud83d\ude42"]')
    assert read_bank([written(tmp_path, escaped)])["ladder"].blanks[0].accept_en == ("client \U0001f642",)
    with pytest.raises(InputError, match=r":24:\d+: .*accept_en\.0: holds one half of a sign"):
        read_bank([written(tmp_path, plain.replace("[client]", r'["client \ud83d"]'))])


def test_a_list_that_is_too_short(tmp_path):
    cut = GOOD.replace("  - text: {en: switcher, zh: 转换者}\n    why: {en: no, zh: 否}\n", "")
    with pytest.raises(InputError, match="options: must have at least 3 items, got 2"):
        read_bank([written(tmp_path, cut)])


def test_an_empty_folder_and_an_unknown_topic():
    with pytest.raises(InputError, match="must hold the questions that come with the program"):
        read_bank([])
    with pytest.raises(InputError, match="topic: must be one of systems"):
        load_bank().of(topics=["love"])
    with pytest.raises(InputError, match="question: is not in the bank, got 'nobody'"):
        load_bank()["nobody"]


def test_the_bank_of_the_project_is_whole():
    bank = load_bank()
    assert {path.stem.split("_")[0] for path in FOLDER.glob("*.yaml")} <= set(TOPICS)
    assert {question.kind for question in bank.questions.values()} <= set(KINDS)


def test_every_entry_has_a_topic_and_both_terms():
    for name, entry in entries().items():
        assert entry.topic in TOPICS and all(entry), name
