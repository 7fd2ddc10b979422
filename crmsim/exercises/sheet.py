"""One question as one student gets it: in an order, and with numbers, that are the student's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crmsim.exercises.lots import shuffled
from crmsim.exercises.marking import SELF_MARKED, Line, Mark, mark, mark_points, points_of
from crmsim.exercises.question import (
    Calculation,
    Matching,
    MultipleChoice,
    Ordering,
    Question,
    SingleChoice,
    Text,
)
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.exercises.calculations import Problem

__all__ = ["Sheet"]


@dataclass(frozen=True)
class Sheet:
    """A question with its options, pairs or steps shuffled, and a calculation's own numbers.

    The order depends on student, seed and question alone. Answers are given in places of the sheet.

    Attributes
    ----------
    question : Question
    student : str
    seed : int

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> sheet = Sheet(load_bank()["loy-out-of-stock"], "ada", 1)
    >>> right = [option.right for option in sheet.shown_options].index(True)
    >>> sheet.mark(right, "en").right
    True
    """

    question: Question
    student: str
    seed: int

    @property
    def self_marked(self) -> bool:
        """Whether the student marks it, with :meth:`mark_points`."""
        return self.question.kind in SELF_MARKED

    @cached_property
    def problem(self) -> Problem | None:
        """The calculation with the student's own numbers, if it is one that has them."""
        question = self.question
        if isinstance(question, Calculation) and question.generator:
            from crmsim.exercises.calculations import make_problem  # loads pandas

            return make_problem(question.generator, self.student, self.seed)
        return None

    def text(self, lang: str) -> str:
        """Return what is asked."""
        return self.problem.text.say(lang) if self.problem else self.question.text.say(lang)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Places in the file of what is shown: options, left sides, or steps."""
        return self._order("left")

    @cached_property
    def right_order(self) -> tuple[int, ...]:
        """Places in the file of the right sides of a matching question, as shown."""
        return self._order("right")

    def _order(self, side: str) -> tuple[int, ...]:
        question, address = self.question, (self.seed, self.student, self.question.id, side)
        if isinstance(question, SingleChoice | MultipleChoice):
            places = range(len(question.options))
        elif isinstance(question, Matching):
            places = range(len(question.pairs))
        elif isinstance(question, Ordering):
            places = range(len(question.steps))
        else:
            return ()
        order = shuffled(places, *address)
        # Steps that happened to stand in the right order would give the answer away.
        return tuple(
            order[1:] + order[:1] if order == list(places) and isinstance(question, Ordering) else order
        )

    @property
    def shown_options(self) -> list[Any]:
        """The options, in the order shown."""
        return [self.question.options[place] for place in self.order]

    def shown(self, lang: str) -> list[str]:
        """Return the texts of options, left sides or steps, in the order shown."""
        question = self.question
        if isinstance(question, SingleChoice | MultipleChoice):
            texts: Sequence[Text] = [option.text for option in question.options]
        elif isinstance(question, Matching):
            texts = [pair.left for pair in question.pairs]
        elif isinstance(question, Ordering):
            texts = [step.text for step in question.steps]
        else:
            texts = []
        return [texts[place].say(lang) for place in self.order]

    def shown_right(self, lang: str) -> list[str]:
        """Return the right sides of a matching question, in the order shown."""
        return [self.question.pairs[place].right.say(lang) for place in self.right_order]

    def mark(self, answer: Any, lang: str) -> Mark:
        """Return what an answer is worth; places are those of the sheet (see :func:`marking.mark`)."""
        if self.problem:
            return self._mark_problem(self.problem, answer or "", lang)
        return mark(self.question, self._in_places_of_the_file(answer), lang)

    def _mark_problem(self, problem: Problem, typed: str, lang: str) -> Mark:
        from crmsim.exercises.calculations import check

        found = check(problem, typed, lang)
        if found.status == "unreadable":
            return Mark(None, (Line(found.message),))
        if found.right:
            return Mark(1.0, (Line(found.message, "right"),))
        answer = say("quiz.model_is", lang, answer=problem.answer.shown(lang))
        steps = [Line(step.say(lang)) for step in problem.steps]
        return Mark(0.0, (Line(found.message, "wrong"), Line(answer, "missing"), *steps))

    def mark_points(self, reached: Collection[int]) -> Mark:
        """Return the mark that the student gives; ``reached`` are places in :meth:`points`."""
        return mark_points(self.question, reached)

    def points(self, lang: str) -> list[str]:
        """Return what a self-marked answer is compared with."""
        return [zh if lang == "zh" else en for en, zh, _ in points_of(self.question)]

    def _in_places_of_the_file(self, answer: Any) -> Any:
        question = self.question
        if answer is None:
            return None
        if isinstance(question, SingleChoice):
            return self.order[answer]
        if isinstance(question, MultipleChoice | Ordering):
            return [self.order[place] for place in answer]
        if isinstance(question, Matching):
            chosen: list[int | None] = [None] * len(question.pairs)
            for shown, right in zip(self.order, answer, strict=True):
                chosen[shown] = None if right is None else self.right_order[right]
            return chosen
        return answer
