"""Sowing, growing, harvest, fading: what one relationship costs and brings over its stages.

A vineyard costs before it bears, bears more as it grows, and less when it is old. The same customers
are looked at in each of their stages, so that who gets far is not mixed up with what a stage brings.
"""

from __future__ import annotations

import numpy as np

from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below
from crmsim.model.records import DAY, WINDOW
from crmsim.scenario import Scenario
from crmsim.stages import Stage

__all__ = ["LESSON"]

_COUNTED = np.array([info.counts for info in COMPONENTS.values()])
_STAGES = (Stage.EXPLORATION, Stage.FORMATION, Stage.STABILITY, Stage.DECLINE)


def arms(scenario: Scenario) -> list[Arm]:
    """The customers as they are."""
    return [Arm("do_nothing", scenario)]


def measure(ledger: Ledger) -> dict[str, float]:
    """Net contribution per month by true stage, and what exploration leaves of the cost of winning.

    The first three stages are compared among all who were in each of them, decline and stability
    among those who were in both.
    """
    money, months, winning = _by_customer_and_stage(ledger)
    grew = (months[:, [Stage.EXPLORATION, Stage.FORMATION, Stage.STABILITY]] > 0).all(axis=1)
    faded = grew & (months[:, Stage.DECLINE] > 0)

    def rate(who: np.ndarray, stage: Stage) -> float:
        spent = months[who, stage].sum()
        return float(money[who, stage].sum() / spent) if spent else float("nan")

    return {
        "after_exploration": float((money[:, Stage.EXPLORATION].sum() - winning) / ledger.initial_count),
        "exploration": rate(grew, Stage.EXPLORATION),
        "formation": rate(grew, Stage.FORMATION),
        "stability": rate(grew, Stage.STABILITY),
        "stability_before": rate(faded, Stage.STABILITY),
        "decline": rate(faded, Stage.DECLINE),
    }


def _by_customer_and_stage(ledger: Ledger) -> tuple[np.ndarray, np.ndarray, float]:
    """Return net contribution and months by customer and true stage, and the cost of winning them.

    What a first purchase brings is set against the cost of winning.
    """
    rows, people = ledger.log(), ledger.customer_count
    shape = (people, len(Stage))
    won = rows["kind"] == EventKind.ACQUIRED
    # The first purchase opens exploration: it stands at the begin of its time and would make it look rich.
    first = (rows["component"] == Component.CLV1) & ~won
    counted = _COUNTED[rows["component"]] & ~won & ~first
    money, months = np.zeros(shape), np.zeros(shape)
    np.add.at(money, (rows["customer"][counted], rows["true_stage"][counted]), rows["amount"][counted])
    changes = rows[rows["kind"] == EventKind.STAGE_CHANGE]
    changes = changes[np.argsort(changes["customer"], kind="stable")]
    end = np.full(len(changes), ledger.horizon_days * DAY)
    same = changes["customer"][1:] == changes["customer"][:-1]
    end[:-1][same] = changes["time"][1:][same]
    np.add.at(months, (changes["customer"], changes["true_stage"]), (end - changes["time"]) / WINDOW)
    return money, months, float(-rows["amount"][won | first].sum())


LESSON = Lesson(
    name="lifecycle_input_output",
    concepts=("lifecycle-input-output", "lifecycle-profit-formula", "customer-relationship-lifecycle"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "harvest", "currency", above(0.0),
            lambda run: run["do_nothing"]["stability"] - run["do_nothing"]["formation"],
        ),
        Contrast(
            "growth", "currency", above(0.0),
            lambda run: run["do_nothing"]["formation"] - run["do_nothing"]["exploration"],
        ),
        Contrast(
            "fading", "currency", below(0.0),
            lambda run: run["do_nothing"]["decline"] - run["do_nothing"]["stability_before"],
        ),
        Contrast("sowing", "currency", below(0.0), lambda run: run["do_nothing"]["after_exploration"]),
    ),
    breaks=(
        Break(
            "nothing_grows",
            {"wallet_A": 0.0, "wallet_T": 0.0, "cross_rate": 0.0, "serve_floor": 1.0, "deal_prone": 0.0},
        ),
    ),
    setting={"customers": 2000},
    units=dict.fromkeys(
        ("after_exploration", "exploration", "formation", "stability", "stability_before", "decline"),
        "currency",
    ),
    log=True,
)  # fmt: skip
