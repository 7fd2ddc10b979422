"""CLV in the broad and in the narrow sense, for a customer with a constant margin and retention rate.

A member joined three years ago, cost 150 to win, and has paid three yearly fees. What the club has made
of the member so far is history; what a decision of today can change is only what is still to come. The
broad value adds both, the narrow one is the second alone. For dated payments of any kind see
:func:`crmsim.value.discounting.value_at`.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np

from crmsim.errors import InputError
from crmsim.value.constant_retention import constant_retention_clv, timing_of
from crmsim.value.discounting import SplitValue
from crmsim.value.money import Flow, Money, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate, RetentionRate, days_in

__all__ = ["broad_and_narrow"]


def broad_and_narrow(
    margin: Flow,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    timing: str,
    age: int,
    payments: int | None = None,
    acquisition_cost: Money | None = None,
) -> SplitValue:
    """Split the value of a customer who is still there after some periods into past and future.

    Parameters
    ----------
    margin, retention, discount, timing
        As in :func:`crmsim.value.constant_retention.constant_retention_clv`.
    age : int
        Whole periods since the beginning, 0 or more. So many payments were made, because the customer is
        known to be there; the next one waits for a renewal or not, as the first one did.
    payments : int, optional
        How many count from the beginning; without it there is no end.
    acquisition_cost : Money, optional
        Above 0, spent at the beginning: part of the past from then on, and no part of the future.

    Returns
    -------
    SplitValue
        As of the day of review, with its date. At age 0 the cost of winning is still to be spent, so
        everything is future.

    Raises
    ------
    InputError
        `age` is not a whole number from 0 to `payments`, or as for the CLV.

    Examples
    --------
    >>> margin, kept, discount = Flow(100, "EUR", "year"), RetentionRate(0.8, "year"), DiscountRate(0, "year")
    >>> split = broad_and_narrow(
    ...     margin, kept, discount, timing="immediate", age=2, payments=4, acquisition_cost=Money(150, "EUR")
    ... )
    >>> split.historic.value, split.narrow.value, split.broad.value
    (50.0, 180.0, 230.0)
    """
    if isinstance(age, bool) or not isinstance(age, int | np.integer) or age < 0:
        raise InputError("age", "must be a whole number of periods, at least 0", age)
    if payments is not None and age > payments:
        raise InputError("age", f"must be at most {payments}, the payments that count", age)
    same_period(margin=margin, retention=retention, discount=discount)
    same_currency(margin=margin, acquisition_cost=acquisition_cost)
    same_date(margin=margin, acquisition_cost=acquisition_cost)
    left = None if payments is None else payments - age
    day = _later(margin, age)
    future = constant_retention_clv(
        replace(margin, date_of_value=day), retention, discount, timing=timing, payments=left
    )
    growth = 1.0 + np.asarray(discount.value)
    when = np.arange(age) + timing_of(timing).periods
    past = float((margin.amount * growth ** (age - when)).sum())
    spent = 0.0 if acquisition_cost is None else float(acquisition_cost.amount) * float(growth**age)
    if age == 0:
        future, spent = future - Money(spent, margin.currency, day), 0.0
    return SplitValue(historic=replace(future, value=past - spent), future=future)


def _later(margin: Flow, age: int) -> int | datetime.date:
    """Return the day so many periods after the beginning, to the nearest whole one."""
    days = round(float(age * days_in(margin.per)))
    start = margin.date_of_value
    return start + datetime.timedelta(days) if isinstance(start, datetime.date) else start + days
