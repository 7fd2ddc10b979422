"""What the comparison screen knows and computes, without a single widget.

The choices are a small frozen record, so a result always belongs to exactly the choices it carries;
a screen that shows a result can never show the numbers of other choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from crmsim.comparison import Interval, paired_interval, verdict
from crmsim.comparison_result import mean_table
from crmsim.dashboards.choices import engine, seed, strategy, whole, world
from crmsim.dashboards.paired_runs import MOMENT, paired_runs
from crmsim.dashboards.panel_state import PanelState
from crmsim.engines import engine_for, simulate
from crmsim.metrics.clv import value_by_component, value_by_tier
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES, outcomes
from crmsim.metrics.satisfaction import satisfaction_by_month, satisfaction_by_tier
from crmsim.scenario import Scenario, preset
from crmsim.strategies import find_strategy
from crmsim.summary import Run

__all__ = ["ComparisonResult", "ComparisonState", "Measures", "measured", "summarise"]

_MOMENT = MOMENT


@dataclass(frozen=True)
class ComparisonState(PanelState):
    """The choices of the comparison screen.

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

    Examples
    --------
    >>> state = ComparisonState(customers=100, years=2, replications=2)
    >>> result = state.run()
    >>> result.table.loc["clv", "n"]
    np.int64(2)
    """

    screen: ClassVar[str] = "comparison"

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

    def steps(self) -> Iterator[int | ComparisonResult]:
        """Compute run by run: yield the number of runs done after each, and results as they come.

        The result of the first pair comes at once, that of all pairs last; see
        :func:`crmsim.dashboards.paired_runs.paired_runs`.
        """
        engines = {engine_for(find_strategy(name), self.engine) for name in self.strategies}
        chosen = (self.preset, self.customers, self.years, self.seed, self.engine)
        runs = paired_runs(
            lambda name, k: _measure(name, k, *chosen),
            self.strategies,
            self.replications,
            engines=engines,
            moment=_MOMENT,
        )
        for step in runs:
            yield step if isinstance(step, int) else summarise(self, step)


@dataclass(frozen=True, eq=False)
class ComparisonResult:
    """What came out, with the choices it belongs to.

    Attributes
    ----------
    state : ComparisonState
    pairs : int
        Paired runs that it is made of: those asked for, or fewer while the others are under way.
    table : DataFrame
        A row per outcome (keys of :data:`crmsim.metrics.outcomes.OUTCOMES`): ``left`` and
        ``right`` (means over the runs), ``mean``, ``low``, ``high`` (paired difference right -
        left with its 95 % interval), ``n`` (pairs) and ``verdict``; in the unit of the outcome.
    components : DataFrame
        Value per initial customer by component (currency), a row per strategy.
    satisfaction : dict of str to DataFrame
        Mean over the runs, as from :func:`crmsim.metrics.satisfaction.satisfaction_by_month`.
    tiers : DataFrame
        ``strategy``, ``tier``, ``clv`` (currency) and ``satisfied`` (share): means over the runs.
    """

    state: ComparisonState
    pairs: int
    table: pd.DataFrame
    components: pd.DataFrame
    satisfaction: dict[str, pd.DataFrame]
    tiers: pd.DataFrame

    @property
    def whole(self) -> bool:
        """Whether all the pairs of runs asked for are in it."""
        return self.pairs == self.state.replications

    @property
    def done(self) -> int:
        """Runs that it is made of."""
        return self.pairs * len(self.state.strategies)

    @property
    def currency(self) -> str:
        """Of all amounts."""
        return self.state.scenario.currency

    @property
    def headlines(self) -> pd.DataFrame:
        """The rows of the table that a screen shows."""
        return self.table.loc[list(HEADLINES)]


@dataclass(frozen=True, eq=False)
class Measures:
    """One run, measured: what :class:`ComparisonResult` is made of."""

    outcomes: dict[str, float]
    components: pd.Series
    satisfaction: pd.DataFrame
    tiers: pd.DataFrame


# The arguments determine the run completely, so what is kept can never be out of date.
@lru_cache(maxsize=256)
def _measure(
    strategy: str, replication: int, preset_name: str, customers: int, years: int, seed: int, engine: str
) -> Measures:
    """Run one replication of one strategy and keep what the screen shows of it."""
    scenario = preset(preset_name).with_values(customers=customers, horizon_days=365 * years)
    ledger = simulate(
        scenario, find_strategy(strategy), seed=seed, replication=replication, log=False, engine=engine
    )
    return measured(ledger)


def measured(ledger: Run) -> Measures:
    """Return what a screen of two strategies shows of one run."""
    tiers = pd.DataFrame(
        {"clv": value_by_tier(ledger), "satisfied": satisfaction_by_tier(ledger)["satisfied"]}
    )
    return Measures(outcomes(ledger), value_by_component(ledger), satisfaction_by_month(ledger), tiers)


def summarise(state: Any, pairs: list[dict[str, Measures]]) -> ComparisonResult:
    """Average over finished runs, and compare pair by pair.

    Parameters
    ----------
    state : ComparisonState
        Or another with `left`, `right`, `strategies` (names) and `scenario`.
    pairs : list of dict
        Of each replication, the measures by name of strategy.
    """
    kept = {name: [pair[name] for pair in pairs] for name in state.strategies}
    rows = {}
    for outcome in OUTCOMES:
        left, right = (_values(kept[name], outcome) for name in (state.left, state.right))
        interval = paired_interval(left, right)
        rows[outcome] = {
            "left": _mean(left),
            "right": _mean(right),
            **interval._asdict(),
            "verdict": _word(interval),
        }
    tiers = {name: mean_table([run.tiers for run in runs]) for name, runs in kept.items()}
    return ComparisonResult(
        state=state,
        pairs=len(pairs),
        table=pd.DataFrame.from_dict(rows, orient="index"),
        components=pd.DataFrame(
            {name: mean_table([run.components for run in runs]) for name, runs in kept.items()}
        ).T,
        satisfaction={name: mean_table([run.satisfaction for run in runs]) for name, runs in kept.items()},
        tiers=pd.concat(tiers, names=["strategy", "tier"]).reset_index(),
    )


def _word(interval: Interval) -> str:
    """Return the verdict; without a pair to compare there is none."""
    return verdict(interval) if interval.n else "undecided"


def _values(runs: list[Measures], outcome: str) -> np.ndarray:
    return np.array([run.outcomes[outcome] for run in runs])


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is there; nan when nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
