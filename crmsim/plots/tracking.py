"""A model against what happened, week by week: the picture by which forecasts are judged."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from crmsim.plots.style import INK, MUTED, house_style, money_axis, tidy
from crmsim.text import say

__all__ = ["plot_tracking"]

_MODEL, _SIMULATED = "#0072B2", "#D55E00"


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
        color="#8A8A8A",
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
    ax.plot(table.index, table["model"], color=_MODEL, linewidth=2.2, label=say("plot.model", lang))
    ax.set_ylim(0, 1.12 * float(table.max().max()))
    ax.margins(x=0.01)
    ax.set_xlabel(say("plot.week", lang))
    ax.set_ylabel(say("plot.cumulative_purchases", lang))
    tidy(ax)
    money_axis(ax)
    _draw_border(ax, calibration_weeks, lang)
    ax.legend(frameon=False, loc="lower right", ncols=3)
    return ax


def _draw_border(ax: Axes, calibration_weeks: float, lang: str) -> None:
    """Mark where the model stops seeing the data."""
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
