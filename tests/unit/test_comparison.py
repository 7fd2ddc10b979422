"""Intervals and verdicts: by hand, by published cases, and by counting how often they cover the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import case
from scipy import stats

from crmsim.comparison import Interval, mean_interval, paired_interval, replications_needed, verdict
from crmsim.errors import InputError

#: Quantiles of Student's distribution from a printed table, for two-sided intervals.
T_975 = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262}


@pytest.mark.parametrize(
    ("values", "mean", "sd"),
    [([4.0, 6.0], 5.0, math.sqrt(2)), ([1.0, 2.0, 3.0], 2.0, 1.0),
     ([2.0, 4.0, 4.0, 4.0, 6.0], 4.0, math.sqrt(2))],
)  # fmt: skip
def test_an_interval_by_hand(values, mean, sd):
    n = len(values)
    interval = mean_interval(np.array(values))
    half = T_975[n - 1] * sd / math.sqrt(n)
    assert interval == pytest.approx((mean, mean - half, mean + half, n), rel=1e-3)
    assert interval.half_width == pytest.approx(half, rel=1e-3)


def test_a_paired_interval_by_hand():
    """Differences 1, 3 and 5: what the pairs share, however large, does not matter."""
    base = np.array([10.0, 1e6, -500.0])
    interval = paired_interval(base, base + np.array([1.0, 3.0, 5.0]))
    half = T_975[2] * 2.0 / math.sqrt(3)
    assert interval == pytest.approx((3.0, 3.0 - half, 3.0 + half, 3), rel=1e-3)


def test_a_difference_is_other_less_base():
    assert paired_interval(np.zeros(2), np.ones(2)) == Interval(1.0, 1.0, 1.0, 2)
    assert paired_interval(np.ones(2), np.zeros(2)) == Interval(-1.0, -1.0, -1.0, 2)


def test_pairs_of_the_inventory_example():
    law = case("PAIR-01")
    interval = paired_interval(np.array(law.inputs["B"]), np.array(law.inputs["A"]), law.inputs["confidence"])
    assert interval.mean == law.close_to(law.expected["mean_difference"])
    assert interval.low == law.close_to(law.expected["lower"])
    assert interval.high == law.close_to(law.expected["upper"])
    error = interval.half_width / stats.t.ppf(0.95, 4)
    assert error**2 == law.close_to(law.expected["variance_of_mean"])


@pytest.mark.parametrize("n", [3, 7])
def test_running_means_of_published_replications(n):
    rep = case("REP-04")
    interval, expected = mean_interval(np.array(rep.inputs["values"][:n])), rep.expected[str(n)]
    assert interval.mean == rep.close_to(expected["mean"])
    assert interval.low == rep.close_to(expected["lower"])
    assert interval.high == rep.close_to(expected["upper"])
    # The values are given to ten digits, of which a difference of means keeps eight.
    error = interval.half_width / stats.t.ppf(0.975, n - 1)
    assert error * math.sqrt(n) == pytest.approx(expected["sd"], rel=1e-8)
    assert interval.half_width / interval.mean == pytest.approx(expected["deviation"], rel=1e-8)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("n", [2, 5, 20])
def test_the_interval_covers_the_truth_as_often_as_it_says(n, confidence):
    """Off by more than four standard errors in either direction is a wrong interval."""
    runs, truth = 3000, 7.0
    values = np.random.default_rng(n).normal(truth, 3.0, (runs, n))
    intervals = [mean_interval(row, confidence) for row in values]
    covered = np.mean([i.low <= truth <= i.high for i in intervals])
    assert abs(covered - confidence) < 4 * math.sqrt(confidence * (1 - confidence) / runs)
    misses = np.mean([i.high < truth for i in intervals])
    tail = (1 - confidence) / 2
    assert abs(misses - tail) < 4 * math.sqrt(tail * (1 - tail) / runs)


def test_an_outcome_that_a_run_could_not_have_is_left_out():
    assert mean_interval(np.array([1.0, math.nan, 3.0])) == mean_interval(np.array([1.0, 3.0]))
    paired = paired_interval(np.array([1.0, math.nan, 1.0, 1.0]), np.array([2.0, 2.0, math.nan, 4.0]))
    assert paired == mean_interval(np.array([1.0, 3.0])) and paired.n == 2


def test_too_few_values():
    for values in ([], [math.nan, math.nan]):
        nothing = mean_interval(np.array(values))
        assert nothing.n == 0 and all(math.isnan(end) for end in nothing[:3])
        assert verdict(nothing) == "undecided"
    one = mean_interval(np.array([5.0]))
    assert one == Interval(5.0, -math.inf, math.inf, 1)
    assert one.half_width == math.inf and verdict(one) == "undecided"


def test_what_was_given_is_not_changed():
    values = np.array([3.0, math.nan, 1.0])
    mean_interval(values)
    paired_interval(values, values)
    assert values[[0, 2]].tolist() == [3.0, 1.0] and math.isnan(values[1])


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0, math.nan])
def test_a_confidence_that_is_none(confidence):
    with pytest.raises(InputError, match=r"^confidence: must be above 0 and below 1, got"):
        mean_interval(np.array([1.0, 2.0]), confidence)


def test_pairs_that_are_none():
    with pytest.raises(InputError, match=r"^other: must have as many replications as base \(2\), got 3$"):
        paired_interval(np.zeros(2), np.zeros(3))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.1, 0.3, "higher"), (-0.3, -0.1, "lower"), (-0.1, 0.1, "undecided"), (0.0, 0.0, "same"),
        (0.0, 0.1, "undecided"), (-0.1, 0.0, "undecided"), (1e-300, 1.0, "higher"), (-1.0, -1e-300, "lower"),
        (-0.0, 0.0, "same"), (math.nan, math.nan, "undecided"), (-math.inf, math.inf, "undecided"),
    ],
)  # fmt: skip
def test_verdicts(low, high, said):
    assert verdict(Interval((low + high) / 2, low, high, 5)) == said


@given(
    half=st.floats(0.1, 20.0), n=st.integers(2, 30), wanted=st.floats(0.5, 20.0),
    confidence=st.sampled_from([0.8, 0.95, 0.99]),
)  # fmt: skip
@settings(max_examples=50, deadline=None, derandomize=True, database=None)
def test_replications_needed_against_direct_search(half, n, wanted, confidence):
    """Never too few; too many by no more than the steps of two percent, in which it searches."""
    needed = replications_needed(Interval(0.0, -half, half, n), wanted, confidence)
    sd = half * math.sqrt(n) / stats.t.ppf(0.5 + confidence / 2, n - 1)
    sizes = np.arange(2, max(needed, 2) + 1)
    reached = stats.t.ppf(0.5 + confidence / 2, sizes - 1) * sd / np.sqrt(sizes)
    if needed < 10**6:
        assert reached[-1] <= wanted
        fewest = int(sizes[np.argmax(reached <= wanted)])
        assert fewest <= needed <= fewest * 1.02 + 1


def test_as_many_replications_as_there_were_are_enough_for_what_they_reached():
    values = np.array([3.0, 4.0, 8.0, 2.0, 5.0, 5.5, 1.0])
    interval = mean_interval(values)
    assert replications_needed(interval, interval.half_width * (1 + 1e-9)) == 7
    assert replications_needed(interval, interval.half_width / 2) > 4 * 7 - 12


def test_replications_needed_is_refused_what_makes_no_sense():
    interval = Interval(0.0, -1.0, 1.0, 5)
    for wanted in (0.0, -1.0):
        with pytest.raises(InputError, match=r"^half_width: must be above 0, got"):
            replications_needed(interval, wanted)
    with pytest.raises(InputError, match=r"^interval: must be of at least 2 replications, got 1$"):
        replications_needed(Interval(0.0, -math.inf, math.inf, 1), 1.0)
