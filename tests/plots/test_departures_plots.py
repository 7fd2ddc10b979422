"""Pictures of why customers leave, whom an offer reaches and what it earns: what is given is drawn."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from crmsim.plots.departures import (
    OTHER_COLOUR,
    PREVENTABLE_COLOUR,
    plot_causes,
    plot_decision,
    plot_lost_profit,
    plot_win_back,
)
from crmsim.plots.style import new_figure, to_png
from crmsim.plots.targeting import plot_net_gains, plot_offers_by_type, plot_uplift_curves
from crmsim.response_types import TYPES
from crmsim.targeting_result import true_curve
from crmsim.text import LANGUAGES

CAUSES = pd.DataFrame(
    {"mean": [60.0, 40.0], "low": [55.0, -math.inf], "high": [65.0, math.inf], "heard": [30.0, 25.0],
     "preventable": [True, False]},
    index=["price", "natural"],
)  # fmt: skip
AMOUNTS = pd.DataFrame(
    {"mean": [50.0, 9.0, 12.0, -3.0], "low": [45.0, 7.0, 11.0, -5.0], "high": [55.0, 11.0, 13.0, -1.0]},
    index=["avoidable", "regained", "cost", "net"],
)
WON = pd.DataFrame(
    [
        {"arm": arm, "figure": figure, "mean": value, "low": value - 1.0, "high": value + 1.0}
        for arm, values in (("all", (9.0, 4.0, 5.0)), ("value", (6.0, 1.0, 5.0)))
        for figure, value in zip(("gain", "cost", "net"), values, strict=True)
    ]
)
OFFERS = pd.DataFrame(
    [
        {"score": score, "type": kind, "mean": part}
        for score, parts in (("risk", (12.0, 16.0, 71.5, 0.5)), ("oracle", (math.nan,) * 4))
        for kind, part in zip(TYPES, parts, strict=True)
    ]
)
LEVELS = pd.DataFrame(
    [
        {"score": "risk", "measure": "net_gain", "mean": 2.0, "low": 1.0, "high": 3.0},
        {"score": "risk", "measure": "saved", "mean": 99.0, "low": 98.0, "high": 100.0},
        {"score": "oracle", "measure": "net_gain", "mean": 5.0, "low": -math.inf, "high": math.inf},
    ]
)
DRAWN = {
    "causes": lambda ax, lang: plot_causes(CAUSES, ax, lang=lang),
    "profit": lambda ax, lang: plot_lost_profit(CAUSES, ax, currency="EUR", lang=lang),
    "decision": lambda ax, lang: plot_decision(AMOUNTS, ax, currency="EUR", lang=lang),
    "win_back": lambda ax, lang: plot_win_back(WON, ax, currency="EUR", lang=lang),
    "offers": lambda ax, lang: plot_offers_by_type(OFFERS, ax, lang=lang),
    "gains": lambda ax, lang: plot_net_gains(LEVELS, ax, currency="EUR", lang=lang),
}


def widths(ax) -> list[float]:
    return [bar.get_width() for bar in ax.patches]


def drawn(name: str, lang: str = "en"):
    figure, ax = new_figure(6, 4)
    DRAWN[name](ax, lang)
    return figure, ax


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_every_sign_can_be_drawn_and_every_axis_has_a_unit(name, lang):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, ax = drawn(name, lang)
        assert to_png(figure)[:4] == b"\x89PNG"
    assert ax.get_xlabel()


def test_causes_are_bars_and_what_was_heard_is_another_beside_each():
    _, ax = drawn("causes")
    assert widths(ax) == [60.0, 40.0, 30.0, 25.0]
    colours = [bar.get_facecolor() for bar in ax.patches[:2]]
    expected = new_figure(1, 1)[1].barh([0, 1], [1, 1], color=[PREVENTABLE_COLOUR, OTHER_COLOUR])
    assert colours == [bar.get_facecolor() for bar in expected]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["price", "drifted away"]


def test_a_loss_is_drawn_to_the_left_of_zero():
    _, ax = drawn("decision")
    assert widths(ax) == AMOUNTS["mean"].tolist() and ax.get_xlim()[0] < -3.0


def test_winning_back_has_three_bars_for_each_way():
    _, ax = drawn("win_back")
    assert widths(ax) == [9.0, 6.0, 4.0, 1.0, 5.0, 5.0]


def test_offers_of_each_way_add_up_to_a_hundred_or_are_none():
    _, ax = drawn("offers")
    bars = np.array(widths(ax)).reshape(4, 2)
    assert bars.sum(axis=0).tolist() == [100.0, 0.0]
    assert [text.get_text() for text in ax.texts] == ["12", "16", "72"], "a sliver has no number"


def test_net_gains_have_their_intervals_where_there_are_some():
    _, ax = drawn("gains")
    lines = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    assert [list(ends) for ends in lines if list(ends) != [0.0, 0.0]] == [[1.0, 3.0]]
    points = [float(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]
    assert points == [2.0, 5.0]


def test_the_colour_of_a_score_is_the_same_in_curves_and_gains():
    effect = [0.4, 0.3, 0.1, 0.0]
    curves = {name: true_curve(effect, [4, 3, 2, 1]) for name in ("random", "risk", "lift", "oracle")}
    _, ax = new_figure(6, 4)
    plot_uplift_curves(curves, ax, legend=False)
    assert ax.get_legend() is None
    of_curves = [line.get_color() for line in ax.lines[:3]]
    levels = pd.DataFrame(
        [{"score": s, "measure": "net_gain", "mean": 1.0, "low": 0.0, "high": 2.0} for s in curves]
    )
    _, other = new_figure(6, 4)
    plot_net_gains(levels, other, currency="EUR")
    marks = [line.get_color() for line in other.lines if len(line.get_xdata()) == 1]
    assert marks[1:] == of_curves
