"""Strategies side by side, and a model against what happened."""

from __future__ import annotations

import warnings

import matplotlib
import numpy as np
import pandas as pd
import pytest

from crmsim import find_strategy, preset, simulate
from crmsim.metrics.clv import value_by_component, value_by_tier
from crmsim.metrics.loyalty import stage_shares
from crmsim.metrics.retention import retention_curve
from crmsim.metrics.satisfaction import satisfaction_by_month, satisfaction_by_tier
from crmsim.plots.comparison import (
    lowest_satisfaction,
    plot_differences,
    plot_retention,
    plot_satisfaction,
    plot_stage_shares,
    plot_tier_outcomes,
    plot_value_components,
)
from crmsim.plots.style import (
    COMPONENT_COLOURS,
    STRATEGY_COLOURS,
    TIER_COLOURS,
    new_figure,
    strategy_colour,
    to_png,
)
from crmsim.plots.tracking import plot_tracking

NAMES = ("do_nothing", "stage_matched", "price_cut")


@pytest.fixture(scope="module")
def ledgers():
    scenario = preset("retail").with_values(customers=100, horizon_days=1080)
    return {name: simulate(scenario, find_strategy(name), log=False) for name in NAMES}


def _differences(**changes) -> pd.DataFrame:
    rows = [
        {"strategy": "stage_matched", "outcome": "clv", "mean": 50.0, "low": 40.0, "high": 60.0, "n": 5},
        {"strategy": "price_cut", "outcome": "clv", "mean": -5.0, "low": -20.0, "high": 10.0, "n": 5},
        {"strategy": "price_cut", "outcome": "satisfied", "mean": 0.02, "low": 0.01, "high": 0.03, "n": 5},
    ]
    return pd.DataFrame(rows).assign(**changes)


def _drawn(figure) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return to_png(figure)


def _labels(ax) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_pictures_are_drawn_in_both_languages_without_a_warning(ledgers, lang):
    figure, axes = new_figure(14, 9, rows=2, columns=4)
    components = pd.DataFrame({name: value_by_component(ledger) for name, ledger in ledgers.items()}).T
    tiers = {
        name: value_by_tier(ledger).to_frame("clv").join(satisfaction_by_tier(ledger))
        for name, ledger in ledgers.items()
    }
    tier_table = pd.concat(tiers, names=["strategy", "tier"]).reset_index()
    plot_differences(_differences(), "clv", axes[0, 0], currency="CU", base="do_nothing", lang=lang)
    plot_value_components(components, axes[0, 1], currency="CU", lang=lang)
    plot_satisfaction(
        {name: satisfaction_by_month(ledger) for name, ledger in ledgers.items()}, axes[0, 2], lang=lang
    )
    plot_retention({name: retention_curve(ledger) for name, ledger in ledgers.items()}, axes[0, 3], lang=lang)
    plot_stage_shares(stage_shares(ledgers["stage_matched"]), axes[1, 0], lang=lang)
    plot_tier_outcomes(tier_table, axes[1, 1:3], currency="CU", lang=lang)
    weeks = pd.DataFrame({"actual": [3.0, 2.0, 4.0], "model": [3.0, 2.9, 2.8]}, index=[1, 2, 3])
    plot_tracking(weeks, axes[1, 3], calibration_weeks=2, lang=lang)
    assert _drawn(figure)[:4] == b"\x89PNG"
    assert all(ax.get_ylabel() or ax.get_xlabel() for ax in axes.flat)


def test_a_difference_is_drawn_where_it_is_and_filled_only_when_decided():
    ax = plot_differences(_differences(), "clv", new_figure(6, 3)[1], currency="CU")
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert [float(mark.get_xdata()[0]) for mark in marks] == [50.0, -5.0]
    assert marks[0].get_markerfacecolor() == marks[0].get_color()
    assert marks[1].get_markerfacecolor() == "white"
    assert _labels(ax) == ["stage-matched programme", "price cut"]


def test_shares_differ_by_percentage_points():
    ax = plot_differences(_differences(), "satisfied", new_figure(6, 3)[1], currency="CU")
    mark = next(line for line in ax.lines if line.get_marker() == "o")
    assert float(mark.get_xdata()[0]) == pytest.approx(2.0)
    assert "percentage points" in ax.get_xlabel()


def test_a_single_run_has_a_mark_but_no_interval():
    table = _differences(low=-np.inf, high=np.inf, n=1)
    ax = plot_differences(table, "clv", new_figure(6, 3)[1], currency="CU")
    assert "no interval" in ax.get_xlabel()
    assert _drawn(ax.figure)


def test_costs_go_down_value_goes_up_and_the_diamond_is_the_sum():
    table = pd.DataFrame({"clv2": [100.0], "programme": [-30.0], "account": [-10.0]}, index=["my_own"])
    ax = plot_value_components(table, new_figure(6, 3)[1], currency="CU")
    tops = {bar.get_label(): (bar[0].get_y(), bar[0].get_height()) for bar in ax.containers}
    assert sorted(tops.values()) == [(-10.0, -30.0), (0.0, -10.0), (0.0, 100.0)]
    diamond = next(line for line in ax.lines if line.get_marker() == "D")
    assert diamond.get_ydata().tolist() == [60.0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["my_own"]


def test_ten_strategies_still_have_room_for_their_names():
    table = pd.DataFrame({"clv2": np.ones(10)}, index=[f"strategy_{k}" for k in range(10)])
    ax = plot_value_components(table, new_figure(9, 4)[1], currency="CU")
    assert _drawn(ax.figure)
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(label.get_rotation() == 30 for label in ax.get_xticklabels())
    assert min(box.y0 for box in boxes) >= 0


def test_stage_areas_fill_the_whole_height(ledgers):
    ax = plot_stage_shares(stage_shares(ledgers["do_nothing"]), new_figure(6, 3)[1])
    highest = max(path.vertices[:, 1].max() for area in ax.collections for path in area.get_paths())
    assert highest == pytest.approx(1.0)


def test_one_colour_means_one_thing():
    assert strategy_colour(0) == STRATEGY_COLOURS[0] == strategy_colour(len(STRATEGY_COLOURS))
    for colours in (STRATEGY_COLOURS, tuple(COMPONENT_COLOURS.values()), tuple(TIER_COLOURS.values())):
        assert len(set(colours)) == len(colours)
    assert not set(STRATEGY_COLOURS) & set(COMPONENT_COLOURS.values())


def test_drawing_leaves_the_readers_settings_alone(ledgers):
    before = dict(matplotlib.rcParams)
    plot_stage_shares(stage_shares(ledgers["do_nothing"]), new_figure(6, 3)[1], lang="zh")
    assert dict(matplotlib.rcParams) == before


def test_the_border_of_the_holdout_stands_after_the_last_week_of_calibration():
    table = pd.DataFrame({"actual": [3.0, 2.0], "model": [3.0, 2.9]}, index=[1, 2])
    table = table.assign(simulated=2.5, simulated_low=2.0, simulated_high=3.0)
    ax = plot_tracking(table, new_figure(6, 3)[1], calibration_weeks=1)
    assert any(set(line.get_xdata()) == {1.5} for line in ax.lines)
    assert {"actual", "model", "simulated"} == {text.get_text() for text in ax.get_legend().get_texts()}


def test_the_axis_of_satisfaction_begins_at_ten_per_cent_below_the_lowest_line():
    nobody, some = (pd.DataFrame({"satisfied": values}) for values in ([np.nan] * 2, [0.75, 0.71]))
    assert lowest_satisfaction({"a": nobody, "b": some}) == 0.6
    assert lowest_satisfaction({"a": some, "b": nobody}) == 0.6
    assert lowest_satisfaction({"a": nobody}) == lowest_satisfaction({}) == 0.9
