"""A comparison that goes on until it knows enough, and no longer.

Like counting votes: it goes on until nobody can be overtaken, and a count that is looked at all the time
must not be believed as early as one that is looked at once. The intervals here allow for the looking
(:func:`crmsim.comparison.sequential_interval`), and for several strategies at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import bonferroni, mean_interval, sequential_interval
from crmsim.comparison_result import Comparison, checked_margins, judged_difference
from crmsim.errors import InputError, whole_number
from crmsim.experiments import Experiment, Measured, check_customers, check_options
from crmsim.grids import check_outcome
from crmsim.metrics.outcomes import HEADLINES
from crmsim.replication_counts import look_ahead_length
from crmsim.run_customers import CustomerSheets
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["SequentialComparison", "compare_until"]


@dataclass(frozen=True, eq=False)
class SequentialComparison:
    """The outcome of :func:`compare_until`.

    Attributes
    ----------
    comparison : Comparison
        All replications made, those of the look-ahead included. Its intervals of differences allow for
        stopping, too (``looked``); those of its levels are for a number of replications fixed beforehand.
    needed : int or None
        Replications after which everything was known well enough, and stayed so; None if it never was.
    table : DataFrame
        One row per strategy and outcome asked for, as of :meth:`Comparison.differences` up to ``enough``,
        with intervals that allow for stopping, and hold for all strategies together.
    history : DataFrame
        After how many ``replications`` how many differences were ``open``.
    """

    comparison: Comparison
    needed: int | None
    table: pd.DataFrame
    history: pd.DataFrame


def compare_until(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    *,
    outcomes: Sequence[str] = HEADLINES,
    precision: float = 0.05,
    equivalence: Mapping[str, float] | None = None,
    at_least: int = 5,
    at_most: int = 200,
    look_ahead: int = 5,
    seed: int = 1,
    branches: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
    customers: CustomerSheets | None = None,
) -> SequentialComparison:
    """Add replications until every difference to the base is decided, or known well enough.

    Parameters
    ----------
    scenario, strategies
        As in :func:`crmsim.experiments.compare`.
    outcomes : sequence of str
        Those whose differences have to be known; at least one.
    precision : float
        Half the length of an interval that is narrow enough, as a share of the base's mean; 0 or more (0:
        go on until everything is decided).
    equivalence : mapping, optional
        From outcomes to the largest difference that does not matter, in the unit of the outcome.
    at_least : int
        The earliest replication after which to stop (before the look-ahead), at least 2.
    at_most : int
        Give up after so many, at least `at_least`.
    look_ahead : int
        For how many more replications it must stay so (:func:`crmsim.replication_counts.look_ahead_length`).
    seed, branches, engine, workers, dask
        As in :func:`crmsim.experiments.compare`. When it stops does not depend on the workers.
    confidence : float
        That of every outcome the intervals of all strategies hold, whenever it stops.
    progress : callable, optional
        Called with (replications finished, `at_most`).
    checkpoint : str, Path or Checkpoint, optional
        As in :func:`crmsim.experiments.compare`, whose checkpoints it can continue.
    customers : CustomerSheets, optional
        As there.

    Returns
    -------
    SequentialComparison
        Its comparison holds the same numbers as one that was asked for that many replications. After an
        interruption it holds what was finished.

    Raises
    ------
    InputError, InterruptedRun
        As :func:`crmsim.experiments.compare`.

    Notes
    -----
    Student intervals are no rule to stop by: whoever stops as soon as zero is outside, looking after each
    of 5 to 100 replications, calls two equal strategies different in a third of all cases, not in 5
    percent. The intervals used here are about 1.7 times as wide. To decide a difference, that costs little
    (one of half a standard deviation takes 40 replications on average, where a plan for 80 percent power
    has 34); to reach a given width takes about three times as many.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> town = preset("retail").with_values(customers=30, horizon_days=420)
    >>> both = [find_strategy("do_nothing"), find_strategy("price_cut")]
    >>> found = compare_until(town, both, outcomes=["clv"], at_most=8, look_ahead=1, workers=1)
    >>> found.table["verdict"].item(), found.needed == len(found.comparison.finished) - 1
    ('lower', True)
    """
    whole_number("at_least", at_least, 2, 10**6)
    whole_number("at_most", at_most, at_least, 10**6)
    look_ahead_length(look_ahead, 0)
    if not outcomes:
        raise InputError("outcomes", "must be at least one")
    for outcome in outcomes:
        check_outcome(outcome)
    if not precision >= 0.0:
        raise InputError("precision", "must be 0 or more (share of the base's mean)", precision)
    engines = check_options(
        scenario, strategies, replications=at_most, seed=seed, branches=branches, engine=engine,
        workers=workers, dask=dask, confidence=confidence,
    )  # fmt: skip
    check_customers(customers, branches, dask)
    experiment = Experiment(scenario, tuple(strategies), seed, branches, engines, confidence, customers)
    kept = Checkpoint(checkpoint) if isinstance(checkpoint, str | Path) else checkpoint
    known, keep = experiment.read(kept), experiment.keeper(kept)
    told = None if progress is None else (lambda n, _: progress(n, at_most))
    watch = _Watch(experiment, outcomes, precision, checked_margins(equivalence))
    since: int | None = None
    asked = at_least
    while True:
        # No fewer can do, so that nothing is run in vain however many workers there are.
        asked = min(_earliest_end(since, watch.n, at_least, look_ahead), at_most)
        done = experiment.run(asked, known=known, keep=keep, workers=workers, dask=dask, progress=told)
        known |= done
        for results in list(done.values())[watch.n :]:
            watch.look(results)
            still_open = watch.n < at_least or watch.open > 0
            since = None if still_open else since or watch.n
        if len(done) < asked:
            return watch.result(experiment.gathered(done, asked), None)
        stop = since is not None and watch.n >= since + look_ahead_length(look_ahead, since)
        if stop or asked == at_most:
            if kept is not None and kept is not checkpoint:
                kept.remove()
            return watch.result(experiment.gathered(done, asked), since if stop else None)


def _earliest_end(since: int | None, n: int, at_least: int, look_ahead: int) -> int:
    """Return after how many replications the look-ahead can be over at the earliest."""
    begin = max(n + 1, at_least) if since is None else since
    return begin + look_ahead_length(look_ahead, begin)


class _Watch:
    """The differences so far, judged again after every replication."""

    def __init__(
        self, experiment: Experiment, outcomes: Sequence[str], precision: float, margins: Mapping[str, float]
    ) -> None:
        self._names = [strategy.name for strategy in experiment.strategies]
        self._outcomes = tuple(dict.fromkeys(outcomes))
        self._precision, self._margins = precision, margins
        self._confidence = bonferroni(experiment.confidence, len(self._names) - 1)
        self._values: dict[tuple[str, str], list[float]] = {
            (name, outcome): [] for name in self._names for outcome in self._outcomes
        }
        self._history: list[dict[str, int]] = []

    @property
    def n(self) -> int:
        """Replications looked at."""
        return len(self._history)

    @property
    def open(self) -> int:
        """Differences that are not known well enough."""
        return self._history[-1]["open"]

    def look(self, results: Mapping[str, Measured]) -> None:
        """Take one more replication into account."""
        for (name, outcome), values in self._values.items():
            found = results[name]
            values.append(np.nan if isinstance(found, str) else found[0][outcome])
        still = sum(not row["enough"] for row in self._rows())
        self._history.append({"replications": self.n + 1, "open": still})

    def _rows(self) -> list[dict[str, Any]]:
        base, *others = self._names
        rows = []
        for name in others:
            for outcome in self._outcomes:
                ours, theirs = (np.array(self._values[of, outcome]) for of in (base, name))
                interval = sequential_interval(theirs - ours, self._confidence)
                level, margin = mean_interval(ours).mean, self._margins.get(outcome)
                row = judged_difference(interval, level, outcome, self._precision, margin)
                rows.append({"strategy": name, "outcome": outcome} | row)
        return rows

    def result(self, comparison: Comparison, needed: int | None) -> SequentialComparison:
        """Return what was found."""
        history = pd.DataFrame(self._history, columns=["replications", "open"])
        return SequentialComparison(
            replace(comparison, looked=True), needed, pd.DataFrame(self._rows()), history
        )
