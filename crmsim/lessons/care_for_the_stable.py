"""Regulars want to be noticed too: to leave the stable stage alone costs more than it saves."""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.metrics.retention import annual_retention
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """Every stage cared for; and the same without the stable one."""
    ready = find_strategy("stage_matched")
    rules = [rule for rule in ready.rules if "stability" not in (rule.who.stage or ())]
    assert len(rules) < len(ready.rules)
    about = "Every stage gets its programme but stability, which gets none."
    alone = Strategy(name="stable_alone", about=about, rules=rules)
    return [Arm("stable_alone", scenario, alone), Arm("stage_matched", scenario, ready)]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, retention after the first year, and what the programmes cost."""
    return {
        "clv": value_per_initial_customer(ledger),
        "retention_later_years": annual_retention(ledger)["later_years"],
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
    }


LESSON = Lesson(
    name="care_for_the_stable",
    concepts=("crm-in-stable", "stage-maturity", "stage-loyalty-incentives"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("clv", "currency", above(0.0), difference("clv", "stage_matched", "stable_alone")),
        Contrast(
            "retention", "points", above(0.0),
            difference("retention_later_years", "stage_matched", "stable_alone"),
        ),
    ),
    breaks=(Break("programmes_please_nobody", {"prog_value": 0.0}),),
)  # fmt: skip
