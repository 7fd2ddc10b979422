"""Predictions: read however they are typed, kept once, shown beside the result; without a kernel."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from crmsim.errors import InputError
from crmsim.teaching.prediction import Choice, Number, Prediction, Range, Sentence
from crmsim.teaching.prediction_record import FILE, PredictionRecord
from crmsim.teaching.statements import UnclearStatement
from crmsim.text import LANGUAGES, say

CHOICE = Choice("higher", "lower")


@pytest.fixture
def record(tmp_path):
    return PredictionRecord(tmp_path / FILE)


def ask(record, statement=CHOICE, lang="en", key="life_programme"):
    return Prediction(key, lang, statement, record)


# --- what was stated ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", 12),
        (" 12.5 ", 12.5),
        ("12,5", 12.5),
        ("１２．５", 12.5),
        ("１２，５％", 12.5),
        ("30 %", 30),
        ("约30次", 30),
        ("about 7", 7),
        ("~7", 7),
        ("7 purchases", 7),
        ("1,000", 1000),
        ("-3", -3),
        ("−3", -3),
        ("3.", 3),
        (".5", 0.5),
    ],
)
def test_numbers_are_read_as_people_write_them(typed, value):
    assert Number(-10, 1000).read(typed) == value


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "prediction.no_number"),
        ("  ", "prediction.no_number"),
        (None, "prediction.no_number"),
        ("many", "prediction.not_a_number"),
        ("3 or 4", "prediction.not_a_number"),
        ("3-4", "prediction.not_a_number"),
        ("1e9", "prediction.not_a_number"),
        ("nan", "prediction.not_a_number"),
        ("很多", "prediction.not_a_number"),
        ("1.2.3", "prediction.not_a_number"),
        ("101", "prediction.out_of_range"),
        ("-1", "prediction.out_of_range"),
        ("9" * 400, "prediction.out_of_range"),
        ("二十", "prediction.not_a_number"),
    ],
)
def test_what_is_no_number_is_explained(typed, key):
    with pytest.raises(UnclearStatement) as caught:
        Number(0, 100).read(typed)
    assert caught.value.key == key
    assert all(say(key, lang, **caught.value.blanks) for lang in LANGUAGES)


@pytest.mark.parametrize(
    ("kind", "given", "key"),
    [
        (CHOICE, None, "prediction.pick_one"),
        (CHOICE, "sideways", "prediction.pick_one"),
        (Range(0, 100), ("30", "10"), "prediction.wrong_way_round"),
        (Range(0, 100), ("30", ""), "prediction.no_number"),
        (Range(0, 100), "30", "prediction.no_number"),
        (Sentence(), " \n", "prediction.say_something"),
        (Sentence(), "...!", "prediction.say_something"),
        (Sentence(), "x" * 501, "prediction.too_long"),
    ],
)
def test_other_nonsense_is_explained(kind, given, key):
    with pytest.raises(UnclearStatement) as caught:
        kind.read(given)
    assert caught.value.key == key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_statements_are_compared_with_what_came_out(lang):
    for kind, value, truth, key in (
        (CHOICE, "higher", "higher", "right"),
        (CHOICE, "higher", "lower", "wrong"),
        (CHOICE, "higher", "same", "wrong"),
        (Number(0, 9), 8.0, 8.2, "close"),
        (Range(0, 9), [1.0, 3.0], 3.0, "inside"),
        (Range(0, 9), [1.0, 3.0], 3.1, "outside"),
        (Sentence(), "x", "y", "judge"),
    ):
        assert kind.verdict(value, truth, lang) == say(f"prediction.{key}", lang)
    assert Number(0, 9).verdict(5.0, 3.0, lang) == say("prediction.too_high", lang, off="2")
    assert Number(0, 9).verdict(1.0, 3.0, lang) == say("prediction.too_low", lang, off="2")


# --- what is kept ---------------------------------------------------------------------------------


def test_the_first_statement_stays(record):
    first = record.keep("a", "higher", datetime(2026, 9, 1, 8, 30))
    assert record.keep("a", "lower") == first == PredictionRecord(record.path).find("a")
    assert record.find("b") is None


def test_a_second_notebook_loses_nothing(record):
    other = PredictionRecord(record.path)
    record.keep("a", 1.5)
    other.keep("b", "流失")
    record.keep("c", [1.0, 2.0])
    assert [other.find(key).value for key in "abc"] == [1.5, "流失", [1.0, 2.0]]
    assert "流失" in record.path.read_text("utf-8")


def test_a_crash_while_writing_leaves_the_earlier_file(record, monkeypatch):
    record.keep("a", "higher")
    before = record.path.read_bytes()

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("crmsim.folders.os.fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        record.keep("b", "lower")
    assert record.path.read_bytes() == before
    assert [path.name for path in record.path.parent.iterdir()] == [FILE]


BROKEN = ["", "{", "[]", '{"predictions": 3}', '{"predictions": {"life_programme": {"value": 1}}}', "\x00"]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_named_and_left_alone(record, text):
    record.path.write_text(text)
    with pytest.raises(InputError, match="predictions: must be a file of this program"):
        record.keep("b", "lower")
    assert record.path.read_text() == text


# --- the widget -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_result_is_covered_until_something_was_stated(record, lang):
    asked = ask(record, lang=lang)
    result = asked.reveal("RESULT", "lower")
    assert "RESULT" not in result.card.value and result.skip.layout.display != "none"
    asked.lock.click()
    assert say("prediction.pick_one", lang) in asked.error.value and asked.stated is None
    asked.answer.value = "higher"
    asked.lock.click()
    assert asked.error.value == "" and asked.lock.layout.display == asked.answer.layout.display == "none"
    for words in ("RESULT", say("predict.life_programme.higher", lang), say("prediction.wrong", lang)):
        assert words in result.card.value
    assert result.skip.layout.display == "none"
    assert "RESULT" in asked.reveal("RESULT").card.value


def test_running_the_cell_again_keeps_the_first_statement(record):
    asked = ask(record)
    asked.answer.value = "higher"
    asked.lock.click()
    again = ask(PredictionRecord(record.path), lang="zh")
    assert again.stated == asked.stated
    assert (
        again.lock.layout.display == "none" and say("predict.life_programme.higher", "zh") in again.note.value
    )


def test_of_two_windows_the_first_to_lock_counts(record):
    one, two = ask(record), ask(PredictionRecord(record.path))
    one.answer.value, two.answer.value = "higher", "lower"
    one.lock.click()
    two.lock.click()
    assert two.stated == one.stated and two.stated.value == "higher"


def test_who_only_wants_to_look_may(record):
    asked = ask(record)
    result = asked.reveal("RESULT", "higher")
    result.skip.click()
    assert "RESULT" in result.card.value and say("prediction.nothing_said") in result.card.value
    assert asked.stated is None and not record.path.exists()


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (Number(0, 50), "7,5", 7.5),
        (Range(0, 50), ("5", "9"), [5.0, 9.0]),
        (Sentence(), "<b>no</b>", "<b>no</b>"),
    ],
)
def test_other_kinds_are_asked_and_kept(record, kind, given, value):
    asked = ask(record, kind, key="life_payback")
    for control, text in zip(
        getattr(asked.answer, "children", ()) or [asked.answer],
        given if isinstance(given, tuple) else [given],
        strict=True,
    ):
        control.value = text
    asked.lock.click()
    assert asked.stated.value == value == ask(record, kind, key="life_payback").stated.value
    assert "<b>no" not in asked.note.value + asked.reveal("<i>x").card.value
    assert "<i>" not in asked.reveal("<i>x").card.value


def test_a_statement_that_fits_the_question_no_more_counts_as_none(record):
    record.keep("life_programme", "sideways")
    assert ask(record).stated is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_that_cannot_be_used_is_a_sentence_and_the_statement_still_counts(record, lang):
    record.path.write_text("{")
    asked = ask(record, lang=lang)
    assert FILE in asked.error.value
    asked.answer.value = "lower"
    asked.lock.click()
    assert asked.stated.value == "lower" and FILE in asked.error.value
    assert record.path.read_text() == "{"


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path):
    asked = ask(PredictionRecord(tmp_path / "nowhere" / FILE))
    asked.answer.value = "lower"
    asked.lock.click()
    assert asked.stated.value == "lower" and "could not be stored" in asked.error.value


def test_unknown_language_and_unknown_question(record):
    with pytest.raises(InputError, match="lang: must be one of en, zh"):
        ask(record, lang="de")
    with pytest.raises(KeyError, match="no_such"):
        ask(record, key="no_such")


def test_the_file_is_plain_to_read(record):
    record.keep("life_payback", 4.0, datetime(2026, 9, 1, 8, 30))
    assert json.loads(record.path.read_text("utf-8")) == {
        "predictions": {"life_payback": {"value": 4.0, "when": "2026-09-01T08:30:00"}}
    }
