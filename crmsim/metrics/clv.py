"""Customer lifetime value, from the ledger.

Every figure says its horizon, discounting and timing: amounts are discounted at the scenario's
annual rate, continuously, from the moment they occur to the customer's own first purchase. Historic
value is the same without discounting.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.audit.concentration import share_of_top
from crmsim.errors import InputError
from crmsim.events import Component
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, NEVER
from crmsim.summary import COUNTED, Run
from crmsim.tiers import Tier

__all__ = [
    "customer_values",
    "revenue_share_of_top",
    "value_by_component",
    "value_by_tier",
    "value_per_initial_customer",
]


def customer_values(
    ledger: Ledger, *, horizon_days: int | None = None, discounted: bool = True
) -> pd.DataFrame:
    """Return the value of every customer, by component.

    Parameters
    ----------
    ledger : Ledger
    horizon_days : int, optional
        Count only so many days from the customer's own first purchase (needs the event log). The
        default is the whole run, so that customers who entered later were watched for less long.
    discounted : bool
        True for lifetime value, False for historic value.

    Returns
    -------
    DataFrame
        One row per customer who ever bought, indexed by number. A column per component
        (``clv1`` .. ``clv6`` positive for the firm, costs negative) and their sum, ``clv``; in
        currency of the scenario.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> values = customer_values(ledger)
    >>> bool(np.allclose(values["clv"], values.drop(columns="clv").sum(axis=1)))
    True
    """
    people = ledger.customers
    entered = people["entered"] < NEVER
    if horizon_days is None:
        amounts = people["value" if discounted else "total"]
    else:
        amounts = _within(ledger, horizon_days, discounted)
    table = pd.DataFrame(
        amounts[entered][:, COUNTED],
        index=pd.Index(people["number"][entered], name="customer"),
        columns=[component.name.lower() for component in COUNTED],
    )
    return table.assign(clv=table.sum(axis=1))


def _within(ledger: Ledger, horizon_days: int, discounted: bool) -> np.ndarray:
    """Sum the event rows of each customer's first `horizon_days`, by component."""
    if horizon_days <= 0:
        raise InputError("horizon_days", "must be above 0 (days)", horizon_days)
    rows, people = ledger.log(), ledger.customers
    days = (rows["time"] - people["entered"][rows["customer"]]) / DAY
    keep = (rows["component"] > Component.NONE) & (days < horizon_days)
    rows, days = rows[keep], days[keep]
    rate = ledger.scenario.money.annual_discount_rate
    factor = (1.0 + rate) ** (-days / 365.0) if discounted else np.ones(len(days))
    amounts = np.zeros((len(people), len(Component)))
    np.add.at(amounts, (rows["customer"], rows["component"]), rows["amount"] * factor)
    return amounts


def value_per_initial_customer(ledger: Run) -> float:
    """Return the discounted value of everybody (referred customers included) per initial customer.

    In currency, over the whole run, discounted to each customer's own first purchase.
    """
    return float(ledger.books["value"][COUNTED].sum() / ledger.initial_count)


def value_by_component(ledger: Run) -> pd.Series:
    """Return the discounted value per initial customer, split into its components (currency)."""
    values = ledger.books["value"][COUNTED] / ledger.initial_count
    names = [component.name.lower() for component in COUNTED]
    return pd.Series([*values, value_per_initial_customer(ledger)], index=[*names, "clv"])


def value_by_tier(ledger: Run) -> pd.Series:
    """Return the mean discounted value of customers by the tier they were last in (currency).

    That describes one run. Between two strategies it compares other people: who ends in which tier is part of
    what a strategy does (:class:`crmsim.metrics.outcomes.Outcome`).
    """
    entered = ledger.people["entered"] < NEVER
    tiers = ledger.people["tier"][entered]
    sums = np.bincount(tiers, ledger.people["clv"][entered], minlength=len(Tier))
    counts = np.bincount(tiers, minlength=len(Tier))
    index = pd.Index([tier.name.lower() for tier in Tier], name="tier")
    return pd.Series(sums / np.where(counts > 0, counts, np.nan), index=index, name="clv")


def revenue_share_of_top(ledger: Run, share: float = 0.2) -> float:
    """Return the share of revenue (undiscounted, 0 to 1) that the top `share` of customers bring.

    Raises
    ------
    InputError
        When `share` is not between 0 and 1.
    """
    people = ledger.people
    revenue = people["revenue"][people["entered"] < NEVER]
    return share_of_top(revenue, share) if len(revenue) else float("nan")
