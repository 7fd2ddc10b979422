"""How good was the forecast? In total, in order, and where it matters: among those it calls the best.

A weather service that says 30 % is right if it rains on three such days in ten. In the same way a
method that values customers is asked, tenth by tenth of its own estimates, what these customers really
brought. Arrays in, numbers out, one entry per customer; equals are never told apart by their place in
the list.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from crmsim.audit.hits import hit_rate
from crmsim.errors import InputError

__all__ = [
    "MEASURES",
    "calibration_by_tenth",
    "calibration_gap",
    "calibration_slope",
    "forecast_measures",
    "rank_correlation",
    "total_error",
]

#: Measures of a forecast, and whether a mere score has them too.
MEASURES = {
    "total_error": False,
    "top_overlap": True,
    "rank_correlation": True,
    "slope": False,
    "gap": False,
}
_TENTHS = 10


def forecast_measures(estimate: ArrayLike, truth: ArrayLike, *, ranks_only: bool = False) -> dict[str, float]:
    """Return every measure of :data:`MEASURES`.

    Parameters
    ----------
    estimate, truth : array of float, shape (n,)
        Per customer, in the same currency; at least one customer.
    ranks_only : bool
        The estimate is a score: what needs amounts is nan.

    Returns
    -------
    dict
        ``total_error``, ``top_overlap`` (of the best tenth, 0 to 1), ``rank_correlation`` (-1 to 1),
        ``slope`` and ``gap`` of calibration.

    Raises
    ------
    InputError
        When numbers are not finite or the columns differ in length.

    Examples
    --------
    >>> found = forecast_measures([2.0, 4.0, 6.0, 8.0], [1.0, 2.0, 3.0, 4.0])
    >>> found["total_error"], found["slope"], round(found["rank_correlation"], 9)
    (1.0, 0.5, 1.0)
    """
    found = {"top_overlap": hit_rate(estimate, truth), "rank_correlation": rank_correlation(estimate, truth)}
    if not ranks_only:
        found["total_error"] = total_error(estimate, truth)
        found["slope"] = calibration_slope(estimate, truth)
        found["gap"] = calibration_gap(estimate, truth)
    return {name: found.get(name, math.nan) for name in MEASURES}


def total_error(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return by which share of the true total the estimated total is too high (below 0: too low).

    nan where the true total is not above 0.

    Examples
    --------
    >>> total_error([3.0, 3.0], [1.0, 3.0])
    0.5
    """
    guess, real = _pair(estimate, truth)
    total = math.fsum(real)
    return (math.fsum(guess) - total) / total if total > 0.0 else math.nan


def rank_correlation(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return Spearman's correlation of ranks, -1 to 1; equals share their mean rank.

    nan where one of the two tells nobody apart.

    Examples
    --------
    >>> rank_correlation([1.0, 2.0, 9.0], [10.0, 20.0, 21.0])
    1.0
    """
    guess, real = _pair(estimate, truth)
    return _correlation(rankdata(guess), rankdata(real))


def calibration_slope(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return the slope of truth on estimate by least squares.

    1 where a customer who is estimated to be worth 10 more brings 10 more on average; below 1 where
    estimates lie too far apart. nan where they tell nobody apart.

    Examples
    --------
    >>> calibration_slope([0.0, 10.0], [1.0, 6.0])
    0.5
    """
    guess, real = _pair(estimate, truth)
    spread = guess - guess.mean()
    if not (guess != guess[0]).any():
        return math.nan
    return float(spread @ (real - real.mean()) / (spread @ spread))


def calibration_gap(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return how far apart estimate and truth are by tenths of the estimate, as a share of the true total.

    The sum of the absolute differences of the tenths' totals; 0 is perfect. nan where the true total is
    not above 0.

    Examples
    --------
    >>> calibration_gap([4.0, 2.0], [3.0, 3.0])
    0.3333333333333333
    """
    table = calibration_by_tenth(estimate, truth)
    total = table["truth"].sum()
    return float((table["estimate"] - table["truth"]).abs().sum() / total) if total > 0.0 else math.nan


def calibration_by_tenth(estimate: ArrayLike, truth: ArrayLike) -> pd.DataFrame:
    """Return mean estimate and mean truth by tenths of the estimate.

    Parameters
    ----------
    estimate, truth : array of float, shape (n,)

    Returns
    -------
    DataFrame
        Indexed by ``tenth``, 1 (highest estimates) to 10: ``estimate`` and ``truth``, means per
        customer, in currency. Tenths are of exactly equal size: a customer at a border counts in part
        on either side, and equals share every place that they take together.

    Examples
    --------
    >>> calibration_by_tenth(np.arange(20.0), 2.0 * np.arange(20.0)).loc[1].to_list()
    [18.5, 37.0]
    """
    guess, real = _pair(estimate, truth)
    order = np.argsort(-guess, kind="stable")
    guess, real = guess[order], real[order]
    # Equals have the same estimate; with their mean truth too, their order does not matter.
    group = np.cumsum(np.append(True, np.diff(guess) != 0.0)) - 1
    real = (np.bincount(group, real) / np.bincount(group))[group]
    places = np.arange(len(guess) + 1.0)
    borders = np.linspace(0.0, len(guess), _TENTHS + 1)
    size = len(guess) / _TENTHS
    means = {
        name: np.diff(np.interp(borders, places, np.concatenate([[0.0], np.cumsum(column)]))) / size
        for name, column in (("estimate", guess), ("truth", real))
    }
    return pd.DataFrame(means, index=pd.RangeIndex(1, _TENTHS + 1, name="tenth"))


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    a, b = one - one.mean(), other - other.mean()
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size > 0.0 else math.nan


def _pair(estimate: ArrayLike, truth: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    guess, real = np.asarray(estimate, float), np.asarray(truth, float)
    for field, column in (("estimate", guess), ("truth", real)):
        if column.ndim != 1 or column.size == 0 or not np.isfinite(column).all():
            raise InputError(field, "must be a finite number for each customer, in one row")
    if len(guess) != len(real):
        raise InputError("truth", f"must have a number for each of {len(guess)} customers", len(real))
    return guess, real
