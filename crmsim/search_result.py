"""What a search has tried, whom it chose, and what the hold-out says of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crmsim.comparison import Interval, bonferroni, mean_interval, paired_interval, verdict
from crmsim.field_paths import with_numbers
from crmsim.grids import Grid, direction
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import Scenario
from crmsim.search_space import Constraint, SearchSpace
from crmsim.store import Record
from crmsim.strategies import Strategy

__all__ = ["SearchResult", "Trial", "chosen", "holdout_table", "pareto_front"]


@dataclass(frozen=True)
class Trial:
    """One set of numbers that was tried.

    Attributes
    ----------
    number : int
        From 0, in the order of proposal.
    numbers : dict
        From paths to the numbers tried.
    state : str
        ``kept``; ``infeasible`` (breaks a constraint); ``refused`` (no strategy can have these numbers);
        ``failed`` (a run went wrong, or an outcome could not be had).
    reason : str
        Why it was refused or failed.
    values : dict
        From outcomes to one value per replication; nan where a run failed.
    """

    number: int
    numbers: dict[str, float | int]
    state: str
    reason: str
    values: dict[str, tuple[float, ...]]

    @classmethod
    def judged(
        cls,
        number: int,
        numbers: dict[str, float | int],
        values: dict[str, tuple[float, ...]],
        problem: str,
        space: SearchSpace,
    ) -> Trial:
        """Return a trial that was run, with its state.

        A trial that failed in one replication cannot be compared with others on the same replications, so
        it cannot win; its other runs are kept.
        """
        missing = [outcome for outcome in space.outcomes if np.isnan(values[outcome]).any()]
        if problem or missing:
            return cls(number, numbers, "failed", problem or f"there is no {missing[0]} in some run", values)
        trial = cls(number, numbers, "kept", "", values)
        broken = any(c.violation(trial.mean(c.outcome)) > 0.0 for c in space.constraints)
        return replace(trial, state="infeasible") if broken else trial

    def mean(self, outcome: str) -> float:
        """Return the mean over the replications that have it."""
        known = [value for value in self.values.get(outcome, ()) if not math.isnan(value)]
        return sum(known) / len(known) if known else math.nan

    def gain(self, start: Trial, outcome: str) -> float:
        """Return the mean paired difference to another trial, over the replications that both have."""
        if outcome not in self.values or outcome not in start.values:
            return math.nan
        return paired_interval(np.array(start.values[outcome]), np.array(self.values[outcome])).mean

    def again(self, number: int) -> Trial:
        """Return the same numbers with the same results as another trial."""
        return replace(self, number=number)

    def as_data(self) -> dict[str, Any]:
        """Return the trial as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Trial:
        """Return the trial that :meth:`as_data` wrote down."""
        return cls(**{**data, "values": {name: tuple(found) for name, found in data["values"].items()}})


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The outcome of :func:`crmsim.search.optimise`.

    Attributes
    ----------
    scenario, strategy, space
        What was searched; the strategy as it was at the start.
    start : Trial
        The strategy as it was, on the replications of the search.
    engine : str
        What drove the runs.
    seed, asked, replications : int
        `asked` is the number of trials asked for.
    held_out : tuple of int
        Replications of the hold-out asked for, and finished.
    tried : tuple of Trial
    winners : tuple of int
        Numbers of the trials chosen on the replications of the search: the best, or the Pareto front from
        the best in the first objective on. Empty if no trial keeps the constraints.
    holdout : DataFrame
        What the winners do on replications that no trial has seen: the figures to expect (see
        :func:`holdout_table`).
    problems : dict
        From ``start`` or the number of a winner, as text, to what went wrong on the hold-out.
    confidence : float
    """

    scenario: Scenario
    strategy: Strategy
    space: SearchSpace
    start: Trial
    engine: str
    seed: int
    asked: int
    replications: int
    held_out: tuple[int, int]
    tried: tuple[Trial, ...]
    winners: tuple[int, ...]
    holdout: pd.DataFrame
    problems: dict[str, str]
    confidence: float = 0.95

    @property
    def complete(self) -> bool:
        """Whether nothing was interrupted."""
        asked, finished = self.held_out
        return len(self.tried) == self.asked and (not self.winners or asked == finished)

    @property
    def trials(self) -> pd.DataFrame:
        """One row per trial: ``trial``, ``state``, its numbers by path, the mean of each outcome on the
        replications of the search, its paired difference to the start (``clv_gain`` and so on), ``best`` (of
        the first objective until then, among those kept), ``chosen`` and ``reason``."""
        first = self.space.objectives[0]
        sign = direction(first)
        best, rows = -math.inf, []
        for trial in self.tried:
            if trial.state == "kept":
                best = max(best, sign * trial.mean(first))
            rows.append(
                {"trial": trial.number, "state": trial.state}
                | trial.numbers
                | {outcome: trial.mean(outcome) for outcome in self.space.outcomes}
                | {f"{outcome}_gain": trial.gain(self.start, outcome) for outcome in self.space.outcomes}
                | {"best": sign * best if math.isfinite(best) else math.nan}
                | {"chosen": trial.number in self.winners, "reason": trial.reason}
            )
        return pd.DataFrame(rows)

    @property
    def runs(self) -> pd.DataFrame:
        """One row per trial, replication and outcome: ``value``, nan where a run failed."""
        rows = [
            {"trial": trial.number, "replication": k, "outcome": outcome, "value": value}
            for trial in self.tried
            for outcome, values in trial.values.items()
            for k, value in enumerate(values)
        ]
        return pd.DataFrame(rows, columns=["trial", "replication", "outcome", "value"])

    def candidate(self, number: int | None = None) -> Strategy:
        """Return the strategy of a trial, by default of the first winner.

        Raises
        ------
        ValueError
            When there is no winner.
        """
        if number is None:
            if not self.winners:
                raise ValueError("no trial keeps the constraints, so there is no winner")
            number = self.winners[0]
        return with_numbers(self.strategy, self.tried[number].numbers)

    @property
    def supported(self) -> bool:
        """Whether the hold-out shows that the first winner is better than the strategy as it was.

        In the first objective surely so, and without surely breaking a constraint. Being chosen by the search
        shows nothing: of many sets of numbers the best looks better than it is.
        """
        if not self.winners or self.holdout.empty:
            return False
        first = self.space.objectives[0]
        mine = self.holdout[self.holdout["candidate"] == str(self.winners[0])].set_index("outcome")
        side = {"higher": 1, "lower": -1}.get(mine.loc[first, "verdict"], 0)
        return side * direction(first) > 0 and "no" not in set(mine["holds"])

    def record(self, seconds: float | None = None) -> Record:
        """Return what is kept of the search in a :class:`crmsim.store.RunStore`."""
        return Record(
            kind="search",
            scenario=self.scenario,
            strategies=(self.strategy,),
            seed=self.seed,
            replications=self.replications,
            engines={self.strategy.name: self.engine},
            tables={"trials": self.trials, "trial_runs": self.runs, "holdout": self.holdout},
            more={
                "asked": self.asked,
                "held_out": list(self.held_out),
                "space": self.space.model_dump(mode="json"),
                "winners": list(self.winners),
                "supported": self.supported,
                "problems": self.problems,
                "confidence": self.confidence,
            },
            seconds=seconds,
        )


def pareto_front(values: np.ndarray) -> np.ndarray:
    """Return which points no other point dominates: at least as good in everything and better in something.

    Parameters
    ----------
    values : array, shape (points, objectives)
        The more the better. Points with nan are not on the front.

    Returns
    -------
    array of bool, shape (points,)
        Of points that are the same in everything all are on the front or none.

    Examples
    --------
    >>> pareto_front(np.array([[1.0, 5.0], [2.0, 4.0], [1.0, 4.0]])).tolist()
    [True, True, False]
    """
    values = np.asarray(values, dtype=float)
    known = ~np.isnan(values).any(axis=1)
    at_least = (values[:, None, :] >= values[None, :, :]).all(axis=2)
    better = (values[:, None, :] > values[None, :, :]).any(axis=2)
    dominated = (at_least & better & known[:, None]).any(axis=0)
    return known & ~dominated


def chosen(tried: Sequence[Trial], space: SearchSpace) -> list[int]:
    """Return the numbers of the winners: the best trial, or those on the Pareto front, the best first.

    Trials with the same results count once, the earliest.
    """
    kept = [trial for trial in tried if trial.state == "kept"]
    if not kept:
        return []
    signs = np.array([direction(outcome) for outcome in space.objectives])
    values = signs * np.array([[trial.mean(o) for o in space.objectives] for trial in kept])
    if len(space.objectives) == 1:
        return [kept[int(np.argmax(values[:, 0]))].number]
    front = np.flatnonzero(pareto_front(values))
    order = sorted(front, key=lambda row: (*(-values[row]), kept[row].number))
    unlike = {tuple(values[row]): kept[row].number for row in reversed(order)}
    return [kept[row].number for row in order if unlike[tuple(values[row])] == kept[row].number]


def holdout_table(
    winners: Sequence[Trial], start: Trial, grid: Grid | None, space: SearchSpace, confidence: float
) -> pd.DataFrame:
    """Return what the winners do on the hold-out, beside what the search believed.

    Returns
    -------
    DataFrame
        One row per candidate (``start`` or the number of a trial, as text) and outcome: ``unit``,
        ``trained`` (mean on the replications of the search), ``mean``, ``low``, ``high``, ``n`` on the
        hold-out; the same of the paired difference to the start (``trained_gain``, ``gain``, ``gain_low``,
        ``gain_high``, ``verdict``); for a constraint, whether it ``holds`` there (yes, no, undecided, else
        empty). The intervals of one outcome hold for all winners together. Empty without winners.
    """
    columns = [
        "candidate", "outcome", "unit", "trained", "mean", "low", "high", "n", "trained_gain", "gain",
        "gain_low", "gain_high", "verdict", "holds",
    ]  # fmt: skip
    rows = []
    each = bonferroni(confidence, max(len(winners), 1))
    trained = {"start": start} | {str(trial.number): trial for trial in winners}
    for label in grid.cells if grid is not None else ():
        for outcome in space.outcomes:
            level = mean_interval(grid.of(label, outcome), each)
            gain = paired_interval(grid.of("start", outcome), grid.of(label, outcome), each)
            constraint = next((c for c in space.constraints if c.outcome == outcome), None)
            rows.append(
                {"candidate": label, "outcome": outcome, "unit": OUTCOMES[outcome].unit}
                | {"trained": trained[label].mean(outcome)}
                | level._asdict()
                | {
                    "trained_gain": trained[label].gain(start, outcome),
                    "gain": gain.mean,
                    "gain_low": gain.low,
                    "gain_high": gain.high,
                }
                | {"verdict": verdict(gain), "holds": _holds(constraint, level)}
            )
    return pd.DataFrame(rows, columns=columns)


def _holds(constraint: Constraint | None, level: Interval) -> str:
    """Return whether an interval keeps a constraint as a whole, or breaks it as a whole."""
    if constraint is None:
        return ""
    low = -math.inf if constraint.min is None else constraint.min
    high = math.inf if constraint.max is None else constraint.max
    if low <= level.low and level.high <= high:
        return "yes"
    return "no" if level.high < low or level.low > high else "undecided"
