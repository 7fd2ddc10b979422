"""Pictures of rankings."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from crmsim.audit.classes import abc_table
from crmsim.audit.concentration import whale_curve
from crmsim.audit.matrices import KAISM, kaism
from crmsim.plots.rankings import plot_abc, plot_kaism, plot_whale_curve
from crmsim.plots.style import new_figure, to_png
from crmsim.text import say

PROFITS = [100.0, 50.0, 20.0, 5.0, 0.0, -25.0]


def accounts(seed: int = 1) -> pd.DataFrame:
    luck = np.random.default_rng(seed)
    value, wallet = luck.lognormal(8, 1.2, 80) - 1000.0, luck.uniform(0.2, 0.7, 80)
    cells = pd.Categorical(kaism(value, wallet), list(KAISM))
    return pd.DataFrame({"attractiveness": value, "strength": wallet, "cell": cells})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, axes = new_figure(12, 8, rows=2, columns=2)
    plot_whale_curve(whale_curve(PROFITS), axes[0, 0], lang=lang)
    plot_abc(abc_table(PROFITS), axes[0, 1], lang=lang)
    plot_kaism(accounts(), axes[1, 0], currency="CU", lang=lang)
    plot_kaism(accounts().assign(strength=5.0), axes[1, 1], currency="CU", seen_by_firm=True, lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in axes.flat:
        assert ax.get_xlabel() and ax.get_ylabel(), "every axis says what it is"
    for ax in axes[1]:
        assert "CU" in ax.get_ylabel()


def test_the_whale_comes_up_to_its_peak():
    curve = whale_curve(PROFITS)
    ax = plot_whale_curve(curve, new_figure(6, 4)[1])
    line, total, peak = ax.lines
    assert line.get_ydata().tolist() == curve.profit.tolist()
    assert total.get_ydata()[0] == 100.0
    assert (peak.get_xdata()[0], peak.get_ydata()[0]) == (curve.peak_at, curve.peak)
    assert ax.texts[0].get_text() == "67% of customers earn 117%"
    assert ax.get_ylim()[1] > curve.peak


def test_bars_of_classes_have_their_shares():
    table = abc_table(PROFITS)
    ax = plot_abc(table, new_figure(6, 4)[1])
    heights = [[bar.get_height() for bar in bars] for bars in ax.containers]
    assert heights == [table["share_of_customers"].to_list(), table["share_of_value"].to_list()]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["A (2)", "B (1)", "C (3)"]
    assert "\N{MINUS SIGN}13%" in [text.get_text() for text in ax.texts], "a class may cost money"


def test_accounts_lie_in_their_cells():
    table = accounts()
    ax = plot_kaism(table, new_figure(6, 4)[1], currency="CU")
    borders = table["strength"].mean(), table["attractiveness"].mean()
    for cell, marks in zip(KAISM, ax.collections, strict=True):
        x, y = np.asarray(marks.get_offsets()).T
        assert len(x) == (table["cell"] == cell).sum() > 3
        assert ((x >= borders[0]) == (cell in ("key", "maintenance"))).all()
        assert ((y >= borders[1]) == (cell in ("key", "development"))).all()
    low, high = ax.get_ylim()
    assert low < table["attractiveness"].min() and table["attractiveness"].max() < high
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == [f"{say(f'kaism.{cell}')} ({(table['cell'] == cell).sum()})" for cell in KAISM]
