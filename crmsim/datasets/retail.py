"""Retail transactions: customers who leave without a word, and a third year that only the truth knows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.datasets.records import (
    PRICE_DATE,
    YEAR,
    arrived,
    days,
    events_of,
    names,
    sequence,
    surveys_of,
    truth_of,
)
from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY
from crmsim.scenario import Scenario, preset

__all__ = ["scenario", "tables"]

_SEED = 20260102
_OBSERVED = 720


def scenario() -> Scenario:
    """Return the scenario behind the set, a year longer than what the firm has on record."""
    return preset("retail").with_values(
        name="retail set", currency="CNY", price_date=PRICE_DATE, customers=600, entry_days=360,
        horizon_days=_OBSERVED + YEAR, label_link=0.7, opt_in=0.8, ref_rate=1.5, spend_mean=150.0,
    )  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    """Make the tables of the set anew."""
    now = simulate(scenario().up_to(_OBSERVED), seed=_SEED)
    later = simulate(scenario(), seed=_SEED)
    return {
        "customers": customers_of(now),
        "transactions": _transactions(now),
        "surveys": surveys_of(now),
        "truth": truth_of(now).assign(**_next_year(now, later)),
    }


def customers_of(ledger: Ledger, who: str = "customer", letter: str = "C") -> pd.DataFrame:
    """Return what a firm has on file of everybody who became a customer."""
    people = arrived(ledger)
    parents = np.maximum(people["parent"], 0)
    return pd.DataFrame(
        {
            who: names(people["number"], letter),
            "joined": days(people["entered"]),
            "segment": people["segment"],
            "industry": people["industry"],
            "consents": people["consents"] == 1,
            "referred_by": np.where(people["parent"] >= 0, names(parents, letter), None),
        }
    )


def _transactions(ledger: Ledger) -> pd.DataFrame:
    """Return every purchase, with the number of categories that the customer has bought by then."""
    rows = events_of(ledger, EventKind.PURCHASE, EventKind.CROSS_BUY)
    added = pd.Series((rows["kind"] == EventKind.CROSS_BUY).astype(int))
    categories = 1 + added.groupby(rows["customer"]).cumsum().to_numpy()
    bought = rows["kind"] == EventKind.PURCHASE
    buys = rows[bought]
    return pd.DataFrame(
        {
            "transaction": sequence("T", len(buys)),
            "customer": names(buys["customer"]),
            "date": days(buys["time"]),
            "amount": buys["amount"],
            "categories": categories[bought],
        }
    )


def _next_year(now: Ledger, later: Ledger) -> dict[str, np.ndarray]:
    """Return what the customers of the record bought in the year after it."""
    rows = events_of(later, EventKind.PURCHASE)
    rows = rows[rows["time"] >= _OBSERVED * DAY]
    size = len(later.customers)
    who = arrived(now)["number"]
    return {
        "purchases_next": np.bincount(rows["customer"], minlength=size)[who],
        "revenue_next": np.bincount(rows["customer"], rows["amount"], minlength=size)[who],
    }
