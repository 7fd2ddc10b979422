"""The map of loyalty: customers as points, coloured by type, and who leaves when a barrier falls."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.metrics.labels import LIMITS
from crmsim.plots.limits import round_limits
from crmsim.plots.style import INK, MUTED, TYPE_COLOURS, house_style, share_axis, tidy
from crmsim.text import say

__all__ = [
    "HEIGHTS",
    "draw_loyalty_map",
    "draw_type_losses",
    "plot_loyalty_map",
    "plot_type_losses",
    "type_colours",
]

#: What can stand on the vertical axis, and from where on it is high (None: no border is drawn).
HEIGHTS: dict[str, float | None] = {
    "wallet": LIMITS.wallet,
    "habit": LIMITS.habit,
    "trust": LIMITS.trust,
    "barrier": None,
}
#: Who leaves because the barrier fell.
_FREED = "#D55E00"
_RING = {"marker": "o", "s": 30, "facecolor": "white", "edgecolor": MUTED, "zorder": 3}
_CROSS = {"marker": "X", "s": 62, "facecolor": _FREED, "edgecolor": "white", "zorder": 4}
#: Where each of the four types has its field on the map, as places in the axes.
_CORNERS = {
    "none": (0.01, 0.01),
    "spurious": (0.01, 0.99),
    "latent": (0.99, 0.01),
    "true": (0.99, 0.99),
}


def type_colours(names: list[str]) -> list[str]:
    """Return a colour per type, the loosest first."""
    return list(TYPE_COLOURS[-len(names) :])


@house_style
def plot_loyalty_map(
    points: pd.DataFrame, scheme: str, ax: Axes, *, height: str = "wallet", lang: str = "en"
) -> Axes:
    """Draw customers by attitude and something else, coloured by type, marked by what becomes of them.

    Parameters
    ----------
    points : DataFrame
        As from :func:`crmsim.metrics.loyalty_map.loyalty_points`, with a column ``fate``.
    scheme : str
        The scheme of the types.
    ax : Axes
    height : str
        A key of :data:`HEIGHTS`.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Discs stay; hollow rings leave anyway; crosses leave because the barrier fell.
    """
    draw_loyalty_map(points, scheme, ax, height=height, lang=lang)
    ax.set_xlim(0, 1)
    tidy(ax, grid=None)
    if height == "wallet":
        share_axis(ax)
    ax.set_xlabel(say("plot.map.attitude", lang))
    ax.set_ylabel(say(f"plot.map.{height}", lang))
    _add_key(ax, scheme, list(points["type"].cat.categories), lang)
    return ax


@house_style
def draw_loyalty_map(
    points: pd.DataFrame, scheme: str, ax: Axes, *, height: str = "wallet", lang: str = "en"
) -> None:
    """Draw only what lies in the axes of :func:`plot_loyalty_map`, and set the scale of heights to it."""
    names = list(points["type"].cat.categories)
    fate = points["fate"]
    for name, colour in zip(names, type_colours(names), strict=True):
        own = points["type"] == name
        for kind, look in (("stays", _disc(colour)), ("leaves_anyway", _RING), ("leaves_by_fall", _CROSS)):
            some = points[own & (fate == kind)]
            ax.scatter(some["attitude"], some[height], **look)
    _draw_borders(ax, scheme, height, lang)
    top = 1.04 if height != "barrier" else max(1.0, 1.05 * max(points["barrier"], default=0.0))
    ax.set_ylim(-0.02 * top, top)


def _draw_borders(ax: Axes, scheme: str, height: str, lang: str) -> None:
    """Draw the borders between high and low, and name the four fields where the scheme has them."""
    ax.axvline(LIMITS.attitude, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    border = HEIGHTS[height]
    if border is None:
        return
    ax.axhline(border, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    if scheme == "attitude_behaviour" and height == "wallet":
        for name, (x, y) in _CORNERS.items():
            ax.text(
                x, y, say(f"label.attitude_behaviour.{name}", lang), transform=ax.transAxes, color=INK,
                ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top", zorder=5,
                bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.5},
            )  # fmt: skip


def _add_key(ax: Axes, scheme: str, names: list[str], lang: str) -> None:
    """Name the colours and the marks above the map."""
    colours = type_colours(names)
    types = [
        ax.scatter([], [], **_disc(colour), label=say(f"label.{scheme}.{name}", lang))
        for name, colour in zip(names, colours, strict=True)
    ]
    marks = [
        ax.scatter([], [], **look, label=say(f"plot.map.{fate}", lang))
        for fate, look in (("leaves_anyway", _RING), ("leaves_by_fall", _CROSS))
    ]
    look = {"frameon": False, "handletextpad": 0.2, "columnspacing": 1.1, "borderaxespad": 0.0, "fontsize": 9}
    first = ax.legend(handles=types, loc="lower left", bbox_to_anchor=(0.0, 1.065), ncols=len(types), **look)
    ax.add_artist(first)
    ax.legend(handles=marks, loc="lower left", bbox_to_anchor=(0.0, 1.005), ncols=2, **look)


def _disc(colour: str) -> dict[str, Any]:
    """Return the look of somebody who stays, in the colour of the type."""
    return {
        "marker": "o",
        "s": 30,
        "facecolor": colour,
        "edgecolor": "#8A8A8A",
        "linewidth": 0.5,
        "zorder": 2,
    }


@house_style
def plot_type_losses(table: pd.DataFrame, scheme: str, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the share lost by type, with barriers that stay and with barriers that fall.

    Parameters
    ----------
    table : DataFrame
        A row per type, the loosest first: ``customers``, ``lost_kept`` and ``lost_fallen`` (shares) and
        ``mean``, ``low``, ``high`` of the paired difference (shares; infinite ends after one run).
    scheme : str
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A row per type, the deepest on top: a ring where barriers stay, a disc where they fall, and the
        95 % interval of the difference as a pale bar around the disc.
    """
    draw_type_losses(table, ax, lang=lang)
    ax.set_yticks(range(len(table)), [say(f"label.{scheme}.{name}", lang) for name in table.index])
    ax.set_ylim(-0.6, len(table) - 0.4)
    share_axis(ax, "x")
    tidy(ax, grid="x")
    ax.set_xlabel(say("plot.map.lost", lang))
    ax.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 1.0), frameon=False, ncols=2, handletextpad=0.2,
        columnspacing=1.0, borderaxespad=0.2,
    )  # fmt: skip
    return ax


@house_style
def draw_type_losses(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_type_losses`, and set the scale of shares to it."""
    shown = table[table["customers"] > 0]
    places = np.array([list(table.index).index(name) for name in shown.index], dtype=float)
    kept, fallen = shown["lost_kept"].to_numpy(), shown["lost_fallen"].to_numpy()
    low, high = ((shown["lost_kept"] + shown[end]).to_numpy() for end in ("low", "high"))
    known = np.isfinite(low) & np.isfinite(high)
    ax.hlines(places[known], low[known], high[known], color=_FREED, linewidth=9, alpha=0.28, zorder=1)
    ax.hlines(places, kept, fallen, color=MUTED, linewidth=1.6, zorder=2)
    ax.scatter(
        kept, places, s=120, facecolor="white", edgecolor=MUTED, linewidth=1.6, zorder=3,
        label=say("plot.map.kept", lang),
    )  # fmt: skip
    ax.scatter(fallen, places, s=52, color=_FREED, zorder=4, label=say("plot.map.fallen", lang))
    ends = [*fallen, *kept, *(end for end in high if math.isfinite(end))]
    ax.set_xlim(round_limits(*low[known], 0.1, 1.05 * max(ends, default=0.1), parts=8))
