"""How many replications are enough? As many as make the interval narrow, and keep it so.

Whoever weighs a letter waits until the needle stands still, and then a little longer. The confidence
interval method runs replications one after the other until the interval of the mean is narrow enough
in relation to it; the look-ahead is the little longer, because an interval can be narrow by chance
(Hoad, Robinson & Davies 2010, Journal of the Operational Research Society 61).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from crmsim.errors import InputError, whole_number

__all__ = ["Replications", "look_ahead_length", "replications_for_precision", "running_intervals"]


class Replications(NamedTuple):
    """What the confidence interval method found.

    Attributes
    ----------
    needed : int or None
        Replications after which the interval was narrow enough, and stayed so; None if they never were.
    table : DataFrame
        All replications made, those of the look-ahead included, as from :func:`running_intervals`.
    """

    needed: int | None
    table: pd.DataFrame


def running_intervals(values: Iterable[float], confidence: float = 0.95) -> pd.DataFrame:
    """Return the mean and its Student interval after every replication.

    Parameters
    ----------
    values : iterable of float
        One per replication, in their order.
    confidence : float
        Strictly between 0 and 1.

    Returns
    -------
    DataFrame
        Indexed by number of replications, from 1: ``value``, ``mean``, ``sd`` (of single replications),
        ``low`` and ``high``, all in the unit of the values, and ``deviation``, half the interval's
        length as a share of the mean. nan where one replication has no spread yet.

    Examples
    --------
    >>> running_intervals([10.0, 12.0, 11.0]).loc[3, ["mean", "sd", "deviation"]].round(3).to_list()
    [11.0, 1.0, 0.226]
    """
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", "must be above 0 and below 1", confidence)
    found = np.fromiter(values, float)
    n = np.arange(1, len(found) + 1)
    # Sums of deviations from the first value lose no digits to a large mean.
    origin = found[0] if len(found) else 0.0
    shift = np.cumsum(found - origin) / n
    squares = np.maximum(np.cumsum((found - origin) ** 2) - n * shift**2, 0.0)
    mean = origin + shift
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(squares / (n - 1.0))
        half = stats.t.ppf(0.5 + confidence / 2.0, n - 1.0) * sd / np.sqrt(n)
        deviation = np.where(half == 0.0, 0.0, half / np.abs(mean))
    return pd.DataFrame(
        {"value": found, "mean": mean, "sd": sd, "low": mean - half, "high": mean + half}
        | {"deviation": deviation},
        index=pd.Index(n, name="replications"),
    )


def look_ahead_length(look_ahead: int, n: int) -> int:
    """Return for how many more replications the precision of `n` has to last: look_ahead max(n, 100) / 100.

    Parameters
    ----------
    look_ahead : int
        Of up to 100 replications, 0 or more; of more replications so many per hundred.
    n : int
        Replications made, 0 or more.

    Returns
    -------
    int
        Rounded down.

    Examples
    --------
    >>> look_ahead_length(5, 40), look_ahead_length(10, 332)
    (5, 33)
    """
    return whole_number("look_ahead", look_ahead, 0, 10**6) * max(whole_number("n", n, 0, 10**9), 100) // 100


def replications_for_precision(
    values: Iterable[float],
    precision: float = 0.05,
    *,
    look_ahead: int = 5,
    least: int = 3,
    most: int = 1000,
    confidence: float = 0.95,
) -> Replications:
    """Make replications until the interval is narrow enough and has stayed so.

    Parameters
    ----------
    values : iterable of float
        One per replication; taken one by one and no further than needed, so that it may make them
        (``(run(k) for k in itertools.count())``).
    precision : float
        Half the interval's length as a share of the mean, above 0.
    look_ahead : int
        See :func:`look_ahead_length`; 0 stops at once.
    least : int
        The earliest replication after which to stop, at least 2.
    most : int
        Give up after so many.
    confidence : float
        Strictly between 0 and 1.

    Returns
    -------
    Replications

    Examples
    --------
    >>> found = replications_for_precision([10.0, 10.2, 9.9, 10.1, 10.0, 9.9, 10.1, 10.0, 12.0])
    >>> found.needed, len(found.table)
    (3, 8)
    """
    if not precision > 0.0:
        raise InputError("precision", "must be above 0 (share of the mean)", precision)
    whole_number("least", least, 2, 10**6)
    whole_number("most", most, least, 10**6)
    look_ahead_length(look_ahead, 0)
    made: list[float] = []
    since: int | None = None
    for value in values:
        made.append(float(value))
        n = len(made)
        deviation = _deviation(np.array(made), confidence) if n >= least else np.inf
        if not deviation <= precision:
            since = None
        elif since is None:
            since = n
        if since is not None and n >= since + look_ahead_length(look_ahead, since):
            return Replications(since, running_intervals(made, confidence))
        if n >= most:
            break
    return Replications(None, running_intervals(made, confidence))


def _deviation(values: np.ndarray, confidence: float) -> float:
    return float(running_intervals(values, confidence)["deviation"].iloc[-1])
