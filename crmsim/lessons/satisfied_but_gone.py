"""The most satisfied leave too, later: what pleased them once has become what they expect.

The guest who praised the new chef three years ago has got used to him, and has meanwhile dined
elsewhere.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, difference
from crmsim.model.records import DAY
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Days: satisfaction is looked up here, and who has left by three years later.
START, HALF_YEAR = 720, 180
END = START + 6 * HALF_YEAR


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers, whose expectation goes on rising, or rises no more from that day on."""
    still = {"adapt_up": 0.0, "market_pull": 0.0}
    return [
        Arm("expectation_rises", scenario),
        Arm("expectation_stands", scenario.with_values(changes=[{"day": START, "set": still}])),
    ]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """Share of the most satisfied fifth lost in the first half year, per half year after it, and in all."""
    then = earlier.customers[earlier.customers["status"] == Status.ACTIVE]
    order = np.argsort(then["satisfaction"], kind="stable")
    best = then["number"][order[len(order) - len(order) // 5 :]]
    left = later.customers["left"][best] / DAY
    return {
        "lost_first": _lost(left, START, START + HALF_YEAR),
        "lost_later": _lost(left, START + HALF_YEAR, END),
        "lost_in_all": float((left <= END).mean()) if len(left) else float("nan"),
    }


def _lost(left: np.ndarray, first_day: int, last_day: int) -> float:
    """Return the share lost per half year between two days, of those there on the first."""
    there = left > first_day
    if not there.any():
        return float("nan")
    stayed = (left[there] > last_day).mean()
    return float(1.0 - stayed ** (HALF_YEAR / (last_day - first_day)))


LESSON = Lesson(
    name="satisfied_but_gone",
    concepts=("satisfied-customer-churn", "expectation-escalation", "q-tf-delighted-churn"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "rise", "points", above(0.0),
            lambda run: run["expectation_rises"]["lost_later"] - run["expectation_rises"]["lost_first"],
        ),
        Contrast(
            "by_adaptation", "points", above(0.0),
            difference("lost_in_all", "expectation_rises", "expectation_stands"),
        ),
    ),
    breaks=(Break("expectation_never_adapts", {"adapt_up": 0.0, "market_pull": 0.0}),),
    setting={"customers": 3000, "horizon_days": END},
    units=dict.fromkeys(("lost_first", "lost_later", "lost_in_all"), "share"),
    stopped=(START,),
)  # fmt: skip
