"""How unequally customers bring what they bring: Lorenz, Gini, Pareto and the whale.

In a choir a few voices carry the hall. How few is read off a curve: the Lorenz curve adds up customers
from the smallest to the largest and what they bring; the whale curve goes from the best to the worst
and shows what is lost on those who cost more than they bring (Kaplan & Narayanan 2001).

Counts may be grouped: *n* customers who bought once, *m* who bought twice. Customers who bought
nothing belong to the base only if one says so, and a Gini says which base it is of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.audit.hits import top_share
from crmsim.errors import InputError

__all__ = [
    "LorenzCurve",
    "WhaleCurve",
    "customers_for_share",
    "gini",
    "lorenz_curve",
    "share_of_top",
    "whale_curve",
]


@dataclass(frozen=True)
class LorenzCurve:
    """Cumulative shares of customers, from the smallest to the largest, and of what they bring.

    Attributes
    ----------
    customers : array
        Shares of all customers, from 0 to 1.
    value : array
        What these bring, as shares of all value, from 0 to 1.
    gini : float
        Twice the area between the curve and the diagonal, 0 (all alike) to 1 (one brings all). Of the
        population as it is, without the factor n / (n - 1) for samples.
    """

    customers: np.ndarray
    value: np.ndarray
    gini: float


def lorenz_curve(
    values: ArrayLike, customers: ArrayLike | None = None, *, non_buyers: float = 0.0
) -> LorenzCurve:
    """Return the Lorenz curve of what customers bring.

    Parameters
    ----------
    values : array
        What each customer brings (purchases, or spend in currency), 0 or more.
    customers : array, optional
        Where the values are those of groups: how many customers (or which weight) each group has, 0
        or more; `values` are then per customer.
    non_buyers : float
        Further customers who bring nothing and are in the base, 0 or more.

    Returns
    -------
    LorenzCurve
        It begins at (0, 0) and has a corner for each customer or group.

    Raises
    ------
    InputError
        When a number is negative or not finite, columns differ in length, or nobody brings anything.

    Examples
    --------
    >>> curve = lorenz_curve([1, 2, 3, 4, 5], [45, 25, 15, 10, 5], non_buyers=70)
    >>> round(curve.gini, 6)
    0.593257
    """
    each, weights = _groups(values, customers)
    if not (math.isfinite(non_buyers) and non_buyers >= 0.0):
        raise InputError("non_buyers", "must be finite and at least 0", non_buyers)
    if (each < 0.0).any():
        raise InputError("values", "must be at least 0 (for losses use whale_curve)", float(each.min()))
    if non_buyers > 0.0:
        each, weights = np.append(each, 0.0), np.append(weights, non_buyers)
    order = np.argsort(each, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weights[order])])
    brought = np.concatenate([[0.0], np.cumsum((each * weights)[order])])
    if not brought[-1] > 0.0:
        raise InputError("values", "must have a positive sum", float(brought[-1]))
    x, y = people / people[-1], brought / brought[-1]
    return LorenzCurve(x, y, float(1.0 - np.sum(np.diff(x) * (y[1:] + y[:-1]))))


def gini(values: ArrayLike, customers: ArrayLike | None = None, *, non_buyers: float = 0.0) -> float:
    """Return the Gini coefficient of what customers bring, 0 (all alike) to 1.

    Parameters
    ----------
    values, customers, non_buyers
        As in :func:`lorenz_curve`.

    Examples
    --------
    >>> gini([7.0, 7.0, 7.0]), gini([0.0, 0.0, 0.0, 9.0])
    (0.0, 0.75)
    """
    return lorenz_curve(values, customers, non_buyers=non_buyers).gini


def share_of_top(values: ArrayLike, share: float = 0.2) -> float:
    """Return the share of all value that the top share of customers bring (Pareto).

    There are as many customers on top as the share of all, rounded up.

    Parameters
    ----------
    values : array
        What each customer brings; losses included, so that the result may exceed 1.
    share : float
        Above 0, at most 1; 0.2 for the 80/20 rule.

    Returns
    -------
    float
        nan where the sum of all values is not positive.

    Examples
    --------
    >>> share_of_top([80.0, 5.0, 5.0, 5.0, 5.0])
    0.8
    """
    given = number_column("values", values)
    top, total = float((top_share(given, share) * given).sum()), float(given.sum())
    return top / total if total > 0.0 else float("nan")


def customers_for_share(values: ArrayLike, share: float = 0.8) -> float:
    """Return the smallest share of customers who bring a share of all value together.

    Parameters
    ----------
    values : array
        What each customer brings, 0 or more in sum.
    share : float
        Above 0, at most 1.

    Examples
    --------
    >>> customers_for_share([80.0, 5.0, 5.0, 5.0, 5.0])
    0.2
    """
    given = number_column("values", values)
    if not 0.0 < share <= 1.0:
        raise InputError("share", "must be above 0 and at most 1", share)
    total = math.fsum(given)
    if not total > 0.0:
        raise InputError("values", "must have a positive sum", total)
    sums = np.cumsum(np.sort(given)[::-1])
    return (int(np.argmax(sums >= share * total * (1.0 - 1e-12))) + 1) / len(given)


@dataclass(frozen=True)
class WhaleCurve:
    """Cumulative profit of customers from the best to the worst (Kaplan & Narayanan 2001).

    Attributes
    ----------
    customers : array
        Percent of all customers, from 0 to 100.
    profit : array
        What these bring, in percent of the total, from 0 to 100.
    peak : float
        Its highest point in percent; what lies above 100 is lost again on the others.
    peak_at : float
        The smallest percentage of customers that reach it.
    """

    customers: np.ndarray
    profit: np.ndarray
    peak: float
    peak_at: float


def whale_curve(profits: ArrayLike, customers: ArrayLike | None = None) -> WhaleCurve:
    """Return cumulative profit by ranked customers, with its peak.

    Parameters
    ----------
    profits : array
        What each customer (or group) brings after all costs, in currency or as a share of all.
    customers : array, optional
        Where the profits are those of whole groups: how many customers, or which share of them, each
        group has, above 0. Groups are ranked by profit per customer.

    Returns
    -------
    WhaleCurve
        With one point more than there are customers or groups.

    Raises
    ------
    InputError
        When a number is not finite, a group is empty, or the profits do not have a positive sum: there
        is no whole then that a percentage could be of.

    Examples
    --------
    >>> curve = whale_curve([-50.0, 120.0, 30.0, 0.0])
    >>> curve.peak, curve.peak_at
    (150.0, 50.0)
    >>> whale_curve([1.4, 0.0, -0.4], customers=[0.2, 0.6, 0.2]).peak_at
    20.0
    """
    given, weights = _groups(profits, customers, field="profits", least_is_excluded=True)
    total = math.fsum(given)
    if not total > 0.0:
        raise InputError("profits", "must have a positive sum", total)
    order = np.argsort(-given / weights, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(given[order])])
    sums[-1] = total
    winners = int((given > 0.0).sum())
    people = np.concatenate([[0.0], np.cumsum(weights[order])])
    percent, profit = 100.0 * people / people[-1], 100.0 * sums / total
    return WhaleCurve(percent, profit, float(profit[winners]), float(percent[winners]))


def _groups(
    values: ArrayLike, customers: ArrayLike | None, *, field: str = "values", least_is_excluded: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return values with the number of customers that each stands for."""
    given = number_column(field, values)
    if customers is None:
        return given, np.ones(len(given))
    weights = number_column("customers", customers)
    same_length("customers", weights, given)
    if least_is_excluded and not (weights > 0.0).all():
        raise InputError("customers", "must be above 0 in every group", float(weights.min()))
    if not (weights >= 0.0).all() or not weights.sum() > 0.0:
        raise InputError("customers", "must be at least 0 and not all 0", float(weights.min()))
    return given, weights
