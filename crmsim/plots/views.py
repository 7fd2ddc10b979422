"""Views of the same relationships: label schemes, types of loyalty, service gaps, surveys and the truth.

One town on four maps. What each map leaves out is the point of laying them side by side.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from crmsim.plots.limits import round_limits
from crmsim.plots.style import (
    GAP_COLOURS,
    INK,
    MUTED,
    SEEN,
    STAGE_COLOURS,
    TRUTH,
    TYPE_COLOURS,
    house_style,
    share_axis,
    tidy,
)
from crmsim.schemes import OUTSIDE, STAGE_SCHEMES
from crmsim.text import say

__all__ = [
    "draw_service_gaps",
    "draw_survey",
    "label_colours",
    "plot_label_shares",
    "plot_service_gaps",
    "plot_survey",
    "plot_types",
    "stacking_order",
]

_YEAR = 365.0
#: Between two of the four stages, for a scheme that cuts exploration in two.
_BETWEEN = "#A3D3F0"


@house_style
def plot_label_shares(shares: pd.DataFrame, scheme: str, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw where relationships stand over time in the words of a scheme, as areas that sum to everybody.

    Parameters
    ----------
    shares : DataFrame
        As from :func:`crmsim.metrics.labels.label_shares`: indexed by day, a column per label.
    scheme : str
        The scheme of the labels.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        With the labels named beside it, from top to bottom as they are stacked. What belongs to a
        stage has the colour that the stage has everywhere.
    """
    colours = label_colours(scheme)
    labels = stacking_order(scheme)
    ax.stackplot(
        shares.index / _YEAR,
        shares[labels].to_numpy(dtype=float).T,
        colors=[colours[name] for name in labels],
        labels=[say(f"label.{scheme}.{name}", lang) for name in labels],
        edgecolor="white",
        linewidth=0.4,
    )
    ax.set_ylim(0, 1)
    ax.margins(x=0.01)
    share_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.time_years", lang))
    ax.set_ylabel(say("plot.stage_shares", lang))
    ax.set_title(say(f"scheme.{scheme}", lang), loc="left", fontsize=11)
    handles, names = ax.get_legend_handles_labels()
    ax.legend(
        handles[::-1],
        names[::-1],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        handlelength=1,
    )
    return ax


#: Labels that are stacked above the others.
_PLACES = {"decline": 1, "degeneration": 1, "termination": 2, OUTSIDE: 2}


@house_style
def plot_types(table: pd.DataFrame, typology: str, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw what customers are and what they are taken for, as a mosaic of all of them.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.metrics.typologies.confusion`: customers by true type (row) and by the
        type that the firm takes them for (column).
    typology : str
        The typology of the types.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A column per true type, as wide as the type is common; its tiles show what the firm sees.
        Where the firm is right, the tile is framed and its share of all customers written in it.
    """
    counts = table.to_numpy(dtype=float)
    total = max(counts.sum(), 1.0)
    widths = counts.sum(axis=1) / total
    lefts = np.concatenate([[0.0], np.cumsum(widths)[:-1]])
    names = [say(f"label.{typology}.{name}", lang) for name in table.columns]
    colours = TYPE_COLOURS[-len(names) :]
    for row, (left, width) in enumerate(zip(lefts, widths, strict=True)):
        bottom = 0.0
        for column in range(counts.shape[1]):
            height = counts[row, column] / max(counts[row].sum(), 1.0)
            _draw_tile(ax, (left, bottom), width, height, colours[column], right=row == column)
            if row == column and width * height > 0.02:
                share = f"{100 * width * height:.0f}%"
                ink = "white" if column == len(names) - 1 else INK
                ax.text(left + width / 2, bottom + height / 2, share, ha="center", va="center", color=ink)
            bottom += height
    _name_columns(ax, lefts, widths, names)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    share_axis(ax)
    tidy(ax, grid=None)
    agreed = np.trace(counts) / total
    ax.set_title(
        say("plot.types", lang, typology=say(f"scheme.{typology}", lang), agreed=f"{100 * agreed:.0f}%"),
        loc="left",
        fontsize=11,
    )
    ax.set_xlabel(say("plot.true_type", lang))
    ax.set_ylabel(say("plot.observed_type", lang))
    keys = [Patch(facecolor=colour, label=name) for colour, name in zip(colours, names, strict=True)]
    ax.legend(
        handles=keys[::-1],
        title=say("plot.taken_for", lang),
        alignment="left",
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        handlelength=1,
    )
    return ax


@house_style
def plot_service_gaps(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the gaps of service quality by dimension, and the weighted mean of all.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.metrics.service_quality.servqual_gaps`: indexed by dimension, with
        ``gap`` (perception less expectation, 1 = market average) and ``weight``.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A bar per dimension, as thick as the dimension is important; shortfalls to the left.
    """
    draw_service_gaps(table, ax, lang=lang)
    weights = table["weight"].to_numpy()
    ax.set_yticks(
        np.arange(len(table)),
        [
            f"{say(f'dimension.{name}', lang)} ({100 * w:.0f}%)"
            for name, w in zip(table.index, weights, strict=True)
        ],
    )
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.locator_params(axis="x", nbins=6)
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(say("plot.service_gap", lang))
    return ax


@house_style
def draw_service_gaps(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_service_gaps`; set scale and legend to it."""
    gaps, weights = table["gap"].to_numpy(), table["weight"].to_numpy()
    places = np.arange(len(table))
    thickness = 0.85 * weights / weights.max()
    colours = [GAP_COLOURS["short" if gap < 0 else "over"] for gap in gaps]
    ax.barh(places, gaps, thickness, color=colours, edgecolor="white", linewidth=0.6)
    overall = float((gaps * weights).sum() / weights.sum())
    ax.axvline(0, color=INK, linewidth=1.0)
    ax.axvline(
        overall,
        color=MUTED,
        linewidth=1.4,
        linestyle=(0, (4, 3)),
        label=say("plot.weighted_gap", lang, gap=f"{overall:+.3f}".replace("-", "\N{MINUS SIGN}")),
    )
    ax.set_xlim(round_limits(gaps, overall, parts=10))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, borderaxespad=0.2)


@house_style
def plot_survey(answers: pd.DataFrame, truth: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw what surveys say of satisfaction over what all customers feel.

    Parameters
    ----------
    answers : DataFrame
        As from :func:`crmsim.metrics.surveys.satisfied_in_surveys`: indexed by day, ``satisfied`` and
        ``standard_error``, shares of those who answered.
    truth : DataFrame
        As from :func:`crmsim.metrics.satisfaction.satisfaction_by_month`: indexed by day,
        ``satisfied``, a share of all active customers.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        The truth as a line, each survey as a mark with its 95 % interval, which knows of chance and
        not of those who did not answer.
    """
    draw_survey(answers, truth, ax, lang=lang)
    ax.set_ylim(0, 1)
    share_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.time_years", lang))
    ax.set_ylabel(say("plot.satisfied", lang))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, borderaxespad=0.2)
    return ax


@house_style
def draw_survey(answers: pd.DataFrame, truth: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_survey`, and set the scale of time to it."""
    ax.plot(
        truth.index / _YEAR, truth["satisfied"], color=TRUTH, linewidth=2.0, label=say("plot.truth", lang)
    )
    ax.errorbar(
        answers.index / _YEAR,
        answers["satisfied"],
        yerr=1.96 * answers["standard_error"],
        color=SEEN,
        linestyle="none",
        marker="o",
        markersize=6,
        markerfacecolor="white",
        markeredgewidth=1.6,
        elinewidth=1.6,
        label=say("plot.answers", lang),
    )
    days = [*truth.index, *answers.index]
    first, last = min(days) / _YEAR, max(days) / _YEAR
    room = 0.02 * (last - first)
    ax.set_xlim(first - room, last + room)


def stacking_order(scheme: str) -> list[str]:
    """Return the labels from the bottom up: what has gone wrong or is over lies on the living relationships.

    Examples
    --------
    >>> stacking_order("four_stage")
    ['stability', 'formation', 'exploration', 'degeneration', 'outside']
    """
    labels = list(label_colours(scheme))
    return sorted(labels, key=lambda name: (_PLACES.get(name, 0), -labels.index(name)))


def label_colours(scheme: str) -> dict[str, str]:
    """Return a colour per label; a label that merges stages has that of the later one."""
    if scheme == "five_contact":
        return {
            "contact": STAGE_COLOURS["prospect"],
            "acquisition": STAGE_COLOURS["exploration"],
            "conversion": _BETWEEN,
            "retention": STAGE_COLOURS["formation"],
            "loyalty": STAGE_COLOURS["stability"],
            OUTSIDE: STAGE_COLOURS["ended"],
        }
    return {name: STAGE_COLOURS[stage.name.lower()] for stage, name in STAGE_SCHEMES[scheme].items()}


def _draw_tile(
    ax: Axes, corner: tuple[float, float], width: float, height: float, colour: str, *, right: bool
) -> None:
    """Draw one tile of a mosaic; that of a right guess is framed and lies above its neighbours."""
    look = (
        {"edgecolor": INK, "linewidth": 1.6, "zorder": 3}
        if right
        else {"edgecolor": "white", "linewidth": 0.8}
    )
    ax.bar(corner[0], height, width, bottom=corner[1], align="edge", facecolor=colour, **look)


def _name_columns(ax: Axes, lefts: np.ndarray, widths: np.ndarray, names: list[str]) -> None:
    """Name the columns that are wide enough for it, aslant if need be."""
    shown = [place for place, width in enumerate(widths) if width > 0.02]
    ax.set_xticks([lefts[place] + widths[place] / 2 for place in shown], [names[place] for place in shown])
    for tick in ax.get_xticklabels():
        tick.set(rotation=20, ha="right", rotation_mode="anchor")
