"""Pictures of further questions: costs by kind, the worth of a point, a race, several scenarios."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmsim.comparison import Interval
from crmsim.plots.across import plot_across
from crmsim.plots.costs import plot_costs, plot_retention_worth
from crmsim.plots.selection import plot_race
from crmsim.plots.style import new_figure, to_png


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_costs_leave_out_what_is_the_same_and_end_with_the_total(lang):
    costs = pd.DataFrame(
        {"mean": [0.0, 2.0, -0.5, 1.5], "low": [0.0, 1.0, -math.inf, 1.0], "high": [0.0, 3.0, math.inf, 2.0],
         "n": 5},
        index=pd.Index(["account", "programme", "offer", "total"], name="kind"),
    )  # fmt: skip
    figure, ax = new_figure(8, 4)
    plot_costs(costs, ax, currency="USD", lang=lang)
    assert [bar.get_width() for bar in ax.patches] == [2.0, -0.5, 1.5]
    assert ax.patches[-1].get_y() < ax.patches[0].get_y(), "the total stands at the foot"
    assert "USD" in ax.get_xlabel()
    assert to_png(figure)


@pytest.mark.parametrize("low", [0.2, -math.inf])
def test_what_a_point_is_worth_stands_beside_the_formula(low):
    figure, ax = new_figure(8, 3)
    plot_retention_worth(Interval(0.8, low, 0.8 + (0.8 - low), 5), 0.6, ax, currency="USD")
    marks = {round(float(line.get_xdata()[0]), 3) for line in ax.lines if len(line.get_xdata()) == 1}
    assert {0.8, 0.6} <= marks
    assert to_png(figure)


def test_in_a_race_the_picked_one_stands_at_the_top():
    table = pd.DataFrame(
        {"strategy": ["do_nothing", "points", "price_cut", "recovery"], "replications": [30, 30, 12, 3],
         "fate": ["left", "best", "out", "failed"]}
    )  # fmt: skip
    figure, ax = new_figure(8, 3)
    plot_race(table, ax, lang="en")
    assert [text.get_text() for text in ax.texts] == ["3, failed", "12, out", "30, still in", "30, picked"]
    assert to_png(figure)


def test_across_scenarios_an_open_mark_is_not_decided():
    table = pd.DataFrame(
        {"scenario": ["a", "b", "a"], "strategy": ["points", "points", "recovery"],
         "mean": [2.0, 1.0, -3.0], "low": [1.0, -1.0, -4.0], "high": [3.0, 3.0, -2.0]}
    )  # fmt: skip
    figure, ax = new_figure(8, 4)
    plot_across(table, ax, outcome="clv", currency="USD")
    found = {
        (float(x), line.get_markerfacecolor() == "white")
        for line in ax.lines
        if line.get_marker() == "o"
        for x in np.atleast_1d(line.get_xdata())
        if np.isfinite(x)
    }
    assert found == {(2.0, False), (1.0, True), (-3.0, False)}
    assert to_png(figure)


def test_across_scenarios_shares_are_in_percentage_points():
    table = pd.DataFrame(
        {"scenario": ["a", "b"], "strategy": ["points", "points"], "mean": [0.02, 0.03], "low": [0.01, 0.02],
         "high": [0.03, 0.04]}
    )  # fmt: skip
    _, ax = new_figure(8, 4)
    plot_across(table, ax, outcome="satisfied", currency="USD", lang="en")
    assert "percentage points" in ax.get_xlabel() and "USD" not in ax.get_xlabel()
    assert any(np.allclose(line.get_xdata(), [2.0]) for line in ax.lines)
