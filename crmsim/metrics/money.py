"""Revenue, cost and profit, undiscounted, in the currency of the scenario."""

from __future__ import annotations

import pandas as pd

from crmsim.events import COMPONENTS, Component
from crmsim.model.records import DAY
from crmsim.summary import Run

__all__ = [
    "STRATEGY_COSTS", "cost_by_kind", "profit_by_month", "refused_spending", "strategy_cost", "total_revenue",
]  # fmt: skip

#: What a firm pays only because of its strategy. A price cut costs by lower revenue instead.
STRATEGY_COSTS = (Component.PROGRAMME, Component.RECOVERY, Component.OFFER, Component.QUALITY)
_COSTS = (Component.ACCOUNT, Component.CONTACT, *STRATEGY_COSTS)


def total_revenue(ledger: Run) -> float:
    """Return the revenue of the whole run (currency, undiscounted)."""
    return float(ledger.books["total"][Component.REVENUE])


def cost_by_kind(ledger: Run) -> pd.Series:
    """Return the relationship costs of the whole run, by kind (currency, positive, undiscounted)."""
    totals = ledger.books["total"]
    return pd.Series({kind.name.lower(): -float(totals[kind]) for kind in _COSTS}, name="cost").rename_axis(
        "kind"
    )


def strategy_cost(ledger: Run) -> float:
    """Return what the strategy cost over the whole run (currency, positive, undiscounted)."""
    # Taken from 0, because the negative of 0 would be shown with its sign.
    return 0.0 - float(ledger.books["total"][list(STRATEGY_COSTS)].sum())


def refused_spending(ledger: Run) -> float:
    """Return what the strategy asked for over the whole run and its yearly budget did not pay (currency).

    Whoever is asked for again in a later window counts again. 0 means that a larger budget would have changed
    nothing at all.
    """
    return float(ledger.run["refused"])


def profit_by_month(ledger: Run) -> pd.DataFrame:
    """Return ``revenue``, ``profit`` and ``strategy_cost`` of each window of 30 days.

    Costs that the firm pays on the last day of a window, in advance for the next, stand with the
    next one. In currency, undiscounted; profit counts the acquisition cost saved by referrals.
    """
    amounts = ledger.months["amounts"].sum(axis=2)
    counted = [component for component, info in COMPONENTS.items() if info.counts]
    return pd.DataFrame(
        {
            "revenue": amounts[:, Component.REVENUE],
            "profit": amounts[:, counted].sum(axis=1),
            "strategy_cost": -amounts[:, list(STRATEGY_COSTS)].sum(axis=1),
        },
        index=pd.Index(ledger.months["time"] / DAY, name="day"),
    )
