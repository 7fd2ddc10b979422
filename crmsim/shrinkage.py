"""Many noisy means and a rough guide to them: estimates that lean on the guide as far as they are noisy.

A talent scout has seen each player twice and knows the school of each. Two games say little of one player,
so the guess begins with what players of that school are like and moves towards the games as more are seen
(empirical Bayes; Efron & Morris 1975, Journal of the American Statistical Association 70).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError

__all__ = ["shrunk_means"]

Array = npt.NDArray[np.float64]


def shrunk_means(draws: npt.ArrayLike, guide: npt.ArrayLike, scale: npt.ArrayLike = 1.0) -> Array:
    """Return each one's mean, drawn towards what a regression on `guide` says.

    The weight of the own mean is t / (t + s), with s the variance of a mean of so many draws and t what the
    means vary around the regression beyond that; both as shares of the squared scale and the same for all.

    Parameters
    ----------
    draws : array of float, shape (k, n)
        At least 2 draws of each of n things.
    guide : array of float, shape (n, p)
        What is known of each; a constant is added.
    scale : float or array of float, shape (n,)
        Above 0: how large values and their errors are for each one.

    Returns
    -------
    array of float, shape (n,)

    Raises
    ------
    InputError
        For fewer than two draws, or shapes that do not fit.

    Examples
    --------
    Draws that only differ by noise say nothing; only the guide is left:

    >>> shrunk_means([[1.0, 3.0, 1.0], [3.0, 1.0, 3.0]], np.zeros((3, 1))).tolist()
    [2.0, 2.0, 2.0]
    """
    values, known = np.asarray(draws, float), np.asarray(guide, float)
    if values.ndim != 2 or len(values) < 2:
        raise InputError("draws", "must be at least 2 rows, one per draw", values.shape)
    if known.ndim != 2 or len(known) != values.shape[1]:
        raise InputError("guide", f"must have {values.shape[1]} rows like draws have columns", known.shape)
    size = np.broadcast_to(np.asarray(scale, float), values.shape[1:])
    if not (size > 0.0).all():
        raise InputError("scale", "must be above 0")
    means = values.mean(axis=0)
    columns = np.column_stack([np.ones(len(known)), known]) / size[:, None]
    predicted = columns @ np.linalg.lstsq(columns, means / size, rcond=None)[0] * size
    error = float((values.var(axis=0, ddof=1) / size**2).mean() / len(values))
    beyond = max(float(((means - predicted) / size).var()) - error, 0.0)
    weight = beyond / (beyond + error) if beyond > 0.0 else 0.0
    return predicted + weight * (means - predicted)
