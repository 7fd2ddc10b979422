"""The first purchase seldom pays for winning the customer; the next ones do.

The free month, the voucher, the salesman's dinner: on the day the contract is signed every customer is in
the red.
"""

from __future__ import annotations

import numpy as np

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above
from crmsim.metrics.clv import customer_values
from crmsim.scenario import Scenario

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """The population as it is."""
    return [Arm("do_nothing", scenario)]


def measure(ledger: Ledger) -> dict[str, float]:
    """How many first purchases do not cover the cost of winning, and what those customers are worth."""
    rows, values = ledger.log(), customer_values(ledger)["clv"]
    first = rows[(rows["kind"] == EventKind.VALUE) & (rows["detail"] == 0)]
    earned = np.zeros(ledger.customer_count)
    np.add.at(earned, first["customer"], first["amount"])
    red = values[earned[values.index] < ledger.scenario.money.acq_cost]
    return {
        "in_the_red": float(len(red) / len(values)) if len(values) else float("nan"),
        "clv_in_the_red": float(red.mean()) if len(red) else float("nan"),
    }


LESSON = Lesson(
    name="won_at_a_loss",
    concepts=("acquisition-cost", "ltv-time-pattern", "stage-development-acquisition"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("in_the_red", "share", above(0.5), lambda run: run["do_nothing"]["in_the_red"]),
        Contrast("worth", "currency", above(0.0), lambda run: run["do_nothing"]["clv_in_the_red"]),
    ),
    breaks=(Break("margin_does_not_pay_the_service", {"margin": 0.05}),),
    units={"in_the_red": "share", "clv_in_the_red": "currency"},
    log=True,
)
