"""Spend on winning and keeping, customer equity, components and accounts."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.events import COMPONENTS
from crmsim.value import (
    SIX_COMPONENTS,
    CustomerAccount,
    DeliveredValue,
    DiscountRate,
    Flow,
    Money,
    ResponseCurve,
    RetentionRate,
    cohort_equity,
    constant_retention_clv,
    customer_equity,
    optimal_spend,
    prospect_value,
    six_component_clv,
    varying_clv,
)

YEARLY = DiscountRate(0.12, "year")


def eur(amount):
    return Money(amount, "EUR")


def flow(amount):
    return Flow(amount, "EUR", "year")


# --- Blattberg & Deighton --------------------------------------------------------------------------


def test_bd_01_blattberg_deighton_value_and_optimum():
    case = reference.case("BD-01")
    given = case.inputs
    margin, discount = flow(given["margin"]), DiscountRate(given["d"], "year")
    now = prospect_value(
        margin,
        discount,
        acquisition_spend=eur(given["acq_spend"]),
        acquisition_rate=given["acq_rate"],
        retention_spend=flow(given["ret_spend"]),
        retention_rate=given["ret_rate"],
    )
    plan = optimal_spend(
        margin,
        discount,
        acquisition=ResponseCurve.through(
            spend=given["acq_spend"], rate=given["acq_rate"], ceiling=given["acq_ceiling"]
        ),
        retention=ResponseCurve.through(
            spend=given["ret_spend"], rate=given["ret_rate"], ceiling=given["ret_ceiling"]
        ),
    )
    assert now.value == case.close_to(case.expected["value_now"])
    assert plan.acquisition_spend.amount == case.close_to(case.expected["acq_spend_opt"])
    assert plan.retention_spend.amount == case.close_to(case.expected["ret_spend_opt"])
    assert plan.value.value == case.close_to(case.expected["value_opt"])


@given(
    a=st.floats(0.01, 1),
    spend_a=st.floats(0, 20),
    r=st.floats(0.01, 0.95),
    spend_r=st.floats(0, 20),
    m=st.floats(1, 100),
    d=st.floats(0.02, 1),
)
def test_value_of_a_prospect_year_by_year(a, spend_a, r, spend_r, m, d):
    there, expected = a, a * m - spend_a
    for year in range(1, 2000):
        expected += there * (r * m - spend_r) * (1 + d) ** -year
        there *= r
    value = prospect_value(
        flow(m),
        DiscountRate(d, "year"),
        acquisition_spend=eur(spend_a),
        acquisition_rate=a,
        retention_spend=flow(spend_r),
        retention_rate=r,
    )
    assert value.value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    by_formula = a * (m - spend_a / a + (m - spend_r / r) * r / (1 + d - r))
    assert value.value == pytest.approx(by_formula, rel=1e-9, abs=1e-9)


CURVES = st.builds(ResponseCurve, st.floats(0.05, 0.99), st.floats(0.001, 5))


@given(acquisition=CURVES, retention=CURVES, m=st.floats(0.1, 500), d=st.floats(0.01, 0.5))
@settings(max_examples=60, deadline=None)
def test_no_other_spend_is_better(acquisition, retention, m, d):
    discount = DiscountRate(d, "year")
    plan = optimal_spend(flow(m), discount, acquisition=acquisition, retention=retention)
    tries = np.concatenate([[0.0], np.geomspace(1e-3, 3 * m / d, 60)])
    for keep in tries:
        value = prospect_value(
            flow(m),
            discount,
            acquisition_spend=eur(tries),
            acquisition_rate=acquisition.rate(tries),
            retention_spend=flow(keep),
            retention_rate=retention.rate(keep),
        )
        assert (value.value <= plan.value.value * (1 + 1e-6) + 1e-6).all()
    assert plan.acquisition_rate == pytest.approx(acquisition.rate(plan.acquisition_spend.amount))
    assert plan.retention_rate == pytest.approx(retention.rate(plan.retention_spend.amount))


def test_the_best_spend_on_winning_in_closed_form():
    """With nothing to be kept, ln(ceiling k m) / k."""
    acquisition, nobody = ResponseCurve(0.4, 0.2), ResponseCurve(1e-9, 1.0)
    plan = optimal_spend(flow(50), YEARLY, acquisition=acquisition, retention=nobody)
    assert plan.retention_spend.amount == pytest.approx(0, abs=1e-6)
    assert plan.acquisition_spend.amount == pytest.approx(np.log(0.4 * 0.2 * 50) / 0.2, rel=1e-6)


@pytest.mark.parametrize("margin", [0.0, -5.0, 0.001])
def test_what_brings_too_little_gets_nothing(margin):
    curve = ResponseCurve(0.5, 0.1)
    plan = optimal_spend(flow(margin), YEARLY, acquisition=curve, retention=curve)
    assert (plan.acquisition_spend.amount, plan.retention_spend.amount) == (0, 0)
    assert plan.value.value == 0


@given(spend=st.floats(0.1, 100), rate=st.floats(0.01, 0.89), other=st.floats(0, 200))
def test_response_curves_go_through_their_point(spend, rate, other):
    curve = ResponseCurve.through(spend=spend, rate=rate, ceiling=0.9)
    assert curve.rate(spend) == pytest.approx(rate) and curve.spend(rate) == pytest.approx(spend)
    assert curve.rate(0) == 0 and curve.rate(other) <= 0.9
    assert curve.spend(0.9) == np.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ResponseCurve.through(spend=5, rate=0.5, ceiling=0.4),
            r"^rate: must be below the ceiling of 0\.4, got 0\.5$",
        ),
        (
            lambda: ResponseCurve.through(spend=0, rate=0.2, ceiling=0.4),
            r"^spend: must be finite and above 0",
        ),
        (lambda: ResponseCurve(1.2, 1), r"^ceiling: must be above 0 and at most 1, got 1\.2$"),
        (lambda: ResponseCurve(0.5, 0), r"^k: must be finite and above 0"),
        (lambda: ResponseCurve(0.5, 1).rate(-1), r"^spend: must be finite and at least 0"),
        (lambda: ResponseCurve(0.5, 1).spend(0.6), r"^rate: must be from 0 to 0\.5"),
        (
            lambda: optimal_spend(
                flow(1),
                DiscountRate(0, "year"),
                acquisition=ResponseCurve(1, 1),
                retention=ResponseCurve(1, 1),
            ),
            r"^discount: must be above 0 where all customers can be kept$",
        ),
        (
            lambda: optimal_spend(
                flow([1, 2]), YEARLY, acquisition=ResponseCurve(1, 1), retention=ResponseCurve(1, 1)
            ),
            r"^margin: must be one number, not an array$",
        ),
        (
            lambda: prospect_value(
                flow(50),
                YEARLY,
                acquisition_spend=Money(5, "USD"),
                acquisition_rate=0.2,
                retention_spend=flow(8),
                retention_rate=0.4,
            ),
            r"^acquisition_spend: must have the currency of margin, EUR, but has USD$",
        ),
    ],
)
def test_bad_spends_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


# --- customer equity -------------------------------------------------------------------------------


def values(rate=YEARLY):
    kept = RetentionRate(0.8, "year")
    residual = constant_retention_clv(flow(100), kept, rate, timing="after_renewal")
    return residual, constant_retention_clv(flow(100), kept, rate, timing="immediate")


def test_equity_year_by_year():
    residual, newcomer = values()
    won, cost = [1000, 900, 800], 150.0
    equity = customer_equity(residual, 5000, newcomer=newcomer, new_customers=won, acquisition_cost=eur(cost))
    base, future = 0.0, 0.0
    for year in range(1, 1500):
        base += 5000 * 100 * 0.8**year / 1.12**year
    for start, number in enumerate(won, start=1):
        future -= number * cost / 1.12**start
        for year in range(1500):
            future += number * 100 * 0.8**year / 1.12 ** (start + year)
    assert equity.parts["base"].value == pytest.approx(base)
    assert equity.parts["future"].value == pytest.approx(future)
    assert equity.total.value == pytest.approx(base + future)
    assert equity.total.timing == "after_renewal (base), immediate (newcomers)"


def test_equity_of_those_there_only():
    residual, newcomer = values()
    assert customer_equity(residual, 10).total == residual * 10
    assert customer_equity(residual, 10, newcomer=newcomer).parts["future"].value == 0
    free = customer_equity(residual, 10, newcomer=residual, new_customers=[1])
    assert free.total.value == pytest.approx(residual.value * (10 + 1 / 1.12))


def test_equity_of_unlike_values_is_refused():
    residual, newcomer = values()
    with pytest.raises(InputError, match=r"^discount: must be the same in both"):
        customer_equity(residual, 10, newcomer=values(DiscountRate(0.1, "year"))[1], new_customers=[1])
    with pytest.raises(InputError, match=r"^newcomer: must be given with new_customers"):
        customer_equity(residual, 10, new_customers=[1])
    with pytest.raises(InputError, match=r"^new_customers\[1\]: must be finite and at least 0"):
        customer_equity(residual, 10, newcomer=newcomer, new_customers=[1, -1])
    with pytest.raises(InputError, match=r"^customers: must be finite and at least 0"):
        customer_equity(residual, -10)
    with pytest.raises(InputError, match=r"^currency: must be the same in both"):
        customer_equity(residual, 1, newcomer=newcomer, new_customers=[1], acquisition_cost=Money(1, "USD"))


@given(a=st.floats(0, 1), r=st.floats(0, 0.95), d=st.floats(0.01, 1), keep=st.floats(0, 30))
def test_a_cohort_is_prospects_times_their_value(a, r, d, keep):
    """Blattberg & Deighton pay R to all who were there before; here those who renew cost R each."""
    discount = DiscountRate(d, "year")
    equity = cohort_equity(
        2000,
        a,
        eur(5),
        flow(50),
        RetentionRate(r, "year"),
        discount,
        retention_spend=flow(keep),
        add_on=flow(6),
    )
    plain = prospect_value(
        flow(50),
        discount,
        acquisition_spend=eur(5),
        acquisition_rate=a,
        retention_spend=flow((keep - 6) * r),
        retention_rate=r,
    )
    assert equity.total.value == pytest.approx(2000 * plain.value, rel=1e-9, abs=1e-6)
    assert list(equity.parts) == ["acquisition", "retention", "add_on"]
    assert equity.parts["acquisition"].value == pytest.approx(2000 * (a * 50 - 5))


def test_a_cohort_without_extras_and_with_an_end():
    equity = cohort_equity(
        1, 1.0, eur(0), flow(100), RetentionRate(0.5, "year"), DiscountRate(0.0, "year"), payments=2
    )
    assert {name: part.value for name, part in equity.parts.items()} == {
        "acquisition": 100,
        "retention": 75,
        "add_on": 0,
    }
    assert equity.total.horizon == 2


# --- six components, accounts ----------------------------------------------------------------------


def test_the_six_are_those_of_the_ledger():
    assert list(SIX_COMPONENTS) == [f"clv{number}" for number in range(1, 7)]
    names = {component.name.lower(): info.meaning for component, info in COMPONENTS.items() if info.counts}
    assert all(names[name] == meaning for name, meaning in SIX_COMPONENTS.items())


@given(data=st.data(), r=st.floats(0, 1), d=st.floats(0, 1), n=st.integers(1, 6))
def test_six_components_add_up_to_the_clv_of_their_sum(data, r, d, n):
    amounts = {
        name: np.array(data.draw(st.lists(st.floats(-50, 50), min_size=n, max_size=n)))
        for name in SIX_COMPONENTS
    }
    kept, discount, cost = RetentionRate(r, "year"), DiscountRate(d, "year"), eur(30)
    margins = {name: flow(amount) for name, amount in reversed(amounts.items())}
    value = six_component_clv(margins, kept, discount, acquisition_cost=cost)
    whole = varying_clv(
        flow(sum(amounts.values())), kept, discount, timing="immediate", acquisition_cost=cost
    )
    assert list(value.parts) == list(SIX_COMPONENTS)
    assert (value.total - whole).value == pytest.approx(0, abs=1e-6)
    alone = varying_clv(margins["clv3"], kept, discount, timing="immediate")
    assert value.parts["clv3"] == alone


@pytest.mark.parametrize(
    ("margins", "given", "message"),
    [
        ({"clv7": [1.0]}, {}, r"^margins: must be among clv1, clv2, clv3, clv4, clv5, clv6, got 'clv7'$"),
        ({}, {}, r"^margins: must hold at least one of clv1"),
        ({"clv2": [1.0]}, {"acquisition_cost": eur(1)}, r"^acquisition_cost: is a part of clv1"),
    ],
)
def test_components_that_are_none(margins, given, message):
    flows = {name: flow(amount) for name, amount in margins.items()}
    with pytest.raises(InputError, match=message):
        six_component_clv(flows, RetentionRate(0.8, "year"), YEARLY, **given)


def test_components_in_different_money_or_periods():
    kept = RetentionRate(0.8, "year")
    with pytest.raises(InputError, match=r"^clv2: must have the currency of clv1, EUR, but has USD$"):
        six_component_clv({"clv1": flow([1]), "clv2": Flow([1], "USD", "year")}, kept, YEARLY)
    with pytest.raises(InputError, match=r"^clv2: must be per year like clv1, but is per month"):
        six_component_clv({"clv1": flow([1]), "clv2": Flow([1], "EUR", "month")}, kept, YEARLY)


def test_contribution_and_profitability():
    account = CustomerAccount(eur([50, 10]), eur([20, 8]), eur([18, 5]))
    assert account.contribution == eur([30, 2]) and account.profitability == eur([12, -3])
    with pytest.raises(InputError, match=r"^other_cost: must be at least 0, costs count positive here"):
        CustomerAccount(eur(50), eur(20), eur(-18))
    with pytest.raises(InputError, match=r"^direct_cost: must have the currency of revenue, EUR"):
        CustomerAccount(eur(50), Money(20, "USD"), eur(18))


def test_delivered_value_is_total_value_less_total_cost():
    names = ("product", "service", "personnel", "image", "monetary", "time", "mental", "physical")
    parts = {name: eur(2.0**place) for place, name in enumerate(names)}
    visit = DeliveredValue(**parts)
    assert visit.total_customer_value == eur(1 + 2 + 4 + 8)
    assert visit.total_customer_cost == eur(16 + 32 + 64 + 128)
    assert visit.delivered_value == eur(15 - 240)
    with pytest.raises(InputError, match=r"^time: must have the date of value of product, 0, but has 5$"):
        DeliveredValue(**{**parts, "time": Money(1, "EUR", 5)})
    with pytest.raises(InputError, match=r"^mental: must be at least 0"):
        DeliveredValue(**{**parts, "mental": eur(-1)})
    with pytest.raises(InputError, match=r"^image: must be Money"):
        DeliveredValue(**{**parts, "image": 5})
