"""Why customers leave, what goes with them, and whether to do something about it, in pictures."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.style import (
    INK,
    MUTED,
    SEEN,
    house_style,
    money_axis,
    strategy_colour,
    tidy,
)
from crmsim.text import say

__all__ = [
    "OTHER_COLOUR",
    "PREVENTABLE_COLOUR",
    "plot_causes",
    "plot_decision",
    "plot_lost_profit",
    "plot_win_back",
]

#: Losses about which a firm can do something, and those that it cannot prevent.
PREVENTABLE_COLOUR, OTHER_COLOUR = "#35978F", "#BDBDBD"
_WHISKER = {"fmt": "none", "ecolor": INK, "elinewidth": 1.2, "capsize": 2.5}


@house_style
def plot_causes(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the true causes of losses, and beside each how much of it the firm heard.

    Parameters
    ----------
    table : DataFrame
        Indexed by cause: ``mean``, ``low``, ``high`` and ``heard`` (of 100 losses), and ``preventable``.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        The first cause is at the top.
    """
    places = np.arange(len(table))
    true = [PREVENTABLE_COLOUR if able else OTHER_COLOUR for able in table["preventable"]]
    ax.barh(places - 0.19, table["mean"], 0.38, color=true)
    _whiskers(ax, table, places - 0.19)
    ax.barh(places + 0.19, table["heard"], 0.38, color="white", edgecolor=SEEN, hatch="////", linewidth=1.0)
    _name_causes(ax, table, lang)
    ax.set_xlabel(say("plot.departures.of_losses", lang))
    return ax


@house_style
def plot_lost_profit(table: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw the profit that went with the customers lost, by true cause.

    Parameters
    ----------
    table : DataFrame
        Indexed by cause: ``mean``, ``low``, ``high`` (currency per initial customer) and ``preventable``.
    ax : Axes
    currency : str
    lang : {"en", "zh"}
    """
    places = np.arange(len(table))
    colours = [PREVENTABLE_COLOUR if able else OTHER_COLOUR for able in table["preventable"]]
    ax.barh(places, table["mean"], 0.6, color=colours)
    _whiskers(ax, table, places)
    _name_causes(ax, table, lang)
    money_axis(ax, "x")
    ax.set_xlabel(say("plot.departures.per_initial", lang, currency=currency))
    return ax


@house_style
def plot_decision(amounts: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw the fourth step: what could be kept at most, what the measure brings back, and what it costs.

    Parameters
    ----------
    amounts : DataFrame
        Indexed by ``avoidable``, ``regained``, ``cost`` and ``net``: ``mean``, ``low``, ``high`` (currency
        per initial customer).
    ax : Axes
    currency : str
    lang : {"en", "zh"}
    """
    looks = {
        "avoidable": {"color": "white", "edgecolor": PREVENTABLE_COLOUR, "linewidth": 1.4},
        "regained": {"color": PREVENTABLE_COLOUR},
        "cost": {"color": SEEN, "hatch": "///", "edgecolor": "white"},
        "net": {"color": strategy_colour(0)},
    }
    places = np.arange(len(amounts))
    for place, (name, row) in zip(places, amounts.iterrows(), strict=True):
        ax.barh(place, row["mean"], 0.6, **looks[str(name)])
    _whiskers(ax, amounts, places)
    ax.axvline(0.0, color=INK, linewidth=1.0)
    ax.set_yticks(places, [say(f"plot.departures.fourth.{name}", lang) for name in amounts.index])
    ax.set_ylim(len(amounts) - 0.4, -0.6)
    money_axis(ax, "x")
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(say("plot.departures.per_initial", lang, currency=currency))
    return ax


@house_style
def plot_win_back(table: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw what asking lost customers back costs, and what it brings before and after that cost.

    Parameters
    ----------
    table : DataFrame
        Columns ``arm`` (``all``, ``value``), ``figure`` (``gain``, ``cost``, ``net``), ``mean``, ``low``,
        ``high`` (currency per initial customer, less what there is when nobody is asked).
    ax : Axes
    currency : str
    lang : {"en", "zh"}
    """
    colours = {"gain": PREVENTABLE_COLOUR, "cost": SEEN, "net": strategy_colour(0)}
    arms, figures = list(dict.fromkeys(table["arm"])), list(colours)
    for offset, figure in zip((-0.26, 0.0, 0.26), figures, strict=True):
        rows = table[table["figure"] == figure].set_index("arm").reindex(arms)
        places = np.arange(len(arms)) + offset
        look = {"hatch": "///", "edgecolor": "white"} if figure == "cost" else {}
        words = say(f"plot.departures.{figure}", lang)
        ax.barh(places, rows["mean"], 0.24, color=colours[figure], label=words, **look)
        _whiskers(ax, rows, places)
    ax.axvline(0.0, color=INK, linewidth=1.0)
    ax.set_yticks(range(len(arms)), [say(f"plot.departures.asked_{arm}", lang) for arm in arms])
    ax.set_ylim(len(arms) - 0.45, -0.55)
    money_axis(ax, "x")
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(say("plot.departures.per_initial", lang, currency=currency))
    return ax


def _name_causes(ax: Axes, table: pd.DataFrame, lang: str) -> None:
    ax.set_yticks(range(len(table)), [say(f"cause.{cause}", lang) for cause in table.index])
    for label, able in zip(ax.get_yticklabels(), table["preventable"], strict=True):
        label.set_color(INK if able else MUTED)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(left=0)
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)


def _whiskers(ax: Axes, rows: pd.DataFrame, places: np.ndarray) -> None:
    """Draw the intervals that there are."""
    known = [all(map(math.isfinite, ends)) for ends in rows[["low", "high"]].to_numpy()]
    some = rows[known]
    errors = np.abs(some[["low", "high"]].to_numpy().T - some["mean"].to_numpy())
    ax.errorbar(some["mean"], np.asarray(places)[known], xerr=errors, **_WHISKER)
