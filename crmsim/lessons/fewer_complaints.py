"""Fewer complaints, fewer customers: silence is no sign of content.

The complaints book of the inn has been empty since it is kept in the attic.
"""

from __future__ import annotations

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.scenario import Scenario
from crmsim.stages import Cause

__all__ = ["LESSON"]

#: How readily customers complain is so many times what it is.
_LESS = 0.25


def arms(scenario: Scenario) -> list[Arm]:
    """The same problems, complained about as usual, or seldom because it is made difficult."""
    seldom = scenario.with_values(compl_a=_LESS * scenario.service.compl_a)
    return [Arm("as_usual", scenario), Arm("made_difficult", seldom)]


def measure(ledger: Ledger) -> dict[str, float]:
    """Complaints, and customers lost by failures, per initial customer."""
    complaints = ledger.run["events"][EventKind.COMPLAINT].sum()
    lost = ledger.months["losses"][:, Cause.SERVICE_FAILURE].sum()
    initial = ledger.initial_count
    return {"complaints": float(complaints / initial), "lost_by_failure": float(lost / initial)}


LESSON = Lesson(
    name="fewer_complaints",
    concepts=("loyalty-measurement-indicators", "complaint-handling"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("complaints", "ratio", below(0.0), difference("complaints", "made_difficult", "as_usual")),
        Contrast(
            "lost_by_failure", "points", above(0.0),
            difference("lost_by_failure", "made_difficult", "as_usual"),
        ),
    ),
    breaks=(Break("nobody_bears_a_grudge", {"griev_hazard": 0.0}),),
    units={"complaints": "ratio", "lost_by_failure": "share"},
)  # fmt: skip
