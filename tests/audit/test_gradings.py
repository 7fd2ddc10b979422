"""Gradings side by side, and how good the best level of each turned out to be."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from crmsim.audit.gradings import GRADINGS, RFM_GRADES, grade_customers, level_shares, top_level_marks
from crmsim.audit.hits import hit_rate
from crmsim.errors import InputError


@pytest.fixture
def sheet() -> pd.DataFrame:
    number = np.arange(1.0, 101.0)
    return pd.DataFrame(
        {
            "past_profit": number,
            "recency_days": number[::-1],
            "purchases": number,
            "revenue_12m": number,
            "clv_estimate": number,
            "strength": np.where(number % 2 == 0, 9.0, 3.0),
        },
        index=[f"C{n:03.0f}" for n in number],
    )


def test_every_grading_grades_everybody_with_its_own_words(sheet):
    levels = grade_customers(sheet)
    assert set(levels) == set(GRADINGS) and levels.index.equals(sheet.index)
    for name, column in levels.items():
        assert tuple(column.cat.categories) == GRADINGS[name] and not column.isna().any()
        assert column.iloc[-1] == GRADINGS[name][0], "the customer who is best in everything"
    assert (levels["rfm_grades"].value_counts() == 20).all()
    assert levels["kaism"].iloc[-2] == "development" and levels["kaism"].iloc[1] == "maintenance"


def test_cuts_move_borders(sheet):
    few, many = (grade_customers(sheet, abc_cuts=cuts)["abc"] for cuts in ((0.3, 0.9), (0.8, 0.9)))
    # The best 17 of 100, 99, ... 1 are the first who bring 0.3 of 5050 together.
    assert (few == "a").sum() == 17 and (many == "a").sum() > 17
    less = grade_customers(sheet, pyramid_cuts=(0.3, 0.5))["metals"]
    assert (less == "platinum").sum() == 17
    assert (grade_customers(sheet)["metals"] == "platinum").sum() > 17


def test_without_strength_there_is_no_matrix(sheet):
    assert "kaism" not in grade_customers(sheet.assign(strength=np.nan))


def test_marks_of_the_best_level_against_counting_by_hand():
    levels = pd.Series(pd.Categorical(list("aabbb"), ["a", "b"], ordered=True))
    marks = top_level_marks(levels, [5.0, -1.0, 10.0, 4.0, 0.0])
    assert marks == {"share": 0.4, "hit_rate": 0.5, "found": pytest.approx(4 / 15), "nothing": 0.5}


def test_a_best_level_of_lots_finds_as_many_as_chance_and_agrees_with_hit_rate():
    luck = np.argsort(np.sin(np.arange(1, 2001) * 12.9898) * 43758.5453 % 1.0)
    levels = pd.Series(pd.Categorical(np.where(luck < 400, "a", "b"), ["a", "b"], ordered=True))
    future = np.arange(2000.0)
    marks = top_level_marks(levels, future)
    assert marks["hit_rate"] == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 400))
    assert marks["hit_rate"] == pytest.approx(hit_rate(luck < 400, future, share=0.2))


def test_nobody_in_the_best_level_and_nothing_to_find():
    levels = pd.Series(pd.Categorical(["b", "b"], ["a", "b"], ordered=True))
    marks = top_level_marks(levels, [1.0, 2.0])
    assert marks["share"] == 0.0 and np.isnan([marks["hit_rate"], marks["found"], marks["nothing"]]).all()
    assert np.isnan(top_level_marks(levels.cat.rename_categories(["x", "y"]), [-1.0, -2.0])["found"])


def test_shares_of_levels_sum_to_one_and_losses_push_others_above(sheet):
    levels = grade_customers(sheet)["abc"]
    table = level_shares(levels, sheet["past_profit"], np.where(levels == "c", -1.0, 5.0))
    assert table.sum().to_list() == pytest.approx([1.0] * 3)
    assert table.loc["c", "future"] < 0.0 < 1.0 < table.loc[["a", "b"], "future"].sum()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"abc_cuts": (0.9, 0.7)}, "cuts: must be 1 to 25 rising shares"),
        ({}, {"abc_cuts": (0.9,)}, "abc_cuts: must be two"),
        ({}, {"pyramid_cuts": (0.9, 0.7)}, "cuts: must be 1 to 25 rising shares"),
        ({"past_profit": np.nan}, {}, "values"),
        (None, {}, "strength: must be a column of the sheet"),
    ],
)
def test_what_cannot_be_is_refused(sheet, change, options, message):
    sheet = sheet.drop(columns="strength") if change is None else sheet.assign(**change)
    with pytest.raises(InputError, match=re.escape(message)):
        grade_customers(sheet, **options)


def test_plain_words_are_no_grading():
    with pytest.raises(InputError, match="levels: must be ordered categories"):
        top_level_marks(pd.Series(["a", "b"]), [1.0, 2.0])
    assert len(RFM_GRADES) == 5
