"""What screens that compare two strategies have in common: the choices, the runs in pairs, the differences.

Two gardens, seed by seed: what differs between them is the gardener. A screen says what it measures of a
run and what it makes of the measurements; that the first pair is shown at once, that only whole pairs
count, and that every difference has its interval is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmsim.comparison import Interval, paired_interval, verdict
from crmsim.dashboards.choices import engine, seed, strategy, whole, world
from crmsim.dashboards.paired_runs import paired_runs
from crmsim.dashboards.panel_state import PanelState
from crmsim.engines import engine_for
from crmsim.scenario import Scenario, preset
from crmsim.strategies import find_strategy

__all__ = ["PairedState", "paired_table"]


@dataclass(frozen=True)
class PairedState(PanelState):
    """The choices of a screen that compares two strategies; a subclass measures runs and sums them up.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    left, right : str
        Names of ready strategies.
    customers : int
        Initial customers, 100 to 10,000.
    years : int
        Length of a run, in years of 365 days, 2 to 10.
    seed : int
    replications : int
        Paired runs, 2 to 8.
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; what is shown does not depend on it.
    """

    preset: str = world()
    left: str = strategy("do_nothing")
    right: str = strategy("stage_matched")
    customers: int = whole(300, 100, 10_000, 100)
    years: int = whole(5, 2, 10)
    seed: int = seed()
    replications: int = whole(3, 2, 8)
    engine: str = engine()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.strategies:
            engine_for(find_strategy(name), self.engine)

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies compared, once each: left, and right where it is another one."""
        return tuple(dict.fromkeys((self.left, self.right)))

    @property
    def scenario(self) -> Scenario:
        """The scenario that both strategies run in."""
        return preset(self.preset).with_values(customers=self.customers, horizon_days=365 * self.years)

    @property
    def runs(self) -> int:
        """Number of runs that the comparison consists of."""
        return self.replications * len(self.strategies)

    def measure(self, name: str, replication: int) -> Any:
        """Run one replication of a strategy and return what the screen shows of it."""
        raise NotImplementedError

    def summarise(self, measured: Mapping[str, list[Any]]) -> Any:
        """Return the result of the pairs measured so far, by strategy."""
        raise NotImplementedError

    def steps(self) -> Iterator[Any]:
        """Compute run by run: yield the number of runs done after each, and results as they come.

        The result of the first pair comes at once, that of all pairs last; see
        :func:`crmsim.dashboards.paired_runs.paired_runs`.
        """
        engines = {engine_for(find_strategy(name), self.engine) for name in self.strategies}
        runs = paired_runs(self.measure, self.strategies, self.replications, engines=engines)
        for step in runs:
            if isinstance(step, int):
                yield step
            else:
                yield self.summarise({name: [pair[name] for pair in step] for name in self.strategies})


def paired_table(
    outcomes: Iterable[str], left: Sequence[Mapping[str, float]], right: Sequence[Mapping[str, float]]
) -> pd.DataFrame:
    """Compare outcomes of runs pair by pair.

    Parameters
    ----------
    outcomes : iterable of str
    left, right : sequence of mapping
        A mapping per run, from outcome to value, in the same order.

    Returns
    -------
    DataFrame
        A row per outcome: ``left`` and ``right`` (means over the runs), ``mean``, ``low``, ``high``
        (paired difference right - left with its 95 % interval), ``n`` (pairs) and ``verdict``.

    Examples
    --------
    >>> table = paired_table(["clv"], [{"clv": 1.0}, {"clv": 2.0}], [{"clv": 3.0}, {"clv": 4.0}])
    >>> table.loc["clv", ["left", "right", "mean", "verdict"]].to_list()
    [np.float64(1.5), np.float64(3.5), np.float64(2.0), 'higher']
    """
    rows = {}
    for outcome in outcomes:
        values = [np.array([run[outcome] for run in runs]) for runs in (left, right)]
        interval = paired_interval(*values)
        rows[outcome] = {
            "left": _mean(values[0]),
            "right": _mean(values[1]),
            **interval._asdict(),
            "verdict": _word(interval),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _word(interval: Interval) -> str:
    """Return the verdict; without a pair to compare there is none."""
    return verdict(interval) if interval.n else "undecided"


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is there; nan when nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
