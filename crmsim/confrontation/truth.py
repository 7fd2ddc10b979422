"""The two sides of a run on a day of review: what the firm has, and what then came.

The log ends the evening before; everything afterwards is truth and stays on this side. The past can be
continued more than once, with the same customers and other luck.
"""

from __future__ import annotations

import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.confrontation.records import YEAR, FirmRecords
from crmsim.engines import simulate
from crmsim.errors import InputError, whole_number
from crmsim.events import Component
from crmsim.ledger import Ledger
from crmsim.model.records import DAY
from crmsim.purchase_log import purchases_of
from crmsim.scenario import Scenario

__all__ = ["firm_records", "future_margin", "margins_of_futures"]

Array = npt.NDArray[np.float64]


def firm_records(ledger: Ledger, review_day: int, *, margin: float | None = None) -> FirmRecords:
    """Return what the firm of a run has on a day of review: its log of purchases, and no truth.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    review_day : int
        From 1 to the last day but one; what happens on it or later is not in the log. Day 0 is the
        scenario's price date.
    margin : float, optional
        The scenario's by default.

    Returns
    -------
    FirmRecords
        The horizon is the end of the run. Customers are called ``C0000``, ... by their number.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> firm_records(ledger, 360).transactions.columns.to_list()
    ['customer', 'date', 'amount']
    """
    scenario = ledger.scenario
    whole_number("review_day", review_day, 1, ledger.horizon_days - 1)
    start = np.datetime64(scenario.price_date)
    log = purchases_of(ledger, start)
    log["date"] = pd.to_datetime(log["date"])
    review = start + np.timedelta64(review_day, "D")
    log = log[log["date"] < review].reset_index(drop=True)
    if log.empty:
        raise InputError("review_day", "must be a day before which somebody bought", review_day)
    contract = scenario.purchase.timing == "contract"
    return FirmRecords(
        log,
        datetime.date.fromisoformat(str(review)),
        ledger.horizon_days - review_day,
        scenario.money.margin if margin is None else margin,
        scenario.money.annual_discount_rate,
        scenario.currency,
        scenario.purchase.renewal_days if contract else None,
    )


def future_margin(ledger: Ledger, review_day: int, margin: float) -> Array:
    """Return the margin on each customer's revenue from a day to the end of the run: the truth.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    review_day : int
    margin : float
        Share of revenue.

    Returns
    -------
    array of float, by number of the customer
        In currency, discounted to the day of review.
    """
    rows = _revenue(ledger)
    ahead = rows["time"] / DAY - review_day
    worth = np.where(ahead >= 0.0, rows["amount"] * _discount(ledger.scenario, ahead), 0.0)
    return margin * np.bincount(rows["customer"], worth, minlength=ledger.customer_count)


def margins_of_futures(ledger: Ledger, review_day: int, margin: float, futures: int) -> Array:
    """Return the same margin in other futures of the run: equal pasts, other luck from the day on.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    review_day : int
        A multiple of 30, before the last day.
    margin : float
        Share of revenue.
    futures : int
        How many, at least 1.

    Returns
    -------
    array of float, shape (futures, customers)
        By number of the customer, of those in the ledger who were customers before the day; 0 for
        others. The mean over futures is what a customer is worth, given all that has happened.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> margins_of_futures(ledger, 360, 0.4, 2).shape == (2, ledger.customer_count)
    True
    """
    whole_number("futures", futures, 1, 100_000)
    rows, entered = _revenue(ledger), ledger.customers["entered"]
    known = np.flatnonzero(entered < review_day * DAY)
    # A run without a log keeps each customer's revenue discounted to the first purchase: all of it,
    # less the past, which all futures share.
    past = rows[rows["time"] < review_day * DAY]
    since = (past["time"] - entered[past["customer"]]) / DAY
    worth = past["amount"] * _discount(ledger.scenario, since)
    so_far = np.bincount(past["customer"], worth, minlength=len(entered))[known]
    to_review = _discount(ledger.scenario, review_day - entered[known] / DAY)
    found = np.zeros((futures, len(entered)))
    for k in range(futures):
        other = simulate(
            ledger.scenario,
            ledger.strategy,
            seed=ledger.seed,
            replication=ledger.replication,
            log=False,
            engine=ledger.engine,
            future=(review_day, k + 1),
        )
        whole = other.customers["value"][known][:, Component.REVENUE]
        found[k, known] = margin * (whole - so_far) / to_review
    return found


def _revenue(ledger: Ledger) -> np.ndarray:
    rows = ledger.log()
    return rows[rows["component"] == Component.REVENUE]


def _discount(scenario: Scenario, days: Array) -> Array:
    return (1.0 + scenario.money.annual_discount_rate) ** (-days / YEAR)
