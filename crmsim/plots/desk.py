"""Pictures of a service desk: who is in the queue, how long they wait, and what late answers are worth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke

from crmsim.plots.style import (
    INK,
    TIER_COLOURS,
    house_style,
    share_axis,
    strategy_colour,
    tidy,
)
from crmsim.text import say

__all__ = ["plot_mean_waits", "plot_number_waiting", "plot_recoveries", "plot_wait_shares"]

#: The palest tier would vanish on white: lines and areas have an edge.
_EDGE = "#5A4A78"
#: Shares of the two curves of :func:`plot_recoveries`: quality in a cold colour, loss in a warm one.
_QUALITY, _LOST = "#35978F", "#B2572E"


@house_style
def plot_number_waiting(waiting: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw how many callers were waiting in each period, one tier upon another.

    Parameters
    ----------
    waiting : DataFrame
        As from :func:`crmsim.metrics.calls.number_waiting`, of weeks; the best tier lies at the bottom.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    # Each number is a mean over its week, so it stays level for a week.
    days = np.append(waiting.index.to_numpy(float), 2 * waiting.index[-1] - waiting.index[-2])
    ax.stackplot(
        days / 7.0,
        np.vstack([waiting.to_numpy(), waiting.to_numpy()[-1:]]).T,
        step="post",
        colors=[TIER_COLOURS[tier] for tier in waiting.columns],
        labels=[say(f"tier.{tier}", lang) for tier in waiting.columns],
        edgecolor=_EDGE,
        linewidth=0.3,
    )
    ax.set_xlim(0, days[-1] / 7.0)
    ax.set_ylim(bottom=0)
    # A few numbers will do; every further one takes time that a slider does not have.
    ax.locator_params(nbins=5)
    tidy(ax)
    ax.set_xlabel(say("plot.desk.week", lang))
    ax.set_ylabel(say("plot.desk.waiting", lang))
    return ax


@house_style
def plot_wait_shares(
    shares: pd.DataFrame,
    ax: Axes,
    *,
    theory: pd.Series | None = None,
    lang: str = "en",
) -> Axes:
    """Draw the share of callers of each tier who waited longer than some time, and theory beside it.

    Parameters
    ----------
    shares : DataFrame
        As from :func:`crmsim.metrics.calls.wait_shares`.
    ax : Axes
    theory : Series, optional
        The same shares for all tiers together as theory expects them, indexed by days.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    for tier in shares.columns:
        ax.plot(
            shares.index,
            shares[tier],
            color=TIER_COLOURS[tier],
            linewidth=2.2,
            path_effects=[Stroke(linewidth=3.2, foreground=_EDGE), Normal()],
            label=say(f"tier.{tier}", lang),
        )
    if theory is not None:
        ax.plot(
            theory.index,
            theory,
            color=INK,
            linewidth=1.6,
            linestyle=(0, (4, 2)),
            label=say("plot.desk.erlang", lang),
        )
    ax.set_xlim(0, _enough(shares if theory is None else pd.concat([shares, theory], axis=1)))
    ax.locator_params(axis="x", nbins=5)
    ax.set_ylim(0, 1.03)
    ax.set_yticks((0.0, 0.5, 1.0))
    share_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.desk.longer_than", lang))
    ax.set_ylabel(say("plot.desk.share_of_callers", lang))
    return ax


def _enough(shares: pd.DataFrame) -> float:
    """Return a round number of days beyond which hardly anybody waits."""
    still = shares.index[(shares > 0.02).any(axis=1)]
    longest = float(still[-1]) if len(still) else 0.0
    rounds = [days for days in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0) if longest <= days]
    return min(rounds[0] if rounds else np.inf, float(shares.index[-1]))


@house_style
def plot_mean_waits(
    waits: Mapping[str, pd.DataFrame], ax: Axes, *, theory: Mapping[str, pd.Series], lang: str = "en"
) -> Axes:
    """Draw the mean wait of each tier under several strategies, with intervals and with what theory expects.

    Parameters
    ----------
    waits : mapping
        From the label of a strategy to ``mean``, ``low``, ``high`` (days), a row per tier.
    ax : Axes
    theory : mapping
        From the same labels to days by tier; what is infinite has no mark.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    tiers = next(iter(waits.values())).index
    highest = 0.0
    for place, (label, table) in enumerate(waits.items()):
        x = np.arange(len(tiers)) + 0.24 * (place - (len(waits) - 1) / 2.0)
        ends = _dots(ax, x, table, strategy_colour(place), "o", label)
        expected = theory[label].reindex(tiers).to_numpy(float)
        expected = np.where(np.isfinite(expected), expected, np.nan)
        ax.plot(
            x, expected, linestyle="none", marker="D", markersize=9, markerfacecolor="none",
            markeredgecolor=INK, label=say("plot.desk.theory", lang) if place == len(waits) - 1 else None,
        )  # fmt: skip
        highest = float(np.nanmax([highest, *ends, *expected]))
    ax.set_xticks(np.arange(len(tiers)), [say(f"tier.{tier}", lang) for tier in tiers])
    ax.set_xlim(-0.5, len(tiers) - 0.5)
    # The legend has the upper third for itself.
    ax.set_ylim(0, 1.5 * highest if highest > 0 else 1.0)
    ax.locator_params(axis="y", nbins=5)
    tidy(ax)
    ax.set_ylabel(say("plot.desk.mean_wait", lang))
    ax.legend(frameon=False, loc="upper left", fontsize=9)
    return ax


@house_style
def plot_recoveries(table: pd.DataFrame, ax: Axes, *, within: float, lang: str = "en") -> Axes:
    """Draw how good the answer to a complaint is, and how many are lost after it, by how long it took.

    Parameters
    ----------
    table : DataFrame
        A row per span of waiting, whose index is its first and last day; ``quality`` and ``lost`` with their
        ``quality_low``, ``quality_high``, ``lost_low``, ``lost_high`` (from 0 to 1) and ``n`` (complaints).
    ax : Axes
    within : float
        Days in which losses were counted.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    labels = {
        "quality": say("plot.desk.quality", lang),
        "lost": say("plot.desk.lost", lang, days=f"{within:g}"),
    }
    for name, colour, marker, shift in (("quality", _QUALITY, "o", -0.09), ("lost", _LOST, "s", 0.09)):
        # Fieller's interval knows nothing of shares; what lies beyond them cannot be.
        ends = table[[f"{name}_low", f"{name}_high"]].where(lambda end: np.isfinite(end)).clip(0.0, 1.0)
        mine = pd.DataFrame({"mean": table[name]}).assign(low=ends[f"{name}_low"], high=ends[f"{name}_high"])
        _dots(ax, np.arange(len(table)) + shift, mine, colour, marker, labels[name])
    counts = table["n"].to_numpy()
    ax.set_xticks(
        np.arange(len(table)),
        [f"{_span(*days, lang)}\n({n:,.0f})" for days, n in zip(table.index, counts, strict=True)],
    )
    ax.set_xlim(-0.5, len(table) - 0.5)
    # The legend has the room above 100 %.
    ax.set_ylim(0, 1.45)
    ax.set_yticks((0.0, 0.5, 1.0))
    share_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.desk.answered_after", lang))
    ax.legend(frameon=False, loc="upper right", fontsize=9)
    return ax


def _dots(ax: Axes, x: np.ndarray, table: pd.DataFrame, colour: str, marker: str, label: str) -> np.ndarray:
    """Draw means with their intervals, hollow where there is none; return the upper ends."""
    mean, low, high = (table[name].to_numpy(float) for name in ("mean", "low", "high"))
    sure = np.isfinite(low) & np.isfinite(high)
    below, above = np.where(sure, mean - np.maximum(low, 0.0), 0.0), np.where(sure, high - mean, 0.0)
    ax.errorbar(
        x, mean, [np.maximum(below, 0.0), np.maximum(above, 0.0)], fmt=marker, color=colour, markersize=6,
        capsize=4, linewidth=1.6, label=label, clip_on=False,
    )  # fmt: skip
    ax.plot(
        x[~sure],
        mean[~sure],
        linestyle="none",
        marker=marker,
        markersize=6,
        color=colour,
        markerfacecolor="white",
    )
    return mean + above


def _span(low: float, high: float, lang: str) -> str:
    if not np.isfinite(high):
        return say("plot.desk.more_than", lang, low=f"{low:g}")
    return f"{low:g}–{high:g}"
