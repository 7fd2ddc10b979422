"""Pictures of whom a strategy saved, and of its money."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from crmsim.comparison import Interval
from crmsim.plots.returns import plot_budget_curve, plot_payback
from crmsim.plots.style import RESPONSE_COLOURS, new_figure, to_png
from crmsim.plots.targeting import plot_losers, plot_response_types, plot_uplift_curves, plot_value_by_type
from crmsim.response_types import TYPES
from crmsim.targeting import true_curve
from crmsim.text import say

TIERS = ("vip", "important", "ordinary", "small")
EFFECT = np.array([0.4, 0.3, 0.1, 0.0, -0.2])


def curves() -> dict:
    return {
        "random": true_curve(EFFECT, [3, 1, 5, 2, 4]),
        "risk": true_curve(EFFECT, [5, 1, 4, 2, 3]),
        "mine": true_curve(EFFECT, [4, 5, 2, 3, 1]),
        "oracle": true_curve(EFFECT, EFFECT),
    }


def types() -> pd.DataFrame:
    shares = dict(zip(TYPES, (0.02, 0.3, 0.675, 0.005), strict=True))
    rows = [
        {"tier": tier, "type": kind, "customers": 100 * share * (tier != "vip"), "share": share}
        for tier in TIERS
        for kind, share in shares.items()
    ]
    return pd.DataFrame(rows)


def values() -> pd.DataFrame:
    table = pd.DataFrame(
        {"customers": 10.0, "gain": [9.0, -1.0, 2.0, -0.5, 0.0, 0.0], "cost": [2.0, 3.0, 4.0, 0.1, 1.0, 0.0]},
        index=pd.Index([*TYPES, "not_there", "one_world_only"], name="type"),
    )
    net = table["gain"] - table["cost"]
    return table.assign(net=net, low=net - 1.0, high=net + 1.0, n=5)


def losses() -> pd.DataFrame:
    units = {"satisfaction": "ratio", "wait": "days", "value": "currency", "stayed": "share"}
    rows = [
        {"tier": tier, "measure": measure, "unit": unit}
        | {"mean": 1.0 - place, "low": 0.5 - place, "high": 2.0 - place}
        | {"verdict": "higher" if place == 0 else "undecided"}
        for place, tier in enumerate(TIERS)
        for measure, unit in units.items()
    ]
    return pd.DataFrame(rows)


def cumulative() -> pd.DataFrame:
    mean = np.array([0.0, -4.0, -1.0, 2.0, 6.0])
    index = pd.Index([0.0, 30.0, 60.0, 90.0, 120.0], name="day")
    return pd.DataFrame({"mean": mean, "low": mean - 3.0, "high": mean + 3.0, "n": 8}, index=index)


def budgets() -> pd.DataFrame:
    mean = np.array([0.0, 4.0, 6.0, 5.0])
    return pd.DataFrame(
        {"mean": mean, "low": mean - 1.0, "high": mean + 1.0, "n": 8, "binds": [True, True, False, False]},
        index=pd.Index([0.0, 500.0, 1000.0, math.inf], name="budget"),
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, axes = new_figure(14, 14, rows=4, columns=3)
    flat = list(axes.flat)
    plot_uplift_curves(curves(), flat[0], lang=lang)
    plot_uplift_curves(curves(), flat[1], currency="EUR", lang=lang)
    plot_response_types(types(), flat[2], lang=lang)
    by_stage = types().replace(
        {"tier": dict(zip(TIERS, ("exploration", "formation", "stability", "decline"), strict=True))}
    )
    plot_response_types(by_stage.rename(columns={"tier": "stage"}), flat[3], lang=lang)
    by_segment = types().replace({"tier": dict(zip(TIERS, (1, 2, 3, 4), strict=True))})
    plot_response_types(by_segment.rename(columns={"tier": "segment"}), flat[4], lang=lang)
    plot_value_by_type(values(), flat[5], currency="EUR", lang=lang)
    plot_losers(losses(), flat[6:9], currency="EUR", measures=("satisfaction", "wait", "stayed"), lang=lang)
    plot_payback(cumulative(), (90.0, 60.0, math.inf), flat[9], currency="EUR", lang=lang)
    plot_payback(cumulative(), (math.inf, 0.0, math.inf), flat[10], currency="EUR", lang=lang)
    held = Interval(5.0, 3.0, 7.0, 6)
    plot_budget_curve(budgets(), (1000.0, 500.0, math.inf), flat[11], currency="EUR", held=held, lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in (*flat[:7], *flat[9:]):
        assert ax.get_xlabel() and ax.get_ylabel(), "every axis says what it is"
    for ax in (flat[1], flat[9], flat[11]):
        assert "EUR" in ax.get_ylabel()
    assert "EUR" in flat[5].get_xlabel()


def test_curves_are_per_customer_and_chance_is_straight():
    ax = plot_uplift_curves(curves(), new_figure(6, 4)[1])
    lines = {line.get_label(): line for line in ax.lines}
    assert set(lines) > {say("score.risk"), "mine", say("score.oracle"), say("plot.uplift_chance")}
    assert say("score.random") not in lines
    oracle = lines[say("score.oracle")]
    assert np.allclose(oracle.get_xdata(), [0, 20, 40, 60, 80, 100])
    assert np.allclose(oracle.get_ydata(), [0, 80, 140, 160, 160, 120])
    assert np.allclose(lines[say("plot.uplift_chance")].get_ydata(), [0, 120])


def test_columns_of_types_are_whole_and_written():
    ax = plot_response_types(types(), new_figure(6, 4)[1])
    assert len(ax.get_xticks()) == 3, "nobody was a VIP"
    tops = [bar.get_y() + bar.get_height() for bar in ax.containers[-1]]
    assert np.allclose(tops, 1.0)
    written = [text.get_text() for text in ax.texts]
    assert written == ["2%"] * 3 + ["30%"] * 3 + ["68%"] * 3 + ["0.5%"] * 3
    assert list(RESPONSE_COLOURS) == list(TYPES)


def test_gain_stands_against_cost():
    ax = plot_value_by_type(values(), new_figure(6, 4)[1], currency="CU")
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == 5 and names[0] == "persuadable (10)", "the last has neither gain nor cost"
    widths = [bar.get_width() for bars in ax.containers[:2] for bar in bars]
    assert widths == [9.0, -1.0, 2.0, -0.5, 0.0, -2.0, -3.0, -4.0, -0.1, -1.0]


def test_what_is_not_decided_is_open():
    axes = new_figure(6, 3, columns=1)[1]
    (ax,) = plot_losers(losses(), [axes], currency="CU", measures=("stayed",))
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert [mark.get_markerfacecolor() == "white" for mark in marks] == [False, True, True, True]
    assert marks[0].get_xdata()[0] == 100.0, "shares in points"


def test_payback_stands_where_the_money_is_back():
    ax = plot_payback(cumulative(), (90.0, 60.0, math.inf), new_figure(6, 4)[1], currency="CU")
    (mark,) = [line for line in ax.lines if line.get_marker() == "D"]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (90.0 / 365.0, 0.0)
    span = next(line for line in ax.lines if line.get_linewidth() == 5.0).get_xdata()
    assert np.allclose(span, [60.0 / 365.0, 120.0 / 365.0]), "not beyond the run"
    assert say("plot.payback_day", years="0.2") in [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_best_budget_is_shaded():
    ax = plot_budget_curve(budgets(), (1000.0, 500.0, 1000.0), new_figure(6, 4)[1], currency="CU")
    shade = ax.patches[0]
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (0.75, 2.25)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "500", "1,000", "no\nlimit"]
