"""B2B accounts: who has a say, what was invoiced, and who never paid."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from crmsim.datasets.records import (
    PRICE_DATE,
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
from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.luck import Purpose, normal, uniform
from crmsim.scenario import Scenario, preset
from crmsim.tiers import Tier

__all__ = ["scenario", "tables"]

_SEED = 20260104
#: Chance that an account has a person of this role; user and decider are always there.
_ROLES = {"user": 1.0, "decider": 1.0, "buyer": 0.7, "influencer": 0.5, "gatekeeper": 0.35}
#: Standard deviation of the agency's error, beside the logarithm of the true risk.
_RATING_ERROR = 0.7


def scenario() -> Scenario:
    """Return the scenario behind the set."""
    return preset("b2b").with_values(
        name="b2b set", currency="CNY", price_date=PRICE_DATE, customers=120, entry_days=360,
        horizon_days=900, label_link=0.7, credit_a=0.5, credit_b=20.0, user_weight=0.6,
    )  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    """Make the tables of the set anew."""
    ledger = simulate(scenario(), seed=_SEED)
    people = arrived(ledger)
    accounts = customers_of(ledger, "account", "A").assign(
        credit_rating=_ratings(people), tier=words(people["tier"], Tier)
    )
    return {
        "accounts": accounts,
        "buying_centre": _buying_centres(people),
        "invoices": _invoices(ledger),
        "surveys": surveys_of(ledger, "account", "A"),
        "truth": truth_of(ledger, "account", "A"),
    }


def _ratings(people: np.ndarray) -> np.ndarray:
    """Return the agency's grades: by quarters of the risk that it sees, which is the true one with error."""
    seen = [
        math.log(person["credit_risk"] + 1e-6)
        + _RATING_ERROR * normal(person["key"], Purpose.RATING.value, 0)
        for person in people
    ]
    quarter = np.argsort(np.argsort(seen, kind="stable"), kind="stable") * 4 // len(seen)
    return np.array(list("ABCD"))[quarter]


def _buying_centres(people: np.ndarray) -> pd.DataFrame:
    """Return who has a say in each account."""
    rows = [
        (name, role)
        for name, key in zip(names(people["number"], "A"), people["key"], strict=True)
        for place, (role, chance) in enumerate(_ROLES.items())
        if uniform(key, Purpose.BUYING_CENTRE.value, place) < chance
    ]
    table = pd.DataFrame(rows, columns=["account", "role"])
    return table.assign(person=sequence("M", len(table)))


def _invoices(ledger: Ledger) -> pd.DataFrame:
    """Return every order; an order that was never paid is followed by a row that takes its revenue back."""
    orders = events_of(ledger, EventKind.PURCHASE)
    unpaid = events_of(ledger, EventKind.UNPAID)
    lost = set(zip(unpaid["customer"].tolist(), unpaid["detail"].tolist(), strict=True))
    pairs = zip(orders["customer"].tolist(), orders["detail"].tolist(), strict=True)
    return pd.DataFrame(
        {
            "invoice": sequence("N", len(orders)),
            "account": names(orders["customer"], "A"),
            "date": days(orders["time"]),
            "amount": orders["amount"],
            "paid": [pair not in lost for pair in pairs],
        }
    )
