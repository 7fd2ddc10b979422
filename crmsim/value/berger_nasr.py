"""CLV from sales and promotion in cycles: the cases of Berger & Nasr.

An insurer sells a policy a year and keeps in touch in between. A health club sells half-yearly
memberships. A car dealer sells one car every three years and mails every year. In all of them a sale
brings its contribution when it is made, the first one now and certain; promotion is paid half-way
between, to whoever is still a customer.

- Cases 1, 2a and 2b, the insurer, the club and the dealer: :func:`sales_cycle_clv`.
- Case 3, profit that grows along an S: :class:`ProfitCurve` in
  :func:`crmsim.value.varying_retention.varying_clv`.
- Case 4, money that flows without pause: :func:`continuous_clv`.
- Case 5, customers who skip a year: :mod:`crmsim.value.customer_migration`.

Berger & Nasr (1998), Customer Lifetime Value: Marketing Models and Applications, Journal of
Interactive Marketing 12(1), 17-30.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.integrate import quad

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, checked, number_of_periods, plain
from crmsim.value.constant_retention import margin_multiple
from crmsim.value.money import Flow, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate, RetentionRate, days_in
from crmsim.value.valuation import Valuation

__all__ = ["ProfitCurve", "continuous_clv", "sales_cycle_clv"]


def sales_cycle_clv(
    contribution: Flow,
    promotion: Flow,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    periods: int | None,
    promotion_time: float = 0.5,
) -> Valuation:
    """Return the value of a customer who buys once a cycle and is promoted to once a period.

    With q periods to a cycle, contribution GC, promotion M, retention r per cycle, discount d::

        GC sum_{i=0..n/q} r^i / (1+d)^(iq)  -  M sum_{i=1..n} r^((i-1)/q) / (1+d)^(i - 1/2)

    Parameters
    ----------
    contribution : Flow
        Gross contribution of a sale, per cycle (``year``, ``6 months``, ``3 years``).
    promotion : Flow
        Cost of promotion to one customer, above 0, per period.
    retention : RetentionRate
        Per cycle: who buys again.
    discount : DiscountRate
        Per period of promotion.
    periods : int or None
        Horizon in periods of promotion, from 0: sales at its end count. None for no end.
    promotion_time : float
        When in its period promotion is paid, 0 (beginning) to 1 (end).

    Returns
    -------
    Valuation
        At the first sale, which is included.

    Raises
    ------
    InputError
        The cycle is not a whole number of periods; periods, currencies or dates do not match.

    Examples
    --------
    The paper's insurer:

    >>> clv = sales_cycle_clv(
    ...     Flow(260, "USD", "year"), Flow(50, "USD", "year"), RetentionRate(0.75, "year"),
    ...     DiscountRate(0.2, "year"), periods=10,
    ... )
    >>> round(clv.value, 2)
    568.78
    """
    same_period(contribution=contribution, retention=retention)
    per = same_period(promotion=promotion, discount=discount)
    cycle = days_in(contribution.per) / days_in(per)
    if cycle.denominator != 1:
        problem = f"must be per a whole number of times {per}, the period of promotion"
        raise InputError("contribution", problem, contribution.per)
    last = number_of_periods("periods", periods)
    sales = margin_multiple(
        retention.value,
        discount.to(contribution.per).value,
        timing="immediate",
        payments=None if periods is None else np.floor_divide(last, int(cycle)) + 1,
    )
    mailings = margin_multiple(
        retention.to(per).value,
        discount.value,
        timing="immediate",
        payments=None if periods is None else last,
    )
    until = checked("promotion_time", promotion_time, 0, 1)
    return Valuation(
        value=contribution.amount * sales - promotion.amount * mailings * discount.factor(until, per),
        currency=same_currency(contribution=contribution, promotion=promotion),
        date_of_value=same_date(contribution=contribution, promotion=promotion),
        horizon=last,
        per=per,
        discount=discount,
        timing=f"first purchase now, promotion after {until:g} of each period",
        method="sales cycles (Berger & Nasr 1, 2)",
    )


@dataclass(frozen=True)
class ProfitCurve:
    """Profit per customer that first rises ever faster, then ever slower to a ceiling.

    At time t it is ``start + growth t^2`` up to the turn, and from there
    ``ceiling - (ceiling - profit at the turn) exp(-(t - turn))``.

    Parameters
    ----------
    start : float
        v, profit per period at time 0.
    growth : float
        h, 0 or more.
    turn : float
        g, when the growth begins to slow down, in periods; 0 or more.
    ceiling : float
        N, at least the profit at the turn.

    Raises
    ------
    InputError
        A value out of range.

    Examples
    --------
    >>> ProfitCurve(start=20, growth=4, turn=2, ceiling=60)([0, 1, 2, 3]).round(2)
    array([20.  , 24.  , 36.  , 51.17])
    """

    start: float
    growth: float
    turn: float
    ceiling: float

    def __post_init__(self) -> None:
        checked("start", self.start)
        checked("growth", self.growth, 0)
        checked("turn", self.turn, 0)
        checked("ceiling", self.ceiling, self.start + self.growth * self.turn**2, unit="profit at the turn")

    def __call__(self, time: npt.ArrayLike) -> Numbers:
        """Return the profit per period at a time, in periods from 0."""
        t = np.asarray(checked("time", time, 0))
        late = np.maximum(t - self.turn, 0.0)
        at_turn = self.start + self.growth * self.turn**2
        rising = self.start + self.growth * t**2
        return plain(
            np.where(t <= self.turn, rising, self.ceiling - (self.ceiling - at_turn) * np.exp(-late))
        )


def continuous_clv(
    profit: ProfitCurve,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    currency: str,
    periods: float | None,
) -> Valuation:
    """Return the value of a customer whose profit flows all the time, and who may leave at any time.

    The integral of ``profit(t) (r / (1+d))^t`` from now to the horizon.

    Parameters
    ----------
    profit : ProfitCurve
        Per period of `retention`; with ``growth=0`` and ``ceiling=start`` it is constant.
    retention : RetentionRate
    discount : DiscountRate
    currency : str
        Of the profit.
    periods : float or None
        Horizon, 0 or more; None for no end.

    Returns
    -------
    Valuation
        At day 0.

    Raises
    ------
    InputError
        Periods differ, retention or discount is an array, or the value has no limit.

    Examples
    --------
    >>> constant = ProfitCurve(start=100, growth=0, turn=0, ceiling=100)
    >>> kept, discount = RetentionRate(0.8, "year"), DiscountRate(0.1, "year")
    >>> round(continuous_clv(constant, kept, discount, currency="EUR", periods=None).value, 2)
    314.02
    """
    per = same_period(retention=retention, discount=discount)
    for name, rate in (("retention", retention), ("discount", discount)):
        if np.ndim(rate.value):
            raise InputError(name, "must be one rate, not an array")
    last = np.inf if periods is None else checked("periods", periods, 0)
    shrink = float(retention.value) / (1.0 + float(discount.value))
    if np.isinf(last) and shrink == 1.0:
        raise InputError("periods", "without end needs customers who leave or money that is discounted")
    turn = min(profit.turn, last)
    parts = [(0.0, turn), (turn, last)]
    value = sum(quad(lambda t: profit(t) * shrink**t, low, high)[0] for low, high in parts if low < high)
    return Valuation(
        value=value,
        currency=currency,
        date_of_value=0,
        horizon=last,
        per=per,
        discount=discount,
        timing="continuous",
        method="continuous flow (Berger & Nasr 4)",
    )
