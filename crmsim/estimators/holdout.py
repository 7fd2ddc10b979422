"""A forecast put to the test: fitted on the first part of a log, judged on the rest.

A shop that knew its customers up to September says what each will buy until June, and then looks at
the till. Four looks tell whether to believe the model: the whole base week by week, groups by past
purchases, each customer, and the top tenth, where the money is.

Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284, and the BTYD walkthrough (CRAN) have the
same tables for the CDNOW customers.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError, whole_number
from crmsim.estimators.bg_bb import BgBb
from crmsim.estimators.bg_nbd import fit_bg_nbd
from crmsim.estimators.checks import check_counts, checked
from crmsim.estimators.fit import Fit
from crmsim.estimators.repeat_purchases import RepeatPurchaseModel
from crmsim.rfm import DAYS_PER, cumulative_repeats, rfm_summary, summary_columns, summary_unit
from crmsim.top_places import places_at_the_top

__all__ = [
    "Accuracy",
    "HoldoutCheck",
    "check_on_holdout",
    "conditional_expectations",
    "forecast_accuracy",
    "frequency_table",
    "holdout_check",
    "holdout_forecasts",
    "tracking_table",
]


@dataclass(frozen=True)
class Accuracy:
    """How close forecasts of single customers came.

    Parameters
    ----------
    customers : int
    actual, forecast : float
        Purchases of all customers together.
    correlation : float
        Between actual and forecast purchases of each customer; NaN if either does not vary.
    mean_absolute_error, root_mean_squared_error : float
        Purchases a customer.
    top_share : float
        The share that is called the top, such as 0.1.
    top_overlap : float
        Share of those forecast to be at the top who were; `top_share` by mere chance. Where customers
        are tied at the border of the top, each of them counts as the part of a place they take.
    """

    customers: int
    actual: float
    forecast: float
    correlation: float
    mean_absolute_error: float
    root_mean_squared_error: float
    top_share: float
    top_overlap: float


@dataclass(frozen=True)
class HoldoutCheck:
    """A model fitted on a calibration period, and what came of its forecasts.

    Parameters
    ----------
    fit : Fit
        On the calibration period.
    customers : pandas.DataFrame
        As from `holdout_forecasts`.
    tracking : pandas.DataFrame
        As from `tracking_table`.
    by_frequency : pandas.DataFrame
        As from `conditional_expectations`.
    accuracy : Accuracy
    calibration_weeks : float
        Length of the calibration period.
    """

    fit: Fit
    customers: pd.DataFrame
    tracking: pd.DataFrame
    by_frequency: pd.DataFrame
    accuracy: Accuracy
    calibration_weeks: float


def check_on_holdout(
    transactions: pd.DataFrame,
    *,
    calibration_end: datetime.date,
    observation_end: datetime.date | None = None,
    fit: Callable[[pd.DataFrame], Fit] = fit_bg_nbd,
    most: int = 7,
    top_share: float = 0.1,
) -> HoldoutCheck:
    """Fit a model on the purchases up to a day and compare its forecasts with those after it.

    Parameters
    ----------
    transactions : pandas.DataFrame
        Columns ``customer``, ``date`` and ``amount``; not changed.
    calibration_end : datetime.date
        Last day that the model sees. Customers whose first purchase lies after it are left out.
    observation_end : datetime.date, optional
        Last day of the hold-out; default the date of the last transaction.
    fit : callable
        `fit_bg_nbd`, `fit_mbg_nbd` or `fit_pareto_nbd`.
    most : int
        Customers with so many repeat purchases or more form one group.
    top_share : float
        Share of customers called the top, between 0 and 1.

    Returns
    -------
    HoldoutCheck

    Raises
    ------
    InputError
        As for `rfm_summary` and the fit; also if nothing is left after `calibration_end`.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada"] * 5 + ["ben", "cy", "cy"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-29", "2024-03-01",
    ...                             "2024-01-08", "2024-01-10", "2024-01-24"]),
    ...     "amount": 10.0,
    ... })
    >>> check = check_on_holdout(log, calibration_end=datetime.date(2024, 1, 31))
    >>> check.accuracy.customers, check.accuracy.actual
    (3, 1.0)
    """
    ends = {"calibration_end": calibration_end, "observation_end": observation_end}
    summary = rfm_summary(transactions, **ends)
    if "frequency_holdout" not in summary.columns:
        raise InputError("calibration_end", "must lie before observation_end, nothing is left to check")
    return holdout_check(fit(summary), summary, transactions, **ends, most=most, top_share=top_share)


def holdout_check(
    result: Fit,
    summary: pd.DataFrame,
    transactions: pd.DataFrame,
    *,
    calibration_end: datetime.date,
    observation_end: datetime.date | None = None,
    most: int = 7,
    top_share: float = 0.1,
) -> HoldoutCheck:
    """Compare the forecasts of a fitted model with what came; several models can share one summary.

    Parameters
    ----------
    result : Fit
        On `summary`.
    summary : pandas.DataFrame
        By `crmsim.rfm.rfm_summary` of `transactions` with the same days, with a hold-out; not changed.
    transactions, calibration_end, observation_end, most, top_share
        As in `check_on_holdout`.

    Returns
    -------
    HoldoutCheck

    Raises
    ------
    InputError
        A column of the summary is missing, or a value is out of range.
    """
    customers = holdout_forecasts(result.model, summary)
    tracking = tracking_table(
        result.model, transactions, summary, calibration_end=calibration_end, observation_end=observation_end
    )
    days = (pd.Timestamp(calibration_end) - transactions["date"].min().normalize()).days + 1
    return HoldoutCheck(
        fit=result,
        customers=customers,
        tracking=tracking,
        by_frequency=conditional_expectations(customers, most=most),
        accuracy=forecast_accuracy(customers["actual"], customers["forecast"], top_share=top_share),
        calibration_weeks=days / 7,
    )


def holdout_forecasts(model: RepeatPurchaseModel, summary: pd.DataFrame) -> pd.DataFrame:
    """Forecast of each customer's purchases in the hold-out, beside what they were.

    Parameters
    ----------
    model : BgNbd, MbgNbd or ParetoNbd
    summary : pandas.DataFrame
        As from `crmsim.rfm.rfm_summary` with a hold-out; not changed.

    Returns
    -------
    pandas.DataFrame
        One row a customer: ``frequency`` (calibration), ``probability_alive`` at its end, ``forecast``
        and ``actual`` purchases of the hold-out.

    Raises
    ------
    InputError
        A column is missing, or a history is impossible or in another unit.

    Examples
    --------
    >>> from crmsim.estimators import BgNbd
    >>> table = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86], "frequency_holdout": [1],
    ...                       "T_holdout": [39.0]})
    >>> print(holdout_forecasts(BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426), table).round(3))
       frequency  probability_alive  forecast  actual
    0          2              0.727     1.226       1
    """
    names = ["frequency", "recency", "T", "T_holdout", "frequency_holdout"]
    x, t_x, T, span, actual = summary_columns(summary, names)
    return pd.DataFrame(
        {
            "frequency": x,
            "probability_alive": model.probability_alive(x, t_x, T),
            "forecast": model.conditional_expected_repeats(span, x, t_x, T),
            "actual": actual,
        },
        index=summary.index,
    )


def conditional_expectations(customers: pd.DataFrame, *, most: int = 7) -> pd.DataFrame:
    """Mean purchases in the hold-out by repeat purchases in calibration: actual and forecast.

    Parameters
    ----------
    customers : pandas.DataFrame
        As from `holdout_forecasts`; not changed.
    most : int
        Customers with so many or more form the last group, from 1.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``frequency`` from 0 to `most`: ``customers``, ``actual``, ``forecast``; NaN where a
        group is empty.

    Raises
    ------
    InputError
        A column is missing, or `most` is out of range.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [0, 0, 3], "forecast": [0.1, 0.3, 2.0], "actual": [0, 1, 2]})
    >>> print(conditional_expectations(table, most=1))  # doctest: +NORMALIZE_WHITESPACE
               customers  actual  forecast
    frequency
    0                  2     0.5       0.2
    1                  1     2.0       2.0
    """
    whole_number("most", most, 1, 1_000_000)
    frequency, forecast, actual = summary_columns(customers, ["frequency", "forecast", "actual"])
    group = np.minimum(frequency, most).astype(int).rename("frequency")
    table = pd.DataFrame({"actual": actual, "forecast": forecast}).groupby(group)
    means = table.mean().reindex(pd.RangeIndex(most + 1, name="frequency"))
    means.insert(0, "customers", table.size().reindex(means.index, fill_value=0))
    return means


def forecast_accuracy(actual: npt.ArrayLike, forecast: npt.ArrayLike, *, top_share: float = 0.1) -> Accuracy:
    """Correlation, errors and overlap of the top of forecasts, customer by customer.

    Parameters
    ----------
    actual, forecast : array_like
        Purchases (or amounts) of each customer, from 0.
    top_share : float
        Between 0 and 1; the number of places is rounded up (`crmsim.top_places`).

    Returns
    -------
    Accuracy

    Raises
    ------
    InputError
        No customers, lengths that differ, values that are negative or not finite, or a share out of
        range.

    Examples
    --------
    >>> accuracy = forecast_accuracy([0, 0, 1, 5], [0.2, 0.1, 2.0, 3.0], top_share=0.25)
    >>> accuracy.top_overlap, round(accuracy.correlation, 3), accuracy.mean_absolute_error
    (1.0, 0.894, 0.825)
    """
    actual, forecast = checked(None, actual=actual, forecast=forecast)
    if actual.size == 0:
        raise InputError("actual", "must have at least one customer")
    if not 0 < top_share < 1:
        raise InputError("top_share", "must be between 0 and 1", top_share)
    varied = actual.std() > 0 and forecast.std() > 0
    gap = forecast - actual
    top, said = places_at_the_top(actual, top_share), places_at_the_top(forecast, top_share)
    return Accuracy(
        customers=actual.size,
        actual=float(actual.sum()),
        forecast=float(forecast.sum()),
        correlation=float(np.corrcoef(actual, forecast)[0, 1]) if varied else float("nan"),
        mean_absolute_error=float(np.abs(gap).mean()),
        root_mean_squared_error=float(np.sqrt((gap**2).mean())),
        top_share=top_share,
        top_overlap=float(top @ said / top.sum()),
    )


def tracking_table(
    model: RepeatPurchaseModel,
    transactions: pd.DataFrame,
    summary: pd.DataFrame,
    *,
    calibration_end: datetime.date,
    observation_end: datetime.date | None = None,
) -> pd.DataFrame:
    """Cumulative and weekly repeat purchases of the whole base, actual and by the model.

    The model knows of each customer only the day of the first purchase: it is asked for E[X(t)].

    Parameters
    ----------
    model : BgNbd, MbgNbd or ParetoNbd
    transactions : pandas.DataFrame
        Columns ``customer``, ``date`` and ``amount``; not changed.
    summary : pandas.DataFrame
        Its customers by `crmsim.rfm.rfm_summary` with the same `calibration_end`.
    calibration_end : datetime.date
    observation_end : datetime.date, optional
        Default the date of the last transaction.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``week`` from 1, from the first purchase of the log: ``actual`` and ``model``,
        cumulative, and ``actual_weekly`` and ``model_weekly``.

    Raises
    ------
    InputError
        As for `crmsim.rfm.cumulative_repeats`.

    Examples
    --------
    >>> from crmsim.estimators import BgNbd
    >>> log = pd.DataFrame({"customer": ["ada", "ada", "ben"], "amount": 10.0,
    ...                     "date": pd.to_datetime(["2024-01-01", "2024-01-12", "2024-01-14"])})
    >>> end = datetime.date(2024, 1, 14)
    >>> table = tracking_table(BgNbd(1, 10, 1, 3), log, rfm_summary(log), calibration_end=end)
    >>> table["actual"].tolist(), table["model"].round(2).tolist()
    ([0, 1], [0.1, 0.2])
    """
    actual = cumulative_repeats(
        transactions, calibration_end=calibration_end, observation_end=observation_end
    )
    weeks = actual["week"].to_numpy()
    in_weeks = model.in_unit("week")
    observed = summary["T"].to_numpy() * DAYS_PER[summary_unit(summary, None)] / 7
    # A customer's age at the end of a week is T less what is missing to the end of calibration.
    to_calibration = (pd.Timestamp(calibration_end) - transactions["date"].min().normalize()).days / 7
    ages = np.maximum(observed[None, :] - to_calibration + weeks[:, None], 0.0)
    different, back = np.unique(ages.round(9), return_inverse=True)
    model_total = in_weeks.expected_repeats(different)[back].reshape(ages.shape).sum(axis=1)
    table = pd.DataFrame(
        {"actual": actual["cumulative_repeats"].to_numpy(), "model": model_total},
        index=pd.Index(weeks, name="week"),
    )
    weekly = table.diff().fillna(table.iloc[:1])
    return table.assign(actual_weekly=weekly["actual"].astype(int), model_weekly=weekly["model"])


def frequency_table(
    model: RepeatPurchaseModel | BgBb,
    frequency: npt.ArrayLike,
    observed: npt.ArrayLike,
    *,
    most: int = 7,
    weights: npt.ArrayLike = 1,
) -> pd.DataFrame:
    """How many customers came back how often: actual, and by the model.

    Parameters
    ----------
    model : BgNbd, MbgNbd, ParetoNbd or BgBb
    frequency : array_like of int
        Repeat purchases of each customer.
    observed : array_like
        For how long each was watched (T, in the model's unit), or for how many opportunities.
    most : int
        So many or more form the last group, from 1.
    weights : array_like
        Customers who share a row.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``frequency`` from 0 to `most`: ``actual`` and ``model``, numbers of customers.

    Raises
    ------
    InputError
        Counts or durations that cannot be, or `most` is out of range.

    Examples
    --------
    >>> from crmsim.estimators import BgNbd
    >>> cdnow = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> print(frequency_table(cdnow, [0, 0, 1, 4], 39.0, most=2).round(2))  # doctest: +NORMALIZE_WHITESPACE
               actual  model
    frequency
    0             2.0   2.30
    1             1.0   0.80
    2             1.0   0.91
    """
    whole_number("most", most, 1, 1_000_000)
    frequency, observed, weights = checked(None, frequency=frequency, observed=observed, weights=weights)
    check_counts("frequency", frequency, "repeat purchases")
    actual = np.bincount(np.minimum(frequency, most).astype(int).ravel(), weights.ravel(), most + 1)
    lengths, back = np.unique(observed, return_inverse=True)
    customers = np.bincount(back.ravel(), weights=weights.ravel())
    chances = model.probability_of(np.arange(most)[:, None], lengths[None, :])
    below = chances @ customers
    expected = np.append(below, max(customers.sum() - below.sum(), 0.0))
    return pd.DataFrame(
        {"actual": actual, "model": expected}, index=pd.RangeIndex(most + 1, name="frequency")
    )
