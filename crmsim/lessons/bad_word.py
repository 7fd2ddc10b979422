"""Who leaves in anger takes others along who never came.

A guest who was treated badly does not come back; so far the loss is one guest. Then the guest talks.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, below, change
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers, who say nothing when they leave, or tell others."""
    return [Arm("silent", scenario.with_values(rep_neg=0.0)), Arm("they_talk", scenario)]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, and how many customers came by recommendation, per initial customer."""
    came = ledger.customers[ledger.initial_count :]
    return {
        "clv": value_per_initial_customer(ledger),
        "referred": float((came["entered"] < NEVER).sum() / ledger.initial_count),
    }


LESSON = Lesson(
    name="bad_word",
    concepts=("word-of-mouth", "demarketing-wom-risk"),
    arms=arms,
    measure=measure,
    contrasts=(Contrast("referred", "change", below(0.0), change("referred", "they_talk", "silent")),),
    breaks=(Break("nobody_is_recommended", {"ref_rate": 0.0, "arrivals": 0.0}),),
    setting={"customers": 2000},
    units={"referred": "share"},
)
