"""Knowing whom to offer what: the same offers, by analysis or by lot.

Two shops hand out the same number of vouchers. One draws names from a hat, the other looks at its books
first: who is worth keeping, and whom would a voucher keep?
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """No offers; a tenth of the customers drawn by lot; the tenth that the analysis names."""
    return [
        Arm("do_nothing", scenario),
        *(Arm(name, scenario, find_strategy(name)) for name in ("save_random", "save_value_lift")),
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value and what the offers cost, per initial customer."""
    return {
        "clv": value_per_initial_customer(ledger),
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
    }


LESSON = Lesson(
    name="informed_offers",
    concepts=("crm-information-analytics", "pareto-leverage-condition", "churn-management"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("over_lot", "currency", above(0.0), difference("clv", "save_value_lift", "save_random")),
        Contrast("over_nothing", "currency", above(0.0), difference("clv", "save_value_lift", "do_nothing")),
    ),
    breaks=(
        Break(
            "nothing_preventable",
            {"offer_rate": 0.0, "quality_hazard": 0.0, "griev_hazard": 0.0, "neglect_hazard": 0.0},
        ),
    ),
)
