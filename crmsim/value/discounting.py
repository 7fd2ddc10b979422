"""The present value of payments on known days, and how it splits at a day of review.

A customer paid 5 on the first day and 100 ten months later. Discounting brings all of it to one day:
what lies before that day has grown since, what lies after it counts for less. The value as of a day
is historic profit plus future profit, the course's broad CLV; the future part alone is the narrow
one, and the only part that a decision can still change.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError
from crmsim.value.checks import checked
from crmsim.value.money import Day, Money, same_period
from crmsim.value.rates import DiscountRate
from crmsim.value.valuation import Valuation

__all__ = ["CashFlows", "SplitValue", "present_value", "value_at"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CashFlows:
    """Payments of one customer, each on its day.

    Parameters
    ----------
    days : array_like of float, shape (n,)
        Days after `start`.
    amounts : array_like of float, shape (n,)
        Negative for what is spent.
    currency : str
    start : int or datetime.date
        Day 0, by default that of the relationship.

    Raises
    ------
    InputError
        Days and amounts are not of one length, or not finite.

    Examples
    --------
    >>> CashFlows([0, 180], [5, 20], "EUR").total
    Money(25 EUR at day 0)
    """

    days: Array
    amounts: Array
    currency: str
    start: Day = 0

    def __post_init__(self) -> None:
        days, amounts = checked("days", self.days), checked("amounts", self.amounts, unit=self.currency)
        if np.ndim(days) != 1 or np.shape(days) != np.shape(amounts):
            problem = f"must be one a day, {np.shape(days)} like days"
            raise InputError("amounts", problem, np.shape(amounts))
        Money(0.0, self.currency, self.start)
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "amounts", amounts)

    @property
    def total(self) -> Money:
        """The sum without discounting."""
        return Money(self.amounts.sum(), self.currency, self.start)


class SplitValue(NamedTuple):
    """A value as of one day, split into what came before and what comes from then on.

    Attributes
    ----------
    historic : Valuation
        Payments before the day, each with the return it has earned until then.
    future : Valuation
        Payments on the day and after it, discounted to the day: the residual value, or narrow CLV.
    """

    historic: Valuation
    future: Valuation

    @property
    def broad(self) -> Valuation:
        """Historic plus future value: the value of the whole relationship as of the day."""
        return self.historic + self.future

    @property
    def narrow(self) -> Valuation:
        """Future value only."""
        return self.future


def present_value(flows: CashFlows, discount: DiscountRate, *, at_day: int = 0) -> Valuation:
    """Return the value of all payments as of one day, compounded by the day.

    Each counts ``(1 + d)^(-(day - at_day) / 365)``, d being the rate per year of 365 days.

    Parameters
    ----------
    flows : CashFlows
    discount : DiscountRate
        Effective, of any period.
    at_day : int
        Days after the start of the flows.

    Returns
    -------
    Valuation
        The horizon is the last day of the flows; the date of value is `at_day`.

    Raises
    ------
    InputError
        `at_day` is not a whole number.

    Examples
    --------
    >>> flows = CashFlows([0, 365], [100, 112], "EUR")
    >>> round(present_value(flows, DiscountRate(0.12, "year")).value, 2)
    200.0
    """
    return _valued(flows, flows.amounts, discount, at_day)


def value_at(
    flows: CashFlows, discount: DiscountRate, *, at_day: int, acquisition_cost: Money | None = None
) -> SplitValue:
    """Split the value as of one day into historic and future profit.

    Parameters
    ----------
    flows : CashFlows
    discount : DiscountRate
    at_day : int
        Day of review, after the start of the flows. A payment of that very day is still to come.
    acquisition_cost : Money, optional
        Above 0, spent at the start of the flows; if that is the day of review, it is still to be spent.

    Returns
    -------
    SplitValue
        ``broad`` equals the value of everything at the start, grown to the day of review.

    Raises
    ------
    InputError
        `acquisition_cost` has another currency or date than the flows; `at_day` is not whole.

    Examples
    --------
    >>> flows = CashFlows([0, 100, 400], [5, 20, 50], "EUR")
    >>> split = value_at(flows, DiscountRate(0.0, "year"), at_day=100, acquisition_cost=Money(30, "EUR"))
    >>> split.historic.value, split.narrow.value, split.broad.value
    (-25.0, 70.0, 45.0)
    """
    if acquisition_cost is not None:
        cost = Money(0.0, flows.currency, flows.start) + acquisition_cost
        flows = CashFlows(
            np.append(0.0, flows.days), np.append(-cost.amount, flows.amounts), flows.currency, flows.start
        )
    before = flows.days < at_day
    return SplitValue(
        historic=_valued(flows, np.where(before, flows.amounts, 0.0), discount, at_day),
        future=_valued(flows, np.where(before, 0.0, flows.amounts), discount, at_day),
    )


def _valued(flows: CashFlows, amounts: Array, discount: DiscountRate, at_day: int) -> Valuation:
    same_period(discount=discount)
    if isinstance(at_day, bool) or not isinstance(at_day, int | np.integer):
        raise InputError("at_day", "must be a whole number of days after the start", at_day)
    move = datetime.timedelta(int(at_day)) if isinstance(flows.start, datetime.date) else int(at_day)
    return Valuation(
        value=(amounts * discount.factor(flows.days - at_day, "day")).sum(),
        currency=flows.currency,
        date_of_value=flows.start + move,  # type: ignore[operator]
        horizon=max(float(flows.days.max(initial=0.0)) - float(at_day), 0.0),
        per="day",
        discount=discount,
        timing="on their days",
        method="dated cash flows",
    )
