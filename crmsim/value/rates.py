"""Rates with a time unit, and how each kind is carried from one period to another.

10 per cent is not a discount rate until one knows whether it is per month or per year. Rates of
different periods are never combined: the error names both, and the conversion is written by whoever
wants it (``DiscountRate(0.10, "year").to("month")``). A year is 365 days, a month a twelfth of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError
from crmsim.value.checks import Numbers, checked, plain, shown

__all__ = [
    "DAYS_IN",
    "ChurnRate",
    "DiscountRate",
    "Frequency",
    "GrowthRate",
    "Rate",
    "RetentionRate",
    "days_in",
]

#: Days in a unit of time.
DAYS_IN = {
    "day": Fraction(1),
    "week": Fraction(7),
    "month": Fraction(365, 12),
    "quarter": Fraction(365, 4),
    "year": Fraction(365),
}
_PERIOD = re.compile(r"(?:([1-9][0-9]*) )?(day|week|month|quarter|year)s?")


def days_in(per: str) -> Fraction:
    """Return the days in a period such as ``year``, ``month`` or ``6 months``.

    Raises
    ------
    InputError
        It is no such period.

    Examples
    --------
    >>> days_in("year"), days_in("6 months") == days_in("2 quarters")
    (Fraction(365, 1), True)
    """
    found = _PERIOD.fullmatch(per) if isinstance(per, str) else None
    if found is None:
        raise InputError("per", f"must be one of {', '.join(DAYS_IN)}, or so many of them (6 months)", per)
    return int(found[1] or 1) * DAYS_IN[found[2]]


@dataclass(frozen=True, eq=False)
class Rate:
    """A rate per period; the kinds below say how it is carried to another period.

    Parameters
    ----------
    value : array_like of float
        Effective rate per period, as a share (0.1 is 10 per cent).
    per : str
        ``day``, ``week``, ``month``, ``quarter`` or ``year``, or so many of them (``6 months``).

    Raises
    ------
    InputError
        The value is out of range, the period is unknown, or the rate is of no kind.
    """

    value: Numbers
    per: str
    LOW: ClassVar[float] = 0.0
    HIGH: ClassVar[float] = np.inf

    def __post_init__(self) -> None:
        name = type(self).__name__
        if type(self) is Rate:
            raise InputError("Rate", "must be of a kind, such as DiscountRate or RetentionRate")
        days_in(self.per)
        object.__setattr__(
            self, "value", checked(name, self.value, self.LOW, self.HIGH, unit=f"per {self.per}")
        )

    def to(self, per: str) -> Self:
        """Return the same rate per another period.

        Examples
        --------
        >>> DiscountRate(0.12, "year").to("day")
        DiscountRate(0.000310538, per='day')
        """
        periods = float(days_in(per) / days_in(self.per))
        value = self.value if periods == 1.0 else self._over(periods)
        return type(self)(value, per)

    def _over(self, periods: float) -> Numbers:
        """Return the rate over so many of its own periods."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        """Whether it is the same rate, in whatever period it is told."""
        if type(self) is not type(other):
            return NotImplemented
        one, two = np.asarray(self.value), np.asarray(other.to(self.per).value)  # type: ignore[attr-defined]
        return one.shape == two.shape and np.allclose(one, two, rtol=1e-9, atol=1e-15)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shown(self.value, '.6g')}, per={self.per!r})"


class DiscountRate(Rate):
    """Effective discount rate: what one more period of waiting costs, compounded.

    Examples
    --------
    >>> DiscountRate(0.21, "2 years").to("year")
    DiscountRate(0.1, per='year')
    """

    def _over(self, periods: float) -> Numbers:
        with np.errstate(over="ignore", divide="ignore"):
            return np.expm1(periods * np.log1p(self.value))

    @classmethod
    def nominal(cls, value: npt.ArrayLike, per: str, *, compounded: str) -> DiscountRate:
        """Return the effective rate of a nominal one, compounded every `compounded`.

        Examples
        --------
        >>> DiscountRate.nominal(0.12, "year", compounded="month").to("year")
        DiscountRate(0.126825, per='year')
        """
        step = float(days_in(compounded) / days_in(per))
        return cls(checked("DiscountRate", value, 0.0, unit=f"nominal, per {per}") * step, compounded)

    @classmethod
    def continuous(cls, force: npt.ArrayLike, per: str) -> DiscountRate:
        """Return the effective rate of a continuous one: ``exp(force) - 1``.

        Examples
        --------
        >>> DiscountRate.continuous(0.1, "year")
        DiscountRate(0.105171, per='year')
        """
        return cls(np.expm1(checked("DiscountRate", force, 0.0, unit=f"continuous, per {per}")), per)

    @property
    def force(self) -> Numbers:
        """The continuous rate of the same effect, ``ln(1 + value)``, per period."""
        return plain(np.log1p(self.value))

    def factor(self, time: npt.ArrayLike, per: str) -> Numbers:
        """Return what one unit of money, `time` periods from now, is worth now.

        Parameters
        ----------
        time : array_like of float
            Periods from now; negative in the past.
        per : str
            Their length.

        Examples
        --------
        >>> round(DiscountRate(0.12, "year").factor(365, "day"), 6)
        0.892857
        """
        periods = np.multiply(checked("time", time), float(days_in(per) / days_in(self.per)))
        return plain(np.exp(-periods * np.log1p(self.value)))


class GrowthRate(DiscountRate):
    """Growth of an amount per period, compounded; above -1, below 0 where it shrinks.

    Examples
    --------
    >>> GrowthRate(-0.19, "2 years").to("year")
    GrowthRate(-0.1, per='year')
    """

    LOW = -1.0


class RetentionRate(Rate):
    """Share of customers kept over a period, 0 to 1; over two periods its square.

    Examples
    --------
    >>> RetentionRate(0.64, "2 years").to("year"), RetentionRate(0.8, "year").churn
    (RetentionRate(0.8, per='year'), ChurnRate(0.2, per='year'))
    """

    HIGH = 1.0

    def _over(self, periods: float) -> Numbers:
        return np.power(self.value, periods)

    @property
    def churn(self) -> ChurnRate:
        """The share lost over the same period."""
        return ChurnRate(np.subtract(1.0, self.value), self.per)


class ChurnRate(Rate):
    """Share of customers lost over a period, 0 to 1; what is kept compounds.

    Examples
    --------
    >>> ChurnRate(0.02, "month").to("year")
    ChurnRate(0.215283, per='year')
    """

    HIGH = 1.0

    def _over(self, periods: float) -> Numbers:
        with np.errstate(divide="ignore"):
            return -np.expm1(periods * np.log1p(np.negative(self.value)))

    @property
    def retention(self) -> RetentionRate:
        """The share kept over the same period."""
        return RetentionRate(np.subtract(1.0, self.value), self.per)


class Frequency(Rate):
    """How often something happens in a period, such as purchases a year; twice as often in two.

    Examples
    --------
    >>> Frequency(6, "year").to("month")
    Frequency(0.5, per='month')
    """

    def _over(self, periods: float) -> Numbers:
        return np.multiply(self.value, periods)
