"""The bank covers the course: every entry, every review question, every topic, with keys that agree."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from crmsim.exercises.bank import load_bank
from crmsim.exercises.calculations import list_calculations
from crmsim.exercises.entries import entries
from crmsim.exercises.question import KINDS, TOPICS
from crmsim.lessons import lesson_names

SYLLABUS = Path(__file__).parents[2].parent / "shared" / "syllabus.yaml"
BANK = load_bank()
needs_syllabus = pytest.mark.skipif(not SYLLABUS.exists(), reason="the syllabus of the course is not here")


@cache
def syllabus() -> dict:
    return yaml.load(SYLLABUS.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@needs_syllabus
def test_the_entries_are_those_of_the_course():
    course = {entry["id"]: (entry["en"], entry["gist_en"]) for entry in syllabus()["entries"]}
    assert len(course) == 359
    assert {name: (entry.en, entry.gist_en) for name, entry in entries().items()} == course


def test_every_entry_has_a_question():
    asked = {entry for question in BANK.questions.values() for entry in question.entries}
    assert len(entries()) == 359
    assert [name for name in entries() if name not in asked] == []


@needs_syllabus
def test_every_review_question_of_the_course_is_there():
    course = {question["id"] for question in syllabus()["questions"]}
    assert len(course) == 174
    assert {question.id for question in BANK.questions.values() if question.course} == course


@needs_syllabus
def test_keys_agree_with_the_course_and_disputed_questions_are_discussed():
    for theirs in syllabus()["questions"]:
        ours = BANK[theirs["id"]]
        if theirs.get("disputed"):
            assert ours.kind == "discussion", ours.id
        elif theirs["kind"] == "true-false":
            assert ours.kind == "true-false" and ours.answer == theirs["correct_answer"], ours.id
        elif theirs["kind"] == "single-choice":
            texts = {option["key"]: option["en"] for option in theirs["options"]}
            right = next(option for option in ours.options if option.right)
            assert right.text.en.lower() == texts[theirs["correct_answer"]].lower(), ours.id


def test_there_are_more_than_the_course_has_and_all_kinds():
    own = [question for question in BANK.questions.values() if not question.course]
    assert len(own) >= 200
    assert {question.kind for question in BANK.questions.values()} >= set(KINDS) - {"lab"}
    by_topic = Counter(BANK.topics.values())
    assert set(by_topic) == set(TOPICS) and min(by_topic.values()) >= 20


def test_every_calculation_and_every_experiment_is_there():
    generators = [q.generator for q in BANK.of(kinds=["calculation"]) if q.generator]
    assert sorted(generators) == sorted(info.name for info in list_calculations())
    claims = {q.id: q.claim.lesson for q in BANK.of(kinds=["true-false"]) if q.claim}
    assert {name: lesson for name, lesson in claims.items() if lesson not in lesson_names()} == {}


def test_right_options_are_given_away_neither_by_place_nor_by_length():
    """A student who always takes the same place, or the longest text, should know no more than chance."""
    choices = BANK.of(kinds=["single-choice"])
    places = Counter([option.right for option in q.options].index(True) for q in choices)
    assert max(places.values()) < 0.4 * len(choices)
    for lang in ("en", "zh"):
        longest = [max(q.options, key=lambda option: len(option.text.say(lang))).right for q in choices]
        chance = sum(1 / len(q.options) for q in choices)
        # A fifth more than chance and three standard errors, since the course's own options are as they are.
        assert sum(longest) < 1.2 * chance + 3 * (chance * 0.75) ** 0.5, (lang, sum(longest), chance)
