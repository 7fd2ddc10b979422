"""Rates, money and values: conversions are right, and what is not alike is never put together."""

from __future__ import annotations

import dataclasses
import datetime
import operator
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.value import (
    ChurnRate,
    DiscountRate,
    Flow,
    Frequency,
    GrowthRate,
    Money,
    Rate,
    RetentionRate,
    Valuation,
    constant_retention_clv,
)
from crmsim.value.checks import checked, number_of_periods
from crmsim.value.rates import DAYS_IN, days_in

PERIODS = st.sampled_from([*DAYS_IN, "6 months", "2 years", "4 weeks"])
KINDS = {DiscountRate: 0.5, GrowthRate: 0.5, RetentionRate: 1.0, ChurnRate: 0.999, Frequency: 50.0}


def value(margin: Flow | None = None, discount: DiscountRate | None = None, **given) -> Valuation:
    kept, money = RetentionRate(0.8, "year"), DiscountRate(0.1, "year")
    timing = given.pop("timing", "immediate")
    margin = margin or Flow(100, "EUR", "year")
    return constant_retention_clv(margin, kept, discount or money, timing=timing, **given)


@pytest.mark.parametrize("kind", KINDS)
@given(share=st.floats(0.01, 1.0), first=PERIODS, second=PERIODS)
def test_there_and_back_is_the_same_rate(kind, share, first, second):
    """Unless nothing is left of it: who keeps a tenth a day keeps nobody for two years."""
    rate = kind(share * KINDS[kind], first)
    over = rate.to(second)
    assume(0 < over.value < (0.99 if kind in (RetentionRate, ChurnRate) else 1e9))
    assert over.to(first).value == pytest.approx(rate.value, rel=1e-9) and over == rate


@given(share=st.floats(0.01, 0.99), months=st.integers(1, 60))
def test_conversion_is_compounding_month_by_month(share, months):
    """By walking through the months: customers who stay, money that grows, purchases that add up."""
    left, money, bought = 1.0, 1.0, 0.0
    for _ in range(months):
        left *= 1.0 - share
        money += money * share
        bought += share
    per = f"{months} months"
    assert RetentionRate(1 - share, "month").to(per).value == pytest.approx(left, rel=1e-9, abs=1e-300)
    assert ChurnRate(share, "month").to(per).value == pytest.approx(1 - left, rel=1e-9)
    assert DiscountRate(share, "month").to(per).value == pytest.approx(money - 1, rel=1e-9)
    assert Frequency(share, "month").to(per).value == pytest.approx(bought, rel=1e-9)


def test_ends_of_the_range_convert():
    assert ChurnRate([0, 1], "year").to("month").value.tolist() == [0, 1]
    assert RetentionRate([0, 1], "year").to("month").value.tolist() == [0, 1]
    assert DiscountRate(0, "year").to("day").value == 0
    assert RetentionRate(0.3, "year").churn.retention == RetentionRate(0.3, "year")


def test_nominal_and_continuous_rates():
    monthly = DiscountRate.nominal(0.12, "year", compounded="month")
    assert monthly.per == "month" and monthly.value == pytest.approx(0.01)
    assert DiscountRate.continuous(0.1, "year").force == pytest.approx(0.1)
    daily = DiscountRate.nominal(0.1, "year", compounded="day").to("year")
    assert daily.value == pytest.approx(np.exp(0.1) - 1, rel=2e-4), "daily is nearly continuous"
    with pytest.raises(InputError, match=r"^DiscountRate: must be finite and at least 0 \(nominal, per year"):
        DiscountRate.nominal(-0.1, "year", compounded="month")


@given(time=st.floats(-2000, 2000), rate=st.floats(0, 2))
def test_discount_factors(time, rate):
    discount = DiscountRate(rate, "year")
    assert discount.factor(time, "day") == pytest.approx((1 + rate) ** (-time / 365), rel=1e-9)
    assert discount.factor(time, "day") * discount.factor(-time, "day") == pytest.approx(1)
    assert discount.factor(12, "month") == pytest.approx(1 / (1 + rate))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RetentionRate(80, "year"), r"^RetentionRate: must be from 0 to 1 \(per year\), got 80\.0$"),
        (lambda: ChurnRate([0.1, -0.1], "month"), r"^ChurnRate\[1\]: must be from 0 to 1 \(per month\)"),
        (lambda: DiscountRate(-0.1, "year"), r"^DiscountRate: must be finite and at least 0 \(per year\)"),
        (lambda: DiscountRate(float("nan"), "year"), r"^DiscountRate: must be finite and at least 0"),
        (lambda: DiscountRate("ten", "year"), r"^DiscountRate: must be a number or an array of numbers"),
        (lambda: GrowthRate(-1.2, "year"), r"^GrowthRate: must be finite and at least -1 \(per year\)"),
        (lambda: DiscountRate(0.1, "fortnight"), r"^per: must be one of day, week, month, quarter, year, or"),
        (lambda: DiscountRate(0.1, "0 years"), r"^per: must be one of"),
        (lambda: DiscountRate(0.1, 365), r"^per: must be one of .* got 365$"),
        (lambda: Rate(0.1, "year"), r"^Rate: must be of a kind, such as DiscountRate"),
        (lambda: Money(np.inf, "EUR"), r"^amount: must be finite \(EUR\), got inf$"),
        (lambda: Money(1, ""), r"^currency: must be the name of a currency"),
        (lambda: Money(1, "EUR", 1.5), r"^date_of_value: must be a date, or a whole number of days"),
        (lambda: Flow([1, [2]], "EUR", "year"), r"^amount: must be a number or an array of numbers"),
        (lambda: Flow(1, "EUR", "yearly"), r"^per: must be one of"),
        (
            lambda: number_of_periods("payments", 2.5),
            r"^payments: must be a whole number of periods, got 2\.5",
        ),
        (lambda: checked("x", [[0, 1], [5, 0]], 0, 1), r"^x\[1, 0\]: must be from 0 to 1, got 5\.0$"),
        (lambda: checked("x", 0, 0, 1, above=True), r"^x: must be above 0 and at most 1, got 0\.0$"),
        (lambda: checked("x", 0, 0, above=True), r"^x: must be finite and above 0, got 0\.0$"),
    ],
)
def test_bad_input_is_refused_where_it_enters(make, message):
    with pytest.raises(InputError, match=message):
        make()


UNLIKE = {
    "currency": (Money(1, "EUR"), Money(1, "USD"), r"^currency: .* one is EUR and the other USD$"),
    "date": (Money(1, "EUR"), Money(1, "EUR", 30), r"^date_of_value: .* one is 0 and the other 30$"),
    "calendar": (
        Money(1, "EUR", datetime.date(2025, 1, 1)),
        Money(1, "EUR"),
        r"^date_of_value: .* one is 2025-01-01 and the other 0$",
    ),
    "period": (
        Flow(1, "EUR", "year"),
        Flow(1, "EUR", "month"),
        r"^per: .* one is year and the other month$",
    ),
    "flow and money": (Flow(1, "EUR", "year"), Money(1, "EUR"), r"^Flow: can only be combined .* a Flow"),
    "number": (Money(1, "EUR"), 1.0, r"^Money: can only be combined or compared with a Money, got 1\.0$"),
    "horizon": (value(), value(payments=5), r"^horizon: .* one is no end and the other 5 x year$"),
    "timing": (value(), value(timing="after_renewal"), r"^timing: .* immediate and the other after_renewal$"),
    "rate": (
        value(),
        value(discount=DiscountRate(0.12, "year")),
        r"^discount: .* DiscountRate\(0\.1, per='year'\) and the other DiscountRate\(0\.12",
    ),
    "value in USD": (value(), value(Flow(100, "USD", "year")), r"^currency: .* EUR and the other USD$"),
    "value on day 7": (
        value(),
        value(Flow(100, "EUR", "year", 7)),
        r"^date_of_value: .* 0 and the other 7$",
    ),
    "cost in USD": (value(), Money(1, "USD"), r"^currency: .* one is EUR and the other USD$"),
    "cost a year later": (value(), Money(1, "EUR", 365), r"^date_of_value: .* one is 0 and the other 365$"),
}


@pytest.mark.parametrize("pair", UNLIKE)
@pytest.mark.parametrize("combine", [operator.add, operator.sub])
def test_only_like_is_combined(pair, combine):
    one, two, message = UNLIKE[pair]
    with pytest.raises(InputError, match=message):
        combine(one, two)


@pytest.mark.parametrize("pair", [name for name in UNLIKE if not name.startswith("cost")])
@pytest.mark.parametrize("compare", [operator.lt, operator.gt, operator.le, operator.ge])
def test_only_like_is_compared(pair, compare):
    one, two, message = UNLIKE[pair]
    with pytest.raises(InputError, match=message):
        compare(one, two)
    assert one != two


def test_like_is_combined_and_compared():
    assert Money(3, "EUR") + Money(4, "EUR") == Money(7, "EUR")
    assert Money(3, "EUR") - Money(4, "EUR") == -Money(1, "EUR") and Money(3, "EUR") < Money(4, "EUR")
    assert Money(4, "EUR") >= Money(4, "EUR") > Money(3, "EUR") and Money(3, "EUR") <= Money(3, "EUR")
    assert Flow(100, "EUR", "12 months") + Flow(1, "EUR", "year") == Flow(101, "EUR", "4 quarters")
    assert 2 * Money([1, 2], "EUR") / 4 == Money([0.5, 1.0], "EUR")
    assert np.array([1.0, 2.0]) * Money(3, "EUR") == Money([3, 6], "EUR")
    clv = value()
    assert (clv + clv).value == pytest.approx(2 * clv.value) and (clv - clv).value == 0
    assert (clv * 1000).value == pytest.approx(1000 * clv.value)
    assert (clv + Money(1, "EUR") - Money(2, "EUR")).value == pytest.approx(clv.value - 1)
    assert clv > clv - Money(1, "EUR")
    monthly = constant_retention_clv(
        Flow(1, "EUR", "month"),
        RetentionRate(0.9, "month"),
        DiscountRate(0.1, "year").to("month"),
        timing="immediate",
    )
    assert (clv + monthly).value == pytest.approx(clv.value + monthly.value), "no end is no end"


def test_methods_are_remembered():
    other = dataclasses.replace(value(), method="guess")
    assert (value() + value()).method == "constant retention"
    assert (value() + other).method == (value() - other).method == "constant retention and guess"


def test_nothing_can_be_changed_behind_ones_back():
    numbers = np.array([0.1, 0.2])
    rate = DiscountRate(numbers, "year")
    numbers[0] = 9.0
    assert rate.value.tolist() == [0.1, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        rate.value[0] = 0.5
    assert pickle.loads(pickle.dumps(Money([1, 2], "EUR"))) == Money([1, 2], "EUR")


def test_what_they_say_of_themselves():
    assert repr(value(payments=5)) == (
        "Valuation(292.06 EUR at day 0; 5 x year; discounted at 10% per year; "
        "timing: immediate; method: constant retention)"
    )
    assert repr(Money([1, 2], "EUR", datetime.date(2025, 3, 1))) == "Money([1 2] EUR at 2025-03-01)"
    assert "several horizons" in repr(value(payments=[1, 2]))
    assert repr(DiscountRate(np.linspace(0, 1, 11), "year")) == "DiscountRate([0 0.1 ... 0.9 1], per='year')"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"discount": RetentionRate(0.8, "year")}, r"^discount: must be a DiscountRate"),
        ({"retention": DiscountRate(0.1, "year")}, r"^retention: must be a RetentionRate"),
        ({"retention": 0.8}, r"^retention: must be a RetentionRate, got 0\.8$"),
        ({"margin": Money(100, "EUR")}, r"^margin: must be a Flow"),
        ({"growth": DiscountRate(0.1, "year")}, r"^growth: must be a GrowthRate"),
        (
            {"retention": RetentionRate(0.98, "month")},
            r"^retention: must be per year like margin, but is per",
        ),
        ({"acquisition_cost": 50}, r"^acquisition_cost: must be Money .* got 50$"),
        ({"acquisition_cost": Money(1, "USD")}, r"^acquisition_cost: must have the currency of margin, EUR"),
        (
            {"acquisition_cost": Money(1, "EUR", 9)},
            r"^acquisition_cost: must have the date of value of margin, 0, but has 9",
        ),
        (
            {"timing": "soon"},
            r"^timing: must be one of immediate, end_of_period, before_renewal, after_renewal",
        ),
    ],
)
def test_what_is_mixed_up_is_refused(arguments, message):
    right = {
        "margin": Flow(100, "EUR", "year"),
        "retention": RetentionRate(0.8, "year"),
        "discount": DiscountRate(0.1, "year"),
        "timing": "immediate",
    }
    with pytest.raises(InputError, match=message):
        constant_retention_clv(**{**right, **arguments})


def test_lengths_of_periods():
    assert days_in("year") == 12 * days_in("month") == 4 * days_in("quarter") == 365 * days_in("day")
    assert days_in("7 days") == days_in("week")
