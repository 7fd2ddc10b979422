"""Who is attached forgives more, but not everything.

The regulars stay when the new cook burns the first goulash. When he burns it every week, they go as well.
"""

from __future__ import annotations

import numpy as np

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, above
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario
from crmsim.stages import Status

__all__ = ["LESSON"]

#: Days: from here on more goes wrong, and who has left by a year later.
START, END = 720, 1080
#: So many times as much goes wrong.
_MORE = 4.0


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers, for whom as much goes wrong as before, or four times as much."""
    worse = min(1.0, _MORE * scenario.service.problem_prob)
    failing = scenario.with_values(changes=[{"day": START, "set": {"problem_prob": worse}}])
    return [Arm("as_before", scenario), Arm("much_goes_wrong", failing)]


def measure(later: Ledger, earlier: Ledger) -> dict[str, float]:
    """Share lost within a year of the fifth with the lowest and of that with the highest attitude."""
    then = earlier.customers[earlier.customers["status"] == Status.ACTIVE]
    order = np.argsort(then["attitude"], kind="stable")
    lost = later.customers["left"][then["number"]][order] < NEVER
    fifth = len(order) // 5
    return {"lost_indifferent": share(lost[:fifth]), "lost_attached": share(lost[len(order) - fifth :])}


def share(lost: np.ndarray) -> float:
    return float(lost.mean()) if len(lost) else float("nan")


def _driven_away(run: Measures, group: str) -> float:
    """Return the share driven away, of those who would have stayed otherwise."""
    before, after = run["as_before"][group], run["much_goes_wrong"][group]
    return (after - before) / (1.0 - before) if before < 1.0 else float("nan")


LESSON = Lesson(
    name="loyal_forgive",
    concepts=("tolerance-of-failure", "service-recovery"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("attached", "points", above(0.0), lambda run: _driven_away(run, "lost_attached")),
        Contrast(
            "more_than_attached", "points", above(0.0),
            lambda run: _driven_away(run, "lost_indifferent") - _driven_away(run, "lost_attached"),
        ),
    ),
    breaks=(Break("nothing_goes_wrong", {"problem_prob": 0.0}),),
    setting={"customers": 3000, "horizon_days": END},
    units={"lost_indifferent": "share", "lost_attached": "share"},
    stopped=(START,),
)  # fmt: skip
