"""Intervals and verdicts: by hand, by published cases, and by counting how often they cover the truth."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import case
from scipy import stats

from crmsim.comparison import (
    Interval,
    bonferroni,
    check_replications,
    mean_interval,
    paired_interval,
    replications_needed,
    sequential_interval,
    simultaneous_intervals,
    verdict,
)
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


def test_what_rounding_alone_does_is_neither_a_difference_nor_a_spread():
    """Sums of the same amounts in another order: 0.1 + 0.2 is not 0.3 on a computer."""
    base = np.array([0.3, 1e6, 7.0]) * 1.1
    off = base * np.array([1.0 + 2e-16, 1.0 - 2e-16, 1.0 + 4e-16])
    assert (off != base).any()
    assert paired_interval(base, off) == Interval(0.0, 0.0, 0.0, 3)
    assert verdict(paired_interval(base, off)) == "same"
    shifted = paired_interval(base, off + 5.0)
    assert shifted.constant and shifted.mean == pytest.approx(5.0) and verdict(shifted) == "higher"
    assert mean_interval(np.array([0.1 + 0.2, 0.3, 0.3])).constant
    assert not mean_interval(np.array([0.3, 0.3000001, 0.3])).constant
    assert not paired_interval(np.zeros(2), np.array([1e-100, 2e-100])).constant, "small is not rounded"


def test_one_replication_decides_nothing():
    one = paired_interval(np.array([1.0]), np.array([9.0]))
    assert verdict(one) == verdict(one, equivalence=1e9) == "undecided" and not one.constant
    assert verdict(Interval(8.0, 8.0, 8.0, 1)) == "undecided"


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


# --- several strategies, several looks, differences too small to matter -------------------------------------


def off(share: float, expected: float, runs: int) -> float:
    """Return by how many standard errors a counted share differs from the expected one."""
    return abs(share - expected) / math.sqrt(expected * (1 - expected) / runs)


def test_paired_intervals_cover_as_often_as_they_say_and_unpaired_ones_do_not():
    rng, runs, n = np.random.default_rng(3), 2000, 6
    luck = rng.normal(100.0, 20.0, (runs, n))
    base, other = luck + rng.normal(0.0, 3.0, (runs, n)), luck + 5.0 + rng.normal(0.0, 3.0, (runs, n))
    paired = [paired_interval(a, b) for a, b in zip(base, other, strict=True)]
    assert off(np.mean([i.low <= 5.0 <= i.high for i in paired]), 0.95, runs) < 4
    both = [stats.ttest_ind(b, a).confidence_interval() for a, b in zip(base, other, strict=True)]
    assert off(np.mean([i.low <= 5.0 <= i.high for i in both]), 0.95, runs) > 4


@pytest.mark.parametrize("strategies", [2, 5])
def test_simultaneous_intervals_cover_all_truths_together(strategies):
    """Against a base that never varies the differences are independent, and the coverage is known."""
    rng, runs, n = np.random.default_rng(strategies), 1500, 5
    truth = np.arange(strategies)
    base, names = np.zeros(n), [f"s{i}" for i in range(strategies)]
    together, alone = 0, 0
    for _ in range(runs):
        values = dict(zip(names, rng.normal(truth[:, None], 2.0, (strategies, n)), strict=True))
        found = simultaneous_intervals({"base": base} | values, base="base")
        together += all(i.low <= t <= i.high for i, t in zip(found.values(), truth, strict=True))
        single = [mean_interval(v) for v in values.values()]
        alone += all(i.low <= t <= i.high for i, t in zip(single, truth, strict=True))
    expected = (1 - 0.05 / strategies) ** strategies
    assert off(together / runs, expected, runs) < 4
    assert off(alone / runs, expected, runs) > 4, "intervals that hold one by one were not found out"


def test_all_pairs_that_share_luck_are_covered_together():
    """Pairs of four strategies hang together: covered somewhat more often than asked for, never less."""
    rng, runs, n = np.random.default_rng(8), 1500, 8
    together = alone = 0
    for _ in range(runs):
        values = dict(zip("abcd", rng.normal(0.0, 1.0, (4, n)) + rng.normal(0.0, 5.0, n), strict=True))
        found = simultaneous_intervals(values)
        together += all(i.low <= 0.0 <= i.high for i in found.values())
        each = [paired_interval(values[a], values[b]) for a, b in found]
        alone += all(i.low <= 0.0 <= i.high for i in each)
    error = math.sqrt(0.95 * 0.05 / runs)
    assert 0.95 - 3 * error < together / runs < 0.975
    assert alone / runs < 0.95 - 10 * error


def test_simultaneous_intervals_by_hand():
    found = simultaneous_intervals({"a": [0.0, 0.0, 0.0], "b": [1.0, 2.0, 3.0], "c": [5.0, 5.0, 5.0]}, 0.94)
    assert list(found) == [("a", "b"), ("a", "c"), ("b", "c")]
    half = stats.t.ppf(0.99, 2) / math.sqrt(3)
    assert found["a", "b"] == pytest.approx((2.0, 2.0 - half, 2.0 + half, 3))
    assert found["b", "c"].mean == 3.0 and found["b", "c"].half_width == pytest.approx(half)
    assert found["a", "c"] == Interval(5.0, 5.0, 5.0, 3)
    some = simultaneous_intervals({"a": [0.0, 0.0], "b": [1.0, 2.0], "c": [4.0, 5.0]}, base="c")
    assert list(some) == [("c", "a"), ("c", "b")] and some["c", "b"].mean == -3.0


def test_what_has_no_simultaneous_intervals():
    with pytest.raises(InputError, match=r"^values: must be of at least two strategies, got 1$"):
        simultaneous_intervals({"a": np.zeros(2)})
    with pytest.raises(InputError, match=r"^base: must be one of a, b, got 'c'$"):
        simultaneous_intervals({"a": np.zeros(2), "b": np.zeros(2)}, base="c")
    with pytest.raises(InputError, match=r"^intervals: must be at least 1, got 0$"):
        bonferroni(0.95, 0)
    assert bonferroni(0.9, 1) == 0.9


@given(
    n=st.integers(2, 60),
    confidence=st.floats(0.5, 0.999),
    scale=st.floats(1e-3, 1e6),
    shift=st.floats(-1e3, 1e3),
)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_a_sequential_interval_holds_what_its_likelihood_ratio_allows(n, confidence, scale, shift):
    """At both ends the likelihood ratio is 1 / (1 - confidence), and the units do not matter."""
    values = np.random.default_rng(n).normal(0.0, 1.0, n)
    found, plain = sequential_interval(shift + scale * values, confidence), mean_interval(values, confidence)
    if math.isinf(found.half_width):
        # Whatever the mean, the ratio stays below its limit for ever larger t.
        assert (n + 1) ** ((n - 1) / 2) <= 1 / (1 - confidence) * (1 + 1e-9)
        return
    assert found.mean == pytest.approx(shift + scale * plain.mean, rel=1e-9, abs=1e-9 * scale)
    half = found.half_width / scale
    assert half >= plain.half_width * (1 - 1e-6)
    r = (half / (values.std(ddof=1) / math.sqrt(n))) ** 2 / (n - 1)
    ratio = ((1 + r) / (1 + r / (n + 1))) ** (n / 2) / math.sqrt(n + 1)
    assert ratio == pytest.approx(1 / (1 - confidence), rel=1e-4)


def test_sequential_intervals_may_be_looked_at_after_every_replication():
    """Student's would leave the truth out at some of 58 looks far more often than it says."""
    rng, runs, most, confidence = np.random.default_rng(5), 400, 60, 0.9
    missed = {"sequential": 0, "student": 0}
    for _ in range(runs):
        values = rng.normal(3.0, 2.0, most)
        for name, interval in (("sequential", sequential_interval), ("student", mean_interval)):
            found = (interval(values[:n], confidence) for n in range(3, most + 1))
            missed[name] += any(not i.low <= 3.0 <= i.high for i in found)
    allowed = 0.1 + 3 * math.sqrt(0.1 * 0.9 / runs)
    assert 0.01 < missed["sequential"] / runs <= allowed
    assert missed["student"] / runs > 0.3


def test_sequential_intervals_of_too_little():
    assert sequential_interval(np.array([5.0])) == Interval(5.0, -math.inf, math.inf, 1)
    assert sequential_interval(np.array([5.0, 6.0])) == Interval(5.5, -math.inf, math.inf, 2)
    assert sequential_interval(np.array([math.nan])).n == 0
    assert sequential_interval(np.full(9, 4.0)) == Interval(4.0, 4.0, 4.0, 9)


@pytest.mark.parametrize(
    ("low", "high", "margin", "said"),
    [
        (-0.4, 0.9, 1.0, "equivalent"), (0.2, 0.9, 1.0, "equivalent"), (-0.9, -0.2, 1.0, "equivalent"),
        (0.2, 1.0, 1.0, "higher"), (-1.0, -0.2, 1.0, "lower"), (-0.4, 1.1, 1.0, "undecided"),
        (1.5, 2.0, 1.0, "higher"), (-2.0, 0.5, 1.0, "undecided"), (0.0, 0.0, 1.0, "same"),
        (math.nan, math.nan, 1.0, "undecided"), (-math.inf, math.inf, 1.0, "undecided"),
    ],
)  # fmt: skip
def test_verdicts_with_a_margin(low, high, margin, said):
    assert verdict(Interval((low + high) / 2, low, high, 5), margin) == said


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan, math.inf])
def test_a_margin_that_is_none(margin):
    with pytest.raises(InputError, match=r"^equivalence: must be above 0"):
        verdict(Interval(0.0, -1.0, 1.0, 5), margin)


@pytest.mark.parametrize(("confidence", "wrong"), [(0.95, 0.025), (0.9, 0.05)])
def test_a_difference_as_large_as_the_margin_is_rarely_called_equivalent(confidence, wrong):
    runs, margin = 4000, 10.0
    values = np.random.default_rng(2).normal(margin, 2.0, (runs, 8))
    said = [verdict(mean_interval(row, confidence), margin) for row in values]
    assert off(said.count("equivalent") / runs, wrong, runs) < 4


def test_the_same_luck_does_not_count_twice():
    runs = pd.DataFrame({"replication": [0, 1, 1], "strategy": "price_cut", "outcome": "clv", "value": 1.0})
    check_replications(runs[:2])
    with pytest.raises(InputError, match=r"^runs: must have a replication once; price_cut has .* 1 twice$"):
        check_replications(runs)
