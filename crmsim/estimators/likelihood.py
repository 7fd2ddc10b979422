"""Maximum likelihood on the logarithms of positive parameters.

Whoever looks for the highest point of a foggy hill walks up from several places, roughly at first,
and takes the last steps from the best of them only. How sharply the ground falls away there says
how sure the estimate is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import OptimizeResult, minimize
from scipy.special import betaln, gammaln

from crmsim.errors import CrmsimError

__all__ = ["EDGE", "Maximum", "log_rising", "maximise_on_logs"]

Array = npt.NDArray[np.float64]

EDGE = 1e6
"""The search for a maximum stays within this factor of each parameter's natural scale."""

_ROUGH = {"ftol": 1e-6, "gtol": 1e-3}
_EXACT = {"ftol": 1e-15, "gtol": 1e-7, "maxiter": 2000, "maxfun": 50_000}


@dataclass(frozen=True)
class Maximum:
    """Where a log-likelihood is highest, its value there, and the covariance of the logarithms.

    Parameters
    ----------
    parameters : numpy.ndarray
    value : float
    log_covariance : numpy.ndarray
        Of the logarithms of the parameters; NaN in the rows and columns of those that the data do not
        determine.
    """

    parameters: Array
    value: float
    log_covariance: Array


def maximise_on_logs(
    log_likelihood: Callable[[Array], float],
    scale: Array,
    starts: list[list[float]],
    gradient: Callable[[Array], Array] | None = None,
) -> Maximum:
    """Maximise over positive parameters, searching on their logarithms from several starts.

    Parameters
    ----------
    log_likelihood : callable
        Of the parameters, all above 0.
    scale : numpy.ndarray
        Natural size of each parameter; the search covers a factor `EDGE` on either side.
    starts : list of list of float
        First guesses, in multiples of `scale`.
    gradient : callable, optional
        Derivatives of `log_likelihood` by the parameters; without it they are taken by differences.

    Returns
    -------
    Maximum
        The covariance comes from the Hessian by differences. It is NaN for parameters at the edge or
        with an error wider than the search, and for all if the surface is flat.

    Raises
    ------
    CrmsimError
        No start led to a finite maximum.

    Examples
    --------
    >>> best = maximise_on_logs(lambda v: float(-np.log(v[0] / 3) ** 2 / 2), np.ones(1), [[1.0]])
    >>> best.parameters.round(4), best.log_covariance.round(4)
    (array([3.]), array([[1.]]))
    """
    bound = np.log(EDGE)

    def loss(logs: Array) -> float:
        return -log_likelihood(scale * np.exp(logs))

    def slope(logs: Array) -> Array:
        parameters = scale * np.exp(logs)
        return -gradient(parameters) * parameters  # type: ignore[misc]

    def search(start: Array, options: dict[str, float], differences: str) -> OptimizeResult:
        return minimize(
            loss,
            start,
            method="L-BFGS-B",
            jac=differences if gradient is None else slope,
            bounds=[(-bound, bound)] * len(scale),
            options=options,
        )

    runs = [search(np.log(start), _ROUGH, "2-point") for start in starts]
    best = min(runs, key=lambda run: run.fun if np.isfinite(run.fun) else np.inf)
    if not np.isfinite(best.fun):
        raise CrmsimError("the likelihood has no finite maximum for these data")
    best = search(best.x, _EXACT, "3-point")
    free = np.flatnonzero(np.abs(best.x) < bound - 0.01)
    if gradient is None:
        hessian, noise = _curvature_of_values(loss, best.x, free)
    else:
        hessian, noise = _curvature_of_slopes(slope, best.x, free)
    noise *= 100 * np.finfo(float).eps * max(1.0, abs(best.fun))
    covariance = np.full((len(scale), len(scale)), np.nan)
    covariance[np.ix_(free, free)] = _inverse(hessian, noise)
    return Maximum(scale * np.exp(best.x), -float(best.fun), covariance)


def log_rising(r: npt.ArrayLike, x: Array) -> Array:
    """Logarithm of r (r + 1) ... (r + x - 1), without the cancellation of two gamma functions.

    Parameters
    ----------
    r : array_like
        Above 0.
    x : numpy.ndarray
        Number of factors, from 0.

    Returns
    -------
    numpy.ndarray
        0 where `x` is 0.

    Examples
    --------
    >>> np.exp(log_rising(2.0, np.array([0.0, 1.0, 3.0]))).round(6)
    array([ 1.,  2., 24.])
    """
    count = np.maximum(x, 1.0)
    return np.where(x > 0, gammaln(count) - betaln(r, count), 0.0)


# --- curvature: each returns the Hessian and what rounding noise is multiplied by in it -----------------


def _curvature_of_values(
    loss: Callable[[Array], float], at: Array, free: npt.NDArray[np.intp]
) -> tuple[Array, float]:
    steps = 1e-3 * np.eye(len(at))[free]
    rows = [
        [loss(at + p + q) - loss(at + p - q) - loss(at - p + q) + loss(at - p - q) for q in steps]
        for p in steps
    ]
    return np.array(rows).reshape(len(free), len(free)) / (4 * 1e-6), 1e6


def _curvature_of_slopes(
    slope: Callable[[Array], Array], at: Array, free: npt.NDArray[np.intp]
) -> tuple[Array, float]:
    steps = 1e-4 * np.eye(len(at))[free]
    rows = [(slope(at + step) - slope(at - step))[free] for step in steps]
    hessian = np.array(rows).reshape(len(free), len(free)) / (2 * 1e-4)
    return (hessian + hessian.T) / 2, 1e4


def _inverse(hessian: Array, noise: float) -> Array:
    """Covariance from a Hessian; curvature below the noise is flat, and flat is NaN."""
    if len(hessian) == 0 or np.linalg.eigvalsh(hessian).min() <= noise:
        return np.full(hessian.shape, np.nan)
    covariance = np.linalg.inv(hessian)
    # An error wider than the whole search says only that any value would do.
    vague = np.sqrt(np.diag(covariance)) >= np.log(EDGE)
    covariance[vague] = np.nan
    covariance[:, vague] = np.nan
    return covariance
