"""Ordinary customers can be moved up: those who are rewarded climb into the upper tiers more often.

The bookshop that gives the second row of its readers a stamp for every book finds some of them in the
first row two years later.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.scenario import Scenario
from crmsim.stages import Status
from crmsim.strategies.base import Strategy
from crmsim.tiers import Tier

__all__ = ["LESSON"]

#: Days: with this review the programme begins; a window later it is noted whom the review made ordinary.
START, NOTED = 720, 750


def arms(scenario: Scenario) -> list[Arm]:
    """Nothing; and rewards for the ordinary tier."""
    rewarded = Strategy(
        name="ordinary_rewarded",
        about="Whoever is in the ordinary tier gets the reward programme, from the third year on.",
        rules=[
            {
                "when": {"from_day": START},
                "who": {"tier": "ordinary"},
                "do": {"programme": "reward"},
                "cost": {"per_month": 1.0, "in": "programme"},
            }
        ],
    )
    return [Arm("do_nothing", scenario), Arm("ordinary_rewarded", scenario, rewarded)]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """How many of those who were ordinary then are in an upper tier at the end; value, and cost."""
    then = earlier.customers[earlier.customers["status"] == Status.ACTIVE]
    ordinary = then["number"][then["tier"] == Tier.ORDINARY]
    now = later.customers[ordinary]
    # Who has left keeps the tier of the last review, and has not climbed.
    climbed = np.isin(now["tier"], (Tier.VIP, Tier.IMPORTANT)) & (now["status"] == Status.ACTIVE)
    return {
        "climbed": float(climbed.mean()) if len(ordinary) else float("nan"),
        "clv": value_per_initial_customer(later),
        "strategy_cost": strategy_cost(later) / later.initial_count,
    }


LESSON = Lesson(
    name="ordinary_can_climb",
    concepts=("ordinary-customer-management", "cross-up-selling"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("climbed", "points", above(0.0), difference("climbed", "ordinary_rewarded", "do_nothing")),
    ),
    breaks=(Break("programmes_please_nobody", {"prog_value": 0.0}),),
    units={"climbed": "share"},
    stopped=(NOTED,),
)
