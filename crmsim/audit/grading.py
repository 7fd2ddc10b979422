"""Weighted grading by several criteria: spend and profit, but also credit and growth prospects.

A landlord who chooses among tenants looks at income, at how they paid so far and at how long they
will stay, and some of it counts more. Single indicators are one-sided: the largest order may come from
the customer who pays half a year late. So every criterion is brought to a scale from 0 to 1, weighted,
summed, and the sum is cut into grades.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.errors import InputError

__all__ = ["CRITERIA_WEIGHTS", "GRADE_LIMITS", "grades", "weighted_grades", "weighted_score"]

#: The course's four criteria with equal weights: order amount, profit, credit standing, prospects.
CRITERIA_WEIGHTS = {"amount": 0.25, "profit": 0.25, "credit": 0.25, "prospects": 0.25}
#: From which score (0 to 1) on a customer has grade A, and B; judgement.
GRADE_LIMITS = (0.6, 0.3)


def weighted_score(
    columns: Mapping[str, ArrayLike],
    weights: Mapping[str, float],
    *,
    lower_is_better: Collection[str] = (),
    scales: Mapping[str, tuple[float, float]] | None = None,
) -> np.ndarray:
    """Return the weighted sum of several measures of each customer, 0 (worst) to 1 (best).

    Every measure is brought to 0..1 first, so that units do not weigh: from its lowest to its highest
    value, or from one end of its scale to the other. Without a scale one outlier squeezes all others
    together, and a measure on which all are equal counts as 0.5 for everybody.

    Parameters
    ----------
    columns : mapping of str to array, or DataFrame
        Measures by name, one number per customer.
    weights : mapping of str to float
        A weight per measure, 0 or more; they sum to 1.
    lower_is_better : collection of str
        Measures of which less is better, such as complaints or days of late payment.
    scales : mapping of str to pair of float, optional
        For some measures, the values that count as 0 and as 1 (turned round where lower is better),
        the lower one first; what lies beyond counts as the end.

    Returns
    -------
    array
        In the order of the customers.

    Raises
    ------
    InputError
        When weights and measures do not have the same names, a weight is negative, their sum is not 1,
        a scale does not rise, or a measure is not finite.

    Examples
    --------
    >>> measures = {"spend": [100.0, 300.0], "complaints": [0, 4]}
    >>> scores = weighted_score(
    ...     measures, {"spend": 0.75, "complaints": 0.25}, lower_is_better=["complaints"]
    ... )
    >>> scores.tolist()
    [0.25, 0.75]
    """
    names, ends = list(columns), dict(scales or {})
    _check_weights(names, weights)
    for field, known in (("lower_is_better", lower_is_better), ("scales", ends)):
        strangers = sorted(set(known) - set(names))
        if strangers:
            raise InputError(field, f"must name some of {', '.join(names)}", strangers[0])
    score: np.ndarray | None = None
    for name in names:
        scaled = _scaled(name, number_column(name, columns[name]), ends.get(name))
        if name in lower_is_better:
            scaled = 1.0 - scaled
        score = np.zeros(len(scaled)) if score is None else score
        same_length(name, scaled, score)
        score = score + weights[name] * scaled
    return score  # type: ignore[return-value]


def grades(
    scores: ArrayLike, limits: Sequence[float] = GRADE_LIMITS, names: Sequence[str] | None = None
) -> pd.Categorical:
    """Return the grade of every customer from a score.

    Parameters
    ----------
    scores : array
        More is better.
    limits : sequence of float
        Falling: from the first on one has the best grade, and so on; who is below the last has the
        last grade.
    names : sequence of str, optional
        One more than there are limits, the best first; A, B, C ... by default.

    Returns
    -------
    Categorical
        Ordered, the best grade first.

    Raises
    ------
    InputError
        When a score is not finite, the limits do not fall, or there are not enough names.

    Examples
    --------
    >>> list(grades([0.9, 0.6, 0.59, 0.1]))
    ['A', 'A', 'B', 'C']
    """
    given, borders = number_column("scores", scores), np.asarray(limits, dtype=float)
    if borders.ndim != 1 or not np.isfinite(borders).all() or not (np.diff(borders) < 0.0).all():
        raise InputError("limits", "must fall from the best grade to the last but one", list(limits))
    labels = [chr(ord("A") + place) for place in range(len(borders) + 1)] if names is None else list(names)
    if len(labels) != len(borders) + 1 or len(set(labels)) != len(labels):
        raise InputError("names", f"must be {len(borders) + 1} different ones", labels)
    codes = (given[:, None] < borders - 1e-12).sum(axis=1)
    return pd.Categorical.from_codes(codes, labels, ordered=True)


def weighted_grades(
    columns: Mapping[str, ArrayLike],
    weights: Mapping[str, float] = CRITERIA_WEIGHTS,
    *,
    lower_is_better: Collection[str] = (),
    scales: Mapping[str, tuple[float, float]] | None = None,
    limits: Sequence[float] = GRADE_LIMITS,
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the weighted score and the grade of every customer, with what each criterion adds.

    Parameters
    ----------
    columns, weights, lower_is_better, scales
        As in :func:`weighted_score`. The course grades by ``amount``, ``profit``, ``credit`` (such as
        days of late payment, less is better) and ``prospects`` (such as growth of spend).
    limits, names
        As in :func:`grades`.

    Returns
    -------
    DataFrame
        In the order of the customers (and with their index, if `columns` is a table): one column per
        criterion with its weighted points, ``score`` (their sum, 0 to 1) and ``grade``.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "amount": [10.0, 8.0], "profit": [1.0, 1.2], "late_days": [180, 0], "prospects": [0.0, 0.1]
    ... }, index=["slow", "prompt"])
    >>> weights = {"amount": 0.3, "profit": 0.3, "late_days": 0.3, "prospects": 0.1}
    >>> weighted_grades(table, weights, lower_is_better=["late_days"])["grade"].to_dict()
    {'slow': 'B', 'prompt': 'A'}
    """
    score = weighted_score(columns, weights, lower_is_better=lower_is_better, scales=scales)
    points = {}
    for name in columns:
        one = {other: float(other == name) for other in columns}
        alone = weighted_score(columns, one, lower_is_better=lower_is_better, scales=scales)
        points[name] = weights[name] * alone
    index = columns.index if isinstance(columns, pd.DataFrame) else None
    return pd.DataFrame({**points, "score": score, "grade": grades(score, limits, names)}, index=index)


def _check_weights(names: Sequence[str], weights: Mapping[str, float]) -> None:
    if not names or set(weights) != set(names):
        raise InputError("weights", f"must be given for {', '.join(names) or 'a measure'}", dict(weights))
    for name in names:
        if not 0.0 <= weights[name] <= 1.0:
            raise InputError(f"weights.{name}", "must be from 0 to 1", weights[name])
    total = math.fsum(weights.values())
    if abs(total - 1.0) > 1e-9:
        raise InputError("weights", "must sum to 1", total)


def _scaled(name: str, column: np.ndarray, ends: tuple[float, float] | None) -> np.ndarray:
    """Return a measure on 0..1, by its scale or by the lowest and highest value there is."""
    if ends is not None and not (len(ends) == 2 and np.isfinite(ends).all() and ends[0] < ends[1]):
        raise InputError(f"scales.{name}", "must be two finite numbers, the lower one first", ends)
    low, high = (column.min(), column.max()) if ends is None else ends
    if not high > low:
        return np.full(len(column), 0.5)
    return np.clip((column - low) / (high - low), 0.0, 1.0)
