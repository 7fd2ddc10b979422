"""Beta-binomial: what a response rate from a small test is worth.

A mailing to 50 addresses of a list brought 2 orders. Nobody believes in 4 % for the whole list: most
lists bring far less, and 2 of 50 is soon luck. The model pulls the rate of a list towards that of all
lists, the less, the larger the test was. For customers it is the same with visits that did or did not
end in a purchase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln

from crmsim.errors import InputError
from crmsim.estimators.checks import check_counts, check_parameters, checked
from crmsim.estimators.fit import Fit, fitted
from crmsim.estimators.likelihood import log_rising, maximise_on_logs
from crmsim.rfm import summary_columns

__all__ = ["BetaBinomial", "fit_beta_binomial"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BetaBinomial:
    """The beta-binomial model of successes in trials, with its parameters.

    1. Each of a group's trials succeeds with probability p, independently.
    2. p differs between groups: Beta(`alpha`, `beta`).

    Parameters
    ----------
    alpha, beta : float
        Above 0; the mean rate is ``alpha / (alpha + beta)``.

    Raises
    ------
    InputError
        A parameter is not finite and above 0. The methods raise it for more successes than trials.

    Examples
    --------
    The same 4 % in tests of 50 and of 1000:

    >>> lists = BetaBinomial(alpha=0.439, beta=95.411)
    >>> lists.posterior_mean([2, 40], [50, 1000]).round(3)
    array([0.017, 0.037])
    """

    alpha: float
    beta: float

    PARAMETERS: ClassVar = ("alpha", "beta")

    def __post_init__(self) -> None:
        check_parameters(self, self.PARAMETERS)

    def log_likelihood(self, successes: npt.ArrayLike, trials: npt.ArrayLike) -> Array:
        """Log-probability of each group's number of successes; sum it for all groups.

        Parameters
        ----------
        successes, trials : array_like of int
            From 0, no more successes than trials.

        Returns
        -------
        numpy.ndarray
            One value a group.

        Raises
        ------
        InputError
            Numbers that are not whole or contradict each other.

        Examples
        --------
        With both parameters at 1 every number of successes is as likely:

        >>> np.exp(BetaBinomial(1, 1).log_likelihood([0, 1, 2, 3], 3))
        array([0.25, 0.25, 0.25, 0.25])
        """
        x, m = _checked_trials(successes, trials)
        check_counts("successes", x, "successes")
        ways = -np.log1p(m) - betaln(m - x + 1, x + 1)
        return (ways + self._log_row(x, m))[()]

    def posterior_mean(self, successes: npt.ArrayLike, trials: npt.ArrayLike) -> Array:
        """Expected rate of a group, given its test: between its own rate and that of all.

        Parameters
        ----------
        successes : array_like
            From 0; an expected number may be broken.
        trials : array_like
            From 0; without any the answer is the mean rate.

        Returns
        -------
        numpy.ndarray
            From 0 to 1.

        Raises
        ------
        InputError
            Numbers are negative, not finite, or there are more successes than trials.

        Examples
        --------
        >>> BetaBinomial(1, 3).posterior_mean([0, 4], [0, 4])
        array([0.25 , 0.625])
        """
        x, m = _checked_trials(successes, trials)
        return ((self.alpha + x) / (self.alpha + self.beta + m))[()]

    def _log_row(self, x: Array, m: Array) -> Array:
        """Log of the chance of a certain row of x successes and m - x failures."""
        total = log_rising(self.alpha + self.beta, m)
        return log_rising(self.alpha, x) + log_rising(self.beta, m - x) - total


def fit_beta_binomial(table: pd.DataFrame) -> Fit[BetaBinomial]:
    """Fit the beta-binomial to groups by maximum likelihood.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``successes`` and ``trials``, one row a group; not changed.

    Returns
    -------
    Fit
        The model, its log-likelihood and covariance; ``n_customers`` counts the groups.

    Raises
    ------
    InputError
        A column is missing; numbers that cannot be; fewer than two groups with a trial; no success,
        or no failure.
    CrmsimError
        The search for the maximum failed.

    Examples
    --------
    >>> lists = pd.DataFrame({"successes": [0, 2, 9, 1], "trials": [50, 80, 100, 90]})
    >>> fit_beta_binomial(lists).n_customers
    4
    """
    x, m = _checked_trials(*summary_columns(table, ["successes", "trials"]))
    check_counts("successes", x, "successes")
    if (m > 0).sum() < 2:
        raise InputError("trials", "must be above 0 in at least 2 groups to fit a model", int((m > 0).sum()))
    for name, count, word in (("successes", x.sum(), "succeeded"), ("trials", (m - x).sum(), "failed")):
        if count == 0:
            raise InputError(name, f"must show a rate between 0 and 1, no trial at all {word}; test more")

    def log_likelihood(parameters: Array) -> float:
        return float(BetaBinomial(*parameters.tolist()).log_likelihood(x, m).sum())

    mean = x.sum() / m.sum()
    starts = [[size * mean, size * (1 - mean)] for size in (2.0, 30.0, 500.0)]
    best = maximise_on_logs(log_likelihood, np.ones(2), starts)
    return fitted(BetaBinomial(*best.parameters.tolist()), best, len(x))


def _checked_trials(successes: npt.ArrayLike, trials: npt.ArrayLike) -> list[Array]:
    x, m = checked(None, successes=successes, trials=trials)
    check_counts("trials", m, "trials")
    many = x > m
    if many.any():
        raise InputError("successes", f"must be at most trials ({m[many][0]:g})", float(x[many][0]))
    return [x, m]
