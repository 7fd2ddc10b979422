"""The same fit on other samples of the same customers: what a poll with another thousand would have said.

Where a likelihood is far from its textbook shape (few customers, a parameter at its edge), the
spread between resampled tables is the honest measure of doubt (Efron 1979). No generator is needed:
the draw at a position is a function of the seed and of that position, by the mixer of splitmix64
(Steele, Lea & Flood 2014).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import CrmsimError, InputError, whole_number

if TYPE_CHECKING:
    from crmsim.estimators.fit import Fit

__all__ = ["bootstrap_fits", "resampled", "uniforms"]

Array = npt.NDArray[np.float64]


def bootstrap_fits(
    fit: Callable[[pd.DataFrame], Fit], table: pd.DataFrame, *, samples: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Fit a model again and again to tables drawn, with replacement, from the rows of one.

    Parameters
    ----------
    fit : callable
        From a table with one row a customer to a fit, such as `fit_bg_nbd`; a column ``weights`` counts
        customers who share a row. (Not for counts of survivors, whose rows depend on each other.)
    table : pandas.DataFrame
        Not changed.
    samples : int
        From 2 to 100,000.
    seed : int
        Equal seeds give equal samples; from 0.

    Returns
    -------
    pandas.DataFrame
        One row a sample, one column a parameter; NaN where a sample could not be fitted (it may
        happen to hold no repeat buyer). Quantiles of a column are an interval.

    Raises
    ------
    InputError
        `samples` or `seed` is out of range; as `fit`, if the table itself cannot be fitted.

    Examples
    --------
    >>> from crmsim.estimators import fit_sbg
    >>> gym = pd.DataFrame({"periods": [1, 1, 2, 5, 3, 5, 5], "lost": [1, 1, 1, 1, 0, 0, 0]})
    >>> bootstrap_fits(fit_sbg, gym, samples=2).columns.tolist()
    ['alpha', 'beta']
    """
    whole_number("samples", samples, 2, 100_000)
    names = fit(table).model.PARAMETERS
    rows = []
    for number in range(samples):
        try:
            rows.append(fit(resampled(table, seed=seed, number=number)).parameters)
        except CrmsimError:
            rows.append(dict.fromkeys(names, np.nan))
    return pd.DataFrame(rows, index=pd.RangeIndex(samples, name="sample"))


def resampled(table: pd.DataFrame, *, seed: int, number: int) -> pd.DataFrame:
    """Return as many customers as the table has, drawn from it with replacement.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a customer, or a column ``weights`` with whole numbers of customers; not changed.
    seed, number : int
        Which sample, both from 0.

    Returns
    -------
    pandas.DataFrame
        Rows of the table; those with weights once, with the number of times they were drawn.

    Raises
    ------
    InputError
        Weights that are not whole numbers; `seed` or `number` is out of range.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [0, 1], "weights": [30, 70]})
    >>> int(resampled(table, seed=1, number=0)["weights"].sum())
    100
    """
    if "weights" not in table.columns:
        picks = np.floor(uniforms(seed, len(table), number) * len(table)).astype(np.int64)
        return table.iloc[picks]
    weights = table["weights"].to_numpy(dtype=float)
    if not (np.isfinite(weights) & (weights >= 0) & (weights == np.floor(weights))).all():
        raise InputError("weights", "must be whole numbers of customers, from 0")
    until = np.cumsum(weights)
    picks = np.floor(uniforms(seed, int(weights.sum()), number) * weights.sum())
    drawn = np.bincount(np.searchsorted(until, picks, side="right"), minlength=len(table))
    return table.assign(weights=drawn)[drawn > 0]


def uniforms(seed: int, n: int, stream: int = 0) -> Array:
    """Return numbers between 0 and 1, a function of seed, stream and position alone.

    Parameters
    ----------
    seed, stream : int
        From 0 to 2^31 - 1.
    n : int
        How many.

    Returns
    -------
    numpy.ndarray
        Strictly between 0 and 1.

    Raises
    ------
    InputError
        `seed` or `stream` is out of range.

    Examples
    --------
    >>> bool((uniforms(7, 3) == uniforms(7, 5)[:3]).all())
    True
    """
    whole_number("seed", seed, 0, 2**31 - 1)
    whole_number("stream", stream, 0, 2**31 - 1)
    key = _mixed(_mixed(np.array([seed], dtype=np.uint64)) + np.uint64(stream))
    golden = np.uint64(0x9E3779B97F4A7C15)
    bits = _mixed(key + golden * np.arange(1, n + 1, dtype=np.uint64))
    return ((bits >> np.uint64(11)).astype(float) + 0.5) / 2.0**53


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
