"""Pictures of levels of customers: the two pyramids, and the course's schemes side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.heat import BLUES
from crmsim.plots.style import GAP_COLOURS, INK, TIER_COLOURS, house_style, tidy
from crmsim.text import say

__all__ = ["draw_levels", "plot_levels", "plot_pyramid"]


@house_style
def plot_pyramid(table: pd.DataFrame, ax: Axes, *, scheme: str = "metals", lang: str = "en") -> Axes:
    """Draw how many customers each tier has (left) and what they bring (right), the best on top.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.pyramid.pyramid_table`, or
        :func:`crmsim.audit.classes.class_table` with the levels of another scheme.
    ax : Axes
    scheme : str
        A scheme of `crmsim.audit.levels`, for the names of the tiers.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Both are shares of all. What a tier loses is drawn to the left of the middle line on the right
        side, in another colour.
    """
    places = np.arange(len(table))[::-1]
    people, brought = table["share_of_customers"].to_numpy(), table["share_of_value"].fillna(0.0).to_numpy()
    middle = 0.04 + max(0.0, -float(brought.min()))
    sides = (
        (-1, -0.04, TIER_COLOURS["ordinary"], people, "plot.abc_customers"),
        (1, middle, TIER_COLOURS["vip"], brought, "plot.abc_value"),
    )
    for side, start, colour, shares, key in sides:
        colours = [colour if share >= 0.0 else GAP_COLOURS["short"] for share in shares]
        ax.barh(places, side * shares, 0.7, left=start, color=colours)
        # Losses go inward and are written where gains begin.
        ends = start + side * np.maximum(shares, 0.0)
        look = {"textcoords": "offset points", "ha": "left" if side > 0 else "right", "color": INK}
        for place, end, share in zip(places, ends, shares, strict=True):
            ax.annotate(_percent(share), (end, place), (4 * side, 0), va="center", **look)
        ax.annotate(say(key, lang), (start, 1.0), (6 * side, 4), xycoords=("data", "axes fraction"), **look)
    names = [
        say("plot.abc_class", lang, name=say(f"label.{scheme}.{tier}", lang), customers=f"{count:,}")
        for tier, count in table["customers"].items()
    ]
    ax.set_yticks(places, names)
    ax.set_xlim(-0.3 - people.max(), middle + max(brought.max(), 0.0) + 0.25)
    ax.set_xticks([])
    tidy(ax, grid=None)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_xlabel(say("plot.pyramid_axis", lang))
    return ax


@house_style
def plot_levels(levels: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw which share of the same customers each scheme puts into each level.

    Parameters
    ----------
    levels : DataFrame
        As from :func:`crmsim.audit.levels.customer_levels`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A bar per scheme, the best level on the left and darkest.
    """
    draw_levels(levels, ax, lang=lang)
    places = np.arange(levels.shape[1])[::-1]
    ax.set_yticks(places, [say(f"scheme.{scheme}", lang) for scheme in levels.columns])
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 6), [f"{20 * part}%" for part in range(6)])
    tidy(ax, grid=None)
    return ax


@house_style
def draw_levels(levels: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_levels`, and write of how many customers it is."""
    places = np.arange(levels.shape[1])[::-1]
    for place, scheme in zip(places, levels.columns, strict=True):
        column = levels[scheme].cat
        shares = np.bincount(column.codes, minlength=len(column.categories)) / len(levels)
        shades = BLUES(np.linspace(0.95, 0.12, len(shares)))
        start = 0.0
        for at, (level, share) in enumerate(zip(column.categories, shares, strict=True)):
            ax.barh(place, share, 0.8, left=start, color=shades[at], edgecolor="white", linewidth=0.8)
            name = say(f"label.{scheme}.{level}", lang)
            width = len(name) * (2.0 if lang == "zh" else 1.0)
            if share >= 0.018 * width:
                dark = at < 0.5 * len(shares)
                ax.text(
                    start + share / 2, place, name, ha="center", va="center", fontsize=8,
                    color="white" if dark else INK,
                )  # fmt: skip
            start += share
    ax.set_xlabel(say("plot.share_of_customers", lang, customers=f"{len(levels):,}"))


def _percent(share: float) -> str:
    """Write a share, with a decimal where it would otherwise be nothing."""
    digits = 1 if 0.0 < abs(share) < 0.005 else 0
    return f"{100 * share:.{digits}f}%".replace("-", "\N{MINUS SIGN}")
