"""Pictures of forecasts and of survival."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from crmsim.estimators import (
    BgNbd,
    GammaGamma,
    ParetoNbd,
    compare_projections,
    frequency_table,
    iso_value_table,
)
from crmsim.plots.forecasts import (
    plot_alive_matrix,
    plot_conditional_expectations,
    plot_frequency_histogram,
    plot_iso_value,
    plot_spend,
)
from crmsim.plots.renewals import plot_projected_retention, plot_projected_survival
from crmsim.plots.style import new_figure, to_png
from crmsim.plots.tracking import plot_weekly_tracking

MODEL = BgNbd(0.243, 4.414, 0.793, 2.426, unit="week")
GROUPS = pd.DataFrame({"customers": [1411, 439, 64], "actual": [0.2, 0.7, 6.4], "forecast": [0.2, 0.5, 6.2]})
WEEKS = pd.DataFrame({"actual_weekly": [5, 4, 6], "model_weekly": [4.8, 4.5, 4.3]}, index=[1, 2, 3])
LEFT = compare_projections([1000, 869, 743, 653, 593, 551, 517, 491, 468], fitted_periods=5)
ISO = iso_value_table(
    ParetoNbd(0.563, 12.559, 0.408, 10.515), 0.0027, range(12), np.linspace(0, 77, 30), 77.86
)


def spend() -> tuple[np.ndarray, np.ndarray]:
    luck = np.random.default_rng(3)
    count = np.append(luck.integers(1, 8, 300), [0, 0])
    return count, np.append(luck.gamma(3, 12, 300), [0.0, 0.0])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, axes = new_figure(16, 9, rows=2, columns=4)
    plot_conditional_expectations(GROUPS, axes[0, 0], lang=lang)
    plot_frequency_histogram(frequency_table(MODEL, [0, 0, 1, 9], 39.0), axes[0, 1], lang=lang)
    plot_spend(GammaGamma(6.25, 3.74, 15.44, "USD"), *spend(), axes[0, 2], lang=lang)
    plot_alive_matrix(MODEL, axes[0, 3], T=39, lang=lang)
    plot_iso_value(ISO, axes[1, 0], lang=lang)
    plot_projected_survival(LEFT, axes[1, 1], lang=lang)
    plot_projected_retention(LEFT, axes[1, 2], lang=lang)
    plot_weekly_tracking(WEEKS, axes[1, 3], calibration_weeks=2, lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in axes.flat:
        assert ax.get_xlabel() and ax.get_ylabel(), "every axis says what it is"


def test_groups_have_their_sizes_and_the_last_is_open():
    ax = plot_conditional_expectations(GROUPS, new_figure(6, 4)[1])
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.2, 0.7, 6.4], [0.2, 0.5, 6.2]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0\n(1,411)", "1\n(439)", "2+\n(64)"]


def test_bars_have_the_numbers_of_customers():
    table = pd.DataFrame({"actual": [5.0, 3.0], "model": [4.5, 3.5]})
    ax = plot_frequency_histogram(table, new_figure(6, 4)[1])
    assert [[bar.get_height() for bar in bars] for bars in ax.containers] == [[5, 3], [4.5, 3.5]]


def test_the_curve_of_spend_has_as_many_customers_as_the_bars():
    count, mean = spend()
    model = GammaGamma(6.25, 3.74, 15.44, "USD")
    ax = plot_spend(model, count, mean, new_figure(6, 4)[1], bins=20)
    assert "USD" in ax.get_xlabel()
    bars = sum(patch.get_height() for patch in ax.patches)
    assert bars == pytest.approx(297, abs=3)  # all but the top percent; those without a purchase are left out
    x, y = ax.lines[0].get_data()
    width = ax.patches[0].get_width()
    share = np.trapezoid(model.mixed_density(x, count[:300]), x)
    assert np.trapezoid(y, x) / width == pytest.approx(300 * share)
    assert 0.8 < share < 1


def test_without_a_currency_the_axis_says_so():
    ax = plot_spend(GammaGamma(6.25, 3.74, 15.44), *spend(), new_figure(6, 4)[1])
    assert "currency units" in ax.get_xlabel()


def test_the_matrix_shows_what_the_model_says():
    figure, ax = new_figure(6, 4)
    plot_alive_matrix(MODEL, ax, T=39.0, most=10)
    picture = ax.images[0].get_array()
    assert picture.shape == (60, 10)
    assert picture[30, 4] == pytest.approx(MODEL.probability_alive(5, 30.5 * 39 / 60, 39))
    assert ax.get_ylabel() == "first to last purchase (weeks)"
    days = plot_alive_matrix(MODEL.in_unit("day"), new_figure(6, 4)[1], T=270.0)
    assert days.get_ylabel() == "first to last purchase (days)"
    assert len(figure.axes) == 2 and "P(alive)" in figure.axes[1].get_ylabel()


def test_curves_and_points_of_survival_are_those_of_the_table():
    ax = plot_projected_survival(LEFT, new_figure(6, 4)[1])
    drawn = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    for label, column in (("sBG model", "sbg"), ("linear", "linear"), ("actual", "actual")):
        assert drawn[label] == LEFT[column].tolist()
    assert any(set(line.get_xdata()) == {5.5} for line in ax.lines), "the border of what was fitted"


def test_retention_is_the_ratio_of_neighbours():
    ax = plot_projected_retention(LEFT, new_figure(6, 4)[1])
    drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert drawn["actual"][0] == pytest.approx(0.869)
    assert drawn["sBG model"][1] == pytest.approx(LEFT["sbg"][2] / LEFT["sbg"][1])
