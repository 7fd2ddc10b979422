"""CLV with a constant retention rate: the margin multiple, when its payments fall, what moves it.

A subscriber brings 100 a year, four in five renew, and money costs 10 per cent. Is that worth 367,
333, 293 or 267? All four, depending on whether the first payment is certain or waits for a renewal,
and whether it comes now or in a year (Fader & Hardie 2012, Reconciling and Clarifying CLV Formulas,
brucehardie.com/notes/024). So the timing has to be said:

==================  ===================  ==============================  ====================
timing              the first payment    k-th payment (k = 0, 1, ...)    without end, m times
==================  ===================  ==============================  ====================
``immediate``       is certain, now      r^k / (1+d)^k                   (1+d) / (1+d-r)
``end_of_period``   is certain, in one   r^k / (1+d)^(k+1)               1 / (1+d-r)
``before_renewal``  is due now, if the   r^(k+1) / (1+d)^k               r (1+d) / (1+d-r)
                    customer renews
``after_renewal``   is due in one, if    r^(k+1) / (1+d)^(k+1)           r / (1+d-r)
                    the customer renews
==================  ===================  ==============================  ====================

The last one is the margin multiple of Gupta & Lehmann (2003, Customers as Assets, Journal of
Interactive Marketing 17(1), 9-24), with growth g of the margin r / (1 + d - r (1 + g)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, number_of_periods, plain
from crmsim.value.money import Flow, Money, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate, GrowthRate, RetentionRate
from crmsim.value.valuation import Valuation

__all__ = [
    "TIMINGS",
    "Elasticities",
    "Timing",
    "clv_elasticities",
    "constant_retention_clv",
    "margin_multiple",
    "retention_point_value",
    "timing_of",
]


class Timing(NamedTuple):
    """When the first payment falls.

    Attributes
    ----------
    renewals : int
        Renewals it waits for: 0 if it is certain.
    periods : int
        Periods until then.
    """

    renewals: int
    periods: int


#: The timing conventions by name.
TIMINGS = {
    "immediate": Timing(0, 0),
    "end_of_period": Timing(0, 1),
    "before_renewal": Timing(1, 0),
    "after_renewal": Timing(1, 1),
}


def timing_of(name: str) -> Timing:
    """Return a timing convention by its name; InputError for an unknown one.

    Examples
    --------
    >>> timing_of("after_renewal")
    Timing(renewals=1, periods=1)
    """
    if name not in TIMINGS:
        raise InputError("timing", f"must be one of {', '.join(TIMINGS)}", name)
    return TIMINGS[name]


def margin_multiple(
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    timing: str = "after_renewal",
    growth: GrowthRate | None = None,
    payments: npt.ArrayLike | None = None,
) -> Numbers:
    """Return by what a margin per period is to be multiplied for the value of the customer.

    Parameters
    ----------
    retention : RetentionRate
        From one payment to the next; its period is that of the margin.
    discount : DiscountRate
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}
        When the first payment falls; the default is the r / (1 + d - r) of the textbooks.
    growth : GrowthRate, optional
        Of the margin from one payment to the next; the first one has not grown.
    payments : array_like of int, optional
        How many payments count, 0 or more; without it all of them.

    Returns
    -------
    float or numpy.ndarray
        How many margins of one period; all arguments are broadcast.

    Raises
    ------
    InputError
        The rates have different periods, or payments without end do not shrink.

    Examples
    --------
    >>> discount = DiscountRate(0.12, "year")
    >>> margin_multiple(RetentionRate([0.6, 0.9], "year"), discount).round(2)
    array([1.15, 4.09])
    >>> kept = RetentionRate(0.9, "year")
    >>> margin_multiple(kept, discount, payments=[1, 5, 100]).round(2)
    array([0.8 , 2.72, 4.09])
    >>> margin_multiple(RetentionRate(0.9, "month"), discount)
    Traceback (most recent call last):
    ...
    crmsim.errors.InputError: discount: must be per month like retention, but is per year (convert it first)
    """
    r, d, g = _rates(retention, discount, growth)
    n = number_of_periods("payments", payments)
    first = timing_of(timing)
    # Payments shrink by the factor (1 - gap) each; told so, it stays exact close to 1.
    gap = (1.0 + d - r * (1.0 + g)) / (1.0 + d)
    if (np.isinf(n) & (gap <= 0)).any():
        problem = "must leave retention x (1 + growth) below 1 + discount, or the value has no limit"
        raise InputError("payments", f"without end {problem}")
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.where(np.isinf(n), 1.0, -np.expm1(n * np.log1p(-gap))) / gap
    total = np.where(gap == 0.0, n, np.where(np.equal(n, 0.0), 0.0, total))
    return plain(np.power(r, first.renewals) * (1.0 + d) ** -first.periods * total)


def constant_retention_clv(
    margin: Flow,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    timing: str,
    growth: GrowthRate | None = None,
    payments: npt.ArrayLike | None = None,
    acquisition_cost: Money | None = None,
) -> Valuation:
    """Return the value of a customer with a constant margin and retention rate.

    Parameters
    ----------
    margin : Flow
        Earned in every period in which the customer is there, costs of serving deducted.
    retention : RetentionRate
    discount : DiscountRate
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}
        When the first payment falls, as in the table above.
    growth : GrowthRate, optional
        Of the margin, from the second payment on.
    payments : array_like of int, optional
        How many payments count; without it all of them.
    acquisition_cost : Money, optional
        Above 0, spent at the date of value.

    Returns
    -------
    Valuation
        At the date of `margin`, less the acquisition cost.

    Raises
    ------
    InputError
        Periods, currencies or dates differ; a value is out of range.

    Examples
    --------
    >>> margin, kept = Flow(100, "EUR", "year"), RetentionRate(0.8, "year")
    >>> clv = constant_retention_clv(margin, kept, DiscountRate(0.1, "year"), timing="after_renewal")
    >>> round(clv.value, 2)
    266.67
    >>> constant_retention_clv(margin, kept, DiscountRate(0.01, "month"), timing="after_renewal")
    Traceback (most recent call last):
    ...
    crmsim.errors.InputError: discount: must be per year like margin, but is per month (convert it first)
    """
    per = same_period(margin=margin, retention=retention, discount=discount, growth=growth)
    multiple = margin_multiple(retention, discount, timing=timing, growth=growth, payments=payments)
    clv = Valuation(
        value=margin.amount * multiple,
        currency=same_currency(margin=margin, acquisition_cost=acquisition_cost),
        date_of_value=same_date(margin=margin, acquisition_cost=acquisition_cost),
        horizon=number_of_periods("payments", payments),
        per=per,
        discount=discount,
        timing=timing,
        method="constant retention",
    )
    return clv if acquisition_cost is None else clv - acquisition_cost


def retention_point_value(
    margin: Flow,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    timing: str,
    growth: GrowthRate | None = None,
    payments: npt.ArrayLike | None = None,
    points: float = 0.01,
) -> Valuation:
    """Return what one more point of retention is worth, per customer.

    Parameters
    ----------
    margin, retention, discount, timing, growth, payments
        As in :func:`constant_retention_clv`.
    points : float
        By how much the retention rate is raised; 0.01 is one point.

    Returns
    -------
    Valuation
        The difference: what may at most be spent for it, per customer.

    Raises
    ------
    InputError
        As above, or the raised rate is above 1.

    Examples
    --------
    >>> margin, discount = Flow(100, "EUR", "year"), DiscountRate(0.1, "year")
    >>> kept = RetentionRate([0.6, 0.9], "year")
    >>> retention_point_value(margin, kept, discount, timing="after_renewal").value.round(2)
    array([ 4.49, 28.95])
    """
    raised = RetentionRate(np.add(retention.value, points), retention.per)
    more, now = (
        constant_retention_clv(margin, rate, discount, timing=timing, growth=growth, payments=payments)
        for rate in (raised, retention)
    )
    return more - now


class Elasticities(NamedTuple):
    """Per cent by which the value changes when one thing rises by one per cent.

    Attributes
    ----------
    margin, retention, discount : float or numpy.ndarray
    """

    margin: Numbers
    retention: Numbers
    discount: Numbers


def clv_elasticities(
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    timing: str = "after_renewal",
    growth: GrowthRate | None = None,
) -> Elasticities:
    """Return how strongly the value without end reacts to each of its three parts.

    That retention matters most, and several times more than the discount rate, was found so by Gupta,
    Lehmann & Stuart (2004, Valuing Customers, Journal of Marketing Research 41(1), 7-18).

    Parameters
    ----------
    retention, discount, timing, growth
        As in :func:`margin_multiple`.

    Returns
    -------
    Elasticities
        Derivatives of the logarithm of the value by the logarithm of each part, in closed form.

    Raises
    ------
    InputError
        The rates have different periods, or payments do not shrink.

    Examples
    --------
    >>> reacts = clv_elasticities(RetentionRate(0.8, "year"), DiscountRate(0.12, "year"))
    >>> round(reacts.retention, 3), round(reacts.discount, 3)
    (3.5, -0.375)
    """
    margin_multiple(retention, discount, timing=timing, growth=growth)
    r, d, g = _rates(retention, discount, growth)
    first = timing_of(timing)
    gap = 1.0 + d - r * (1.0 + g)
    return Elasticities(
        margin=plain(np.ones_like(gap)),
        retention=plain(first.renewals + r * (1.0 + g) / gap),
        discount=plain(d * ((1 - first.periods) / (1.0 + d) - 1.0 / gap)),
    )


def _rates(
    retention: RetentionRate, discount: DiscountRate, growth: GrowthRate | None
) -> tuple[npt.NDArray[np.float64], ...]:
    """Return the numbers of rates that are per the same period; without growth it is 0."""
    per = same_period(retention=retention, discount=discount, growth=growth)
    rates = (retention, discount, GrowthRate(0.0, per) if growth is None else growth)
    return tuple(np.asarray(rate.value, dtype=np.float64) for rate in rates)
