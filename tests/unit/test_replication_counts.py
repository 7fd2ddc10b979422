"""How many replications: published cases, and that the method keeps its promise."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import case

from crmsim.comparison import mean_interval, paired_interval
from crmsim.errors import InputError
from crmsim.replication_counts import look_ahead_length, replications_for_precision, running_intervals

drawn = settings(max_examples=50, deadline=None, derandomize=True, database=None)


def test_rep_01_sim_tools_confidence_interval_method():
    known = case("REP-01")
    for (mean, sd), expected in zip(known.inputs["mean_sd"], known.expected, strict=True):
        runs = (float(np.random.default_rng(k).normal(mean, sd)) for k in itertools.count(1))
        found = replications_for_precision(
            runs,
            known.inputs["precision"],
            look_ahead=0,
            least=known.inputs["min_rep"],
            confidence=1 - known.inputs["alpha"],
        )
        assert found.needed == expected == len(found.table)


def test_rep_03_hoad_look_ahead():
    known = case("REP-03")
    assert [look_ahead_length(*pair) for pair in known.inputs["pairs_look_ahead_n"]] == known.expected


def test_rep_04_pydesrap_running_figures():
    """The values are printed with nine decimals: a standard deviation is not known better than that.

    Exact fractions of the printed values give 0.110075088269 after three, 3.9e-9 from the figure of the
    case, whose own tolerance of 1e-9 belongs to values that are not rounded.
    """
    known = case("REP-04")
    table = running_intervals(known.inputs["values"]).rename(columns={"low": "lower", "high": "upper"})
    for n, figures in known.expected.items():
        row = table.loc[int(n)]
        for name in ("mean", "lower", "upper"):
            assert row[name] == known.close_to(figures[name])
        rounding = 5e-10 * math.sqrt(int(n) / (int(n) - 1))  # the slope of sd is 1 / sqrt(n - 1) at most
        assert row["sd"] == pytest.approx(figures["sd"], abs=rounding)
        assert row["deviation"] == pytest.approx(figures["deviation"], rel=rounding / figures["sd"] + 1e-9)
    exact = [Fraction(str(value)) for value in known.inputs["values"][:3]]
    mean = sum(exact) / 3
    assert table.loc[3, "sd"] ** 2 == pytest.approx(float(sum((x - mean) ** 2 for x in exact) / 2), rel=1e-12)


def test_pair_01_law_inventory():
    known = case("PAIR-01")
    found = paired_interval(known.inputs["B"], known.inputs["A"], known.inputs["confidence"])
    assert found.mean == known.close_to(known.expected["mean_difference"])
    assert (found.low, found.high) == known.close_to((known.expected["lower"], known.expected["upper"]))
    # The 95 % point of Student's distribution with 4 degrees of freedom is 2.132 in every table.
    assert (found.half_width / 2.1318) ** 2 == known.close_to(known.expected["variance_of_mean"])


@drawn
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    confidence=st.sampled_from([0.8, 0.95, 0.99]),
)
def test_running_intervals_are_those_of_the_values_so_far(values, confidence):
    table = running_intervals(values, confidence)
    scale = max(abs(value) for value in values)
    for n in range(2, len(values) + 1):
        whole = mean_interval(np.array(values[:n]), confidence)
        assert table.loc[n, "mean"] == pytest.approx(whole.mean, abs=1e-9 * scale)
        assert table.loc[n, "low"] == pytest.approx(whole.low, rel=1e-6, abs=1e-6 * scale)
        assert table.loc[n, "high"] == pytest.approx(whole.high, rel=1e-6, abs=1e-6 * scale)
    assert math.isnan(table.loc[1, "sd"]) and math.isnan(table.loc[1, "deviation"])


def test_a_large_mean_does_not_eat_the_spread():
    table = running_intervals([1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.3])
    assert table.loc[3, "sd"] == pytest.approx(0.1, rel=1e-5)


def test_the_look_ahead_sees_that_it_was_chance():
    """Three values alike by chance, then others: without looking ahead one would have stopped."""
    values = [10.0, 10.1, 9.9, 20.0, 1.0, 10.0, 12.0, 8.0, 11.0, 9.0, 10.0, 10.0]
    assert replications_for_precision(values, 0.1, look_ahead=0).needed == 3
    longer = replications_for_precision(values + [10.0] * 600, 0.1, look_ahead=5)
    deviation = longer.table["deviation"]
    assert longer.needed > 3 and len(longer.table) == longer.needed + 5
    assert (deviation.loc[longer.needed :] <= 0.1).all() and deviation.loc[longer.needed - 1] > 0.1


def test_no_more_is_made_than_is_needed():
    made = []

    def run():
        for k in itertools.count():
            made.append(k)
            yield 10.0 + k % 2

    found = replications_for_precision(run(), 0.2, look_ahead=4)
    assert len(made) == len(found.table) == found.needed + 4


def test_giving_up():
    wild = itertools.cycle([-1.0, 1.0])
    found = replications_for_precision(wild, 0.05, most=40)
    assert found.needed is None and len(found.table) == 40
    few = replications_for_precision([1.0, 1.0, 1.0, 1.0], 0.05, look_ahead=5)
    assert few.needed is None and len(few.table) == 4
    nothing = replications_for_precision([], 0.05)
    assert nothing.needed is None and len(nothing.table) == 0


def test_no_spread_at_all_is_exact_even_at_zero():
    assert replications_for_precision(itertools.repeat(0.0), 0.05).needed == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": 0.0}, r"^precision: must be above 0 \(share of the mean\), got 0.0"),
        ({"precision": math.nan}, r"^precision: must be above 0"),
        ({"look_ahead": -1}, r"^look_ahead: must be a whole number from 0"),
        ({"least": 1}, r"^least: must be a whole number from 2"),
        ({"least": 5, "most": 4}, r"^most: must be a whole number from 5"),
        ({"confidence": 95.0}, r"^confidence: must be above 0 and below 1, got 95.0"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        replications_for_precision([1.0, 2.0, 3.0], **options)
