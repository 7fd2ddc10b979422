"""The right answer to a sheet in words, and why it is right: for keys, cards and feedback."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from crmsim.exercises.marking import points_of, without_stop
from crmsim.exercises.question import (
    Calculation,
    Definition,
    Discussion,
    FillIn,
    Lab,
    Matching,
    MultipleChoice,
    Ordering,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from crmsim.exercises.sheet import Sheet
from crmsim.text import listed, say

__all__ = ["LETTERS", "model_answer", "reasons", "short_key"]

#: Options, right sides and steps go by letters, in the order in which a sheet shows them.
LETTERS = ascii_uppercase


def short_key(sheet: Sheet, lang: str) -> str:
    """Return the right answer as briefly as a marker's list has it, by the letters of the sheet.

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> short_key(Sheet(load_bank()["q-fi-ladder"], "ada", 1), "en")
    'customer; client; supporter; advocate'
    """
    question = sheet.question
    if isinstance(question, TrueFalse):
        return say("exam.true" if question.answer else "exam.false", lang)
    if isinstance(question, SingleChoice | MultipleChoice):
        return "".join(LETTERS[k] for k, option in enumerate(sheet.shown_options) if option.right)
    if isinstance(question, Matching):
        chosen = (LETTERS[sheet.right_order.index(place)] for place in sheet.order)
        return ", ".join(f"{number} {letter}" for number, letter in enumerate(chosen, 1))
    if isinstance(question, Ordering):
        return " ".join(LETTERS[sheet.order.index(place)] for place in range(len(question.steps)))
    return model_answer(sheet, lang)


def model_answer(sheet: Sheet, lang: str) -> str:
    """Return the right answer in full."""
    question = sheet.question
    if isinstance(question, SingleChoice | MultipleChoice):
        right = (without_stop(option.text.say(lang)) for option in question.options if option.right)
        return listed(right, lang)
    if isinstance(question, FillIn):
        terms = ((blank.accept_zh if lang == "zh" else blank.accept_en)[0] for blank in question.blanks)
        return listed(terms, lang)
    if isinstance(question, Matching):
        pairs = (
            say("quiz.pair", lang, left=without_stop(pair.left.say(lang)), right=pair.right.say(lang))
            for pair in question.pairs
        )
        return listed(pairs, lang)
    if isinstance(question, Ordering):
        return " → ".join(step.text.say(lang) for step in question.steps)
    if isinstance(question, Definition | ShortAnswer):
        return question.model_answer.say(lang)
    if isinstance(question, Discussion):
        return question.verdict.say(lang)
    if isinstance(question, Lab):
        return ""
    if isinstance(question, Calculation) and question.given is not None:
        return f"{question.given.answer:g} {question.given.unit.say(lang)}"
    return sheet.problem.answer.shown(lang) if sheet.problem else short_key(sheet, lang)


def reasons(sheet: Sheet, lang: str) -> Sequence[str]:
    """Return why the answer is right: explanations, solutions, rubrics."""
    question = sheet.question
    if isinstance(question, SingleChoice | MultipleChoice):
        return [
            say("exam.option_because", lang, text=without_stop(text.say(lang)), why=why.say(lang))
            for text, why in ((option.text, option.why) for option in question.options)
        ]
    if isinstance(question, Matching):
        return [pair.why.say(lang) for pair in question.pairs]
    if isinstance(question, Ordering):
        return [*(step.why.say(lang) for step in question.steps), question.why.say(lang)]
    if isinstance(question, ShortAnswer | Definition | Discussion):
        points = [
            say("exam.points_for", lang, points=points, text=zh if lang == "zh" else en)
            for en, zh, points in points_of(question)
        ]
        views = [
            say("exam.view", lang, text=view.text.say(lang), source=view.source.say(lang))
            for view in (question.views if isinstance(question, Discussion) else ())
        ]
        return [*views, *points]
    if isinstance(question, Calculation):
        steps = question.given.solution if question.given else sheet.problem.steps if sheet.problem else ()
        return [step.say(lang) for step in steps]
    return [question.why.say(lang)] if isinstance(question, TrueFalse | FillIn) else []
