"""Satisfying everybody is not where profit is highest: the last few percent cost more than they bring."""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.satisfaction import satisfied_share
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy

__all__ = ["LESSON"]

_STEPS = {"quality_a_little": 0.05, "quality_more": 0.10, "quality_much": 0.15, "quality_very_much": 0.25}


def arms(scenario: Scenario) -> list[Arm]:
    """Quality as it is, raised step by step, and everything for everybody."""
    return [
        Arm("do_nothing", scenario),
        *(Arm(name, scenario, _raised(name, step)) for name, step in _STEPS.items()),
        Arm("all_100_satisfied", scenario, find_strategy("all_100_satisfied")),
    ]


def _raised(name: str, step: float) -> Strategy:
    about = f"Quality is raised by {step:g} for everybody."
    return Strategy(name=name, about=about, rules=[{"do": {"quality": step}}])


def measure(ledger: Ledger) -> dict[str, float]:
    """Value and satisfaction."""
    return {"clv": value_per_initial_customer(ledger), "satisfied": satisfied_share(ledger)}


LESSON = Lesson(
    name="hundred_percent_satisfaction",
    concepts=("satisfaction-profit-paradox", "q-tf-100pct-satisfaction", "customer-satisfaction"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "clv_everything", "currency", below(0.0), difference("clv", "all_100_satisfied", "do_nothing"),
        ),
        Contrast(
            "clv_last_step", "currency", below(0.0),
            difference("clv", "quality_very_much", "quality_a_little"),
        ),
        Contrast(
            "satisfied_last_step", "points", above(0.0),
            difference("satisfied", "quality_very_much", "quality_a_little"),
        ),
    ),
    breaks=(Break("quality_is_free", {"q_cost1": 0.0, "q_cost2": 0.0}),),
)  # fmt: skip
