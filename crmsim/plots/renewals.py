"""Pictures of contracts: how many are left, who renews, and how far to trust a line through it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmsim.plots.style import ACTUAL, FITTED, house_style, share_axis, tidy
from crmsim.plots.tracking import draw_border
from crmsim.text import say

__all__ = ["plot_projected_retention", "plot_projected_survival"]

#: Curves drawn by eye, told apart by colour and dashes.
_CURVES = {"linear": ("#E69F00", ":"), "quadratic": ("#CC79A7", "-."), "exponential": ("#009E73", "--")}


@house_style
def plot_projected_survival(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw shares of a cohort left, with sBG and curves fitted to the first periods and projected.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.estimators.compare_projections`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    for kind, (colour, dashes) in _CURVES.items():
        if kind in table:
            ax.plot(
                table.index,
                table[kind],
                color=colour,
                linestyle=dashes,
                label=say(f"plot.curve_{kind}", lang),
            )
    ax.plot(table.index, table["sbg"], color=FITTED, linewidth=2.2, label=say("plot.curve_sbg", lang))
    _dots(ax, table.index, table["actual"], lang)
    ax.set_ylim(min(0.0, float(table.min().min())), 1.05)
    ax.set_ylabel(say("plot.share_left", lang))
    return _finished(ax, table, "lower left", lang)


@house_style
def plot_projected_retention(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw what share of those left renews each period: it rises though nobody becomes more loyal.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.estimators.compare_projections`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    rates = table[["actual", "sbg"]] / table[["actual", "sbg"]].shift(1)
    rates = rates.iloc[1:]
    ax.plot(rates.index, rates["sbg"], color=FITTED, linewidth=2.2, label=say("plot.curve_sbg", lang))
    _dots(ax, rates.index, rates["actual"], lang)
    low = float(np.nanmin(rates.to_numpy()))
    ax.set_ylim(max(0.0, low - 0.1), 1.02)
    ax.set_ylabel(say("plot.retention_rate", lang))
    return _finished(ax, table, "lower right", lang)


def _dots(ax: Axes, periods: pd.Index, shares: pd.Series, lang: str) -> None:
    ax.plot(
        periods,
        shares,
        linestyle="",
        marker="o",
        markersize=5,
        color=ACTUAL,
        zorder=3,
        label=say("plot.actual", lang),
    )


def _finished(ax: Axes, table: pd.DataFrame, place: str, lang: str) -> Axes:
    share_axis(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(say("plot.renewal_periods", lang))
    tidy(ax)
    draw_border(ax, table.attrs["fitted_periods"], lang)
    ax.legend(frameon=False, loc=place)
    return ax
