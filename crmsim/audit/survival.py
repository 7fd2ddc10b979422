"""Who is gone, and how long customers stay: survival curves of contracts and of silent buyers.

A gym knows the day on which a member cancels. A bakery does not: a regular is simply not seen any more,
and after how many weeks one says "gone" is a rule, which has to be named. With either, most customers
are still there on the day of counting; how long these will stay is not known, only that it is longer.
The product-limit estimate (Kaplan & Meier 1958) uses each for as long as they were watched; it is
SciPy's, with its confidence band.

``RULE``. Without a contract a customer counts as gone when `silent_days` have passed without a
purchase, on the last of these days, at the first such silence. Who buys again later was gone and came
back: how many did, says whether the rule is too short.
"""

from __future__ import annotations

import datetime
import warnings

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from crmsim.audit.columns import number_column, same_length
from crmsim.errors import InputError, whole_number
from crmsim.rfm import as_day, purchase_days

__all__ = ["contract_spells", "purchase_spells", "retention_rates", "silence_for", "survival_curve"]


def survival_curve(durations: ArrayLike, gone: ArrayLike, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the share of customers who are still there after so long (Kaplan-Meier), with a band.

    Parameters
    ----------
    durations : array
        How long each customer was watched, 0 or more, in any unit of time.
    gone : array of bool
        Whether the customer left at the end of it; otherwise the watching ended.
    confidence : float
        Of the pointwise band, above 0 and below 1 (Greenwood's variance, log-log scale, so that the
        band stays within 0 and 1).

    Returns
    -------
    DataFrame
        Indexed by ``duration``, a row for 0 and for each duration there is: ``survival`` (0 to 1),
        ``low`` and ``high`` (of the band; 1 before the first loss, and nan where everybody is gone),
        ``at_risk`` (watched up to then) and ``lost`` (gone at it).

    Raises
    ------
    InputError
        When a duration is negative or not finite, columns differ in length, `gone` is not true or
        false, or the confidence is none.

    Examples
    --------
    >>> survival_curve([1, 2, 3, 4], [True, False, True, False])["survival"].tolist()
    [1.0, 0.75, 0.75, 0.375, 0.375]
    """
    watched, left = number_column("durations", durations), number_column("gone", gone)
    same_length("gone", left, watched)
    if not (watched >= 0.0).all():
        raise InputError("durations", "must be at least 0", float(watched.min()))
    if not np.isin(left, (0.0, 1.0)).all():
        raise InputError("gone", "must be true or false for every customer")
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", "must be above 0 and below 1", confidence)
    lost = left == 1.0
    curve = stats.ecdf(stats.CensoredData(uncensored=watched[lost], right=watched[~lost])).sf
    with warnings.catch_warnings():
        # Before the first loss, and when all are gone, there is no variance: said in the docstring.
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        band = curve.confidence_interval(confidence_level=confidence, method="log-log")
    times, survival = curve.quantiles, curve.probabilities
    low, high = band.low.probabilities, band.high.probabilities
    untouched = survival == 1.0
    table = pd.DataFrame(
        {
            "survival": survival,
            "low": np.where(untouched, 1.0, low),
            "high": np.where(untouched, 1.0, high),
            "at_risk": len(watched) - np.searchsorted(np.sort(watched), times, side="left"),
            "lost": _counts(watched[lost], times),
        },
        index=pd.Index(times.astype(float), name="duration"),
    )
    if times[0] > 0.0:
        start = {"survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": len(watched), "lost": 0}
        table = pd.concat([pd.DataFrame([start], index=pd.Index([0.0], name="duration")), table])
    return table


def retention_rates(curve: pd.DataFrame, every: float) -> pd.DataFrame:
    """Return retention and churn per period of the relationship, read off a survival curve.

    Parameters
    ----------
    curve : DataFrame
        As from :func:`survival_curve`.
    every : float
        Length of a period, above 0, in the unit of the curve.

    Returns
    -------
    DataFrame
        Indexed by ``period`` (1, 2, ...), whole periods only: ``survival`` at its end, ``retention``
        (of those there at its beginning, 0 to 1) and ``churn``, which is 1 less it.

    Raises
    ------
    InputError
        When the period is not above 0, or longer than anybody was watched.

    Examples
    --------
    >>> curve = survival_curve([1, 2, 3, 4], [True, False, True, False])
    >>> retention_rates(curve, 2)["retention"].tolist()
    [0.75, 0.5]
    """
    if not (np.isfinite(every) and every > 0.0):
        raise InputError("every", "must be finite and above 0", every)
    whole = int(curve.index[-1] / every + 1e-9)
    if whole < 1:
        raise InputError(
            "every", f"must be at most {curve.index[-1]:g} (the longest anybody was watched)", every
        )
    ends = every * np.arange(whole + 1)
    survival = curve["survival"].to_numpy()[np.searchsorted(curve.index, ends + 1e-9, side="right") - 1]
    kept = survival[1:] / survival[:-1]  # somebody is there until the last day that anybody was watched
    return pd.DataFrame(
        {"survival": survival[1:], "retention": kept, "churn": 1.0 - kept},
        index=pd.RangeIndex(1, whole + 1, name="period"),
    )


def purchase_spells(
    transactions: pd.DataFrame, *, silent_days: int, observation_end: datetime.date | None = None
) -> pd.DataFrame:
    """Return how long each buyer without a contract stayed, by the rule of silence.

    Parameters
    ----------
    transactions : DataFrame
        A log, as `crmsim.transactions.read_transactions` returns it; kept returns do not break a
        silence.
    silent_days : int
        After so many days without a purchase a customer counts as gone (`silence_for` proposes one).
    observation_end : datetime.date, optional
        Last day that was observed; default the date of the last purchase.

    Returns
    -------
    DataFrame
        Indexed by customer, sorted: ``start`` (day of the first purchase), ``days`` (from it until the
        silence was complete, or until `observation_end`), ``gone`` and ``came_back`` (bought again
        after having been gone). Nobody can be gone before `silent_days`, so that a survival curve of
        these begins to fall there, with all who bought once.

    Raises
    ------
    InputError
        When the table is no log, `silent_days` is no whole number from 1, or nothing was bought by
        `observation_end`.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada", "ada", "ben"], "amount": [1.0, 1.0, 1.0],
    ...                     "date": pd.to_datetime(["2024-01-01", "2024-03-31", "2024-01-11"])})
    >>> purchase_spells(log, silent_days=60)[["days", "gone", "came_back"]].values.tolist()
    [[60, True, True], [60, True, False]]
    """
    whole_number("silent_days", silent_days, 1, 36_525)
    days = purchase_days(transactions)
    end = as_day("observation_end", observation_end, days["date"].max())
    days = days[days["date"] <= end]
    if days.empty:
        problem = f"must be {transactions['date'].min():%Y-%m-%d} (first transaction) or later"
        raise InputError("observation_end", problem, f"{end:%Y-%m-%d}")
    following = days.groupby("customer")["date"].shift(-1)
    silence = (following.fillna(end) - days["date"]).dt.days
    # A purchase on the very day on which the silence would be complete breaks it.
    over = silence > silent_days
    over |= following.isna() & (silence >= silent_days)
    start = days.groupby("customer")["date"].min()
    broken = days[over].groupby("customer")["date"].min().reindex(start.index)
    gone = broken.notna()
    until = (broken + pd.Timedelta(days=silent_days)).fillna(end)
    last = days.groupby("customer")["date"].max()
    return pd.DataFrame(
        {"start": start, "days": (until - start).dt.days, "gone": gone, "came_back": gone & (last > broken)}
    )


def contract_spells(starts: pd.Series, ends: pd.Series, *, observation_end: datetime.date) -> pd.DataFrame:
    """Return how long each customer under a contract stayed.

    Parameters
    ----------
    starts, ends : Series of datetime64
        First day of each contract, and the day of its end, missing where it still runs; the same index.
    observation_end : datetime.date
        Last day that was observed. Contracts that begin later are left out, an end that lies later is
        not known yet.

    Returns
    -------
    DataFrame
        ``start``, ``days`` and ``gone``, with the index of the contracts.

    Raises
    ------
    InputError
        When a start is missing, an end lies before its start, or no contract has begun.

    Examples
    --------
    >>> starts = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-11"]))
    >>> ends = pd.Series(pd.to_datetime(["2024-01-31", None]))
    >>> contract_spells(starts, ends, observation_end=datetime.date(2024, 2, 10))["days"].tolist()
    [30, 30]
    """
    end = as_day("observation_end", observation_end, pd.Timestamp.max)
    if not starts.index.equals(ends.index):
        raise InputError("ends", "must have the index of starts")
    if starts.isna().any():
        raise InputError("starts", "must not be missing for any contract")
    if (ends < starts).any():
        row = int(np.argmax((ends < starts).to_numpy()))
        raise InputError(
            "ends",
            f"must not be before the start ({starts.iloc[row]:%Y-%m-%d})",
            f"{ends.iloc[row]:%Y-%m-%d}",
        )
    begun = starts <= end
    if not begun.any():
        raise InputError("observation_end", "must be a day by which a contract has begun", f"{end:%Y-%m-%d}")
    gone = ends[begun] <= end
    until = ends[begun].where(gone, end)
    return pd.DataFrame({"start": starts[begun], "days": (until - starts[begun]).dt.days, "gone": gone})


def silence_for(transactions: pd.DataFrame, share: float = 0.95) -> int:
    """Return after how many days of silence a customer can be called gone.

    The silence within which that share of all pauses between purchases ended: with 0.95, five of a
    hundred customers who came back would have been called gone before. Pauses that have not ended yet
    are not in it, so in a short log the figure is too low.

    Parameters
    ----------
    transactions : DataFrame
        A log.
    share : float
        Above 0, at most 1.

    Returns
    -------
    int
        Days, at least 1.

    Raises
    ------
    InputError
        When nobody came again: there is no pause to learn from.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada"] * 3, "amount": [1.0] * 3,
    ...                     "date": pd.to_datetime(["2024-01-01", "2024-01-08", "2024-02-07"])})
    >>> silence_for(log), silence_for(log, share=0.5)
    (30, 7)
    """
    if not 0.0 < share <= 1.0:
        raise InputError("share", "must be above 0 and at most 1", share)
    days = purchase_days(transactions)
    pauses = days.groupby("customer")["date"].diff().dropna().dt.days.to_numpy()
    if pauses.size == 0:
        raise InputError("transactions", "must have somebody who came again; say silent_days yourself")
    return int(np.quantile(pauses, share, method="inverted_cdf"))


def _counts(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Count how often each of some sorted numbers occurs."""
    ordered = np.sort(values)
    return np.searchsorted(ordered, at, side="right") - np.searchsorted(ordered, at, side="left")
