"""Telecom contracts: the end of each is on file, the cause of it rarely is."""

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
    words,
)
from crmsim.datasets.retail import customers_of
from crmsim.datasets.service import calls_of
from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import NEVER
from crmsim.scenario import Scenario, preset
from crmsim.stages import Cause, Status

__all__ = ["scenario", "tables"]

_SEED = 20260103
_OBSERVED = 1080


def scenario() -> Scenario:
    """Return the scenario behind the set, a year longer than what the firm has on record."""
    return preset("telecom").with_values(
        name="telecom set", currency="CNY", price_date=PRICE_DATE, customers=400, entry_days=360,
        horizon_days=_OBSERVED + YEAR, label_link=0.7, ref_rate=1.5, drop_b=120.0,
    )  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    """Make the tables of the set anew."""
    now = simulate(scenario().up_to(_OBSERVED), seed=_SEED)
    later = simulate(scenario(), seed=_SEED, log=False)
    people = arrived(now)
    bills = _bills(now)
    contracts = customers_of(now).assign(
        ended=days(people["left"]),
        reason=words(people["stated_cause"], Cause, nothing=Cause.NONE),
        fee=bills.groupby("customer")["amount"].first().reindex(names(people["number"])).to_numpy(),
    )
    calls = calls_of(now)
    contacts = calls.assign(
        contact=sequence("K", len(calls)),
        date=calls["opened"].dt.normalize(),
        waited=(calls["answered"] - calls["opened"]).dt.total_seconds() / 3600.0,
    )
    offers = events_of(now, EventKind.COMPETITOR_OFFER)["customer"]
    still = people["status"] == Status.ACTIVE
    gone = later.customers["left"][people["number"]] != NEVER
    truth = truth_of(now).assign(
        competitor_offers=np.bincount(offers, minlength=len(now.customers))[people["number"]],
        left_next=np.where(still, gone, None),
    )
    return {
        "contracts": contracts,
        "bills": bills,
        "contacts": contacts,
        "surveys": surveys_of(now),
        "truth": truth,
    }


def _bills(ledger: Ledger) -> pd.DataFrame:
    rows = events_of(ledger, EventKind.PURCHASE)
    return pd.DataFrame(
        {
            "bill": sequence("R", len(rows)),
            "customer": names(rows["customer"]),
            "date": days(rows["time"]),
            "amount": rows["amount"],
        }
    )
