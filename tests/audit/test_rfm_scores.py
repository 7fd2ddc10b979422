"""Quantiles and RFM scores by their conventions, and mailings by the break-even rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.audit.mailing import break_even_response, mailing_profit, mailing_table
from crmsim.audit.quantiles import quantile_codes
from crmsim.audit.rfm_scores import rfm_cell_names, rfm_scores, sorts_needed
from crmsim.errors import InputError
from tests.reference import case

few = settings(max_examples=50, deadline=None, derandomize=True, database=None)
numbers = st.lists(st.integers(-20, 20), min_size=1, max_size=40)


# --- quantiles ---------------------------------------------------------------------------------------------


@few
@given(numbers, st.integers(2, 10), st.sampled_from(["equal", "rank"]))
def test_better_is_never_coded_worse(values, groups, ties):
    codes = quantile_codes(values, groups, ties=ties)
    assert codes.min() >= 1 and codes.max() <= groups
    for one, its in zip(values, codes, strict=True):
        for other, its_other in zip(values, codes, strict=True):
            assert its <= its_other if one > other else True
            if one == other and ties == "equal":
                assert its == its_other
    turned = quantile_codes(values, groups, best=groups, ties=ties)
    assert (codes + turned == groups + 1).all()


@few
@given(numbers, st.integers(2, 10))
def test_groups_by_rank_differ_by_one_at_most_and_the_better_are_larger(values, groups):
    sizes = np.bincount(quantile_codes(values, groups, ties="rank"), minlength=groups + 1)[1:]
    assert sizes.max() - sizes.min() <= 1 and (np.diff(sizes) <= 0).all()


def test_where_nobody_is_equal_both_rules_agree_and_order_does_not_matter():
    column = np.random.default_rng(1).permutation(100)
    expected = 5 - column // 20
    for ties in ("equal", "rank"):
        assert (quantile_codes(column, 5, ties=ties) == expected).all()


def test_of_equals_by_rank_the_first_is_better():
    assert quantile_codes([1, 1, 1, 1], 2, ties="rank").tolist() == [1, 1, 2, 2]


# --- RFM ---------------------------------------------------------------------------------------------------


def test_rfm_01_hughes_cells_and_sorts():
    found = case("RFM-01")
    n = found.inputs["quintiles"]
    cells = rfm_cell_names(n)
    assert len(cells) == len(set(cells)) == found.expected["cells"]
    assert sorts_needed(n) == found.expected["sorts"]
    assert (cells[0], cells[-1]) == (found.expected["best_cell"], found.expected["worst_cell"])
    assert rfm_cell_names(n, best=1)[0] == "111"


def nested_by_sorting(r, f, m, n=5):
    """The list sorted, cut, each part sorted and cut again; counts the sorts."""
    people, sorts, cells = list(range(len(r))), 0, {}

    def cut(part, key):
        nonlocal sorts
        sorts += 1
        return [list(piece) for piece in np.array_split(sorted(part, key=lambda one: (key(one), one)), n)]

    for i, recent in enumerate(cut(people, lambda one: r[one])):
        for j, often in enumerate(cut(recent, lambda one: -f[one])):
            for k, much in enumerate(cut(often, lambda one: -m[one])):
                cells |= {one: f"{n - i}{n - j}{n - k}" for one in much}
    return [cells[one] for one in people], sorts


def test_nested_scores_are_those_of_sorting_31_times():
    luck = np.random.default_rng(4)
    r, f, m = luck.permutation(500), luck.integers(1, 9, 500), luck.permutation(500)
    table = rfm_scores(r, f, m, convention="nested", ties="rank")
    cells, sorts = nested_by_sorting(r, f, m)
    assert table["cell"].tolist() == cells and sorts == sorts_needed(5)
    assert table["cell"].value_counts().tolist() == [4] * 125, "all cells are of equal size"


def test_conventions_differ_where_measures_go_together():
    column = np.arange(125)
    independent = rfm_scores(-column, column, column)
    nested = rfm_scores(-column, column, column, convention="nested")
    assert set(independent["cell"]) == {"111", "222", "333", "444", "555"}
    assert nested["cell"].nunique() == 125
    assert (independent["r"] == nested["r"]).all()


def test_scores_carry_their_convention_and_the_customers():
    recency = pd.Series([3, 1], index=["ada", "ben"])
    table = rfm_scores(recency, [1, 2], [1, 2], quantiles=2, best=1, ties="rank")
    assert table.attrs == {"quantiles": 2, "convention": "independent", "best": 1, "ties": "rank"}
    assert table.loc["ben"].tolist() == [1, 1, 1, "111", 3] and table.loc["ada", "cell"] == "222"


def test_equals_get_equal_scores_and_fifths_are_fifths():
    order = np.random.default_rng(2).permutation(50)
    score = rfm_scores(order, -order, -order)["score"]
    assert score.tolist() == (3 * (5 - order // 10)).tolist()
    assert rfm_scores([1.0] * 7, [1.0] * 7, [1.0] * 7)["score"].tolist() == [9] * 7, "in the middle"
    assert rfm_scores([10, 1], [1, 1], [1, 1])["score"].tolist() == [2 + 3 + 3, 4 + 3 + 3]
    assert rfm_scores([5.0], [1.0], [1.0])["cell"].tolist() == ["333"], "one customer only"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantiles": 10}, r"quantiles: must be a whole number from 2 to 9, got 10"),
        ({"convention": "joint"}, r"convention: must be one of independent, nested, got 'joint'"),
        ({"best": 3}, r"best: must be 1 or 5, got 3"),
        ({"ties": "random"}, r"ties: must be one of equal, rank, got 'random'"),
    ],
)
def test_options_that_are_none(options, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        rfm_scores([1.0, 2.0], [1.0, 2.0], [1.0, 2.0], **options)


def test_columns_of_different_length():
    with pytest.raises(InputError, match=r"^monetary: must have a number for each of 2 customers, got 1$"):
        rfm_scores([1.0, 2.0], [1.0, 2.0], [1.0])
    for call in (lambda: sorts_needed(5, "joint"), lambda: rfm_cell_names(5, best=2)):
        with pytest.raises(InputError):
            call()


# --- mailings ----------------------------------------------------------------------------------------------


def test_rfm_02_hughes_break_even_response():
    found = case("RFM-02")
    cost, profit = np.array(found.inputs["cases_unit_cost_unit_profit"]).T
    assert break_even_response(cost, profit).tolist() == found.close_to(found.expected)


def test_a_mailing_at_break_even_earns_nothing_and_is_mailed():
    table = mailing_table(["a"] * 20 + ["b"] * 20, [1] + [0] * 19 + [0] * 20, unit_cost=1.0, unit_profit=20.0)
    assert table.loc["a", ["response_rate", "break_even_index", "profit_per_letter"]].tolist() == [0.05, 0, 0]
    assert table["mail"].to_dict() == {"a": True, "b": False}
    assert table.loc["b", "break_even_index"] == -100.0
    assert mailing_profit([100.0], [0.05], unit_cost=1.0, unit_profit=20.0) == pytest.approx(0.0)


def test_letters_that_cost_nothing_are_always_sent():
    table = mailing_table(["a", "b"], [True, False], unit_cost=0.0, unit_profit=5.0)
    assert table["mail"].all() and table["break_even_index"].isna().all()
    assert table["mailed"].tolist() == [1, 1] and table["responses"].tolist() == [1, 0]


@few
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=40))
def test_what_cells_earn_is_what_the_mailing_earns(rows):
    cells, answers = zip(*rows, strict=True)
    table = mailing_table(cells, answers, unit_cost=0.7, unit_profit=3.0)
    earned = (table["mailed"] * table["profit_per_letter"]).sum()
    assert earned == pytest.approx(3.0 * sum(answers) - 0.7 * len(rows))
    expected = mailing_profit(table["mailed"], table["response_rate"], unit_cost=0.7, unit_profit=3.0)
    assert expected.sum() == pytest.approx(earned)
    assert ((table["profit_per_letter"] >= -1e-12) == table["mail"]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: break_even_response(-1.0, 5.0), r"unit_cost: must be finite and at least 0, got -1.0"),
        (lambda: break_even_response(1.0, 0.0), r"unit_profit: must be finite and above 0, got 0.0"),
        (lambda: mailing_table(["a"], [2], unit_cost=1, unit_profit=5), r"responded: must be 0 or 1, .*"),
        (lambda: mailing_profit([-1], [0.1], unit_cost=1, unit_profit=5), r"customers: must be at least 0.*"),
        (
            lambda: mailing_profit([1], [1.1], unit_cost=1, unit_profit=5),
            r"response_rate: must be from 0 to 1.*",
        ),
    ],
)
def test_bad_mailings(call, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        call()
