"""What a customer is worth to the firm, and the firm to the customer.

A hairdresser may look at a client three ways: what the cut leaves after dye and time (contribution),
what is left after chair, reminders and advertising too (profitability), and whether the client got
more than it cost them (delivered value; Kotler 1994). The two sides may be compared: who gives much
more than they get feels it as unfair (Adams 1965).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.errors import CrmsimError, InputError
from crmsim.events import Component, EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction import satisfaction_forms
from crmsim.model.fairness import VALUE_OF_QUALITY
from crmsim.model.records import DAY, NEVER

__all__ = ["VALUE_OF_QUALITY", "customer_profitability", "delivered_value", "list_values"]

#: Components that belong to the purchase itself and not to the relationship around it.
_DIRECT = (Component.CLV1, Component.CLV2, Component.CLV3, Component.CLV4, Component.CLV6, Component.QUALITY)


def customer_profitability(ledger: Ledger) -> pd.DataFrame:
    """Return every customer's contribution and profitability over the whole run.

    Returns
    -------
    DataFrame
        One row per customer who ever bought, indexed by number; currency, undiscounted:

        - ``revenue`` received;
        - ``direct_cost``: goods, serving, and raised quality of the purchases;
        - ``other_cost``: winning the customer, account, contacts, programmes, offers, compensation,
          bonuses for referrals, and purchases that were never paid;
        - ``contribution`` = revenue - direct cost;
        - ``profitability`` = revenue - direct cost - other cost, the customer's cash flow.

    Raises
    ------
    CrmsimError
        When the cost of winning a customer changed during the run.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> table = customer_profitability(simulate(preset("retail").with_values(customers=30, horizon_days=720)))
    >>> bool((table["contribution"] >= table["profitability"]).all())
    True
    """
    _settled(ledger, "acq_cost")
    people = _buyers(ledger)
    totals = people["total"]
    revenue = totals[:, Component.REVENUE]
    winning = ledger.scenario.money.acq_cost + people["won_cost"]
    contribution = totals[:, _DIRECT].sum(axis=1) + winning
    return pd.DataFrame(
        {
            "revenue": revenue,
            "direct_cost": revenue - contribution,
            "other_cost": contribution - people["cash"],
            "contribution": contribution,
            "profitability": people["cash"],
        },
        index=pd.Index(people["number"], name="customer"),
    )


def list_values(ledger: Ledger) -> pd.Series:
    """Return the list value of everything that each customer bought (currency, undiscounted).

    A firm knows it from its invoices. Here it follows from the books: revenue less contribution
    before serving is the cost of goods, which is a fixed share of list value.

    Returns
    -------
    Series
        One value per customer who ever bought, indexed by number; nan where goods cost nothing.

    Raises
    ------
    CrmsimError
        When margin or costs changed during the run.
    """
    _settled(ledger, "acq_cost", "margin", "serve_cost")
    people, money = _buyers(ledger), ledger.scenario.money
    parts = (Component.CLV1, Component.CLV2, Component.CLV3, Component.CLV6)
    spent = money.acq_cost + people["won_cost"] + money.serve_cost * people["n"]
    contribution = people["total"][:, parts].sum(axis=1) + spent
    goods = people["total"][:, Component.REVENUE] - contribution
    share = 1.0 - money.margin
    values = goods / share if share > 0.0 else np.full(len(people), np.nan)
    return pd.Series(values, index=pd.Index(people["number"], name="customer"), name="list_value")


def delivered_value(ledger: Ledger, *, time_cost: float = 0.1) -> pd.DataFrame:
    """Return what each customer has got for their money and their waiting, and the firm for its effort.

    Performance is the one that the customer remembers at the end: remembered satisfaction c times
    what was expected, the programmes included. Mental and physical cost are not in the model.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log, which holds the waits.
    time_cost : float
        Cost to a customer of a day of waiting at the desk, in units of the scenario's mean spend per
        purchase, 0 or more. The default is judgement.

    Returns
    -------
    DataFrame
        One row per customer who ever bought, indexed by number; currency, undiscounted:
        ``total_value`` = list value x 1.25 x performance, ``price`` paid, ``time_cost``,
        ``delivered_value`` = total value - price - time cost (the customer's surplus),
        ``contribution`` (the firm's margin) and ``equity``, surplus over margin: 1 where both
        gain the same, nan where the firm gains nothing.
    """
    if not time_cost >= 0.0:
        raise InputError("time_cost", "must be at least 0 (mean spends per day)", time_cost)
    rows = ledger.log()
    calls = rows[rows["kind"] == EventKind.CONTACT_START]
    waited = np.bincount(calls["customer"], calls["detail"], minlength=ledger.customer_count) / DAY
    day_cost = time_cost * ledger.scenario.spend.spend_mean
    accounts = customer_profitability(ledger)
    table = pd.DataFrame(
        {
            "total_value": VALUE_OF_QUALITY * list_values(ledger) * satisfaction_forms(ledger)["perceived"],
            "price": accounts["revenue"],
            "time_cost": day_cost * waited[accounts.index],
        }
    )
    surplus = table["total_value"] - table["price"] - table["time_cost"]
    margin = accounts["contribution"]
    return table.assign(
        delivered_value=surplus, contribution=margin, equity=surplus / margin.where(margin > 0.0)
    )


def _settled(ledger: Ledger, *names: str) -> None:
    """Refuse a run in which these changed on the way: sums over it then do not tell what they were."""
    changed = sorted({name for change in ledger.scenario.changes for name in change.set} & set(names))
    if changed:
        raise CrmsimError(f"this figure needs a run in which {', '.join(changed)} did not change on the way")


def _buyers(ledger: Ledger) -> np.ndarray:
    return ledger.customers[ledger.customers["entered"] < NEVER]
