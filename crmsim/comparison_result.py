"""What a comparison has found: every run, levels, paired differences and their verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from crmsim.comparison import (
    Interval,
    bonferroni,
    check_replications,
    mean_interval,
    paired_interval,
    replications_needed,
    sequential_interval,
    simultaneous_intervals,
    verdict,
)
from crmsim.grids import check_outcome
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy

__all__ = ["Comparison", "Tables", "checked_margins", "judged_difference", "mean_table"]

Tables = dict[str, pd.DataFrame | pd.Series]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The outcome of :func:`crmsim.experiments.compare`.

    Attributes
    ----------
    scenario : Scenario
    strategies : tuple of Strategy
        The first is the base that the others are compared with. Without those that failed in every run.
    seed : int
    asked : int
        Replications asked for; `finished` has the numbers of those that were finished.
    finished : tuple of int
    runs : DataFrame
        One row per replication, strategy and outcome: ``replication``, ``strategy``, ``outcome``,
        ``value`` (units in :data:`crmsim.metrics.outcomes.OUTCOMES`; nan where a run failed, or could not
        have the outcome).
    tables : dict
        Strategy name to table name (see :data:`crmsim.experiments.TABLES`) to its mean over replications.
    engines : dict
        Strategy name to the engine that drove its runs.
    branches : int
        That each population was split into.
    confidence : float
    problems : dict
        From (strategy name, replication) to what went wrong in a run that failed.
    looked : bool
        Whether somebody looked at the differences to decide when to stop; their intervals then allow for it
        (:func:`crmsim.comparison.sequential_interval`).
    """

    scenario: Scenario
    strategies: tuple[AnyStrategy, ...]
    seed: int
    asked: int
    finished: tuple[int, ...]
    runs: pd.DataFrame
    tables: dict[str, Tables]
    engines: dict[str, str]
    branches: int = 1
    confidence: float = 0.95
    problems: dict[tuple[str, int], str] = field(default_factory=dict)
    looked: bool = False

    def __post_init__(self) -> None:
        check_replications(self.runs)

    @property
    def base(self) -> str:
        """Name of the strategy that the others are compared with."""
        return self.strategies[0].name

    def values(self, strategy: str, outcome: str) -> np.ndarray:
        """Return one value per replication, in the order of the replications."""
        return self._by_outcome.get((strategy, outcome), np.empty(0)).copy()

    @cached_property
    def _by_outcome(self) -> dict[tuple[str, str], np.ndarray]:
        """What :meth:`values` looks up: to search the table for each takes longer than all the rest."""
        groups = self.runs.sort_values("replication").groupby(["strategy", "outcome"], sort=False)
        return {(str(s), str(o)): rows.to_numpy(float) for (s, o), rows in groups["value"]}

    def difference(self, base: np.ndarray, other: np.ndarray, confidence: float) -> Interval:
        """Return the mean of other less base, replication by replication, with its interval."""
        if self.looked:
            return sequential_interval(np.asarray(other) - np.asarray(base), confidence)
        return paired_interval(base, other, confidence)

    def levels(self) -> pd.DataFrame:
        """Return each outcome of each strategy: ``mean``, ``low``, ``high``, ``n``."""
        return pd.DataFrame(
            [
                {"strategy": s.name, "outcome": outcome, "unit": OUTCOMES[outcome].unit}
                | mean_interval(self.values(s.name, outcome), self.confidence)._asdict()
                for s in self.strategies
                for outcome in OUTCOMES
            ]
        )

    def differences(
        self,
        precision: float = 0.05,
        *,
        simultaneous: bool = False,
        equivalence: Mapping[str, float] | None = None,
    ) -> pd.DataFrame:
        """Return each strategy's paired difference to the base, outcome by outcome.

        Parameters
        ----------
        precision : float
            An undecided difference counts as known well enough when the interval reaches no
            further than this share of the base's mean to either side.
        simultaneous : bool
            Whether the intervals of one outcome hold for all strategies together
            (:func:`crmsim.comparison.bonferroni`), so that one may say which ones differ, and pick the one
            that stands out. Otherwise each holds for itself. Several outcomes are never counted together.
        equivalence : mapping, optional
            From outcomes to the largest difference that does not matter, in the unit of the outcome.

        Returns
        -------
        DataFrame
            ``strategy``, ``outcome``, ``unit``, ``base`` (mean of the base), ``mean``, ``low``,
            ``high`` (of the difference), ``n``, ``verdict`` (higher, lower, same, undecided, and equivalent
            where a margin is given), ``enough`` (were there enough replications) and ``needed`` (about how
            many would be).
        """
        margins = checked_margins(equivalence)
        confidence = bonferroni(self.confidence, len(self.strategies) - 1 if simultaneous else 1)
        rows = []
        for strategy in self.strategies[1:]:
            for outcome in OUTCOMES:
                base, other = self.values(self.base, outcome), self.values(strategy.name, outcome)
                interval = self.difference(base, other, confidence)
                level = mean_interval(base).mean
                row = {"strategy": strategy.name, "outcome": outcome}
                row |= judged_difference(interval, level, outcome, precision, margins.get(outcome))
                needed, wanted = interval.n, precision * abs(level)
                if not row["enough"] and interval.n >= 2 and wanted > 0:
                    needed = replications_needed(interval, wanted, confidence)
                rows.append(row | {"needed": needed})
        return pd.DataFrame(rows)

    def pairs(self, outcome: str, *, equivalence: float | None = None) -> pd.DataFrame:
        """Return the paired difference of each two strategies; the intervals hold all together.

        Parameters
        ----------
        outcome : str
        equivalence : float, optional
            The largest difference that does not matter, in the unit of the outcome.

        Returns
        -------
        DataFrame
            ``first``, ``second``, ``outcome``, ``unit``, ``mean``, ``low``, ``high`` (of second less first),
            ``n`` and ``verdict``.
        """
        values = {s.name: self.values(s.name, check_outcome(outcome)) for s in self.strategies}
        found = simultaneous_intervals(values, self.confidence)
        if self.looked:
            each = bonferroni(self.confidence, len(found))
            found = {(a, b): self.difference(values[a], values[b], each) for a, b in found}
        return pd.DataFrame(
            [
                {"first": first, "second": second, "outcome": outcome, "unit": OUTCOMES[outcome].unit}
                | interval._asdict()
                | {"verdict": verdict(interval, equivalence)}
                for (first, second), interval in found.items()
            ]
        )

    def failures(self) -> pd.DataFrame:
        """Return who failed: ``strategy``, in how many replications (``failed``), ``first``, ``problem``."""
        columns = ["strategy", "failed", "first", "problem"]
        found: dict[str, list[int]] = {}
        for strategy, replication in self.problems:
            found.setdefault(strategy, []).append(replication)
        rows = [(name, len(ks), min(ks), self.problems[name, min(ks)]) for name, ks in found.items()]
        return pd.DataFrame(rows, columns=columns)


def judged_difference(
    interval: Interval, level: float, outcome: str, precision: float, margin: float | None
) -> dict[str, Any]:
    """Return a difference to the base as a row of a table, with its verdict.

    Parameters
    ----------
    interval : Interval
        Of the difference.
    level : float
        Mean of the base.
    outcome, precision
        As in :meth:`Comparison.differences`.
    margin : float or None
        Of equivalence, in the unit of the outcome.
    """
    decision = verdict(interval, margin)
    # What no run can have (nobody called the desk) cannot become known by more runs.
    enough = decision != "undecided" or interval.half_width <= precision * abs(level) or interval.n == 0
    return (
        {"unit": OUTCOMES[outcome].unit, "base": level}
        | interval._asdict()
        | {"verdict": decision, "enough": bool(enough)}
    )


def checked_margins(equivalence: Mapping[str, float] | None) -> Mapping[str, float]:
    """Return margins of equivalence by outcome; outcomes and margins that cannot be are refused."""
    for outcome, margin in (equivalence or {}).items():
        check_outcome(outcome)
        verdict(Interval(0.0, 0.0, 0.0, 2), margin)
    return equivalence or {}


def mean_table(tables: list[pd.DataFrame | pd.Series]) -> pd.DataFrame | pd.Series:
    """Return the cell-wise mean of tables of the same shape; a cell that is nan in a run is left out."""
    joined = pd.concat(tables, keys=range(len(tables)))
    levels = list(range(1, joined.index.nlevels))
    return joined.groupby(level=levels, sort=False).mean()
