"""Marks of a forecast: by hand, at the extremes, and whatever the order of customers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmsim.errors import InputError
from crmsim.metrics.forecasts import (
    MEASURES,
    calibration_by_tenth,
    calibration_gap,
    calibration_slope,
    forecast_measures,
    rank_correlation,
    total_error,
)

drawn = settings(max_examples=80, deadline=None, derandomize=True, database=None)


@st.composite
def forecasts(draw):
    """Estimates with ties and true values of the same customers."""
    n = draw(st.integers(2, 45))
    estimate = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    truth = draw(st.lists(st.floats(0.0, 50.0), min_size=n, max_size=n))
    return np.array(estimate, float), np.round(truth, 3)


def test_by_hand():
    estimate, truth = [10.0, 30.0, 20.0, 0.0], [5.0, 15.0, 25.0, 5.0]
    assert total_error(estimate, truth) == pytest.approx(10 / 50)
    assert rank_correlation(estimate, truth) == pytest.approx(stats.spearmanr(estimate, truth).statistic)
    assert calibration_slope(estimate, truth) == pytest.approx(np.polyfit(estimate, truth, 1)[0])


def test_tenths_by_hand():
    """Twenty customers, two to a tenth; of 15, each tenth has one and a half."""
    truth = np.arange(20.0)[::-1] ** 2
    table = calibration_by_tenth(np.arange(20.0)[::-1], truth)
    assert table["truth"].to_list() == truth.reshape(10, 2).mean(axis=1).tolist()
    fewer = calibration_by_tenth(np.arange(15.0)[::-1], np.arange(15.0)[::-1])
    assert fewer["truth"].to_list()[:3] == pytest.approx(
        [(14 + 13 / 2) / 1.5, (13 / 2 + 12) / 1.5, (11 + 10 / 2) / 1.5]
    )


def test_equals_share_what_they_brought():
    table = calibration_by_tenth([1.0] * 20, np.repeat([0.0, 10.0], 10))
    assert table["truth"].to_list() == pytest.approx([5.0] * 10)
    assert table["estimate"].to_list() == pytest.approx([1.0] * 10)


@drawn
@given(made=forecasts())
def test_the_tenths_add_up(made):
    estimate, truth = made
    table = calibration_by_tenth(estimate, truth)
    assert table["estimate"].mean() == pytest.approx(estimate.mean())
    assert table["truth"].mean() == pytest.approx(truth.mean())
    assert (np.diff(table["estimate"]) <= 1e-9).all()
    if truth.sum() > 0:
        assert calibration_gap(estimate, truth) >= abs(total_error(estimate, truth)) - 1e-9


@drawn
@given(made=forecasts(), seed=st.integers(0, 99))
def test_the_order_of_customers_says_nothing(made, seed):
    estimate, truth = made
    order = np.random.default_rng(seed).permutation(len(truth))
    one, other = forecast_measures(estimate, truth), forecast_measures(estimate[order], truth[order])
    assert other == pytest.approx(one, nan_ok=True, abs=1e-9)


@drawn
@given(made=forecasts())
def test_the_truth_itself_is_perfect(made):
    _, truth = made
    found = forecast_measures(truth, truth)
    ranked, places = np.sort(truth)[::-1], math.ceil(len(truth) / 10)
    alike_at_the_border = places < len(truth) and ranked[places - 1] == ranked[places]
    assert found["top_overlap"] == pytest.approx(1.0) or alike_at_the_border
    if truth.std() > 0:
        assert found["rank_correlation"] == pytest.approx(1.0) and found["slope"] == pytest.approx(1.0)
        assert found["total_error"] == pytest.approx(0.0, abs=1e-12)
        assert found["gap"] == pytest.approx(0.0, abs=1e-12)


def test_a_constant_says_nothing():
    truth = np.arange(50.0)
    found = forecast_measures(np.full(50, truth.mean()), truth)
    assert found["top_overlap"] == pytest.approx(0.1) and found["total_error"] == pytest.approx(0.0)
    assert math.isnan(found["rank_correlation"]) and math.isnan(found["slope"])
    assert found["gap"] == pytest.approx(0.0, abs=1e-12)  # right for everybody taken together


def test_twice_the_truth():
    truth = np.arange(1.0, 41.0)
    found = forecast_measures(2 * truth, truth)
    assert found["total_error"] == pytest.approx(1.0) and found["slope"] == pytest.approx(0.5)
    assert found["gap"] == pytest.approx(1.0) and found["rank_correlation"] == pytest.approx(1.0)


def test_scores_have_ranks_only():
    found = forecast_measures([3.0, 2.0, 1.0], [30.0, 20.0, 10.0], ranks_only=True)
    assert {name for name, value in found.items() if not math.isnan(value)} == {
        name for name, of_scores in MEASURES.items() if of_scores
    }


def test_where_nothing_came_there_is_no_share():
    found = forecast_measures([1.0, 2.0], [0.0, 0.0])
    assert math.isnan(found["total_error"]) and math.isnan(found["gap"])


@pytest.mark.parametrize("function", [total_error, rank_correlation, calibration_slope, calibration_by_tenth])
def test_what_is_refused(function):
    with pytest.raises(InputError, match=r"^truth: must have a number for each of 2 customers, got 3"):
        function([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match=r"^estimate: must be a finite number for each customer"):
        function([1.0, math.nan], [1.0, 2.0])
    with pytest.raises(InputError, match=r"^estimate: must be a finite number"):
        function([], [])
