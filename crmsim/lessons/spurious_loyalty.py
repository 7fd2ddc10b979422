"""Who stays only because leaving is a nuisance, leaves when it is none any more.

Two guests eat in the canteen every day: one likes it, the other has no time to go elsewhere. When the
lunch break is made longer, one of them is gone.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, difference, within
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Days: the barrier falls here, and who has left by a year later.
FALL, END = 1080, 1440
#: From here on an attitude is favourable, and a share of wallet high.
FAVOURABLE, HIGH = 0.4, 0.4


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers with barriers that stay, and with barriers that fall."""
    fallen = scenario.with_values(changes=[{"day": FALL, "set": {"barriers": 0.0}}])
    return [Arm("barriers_stay", scenario), Arm("barriers_fall", fallen)]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """Share lost in the year after the fall, of those then truly and of those then spuriously loyal."""
    # Who has made up his mind to go by then cannot be held by a barrier any more.
    undecided = (earlier.customers["status"] == Status.ACTIVE) & (earlier.customers["declining"] == 0)
    then = earlier.customers[undecided]
    lost = later.customers["left"][then["number"]] < NEVER
    likes = then["attitude"] >= FAVOURABLE
    # Who pays a fee to one firm buys from nobody else.
    buys = (then["wallet"] >= HIGH) | (earlier.scenario.purchase.timing == "contract")
    return {"lost_spurious": _share(lost[buys & ~likes]), "lost_true": _share(lost[buys & likes])}


def _share(lost: np.ndarray) -> float:
    return float(lost.mean()) if len(lost) else float("nan")


LESSON = Lesson(
    name="spurious_loyalty",
    concepts=("loyalty-attitude-behaviour-types", "switching-cost", "switching-constraints"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "spurious", "points", above(0.0), difference("lost_spurious", "barriers_fall", "barriers_stay")
        ),
        Contrast("true", "points", within(0.03), difference("lost_true", "barriers_fall", "barriers_stay")),
    ),
    breaks=(Break("barriers_hold_nobody", {"shield_B": 0.0, "offer_B": 0.0}),),
    setting={"customers": 3000, "horizon_days": END},
    units={"lost_spurious": "share", "lost_true": "share"},
    stopped=(FALL,),
)  # fmt: skip
