"""Where should the next replications go? To the strategies that are still in the race.

A judge at a dog show looks twice at the two that might win, and once at the others. Optimal computing
budget allocation (Chen & Lee 2011, Stochastic Simulation Optimization) gives replications to designs
that are noisy or close to the best, so that the best is picked wrongly as rarely as possible.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError, whole_number

__all__ = ["ocba_increments", "ocba_shares"]

Array = npt.NDArray[np.float64]


def ocba_shares(means: npt.ArrayLike, variances: npt.ArrayLike, *, sense: str = "max") -> Array:
    """Return the share of all replications that each design should have.

    With b the best design, d_i the distance of its mean and s_i the standard deviation: N_i goes with
    (s_i / d_i)^2 for the others, and N_b = s_b sqrt(sum of N_i^2 / s_i^2).

    Parameters
    ----------
    means, variances : array of float, shape (k,)
        Of single replications, at least two designs; variances 0 or more.
    sense : {"max", "min"}
        Whether the best has the highest or the lowest mean.

    Returns
    -------
    array of float, shape (k,)
        Sums to 1. Where designs are exactly as good as the best, they and the best get everything (the
        limit of small distances); where nothing varies, all get the same.

    Raises
    ------
    InputError
        When there are fewer than two designs, lengths differ, a number is not finite, a variance is
        negative, or `sense` is none.

    Examples
    --------
    >>> (50 * ocba_shares([1, 2, 3, 4, 5], [1, 1, 9, 9, 4], sense="min")).round(2)
    array([11.2 ,  8.62, 19.4 ,  8.62,  2.16])
    """
    mean, variance = _designs(means, variances, sense)
    weights = _weights(mean, variance)
    return weights / weights.sum()


def ocba_increments(
    means: npt.ArrayLike,
    variances: npt.ArrayLike,
    add: int,
    *,
    used: npt.ArrayLike | None = None,
    sense: str = "max",
) -> npt.NDArray[np.int64]:
    """Return how many more replications each design gets.

    Parameters
    ----------
    means, variances, sense
        As in :func:`ocba_shares`.
    add : int
        Replications to give out, 0 or more.
    used : array of int, shape (k,), optional
        Those already made; nobody's are taken away. A design that has more than its share of the
        total gets none, and the others divide the rest as their shares are.

    Returns
    -------
    array of int, shape (k,)
        Sums to `add`; what is left by rounding down goes to the largest fractions, of equal ones to
        the first.

    Examples
    --------
    >>> ocba_increments([1, 2, 3, 4, 5], [1, 1, 9, 9, 4], 50, sense="min").tolist()
    [11, 9, 19, 9, 2]
    >>> ocba_increments([1, 2, 3, 4], [1, 2, 3, 4], 10, used=[5, 5, 5, 5]).tolist()
    [0, 0, 4, 6]
    """
    mean, variance = _designs(means, variances, sense)
    whole_number("add", add, 0, 10**9)
    made = np.zeros(len(mean)) if used is None else np.asarray(used, float)
    if made.shape != mean.shape or not ((made >= 0.0) & (made == np.floor(made))).all():
        raise InputError("used", f"must be {len(mean)} whole numbers from 0 up", used)
    weights, open_ = _weights(mean, variance), np.ones(len(mean), bool)
    while True:
        share = weights * open_ if (weights * open_).any() else open_.astype(float)
        wanted = (made[open_].sum() + add) * share / share.sum()
        over = open_ & (made > wanted + 1e-9)
        if not over.any():
            break
        open_ &= ~over
    return _whole(np.where(open_, wanted - made, 0.0), add)


def _weights(mean: Array, variance: Array) -> Array:
    """Return the sizes of the shares, with the highest mean as the best."""
    best = int(np.argmax(mean))
    distance = mean[best] - mean
    rivals = np.arange(len(mean)) != best
    level = rivals & (distance == 0.0)
    squares = np.where(level, 1.0, 0.0) if level.any() else np.zeros(len(mean))
    if not level.any():
        # Distances relative to the smallest one, so that no square overflows.
        squares[rivals] = (distance[rivals].min() / distance[rivals]) ** 2
    weights = variance * squares
    weights[best] = np.sqrt(variance[best] * (variance * squares**2).sum())
    return weights if weights.any() else np.ones(len(mean))


def _whole(parts: Array, total: int) -> npt.NDArray[np.int64]:
    """Round to whole numbers with the given sum, by the largest remainders."""
    floors = np.floor(parts + 1e-9)
    order = np.argsort(-(parts - floors), kind="stable")
    floors[order[: total - int(floors.sum())]] += 1.0
    return floors.astype(np.int64)


def _designs(means: npt.ArrayLike, variances: npt.ArrayLike, sense: str) -> tuple[Array, Array]:
    mean, variance = np.asarray(means, float), np.asarray(variances, float)
    if mean.ndim != 1 or len(mean) < 2 or not np.isfinite(mean).all():
        raise InputError("means", "must be finite numbers of at least two designs", means)
    if variance.shape != mean.shape or not (np.isfinite(variance) & (variance >= 0.0)).all():
        raise InputError("variances", f"must be {len(mean)} finite numbers from 0 up", variances)
    if sense not in ("max", "min"):
        raise InputError("sense", "must be max or min", sense)
    return (mean if sense == "max" else -mean), variance
