"""The handful of outcomes that a comparison of strategies shows, each with unit and direction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmsim.metrics.clv import revenue_share_of_top, value_by_tier, value_per_initial_customer
from crmsim.metrics.desk import mean_wait_days, waits_by_tier
from crmsim.metrics.money import refused_spending, strategy_cost, total_revenue
from crmsim.metrics.retention import annual_retention
from crmsim.metrics.satisfaction import satisfaction_by_tier, satisfied_share
from crmsim.metrics.tiers import tier_moves
from crmsim.model.records import NEVER
from crmsim.stages import Status
from crmsim.summary import Run

__all__ = ["HEADLINES", "OUTCOMES", "Outcome", "outcomes"]


class Outcome(NamedTuple):
    """Unit of an outcome (``currency``, ``share``, ``days`` or ``ratio``) and whether more is better.

    It is 0 where that cannot be said, as of value and satisfaction by the tier in which customers ended:
    a strategy that moves customers between tiers changes whom these are about, and can raise all of them
    without helping anybody (Simpson's paradox). Whom a strategy helps is told by groups that were fixed
    before it could change them: :meth:`crmsim.paired_tables.PairedWorlds.uplift`.
    """

    unit: str
    better: int


#: Every outcome; its name in both languages stands in the catalogue under ``outcome.<key>``.
OUTCOMES: dict[str, Outcome] = {
    "clv": Outcome("currency", 1),
    "negative_clv": Outcome("share", -1),
    "revenue": Outcome("currency", 1),
    "strategy_cost": Outcome("currency", -1),
    "refused_spending": Outcome("currency", 0),
    "retention_first_year": Outcome("share", 1),
    "retention_later_years": Outcome("share", 1),
    "active": Outcome("share", 1),
    "satisfied": Outcome("share", 1),
    "ratio": Outcome("ratio", 1),
    "satisfied_vip": Outcome("share", 0),
    "satisfied_small": Outcome("share", 0),
    "clv_vip": Outcome("currency", 0),
    "clv_small": Outcome("currency", 0),
    "promoted": Outcome("share", 1),
    "demoted": Outcome("share", -1),
    "top_revenue": Outcome("share", 0),
    "wait": Outcome("days", -1),
    "wait_vip": Outcome("days", -1),
    "wait_small": Outcome("days", -1),
}
#: Those that the table on screen shows: value, cost, retention, satisfaction, and the tiers.
HEADLINES = ("clv", "strategy_cost", "retention_later_years", "satisfied", "clv_vip", "clv_small", "promoted")


def outcomes(ledger: Run) -> dict[str, float]:
    """Return every outcome of one run, by the keys of :data:`OUTCOMES`.

    Money is per initial customer (by tier: per customer who ended in it), over the whole run; ``clv``
    and its kin are discounted to each customer's own first purchase. Shares are from 0 to 1;
    ``promoted`` and ``demoted`` are shares of all positions looked at by a tier review.
    """
    people, tiers = ledger.people, value_by_tier(ledger)
    values = people["clv"][people["entered"] < NEVER]
    active = people["status"] == Status.ACTIVE
    satisfied, waits = satisfaction_by_tier(ledger)["satisfied"], waits_by_tier(ledger)["mean_wait_days"]
    moves = tier_moves(ledger).to_numpy()
    reviewed = moves.sum()
    retention = annual_retention(ledger)
    initial = ledger.initial_count
    return {
        "clv": value_per_initial_customer(ledger),
        "negative_clv": float((values < 0).mean()) if len(values) else float("nan"),
        "revenue": total_revenue(ledger) / initial,
        "strategy_cost": strategy_cost(ledger) / initial,
        "refused_spending": refused_spending(ledger) / initial,
        "retention_first_year": retention["first_year"],
        "retention_later_years": retention["later_years"],
        "active": float(active.sum() / initial),
        "satisfied": satisfied_share(ledger),
        "ratio": float(people["ratio"][active].mean()) if active.any() else float("nan"),
        "satisfied_vip": float(satisfied["vip"]),
        "satisfied_small": float(satisfied["small"]),
        "clv_vip": float(tiers["vip"]),
        "clv_small": float(tiers["small"]),
        "promoted": float(np.tril(moves, -1).sum() / reviewed) if reviewed else float("nan"),
        "demoted": float(np.triu(moves, 1).sum() / reviewed) if reviewed else float("nan"),
        "top_revenue": revenue_share_of_top(ledger),
        "wait": mean_wait_days(ledger),
        "wait_vip": float(waits["vip"]),
        "wait_small": float(waits["small"]),
    }
