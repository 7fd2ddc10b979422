"""Broad and narrow CLV of a constant customer, against dated cash flows and against itself."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pytest

from crmsim.errors import InputError
from crmsim.value import CashFlows, DiscountRate, Flow, Money, RetentionRate, constant_retention_clv, value_at
from crmsim.value.broad_and_narrow import broad_and_narrow
from crmsim.value.constant_retention import TIMINGS

MARGIN, KEPT, RATE = Flow(100, "EUR", "year"), RetentionRate(0.8, "year"), DiscountRate(0.1, "year")
COST = Money(150, "EUR")


def _split(age: int, **more):
    return broad_and_narrow(MARGIN, KEPT, RATE, **{"timing": "immediate", "payments": 10, **more}, age=age)


@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("age", [1, 3, 10])
def test_it_agrees_with_dated_payments_of_a_customer_who_is_still_there(timing, age):
    first = TIMINGS[timing]
    chance = 0.8 ** np.maximum(np.arange(10) - age + first.renewals, 0)
    days = 365.0 * (np.arange(10) + first.periods)
    made = np.where(np.arange(10) < age, 100.0, 100.0 * chance)
    # A payment on the very day of review belongs to the future there, so the past ones are moved back.
    back = np.where(np.arange(10) < age, 1.0, 0.0)
    grown = made * np.where(back, 1.1 ** (-1 / 365.0), 1.0)
    flows = CashFlows(days - back, grown, "EUR")
    other = value_at(flows, RATE, at_day=365 * age, acquisition_cost=COST)
    split = _split(age, timing=timing, acquisition_cost=COST)
    assert split.historic.value == pytest.approx(other.historic.value)
    assert split.narrow.value == pytest.approx(other.narrow.value)


@pytest.mark.parametrize("timing", TIMINGS)
def test_without_end_the_future_is_the_same_at_every_age_and_knows_nothing_of_the_cost(timing):
    futures = [
        _split(age, timing=timing, payments=None, acquisition_cost=COST).narrow.value for age in (1, 5, 20)
    ]
    whole = constant_retention_clv(MARGIN, KEPT, RATE, timing=timing).value
    assert futures == pytest.approx([whole] * 3)


def test_at_the_beginning_all_is_future():
    split = _split(0, acquisition_cost=COST)
    assert split.historic.value == 0.0
    assert (
        split.narrow.value
        == constant_retention_clv(
            MARGIN, KEPT, RATE, timing="immediate", payments=10, acquisition_cost=COST
        ).value
    )


def test_the_values_are_of_the_day_of_review():
    margin = Flow(100, "EUR", "month", datetime.date(2024, 1, 1))
    kept, rate = RetentionRate(0.9, "month"), DiscountRate(0.01, "month")
    split = broad_and_narrow(margin, kept, rate, timing="end_of_period", age=12)
    assert split.broad.date_of_value == datetime.date(2024, 12, 31)
    assert split.historic.value == pytest.approx(sum(100 * 1.01**k for k in range(12)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age": -1}, "age: must be a whole number of periods, at least 0, got -1"),
        ({"age": 1.0}, "age: must be a whole number"),
        ({"age": 11}, "age: must be at most 10, the payments that count, got 11"),
        ({"age": 1, "acquisition_cost": Money(1, "USD")}, "currency"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        _split(**change)
