"""Replications one of which may fail, or come when the power goes: noted, kept, and the rest goes on.

Like a diary of a long experiment: each day's result is written down in the evening, a day on which
something broke has a line that says what, and neither is lost when the laboratory burns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import pandas as pd

from crmsim.checkpoints import Checkpoint, table_as_data, table_from_data
from crmsim.errors import CrmsimError, InputError, InterruptedRun
from crmsim.replications import replicate

__all__ = ["Diary", "enough_left", "replicate_noted", "tables_as_data", "tables_from_data"]

T = TypeVar("T")
#: What came out of an arm, what went wrong (empty where nothing did), and the complaint if it was ours.
Noted = tuple[Any, str, InputError | None]


def _as_it_is(found: Any) -> Any:
    return found


@dataclass(frozen=True)
class Diary(Generic[T]):
    """Where finished replications are kept, and how they are put into JSON.

    Attributes
    ----------
    checkpoint : Checkpoint or None
        None: nothing is kept.
    described : mapping
        All that the results depend on (:func:`crmsim.grids.provenance`).
    as_data, from_data : callable
        From the result of one arm to what JSON can hold, and back.
    """

    checkpoint: Checkpoint | None
    described: Mapping[str, Any]
    as_data: Callable[[T], Any] = _as_it_is
    from_data: Callable[[Any], T] = _as_it_is

    def read(self) -> dict[int, dict[str, Noted]]:
        """Return what was finished earlier.

        Raises
        ------
        InputError
            For the checkpoint of something else.
        """
        if self.checkpoint is None:
            return {}
        kept = self.checkpoint.read(self.described)
        return {k: {arm: self._noted(*of) for arm, of in arms.items()} for k, arms in kept.items()}

    def _noted(self, data: Any, problem: str) -> Noted:
        return None if problem else self.from_data(data), problem, None

    def keep(self, number: int, found: Mapping[str, Noted]) -> None:
        """Keep what came out of a replication, be it a failure."""
        if self.checkpoint is not None:
            content = {
                arm: [None if told else self.as_data(value), told] for arm, (value, told, _) in found.items()
            }
            self.checkpoint.keep(number, content, self.described)


def replicate_noted(
    arms: Mapping[str, Callable[[int], T]],
    replications: int,
    diary: Diary[T],
    *,
    engines: Collection[str],
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[int, dict[str, T]], dict[int, str]]:
    """Do every arm of every replication; a replication in which an arm fails is left out and noted.

    Arms are compared pair by pair, so that one without the other is of no use.

    Parameters
    ----------
    arms, replications, engines, workers, progress
        As in :func:`crmsim.replications.replicate`.
    diary : Diary
        What it holds is not done again.

    Returns
    -------
    dict
        By replication the results by label, of those in which nothing failed.
    dict
        By replication what went wrong in the others: the label of the arm and the error.

    Raises
    ------
    CrmsimError
        When failures left fewer than two replications. It is the InputError itself if that is what failed.
    InterruptedRun
        When it was interrupted before two replications were finished.

    Examples
    --------
    >>> def third_fails(k):
    ...     return 1.0 / (k - 2)
    >>> done, problems = replicate_noted({"a": third_fails}, 4, Diary(None, {}), engines=["simpy"], workers=1)
    >>> list(done), problems
    ([0, 1, 3], {2: 'a: ZeroDivisionError: float division by zero'})
    """
    found = replicate(
        {label: partial(_tried, arm) for label, arm in arms.items()}, replications,
        engines=engines, workers=workers, progress=progress, known=diary.read(), keep=diary.keep,
    )  # fmt: skip
    problems = {}
    for k, results in found.items():
        told = [f"{label}: {problem}" for label, (_, problem, _) in results.items() if problem]
        if told:
            problems[k] = told[0]
    left = {k: {a: v[0] for a, v in results.items()} for k, results in found.items() if k not in problems}
    ours = [error for results in found.values() for _, _, error in results.values() if error is not None]
    if len(left) < 2 and len(found) < replications:
        raise InterruptedRun("interrupted before two replications were finished without a failure")
    if len(left) < 2 and ours:
        raise ours[0]
    enough_left(len(left), problems)
    return left, problems


def tables_as_data(tables: Sequence[pd.DataFrame]) -> list[Any]:
    """Return several tables as JSON can hold them, with all that :func:`tables_from_data` needs."""
    return [table_as_data(table) for table in tables]


def tables_from_data(data: Sequence[Any]) -> tuple[pd.DataFrame, ...]:
    """Return the tables that :func:`tables_as_data` wrote down."""
    return tuple(table_from_data(part) for part in data)  # type: ignore[misc]


def enough_left(left: int, problems: Mapping[int, str]) -> None:
    """Refuse to go on where failures left fewer than two replications.

    Raises
    ------
    CrmsimError
    """
    if left < 2 and problems:
        first = min(problems)
        raise CrmsimError(
            f"{len(problems)} replications failed, and fewer than two are left; number {first}: "
            f"{problems[first]}"
        )


def _tried(arm: Callable[[int], Any], replication: int) -> Noted:
    """Do one arm once; what goes wrong in it must not stop the others."""
    try:
        return arm(replication), "", None
    except Exception as error:  # a strategy may be a program
        ours = error if isinstance(error, InputError) else None
        return None, f"{type(error).__name__}: {error}", ours
