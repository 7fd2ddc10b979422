"""Lens 1: one period. How different are customers, and what is revenue made of?

(Fader, Hardie & Ross 2022, "The Customer-Base Audit".) Like a census of one year: how many buy once,
how many buy weekly, how much the best tenth brings. Revenue is a product: customers, times orders per
customer, times average order, and profit is that times margin; every table here shows the factors.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column
from crmsim.audit.facts import booked
from crmsim.audit.quantiles import quantile_codes
from crmsim.errors import InputError
from crmsim.rfm import as_day

__all__ = ["decile_table", "decomposition", "distribution", "period_table"]


def period_table(
    transactions: pd.DataFrame,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
    *,
    profit: str | None = None,
) -> pd.DataFrame:
    """Return what each customer did in a period.

    Parameters
    ----------
    transactions : DataFrame
        A log, as for :func:`crmsim.audit.facts.customer_facts`.
    start, end : datetime.date, optional
        First and last day of the period; default those of the log.
    profit : str, optional
        Name of a further column with the profit on each row, in currency.

    Returns
    -------
    DataFrame
        Everybody with a row in the period, indexed by customer, sorted: ``orders`` (purchase days; 0
        for who only gave back), ``spend`` (currency, less returns), ``average_order`` (nan without an
        order) and, where named, ``profit`` and ``margin`` (profit over spend, nan where nothing was
        spent).

    Raises
    ------
    InputError
        When the table is no log, the period ends before it begins, or nothing happened in it.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada", "ada", "ben"],
    ...     "date": pd.to_datetime(["2024-01-10", "2024-02-10", "2024-01-20"]),
    ...     "amount": [10.0, 30.0, 5.0],
    ... })
    >>> period_table(log, end=datetime.date(2024, 1, 31))["spend"].to_dict()
    {'ada': 10.0, 'ben': 5.0}
    """
    rows = booked(transactions, profit)
    begin = as_day("start", start, rows["date"].min())
    last = as_day("end", end, rows["date"].max())
    if last < begin:
        raise InputError("end", f"must be {begin:%Y-%m-%d} (start) or later", f"{last:%Y-%m-%d}")
    rows = rows[rows["date"].between(begin, last)]
    if rows.empty:
        raise InputError("start", f"must begin a period with a transaction (to {last:%Y-%m-%d})", start)
    by_customer = rows.groupby("customer")
    table = by_customer.agg(orders=("order", "sum"), spend=("amount", "sum"))
    table["average_order"] = table["spend"] / table["orders"].where(table["orders"] > 0)
    if profit is not None:
        table["profit"] = by_customer["profit"].sum()
        table["margin"] = table["profit"] / table["spend"].where(table["spend"] != 0.0)
    table.attrs = dict(rows.attrs)
    return table


def decomposition(table: pd.DataFrame) -> pd.Series:
    """Return the factors of revenue, and of profit, of some customers together.

    Parameters
    ----------
    table : DataFrame
        As from :func:`period_table`, or a part of it.

    Returns
    -------
    Series
        ``customers`` (with at least one order), ``frequency`` (orders per customer),
        ``average_order`` and ``spend`` (currency), whose product of the first three is the fourth;
        where the table has profits also ``margin`` (profit over spend) and ``profit``, the product of
        all. Factors are nan where there is nothing to divide by.

    Examples
    --------
    >>> decomposition(pd.DataFrame({"orders": [1, 3], "spend": [20.0, 100.0]})).to_dict()
    {'customers': 2.0, 'frequency': 2.0, 'average_order': 30.0, 'spend': 120.0}
    """
    buyers, orders = int((table["orders"] > 0).sum()), int(table["orders"].sum())
    spend = float(table["spend"].sum())
    factors = {
        "customers": float(buyers),
        "frequency": orders / buyers if buyers else np.nan,
        "average_order": spend / orders if orders else np.nan,
        "spend": spend,
    }
    if "profit" in table:
        profit = float(table["profit"].sum())
        factors |= {"margin": profit / spend if spend else np.nan, "profit": profit}
    return pd.Series(factors)


def decile_table(table: pd.DataFrame, by: str = "spend", groups: int = 10) -> pd.DataFrame:
    """Return the customers of a period in tenths, the best first, each with its factors.

    Tenths are of equal size, give or take one; of equals at a border the first in the table is in the
    better tenth.

    Parameters
    ----------
    table : DataFrame
        As from :func:`period_table`.
    by : str
        The column that customers are ranked by: ``spend``, ``orders`` or ``profit``.
    groups : int
        10 for deciles.

    Returns
    -------
    DataFrame
        Indexed by ``decile`` (1 is the best): the factors of :func:`decomposition`, ``share`` (of the
        total of `by`; nan where that is not positive) and ``cumulative_share``.

    Raises
    ------
    InputError
        When there is no such column.

    Examples
    --------
    >>> table = pd.DataFrame({"orders": [1] * 10, "spend": [91.0] + [1.0] * 9})
    >>> decile_table(table).loc[1, ["customers", "share"]].tolist()
    [1.0, 0.91]
    """
    if by not in table.columns:
        raise InputError("by", f"must be one of {', '.join(map(str, table.columns))}", by)
    codes = quantile_codes(table[by], groups, best=1, ties="rank")
    rows = {decile: decomposition(table[codes == decile]) for decile in range(1, groups + 1)}
    deciles = pd.DataFrame(rows).T.rename_axis("decile")
    total = float(table[by].sum())
    brought = np.array([table.loc[codes == decile, by].sum() for decile in deciles.index])
    deciles["share"] = brought / total if total > 0.0 else np.nan
    deciles["cumulative_share"] = deciles["share"].cumsum()
    return deciles


def distribution(values: ArrayLike, edges: Sequence[float]) -> pd.DataFrame:
    """Return how many customers lie between some numbers.

    Parameters
    ----------
    values : array
        Orders, spend or profit, one number per customer.
    edges : sequence of float
        Rising; ``[1, 2, 3, 10]`` for 1, 2, 3 to below 10, and 10 or more.

    Returns
    -------
    DataFrame
        A row below the first edge, if somebody is there, and one from each edge on: ``low`` and
        ``high`` (from, and below), ``customers``, ``share``.

    Raises
    ------
    InputError
        When a value is not finite or the edges do not rise.

    Examples
    --------
    >>> distribution([1, 1, 2, 15], [1, 2, 10])["customers"].tolist()
    [2, 1, 1]
    """
    given, borders = number_column("values", values), np.asarray(edges, dtype=float)
    rising = borders.ndim == 1 and borders.size > 0 and np.isfinite(borders).all()
    if not rising or not (np.diff(borders) > 0.0).all():
        raise InputError("edges", "must be finite numbers that rise", list(edges))
    counts = np.bincount(np.searchsorted(borders, given, side="right"), minlength=len(borders) + 1)
    table = pd.DataFrame(
        {
            "low": np.concatenate([[-np.inf], borders]),
            "high": np.concatenate([borders, [np.inf]]),
            "customers": counts,
            "share": counts / len(given),
        }
    )
    return table[(table.index > 0) | (table["customers"] > 0)].reset_index(drop=True)
