"""Quantiles of the gamma and the beta distribution as tables, to be read at a normal number.

SciPy finds such a quantile by iteration, which for a dozen traits costs more than the rest of a
customer's life. A table does it once per shape: at evenly spaced normal numbers z it holds the
logarithm of the quantile of a gamma, and the log-odds of the quantile of a beta, which are smooth in
z into both tails, where the quantile itself is not. Between two knots stands the polynomial of fifth
degree that has the right value, slope and curvature at both; slope and curvature follow from the
density, so no system of equations is solved. Knots move together until the polynomials agree with
SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import special

from crmsim.compiling import compiled

__all__ = ["REACH", "beta_table", "gamma_table", "look_up"]

#: A table covers -REACH to REACH; luck never goes beyond 8.21, the normal quantile of 1 - 2**-53.
REACH = 8.25
#: How far a table may be from SciPy in the middle between two knots, in relative terms.
_TOLERANCE = 1e-9
_FEWEST_PIECES, _MOST_PIECES = 132, 132 * 2**5
#: Below this SciPy's quantile loses digits or is 0, and the first term of the series is exact.
_TINY = 1e-250
#: Quantiles with a smaller logarithm are rounded to numbers without full precision, or to 0.
_LOWEST_LOG = -700.0

#: Returns, at normal numbers: the logarithm (log-odds) of the quantile, the log density of that, and
#: the derivative of the log density.
_Curve = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


@lru_cache(maxsize=64)
def gamma_table(shape: float) -> np.ndarray:
    """Return a table of the logarithm of gamma quantiles with mean 1.

    Parameters
    ----------
    shape : float
        0 means that everybody has the mean.

    Returns
    -------
    array, shape (pieces, 6)
        For :func:`look_up`. Not to be changed: all callers get the same one.

    Examples
    --------
    >>> median = math.exp(look_up(gamma_table(1.0), 0.0))
    >>> abs(median - math.log(2.0)) < 1e-9
    True
    """
    if shape == 0.0:
        return _frozen(np.zeros((1, 6)))

    def curve(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        tail = special.ndtr(-np.abs(z))
        x = np.where(z < 0.0, special.gammaincinv(shape, tail), special.gammainccinv(shape, tail))
        series = (special.log_ndtr(z) + special.gammaln(shape + 1.0)) / shape
        log_x = _log_or(x, series)
        x = np.exp(log_x)
        density = shape * log_x - x - special.gammaln(shape)
        return log_x - math.log(shape), density, shape - x

    return _table(curve, lambda log_quantile: np.ones_like(log_quantile))


@lru_cache(maxsize=64)
def beta_table(a: float, b: float) -> np.ndarray:
    """Return a table of the log-odds of beta quantiles, as :func:`gamma_table`.

    Parameters
    ----------
    a, b : float
        With `a` = 0 everyone has the probability `b`, and there is nothing to look up.

    Examples
    --------
    >>> odds = math.exp(look_up(beta_table(1.0, 1.0), 0.0))
    >>> round(odds / (1.0 + odds), 9)
    0.5
    """
    if a == 0.0:
        return _frozen(np.zeros((1, 6)))

    def curve(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # Both the quantile and its complement, each with all its digits.
        tail, low = special.ndtr(-np.abs(z)), z < 0.0
        x = np.where(low, special.betaincinv(a, b, tail), special.betainccinv(a, b, tail))
        y = np.where(low, special.betainccinv(b, a, tail), special.betaincinv(b, a, tail))
        log_beta = special.betaln(a, b)
        log_x = _log_or(x, (special.log_ndtr(z) + math.log(a) + log_beta) / a)
        log_y = _log_or(y, (special.log_ndtr(-z) + math.log(b) + log_beta) / b)
        return log_x - log_y, a * log_x + b * log_y - log_beta, a * np.exp(log_y) - b * np.exp(log_x)

    # An error of the log-odds counts for the probability as far as that is below 1.
    return _table(curve, lambda log_odds: special.expit(-log_odds))


def _log_or(quantile: np.ndarray, series: np.ndarray) -> np.ndarray:
    """Return log(quantile), and the first term of its series where the quantile is next to nothing."""
    return np.where(quantile > _TINY, np.log(np.maximum(quantile, _TINY)), series)


def _table(curve: _Curve, weight: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the table of a curve with as few pieces as the tolerance allows.

    Halving stops, too, when it no longer helps: then it is SciPy's own noise that is measured.
    """
    pieces, before = _FEWEST_PIECES, math.inf
    while True:
        # Every second knot of the finer grid is one of this grid, the others are the middles.
        z = np.linspace(-REACH, REACH, 2 * pieces + 1)
        value, density, elasticity = curve(z)
        slope = np.exp(-0.5 * z * z - 0.5 * math.log(2.0 * math.pi) - density)
        curvature = -slope * (z + elasticity * slope)
        table = _polynomials(value[::2], slope[::2], curvature[::2], 2.0 * REACH / pieces)
        middles = value[1::2]
        off = np.abs(table @ 0.5 ** np.arange(6) - middles) * weight(middles)
        error = off[middles > _LOWEST_LOG].max(initial=0.0)
        if error <= _TOLERANCE or error > 0.5 * before or pieces == _MOST_PIECES:
            return _frozen(table)
        pieces, before = 2 * pieces, error


def _polynomials(value: np.ndarray, slope: np.ndarray, curvature: np.ndarray, width: float) -> np.ndarray:
    """Return coefficients, lowest power first, of quintic Hermite polynomials in the share of a piece."""
    first, second = slope * width, 0.5 * curvature * width * width
    rise = value[1:] - value[:-1] - first[:-1] - second[:-1]
    steeper = first[1:] - first[:-1] - 2.0 * second[:-1]
    bend = second[1:] - second[:-1]
    return np.column_stack(
        [
            value[:-1],
            first[:-1],
            second[:-1],
            10.0 * rise - 4.0 * steeper + bend,
            -15.0 * rise + 7.0 * steeper - 2.0 * bend,
            6.0 * rise - 3.0 * steeper + bend,
        ]
    )


def _frozen(table: np.ndarray) -> np.ndarray:
    table = np.ascontiguousarray(table)
    table.setflags(write=False)
    return table


@compiled
def look_up(table, z):
    """Return the value of a table at a normal number between -REACH and REACH."""
    pieces = table.shape[0]
    at = (z + REACH) * (pieces / (2.0 * REACH))
    piece = min(max(int(at), 0), pieces - 1)
    s = at - piece
    value = table[piece, 5]
    for power in range(4, -1, -1):
        value = value * s + table[piece, power]
    return value
