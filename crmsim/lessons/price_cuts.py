"""A cheaper price keeps customers; whether it also earns anything is another question."""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.metrics.outcomes import outcomes
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy

__all__ = ["LESSON"]


def arms(scenario: Scenario) -> list[Arm]:
    """Nothing, five percent off, and ten percent off, for everybody and for good."""
    five = Strategy(
        name="price_cut_five", about="Five percent off for everybody.", rules=[{"do": {"price": 0.05}}]
    )
    return [
        Arm("do_nothing", scenario),
        Arm("price_cut_five", scenario, five),
        Arm("price_cut", scenario, find_strategy("price_cut")),
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, and how many customers stay."""
    found = outcomes(ledger)
    return {name: found[name] for name in ("clv", "retention_later_years")}


LESSON = Lesson(
    name="price_cuts",
    concepts=("customer-churn", "q4-sa-not-price", "retention-vs-acquisition-cost"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("clv_ten", "currency", below(0.0), difference("clv", "price_cut", "do_nothing")),
        Contrast("clv_five", "currency", below(0.0), difference("clv", "price_cut_five", "do_nothing")),
        Contrast(
            "retention_ten", "points", above(0.0),
            difference("retention_later_years", "price_cut", "do_nothing"),
        ),
    ),
    breaks=(
        Break("offers_do_not_tempt", {"offer_price": 0.0}),
        Break("elastic", {"elasticity": 6.0}, timing="continuous"),
    ),
)  # fmt: skip
