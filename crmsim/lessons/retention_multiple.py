"""Five points of retention: are they worth more than they sound?

A dentist who keeps 75 patients of 100 from year to year instead of 70 has not five percent more
patients after some years but far more, and each has long paid back what it cost to win them.
Reichheld & Sasser (1990) found profits higher by 25 to 85 percent; the lower end is the claim.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, above
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.retention import annual_retention
from crmsim.retention_worth import weaker_reasons
from crmsim.scenario import Scenario

__all__ = ["LESSON"]

#: So many points more of annual retention.
STEP = 0.05
#: Every reason to leave is this much weaker, by arm.
_REASONS = {"as_it_is": 1.0, "fewer_leave": 0.7, "far_fewer_leave": 0.4}


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers, with weaker and weaker reasons to leave."""
    return [
        Arm(label, scenario.with_values(**weaker_reasons(scenario, factor)))
        for label, factor in _REASONS.items()
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, and how many stay per year after the first."""
    return {
        "clv": value_per_initial_customer(ledger),
        "retention_later_years": annual_retention(ledger)["later_years"],
    }


def _worth(run: Measures) -> float:
    """Return the relative change of value at `STEP` more retention, between the arms' values."""
    retention = np.array([run[label]["retention_later_years"] for label in _REASONS])
    value = np.array([run[label]["clv"] for label in _REASONS])
    wanted = retention[0] + STEP
    if not wanted <= retention[-1] or value[0] == 0.0:
        return float("nan")
    return float((np.interp(wanted, retention, value) - value[0]) / abs(value[0]))


LESSON = Lesson(
    name="retention_multiple",
    concepts=("retention-rate", "retention-churn-cost", "retention-break-even", "lifecycle-extension"),
    arms=arms,
    measure=measure,
    contrasts=(Contrast("worth", "change", above(0.25), _worth),),
    breaks=(
        Break("future_counts_little", {"annual_discount_rate": 1.0}),
        Break("margin_does_not_pay_the_service", {"margin": 0.05}),
    ),
    setting={"customers": 1000, "horizon_days": 3600},
)  # fmt: skip
