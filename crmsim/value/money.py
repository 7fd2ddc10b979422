"""Money with a currency and a date of value, once or again every period.

100 is not a margin until one knows of what, per what, and when. Amounts of different currency, date or
period are never combined: the error names both.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, checked, shown
from crmsim.value.rates import (
    DAYS_IN,
    ChurnRate,
    DiscountRate,
    Frequency,
    GrowthRate,
    RetentionRate,
    days_in,
)

__all__ = ["Amount", "Day", "Flow", "Money", "day_name", "same_currency", "same_date", "same_period"]

Day: TypeAlias = int | datetime.date
"""A date of value: a calendar date, or a day of the relationship counted from 0."""

_KINDS = {
    "retention": RetentionRate,
    "churn": ChurnRate,
    "discount": DiscountRate,
    "growth": GrowthRate,
    "purchases": Frequency,
}


class Amount:
    """Arithmetic of amounts: like with like, and with plain numbers. A base, not for use itself."""

    _NUMBER: ClassVar[str]
    # Arrays leave multiplication to us instead of making arrays of objects.
    __array_ufunc__ = None

    def _terms(self) -> dict[str, Any]:
        """Return what must be equal for two of them to be like."""
        raise NotImplementedError

    def _number(self) -> Numbers:
        return getattr(self, self._NUMBER)

    def _with(self, number: npt.ArrayLike) -> Self:
        return replace(self, **{self._NUMBER: number})  # type: ignore[type-var]

    def _like(self, other: Any) -> Numbers:
        if type(other) is not type(self):
            name = type(self).__name__
            raise InputError(name, f"can only be combined or compared with a {name}", other)
        for term, mine in self._terms().items():
            if mine != other._terms()[term]:
                problem = f"must be the same in both, but one is {mine} and the other {other._terms()[term]}"
                raise InputError(term, problem)
        return other._number()

    def __add__(self, other: Any) -> Self:
        return self._with(np.add(self._number(), self._like(other)))

    def __sub__(self, other: Any) -> Self:
        return self._with(np.subtract(self._number(), self._like(other)))

    def __mul__(self, factor: npt.ArrayLike) -> Self:
        return self._with(np.multiply(self._number(), checked("factor", factor)))

    __rmul__ = __mul__

    def __truediv__(self, divisor: npt.ArrayLike) -> Self:
        return self._with(np.divide(self._number(), checked("divisor", divisor)))

    def __neg__(self) -> Self:
        return self._with(np.negative(self._number()))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or self._terms() != other._terms():  # type: ignore[attr-defined]
            return NotImplemented
        return np.array_equal(self._number(), other._number())  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> Any:
        return np.less(self._number(), self._like(other))[()]

    def __gt__(self, other: Any) -> Any:
        return np.greater(self._number(), self._like(other))[()]

    def __le__(self, other: Any) -> Any:
        return np.less_equal(self._number(), self._like(other))[()]

    def __ge__(self, other: Any) -> Any:
        return np.greater_equal(self._number(), self._like(other))[()]


@dataclass(frozen=True, eq=False, repr=False)
class Money(Amount):
    """An amount of money, or an array of them, at one date.

    Parameters
    ----------
    amount : array_like of float
        Negative for what is spent.
    currency : str
        Such as ``EUR``.
    date_of_value : int or datetime.date
        When it is that money; the default is day 0 of the relationship.

    Raises
    ------
    InputError
        The amount is not finite, the currency is empty, or the date is none. Adding and comparing
        raise it for another currency or date.

    Examples
    --------
    >>> Money(120, "EUR") - Money(50, "EUR")
    Money(70 EUR at day 0)
    >>> Money(120, "EUR") - Money(50, "USD")
    Traceback (most recent call last):
    ...
    crmsim.errors.InputError: currency: must be the same in both, but one is EUR and the other USD
    >>> Money(100, "EUR").per("year")
    Flow(100 EUR per year at day 0)
    """

    amount: Numbers
    currency: str
    date_of_value: Day = 0
    _NUMBER = "amount"

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", checked("amount", self.amount, unit=str(self.currency)))
        _check_currency(self.currency)
        _check_day(self.date_of_value)

    def per(self, period: str) -> Flow:
        """Return the flow that brings this amount every `period`."""
        return Flow(self.amount, self.currency, period, self.date_of_value)

    def _terms(self) -> dict[str, Any]:
        return {"currency": self.currency, "date_of_value": self.date_of_value}

    def __repr__(self) -> str:
        return f"Money({shown(self.amount, ',.6g')} {self.currency} at {day_name(self.date_of_value)})"


@dataclass(frozen=True, eq=False, repr=False)
class Flow(Amount):
    """Money per period: a margin, a fee, a cost that comes again.

    Parameters
    ----------
    amount : array_like of float
        Per period; an array where it differs from period to period, or between customers.
    currency : str
    per : str
        The period, as in :class:`Rate`.
    date_of_value : int or datetime.date
        When the flow begins, which is when its value is taken; the default is day 0.

    Raises
    ------
    InputError
        As for :class:`Money`, and for an unknown period.

    Examples
    --------
    >>> Flow(260, "USD", "year") - Flow(50, "USD", "year")
    Flow(210 USD per year at day 0)
    """

    amount: Numbers
    currency: str
    per: str
    date_of_value: Day = 0
    _NUMBER = "amount"

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "amount", checked("amount", self.amount, unit=f"{self.currency} per {self.per}")
        )
        _check_currency(self.currency)
        days_in(self.per)
        _check_day(self.date_of_value)

    def _terms(self) -> dict[str, Any]:
        # "12 months" is "year": what counts is the length.
        per = next((name for name in DAYS_IN if days_in(name) == days_in(self.per)), self.per)
        return {"currency": self.currency, "per": per, "date_of_value": self.date_of_value}

    def __repr__(self) -> str:
        amount = shown(self.amount, ",.6g")
        return f"Flow({amount} {self.currency} per {self.per} at {day_name(self.date_of_value)})"


def same_period(**given: Any) -> str:
    """Return the period of all rates and flows that are given, if it is one.

    A rate stands under the name of its kind (`retention`, `churn`, `discount`, `growth`,
    `purchases`), everything else is a :class:`Flow`; None is passed over.

    Raises
    ------
    InputError
        Two have different periods, or something is of another kind than its name says.

    Examples
    --------
    >>> same_period(retention=RetentionRate(0.8, "year"), discount=DiscountRate(0.01, "month"))
    Traceback (most recent call last):
    ...
    crmsim.errors.InputError: discount: must be per year like retention, but is per month (convert it first)
    """
    there = {name: thing for name, thing in given.items() if thing is not None}
    for name, thing in there.items():
        kind = _KINDS.get(name, Flow)
        if type(thing) is not kind:
            raise InputError(name, f"must be a {kind.__name__}", thing)
    first, *others = there
    for name in others:
        if days_in(there[name].per) != days_in(there[first].per):
            both = f"be per {there[first].per} like {first}, but is per {there[name].per}"
            raise InputError(name, f"must {both} (convert it first)")
    return there[first].per


def same_currency(**given: Any) -> str:
    """Return the currency of all that are given, if it is one; InputError where two differ."""
    return _shared("currency", given)


def same_date(**given: Any) -> Day:
    """Return the date of value of all that are given, if it is one; InputError where two differ."""
    return _shared("date_of_value", given)


def day_name(day: Day) -> str:
    """Return a date of value in words."""
    return day.isoformat() if isinstance(day, datetime.date) else f"day {day}"


def _shared(attribute: str, given: dict[str, Any]) -> Any:
    for name, thing in given.items():
        if thing is not None and not hasattr(thing, attribute):
            raise InputError(name, "must be Money (an amount with its currency and date)", thing)
    there = {name: getattr(thing, attribute) for name, thing in given.items() if thing is not None}
    first, *others = there
    for name in others:
        if there[name] != there[first]:
            word = attribute.replace("_", " ")
            problem = f"must have the {word} of {first}, {there[first]}, but has {there[name]}"
            raise InputError(name, problem)
    return there[first]


def _check_currency(currency: object) -> None:
    if not isinstance(currency, str) or not currency.strip():
        raise InputError("currency", "must be the name of a currency, such as EUR", currency)


def _check_day(day: object) -> None:
    if isinstance(day, bool) or not isinstance(day, int | datetime.date):
        raise InputError("date_of_value", "must be a date, or a whole number of days from day 0", day)
