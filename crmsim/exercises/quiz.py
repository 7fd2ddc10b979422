"""A quiz under way: which question is shown, what was answered, what that was worth, and the time left.

It knows nothing of screens: the notebook's panel and the command line show the same quiz. Every answer is
noted in the diary at once, so that nothing is lost when a kernel dies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crmsim.errors import InputError, whole_number
from crmsim.exercises.bank import Bank
from crmsim.exercises.choosing import choose
from crmsim.exercises.marking import Mark
from crmsim.exercises.progress import Answered, Progress
from crmsim.exercises.question import TOPICS
from crmsim.exercises.sheet import Sheet

__all__ = ["Quiz", "QuizResult"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class QuizResult:
    """How a quiz went.

    Attributes
    ----------
    asked : int
        Questions of the quiz.
    answered : int
        Questions that were answered.
    points : float
        Sum of the scores; a question that was not answered brings nothing.
    by_topic : dict of str to (float, int)
        Points and questions of each topic.
    """

    asked: int
    answered: int
    points: float
    by_topic: dict[str, tuple[float, int]]

    @property
    def share(self) -> float:
        """Share of all points, from 0 to 1."""
        return self.points / self.asked if self.asked else 0.0


@dataclass
class Quiz:
    """A quiz of one student.

    Parameters
    ----------
    bank : Bank
    diary : Progress
    student : str
        Any name; together with the seed it decides numbers and orders.
    seed : int
    mode : {"topic", "review", "weakness", "exam"}
        In an exam nothing is said about right and wrong before the end.
    topics : collection of str
    number : int
        Questions at most.
    minutes : int, optional
        Time allowed, from 1 to 600; no limit if left out.
    clock : callable
        Returns the time in UTC; another one in tests.

    Examples
    --------
    >>> import tempfile
    >>> from crmsim.exercises.bank import load_bank
    >>> diary = Progress(tempfile.mkdtemp() + "/diary.sqlite")
    >>> quiz = Quiz(load_bank(), diary, "ada", topics=["loyalty"], number=2)
    >>> quiz.place, len(quiz.sheets), quiz.finished
    (0, 2, False)
    """

    bank: Bank
    diary: Progress
    student: str = ""
    seed: int = 1
    mode: str = "topic"
    topics: Collection[str] = TOPICS
    number: int = 10
    minutes: int | None = None
    clock: Callable[[], datetime] = _now
    sheets: list[Sheet] = field(init=False)
    marks: dict[int, Mark] = field(init=False, default_factory=dict)
    given: dict[int, Any] = field(init=False, default_factory=dict)
    place: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        whole_number("seed", self.seed, 0, 2**31 - 1)
        if self.minutes is not None:
            whole_number("minutes", self.minutes, 1, 600)
        self.begun = self.clock()
        questions = choose(
            self.bank, self.diary.answers(self.student), mode=self.mode, topics=self.topics,
            number=self.number, student=self.student, seed=self.seed, now=self.begun,
        )  # fmt: skip
        self.sheets = [Sheet(question, self.student, self.seed) for question in questions]

    @property
    def sheet(self) -> Sheet:
        """The question that is shown.

        Raises
        ------
        InputError
            When the quiz is over.
        """
        if self.finished:
            raise InputError("quiz", "is over; begin another one")
        return self.sheets[self.place]

    @property
    def tells_at_once(self) -> bool:
        """Whether right and wrong are said after each answer."""
        return self.mode != "exam"

    @property
    def time_left(self) -> timedelta | None:
        """Time that is left, not below zero; None without a limit."""
        if self.minutes is None:
            return None
        return max(self.begun + timedelta(minutes=self.minutes) - self.clock(), timedelta())

    @property
    def finished(self) -> bool:
        """Whether all questions are through or the time is up."""
        return self.place >= len(self.sheets) or self.time_left == timedelta()

    def answer(self, given: Any, lang: str = "en") -> Mark:
        """Mark an answer to the question shown, and note it.

        A second answer to the same question is marked but changes nothing, since the right one has been
        told; in an exam the last answer counts. What cannot be read is not noted.
        """
        mark = self.sheet.mark(given, lang)
        return self._keep(mark, given)

    def answer_points(self, reached: Collection[int], given: str = "") -> Mark:
        """Note what the student gives for the own answer to a question that no program can mark."""
        return self._keep(self.sheet.mark_points(reached), given)

    def skip(self) -> None:
        """Go to the next question, answered or not."""
        if not self.finished:
            self.place += 1

    def back(self) -> None:
        """Go to the question before; only in an exam, where nothing has been told yet."""
        if not self.tells_at_once and self.place > 0:
            self.place -= 1

    def result(self) -> QuizResult:
        """Return how it went so far."""
        by_topic: dict[str, tuple[float, int]] = {}
        for place, sheet in enumerate(self.sheets):
            topic = self.bank.topics[sheet.question.id]
            points, asked = by_topic.get(topic, (0.0, 0))
            by_topic[topic] = points + self._score(place), asked + 1
        total = sum(points for points, _ in by_topic.values())
        return QuizResult(len(self.sheets), len(self.marks), total, by_topic)

    def marked_again(self, place: int, lang: str) -> Mark:
        """Return the mark of an answer that was given, with its sentences in another language.

        Points that students gave themselves have no sentences.
        """
        sheet = self.sheets[place]
        return self.marks[place] if sheet.self_marked else sheet.mark(self.given[place], lang)

    def _score(self, place: int) -> float:
        mark = self.marks.get(place)
        return mark.score or 0.0 if mark else 0.0

    def _keep(self, mark: Mark, given: Any) -> Mark:
        if mark.score is None or (self.tells_at_once and self.place in self.marks):
            return mark
        self.marks[self.place], self.given[self.place] = mark, given
        question = self.sheet.question.id
        self.diary.note(
            Answered(question, mark.score, self.clock(), self.student, self.seed, self.mode, str(given))
        )
        return mark
