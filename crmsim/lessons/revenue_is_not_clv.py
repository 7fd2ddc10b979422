"""What somebody pays is not what somebody is worth: neither in pairs nor in the best cell of RFM.

Two tenants have lived in the house for equally long. The one with the higher rent has had the plumber in
every month.
"""

from __future__ import annotations

import numpy as np

from crmsim.audit.rfm_scores import rfm_scores
from crmsim.events import Component
from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above
from crmsim.metrics.clv import customer_values, value_per_initial_customer
from crmsim.model.records import DAY
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Days: here everybody is scored by RFM, on the last twelve windows.
START = 720


def arms(scenario: Scenario) -> list[Arm]:
    """The population as it is."""
    return [Arm("do_nothing", scenario)]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """In how many pairs more revenue is less value, and who of the best cell brings less than nothing."""
    return {
        "pairs": _pairs(later),
        "best_cell": _best_cell(later, earlier),
        "clv": value_per_initial_customer(later),
    }


def _pairs(ledger: Ledger) -> float:
    """Return the share of pairs, among customers who came together and stayed, whose order is turned."""
    people = ledger.customers[: ledger.initial_count]
    stayed = people["status"] == Status.ACTIVE
    revenue = people["value"][stayed, Component.REVENUE]
    values = customer_values(ledger)["clv"].reindex(people["number"][stayed]).to_numpy()
    upper = np.triu_indices(len(values), 1)
    if not len(upper[0]):
        return float("nan")
    more = np.subtract.outer(revenue, revenue)[upper] * np.subtract.outer(values, values)[upper]
    return float((more < 0.0).mean())


def _best_cell(later: Ledger, earlier: Ledger) -> float:
    """Return the share of the customers in cell 555 who bring less than nothing from then on."""
    then = earlier.customers[earlier.customers["status"] == Status.ACTIVE]
    if len(then) < 5:
        return float("nan")
    waited = START - then["last_purchase"] / DAY
    cells = rfm_scores(waited, then["n"], then["revenue_months"].sum(axis=1))["cell"].to_numpy()
    number = then["number"][cells == "555"]
    to_come = customer_values(later)["clv"][number] - customer_values(earlier)["clv"][number]
    return float((to_come < 0.0).mean()) if len(number) else float("nan")


LESSON = Lesson(
    name="revenue_is_not_clv",
    concepts=("clv", "rfm", "customer-profitability"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("pairs", "share", above(0.02), lambda run: run["do_nothing"]["pairs"]),
        Contrast("best_cell", "share", above(0.01), lambda run: run["do_nothing"]["best_cell"]),
    ),
    breaks=(
        Break(
            "service_is_free_and_nobody_leaves",
            {"serve_cost": 0.0, "contact_cost": 0.0, "account_cost": 0.0, "ref_rate": 0.0, "drop_a": 0.0,
             "drop_b": 0.0, "need_mean": 0.0, "offer_rate": 0.0, "quality_hazard": 0.0, "griev_hazard": 0.0,
             "neglect_hazard": 0.0},
        ),
    ),
    # All come within a month, so that those who are there at the end have stayed equally long.
    setting={"customers": 2000, "entry_days": 30},
    units=dict.fromkeys(("pairs", "best_cell"), "share"),
    stopped=(START,),
)  # fmt: skip
