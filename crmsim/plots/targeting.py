"""Whom a strategy saved, in pictures: uplift curves, the four types, where money went, who pays for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmsim.plots.style import (
    COMPONENT_COLOURS,
    INK,
    MUTED,
    RESPONSE_COLOURS,
    STRATEGY_LINES,
    TIER_COLOURS,
    TRUTH,
    house_style,
    money_axis,
    share_axis,
    strategy_colour,
    tidy,
)
from crmsim.text import say
from crmsim.text.catalogue import catalogue

if TYPE_CHECKING:
    from crmsim.uplift import UpliftCurve

__all__ = [
    "plot_losers",
    "plot_net_gains",
    "plot_offers_by_type",
    "plot_response_types",
    "plot_uplift_curves",
    "plot_value_by_type",
]

_ORACLE, _LOT = "oracle", "random"
#: Types whose colour needs white numbers on it.
_DARK = ("persuadable", "do_not_disturb")
#: A share too small for its number.
_NARROW = 0.035


@house_style
def plot_uplift_curves(
    curves: Mapping[str, UpliftCurve],
    ax: Axes,
    *,
    currency: str | None = None,
    lang: str = "en",
    legend: bool = True,
) -> Axes:
    """Draw what scores would truly add, the more customers get the offer.

    Parameters
    ----------
    curves : dict of str to UpliftCurve
        As from :meth:`crmsim.targeting_result.TargetingComparison.curves`; ``random`` gives way to the
        straight line that it has on average, and ``oracle`` is drawn as the ceiling.
    ax : Axes
    currency : str, optional
        Of the gain; without it gains are customers kept.
    lang : {"en", "zh"}
    legend : bool

    Returns
    -------
    Axes
        Everything per customer who was there (customers kept: per 1,000).
    """
    scale = 1000.0 if currency is None else 1.0
    everybody = next(iter(curves.values()))
    end = scale * everybody.gain[-1] / everybody.customers[-1]
    place = 0
    for name, curve in curves.items():
        if name == _LOT:
            continue
        look: dict = {"color": TRUTH, "linewidth": 2.6}
        if name != _ORACLE:
            look = {"color": strategy_colour(place), "linestyle": STRATEGY_LINES[place % len(STRATEGY_LINES)]}
            look["linewidth"] = 1.8
            place += 1
        share = 100.0 * curve.customers / curve.customers[-1]
        ax.plot(share, scale * curve.gain / curve.customers[-1], label=_score_label(name, lang), **look)
    chance = {"color": MUTED, "linewidth": 1.2, "linestyle": (0, (2, 2))}
    ax.plot([0.0, 100.0], [0.0, end], label=say("plot.uplift_chance", lang), **chance)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.set_xlim(0, 100)
    ax.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    money_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.uplift_share", lang))
    label = (
        say("plot.uplift_saved", lang)
        if currency is None
        else say("plot.uplift_gain", lang, currency=currency)
    )
    ax.set_ylabel(label)
    if legend:
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, handlelength=2.6)
    return ax


@house_style
def plot_net_gains(levels: pd.DataFrame, ax: Axes, *, currency: str, lang: str = "en") -> Axes:
    """Draw what each way to choose brings after the cost of the offers, with its interval.

    Parameters
    ----------
    levels : DataFrame
        As from :meth:`crmsim.targeting_result.TargetingComparison.levels`.
    ax : Axes
    currency : str
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Colours as in :func:`plot_uplift_curves`; the first score is at the top.
    """
    rows = levels[levels["measure"] == "net_gain"].reset_index(drop=True)
    colours = _score_colours(rows["score"])
    ax.axvline(0.0, color=INK, linewidth=1.0)
    for place, row in rows.iterrows():
        colour = colours[row["score"]]
        if math.isfinite(row["low"]) and math.isfinite(row["high"]):
            ends = [row["low"], row["high"]]
            ax.plot(ends, [place, place], color=colour, linewidth=3.0, solid_capstyle="butt")
        ax.plot(row["mean"], place, "o", color=colour, markersize=8)
    _name_scores(ax, rows["score"], lang)
    money_axis(ax, "x")
    tidy(ax, grid="x")
    ax.set_xlabel(say("plot.uplift_gain", lang, currency=currency))
    return ax


@house_style
def plot_offers_by_type(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw to whom the offers of each way to choose went, of 100 offers.

    Parameters
    ----------
    table : DataFrame
        As from :meth:`crmsim.targeting_result.TargetingComparison.offers_by_type`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A score that made no offer has no bar.
    """
    scores = list(dict.fromkeys(table["score"]))
    left = np.zeros(len(scores))
    for kind, colour in RESPONSE_COLOURS.items():
        means = table[table["type"] == kind].set_index("score")["mean"].reindex(scores).fillna(0.0).to_numpy()
        look = {"color": colour, "edgecolor": "white", "linewidth": 0.8}
        ax.barh(range(len(scores)), means, 0.72, left=left, label=say(f"response.{kind}", lang), **look)
        ink = "white" if kind in _DARK else INK
        for place, mean in enumerate(means):
            if mean >= 4.5:
                middle = left[place] + mean / 2.0
                ax.text(middle, place, f"{mean:.0f}", ha="center", va="center", color=ink, fontsize=9)
        left += means
    _name_scores(ax, scores, lang)
    ax.set_xlim(0, 100)
    tidy(ax, grid=None)
    ax.set_xlabel(say("plot.offers_of_100", lang))
    return ax


@house_style
def plot_response_types(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the four types as shares of each group, one column a group.

    Parameters
    ----------
    table : DataFrame
        As from :meth:`crmsim.paired_tables.PairedWorlds.types` by ``tier``, ``stage`` or ``segment``.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Groups in which nobody was are left out.
    """
    by = next(column for column in ("tier", "stage", "segment") if column in table)
    counts = table.groupby(by, sort=False)["customers"].sum()
    groups = [group for group, count in counts.items() if count > 0.0]
    bottom = np.zeros(len(groups))
    for kind, colour in RESPONSE_COLOURS.items():
        shares = table[table["type"] == kind].set_index(by)["share"].reindex(groups).to_numpy()
        look = {"color": colour, "edgecolor": "white", "linewidth": 0.8}
        ax.bar(range(len(groups)), shares, 0.7, bottom=bottom, label=say(f"response.{kind}", lang), **look)
        for place, share in enumerate(shares):
            _write_share(ax, place, bottom[place], share, kind)
        bottom += shares
    names = [_group_label(by, group, lang) for group in groups]
    ax.set_xticks(
        range(len(groups)), [f"{n}\n({counts[g]:,.0f})" for n, g in zip(names, groups, strict=True)]
    )
    ax.set_xlabel(say(f"plot.response_axis.{by}", lang))
    ax.set_ylim(0, 1.06)
    ax.set_yticks(np.linspace(0.0, 1.0, 6))
    share_axis(ax)
    tidy(ax)
    ax.set_ylabel(say("plot.response_share", lang))
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return ax


@house_style
def plot_value_by_type(
    table: pd.DataFrame, ax: Axes, *, currency: str, confidence: float = 0.95, lang: str = "en"
) -> Axes:
    """Draw by type of customer what was gained with a strategy against what it cost.

    Parameters
    ----------
    table : DataFrame
        As from :meth:`crmsim.paired_tables.PairedWorlds.value_by_type`.
    ax : Axes
    currency : str
    confidence : float
        Of the interval of the net value.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Types to which nothing happened are left out.
    """
    table = table[(table[["gain", "cost"]] != 0.0).any(axis=1)]
    places = np.arange(len(table))
    look = {"edgecolor": "white", "linewidth": 0.8}
    spent = {"color": COMPONENT_COLOURS["offer"], "hatch": "///"} | look
    colours = [RESPONSE_COLOURS.get(kind, "#D9D9D9") for kind in table.index]
    ax.barh(places - 0.2, table["gain"], 0.38, color=colours, **look)
    ax.barh(places + 0.2, -table["cost"], 0.38, **spent)
    errors = np.abs(table[["low", "high"]].to_numpy().T - table["net"].to_numpy())
    errors[~np.isfinite(errors)] = 0.0
    net = say("plot.response_net", lang, confidence=f"{confidence:.0%}")
    mark = {"fmt": "D", "color": INK, "markersize": 5.5, "linewidth": 1.4, "capsize": 3}
    ax.errorbar(table["net"], places, xerr=errors, label=net, **mark)
    # Gains have a colour for each type; grey stands for all of them in the legend.
    ax.barh([0], [0], color="#9A9A9A", label=say("plot.response_gain", lang))
    ax.barh([0], [0], label=say("plot.response_cost", lang), **spent)
    ax.axvline(0.0, color=INK, linewidth=1.0)
    names = [say(f"response.{kind}", lang) for kind in table.index]
    counts = [f"{count:,.0f}" for count in table["customers"]]
    ax.set_yticks(places, [f"{n} ({c})" for n, c in zip(names, counts, strict=True)])
    ax.set_ylim(len(table) - 0.4, -0.6)
    money_axis(ax, "x")
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(say("plot.response_value", lang, currency=currency))
    ax.set_ylabel(say("plot.response_type", lang))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=3, borderaxespad=0.2)
    return ax


@house_style
def plot_losers(
    table: pd.DataFrame,
    axes: Sequence[Axes],
    *,
    currency: str,
    measures: Sequence[str] = ("satisfaction", "wait", "value"),
    lang: str = "en",
) -> Sequence[Axes]:
    """Draw what each tier gains or loses, paired, with its interval: a panel for each measure.

    Parameters
    ----------
    table : DataFrame
        As from :meth:`crmsim.paired_tables.PairedWorlds.losers` by tier.
    axes : sequence of Axes
        As many as measures.
    currency : str
    measures : sequence of str
        Of :data:`crmsim.paired_tables.LOSSES`. Shares are drawn in percentage points.
    lang : {"en", "zh"}

    Returns
    -------
    sequence of Axes
        An open mark is a difference that is not decided.
    """
    tiers = [tier for tier in TIER_COLOURS if tier in set(table["tier"])]
    for place, (ax, measure) in enumerate(zip(axes, measures, strict=True)):
        rows = table[table["measure"] == measure].set_index("tier").reindex(tiers)
        unit = rows["unit"].iloc[0]
        scale, words = (100.0, say("plot.points", lang)) if unit == "share" else (1.0, currency)
        if unit not in ("share", "currency"):
            words = say(f"unit.{unit}", lang)
        ax.axvline(0.0, color=INK, linewidth=1.0)
        for height, (tier, row) in enumerate(rows.iterrows()):
            low, high = scale * row["low"], scale * row["high"]
            if math.isfinite(low) and math.isfinite(high):
                ax.plot([low, high], [height, height], color=MUTED, linewidth=2.4, solid_capstyle="butt")
            filled = row["verdict"] in ("higher", "lower")
            face = TIER_COLOURS[str(tier)] if filled else "white"
            ax.plot(
                scale * row["mean"],
                height,
                "o",
                color=TIER_COLOURS["vip"],
                markerfacecolor=face,
                markersize=8,
            )
        # The names of the tiers stand once, at the left.
        ax.set_yticks(range(len(tiers)), [say(f"tier.{tier}", lang) if place == 0 else "" for tier in tiers])
        ax.set_ylim(len(tiers) - 0.4, -0.6)
        ax.margins(x=0.1)
        money_axis(ax, "x")
        tidy(ax, grid="x")
        ax.spines["left"].set_visible(False)
        ax.set_title(say(f"loss.{measure}", lang), loc="left", fontsize=10.5)
        ax.set_xlabel(say("plot.loss_difference", lang, unit=words))
        if place == 0:
            ax.set_ylabel(say("plot.loss_tier", lang))
    return axes


def _score_colours(scores: Iterable[str]) -> dict[str, str]:
    """Return the colour of each score: that of its place among those that are no yardstick."""
    found = {_ORACLE: TRUTH, _LOT: MUTED}
    for name in scores:
        if name not in found:
            found[name] = strategy_colour(len(found) - 2)
    return found


def _name_scores(ax: Axes, scores: Sequence[str], lang: str) -> None:
    ax.set_yticks(range(len(scores)), [_score_label(name, lang) for name in scores])
    ax.set_ylim(len(scores) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)


def _score_label(name: str, lang: str) -> str:
    key = f"score.{name}"
    return say(key, lang) if key in catalogue() else name


def _group_label(by: str, group: str | int, lang: str) -> str:
    if by == "segment":
        return say("plot.response_segment", lang, number=group)
    return say(f"{by}.{group}", lang)


def _write_share(ax: Axes, place: int, bottom: float, share: float, kind: str) -> None:
    """Write a share into its part of a column, or above it where that is too narrow."""
    if not share > 0.0:
        return
    text = f"{100 * share:.0f}%" if share >= 0.01 else f"{100 * share:.1f}%"
    if share >= _NARROW:
        ink = "white" if kind in _DARK else INK
        ax.text(place, bottom + share / 2.0, text, ha="center", va="center", color=ink)
    else:
        ink = RESPONSE_COLOURS[kind] if kind in _DARK else INK
        ax.text(place, bottom + share + 0.005, text, ha="center", va="bottom", color=ink, fontsize=8.5)
