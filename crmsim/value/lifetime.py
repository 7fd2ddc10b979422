"""How long customers stay, and why the expected lifetime does not tell their value.

Of a club's members a fifth leave each year, so a member stays 1 / 0.2 = 5 years on average. It does not
follow that a member is worth five yearly fees: nearly half of them leave within three years, the few who
stay for twenty pay mostly far in the future, and discounting counts early money more. The value of
certain payments is a concave function of their number, so the value at the mean number is above the
mean value (Jensen's inequality): to plug the expected lifetime into an annuity overstates CLV.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, checked, plain
from crmsim.value.constant_retention import constant_retention_clv, timing_of
from crmsim.value.money import Flow, same_period
from crmsim.value.rates import ChurnRate, DiscountRate, RetentionRate
from crmsim.value.valuation import Valuation

__all__ = ["PlugIn", "annuity", "expected_lifetime", "gone_before_mean", "mean_lifetime", "plug_in_clv"]


def expected_lifetime(churn: ChurnRate) -> Numbers:
    """Return the expected number of periods with the firm, 1 / churn.

    The period in which the customer leaves is counted: who never renews stays one period.

    Parameters
    ----------
    churn : ChurnRate

    Returns
    -------
    float or numpy.ndarray
        In periods of `churn`; infinite where nobody leaves.

    Examples
    --------
    Reichheld & Sasser (1990): churn halved from 10 to 5 per cent doubles the lifetime.

    >>> expected_lifetime(ChurnRate([0.10, 0.05], "year"))
    array([10., 20.])
    """
    same_period(churn=churn)
    with np.errstate(divide="ignore"):
        return plain(np.divide(1.0, churn.value))


def gone_before_mean(churn: ChurnRate) -> Numbers:
    """Return the share of customers (0 to 1) who stay for fewer periods than the expected lifetime.

    Lifetimes at a constant rate are skewed, as incomes are: most are below their mean.

    Parameters
    ----------
    churn : ChurnRate
        Above 0.

    Returns
    -------
    float or numpy.ndarray

    Raises
    ------
    InputError
        Where nobody leaves there is no mean.

    Examples
    --------
    >>> round(gone_before_mean(ChurnRate(0.2, "year")), 4)
    0.5904
    """
    if np.any(np.less_equal(churn.value, 0.0)):
        raise InputError("churn", "must be above 0, or nobody ever leaves", churn.value)
    # Whole periods that are fewer than the mean; rounding errors of 1 / churn do not make one more.
    whole = np.ceil(np.asarray(expected_lifetime(churn)) - 1e-9) - 1.0
    return plain(1.0 - np.power(1.0 - np.asarray(churn.value), whole))


def mean_lifetime(churn: ChurnRate, shares: npt.ArrayLike) -> float:
    """Return the mean lifetime of customers who differ: the mean of 1 / churn.

    It is never below one over the mean churn rate, which is what a firm reads from the first year's
    losses of a cohort: the faithful are few in the losses and many in the later years.

    Parameters
    ----------
    churn : ChurnRate, shape (groups,)
    shares : array_like of float, shape (groups,)
        Share of each group among new customers; they sum to 1.

    Returns
    -------
    float
        In periods of `churn`.

    Raises
    ------
    InputError
        Shares out of range, or their sum is not 1.

    Examples
    --------
    >>> mean_lifetime(ChurnRate([0.1, 0.5], "year"), [0.5, 0.5])
    6.0
    """
    weights = np.asarray(checked("shares", shares, 0, 1))
    if weights.shape != np.shape(churn.value):
        raise InputError("shares", f"must be one a churn rate, {np.shape(churn.value)}", weights.shape)
    if not np.isclose(weights.sum(), 1.0, atol=1e-9):
        raise InputError("shares", "must sum to 1", float(weights.sum()))
    present = weights > 0
    return float((weights[present] * np.asarray(expected_lifetime(churn))[present]).sum())


def annuity(payments: npt.ArrayLike, discount: npt.ArrayLike, *, periods_to_first: float = 0.0) -> Numbers:
    """Return the present value of so many certain payments of 1, a period apart.

    Parameters
    ----------
    payments : array_like of float
        0 or more, or infinite; between whole numbers the closed formula is used as it stands.
    discount : array_like of float
        Effective rate per period, 0 or more.
    periods_to_first : float
        Until the first payment.

    Raises
    ------
    InputError
        A value out of range.

    Examples
    --------
    >>> round(annuity(5, 0.1), 4)
    4.1699
    """
    number = np.asarray(payments, dtype=np.float64)
    finite = np.asarray(checked("payments", np.where(np.isposinf(number), 0.0, number), 0))
    rate = np.asarray(checked("discount", discount, 0))
    whole = np.where(np.isposinf(number), np.inf, finite)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = -np.expm1(-whole * np.log1p(rate)) / rate * (1.0 + rate)
    return plain(np.where(rate == 0.0, whole, value) * (1.0 + rate) ** -periods_to_first)


class PlugIn(NamedTuple):
    """A value by the expected lifetime, beside the true one.

    Attributes
    ----------
    plug_in : Valuation
        Of an annuity of as many payments as are expected.
    truth : Valuation
        The expected value of the payments.
    """

    plug_in: Valuation
    truth: Valuation

    @property
    def overstatement(self) -> Numbers:
        """By what share the plug-in is above the truth; 0 where it is right."""
        plug_in, truth = np.asarray(self.plug_in.value), np.asarray(self.truth.value)
        with np.errstate(divide="ignore", invalid="ignore"):
            return plain(np.where(plug_in == truth, 0.0, plug_in / truth - 1.0))


def plug_in_clv(margin: Flow, retention: RetentionRate, discount: DiscountRate, *, timing: str) -> PlugIn:
    """Value a customer by the expected lifetime in an annuity, and rightly.

    Parameters
    ----------
    margin, retention, discount, timing
        As in :func:`crmsim.value.constant_retention.constant_retention_clv`, without end.

    Returns
    -------
    PlugIn
        Both begin at the same time and expect as many payments: 1 / churn where the first is certain,
        retention / churn where it waits for a renewal. They are equal only without discounting,
        or where nobody or everybody leaves.

    Raises
    ------
    InputError
        As for the CLV.

    Examples
    --------
    >>> margin, discount = Flow(100, "EUR", "year"), DiscountRate(0.1, "year")
    >>> both = plug_in_clv(margin, RetentionRate(0.8, "year"), discount, timing="immediate")
    >>> round(both.plug_in.value, 2), round(both.truth.value, 2), f"{both.overstatement:.1%}"
    (416.99, 366.67, '13.7%')
    """
    truth = constant_retention_clv(margin, retention, discount, timing=timing)
    first = timing_of(timing)
    payments = np.power(retention.value, first.renewals) * expected_lifetime(retention.churn)
    worth = annuity(payments, discount.value, periods_to_first=first.periods)
    plug_in = Valuation(
        value=margin.amount * worth,
        currency=margin.currency,
        date_of_value=margin.date_of_value,
        horizon=np.inf,
        per=same_period(margin=margin, retention=retention, discount=discount),
        discount=discount,
        timing=timing,
        method="expected lifetime in an annuity",
    )
    return PlugIn(plug_in, truth)
