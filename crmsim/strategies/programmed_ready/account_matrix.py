"""A firm that gives each cell of the key account matrix its own level of resources.

Attractive accounts are those with above-average revenue per year; the firm is strong with those that
would rather recommend it than the average account would. Key accounts get the best, accounts to be
developed are courted, accounts that are easily kept get what is necessary, and the rest is served
as it comes.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from crmsim.strategies.programmed import FirmView, Order, ProgrammedStrategy
from crmsim.strategies.rules import Action, Cost


class Level(NamedTuple):
    """What a cell gets: a programme, how much of it (1 = in full, at full cost), a place in the queue."""

    programme: str | None
    intensity: float
    desk_class: int


#: Resources by cell (judgement): invest, strive, keep, serve as it comes.
LEVELS = {
    "key": Level("special", 1.0, 0),
    "development": Level("contact", 1.0, 1),
    "maintenance": Level("community", 0.4, 2),
    "opportunity": Level(None, 0.0, 3),
}
#: The books keep twelve windows of 30 days.
_BOOK_YEAR = 360.0


def cells(active: pd.DataFrame) -> pd.Series:
    """Return the cell of every active account, from what the firm knows."""
    # Revenue and not net: the first year's net holds the cost of winning the account. Whoever is new
    # is judged on a month at least.
    months = active["tenure_days"].clip(30.0, _BOOK_YEAR) / 30.0
    revenue, answers = active["revenue_12m"] / months, active["survey_nps"]
    attractive = revenue >= revenue.mean()
    # Who has never answered may be won over as yet: not strong.
    strong = answers >= answers.mean()
    found = pd.Series("opportunity", index=active.index)
    found[strong] = "maintenance"
    found[attractive & ~strong] = "development"
    found[attractive & strong] = "key"
    return found


def decide(view: FirmView) -> list[Order]:
    """Return the orders of each cell: its programme at its intensity, and its place in the queue."""
    found, orders = cells(view.active), []
    for cell, level in LEVELS.items():
        accounts = found.index[found == cell]
        queue = dict.fromkeys(("vip", "important", "ordinary", "small"), level.desk_class)
        orders.append(Order(Action(priority=queue), accounts))
        if level.programme is not None:
            action = Action(programme=level.programme, intensity=level.intensity)
            orders.append(Order(action, accounts, Cost(per_month=level.intensity, unit="programme")))
    return orders


STRATEGY = ProgrammedStrategy(
    name="account_matrix",
    about="Key accounts get most, accounts to develop are courted, safe ones kept, the others served.",
    decide=decide,
    about_zh="按关键客户矩阵分配资源：关键客户多投入，发展客户积极争取，维持客户给必要资源，机会客户适度服务。",
    sources=("Cheverton 1999",),
)
