"""Pictures of a customer base: what is drawn is what the tables say, in both languages."""

from __future__ import annotations

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest

from crmsim.audit.cohorts import by_age, by_period, cohort_table
from crmsim.audit.concentration import lorenz_curve
from crmsim.audit.levels import customer_levels
from crmsim.audit.matrices import MARKETING_MODES, marketing_modes
from crmsim.audit.one_period import decile_table, period_table
from crmsim.audit.pyramid import pyramid_table
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.audit.survival import survival_curve
from crmsim.audit.two_periods import decile_migration, two_periods
from crmsim.errors import InputError
from crmsim.plots.cohorts import plot_cohort_chart, plot_cohort_curves, plot_cohort_triangle
from crmsim.plots.concentration import plot_lorenz
from crmsim.plots.levels import plot_levels, plot_pyramid
from crmsim.plots.periods import plot_deciles, plot_migration
from crmsim.plots.rankings import plot_marketing_modes
from crmsim.plots.rfm import plot_rfm_cells
from crmsim.plots.style import new_figure, to_png
from crmsim.plots.survival import plot_survival
from crmsim.text import say


def a_log(seed: int = 1) -> pd.DataFrame:
    luck = np.random.default_rng(seed)
    rows = 600
    frame = pd.DataFrame(
        {
            "customer": luck.geometric(0.03, rows).astype(str),
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(luck.integers(0, 700, rows), unit="D"),
            "amount": luck.lognormal(3, 0.8, rows),
        }
    )
    return frame.sort_values("date", ignore_index=True)


LOG = a_log()
HALVES = [(datetime.date(2023, 1, 1), datetime.date(2023, 12, 31)),
          (datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))]  # fmt: skip
VALUE = period_table(LOG)["spend"] - 100.0


def scores(best: int = 5) -> pd.DataFrame:
    table = period_table(LOG)
    return rfm_scores(np.arange(len(table)), table["orders"], table["spend"], best=best)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, axes = new_figure(20, 16, rows=4, columns=3)
    cohorts = cohort_table(LOG, period="quarter")
    modes = pd.DataFrame({"value": VALUE, "need_difference": np.linspace(0, 1, len(VALUE))})
    modes["mode"] = marketing_modes(modes["value"], modes["need_difference"])
    plot_lorenz(lorenz_curve(period_table(LOG)["spend"]), axes[0, 0], lang=lang)
    plot_rfm_cells(scores(), axes[0, 1], lang=lang)
    plot_rfm_cells(scores(), axes[0, 2], values=VALUE.to_numpy(), currency="CU", lang=lang)
    plot_deciles(decile_table(period_table(LOG)), axes[1, 0], lang=lang)
    plot_migration(decile_migration(two_periods(LOG, *HALVES)), axes[1, 1], lang=lang)
    plot_cohort_chart(by_period(cohorts), axes[1, 2], currency="CU", lang=lang)
    plot_cohort_triangle(by_age(cohorts), axes[2, 0], lang=lang)
    plot_cohort_curves(by_age(cohorts, "spend_per_customer"), axes[2, 1],
                       measure="spend_per_customer", currency="CU", lang=lang)  # fmt: skip
    plot_survival({"": survival_curve([1, 2, 3], [True, False, True])}, axes[2, 2], unit="month", lang=lang)
    plot_pyramid(pyramid_table(VALUE), axes[3, 0], lang=lang)
    plot_levels(customer_levels(VALUE, VALUE * 0.1), axes[3, 1], lang=lang)
    plot_marketing_modes(modes, axes[3, 2], currency="CU", lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in axes.flat:
        assert ax.get_xlabel(), "every axis says what it is"
        assert ax.get_ylabel() or ax in (axes[3, 0], axes[3, 1]), "or names its bars"
    for ax in (axes[1, 2], axes[2, 1], axes[3, 2]):
        assert "CU" in ax.get_ylabel()


def test_the_curve_lies_below_the_diagonal_and_names_its_gini():
    curve = lorenz_curve([1, 2, 3, 4, 5], [45, 25, 15, 10, 5])
    ax = plot_lorenz(curve, new_figure(4, 4)[1], of="purchases")
    assert ax.lines[1].get_ydata().tolist() == curve.value.tolist()
    assert ax.texts[0].get_text() == "Gini 0.31" and ax.get_ylabel() == "cumulative share of purchases"


@pytest.mark.parametrize("best", [5, 1])
def test_the_best_cell_is_in_the_upper_right_corner(best):
    table = scores(best)
    ax = plot_rfm_cells(table, new_figure(4, 4)[1])
    cells = ax.images[0].get_array()
    assert cells[0, -1] == ((table["r"] == best) & (table["f"] == best)).sum()
    assert cells[-1, 0] == ((table["r"] == 6 - best) & (table["f"] == 6 - best)).sum()
    assert cells.sum() == len(table)
    assert [text.get_text() for text in ax.get_xticklabels()][-1] == str(best)


def test_a_rate_of_each_cell_is_in_percent():
    table = scores()
    ax = plot_rfm_cells(table, new_figure(4, 4)[1], values=np.ones(len(table)))
    assert {text.get_text() for text in ax.texts} == {"100.0%"}


def test_bars_of_deciles_and_their_sum():
    table = decile_table(period_table(LOG))
    ax = plot_deciles(table, new_figure(4, 4)[1])
    assert [bar.get_height() for bar in ax.containers[0]] == table["share"].to_list()
    assert ax.lines[0].get_ydata().tolist() == table["cumulative_share"].to_list()


def test_shares_of_a_migration():
    table = pd.DataFrame([[3, 1, 0], [0, 0, 0], [1, 1, 0]], ["a", "b", "none"], ["a", "b", "none"])
    ax = plot_migration(table, new_figure(4, 4)[1], names={"a": "gold"})
    assert [text.get_text() for text in ax.texts] == ["75%", "25%", "0%", "50%", "50%", "0%"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["gold", "b", "not there"]


def test_layers_add_up_to_the_spend_of_each_period():
    table = by_period(cohort_table(LOG))
    ax = plot_cohort_chart(table, new_figure(4, 4)[1], currency="CU")
    tops = [bar.get_y() + bar.get_height() for bar in ax.containers[-1]]
    assert tops == pytest.approx(table.sum().to_list())
    assert plot_cohort_chart(table, new_figure(4, 4)[1]).get_ylabel() == "active customers"


def test_a_triangle_leaves_the_future_empty():
    table = by_age(cohort_table(LOG))
    cells = plot_cohort_triangle(table, new_figure(4, 4)[1]).images[0].get_array()
    assert (np.ma.getmaskarray(cells) == table.isna().to_numpy()).all()
    with pytest.raises(InputError, match=r"measure: must be one of active, .*, got 'joy'"):
        plot_cohort_triangle(table, new_figure(4, 4)[1], measure="joy")
    with pytest.raises(InputError, match=r"currency: must be given for spend"):
        plot_cohort_curves(table, new_figure(4, 4)[1], measure="spend")


def test_a_week_is_named_by_its_first_day():
    table = by_age(cohort_table(LOG[LOG["date"] < "2023-03-01"], period="week"))
    ax = plot_cohort_triangle(table, new_figure(4, 4)[1])
    assert ax.get_yticklabels()[0].get_text() == f"{LOG['date'].min().to_period('W-SUN').start_time:%Y-%m-%d}"


def test_a_survival_curve_is_a_staircase_with_a_band():
    curve = survival_curve([1, 2, 3, 4], [True, False, True, False])
    ax = plot_survival({"north": curve, "south": curve}, new_figure(4, 4)[1], unit="week")
    assert ax.lines[0].get_drawstyle() == "steps-post"
    assert ax.lines[0].get_ydata().tolist() == curve["survival"].tolist()
    assert len(ax.collections) == 2 and ax.get_xlabel() == "weeks since the relationship began"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["north", "south"]


def test_both_pyramids():
    table = pyramid_table([50.0, 30.0, 15.0, 5.0, -10.0])
    ax = plot_pyramid(table, new_figure(4, 4)[1])
    left, right = ax.containers
    assert [-bar.get_width() for bar in left] == table["share_of_customers"].to_list()
    assert [bar.get_width() for bar in right] == pytest.approx(table["share_of_value"].to_list())
    assert right[3].get_facecolor() != right[0].get_facecolor(), "a loss has a colour of its own"
    texts = [text.get_text() for text in ax.texts]
    assert "\N{MINUS SIGN}11%" in texts and "customers" in texts
    assert ax.get_yticklabels()[0].get_text() == "platinum (1)"


def test_a_bar_per_scheme():
    levels = customer_levels(VALUE)
    ax = plot_levels(levels, new_figure(6, 4)[1])
    assert [text.get_text() for text in ax.get_yticklabels()] == [say(f"scheme.{name}") for name in levels]
    widths: dict[float, float] = {}
    for bar in ax.patches:
        widths[bar.get_y()] = widths.get(bar.get_y(), 0.0) + bar.get_width()
    assert list(widths.values()) == pytest.approx([1.0] * levels.shape[1])


def test_modes_lie_in_their_quarters():
    luck = np.random.default_rng(2)
    table = pd.DataFrame({"value": luck.lognormal(4, 1, 80), "need_difference": luck.uniform(0, 1, 80)})
    table["mode"] = marketing_modes(table["value"], table["need_difference"], (60.0, 0.4))
    ax = plot_marketing_modes(table, new_figure(6, 4)[1], currency="CU", cuts=(60.0, 0.4))
    for mode, marks in zip(MARKETING_MODES, ax.collections, strict=True):
        x, y = np.asarray(marks.get_offsets()).T
        assert len(x) == (table["mode"] == mode).sum() > 3
        assert ((x >= 0.4) == (mode in ("customised", "give_up"))).all()
        assert ((y >= 60.0) == (mode in ("customised", "frequency"))).all()
    assert ax.lines[0].get_xdata()[0] == 0.4
