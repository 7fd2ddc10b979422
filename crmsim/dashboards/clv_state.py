"""What the CLV calculator knows and computes, without a single widget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from crmsim.dashboards.choices import choice, number, whole, words, yes_no
from crmsim.dashboards.panel_state import PanelState
from crmsim.errors import InputError
from crmsim.text import say
from crmsim.value.broad_and_narrow import broad_and_narrow
from crmsim.value.constant_retention import TIMINGS, constant_retention_clv, margin_multiple
from crmsim.value.discounting import SplitValue
from crmsim.value.lifetime import PlugIn, expected_lifetime, plug_in_clv
from crmsim.value.money import Flow, Money
from crmsim.value.rates import DiscountRate, RetentionRate
from crmsim.value.valuation import Valuation
from crmsim.value.varying_retention import expected_cash_flows

__all__ = ["PERIODS", "CLVResult", "CLVState"]

#: Lengths of a period, each with the other one, and how many of that make it.
PERIODS = {"year": ("month", 12), "month": ("year", 1 / 12)}
#: Of a value without end, so much of it is drawn, but so many payments at most.
_DRAWN, _MOST_DRAWN = 0.98, 60


@dataclass(frozen=True)
class CLVState(PanelState):
    """The choices of the CLV calculator.

    Attributes
    ----------
    period : {"year", "month"}
        Of the margin, the two rates, the payments and the age.
    margin : float
        Per period in which the customer is there, in `currency`, 0 to 10,000.
    retention, discount : float
        Per cent per period, 0 to 99.5 and 0 to 50.
    payments : int
        How many payments count (the horizon), 1 to 60.
    no_end : bool
        Whether all payments count instead.
    timing : str
        One of :data:`crmsim.value.constant_retention.TIMINGS`.
    acquisition : float
        Cost of winning the customer, spent at the beginning, in `currency`, 0 to 10,000.
    age : int
        Periods after which the customer, who is still there, is reviewed, 0 to 60.
    currency : str

    Examples
    --------
    >>> round(CLVState(no_end=True, acquisition=0.0).run().clv.value, 2)
    366.67
    """

    screen: ClassVar[str] = "clv"
    simulates: ClassVar[bool] = False

    period: str = choice("year", tuple(PERIODS), lambda name, lang: say(f"panel.clv.per.{name}", lang))
    margin: float = number(100.0, 0, 10_000, 1, slider=False)
    retention: float = number(80.0, 0, 99.5, 0.5)
    discount: float = number(10.0, 0, 50, 0.5)
    payments: int = whole(10, 1, 60)
    no_end: bool = yes_no(False)
    timing: str = choice("immediate", tuple(TIMINGS), lambda name, lang: say(f"timing.{name}", lang))
    acquisition: float = number(150.0, 0, 10_000, 1, slider=False)
    age: int = whole(3, 0, 60)
    currency: str = words("CNY")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.currency.strip():
            raise InputError("currency", "must be the name of a currency, such as CNY", self.currency)
        if not self.no_end and self.age > self.payments:
            raise InputError("age", f"must be at most {self.payments}, the payments that count", self.age)

    @property
    def flow(self) -> Flow:
        """The margin."""
        return Flow(self.margin, self.currency, self.period)

    @property
    def retained(self) -> RetentionRate:
        """The retention rate."""
        return RetentionRate(self.retention / 100.0, self.period)

    @property
    def rate(self) -> DiscountRate:
        """The discount rate."""
        return DiscountRate(self.discount / 100.0, self.period)

    @property
    def cost(self) -> Money:
        """The cost of winning the customer."""
        return Money(self.acquisition, self.currency)

    @property
    def counted(self) -> int | None:
        """How many payments count; None for all."""
        return None if self.no_end else self.payments

    def steps(self) -> Iterator[CLVResult]:
        """Yield the result; nothing is simulated."""
        yield CLVResult(self)


@dataclass(frozen=True)
class CLVResult:
    """The value and what belongs to it, with the choices."""

    state: CLVState

    @cached_property
    def clv(self) -> Valuation:
        """Less the acquisition cost."""
        return self.by_timing[self.state.timing]

    @cached_property
    def by_timing(self) -> dict[str, Valuation]:
        """The same customer by every timing convention."""
        s = self.state
        return {
            name: constant_retention_clv(
                s.flow, s.retained, s.rate, timing=name, payments=s.counted, acquisition_cost=s.cost
            )
            for name in TIMINGS
        }

    def multiple(self, timing: str | None = None) -> float:
        """Return by what the margin is multiplied, with a timing (the chosen one by default)."""
        s = self.state
        return float(margin_multiple(s.retained, s.rate, timing=timing or s.timing, payments=s.counted))

    @cached_property
    def flows(self) -> Flow:
        """Expected present value of each payment that is drawn."""
        s = self.state
        margins = Flow(np.full(self.drawn, s.margin), s.currency, s.period)
        return expected_cash_flows(margins, s.retained, s.rate, timing=s.timing)

    @property
    def drawn(self) -> int:
        """How many payments are drawn: all that count, or the first of them without an end."""
        s = self.state
        if not s.no_end:
            return s.payments
        shrink = s.retained.value / (1.0 + s.rate.value)
        needed = np.log(1.0 - _DRAWN) / np.log(shrink) if 0.0 < shrink < 1.0 else 1.0
        return int(np.clip(np.ceil(needed), 5, _MOST_DRAWN))

    @cached_property
    def lifetime(self) -> float:
        """Expected periods with the firm, 1 / churn."""
        return float(expected_lifetime(self.state.retained.churn))

    @cached_property
    def plug_in(self) -> PlugIn:
        """The value by the expected lifetime in an annuity beside the right one: no end, no cost."""
        s = self.state
        return plug_in_clv(s.flow, s.retained, s.rate, timing=s.timing)

    @cached_property
    def split(self) -> SplitValue:
        """Historic and future value at the review."""
        s = self.state
        return broad_and_narrow(
            s.flow,
            s.retained,
            s.rate,
            timing=s.timing,
            age=s.age,
            payments=s.counted,
            acquisition_cost=s.cost,
        )

    @cached_property
    def retold(self) -> tuple[RetentionRate, DiscountRate, Flow, Valuation | None]:
        """The same customer in the other unit of time: rates, margin, and value.

        The value differs a little, because payments come at other times; it is None where so many months
        are no whole number of years.
        """
        s = self.state
        other, number = PERIODS[s.period]
        kept, rate = s.retained.to(other), s.rate.to(other)
        flow = Flow(s.margin / number, s.currency, other)
        payments = None if s.no_end else s.payments * number
        if payments is not None and abs(payments - round(payments)) > 1e-9:
            return kept, rate, flow, None
        value = constant_retention_clv(
            flow, kept, rate, timing=s.timing, acquisition_cost=s.cost,
            payments=None if payments is None else round(payments),
        )  # fmt: skip
        return kept, rate, flow, value
