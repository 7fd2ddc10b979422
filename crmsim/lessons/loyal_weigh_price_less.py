"""When rivals get cheaper, those go first who were not attached.

The café across the street halves its prices. Who came because it was cheap here is gone; who came for this
café has noticed, perhaps.
"""

from __future__ import annotations

from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, above
from crmsim.lessons.loyal_forgive import END, START, measure
from crmsim.scenario import Scenario

__all__ = ["LESSON"]

#: So many times as deep is the discount of rivals.
_DEEPER = 2.0


def arms(scenario: Scenario) -> list[Arm]:
    """The same customers, with rivals whose discount stays as it is, or is twice as deep."""
    deeper = min(1.0, _DEEPER * scenario.competition.offer_discount)
    cheaper = scenario.with_values(changes=[{"day": START, "set": {"offer_discount": deeper}}])
    return [Arm("rivals_as_before", scenario), Arm("rivals_cheaper", cheaper)]


def _lured_away(run: Measures, group: str) -> float:
    """Return the share lured away, of those who would have stayed otherwise."""
    before, after = run["rivals_as_before"][group], run["rivals_cheaper"][group]
    return (after - before) / (1.0 - before) if before < 1.0 else float("nan")


LESSON = Lesson(
    name="loyal_weigh_price_less",
    concepts=("customer-value-dynamics-with-loyalty", "loyalty-benefits", "competitor-poaching"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "more_than_attached", "points", above(0.0),
            lambda run: _lured_away(run, "lost_indifferent") - _lured_away(run, "lost_attached"),
        ),
    ),
    breaks=(Break("price_tempts_nobody", {"offer_price": 0.0}),),
    setting={"customers": 3000, "horizon_days": END},
    units={"lost_indifferent": "share", "lost_attached": "share"},
    stopped=(START,),
)  # fmt: skip
