"""Large is not good: who buys most this year is not always who brings most in the end.

The client with the thickest file of this year may have left by the next, and rings most often.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above
from crmsim.metrics.clv import customer_values
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Days: the books are looked at here, over the last twelve windows; what the same customers then bring is
#: added up to the end of the run.
START = 720


def arms(scenario: Scenario) -> list[Arm]:
    """The population as it is."""
    return [Arm("do_nothing", scenario)]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """Look at the fifth with the largest yearly revenue: who is not among the most valuable from then on?"""
    then = earlier.customers[earlier.customers["status"] == Status.ACTIVE]
    if not len(then):
        return {"not_best": float("nan"), "below_zero": float("nan")}
    # What is still to come: the whole value less that of the same life stopped here.
    number = then["number"]
    to_come = (customer_values(later)["clv"][number] - customer_values(earlier)["clv"][number]).to_numpy()
    count = -(-len(then) // 5)
    largest = np.argsort(-then["revenue_months"].sum(axis=1), kind="stable")[:count]
    best = np.argsort(-to_come, kind="stable")[:count]
    return {
        "not_best": float(1.0 - np.isin(largest, best).mean()),
        "below_zero": float((to_come[largest] < 0.0).mean()),
    }


LESSON = Lesson(
    name="volume_is_not_value",
    concepts=("key-account", "three-sales-scenarios", "customer-value-to-firm"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("not_best", "share", above(0.25), lambda run: run["do_nothing"]["not_best"]),
        Contrast("below_zero", "share", above(0.02), lambda run: run["do_nothing"]["below_zero"]),
    ),
    breaks=(
        Break(
            "all_stay_and_service_is_free",
            {"drop_a": 0.0, "drop_b": 0.0, "need_mean": 0.0, "offer_rate": 0.0, "quality_hazard": 0.0,
             "griev_hazard": 0.0, "neglect_hazard": 0.0, "serve_cost": 0.0, "contact_cost": 0.0,
             "account_cost": 0.0},
        ),
    ),
    setting={"customers": 2000},
    units=dict.fromkeys(("not_best", "below_zero"), "share"),
    stopped=(START,),
)  # fmt: skip
