"""Pictures of one period and of two: deciles, and who moved between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.audit.migration import NOT_THERE, migration_shares
from crmsim.plots.heat import draw_heat
from crmsim.plots.style import INK, MUTED, TIER_COLOURS, house_style, share_axis, tidy
from crmsim.text import say

__all__ = ["plot_deciles", "plot_migration"]


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
    ax.bar_label(bars, labels, padding=5, color=INK)
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
