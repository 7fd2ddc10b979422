"""How long customers stay, and what the mean length hides."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.value import (
    TIMINGS,
    ChurnRate,
    DiscountRate,
    Flow,
    RetentionRate,
    annuity,
    expected_lifetime,
    mean_lifetime,
    plug_in_clv,
)


def test_clv_09_reichheld_sasser_1990_lifetime_when_churn_halves():
    case = reference.case("CLV-09")
    lifetimes = expected_lifetime(ChurnRate(case.inputs["churn"], "year"))
    assert lifetimes == case.close_to(np.array(case.expected))


@given(churn=st.floats(0.05, 1))
def test_lifetime_is_the_mean_of_all_lives(churn):
    periods = np.arange(1, 2000)
    chances = (1 - churn) ** (periods - 1) * churn
    assert expected_lifetime(ChurnRate(churn, "year")) == pytest.approx(periods @ chances, rel=1e-9)


def test_who_never_leaves_stays_for_ever():
    assert expected_lifetime(ChurnRate(0, "year")) == np.inf
    assert mean_lifetime(ChurnRate([0, 0.5], "year"), [0, 1]) == 2
    assert mean_lifetime(ChurnRate([0, 0.5], "year"), [0.1, 0.9]) == np.inf
    with pytest.raises(InputError, match="churn: must be a ChurnRate"):
        expected_lifetime(RetentionRate(0.8, "year"))


@given(churn=st.lists(st.floats(0.01, 1), min_size=2, max_size=5), data=st.data())
def test_customers_who_differ_stay_longer_than_their_mean_churn_says(churn, data):
    weights = np.array(data.draw(st.lists(st.floats(0.1, 1), min_size=len(churn), max_size=len(churn))))
    shares = weights / weights.sum()
    rates = ChurnRate(churn, "year")
    assert mean_lifetime(rates, shares) >= expected_lifetime(ChurnRate(shares @ churn, "year")) - 1e-9


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([0.5, 0.4], r"^shares: must sum to 1, got 0\.9$"),
        ([1.0], r"^shares: must be one a churn rate, \(2,\), got \(1,\)$"),
        ([1.5, -0.5], r"^shares\[0\]: must be from 0 to 1"),
    ],
)
def test_shares_that_are_none(shares, message):
    with pytest.raises(InputError, match=message):
        mean_lifetime(ChurnRate([0.1, 0.2], "year"), shares)


@given(n=st.integers(0, 40), d=st.floats(0, 2), wait=st.integers(0, 3))
def test_annuity_payment_by_payment(n, d, wait):
    expected = sum((1 + d) ** -(k + wait) for k in range(n))
    assert annuity(n, d, periods_to_first=wait) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_annuity_without_end():
    assert annuity(np.inf, 0.1) == pytest.approx(11) and annuity(np.inf, 0) == np.inf
    with pytest.raises(InputError, match="payments"):
        annuity(-1, 0.1)


@pytest.mark.parametrize("timing", TIMINGS)
@given(r=st.floats(0.01, 0.99), d=st.floats(0.001, 1))
def test_the_plug_in_overstates(timing, r, d):
    both = plug_in_clv(
        Flow(100, "EUR", "year"), RetentionRate(r, "year"), DiscountRate(d, "year"), timing=timing
    )
    assert both.overstatement > 0
    assert both.plug_in > both.truth
    assert both.plug_in.method != both.truth.method


@pytest.mark.parametrize("timing", TIMINGS)
def test_the_plug_in_is_right_where_nothing_is_uncertain_or_discounted(timing):
    margin = Flow(100, "EUR", "year")
    kept, free = RetentionRate([0.0, 0.5, 0.9], "year"), DiscountRate(0.0, "year")
    assert plug_in_clv(margin, kept, free, timing=timing).overstatement == pytest.approx(0, abs=1e-12)
    ends, discount = RetentionRate([0.0, 1.0], "year"), DiscountRate(0.1, "year")
    assert plug_in_clv(margin, ends, discount, timing=timing).overstatement == pytest.approx(0, abs=1e-12)
