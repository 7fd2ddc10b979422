"""From a transaction log to what a customer-base model wants to know of each customer.

A bakery that looks through its till rolls writes one card per regular: how often they came back,
when they were last seen, for how long they could have come, what they spend. Those four numbers
(frequency, recency, T, monetary value) are all that BG/NBD and Gamma-Gamma need (Fader, Hardie &
Lee 2005, Marketing Science 24(2); Journal of Marketing Research 42(4)).
"""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from crmsim.errors import InputError

__all__ = [
    "DAYS_PER",
    "as_day",
    "check_transactions",
    "checked_unit",
    "cumulative_repeats",
    "purchase_days",
    "rfm_summary",
    "summary_columns",
    "summary_unit",
]

DAYS_PER: dict[str, int] = {"day": 1, "week": 7}
"""Days in one unit of time; the units in which durations can be expressed."""


def rfm_summary(
    transactions: pd.DataFrame,
    *,
    calibration_end: datetime.date | None = None,
    observation_end: datetime.date | None = None,
    unit: str = "week",
) -> pd.DataFrame:
    """Frequency, recency, T and monetary value of each customer, with a hold-out if wanted.

    Purchases of one day are one purchase. Customers whose first purchase lies after
    `calibration_end` are left out, as are purchases after `observation_end`, and returns, where they
    were kept in the log (:func:`purchase_days`).

    Parameters
    ----------
    transactions : pandas.DataFrame
        Columns ``customer``, ``date`` and ``amount``, as `crmsim.transactions.read_transactions`
        returns them; not changed.
    calibration_end : datetime.date, optional
        Last day that the models may see; default `observation_end`.
    observation_end : datetime.date, optional
        Last day that was observed; default the date of the last transaction.
    unit : {"week", "day"}
        Unit of all durations; a week is 7 days.

    Returns
    -------
    pandas.DataFrame
        Indexed by customer, sorted; its ``attrs["unit"]`` is `unit`. Columns

        - ``frequency``: repeat purchase days up to `calibration_end` (0, 1, 2, ...),
        - ``recency``: first to last purchase, in `unit`, from 0 to ``T``,
        - ``T``: first purchase to `calibration_end`, in `unit`, from 0,
        - ``monetary_value``: mean spend of a repeat purchase day, 0 where there is none,

        and, if `calibration_end` lies before `observation_end`,

        - ``frequency_holdout``: purchase days after `calibration_end`,
        - ``T_holdout``: `calibration_end` to `observation_end`, in `unit`.

    Raises
    ------
    InputError
        A column is missing, empty or of the wrong type; an amount is not finite, or negative in a log
        that does not say that its returns were kept; an unknown unit; a date that is not a date;
        `calibration_end` after `observation_end`; nobody bought by `calibration_end`.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada", "ada", "ada", "ben"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-03-01", "2024-01-08"]),
    ...     "amount": [10.0, 30.0, 20.0, 5.0],
    ... })
    >>> table = rfm_summary(log, calibration_end=datetime.date(2024, 1, 29)).round(2)
    >>> print(table)  # doctest: +NORMALIZE_WHITESPACE
              frequency  recency    T  monetary_value  frequency_holdout  T_holdout
    customer
    ada               1      2.0  4.0            30.0                  1       4.57
    ben               0      0.0  3.0             0.0                  0       4.57
    """
    checked_unit(unit)
    days = purchase_days(transactions)
    end, split = _ends(days, observation_end, calibration_end)
    seen = days[days["date"] <= split]
    if seen.empty:
        problem = f"must be {days['date'].min():%Y-%m-%d} (first transaction) or later"
        raise InputError("calibration_end", problem, f"{split:%Y-%m-%d}")
    length = DAYS_PER[unit]
    dates = seen.groupby("customer")["date"].agg(["min", "max", "size"])
    repeat_spend = seen.loc[seen["number"] > 0].groupby("customer")["amount"].mean()
    summary = pd.DataFrame(
        {
            "frequency": dates["size"] - 1,
            "recency": (dates["max"] - dates["min"]).dt.days / length,
            "T": (split - dates["min"]).dt.days / length,
            "monetary_value": repeat_spend.reindex(dates.index, fill_value=0.0),
        }
    )
    if split < end:
        later = days.loc[(days["date"] > split) & (days["date"] <= end)].groupby("customer").size()
        summary["frequency_holdout"] = later.reindex(dates.index, fill_value=0)
        summary["T_holdout"] = (end - split).days / length
    summary.attrs["unit"] = unit
    return summary


def cumulative_repeats(
    transactions: pd.DataFrame,
    *,
    start: datetime.date | None = None,
    calibration_end: datetime.date | None = None,
    observation_end: datetime.date | None = None,
) -> pd.DataFrame:
    """Cumulative first and repeat purchases of the whole base, week by week (the tracking plot).

    Parameters
    ----------
    transactions : pandas.DataFrame
        Columns ``customer``, ``date`` and ``amount``; not changed.
    start : datetime.date, optional
        First day of week 1; default the date of the first transaction, and no later than it.
    calibration_end : datetime.date, optional
        Customers whose first purchase lies after this day are left out; default `observation_end`.
    observation_end : datetime.date, optional
        Last day that was observed; default the date of the last transaction.

    Returns
    -------
    pandas.DataFrame
        One row a whole week, none for a week cut short by `observation_end`: ``week`` (1, 2, ...),
        ``week_ends`` (its last day), ``cumulative_customers`` (people who have bought at least
        once) and ``cumulative_repeats`` (purchase days after the first one), both up to and
        including the last day of the week.

    Raises
    ------
    InputError
        As for `rfm_summary`; also `start` after the first transaction, or less than one week.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada", "ada", "ben", "ada"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-08", "2024-01-14"]),
    ...     "amount": [10.0, 30.0, 20.0, 5.0],
    ... })
    >>> cumulative_repeats(log)
       week  week_ends  cumulative_customers  cumulative_repeats
    0     1 2024-01-07                     1                   1
    1     2 2024-01-14                     2                   2
    """
    days = purchase_days(transactions)
    end, split = _ends(days, observation_end, calibration_end)
    first_day = days["date"].min()
    begin = as_day("start", start, first_day)
    if begin > first_day:
        raise InputError("start", f"must be {first_day:%Y-%m-%d} (first transaction) or earlier", start)
    weeks = ((end - begin).days + 1) // 7
    if weeks < 1:
        raise InputError("observation_end", f"must be at least 6 days after {begin:%Y-%m-%d}", end)
    cohort = days.loc[(days["number"] == 0) & (days["date"] <= split), "customer"]
    base = days[days["customer"].isin(cohort)]
    week_ends = begin + pd.to_timedelta(7 * np.arange(1, weeks + 1) - 1, unit="D")
    is_first = base["number"] == 0
    return pd.DataFrame(
        {
            "week": np.arange(1, weeks + 1),
            "week_ends": week_ends,
            "cumulative_customers": _count_up_to(base.loc[is_first, "date"], week_ends),
            "cumulative_repeats": _count_up_to(base.loc[~is_first, "date"], week_ends),
        }
    )


def purchase_days(transactions: pd.DataFrame) -> pd.DataFrame:
    """Return one row per customer and day of purchase, sorted.

    Parameters
    ----------
    transactions : pandas.DataFrame
        Columns ``customer``, ``date`` and ``amount``; not changed. Rows with a negative amount, where
        ``attrs["returns"]`` is ``"keep"``, are no purchases and are left out.

    Returns
    -------
    pandas.DataFrame
        ``customer``, ``date`` (midnight), ``amount`` (the day's spend) and ``number`` (0 is the
        customer's first purchase).

    Raises
    ------
    InputError
        As :func:`check_transactions`; also when nothing but returns is there.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada", "ada"], "amount": [10.0, 5.0]})
    >>> purchase_days(log.assign(date=pd.Timestamp("2024-01-01")))
      customer       date  amount  number
    0      ada 2024-01-01    15.0       0
    """
    check_transactions(transactions)
    days = transactions[["customer", "date", "amount"]].assign(date=transactions["date"].dt.normalize())
    days = days[days["amount"] >= 0]
    if days.empty:
        raise InputError("transactions", "must hold at least one purchase, there are returns only")
    days = days.groupby(["customer", "date"])[["amount"]].sum().reset_index()
    return days.assign(number=days.groupby("customer").cumcount())


def check_transactions(transactions: pd.DataFrame) -> None:
    """Refuse a table that is no log.

    Parameters
    ----------
    transactions : pandas.DataFrame
        As `crmsim.transactions.read_transactions` returns it.

    Raises
    ------
    InputError
        A column is missing, empty or of the wrong type; a customer or date is missing; an amount is
        not finite, or negative though ``attrs["returns"]`` is not ``"keep"``.

    Examples
    --------
    >>> check_transactions(pd.DataFrame({"customer": ["ada"]}))
    Traceback (most recent call last):
    crmsim.errors.InputError: date: column is missing from the transactions, they have 'customer'
    """
    for column in ("customer", "date", "amount"):
        if column not in transactions.columns:
            found = ", ".join(map(repr, transactions.columns))
            raise InputError(column, f"column is missing from the transactions, they have {found}")
    if transactions.empty:
        raise InputError("transactions", "must have at least one row")
    if not pd.api.types.is_datetime64_dtype(transactions["date"]):
        raise InputError("date", "must be datetime64 without a time zone", str(transactions["date"].dtype))
    if not pd.api.types.is_numeric_dtype(transactions["amount"]):
        raise InputError("amount", "must be numbers", str(transactions["amount"].dtype))
    for column in ("customer", "date"):
        if transactions[column].isna().any():
            raise InputError(column, "must not be missing in any row")
    amounts = transactions["amount"].to_numpy(dtype=float)
    kept = transactions.attrs.get("returns") == "keep"
    good = np.isfinite(amounts) & (kept | (amounts >= 0))
    if not good.all():
        problem = "must be finite" if kept else "must be finite and at least 0"
        raise InputError("amount", problem, float(amounts[np.argmin(good)]))


def summary_columns(summary: pd.DataFrame, names: list[str]) -> list[pd.Series]:
    """Return columns of a customer table, refusing a table that lacks one.

    Parameters
    ----------
    summary : pandas.DataFrame
        One row a customer.
    names : list of str
        The columns wanted.

    Returns
    -------
    list of pandas.Series
        In the order of `names`.

    Raises
    ------
    InputError
        Naming the first missing column and those found.

    Examples
    --------
    >>> [len(column) for column in summary_columns(pd.DataFrame({"T": [4.0, 5.0]}), ["T"])]
    [2]
    """
    for name in names:
        if name not in summary.columns:
            found = ", ".join(map(repr, summary.columns))
            raise InputError(name, f"column is missing from the summary, it has {found}")
    return [summary[name] for name in names]


def summary_unit(summary: pd.DataFrame, unit: str | None) -> str:
    """Return the unit of time of a customer table, from the table or as said.

    Parameters
    ----------
    summary : pandas.DataFrame
        One row a customer; a table of `rfm_summary` carries its unit in ``attrs["unit"]``.
    unit : {"week", "day"} or None
        What the caller says; None to rely on the table.

    Returns
    -------
    str
        A key of `DAYS_PER`.

    Raises
    ------
    InputError
        Nobody says a unit, table and caller contradict each other, or the unit is unknown.

    Examples
    --------
    >>> summary_unit(pd.DataFrame({"T": [4.0, 5.0]}), "week")
    'week'
    """
    carried = summary.attrs.get("unit")
    if unit is None and carried is None:
        known = ", ".join(DAYS_PER)
        raise InputError("unit", f"must be said for a table that does not carry it: one of {known}")
    if unit is not None and carried is not None and unit != carried:
        raise InputError("unit", f"must be that of the table ({carried})", unit)
    return checked_unit(str(carried if unit is None else unit))


def checked_unit(unit: str) -> str:
    """Return the unit of time, refusing one that is not a key of `DAYS_PER`.

    Parameters
    ----------
    unit : str
        As somebody wrote it.

    Returns
    -------
    str
        The same.

    Raises
    ------
    InputError
        The unit is unknown.

    Examples
    --------
    >>> checked_unit("day")
    'day'
    """
    if unit not in DAYS_PER:
        raise InputError("unit", f"must be one of {', '.join(DAYS_PER)}", unit)
    return unit


def _ends(
    days: pd.DataFrame, observation_end: datetime.date | None, calibration_end: datetime.date | None
) -> tuple[pd.Timestamp, pd.Timestamp]:
    end = as_day("observation_end", observation_end, days["date"].max())
    split = as_day("calibration_end", calibration_end, end)
    if split > end:
        problem = f"must be observation_end ({end:%Y-%m-%d}) or earlier"
        raise InputError("calibration_end", problem, f"{split:%Y-%m-%d}")
    return end, split


def as_day(field: str, given: datetime.date | None, default: pd.Timestamp) -> pd.Timestamp:
    """Return a day as a timestamp at midnight, or the default.

    Raises
    ------
    InputError
        It is no date.

    Examples
    --------
    >>> as_day("start", datetime.date(2024, 1, 5), pd.Timestamp("2024-01-01"))
    Timestamp('2024-01-05 00:00:00')
    """
    if given is None:
        return default
    if not isinstance(given, datetime.date) or pd.isna(given) or getattr(given, "tzinfo", None) is not None:
        raise InputError(field, "must be a datetime.date without a time zone", given)
    return pd.Timestamp(given).normalize()


def _count_up_to(dates: pd.Series, week_ends: pd.DatetimeIndex) -> np.ndarray:
    return np.searchsorted(np.sort(dates.to_numpy()), week_ends.to_numpy(), side="right")
