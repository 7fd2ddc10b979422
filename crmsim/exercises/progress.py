"""What a student has answered, kept on disk, and when each question should come again.

A diary that is only ever added to: every answer is a line with its time, and all else (what is known, what
is due, how the topics stand) is worked out from the lines. SQLite writes each line whole or not at all, so
a crash loses nothing that was answered before, and two open notebooks may write into the same diary.

Intervals come from the scheduler FSRS (Ye, Su & Cao 2022), in the library ``fsrs``.
"""

from __future__ import annotations

import getpass
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crmsim.errors import CrmsimError, InputError
from crmsim.exercises.lots import plain
from crmsim.folders import check_file, check_keeping, user_folder

if TYPE_CHECKING:
    from fsrs import Card

__all__ = [
    "HALF_KNOWN", "KNOWN", "Answered", "Progress", "default_diary", "default_student", "scheduled",
]  # fmt: skip

#: From which share of points an answer counts as known, and as half known.
KNOWN, HALF_KNOWN = 0.999, 0.5
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, student TEXT NOT NULL, question TEXT NOT NULL,
    seed INTEGER NOT NULL, mode TEXT NOT NULL, given TEXT NOT NULL,
    score REAL NOT NULL CHECK (score BETWEEN 0 AND 1)
)"""
_WAIT_SECONDS = 10


@dataclass(frozen=True)
class Answered:
    """One answer.

    Attributes
    ----------
    question : str
        Id in the bank.
    score : float
        Share of the points, from 0 to 1.
    at : datetime
        When, in UTC.
    student : str
    seed : int
        Of the numbers and the order of options.
    mode : str
        In which kind of quiz, such as ``topic`` or ``exam``.
    given : str
        What was answered, as text.
    """

    question: str
    score: float
    at: datetime
    student: str = ""
    seed: int = 1
    mode: str = "topic"
    given: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise InputError("score", "must be a number from 0 to 1", self.score)
        if self.at.tzinfo is None:
            raise InputError("at", "must have a time zone", str(self.at))


def default_diary() -> Path:
    """Return where answers are kept: in ``CRMSIM_PROGRESS`` if that is set, else in the user folder."""
    chosen = os.environ.get("CRMSIM_PROGRESS")
    return Path(chosen).expanduser() if chosen else user_folder() / "progress.sqlite"


def default_student() -> str:
    """Return the name under which answers are kept if none is said: that of the login."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # somebody whom the system does not know
        return "student"


class Progress:
    """The diary of answers.

    Parameters
    ----------
    path : Path, optional
        The file; made when the first answer is noted.

    Examples
    --------
    >>> import tempfile
    >>> diary = Progress(Path(tempfile.mkdtemp()) / "diary.sqlite")
    >>> when = datetime(2026, 3, 1, 9, tzinfo=UTC)
    >>> diary.note(Answered("q-fi-idic", 1.0, when, student="ada"))
    >>> [answer.question for answer in diary.answers("ada")]
    ['q-fi-idic']
    """

    def __init__(self, path: str | Path | None = None):
        if path is not None and not str(path):
            raise InputError("diary", "must be the name of a file", "")
        self.path = Path(path) if path is not None else default_diary()

    def check(self) -> None:
        """Refuse a place in which no answers can be kept, before the first is given.

        Raises
        ------
        InputError
            When the file and its folder are not there and cannot be made, or something else is there.
        """
        if not os.path.isdir(self.path.parent):
            check_keeping(self.path.parent, "diary")
            return
        check_file(self.path, replace=True, field="diary")
        if os.path.exists(self.path) and not os.access(self.path, os.W_OK):
            raise InputError("diary", "must be a file that can be written to", str(self.path))

    def note(self, answer: Answered) -> None:
        """Add an answer.

        Raises
        ------
        CrmsimError
            When the file cannot be written, or is no diary.
        """
        at = answer.at.astimezone(UTC).isoformat()
        row = (at, answer.student, answer.question, answer.seed, answer.mode, answer.given, answer.score)
        columns = "at, student, question, seed, mode, given, score"
        with self._open() as book:
            book.execute(f"INSERT INTO answers ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def answers(self, student: str | None = None) -> list[Answered]:
        """Return the answers of one student, or of all, the oldest first.

        Width, case and outer blanks of a name do not count, as they do not for the student's numbers.

        Raises
        ------
        CrmsimError
            When the file cannot be read, or is no diary.
        """
        if not os.path.exists(self.path) or not os.path.getsize(self.path):
            return []  # an empty file stays as it is
        query = "SELECT question, score, at, student, seed, mode, given FROM answers"
        with self._open(make=False) as book:
            rows = book.execute(query + " ORDER BY at, number").fetchall()
        try:
            found = [Answered(row[0], row[1], datetime.fromisoformat(row[2]), *row[3:]) for row in rows]
        except (TypeError, ValueError) as error:
            raise CrmsimError(f"{self.path}: is a damaged diary ({error})") from None
        return [answer for answer in found if student is None or plain(answer.student) == plain(student)]

    @contextmanager
    def _open(self, *, make: bool = True) -> Iterator[sqlite3.Connection]:
        """Give the open file; what was written is kept if nothing goes wrong. Reading makes nothing."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            book = sqlite3.connect(self.path, timeout=_WAIT_SECONDS)
            try:
                with book:
                    if make:
                        book.execute(_TABLE)
                    yield book
            finally:
                book.close()
        except (sqlite3.Error, OSError) as error:
            raise CrmsimError(f"{self.path}: answers cannot be kept there ({error})") from None


def scheduled(answers: list[Answered]) -> dict[str, Card]:
    """Return, for every question that was answered, when it should come again and how well it sits.

    Parameters
    ----------
    answers : list of Answered
        The oldest first; the rating of each comes from its points.

    Returns
    -------
    dict of str to fsrs.Card
        By id of the question; ``due`` is in UTC.
    """
    from fsrs import Card, Rating, Scheduler

    # Without fuzzing, so that the same answers always give the same days.
    scheduler = Scheduler(enable_fuzzing=False)
    cards: dict[str, Card] = {}
    for answer in answers:
        rating = (
            Rating.Good if answer.score >= KNOWN
            else Rating.Hard if answer.score >= HALF_KNOWN
            else Rating.Again
        )  # fmt: skip
        card = cards.get(answer.question) or Card(card_id=len(cards) + 1, due=answer.at)
        cards[answer.question], _ = scheduler.review_card(card, rating, answer.at)
    return cards
