"""A firm that works in a loop: score, act, ask, adjust.

Every window it looks at how its customers answered the last survey. As long as too few recommend it,
it widens the circle of those who get personal contact, beginning with the worst answers; where most
recommend it, it saves the money.
"""

from __future__ import annotations

from crmsim.strategies.programmed import FirmView, Order, ProgrammedStrategy
from crmsim.strategies.rules import Action, Cost

#: The net promoter score that the firm is content with.
CONTENT = 0.0


def decide(view: FirmView) -> list[Order]:
    """Return contact for the least satisfied: the lower the net promoter score, the more of them."""
    answers = view.active["survey_nps"].dropna()
    if answers.empty:
        return []
    score = float((answers >= 9).mean() - (answers <= 6).mean())
    share = min(max(CONTENT - score, 0.0), 1.0)
    unhappiest = answers.sort_values(kind="stable").index[: round(share * len(answers))]
    return [Order(Action(programme="contact"), unhappiest, Cost(per_month=1.0, unit="programme"))]


STRATEGY = ProgrammedStrategy(
    name="listening_firm",
    about="Personal contact for the least satisfied of the last survey; the lower the net promoter score, the wider.",
    decide=decide,
    about_zh="根据最近一次满意度调查，对最不满意的客户进行情感联系；净推荐值越低，覆盖面越大。",
    sources=("Reichheld 2003",),
)
