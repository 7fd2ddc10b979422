"""Whom to ask back: everybody who left, or only those who were worth it?

A gym writes to former members and pays for each letter, and for a free month of each who returns. To
leave out those who hardly came saves stamps; whether it also earns more is the question.
"""

from __future__ import annotations

from collections.abc import Callable

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, above, change, difference, within
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy

__all__ = ["LESSON", "selective_win_back"]

#: Least net contribution of the last year, in costs of winning somebody back, by arm.
_THRESHOLDS = {"win_back_any": 0.0, "win_back_value": 1.0, "win_back_best": 3.0}


def arms(scenario: Scenario) -> list[Arm]:
    """Ask nobody, everybody, or those above a threshold who did not lose the need."""
    return [
        Arm("do_nothing", scenario),
        Arm("win_back_all", scenario, find_strategy("win_back_all")),
        *(Arm(name, scenario, selective_win_back(name, least)) for name, least in _THRESHOLDS.items()),
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value, and what asking cost."""
    return {
        "clv": value_per_initial_customer(ledger),
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
    }


def selective_win_back(name: str, least: float) -> Strategy:
    """Return the ready selective strategy with another threshold.

    Parameters
    ----------
    name : str
        Of the strategy.
    least : float
        Least net contribution of the last year, in costs of winning somebody back.

    Examples
    --------
    >>> selective_win_back("choosy", 2.0).rules[0].who.net_12m.min
    2.0
    """
    ready = find_strategy("win_back_value")
    rule = ready.rules[0].model_dump(by_alias=True, exclude_unset=True)
    rule["who"]["net_12m"]["min"] = least
    return Strategy(name=name, about=ready.about, rules=[rule])


def _return_on(arm: str, base: str = "do_nothing") -> Callable[[Measures], float]:
    """Return the value gained over `base` per unit of money spent more than in `base`."""

    def of(run: Measures) -> float:
        spent = run[arm]["strategy_cost"] - run[base]["strategy_cost"]
        return (run[arm]["clv"] - run[base]["clv"]) / spent if spent > 0.0 else float("nan")

    return of


LESSON = Lesson(
    name="win_back_selectivity",
    concepts=("win-back-selectivity", "win-back-difficulty"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "return_selective", "ratio", above(0.0),
            lambda run: _return_on("win_back_value")(run) - _return_on("win_back_all")(run),
        ),
        Contrast(
            "value_selective", "currency", above(0.0), difference("clv", "win_back_value", "do_nothing")
        ),
        Contrast("the_rest", "change", within(0.05), change("clv", "win_back_all", "win_back_value")),
    ),
    breaks=(Break("free", {"win_back": 0.0}),),
    setting={"customers": 2000},
)  # fmt: skip
