"""A service centre that answers soon leaves more customers satisfied, with the same goods on the shelf.

Two shops sell the same radio. In one somebody picks up the phone, in the other the music plays.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.metrics.desk import mean_wait_days
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario

__all__ = ["LESSON"]

#: Share of the agents' time in use, were all customers there at once, by arm.
_LOADS = {"overloaded": 1.0, "staffed": 0.6}


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers and goods, with a centre that has time for callers and with one that has not."""
    return [Arm(label, scenario.with_values(desk_load=load)) for label, load in _LOADS.items()]


def measure(ledger: Ledger) -> dict[str, float]:
    """How long callers wait, and how satisfied all who ever bought are, those who have left included."""
    came = ledger.customers["entered"] < NEVER
    felt = ledger.customers["satisfaction"][came]
    return {
        "wait": mean_wait_days(ledger),
        "satisfaction": float(felt.mean()) if came.any() else float("nan"),
    }


LESSON = Lesson(
    name="soon_answered",
    concepts=("call-centre", "call-to-customer-centre", "q2-tf-12"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("satisfaction", "ratio", above(0.0), difference("satisfaction", "staffed", "overloaded")),
        Contrast("wait", "days", below(0.0), difference("wait", "staffed", "overloaded")),
    ),
    breaks=(Break("waiting_matters_to_nobody", {"wait_weight": 0.0, "rec_wait": 0.0}),),
    units={"satisfaction": "ratio"},
    setting={"customers": 1000, "horizon_days": 360, "entry_days": 90},
)
