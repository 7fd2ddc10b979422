"""The picture of a lesson: every contrast against what is claimed of it, and the levels behind it.

Like a goal and where the shots went: the green side of each row is where the claim wants the
quantity to be, the mark and its interval show where it was.
"""

from __future__ import annotations

import math
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.plots.style import GRID, INK, empty_figure, house_style, money_axis, readable, tidy
from crmsim.text import say

__all__ = ["plot_contrasts", "plot_lesson", "plot_levels"]

#: Filled where the interval decides, open where it does not; blue for, orange against the claim.
_COLOURS = {"holds": "#0072B2", "does_not_hold": "#D55E00", "not_decided": "#6B6B6B"}
_CLAIMED = "#E3F1EA"
#: Shares are drawn in percent.
_SCALE = {"share": 100.0, "points": 100.0, "change": 100.0}


@house_style
def plot_lesson(
    contrasts: pd.DataFrame,
    levels: pd.DataFrame,
    figure: Figure | None = None,
    *,
    title: str,
    currency: str,
    confidence: float = 0.95,
    lang: str = "en",
) -> Figure:
    """Draw a lesson's contrasts above the levels of its arms.

    Parameters
    ----------
    contrasts : DataFrame
        ``label``, ``unit``, ``claimed_low``, ``claimed_high``, ``mean``, ``low``, ``high``, ``n`` and
        ``verdict``, a row per contrast.
    levels : DataFrame
        ``arm``, ``measure`` (both in words), ``unit``, ``mean``, ``low``, ``high``, a row per arm and
        measure.
    figure : Figure, optional
        Empty; without one, a figure of a fitting size is made.
    title, currency : str
    confidence : float
        Of the intervals.
    lang : {"en", "zh"}

    Returns
    -------
    Figure
    """
    units = list(dict.fromkeys(contrasts["unit"]))
    heights = [0.75 + 0.55 * int((contrasts["unit"] == unit).sum()) for unit in units]
    panels = _panels(levels)
    rows = math.ceil(len(panels) / 3)
    below = rows * (0.9 + 0.27 * max(len(panel) for _, panel in panels))
    if figure is None:
        figure = empty_figure(9.5, 0.5 + sum(heights) + below)
    top, bottom = figure.subfigures(2, 1, height_ratios=[0.5 + sum(heights), below])
    top.suptitle(title, x=0.01, ha="left", fontsize=12)
    axes = top.subplots(len(units), 1, squeeze=False, height_ratios=heights)[:, 0]
    for ax, unit in zip(axes, units, strict=True):
        plot_contrasts(contrasts[contrasts["unit"] == unit], ax, currency=currency, lang=lang)
    note = say("plot.lesson_note", lang, confidence=f"{confidence:.0%}", n=int(contrasts["n"].max()))
    axes[-1].set_xlabel(f"{axes[-1].get_xlabel()}\n{note}")
    grid = bottom.subplots(rows, min(len(panels), 3), squeeze=False)
    for k, ax in enumerate(grid.flat):
        if k < len(panels):
            plot_levels(*panels[k], ax, currency=currency, lang=lang)
            ax.tick_params(labelleft=k % 3 == 0 or panels[k][0] == "")
        else:
            ax.set_axis_off()
    return figure


@house_style
def plot_contrasts(table: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw contrasts of one unit with their intervals; the claimed side of each row is shaded.

    Parameters are those of :func:`plot_lesson`; the verdict is written at the right.
    """
    unit = table["unit"].iloc[0]
    scale = _SCALE.get(unit, 1.0)
    for place, row in enumerate(table.to_dict("records")):
        colour = _COLOURS[row["verdict"]]
        low, mean, high = (scale * row[end] for end in ("low", "mean", "high"))
        if math.isfinite(low) and math.isfinite(high):
            ax.plot([low, high], [place, place], color=colour, linewidth=3.0, solid_capstyle="butt", zorder=3)
        face = "white" if row["verdict"] == "not_decided" else colour
        ax.plot(
            mean, place, "o", color=colour, markersize=8, markerfacecolor=face, markeredgewidth=1.8, zorder=4
        )
        for end in ("claimed_low", "claimed_high"):
            if math.isfinite(row[end]):
                edge = scale * row[end]
                ax.plot([edge, edge], [place - 0.4, place + 0.4], color=INK, linewidth=1.0, zorder=2)
        ax.annotate(
            say(f"verdict.{row['verdict']}", lang), (1.0, place), xycoords=("axes fraction", "data"),
            xytext=(6, 0), textcoords="offset points", va="center", color=readable(colour),
        )  # fmt: skip
    ax.margins(x=0.08)
    _shade_claims(table, ax, scale)
    ax.set_yticks(range(len(table)), [_wrapped(label, 40, 20) for label in table["label"]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    money_axis(ax, "x")
    ax.set_xlabel(_unit_label(unit, currency, lang))
    return ax


@house_style
def plot_levels(title: str, table: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw levels of one unit with their intervals, a row per line of the table (column ``label``)."""
    unit = table["unit"].iloc[0]
    scale = _SCALE.get(unit, 1.0)
    places = np.arange(len(table))
    means = scale * table["mean"].to_numpy()
    ax.hlines(places, 0.0, means, color=GRID, linewidth=4.0, zorder=1)
    ax.hlines(places, scale * table["low"], scale * table["high"], color=INK, linewidth=2.0, zorder=2)
    ax.plot(means, places, "o", color=INK, markersize=5, zorder=3)
    ax.set_yticks(places, [_wrapped(label, 30, 15) for label in table["label"]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.margins(x=0.08)
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    money_axis(ax, "x")
    if title:
        ax.set_title(_wrapped(title, 30, 16), loc="left", fontsize=9.5)
    ax.set_xlabel(_unit_label(unit, currency, lang))
    return ax


def _panels(levels: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Cut the levels into axes: one per measure, or, where there is only one arm, one per unit."""
    if levels["arm"].nunique() > 1:
        named = levels.assign(label=levels["arm"])
        return [(str(measure), part) for measure, part in named.groupby("measure", sort=False)]
    named = levels.assign(label=levels["measure"])
    return [("", part) for _, part in named.groupby("unit", sort=False)]


def _shade_claims(table: pd.DataFrame, ax: Axes, scale: float) -> None:
    """Shade the side of each row on which the claim wants the quantity to be, up to the edge."""
    left, right = ax.get_xlim()
    for place, row in enumerate(table.to_dict("records")):
        start, end = max(scale * row["claimed_low"], left), min(scale * row["claimed_high"], right)
        if end > start:
            ax.barh(place, end - start, 0.8, left=start, color=_CLAIMED, zorder=0)
    ax.set_xlim(left, right)


def _unit_label(unit: str, currency: str, lang: str) -> str:
    if unit == "currency":
        return currency
    keys = {"share": "plot.percent", "points": "plot.points", "change": "plot.percent_of_base"}
    return say(keys[unit], lang) if unit in keys else say(f"unit.{unit}", lang)


def _wrapped(text: str, latin: int, chinese: int) -> str:
    return fill(text, latin if text.isascii() else chinese, break_on_hyphens=False)
