"""Dwyer's customer migration: a cohort against customers followed one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.value import (
    DiscountRate,
    Flow,
    RetentionRate,
    customer_migration,
    migration_clv,
    recency_chain,
    recency_rewards,
    sales_cycle_clv,
    varying_clv,
)


def money(amount):
    return Flow(amount, "USD", "year")


@given(
    chances=st.lists(st.floats(0, 1), min_size=1, max_size=3),
    periods=st.integers(0, 7),
    d=st.floats(0, 1),
    time=st.floats(0, 1),
)
@settings(max_examples=60)
def test_every_history_of_purchases(chances, periods, d, time):
    """Dwyer / Berger & Nasr case 5: all ways to buy or not, each with its chance and its payments."""
    expected, buyers = 0.0, np.zeros(periods + 1)
    for history in itertools.product([True, False], repeat=periods):
        chance, value, silent, bought = 1.0, 50.0, 0, [0]
        for period, buys in enumerate(history, start=1):
            if silent >= len(chances):
                chance *= 0.0 if buys else 1.0
                continue
            value -= 7.0 / (1 + d) ** (period - 1 + time)
            chance *= chances[silent] if buys else 1 - chances[silent]
            if buys:
                value += 50.0 / (1 + d) ** period
                bought.append(period)
            silent = 0 if buys else silent + 1
        expected += chance * value
        buyers[bought] += chance
    path = customer_migration(
        chances,
        money(50),
        money(7),
        DiscountRate(d, "year"),
        periods=periods,
        customers=1000,
        promotion_time=time,
    )
    assert path.clv.value == pytest.approx(expected, rel=1e-9)
    assert path.table["buyers"].to_numpy() == pytest.approx(1000 * buyers)


@given(chances=st.lists(st.floats(0, 1), min_size=1, max_size=4), periods=st.integers(0, 10))
def test_nobody_is_lost_on_the_way(chances, periods):
    path = customer_migration(
        chances, money(50), money(7), DiscountRate(0.2, "year"), periods=periods, customers=500
    )
    left = path.cells.sum(axis=1) + path.table["given_up"].cumsum()
    assert left.to_numpy() == pytest.approx(500)
    assert path.table["buyers"].to_list() == path.cells[1].to_list()
    assert path.cells.to_numpy().min() >= 0


@given(r=st.floats(0.01, 0.99), d=st.floats(0, 1), periods=st.integers(0, 10))
def test_one_cell_is_retention_lost_for_good(r, d, periods):
    """Berger & Nasr's case 1 by another way."""
    discount = DiscountRate(d, "year")
    path = customer_migration([r], money(260), money(50), discount, periods=periods)
    plain = sales_cycle_clv(money(260), money(50), RetentionRate(r, "year"), discount, periods=periods)
    assert path.clv.value == pytest.approx(plain.value, rel=1e-9)
    assert (path.clv - plain).value == pytest.approx(0, abs=1e-9), "their terms are the same"


def test_chances_that_change_from_year_to_year():
    rates = np.array([[0.6], [0.8], [0.9]])
    discount = DiscountRate(0.2, "year")
    path = customer_migration(rates, money(100), money(0), discount, periods=3)
    plain = varying_clv(money([100] * 4), RetentionRate(rates[:, 0], "year"), discount, timing="immediate")
    assert path.clv.value == pytest.approx(plain.value)


@given(chances=st.lists(st.floats(0, 0.9), min_size=1, max_size=4), d=st.floats(0.05, 1))
def test_with_promotion_at_the_beginning_it_is_the_markov_chain(chances, d):
    discount = DiscountRate(d, "year")
    path = customer_migration(chances, money(40), money(4), discount, periods=600, promotion_time=0.0)
    chain = migration_clv(
        recency_chain(chances), recency_rewards(money(40), money(4), len(chances)), discount
    )
    assert path.clv.value == pytest.approx(chain.value[0], rel=1e-8)


def test_the_table_adds_up():
    path = customer_migration(
        [0.4, 0.2], money(50), money(5), DiscountRate(0.2, "year"), periods=2, customers=1000
    )
    table = path.table
    assert table["promoted"].to_list() == [0, 1000, 1000]
    assert table["given_up"].round(9).to_list() == [0, 0, 480]
    assert table["contribution"].to_numpy() == pytest.approx([50_000, 20_000 / 1.2, 14_000 / 1.44])
    assert table["promotion"].to_numpy() == pytest.approx([0, 5000 / 1.2**0.5, 5000 / 1.2**1.5])
    balance = (table["contribution"] - table["promotion"]).sum()
    assert table["cumulative"].iloc[-1] == pytest.approx(balance) == pytest.approx(1000 * path.clv.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"purchase_probability": [0.4, 1.2]}, r"^purchase_probability\[1\]: must be from 0 to 1, got 1\.2$"),
        (
            {"purchase_probability": [[0.4], [0.3]]},
            r"^purchase_probability: must be one chance a recency cell, or a .* of 3 periods, got \(2, 1\)$",
        ),
        ({"purchase_probability": 0.4}, r"^purchase_probability: must be one chance a recency cell"),
        ({"purchase_probability": []}, r"^purchase_probability: must be one chance a recency cell"),
        ({"periods": 2.5}, r"^periods: must be a whole number"),
        ({"customers": 0}, r"^customers: must be finite and above 0"),
        ({"promotion": Flow(1, "EUR", "year")}, r"^promotion: must have the currency of contribution"),
        ({"discount": DiscountRate(0.1, "month")}, r"^discount: must be per year like contribution"),
    ],
)
def test_bad_cohorts_are_refused(changed, message):
    right = {
        "purchase_probability": [0.4, 0.2],
        "contribution": money(50),
        "promotion": money(5),
        "discount": DiscountRate(0.2, "year"),
        "periods": 3,
    }
    with pytest.raises(InputError, match=message):
        customer_migration(**{**right, **changed})
