"""Strategies in several scenarios, in one picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.comparison import difference_unit
from crmsim.plots.style import INK, house_style, money_axis, strategy_colour, strategy_label, tidy
from crmsim.text import say

__all__ = ["plot_across"]


@house_style
def plot_across(
    table: pd.DataFrame, ax: Axes, *, outcome: str, currency: str | None = None, lang: str = "en"
) -> Axes:
    """Draw the difference of each strategy to the base, scenario by scenario.

    Parameters
    ----------
    table : DataFrame
        ``scenario``, ``strategy``, ``mean``, ``low``, ``high`` of one outcome, in its unit.
    ax : Axes
    outcome : str
        Shares are drawn in percentage points.
    currency : str, optional
        Of amounts in all scenarios; without it each has its own.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        An open mark is not decided: zero is in its interval.
    """
    factor, unit = difference_unit(outcome, currency or "", lang)
    table = table.assign(**{end: factor * table[end] for end in ("mean", "low", "high")})
    strategies, scenarios = (list(dict.fromkeys(table[by])) for by in ("strategy", "scenario"))
    step = 0.8 / len(scenarios)
    for place, scenario in enumerate(scenarios):
        mine = table[table["scenario"] == scenario].set_index("strategy").reindex(strategies)
        at = np.arange(len(strategies))[::-1] + 0.4 - step * (place + 0.5)
        ends = np.abs(mine[["low", "high"]].to_numpy().T - mine["mean"].to_numpy())
        ends[~np.isfinite(ends)] = 0.0
        colour = strategy_colour(place)
        ax.errorbar(mine["mean"], at, xerr=ends, fmt="none", ecolor=colour, elinewidth=1.8, capsize=3)
        sure = ((mine["low"] > 0.0) | (mine["high"] < 0.0)).to_numpy()
        ax.plot(mine["mean"][sure], at[sure], "o", color=colour, markersize=7, linestyle="none")
        look = {"color": colour, "markerfacecolor": "white", "markersize": 7, "linestyle": "none"}
        ax.plot(mine["mean"][~sure], at[~sure], "o", **look)
        ax.plot([], [], "o", color=colour, label=scenario)
    ax.axvline(0.0, color=INK, linewidth=1.0)
    ax.set_yticks(np.arange(len(strategies))[::-1], [strategy_label(name, lang) for name in strategies])
    money_axis(ax, "x")
    tidy(ax, "x")
    label = say(f"outcome.{outcome}", lang)
    ax.set_xlabel(say("plot.across_axis", lang, outcome=label) + (f" ({unit})" if unit else ""))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=4, borderaxespad=0.2)
    return ax
