"""Another year with a customer: cheaper by keeping somebody or by winning somebody new?

A newspaper can call subscribers before they cancel, or hand out free copies at the station. Both buy
years of subscription; the question is what a year costs.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, below
from crmsim.metrics.money import STRATEGY_COSTS
from crmsim.model.records import DAY, NEVER
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy

__all__ = ["LESSON", "RETENTION_MEASURES", "arms", "cheapest", "measure", "year_kept"]

#: A measure is sufficient if it adds this share to the years that customers stay.
SUFFICIENT = 0.02
#: The strategies that are tried, besides nothing.
RETENTION_MEASURES = ("save_lift", "recovery", "stage_matched")


def arms(scenario: Scenario) -> list[Arm]:
    """Nothing, and three ways of keeping customers."""
    return [
        Arm("do_nothing", scenario),
        *(Arm(name, scenario, find_strategy(name)) for name in RETENTION_MEASURES),
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Days that an initial customer stays, what keeping them cost, and what a customer-year won did."""
    people = ledger.customers[: ledger.initial_count]
    people = people[people["entered"] < NEVER]
    end = np.minimum(people["left"], ledger.horizon_days * DAY)
    days = (end - people["entered"] - people["away"]).sum() / DAY
    spent = -people["total"][:, list(STRATEGY_COSTS)].sum()
    initial = ledger.initial_count
    return {
        "days": float(days / initial),
        "spent": float(spent / initial),
        "year_won": float(ledger.scenario.money.acq_cost * len(people) / (days / 365.0)),
    }


def year_kept(run: Measures, arm: str) -> float:
    """Return what an extra customer-year cost; infinite where there were too few of them."""
    extra = run[arm]["days"] - run["do_nothing"]["days"]
    if extra < SUFFICIENT * run["do_nothing"]["days"]:
        return float("inf")
    return (run[arm]["spent"] - run["do_nothing"]["spent"]) / (extra / 365.0)


def cheapest(run: Measures) -> float:
    """Return the cost of a year kept by the cheapest sufficient measure, over that of a year won."""
    kept = min(year_kept(run, arm) for arm in RETENTION_MEASURES)
    won = run["do_nothing"]["year_won"]
    return kept / won if np.isfinite(kept) and won > 0.0 else float("nan")


LESSON = Lesson(
    name="keeping_or_winning",
    concepts=("retention-vs-acquisition-cost", "acquisition-cost", "q-tf-keep-cost-higher"),
    arms=arms,
    measure=measure,
    contrasts=(Contrast("kept_over_won", "ratio", below(1.0), cheapest),),
    breaks=(Break("winning_costs_little", {"acq_cost": 1.0}),),
    setting={"customers": 2000},
    units={"days": "days", "spent": "currency", "year_won": "currency"},
)  # fmt: skip
