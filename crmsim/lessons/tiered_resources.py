"""A budget that follows value does more than the same budget in equal shares."""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """Nothing, equal shares, programmes for the upper tiers only, and the whole service by tier."""
    return [
        Arm("do_nothing", scenario),
        Arm("equal_service", scenario, find_strategy("equal_service")),
        Arm("upper_tiers_only", scenario, _upper_tiers_only()),
        Arm("tier_service", scenario, find_strategy("tier_service")),
    ]


def _upper_tiers_only() -> Strategy:
    """Return tier_service without priority and savings: nothing but the programmes."""
    rules = [rule for rule in find_strategy("tier_service").rules if rule.do.programme is not None]
    about = "VIP and important customers get the stage-matched programmes, nobody else gets anything."
    return Strategy(name="upper_tiers_only", about=about, rules=rules)


def measure(ledger: Ledger) -> dict[str, float]:
    """Value and what the strategy cost, per initial customer."""
    return {
        "clv": value_per_initial_customer(ledger),
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
    }


LESSON = Lesson(
    name="tiered_resources",
    concepts=("resource-allocation-by-value", "customer-tiering", "q3-sa-why-tier"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "upper_over_equal", "currency", above(0.0), difference("clv", "upper_tiers_only", "equal_service")
        ),
        Contrast(
            "tier_over_equal", "currency", above(0.0), difference("clv", "tier_service", "equal_service")
        ),
    ),
    breaks=(
        Break(
            "worth_alike",
            {"rate_shape": 0.0, "spend_q": 0.0, "fit_sd": 0.0, "price_sd": 0.0, "barrier_shape": 0.0},
        ),
    ),
)
