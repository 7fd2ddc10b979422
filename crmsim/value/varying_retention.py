"""CLV when margin or retention differ from period to period.

In most subscriptions the first renewal is the hardest: of ten new members six renew, of those eight,
then nine. One average rate would get each year wrong. Here each period has its own margin, each
renewal its own rate (Berger & Nasr 1998, Journal of Interactive Marketing 12(1), 17-30, model a
retention that varies in the same way; the course calls the sum the basic CLV model).
"""

from __future__ import annotations

import numpy as np

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, checked
from crmsim.value.constant_retention import timing_of
from crmsim.value.money import Flow, Money, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate, RetentionRate
from crmsim.value.valuation import Valuation

__all__ = ["expected_cash_flows", "survival", "varying_clv", "wallet_margin"]


def survival(retention: RetentionRate, payments: int, *, timing: str) -> Numbers:
    """Return the chance that the customer is there for each payment.

    Parameters
    ----------
    retention : RetentionRate, scalar or shape (renewals,)
        One rate for all renewals, or one for each.
    payments : int
        How many.
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}
        Whether the first payment waits for a renewal.

    Returns
    -------
    numpy.ndarray, shape (payments,)

    Raises
    ------
    InputError
        The number of rates is not the number of renewals before the last payment.

    Examples
    --------
    >>> survival(RetentionRate([0.6, 0.8], "year"), 3, timing="immediate").round(2)
    array([1.  , 0.6 , 0.48])
    """
    certain = 1 - timing_of(timing).renewals
    renewals = max(payments - certain, 0)
    rates = np.asarray(retention.value)
    if rates.ndim == 0:
        rates = np.full(renewals, rates)
    if rates.shape != (renewals,):
        problem = f"must have {renewals} rates for {payments} payments with timing {timing}"
        raise InputError("retention", problem, rates.shape)
    return np.cumprod(np.append(np.ones(certain), rates))[:payments]


def expected_cash_flows(
    margin: Flow, retention: RetentionRate, discount: DiscountRate, *, timing: str
) -> Flow:
    """Return the expected present value of each payment.

    Parameters
    ----------
    margin : Flow, shape (payments,)
        What each payment brings if the customer is there. A single amount is taken for all renewals
        of `retention`, which must then be an array.
    retention : RetentionRate, scalar or shape (renewals,)
        Rate of each renewal before the last payment: as many as payments if the first payment waits
        for a renewal, otherwise one fewer.
    discount : DiscountRate
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}

    Returns
    -------
    Flow, shape (payments,)
        Its cumulative sum is the value up to each payment.

    Raises
    ------
    InputError
        Periods or numbers of payments differ, or neither margin nor retention is an array.

    Examples
    --------
    >>> margin, kept = Flow([100, 110, 120], "EUR", "year"), RetentionRate([0.6, 0.8], "year")
    >>> expected_cash_flows(margin, kept, DiscountRate(0.1, "year"), timing="immediate").amount.round(2)
    array([100. ,  60. ,  47.6])
    """
    same_period(margin=margin, retention=retention, discount=discount)
    first = timing_of(timing)
    payments = _payments(margin, retention, certain=1 - first.renewals)
    when = np.arange(payments) + first.periods
    there = survival(retention, payments, timing=timing)
    present = margin.amount * there * (1.0 + np.asarray(discount.value)) ** -when
    return Flow(present, margin.currency, margin.per, margin.date_of_value)


def varying_clv(
    margin: Flow,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    timing: str,
    acquisition_cost: Money | None = None,
) -> Valuation:
    """Return the value of a customer whose margin or retention differs from period to period.

    Parameters
    ----------
    margin, retention, discount, timing
        As in :func:`expected_cash_flows`.
    acquisition_cost : Money, optional
        Above 0, spent at the date of value.

    Returns
    -------
    Valuation
        Sum of the expected present values, less the acquisition cost. With constant margin and
        retention it equals :func:`crmsim.value.constant_retention.constant_retention_clv`.

    Raises
    ------
    InputError
        Periods, currencies, dates or numbers of payments differ.

    Examples
    --------
    >>> margin, kept = Flow([100, 110, 120], "EUR", "year"), RetentionRate([0.6, 0.8], "year")
    >>> round(varying_clv(margin, kept, DiscountRate(0.1, "year"), timing="immediate").value, 2)
    207.6
    """
    flows = expected_cash_flows(margin, retention, discount, timing=timing)
    clv = Valuation(
        value=np.sum(flows.amount),
        currency=same_currency(margin=margin, acquisition_cost=acquisition_cost),
        date_of_value=same_date(margin=margin, acquisition_cost=acquisition_cost),
        horizon=float(np.size(flows.amount)),
        per=flows.per,
        discount=discount,
        timing=timing,
        method="varying margin and retention",
    )
    return clv if acquisition_cost is None else clv - acquisition_cost


def wallet_margin(wallet: Flow, share: Numbers, margin_rate: Numbers) -> Flow:
    """Return the margin of a customer who gives the firm a share of what they spend in the category.

    The course's model with spending allocation puts this into :func:`varying_clv`: value grows by a
    larger share of wallet as well as by keeping the customer.

    Parameters
    ----------
    wallet : Flow
        What the customer spends in the category with all sellers.
    share : float or numpy.ndarray
        Share of it that this firm gets, 0 to 1.
    margin_rate : float or numpy.ndarray
        What the firm keeps of its sales, as a share; at most 1.

    Raises
    ------
    InputError
        A share is out of range.

    Examples
    --------
    >>> wallet_margin(Flow(1000, "EUR", "year"), [0.3, 0.4], 0.25)
    Flow([75 100] EUR per year at day 0)
    """
    return wallet * checked("share", share, 0, 1) * checked("margin_rate", margin_rate, -np.inf, 1)


def _payments(margin: Flow, retention: RetentionRate, certain: int) -> int:
    """Return how many payments there are: margins say so, or else renewals."""
    if np.ndim(margin.amount) == 1:
        return np.size(margin.amount)
    if np.ndim(margin.amount) == 0 and np.ndim(retention.value) == 1:
        return np.size(retention.value) + certain
    raise InputError("margin", "must be one amount a payment, unless retention has one rate a renewal")
