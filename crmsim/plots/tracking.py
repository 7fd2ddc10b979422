"""A model against what happened, week by week: the picture by which forecasts are judged."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from crmsim.plots.style import ACTUAL, FITTED, INK, MUTED, house_style, money_axis, tidy
from crmsim.text import say

__all__ = ["draw_border", "plot_tracking", "plot_weekly_tracking"]

_SIMULATED = "#D55E00"


@house_style
def plot_tracking(table: pd.DataFrame, ax: Axes, *, calibration_weeks: float, lang: str = "en") -> Axes:
    """Draw cumulative repeat purchases by week: actual, expected by the model and, where given, simulated.

    Parameters
    ----------
    table : DataFrame
        Indexed by week (from 1): ``actual`` and ``model``, and optionally ``simulated`` with
        ``simulated_low`` and ``simulated_high``; all cumulative repeat purchases of the base. Missing
        values are left out.
    ax : Axes
    calibration_weeks : float
        The model was fitted to weeks up to this one; the rest is holdout.
    lang : {"en", "zh"}

    Returns
    -------
    Axes

    Examples
    --------
    >>> from crmsim.plots.style import new_figure
    >>> table = pd.DataFrame({"actual": [3.0, 7.0, 9.0], "model": [3.2, 6.3, 9.3]}, index=[1, 2, 3])
    >>> plot_tracking(table, new_figure(6, 3)[1], calibration_weeks=2).get_xlabel()
    'week'
    """
    if {"simulated_low", "simulated_high"} <= set(table):
        ax.fill_between(
            table.index, table["simulated_low"], table["simulated_high"], color=_SIMULATED, alpha=0.18, lw=0
        )
    ax.plot(
        table.index,
        table["actual"],
        color=ACTUAL,
        linewidth=1.3,
        marker=".",
        markersize=4,
        label=say("plot.actual", lang),
    )
    if "simulated" in table:
        ax.plot(
            table.index,
            table["simulated"],
            color=_SIMULATED,
            linewidth=1.8,
            linestyle="-.",
            label=say("plot.simulated", lang),
        )
    ax.plot(table.index, table["model"], color=FITTED, linewidth=2.2, label=say("plot.model", lang))
    ax.set_ylim(0, 1.12 * float(table.max().max()))
    ax.margins(x=0.01)
    ax.set_xlabel(say("plot.week", lang))
    ax.set_ylabel(say("plot.cumulative_purchases", lang))
    tidy(ax)
    money_axis(ax)
    draw_border(ax, calibration_weeks, lang)
    ax.legend(frameon=False, loc="lower right", ncols=3)
    return ax


@house_style
def plot_weekly_tracking(
    table: pd.DataFrame, ax: Axes, *, calibration_weeks: float, lang: str = "en"
) -> Axes:
    """Draw repeat purchases week by week: actual, and expected by the model.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.estimators.tracking_table`.
    ax : Axes
    calibration_weeks : float
        The model was fitted to weeks up to this one; the rest is holdout.
    lang : {"en", "zh"}

    Returns
    -------
    Axes

    Examples
    --------
    >>> from crmsim.plots.style import new_figure
    >>> table = pd.DataFrame({"actual_weekly": [3, 4], "model_weekly": [3.2, 3.1]}, index=[1, 2])
    >>> plot_weekly_tracking(table, new_figure(6, 3)[1], calibration_weeks=1).get_ylabel()
    'repeat purchases in the week'
    """
    actual, model = table["actual_weekly"], table["model_weekly"]
    ax.plot(
        table.index,
        actual,
        color=ACTUAL,
        linewidth=1.3,
        marker=".",
        markersize=4,
        label=say("plot.actual", lang),
    )
    ax.plot(table.index, model, color=FITTED, linewidth=2.2, label=say("plot.model", lang))
    ax.set_ylim(0, 1.2 * float(max(actual.max(), model.max())))
    ax.margins(x=0.01)
    ax.set_xlabel(say("plot.week", lang))
    ax.set_ylabel(say("plot.weekly_purchases", lang))
    tidy(ax)
    money_axis(ax)
    draw_border(ax, calibration_weeks, lang)
    ax.legend(frameon=False, loc="lower right", ncols=2)
    return ax


def draw_border(ax: Axes, calibration_weeks: float, lang: str) -> None:
    """Mark the period (week, year) after which the model no longer sees the data."""
    ax.axvline(calibration_weeks + 0.5, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
    place = blended_transform_factory(ax.transData, ax.transAxes)
    for key, shift, side in (("plot.calibration", -6, "right"), ("plot.holdout", 6, "left")):
        ax.annotate(
            say(key, lang),
            (calibration_weeks + 0.5, 0.97),
            xycoords=place,
            xytext=(shift, 0),
            textcoords="offset points",
            ha=side,
            va="top",
            color=MUTED,
        )
