"""A race between strategies in a picture: who was out after how many replications."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.style import INK, MUTED, TRUTH, house_style, strategy_colour, strategy_label, tidy
from crmsim.text import say

__all__ = ["plot_race"]


@house_style
def plot_race(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw for how many replications each strategy stayed in a race, the last ones at the top.

    Parameters
    ----------
    table : DataFrame
        As of :class:`crmsim.best_strategy.Selection`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    shown = table.assign(last=table["fate"] == "best").sort_values(["replications", "last"])
    colours = {"best": TRUTH, "left": strategy_colour(0), "out": MUTED, "failed": INK}
    places = np.arange(len(shown))
    ax.barh(places, shown["replications"], 0.6, color=[colours[fate] for fate in shown["fate"]])
    end = float(shown["replications"].max())
    for place, row in zip(places, shown.to_dict("records"), strict=True):
        words = say(f"plot.race.{row['fate']}", lang, n=row["replications"])
        ax.text(row["replications"] + 0.01 * end, place, words, va="center", ha="left", fontsize="small")
    ax.set_yticks(places, [strategy_label(name, lang) for name in shown["strategy"]])
    ax.set_xlim(0.0, 1.3 * end)
    tidy(ax, "x")
    ax.set_xlabel(say("plot.race_axis", lang))
    return ax
