"""The sheet for gradings: the firm's records, and what then came."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from crmsim.audit.gradings import grade_customers
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.ledger import Ledger
from crmsim.metrics.grading_sheet import RANKINGS, grading_sheet, ranking_marks
from crmsim.metrics.review import rankings_compared
from crmsim.scenario import preset


@functools.cache
def run(days: int = 1440, world: str = "retail") -> Ledger:
    return simulate(preset(world).with_values(customers=250, horizon_days=days), seed=3)


def test_strength_is_what_customers_had_answered_until_then():
    sheet = grading_sheet(run(), 715)
    then = simulate(preset("retail").with_values(customers=250, horizon_days=1440).up_to(715), seed=3)
    answers = then.customers["survey_nps"][sheet.index.to_numpy()]
    known = answers >= 0
    assert known.sum() > 20
    assert np.array_equal(sheet["strength"].to_numpy()[known], answers[known])
    assert np.allclose(sheet["strength"].to_numpy()[~known], answers[known].mean())


def test_who_is_gone_brings_nothing_and_nobody_on_the_list_is_known_to_be():
    sheet = grading_sheet(run(), 720)
    assert 0.1 < sheet["gone"].mean() < 0.9
    assert (sheet.loc[sheet["gone"], "future"] <= 0.0).mean() > 0.95, "some were promised a referral bonus"
    assert sheet.loc[~sheet["gone"], "future"].mean() > 0.0


def test_rankings_agree_with_those_of_the_review():
    sheet = grading_sheet(run(), 720)
    marks = ranking_marks(sheet, grade_customers(sheet), 0.1)
    other = rankings_compared(run(), 720)
    assert list(marks.index) == list(RANKINGS)
    for name in ("past_profit", "rfm", "clv", "chance"):
        assert marks.loc[name, "hit_rate"] == pytest.approx(other.loc[name, "hit_rate"])
        assert marks.loc[name, "found"] == pytest.approx(other.loc[name, "profit_found"])


def test_everybody_chosen_finds_all_and_the_matrix_needs_strength():
    sheet = grading_sheet(run(), 720)
    assert (ranking_marks(sheet, grade_customers(sheet), 1.0).loc[:, "hit_rate"] == 1.0).all()
    blind = sheet.assign(strength=np.nan)
    assert "kaism" not in ranking_marks(blind, grade_customers(blind), 0.2).index


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="review_day"):
        grading_sheet(run(), 1440)
    sheet = grading_sheet(run(), 720)
    with pytest.raises(InputError, match="levels: must be of the"):
        ranking_marks(sheet, grade_customers(sheet).iloc[1:], 0.2)
