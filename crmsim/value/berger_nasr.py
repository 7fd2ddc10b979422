"""CLV from sales and promotion in cycles: the cases of Berger & Nasr.

An insurer sells a policy a year and keeps in touch in between. A health club sells half-yearly
memberships. A car dealer sells one car every three years and mails every year. In all of them a sale
brings its contribution when it is made, the first one now and certain; promotion is paid half-way
between, to whoever is still a customer.

- Cases 1, 2a and 2b, the insurer, the club and the dealer: :func:`sales_cycle_clv`.
- Case 3, profit that grows along an S: what :class:`ProfitCurve` says for each period, in
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
from crmsim.value.checks import Numbers, checked, number_of_periods
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
        retention,
        discount.to(contribution.per),
        timing="immediate",
        payments=None if periods is None else np.floor_divide(last, int(cycle)) + 1,
    )
    mailings = margin_multiple(
        retention.to(per),
        discount,
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


@dataclass(frozen=True, eq=False)
class ProfitCurve:
    """Profit per customer that first rises ever faster, then ever slower to a ceiling.

    At time t it is ``start + rise t^2`` up to the turn, and from there
    ``profit at the turn + increment (1 - exp(-(t - turn)))``.

    Parameters
    ----------
    start : Flow
        v, profit per period at time 0.
    rise : Flow
        h, 0 or more: what is added per period, times the square of the periods that have passed.
    turn : float
        g, when the growth begins to slow down, in periods; 0 or more.
    increment : Flow
        N, 0 or more: by how much the profit still rises after the turn.

    Raises
    ------
    InputError
        A value out of range, or flows of another currency, period or date.

    Notes
    -----
    In the paper's formula N stands as an addition to the profit at the turn,
    ``[h g^2 + v] + [N (1 - e^(g - t))]``, and so it does here; what the profit tends to is `ceiling`.
    Some who retell the case call N itself the highest profit: then the increment is what N is above
    the profit at the turn.

    Examples
    --------
    >>> usd = lambda amount: Flow(amount, "USD", "year")
    >>> curve = ProfitCurve(start=usd(20), rise=usd(4), turn=2, increment=usd(24))
    >>> curve([0, 1, 2, 3]).amount.round(2), curve.ceiling
    (array([20.  , 24.  , 36.  , 51.17]), Flow(60 USD per year at day 0))
    """

    start: Flow
    rise: Flow
    turn: float
    increment: Flow

    def __post_init__(self) -> None:
        flows = {name: getattr(self, name) for name in ("start", "rise", "increment")}
        same_period(**flows)
        same_currency(**flows)
        same_date(**flows)
        for name, flow in flows.items():
            if np.ndim(flow.amount):
                raise InputError(name, "must be one amount, not an array")
        checked("rise", self.rise.amount, 0)
        checked("turn", self.turn, 0)
        checked("increment", self.increment.amount, 0)

    @property
    def at_turn(self) -> Flow:
        """The profit per period at the turn."""
        return self.start + self.rise * self.turn**2

    @property
    def ceiling(self) -> Flow:
        """What the profit per period tends to."""
        return self.at_turn + self.increment

    def __call__(self, time: npt.ArrayLike) -> Flow:
        """Return the profit per period at a time, in periods from the start."""
        t = np.asarray(checked("time", time, 0))
        late = -np.expm1(-np.maximum(t - self.turn, 0.0))
        return self.start + self.rise * np.minimum(t, self.turn) ** 2 + self.increment * late


def continuous_clv(
    profit: Flow | ProfitCurve,
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    periods: float | None,
) -> Valuation:
    """Return the value of a customer whose profit flows all the time, and who may leave at any time.

    The integral of ``profit(t) (r / (1+d))^t`` from now to the horizon.

    Parameters
    ----------
    profit : Flow or ProfitCurve
        Always the same, or along the curve.
    retention : RetentionRate
    discount : DiscountRate
    periods : float or None
        Horizon, 0 or more; None for no end.

    Returns
    -------
    Valuation
        At the date of `profit`.

    Raises
    ------
    InputError
        Periods differ, something is an array, or the value has no limit.

    Examples
    --------
    >>> kept, discount = RetentionRate(0.8, "year"), DiscountRate(0.1, "year")
    >>> fee = Flow(100, "EUR", "year")
    >>> continuous_clv(fee, kept, discount, periods=None)  # doctest: +NORMALIZE_WHITESPACE
    Valuation(314.02 EUR at day 0; no end; discounted at 10% per year; timing: continuous;
              method: continuous flow (Berger & Nasr 4))
    """
    start = profit.start if isinstance(profit, ProfitCurve) else profit
    per = same_period(profit=start, retention=retention, discount=discount)
    for name, number in (
        ("profit", start.amount),
        ("retention", retention.value),
        ("discount", discount.value),
    ):
        if np.ndim(number):
            raise InputError(name, "must be one number, not an array")
    last = np.inf if periods is None else checked("periods", periods, 0)
    shrink = float(retention.value) / (1.0 + float(discount.value))
    if np.isinf(last) and shrink == 1.0:
        raise InputError("periods", "without end needs customers who leave or money that is discounted")
    if isinstance(profit, ProfitCurve):
        turn = min(profit.turn, last)
        parts = [(0.0, turn), (turn, last)]
        value = sum(
            quad(lambda t: profit(t).amount * shrink**t, low, high)[0] for low, high in parts if low < high
        )
    else:
        value = profit.amount * _integral(shrink, last)
    return Valuation(
        value=value,
        currency=start.currency,
        date_of_value=start.date_of_value,
        horizon=last,
        per=per,
        discount=discount,
        timing="continuous",
        method="continuous flow (Berger & Nasr 4)",
    )


def _integral(shrink: float, last: Numbers) -> float:
    """Integrate ``shrink^t`` from 0 to the horizon."""
    if shrink == 1.0:
        return float(last)
    if shrink == 0.0:
        return 0.0
    return float(np.expm1(last * np.log(shrink)) / np.log(shrink))
