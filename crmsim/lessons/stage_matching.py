"""The right incentive at the right stage: a welcome present for the newcomer, not for the regular."""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, above, below, difference
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy

__all__ = ["LESSON"]

_BY_STAGE = ("do_nothing", "stage_matched", "stage_mismatched")
_SINGLE = ("one_size_reward", "one_size_contact", "one_size_special", "one_size_community")
_ALIKE = [0.45] * 4


def arms(scenario: Scenario) -> list[Arm]:
    """Nothing, programmes by stage, the same programmes at the wrong stage, and one for all stages."""
    return [Arm(name, scenario, find_strategy(name)) for name in (*_BY_STAGE, *_SINGLE)]


def measure(ledger: Ledger) -> dict[str, float]:
    """Value and what the strategy cost, per initial customer."""
    return {
        "clv": value_per_initial_customer(ledger),
        "strategy_cost": strategy_cost(ledger) / ledger.initial_count,
    }


def _over_the_best_single(run: Measures) -> float:
    """Matched less the best single programme of this replication, with the luck of being the best."""
    return run["stage_matched"]["clv"] - max(run[arm]["clv"] for arm in _SINGLE)


LESSON = Lesson(
    name="stage_matching",
    concepts=("stage-loyalty-incentives", "customer-incentive-mechanism", "q1-sa-stage-incentives"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "over_mismatched", "currency", above(0.0), difference("clv", "stage_matched", "stage_mismatched")
        ),
        Contrast("over_best_single", "currency", above(0.0), _over_the_best_single),
        Contrast("mismatched", "currency", below(0.0), difference("clv", "stage_mismatched", "do_nothing")),
    ),
    breaks=(
        Break(
            "needs_alike",
            {"needs": {"exploration": _ALIKE, "formation": _ALIKE, "stability": _ALIKE, "decline": _ALIKE}},
        ),
    ),
)
