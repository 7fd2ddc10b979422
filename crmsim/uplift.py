"""Whom does it help? Uplift and Qini curves of a score, from a campaign with a control group.

A letter went to half the customers, by lot. A score says for whom it will have made a difference; the
customers are lined up by it, and at every place in the line those who got the letter are compared with
those who did not. A good score finds the difference early. Where several customers have the same
score, no order among them means anything, so the curves step over all of them at once, and who stands
at a border counts there in part.

The definitions are those of Radcliffe (2007) and of the library scikit-uplift.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError

__all__ = ["UpliftCurve", "qini_auc", "qini_curve", "uplift_at_k", "uplift_auc", "uplift_curve"]

Array = npt.NDArray[np.float64]
Groups = npt.NDArray[np.bool_]


class UpliftCurve(NamedTuple):
    """Additional outcome gained by treating the best so many, against how many.

    Attributes
    ----------
    customers : array
        From 0 to all; one point per distinct score.
    gain : array
        In the unit of the outcome; 0 at 0 customers.
    """

    customers: Array
    gain: Array

    @property
    def area(self) -> float:
        """Area under the curve (trapezoids), in customers x unit of the outcome."""
        return float(np.trapezoid(self.gain, self.customers))

    @property
    def area_by_chance(self) -> float:
        """Area under the straight line to the last point: a score that says nothing."""
        return float(self.customers[-1] * self.gain[-1] / 2.0)


def uplift_curve(outcome: npt.ArrayLike, score: npt.ArrayLike, treated: npt.ArrayLike) -> UpliftCurve:
    """Return the uplift curve: (Yt/Nt - Yc/Nc) (Nt + Nc) among the best so many.

    Yt and Yc are the outcomes of the treated and of the control among them, Nt and Nc their numbers;
    a group with nobody in it yet contributes 0.

    Parameters
    ----------
    outcome : array of float, shape (n,)
        What each customer did: 1 or 0, or an amount.
    score : array of float, shape (n,)
        Higher is to be treated first.
    treated : array of bool or of 0 and 1, shape (n,)

    Returns
    -------
    UpliftCurve

    Raises
    ------
    InputError
        When columns differ in length, a number is not finite, or a group has nobody in it.

    Examples
    --------
    >>> curve = uplift_curve([1, 0, 0, 1], [0.9, 0.7, 0.7, 0.1], [1, 0, 1, 0])
    >>> curve.customers.tolist(), curve.gain.tolist()
    ([0.0, 1.0, 3.0, 4.0], [0.0, 1.0, 1.5, 0.0])
    """
    y, s, t = _columns(outcome, score, treated)
    return _curve(y, s, t, lambda yt, yc, nt, nc: (_over(yt, nt) - _over(yc, nc)) * (nt + nc))


def qini_curve(outcome: npt.ArrayLike, score: npt.ArrayLike, treated: npt.ArrayLike) -> UpliftCurve:
    """Return the Qini curve: Yt - Yc Nt/Nc among the best so many (Radcliffe 2007).

    Parameters
    ----------
    outcome, score, treated : array
        As in :func:`uplift_curve`.

    Returns
    -------
    UpliftCurve
        Gains count the treated only: with as many controls, half of the uplift curve's.

    Examples
    --------
    >>> qini_curve([1, 0, 0, 1], [0.9, 0.7, 0.7, 0.1], [1, 0, 1, 0]).gain.tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    y, s, t = _columns(outcome, score, treated)
    return _curve(y, s, t, _qini_gain)


def uplift_auc(outcome: npt.ArrayLike, score: npt.ArrayLike, treated: npt.ArrayLike) -> float:
    """Return the area that a score gains over chance in the uplift curve, as a share of the best possible.

    Parameters
    ----------
    outcome : array of 0 and 1, shape (n,)
    score, treated : array
        As in :func:`uplift_curve`.

    Returns
    -------
    float
        1 for the perfect score of the library scikit-uplift, which knows the outcomes; 0 for one that
        says nothing; below 0 for one that is worse than that. nan where even the perfect score has no
        more than chance.

    Examples
    --------
    >>> uplift_auc([1, 0], [0.1, 0.3], [0, 1]), uplift_auc([0, 1], [0.1, 0.3], [1, 0])
    (1.0, 0.0)
    """
    y, s, t = _columns(outcome, score, treated)
    _zero_or_one("outcome", y)
    control_bought, treated_did_not = (y * ~t).sum(), ((1.0 - y) * t).sum()
    perfect = 2.0 * (y == t) + (y if control_bought > treated_did_not else t)
    return _relative(uplift_curve(y, s, t), uplift_curve(y, perfect, t))


def qini_auc(outcome: npt.ArrayLike, score: npt.ArrayLike, treated: npt.ArrayLike) -> float:
    """Return the Qini coefficient: the area gained over chance, as a share of the perfect score's.

    The perfect score puts treated buyers first and control buyers last. Where treated and control are
    few or very unequal in number, another order can still do a little better than it.

    Parameters
    ----------
    outcome : array of 0 and 1, shape (n,)
    score, treated : array
        As in :func:`uplift_curve`.

    Returns
    -------
    float
        As in :func:`uplift_auc`.

    Examples
    --------
    >>> qini_auc([1, 0, 0, 1], [4.0, 3.0, 2.0, 1.0], [1, 0, 1, 0])
    1.0
    """
    y, s, t = _columns(outcome, score, treated)
    _zero_or_one("outcome", y)
    return _relative(qini_curve(y, s, t), qini_curve(y, np.where(t, y, -y), t))


def uplift_at_k(
    outcome: npt.ArrayLike,
    score: npt.ArrayLike,
    treated: npt.ArrayLike,
    k: float = 0.3,
    *,
    strategy: str = "overall",
) -> float:
    """Return how much more the treated did than the control among the best share k.

    Parameters
    ----------
    outcome, score, treated : array
        As in :func:`uplift_curve`.
    k : float
        Share, above 0 and at most 1; so many customers, rounded down.
    strategy : {"overall", "by_group"}
        ``overall`` takes the best of all customers and compares the treated among them with the
        control among them; ``by_group`` takes the best of the treated and the best of the control.
        Chance may have put the better scores into one of the groups; then the two differ.

    Returns
    -------
    float
        Difference of means, in the unit of the outcome; nan where a group has nobody among the best.
        Customers with the score at the border share the places left, each with the same weight.

    Examples
    --------
    >>> bought, score, letter = [1, 0, 0, 1], [0.9, 0.7, 0.6, 0.1], [1, 0, 1, 0]
    >>> uplift_at_k(bought, score, letter, 0.5), uplift_at_k(bought, score, letter, 0.5, strategy="by_group")
    (1.0, 1.0)
    """
    y, s, t = _columns(outcome, score, treated)
    if not 0.0 < k <= 1.0:
        raise InputError("k", "must be above 0 and at most 1", k)
    if strategy not in ("overall", "by_group"):
        raise InputError("strategy", "must be overall or by_group", strategy)
    if strategy == "overall":
        best = _best(s, k)
        return _weighted_mean(y[t], best[t]) - _weighted_mean(y[~t], best[~t])
    return _weighted_mean(y[t], _best(s[t], k)) - _weighted_mean(y[~t], _best(s[~t], k))


def _curve(
    y: Array, score: Array, treated: Groups, gain: Callable[[Array, Array, Array, Array], Array]
) -> UpliftCurve:
    """Go through the customers from the best score down; a point stands after the last of equals."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.nonzero(np.diff(score[order]))[0], len(order) - 1)
    t = treated[order].astype(float)

    def sums(values: Array) -> Array:
        return np.concatenate([[0.0], np.cumsum(values)[last]])

    yt, yc = sums(y[order] * t), sums(y[order] * (1.0 - t))
    nt, nc = sums(t), sums(1.0 - t)
    return UpliftCurve(nt + nc, gain(yt, yc, nt, nc))


def _qini_gain(yt: Array, yc: Array, nt: Array, nc: Array) -> Array:
    return yt - _over(yc * nt, nc)


def _over(top: Array, bottom: Array) -> Array:
    return np.divide(top, bottom, out=np.zeros(len(top)), where=bottom > 0.0)


def _relative(curve: UpliftCurve, perfect: UpliftCurve) -> float:
    possible = perfect.area - perfect.area_by_chance
    gained = curve.area - curve.area_by_chance
    return gained / possible if possible > 0.0 else math.nan


def _best(score: Array, k: float) -> Array:
    """Return the weight (0 to 1) of each customer among the best share, rounded down."""
    places = math.floor(k * len(score) + 1e-9)
    if places == 0:
        return np.zeros(len(score))
    border = np.sort(score)[::-1][places - 1]
    above, level = score > border, score == border
    return above + level * (places - above.sum()) / level.sum()


def _weighted_mean(values: Array, weights: Array) -> float:
    total = weights.sum()
    return float(values @ weights / total) if total > 0.0 else math.nan


def _columns(
    outcome: npt.ArrayLike, score: npt.ArrayLike, treated: npt.ArrayLike
) -> tuple[Array, Array, Groups]:
    columns = {"outcome": outcome, "score": score, "treated": treated}
    found = {name: np.asarray(values, float) for name, values in columns.items()}
    for name, column in found.items():
        if column.ndim != 1 or column.size == 0:
            raise InputError(name, "must be a number for each customer, in one row", column.shape)
        if len(column) != len(found["outcome"]):
            raise InputError(name, f"must have {len(found['outcome'])} numbers like outcome", len(column))
        if not np.isfinite(column).all():
            raise InputError(name, "must be finite numbers")
    _zero_or_one("treated", found["treated"])
    groups = found["treated"] == 1.0
    if groups.all() or not groups.any():
        raise InputError("treated", "must have somebody in each group")
    return found["outcome"], found["score"], groups


def _zero_or_one(field: str, values: Array) -> None:
    if not np.isin(values, (0.0, 1.0)).all():
        raise InputError(field, "must be 0 or 1 for each customer")
