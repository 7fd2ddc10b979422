"""A complaint that is made good costs money; what it saves may be more.

The tailor who takes the jacket back without a word loses an hour and keeps a customer.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, change, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario
from crmsim.stages import Cause
from crmsim.strategies import find_strategy

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """Complaints answered as usual, or welcomed, answered better and compensated."""
    return [Arm("do_nothing", scenario), Arm("recovery", scenario, find_strategy("recovery"))]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, what it cost, and how many of the initial customers were lost by a failure of service."""
    initial = ledger.customers[: ledger.initial_count]
    gone = (initial["left"] < NEVER) & (initial["cause"] == Cause.SERVICE_FAILURE)
    return {
        "clv": value_per_initial_customer(ledger),
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
        "lost_by_failure": float(np.mean(gone)),
    }


LESSON = Lesson(
    name="recovery_pays",
    concepts=("service-recovery", "complaint-handling", "q-sc-07-recovery"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("clv", "change", above(0.0), change("clv", "recovery", "do_nothing")),
        Contrast(
            "lost_by_failure", "points", below(0.0), difference("lost_by_failure", "recovery", "do_nothing")
        ),
    ),
    breaks=(Break("nobody_bears_a_grudge", {"griev_hazard": 0.0}),),
    setting={"customers": 1000, "desk_load": 0.66},
    units={"lost_by_failure": "share"},
)  # fmt: skip
