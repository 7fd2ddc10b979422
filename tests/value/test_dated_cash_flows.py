"""Payments on their days: published numbers, and sums done by hand."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.value import CashFlows, DiscountRate, Money, present_value, value_at

AMOUNTS = st.lists(
    st.tuples(st.integers(0, 2000), st.floats(-1000, 1000)), min_size=1, max_size=12
)  # days and amounts


def test_clv_07_hardie_taxonomy_workbook():
    case = reference.case("CLV-07")
    given, expected = case.inputs, case.expected
    discount = DiscountRate(given["annual_discount"], "year")
    flows = CashFlows(given["days"], given["profit"], "USD")
    cost = Money(given["CAC"], "USD")
    split = value_at(flows, discount, at_day=given["at_day"], acquisition_cost=cost)
    computed = {
        "daily_rate": discount.to("day").value,
        "PAV": present_value(flows, discount).value,
        "CLV": (present_value(flows, discount) - cost).value,
        "residual_at_180": split.narrow.value,
        "history_at_180": split.historic.value,
        "CLV_undiscounted": (flows.total - cost).amount,
    }
    assert computed == {name: case.close_to(number, name) for name, number in expected.items()}
    assert computed["daily_rate"] == pytest.approx(expected["daily_rate"], rel=1e-8)
    undiscounted = present_value(flows, DiscountRate(0, "year")) - cost
    assert undiscounted.value == pytest.approx(expected["CLV_undiscounted"])


@given(rows=AMOUNTS, rate=st.floats(0, 1), day=st.integers(0, 2000))
def test_historic_and_future_make_the_whole_grown_to_the_day(rows, rate, day):
    """Against an account kept by the day: interest every night, payments in the morning."""
    days, amounts = zip(*rows, strict=True)
    flows, discount = CashFlows(days, amounts, "EUR"), DiscountRate(rate, "year")
    night = (1 + rate) ** (1 / 365)
    account = 0.0
    for today in range(day):
        account = (account + sum(a for d, a in rows if d == today)) * night
    still = sum(a / night ** (d - day) for d, a in rows if d >= day)
    split = value_at(flows, discount, at_day=day)
    near = {"rel": 1e-9, "abs": 1e-6}
    assert split.historic.value == pytest.approx(account, **near)
    assert split.future.value == pytest.approx(still, **near)
    whole = present_value(flows, discount).value * discount.factor(-day, "day")
    assert split.broad.value == pytest.approx(whole, rel=1e-9, abs=1e-6)


@given(rows=AMOUNTS, rate=st.floats(0, 1), cost=st.floats(0, 500))
def test_the_cost_of_winning_is_the_first_payment(rows, rate, cost):
    days, amounts = zip(*rows, strict=True)
    flows, discount = CashFlows(days, amounts, "EUR"), DiscountRate(rate, "year")
    today = value_at(flows, discount, at_day=0, acquisition_cost=Money(cost, "EUR"))
    assert today.historic.value == 0, "on the first day it is still to be spent"
    assert today.narrow.value == pytest.approx(present_value(flows, discount).value - cost, abs=1e-6)
    later = value_at(flows, discount, at_day=365, acquisition_cost=Money(cost, "EUR"))
    before = value_at(flows, discount, at_day=365)
    assert (before.historic - later.historic).value == pytest.approx(cost * (1 + rate), abs=1e-6)


def test_dates_move_with_the_day():
    start = datetime.date(2025, 1, 1)
    flows = CashFlows([0, 400], [1, 1], "EUR", start)
    discount = DiscountRate(0.1, "year")
    assert present_value(flows, discount, at_day=31).date_of_value == datetime.date(2025, 2, 1)
    assert present_value(CashFlows([0], [1], "EUR"), discount, at_day=31).date_of_value == 31
    with pytest.raises(InputError, match="date_of_value"):
        present_value(flows, discount) + present_value(flows, discount, at_day=31)
    with pytest.raises(InputError, match="date_of_value"):
        value_at(flows, discount, at_day=31, acquisition_cost=Money(1, "EUR"))
    value = present_value(flows, discount)
    assert (value.horizon, value.per, value.timing) == (400, "day", "on their days")


def test_no_payments_are_worth_nothing():
    assert present_value(CashFlows([], [], "EUR"), DiscountRate(0.1, "year")).value == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: CashFlows([1, 2], [1], "EUR"),
            r"^amounts: must be one a day, \(2,\) like days, got \(1,\)$",
        ),
        (lambda: CashFlows(1, 1, "EUR"), r"^amounts: must be one a day"),
        (lambda: CashFlows([np.nan], [1], "EUR"), r"^days\[0\]: must be finite"),
        (lambda: CashFlows([0], [1], ""), r"^currency"),
        (
            lambda: present_value(CashFlows([0], [1], "EUR"), DiscountRate(0.1, "year"), at_day=0.5),
            r"^at_day: must be a whole number of days",
        ),
        (
            lambda: present_value(CashFlows([0], [1], "EUR"), 0.1),
            r"^discount: must be a DiscountRate, got 0\.1$",
        ),
    ],
)
def test_bad_cash_flows_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
