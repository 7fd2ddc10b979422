"""Maximum likelihood on the logarithms of positive parameters, and the checks that come before it.

A fit that does not say how sure it is, is half a fit: standard errors come with every maximum, and
where the data leave a parameter open the error is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, ndtri

from crmsim.errors import CrmsimError, InputError

__all__ = ["Fit", "Maximum", "check_counts", "checked", "log_rising", "maximise_on_logs"]

Array = npt.NDArray[np.float64]

EDGE = 1e6
"""The search for a maximum stays within this factor of each parameter's natural scale."""


@dataclass(frozen=True)
class Fit:
    """A fitted model and how well the data pin it down; what all fits have in common.

    Parameters
    ----------
    model : object
        The maximum likelihood estimate, with its parameters as attributes.
    log_likelihood : float
        Its log-likelihood, summed over customers.
    log_standard_errors : dict of str to float
        Standard error of the logarithm of each parameter; NaN where the data do not determine it.
    n_customers : int
        Customers in the fit.
    """

    model: Any
    log_likelihood: float
    log_standard_errors: dict[str, float]
    n_customers: int

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard errors of the parameters themselves (delta method), in their own units."""
        return {name: getattr(self.model, name) * error for name, error in self.log_standard_errors.items()}

    @property
    def undetermined(self) -> tuple[str, ...]:
        """Parameters that the data do not determine."""
        return tuple(name for name, error in self.log_standard_errors.items() if np.isnan(error))

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Confidence interval of each parameter, from the standard error of its logarithm.

        Parameters
        ----------
        level : float
            Share of samples whose interval holds the truth, between 0 and 1.

        Returns
        -------
        dict of str to (float, float)
            Ends above 0, in the parameter's own unit; NaN where the data do not determine it.

        Raises
        ------
        InputError
            `level` is not between 0 and 1.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> fit = Fit(SimpleNamespace(q=4.0), -100.0, {"q": 0.1}, 50)
        >>> [round(end, 2) for end in fit.intervals()["q"]]
        [3.29, 4.87]
        """
        if not 0 < level < 1:
            raise InputError("level", "must be between 0 and 1", level)
        reach = float(ndtri((1 + level) / 2))
        return {
            name: tuple(float(getattr(self.model, name) * np.exp(side * reach * error)) for side in (-1, 1))
            for name, error in self.log_standard_errors.items()
        }


@dataclass(frozen=True)
class Maximum:
    """Where a log-likelihood is highest, its value there, and standard errors of the logarithms."""

    parameters: Array
    value: float
    log_standard_errors: Array


def maximise_on_logs(
    log_likelihood: Callable[[Array], float], scale: Array, starts: list[list[float]]
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

    Returns
    -------
    Maximum
        Standard errors come from the numerical Hessian; they are NaN for parameters at the edge or
        with an error wider than the search, and for all if the surface is flat.

    Raises
    ------
    CrmsimError
        No start led to a finite maximum.

    Examples
    --------
    >>> best = maximise_on_logs(lambda v: float(-np.log(v[0] / 3) ** 2 / 2), np.ones(1), [[1.0]])
    >>> best.parameters.round(4), best.log_standard_errors.round(4)
    (array([3.]), array([1.]))
    """

    def loss(logs: Array) -> float:
        return -log_likelihood(scale * np.exp(logs))

    bound = np.log(EDGE)
    options = {"ftol": 1e-15, "gtol": 1e-7, "maxiter": 2000, "maxfun": 50_000}
    box = [(-bound, bound)] * len(scale)
    runs = [
        minimize(loss, np.log(start), method="L-BFGS-B", jac="3-point", bounds=box, options=options)
        for start in starts
    ]
    best = min(runs, key=lambda run: run.fun if np.isfinite(run.fun) else np.inf)
    if not np.isfinite(best.fun):
        raise CrmsimError("the likelihood has no finite maximum for these data")
    inside = np.abs(best.x) < bound - 0.01
    errors = np.full(len(scale), np.nan)
    errors[inside] = _errors_from_hessian(loss, best.x, np.flatnonzero(inside))
    return Maximum(scale * np.exp(best.x), -float(best.fun), errors)


def _errors_from_hessian(loss: Callable[[Array], float], at: Array, free: npt.NDArray[np.intp]) -> Array:
    """Square roots of the diagonal of the inverse Hessian; NaN if it is not that of a minimum."""
    steps = 1e-3 * np.eye(len(at))[free]
    hessian = np.array(
        [
            [loss(at + p + q) - loss(at + p - q) - loss(at - p + q) + loss(at - p - q) for q in steps]
            for p in steps
        ]
    ) / (4 * 1e-6)
    # Differences carry rounding noise of about eps * loss / step^2: curvature below that is flat.
    noise = 100 * np.finfo(float).eps * max(1.0, abs(loss(at))) / 1e-6
    if len(free) == 0 or np.linalg.eigvalsh(hessian).min() <= noise:
        return np.full(len(free), np.nan)
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))
    # An error wider than the whole search says only that any value would do.
    return np.where(errors < np.log(EDGE), errors, np.nan)


def checked(unit: str | None, **values: npt.ArrayLike) -> list[Array]:
    """Return the arguments as arrays of one shape, refusing wrong numbers and other units of time.

    Parameters
    ----------
    unit : str or None
        Unit that a pandas Series must be in if it says so; None for quantities without one.
    **values : array_like
        Arguments by name, each to be finite and at least 0.

    Returns
    -------
    list of numpy.ndarray
        Float arrays, broadcast against each other.

    Raises
    ------
    InputError
        Naming the argument.

    Examples
    --------
    >>> checked("week", x=[1, 2], T=4)
    [array([1., 2.]), array([4., 4.])]
    """
    arrays: list[Array] = []
    for name, given in values.items():
        said = getattr(given, "attrs", {}).get("unit", unit)
        if unit is not None and said != unit:
            problem = f"must be in the model's unit ({unit}); use in_unit to change the model"
            raise InputError(name, problem, said)
        try:
            array = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            raise InputError(name, "must be a number or an array of numbers", given) from None
        bad = ~(np.isfinite(array) & (array >= 0))
        if bad.any():
            raise InputError(name, "must be finite and at least 0", float(array[bad][0]))
        arrays.append(array)
    try:
        return list(np.broadcast_arrays(*arrays))
    except ValueError:
        raise InputError(", ".join(values), "must have equal lengths", [a.shape for a in arrays]) from None


def check_counts(name: str, values: Array, of: str) -> None:
    """Refuse values that are not whole numbers; `of` says of what.

    Raises
    ------
    InputError
        Naming the argument.

    Examples
    --------
    >>> check_counts("x", np.array([0.0, 2.0]), "repeat purchases")
    """
    fraction = values != np.floor(values)
    if fraction.any():
        raise InputError(name, f"must be whole numbers ({of})", float(values[fraction][0]))


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
