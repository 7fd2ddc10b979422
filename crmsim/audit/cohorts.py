"""Lenses 3 to 5: one cohort over time, cohorts compared, and the whole base.

(Fader, Hardie & Ross 2022.) Customers who came in the same quarter are like a school class: they began
together, and each year one counts how many still come to the reunion. Laid one upon the other, the
cohorts are the base of customers (the customer cohort chart, C3).
"""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from crmsim.audit.facts import booked
from crmsim.errors import InputError
from crmsim.rfm import as_day

__all__ = ["MEASURES", "PERIODS", "base_over_time", "by_age", "by_period", "cohort_table", "one_cohort"]

#: Lengths of a period, with pandas' names for them.
PERIODS = {"week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
#: What cohorts can be compared by.
MEASURES = ("active", "active_share", "orders", "orders_per_active", "average_order", "spend",
            "spend_per_customer", "cumulative_spend_per_customer")  # fmt: skip


def cohort_table(
    transactions: pd.DataFrame,
    *,
    period: str = "quarter",
    observation_end: datetime.date | None = None,
) -> pd.DataFrame:
    """Return what each cohort did in each calendar period.

    A cohort is everybody who first bought in a period. A log that begins in the middle of the firm's
    life puts earlier customers into its first cohorts: leave these out of comparisons.

    Parameters
    ----------
    transactions : DataFrame
        A log, as for :func:`crmsim.audit.facts.customer_facts`. Returns before the customer's first
        purchase in it are left out, because they belong to no cohort.
    period : {"week", "month", "quarter", "year"}
        Length of a period; weeks end on Sunday.
    observation_end : datetime.date, optional
        Last day that was observed; default the date of the last row. A period that ends later is not
        ``complete``.

    Returns
    -------
    DataFrame
        One row per cohort and period from its first on, sorted: ``cohort`` and ``period`` (pandas
        periods), ``age`` (periods since the first, from 0), ``complete``, ``customers`` (size of the
        cohort), ``active`` (who ordered), ``orders``, ``spend`` (currency, less returns), and from
        these ``active_share`` (0 to 1), ``orders_per_active``, ``average_order`` (nan without orders),
        ``spend_per_customer`` and ``cumulative_spend_per_customer``, both per customer of the cohort.

    Raises
    ------
    InputError
        When the table is no log, or the period is unknown.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada", "ada", "ben", "cleo"],
    ...     "date": pd.to_datetime(["2024-01-10", "2024-04-10", "2024-02-20", "2024-05-01"]),
    ...     "amount": [10.0, 30.0, 5.0, 7.0],
    ... })
    >>> cohort_table(log)[["age", "customers", "active", "spend"]].values.tolist()
    [[0.0, 2.0, 2.0, 15.0], [1.0, 2.0, 1.0, 30.0], [0.0, 1.0, 1.0, 7.0]]
    """
    if period not in PERIODS:
        raise InputError("period", f"must be one of {', '.join(PERIODS)}", period)
    rows = booked(transactions)
    currency = dict(rows.attrs)
    end = as_day("observation_end", observation_end, rows["date"].max())
    rows = rows[rows["date"] <= end]
    rows = rows.assign(period=rows["date"].dt.to_period(PERIODS[period]))
    begun = rows[rows["order"]].groupby("customer")["date"].min().rename("begun")
    if begun.empty:
        raise InputError("transactions", f"must hold a purchase by {end:%Y-%m-%d}")
    cohort = begun.dt.to_period(PERIODS[period]).rename("cohort")
    rows = rows.join(begun, on="customer").join(cohort, on="customer")
    rows = rows[rows["date"] >= rows["begun"]]
    sums = rows.groupby(["cohort", "period"]).agg(
        active=("order", "sum"), orders=("order", "sum"), spend=("amount", "sum")
    )
    bought = rows[rows["order"]].drop_duplicates(["customer", "period"])
    sums["active"] = bought.groupby(["cohort", "period"]).size()
    last = end.to_period(PERIODS[period])
    cohorts = pd.period_range(cohort.min(), cohort.max(), freq=last.freq)
    pairs = [(one, one + age) for one in cohorts for age in range((last - one).n + 1)]
    table = sums.reindex(pd.MultiIndex.from_tuples(pairs, names=["cohort", "period"])).fillna(0.0)
    table = table.astype({"active": int, "orders": int}).reset_index()
    table.attrs = currency
    return _measured(table, cohort.value_counts(), end)


def by_age(table: pd.DataFrame, measure: str = "active_share") -> pd.DataFrame:
    """Return a measure by cohort (row) and age (column): the triangle of cohorts compared.

    Parameters
    ----------
    table : DataFrame
        As from :func:`cohort_table`.
    measure : str
        One of :data:`MEASURES`.

    Returns
    -------
    DataFrame
        nan where a cohort is not that old yet, or the period is not complete.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada", "ada"], "amount": [10.0, 30.0],
    ...                     "date": pd.to_datetime(["2024-01-10", "2024-06-30"])})
    >>> by_age(cohort_table(log)).values.tolist()
    [[1.0, 1.0]]
    """
    return _pivot(table[table["complete"]], "age", measure)


def by_period(table: pd.DataFrame, measure: str = "spend") -> pd.DataFrame:
    """Return a measure by cohort (row) and calendar period (column), as in the customer cohort chart.

    Parameters
    ----------
    table, measure
        As in :func:`by_age`.

    Returns
    -------
    DataFrame
        nan before a cohort came; a last period that is not complete is there, as it was paid for.
    """
    return _pivot(table, "period", measure)


def one_cohort(table: pd.DataFrame, cohort: pd.Period | str) -> pd.DataFrame:
    """Return one cohort over time (lens 3), indexed by age.

    Parameters
    ----------
    table : DataFrame
        As from :func:`cohort_table`.
    cohort : Period or str
        As in the table, such as ``"2024Q1"``.

    Raises
    ------
    InputError
        When there is no such cohort.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada", "ada"], "amount": [10.0, 30.0],
    ...                     "date": pd.to_datetime(["2024-01-10", "2024-04-10"])})
    >>> one_cohort(cohort_table(log), "2024Q1")["cumulative_spend_per_customer"].tolist()
    [10.0, 40.0]
    """
    rows = table[table["cohort"].astype(str) == str(cohort)]
    if rows.empty:
        listed = ", ".join(table["cohort"].astype(str).unique())
        raise InputError("cohort", f"must be one of {listed}", str(cohort))
    return rows.set_index("age")


def base_over_time(table: pd.DataFrame) -> pd.DataFrame:
    """Return the whole base by calendar period (lens 5): who is new in it, and what it is made of.

    Parameters
    ----------
    table : DataFrame
        As from :func:`cohort_table`.

    Returns
    -------
    DataFrame
        Indexed by ``period``: ``known`` (everybody who has bought so far), ``new``, ``active`` and
        ``returning`` (active and not new), ``active_share`` (of all known), ``orders``, ``spend``
        (currency), ``orders_per_active``, ``average_order``, ``share_from_new`` (of spend; nan where
        that is not positive) and ``complete``.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada", "ada", "ben"], "amount": [10.0, 30.0, 10.0],
    ...                     "date": pd.to_datetime(["2024-01-10", "2024-04-10", "2024-05-10"])})
    >>> base_over_time(cohort_table(log))[["known", "new", "returning", "share_from_new"]].values.tolist()
    [[1.0, 1.0, 0.0, 1.0], [2.0, 1.0, 1.0, 0.25]]
    """
    sums = table.groupby("period")[["active", "orders", "spend"]].sum()
    fresh = table[table["age"] == 0].set_index("period").reindex(sums.index)
    known = fresh["customers"].fillna(0).cumsum().astype(int)
    new = fresh["active"].fillna(0).astype(int)
    base = pd.DataFrame({"known": known, "new": new, "active": sums["active"]})
    base["returning"] = base["active"] - base["new"]
    base["active_share"] = base["active"] / base["known"].where(base["known"] > 0)
    base["orders"], base["spend"] = sums["orders"], sums["spend"]
    base["orders_per_active"] = base["orders"] / base["active"].where(base["active"] > 0)
    base["average_order"] = base["spend"] / base["orders"].where(base["orders"] > 0)
    base["share_from_new"] = fresh["spend"].fillna(0.0) / base["spend"].where(base["spend"] > 0.0)
    base["complete"] = table.groupby("period")["complete"].first()
    return base


def _measured(table: pd.DataFrame, sizes: pd.Series, end: pd.Timestamp) -> pd.DataFrame:
    """Return sums by cohort and period with everything that follows from them."""
    size = table["cohort"].map(sizes).fillna(0).astype(int)
    per_head = size.where(size > 0)
    age = table["period"].astype("int64") - table["cohort"].astype("int64")
    complete = table["period"].dt.end_time.dt.normalize() <= end
    table.insert(2, "age", age)
    table.insert(3, "complete", complete)
    table.insert(4, "customers", size)
    table["active_share"] = table["active"] / per_head
    table["orders_per_active"] = table["orders"] / table["active"].where(table["active"] > 0)
    table["average_order"] = table["spend"] / table["orders"].where(table["orders"] > 0)
    table["spend_per_customer"] = table["spend"] / per_head
    table["cumulative_spend_per_customer"] = table.groupby("cohort")["spend"].cumsum() / per_head
    return table


def _pivot(table: pd.DataFrame, columns: str, measure: str) -> pd.DataFrame:
    if measure not in MEASURES:
        raise InputError("measure", f"must be one of {', '.join(MEASURES)}", measure)
    return table.pivot(index="cohort", columns=columns, values=measure).astype(np.float64)
