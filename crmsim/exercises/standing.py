"""Where a student stands: what is known of each topic, what comes again when, and what to read next.

All of it is worked out from the answers, as a balance sheet from a ledger: nothing is kept twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

from crmsim.exercises.bank import Bank
from crmsim.exercises.choosing import latest_scores
from crmsim.exercises.entries import entries
from crmsim.exercises.progress import HALF_KNOWN, KNOWN, Answered, scheduled
from crmsim.exercises.question import TOPICS

__all__ = ["DAYS_AHEAD", "GRADES", "Standing", "WeakEntry", "standing"]

#: How well a question is known by its latest answer; ``open`` was never answered.
GRADES = ("known", "half", "wrong", "open")
#: Days for which it is said what is due: today and the next six.
DAYS_AHEAD = 7


@dataclass(frozen=True)
class WeakEntry:
    """An entry of the course that is not known yet.

    Attributes
    ----------
    entry : str
        Id, as in :func:`crmsim.exercises.entries.entries`.
    share : float
        Mean of the latest scores of its questions that were answered, from 0 to 1.
    answered : int
        Number of those questions.
    notebooks : tuple of int
        That show it.
    """

    entry: str
    share: float
    answered: int
    notebooks: tuple[int, ...]


@dataclass(frozen=True)
class Standing:
    """What a student knows.

    Attributes
    ----------
    topics : dict of str to dict of str to int
        Of each topic that has questions, how many have each of :data:`GRADES`.
    due : tuple of int
        Questions that come again today (overdue ones included) and on each of the next days.
    weakest : tuple of WeakEntry
        The weakest first.
    """

    topics: dict[str, dict[str, int]]
    due: tuple[int, ...]
    weakest: tuple[WeakEntry, ...]

    @property
    def answered(self) -> int:
        """Questions answered at least once."""
        return sum(sum(counts.values()) - counts["open"] for counts in self.topics.values())


def standing(bank: Bank, answers: Sequence[Answered], now: datetime) -> Standing:
    """Work out where a student stands.

    Parameters
    ----------
    bank : Bank
    answers : sequence of Answered
        The student's own, the oldest first. Questions that are no longer in the bank do not count.
    now : datetime
        In UTC.

    Returns
    -------
    Standing

    Examples
    --------
    >>> from datetime import UTC
    >>> from crmsim.exercises.bank import load_bank
    >>> now = datetime(2026, 3, 1, tzinfo=UTC)
    >>> found = standing(load_bank(), [Answered("q-fi-ladder", 0.75, now)], now)
    >>> found.topics["loyalty"]["half"], found.weakest[0].notebooks
    (1, (4,))
    """
    latest = {name: score for name, score in latest_scores(answers).items() if name in bank.topics}
    topics = {topic: dict.fromkeys(GRADES, 0) for topic in TOPICS if topic in bank.topics.values()}
    for question in bank.questions.values():
        if question.kind != "lab":
            topics[bank.topics[question.id]][_grade(latest.get(question.id))] += 1
    return Standing(topics, _due([a for a in answers if a.question in latest], now), _weakest(bank, latest))


def _grade(score: float | None) -> str:
    if score is None:
        return "open"
    return "known" if score >= KNOWN else "half" if score >= HALF_KNOWN else "wrong"


def _due(answers: list[Answered], now: datetime) -> tuple[int, ...]:
    counts = [0] * DAYS_AHEAD
    for card in scheduled(answers).values():
        day = max(0, floor((card.due - now).total_seconds() / 86400))
        if day < DAYS_AHEAD:
            counts[day] += 1
    return tuple(counts)


def _weakest(bank: Bank, latest: dict[str, float]) -> tuple[WeakEntry, ...]:
    scores: dict[str, list[float]] = {}
    notebooks: dict[str, set[int]] = {}
    for name, score in latest.items():
        for entry in bank[name].entries:
            scores.setdefault(entry, []).append(score)
            notebooks.setdefault(entry, set()).add(bank[name].notebook)
    order = list(entries())
    found = [
        WeakEntry(entry, sum(values) / len(values), len(values), tuple(sorted(notebooks[entry])))
        for entry, values in scores.items()
    ]
    weak = [entry for entry in found if entry.share < KNOWN]
    return tuple(sorted(weak, key=lambda e: (e.share, -e.answered, order.index(e.entry))))
