"""What a firm's records say of each customer: one row a customer, out of the log.

The card that a tailor keeps of every client: since when, how often, when last, how much, and whether it
is becoming more or less.
"""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from crmsim.errors import InputError, whole_number
from crmsim.rfm import as_day, check_transactions

__all__ = ["booked", "customer_facts"]


def customer_facts(
    transactions: pd.DataFrame,
    *,
    observation_end: datetime.date | None = None,
    period_days: int = 365,
    profit: str | None = None,
) -> pd.DataFrame:
    """Return one row of facts per customer.

    Parameters
    ----------
    transactions : DataFrame
        Columns ``customer``, ``date``, ``amount``, as `crmsim.transactions.read_transactions` returns
        them; kept returns are subtracted and are no orders. Not changed.
    observation_end : datetime.date, optional
        Last day that was observed; later rows are left out. Default the date of the last row.
    period_days : int
        Length of the latest period, and of the one before, in days.
    profit : str, optional
        Name of a further column with the profit on each row, in currency.

    Returns
    -------
    DataFrame
        Indexed by customer, sorted; ``attrs["currency"]`` is that of the log, if it has one. Columns

        - ``first`` and ``last``: days of the first and the last order (of the rows, for who only gave back),
        - ``tenure_days`` and ``recency_days``: days from them to `observation_end`,
        - ``orders``: purchase days (several purchases of a day are one), 0 for who only gave back,
        - ``revenue``: all amounts (currency), ``average_order``: revenue per order, nan without,
        - ``revenue_recent`` and ``revenue_before``: of the latest period and of the one before,
        - ``growth``: the difference of these two (currency per period),
        - ``profit``: sum of that column, where it is named.

    Raises
    ------
    InputError
        When the table is no log, or nothing was bought by `observation_end`.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada", "ada", "ben"],
    ...     "date": pd.to_datetime(["2023-01-10", "2024-01-10", "2024-01-20"]),
    ...     "amount": [10.0, 30.0, 5.0],
    ... })
    >>> customer_facts(log)[["orders", "revenue", "recency_days", "growth"]].values.tolist()
    [[2.0, 40.0, 10.0, 20.0], [1.0, 5.0, 0.0, 5.0]]
    """
    whole_number("period_days", period_days, 1, 36_525)
    rows = booked(transactions, profit)
    end = as_day("observation_end", observation_end, rows["date"].max())
    rows = rows[rows["date"] <= end]
    if rows.empty:
        problem = f"must be {transactions['date'].min():%Y-%m-%d} (first transaction) or later"
        raise InputError("observation_end", problem, f"{end:%Y-%m-%d}")
    by_customer = rows.groupby("customer")
    facts = by_customer.agg(revenue=("amount", "sum"))
    bought = rows[rows["order"]].groupby("customer")["date"]
    for name, found, otherwise in (
        ("first", bought.min(), by_customer["date"].min()),
        ("last", bought.max(), by_customer["date"].max()),
    ):
        facts[name] = found.reindex(facts.index).fillna(otherwise)
    facts["tenure_days"] = (end - facts["first"]).dt.days
    facts["recency_days"] = (end - facts["last"]).dt.days
    facts["orders"] = rows[rows["order"]].groupby("customer").size().reindex(facts.index, fill_value=0)
    facts["average_order"] = facts["revenue"] / facts["orders"].where(facts["orders"] > 0)
    length = pd.Timedelta(days=period_days)
    recent, before = rows["date"] > end - length, rows["date"] > end - 2 * length
    for name, inside in (("revenue_recent", recent), ("revenue_before", before & ~recent)):
        facts[name] = rows[inside].groupby("customer")["amount"].sum().reindex(facts.index, fill_value=0.0)
    facts["growth"] = facts["revenue_recent"] - facts["revenue_before"]
    names = ["first", "last", "tenure_days", "recency_days", "orders", "revenue", "average_order",
             "revenue_recent", "revenue_before", "growth"]  # fmt: skip
    if profit is not None:
        facts["profit"] = by_customer["profit"].sum()
        names.append("profit")
    facts = facts[names]
    facts.attrs = dict(rows.attrs)
    return facts


def booked(transactions: pd.DataFrame, profit: str | None = None) -> pd.DataFrame:
    """Return the rows of a log by customer and day, with what counts as an order.

    Parameters
    ----------
    transactions, profit
        As in :func:`customer_facts`.

    Returns
    -------
    DataFrame
        One row per customer and day, sorted: ``customer``, ``date``, ``amount`` (its sum, less what was
        given back), ``order`` (whether something was bought) and, where `profit` is named, ``profit``.
        ``attrs["currency"]`` is that of the log, if it has one; tables made of this one carry it on.

    Raises
    ------
    InputError
        As `crmsim.rfm.check_transactions`; also when a profit is no finite number.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada", "ada"], "amount": [10.0, -4.0]})
    >>> log = log.assign(date=pd.Timestamp("2024-01-01"))
    >>> log.attrs["returns"] = "keep"
    >>> booked(log)[["amount", "order"]].values.tolist()
    [[6.0, True]]
    """
    check_transactions(transactions)
    columns = {"amount": "amount"}
    if profit is not None:
        if profit not in transactions.columns:
            found = ", ".join(map(repr, transactions.columns))
            raise InputError(profit, f"column is missing from the transactions, they have {found}")
        earned = pd.to_numeric(transactions[profit], errors="coerce")
        if not np.isfinite(earned).all():
            raise InputError(profit, "must be a finite number in every row")
        columns[profit] = "profit"
    rows = transactions[["customer", *columns]].rename(columns=columns)
    rows = rows.assign(date=transactions["date"].dt.normalize(), order=transactions["amount"] >= 0)
    how = {name: "sum" for name in columns.values()} | {"order": "max"}
    rows = rows.groupby(["customer", "date"]).agg(how).reset_index()
    rows.attrs = {key: value for key, value in transactions.attrs.items() if key == "currency"}
    return rows
