"""The pyramid: a fifth of the customers bring most of the revenue, and many never pay back.

A restaurant lives off its regulars; most of those who came once never covered what the advertisement
cost that brought them.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above
from crmsim.metrics.clv import customer_values, revenue_share_of_top
from crmsim.scenario import Scenario

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """The population as it is."""
    return [Arm("do_nothing", scenario)]


def measure(ledger: Ledger) -> dict[str, float]:
    """How concentrated revenue and value are, and how many customers are worth less than nothing."""
    values = np.sort(customer_values(ledger)["clv"].to_numpy())[::-1]
    best = values[: int(np.ceil(0.2 * len(values)))]
    return {
        "top_revenue": revenue_share_of_top(ledger),
        "top_value": float(best.sum() / values[values > 0].sum()),
        "negative_clv": float((values < 0).mean()),
    }


LESSON = Lesson(
    name="few_make_most",
    concepts=("pareto-principle", "customer-pyramid", "whale-curve", "profit-concentration-evidence"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("top_revenue", "share", above(0.5), lambda run: run["do_nothing"]["top_revenue"]),
        Contrast("top_value", "share", above(0.5), lambda run: run["do_nothing"]["top_value"]),
        Contrast("negative_clv", "share", above(0.1), lambda run: run["do_nothing"]["negative_clv"]),
    ),
    breaks=(
        Break(
            "alike",
            {"rate_shape": 0.0, "spend_q": 0.0, "fit_sd": 0.0, "price_sd": 0.0, "barrier_shape": 0.0},
        ),
    ),
    units={"top_value": "share"},
    setting={"customers": 2000},
)
