"""Pictures of the desk: they show the numbers that they are given, in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmsim.plots.desk import plot_mean_waits, plot_number_waiting, plot_recoveries, plot_wait_shares
from crmsim.plots.style import new_figure

TIERS = ["vip", "important", "ordinary", "small"]


@pytest.fixture
def ax():
    return new_figure(5, 3)[1]


def test_a_mean_of_a_week_stays_level_for_that_week_and_tiers_lie_upon_each_other(ax):
    waiting = pd.DataFrame([[1, 1, 0, 2], [0, 0, 0, 5]], index=[0.0, 7.0], columns=TIERS)
    plot_number_waiting(waiting, ax, lang="zh")
    top = ax.collections[-1].get_paths()[0].vertices
    assert {(0.0, 4.0), (1.0, 4.0), (1.0, 5.0), (2.0, 5.0)} <= {tuple(point) for point in top}
    assert ax.get_xlim() == (0.0, 2.0) and ax.get_xlabel() == "运行周数"


def test_shares_are_drawn_as_far_as_anybody_waits_and_theory_beside_them(ax):
    days = np.arange(0.0, 9.0, 0.1)
    shares = pd.DataFrame({tier: np.where(days < 0.95, 0.5, 0.0) for tier in TIERS}, index=days)
    plot_wait_shares(shares, ax, theory=pd.Series(np.exp(-9 * days), days))
    assert ax.get_xlim() == (0.0, 1.0) and len(ax.lines) == 5
    assert ax.lines[3].get_ydata().tolist() == shares["small"].tolist()
    assert ax.lines[4].get_label() == "Erlang C (order of arrival)"


@pytest.mark.parametrize(("still", "end"), [(0.0, 0.25), (3.0, 4.0), (8.95, 8.9)])
def test_the_scale_of_waits_is_a_round_number_that_the_data_reach(ax, still, end):
    days = np.linspace(0.0, 8.9, 90)
    shares = pd.DataFrame({"small": np.where(days <= still, 0.4, 0.0)}, index=days)
    plot_wait_shares(shares, ax)
    assert ax.get_xlim()[1] == pytest.approx(end)


def test_means_have_their_intervals_and_theory_what_is_finite(ax):
    table = pd.DataFrame({"mean": 1.0, "low": -0.5, "high": 2.0}, index=TIERS)
    theory = pd.Series([0.5, 0.6, np.inf, np.inf], TIERS)
    plot_mean_waits({"a": table, "b": table}, ax, theory={"a": theory, "b": theory})
    bars = ax.collections[0].get_segments()
    assert [bar[:, 1].tolist() for bar in bars] == [[0.0, 2.0]] * 4, "nobody waits less than no time"
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert np.isnan(diamonds[0].get_ydata()[2:]).all() and diamonds[0].get_ydata()[0] == 0.5
    assert ax.get_ylim()[1] > 2.0


def test_what_has_no_interval_is_hollow(ax):
    once = pd.DataFrame({"mean": [1.0, 2.0], "low": [-np.inf, 1.5], "high": [np.inf, 2.5]}, index=TIERS[:2])
    plot_mean_waits({"a": once}, ax, theory={"a": pd.Series([1.0, 1.0], TIERS[:2])})
    hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_ydata().tolist() for line in hollow] == [[1.0]]


def test_recoveries_show_shares_only_and_how_many_there_were(ax):
    spans = pd.MultiIndex.from_tuples([(0.0, 0.25), (4.0, np.inf)])
    table = pd.DataFrame(
        {"n": [1200.0, 3.0], "quality": [0.45, 0.1], "quality_low": [0.4, -0.2], "quality_high": [0.5, 0.4],
         "lost": [0.2, 0.9], "lost_low": [0.1, -np.inf], "lost_high": [0.3, np.inf]},
        index=spans,
    )  # fmt: skip
    plot_recoveries(table, ax, within=90)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0–0.25\n(1,200)", "over 4\n(3)"]
    assert ax.collections[0].get_segments()[1][:, 1].tolist() == pytest.approx([0.0, 0.4])
    assert [text.get_text() for text in ax.get_legend().get_texts()][1] == "lost within 90 days"
    hollow = [line.get_ydata().tolist() for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert [0.9] in hollow
