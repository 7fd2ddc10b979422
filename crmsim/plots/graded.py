"""Pictures of what gradings were worth: who was found, and what each level brought before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.audit.concentration import WhaleCurve
from crmsim.plots.style import (
    ACTUAL,
    INK,
    MUTED,
    TIER_COLOURS,
    TRUTH,
    house_style,
    readable,
    share_axis,
    tidy,
)
from crmsim.text import say

__all__ = [
    "draw_found",
    "draw_future_in_order",
    "draw_level_shares",
    "plot_found",
    "plot_future_in_order",
    "plot_level_shares",
]


@house_style
def plot_future_in_order(
    past: pd.Series, future: pd.Series, whale: WhaleCurve, ax: Axes, *, lang: str = "en"
) -> Axes:
    """Draw cumulative profit from the best customer to the worst: so far, and what the same then brought.

    Parameters
    ----------
    past, future : Series
        Profit of each customer before and after the grading, in currency; each positive in sum.
    whale : WhaleCurve
        Of `past`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Three lines: the past in its own order; the future in the order of the past, which is what a firm
        that grades by the past gets; and the future in its own order, which nobody knows.
    """
    draw_future_in_order(past, future, whale, ax, lang=lang)
    ax.set_xlim(0, 100)
    tidy(ax)
    ax.set_xlabel(say("plot.grading.customers", lang))
    ax.set_ylabel(say("plot.grading.cumulative", lang))
    ax.legend(frameon=False, loc="lower right", fontsize=8.5)
    return ax


@house_style
def draw_future_in_order(
    past: pd.Series, future: pd.Series, whale: WhaleCurve, ax: Axes, *, lang: str = "en"
) -> None:
    """Draw only what lies in the axes of :func:`plot_future_in_order`, and set the scale of profit to it."""
    order = np.argsort(-past.to_numpy(), kind="stable")
    ahead = future.to_numpy()
    steps = 100.0 * np.arange(len(ahead) + 1) / len(ahead)
    got, best = (
        100.0 * np.concatenate([[0.0], np.cumsum(column)]) / ahead.sum()
        for column in (ahead[order], np.sort(ahead)[::-1])
    )
    ax.axhline(100.0, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    ax.plot(
        steps, best, color=TRUTH, linewidth=1.4, linestyle=(0, (1, 1)), label=say("plot.grading.best", lang)
    )
    ax.plot(steps, got, color=TRUTH, linewidth=2.2, label=say("plot.grading.got", lang))
    ax.plot(
        whale.customers, whale.profit, color=TIER_COLOURS["vip"], linewidth=2.0, linestyle=(0, (6, 2)),
        label=say("plot.grading.so_far", lang),
    )  # fmt: skip
    ax.plot([whale.peak_at], [whale.peak], marker="o", markersize=6, color=TIER_COLOURS["vip"])
    text = say("plot.whale_peak", lang, peak=f"{whale.peak:.0f}%", customers=f"{whale.peak_at:.0f}%")
    right = whale.peak_at > 55.0
    ax.annotate(
        text, (whale.peak_at, whale.peak), xytext=(-6 if right else 8, 9), textcoords="offset points",
        ha="right" if right else "left", color=INK,
    )  # fmt: skip
    ax.set_ylim(0, 1.16 * max(whale.peak, float(best.max()), 100.0))


@house_style
def plot_found(rankings: pd.DataFrame, ax: Axes, *, share: float, lang: str = "en") -> Axes:
    """Draw how much of the best future profit each ranking finds at the same share of customers.

    Parameters
    ----------
    rankings : DataFrame
        By ranking: ``found`` and ``hit_rate`` with ``_low`` and ``_high`` (infinite for a single run), as in
        the grading screen.
    ax : Axes
    share : float
        Of the customers, 0 to 1.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Dots for profit, diamonds for heads, each with its interval where there is one.
    """
    draw_found(rankings, ax, lang=lang)
    places = np.arange(len(rankings))[::-1]
    ax.set_yticks(places, [say(f"plot.grading.ranking.{name}", lang) for name in rankings.index])
    ax.set_ylim(-0.6, len(rankings) - 0.4)
    ax.set_xlim(0, 1.02)
    tidy(ax, grid="x")
    share_axis(ax, "x")
    ax.set_xlabel(say("plot.grading.top", lang, share=f"{100 * share:g}"))
    ax.legend(
        frameon=False, loc="lower left", bbox_to_anchor=(-0.1, 1.0), ncols=2, borderaxespad=0.2, fontsize=8.5,
        columnspacing=1.0,
    )  # fmt: skip
    return ax


@house_style
def draw_found(rankings: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_found` or beside its marks."""
    places = np.arange(len(rankings))[::-1]
    looks = (("found", "o", TRUTH, 0.13), ("hit_rate", "D", TIER_COLOURS["important"], -0.17))
    for column, mark, colour, shift in looks:
        at = rankings[column].to_numpy()
        low, high = (rankings[f"{column}_{end}"].to_numpy() for end in ("low", "high"))
        known = np.isfinite(low) & np.isfinite(high)
        ax.hlines(places[known] + shift, low[known], high[known], color=colour, linewidth=2.0)
        ax.plot(
            at, places + shift, linestyle="none", marker=mark, markersize=6.5, color=colour,
            label=say(f"plot.grading.{column}", lang),
        )  # fmt: skip
        for place, value in zip(places, at, strict=True):
            if np.isfinite(value):
                ax.text(
                    1.04,
                    place + shift,
                    f"{100 * value:.0f}%",
                    va="center",
                    ha="left",
                    color=readable(colour),
                    fontsize=8.5,
                )


@house_style
def plot_level_shares(shares: pd.DataFrame, ax: Axes, *, scheme: str, lang: str = "en") -> Axes:
    """Draw for each level its share of customers, of past and of future profit.

    Parameters
    ----------
    shares : DataFrame
        As from :func:`crmsim.audit.gradings.level_shares`.
    ax : Axes
    scheme : str
        The grading, for the names of its levels.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A level whose future share is lower than its past one was graded too high, as a group.
    """
    draw_level_shares(shares, ax, lang=lang)
    # What is said in brackets goes below, so that neighbours keep clear of each other.
    names = [say(f"label.{scheme}.{level}", lang).replace(" (", "\n(") for level in shares.index]
    ax.set_xticks(np.arange(len(shares)), names)
    tidy(ax)
    share_axis(ax)
    ax.set_ylabel(say("plot.share_of", lang, what=say("plot.grading.all", lang)))
    ax.legend(
        frameon=False, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, borderaxespad=0.2,
        fontsize=8.5, columnspacing=1.0,
    )  # fmt: skip
    return ax


@house_style
def draw_level_shares(shares: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_level_shares`, and set the scale of shares to it."""
    places = np.arange(len(shares))
    looks = (("customers", ACTUAL, -0.27), ("past", TIER_COLOURS["vip"], 0.0), ("future", TRUTH, 0.27))
    for column, colour, shift in looks:
        heights = shares[column].to_numpy()
        label = say(f"plot.grading.of_{column}", lang)
        bars = ax.bar(places + shift, heights, 0.25, color=colour, label=label)
        texts = [f"{round(100 * height)}%".replace("-", "\N{MINUS SIGN}") for height in heights]
        ax.bar_label(bars, texts, fontsize=8, padding=1)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    all_heights = shares[[column for column, *_ in looks]].to_numpy()
    low, high = min(float(all_heights.min()), 0.0), max(float(all_heights.max()), 0.0)
    room = 0.12 * (high - low)  # for the numbers above the bars, and below those that hang
    ax.set_ylim(low - room * (low < 0.0), high + room)
