"""Strategies side by side: what they add, where the value comes from, who stays, who is satisfied.

Like the results page of a race: the same order and the same colour for a runner everywhere. The
first strategy of a table or dictionary has the first colour, and so on, so keep one order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.metrics.outcomes import OUTCOMES
from crmsim.plots.style import (
    COMPONENT_COLOURS,
    INK,
    STAGE_COLOURS,
    STRATEGY_LINES,
    TIER_COLOURS,
    house_style,
    money_axis,
    share_axis,
    strategy_colour,
    strategy_label,
    tidy,
)
from crmsim.text import say

__all__ = [
    "difference_unit",
    "draw_satisfaction",
    "draw_tier_outcomes",
    "draw_value_components",
    "lowest_satisfaction",
    "plot_differences",
    "plot_retention",
    "plot_satisfaction",
    "plot_stage_shares",
    "plot_tier_outcomes",
    "plot_value_components",
]

_YEAR = 365.0


def difference_unit(outcome: str, currency: str, lang: str) -> tuple[float, str]:
    """Return the factor by which a difference is multiplied, and the unit it then has."""
    unit = OUTCOMES[outcome].unit
    if unit == "share":
        return 100.0, say("plot.points", lang)
    return 1.0, currency if unit == "currency" else say(f"unit.{unit}", lang)


@house_style
def plot_differences(
    table: pd.DataFrame, outcome: str, ax: Axes, *, currency: str, base: str | None = None, lang: str = "en"
) -> Axes:
    """Draw the paired difference of each strategy to the base, with its interval (a forest plot).

    Parameters
    ----------
    table : DataFrame
        Columns ``strategy``, ``outcome``, ``mean``, ``low``, ``high`` and ``n`` (paired runs), the
        strategies in the order of the comparison; differences in the unit of the outcome.
    outcome : str
        A key of :data:`crmsim.metrics.outcomes.OUTCOMES`. Shares are drawn in percentage points.
    ax : Axes
    currency : str
        Of amounts.
    base : str, optional
        The strategy compared with; named on the axis. It keeps the first colour for itself.
    lang : {"en", "zh"}

    Returns
    -------
    Axes

    Examples
    --------
    >>> from crmsim.plots.style import new_figure
    >>> row = {"strategy": "price_cut", "outcome": "clv", "mean": -5.0, "low": -8.0, "high": -2.0, "n": 10}
    >>> ax = new_figure(6, 2)[1]
    >>> ax = plot_differences(pd.DataFrame([row]), "clv", ax, currency="CU", base="do_nothing")
    >>> ax.get_xlabel()
    'difference to “do nothing” (CU)\\nmean and 95 % interval, 10 paired runs'
    """
    rows = table[table["outcome"] == outcome].reset_index(drop=True)
    scale, unit = difference_unit(outcome, currency, lang)
    ax.axvline(0, color=INK, linewidth=1.0)
    for place, row in enumerate(rows.itertuples()):
        _draw_interval(
            ax, place, scale * row.mean, scale * row.low, scale * row.high, strategy_colour(place + 1)
        )
    ax.set_yticks(range(len(rows)), [strategy_label(name, lang) for name in rows["strategy"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.margins(x=0.08)
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    money_axis(ax, "x")
    ax.set_title(say(f"outcome.{outcome}", lang), loc="left", fontsize=11)
    about = {"unit": unit} if base is None else {"unit": unit, "base": strategy_label(base, lang)}
    runs = int(rows["n"].min()) if len(rows) else 0
    note = say("plot.interval" if runs > 1 else "plot.single_run", lang, n=runs)
    difference = say("plot.difference_plain" if base is None else "plot.difference", lang, **about)
    ax.set_xlabel(f"{difference}\n{note}")
    return ax


@house_style
def plot_value_components(
    by_strategy: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en", legend: bool = True
) -> Axes:
    """Draw CLV per initial customer as a stack of its components, one column per strategy.

    Parameters
    ----------
    by_strategy : DataFrame
        A row per strategy (index: names, in the order of the comparison) and a column per
        component, as from :func:`crmsim.metrics.clv.value_by_component`; a column ``clv`` is
        ignored. In currency, costs negative: they are stacked downwards from zero.
    ax : Axes
    currency : str
    lang : {"en", "zh"}
    legend : bool
        Whether the components are explained beside the axes.

    Returns
    -------
    Axes
        With the net value marked by a diamond and written beside it.
    """
    shown = draw_value_components(by_strategy, ax, lang=lang)
    _name_places(ax, by_strategy.index, lang)
    ax.set_xlim(-0.5, len(by_strategy) - 0.25)
    ax.margins(y=0.08)
    tidy(ax)
    money_axis(ax)
    ax.set_ylabel(say("plot.components", lang, currency=currency))
    if legend:
        _explain_components(ax, by_strategy[shown], lang)
    return ax


@house_style
def plot_satisfaction(
    by_strategy: Mapping[str, pd.DataFrame], ax: Axes, *, lang: str = "en", legend: bool = True
) -> Axes:
    """Draw the share of active customers who are satisfied, over time, a line per strategy.

    Parameters
    ----------
    by_strategy : dict of str to DataFrame
        Tables of :func:`crmsim.metrics.satisfaction.satisfaction_by_month`, in the order of the
        comparison.
    ax : Axes
    lang : {"en", "zh"}
    legend : bool
        Whether the strategies are named, above the axes.

    Returns
    -------
    Axes
    """
    draw_satisfaction(by_strategy, ax, lang=lang)
    ax.set_ylim(lowest_satisfaction(by_strategy), 1.0)
    ax.set_ylabel(say("plot.satisfaction", lang))
    return _time_axis(ax, "plot.time_years", lang, legend=legend)


@house_style
def plot_retention(
    by_strategy: Mapping[str, pd.DataFrame], ax: Axes, *, lang: str = "en", legend: bool = True
) -> Axes:
    """Draw the share of customers still there after so many years, a line per strategy.

    Parameters
    ----------
    by_strategy : dict of str to DataFrame
        Tables of :func:`crmsim.metrics.retention.retention_curve`, in the order of the comparison.
    ax : Axes
    lang : {"en", "zh"}
    legend : bool
        Whether the strategies are named, above the axes.

    Returns
    -------
    Axes
    """
    for position, (name, table) in enumerate(by_strategy.items()):
        _line(ax, table.index / _YEAR, table["retained"], position, name, lang)
    ax.set_ylim(0.0, 1.02)
    ax.set_ylabel(say("plot.retained", lang))
    return _time_axis(ax, "plot.tenure_years", lang, legend=legend)


@house_style
def plot_stage_shares(shares: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw where relationships stand over time, as areas that sum to everybody.

    Parameters
    ----------
    shares : DataFrame
        As from :func:`crmsim.metrics.loyalty.stage_shares`: indexed by day, a column per stage.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        With the stages named beside it, from top to bottom as they are stacked.
    """
    stages = [stage for stage in _STACKING if stage in shares]
    colours = [STAGE_COLOURS[stage] for stage in stages]
    labels = [say(f"stage.{stage}", lang) for stage in stages]
    values = shares[stages].to_numpy(dtype=float).T
    ax.stackplot(
        shares.index / _YEAR, values, colors=colours, labels=labels, edgecolor="white", linewidth=0.4
    )
    ax.set_ylim(0, 1)
    ax.set_ylabel(say("plot.stage_shares", lang))
    _time_axis(ax, "plot.time_years", lang, legend=False)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(
        handles[::-1],
        labels[::-1],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        handlelength=1,
    )
    return ax


#: From the bottom up: the firmest relationships carry the others.
_STACKING = ("stability", "formation", "exploration", "decline", "prospect", "ended")


@house_style
def plot_tier_outcomes(
    table: pd.DataFrame, axes: Sequence[Axes], *, currency: str, lang: str = "en", legend: bool = True
) -> Sequence[Axes]:
    """Draw CLV and satisfaction by tier, the strategies side by side.

    Parameters
    ----------
    table : DataFrame
        Columns ``strategy``, ``tier`` (``vip`` .. ``small``), ``clv`` (currency per customer of the
        tier) and ``satisfied`` (share, 0 to 1); strategies in the order of the comparison.
    axes : two Axes
        For CLV and for satisfaction.
    currency : str
    lang : {"en", "zh"}
    legend : bool
        Whether the strategies are named.

    Returns
    -------
    two Axes
    """
    draw_tier_outcomes(table, axes, lang=lang)
    tiers = _tiers_of(table)
    for ax in axes:
        ax.set_xticks(range(len(tiers)), [say(f"tier.{tier}", lang) for tier in tiers])
        ax.set_xlabel(say("plot.tier_axis", lang))
        tidy(ax)
    money_axis(axes[0])
    axes[0].set_ylabel(say("plot.tier_clv", lang, currency=currency))
    share_axis(axes[1])
    axes[1].set_ylim(0, 1)
    axes[1].set_ylabel(say("plot.tier_satisfied", lang))
    if legend:
        _name_strategies(axes[0])
    return axes


def draw_value_components(by_strategy: pd.DataFrame, ax: Axes, *, lang: str = "en") -> list[str]:
    """Draw, or move if it is there, only what moves in :func:`plot_value_components`.

    Returns
    -------
    list of str
        The components that are seen.
    """
    parts = [name for name in COMPONENT_COLOURS if name in by_strategy and (by_strategy[name] != 0).any()]
    places = np.arange(len(by_strategy))
    up, down = np.zeros(len(places)), np.zeros(len(places))
    for part in parts:
        amounts = by_strategy[part].to_numpy(dtype=float)
        bottom = np.where(amounts >= 0, up, down)
        look = {"color": COMPONENT_COLOURS[part], "edgecolor": "white", "linewidth": 0.6}
        _bars(ax, places, amounts, 0.52, bottom, label=say(f"component.{part}", lang), **look)
        up, down = up + np.maximum(amounts, 0), down + np.minimum(amounts, 0)
    net = by_strategy[parts].sum(axis=1).to_numpy()
    _zero_line(ax)
    mark = {
        "markerfacecolor": "white",
        "markeredgecolor": INK,
        "markersize": 8,
        "linestyle": "none",
        "zorder": 5,
    }
    _points(ax, places, net, label=say("plot.net", lang), marker="D", **mark)
    for text in [text for text in ax.texts if text.get_animated()]:
        text.remove()
    for place, value in zip(places, net, strict=True):
        ax.annotate(
            _amount(value), (place + 0.26, value), xytext=(5, 0), textcoords="offset points", va="center"
        )
    return parts


def draw_satisfaction(by_strategy: Mapping[str, pd.DataFrame], ax: Axes, *, lang: str = "en") -> None:
    """Draw, or move if it is there, only what moves in :func:`plot_satisfaction`."""
    for position, (name, table) in enumerate(by_strategy.items()):
        _line(ax, table.index / _YEAR, table["satisfied"], position, name, lang)


def draw_tier_outcomes(table: pd.DataFrame, axes: Sequence[Axes], *, lang: str = "en") -> None:
    """Draw, or move if it is there, only what moves in :func:`plot_tier_outcomes`."""
    names, tiers = list(dict.fromkeys(table["strategy"])), _tiers_of(table)
    width = 0.8 / max(len(names), 1)
    for position, name in enumerate(names):
        mine = table[table["strategy"] == name].set_index("tier").reindex(tiers)
        places = np.arange(len(tiers)) + (position - (len(names) - 1) / 2) * width
        look = {"color": strategy_colour(position), "edgecolor": "white", "linewidth": 0.8}
        for ax, column in zip(axes, ("clv", "satisfied"), strict=True):
            heights = mine[column].to_numpy(dtype=float)
            _bars(ax, places, heights, width, np.zeros(len(tiers)), label=strategy_label(name, lang), **look)
    _zero_line(axes[0])


def lowest_satisfaction(by_strategy: Mapping[str, pd.DataFrame]) -> float:
    """Return where the axis of :func:`plot_satisfaction` begins: the ten per cent below the lowest point."""
    # Where nobody was active there is only nan, which the comparison with 1 leaves out.
    lowest = min([1.0, *(float(table["satisfied"].min()) for table in by_strategy.values())])
    return math.floor(10 * max(lowest - 0.02, 0.0)) / 10


def _tiers_of(table: pd.DataFrame) -> list[str]:
    return [tier for tier in TIER_COLOURS if tier in set(table["tier"])]


def _explain_components(ax: Axes, amounts: pd.DataFrame, lang: str) -> None:
    """List the components beside the axes as they are seen: net, then what adds, then what costs."""
    entries = {label: (handle, label) for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    adds = [part for part in amounts if amounts[part].sum() > 0]
    costs = [part for part in amounts if part not in adds]
    keys = ["plot.net", *(f"component.{part}" for part in (*reversed(adds), *costs))]
    shown = [entries[say(key, lang)] for key in keys]
    ax.legend(
        *zip(*shown, strict=True), loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8.5
    )


def _draw_interval(ax: Axes, place: int, mean: float, low: float, high: float, colour: str) -> None:
    """Draw one row of a forest plot; a difference that is not decided has an open mark."""
    decided = low > 0 or high < 0
    if math.isfinite(low) and math.isfinite(high):
        ax.plot([low, high], [place, place], color=colour, linewidth=3.0, solid_capstyle="butt", zorder=3)
    ax.plot(
        mean,
        place,
        "o",
        color=colour,
        markersize=8,
        markerfacecolor=colour if decided else "white",
        markeredgewidth=1.8,
        zorder=4,
    )


def _line(ax: Axes, x: pd.Index, y: pd.Series, position: int, name: str, lang: str) -> None:
    dashes = STRATEGY_LINES[position % len(STRATEGY_LINES)]
    look = {"color": strategy_colour(position), "linestyle": dashes, "linewidth": 2.0}
    _points(ax, x, y, label=strategy_label(name, lang), **look)


# A screen that redraws a picture again and again marks what moves in it as animated (Matplotlib's word for
# what is left out until it is asked for). Such things are moved, which is much quicker than to make them.


def _bars(
    ax: Axes,
    places: np.ndarray,
    heights: np.ndarray,
    width: float,
    bottom: np.ndarray,
    *,
    label: str,
    **look: Any,
) -> None:
    """Draw bars, or move those of this label."""
    for bars in ax.containers:
        if bars.get_label() == label and bars[0].get_animated():
            for bar, height, low in zip(bars, heights, bottom, strict=True):
                bar.set(height=height, y=low)
            return
    ax.bar(places, heights, width, bottom=bottom, label=label, **look)


def _points(ax: Axes, x: Any, y: Any, *, label: str, **look: Any) -> None:
    """Draw a line or marks, or move those of this label."""
    for line in ax.lines:
        if line.get_label() == label and line.get_animated():
            line.set_data(x, y)
            return
    ax.plot(x, y, label=label, **look)


def _zero_line(ax: Axes) -> None:
    if not any(line.get_animated() for line in ax.lines):
        ax.axhline(0, color=INK, linewidth=1.0)


def _time_axis(ax: Axes, key: str, lang: str, *, legend: bool) -> Axes:
    """Finish an axes of shares over years."""
    ax.margins(x=0.01)
    ax.set_xlabel(say(key, lang))
    share_axis(ax)
    tidy(ax)
    if legend:
        _name_strategies(ax)
    return ax


def _name_strategies(ax: Axes) -> None:
    """Name the strategies above the axes, or beside where there are many: no line may cross the words."""
    many = len(ax.get_legend_handles_labels()[1]) > 4
    place, anchor = ("center left", (1.0, 0.5)) if many else ("lower left", (0.0, 1.0))
    ax.legend(
        frameon=False, loc=place, bbox_to_anchor=anchor, handlelength=2.6, borderaxespad=0.2, fontsize=9
    )


def _name_places(ax: Axes, names: Sequence[str], lang: str) -> None:
    """Write strategies below their columns: over several lines, or aslant where there are many."""
    labels = [strategy_label(name, lang) for name in names]
    many = len(labels) > 5
    if not many:
        labels = [fill(label, 20 if label.isascii() else 8, break_on_hyphens=False) for label in labels]
    ax.set_xticks(range(len(labels)), labels)
    if many:
        for label in ax.get_xticklabels():
            label.set(rotation=30, ha="right", rotation_mode="anchor")


def _amount(value: float) -> str:
    return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")
