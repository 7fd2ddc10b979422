"""Satisfaction in numbers: the formulas of the course, on plain figures.

A guest expected a 7 and found an 8. By difference that is one point of delight, by ratio 14 per cent.
What a hotel prints in its brochure is yet another number: how many guests would recommend it less how
many would not. Each formula here is one line; what they say of a run is in ``satisfaction``,
``surveys`` and ``service_quality``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError

__all__ = [
    "acsi_index",
    "net_promoter_score",
    "nps_standard_error",
    "prospect_value",
    "satisfaction_difference",
    "satisfaction_ratio",
    "servqual_gap",
    "weighted_gap",
]


def satisfaction_difference(perceived: npt.ArrayLike, expected: npt.ArrayLike) -> np.ndarray:
    """Return satisfaction as perceived performance less expectation (Oliver 1980).

    Below 0 dissatisfied, 0 satisfied, above 0 delighted; on the scale of its arguments.

    Examples
    --------
    >>> satisfaction_difference([8.0, 6.0], [7.0, 7.0])
    array([ 1., -1.])
    """
    return np.asarray(perceived, float) - np.asarray(expected, float)


def satisfaction_ratio(perceived: npt.ArrayLike, expected: npt.ArrayLike) -> np.ndarray:
    """Return satisfaction as c = b / a, perceived performance over expectation.

    Below 1 dissatisfied, 1 satisfied, above 1 very satisfied. Unlike the difference it needs a scale
    with a zero of its own.

    Raises
    ------
    InputError
        When an expectation is not above 0.

    Examples
    --------
    >>> satisfaction_ratio([8.0, 6.0], [5.0, 6.0])
    array([1.6, 1. ])
    """
    expected = np.asarray(expected, float)
    if not (expected > 0.0).all():
        raise InputError("expected", "must be above 0", float(np.min(expected)))
    return np.asarray(perceived, float) / expected


def prospect_value(
    change: npt.ArrayLike, *, alpha: float = 0.88, beta: float | None = None, loss_aversion: float = 2.25
) -> np.ndarray:
    """Return what a gain or a loss feels like (Tversky & Kahneman 1992, prospect theory).

    change^alpha for a gain, -loss_aversion (-change)^beta for a loss: both wear off, and a loss weighs
    more. The defaults are the authors' medians; the model of this package uses alpha = beta = 1.

    Parameters
    ----------
    change : array of float
        Against the point of reference, in any unit.
    alpha, beta : float
        Above 0; `beta` is `alpha` where it is left out.
    loss_aversion : float
        0 or more; 1 is off.

    Examples
    --------
    >>> prospect_value([100.0, -100.0]).round(2)
    array([  57.54, -129.47])
    """
    down = alpha if beta is None else beta
    for field, power in (("alpha", alpha), ("beta", down)):
        if not 0.0 < power < math.inf:
            raise InputError(field, "must be finite and above 0", power)
    if not 0.0 <= loss_aversion < math.inf:
        raise InputError("loss_aversion", "must be finite and at least 0", loss_aversion)
    change = np.asarray(change, float)
    size = np.abs(change)
    return np.where(change < 0.0, -loss_aversion * size**down, size**alpha)


def net_promoter_score(promoters: float, passives: float, detractors: float) -> float:
    """Return the share of promoters (9 or 10) less that of detractors (0 to 6), in points (Reichheld 2003).

    Parameters
    ----------
    promoters, passives, detractors : float
        Counts, or shares of all who answered; 0 or more.

    Returns
    -------
    float
        From -100 to 100; nan when nobody answered.

    Examples
    --------
    >>> net_promoter_score(60, 30, 10)
    50.0
    """
    total = _answers(promoters, passives, detractors)
    return 100.0 * (promoters - detractors) / total if total > 0 else math.nan


def nps_standard_error(promoters: float, passives: float, detractors: float) -> float:
    """Return the standard error of the net promoter score, in points.

    Each answer counts +1, 0 or -1, so its variance is p + d - (p - d)^2 with the shares p of promoters
    and d of detractors; that of the score is this over the number of answers.

    Parameters
    ----------
    promoters, passives, detractors : float
        Counts. With shares, which sum to 1, the result is the standard deviation of a single answer.

    Examples
    --------
    >>> round(nps_standard_error(60, 30, 10), 2)
    6.71
    """
    total = _answers(promoters, passives, detractors)
    if total == 0:
        return math.nan
    up, down = promoters / total, detractors / total
    return 100.0 * math.sqrt((up + down - (up - down) ** 2) / total)


def acsi_index(items: npt.ArrayLike, weights: Sequence[float] = (1.0, 1.0, 1.0)) -> np.ndarray:
    """Return an index of satisfaction from three questions answered from 1 to 10 (after Fornell et al. 1996).

    Overall satisfaction, performance against expectation, and closeness to the ideal, put on a scale
    from 0 to 100. Equal weights give (S + E + P - 3) / 27 x 100; the American index estimates its
    weights from a model of causes.

    Parameters
    ----------
    items : array of float, shape (3,) or (n, 3)
        Answers, 1 to 10; nan for none.
    weights : three floats
        0 or more, not all 0.

    Returns
    -------
    array of float, shape () or (n,)
        From 0 to 100.

    Examples
    --------
    >>> acsi_index([[10, 10, 10], [1, 1, 1], [8, 7, 7]]).round(2)
    array([100.  ,   0.  ,  70.37])
    """
    answers, shares = np.asarray(items, float), np.asarray(weights, float)
    if answers.shape[-1:] != (3,) or ((answers < 1) | (answers > 10)).any():
        raise InputError("items", "must be three answers from 1 to 10 each", items)
    if shares.shape != (3,) or not (shares >= 0).all() or shares.sum() == 0:
        raise InputError("weights", "must be three numbers from 0 up, not all 0", tuple(weights))
    return (answers - 1.0) @ shares / (9.0 * shares.sum()) * 100.0


def servqual_gap(perceived: npt.ArrayLike, expected: npt.ArrayLike) -> np.ndarray:
    """Return the gap of service quality by dimension: perception less expectation.

    Negative where service falls short (Parasuraman, Zeithaml & Berry 1988); it is the difference form
    of satisfaction, asked for each dimension.

    Examples
    --------
    >>> servqual_gap([5.1, 5.4], [6.4, 6.1]).round(1)
    array([-1.3, -0.7])
    """
    return satisfaction_difference(perceived, expected)


def weighted_gap(gaps: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Return the overall gap: the mean of the gaps by dimension, weighted by importance.

    Examples
    --------
    >>> weighted_gap([-1.0, 0.0], [3.0, 1.0])
    -0.75
    """
    return float(np.average(np.asarray(gaps, float), weights=np.asarray(weights, float)))


def _answers(promoters: float, passives: float, detractors: float) -> float:
    for field, count in (("promoters", promoters), ("passives", passives), ("detractors", detractors)):
        if not count >= 0:
            raise InputError(field, "must be at least 0", count)
    return promoters + passives + detractors
