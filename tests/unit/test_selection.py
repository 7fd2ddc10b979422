"""Where replications go: the tables of Chen & Lee, and what any allocation must obey."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import case

from crmsim.errors import InputError
from crmsim.selection import ocba_increments, ocba_shares

drawn = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def test_ocba_01_chen_lee_page_49():
    known = case("OCBA-01")
    designs = known.inputs["means"], known.inputs["variances"]
    assert known.inputs["budget"] * ocba_shares(*designs, sense="min") == known.close_to(known.expected)
    given_ = ocba_increments(*designs, known.inputs["budget"], sense="min")
    assert given_.tolist() == known.expected


def test_ocba_03_designs_that_have_enough_already():
    known = case("OCBA-03")
    designs = known.inputs["means"], known.inputs["variances"]
    found = ocba_increments(*designs, known.inputs["add"], used=known.inputs["used"], sense="max")
    assert found == known.close_to(known.expected["increment"])


@st.composite
def designs(draw):
    k = draw(st.integers(2, 7))
    numbers = st.lists(st.floats(-100.0, 100.0), min_size=k, max_size=k)
    spreads = st.lists(st.floats(0.0, 50.0), min_size=k, max_size=k)
    return draw(numbers), draw(spreads)


@drawn
@given(given_=designs(), shift=st.floats(-50.0, 50.0), scale=st.floats(0.1, 10.0))
def test_shares_do_not_depend_on_units_or_on_where_zero_is(given_, shift, scale):
    means, variances = np.round(given_[0], 3), np.round(given_[1], 3)
    base = ocba_shares(means, variances)
    assert base.sum() == pytest.approx(1.0) and (base >= 0.0).all()
    moved = ocba_shares(scale * (means + round(shift)), scale**2 * variances)
    if np.diff(np.sort(means)).min() > 0:
        assert moved == pytest.approx(base, abs=1e-6)
    assert ocba_shares(-means, variances, sense="min").tolist() == base.tolist()


@drawn
@given(given_=designs(), add=st.integers(0, 500), used=st.data())
def test_all_that_is_given_out_arrives_and_nothing_is_taken_away(given_, add, used):
    k = len(given_[0])
    made = used.draw(st.lists(st.integers(0, 60), min_size=k, max_size=k))
    more = ocba_increments(*given_, add, used=made)
    assert more.sum() == add and (more >= 0).all()


def test_the_ratios_are_those_of_the_rule():
    means, variances = np.array([5.0, 4.0, 2.0]), np.array([4.0, 1.0, 9.0])
    shares = ocba_shares(means, variances)
    assert shares[1] / shares[2] == pytest.approx((1.0 / 1.0) / (9.0 / 9.0))
    assert shares[0] == pytest.approx(2.0 * math.sqrt(shares[1] ** 2 / 1.0 + shares[2] ** 2 / 9.0))


def test_it_picks_the_best_more_often_than_equal_shares_do():
    """Ten designs, 1,000 races each way with the same numbers of replications."""
    rng = np.random.default_rng(11)
    means, sd, first, total, races = np.arange(10.0), np.full(10, 6.0), 10, 400, 1000
    right = {"ocba": 0, "equal": 0}
    for _ in range(races):
        draws = rng.normal(means, sd, (total, 10))
        right["equal"] += int(np.argmax(draws[: total // 10].mean(axis=0)) == 9)
        used = np.full(10, first)
        while used.sum() < total:
            seen = [draws[:n, d] for d, n in enumerate(used)]
            used = used + ocba_increments(
                [s.mean() for s in seen], [s.var(ddof=1) for s in seen], 20, used=used
            )
        right["ocba"] += int(np.argmax([draws[:n, d].mean() for d, n in enumerate(used)]) == 9)
    gain = (right["ocba"] - right["equal"]) / races
    assert gain > 4 * math.sqrt(0.25 / races), right


def test_ties_and_designs_without_spread():
    assert ocba_shares([3.0, 3.0, 1.0], [1.0, 1.0, 1.0]).tolist() == [0.5, 0.5, 0.0]
    assert ocba_shares([3.0, 2.0], [0.0, 0.0]).tolist() == [0.5, 0.5]
    assert ocba_shares([3.0, 2.0, 1.0], [1.0, 0.0, 0.0]).tolist() == [pytest.approx(1 / 3)] * 3
    assert np.isfinite(ocba_shares([1.0, 1.0 - 1e-15, -1e300], [1.0, 1.0, 1.0])).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ocba_shares([1.0], [1.0]), r"^means: must be finite numbers of at least two designs"),
        (lambda: ocba_shares([1.0, math.nan], [1.0, 1.0]), r"^means: must be finite numbers"),
        (lambda: ocba_shares([1.0, 2.0], [1.0]), r"^variances: must be 2 finite numbers from 0 up"),
        (lambda: ocba_shares([1.0, 2.0], [1.0, -1.0]), r"^variances: must be 2 finite numbers"),
        (lambda: ocba_shares([1.0, 2.0], [1.0, 1.0], sense="best"), r"^sense: must be max or min"),
        (lambda: ocba_increments([1.0, 2.0], [1.0, 1.0], -1), r"^add: must be a whole number from 0"),
        (
            lambda: ocba_increments([1.0, 2.0], [1.0, 1.0], 5, used=[1]),
            r"^used: must be 2 whole numbers from 0 up",
        ),
        (
            lambda: ocba_increments([1.0, 2.0], [1.0, 1.0], 5, used=[1, 0.5]),
            r"^used: must be 2 whole numbers",
        ),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
