"""Pictures of schemes, types of loyalty, service gaps and surveys."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crmsim import find_strategy, preset, simulate
from crmsim.metrics.labels import label_shares
from crmsim.metrics.satisfaction import satisfaction_by_month
from crmsim.metrics.service_quality import servqual_gaps
from crmsim.metrics.surveys import satisfied_in_surveys
from crmsim.metrics.typologies import confusion
from crmsim.plots.style import GAP_COLOURS, STAGE_COLOURS, TYPE_COLOURS, new_figure, to_png
from crmsim.plots.views import plot_label_shares, plot_service_gaps, plot_survey, plot_types
from crmsim.schemes import DIMENSIONS, SCHEMES, STAGE_SCHEMES, TYPOLOGIES
from crmsim.text import say

FOLLOWED = [*STAGE_SCHEMES, "five_contact"]


@pytest.fixture(scope="module")
def ledger():
    scenario = preset("retail").with_values(customers=100, horizon_days=1080, servqual=1)
    return simulate(scenario, find_strategy("stage_matched"))


def _gaps(*gaps: float) -> pd.DataFrame:
    return pd.DataFrame({"gap": gaps, "weight": list(DIMENSIONS.values())}, index=list(DIMENSIONS))


def _table(counts: list[list[int]]) -> pd.DataFrame:
    names = list(TYPOLOGIES["diamond"])
    return pd.DataFrame(counts, index=names, columns=names)


def _legend(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_views_are_drawn_in_both_languages_without_a_warning(ledger, lang):
    figure, axes = new_figure(16, 12, rows=3, columns=4)
    places = iter(axes.flat)
    for scheme in FOLLOWED:
        plot_label_shares(label_shares(ledger, scheme), scheme, next(places), lang=lang)
    for typology in TYPOLOGIES:
        plot_types(confusion(ledger, typology), typology, next(places), lang=lang)
    plot_service_gaps(servqual_gaps(ledger), next(places), lang=lang)
    plot_survey(satisfied_in_surveys(ledger), satisfaction_by_month(ledger), next(places), lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in list(axes.flat)[: len(FOLLOWED) + len(TYPOLOGIES) + 2]:
        assert ax.get_xlabel(), "every axis says what it is"


@pytest.mark.parametrize("scheme", FOLLOWED)
def test_areas_fill_the_whole_height_and_are_all_named(ledger, scheme):
    ax = plot_label_shares(label_shares(ledger, scheme), scheme, new_figure(6, 3)[1])
    highest = max(path.vertices[:, 1].max() for area in ax.collections for path in area.get_paths())
    assert highest == pytest.approx(1.0)
    assert set(_legend(ax)) == {say(f"label.{scheme}.{name}") for name in SCHEMES[scheme]}


def test_a_stage_has_its_colour_under_every_name(ledger):
    for scheme, name in (("six_stage", "maturity"), ("four_stage", "stability"), ("five_contact", "loyalty")):
        ax = plot_label_shares(label_shares(ledger, scheme), scheme, new_figure(6, 3)[1])
        area = next(area for area in ax.collections if area.get_label() == say(f"label.{scheme}.{name}"))
        assert to_hex(area.get_facecolor()[0]).upper() == STAGE_COLOURS["stability"]
        assert area is ax.collections[0], "the firmest relationships carry the others"


def test_tiles_have_the_area_of_their_share_and_right_ones_are_framed():
    ax = plot_types(
        _table([[8, 2, 0, 0], [0, 0, 10, 0], [0, 0, 0, 0], [5, 0, 0, 15]]), "diamond", new_figure(6, 4)[1]
    )
    tiles = [tile for tile in ax.patches if tile.get_width() * tile.get_height() > 0]
    assert sum(tile.get_width() * tile.get_height() for tile in tiles) == pytest.approx(1.0)
    framed = {round(t.get_width() * t.get_height(), 9) for t in tiles if t.get_linewidth() > 1}
    assert framed == {0.2, 0.375}
    assert {text.get_text() for text in ax.texts} == {"20%", "38%"}
    assert ax.get_title(loc="left") == "diamond of loyalty: the firm is right for 57%"
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert shown == ["switcher", "multi-brand", "loyal"], "nobody is habitual"


def test_nobody_to_sort_is_an_empty_mosaic():
    figure, ax = new_figure(6, 4)
    plot_types(_table(np.zeros((4, 4), int).tolist()), "diamond", ax)
    assert to_png(figure)


def test_shortfalls_point_left_and_the_mean_is_weighted():
    ax = plot_service_gaps(_gaps(-0.05, 0.0, 0.02, 0.0, -0.01), new_figure(6, 3)[1])
    bars = {round(bar.get_width(), 3): to_hex(bar.get_facecolor()) for bar in ax.patches}
    assert bars[-0.05] == GAP_COLOURS["short"].lower() and bars[0.02] == GAP_COLOURS["over"].lower()
    overall = -0.05 * 0.32 + 0.02 * 0.19 - 0.01 * 0.11
    assert any(line.get_xdata()[0] == pytest.approx(overall) for line in ax.lines)
    assert _legend(ax) == ["weighted mean: −0.013"]
    assert ax.get_yticklabels()[0].get_text() == "reliability (32%)"
    assert ax.patches[0].get_height() > ax.patches[4].get_height(), "what counts more is thicker"


def test_surveys_have_intervals_and_the_truth_none(ledger):
    answers = satisfied_in_surveys(ledger)
    ax = plot_survey(answers, satisfaction_by_month(ledger), new_figure(6, 3)[1])
    (bars,) = ax.containers[0].lines[2]
    low, high = bars.get_segments()[0][:, 1]
    assert high - low == pytest.approx(2 * 1.96 * answers["standard_error"].iloc[0])
    assert len(bars.get_segments()) == len(answers) == 6
    assert ax.lines[0].get_ydata()[-1] == pytest.approx(satisfaction_by_month(ledger)["satisfied"].iloc[-1])


def test_types_have_colours_of_their_own():
    assert len(set(TYPE_COLOURS)) == len(TYPE_COLOURS) == max(map(len, TYPOLOGIES.values()))
