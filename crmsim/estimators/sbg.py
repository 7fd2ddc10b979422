"""Shifted beta-geometric: how long customers with a contract stay.

A gym sees every month who renews. Of last year's members 37 % are gone after one month, of those
left 25 % after the next, then 19 %. Nobody need have become more loyal: the doubtful leave first,
and the faithful remain. The model is just that, and projects the curve far beyond the data.

Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1),
76-90; Fader & Hardie (2007), Fitting the sBG Model to Multi-Cohort Data (brucehardie.com/notes/017);
Fader & Hardie (2010), Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring
Heterogeneity, Marketing Science 29(1), 85-93.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from crmsim.errors import InputError
from crmsim.estimators.checks import check_counts, check_parameters, check_rate, checked
from crmsim.estimators.fit import Fit, fitted
from crmsim.estimators.likelihood import maximise_on_logs
from crmsim.estimators.quadrature import beta_nodes
from crmsim.rfm import summary_columns

__all__ = ["ShiftedBetaGeometric", "fit_sbg", "fit_sbg_to_survivors"]

Array = npt.NDArray[np.float64]
Periods = npt.NDArray[np.int64]

LONGEST = 100_000
"""Most periods a customer can be followed: 270 years of days."""


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """The shifted beta-geometric (sBG) model of contract renewals, with its parameters.

    1. At the end of every period a customer leaves for good with probability theta.
    2. Theta is a customer's own and does not change.
    3. Theta differs between customers: Beta(`alpha`, `beta`).

    Parameters
    ----------
    alpha, beta : float
        Parameters of the leaving probabilities, above 0; the mean is ``alpha / (alpha + beta)``.

    Raises
    ------
    InputError
        A parameter is not finite and above 0. The methods raise it for periods that are not whole
        numbers from 0 to `LONGEST`.

    Examples
    --------
    The High End segment of the paper, fitted to 7 years, projected to year 12 (39.4 % were left):

    >>> high_end = ShiftedBetaGeometric(alpha=0.668, beta=3.806)
    >>> high_end.survival([1, 7, 12]).round(3)
    array([0.851, 0.489, 0.378])
    """

    alpha: float
    beta: float

    PARAMETERS: ClassVar = ("alpha", "beta")

    def __post_init__(self) -> None:
        check_parameters(self, self.PARAMETERS)

    def log_likelihood(self, periods: npt.ArrayLike, lost: npt.ArrayLike) -> Array:
        """Log-likelihood of each customer's history; sum it for the whole base.

        Parameters
        ----------
        periods : array_like of int
            Of a lost customer the period at whose end they left, from 1; of any other the renewals
            so far, from 0.
        lost : array_like of bool
            Whether the customer left.

        Returns
        -------
        numpy.ndarray
            One value a customer.

        Raises
        ------
        InputError
            Periods that cannot be, or `lost` is not true or false.

        Examples
        --------
        >>> ShiftedBetaGeometric(alpha=1, beta=1).log_likelihood([1, 2, 2], [True, True, False]).round(4)
        array([-0.6931, -1.7918, -1.0986])
        """
        return self._log_chance(*_spans(periods, lost))[()]

    def survival(self, t: npt.ArrayLike) -> Array:
        """Share of customers who renew at least `t` times.

        Parameters
        ----------
        t : array_like of int
            Renewals, from 0.

        Returns
        -------
        numpy.ndarray
            From 0 to 1.

        Raises
        ------
        InputError
            `t` is not a whole number from 0 to `LONGEST`.

        Examples
        --------
        >>> ShiftedBetaGeometric(alpha=1, beta=1).survival([0, 1, 3])
        array([1.  , 0.5 , 0.25])
        """
        return np.exp(self._log_survival(_whole_periods("t", t)))[()]

    def retention(self, t: npt.ArrayLike) -> Array:
        """Share of those still there who renew for the `t`-th time; it rises with `t`.

        Parameters
        ----------
        t : array_like of int
            Number of the renewal, from 1.

        Returns
        -------
        numpy.ndarray
            From 0 to 1.

        Raises
        ------
        InputError
            `t` is not a whole number from 1 to `LONGEST`.

        Examples
        --------
        >>> ShiftedBetaGeometric(alpha=0.764, beta=1.296).retention([1, 2, 3]).round(3)
        array([0.629, 0.75 , 0.812])
        """
        before = _whole_periods("t", t, least=1) - 1
        return ((self.beta + before) / (self.alpha + self.beta + before))[()]

    def mean_churn(self, renewals: npt.ArrayLike) -> Array:
        """Mean leaving probability of those who have renewed so many times; it falls with `renewals`.

        Nobody changed: the doubtful have left. It is 1 less the retention of the next renewal.

        Parameters
        ----------
        renewals : array_like of int
            Renewals made, from 0.

        Returns
        -------
        numpy.ndarray
            From 0 to 1.

        Raises
        ------
        InputError
            `renewals` is not a whole number from 0 to `LONGEST`.

        Examples
        --------
        >>> ShiftedBetaGeometric(alpha=0.764, beta=1.296).mean_churn([0, 1, 2, 3]).round(3)
        array([0.371, 0.25 , 0.188, 0.151])
        """
        return (self.alpha / (self.alpha + self.beta + _whole_periods("renewals", renewals)))[()]

    def discounted_expected_residual_lifetime(self, renewals: npt.ArrayLike, discount_rate: float) -> Array:
        """Present value of one currency unit per future renewal (DERL), just before the next one.

        Parameters
        ----------
        renewals : array_like of int
            Renewals that the customer has made, from 0.
        discount_rate : float
            Per period, above 0. The next renewal is not discounted, the one after it once. Without
            discounting the sum is infinite wherever `alpha` is at most 1.

        Returns
        -------
        numpy.ndarray
            Discounted renewals, above 0: periods, not money. Values in money, with their terms, are made
            of them by `crmsim.contract_base.contract_base_value`.

        Raises
        ------
        InputError
            `renewals` is not a whole number from 0 to `LONGEST`; `discount_rate` is not finite and
            above 0.

        Notes
        -----
        Customers with k renewals have theta ~ Beta(alpha, beta + k), and one with a known theta has
        (1 + d) (1 - theta) / (d + theta); the mean over theta equals the 2F1 of the 2010 paper.

        Examples
        --------
        >>> high_end = ShiftedBetaGeometric(alpha=0.668, beta=3.806)
        >>> high_end.discounted_expected_residual_lifetime([0, 7], 0.1).round(2)
        array([5.41, 7.53])
        """
        check_rate("discount_rate", discount_rate)
        made = _whole_periods("renewals", renewals)
        different, back = np.unique(made, return_inverse=True)
        logit, weight = beta_nodes(self.alpha, self.beta + different)
        worth = (1 + discount_rate) * expit(-logit) / (discount_rate + expit(logit))
        return (worth * weight).sum(axis=1)[back].reshape(made.shape)[()]

    def _log_survival(self, t: Periods) -> Array:
        """Log of the share left after `t` renewals, a sum of the logs of the retention rates."""
        steps = np.log1p(self.alpha / (self.beta + np.arange(t.max(initial=0))))
        return -np.concatenate([[0.0], np.cumsum(steps)])[t]

    def _log_chance(self, since: Periods, until: Periods) -> Array:
        """Log of P(left after `since` and no later than `until` renewals); `until` < 0 is not yet."""
        there = self._log_survival(since)
        left = np.where(until < 0, since + 1, until)
        gone = np.log(-np.expm1(self._log_survival(left) - there))
        return there + np.where(until < 0, 0.0, gone)


def fit_sbg(customers: pd.DataFrame) -> Fit[ShiftedBetaGeometric]:
    """Fit sBG to customers one by one, by maximum likelihood.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer, not changed: ``periods`` and ``lost`` as in
        `ShiftedBetaGeometric.log_likelihood`. Customers may have begun at different times.

    Returns
    -------
    Fit
        The model, its log-likelihood and covariance.

    Raises
    ------
    InputError
        A column is missing; periods that cannot be; fewer than two customers; nobody lost.
    CrmsimError
        The search for the maximum failed.

    Examples
    --------
    >>> gym = pd.DataFrame({"periods": [1, 1, 2, 5, 3, 5, 5], "lost": [1, 1, 1, 1, 0, 0, 0]})
    >>> fit_sbg(gym).n_customers
    7
    """
    since, until = _spans(*summary_columns(customers, ["periods", "lost"]))
    if len(since) < 2:
        raise InputError("customers", "must have at least 2 rows to fit a model", len(since))
    if (until < 0).all():
        problem = "must hold at least one lost customer, everybody stayed: follow them for longer"
        raise InputError("lost", problem)
    return _fit(since, until, np.ones(len(since), dtype=np.int64))


def fit_sbg_to_survivors(survivors: pd.DataFrame) -> Fit[ShiftedBetaGeometric]:
    """Fit sBG to counts of those left of one cohort or several, by maximum likelihood.

    Parameters
    ----------
    survivors : pandas.DataFrame
        One row a count, in any order, not changed:

        - ``renewals``: how many renewals were due since the cohort began, 0 for its beginning,
        - ``customers``: how many were left after them, a whole number,
        - ``cohort``: whose count it is; needed only if there are several cohorts.

        Counts may be missing: those lost between two counts left at some time between them.

    Returns
    -------
    Fit
        The model, its log-likelihood (of who left when, in so far as it is known) and covariance.

    Raises
    ------
    InputError
        A column is missing; a cohort without its beginning, with two counts of one time, or with
        more customers than before; fewer than two customers; nobody lost.
    CrmsimError
        The search for the maximum failed.

    Examples
    --------
    The Regular segment, four years (Fader & Hardie find alpha = .764, beta = 1.296):

    >>> table = pd.DataFrame({"renewals": range(5), "customers": [1000, 631, 468, 382, 326]})
    >>> fit = fit_sbg_to_survivors(table)
    >>> round(fit.model.alpha, 3), round(fit.model.beta, 3)
    (0.764, 1.296)
    """
    columns = summary_columns(survivors, ["renewals", "customers"])
    renewals = _whole_periods("renewals", columns[0])
    (left,) = checked(None, customers=columns[1])
    check_counts("customers", left, "customers left")
    cohort = survivors["cohort"].to_numpy() if "cohort" in survivors.columns else np.zeros(len(left))
    if pd.isna(cohort).any():
        raise InputError("cohort", "must not be missing in any row")
    parts = [_losses(name, renewals[cohort == name], left[cohort == name]) for name in pd.unique(cohort)]
    since, until, number = np.concatenate([np.empty((0, 3), dtype=np.int64), *parts]).T
    if number.sum() < 2:
        raise InputError("customers", "must be at least 2 to fit a model", int(number.sum()))
    if number[until >= 0].sum() == 0:
        problem = "must become fewer at least once, everybody stayed: follow them for longer"
        raise InputError("customers", problem)
    return _fit(since, until, number)


# --- histories as spans: left after `since` and no later than `until` renewals, -1 where not yet ----


def _fit(since: Periods, until: Periods, number: Periods) -> Fit[ShiftedBetaGeometric]:
    spans, back = np.unique(np.column_stack([since, until]), axis=0, return_inverse=True)
    times = np.bincount(back.ravel(), weights=number)
    spans, times = spans[times > 0], times[times > 0]

    def log_likelihood(parameters: Array) -> float:
        return float(times @ ShiftedBetaGeometric(*parameters.tolist())._log_chance(*spans.T))

    best = maximise_on_logs(log_likelihood, np.ones(2), starts=[[1.0, 1.0], [0.5, 5.0], [10.0, 50.0]])
    return fitted(ShiftedBetaGeometric(*best.parameters.tolist()), best, int(number.sum()))


def _spans(periods: npt.ArrayLike, lost: npt.ArrayLike) -> tuple[Periods, Periods]:
    """Spans of customers one by one."""
    periods, lost = checked(None, periods=periods, lost=lost)
    periods = _whole_periods("periods", periods)
    odd = (lost != 0) & (lost != 1)
    if odd.any():
        raise InputError("lost", "must be true or false (1 or 0)", float(lost[odd][0]))
    if ((lost == 1) & (periods == 0)).any():
        raise InputError("periods", "must be at least 1 for a lost customer, who left at its end", 0)
    return np.where(lost == 1, periods - 1, periods), np.where(lost == 1, periods, -1)


def _losses(cohort: object, renewals: Periods, left: Array) -> Periods:
    """Rows of (since, until, customers) of one cohort's counts."""
    order = np.argsort(renewals)
    renewals, left = renewals[order], left[order]
    where = f"in cohort {cohort}"
    if renewals[0] != 0:
        raise InputError("renewals", f"must begin with 0 {where}", int(renewals[0]))
    twice = np.flatnonzero(np.diff(renewals) == 0)
    if twice.size:
        raise InputError("renewals", f"must have one row a count {where}", int(renewals[twice[0]]))
    more = np.flatnonzero(np.diff(left) > 0)
    if more.size:
        problem = f"must not be more than the {left[more[0]]:g} before {where}"
        raise InputError("customers", problem, float(left[more[0] + 1]))
    rows = [renewals, np.append(renewals[1:], -1), np.append(-np.diff(left), left[-1])]
    return np.column_stack(rows).astype(np.int64)


def _whole_periods(name: str, values: npt.ArrayLike, least: int = 0) -> Periods:
    (array,) = checked(None, **{name: values})
    check_counts(name, array, "periods")
    outside = (array < least) | (array > LONGEST)
    if outside.any():
        raise InputError(name, f"must be from {least} to {LONGEST}", float(array[outside][0]))
    return array.astype(np.int64)
