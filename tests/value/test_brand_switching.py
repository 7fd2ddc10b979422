"""Brand switching: the published figure, and every sequence of brands."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.value import DiscountRate, Frequency, Money, brand_switching_clv

SWITCHING = [[0.8, 0.2], [0.3, 0.7]]


def customer(**changed):
    usual = {
        "switching": SWITCHING,
        "start": 0,
        "brand": 0,
        "volume": Money(100, "USD"),
        "contribution_rate": 0.2,
        "purchases": Frequency(2, "year"),
        "discount": DiscountRate(0.12, "year"),
        "years": 3,
    }
    return brand_switching_clv(**{**usual, **changed})


def test_rlz_01_rust_lemon_zeithaml_2004():
    case = reference.case("RLZ-01")
    given = case.inputs
    result = customer(
        switching=given["P"],
        start=given["start"],
        brand=given["brand"],
        volume=Money(given["volume_per_purchase"], "USD"),
        contribution_rate=given["contribution_rate"],
        purchases=Frequency(given["purchases_per_year"], "year"),
        discount=DiscountRate(given["i"], "year"),
        years=given["years"],
    )
    path = case.expected["share_path"]
    assert result.shares[: len(path)] == case.close_to(np.array(path))
    assert result.clv.value == case.close_to(case.expected["clv"])
    assert len(result.shares) == 7 and result.clv.horizon == 3


@given(
    rows=st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=3, max_size=3),
    start=st.integers(0, 2),
    brand=st.integers(0, 2),
    quarters=st.integers(0, 8),
    i=st.floats(0, 1),
)
@settings(max_examples=50)
def test_every_sequence_of_brands(rows, start, brand, quarters, i):
    switching = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    years, number = quarters / 4, quarters // 2 + 1
    expected = 0.0
    for sequence in itertools.product(range(3), repeat=number):
        chance = np.prod([switching[a, b] for a, b in itertools.pairwise((start, *sequence))])
        paid = sum(100 * 0.2 / (1 + i) ** (t / 2) for t, bought in enumerate(sequence) if bought == brand)
        expected += chance * paid
    result = customer(
        switching=switching, start=start, brand=brand, years=years, discount=DiscountRate(i, "year")
    )
    assert result.clv.value == pytest.approx(expected, rel=1e-9)


def test_all_brands_share_what_is_spent():
    parts = [customer(brand=brand).clv for brand in (0, 1)]
    times = np.arange(7) / 2
    assert (parts[0] + parts[1]).value == pytest.approx(20 * (1.12**-times).sum())


def test_chances_of_the_last_brand():
    mixed = customer(start=[0.25, 0.75]).clv
    apart = customer(start=0).clv * 0.25 + customer(start=1).clv * 0.75
    assert mixed.value == pytest.approx(apart.value)


def test_volume_and_contribution_may_change():
    volume = np.arange(1.0, 8.0)
    changing = customer(volume=Money(volume, "USD"), contribution_rate=np.full(7, 0.2)).clv
    expected = (customer().shares * volume * 0.2 * 1.12 ** -(np.arange(7) / 2)).sum()
    assert changing.value == pytest.approx(expected)


@pytest.mark.parametrize("often", [3, 7, 12, 52])
def test_the_last_purchase_falls_on_the_end(often):
    """A horizon of k purchases holds k + 1 of them, whatever the last binary digit of k / f is."""
    for number in range(60):
        result = customer(purchases=Frequency(often, "year"), years=number / often)
        assert len(result.shares) == number + 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"switching": [[0.8, 0.1], [0.3, 0.7]]}, r"^switching\[0\]: must sum to 1 over the row"),
        ({"brand": 2}, r"^brand: must be a whole number from 0 to 1, got 2$"),
        ({"start": -1}, r"^start: must be a whole number from 0 to 1"),
        ({"start": [0.5, 0.6]}, r"^start: must sum to 1"),
        ({"start": [1.0]}, r"^start: must be one share for each of 2 states"),
        ({"purchases": Frequency(0, "year")}, r"^purchases: must be finite and above 0 \(per year\)"),
        ({"purchases": Frequency(1, "month")}, r"^purchases: must be per year like discount"),
        ({"purchases": 2}, r"^purchases: must be a Frequency, got 2$"),
        ({"years": -1}, r"^years: must be finite and at least 0"),
        ({"contribution_rate": 1.2}, r"^contribution_rate: must be from|^contribution_rate"),
        ({"volume": Money([1, 2], "USD")}, r"^volume: must be one amount, or one for each of 7 purchases$"),
    ],
)
def test_bad_customers_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        customer(**changed)
