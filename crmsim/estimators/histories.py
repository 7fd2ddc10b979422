"""Purchase histories: what a firm without contracts knows of its customers, checked.

A bakery's card for a regular says how often they came back, when they were last seen and for how
long they could have come. Models of repeat purchases differ in what they make of these three
numbers, not in what they may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError
from crmsim.estimators.checks import check_counts, checked
from crmsim.rfm import summary_columns, summary_unit

__all__ = ["Histories", "checked_history", "distinct_histories"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """The different histories of a customer base, each with the number of customers who share it.

    Parameters
    ----------
    unit : {"week", "day"}
        Unit of the durations.
    x, t_x, T : numpy.ndarray
        As in `checked_history`, one value a history.
    customers : numpy.ndarray
        Customers with that history.
    """

    unit: str
    x: Array
    t_x: Array
    T: Array
    customers: npt.NDArray[np.int64]


def distinct_histories(summary: pd.DataFrame, unit: str | None) -> Histories:
    """Return the histories of a customer table that a model of repeat purchases can be fitted to.

    Parameters
    ----------
    summary : pandas.DataFrame
        Columns ``frequency``, ``recency`` and ``T``, one row a customer; not changed.
    unit : {"week", "day"} or None
        Unit of ``recency`` and ``T``; None to rely on ``summary.attrs["unit"]``.

    Returns
    -------
    Histories
        Sorted, each once.

    Raises
    ------
    InputError
        A column is missing; an impossible history; the unit unknown, unsaid or contradicted;
        fewer than two customers; no repeat purchase at all, or none that took any time.

    Examples
    --------
    >>> base = pd.DataFrame({"frequency": [0, 2, 0], "recency": [0, 3, 0], "T": [4, 5, 4]})
    >>> distinct_histories(base, "week").customers
    array([2, 1])
    """
    unit = summary_unit(summary, unit)
    names = ("frequency", "recency", "T")
    x, t_x, T = checked_history(unit, *summary_columns(summary, list(names)), names=names)
    if len(x) < 2:
        problem = "must have at least 2 customers to fit a model; take in more of the log"
        raise InputError("summary", problem, len(x))
    if not (x > 0).any():
        problem = (
            "must hold at least one repeat purchase, nobody bought twice: from such a table no rate of "
            "coming back can be told; watch for longer"
        )
        raise InputError(names[0], problem)
    if not (T[x > 0] > 0).any():
        problem = "must be above 0 for a customer who came back; count time more finely, or watch for longer"
        raise InputError(names[2], problem, 0)
    order = np.lexsort((T, t_x, x))
    rows = np.column_stack([x, t_x, T])[order]
    new = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))
    first = np.flatnonzero(new)
    rows, customers = rows[first], np.diff(np.append(first, len(rows)))
    return Histories(unit, *rows.T, customers)


def checked_history(
    unit: str,
    x: npt.ArrayLike,
    t_x: npt.ArrayLike,
    T: npt.ArrayLike,
    *,
    names: tuple[str, str, str] = ("x", "t_x", "T"),
) -> list[Array]:
    """Return purchase histories as arrays of one shape, refusing those that cannot be.

    Parameters
    ----------
    unit : {"week", "day"}
        Unit of the durations.
    x : array_like of int
        Repeat purchases, from 0.
    t_x : array_like
        First to last purchase, from 0 to `T`; 0 where `x` is 0.
    T : array_like
        First purchase to the end of observation, from 0.
    names : tuple of str
        What the caller calls the three.

    Returns
    -------
    list of numpy.ndarray
        Float arrays, broadcast against each other.

    Raises
    ------
    InputError
        Naming the argument as the caller does.

    Examples
    --------
    >>> checked_history("week", [0, 2], [0, 3], 4)
    [array([0., 2.]), array([0., 3.]), array([4., 4.])]
    """
    x, t_x, T = checked(unit, **dict(zip(names, (x, t_x, T), strict=True)))
    check_counts(names[0], x, "repeat purchases")
    late = t_x > T * (1 + 1e-9)  # durations read from a file are rounded
    if late.any():
        raise InputError(names[1], f"must be at most {names[2]} ({T[late][0]:g})", float(t_x[late][0]))
    stray = (x == 0) & (t_x > 0)
    if stray.any():
        problem = "must be 0 without a repeat purchase (it runs from the first to the last purchase)"
        raise InputError(names[1], problem, float(t_x[stray][0]))
    return [x, t_x, T]
