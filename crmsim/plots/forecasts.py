"""Pictures of models of repeat purchases: whether to believe them, and what they say.

Three ask whether the model is right (groups of customers, the number of purchases, what they spend),
two show what it says of a customer with a given past: whether they are still there, and what histories
are worth the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmsim.plots.style import ACTUAL, FITTED, INK, house_style, money_axis, tidy
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.estimators import GammaGamma
    from crmsim.estimators.repeat_purchases import RepeatPurchaseModel

__all__ = [
    "plot_alive_matrix",
    "plot_conditional_expectations",
    "plot_frequency_histogram",
    "plot_iso_value",
    "plot_spend",
]


@house_style
def plot_conditional_expectations(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw mean purchases of the hold-out by purchases in calibration: actual and forecast.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.estimators.conditional_expectations`; the last group is "or more".
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    places = np.arange(len(table))
    ax.plot(places, table["actual"], color=ACTUAL, marker="o", markersize=5, label=say("plot.actual", lang))
    ax.plot(
        places,
        table["forecast"],
        color=FITTED,
        marker="s",
        markersize=5,
        linestyle="--",
        label=say("plot.model", lang),
    )
    names = [
        say("plot.group_of_customers", lang, name=name, customers=f"{count:,}")
        for name, count in zip(_counts(len(table)), table["customers"], strict=True)
    ]
    ax.set_xticks(places, names)
    ax.set_ylim(bottom=0)
    ax.set_xlabel(say("plot.calibration_purchases", lang))
    ax.set_ylabel(say("plot.holdout_purchases", lang))
    tidy(ax)
    ax.legend(frameon=False, loc="upper left")
    return ax


@house_style
def plot_frequency_histogram(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw how many customers came back how often: actual and by the model.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.estimators.frequency_table`; the last group is "or more".
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    places = np.arange(len(table))
    for column, shift, colour in (("actual", -0.2, ACTUAL), ("model", 0.2, FITTED)):
        ax.bar(places + shift, table[column], 0.38, color=colour, label=say(f"plot.{column}", lang))
    ax.set_xticks(places, _counts(len(table)))
    ax.set_xlabel(say("plot.repeat_purchases", lang))
    ax.set_ylabel(say("plot.customers", lang))
    tidy(ax)
    money_axis(ax)
    ax.legend(frameon=False, loc="upper right")
    return ax


@house_style
def plot_spend(
    model: GammaGamma, frequency: pd.Series, spend: pd.Series, ax: Axes, *, bins: int = 40, lang: str = "en"
) -> Axes:
    """Draw what repeat buyers spend on average, and what the gamma-gamma model expects of them.

    Parameters
    ----------
    model : GammaGamma
        Its currency stands on the axis.
    frequency, spend : Series
        Repeat purchases of each customer and their mean; those without any are left out.
    ax : Axes
        Shows up to the 99th percentile.
    bins : int
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    bought = (np.asarray(frequency) > 0) & (np.asarray(spend) > 0)
    count, mean = np.asarray(frequency, dtype=float)[bought], np.asarray(spend, dtype=float)[bought]
    end = float(np.quantile(mean, 0.99))
    edges = np.linspace(0.0, end, bins + 1)
    ax.hist(mean, edges, color=ACTUAL, alpha=0.55, label=say("plot.actual", lang))
    points = np.linspace(end / 400, end, 400)
    expected = model.mixed_density(points, count) * len(mean) * (edges[1] - edges[0])
    ax.plot(points, expected, color=FITTED, linewidth=2.2, label=say("plot.model", lang))
    ax.set_xlim(0, end)
    unit = model.currency or say("plot.currency_units", lang)
    ax.set_xlabel(say("plot.mean_spend", lang, currency=unit))
    ax.set_ylabel(say("plot.repeat_buyers", lang))
    tidy(ax)
    money_axis(ax)
    ax.legend(frameon=False, loc="upper right")
    return ax


@house_style
def plot_alive_matrix(
    model: RepeatPurchaseModel, ax: Axes, *, T: float, most: int = 20, lang: str = "en"
) -> Axes:
    """Draw P(alive) for every frequency and recency of customers watched for one length of time.

    Parameters
    ----------
    model : BgNbd, MbgNbd or ParetoNbd
    ax : Axes
        Gets a colour bar beside it.
    T : float
        First purchase to now, in the unit of the model, above 0.
    most : int
        Largest number of repeat purchases shown.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Repeat purchases from 1 upwards; without any there is no recency.
    """
    frequency = np.arange(1, most + 1)
    recency = (np.arange(60) + 0.5) * T / 60
    alive = model.probability_alive(frequency[None, :], recency[:, None], T)
    picture = ax.imshow(
        alive,
        origin="lower",
        aspect="auto",
        extent=(0.5, most + 0.5, 0.0, T),
        cmap="viridis",
        vmin=0.0,
        vmax=1.0,
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(say("plot.repeat_purchases", lang))
    ax.set_ylabel(say(f"plot.recency_{model.unit}s", lang))
    tidy(ax, grid=None)
    bar = ax.figure.colorbar(picture, ax=ax, format=PercentFormatter(1.0, decimals=0))
    bar.outline.set_visible(False)
    bar.set_label(say("plot.probability_alive", lang))
    return ax


@house_style
def plot_iso_value(table: pd.DataFrame, ax: Axes, *, unit: str = "week", lang: str = "en") -> Axes:
    """Draw lines of equal discounted expected purchases (DERT) over frequency and recency.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.estimators.iso_value_table`.
    ax : Axes
    unit : {"week", "day"}
        Of the recency.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A line bends back where more purchases with the same silence since are a worse sign.
    """
    values = table.to_numpy().T
    top = float(np.nanmax(values))
    steps = np.array([m * 10.0**e for e in range(-2, 7) for m in (1, 2, 5)])
    lines = ax.contour(
        table.index.to_numpy(dtype=float),
        table.columns.to_numpy(dtype=float),
        np.ma.masked_invalid(values),
        levels=steps[(steps <= top) & (steps >= top / 1000)],
        colors=FITTED,
        linewidths=1.2,
    )
    ax.clabel(lines, fmt="%g", colors=INK, fontsize=8)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(say("plot.repeat_purchases", lang))
    ax.set_ylabel(say(f"plot.recency_{unit}s", lang))
    ax.set_title(say("plot.iso_value", lang), fontsize=9.5, loc="left")
    tidy(ax, grid=None)
    return ax


def _counts(groups: int) -> list[str]:
    return [str(count) for count in range(groups - 1)] + [f"{groups - 1}+"]
