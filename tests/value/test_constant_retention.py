"""Constant and varying retention: published tables, and a walk through every possible life."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.value import (
    TIMINGS,
    DiscountRate,
    Flow,
    GrowthRate,
    Money,
    RetentionRate,
    clv_elasticities,
    constant_retention_clv,
    expected_cash_flows,
    margin_multiple,
    retention_point_value,
    survival,
    varying_clv,
    wallet_margin,
)

RETENTION, DISCOUNT, GROWTH = st.floats(0, 1), st.floats(0, 1), st.floats(-0.5, 0.5)
CERTAIN = {"immediate": True, "end_of_period": True, "before_renewal": False, "after_renewal": False}
NOW = {"immediate": True, "end_of_period": False, "before_renewal": True, "after_renewal": False}


def multiple(r, d, growth=None, per="year", **terms):
    """The margin multiple with every rate per the same period."""
    grows = None if growth is None else GrowthRate(growth, per)
    return margin_multiple(RetentionRate(r, per), DiscountRate(d, per), growth=grows, **terms)


def elasticities(r, d, growth, timing):
    rates = RetentionRate(r, "year"), DiscountRate(d, "year")
    return clv_elasticities(*rates, timing=timing, growth=GrowthRate(growth, "year"))


def by_lives(margins, renewals, d, timing):
    """Add up over all possible lives: the chance of each, times what it pays, discounted."""
    total, chance = 0.0, 1.0
    renewals = list(renewals)
    for life in range(len(renewals) + 1):
        ends = 1.0 if life == len(renewals) else 1.0 - renewals[life]
        paid = margins[: life + 1] if CERTAIN[timing] else margins[:life]
        wait = 0 if NOW[timing] else 1
        total += chance * ends * sum(m / (1 + d) ** (k + wait) for k, m in enumerate(paid))
        chance *= 1.0 if life == len(renewals) else renewals[life]
    return total


def test_clv_01_gupta_lehmann_table_of_margin_multiples():
    case = reference.case("CLV-01")
    table = multiple(np.array(case.inputs["r"])[:, None], np.array(case.inputs["i"]))
    assert table == case.close_to(np.array(case.expected))


def test_clv_04_fader_hardie_note_024_timing_conventions():
    case = reference.case("CLV-04")
    m, r, d = (case.inputs[name] for name in ("m", "r", "d"))
    names = {
        "first_payment_now_certain": "immediate",
        "first_payment_after_first_renewal_discounted": "after_renewal",
        "first_payment_after_first_renewal_undiscounted_m_r(1+d)": "before_renewal",
        "m/(1+d-r)": "end_of_period",
    }
    for name, timing in names.items():
        clv = constant_retention_clv(
            Flow(m, "USD", "year"), RetentionRate(r, "year"), DiscountRate(d, "year"), timing=timing
        )
        assert clv.value == case.close_to(case.expected[name], name)
        assert (clv.timing, clv.horizon) == (timing, np.inf)


@pytest.mark.parametrize("timing", TIMINGS)
@given(r=RETENTION, d=DISCOUNT, g=GROWTH, n=st.integers(0, 12))
def test_finite_horizons_by_walking_through_lives(timing, r, d, g, n):
    margins = [(1 + g) ** k for k in range(n)]
    renewals = [r] * (max(n - 1, 0) if CERTAIN[timing] else n)
    expected = by_lives(margins, renewals, d, timing)
    found = multiple(r, d, timing=timing, growth=g, payments=n)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("timing", TIMINGS)
@given(r=st.floats(0, 0.97), d=st.floats(0, 1))
def test_long_horizons_approach_no_end(timing, r, d):
    ends = multiple(r, d, timing=timing, payments=[1, 2, 10, 3000])
    assert (np.diff(ends) >= -1e-12).all()
    assert ends[-1] == pytest.approx(multiple(r, d, timing=timing), rel=1e-9)


@given(d=st.floats(0.001, 2))
def test_without_retention_and_without_discounting(d):
    assert multiple(0, d) == 0 and multiple(0, d, timing="immediate") == 1
    assert multiple(0, d, timing="end_of_period") == pytest.approx(1 / (1 + d))
    assert multiple(1, d) == pytest.approx(1 / d), "a perpetuity"
    assert multiple(0.75, 0) == pytest.approx(3), "r / (1 - r) renewals"
    assert multiple(1, 0, payments=7) == 7, "nobody leaves, nothing is discounted"


@given(r=st.floats(0.01, 0.99), d=DISCOUNT)
def test_timings_differ_by_one_renewal_and_one_period(r, d):
    by = {timing: multiple(r, d, timing=timing) for timing in TIMINGS}
    assert by["immediate"] == pytest.approx(1 + by["after_renewal"])
    assert by["immediate"] == pytest.approx(by["end_of_period"] * (1 + d))
    assert by["before_renewal"] == pytest.approx(by["immediate"] * r)


@given(d=st.floats(0, 1e-6), n=st.integers(1, 50))
def test_stable_close_to_payments_that_do_not_shrink(d, n):
    expected = sum((1 + d) ** -k for k in range(1, n + 1))
    assert multiple(1, d, payments=n) == pytest.approx(expected, rel=1e-12)


@given(r=st.floats(0, 0.9), d=DISCOUNT, g=st.floats(-0.5, 0.1))
def test_growth_as_gupta_lehmann_write_it(r, d, g):
    assert multiple(r, d, growth=g) == pytest.approx(r / (1 + d - r * (1 + g)))


@pytest.mark.parametrize(("r", "d", "g"), [(1, 0, 0), (1, 0.05, 0.05), (0.99, 0.0, 0.5)])
def test_payments_that_do_not_shrink_have_no_value_without_end(r, d, g):
    with pytest.raises(InputError, match=r"^payments: without end must leave retention x \(1 \+ growth\)"):
        multiple([0.5, r], d, growth=g)
    assert np.isfinite(multiple(r, d, growth=g, payments=20))


@pytest.mark.parametrize("of", [margin_multiple, clv_elasticities])
def test_rates_of_different_periods_are_never_mixed(of):
    """A monthly retention with a yearly discount is wrong by a factor that nobody sees."""
    monthly, yearly = RetentionRate(0.98, "month"), DiscountRate(0.12, "year")
    with pytest.raises(InputError, match=r"^discount: must be per month like retention, but is per year"):
        of(monthly, yearly)
    with pytest.raises(InputError, match=r"^growth: must be per month like retention, but is per year"):
        of(monthly, yearly.to("month"), growth=GrowthRate(0.01, "year"))
    with pytest.raises(InputError, match=r"^retention: must be a RetentionRate, got 0\.98$"):
        of(0.98, yearly)
    with pytest.raises(InputError, match=r"^discount: must be a DiscountRate, got 0\.12$"):
        of(monthly, 0.12)
    assert np.isfinite(of(RetentionRate(0.98, "12 months"), yearly)).all(), "a year by another name"


def test_cumulative_value_reaches_the_whole():
    flows = expected_cash_flows(
        Flow(np.full(200, 100.0), "EUR", "year"),
        RetentionRate(0.8, "year"),
        DiscountRate(0.1, "year"),
        timing="immediate",
    )
    multiples = multiple(0.8, 0.1, timing="immediate", payments=np.arange(1, 201))
    assert np.cumsum(flows.amount) == pytest.approx(100 * multiples)


@pytest.mark.parametrize("timing", TIMINGS)
@given(data=st.data(), d=DISCOUNT, n=st.integers(1, 8))
def test_varying_retention_by_walking_through_lives(timing, data, d, n):
    margins = data.draw(st.lists(st.floats(-100, 100), min_size=n, max_size=n))
    renewals = n - 1 if CERTAIN[timing] else n
    rates = data.draw(st.lists(RETENTION, min_size=renewals, max_size=renewals))
    kept = RetentionRate(rates, "year")
    clv = varying_clv(Flow(margins, "EUR", "year"), kept, DiscountRate(d, "year"), timing=timing)
    assert clv.value == pytest.approx(by_lives(margins, rates, d, timing), rel=1e-9, abs=1e-9)
    assert clv.horizon == n


@pytest.mark.parametrize("timing", TIMINGS)
@given(r=RETENTION, d=DISCOUNT, n=st.integers(1, 30), cost=st.floats(0, 100))
def test_what_does_not_vary_is_constant(timing, r, d, n, cost):
    kept, discount, spent = RetentionRate(r, "year"), DiscountRate(d, "year"), Money(cost, "EUR")
    constant = constant_retention_clv(
        Flow(50, "EUR", "year"), kept, discount, timing=timing, payments=n, acquisition_cost=spent
    )
    several = Flow(np.full(n, 50.0), "EUR", "year")
    varying = varying_clv(several, kept, discount, timing=timing, acquisition_cost=spent)
    assert (varying - constant).value == pytest.approx(0, abs=1e-9)
    rates = RetentionRate(np.full(n - 1 if CERTAIN[timing] else n, r), "year")
    if np.size(rates.value):
        again = varying_clv(Flow(50, "EUR", "year"), rates, discount, timing=timing, acquisition_cost=spent)
        assert again.value == pytest.approx(varying.value, abs=1e-9)


@given(r=st.floats(0.05, 0.95), d=st.floats(0.01, 0.5), g=st.floats(-0.1, 0.04))
@pytest.mark.parametrize("timing", TIMINGS)
def test_elasticities_are_slopes(timing, r, d, g):
    reacts = elasticities(r, d, g, timing)
    step = 1e-6

    def slope(up, down):
        return (np.log(up) - np.log(down)) / (np.log(1 + step) - np.log(1 - step))

    by_r = [multiple(r * (1 + s), d, timing=timing, growth=g) for s in (step, -step)]
    by_d = [multiple(r, d * (1 + s), timing=timing, growth=g) for s in (step, -step)]
    assert reacts.margin == 1
    assert reacts.retention == pytest.approx(slope(*by_r), rel=1e-5, abs=1e-5)
    assert reacts.discount == pytest.approx(slope(*by_d), rel=1e-5, abs=1e-5)


def test_one_point_of_retention_is_worth_more_where_more_stay():
    margin, discount = Flow(100, "EUR", "year"), DiscountRate(0.1, "year")
    kept = RetentionRate(np.linspace(0, 0.99, 34), "year")
    point = retention_point_value(margin, kept, discount, timing="immediate")
    assert (np.diff(point.value) > 0).all() and point.value[0] == pytest.approx(
        100 * (1 / (1 - 0.01 / 1.1) - 1)
    )
    with pytest.raises(InputError, match=r"^RetentionRate: must be from 0 to 1"):
        retention_point_value(margin, RetentionRate(0.995, "year"), discount, timing="immediate")


def test_growth_and_horizon_travel_with_the_value():
    clv = constant_retention_clv(
        Flow(100, "EUR", "month"),
        RetentionRate(0.95, "month"),
        DiscountRate(0.01, "month"),
        timing="after_renewal",
        growth=GrowthRate(0.002, "month"),
        payments=24,
    )
    expected = sum(100 * 1.002 ** (k - 1) * 0.95**k / 1.01**k for k in range(1, 25))
    assert clv.value == pytest.approx(expected)
    assert (clv.horizon, clv.per, clv.currency) == (24, "month", "EUR")


def test_share_of_wallet_makes_the_margin():
    grows = wallet_margin(Flow(1000, "EUR", "year"), np.array([0.2, 0.3, 0.4]), 0.25)
    assert grows == Flow([50, 75, 100], "EUR", "year")
    with pytest.raises(InputError, match=r"^share: must be from 0 to 1"):
        wallet_margin(Flow(1000, "EUR", "year"), 1.2, 0.25)


@pytest.mark.parametrize(
    ("margin", "rates", "message"),
    [
        (
            [1, 2, 3],
            [0.5],
            r"^retention: must have 2 rates for 3 payments with timing immediate, got \(1,\)$",
        ),
        (1, 0.5, r"^margin: must be one amount a payment, unless retention has one rate a renewal$"),
        ([[1, 2]], 0.5, r"^margin: must be one amount a payment"),
    ],
)
def test_numbers_of_payments_and_renewals_must_fit(margin, rates, message):
    with pytest.raises(InputError, match=message):
        varying_clv(
            Flow(margin, "EUR", "year"),
            RetentionRate(rates, "year"),
            DiscountRate(0.1, "year"),
            timing="immediate",
        )


def test_survival_of_no_payments():
    assert survival(RetentionRate(0.5, "year"), 0, timing="immediate").tolist() == []
