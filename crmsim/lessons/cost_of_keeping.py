"""Keeping costs less than winning: per head much less, per year gained about as much.

A gym that writes to its members pays a stamp for each of them, and far more for each new member. But most
of those it writes to would have stayed anyway: what a year costs that would otherwise have been lost is
another sum, which the lesson :mod:`crmsim.lessons.keeping_or_winning` asks for alone. Here stand both.
"""

from __future__ import annotations

import math

from crmsim.lessons.base import Break, Contrast, Lesson, Measures, below
from crmsim.lessons.keeping_or_winning import RETENTION_MEASURES, arms, cheapest, measure, year_kept

__all__ = ["LESSON"]

_YEAR = 365.0


def _per_head(run: Measures) -> float:
    """Return what a year of the cheapest sufficient measure costs per head, over the cost of winning one."""
    per_year = {
        arm: run[arm]["spent"] / (run[arm]["days"] / _YEAR)
        for arm in RETENTION_MEASURES
        if math.isfinite(year_kept(run, arm))
    }
    # What winning a customer costs, from what a customer-year won costs.
    won = run["do_nothing"]["year_won"] * run["do_nothing"]["days"] / _YEAR
    return min(per_year.values()) / won if per_year and won > 0.0 else float("nan")


LESSON = Lesson(
    name="cost_of_keeping",
    concepts=("retention-vs-acquisition-cost", "acquisition-cost", "q2-tf-10"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("per_head", "ratio", below(0.5), _per_head),
        Contrast("per_year_gained", "ratio", below(2.0), cheapest),
    ),
    breaks=(Break("winning_costs_little", {"acq_cost": 1.0}),),
    setting={"customers": 2000},
    units={"days": "days", "spent": "currency", "year_won": "currency"},
)  # fmt: skip
