"""Satisfied customers leave as well: less often than the others, but they do.

Somebody likes the hairdresser and moves to another town, or is tempted by a voucher across the
street.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above
from crmsim.metrics.satisfaction import SATISFIED
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Days: satisfaction is looked up here, and who has left by a year later.
START, END = 720, 1080
_FIFTHS = ("lost_lowest", "lost_second", "lost_middle", "lost_fourth", "lost_highest")


def arms(scenario: Scenario) -> list[Arm]:
    """The population as it is."""
    return [Arm("do_nothing", scenario)]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """Share lost within a year by fifth of satisfaction, and the satisfied among those lost."""
    then = earlier.customers[earlier.customers["status"] == Status.ACTIVE]
    lost = later.customers["left"][then["number"]] < NEVER
    fifths = np.array_split(np.argsort(then["satisfaction"], kind="stable"), len(_FIFTHS))
    losses = {
        name: float(lost[fifth].mean()) if len(fifth) else float("nan")
        for name, fifth in zip(_FIFTHS, fifths, strict=True)
    }
    satisfied = then["ratio"] >= SATISFIED
    return losses | {"satisfied_among_lost": float(satisfied[lost].mean()) if lost.any() else float("nan")}


LESSON = Lesson(
    name="satisfied_not_loyal",
    concepts=(
        "satisfied-customer-churn", "satisfaction-loyalty-dynamics", "q-tf-high-satisfaction-not-loyalty",
    ),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("lost_highest", "share", above(0.05), lambda run: run["do_nothing"]["lost_highest"]),
        Contrast(
            "satisfied_among_lost", "share", above(0.2), lambda run: run["do_nothing"]["satisfied_among_lost"]
        ),
        Contrast(
            "lowest_less_highest", "points", above(0.0),
            lambda run: run["do_nothing"]["lost_lowest"] - run["do_nothing"]["lost_highest"],
        ),
    ),
    breaks=(
        Break(
            "only_dissatisfaction",
            {"drop_a": 0.0, "drop_b": 0.0, "need_mean": 0.0, "offer_rate": 0.0},
        ),
    ),
    setting={"customers": 2000, "horizon_days": END},
    units=dict.fromkeys((*_FIFTHS, "satisfied_among_lost"), "share"),
    stopped=(START,),
)  # fmt: skip
