"""Means over a beta distribution, for averages over customers who differ.

A club does not know how likely this member is to leave; over all members the chance is spread like
a beta distribution. What the club expects of the member is the mean over that spread, and where the
closed form divides 0 by 0 or loses all its digits, the mean is still a sum of a few hundred terms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, log_expit

__all__ = ["NODES", "beta_nodes"]

Array = npt.NDArray[np.float64]

NODES = 300
"""Points per distribution; relative error below 1e-8 for parameters from 0.05 wherever it was compared."""

WIDEST = 6.0
"""Largest core of the grid, in units of log-odds: a smooth step of width 1 must not fall between points."""


def beta_nodes(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Array, Array]:
    """Points and weights for means over p ~ Beta(a, b), as a trapezoidal rule on log-odds.

    The points lie on a sinh-stretched grid of logit(p), which meets the bulk and both tails alike.

    Parameters
    ----------
    a, b : array_like
        Parameters of the distribution, above 0, one value or one a row.

    Returns
    -------
    logit : numpy.ndarray
        Points, rows by `NODES`, as the log-odds of p: neither p nor 1 - p loses digits near 0.
    weight : numpy.ndarray
        Weights, rows by `NODES`; the mean of f is the sum of ``weight * f`` along a row.

    Examples
    --------
    The mean of p itself is a / (a + b):

    >>> logit, weight = beta_nodes([1.0, 2.0], 3.0)
    >>> (weight / (1 + np.exp(-logit))).sum(axis=1).round(6)
    array([0.25, 0.4 ])
    """
    rows = np.broadcast_arrays(np.atleast_1d(np.asarray(a, float)), np.atleast_1d(np.asarray(b, float)))
    a, b = (row[:, None] for row in rows)
    width = np.minimum(np.sqrt(1 / a + 1 / b), WIDEST)
    reach = np.arcsinh((45 / np.minimum(a, b) + 10) / width + 8)
    step = np.linspace(-1.0, 1.0, NODES) * reach
    logit = np.log(a / b) + width * np.sinh(step)
    density = np.exp(a * log_expit(logit) + b * log_expit(-logit) - betaln(a, b))
    return logit, density * width * np.cosh(step) * (2 * reach / (NODES - 1))
