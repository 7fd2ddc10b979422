"""The targeting lab: the state without widgets, then the panel without a browser."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from crmsim.dashboards import paired_runs, targeting_state
from crmsim.dashboards.targeting_panel import TargetingPanel
from crmsim.dashboards.targeting_picture import kept_pictures, table_html
from crmsim.dashboards.targeting_state import SCORES_SHOWN, TargetingState
from crmsim.errors import InputError
from crmsim.offer_trial import Offer
from crmsim.plots.style import to_png
from crmsim.response_types import TYPES
from crmsim.scenario import preset
from crmsim.targeting import compare_targeting
from crmsim.text import say

SMALL = TargetingState(customers=200, populations=2)


# -- the state -------------------------------------------------------------------------------------


def test_what_is_shown_is_the_comparison_of_a_trial_on_these_terms():
    state = replace(SMALL, share=25, cost=2.0, noise=0.3, wake=5)
    town = preset("retail").with_values(customers=200, horizon_days=1080, wake=0.05, score_noise=0.3)
    expected = compare_targeting(
        town, 720, scores=SCORES_SHOWN, share=0.25, offer=Offer(cost=2.0), futures=10, replications=2,
        workers=1,
    )  # fmt: skip
    shown = state.run()
    mine = shown.levels.set_index(["score", "measure"])[["mean", "low", "high"]]
    theirs = expected.levels().set_index(["score", "measure"])[["mean", "low", "high"]]
    assert np.allclose(mine, theirs, rtol=1e-6, atol=1e-6)
    less = expected.differences("risk").query("measure == 'net_gain'").set_index("score")
    assert shown.gains["difference_mean"].drop("risk").to_numpy() == pytest.approx(
        less["mean"].to_numpy(), abs=1e-6
    )
    assert shown.gains["verdict"].drop("risk").tolist() == less["verdict"].tolist()
    assert math.isnan(shown.gains.loc["risk", "difference_mean"])
    for effect in ("uplift", "value_uplift"):
        for score, curve in expected.curves(effect).items():
            # Rounding may let two whom the oracle expects as much of change places.
            near = 0.02 * np.ptp(curve.gain) if score == "oracle" else 1e-6
            assert shown.curves[effect][score].gain == pytest.approx(curve.gain, abs=near)


def test_offers_are_split_by_type_and_those_of_everybody_are_all_alike():
    everybody = replace(SMALL, share=100).run().offers_by_type.set_index(["type", "score"])["mean"]
    for kind in TYPES:
        assert np.ptp(everybody[kind][list(SCORES_SHOWN)]) < 1e-9
    sums = SMALL.run().offers_by_type.groupby("score")["mean"].sum()
    assert sums.to_numpy() == pytest.approx(np.full(6, 100.0))


def test_the_qini_coefficient_has_the_oracle_as_its_measure():
    result = SMALL.run()
    assert result.qini.loc["oracle", ["mean", "low", "high"]].tolist() == [1.0, 1.0, 1.0]
    alone = replace(result.comparison, customers=result.comparison.customers.loc[[0]]).coefficients()
    other = replace(result.comparison, customers=result.comparison.customers.loc[[1]]).coefficients()
    assert result.qini.loc["risk", "mean"] == pytest.approx((alone["risk"] + other["risk"]) / 2)


def test_scores_without_an_error_are_better_and_random_ones_are_not():
    """Of the same offers, the exact lift saves more customers than a lift that is mostly error."""
    state = TargetingState(customers=600, populations=4, share=15)
    exact, blurred = (
        replace(state, noise=noise).run().comparison.values("lift", "saved") for noise in (0.0, 2.0)
    )
    assert (exact > blurred).all()
    none, some = (replace(state, wake=wake).run().comparison.values("random", "harmed") for wake in (0, 20))
    assert (some > none).all()


def test_a_slider_for_share_cost_or_error_lives_no_future_anew(monkeypatch):
    SMALL.run()
    monkeypatch.setattr(targeting_state, "run_offer_trial", lambda *_, **__: pytest.fail("lived again"))
    for change in ({"share": 40}, {"cost": 0.25}, {"noise": 1.1}):
        replace(SMALL, **change).run()


@pytest.mark.parametrize(
    "change",
    [{"share": 20}, {"cost": 2.0}, {"noise": 0.0}, {"wake": 20}, {"seed": 2}, {"customers": 400},
     {"populations": 3}, {"preset": "b2b"}],
)  # fmt: skip
def test_every_choice_changes_the_numbers(change):
    assert not replace(SMALL, **change).run().gains["mean"].equals(SMALL.run().gains["mean"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"share": 0}, "share: must be from 1 to 100"),
        ({"cost": -1.0}, "cost: must be from 0.0 to 4.0"),
        ({"noise": "much"}, "noise: must be a number"),
        ({"populations": 1}, "populations: must be from 2 to 8"),
        ({"preset": "bare"}, "preset: must be one of"),
    ],
)
def test_bad_choices_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(SMALL, **change)


# -- the picture and the panel ---------------------------------------------------------------------


def test_a_kept_picture_is_the_picture():
    """But for the order in which the line of the share and the curves lie upon each other."""
    kept = kept_pictures()
    for state in (SMALL, replace(SMALL, share=60), replace(SMALL, lang="zh"), replace(SMALL, share=90)):
        result = state.run()
        one, two = (
            np.asarray(Image.open(io.BytesIO(png)), int) for png in (kept.png(result), to_png(result.figure))
        )
        assert (np.abs(one - two).max(axis=2) > 60).mean() < 0.002


def test_the_first_population_is_shown_by_itself_and_decides_nothing(monkeypatch):
    monkeypatch.setattr(paired_runs, "MOMENT", 0.0)
    monkeypatch.setattr(paired_runs, "SOON", 0.0)
    first, whole = [step for step in replace(SMALL, seed=6).steps() if not isinstance(step, int)]
    assert (first.done, whole.done) == (1, 2)
    assert set(first.gains.drop("risk")["verdict"]) == {"undecided"}
    for lang in ("en", "zh"):
        said = [replace(found, state=replace(found.state, lang=lang)) for found in (first, whole)]
        alone = say("panel.targeting.first", lang)
        assert [alone in table_html(found) for found in said] == [True, False]
        assert ["95" in found.in_words for found in said] == [False, True] and "inf" not in said[0].in_words
    pictures = kept_pictures()
    assert pictures.png(first) != pictures.png(whole) == kept_pictures().png(whole)


def test_an_oracle_that_makes_no_offer_has_a_dash_and_no_bar():
    dear = replace(SMALL, cost=4.0, preset="b2b", share=5)
    result = dear.run()
    text = table_html(result)
    assert "nan" not in text and "inf" not in text
    if result.comparison.values("oracle", "offers").sum() == 0:
        assert "–" in text
    assert "1600 CU" in text and "10 % a year" in text, "the terms are said"


def test_the_panel_follows_its_controls_and_speaks_both_languages():
    panel = TargetingPanel(SMALL)
    picture, table, words = bytes(panel.image.value), panel.texts["table"].value, panel.image.tooltip
    assert panel.error.value == "" and "value × lift" in table and "Qini" in table
    panel.controls["share"].value = 30
    assert bytes(panel.image.value) != picture and panel.texts["table"].value != table
    assert panel.image.tooltip != words and "30 of 100" in panel.note.value
    panel.controls["lang"].value = "zh"
    assert "价值×增益" in panel.texts["table"].value and "净收益" in panel.image.tooltip
    assert say("score.value_lift", "zh") in panel.note.value or "最好的是" in panel.note.value
    panel.reset.click()
    panel.controls["lang"].value = "en"
    assert bytes(panel.image.value) == picture and panel.texts["table"].value == table
