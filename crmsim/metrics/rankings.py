"""Who matters most: customers in classes, on a curve, in a matrix, by a weighted score.

A wine merchant who writes the best customers of the year on top of a list has done the first of
these. The functions take plain columns of numbers, one per customer, so they work on any firm's
data; :mod:`crmsim.metrics.review` applies them to a run. Customers keep their order: nothing here
sorts the caller's table.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.errors import InputError

__all__ = [
    "ABC_CUTS",
    "KAISM",
    "WhaleCurve",
    "abc_classes",
    "abc_table",
    "hit_rate",
    "kaism",
    "rfm_score",
    "top_share",
    "weighted_score",
    "whale_curve",
]

#: Where class A ends and where class B ends, as shares of all value (customary figures).
ABC_CUTS = (0.7, 0.9)
#: The cells of the key account identification and selection matrix: attractive or not, and whether
#: the supplier is strong with the account or not.
KAISM = ("key", "development", "maintenance", "opportunity")

_SMALL = 1e-12


def abc_classes(values: ArrayLike, cuts: Sequence[float] = ABC_CUTS) -> np.ndarray:
    """Return the class of every customer, A for those who bring most of the value.

    A customer belongs to A when those above bring less than the first cut of all value, so that the
    one who crosses the border is still in. Equal values are in the same class, the better one. Shares
    are shares of what the customers with positive values bring: a customer who brings nothing or
    costs money is always in the last class and does not change anybody else's.

    Parameters
    ----------
    values : array
        What each customer brings (profit, or revenue), in currency.
    cuts : sequence of float
        Rising shares of all value, above 0 and below 1; one class more than there are cuts, 26 at most.

    Returns
    -------
    array of str
        ``"A"``, ``"B"``, ... in the order of the customers.

    Raises
    ------
    InputError
        When a value is not a finite number, nobody is there, or the cuts are no rising shares.

    Examples
    --------
    >>> "".join(abc_classes([5.0, 70.0, 15.0, 10.0, -3.0]))
    'CABBC'
    """
    given = _column("values", values)
    limits = np.asarray(cuts, dtype=float)
    rising = limits.ndim == 1 and 0 < limits.size < 26 and bool((np.diff(limits, prepend=0.0) > 0.0).all())
    if not rising or not limits[-1] < 1.0:
        raise InputError("cuts", "must be 1 to 25 rising shares above 0 and below 1", cuts)
    worth = np.maximum(given, 0.0)
    order = np.argsort(-worth, kind="stable")
    # What those with a strictly greater value bring: the same for equals.
    sums = np.concatenate([[0.0], np.cumsum(worth[order])])
    above = sums[np.searchsorted(-worth[order], -worth, side="left")]
    share = above / sums[-1] if sums[-1] > 0.0 else np.ones(len(given))
    places = np.searchsorted(limits, share + _SMALL, side="right")
    return np.array([chr(ord("A") + place) for place in np.where(worth > 0.0, places, limits.size)])


def abc_table(values: ArrayLike, cuts: Sequence[float] = ABC_CUTS) -> pd.DataFrame:
    """Return how many customers each class has and what they bring.

    Parameters
    ----------
    values, cuts
        As in :func:`abc_classes`.

    Returns
    -------
    DataFrame
        Indexed by class: ``customers``, ``value`` (currency), and both as shares of all customers and
        of the sum of all values: ``share_of_customers``, ``share_of_value``. The latter is nan where
        that sum is not positive; losses in the last class push those before it above 1 together.

    Examples
    --------
    >>> abc_table([70.0, 20.0, 10.0, 0.0])["share_of_value"].to_list()
    [0.7, 0.2, 0.1]
    """
    given, classes = _column("values", values), abc_classes(values, cuts)
    names = [chr(ord("A") + place) for place in range(len(cuts) + 1)]
    people = np.array([(classes == name).sum() for name in names])
    brought = np.array([given[classes == name].sum() for name in names])
    total = given.sum()
    return pd.DataFrame(
        {
            "customers": people,
            "value": brought,
            "share_of_customers": people / len(given),
            "share_of_value": brought / total if total > 0.0 else np.nan,
        },
        index=pd.Index(names, name="class"),
    )


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


def whale_curve(profits: ArrayLike) -> WhaleCurve:
    """Return cumulative profit by ranked customers, with its peak.

    Parameters
    ----------
    profits : array
        What each customer brings after all costs, in currency; at least one.

    Returns
    -------
    WhaleCurve
        With one point more than there are customers.

    Raises
    ------
    InputError
        When a profit is not a finite number, or their sum is not positive: there is no whole then
        that a percentage could be of.

    Examples
    --------
    >>> curve = whale_curve([-50.0, 120.0, 30.0, 0.0])
    >>> curve.peak, curve.peak_at
    (150.0, 50.0)
    """
    given = _column("profits", profits)
    total = math.fsum(given)
    if not total > 0.0:
        raise InputError("profits", "must have a positive sum", total)
    ranked = np.sort(given)[::-1]
    sums = np.concatenate([[0.0], np.cumsum(ranked)])
    sums[-1] = total
    winners = int((ranked > 0.0).sum())
    percent = 100.0 * np.arange(len(sums)) / len(given)
    profit = 100.0 * sums / total
    return WhaleCurve(percent, profit, float(profit[winners]), float(percent[winners]))


def kaism(
    attractiveness: ArrayLike, strength: ArrayLike, cuts: tuple[float, float] | None = None
) -> np.ndarray:
    """Return the cell of every account in the key account matrix (Cheverton 1999).

    Attractive and strong: ``key``; attractive, not strong: ``development``; strong only:
    ``maintenance``; neither: ``opportunity``.

    Parameters
    ----------
    attractiveness : array
        Value of each account to the supplier, for instance what it is expected to bring.
    strength : array
        How strong the supplier is with it, as the account sees it.
    cuts : pair of float, optional
        From where on an account counts as attractive, and as strong; the mean of each by default,
        which leaves few in the upper half where a few accounts bring most.

    Returns
    -------
    array of str
        Words of :data:`KAISM`, in the order of the accounts.

    Raises
    ------
    InputError
        When a number or a cut is not finite, or the columns differ in length.

    Examples
    --------
    >>> kaism([9.0, 8.0, 1.0, 2.0], [0.8, 0.2, 0.7, 0.3]).tolist()
    ['key', 'development', 'maintenance', 'opportunity']
    """
    value, held = _column("attractiveness", attractiveness), _column("strength", strength)
    _same_length("strength", held, value)
    limits = (value.mean(), held.mean()) if cuts is None else cuts
    if len(limits) != 2 or not np.isfinite(limits).all():
        raise InputError("cuts", "must be two finite numbers", cuts)
    attractive, strong = value >= limits[0], held >= limits[1]
    return np.array(KAISM)[np.where(attractive, 0, 2) + np.where(strong, 0, 1)]


def weighted_score(
    columns: Mapping[str, ArrayLike],
    weights: Mapping[str, float],
    *,
    lower_is_better: Collection[str] = (),
) -> np.ndarray:
    """Return the weighted sum of several measures of each customer, 0 (worst) to 1 (best).

    Every measure is scaled from its lowest to its highest value to 0..1 first, so that units do not
    weigh; one outlier therefore squeezes all others together. A measure on which all are equal
    counts as 0.5 for everybody.

    Parameters
    ----------
    columns : mapping of str to array, or DataFrame
        Measures by name, one number per customer.
    weights : mapping of str to float
        A weight per measure, 0 or more; they sum to 1.
    lower_is_better : collection of str
        Measures of which less is better, such as complaints or days since the last purchase.

    Returns
    -------
    array
        In the order of the customers.

    Raises
    ------
    InputError
        When weights and measures do not have the same names, a weight is negative, their sum is not 1,
        or a measure is not finite.

    Examples
    --------
    >>> measures = {"spend": [100.0, 300.0], "complaints": [0, 4]}
    >>> scores = weighted_score(
    ...     measures, {"spend": 0.75, "complaints": 0.25}, lower_is_better=["complaints"]
    ... )
    >>> scores.tolist()
    [0.25, 0.75]
    """
    names = list(columns)
    if not names or set(weights) != set(names):
        raise InputError("weights", f"must be given for {', '.join(names) or 'a measure'}", dict(weights))
    for name in names:
        if not 0.0 <= weights[name] <= 1.0:
            raise InputError(f"weights.{name}", "must be from 0 to 1", weights[name])
    total = math.fsum(weights.values())
    if abs(total - 1.0) > 1e-9:
        raise InputError("weights", "must sum to 1", total)
    strangers = sorted(set(lower_is_better) - set(names))
    if strangers:
        raise InputError("lower_is_better", f"must name some of {', '.join(names)}", strangers[0])
    score: np.ndarray | None = None
    for name in names:
        column = _column(name, columns[name])
        low, high = column.min(), column.max()
        scaled = (column - low) / (high - low) if high > low else np.full(len(column), 0.5)
        if name in lower_is_better:
            scaled = 1.0 - scaled
        score = np.zeros(len(column)) if score is None else score
        _same_length(name, scaled, score)
        score = score + weights[name] * scaled
    return score  # type: ignore[return-value]


def rfm_score(recency: ArrayLike, frequency: ArrayLike, monetary: ArrayLike) -> np.ndarray:
    """Return the sum of three scores from 1 to 5, by fifths of the customers (Hughes 1994).

    Equal customers get equal scores, so that fifths are of equal size only where nobody is equal.

    Parameters
    ----------
    recency : array
        Time since the last purchase; less is better.
    frequency, monetary : array
        Purchases, and money spent.

    Returns
    -------
    array of int
        From 3 to 15, in the order of the customers.

    Examples
    --------
    >>> rfm_score([1, 2, 3, 4, 5], [9, 8, 7, 6, 5], [50, 40, 30, 20, 10]).tolist()
    [15, 12, 9, 6, 3]
    """
    measures = {
        "recency": -_column("recency", recency),
        "frequency": _column("frequency", frequency),
        "monetary": _column("monetary", monetary),
    }
    score = np.zeros(len(measures["recency"]), dtype=int)
    for name, column in measures.items():
        _same_length(name, column, score)
        # Share of the customers below, with half of oneself and of one's equals.
        share = (pd.Series(column).rank(method="average").to_numpy() - 0.5) / len(column)
        score += np.ceil(5.0 * share - _SMALL).astype(int)
    return score


def top_share(values: ArrayLike, share: float) -> np.ndarray:
    """Return for each customer the probability of being among the top share.

    There are as many places as the share of all customers, rounded up. Equals at the border get the
    places that are left by lot, so each has the same part of one.

    Parameters
    ----------
    values : array
        More is better.
    share : float
        Above 0, at most 1.

    Returns
    -------
    array
        0 to 1, in the order of the customers; sums to the number of places.

    Examples
    --------
    >>> top_share([3.0, 7.0, 3.0, 1.0], 0.5).tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    given = _column("values", values)
    if not 0.0 < share <= 1.0:
        raise InputError("share", "must be above 0 and at most 1", share)
    places = math.ceil(share * len(given) - 1e-9)
    border = np.sort(given)[::-1][places - 1]
    above, level = given > border, given == border
    return above + level * (places - above.sum()) / level.sum()


def hit_rate(estimated: ArrayLike, truth: ArrayLike, share: float = 0.1) -> float:
    """Return which part (0 to 1) of the truly best customers a ranking finds.

    Both lists are cut at the same share, so this is precision and recall in one. Equals at a border
    are chosen by lot and the expectation is returned: a ranking that cannot tell anybody apart hits
    as often as chance, which is the share itself.

    Parameters
    ----------
    estimated, truth : array
        One number per customer, more is better.
    share : float
        Top share, above 0 and at most 1; 0.1 is the top decile.

    Returns
    -------
    float

    Raises
    ------
    InputError
        When a number is not finite, the columns differ in length, or the share is none.

    Examples
    --------
    >>> hit_rate([9.0, 8.0, 1.0, 2.0], [50.0, 10.0, 40.0, 0.0], share=0.5)
    0.5
    """
    guess, real = top_share(estimated, share), top_share(truth, share)
    _same_length("truth", real, guess)
    return float((guess * real).sum() / guess.sum())


def _column(field: str, values: ArrayLike) -> np.ndarray:
    """Return a column of finite numbers, refusing anything else."""
    try:
        column = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(field, "must be numbers, one per customer", values) from None
    if column.ndim != 1 or column.size == 0:
        raise InputError(field, "must be numbers of at least one customer, in one row", column.shape)
    if not np.isfinite(column).all():
        place = int(np.argmin(np.isfinite(column)))
        raise InputError(f"{field}[{place}]", "must be a finite number", float(column[place]))
    return column


def _same_length(field: str, column: np.ndarray, other: np.ndarray) -> None:
    if len(column) != len(other):
        raise InputError(field, f"must have a number for each of {len(other)} customers", len(column))
