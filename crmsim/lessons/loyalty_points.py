"""Points pay by what customers do for them, not by being there.

A coffee card sells more coffee if people drink the ninth cup in order to get the tenth; if they drink
what they would have drunk anyway, the tenth cup is only a present.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost, total_revenue
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """No scheme, a scheme for which people hurry, and the same rewards for people who do not."""
    ready = [Arm(name, scenario, find_strategy(name)) for name in ("points", "points_flat")]
    return [Arm("do_nothing", scenario), *ready]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, revenue, and what the scheme cost."""
    return {
        "clv": value_per_initial_customer(ledger),
        "revenue": total_revenue(ledger) / ledger.initial_count,
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
    }


LESSON = Lesson(
    name="loyalty_points",
    concepts=("loyalty-programme", "loyalty-programme-scepticism", "frequent-customer-rewards"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("points", "currency", above(0.0), difference("clv", "points", "do_nothing")),
        Contrast("points_flat", "currency", below(0.0), difference("clv", "points_flat", "do_nothing")),
    ),
    breaks=(Break("thin_margin", {"margin": 0.2}),),
    setting={"customers": 1000},
)  # fmt: skip
