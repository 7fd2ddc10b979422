"""What a strategy's money goes into, and what a point of retention is worth, in pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.style import INK, MUTED, TRUTH, house_style, money_axis, strategy_colour, tidy
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.comparison import Interval

__all__ = ["plot_costs", "plot_retention_worth"]


@house_style
def plot_costs(
    costs: pd.DataFrame, ax: Axes, *, currency: str, confidence: float = 0.95, lang: str = "en"
) -> Axes:
    """Draw by how much a strategy changes each kind of cost.

    Parameters
    ----------
    costs : DataFrame
        As from :meth:`crmsim.returns.StrategyReturns.costs`; the total is drawn last, in another colour.
    ax : Axes
    currency : str
    confidence : float
        Of the intervals.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A kind that is the same in both worlds is left out.
    """
    differs = (costs["mean"] != 0.0) | (costs["low"] != costs["high"]) | (costs.index == "total")
    shown = costs[differs]
    places = np.arange(len(shown))[::-1]
    colours = [TRUTH if kind == "total" else strategy_colour(0) for kind in shown.index]
    ends = np.abs(shown[["low", "high"]].to_numpy().T - shown["mean"].to_numpy())
    ends[~np.isfinite(ends)] = 0.0
    ax.barh(places, shown["mean"], 0.62, color=colours)
    ax.errorbar(shown["mean"], places, xerr=ends, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
    ax.axvline(0.0, color=INK, linewidth=1.0)
    names = [
        say("plot.costs_total" if kind == "total" else f"component.{kind}", lang) for kind in shown.index
    ]
    ax.set_yticks(places, names)
    money_axis(ax, "x")
    tidy(ax, "x")
    about = {"currency": currency, "confidence": f"{confidence:.0%}", "n": int(costs["n"].min())}
    ax.set_xlabel(say("plot.costs_axis", lang, **about))
    return ax


@house_style
def plot_retention_worth(
    per_point: Interval,
    formula: float,
    ax: Axes,
    *,
    currency: str,
    confidence: float = 0.95,
    lang: str = "en",
) -> Axes:
    """Draw what one more point of retention is worth: measured with its interval, and by the formula.

    Parameters
    ----------
    per_point : Interval
        In currency per initial customer, as of :class:`crmsim.retention_worth.RetentionWorth`.
    formula : float
        Likewise.
    ax : Axes
    currency : str
    confidence : float
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    spread = None
    if math.isfinite(per_point.low):
        spread = [[per_point.mean - per_point.low], [per_point.high - per_point.mean]]
    look = {"color": strategy_colour(0), "markersize": 8, "capsize": 4, "elinewidth": 2.0}
    ax.errorbar([per_point.mean], [1.0], xerr=spread, fmt="o", **look)
    ax.plot([formula], [0.0], "D", color=MUTED, markersize=8)
    ax.axvline(0.0, color=INK, linewidth=1.0)
    about = {"confidence": f"{confidence:.0%}", "n": per_point.n}
    ax.set_yticks([1.0, 0.0], [say("plot.worth_measured", lang, **about), say("plot.worth_formula", lang)])
    ax.set_ylim(-0.6, 1.6)
    money_axis(ax, "x")
    tidy(ax, "x")
    ax.set_xlabel(say("plot.worth_axis", lang, currency=currency))
    return ax
