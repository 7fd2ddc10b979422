"""Satisfaction takes two: what was expected, and what was got.

The same soup disappoints the guest to whom it was praised, and delights the one who came in out of the rain.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Of the market average: more expected at the start, or more delivered.
MORE = 0.1


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers as they are; with a higher expectation; and with a higher quality."""
    experience = scenario.experience
    return [
        Arm("as_it_is", scenario),
        Arm("more_expected", scenario.with_values(exp0=experience.exp0 + MORE)),
        Arm("more_delivered", scenario.with_values(quality=experience.quality + MORE)),
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Mean of the ratio c of experience to expectation, of customers who are there at the end."""
    people = ledger.customers
    active = people["status"] == Status.ACTIVE
    return {"ratio": float(people["ratio"][active].mean()) if active.any() else float("nan")}


LESSON = Lesson(
    name="expectation_counts",
    concepts=("expectation-disconfirmation", "customer-expectation", "customer-satisfaction"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("expected", "ratio", below(0.0), difference("ratio", "more_expected", "as_it_is")),
        Contrast("delivered", "ratio", above(0.0), difference("ratio", "more_delivered", "as_it_is")),
    ),
    breaks=(Break("experiences_leave_no_trace", {"sat_memory": 0.0}),),
    setting={"customers": 1000, "horizon_days": 360, "entry_days": 90},
)
