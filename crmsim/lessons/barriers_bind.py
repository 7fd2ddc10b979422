"""Switching costs hold the customer, not the customer's heart.

Who has learned a bank's app and moved all standing orders there stays longer; nobody likes a bank better
because it would be tedious to leave it.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.metrics.retention import annual_retention
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: The barriers are so many times what they are, by arm.
_TIMES = {"low": 0.5, "high": 2.0}


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers, for whom leaving is easier or harder than it is."""
    usual = scenario.exit.barrier_mean
    return [Arm(label, scenario.with_values(barrier_mean=factor * usual)) for label, factor in _TIMES.items()]


def measure(ledger: Ledger) -> dict[str, float]:
    """How many stay per year after the first, and what those who stayed think of the firm."""
    people = ledger.customers
    active = people["status"] == Status.ACTIVE
    return {
        "retention_later_years": annual_retention(ledger)["later_years"],
        "attitude": float(people["attitude"][active].mean()) if active.any() else float("nan"),
    }


LESSON = Lesson(
    name="barriers_bind",
    concepts=("switching-cost", "switching-constraints", "loyalty-attitude-behaviour-types"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("retention", "points", above(0.0), difference("retention_later_years", "high", "low")),
        Contrast("attitude", "ratio", below(0.01), difference("attitude", "high", "low")),
    ),
    breaks=(Break("barriers_hold_nobody", {"shield_B": 0.0, "offer_B": 0.0}),),
    units={"attitude": "ratio"},
)
