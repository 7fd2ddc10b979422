"""Pictures of customers who come and go: between brands, and between years.

Who flies with another airline this time is not lost, and who ordered nothing this year may order again.
What both pictures show is how fast the past is forgotten: how long it matters where a customer was last.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmsim.plots.heat import BLUES
from crmsim.plots.style import (
    INK,
    STRATEGY_COLOURS,
    STRATEGY_LINES,
    house_style,
    money_axis,
    share_axis,
    tidy,
)
from crmsim.plots.value import period_name
from crmsim.text import say
from crmsim.value.brand_switching import BrandSwitching
from crmsim.value.customer_migration import CohortMigration

__all__ = ["plot_brand_switching", "plot_customer_migration"]

_GIVEN_UP = "#D5D5D5"


@house_style
def plot_brand_switching(results: Mapping[str, BrandSwitching], ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the chance that each purchase to come is of the brand, with the CLV of each kind of customer.

    Parameters
    ----------
    results : mapping of str to BrandSwitching
        In words who the customer is (such as the brand of the last purchase), and what
        :func:`crmsim.value.brand_switching.brand_switching_clv` says of them; all on the same terms.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A line each; they come together where the first purchase is forgotten.

    Raises
    ------
    InputError
        When the values differ in currency, date, horizon, rate or timing.
    """
    first = next(iter(results.values())).clv
    for place, (name, result) in enumerate(results.items()):
        clv = (result.clv - first + first).value  # refuses what is not alike
        purchases = np.arange(1, len(result.shares) + 1)
        ax.plot(
            purchases,
            result.shares,
            color=STRATEGY_COLOURS[place % len(STRATEGY_COLOURS)],
            linestyle=STRATEGY_LINES[place % len(STRATEGY_LINES)],
            linewidth=2.0,
            marker="o",
            markersize=4,
            label=say("plot.switching.clv", lang, name=name, clv=f"{clv:,.2f}", currency=first.currency),
        )
    ax.set_ylim(0, 1.02)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    share_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.switching.purchase", lang))
    ax.set_ylabel(say("plot.switching.share", lang))
    terms = say(
        "plot.switching.terms",
        lang,
        horizon=f"{float(first.horizon):g}",
        period=period_name(first.per, lang),
        rate=f"{100 * float(first.discount.value):.4g}%",
    )
    ax.legend(
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.2,
        title=terms,
        alignment="left",
    )
    return ax


@house_style
def plot_customer_migration(path: CohortMigration, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw where the customers of a cohort are, period by period: by recency, or given up.

    Parameters
    ----------
    path : CohortMigration
        As from :func:`crmsim.value.customer_migration.customer_migration`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Bars of equal height: those who bought in the period at the bottom, darkest; who has been given up
        so far on top, in grey. The value per customer is written above.
    """
    cells, periods = path.cells, path.cells.index.to_numpy()
    shades = BLUES(np.linspace(0.95, 0.2, cells.shape[1]))
    below = np.zeros(len(periods))
    for place, recency in enumerate(cells.columns):
        name = say("plot.migration.bought", lang) if place == 0 else say("plot.migration.ago", lang, n=place)
        heights = cells[recency].to_numpy()
        ax.bar(periods, heights, 0.85, below, color=shades[place], label=name)
        below = below + heights
    gone = path.table["given_up"].cumsum().to_numpy()
    ax.bar(periods, gone, 0.85, below, color=_GIVEN_UP, label=say("plot.migration.given_up", lang))
    clv = path.clv
    period = period_name(clv.per, lang)
    ax.set_title(
        say(
            "plot.migration.clv",
            lang,
            clv=f"{clv.value:,.2f}",
            currency=clv.currency,
            horizon=f"{float(clv.horizon):g}",
            period=period,
            rate=f"{100 * float(clv.discount.value):.4g}%",
        ),
        loc="left",
        fontsize=9.5,
        color=INK,
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    tidy(ax)
    money_axis(ax)
    ax.set_xlabel(say("plot.value.time", lang, period=period))
    ax.set_ylabel(say("plot.migration.customers", lang))
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], labels[::-1], frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax
