"""Pictures for calculating a CLV by hand: how long customers stay, the annuity slip, past and future.

A formula gives one number; these show what is behind it. Most customers leave before the average one
does, which is why the average lifetime tells too much, and what was earned so far is no part of what a
decision can still change.
"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from crmsim.plots.style import (
    GAP_COLOURS,
    INK,
    MUTED,
    STAGE_COLOURS,
    TRUTH,
    house_style,
    money_axis,
    share_axis,
    tidy,
)
from crmsim.text import say
from crmsim.value.broad_and_narrow import broad_and_narrow
from crmsim.value.constant_retention import margin_multiple, timing_of
from crmsim.value.lifetime import annuity, expected_lifetime, gone_before_mean
from crmsim.value.money import Flow, Money
from crmsim.value.rates import ChurnRate, DiscountRate, RetentionRate

__all__ = ["mark_retention", "plot_lifetimes", "plot_past_and_future"]

#: With more bars than these, their edges would be all that one sees.
_MOST_BARS = 60


@house_style
def plot_lifetimes(churn: ChurnRate, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw which share of customers stays for how many periods, with the expected lifetime 1 / churn.

    Parameters
    ----------
    churn : ChurnRate
        One rate, above 0.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Bars to the left of the line, in another colour, are those who leave before the mean.

    Examples
    --------
    >>> from crmsim.plots.style import new_figure
    >>> ax = plot_lifetimes(ChurnRate(0.5, "year"), new_figure(4, 3)[1])
    >>> [float(bar.get_height()) for bar in ax.patches[:2]]
    [0.5, 0.25]
    """
    mean, lost = float(expected_lifetime(churn)), float(churn.value)
    last = max(math.ceil(3.2 * mean), 4)
    stays = np.arange(1, last + 1)
    shares = lost * (1.0 - lost) ** (stays - 1)
    early = stays < mean - 1e-9
    for part, colour in ((early, GAP_COLOURS["short"]), (~early, STAGE_COLOURS["formation"])):
        if last <= _MOST_BARS:
            ax.bar(stays[part], shares[part], 0.8, color=colour)
        else:
            ax.fill_between(stays[part], shares[part], step="mid", color=colour, linewidth=0)
    ax.axvline(mean, color=INK, linewidth=1.4, linestyle=(0, (4, 2)))
    text = say(
        "plot.clv.mean_stay",
        lang,
        mean=f"{mean:.3g}",
        share=f"{100 * gone_before_mean(churn):.0f}%",
        period=_unit(churn.per, lang),
    )
    ax.text(0.98, 0.94, text, transform=ax.transAxes, ha="right", va="top", color=INK)
    ax.set_xlim(0.3, last + 0.7)
    ax.set_ylim(0, 1.08 * shares.max())
    ax.xaxis.get_major_locator().set_params(integer=True)
    tidy(ax)
    share_axis(ax)
    ax.set_xlabel(say("plot.clv.stays", lang, period=_unit(churn.per, lang)))
    ax.set_ylabel(say("plot.clv.share_who", lang))
    return ax


@house_style
def mark_retention(
    retention: RetentionRate, discount: DiscountRate, ax: Axes, *, timing: str, lang: str = "en"
) -> Axes:
    """Mark one retention rate in the picture of :func:`crmsim.plots.value.plot_plug_in`.

    Parameters
    ----------
    retention, discount : RetentionRate, DiscountRate
        One rate each, of the same period as the picture's.
    ax : Axes
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}
    lang : {"en", "zh"}
    """
    first, kept = timing_of(timing), float(retention.value)
    payments = kept**first.renewals * expected_lifetime(retention.churn)
    both = (
        float(annuity(payments, discount.value, periods_to_first=first.periods)),
        float(margin_multiple(retention, discount, timing=timing)),
    )
    ax.plot([kept, kept], both, color=INK, linewidth=1.2)
    ax.plot([kept], both[:1], marker="o", markersize=6, color=GAP_COLOURS["short"])
    ax.plot([kept], both[1:], marker="o", markersize=6, color=TRUTH)
    return ax


@house_style
def plot_past_and_future(
    margin: Flow,
    retention: RetentionRate,
    discount: DiscountRate,
    ax: Axes,
    *,
    timing: str,
    age: int,
    payments: int | None = None,
    acquisition_cost: Money | None = None,
    lang: str = "en",
) -> Axes:
    """Draw historic, narrow and broad value over the age at which the customer is reviewed.

    Parameters
    ----------
    margin, retention, discount, timing, age, payments, acquisition_cost
        As in :func:`crmsim.value.broad_and_narrow.broad_and_narrow`; `age` is marked.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Lines for customers who are still there at each age; the narrow one is bold.
    """
    last = max(age, 12) if payments is None else payments
    ages = np.arange(1, last + 1)
    splits = [
        broad_and_narrow(
            margin, retention, discount, timing=timing, age=int(at), payments=payments,
            acquisition_cost=acquisition_cost,
        )
        for at in ages
    ]  # fmt: skip
    parts = {
        "historic": ([float(s.historic.value) for s in splits], MUTED, (0, (1, 1)), 1.6),
        "narrow": ([float(s.narrow.value) for s in splits], TRUTH, "-", 2.6),
        "broad": ([float(s.broad.value) for s in splits], "#332288", (0, (5, 2)), 1.6),
    }
    for name, (values, colour, dash, width) in parts.items():
        mark = "o" if len(ages) == 1 else None
        ax.plot(
            ages, values, color=colour, linestyle=dash, linewidth=width, marker=mark,
            label=say(f"plot.clv.{name}", lang),
        )  # fmt: skip
        if age >= 1:
            ax.plot([age], [values[age - 1]], marker="o", markersize=6, color=colour)
    if age >= 1:
        ax.axvline(age, color=MUTED, linewidth=0.8)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.xaxis.get_major_locator().set_params(integer=True)
    tidy(ax)
    money_axis(ax)
    ax.set_xlabel(say("plot.clv.age", lang, period=_unit(margin.per, lang)))
    ax.set_ylabel(say("plot.clv.as_of_review", lang, currency=margin.currency))
    ax.legend(
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=3,
        borderaxespad=0.2,
        columnspacing=1.2,
    )
    return ax


def _unit(per: str, lang: str) -> str:
    return say(f"time.{per}", lang)
