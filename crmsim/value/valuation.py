"""A value and what it means: currency, date, horizon, discount rate, timing and method.

"This customer is worth 367" is half a sentence. The other half, from when, for how long, at what rate
and with the first payment when, travels with the number, so that two values are added or compared only
if they mean the same.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crmsim.value.checks import Numbers, plain, shown
from crmsim.value.money import Amount, Day, Money, day_name
from crmsim.value.rates import DiscountRate, days_in

__all__ = ["Valuation", "ValueParts"]


@dataclass(frozen=True, eq=False, repr=False)
class Valuation(Amount):
    """A present value, or an array of them, with everything one must know to use it.

    Parameters
    ----------
    value : float or numpy.ndarray
        In `currency`.
    currency : str
    date_of_value : int or datetime.date
        To which everything is discounted.
    horizon : float or numpy.ndarray
        Periods from the date of value that are counted; infinite where there is no end.
    per : str
        Length of such a period.
    discount : DiscountRate
    timing : str
        When the payments fall; for a constant retention one of
        :data:`crmsim.value.constant_retention.TIMINGS`.
    method : str
        How it was computed.

    Raises
    ------
    InputError
        Adding and comparing: one of these (`method` apart) is not the same in both. Money of the same
        currency and date may be added and subtracted, such as the cost of winning the customer.

    Examples
    --------
    >>> from crmsim.value import Flow, RetentionRate, constant_retention_clv
    >>> margin, retention = Flow(100, "EUR", "year"), RetentionRate(0.8, "year")
    >>> clv = constant_retention_clv(margin, retention, DiscountRate(0.1, "year"), timing="immediate")
    >>> clv  # doctest: +NORMALIZE_WHITESPACE
    Valuation(366.67 EUR at day 0; no end; discounted at 10% per year; timing: immediate;
              method: constant retention)
    >>> round((clv - Money(150, "EUR")).value, 2)
    216.67
    """

    value: Numbers
    currency: str
    date_of_value: Day
    horizon: Numbers
    per: str
    discount: DiscountRate
    timing: str
    method: str
    _NUMBER = "value"

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", plain(self.value))

    def _terms(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "date_of_value": self.date_of_value,
            "horizon": _Horizon(self.horizon, self.per),
            "discount": self.discount,
            "timing": self.timing,
        }

    def __add__(self, other: Any) -> Valuation:
        if isinstance(other, Money):
            return self._with(np.add(self.value, self._cash(other)))
        return replace(super().__add__(other), method=_joined(self.method, other.method))

    def __sub__(self, other: Any) -> Valuation:
        if isinstance(other, Money):
            return self._with(np.subtract(self.value, self._cash(other)))
        return replace(super().__sub__(other), method=_joined(self.method, other.method))

    def _cash(self, money: Money) -> Numbers:
        """Return money that is paid at the date of value, and so needs no discounting."""
        Money(0.0, self.currency, self.date_of_value)._like(money)
        return money.amount

    def __repr__(self) -> str:
        return (
            f"Valuation({shown(self.value, ',.2f')} {self.currency} at {day_name(self.date_of_value)}; "
            f"{_Horizon(self.horizon, self.per)}; discounted at {shown(100 * self.discount.value, '.6g')}% "
            f"per {self.discount.per}; timing: {self.timing}; method: {self.method})"
        )


@dataclass(frozen=True)
class ValueParts:
    """A value and what it consists of.

    Attributes
    ----------
    parts : dict of str to Valuation
        All of the same currency, date, horizon, rate and timing.
    """

    parts: dict[str, Valuation]

    @property
    def total(self) -> Valuation:
        """The sum of the parts."""
        return functools.reduce(operator.add, self.parts.values())


@dataclass(frozen=True, eq=False)
class _Horizon:
    periods: Numbers
    per: str

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Horizon):
            return NotImplemented
        mine, others = (np.multiply(h.periods, float(days_in(h.per))) for h in (self, other))
        return np.shape(mine) == np.shape(others) and bool(np.isclose(mine, others, rtol=1e-12).all())

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        if np.ndim(self.periods):
            return "several horizons"
        return f"{self.periods:g} x {self.per}" if np.isfinite(self.periods) else "no end"


def _joined(one: str, two: str) -> str:
    return one if one == two else f"{one} and {two}"
