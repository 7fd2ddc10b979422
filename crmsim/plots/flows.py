"""Flows of customers: a cohort through the stages of its life, and between tiers from review to review.

A river is drawn as wide as there are people in it; where it divides, one sees how many went which way.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Transform

from crmsim.audit.migration import migration_shares
from crmsim.metrics.stage_flow import CohortFlow, in_words_of_scheme
from crmsim.metrics.tier_flow import TIERS
from crmsim.plots.heat import draw_heat, draw_squares
from crmsim.plots.limits import round_limits
from crmsim.plots.style import (
    INK,
    MUTED,
    TIER_COLOURS,
    house_style,
    money_axis,
    readable,
    share_axis,
    tidy,
)
from crmsim.plots.views import label_colours, stacking_order
from crmsim.schemes import STAGE_SCHEMES
from crmsim.stages import Stage
from crmsim.text import say

__all__ = [
    "INPUT_COLOUR",
    "OUTPUT_COLOUR",
    "draw_input_output",
    "draw_river",
    "draw_stage_balance",
    "draw_tier_moves",
    "draw_tier_river",
    "plot_input_output",
    "plot_river",
    "plot_stage_balance",
    "plot_tier_moves",
    "plot_tier_river",
]

#: What the firm puts in, and what it gets; a vermilion and a bluish green, both of Okabe & Ito 2008.
INPUT_COLOUR, OUTPUT_COLOUR = "#D55E00", "#009E73"
_MONTHS = 365.0 / 30.0
#: The last band of tiers: who is a customer no more.
_LOST = "#BDBDBD"
#: From this share of the height on, a band is named in the picture.
_NAMED = 0.09


@house_style
def plot_river(flow: CohortFlow, scheme: str, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw a cohort by true stage and month since its first purchase, in the words of a scheme.

    Parameters
    ----------
    flow : CohortFlow
    scheme : str
        A key of :data:`crmsim.schemes.STAGE_SCHEMES`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Areas that sum to the whole cohort; each is named where it is widest, if it is wide
        enough for its name.
    """
    draw_river(flow, scheme, ax, lang=lang)
    ax.set(xlim=(0.0, flow.stages.index[-1] / _MONTHS), ylim=(0.0, 1.0))
    share_axis(ax)
    tidy(ax)
    ax.set_ylabel(say("plot.river.customers", lang))
    ax.set_xlabel(say("plot.river.years", lang))
    return ax


@house_style
def draw_river(flow: CohortFlow, scheme: str, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_river`."""
    labels, colours = stacking_order(scheme), label_colours(scheme)
    bands = in_words_of_scheme(flow.stages.T, scheme).loc[labels].to_numpy(dtype=float) / flow.customers
    years = flow.stages.index.to_numpy() / _MONTHS
    ax.stackplot(years, bands, colors=[colours[name] for name in labels], edgecolor="white", linewidth=0.4)
    tops = bands.cumsum(axis=0)
    for name, band, top in zip(labels, bands, tops, strict=True):
        _name_band(ax, years, band, top - band / 2, say(f"label.{scheme}.{name}", lang), colours[name])


@house_style
def plot_input_output(flow: CohortFlow, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw what a customer of the cohort costs and brings, month by month, and the month of break-even.

    Parameters
    ----------
    flow : CohortFlow
    ax : Axes
        The first month, in which the customers are won, goes beyond its upper edge where that is needed
        for the rest to be seen; its amount is written there.
    currency : str
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        In currency per customer of the cohort (those who left count as 0) and month, undiscounted; the
        output also per customer who was still there, which says whether it falls because customers bring
        less or because they leave.
    """
    draw_input_output(flow, ax, currency=currency, lang=lang)
    ax.set_xlim(0.0, len(flow.money) / _MONTHS)
    tidy(ax)
    money_axis(ax)
    ax.set_xlabel(say("plot.river.years", lang))
    ax.set_ylabel(say("plot.river.per_month", lang, currency=currency))
    ax.legend(loc="upper right", frameon=False, fontsize=9, borderaxespad=0.1)
    return ax


@house_style
def draw_input_output(flow: CohortFlow, ax: Axes, *, currency: str, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_input_output`, and set the scale of money to it."""
    money, there = flow.money, flow.staying
    years = (money.index.to_numpy() - 0.5) / _MONTHS
    for values, name, colour, dashes in (
        (money["output"] / there, "output_staying", OUTPUT_COLOUR, ":"),
        (money["output"], "output", OUTPUT_COLOUR, "-"),
        (money["input"], "input", INPUT_COLOUR, "--"),
    ):
        label = say(f"plot.river.{name}", lang)
        ax.plot(years, values, color=colour, linewidth=1.7, linestyle=dashes, label=label)
    later = np.concatenate([money["input"].iloc[1:], (money["output"] / there).iloc[1:]])
    # The upper third is for words.
    top = 1.6 * float(np.nanmax(later, initial=0.0))
    ax.set_ylim(round_limits(min(float(money["output"].min()), 0.0), top, parts=10))
    first = float(money["input"].iloc[0])
    if first > ax.get_ylim()[1]:
        text = say("plot.river.off_scale", lang, amount=f"{first:,.0f} {currency}")
        _note(ax, text, (1.6 / _MONTHS, 0.93), "left", readable(INPUT_COLOUR))
    _mark_break_even(flow, ax, lang)
    ax.axhline(0.0, color=MUTED, linewidth=0.9)


@house_style
def plot_stage_balance(flow: CohortFlow, scheme: str, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw what a customer of the cohort costs (left) and brings (right) in each stage, all months together.

    Parameters
    ----------
    flow : CohortFlow
    scheme : str
        A key of :data:`crmsim.schemes.STAGE_SCHEMES`; stages that it does not tell apart are added up.
    ax : Axes
    currency : str
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A row per label, in the order of a life; currency per customer of the cohort, undiscounted. Below
        each name: how long customers were in it, and what it left per month.
    """
    draw_stage_balance(flow, scheme, ax, lang=lang)
    ax.set_ylim(len(label_colours(scheme)) - 0.45, -0.62)
    ax.set_yticks([])
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    money_axis(ax, "x")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(say("plot.river.balance", lang, currency=currency, months=len(flow.money)))
    return ax


@house_style
def draw_stage_balance(flow: CohortFlow, scheme: str, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_stage_balance`, and set the scale of money to it."""
    table, colours = in_words_of_scheme(flow.by_stage, scheme), label_colours(scheme)
    ax.set_xlim(round_limits(-float(table["input"].max()), float(table["output"].max()), parts=10))
    places = np.arange(len(table))
    ax.barh(places, -table["input"], 0.42, color=INPUT_COLOUR)
    ax.barh(places, table["output"], 0.42, color=OUTPUT_COLOUR)
    ax.plot(table["net"], places, "D", color=INK, markersize=5, markerfacecolor="white", zorder=4)
    ax.vlines(np.zeros(len(places)), places - 0.3, places + 0.3, color=INK, linewidth=1.0)
    for place, (name, row) in enumerate(table.iterrows()):
        title = say(f"label.{scheme}.{name}", lang)
        ax.plot(0.015, place - 0.40, "s", color=colours[name], markersize=9, markeredgecolor=MUTED,
                markeredgewidth=0.5, transform=_row(ax), clip_on=False)  # fmt: skip
        ax.text(0.045, place - 0.40, title, transform=_row(ax), fontsize=9.5, va="center")
        ax.text(1.0, place - 0.40, _stay(row, scheme, lang), transform=_row(ax), fontsize=8.8,
                va="center", ha="right", color=MUTED)  # fmt: skip


@house_style
def plot_tier_river(tiers: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw where the customers of one review were at the following ones, as bands between columns.

    Parameters
    ----------
    tiers : DataFrame
        As from :func:`crmsim.metrics.tier_flow.tiers_at_reviews`: the columns to show, the first of them
        the review whose customers are followed. Who came later is not in it.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        The best tier on top, those lost at the bottom. A band has the colour of the tier that it comes from.
    """
    draw_tier_river(tiers, ax, lang=lang)
    last = tiers.shape[1] - 1
    room = 0.33 * max(last, 1)
    ax.set_xlim(-room, last + room)
    ax.set_xticks(range(last + 1), [str(day) for day in tiers])
    ax.set_yticks([])
    tidy(ax, grid=None)
    ax.spines[:].set_visible(False)
    return ax


@house_style
def draw_tier_river(tiers: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_tier_river`, and write how many are followed.

    The scale of the customers, which shows no numbers, is set to them.
    """
    followed = tiers[tiers.iloc[:, 0].notna()]
    places = np.stack([followed[day].cat.codes.to_numpy(np.int64) for day in followed], axis=1)
    places[places < 0] = len(TIERS)
    colours = [*(TIER_COLOURS[tier] for tier in TIERS), _LOST]
    columns, levels, total = places.shape[1], len(colours), len(followed)
    # A look of its own in inches, however many columns there are.
    gap, width = 0.02 * max(total, 1), 0.03 * max(columns - 1, 1)
    sizes = np.stack([np.bincount(column, minlength=levels) for column in places.T])
    tops = np.stack([_tops(blocks, gap) for blocks in sizes])
    at = np.repeat(np.arange(columns), levels)
    ax.add_collection(_blocks(at, tops.ravel(), sizes.ravel(), width, colours * columns), autolim=False)
    for column in range(columns - 1):
        pairs = np.bincount(levels * places[:, column] + places[:, column + 1], minlength=levels**2)
        ends = tops[column], tops[column + 1]
        ax.add_collection(_bands(pairs.reshape(levels, levels), ends, column, width, colours), autolim=False)
    _name_ends(ax, places, columns, gap, width, lang)
    ax.set_ylim(-(total + levels * gap), gap)
    ax.set_xlabel(say("plot.flow.followed", lang, customers=total, day=followed.columns[0]), fontsize=9)


@house_style
def plot_tier_moves(flow: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw which share of each tier's customers was where at the next review, and how many they were.

    Parameters
    ----------
    flow : DataFrame
        Counts, as from :func:`crmsim.metrics.tier_flow.flow_between_reviews`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A row per tier, which sums to 100 %; the last column has those who were lost.
    """
    here = flow.loc[list(TIERS)]
    names = [say(f"tier.{tier}", lang) for tier in TIERS]
    columns = [*names, say("plot.flow.gone", lang)]
    draw_heat(ax, migration_shares(here).to_numpy(), _rows(here, lang), columns, _percent, top=1.0)
    ax.xaxis.tick_top()
    ax.set_xlabel(say("plot.flow.moves", lang), fontsize=9)
    return ax


@house_style
def draw_tier_moves(flow: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only the squares of :func:`plot_tier_moves`, and write how many the customers are."""
    here = flow.loc[list(TIERS)]
    draw_squares(ax, migration_shares(here).to_numpy(), _percent, top=1.0)
    ax.set_yticklabels(_rows(here, lang))


def _rows(here: pd.DataFrame, lang: str) -> list[str]:
    counts = zip(TIERS, here.sum(axis=1), strict=True)
    return [f"{say(f'tier.{tier}', lang)} ({total:,})" for tier, total in counts]


def _name_band(
    ax: Axes, years: np.ndarray, band: np.ndarray, middle: np.ndarray, name: str, colour: str
) -> None:
    """Write a band's name where it is widest, away from the edges."""
    inside = (years >= 0.15 * years[-1]) & (years <= 0.86 * years[-1])
    if not inside.any() or band[inside].max() < _NAMED:
        return
    at = np.flatnonzero(inside)[int(np.argmax(band[inside]))]
    dark = colour in ("#0072B2",)
    ax.text(years[at], middle[at], name, ha="center", va="center", fontsize=9.5,
            color="white" if dark else INK)  # fmt: skip


def _mark_break_even(flow: CohortFlow, ax: Axes, lang: str) -> None:
    month = flow.break_even
    if math.isinf(month):
        return
    at = month / _MONTHS
    ax.axvline(at, ymax=0.7, color=INK, linewidth=1.0, linestyle=":")  # above it is the legend
    late = at > 0.6 * len(flow.money) / _MONTHS
    _note(
        ax, say("plot.river.break_even", lang, month=f"{month:.0f}"), (at, 0.65), "right" if late else "left"
    )


def _note(ax: Axes, text: str, place: tuple[float, float], side: str, colour: str = INK) -> None:
    """Write a remark beside a year and a part of the height, readable upon lines."""
    ax.annotate(
        text,
        place,
        xycoords=("data", "axes fraction"),
        xytext=(5 if side == "left" else -5, 0),
        textcoords="offset points",
        ha=side,
        va="center",
        color=colour,
        fontsize=8.8,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        zorder=5,
    )


def _row(ax: Axes) -> Transform:
    """Return coordinates of a part of the width and the place of a row."""
    return ax.get_yaxis_transform()


def _stay(row: pd.Series, scheme: str, lang: str) -> str:
    """Return how long customers were in a stage and what it left per month, or what was paid beside it."""
    if row.name == STAGE_SCHEMES[scheme][Stage.PROSPECT]:  # a rate would spread the cost of winning
        return say("plot.river.winning", lang)
    if row.name == STAGE_SCHEMES[scheme][Stage.ENDED]:
        return say("plot.river.asking_back", lang) if row["input"] > 0.0 else ""
    if row["months"] <= 0.0:
        return ""
    net = f"{row['net'] / row['months']:,.1f}".replace("-", "\N{MINUS SIGN}")
    return say("plot.river.in_stage", lang, months=f"{row['months']:.1f}", net=net)


def _percent(share: float) -> str:
    """Write a share; what hardly ever happens stays empty."""
    return f"{100 * share:.0f}%" if share >= 0.005 else ""


def _tops(sizes: np.ndarray, gap: float) -> np.ndarray:
    """Return the upper edges of the blocks of a column, from 0 downwards."""
    return -np.concatenate([[0.0], np.cumsum(sizes + gap)[:-1]])


def _blocks(
    at: np.ndarray, tops: np.ndarray, sizes: np.ndarray, width: float, colours: list[str]
) -> PolyCollection:
    """Return the blocks of the columns; one thing of many parts is drawn much quicker than many things."""
    left, right, bottoms = at - width / 2, at + width / 2, tops - sizes
    corners = [(left, bottoms), (left, tops), (right, tops), (right, bottoms)]
    return PolyCollection(
        np.stack([np.stack(corner, axis=1) for corner in corners], axis=1), facecolors=colours, linewidths=0,
        zorder=3,
    )  # fmt: skip


def _bands(
    pairs: np.ndarray, tops: tuple[np.ndarray, np.ndarray], column: int, width: float, colours: list[str]
) -> PathCollection:
    """Return the bands from one column to the next, each as wide at both ends as it has customers."""
    leaving, arriving = tops[0].copy(), tops[1].copy()
    paths, faces = [], []
    left, right = column + width / 2, column + 1 - width / 2
    bend = (left + right) / 2
    for before, after in np.argwhere(pairs):
        size = pairs[before, after]
        y0, y1 = leaving[before], arriving[after]
        leaving[before] -= size
        arriving[after] -= size
        points = [(left, y0), (bend, y0), (bend, y1), (right, y1), (right, y1 - size), (bend, y1 - size),
                  (bend, y0 - size), (left, y0 - size), (left, y0)]  # fmt: skip
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        paths.append(Path(points, codes))
        faces.append(colours[before])
    return PathCollection(paths, facecolors=faces, alpha=0.45, linewidths=0, zorder=2)


def _name_ends(ax: Axes, places: np.ndarray, columns: int, gap: float, width: float, lang: str) -> None:
    """Write the tiers with their customers beside the first column and the last."""
    names = [*(say(f"tier.{tier}", lang) for tier in TIERS), say("plot.flow.gone", lang)]
    room = 0.055 * (len(places) + len(names) * gap)  # the height of a line of text
    for column, side in ((0, -1), (columns - 1, 1)):
        sizes = np.bincount(places[:, column], minlength=len(names))
        above = np.inf
        for name, size, top in zip(names, sizes, _tops(sizes, gap), strict=True):
            if size:
                above = min(top - size / 2, above - room)
                ax.text(column + side * 0.8 * width, above, f"{name} {size}", va="center",
                        ha="left" if side > 0 else "right", fontsize=8.8)  # fmt: skip
