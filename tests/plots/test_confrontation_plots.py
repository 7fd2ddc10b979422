"""Pictures of methods beside the truth."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from crmsim.plots.confrontation import plot_calibration, plot_top_overlap, plot_total_error, valuation_label
from crmsim.plots.style import new_figure, to_png

METHODS = ["historic", "bg_nbd", "rfm", "my_own", "oracle"]


def table() -> pd.DataFrame:
    rows = []
    for place, method in enumerate(METHODS):
        for measure in ("total_error", "top_overlap"):
            known = method != "rfm" or measure == "top_overlap"
            mean = 0.2 * place if known else np.nan
            interval = {"mean": mean, "low": mean - 0.1, "high": mean + 0.1, "n": 8 if known else 0}
            rows.append({"method": method, "measure": measure} | interval)
    return pd.DataFrame(rows)


def curves(best: float = 1000.0) -> pd.DataFrame:
    truth = np.linspace(best, 100.0, 10)
    return pd.concat(
        [
            pd.DataFrame({"method": method, "tenth": range(1, 11), "estimate": truth * factor, "truth": truth,
                          "low": truth - 30.0, "high": truth + 30.0, "n": 8})
            for method, factor in (("historic", 1.5), ("bg_nbd", 1.0))
        ]
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, axes = new_figure(12, 8, rows=2, columns=2)
    plot_total_error(table(), axes[0, 0], lang=lang)
    plot_top_overlap(table(), axes[0, 1], lang=lang)
    plot_calibration(curves(), axes[1, 0], currency="EUR", lang=lang)
    plot_calibration(curves(90_000.0), axes[1, 1], currency="EUR", lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in axes[0]:
        assert "8" in ax.get_xlabel(), "the number of runs"
    for ax in axes[1]:
        assert "EUR" in ax.get_xlabel() and "EUR" in ax.get_ylabel()


def test_scores_have_no_error_in_total():
    ax = plot_total_error(table(), new_figure(6, 4)[1])
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["historic CLV", "BG/NBD", "my_own", "knows all but luck"]
    points = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in points] == pytest.approx([0.0, 0.2, 0.6, 0.8])
    assert [line.get_ydata()[0] for line in points] == [3, 2, 1, 0], "the first one on top"
    assert len(plot_top_overlap(table(), new_figure(6, 4)[1]).get_yticklabels()) == 5


def test_an_estimate_that_is_right_lies_on_the_diagonal():
    ax = plot_calibration(curves(), new_figure(6, 4)[1], currency="CU", methods=["bg_nbd"])
    (line,) = [container[0] for container in ax.containers]
    assert line.get_xdata().tolist() == line.get_ydata().tolist()
    assert ax.get_xlim() == ax.get_ylim(), "so that the diagonal is one"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["BG/NBD"]


def test_axes_are_even_unless_a_few_tower_above_the_rest():
    plain = plot_calibration(curves(), new_figure(6, 4)[1], currency="CU", methods=["bg_nbd"])
    steep = curves()
    steep.loc[steep["tenth"] > 1, ["estimate", "truth", "low", "high"]] /= 10.0
    towering = plot_calibration(steep, new_figure(6, 4)[1], currency="CU")
    assert (plain.get_xscale(), towering.get_xscale()) == ("linear", "symlog")


def test_nothing_to_draw():
    ax = plot_total_error(table().query("method == 'rfm'"), new_figure(6, 4)[1])
    assert ax.get_yticklabels() == []


def test_labels():
    assert valuation_label("sbg", "zh") == "sBG模型" and valuation_label("mine", "zh") == "mine"
