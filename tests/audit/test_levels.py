"""Pyramid, value types, schemes of levels, agreement, migration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.audit.agreement import cohens_kappa, cramers_v, share_agreed, standing
from crmsim.audit.levels import (
    LEVELS,
    agreement_table,
    customer_levels,
    graded_differently,
    value_tiers,
)
from crmsim.audit.migration import migration_shares, migration_summary, migration_table, moves
from crmsim.audit.pyramid import PYRAMID, customer_pyramid, pyramid_table
from crmsim.audit.value_types import most_valuable_by_threshold, value_types
from crmsim.errors import InputError
from crmsim.schemes import OUTSIDE, SCHEMES, TIER_SCHEMES

few = settings(max_examples=50, deadline=None, derandomize=True, database=None)
profits = st.lists(st.integers(-100, 1000), min_size=1, max_size=40)


# --- the pyramid -------------------------------------------------------------------------------------------


def test_a_pyramid_by_the_80_20_rule():
    """One customer brings half, two bring four fifths, seven the rest; two cost money."""
    table = pyramid_table([50.0, 30.0, 5, 5, 4, 3, 2, 1, 0.0, -20.0])
    assert table["customers"].to_dict() == {"platinum": 1, "gold": 1, "iron": 6, "lead": 2}
    assert table.loc[["platinum", "gold"], "share_of_customers"].sum() == 0.2
    assert table["value"].sum() == 80.0 and table.loc["lead", "share_of_value"] == -0.25


@few
@given(profits)
def test_tiers_of_the_pyramid_follow_profit(values):
    tiers = [PYRAMID.index(tier) for tier in customer_pyramid(values)]
    order = np.argsort(values)
    assert (np.diff(np.array(tiers)[order]) <= 0).all(), "who brings more is never lower"
    assert all((tier == 3) == (value <= 0) for tier, value in zip(tiers, values, strict=True))


def test_with_revenue_a_border_says_who_is_lead():
    assert customer_pyramid([90.0, 9.0, 1.0], lead_below=5.0).tolist() == ["platinum", "iron", "lead"]
    assert pyramid_table([5.0])["value_per_customer"].isna().tolist() == [False, True, True, True]
    with pytest.raises(InputError, match=r"cuts: must be two rising shares"):
        customer_pyramid([1.0], cuts=(0.5,))
    with pytest.raises(InputError, match=r"lead_below: must be finite, got nan"):
        customer_pyramid([1.0], lead_below=np.nan)


# --- value types -------------------------------------------------------------------------------------------


def test_types_by_hand():
    value = [100.0, 60.0, 50.0, 10.0, 5.0, 0.0, -5.0, -5.0, -9.0, 20.0]
    potential = [0.0, 90.0, 0.0, 80.0, 1.0, 0.0, 4.0, 70.0, 9.0, 0.0]
    expected = ["mvc", "mvc", "maintain", "mgc", "maintain", "maintain", "bz", "mgc", "maintain", "maintain"]
    assert value_types(value, potential).tolist() == expected


@few
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=30))
def test_types_keep_their_word(rows):
    value, potential = np.array(rows, dtype=float).T
    types = value_types(value, potential)
    assert ((types == "bz") == ((value < 0) & (value + potential < 0))).all()
    assert (value[types == "mvc"] > 0).all() and (potential[types == "mgc"] > 0).all()
    if (types == "mvc").any():
        assert value[types == "mvc"].min() >= value[types != "mvc"].max(initial=-np.inf)


def test_the_quick_rule():
    found = most_valuable_by_threshold([100, 10, 10], [1, 9, 1], spend_above=50, purchases_above=5)
    assert found.tolist() == [True, True, False]
    assert most_valuable_by_threshold([50.0], [1], spend_above=50).tolist() == [False], "it must be exceeded"
    with pytest.raises(InputError, match=r"spend_above: must be given, or purchases_above"):
        most_valuable_by_threshold([1.0], [1.0])
    with pytest.raises(InputError, match=r"mvc_share: must be from 0 to 1, got 1.5"):
        value_types([1.0], [1.0], mvc_share=1.5)


# --- schemes -----------------------------------------------------------------------------------------------


def test_tiers_by_shares_of_customers():
    tiers = value_tiers(np.arange(1.0, 101.0))
    assert np.bincount(tiers).tolist() == [5, 15, 30, 50]
    assert value_tiers([0.0, 0.0]).tolist() == [3, 3], "who brings nothing is small"
    assert value_tiers([7.0] * 10).tolist() == [0] * 10, "equals are all in the better tier"
    for shares in ((0.5, 0.6, 0.1), (-0.1, 0.1, 0.1), (0.1, 0.1)):
        with pytest.raises(InputError, match=r"shares: must be three shares that sum to 1 or less"):
            value_tiers([1.0], shares)


def test_all_schemes_on_the_same_customers():
    luck = np.random.default_rng(3)
    value = pd.Series(luck.lognormal(3, 1.2, 200) - 10.0, index=[f"c{n}" for n in range(200)])
    table = customer_levels(value, luck.normal(0, 20, 200))
    assert list(table.columns) == list(LEVELS) and table.index.equals(value.index)
    for scheme in LEVELS:
        assert tuple(table[scheme].cat.categories) == LEVELS[scheme] and table[scheme].notna().all()
        if scheme not in ("tiers_strategic", "value_types"):
            worst = table[scheme].cat.codes.to_numpy()
            assert (np.diff(worst[np.argsort(-value.to_numpy(), kind="stable")]) >= 0).all(), scheme
    assert set(table["tiers_strategic"]) == set(LEVELS["tiers_strategic"])
    assert set(customer_levels(value).columns) == set(LEVELS) - {"tiers_strategic", "value_types"}


def test_levels_are_labels_of_the_course():
    for scheme, (words, prospects) in TIER_SCHEMES.items():
        assert set(LEVELS[scheme]) == set(words.values())
        assert set(SCHEMES[scheme]) == set(LEVELS[scheme]) | {prospects, OUTSIDE}
    assert set(SCHEMES["tiers_strategic"]) == {*LEVELS["tiers_strategic"], OUTSIDE}


def test_one_customer_has_a_level_in_every_scheme():
    for value in (5.0, 0.0, -5.0):
        assert customer_levels([value], [0.0]).shape == (1, len(LEVELS))


def test_schemes_that_are_none():
    with pytest.raises(InputError, match=r"schemes: must be among tiers_potential, .*got 'stars'"):
        customer_levels([1.0], schemes=["stars"])
    with pytest.raises(InputError, match=r"potential: must be given for the scheme value_types"):
        customer_levels([1.0], schemes=["value_types"])


# --- agreement ---------------------------------------------------------------------------------------------


def test_agreement_of_two_gradings():
    """Kappa of Cohen's textbook table: 0.4 (observed 0.7, by chance 0.5)."""
    table = np.array([[20, 5], [10, 15]])
    assert (share_agreed(table), cohens_kappa(table)) == (0.7, pytest.approx(0.4))
    # Cramer's V of a 2 x 2 table is |ad - bc| over the root of the product of the margins.
    assert cramers_v(table) == pytest.approx((20 * 15 - 5 * 10) / np.sqrt(25.0 * 25 * 30 * 20))
    assert cramers_v(np.array([[5, 0, 0], [0, 5, 0], [0, 0, 5]])) == pytest.approx(1.0)
    assert cramers_v(np.array([[2, 4], [3, 6]])) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(cramers_v(np.array([[3, 4], [0, 0]])))
    assert np.isnan(cohens_kappa(np.array([[9, 0], [0, 0]]))) and np.isnan(cohens_kappa(np.zeros((2, 2))))
    with pytest.raises(InputError, match=r"table: must have the same levels as rows and as columns"):
        share_agreed(np.zeros((2, 3)))


@few
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_standing_has_a_mean_of_one_half_and_follows_the_level(codes):
    place = standing(codes)
    assert place.mean() == pytest.approx(0.5)
    for one, its in zip(codes, place, strict=True):
        for other, its_other in zip(codes, place, strict=True):
            assert its > its_other if one < other else True


def test_schemes_that_only_rename_agree_fully():
    value = np.random.default_rng(1).lognormal(3, 1, 300)
    table = agreement_table(customer_levels(value, value[::-1] * 0.1))
    renamed = table.loc[("tiers_contribution", "tiers_pyramid")]
    assert renamed.tolist() == pytest.approx([1.0, 1.0, 1.0])
    other = table.loc[("tiers_pyramid", "metals")]
    assert other["kappa"] < other["share_agreed"] < 1.0 and 0.0 < other["cramers_v"] < 1.0
    assert np.isnan(table.loc[("tiers_key", "metals"), "kappa"]), "three levels against four"


def test_who_is_graded_differently():
    value, potential = np.arange(100.0), np.arange(100.0)[::-1]
    table = customer_levels(value, potential)
    found = graded_differently(table, "value_types", "value_levels", least=0.0)
    assert len(found) == 100 and (found["difference"].abs().diff().dropna() <= 1e-12).all()
    top = graded_differently(table, "value_types", "value_levels", least=0.5)
    assert set(top.loc[top["difference"] > 0, "value_types"]) == {"mgc"}, "small ones who could grow"
    assert set(top.loc[top["difference"] < 0, "value_levels"]) == {"high"}, "and high ones who are only kept"
    for call in (
        lambda: graded_differently(table, "stars", "abc"),
        lambda: graded_differently(table, "abc", "metals", least=2.0),
        lambda: graded_differently(table.astype(str), "abc", "metals"),
        lambda: agreement_table(table[["abc"]]),
        lambda: standing([0.5]),
        lambda: standing([-1]),
    ):
        with pytest.raises(InputError):
            call()


# --- migration ---------------------------------------------------------------------------------------------


def test_migration_by_hand():
    before = pd.Series({"a": "gold", "b": "gold", "c": "iron", "d": "iron", "e": "lead"})
    after = pd.Series({"b": "iron", "c": "gold", "d": "iron", "e": "gold", "f": "iron"})
    levels = ["gold", "iron", "lead"]
    assert migration_table(before, after, levels).to_numpy().tolist() == [
        [0, 1, 0, 1], [1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0],
    ]  # fmt: skip
    assert migration_summary(before, after, levels).tolist() == [2, 1, 1, 1, 1]
    assert moves(before, after, levels)["steps"].fillna(9).tolist() == [9, -1, 1, 0, 2, 9]


@few
@given(
    st.dictionaries(st.integers(0, 20), st.sampled_from("abc"), max_size=15),
    st.dictionaries(st.integers(0, 20), st.sampled_from("abc"), min_size=1, max_size=15),
)
def test_migration_counts_everybody_once(before, after):
    one, two = pd.Series(before, dtype=object), pd.Series(after, dtype=object)
    table = migration_table(one, two, list("abc"))
    assert table.to_numpy().sum() == len(set(before) | set(after))
    assert table.loc["a"].sum() == sum(level == "a" for level in before.values())
    assert table["b"].sum() == sum(level == "b" for level in after.values())
    assert table.loc["none", "none"] == 0
    shares = migration_shares(table).sum(axis=1)
    assert ((shares - 1.0).abs() < 1e-12).where(table.sum(axis=1) > 0, shares == 0.0).all()
    assert migration_summary(one, two, list("abc")).sum() == table.to_numpy().sum()
    turned = migration_table(two, one, list("abc"))
    assert (turned.to_numpy() == table.to_numpy().T).all()


def test_migration_of_schemes():
    value = np.random.default_rng(5).lognormal(3, 1, 50)
    one = customer_levels(pd.Series(value), schemes=["metals"])["metals"]
    two = customer_levels(pd.Series(value[::-1]), schemes=["metals"])["metals"]
    assert migration_table(one, two, PYRAMID).to_numpy().sum() == 50


@pytest.mark.parametrize(
    ("before", "levels", "message"),
    [
        ({"a": "x"}, ["y"], r"before: must hold levels among y, got 'x'"),
        ({}, ["y"], r"before: must hold at least one customer, or `after` must"),
        ({"a": "y"}, ["y", "y"], r"levels: must be different ones.*"),
        ({"a": "y"}, ["y", "none"], r"levels: must be different ones.*"),
    ],
)
def test_migrations_that_are_none(before, levels, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        moves(pd.Series(before, dtype=object), pd.Series({}, dtype=object), levels)


def test_a_customer_who_stands_twice_is_refused():
    twice = pd.Series(["x", "x"], index=["a", "a"])
    with pytest.raises(InputError, match=r"after: must name a customer once, got 'a'"):
        moves(pd.Series({"a": "x"}), twice, ["x"])
