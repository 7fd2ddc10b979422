"""Lens 2: two periods. Who stayed, who left, who came, and why did revenue change?

(Fader, Hardie & Ross 2022.) Revenue grew by a tenth: because there are more customers, because they
come more often, or because they buy more at a time? And behind a calm total a stream may run, as in a
lake that keeps its level while its water is another.
"""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from crmsim.audit.migration import migration_table
from crmsim.audit.one_period import decomposition, period_table
from crmsim.audit.quantiles import quantile_codes
from crmsim.errors import InputError

__all__ = ["change_decomposition", "decile_migration", "flows", "two_periods"]

Period = tuple[datetime.date, datetime.date]


def two_periods(
    transactions: pd.DataFrame, first: Period, second: Period, *, profit: str | None = None
) -> pd.DataFrame:
    """Return what each customer did in two periods.

    Parameters
    ----------
    transactions : DataFrame
        A log, as for :func:`crmsim.audit.facts.customer_facts`.
    first, second : pair of datetime.date
        First and last day of each; the second begins after the first has ended.
    profit : str, optional
        Name of a further column with the profit on each row, in currency.

    Returns
    -------
    DataFrame
        Everybody with a row in one of them, indexed by customer, sorted: ``orders_1``, ``spend_1``,
        ``orders_2``, ``spend_2`` (0 where there was nothing; also ``profit_1`` and ``profit_2`` where
        named) and ``status``: ``stayed`` (orders in both), ``left``, ``came``, or ``returns_only``.

    Raises
    ------
    InputError
        When the periods overlap or stand in the wrong order, or as for
        :func:`crmsim.audit.one_period.period_table`.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada", "ada", "ben", "cleo"],
    ...     "date": pd.to_datetime(["2023-01-10", "2024-02-10", "2023-01-20", "2024-05-01"]),
    ...     "amount": [10.0, 30.0, 5.0, 7.0],
    ... })
    >>> years = [(datetime.date(year, 1, 1), datetime.date(year, 12, 31)) for year in (2023, 2024)]
    >>> two_periods(log, *years)["status"].to_dict()
    {'ada': 'stayed', 'ben': 'left', 'cleo': 'came'}
    """
    if len(first) != 2 or len(second) != 2 or not second[0] > first[1]:
        raise InputError("second", "must be a pair of dates that begins after the first period", second)
    columns = ["orders", "spend"] if profit is None else ["orders", "spend", "profit"]
    tables = [period_table(transactions, *period, profit=profit)[columns] for period in (first, second)]
    table = tables[0].add_suffix("_1").join(tables[1].add_suffix("_2"), how="outer").fillna(0.0)
    table = table.astype({"orders_1": int, "orders_2": int}).sort_index()
    one, two = table["orders_1"] > 0, table["orders_2"] > 0
    table["status"] = np.select([one & two, one, two], ["stayed", "left", "came"], "returns_only")
    table.attrs = dict(tables[0].attrs)
    return table


def flows(table: pd.DataFrame) -> pd.DataFrame:
    """Return what those who left took away, those who came brought, and those who stayed changed.

    Parameters
    ----------
    table : DataFrame
        As from :func:`two_periods`.

    Returns
    -------
    DataFrame
        Indexed by ``flow``: ``left``, ``came``, ``stayed_less``, ``stayed_more`` (spending less; the same
        or more) and ``returns_only``, with ``customers``, ``spend_1``, ``spend_2`` and ``change``
        (currency), which sums to the change of all.

    Examples
    --------
    >>> table = pd.DataFrame({"spend_1": [10.0, 5.0], "spend_2": [30.0, 0.0], "status": ["stayed", "left"]})
    >>> flows(table)["change"].to_dict()
    {'left': -5.0, 'came': 0.0, 'stayed_less': 0.0, 'stayed_more': 20.0, 'returns_only': 0.0}
    """
    change = table["spend_2"] - table["spend_1"]
    more = pd.Series(np.where(change < 0.0, "stayed_less", "stayed_more"), table.index)
    flow = table["status"].where(table["status"] != "stayed", more).rename("flow")
    grouped = table.assign(change=change).groupby(flow)
    summed = grouped[["spend_1", "spend_2", "change"]].sum()
    summed.insert(0, "customers", grouped.size())
    names = pd.Index(["left", "came", "stayed_less", "stayed_more", "returns_only"], name="flow")
    return summed.reindex(names, fill_value=0).astype({"customers": int})


def change_decomposition(table: pd.DataFrame) -> pd.DataFrame:
    """Return how much of the change of revenue, or profit, each of its factors accounts for.

    Each factor's part is the logarithmic mean of both totals times the logarithm of its growth (the
    logarithmic mean Divisia index, Ang 2004, Energy Policy 32): the parts sum to the change exactly,
    and no factor comes first.

    Parameters
    ----------
    table : DataFrame
        As from :func:`two_periods`.

    Returns
    -------
    DataFrame
        Indexed by ``factor``: ``customers``, ``frequency``, ``average_order`` (and ``margin``, where
        the table has profits), with ``first``, ``second``, ``growth`` (0.1 for 10 % more) and
        ``contribution`` (currency). Contributions are nan where a total or factor is not positive.

    Examples
    --------
    >>> table = pd.DataFrame({"orders_1": [1, 1], "spend_1": [10.0, 10.0],
    ...                       "orders_2": [2, 2], "spend_2": [20.0, 20.0]})
    >>> change_decomposition(table)["contribution"].round(9).tolist()
    [0.0, 20.0, 0.0]
    """
    sides = []
    for number in (1, 2):
        names = {f"{name}_{number}": name for name in ("orders", "spend", "profit")}
        sides.append(decomposition(table[[n for n in names if n in table]].rename(columns=names)))
    total = "profit" if "profit" in sides[0] else "spend"
    factors = ["customers", "frequency", "average_order"] + (["margin"] if total == "profit" else [])
    one, two = sides[0][factors], sides[1][factors]
    positive = (one > 0.0).all() and (two > 0.0).all()
    ratio = (two / one).where((one > 0.0) & (two > 0.0))
    mean = _logarithmic_mean(sides[0][total], sides[1][total]) if positive else np.nan
    return pd.DataFrame(
        {"first": one, "second": two, "growth": ratio - 1.0, "contribution": mean * np.log(ratio)}
    ).rename_axis("factor")


def decile_migration(table: pd.DataFrame, by: str = "spend", groups: int = 10) -> pd.DataFrame:
    """Return how many customers went from a decile of the first period to one of the second.

    Parameters
    ----------
    table : DataFrame
        As from :func:`two_periods`.
    by : str
        ``spend``, ``orders`` or ``profit``.
    groups : int
        10 for deciles. They are made of those who ordered in a period, as in
        :func:`crmsim.audit.one_period.decile_table`.

    Returns
    -------
    DataFrame of int
        Rows and columns 1 (the best) to `groups` and, last, ``"none"`` for who did not order.

    Examples
    --------
    >>> table = pd.DataFrame({"orders_1": [1, 1], "spend_1": [9.0, 5.0], "orders_2": [1, 0],
    ...                       "spend_2": [4.0, 0.0]}, index=["ada", "ben"])
    >>> decile_migration(table, groups=2).values.tolist()
    [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    """
    if f"{by}_1" not in table.columns:
        raise InputError("by", "must be spend, orders or profit, as far as the table has it", by)
    sides = []
    for number in (1, 2):
        buyers = table.loc[table[f"orders_{number}"] > 0, f"{by}_{number}"]
        if buyers.empty:
            raise InputError("table", f"must have somebody who ordered in period {number}")
        sides.append(pd.Series(quantile_codes(buyers, groups, ties="rank"), index=buyers.index))
    return migration_table(sides[0], sides[1], list(range(1, groups + 1)))


def _logarithmic_mean(one: float, two: float) -> float:
    """Return (two - one) / log(two / one), which is their common value where they are equal."""
    growth = np.log(two / one)
    # For small growth x: mean of the two, less x^2 / 12 of it.
    return (one + two) / 2.0 * (1.0 - growth**2 / 12.0) if abs(growth) < 1e-5 else (two - one) / growth
