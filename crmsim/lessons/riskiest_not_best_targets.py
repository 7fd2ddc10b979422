"""Save offers to those most likely to leave are wasted on many who leave anyway.

A doctor who has medicine for a tenth of the patients gives it to those whom it helps, not to the
sickest.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy

__all__ = ["LESSON"]

_TARGETS = (
    "do_nothing", "save_random", "save_risk", "save_sensitivity",
    "save_lift", "save_value", "save_value_lift",
)  # fmt: skip


def arms(scenario: Scenario) -> list[Arm]:
    """The same offer to the same number of customers, chosen in different ways."""
    return [Arm(name, scenario, find_strategy(name)) for name in _TARGETS]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value and what the offers cost, per initial customer."""
    return {
        "clv": value_per_initial_customer(ledger),
        "active": float(ledger.months[-1]["tiers"].sum() / ledger.initial_count),
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
    }


LESSON = Lesson(
    name="riskiest_not_best_targets",
    concepts=("churn-management", "retention-decision-four-steps", "q-tf-not-all-churned-worth"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "value_lift_over_risk", "currency", above(0.0), difference("clv", "save_value_lift", "save_risk")
        ),
        Contrast("lift_over_risk", "points", above(0.0), difference("active", "save_lift", "save_risk")),
    ),
    breaks=(
        Break(
            "nothing_preventable",
            {"offer_rate": 0.0, "quality_hazard": 0.0, "griev_hazard": 0.0, "neglect_hazard": 0.0},
        ),
    ),
)
