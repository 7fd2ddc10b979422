"""Pictures of rankings: the whale curve, ABC classes, and the matrices of key accounts and of marketing.

A firm that has seen its whale come up out of the water does not forget it: so much is earned with
the first customers, and so much is lost again on the last.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter, SymmetricalLogLocator

from crmsim.audit.concentration import WhaleCurve
from crmsim.audit.matrices import KAISM, MARKETING_MODES
from crmsim.plots.style import (
    GAP_COLOURS,
    INK,
    MUTED,
    TIER_COLOURS,
    house_style,
    money_axis,
    share_axis,
    tidy,
)
from crmsim.text import say

__all__ = ["CELL_COLOURS", "plot_abc", "plot_kaism", "plot_marketing_modes", "plot_whale_curve"]

#: Cells of the key account matrix: strong in dark, weak in light; attractive in blue, others in brown.
CELL_COLOURS = dict(zip(KAISM, ("#01665E", "#80CDC1", "#8C510A", "#DFC27D"), strict=True))
_CELL_MARKS = dict(zip(KAISM, ("o", "^", "s", "x"), strict=True))
#: Modes of marketing: high value in blue, low value in brown; different needs dark, similar ones light.
_MODE_LOOKS = dict(
    zip(MARKETING_MODES, zip(("#01665E", "#80CDC1", "#DFC27D", "#8C510A"), "os^x", strict=True), strict=True)
)


@house_style
def plot_whale_curve(curve: WhaleCurve, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw cumulative profit by ranked customers, with its peak.

    Parameters
    ----------
    curve : WhaleCurve
        As from :func:`crmsim.audit.concentration.whale_curve`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        What lies above the total is shaded: it is earned and lost again.
    """
    earned, lost = TIER_COLOURS["vip"], GAP_COLOURS["short"]
    ax.plot(curve.customers, curve.profit, color=earned, linewidth=2.0)
    ax.fill_between(
        curve.customers, curve.profit, 100.0, where=curve.profit >= 100.0, color=lost, alpha=0.2, linewidth=0
    )
    ax.axhline(100.0, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    ax.plot([curve.peak_at], [curve.peak], marker="o", markersize=6, color=earned)
    text = say("plot.whale_peak", lang, peak=f"{curve.peak:.0f}%", customers=f"{curve.peak_at:.0f}%")
    right = curve.peak_at > 60.0
    ax.annotate(
        text,
        (curve.peak_at, curve.peak),
        xytext=(0, 7),
        textcoords="offset points",
        ha="right" if right else "left" if curve.peak_at < 20.0 else "center",
        color=INK,
    )
    ax.set_xlim(-1, 101)
    ax.set_ylim(0, 1.15 * curve.peak)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(decimals=0))
    tidy(ax)
    ax.set_xlabel(say("plot.ranked_customers", lang))
    ax.set_ylabel(say("plot.cumulative_profit", lang))
    return ax


@house_style
def plot_abc(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw how many customers each class has, and what they bring, as pairs of bars.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.classes.abc_table`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Both are shares of all; below 0 where a class costs more than it brings.
    """
    places = np.arange(len(table))
    pairs = (
        ("share_of_customers", -0.2, TIER_COLOURS["ordinary"], "plot.abc_customers"),
        ("share_of_value", 0.2, TIER_COLOURS["vip"], "plot.abc_value"),
    )
    for column, shift, colour, key in pairs:
        heights = table[column].to_numpy()
        bars = ax.bar(places + shift, heights, 0.38, color=colour, label=say(key, lang))
        labels = [f"{100 * height:.0f}%".replace("-", "\N{MINUS SIGN}") for height in heights]
        ax.bar_label(bars, labels, padding=2, color=INK)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.set_xticks(
        places,
        [
            say("plot.abc_class", lang, name=name, customers=f"{count:,}")
            for name, count in table["customers"].items()
        ],
    )
    share_axis(ax)
    tidy(ax)
    ax.margins(y=0.12)
    ax.set_xlabel(say("plot.abc_axis", lang))
    ax.set_ylabel(say("plot.abc_share", lang))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)
    return ax


@house_style
def plot_kaism(
    table: pd.DataFrame, ax: Axes, *, currency: str, seen_by_firm: bool = False, lang: str = "en"
) -> Axes:
    """Draw accounts in the key account matrix, with its four cells.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.metrics.review.kaism_accounts`.
    ax : Axes
    currency : str
        Of the attractiveness.
    seen_by_firm : bool
        Whether strength is the answer to the recommendation question instead of the share of wallet.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A mark per account, the borders at the means, and each cell named with its number of accounts.
    """
    strength, value = table["strength"], table["attractiveness"]
    looks = {cell: (CELL_COLOURS[cell], _CELL_MARKS[cell]) for cell in KAISM}
    words = {cell: say(f"kaism.{cell}", lang) for cell in KAISM}
    _draw_matrix(ax, strength, value, table["cell"], looks, words, (strength.mean(), value.mean()), lang)
    if seen_by_firm:
        ax.set_xlim(-0.4, 10.4)
    else:
        share_axis(ax, "x")
    tidy(ax, grid=None)
    ax.set_xlabel(say("plot.kaism_answer" if seen_by_firm else "plot.kaism_wallet", lang))
    ax.set_ylabel(say("plot.kaism_value", lang, currency=currency))
    return ax


@house_style
def plot_marketing_modes(
    table: pd.DataFrame,
    ax: Axes,
    *,
    currency: str,
    cuts: tuple[float, float] | None = None,
    lang: str = "en",
) -> Axes:
    """Draw customers by value and by how individual their needs are, with the mode that fits each.

    Parameters
    ----------
    table : DataFrame
        A row per customer: ``value`` (currency), ``need_difference`` and ``mode``, as from
        :func:`crmsim.audit.matrices.marketing_modes`.
    ax : Axes
    currency : str
        Of the value.
    cuts : pair of float, optional
        The borders that the modes were made with; the means by default.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    need, value = table["need_difference"], table["value"]
    borders = (need.mean(), value.mean()) if cuts is None else (cuts[1], cuts[0])
    words = {mode: say(f"mode.{mode}", lang) for mode in MARKETING_MODES}
    _draw_matrix(ax, need, value, table["mode"], _MODE_LOOKS, words, borders, lang)
    tidy(ax, grid=None)
    ax.set_xlabel(say("plot.need_difference", lang))
    ax.set_ylabel(say("plot.customer_value", lang, currency=currency))
    return ax


def _draw_matrix(
    ax: Axes,
    x: pd.Series,
    y: pd.Series,
    cells: pd.Series,
    looks: dict[str, tuple[str, str]],
    words: dict[str, str],
    borders: tuple[float, float],
    lang: str,
) -> None:
    """Draw a mark per customer, the borders of the four cells, and the number in each."""
    for cell, (colour, mark) in looks.items():
        inside = cells == cell
        ax.scatter(
            x[inside],
            y[inside],
            s=18,
            marker=mark,
            color=colour,
            alpha=0.8,
            linewidths=1.0 if mark == "x" else 0.0,
            label=say("plot.kaism_cell", lang, cell=words[cell], customers=f"{inside.sum():,}"),
        )
    for line, border in ((ax.axvline, borders[0]), (ax.axhline, borders[1])):
        line(border, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    _value_axis(ax, y.to_numpy())
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)


def _value_axis(ax: Axes, values: np.ndarray) -> None:
    """Show accounts of very different size: even steps up to the mean, equal factors above it."""
    usual = max(abs(float(values.mean())), 1e-9)
    ax.set_yscale("symlog", linthresh=usual)
    ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=usual, subs=(1.0, 2.0, 5.0)))
    low, high = float(values.min()), float(values.max())
    ax.set_ylim(min(low, 0.0) * 1.3 - 0.1 * usual, max(high, usual) * 1.3)
    money_axis(ax)
