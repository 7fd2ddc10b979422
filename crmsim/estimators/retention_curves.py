"""Drawing a line through a survival curve, and why not to.

Seven years of a cohort lie on the desk, somebody adds a trend line, and the line says that in year 12
three customers of a hundred are left, or, bending up again, seventy-five. There were thirty-nine. The
better the line fits the past, the worse it may project; a model of how customers differ fits and projects.

Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76-90.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError, whole_number
from crmsim.estimators.checks import check_counts, checked
from crmsim.estimators.sbg import fit_sbg_to_survivors

__all__ = ["CURVES", "SurvivalCurve", "compare_projections", "fit_survival_curve"]

Array = npt.NDArray[np.float64]

CURVES: dict[str, int] = {"linear": 1, "quadratic": 2, "exponential": 1}
"""Curves by name, with the degree of the polynomial in t; the exponential is fitted to logarithms."""


@dataclass(frozen=True)
class SurvivalCurve:
    """A curve drawn through a survival curve by least squares.

    Parameters
    ----------
    kind : {"linear", "quadratic", "exponential"}
    coefficients : tuple of float
        Of 1, t, t^2; those of the exponential give the logarithm of survival.
    r_squared : float
        Share of variance explained, of the logarithm where the exponential was fitted to it.
    """

    kind: str
    coefficients: tuple[float, ...]
    r_squared: float

    def survival(self, t: npt.ArrayLike) -> Array:
        """Share left after `t` periods as the curve has it, even where it is below 0 or above 1.

        Parameters
        ----------
        t : array_like
            From 0.

        Returns
        -------
        numpy.ndarray

        Raises
        ------
        InputError
            `t` is negative or not finite.

        Examples
        --------
        >>> SurvivalCurve("linear", (0.925, -0.071), 0.922).survival([0, 12]).round(3)
        array([0.925, 0.073])
        """
        (t,) = checked(None, t=t)
        value = np.polynomial.polynomial.polyval(t, self.coefficients)
        return np.exp(value) if self.kind == "exponential" else value


def fit_survival_curve(kind: str, survival: npt.ArrayLike) -> SurvivalCurve:
    """Fit a curve to shares left after 0, 1, 2, ... periods by least squares.

    Parameters
    ----------
    kind : {"linear", "quadratic", "exponential"}
    survival : array_like
        Shares left, from the beginning (1); above 0 for the exponential.

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    InputError
        An unknown curve; fewer shares than a fit needs; shares out of range.

    Examples
    --------
    >>> fit_survival_curve("linear", [1.0, 0.8, 0.6]).coefficients[1].__round__(6)
    -0.2
    """
    if kind not in CURVES:
        raise InputError("kind", f"must be one of {', '.join(CURVES)}", kind)
    (share,) = checked(None, survival=survival)
    degree = CURVES[kind]
    if share.ndim != 1 or share.size < degree + 2:
        raise InputError("survival", f"must have at least {degree + 2} shares for a {kind} curve", share.size)
    if (share > 1).any():
        raise InputError("survival", "must be at most 1 (shares left)", float(share.max()))
    if kind == "exponential":
        if (share == 0).any():
            raise InputError("survival", "must be above 0 for an exponential curve", 0)
        share = np.log(share)
    t = np.arange(share.size)
    coefficients = np.polynomial.polynomial.polyfit(t, share, degree)
    left = share - np.polynomial.polynomial.polyval(t, coefficients)
    spread = ((share - share.mean()) ** 2).sum()
    explained = 1 - float((left**2).sum() / spread) if spread > 0 else 1.0
    return SurvivalCurve(kind, tuple(coefficients.tolist()), explained)


def compare_projections(survivors: npt.ArrayLike, fitted_periods: int) -> pd.DataFrame:
    """Fit the curves and sBG to the first periods of a cohort and project all of them.

    Parameters
    ----------
    survivors : array_like of int
        Customers left after 0, 1, 2, ... periods.
    fitted_periods : int
        The fits see the counts up to this period, from 3.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``period``: shares left, ``actual`` and by ``linear``, ``quadratic``,
        ``exponential`` and ``sbg``. ``attrs["fitted_periods"]`` says what the fits saw.

    Raises
    ------
    InputError
        Counts that are not whole or grow; too few periods.

    Examples
    --------
    The High End segment, seven years seen: errors in year 12, as shares of those who were left.

    >>> high_end = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]
    >>> table = compare_projections(high_end, fitted_periods=7)
    >>> (table.loc[12] / table.loc[12, "actual"] - 1).round(2).to_dict()
    {'actual': 0.0, 'linear': -0.81, 'quadratic': 0.92, 'exponential': -0.3, 'sbg': -0.04}
    """
    (left,) = checked(None, survivors=survivors)
    check_counts("survivors", left, "customers left")
    if left.ndim != 1 or left.size < 4:
        raise InputError("survivors", "must have at least 4 counts, from period 0", left.size)
    whole_number("fitted_periods", fitted_periods, 3, left.size - 1)
    periods = np.arange(left.size)
    seen = slice(0, fitted_periods + 1)
    model = fit_sbg_to_survivors(pd.DataFrame({"renewals": periods[seen], "customers": left[seen]})).model
    actual = left / left[0]
    table = pd.DataFrame({"actual": actual}, index=pd.Index(periods, name="period"))
    for kind in CURVES:
        table[kind] = fit_survival_curve(kind, actual[seen]).survival(periods)
    table["sbg"] = model.survival(periods)
    table.attrs["fitted_periods"] = fitted_periods
    return table
