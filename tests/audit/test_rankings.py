"""Classes, curves, matrices and scores: closed forms, ties, losses, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.audit.classes import abc_classes, abc_table, class_table
from crmsim.audit.concentration import whale_curve
from crmsim.audit.grading import grades, weighted_grades, weighted_score
from crmsim.audit.hits import hit_rate, top_share
from crmsim.audit.matrices import KAISM, MARKETING_MODES, kaism, marketing_modes
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.errors import InputError
from tests.reference import case

few = settings(max_examples=50, deadline=None, derandomize=True, database=None)
amounts = st.lists(st.integers(-1000, 1000), min_size=1, max_size=40)


def word(classes: np.ndarray) -> str:
    return "".join(classes)


# --- ABC ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([70, 20, 10], "ABC"),
        ([10, 70, 20], "CAB"),
        ([71, 19, 10], "ABC"),
        ([69, 21, 10], "AAC"),  # who crosses the border is in, and B may be empty
        ([100], "A"),
        ([40, 40, 20], "AAB"),
        ([50, 30, 10, 10], "AABB"),  # equals cross the border together, into the better class
        ([70, 20, 10, 0], "ABCC"),
        ([70, 20, 10, -900], "ABCC"),  # a loss takes nobody else's class away
        ([0, 0], "CC"),
        ([-1, -5], "CC"),
    ],
)
def test_classes_by_hand(values, classes):
    assert word(abc_classes(values)) == classes


def test_a_border_that_is_met_exactly_is_met_in_spite_of_rounding():
    assert word(abc_classes([0.1] * 7 + [0.05] * 4 + [0.02] * 5)) == "A" * 7 + "B" * 4 + "C" * 5


def test_equal_customers_up_to_the_share():
    """With n equal values they are all in one class; values that halve are cut where 1 - 2^-k says."""
    assert word(abc_classes([5.0] * 100)) == "A" * 100
    halves = 0.5 ** np.arange(1, 31)
    # Above the k-th (from 0) lies 1 - 2^-k of nearly all: 0, .5 | .75, .875 | .9375 ...
    assert word(abc_classes(halves)) == "AABB" + "C" * 26


def test_more_and_fewer_classes():
    assert word(abc_classes([60, 25, 10, 5], cuts=[0.5, 0.8, 0.95])) == "ABCD"
    assert word(abc_classes([60, 25, 10, 5], cuts=[0.8])) == "AABB"


@few
@given(amounts)
def test_classes_do_not_depend_on_order_or_unit_and_follow_value(values):
    classes = abc_classes(values)
    assert (abc_classes(values[::-1])[::-1] == classes).all()
    assert (abc_classes(7.0 * np.array(values)) == classes).all()
    for one, its in zip(values, classes, strict=True):
        for other, its_other in zip(values, classes, strict=True):
            assert its <= its_other if one >= other else its >= its_other
    if max(values) > 0:
        assert classes[int(np.argmax(values))] == "A"


def test_the_table_of_classes():
    table = abc_table([70.0, 20.0, 10.0, 0.0, -20.0])
    assert table["customers"].to_list() == [1, 1, 3]
    assert table["value"].to_list() == [70.0, 20.0, -10.0]
    assert table["share_of_value"].to_numpy() == pytest.approx([70 / 80, 20 / 80, -10 / 80])
    assert table["share_of_customers"].sum() == pytest.approx(1.0)
    assert abc_table([-1.0, -2.0])["share_of_value"].isna().all()


@pytest.mark.parametrize(
    "cuts", [[], [0.9, 0.7], [0.7, 0.7], [0.0, 0.5], [0.5, 1.0], [np.nan], np.linspace(0.01, 0.9, 26)]
)
def test_cuts_that_are_none(cuts):
    with pytest.raises(InputError, match=r"cuts: must be 1 to 25 rising shares above 0 and below 1"):
        abc_classes([1.0, 2.0], cuts)


# --- the whale curve ---------------------------------------------------------------------------------------


def test_the_published_whale():
    """20 % of customers 140 % of profit, the last 20 % lose 40 % (WHALE-01)."""
    found = case("WHALE-01")
    profits = []
    for profit, share in zip(
        found.inputs["profit_share_by_group"], found.inputs["customer_share"], strict=True
    ):
        people = round(share * 10)
        profits += [profit / people] * people
    curve = whale_curve(profits)
    assert curve.peak / 100 == found.close_to(found.expected["peak"])
    assert curve.profit[-1] / 100 == found.close_to(found.expected["end"])
    assert curve.peak_at == pytest.approx(20.0), "those who bring nothing do not move the peak"


def test_a_whale_in_closed_form():
    """Profits a, a-1, ..., a-n+1: the first k bring k a - k (k-1) / 2, most at k = a."""
    n, a = 50, 30
    curve = whale_curve(np.random.default_rng(1).permutation(a - np.arange(n)))
    k = np.arange(n + 1)
    total = n * a - n * (n - 1) / 2
    assert curve.profit == pytest.approx(100 * (k * a - k * (k - 1) / 2) / total)
    assert curve.customers == pytest.approx(2.0 * k)
    assert curve.peak == pytest.approx(100 * a * (a + 1) / 2 / total)
    assert curve.peak_at == pytest.approx(2.0 * a), "the last of these brings 1, the next one 0"


def test_equal_customers_are_a_straight_line_and_one_is_a_point():
    curve = whale_curve([3.0] * 4)
    assert curve.profit.tolist() == curve.customers.tolist() == [0, 25, 50, 75, 100]
    assert (curve.peak, curve.peak_at) == (100.0, 100.0)
    assert whale_curve([2.0]).profit.tolist() == [0.0, 100.0]


@few
@given(amounts.filter(lambda values: sum(values) > 0))
def test_the_curve_rises_to_its_peak_and_falls_to_the_total(values):
    curve = whale_curve(values)
    steps = np.diff(curve.profit)
    assert (np.diff(steps) <= 1e-9).all(), "it is never convex"
    assert curve.peak == pytest.approx(curve.profit.max()) and curve.peak >= 100.0 - 1e-9
    assert curve.profit[-1] == 100.0
    gross = sum(value for value in values if value > 0)
    assert curve.peak == pytest.approx(100 * gross / sum(values))


@pytest.mark.parametrize("profits", [[0.0, 0.0], [5.0, -5.0], [1.0, -3.0]])
def test_no_whale_without_a_whole(profits):
    with pytest.raises(InputError, match=r"profits: must have a positive sum, got "):
        whale_curve(profits)


# --- the key account matrix --------------------------------------------------------------------------------


def test_cells_by_hand_and_at_the_border():
    assert kaism([2, 2, 1, 1], [5, 4, 5, 4], cuts=(2, 5)).tolist() == list(KAISM)
    assert kaism([1.0, 1.0], [3.0, 3.0]).tolist() == ["key", "key"], "who is at the border is above it"
    one_giant = kaism([100.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0])
    assert one_giant.tolist() == ["development", "maintenance", "maintenance", "opportunity"]
    assert kaism([-5.0, -1.0], [0.0, 1.0]).tolist() == ["opportunity", "key"], "losses have a mean too"


@few
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 10)), min_size=1, max_size=30))
def test_swapping_the_axes_swaps_development_and_maintenance(accounts):
    value, strength = np.array(accounts).T
    swapped = {"development": "maintenance", "maintenance": "development"}
    other = kaism(strength, value)
    assert [swapped.get(cell, cell) for cell in other] == kaism(value, strength).tolist()
    assert (
        kaism(3.0 * value + 7.0, strength, (3.0 * 0 + 7.0, 5.0)) == kaism(value, strength, (0.0, 5.0))
    ).all()


# --- the weighted score ------------------------------------------------------------------------------------


def test_a_score_by_hand():
    table = pd.DataFrame({"amount": [0.0, 50.0, 100.0], "profit": [10.0, 30.0, 20.0], "late": [2, 0, 1]})
    weights = {"late": 0.2, "amount": 0.5, "profit": 0.3}
    score = weighted_score(table, weights, lower_is_better=["late"])
    assert score == pytest.approx([0.0, 0.5 * 0.5 + 0.3 + 0.2, 0.5 + 0.3 * 0.5 + 0.2 * 0.5])


def test_one_measure_with_all_the_weight_ranks_as_itself_and_weights_change_the_ranks():
    table = {"amount": [3.0, 1.0, 2.0], "profit": [1.0, 3.0, 2.5]}
    by_amount = weighted_score(table, {"amount": 1.0, "profit": 0.0})
    by_profit = weighted_score(table, {"amount": 0.0, "profit": 1.0})
    assert np.argsort(by_amount).tolist() == [1, 2, 0] and np.argsort(by_profit).tolist() == [0, 2, 1]


def test_a_measure_that_tells_nobody_apart():
    score = weighted_score({"same": [4.0, 4.0], "other": [0.0, 1.0]}, {"same": 0.4, "other": 0.6})
    assert score == pytest.approx([0.2, 0.8])


@few
@given(
    st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=1, max_size=20), st.floats(0, 1)
)
def test_scores_are_shares_and_turn_round_with_the_direction(rows, weight):
    one, two = np.array(rows, dtype=float).T
    columns, weights = {"one": one, "two": two}, {"one": weight, "two": 1.0 - weight}
    score = weighted_score(columns, weights)
    assert ((score > -1e-9) & (score < 1 + 1e-9)).all()
    turned = weighted_score(columns, weights, lower_is_better=["one", "two"])
    assert score + turned == pytest.approx(np.ones(len(rows)))
    assert weighted_score({"one": 9 * one - 4, "two": two}, weights) == pytest.approx(score), (
        "units do not weigh"
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"a": 0.5, "b": 0.4}, r"weights: must sum to 1, got 0.9"),
        ({"a": 1.5, "b": -0.5}, r"weights\.a: must be from 0 to 1, got 1.5"),
        ({"a": np.nan, "b": 1.0}, r"weights\.a: must be from 0 to 1, got nan"),
        ({"a": 1.0}, r"weights: must be given for a, b, got "),
        ({"a": 0.5, "b": 0.25, "c": 0.25}, r"weights: must be given for a, b, got "),
    ],
)
def test_weights_that_are_none(weights, message):
    with pytest.raises(InputError, match=message):
        weighted_score({"a": [1.0, 2.0], "b": [1.0, 2.0]}, weights)


def test_measures_that_are_none():
    with pytest.raises(InputError, match=r"lower_is_better: must name some of a, got 'b'"):
        weighted_score({"a": [1.0]}, {"a": 1.0}, lower_is_better=["b"])
    with pytest.raises(InputError, match=r"b: must have a number for each of 2 customers, got 1"):
        weighted_score({"a": [1.0, 2.0], "b": [1.0]}, {"a": 0.5, "b": 0.5})
    with pytest.raises(InputError, match=r"weights: must be given for a measure"):
        weighted_score({}, {})


# --- grades, classes of any kind, modes of marketing -------------------------------------------------------


def test_the_course_s_slow_payer_is_graded_below_the_prompt_one():
    """10 million paid half a year late, against 8 million paid at once."""
    table = {"amount": [10.0, 8.0], "profit": [1.0, 0.8], "credit": [180, 0], "prospects": [0.0, 0.0]}
    scales = {"amount": (0, 10), "profit": (0, 1), "credit": (0, 180), "prospects": (-1, 1)}
    found = weighted_grades(table, lower_is_better=["credit"], scales=scales)
    assert found["score"].tolist() == pytest.approx([0.25 + 0.25 + 0.0 + 0.125, 0.2 + 0.2 + 0.25 + 0.125])
    assert found[["amount", "profit", "credit", "prospects"]].sum(axis=1).tolist() == found["score"].tolist()


def test_beyond_the_end_of_a_scale_is_its_end():
    scores = weighted_score({"a": [-5.0, 0.0, 5.0, 50.0]}, {"a": 1.0}, scales={"a": (0.0, 10.0)})
    assert scores.tolist() == [0.0, 0.0, 0.5, 1.0]
    for scale in ((1.0, 1.0), (2.0, 1.0), (0.0, np.inf)):
        with pytest.raises(InputError, match=r"scales\.a: must be two finite numbers, the lower one first"):
            weighted_score({"a": [1.0]}, {"a": 1.0}, scales={"a": scale})
    with pytest.raises(InputError, match=r"scales: must name some of a, got 'b'"):
        weighted_score({"a": [1.0]}, {"a": 1.0}, scales={"b": (0.0, 1.0)})


def test_grades_by_limits():
    found = grades([0.7 - 0.4, 0.3, 0.29, 1.0], [0.6, 0.3], ["good", "fair", "poor"])
    assert list(found) == ["fair", "fair", "poor", "good"], "0.7 - 0.4 is a little less than 0.3"
    assert list(grades([0.5], [])) == ["A"]
    for limits in ([0.3, 0.6], [0.3, 0.3], [np.nan]):
        with pytest.raises(InputError, match=r"limits: must fall from the best grade"):
            grades([0.5], limits)
    with pytest.raises(InputError, match=r"names: must be 3 different ones"):
        grades([0.5], names=["good", "poor"])


def test_a_table_of_classes_of_any_kind():
    table = class_table([6.0, 3.0, 1.0], ["x", "y", "x"], ["x", "y", "z"])
    assert table["value_per_customer"].tolist()[:2] == [3.5, 3.0] and np.isnan(table.loc["z"].iloc[-1])
    with pytest.raises(InputError, match=r"classes: must be among x, got 'y'"):
        class_table([1.0], ["y"], ["x"])


def test_modes_of_marketing_at_the_border():
    found = marketing_modes([2, 2, 1, 1], [5, 4, 4, 5], cuts=(2, 5))
    assert found.tolist() == list(MARKETING_MODES), "who is at the border is above it"


# --- hit rates ---------------------------------------------------------------------------------------------


def test_hits_by_hand():
    truth = np.arange(20.0)
    assert hit_rate(truth, truth, 0.1) == 1.0
    assert hit_rate(-truth, truth, 0.1) == 0.0
    moved = truth.copy()
    moved[[0, 19]] = moved[[19, 0]]
    assert hit_rate(moved, truth, 0.1) == 0.5


@pytest.mark.parametrize("people", [10, 30, 70, 100])
def test_a_decile_is_a_tenth_and_not_one_more(people):
    """0.1 * 30 is a little more than 3 in binary numbers."""
    assert top_share(np.arange(people), 0.1).sum() == people // 10


def test_who_cannot_tell_anybody_apart_hits_as_often_as_chance():
    truth = np.arange(40.0)
    assert hit_rate(np.zeros(40), truth, 0.25) == pytest.approx(0.25)
    assert hit_rate(np.zeros(7), np.ones(7), 1.0) == pytest.approx(1.0)


def test_equals_at_the_border_are_chosen_by_lot():
    """The expectation equals the mean over lots that are really drawn."""
    luck = np.random.default_rng(3)
    guess, truth = luck.integers(0, 4, 30).astype(float), luck.integers(0, 4, 30).astype(float)
    drawn = []
    for _ in range(4000):
        best = [np.argsort(-(column + luck.uniform(0, 0.5, 30)))[:6] for column in (guess, truth)]
        drawn.append(len(np.intersect1d(*best)) / 6)
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert abs(np.mean(drawn) - hit_rate(guess, truth, 0.2)) < 4 * error


@few
@given(amounts, st.floats(0.01, 1.0))
def test_top_shares(values, share):
    places = top_share(values, share)
    assert ((places >= 0) & (places <= 1)).all()
    assert places.sum() == pytest.approx(np.ceil(share * len(values) - 1e-9))
    order = np.argsort(values, kind="stable")
    assert (np.diff(places[order]) >= 0).all()


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, np.nan])
def test_shares_that_are_none(share):
    with pytest.raises(InputError, match=r"share: must be above 0 and at most 1, got "):
        hit_rate([1.0, 2.0], [1.0, 2.0], share)


# --- what all of them refuse -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ([1.0, np.nan], r"\[1\]: must be a finite number, got nan"),
        ([np.inf], r"\[0\]: must be a finite number, got inf"),
        ([], r": must be numbers of at least one customer, in one row, got \(0,\)"),
        ([[1.0]], r": must be numbers of at least one customer, in one row, got \(1, 1\)"),
        (["many"], r": must be numbers, one per customer, got \['many'\]"),
    ],
)
def test_columns_that_are_none(column, problem):
    for field, call in {
        "values": lambda: abc_classes(column),
        "profits": lambda: whale_curve(column),
        "attractiveness": lambda: kaism(column, [1.0]),
        "strength": lambda: kaism([1.0], column),
        "frequency": lambda: rfm_scores([1.0], column, [1.0]),
        "need_difference": lambda: marketing_modes([1.0], column),
        "spend": lambda: weighted_score({"spend": column}, {"spend": 1.0}),
    }.items():
        with pytest.raises(InputError, match="^" + field + problem):
            call()


def test_columns_of_different_length():
    for call in (
        lambda: kaism([1.0, 2.0], [1.0]),
        lambda: hit_rate([1.0, 2.0], [1.0]),
        lambda: rfm_scores([1.0], [1.0, 2.0], [1.0]),
    ):
        with pytest.raises(InputError, match=r"must have a number for each of"):
            call()
    with pytest.raises(InputError, match=r"cuts: must be two finite numbers"):
        kaism([1.0], [1.0], (np.nan, 1.0))
