"""What the comparison screen knows and computes, without a single widget.

The choices are a small frozen record, so a result always belongs to exactly the choices it carries;
a screen that shows a result can never show the numbers of other choices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import pandas as pd

from crmsim.comparison_result import mean_table
from crmsim.dashboards.paired_state import PairedState, paired_table
from crmsim.engines import simulate
from crmsim.metrics.clv import value_by_component, value_by_tier
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES, outcomes
from crmsim.metrics.satisfaction import satisfaction_by_month, satisfaction_by_tier
from crmsim.scenario import preset
from crmsim.strategies import find_strategy
from crmsim.summary import Run

__all__ = ["ComparisonResult", "ComparisonState", "Measures", "measured", "summarise"]


@dataclass(frozen=True)
class ComparisonState(PairedState):
    """The choices of the comparison screen; see :class:`crmsim.dashboards.paired_state.PairedState`.

    Examples
    --------
    >>> state = ComparisonState(customers=100, years=2, replications=2)
    >>> result = state.run()
    >>> result.table.loc["clv", "n"]
    np.int64(2)
    """

    screen: ClassVar[str] = "comparison"

    def measure(self, name: str, replication: int) -> Measures:
        return _measure(name, replication, self.preset, self.customers, self.years, self.seed, self.engine)

    def summarise(self, measured: Mapping[str, list[Measures]]) -> ComparisonResult:
        return summarise(self, measured)


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


def summarise(state: Any, measured: Mapping[str, list[Measures]]) -> ComparisonResult:
    """Average over finished runs, and compare pair by pair.

    Parameters
    ----------
    state : ComparisonState
        Or another with `left`, `right` (names of strategies) and `scenario`.
    measured : mapping
        Of each strategy, the measures of its runs, in the same order.
    """
    left, right = ([run.outcomes for run in measured[name]] for name in (state.left, state.right))
    tiers = {name: mean_table([run.tiers for run in runs]) for name, runs in measured.items()}
    return ComparisonResult(
        state=state,
        pairs=len(left),
        table=paired_table(OUTCOMES, left, right),
        components=pd.DataFrame(
            {name: mean_table([run.components for run in runs]) for name, runs in measured.items()}
        ).T,
        satisfaction={
            name: mean_table([run.satisfaction for run in runs]) for name, runs in measured.items()
        },
        tiers=pd.concat(tiers, names=["strategy", "tier"]).reset_index(),
    )
