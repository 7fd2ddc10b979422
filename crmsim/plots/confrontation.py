"""Methods beside the truth: errors in total, the best that they find, and whom they value how.

A shooting target for forecasters. The first two pictures show how far each method lies off the mark,
with what luck alone would leave; the third one shows where: among the customers it values most, or
among the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.style import INK, MUTED, STRATEGY_LINES, TRUTH, house_style, money_axis, share_axis, tidy
from crmsim.plots.style import strategy_colour as colour_at
from crmsim.text import say
from crmsim.text.catalogue import catalogue

__all__ = ["plot_calibration", "plot_top_overlap", "plot_total_error", "valuation_label"]

_CHANCE = 0.1
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
#: Who is no method of a firm: the forecaster who knows everything but luck.
_ORACLE = "oracle"


def valuation_label(name: str, lang: str = "en") -> str:
    """Return the name of a method of valuation in words, or the plain name of one that a user made.

    Examples
    --------
    >>> valuation_label("historic"), valuation_label("my_own")
    ('historic CLV', 'my_own')
    """
    key = f"valuation.{name}"
    return say(key, lang) if key in catalogue() else name


@house_style
def plot_total_error(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw by how much each method misses the value of all customers together.

    Parameters
    ----------
    table : DataFrame
        As from :meth:`crmsim.confrontation.confront.Confrontation.table`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A point with its interval per method that gives amounts, the first one on top; 0 is the truth.
    """
    ax.axvline(0.0, color=TRUTH, linewidth=1.5)
    n = _points(table[table["measure"] == "total_error"], ax, lang)
    ax.set_xlabel(say("plot.total_error", lang, n=f"{n:,}"))
    return ax


@house_style
def plot_top_overlap(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw which part of the truly best tenth is in each method's best tenth.

    Parameters
    ----------
    table, ax, lang
        As in :func:`plot_total_error`.

    Returns
    -------
    Axes
        With a dashed line at what chance finds.
    """
    ax.axvline(_CHANCE, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    n = _points(table[table["measure"] == "top_overlap"], ax, lang)
    ax.set_xlim(-0.02, 1.02)
    ax.annotate(
        say("plot.by_chance", lang),
        (_CHANCE, 0.0),
        xycoords=("data", "axes fraction"),
        xytext=(4, 4),
        textcoords="offset points",
        color=MUTED,
    )
    ax.set_xlabel(say("plot.top_overlap", lang, n=f"{n:,}"))
    return ax


@house_style
def plot_calibration(
    curves: pd.DataFrame,
    ax: Axes,
    *,
    currency: str,
    methods: Sequence[str] | None = None,
    lang: str = "en",
) -> Axes:
    """Draw what customers brought against what they were valued at, by tenths of the estimate.

    Parameters
    ----------
    curves : DataFrame
        As from :meth:`crmsim.confrontation.confront.Confrontation.curves`.
    ax : Axes
    currency : str
    methods : sequence of str, optional
        Some of them, in the order of colours; all by default.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A line of ten points per method, with intervals; on the diagonal the estimate is right, below
        it customers were valued too high. Where the best are worth several times the mean, both axes
        are even up to the mean and logarithmic above it.
    """
    chosen = list(dict.fromkeys(curves["method"])) if methods is None else list(methods)
    curves = curves[curves["method"].isin(chosen)]
    shown = curves[["estimate", "truth"]].to_numpy()
    low, high, usual = float(shown.min()), float(shown.max()), max(float(curves["truth"].mean()), 1e-9)
    ax.axline((0.0, 0.0), (usual, usual), color=TRUTH, linewidth=1.5)
    for place, name in enumerate(chosen):
        part = curves[curves["method"] == name]
        known = INK if name == _ORACLE else colour_at(place)
        ax.errorbar(
            part["estimate"],
            part["truth"],
            yerr=[part["truth"] - part["low"], part["high"] - part["truth"]],
            color=known,
            linestyle=STRATEGY_LINES[place % len(STRATEGY_LINES)],
            linewidth=1.4,
            elinewidth=0.8,
            marker=_MARKS[place % len(_MARKS)],
            markersize=4.5,
            label=valuation_label(name, lang),
        )
    # Where a few customers are worth many times the mean, even steps would show only them.
    spread = high > 3.0 * usual
    room = 0.08 * usual if spread else 0.08 * (high - low)
    for scale, limit, axis in ((ax.set_xscale, ax.set_xlim, "x"), (ax.set_yscale, ax.set_ylim, "y")):
        if spread:
            scale("symlog", linthresh=usual)
        limit(low - room, 1.3 * high if spread else high + room)
        money_axis(ax, axis)
    tidy(ax)
    ax.set_xlabel(say("plot.valued_at", lang, currency=currency))
    ax.set_ylabel(say("plot.really_brought", lang, currency=currency))
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _points(rows: pd.DataFrame, ax: Axes, lang: str) -> int:
    """Draw means with intervals, the first row on top; return the number of replications."""
    rows = rows[rows["n"] > 0]
    places = np.arange(len(rows))[::-1]
    for place, row in zip(places, rows.itertuples(), strict=True):
        colour = INK if row.method == _ORACLE else colour_at(0)
        ax.plot([row.low, row.high], [place, place], color=colour, linewidth=2.0, alpha=0.6)
        ax.plot([row.mean], [place], color=colour, marker="o", markersize=6)
    ax.set_yticks(places, [valuation_label(name, lang) for name in rows["method"]])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    share_axis(ax, "x")
    tidy(ax, grid="x")
    return int(rows["n"].max()) if len(rows) else 0
