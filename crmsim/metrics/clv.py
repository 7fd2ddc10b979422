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
from crmsim.events import COMPONENTS, Component
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, NEVER
from crmsim.tiers import Tier

__all__ = [
    "customer_values",
    "revenue_share_of_top",
    "value_by_component",
    "value_by_tier",
    "value_per_initial_customer",
]

#: Components whose sum is the customer's value, in the order of their codes.
COUNTED = [component for component, info in COMPONENTS.items() if info.counts]


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


def value_per_initial_customer(ledger: Ledger) -> float:
    """Return the discounted value of everybody (referred customers included) per initial customer.

    In currency, over the whole run, discounted to each customer's own first purchase.
    """
    return float(customer_values(ledger)["clv"].sum() / ledger.initial_count)


def value_by_component(ledger: Ledger) -> pd.Series:
    """Return the discounted value per initial customer, split into its components (currency)."""
    return customer_values(ledger).sum() / ledger.initial_count


def value_by_tier(ledger: Ledger) -> pd.Series:
    """Return the mean discounted value of customers by the tier they were last in (currency)."""
    values = customer_values(ledger)["clv"]
    tiers = pd.Series(ledger.customers["tier"][values.index], index=values.index)
    means = values.groupby(tiers).mean().reindex(range(len(Tier)))
    return means.set_axis(pd.Index([tier.name.lower() for tier in Tier], name="tier"))


def revenue_share_of_top(ledger: Ledger, share: float = 0.2) -> float:
    """Return the share of revenue (undiscounted, 0 to 1) that the top `share` of customers bring.

    Raises
    ------
    InputError
        When `share` is not between 0 and 1.
    """
    people = ledger.customers
    revenue = people["total"][people["entered"] < NEVER][:, Component.REVENUE]
    return share_of_top(revenue, share) if len(revenue) else float("nan")
