"""What queueing theory expects of a desk, by its calls, agents and handling time.

A formula is a timetable: right as long as nothing is late. It knows a steady desk, with calls as frequent
today as tomorrow, and nobody who hangs up. A simulated desk is not quite that; how far it is off says how far
the formula can be trusted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError
from crmsim.queueing import priority_waits, service_level

__all__ = ["expected_longer_waits", "expected_waits"]


def expected_waits(
    calls_per_day: pd.Series, handling_days: float, agents: int, classes: pd.Series | None = None
) -> pd.Series:
    """Return the mean wait that theory expects for each tier (Erlang C; Cobham 1954 for classes).

    Parameters
    ----------
    calls_per_day : Series
        By tier, 0 or more.
    handling_days : float
        Mean handling time, above 0; exponential.
    agents : int
        1 or more.
    classes : Series, optional
        Class at the desk by tier, the lower is served first; tiers of one class in order of arrival. By
        default everybody is of one class.

    Returns
    -------
    Series
        Days, by tier; infinite for tiers that the desk cannot keep up with.

    Raises
    ------
    InputError
        When a tier has no class, or a number is refused by :mod:`crmsim.queueing`.

    Examples
    --------
    One agent is busy for half of the time. Without classes all wait one handling time, a day:

    >>> calls = pd.Series({"vip": 0.1, "small": 0.4})
    >>> expected_waits(calls, 1.0, 1).round(3).to_dict()
    {'vip': 1.0, 'small': 1.0}
    >>> expected_waits(calls, 1.0, 1, pd.Series({"vip": 0, "small": 1})).round(3).to_dict()
    {'vip': 0.556, 'small': 1.111}
    """
    if handling_days <= 0.0:
        raise InputError("handling_days", "must be above 0", handling_days)
    mine = pd.Series(0, calls_per_day.index) if classes is None else classes.reindex(calls_per_day.index)
    if mine.isna().any():
        raise InputError("classes", f"must have {mine[mine.isna()].index[0]}")
    # Grouped, classes come in their order.
    rates = calls_per_day.groupby(mine).sum()
    waits = pd.Series(priority_waits(rates.to_numpy(float), 1.0 / handling_days, agents), rates.index)
    return pd.Series(waits.loc[mine].to_numpy(), calls_per_day.index, name="expected")


def expected_longer_waits(
    calls_per_day: float, handling_days: float, agents: int, days: npt.ArrayLike
) -> np.ndarray:
    """Return the share of callers who, in the order of arrival, wait longer than some times (Erlang C).

    Parameters
    ----------
    calls_per_day, handling_days, agents
        As in :func:`expected_waits`, of all tiers together.
    days : array of float
        0 or more.

    Returns
    -------
    array of float
        0 to 1; 1 where the desk cannot keep up.

    Examples
    --------
    >>> expected_longer_waits(0.5, 1.0, 1, [0.0, 2.0]).round(3).tolist()
    [0.5, 0.184]
    """
    if handling_days <= 0.0:
        raise InputError("handling_days", "must be above 0", handling_days)
    return 1.0 - np.asarray(service_level(calls_per_day, 1.0 / handling_days, agents, days))
