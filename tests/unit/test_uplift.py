"""Uplift and Qini curves, against scikit-uplift's published figures and by their properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import case

from crmsim.errors import InputError
from crmsim.uplift import qini_auc, qini_curve, uplift_at_k, uplift_auc, uplift_curve

drawn = settings(max_examples=80, deadline=None, derandomize=True, database=None)
STRATEGIES = pytest.mark.parametrize("strategy", ["overall", "by_group"])


@st.composite
def campaigns(draw, most=40):
    """Outcome, score (with ties) and treatment, with somebody in each group."""
    n = draw(st.integers(2, most))
    bits = st.lists(st.integers(0, 1), min_size=n, max_size=n)
    outcome, treated = draw(bits), draw(bits.filter(lambda t: 0 < sum(t) < n))
    score = draw(st.lists(st.integers(0, 8), min_size=n, max_size=n))
    return np.array(outcome, float), np.array(score, float), np.array(treated, float)


def _campaign():
    known = case("UPL-01")
    return [known.inputs[name] for name in ("y", "score", "treated")]


def test_upl_01_scikit_uplift_curves():
    known = case("UPL-01")
    for name, curve in (("uplift_curve", uplift_curve), ("qini_curve", qini_curve)):
        found = curve(*_campaign())
        assert found.customers.tolist() == list(range(21))
        assert found.gain == known.close_to(known.expected[name])


def test_upl_03_scikit_uplift_at_k():
    known = case("UPL-03")
    for strategy in ("overall", "by_group"):
        found = [uplift_at_k(*_campaign(), k, strategy=strategy) for k in known.inputs["k"]]
        assert found == known.close_to(known.expected[strategy])


def test_upl_06_scikit_uplift_two_customers():
    known = case("UPL-06")
    found = [uplift_auc(one["y"], one["u"], one["t"]) for one in known.inputs["uplift_auc"]]
    assert found == known.close_to(known.expected)
    assert found == [one["value"] for one in known.inputs["uplift_auc"]]


@drawn
@given(campaign=campaigns())
def test_the_curves_are_their_definitions(campaign):
    """Customer by customer, among all whose score is at least so high."""
    y, score, t = campaign
    uplift, qini = uplift_curve(*campaign), qini_curve(*campaign)
    for place, level in enumerate(sorted(set(score), reverse=True), start=1):
        best = score >= level
        nt, nc = (best * t).sum(), (best * (1 - t)).sum()
        yt, yc = (y * best * t).sum(), (y * best * (1 - t)).sum()
        assert uplift.customers[place] == nt + nc
        gain = (nt + nc) * ((yt / nt if nt else 0) - (yc / nc if nc else 0))
        assert uplift.gain[place] == pytest.approx(gain)
        assert qini.gain[place] == pytest.approx(yt - (yc * nt / nc if nc else 0))
    assert len(uplift.gain) == len(set(score)) + 1


@drawn
@given(campaign=campaigns(), seed=st.integers(0, 99))
def test_neither_the_order_of_customers_nor_the_scale_of_scores_matters(campaign, seed):
    mixed = np.random.default_rng(seed).permutation(len(campaign[0]))
    other = [column[mixed] for column in campaign]
    other[1] = np.exp(other[1] / 3)
    for measure in (uplift_auc, qini_auc, uplift_at_k):
        assert measure(*other) == pytest.approx(measure(*campaign), nan_ok=True)


@drawn
@given(campaign=campaigns())
def test_a_score_that_says_nothing_is_chance(campaign):
    y, _, t = campaign
    for measure in (uplift_auc, qini_auc):
        found = measure(y, np.ones(len(y)), t)
        assert math.isnan(found) or found == pytest.approx(0.0, abs=1e-12)
    overall = uplift_at_k(y, np.ones(len(y)), t, 1.0)
    assert overall == pytest.approx(y[t == 1].mean() - y[t == 0].mean())


@drawn
@given(campaign=campaigns())
def test_knowing_the_outcomes_is_perfect(campaign):
    """Treated buyers first and control buyers last: as high as it gets until the last group."""
    y, score, t = campaign
    known = np.where(t == 1, y, -y)
    perfect = qini_curve(y, known, t)
    assert qini_auc(y, known, t) == pytest.approx(1.0, nan_ok=True)
    others = qini_curve(y, score, t)
    before = others.customers <= len(y) - (known < 0).sum()
    at_best = np.interp(others.customers, perfect.customers, perfect.gain)
    assert (others.gain[before] <= at_best[before] + 1e-9).all()


@drawn
@given(buyers=st.lists(st.integers(0, 1), min_size=1, max_size=20), seed=st.integers(0, 99))
def test_no_score_has_more_qini_than_the_perfect_one_where_each_customer_has_a_twin(buyers, seed):
    """One twin treated and one not, always together in the line: Nt = Nc throughout."""
    rng = np.random.default_rng(seed)
    control = rng.integers(0, 2, len(buyers))
    y = np.concatenate([buyers, control]).astype(float)
    t = np.repeat([1.0, 0.0], len(buyers))
    score = np.tile(rng.permutation(len(buyers)).astype(float), 2)
    found = qini_auc(y, score, t)
    assert math.isnan(found) or found <= 1.0 + 1e-12
    assert qini_curve(y, score, t).gain == pytest.approx(uplift_curve(y, score, t).gain / 2)


def test_a_known_uplift_is_found_by_its_curve():
    """Treating helps the upper half by 0.4 and harms nobody; every place in the line is known in advance."""
    rng = np.random.default_rng(5)
    n = 40_000
    score = rng.random(n)
    t = rng.integers(0, 2, n)
    y = (rng.random(n) < 0.2 + 0.4 * t * (score > 0.5)).astype(float)
    for k, expected in ((0.25, 0.4), (0.5, 0.4), (1.0, 0.2)):
        among = k * n / 2
        error = math.sqrt((0.24 + 0.16) / among)
        assert abs(uplift_at_k(y, score, t, k) - expected) < 4 * error
        assert abs(uplift_at_k(y, score, t, k, strategy="by_group") - expected) < 4 * error
    assert uplift_auc(y, score, t) > 0.1 > uplift_auc(y, -score, t)


@STRATEGIES
def test_equals_at_the_border_share_the_places(strategy):
    outcome, score, treated = [1, 0, 1, 0], [2.0, 2.0, 1.0, 1.0], [1, 0, 1, 0]
    assert uplift_at_k(outcome, score, treated, 0.75, strategy=strategy) == 1.0
    amounts = [10.0, 4.0, 6.0, 0.0, 2.0, 1.0, 2.0, 1.0]
    letters = [1, 0, 1, 0, 1, 0, 1, 0]
    found = uplift_at_k(amounts, [1.0] * 8, letters, 0.5, strategy=strategy)
    assert found == pytest.approx(20 / 4 - 6 / 4)


@STRATEGIES
def test_those_above_the_border_count_in_full_and_those_on_it_in_part(strategy):
    amounts, score = [10.0, 4.0, 0.0, 0.0, 0.0, 0.0], [3.0, 2.0, 2.0] * 2
    found = uplift_at_k(amounts, score, [1, 1, 1, 0, 0, 0], 4 / 6, strategy=strategy)
    assert found == pytest.approx((10 + 4 / 2 + 0 / 2) / 2)


def test_the_perfect_uplift_score_where_most_of_the_control_buy():
    """By hand: treated buyer, control that does not, control buyers, treated that does not."""
    outcome, treated = [1, 0, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0]
    perfect = 0.5 + 1.5 + 3 * (2 + 1.25) / 2 + (1.25 - 1.5) / 2
    asked = 0.5 + 1.0 - 0.25 - 1.75 - 2.25 - 2.0  # in the order of the list
    chance = 6 * -1.5 / 2
    found = uplift_auc(outcome, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], treated)
    assert found == pytest.approx((asked - chance) / (perfect - chance))


@STRATEGIES
def test_nobody_among_the_best(strategy):
    assert math.isnan(uplift_at_k([1, 0], [2.0, 1.0], [1, 0], 0.5, strategy=strategy))


def test_amounts_have_curves_but_no_perfect_score():
    money = [5.0, 2.0, 0.0, 1.0], [4.0, 3.0, 2.0, 1.0], [1, 0, 1, 0]
    assert uplift_curve(*money).gain[-1] == pytest.approx(4 * (2.5 - 1.5))
    for measure in (uplift_auc, qini_auc):
        with pytest.raises(InputError, match=r"^outcome: must be 0 or 1 for each customer"):
            measure(*money)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([], [], []), r"^outcome: must be a number for each customer"),
        (([1, 0], [1.0], [1, 0]), r"^score: must have 2 numbers like outcome, got 1"),
        (([1, 0], [1.0, math.nan], [1, 0]), r"^score: must be finite numbers"),
        (([1, 0], [1.0, 2.0], [1, 2]), r"^treated: must be 0 or 1 for each customer"),
        (([1, 0], [1.0, 2.0], [1, 1]), r"^treated: must have somebody in each group"),
    ],
)
def test_what_is_refused(columns, message):
    for measure in (uplift_curve, qini_curve, uplift_auc, qini_auc, uplift_at_k):
        with pytest.raises(InputError, match=message):
            measure(*columns)


def test_shares_and_strategies_that_are_none():
    campaign = [1, 0], [1.0, 2.0], [1, 0]
    for k in (0.0, 1.1, math.nan):
        with pytest.raises(InputError, match=r"^k: must be above 0 and at most 1"):
            uplift_at_k(*campaign, k)
    with pytest.raises(InputError, match=r"^strategy: must be overall or by_group, got 'both'"):
        uplift_at_k(*campaign, 0.5, strategy="both")
