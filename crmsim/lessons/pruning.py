"""Parting with customers who bring nothing: what pays is to serve them at lower cost, not to drop them."""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, change
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """Nothing; dropping the unprofitable; serving the small ones leaner; serving them worse."""
    return [
        Arm("do_nothing", scenario),
        Arm("drop_unprofitable", scenario, find_strategy("drop_unprofitable")),
        Arm("tail_lean", scenario, find_strategy("tail_lean")),
        Arm("tail_cheap", scenario, find_strategy("tail_cheap")),
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, and how many customers are left."""
    active = int(ledger.months[-1]["tiers"].sum())
    return {"clv": value_per_initial_customer(ledger), "active": active / ledger.initial_count}


LESSON = Lesson(
    name="pruning",
    concepts=("eliminate-bad-customers", "demarketing-wom-risk", "small-customer-management"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("dropping", "change", below(0.02), change("clv", "drop_unprofitable", "do_nothing")),
        Contrast("leaner", "change", above(0.0), change("clv", "tail_lean", "do_nothing")),
        Contrast("worse", "change", below(0.0), change("clv", "tail_cheap", "do_nothing")),
    ),
    breaks=(
        Break("dear_accounts", times={"account_cost": 10.0}),
        Break("serving_is_free", {"serve_cost": 0.0}),
    ),
)
