"""How much to spend on winning and on keeping customers (Blattberg & Deighton).

The first euro spent on prospects wins most, the next ones less, and beyond some point nobody else is
to be won; with keeping it is the same. A manager knows two points of each curve: what is spent and
won now, and what could be won at best, whatever it cost. That is enough to find the spend at which the
value of a prospect is highest.

Blattberg & Deighton (1996), Manage Marketing by the Customer Equity Test, Harvard Business Review
74(4), 136-144. The curves are ``rate = ceiling (1 - exp(-k spend))``, and the value of a prospect is
``a m - A + a (m - R / r) r / (1 + d - r)``: those won buy at once (margin m), and of those who were
customers in the period before, each is addressed at cost R and a share r buys again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, checked, plain
from crmsim.value.constant_retention import margin_multiple
from crmsim.value.money import Flow, Money, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate, RetentionRate
from crmsim.value.valuation import Valuation

__all__ = ["ResponseCurve", "SpendPlan", "optimal_spend", "prospect_value"]


@dataclass(frozen=True)
class ResponseCurve:
    """What a spend per head achieves: ``ceiling (1 - exp(-k spend))``.

    Parameters
    ----------
    ceiling : float
        The rate that no spend exceeds, above 0 and at most 1.
    k : float
        Response per unit of money, above 0.

    Raises
    ------
    InputError
        A value out of range.

    Examples
    --------
    >>> curve = ResponseCurve.through(spend=5, rate=0.2, ceiling=0.4)
    >>> round(curve.rate(10), 3), round(curve.spend(0.3), 3)
    (0.3, 10.0)
    """

    ceiling: float
    k: float

    def __post_init__(self) -> None:
        checked("ceiling", self.ceiling, 0, 1, above=True)
        checked("k", self.k, 0, above=True)

    @classmethod
    def through(cls, *, spend: float, rate: float, ceiling: float) -> ResponseCurve:
        """Return the curve with this ceiling that gives `rate` at `spend`, both above 0.

        Raises
        ------
        InputError
            `rate` is not below `ceiling`, or a value is out of range.
        """
        top = float(checked("ceiling", ceiling, 0, 1, above=True))
        money = float(checked("spend", spend, 0, above=True))
        now = float(checked("rate", rate, 0, above=True))
        if now >= top:
            raise InputError("rate", f"must be below the ceiling of {top:g}", now)
        return cls(top, -np.log1p(-now / top) / money)

    def rate(self, spend: npt.ArrayLike) -> Numbers:
        """Return the rate that a spend per head achieves."""
        return plain(-self.ceiling * np.expm1(-self.k * np.asarray(checked("spend", spend, 0))))

    def spend(self, rate: npt.ArrayLike) -> Numbers:
        """Return the spend per head that a rate needs; infinite at the ceiling."""
        wanted = np.asarray(checked("rate", rate, 0, self.ceiling))
        with np.errstate(divide="ignore"):
            return plain(-np.log1p(-wanted / self.ceiling) / self.k)


@dataclass(frozen=True)
class SpendPlan:
    """A spend on winning and one on keeping, with what they achieve.

    Attributes
    ----------
    acquisition_spend : Money
        Per prospect, once.
    retention_spend : Flow
        Per customer and period.
    acquisition_rate, retention_rate : float
    value : Valuation
        Of a prospect.
    """

    acquisition_spend: Money
    retention_spend: Flow
    acquisition_rate: float
    retention_rate: float
    value: Valuation


def prospect_value(
    margin: Flow,
    discount: DiscountRate,
    *,
    acquisition_spend: Money,
    acquisition_rate: npt.ArrayLike,
    retention_spend: Flow,
    retention_rate: npt.ArrayLike,
) -> Valuation:
    """Return the value of a prospect to whom so much is spent with such success.

    Parameters
    ----------
    margin : Flow
        Per customer and period, before the spend on acquisition and retention.
    discount : DiscountRate
    acquisition_spend : Money
        A, per prospect.
    acquisition_rate : array_like of float
        a, share of prospects who become customers, 0 to 1.
    retention_spend : Flow
        R, per customer and period, paid with the renewals of that period.
    retention_rate : array_like of float
        r, share of customers who renew, per the same period.

    Returns
    -------
    Valuation
        Without end; the first purchase is now.

    Raises
    ------
    InputError
        Periods, currencies or dates differ; a value is out of range.

    Examples
    --------
    >>> value = prospect_value(
    ...     Flow(50, "USD", "year"), DiscountRate(0.12, "year"),
    ...     acquisition_spend=Money(5, "USD"), acquisition_rate=0.2,
    ...     retention_spend=Flow(8, "USD", "year"), retention_rate=0.4,
    ... )
    >>> round(value.value, 4)
    8.3333
    """
    per = same_period(margin=margin, discount=discount, retention_spend=retention_spend)
    spends = {"acquisition_spend": acquisition_spend, "retention_spend": retention_spend}
    a = checked("acquisition_rate", acquisition_rate, 0, 1)
    kept = RetentionRate(retention_rate, per)
    customer = _customer_value(margin.amount, discount, retention_spend.amount, kept)
    return Valuation(
        value=a * customer - acquisition_spend.amount,
        currency=same_currency(margin=margin, **spends),
        date_of_value=same_date(margin=margin, **spends),
        horizon=np.inf,
        per=per,
        discount=discount,
        timing="first purchase now, the others after_renewal",
        method="value of a prospect (Blattberg & Deighton)",
    )


def optimal_spend(
    margin: Flow, discount: DiscountRate, *, acquisition: ResponseCurve, retention: ResponseCurve
) -> SpendPlan:
    """Return the spend on winning and on keeping at which a prospect is worth most.

    What is best for keeping does not depend on how customers were won, so it is found first; then a
    prospect is worth winning for the whole value of a customer, not for the first purchase only.

    Parameters
    ----------
    margin : Flow
        One amount.
    discount : DiscountRate
        One rate.
    acquisition, retention : ResponseCurve
        Spend per head in the currency of `margin`; retention per period of `margin`.

    Returns
    -------
    SpendPlan
        A spend is 0 where the first unit of money would not come back.

    Raises
    ------
    InputError
        Periods differ; an array was given; all customers could be kept for ever without discounting.

    Examples
    --------
    >>> plan = optimal_spend(
    ...     Flow(50, "USD", "year"), DiscountRate(0.12, "year"),
    ...     acquisition=ResponseCurve.through(spend=5, rate=0.2, ceiling=0.4),
    ...     retention=ResponseCurve.through(spend=8, rate=0.4, ceiling=0.7),
    ... )
    >>> round(plan.acquisition_spend.amount, 2), round(plan.retention_spend.amount, 2)
    (10.08, 15.93)
    """
    same_period(margin=margin, discount=discount)
    for name, value in (("margin", margin.amount), ("discount", discount.value)):
        if np.ndim(value):
            raise InputError(name, "must be one number, not an array")
    m = float(margin.amount)
    if discount.value == 0.0 and retention.ceiling == 1.0:
        raise InputError("discount", "must be above 0 where all customers can be kept")

    def customer(spend: float) -> float:
        return float(_customer_value(m, discount, spend, RetentionRate(retention.rate(spend), discount.per)))

    # Nobody is kept for more than the margin that keeping could save, or won for more than their worth.
    keep = _best(customer, max(m, 0.0) * retention.ceiling)
    worth = customer(keep)
    win = _best(lambda spend: float(acquisition.rate(spend)) * worth - spend, max(worth, 0.0))
    spends = {
        "acquisition_spend": Money(win, margin.currency, margin.date_of_value),
        "retention_spend": Flow(keep, margin.currency, margin.per, margin.date_of_value),
    }
    rates = {
        "acquisition_rate": float(acquisition.rate(win)),
        "retention_rate": float(retention.rate(keep)),
    }
    return SpendPlan(**spends, **rates, value=prospect_value(margin, discount, **spends, **rates))


def _customer_value(
    margin: Numbers, discount: DiscountRate, spend: Numbers, retention: RetentionRate
) -> Numbers:
    """Value of somebody just won: the first purchase, and (m - R / r) r / (1 + d - r)."""
    # A spend R in every period in which somebody was there before: R times the multiple of 1 / (1+d-r).
    renewals = margin_multiple(retention, discount, timing="after_renewal")
    addressed = margin_multiple(retention, discount, timing="end_of_period")
    return margin + np.multiply(margin, renewals) - np.multiply(spend, addressed)


def _best(value: Callable[[float], float], high: float) -> float:
    """Return the argument from 0 to `high` with the highest value.

    There is one peak: what a spend achieves is concave in it, and so, where it pays, is the profit of
    keeping, over a part that only falls (1 + d - r); where it does not pay, the value only falls.
    """
    found = minimize_scalar(
        lambda spend: -value(spend),
        bounds=(0.0, high),
        method="bounded",
        options={"xatol": 1e-10 * max(high, 1e-300)},
    )
    return float(found.x) if -found.fun > value(0.0) else 0.0
