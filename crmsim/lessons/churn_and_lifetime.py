"""Half the churn, twice the lifetime: what is counted in one year foretells how long customers stay.

If a tenth of a club's members leave every year, they stay ten years on average; if a twentieth, twenty.
That holds as far as members are alike and churn stays as it is.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, above, below, change, within
from crmsim.model.records import DAY, NEVER
from crmsim.retention_worth import weaker_reasons
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Days: churn is counted in this year, once everybody has come; lifetimes are watched for forty years.
START, END, LONG = 420, 780, 14_400
_REASONS = {"as_it_is": 1.0, "half": 0.5}


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers, with every reason to leave as it is, or half as strong."""
    return [
        Arm(label, scenario.with_values(**weaker_reasons(scenario, factor)))
        for label, factor in _REASONS.items()
    ]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """Share lost in one early year, and the mean length of a relationship in days."""
    then = earlier.customers["number"][earlier.customers["status"] == Status.ACTIVE]
    people = later.customers
    lost = people["first_left"][then] <= END * DAY
    came = people[: later.initial_count]
    came = came[came["entered"] < NEVER]
    until = np.minimum(came["first_left"], later.horizon_days * DAY)
    return {
        "churn": float(lost.mean()) if len(then) else float("nan"),
        "lifetime": float((until - came["entered"]).mean() / DAY) if len(came) else float("nan"),
    }


def _product(run: Measures) -> float:
    """Return how far churn times lifetime differs between the arms, as a share."""
    product = {label: run[label]["churn"] * run[label]["lifetime"] for label in _REASONS}
    return product["half"] / product["as_it_is"] - 1.0 if product["as_it_is"] > 0.0 else float("nan")


LESSON = Lesson(
    name="churn_and_lifetime",
    concepts=("churn-lifetime-inverse", "churn-rate", "retention-rate"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("churn", "change", below(-0.2), change("churn", "half", "as_it_is")),
        Contrast("lifetime", "change", above(0.25), change("lifetime", "half", "as_it_is")),
        Contrast("product", "change", within(0.25), _product),
    ),
    breaks=(
        Break(
            "nobody_leaves",
            {"drop_a": 0.0, "drop_b": 0.0, "need_mean": 0.0, "offer_rate": 0.0,
             "quality_hazard": 0.0, "griev_hazard": 0.0, "neglect_hazard": 0.0},
        ),
    ),
    setting={"customers": 1000, "horizon_days": LONG},
    units={"churn": "share", "lifetime": "days"},
    stopped=(START,),
)  # fmt: skip
