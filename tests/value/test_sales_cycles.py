"""Berger & Nasr: the published figure of case 1, and their other cases payment by payment."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.value import (
    DiscountRate,
    Flow,
    ProfitCurve,
    RetentionRate,
    continuous_clv,
    sales_cycle_clv,
    varying_clv,
)

RATE = st.floats(0.01, 0.99)


def year_by_year(sale, promotion, r, d, years, sales_at, chance_at):
    """Sum the payments of one customer as a diary: sales on their days, promotion at mid-year."""
    total = sum(sale * chance / (1 + d) ** time for time, chance in sales_at)
    return total - sum(promotion * chance_at(i) / (1 + d) ** (i - 0.5) for i in range(1, years + 1))


def test_clv_06_berger_nasr_1998_case_1():
    case = reference.case("CLV-06")
    gc, m, r, d, n = (case.inputs[name] for name in ("GC", "M", "r", "d", "n"))
    clv = sales_cycle_clv(
        Flow(gc, "USD", "year"),
        Flow(m, "USD", "year"),
        RetentionRate(r, "year"),
        DiscountRate(d, "year"),
        periods=n,
    )
    assert clv.value == case.close_to(case.expected)
    assert (clv.horizon, clv.per) == (10, "year") and "promotion after 0.5" in clv.timing


@given(gc=st.floats(1, 500), m=st.floats(0, 50), r=RATE, d=RATE, n=st.integers(0, 12))
def test_berger_nasr_case_1_in_general(gc, m, r, d, n):
    clv = sales_cycle_clv(
        Flow(gc, "USD", "year"),
        Flow(m, "USD", "year"),
        RetentionRate(r, "year"),
        DiscountRate(d, "year"),
        periods=n,
    )
    sales = [(i, r**i) for i in range(n + 1)]
    assert clv.value == pytest.approx(year_by_year(gc, m, r, d, n, sales, lambda i: r ** (i - 1)), rel=1e-9)


@given(gc=st.floats(1, 500), m=st.floats(0, 50), r=RATE, d=RATE, n=st.integers(1, 6))
def test_berger_nasr_case_2a_more_often_than_yearly(gc, m, r, d, n):
    """Two sales a year: time runs in half years, the rate stays yearly."""
    per = "6 months"
    clv = sales_cycle_clv(
        Flow(gc, "USD", per),
        Flow(m, "USD", per),
        RetentionRate(r, per),
        DiscountRate(d, "year").to(per),
        periods=2 * n,
    )
    expected = sum(gc * r**i / (1 + d) ** (i / 2) for i in range(2 * n + 1))
    expected -= sum(m * r ** (i - 1) / (1 + d) ** ((i - 0.5) / 2) for i in range(1, 2 * n + 1))
    assert clv.value == pytest.approx(expected, rel=1e-9)


@given(gc=st.floats(100, 5000), m=st.floats(0, 50), r=RATE, d=RATE, n=st.integers(0, 14), q=st.integers(1, 5))
def test_berger_nasr_case_2b_cycles_longer_than_a_year(gc, m, r, d, n, q):
    cycle = f"{q} years"
    clv = sales_cycle_clv(
        Flow(gc, "USD", cycle),
        Flow(m, "USD", "year"),
        RetentionRate(r, cycle),
        DiscountRate(d, "year"),
        periods=n,
    )
    sales = [(i * q, r**i) for i in range(n // q + 1)]
    expected = year_by_year(gc, m, r, d, n, sales, lambda i: r ** ((i - 1) / q))
    assert clv.value == pytest.approx(expected, rel=1e-9)


def test_sales_without_end():
    parts = (Flow(260, "USD", "year"), Flow(50, "USD", "year"), RetentionRate(0.75, "year"))
    discount = DiscountRate(0.2, "year")
    long = sales_cycle_clv(*parts, discount, periods=400)
    assert sales_cycle_clv(*parts, discount, periods=None).value == pytest.approx(long.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"contribution": Flow(1, "USD", "18 months"), "retention": RetentionRate(0.5, "18 months")},
            r"^contribution: must be per a whole number of times year, the period of promotion",
        ),
        ({"retention": RetentionRate(0.5, "month")}, r"^retention: must be per year like contribution"),
        ({"discount": DiscountRate(0.1, "month")}, r"^discount: must be per year like promotion"),
        ({"promotion": Flow(1, "EUR", "year")}, r"^promotion: must have the currency of contribution, USD"),
        ({"periods": -1}, r"^periods: must be finite and at least 0"),
        ({"promotion_time": 1.5}, r"^promotion_time: must be from 0 to 1"),
    ],
)
def test_cycles_that_do_not_fit_are_refused(changed, message):
    right = {
        "contribution": Flow(260, "USD", "year"),
        "promotion": Flow(50, "USD", "year"),
        "retention": RetentionRate(0.75, "year"),
        "discount": DiscountRate(0.2, "year"),
        "periods": 10,
    }
    with pytest.raises(InputError, match=message):
        sales_cycle_clv(**{**right, **changed})


def usd(amount):
    return Flow(amount, "USD", "year")


def bent(start, rise, turn, increment):
    return ProfitCurve(usd(start), usd(rise), turn, usd(increment))


CURVES = st.builds(bent, st.floats(-20, 50), st.floats(0, 10), st.floats(0, 6), st.floats(0, 60))


@given(curve=CURVES)
def test_berger_nasr_case_3_profit_rises_to_its_ceiling(curve):
    times = np.linspace(0, 30, 301)
    profit, ceiling = curve(times).amount, curve.ceiling.amount
    assert (np.diff(profit) >= -1e-9).all() and profit[0] == pytest.approx(curve.start.amount)
    assert profit[-1] <= ceiling + 1e-9
    assert profit[-1] == pytest.approx(ceiling, abs=1e-6 + (ceiling - curve.start.amount) * 1e-9)
    assert curve.at_turn == curve(curve.turn)
    near = curve(curve.turn + 1e-9) - curve(curve.turn)
    assert abs(near.amount) < 1e-6, "no jump at the turn"


def by_the_paper(curve, t):
    """h t^2 + v, and after g [h g^2 + v] + N (1 - e^(-t + g))."""
    v, h, n, g = curve.start.amount, curve.rise.amount, curve.increment.amount, curve.turn
    return h * t * t + v if t <= g else (h * g * g + v) + n * (1 - np.exp(-t + g))


@given(curve=CURVES, r=RATE, d=RATE, n=st.integers(0, 10))
def test_berger_nasr_case_3_summed_year_by_year(curve, r, d, n):
    margin = curve(np.arange(n + 1))
    clv = varying_clv(margin, RetentionRate(r, "year"), DiscountRate(d, "year"), timing="immediate")
    expected = sum(by_the_paper(curve, t) * r**t / (1 + d) ** t for t in range(n + 1))
    assert clv.value == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(curve=CURVES, r=st.floats(0.2, 0.99), d=st.floats(0.01, 0.5), n=st.floats(0, 15))
def test_berger_nasr_case_4_by_small_steps(curve, r, d, n):
    """A life cut into 20,000 short periods, each with its profit in the middle."""
    step = n / 20_000
    times = (np.arange(20_000) + 0.5) * step
    expected = float((curve(times).amount * (r / (1 + d)) ** times).sum() * step)
    clv = continuous_clv(curve, RetentionRate(r, "year"), DiscountRate(d, "year"), periods=n)
    assert clv.value == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert (clv.timing, clv.horizon, clv.per, clv.currency) == ("continuous", n, "year", "USD")


@given(r=st.floats(0.01, 0.99), d=st.floats(0, 1))
def test_a_constant_flow_without_end_in_closed_form(r, d):
    clv = continuous_clv(usd(100), RetentionRate(r, "year"), DiscountRate(d, "year"), periods=None)
    assert clv.value == pytest.approx(100 / np.log((1 + d) / r), rel=1e-6)


@given(r=st.floats(0, 1), d=st.floats(0, 1), n=st.floats(0, 15))
def test_a_constant_flow_is_a_curve_without_a_bend(r, d, n):
    kept, discount = RetentionRate(r, "year"), DiscountRate(d, "year")
    flat = continuous_clv(bent(100, 0, 0, 0), kept, discount, periods=n)
    assert continuous_clv(usd(100), kept, discount, periods=n).value == pytest.approx(
        flat.value, rel=1e-6, abs=1e-3 if r < 0.01 else 1e-9
    )


def test_the_date_and_currency_of_a_flow_go_to_the_value():
    kept, discount = RetentionRate(0.8, "month"), DiscountRate(0.01, "month")
    late = {name: Flow(amount, "EUR", "month", 30) for name, amount in
            (("start", 1.0), ("rise", 2.0), ("increment", 3.0))}  # fmt: skip
    for profit in (Flow(100, "EUR", "month", 30), ProfitCurve(turn=2, **late)):
        clv = continuous_clv(profit, kept, discount, periods=None)
        assert (clv.currency, clv.date_of_value, clv.per) == ("EUR", 30, "month")


def test_curves_and_flows_that_are_none():
    with pytest.raises(InputError, match=r"^increment: must be finite and at least 0"):
        bent(20, 4, 2, -1)
    with pytest.raises(InputError, match=r"^start: must be a Flow, got 20$"):
        ProfitCurve(20, usd(4), 2, usd(24))
    with pytest.raises(InputError, match=r"^rise: must be per year like start, but is per month"):
        ProfitCurve(usd(20), Flow(4, "USD", "month"), 2, usd(24))
    with pytest.raises(InputError, match=r"^increment: must have the currency of start, USD, but has EUR"):
        ProfitCurve(usd(20), usd(4), 2, Flow(24, "EUR", "year"))
    always, free = RetentionRate(1, "year"), DiscountRate(0, "year")
    with pytest.raises(InputError, match=r"^periods: without end needs customers who leave"):
        continuous_clv(usd(100), always, free, periods=None)
    with pytest.raises(InputError, match=r"^retention: must be one number"):
        continuous_clv(usd(100), RetentionRate([0.5], "year"), free, periods=1)
    with pytest.raises(InputError, match=r"^profit: must be a Flow, got 100$"):
        continuous_clv(100, always, free, periods=1)
    with pytest.raises(InputError, match=r"^retention: must be per month like profit, but is per year"):
        continuous_clv(Flow(100, "USD", "month"), always, free, periods=1)
    assert continuous_clv(usd(100), always, free, periods=3).value == pytest.approx(300)
