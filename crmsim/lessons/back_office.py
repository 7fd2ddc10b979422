"""Behind the counter: how long a complaint lies in the back office is felt in front of it.

The waiter was friendly; the dish was cold because of the kitchen, and the refund takes a fortnight because
of the bookkeeping.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario
from crmsim.stages import Cause

__all__ = ["LESSON"]

#: Mean days until the back office has settled a complaint, by arm.
_DAYS = {"at_once": 0.0, "slow": 10.0}


def arms(scenario: Scenario) -> list[Arm]:
    """The same desk before the customers, with a back office that settles at once or takes ten days."""
    return [Arm(label, scenario.with_values(back_days=days)) for label, days in _DAYS.items()]


def measure(ledger: Ledger) -> dict[str, float]:
    """How satisfied all who ever complained are, and how many customers failures cost the firm."""
    people = ledger.customers
    complained = (people["entered"] < NEVER) & (people["complaints"] > 0)
    felt = people["satisfaction"][complained]
    losses = ledger.months["losses"][:, Cause.SERVICE_FAILURE].sum()
    return {
        "satisfaction": float(felt.mean()) if complained.any() else float("nan"),
        "lost_by_failure": float(losses / ledger.initial_count),
    }


LESSON = Lesson(
    name="back_office",
    concepts=("front-back-office", "service-recovery", "complaint-handling"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("satisfaction", "ratio", below(0.0), difference("satisfaction", "slow", "at_once")),
        Contrast("lost_by_failure", "points", above(0.0), difference("lost_by_failure", "slow", "at_once")),
    ),
    breaks=(Break("nothing_goes_wrong", {"problem_prob": 0.0}),),
    setting={"customers": 2000},
    units={"satisfaction": "ratio", "lost_by_failure": "share"},
)
