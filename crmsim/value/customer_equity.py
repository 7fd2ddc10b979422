"""Customer equity: what all customers are worth, those there and those to come.

A publisher has 10,000 subscribers and wins 1,000 a year. Its customer equity is the future value of
the 10,000 (the static base) plus, for each year to come, 1,000 times what a newcomer is worth beyond
the cost of winning one, discounted to today (Gupta, Lehmann & Stuart 2004, Journal of Marketing
Research 41(1), 7-18). The value of one cohort comes from acquisition, from retention and from what is
sold beside (Blattberg, Getz & Thomas 2001, Customer Equity, Harvard Business School Press).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, checked
from crmsim.value.constant_retention import margin_multiple
from crmsim.value.money import Flow, Money, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate, RetentionRate
from crmsim.value.valuation import Valuation, ValueParts

__all__ = ["cohort_equity", "customer_equity"]


def customer_equity(
    residual: Valuation,
    customers: float,
    *,
    newcomer: Valuation | None = None,
    new_customers: npt.ArrayLike = (),
    acquisition_cost: Money | None = None,
) -> ValueParts:
    """Return the equity of the customers there and of cohorts to come.

    Parameters
    ----------
    residual : Valuation
        What a present customer is still worth.
    customers : float
        How many there are, 0 or more.
    newcomer : Valuation, optional
        What a new customer is worth when won, before the cost of winning; at the same rate, of the
        same horizon. Its timing may be another: a newcomer's first payment may be certain.
    new_customers : array_like of float, shape (cohorts,), optional
        How many are won one period from the date of value, two periods, and so on; the period is that
        of the discount rate.
    acquisition_cost : Money, optional
        Cost of winning one of them, above 0, in money of the date of value; it does not change.

    Returns
    -------
    ValueParts
        ``base`` and ``future``; the future is discounted to the date of value.

    Raises
    ------
    InputError
        The valuations differ in currency, date, horizon or rate, a number of customers is negative, or
        there are new customers without a value.

    Examples
    --------
    >>> from crmsim.value import constant_retention_clv
    >>> margin, kept = Flow(100, "EUR", "year"), RetentionRate(0.8, "year")
    >>> discount = DiscountRate(0.1, "year")
    >>> equity = customer_equity(
    ...     constant_retention_clv(margin, kept, discount, timing="after_renewal"),
    ...     10_000,
    ...     newcomer=constant_retention_clv(margin, kept, discount, timing="immediate"),
    ...     new_customers=[1000, 1000, 1000],
    ...     acquisition_cost=Money(150, "EUR"),
    ... )
    >>> {name: round(part.value) for name, part in equity.parts.items()}
    {'base': 2666667, 'future': 538818}
    """
    count = checked("customers", customers, 0)
    base = residual * count
    if newcomer is None:
        if np.size(new_customers):
            raise InputError("newcomer", "must be given with new_customers: what one of them is worth")
        return ValueParts({"base": base})
    alike = replace(newcomer, timing=residual.timing)
    residual + alike  # refuses what differs
    won = np.atleast_1d(checked("new_customers", new_customers, 0))
    gain = newcomer if acquisition_cost is None else newcomer - acquisition_cost
    times = np.arange(1, len(won) + 1)
    present = (won * residual.discount.factor(times, residual.discount.per)).sum()
    timing = residual.timing
    if newcomer.timing != residual.timing:
        timing = f"{residual.timing} (base), {newcomer.timing} (newcomers)"
    return ValueParts(
        {"base": replace(base, timing=timing), "future": replace(gain * present, timing=timing)}
    )


def cohort_equity(
    prospects: float,
    acquisition_rate: Numbers,
    acquisition_spend: Money,
    margin: Flow,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    retention_spend: Flow | None = None,
    add_on: Flow | None = None,
    payments: int | None = None,
) -> ValueParts:
    """Return the equity of one cohort by where it comes from.

    Those won buy at once. From then on, in every period in which they are still there, they bring the
    margin again and the add-on sales, and cost the spend on retention.

    Parameters
    ----------
    prospects : float
        People addressed.
    acquisition_rate : float
        Share of them that becomes customers, 0 to 1.
    acquisition_spend : Money
        Per prospect, at the date of value.
    margin : Flow
        Per customer and period, before all marketing.
    retention : RetentionRate
    discount : DiscountRate
    retention_spend, add_on : Flow, optional
        Per customer and period, from the first renewal on.
    payments : int, optional
        Renewals that count; without it all of them.

    Returns
    -------
    ValueParts
        ``acquisition``, ``retention`` and ``add_on``.

    Raises
    ------
    InputError
        Periods, currencies or dates differ; a value is out of range.

    Examples
    --------
    >>> equity = cohort_equity(
    ...     1000, 0.2, Money(5, "EUR"), Flow(50, "EUR", "year"), RetentionRate(0.6, "year"),
    ...     DiscountRate(0.12, "year"),
    ...     retention_spend=Flow(10, "EUR", "year"), add_on=Flow(6, "EUR", "year"),
    ... )
    >>> {name: round(part.value) for name, part in equity.parts.items()}
    {'acquisition': 5000, 'retention': 9231, 'add_on': 1385}
    """
    flows = {"margin": margin, "retention_spend": retention_spend, "add_on": add_on}
    per = same_period(**flows, retention=retention, discount=discount)
    currency = same_currency(**flows, acquisition_spend=acquisition_spend)
    date = same_date(**flows, acquisition_spend=acquisition_spend)
    addressed = checked("prospects", prospects, 0)
    won = addressed * checked("acquisition_rate", acquisition_rate, 0, 1)
    multiple = margin_multiple(retention, discount, payments=payments)
    zero = Flow(0.0, currency, margin.per, date)
    kept = margin - zero if retention_spend is None else margin - retention_spend
    amounts = {
        "acquisition": won * margin.amount - addressed * acquisition_spend.amount,
        "retention": won * kept.amount * multiple,
        "add_on": won * (zero if add_on is None else add_on).amount * multiple,
    }
    return ValueParts(
        {
            name: Valuation(
                value=amount,
                currency=currency,
                date_of_value=date,
                horizon=np.inf if payments is None else float(payments),
                per=per,
                discount=discount,
                timing="first purchase now, the others after_renewal",
                method="cohort equity",
            )
            for name, amount in amounts.items()
        }
    )
