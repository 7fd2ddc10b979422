"""Priority for the best customers at a loaded desk: they are served at once, the others wait longer."""

from __future__ import annotations

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.metrics.desk import waits_by_tier
from crmsim.scenario import Scenario
from crmsim.strategies.base import Strategy
from crmsim.tiers import Tier

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """First come, first served; and the best tier first."""
    rules = [{"do": {"priority": {"vip": 0, "important": 1, "ordinary": 2, "small": 3}}}]
    by_tier = Strategy(
        name="priority", about="The better the tier, the earlier the call is answered.", rules=rules
    )
    return [Arm("fifo", scenario), Arm("priority", scenario, by_tier)]


def measure(ledger: Ledger) -> dict[str, float]:
    """Mean wait of the best and of the small, and how many small customers are lost."""
    waits = waits_by_tier(ledger)["mean_wait_days"]
    lost = ledger.run["events"][EventKind.CHURN]
    return {
        "wait_vip": float(waits["vip"]),
        "wait_small": float(waits["small"]),
        "lost_small": float(lost[Tier.SMALL] / ledger.initial_count),
    }


LESSON = Lesson(
    name="priority_at_the_desk",
    concepts=("call-centre", "differential-treatment-in-practice", "tiering-controversy"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("wait_vip", "days", below(-0.1), difference("wait_vip", "priority", "fifo")),
        Contrast("wait_small", "days", above(0.1), difference("wait_small", "priority", "fifo")),
        Contrast("lost_small", "points", above(0.0), difference("lost_small", "priority", "fifo")),
    ),
    breaks=(Break("desk_has_time", {"desk_load": 0.5}),),
    units={"lost_small": "share"},
    # The load is that of all customers at once, while some have left before others arrive.
    setting={"customers": 1000, "desk_load": 1.1},
    replications=12,
)
