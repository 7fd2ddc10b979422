"""Losing customers can be slowed down, not abolished.

A school can be as good as it likes: children grow up, families move away. What it can prevent are the
other farewells.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below, difference
from crmsim.model.records import DAY, NEVER
from crmsim.scenario import Scenario
from crmsim.stages import Cause
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy

__all__ = ["LESSON"]

#: Reasons that no offer changes.
_NOT_PREVENTABLE = [Cause.NATURAL, Cause.NEED_ENDED]


def arms(scenario: Scenario) -> list[Arm]:
    """Nothing; and everything for everybody, at any price, with save offers all the time besides."""
    return [Arm("do_nothing", scenario), Arm("everything", scenario, _everything())]


def _everything() -> Strategy:
    ready = find_strategy("all_100_satisfied")
    offers = {"when": {"every": 90}, "do": {"save_offer": 1.2, "days": 90}}
    return Strategy(
        name="everything",
        about="Everything for everybody, and a save offer for everybody every quarter.",
        rules=[*(rule.model_dump(by_alias=True, exclude_unset=True) for rule in ready.rules), offers],
    )


def measure(ledger: Ledger) -> dict[str, float]:
    """Losses per customer-year: all, those that nothing prevents, and the others."""
    people = ledger.customers[ledger.customers["entered"] < NEVER]
    end = np.minimum(people["left"], ledger.horizon_days * DAY)
    years = (end - people["entered"] - people["away"]).sum() / DAY / 365.0
    losses = ledger.months["losses"].sum(axis=0)
    kept_from = losses[_NOT_PREVENTABLE].sum()
    return {
        "lost": float(losses.sum() / years),
        "lost_anyway": float(kept_from / years),
        "lost_preventably": float((losses.sum() - kept_from) / years),
    }


LESSON = Lesson(
    name="some_always_leave",
    concepts=("customer-churn", "crm-misconceptions", "q2-tf-04"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("lost_anyway", "share", above(0.03), lambda run: run["everything"]["lost_anyway"]),
        Contrast("prevented", "points", below(0.0), difference("lost", "everything", "do_nothing")),
    ),
    breaks=(
        Break("nobody_drifts_away", {"drop_a": 0.0, "drop_b": 0.0, "need_mean": 0.0}),
    ),
    units=dict.fromkeys(("lost", "lost_anyway", "lost_preventably"), "share"),
)  # fmt: skip
