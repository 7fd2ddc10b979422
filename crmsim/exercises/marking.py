"""Marking an answer, kind by kind, and saying why it is right or wrong.

The forms of :mod:`crmsim.exercises.question` hold an explanation for each right and each wrong answer; here
the ones that fit what the student said are picked out. Places count from 0, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Literal

from crmsim.exercises.answers import Refusal, read_number, same_term
from crmsim.exercises.question import (
    Calculation,
    Definition,
    Discussion,
    FillIn,
    Matching,
    MultipleChoice,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from crmsim.text import listed, say

__all__ = ["SELF_MARKED", "Line", "Mark", "mark", "mark_points", "points_of", "refused", "without_stop"]

#: Kinds that no program can mark: the student compares the own answer with the model.
SELF_MARKED = ("definition", "short-answer", "discussion")


@dataclass(frozen=True)
class Line:
    """One sentence of feedback, and what it speaks of."""

    text: str
    about: Literal["right", "wrong", "missing", "note"] = "note"


@dataclass(frozen=True)
class Mark:
    """What an answer is worth.

    Attributes
    ----------
    score : float or None
        Share of the points from 0 to 1; None if it could not be read and does not count.
    lines : tuple of Line
        Why.
    """

    score: float | None
    lines: tuple[Line, ...]

    @property
    def right(self) -> bool:
        """Whether all points were reached."""
        return self.score == 1


def refused(key: str, lang: str, **values: object) -> Mark:
    """Return the mark of what could not be read: no points lost, and a sentence that helps."""
    return Mark(None, (Line(say(key, lang, **values)),))


@singledispatch
def mark(question: Question, answer: Any, lang: str) -> Mark:
    """Return what an answer is worth, and why.

    Parameters
    ----------
    question : Question
    answer : object
        By kind: true or false; the place of an option; places of options; what was written into the gaps;
        for each left side the place of the pair whose right side was chosen; places of the steps in the
        student's order; what was typed as the result of a calculation. None is no answer.
    lang : {"en", "zh"}

    Raises
    ------
    TypeError
        For kinds that are not marked by machine (see :func:`mark_points`).

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> ladder = load_bank()["q-fi-ladder"]
    >>> mark(ladder, ["Customer", "client", "supporter", "advocate"], "en").right
    True
    """
    raise TypeError(f"{question.kind} is not marked by machine")


@mark.register
def _(question: TrueFalse, answer: bool | None, lang: str) -> Mark:
    if answer is None:
        return refused("quiz.choose_one", lang)
    why = Line(question.why.say(lang))
    if answer == question.answer:
        return Mark(1.0, (why,))
    return Mark(0.0, (Line(question.if_wrong.say(lang), "wrong"), why))


@mark.register
def _(question: SingleChoice, answer: int | None, lang: str) -> Mark:
    if answer is None:
        return refused("quiz.choose_one", lang)
    chosen = question.options[answer]
    right = next(option for option in question.options if option.right)
    if chosen.right:
        return Mark(1.0, (Line(chosen.why.say(lang), "right"),))
    answer_line = _said("quiz.right_is", right.text.say(lang), right.why.say(lang), lang)
    return Mark(0.0, (Line(chosen.why.say(lang), "wrong"), Line(answer_line, "missing")))


@mark.register
def _(question: MultipleChoice, answer: Collection[int] | None, lang: str) -> Mark:
    if not answer:
        return refused("quiz.choose_some", lang)
    lines, hits, slips = [], 0, 0
    for place, option in enumerate(question.options):
        chosen, text, why = place in answer, option.text.say(lang), option.why.say(lang)
        hits += chosen and option.right
        slips += chosen and not option.right
        if chosen:
            key, about = ("quiz.rightly", "right") if option.right else ("quiz.wrongly", "wrong")
            lines.append(Line(_said(key, text, why, lang), about))
        elif option.right:
            lines.append(Line(_said("quiz.missed", text, why, lang), "missing"))
    rights = sum(option.right for option in question.options)
    # A wrong tick costs what a right one brings: whoever ticks everything gains nothing.
    return Mark(max(0, hits - slips) / rights, tuple(lines))


@mark.register
def _(question: FillIn, answer: Sequence[str] | None, lang: str) -> Mark:
    answer = [text.strip() for text in answer or ()]
    if not any(answer):
        return refused("quiz.write_something", lang)
    if len(answer) != len(question.blanks):
        return refused("quiz.fill_every_gap", lang, number=len(question.blanks))
    accepted = [(*blank.accept_en, *blank.accept_zh) for blank in question.blanks]
    fits = _assigned(answer, accepted) if question.any_order else [
        same_term(text, terms) for text, terms in zip(answer, accepted, strict=True)
    ]  # fmt: skip
    model = listed(
        ((blank.accept_zh if lang == "zh" else blank.accept_en)[0] for blank in question.blanks), lang
    )
    lines = [
        Line(
            say("quiz.gap_right" if fit else "quiz.gap_wrong", lang, text=text or "____"),
            "right" if fit else "wrong",
        )
        for text, fit in zip(answer, fits, strict=True)
    ]
    if not all(fits):
        lines += _slips(question.slips, answer, lang)
        lines.append(Line(say("quiz.model_is", lang, answer=model), "missing"))
    return Mark(sum(fits) / len(fits), (*lines, Line(question.why.say(lang))))


@mark.register
def _(question: Matching, answer: Sequence[int | None] | None, lang: str) -> Mark:
    if not answer or None in answer:
        return refused("quiz.match_all", lang)
    lines = []
    for place, chosen in enumerate(answer):
        pair = question.pairs[place]
        left, right = without_stop(pair.left.say(lang)), without_stop(pair.right.say(lang))
        both = say("quiz.pair", lang, left=left, right=right)
        about = "right" if chosen == place else "missing"
        lines.append(
            Line(
                _said("quiz.matched" if chosen == place else "quiz.belongs", both, pair.why.say(lang), lang),
                about,
            )
        )
    hits = sum(chosen == place for place, chosen in enumerate(answer))
    return Mark(hits / len(question.pairs), tuple(lines))


@mark.register
def _(question: Ordering, answer: Sequence[int] | None, lang: str) -> Mark:
    if answer is None or sorted(answer) != list(range(len(question.steps))):
        return refused("quiz.order_all", lang)
    hits = sum(step == place for place, step in enumerate(answer))
    if hits == len(answer):
        return Mark(1.0, (Line(question.why.say(lang), "right"),))
    first = next(place for place, step in enumerate(answer) if step != place)
    step = question.steps[first]
    order = " → ".join(without_stop(step.text.say(lang)) for step in question.steps)
    lines = (
        Line(
            _said("quiz.belongs_at", step.text.say(lang), step.why.say(lang), lang, place=first + 1), "wrong"
        ),
        Line(say("quiz.order_is", lang, order=order), "missing"),
        Line(question.why.say(lang)),
    )
    return Mark(hits / len(answer), lines)


@mark.register
def _(question: Calculation, answer: str | None, lang: str) -> Mark:
    given = question.given
    if given is None:
        raise TypeError("the numbers of a generated calculation are on the student's sheet")
    # "15%" is 15 where per cent is asked for, and 0.15 where a pure number is.
    read = read_number(answer or "", "percent" if given.unit.en == "%" else "number")
    if isinstance(read, Refusal):
        return Mark(None, (Line(read.sentence(lang)),))
    right = abs(read.value - given.answer) <= given.tolerance
    lines = [Line(step.say(lang)) for step in given.solution]
    if not right:
        answer = say("quiz.result_is", lang, answer=f"{given.answer:g}", unit=given.unit.say(lang))
        slips = [
            _said("quiz.beware", slip.text.say(lang), slip.why.say(lang), lang) for slip in question.slips
        ]
        lines = [Line(answer, "missing"), *map(Line, slips), *lines]
    return Mark(float(right), tuple(lines))


def points_of(question: Question) -> list[tuple[str, str, int]]:
    """Return what a self-marked answer is compared with: text in both languages, and its points."""
    if isinstance(question, ShortAnswer):
        return [(line.text.en, line.text.zh, line.points) for line in question.rubric]
    if isinstance(question, Definition | Discussion):
        return [(text.en, text.zh, 1) for text in question.key_points]
    raise TypeError(f"{question.kind} is marked by machine")


def mark_points(question: Question, reached: Collection[int]) -> Mark:
    """Return the mark that a student gives: the share of points that the answer had.

    Parameters
    ----------
    question : Question
        Of a kind in :data:`SELF_MARKED`.
    reached : collection of int
        Places of the key points, or lines of the rubric, that the own answer had.
    """
    points = [points for _, _, points in points_of(question)]
    return Mark(sum(points[place] for place in set(reached)) / sum(points), ())


def _said(key: str, text: str, why: str, lang: str, **values: object) -> str:
    return say(key, lang, text=without_stop(text), why=why, **values)


def without_stop(text: str) -> str:
    """Return a text without its full stop, since the sentence around it has one; dots of an ellipsis stay."""
    return text[:-1] if text[-1:] in (".", "。") and text[-2:-1] != text[-1:] else text


def _slips(slips: Sequence[Any], answer: Sequence[str], lang: str) -> list[Line]:
    """Return what is wrong with entries that are typical mistakes."""
    made = [slip for slip in slips if any(same_term(text, (slip.text.en, slip.text.zh)) for text in answer)]
    return [Line(slip.why.say(lang), "wrong") for slip in made]


def _assigned(answer: Sequence[str], accepted: Sequence[Sequence[str]]) -> list[bool]:
    """Return which entries fit a gap of their own, as many as possible, in whatever order."""
    taken: dict[int, int] = {}

    def seat(entry: int, tried: set[int]) -> bool:
        for gap, terms in enumerate(accepted):
            if gap in tried or not same_term(answer[entry], terms):
                continue
            tried.add(gap)
            if gap not in taken or seat(taken[gap], tried):
                taken[gap] = entry
                return True
        return False

    for entry in range(len(answer)):
        seat(entry, set())
    return [entry in taken.values() for entry in range(len(answer))]
