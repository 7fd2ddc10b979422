"""Pictures of one period and of two: deciles, and who moved between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from crmsim.audit.migration import NOT_THERE, migration_shares
from crmsim.errors import InputError
from crmsim.plots.heat import draw_heat
from crmsim.plots.style import INK, MUTED, TIER_COLOURS, house_style, share_axis, tidy
from crmsim.text import say

__all__ = ["plot_deciles", "plot_distribution", "plot_migration"]


@house_style
def plot_deciles(table: pd.DataFrame, ax: Axes, *, of: str = "spend", lang: str = "en") -> Axes:
    """Draw what each tenth of the customers brings, and all tenths up to it.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.one_period.decile_table`.
    ax : Axes
    of : {"spend", "purchases", "profit"}
        What customers were ranked by.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    places = np.arange(len(table))
    bars = ax.bar(
        places, table["share"], 0.7, color=TIER_COLOURS["important"], label=say("plot.decile_share", lang)
    )
    labels = [f"{100 * share:.0f}%".replace("-", "\N{MINUS SIGN}") for share in table["share"]]
    # The line begins at the top of the first bar and would run through its label.
    halo = [withStroke(linewidth=3, foreground="white")]
    ax.bar_label(bars, labels, padding=6, color=INK, zorder=4, path_effects=halo)
    ax.plot(
        places,
        table["cumulative_share"],
        color=MUTED,
        linewidth=1.2,
        marker="o",
        markersize=4,
        label=say("plot.decile_cumulative", lang),
    )
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.set_xticks(places, [str(decile) for decile in table.index])
    share_axis(ax)
    tidy(ax)
    ax.margins(y=0.1)
    ax.set_xlabel(say("plot.decile", lang))
    ax.set_ylabel(say("plot.share_of", lang, what=say(f"plot.what.{of}", lang)))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)
    return ax


@house_style
def plot_distribution(
    table: pd.DataFrame, ax: Axes, *, of: str = "purchases", currency: str | None = None, lang: str = "en"
) -> Axes:
    """Draw how many customers lie between some numbers, as bars.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.one_period.distribution`.
    ax : Axes
    of : {"purchases", "spend", "profit"}
        What was counted; purchases are whole numbers, so that 3 to below 6 is written 3 to 5.
    currency : str, optional
        Of spend and profit.
    lang : {"en", "zh"}

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        When it is of money and no currency is given.
    """
    axes = {
        "purchases": say("plot.distribution.purchases", lang),
        "spend": say("plot.distribution.spend", lang, currency=currency),
        "profit": say("plot.distribution.profit", lang, currency=currency),
    }
    if of not in axes:
        raise InputError("of", f"must be one of {', '.join(axes)}", of)
    if of != "purchases" and currency is None:
        raise InputError("currency", f"must be given for {of}")
    places = np.arange(len(table))
    bars = ax.bar(places, table["share"], 0.8, color=TIER_COLOURS["important"])
    ax.bar_label(bars, [f"{100 * share:.0f}%" for share in table["share"]], padding=2, color=INK)
    ends = zip(table["low"], table["high"], strict=True)
    ax.set_xticks(places, [_between(low, high, of == "purchases") for low, high in ends])
    share_axis(ax)
    tidy(ax)
    ax.margins(y=0.1)
    ax.set_xlabel(axes[of])
    ax.set_ylabel(say("plot.distribution.customers", lang))
    return ax


def _between(low: float, high: float, whole: bool) -> str:
    """Write a range from `low` to below `high`: 1, 3–5, 10+, <0."""
    if np.isinf(low):
        return f"<{high:,.10g}"
    if np.isinf(high):
        return f"{low:,.10g}+"
    last = high - 1 if whole else high
    text = f"{low:,.10g}" if whole and last == low else f"{low:,.10g}\N{EN DASH}{last:,.10g}"
    return text.replace("-", "\N{MINUS SIGN}")


@house_style
def plot_migration(
    table: pd.DataFrame, ax: Axes, *, names: dict[str, str] | None = None, lang: str = "en"
) -> Axes:
    """Draw which share of each level's customers went to which level.

    Parameters
    ----------
    table : DataFrame
        Counts, as from :func:`crmsim.audit.migration.migration_table`, of deciles or of any levels.
    ax : Axes
    names : dict of str to str, optional
        Words for the levels, where they are not to be shown as they are.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Rows sum to 100 %; who came is in the last row, who left in the last column.
    """
    shares = migration_shares(table)
    words = {NOT_THERE: say("plot.not_a_customer", lang), **(names or {})}
    labels = [words.get(str(level), str(level)) for level in table.index]
    # The last column would run into the one before.
    below = [*labels[:-1], labels[-1].replace(" ", "\n")]
    draw_heat(ax, shares.to_numpy(), labels, below, lambda share: f"{100 * share:.0f}%", top=1.0)
    ax.set_xlabel(say("plot.level_after", lang))
    ax.set_ylabel(say("plot.level_before", lang))
    return ax
