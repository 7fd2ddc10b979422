"""What a student's answer is worth, and what went wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmsim.exercises.answers import Quantity, Refusal, read_codes, read_number, same_term
from crmsim.exercises.calculations.problem import Answer, Codes, Number, Problem
from crmsim.exercises.calculations.wording import number_text
from crmsim.text import say

__all__ = ["Feedback", "check"]


@dataclass(frozen=True)
class Feedback:
    """What a student hears.

    Attributes
    ----------
    status : {"right", "slip", "wrong", "unreadable"}
        ``unreadable`` is no attempt: nothing was understood, so nothing was answered.
    message : str
    slip : str or None
        Name of the slip that was recognised.
    """

    status: str
    message: str
    slip: str | None = None

    @property
    def right(self) -> bool:
        """Whether the answer counts."""
        return self.status == "right"


def check(problem: Problem, typed: str, lang: str = "en") -> Feedback:
    """Judge what a student typed.

    Parameters
    ----------
    problem : Problem
    typed : str
        As it was typed; see :mod:`crmsim.exercises.answers` for what is understood.
    lang : {"en", "zh"}
        Of the message; answers are understood in both.

    Returns
    -------
    Feedback

    Examples
    --------
    >>> from crmsim.exercises.calculations import make_problem
    >>> problem = make_problem("churn_change", "张三", seed=1)
    >>> check(problem, str(problem.answer.value)).right
    True
    >>> check(problem, "no idea").message
    "There is no number in 'no idea'. Write it in digits, for instance 1250, 12.5 or 12,500."
    """
    answer = problem.answer
    read = _read(answer, typed)
    if isinstance(read, Refusal):
        return Feedback("unreadable", read.sentence(lang))
    value = read.value if isinstance(read, Quantity) else read
    shown = answer.shown(lang, value) if not isinstance(answer, Number) else number_text(value, "", lang)
    if answer.close(value, answer.value):
        return Feedback("right", say("exercise.feedback.right", lang, answer=answer.shown(lang)))
    if isinstance(read, Quantity) and read.other is not None and answer.close(read.other, answer.value):
        meant = "comma" if abs(read.other) < abs(value) else "point"
        other = number_text(read.other, "", lang)
        return Feedback("unreadable", say(f"exercise.feedback.{meant}", lang, read=shown, other=other))
    for slip in problem.slips:
        if answer.close(value, slip.value):
            message = say("exercise.feedback.slip", lang, read=shown, why=slip.why.say(lang))
            return Feedback("slip", message, slip.name)
    bare = isinstance(read, Quantity) and read.bare
    per_cent = bare and isinstance(answer, Number) and answer.unit == "percent"
    if per_cent and answer.close(100.0 * value, answer.value):
        return Feedback("slip", say("exercise.feedback.share", lang, read=shown), "share")
    return Feedback("wrong", say("exercise.feedback.wrong", lang, read=shown))


def _read(answer: Answer, typed: str) -> Any:
    """Return what was typed, in the form of the answer, or a refusal."""
    if isinstance(answer, Number):
        return read_number(typed, answer.unit)
    if isinstance(answer, Codes):
        return read_codes(typed, answer.allowed, len(answer.value), names=answer.names)
    if not typed.strip():
        return Refusal("empty")
    for name, text in answer.terms.items():
        if same_term(typed, (text.en, text.zh, *answer.also[name])):
            return name
    return Refusal("term", {"typed": typed, "listed": answer.listed})
