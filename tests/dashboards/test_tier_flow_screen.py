"""The screen of flows between tiers: the state without widgets, then the panel without a browser."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmsim import find_strategy, preset, simulate
from crmsim.comparison import paired_interval
from crmsim.dashboards import paired_runs
from crmsim.dashboards.tier_flow_panel import TierFlowPanel
from crmsim.dashboards.tier_flow_picture import flow_figure, flow_table_html
from crmsim.dashboards.tier_flow_state import TierFlowState, reviews_drawn
from crmsim.errors import InputError
from crmsim.metrics.tier_flow import FLOWS, flow_between_reviews, flow_shares, tiers_at_reviews
from crmsim.plots.style import to_png

SMALL = TierFlowState(customers=100, years=3, replications=3)


@pytest.fixture(scope="module")
def tiers():
    """By strategy: tiers at the reviews of each of the three runs, run here."""
    scenario = preset("retail").with_values(customers=100, horizon_days=3 * 365)
    return {
        name: [
            tiers_at_reviews(simulate(scenario, find_strategy(name), seed=1, replication=k)) for k in range(3)
        ]
        for name in ("do_nothing", "stage_matched")
    }


def test_the_table_has_the_paired_differences_of_the_runs(tiers):
    table = SMALL.run().table
    for name in FLOWS:
        left, right = (
            np.array([flow_shares(flow_between_reviews(run))[name] for run in runs])
            for runs in tiers.values()
        )
        interval = paired_interval(left, right)
        assert table.loc[name, ["left", "right"]].to_list() == pytest.approx([left.mean(), right.mean()])
        assert table.loc[name, ["mean", "low", "high"]].to_list() == pytest.approx(list(interval[:3]))
        assert table.loc[name, "n"] == 3


def test_the_moves_are_of_all_runs_and_the_bands_of_the_first(tiers):
    result = SMALL.run()
    for name, runs in tiers.items():
        assert result.flows[name].equals(sum(flow_between_reviews(run) for run in runs))
        shown = result.followed[name]
        assert shown.equals(runs[0][shown.columns.to_list()])
        assert shown.columns.to_list() == [360, 720, 1080]


@pytest.mark.parametrize(
    ("years", "expected"),
    [(2, [360, 540, 720]), (3, [360, 720, 1080]), (5, [360, 720, 1080, 1440, 1800])],
)
def test_few_reviews_are_shown_one_by_one_and_many_by_the_year(years, expected):
    days = range(180, 365 * years, 180)
    assert reviews_drawn(pd.DataFrame(columns=days), 365) == expected


def test_no_more_columns_than_can_be_told_apart():
    for years in range(2, 11):
        days = [30 * k for k in range(1, 365 * years // 30 + 1)]
        shown = reviews_drawn(pd.DataFrame(columns=days), 365)
        assert 2 <= len(shown) <= 6 and shown[0] == 360


def test_the_same_strategy_twice_differs_in_nothing():
    result = replace(SMALL, right="do_nothing", replications=2).run()
    assert (result.table["mean"] == 0.0).all() and set(result.table["verdict"]) == {"same"}


def test_the_first_pair_has_no_interval_and_says_so():
    state = replace(SMALL, seed=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paired_runs, "MOMENT", 0.0)
        first = next(step for step in state.steps() if not isinstance(step, int))
    assert first.pairs == 1 and first.done == 2
    html = flow_table_html(first)
    assert "first pair" in html and "inf" not in html and "nan" not in html


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": "magic"}, "left: must be one of"),
        ({"customers": 6000}, "customers: must be from 100 to 5000"),
        ({"years": 1}, "years: must be from 2"),
        ({"replications": 1}, "replications: must be from 2"),
    ],
)
def test_choices_that_cannot_be_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(SMALL, **change)


@pytest.fixture
def panel():
    return TierFlowPanel(SMALL)


def test_the_panel_shows_picture_table_and_sentence_of_one_result(panel):
    result = SMALL.run()
    assert bytes(panel.image.value) == to_png(flow_figure(result))
    assert panel.texts["table"].value == flow_table_html(result)
    assert f"{100 * result.table.loc['lost', 'left']:.1f} %" in panel.image.tooltip


@pytest.mark.parametrize(
    ("name", "value"),
    [("customers", 200), ("years", 4), ("right", "tier_service"), ("replications", 2), ("preset", "b2b")],
)
def test_picture_and_table_follow_each_control(panel, name, value):
    picture, table = bytes(panel.image.value), panel.texts["table"].value
    panel.controls[name].value = value
    assert bytes(panel.image.value) != picture and panel.texts["table"].value != table
    assert panel.up_to_date and "crmsim-stale" not in panel.image._dom_classes


def test_in_chinese_words_and_picture_are_chinese_and_the_numbers_are_the_same(panel):
    table, before = panel.result.table, bytes(panel.image.value)
    panel.controls["lang"].value = "zh"
    assert "流失的客户" in panel.texts["table"].value and "VIP客户中仍为VIP者" in panel.image.tooltip
    assert panel.result.table.equals(table) and bytes(panel.image.value) != before


def test_a_failure_is_a_sentence_and_the_old_result_fades(panel, monkeypatch):
    monkeypatch.setattr("crmsim.dashboards.tier_flow_state.simulate", lambda *_, **__: 1 / 0)
    panel.controls["seed"].value = 99
    assert "Something is wrong inside crmsim" in panel.error.value
    assert "crmsim-stale" in panel.image._dom_classes and "crmsim-stale" in panel.texts["table"]._dom_classes


def test_a_share_that_no_run_has_is_a_dash():
    result = SMALL.run()
    table = result.table.copy()
    table.loc["best_stay", ["left", "right", "mean", "low", "high"]] = math.nan
    html = flow_table_html(replace(result, table=table))
    assert "nan" not in html and "–" in html
