"""Lorenz, Gini, Pareto, whale: published tables, closed forms, limits, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.audit.concentration import (
    customers_for_share,
    gini,
    lorenz_curve,
    share_of_top,
    whale_curve,
)
from crmsim.errors import InputError
from tests.reference import case

few = settings(max_examples=50, deadline=None, derandomize=True, database=None)
spends = st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(lambda values: sum(values) > 0)


def test_lor_01_fader_hardie_lorenz_curve_of_a_small_buyer_base():
    found = case("LOR-01")
    purchases, buyers = found.inputs["purchases"], found.inputs["buyers"]
    curve = lorenz_curve(purchases, buyers)
    assert curve.customers[1:].tolist() == found.close_to(found.expected["cum_buyers"])
    assert curve.value[1:].tolist() == found.close_to(found.expected["cum_purchases"])
    assert curve.gini == found.close_to(found.expected["gini_buyers"], "gini_buyers")
    with_others = gini(purchases, buyers, non_buyers=found.inputs["non_buyers"])
    assert with_others == found.close_to(found.expected["gini_with_nonbuyers"], "gini_with_nonbuyers")


def test_whale_01_by_groups():
    found = case("WHALE-01")
    curve = whale_curve(found.inputs["profit_share_by_group"], found.inputs["customer_share"])
    assert curve.peak / 100 == found.close_to(found.expected["peak"])
    assert curve.profit[-1] / 100 == found.close_to(found.expected["end"])
    assert curve.customers == pytest.approx([0.0, 20.0, 80.0, 100.0])


def test_groups_of_a_whale_are_ranked_by_profit_per_customer():
    """A large group that brings more in all comes after a small one that brings more each."""
    curve = whale_curve([60.0, 50.0, -10.0], customers=[60, 10, 30])
    assert curve.profit == pytest.approx([0.0, 50.0, 110.0, 100.0])
    assert curve.customers == pytest.approx([0.0, 10.0, 70.0, 100.0])


@few
@given(spends, st.lists(st.integers(1, 5), min_size=30, max_size=30))
def test_groups_are_the_same_as_their_customers_one_by_one(values, counts):
    counts = counts[: len(values)]
    alone = np.repeat(values, counts)
    assert gini(values, counts) == pytest.approx(gini(alone), abs=1e-12)
    if sum(values) > 0:
        grouped = whale_curve(np.array(values) * counts, counts)
        single = whale_curve(alone)
        assert grouped.peak == pytest.approx(single.peak) and grouped.peak_at == pytest.approx(single.peak_at)


@few
@given(spends)
def test_gini_is_half_the_mean_difference_over_the_mean(values):
    """By its other definition, over all pairs."""
    column = np.array(values, dtype=float)
    pairs = np.abs(column[:, None] - column[None, :]).mean()
    assert gini(values) == pytest.approx(pairs / (2.0 * column.mean()), abs=1e-12)


@few
@given(spends, st.integers(0, 40))
def test_non_buyers_are_customers_with_nothing(values, others):
    assert gini(values, non_buyers=others) == pytest.approx(gini(values + [0] * others), abs=1e-12)


@few
@given(spends)
def test_the_curve_is_convex_and_below_the_diagonal(values):
    curve = lorenz_curve(values)
    assert (curve.value <= curve.customers + 1e-12).all()
    slopes = np.diff(curve.value) / np.diff(curve.customers)
    assert (np.diff(slopes) >= -1e-9).all()
    assert curve.customers[[0, -1]].tolist() == [0.0, 1.0] and curve.value[[0, -1]].tolist() == [0.0, 1.0]


def test_gini_of_an_exponential_and_a_pareto_distribution():
    """One half for an exponential one; 1 / (2 a - 1) for a Pareto one; midpoints of 20,000 quantiles."""
    u = (np.arange(20_000) + 0.5) / 20_000
    assert gini(-np.log1p(-u)) == pytest.approx(0.5, abs=2e-3)
    assert gini((1 - u) ** (-1 / 3.0)) == pytest.approx(1 / 5, abs=2e-3)


def test_gini_at_its_limits():
    assert gini([3.0] * 7) == pytest.approx(0.0, abs=1e-12)
    assert gini([0.0] * 999 + [1.0]) == pytest.approx(0.999)
    assert gini([1e-300, 1e-300]) == 0.0 and gini([1e300, 1e300, 0.0]) == pytest.approx(1 / 3)


def test_shares_of_the_top_by_hand():
    values = [50.0, 20.0, 10.0, 10.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0]
    assert share_of_top(values, 0.2) == 0.7
    assert share_of_top(values, 0.11) == 0.7, "1.1 customers are two"
    assert share_of_top(values, 0.3) == share_of_top(values[::-1], 0.3) == 0.8
    assert share_of_top([120.0, -20.0], 0.5) == pytest.approx(1.2), "what others lose"
    assert np.isnan(share_of_top([1.0, -1.0]))
    assert customers_for_share(values, 0.8) == 0.3 and customers_for_share(values, 0.81) == 0.4
    assert customers_for_share(values, 1.0) == 0.6
    assert customers_for_share([0.1] * 10, 0.7) == 0.7, "in spite of rounding"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: gini([1.0, -1.0, 2.0]),
            r"values: must be at least 0 \(for losses use whale_curve\), got -1.0",
        ),
        (lambda: gini([0.0, 0.0]), r"values: must have a positive sum, got 0.0"),
        (lambda: gini([1.0], non_buyers=-1), r"non_buyers: must be finite and at least 0, got -1"),
        (lambda: gini([1.0], non_buyers=np.inf), r"non_buyers: must be finite and at least 0, got inf"),
        (lambda: gini([1.0, 2.0], [1.0]), r"customers: must have a number for each of 2 customers, got 1"),
        (lambda: gini([1.0, 2.0], [1.0, -1.0]), r"customers: must be at least 0 and not all 0, got -1.0"),
        (lambda: gini([1.0], [0.0]), r"customers: must be at least 0 and not all 0, got 0.0"),
        (lambda: whale_curve([1.0, 2.0], [1.0, 0.0]), r"customers: must be above 0 in every group, got 0.0"),
        (lambda: share_of_top([1.0], 0.0), r"share: must be above 0 and at most 1, got 0.0"),
        (lambda: customers_for_share([1.0], 1.1), r"share: must be above 0 and at most 1, got 1.1"),
        (lambda: customers_for_share([-1.0]), r"values: must have a positive sum, got -1.0"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        call()
