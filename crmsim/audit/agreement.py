"""How far two gradings of the same customers agree.

Two examiners mark the same papers. If they use the same marks one can count how often they agree, and
how much of that is more than chance (Cohen 1960); if one uses letters and the other words, one can
still ask whether knowing one mark tells the other (Cramér 1946).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats.contingency import association

from crmsim.errors import InputError

__all__ = ["cohens_kappa", "cramers_v", "share_agreed", "standing"]


def share_agreed(table: pd.DataFrame | np.ndarray) -> float:
    """Return the share (0 to 1) of customers who are on the diagonal; nan for nobody.

    Parameters
    ----------
    table : DataFrame or array
        Counts, with the same levels in the same order as rows and as columns.

    Raises
    ------
    InputError
        When the table is not square.

    Examples
    --------
    >>> share_agreed(np.array([[3, 1], [0, 4]]))
    0.875
    """
    counts = _square(table)
    total = counts.sum()
    return float(np.trace(counts) / total) if total else float("nan")


def cohens_kappa(table: pd.DataFrame | np.ndarray) -> float:
    """Return agreement beyond chance: 1 for full agreement, 0 for what chance would give.

    Parameters
    ----------
    table : DataFrame or array
        As in :func:`share_agreed`.

    Returns
    -------
    float
        nan for nobody, and where both put everybody into one and the same level.

    Examples
    --------
    >>> round(cohens_kappa(np.array([[20, 5], [10, 15]])), 6)
    0.4
    """
    counts = _square(table)
    total = counts.sum()
    if not total:
        return float("nan")
    by_chance = float(counts.sum(axis=0) @ counts.sum(axis=1)) / float(total) ** 2
    return (share_agreed(counts) - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else float("nan")


def cramers_v(table: pd.DataFrame | np.ndarray) -> float:
    """Return how much one grading tells about the other: 0 (nothing) to 1 (all). Not corrected for bias.

    Parameters
    ----------
    table : DataFrame or array
        Counts by the levels of both, which may be different ones.

    Returns
    -------
    float
        nan where one of them puts everybody into one level.

    Examples
    --------
    >>> round(cramers_v(np.array([[10, 0], [0, 10]])), 6)
    1.0
    """
    counts = np.asarray(table, dtype=np.int64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return float("nan")
    return float(association(counts, method="cramer"))


def standing(levels: ArrayLike) -> np.ndarray:
    """Return how high each customer stands in a grading, 0 (bottom) to 1 (top): comparable across gradings.

    The share of customers in lower levels, with half of those in one's own (the ridit, Bross 1958,
    Biometrics 14(1)), so that the mean is one half in every grading.

    Parameters
    ----------
    levels : array of int
        The place of each customer's level, 0 for the best.

    Examples
    --------
    >>> standing([0, 1, 1, 2]).tolist()
    [0.875, 0.5, 0.5, 0.125]
    """
    places = np.asarray(levels)
    if places.ndim != 1 or places.size == 0 or not np.issubdtype(places.dtype, np.integer):
        raise InputError("levels", "must be whole numbers, one per customer", levels)
    if places.min() < 0:
        raise InputError("levels", "must be at least 0", int(places.min()))
    counts = np.bincount(places)
    below = counts.sum() - np.cumsum(counts)
    return (below + counts / 2.0)[places] / len(places)


def _square(table: pd.DataFrame | np.ndarray) -> np.ndarray:
    counts = np.asarray(table)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise InputError("table", "must have the same levels as rows and as columns", counts.shape)
    return counts
