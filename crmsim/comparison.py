"""Is the difference real? Intervals for paired runs.

Two shoes worn by the same runners: the difference is taken runner by runner (here, replication by
replication on the same customers with the same luck), and its mean gets a Student interval.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from crmsim.errors import InputError

__all__ = ["Interval", "mean_interval", "paired_interval", "ratio_interval", "replications_needed", "verdict"]


class Interval(NamedTuple):
    """A mean with its confidence interval over n replications, all in the unit of the values."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval; infinite for a single replication."""
        return (self.high - self.low) / 2.0


def mean_interval(values: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return the mean of independent replications with its Student interval.

    Parameters
    ----------
    values : array of float, shape (n,)
        One per replication; nan (an outcome that a run could not have) is left out.
    confidence : float
        Strictly between 0 and 1.

    Returns
    -------
    Interval
        From minus to plus infinity when n is below 2, all nan when n is 0.

    Examples
    --------
    >>> interval = mean_interval(np.array([1.0, 2.0, 3.0]))
    >>> round(interval.mean, 3), round(interval.low, 3), round(interval.high, 3)
    (2.0, -0.484, 4.484)
    """
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", "must be above 0 and below 1", confidence)
    values = np.asarray(values, dtype=float)
    values = values[~np.isnan(values)]
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    half = float(stdtrit(n - 1, 0.5 + confidence / 2.0) * values.std(ddof=1) / math.sqrt(n))
    return Interval(mean, mean - half, mean + half, n)


def paired_interval(base: np.ndarray, other: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return the mean of `other` - `base`, pair by pair, with its Student interval.

    Parameters
    ----------
    base, other : array of float, shape (n,)
        The same replications in the same order.

    Raises
    ------
    InputError
        When the lengths differ.

    Examples
    --------
    >>> paired_interval(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    Interval(mean=1.0, low=1.0, high=1.0, n=2)
    """
    base, other = np.asarray(base, dtype=float), np.asarray(other, dtype=float)
    if base.shape != other.shape:
        raise InputError("other", f"must have as many replications as base ({len(base)})", len(other))
    return mean_interval(other - base, confidence)


def ratio_interval(top: np.ndarray, bottom: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return the ratio of two means of the same replications, with Fieller's interval (1954).

    The mean of ratios would be another thing: a replication that hardly spent anything would count most.

    Parameters
    ----------
    top, bottom : array of float, shape (n,)
        Pairs in the same order; a pair with nan is left out.
    confidence : float

    Returns
    -------
    Interval
        From minus to plus infinity where the mean of `bottom` is not surely different from 0 (or n is
        below 2); all nan when n is 0.

    Raises
    ------
    InputError
        When the lengths differ.

    Examples
    --------
    >>> ratio = ratio_interval(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    >>> ratio.mean
    2.0
    >>> ratio_interval(np.array([2.0, 4.0, 6.0]), np.array([10.0, 11.0, 12.0])).low > 0
    False
    """
    top, bottom = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    if top.shape != bottom.shape:
        raise InputError("bottom", f"must have as many replications as top ({len(top)})", len(bottom))
    known = ~(np.isnan(top) | np.isnan(bottom))
    top, bottom = top[known], bottom[known]
    n = len(top)
    over, under = mean_interval(top, confidence), mean_interval(bottom, confidence)
    if n == 0 or under.mean == 0.0:
        return Interval(math.nan, math.nan, math.nan, n)
    ratio = over.mean / under.mean
    if n == 1 or under.low <= 0.0 <= under.high:
        return Interval(ratio, -math.inf, math.inf, n)
    # All r for which the mean of top - r bottom may be 0: a quadratic in r.
    factor = float(stdtrit(n - 1, 0.5 + confidence / 2.0)) ** 2 / n
    a = under.mean**2 - factor * bottom.var(ddof=1)
    b = over.mean * under.mean - factor * float(np.cov(top, bottom)[0, 1])
    c = over.mean**2 - factor * top.var(ddof=1)
    spread = math.sqrt(max(b * b - a * c, 0.0))
    return Interval(ratio, float((b - spread) / a), float((b + spread) / a), n)


def verdict(interval: Interval) -> str:
    """Return ``higher``, ``lower``, ``same`` (no difference in any run) or ``undecided``.

    Examples
    --------
    >>> verdict(Interval(1.0, 0.5, 1.5, 10)), verdict(Interval(1.0, -0.5, 2.5, 10))
    ('higher', 'undecided')
    """
    if interval.low > 0.0:
        return "higher"
    if interval.high < 0.0:
        return "lower"
    return "same" if interval.low == interval.high == 0.0 else "undecided"


def replications_needed(interval: Interval, half_width: float, confidence: float = 0.95) -> int:
    """Return about how many replications would make the interval as narrow as `half_width`.

    Parameters
    ----------
    interval : Interval
        Of at least two replications.
    half_width : float
        Wanted, in the unit of the values; above 0.

    Examples
    --------
    >>> replications_needed(Interval(10.0, 8.0, 12.0, 10), 1.0)
    33
    """
    if half_width <= 0.0:
        raise InputError("half_width", "must be above 0", half_width)
    if interval.n < 2:
        raise InputError("interval", "must be of at least 2 replications", interval.n)
    tail = 0.5 + confidence / 2.0
    sd = interval.half_width * math.sqrt(interval.n) / stdtrit(interval.n - 1, tail)
    n = 2
    while stdtrit(n - 1, tail) * sd / math.sqrt(n) > half_width and n < 10**6:
        n = max(n + 1, int(n * 1.02))
    return n
