"""What the screen of flows between tiers knows and computes, without a single widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import pandas as pd

from crmsim.dashboards.choices import whole
from crmsim.dashboards.paired_state import PairedState, paired_table
from crmsim.engines import simulate
from crmsim.metrics.tier_flow import FLOWS, flow_between_reviews, flow_shares, tiers_at_reviews
from crmsim.scenario import preset
from crmsim.strategies import find_strategy

__all__ = ["TierFlowResult", "TierFlowState"]


@dataclass(frozen=True)
class TierFlowState(PairedState):
    """The choices of the screen of flows between tiers; see `PairedState`.

    Examples
    --------
    >>> result = TierFlowState(customers=100, years=2, replications=2).run()
    >>> result.table.index.to_list()
    ['best_stay', 'best_lost', 'risen', 'fallen', 'lost']
    """

    screen: ClassVar[str] = "tier_flow"

    customers: int = whole(300, 100, 5_000, 100)
    replications: int = whole(6, 2, 20)

    def measure(self, name: str, replication: int) -> _Measures:
        return _measure(name, replication, self.preset, self.customers, self.years, self.seed, self.engine)

    def summarise(self, measured: Mapping[str, list[_Measures]]) -> TierFlowResult:
        """Add up the flows of finished runs, and compare pair by pair."""
        left, right = ([run.shares for run in measured[name]] for name in (self.left, self.right))
        flows = {name: sum(run.flow for run in runs) for name, runs in measured.items()}
        followed = {name: runs[0].tiers for name, runs in measured.items()}
        return TierFlowResult(self, len(left), paired_table(FLOWS, left, right), flows, followed)


@dataclass(frozen=True, eq=False)
class TierFlowResult:
    """What came out, with the choices it belongs to.

    Attributes
    ----------
    state : TierFlowState
    pairs : int
        Paired runs that it is made of: those asked for, or fewer while the others are under way.
    table : DataFrame
        A row per share of :data:`crmsim.metrics.tier_flow.FLOWS`, as from
        :func:`crmsim.dashboards.paired_state.paired_table`.
    flows : dict of str to DataFrame
        By strategy: customers from tier to tier, summed over all reviews of all runs.
    followed : dict of str to DataFrame
        By strategy: everybody's tier at the reviews of the first run that are drawn.
    """

    state: TierFlowState
    pairs: int
    table: pd.DataFrame
    flows: dict[str, pd.DataFrame]
    followed: dict[str, pd.DataFrame]

    @property
    def done(self) -> int:
        """Runs that it is made of."""
        return self.pairs * len(self.state.strategies)


@dataclass(frozen=True, eq=False)
class _Measures:
    """One run, measured."""

    flow: pd.DataFrame
    shares: dict[str, float]
    tiers: pd.DataFrame


# The arguments determine the run completely, so what is kept can never be out of date.
@lru_cache(maxsize=256)
def _measure(
    strategy: str, replication: int, preset_name: str, customers: int, years: int, seed: int, engine: str
) -> _Measures:
    """Run one replication of one strategy and keep what the screen shows of it."""
    scenario = preset(preset_name).with_values(customers=customers, horizon_days=365 * years)
    ledger = simulate(scenario, find_strategy(strategy), seed=seed, replication=replication, engine=engine)
    tiers = tiers_at_reviews(ledger)
    flow = flow_between_reviews(tiers)
    return _Measures(flow, flow_shares(flow), tiers[reviews_drawn(tiers, scenario.population.entry_days)])


def reviews_drawn(tiers: pd.DataFrame, from_day: int) -> list[int]:
    """Return the days of reviews to draw: from when nearly all have arrived on, at most six, evenly.

    Examples
    --------
    >>> reviews_drawn(pd.DataFrame(columns=range(180, 2000, 180)), 365)
    [360, 720, 1080, 1440, 1800]
    """
    days = [int(day) for day in tiers.columns]
    # A review a few days before the last has arrived is better than one half a year later.
    later = [day for day in days if day >= from_day - 30] or days[-2:]
    step = max(2, -(-(len(later) - 1) // 5)) if len(later) > 3 else 1
    return later[::step]
