"""Pictures of a mailing: how each cell answered, and how far down the list it pays to mail (Hughes).

The letters to the best cells pay for themselves many times over, and the next ones tempt. The line of
break-even says where to stop, and the hill of the profit so far shows what the rest would cost.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.style import FITTED, INK, MUTED, house_style, money_axis, share_axis, tidy
from crmsim.text import say

__all__ = ["plot_break_even", "plot_mailing_profit"]

_MAILED, _NOT = FITTED, "#C9C9C9"
#: With more cells than this their names would run into one another.
_MOST_NAMES = 26


@house_style
def plot_break_even(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the response of each cell beside the rate at which a letter earns what it costs.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.mailing.mailing_table`, the best response first.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    _bars(ax, table, table["response_rate"], lang)
    rate = table.attrs["break_even"]
    ax.axhline(rate, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
    ax.annotate(
        say("plot.mailing.break_even", lang, rate=f"{100 * rate:.2g}%"),
        (1.0, rate),
        xytext=(-2, 4),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        color=INK,
    )
    ax.set_ylim(0, 1.12 * max(float(table["response_rate"].max()), rate) or 1.0)
    share_axis(ax)
    ax.set_ylabel(say("plot.mailing.response", lang))
    return ax


@house_style
def plot_mailing_profit(table: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw what the letters to each cell earned, and all up to it: the top of the hill is where to stop.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.mailing.mailing_table`, the best response first.
    ax : Axes
    currency : str
        Of cost and profit.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    profit = table["mailed"] * table["profit_per_letter"]
    _bars(ax, table, profit, lang)
    total = profit.cumsum().to_numpy()
    places = np.arange(len(table))
    ax.plot(
        places,
        total,
        color=MUTED,
        linewidth=1.4,
        marker="o" if len(table) <= _MOST_NAMES else None,
        markersize=3.5,
        label=say("plot.mailing.total", lang),
    )
    best = int(np.argmax(total))
    ax.plot([best], [total[best]], marker="o", markersize=7, color=INK)
    ax.annotate(
        say("plot.mailing.best", lang, cells=best + 1, profit=f"{total[best]:,.0f}", currency=currency),
        (best, total[best]),
        xytext=(0, 8),
        textcoords="offset points",
        ha="left" if best < 0.3 * len(table) else "right" if best > 0.7 * len(table) else "center",
        color=INK,
    )
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.margins(y=0.14)
    money_axis(ax)
    ax.set_ylabel(say("plot.mailing.profit", lang, currency=currency))
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2)
    return ax


def _bars(ax: Axes, table: pd.DataFrame, heights: pd.Series, lang: str) -> None:
    """Draw a bar for each cell, in blue where it is to be mailed."""
    places, mail = np.arange(len(table)), table["mail"].to_numpy(dtype=bool)
    for chosen, colour, key in (
        (mail, _MAILED, say("plot.mailing.mail", lang)),
        (~mail, _NOT, say("plot.mailing.leave", lang)),
    ):
        if chosen.any():
            ax.bar(places[chosen], heights.to_numpy()[chosen], 0.8, color=colour, label=key)
    step = max(1, -(-len(table) // _MOST_NAMES))
    ax.set_xticks(places[::step], [str(name) for name in table.index[::step]])
    if len(table) > 8:
        ax.tick_params(axis="x", labelrotation=90)
    tidy(ax)
    ax.set_xlabel(say("plot.mailing.cell", lang))
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2)
