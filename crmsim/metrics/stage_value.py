"""Value along the life of a relationship: by stage, and before and after a day of review.

Planting, growing, harvest: a firm pays to win a customer, works for little while they try, earns most
while they are steady, and less when they turn away. And like a vineyard, a customer base is worth
what it will still bear, whatever it has borne.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, WINDOW
from crmsim.stages import Stage

__all__ = ["past_and_future_value", "value_by_stage"]

_COUNTED = np.array([info.counts for info in COMPONENTS.values()])


def value_by_stage(ledger: Ledger) -> pd.DataFrame:
    """Return what customers brought in each stage of the relationship, and for how long they were in it.

    Money counts for the true stage at the moment when it moved; the cost of winning customers, which
    is paid before anything else, for ``prospect``.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.

    Returns
    -------
    DataFrame
        Indexed by stage from ``prospect`` to ``ended``, where only asking back is paid: ``input``
        (costs, positive) and ``output`` (contribution of purchases and referrals), undiscounted, in
        currency; ``net`` = output - input; ``clv``: the net discounted to each customer's first
        purchase, per initial customer; ``months`` that customers spent in it (of 30 days);
        ``net_per_month`` (currency per customer-month; nan for prospects and those who left).

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> table = value_by_stage(simulate(preset("retail").with_values(customers=100, horizon_days=1440)))
    >>> bool(table.loc["prospect", "input"] >= 100 * 100.0)  # winning a customer costs 100 here
    True
    """
    rows, people = ledger.log(), ledger.customers
    money = rows[_COUNTED[rows["component"]]]
    won = money["kind"] == EventKind.ACQUIRED
    stage = np.where(won, Stage.PROSPECT, money["true_stage"])
    costs = won | (money["component"] > Component.CLV6)
    days = (money["time"] - people["entered"][money["customer"]]) / DAY
    worth = money["amount"] * (1.0 + ledger.scenario.money.annual_discount_rate) ** (-days / 365.0)

    def total(amounts: np.ndarray) -> np.ndarray:
        return np.bincount(stage, amounts, minlength=len(Stage))

    table = pd.DataFrame(
        {
            "input": total(np.where(costs, -money["amount"], 0.0)),
            "output": total(np.where(costs, 0.0, money["amount"])),
            "clv": total(worth) / ledger.initial_count,
            "months": _months_in_stages(ledger),
        },
        index=pd.Index([place.name.lower() for place in Stage], name="stage"),
    )
    table.insert(2, "net", table["output"] - table["input"])
    table["net_per_month"] = table["net"] / table["months"].where(table["months"] > 0)
    return table


def past_and_future_value(ledger: Ledger, *, review_day: int) -> pd.DataFrame:
    """Return CLV in the broad and in the narrow sense, as they stand on a day of review.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    review_day : int
        From 1 to the length of the run. What the firm pays on that day for the time to come counts
        as future.

    Returns
    -------
    DataFrame
        One row per customer who had bought by then, indexed by number; currency: ``past`` (profit
        so far) and ``future`` (profit to come until the end of the run), both discounted to the
        first purchase, and their sum ``broad``; ``narrow``: the same future, discounted to the day
        of review, which is all that a decision on that day can change.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> table = past_and_future_value(ledger, review_day=360)
    >>> bool(np.allclose(table["broad"], table["past"] + table["future"]))
    True
    """
    if not 0 < review_day <= ledger.horizon_days:
        raise InputError("review_day", f"must be from 1 to {ledger.horizon_days}", review_day)
    rows, people = ledger.log(), ledger.customers
    rows = rows[_COUNTED[rows["component"]]]
    days = (rows["time"] - people["entered"][rows["customer"]]) / DAY
    growth = 1.0 + ledger.scenario.money.annual_discount_rate
    worth = rows["amount"] * growth ** (-days / 365.0)
    later = rows["time"] >= review_day * DAY
    past, future = (
        np.bincount(rows["customer"], np.where(part, worth, 0.0), minlength=len(people))
        for part in (~later, later)
    )
    known = people["entered"] < review_day * DAY
    tenure = review_day - people["entered"][known] / DAY
    table = pd.DataFrame(
        {"past": past[known], "future": future[known]},
        index=pd.Index(people["number"][known], name="customer"),
    )
    return table.assign(
        broad=table["past"] + table["future"], narrow=table["future"] * growth ** (tenure / 365.0)
    )


def _months_in_stages(ledger: Ledger) -> np.ndarray:
    """Sum the time that customers spent in each stage, in months of 30 days; 0 for prospects."""
    rows = ledger.log()
    changes = rows[rows["kind"] == EventKind.STAGE_CHANGE]
    changes = changes[np.argsort(changes["customer"], kind="stable")]
    end = np.full(len(changes), ledger.horizon_days * DAY)
    same = changes["customer"][1:] == changes["customer"][:-1]
    end[:-1][same] = changes["time"][1:][same]
    spent = np.bincount(changes["true_stage"], end - changes["time"], minlength=len(Stage)) / WINDOW
    spent[Stage.ENDED] = 0.0
    return spent
