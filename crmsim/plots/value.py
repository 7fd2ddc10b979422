"""Pictures of customer value: multiples, cumulative value, lifetimes, spends, states, parts.

The same retention can look like little or like much: from 80 to 90 per cent is one step on the axis
and twice the value. These pictures are for seeing that before calculating it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from crmsim.plots.style import (
    COMPONENT_COLOURS,
    GAP_COLOURS,
    INK,
    MUTED,
    STRATEGY_COLOURS,
    STRATEGY_LINES,
    TRUTH,
    house_style,
    money_axis,
    share_axis,
    tidy,
)
from crmsim.text import say
from crmsim.value.acquisition_retention import ResponseCurve, optimal_spend, prospect_value
from crmsim.value.constant_retention import margin_multiple
from crmsim.value.lifetime import plug_in_clv
from crmsim.value.money import Flow, Money
from crmsim.value.rates import DiscountRate, GrowthRate, RetentionRate
from crmsim.value.valuation import Valuation, ValueParts

__all__ = [
    "period_name",
    "plot_cumulative_clv",
    "plot_margin_multiple",
    "plot_plug_in",
    "plot_spend",
    "plot_state_values",
    "plot_value_parts",
]

#: Where the value comes from, when it is not one of the six components.
PART_COLOURS = {
    "base": "#332288",
    "future": "#88CCEE",
    "acquisition": "#AA4499",
    "retention": "#332288",
    "add_on": "#44AA99",
}
_EARNED, _LINE = "#74BCE8", "#332288"


@house_style
def plot_margin_multiple(
    discount: DiscountRate,
    ax: Axes,
    *,
    timing: str = "after_renewal",
    growth: GrowthRate | None = None,
    lang: str = "en",
) -> Axes:
    """Draw the margin multiple over retention, a line for each discount rate.

    Parameters
    ----------
    discount : DiscountRate
        One rate or several.
    ax : Axes
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}
    growth : GrowthRate, optional
        Of the margin.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Retention from 0 to 99 per cent, as far as there is a value without end.

    Examples
    --------
    >>> from crmsim.plots.style import new_figure
    >>> ax = plot_margin_multiple(DiscountRate([0.08, 0.12], "year"), new_figure(6, 4)[1])
    >>> ax.get_xlabel(), len(ax.lines)
    ('retention per year', 2)
    """
    period = period_name(discount.per, lang)
    for place, rate in enumerate(np.atleast_1d(discount.value)):
        kept = np.linspace(0.0, 0.99, 199)
        kept = kept[kept * (1.0 if growth is None else 1.0 + growth.value) < 1.0 + rate]
        one = DiscountRate(rate, discount.per)
        ax.plot(
            kept,
            margin_multiple(RetentionRate(kept, discount.per), one, timing=timing, growth=growth),
            color=STRATEGY_COLOURS[place % len(STRATEGY_COLOURS)],
            linestyle=STRATEGY_LINES[place % len(STRATEGY_LINES)],
            linewidth=2.0,
            label=say("plot.value.discounted", lang, rate=f"{100 * rate:.4g}%", period=period),
        )
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    _finish(ax, lang, x="plot.value.retention", y="plot.value.multiple", period=period)
    share_axis(ax, "x")
    ax.legend(frameon=False, loc="upper left", title=say(f"timing.{timing}", lang), alignment="left")
    return ax


@house_style
def plot_cumulative_clv(
    flows: Flow, ax: Axes, *, acquisition_cost: Money | None = None, first: int = 0, lang: str = "en"
) -> Axes:
    """Draw the expected present value of each payment and their sum, with the break-even.

    Parameters
    ----------
    flows : Flow, shape (payments,)
        As from :func:`crmsim.value.varying_retention.expected_cash_flows`.
    ax : Axes
    acquisition_cost : Money, optional
        Above 0, spent at time 0.
    first : int
        Periods until the first payment: 1 with the timings ``end_of_period`` and ``after_renewal``.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Bars for payments, a line for the sum, and a mark where the sum has come up to 0.
    """
    nothing = Money(0.0, flows.currency, flows.date_of_value)
    cost = float((nothing + (acquisition_cost or nothing)).amount)
    amounts = np.append(np.zeros(first), flows.amount)
    times = np.arange(len(amounts))
    total = np.cumsum(amounts) - cost
    ax.bar(times, amounts, 0.7, color=_EARNED, label=say("plot.value.payment", lang))
    if cost:
        ax.bar(0, -cost, 0.7, color=GAP_COLOURS["short"], label=say("plot.value.acquisition_cost", lang))
    ax.plot(
        times, total, color=_LINE, linewidth=2.0, marker="o", markersize=4, label=say("plot.value.sum", lang)
    )
    ax.axhline(0.0, color=INK, linewidth=1.0)
    paid = np.flatnonzero(total >= 0.0)
    if cost and paid.size:
        place = paid[0]
        ax.annotate(
            say("plot.value.break_even", lang, number=times[place], period=period_name(flows.per, lang)),
            (times[place], total[place]),
            # Below the line, or above it where there is no room below.
            xytext=(0, -46) if total[place] + cost > 0.3 * (total.max() + cost) else (14, 52),
            textcoords="offset points",
            ha="left",
            color=INK,
            arrowprops={"arrowstyle": "-", "color": MUTED},
        )
    _finish(
        ax,
        lang,
        x="plot.value.time",
        y="plot.value.present",
        period=period_name(flows.per, lang),
        currency=flows.currency,
    )
    ax.xaxis.get_major_locator().set_params(integer=True)
    money_axis(ax)
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2)
    return ax


@house_style
def plot_plug_in(
    discount: DiscountRate, ax: Axes, *, timing: str = "immediate", highest: float = 0.98, lang: str = "en"
) -> Axes:
    """Draw value over retention by the expected lifetime in an annuity, and as it is.

    Parameters
    ----------
    discount : DiscountRate
        One rate, above 0.
    ax : Axes
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}
    highest : float
        Retention up to which the lines go, below 1.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Value in margins; the expected lifetime 1 / churn stands on the upper axis, and what the plug-in
        adds is shaded.
    """
    kept = RetentionRate(np.linspace(0.0, highest, 197), discount.per)
    both = plug_in_clv(Flow(1.0, "margin", discount.per), kept, discount, timing=timing)
    period = period_name(discount.per, lang)
    ax.plot(
        kept.value,
        both.plug_in.value,
        color=GAP_COLOURS["short"],
        linestyle="--",
        linewidth=2.0,
        label=say("plot.value.plug_in", lang),
    )
    ax.plot(kept.value, both.truth.value, color=TRUTH, linewidth=2.0, label=say("plot.value.truth", lang))
    ax.fill_between(
        kept.value, both.truth.value, both.plug_in.value, color=GAP_COLOURS["short"], alpha=0.15, linewidth=0
    )
    worst = int(np.nanargmax(both.overstatement))
    if both.overstatement[worst] > 0.0:  # not so where money now and later count the same
        ax.annotate(
            say("plot.value.overstated", lang, share=f"{100 * both.overstatement[worst]:.0f}%"),
            (kept.value[worst], both.plug_in.value[worst]),
            xytext=(-10, 26),
            textcoords="offset points",
            ha="right",
            color=INK,
            arrowprops={"arrowstyle": "-", "color": MUTED},
        )
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    _finish(ax, lang, x="plot.value.retention", y="plot.value.multiple", period=period)
    share_axis(ax, "x")
    lives = (1, 2, 3, 5, 10, 50)
    top = ax.secondary_xaxis("top")
    top.set_xticks([1.0 - 1.0 / life for life in lives], [str(life) for life in lives])
    top.set_xlabel(say("plot.value.lifetime", lang, period=period))
    top.tick_params(length=3, labelcolor=INK)
    top.spines["top"].set_color("#B0B0B0")
    rate = say("plot.value.discounted", lang, rate=f"{100 * float(discount.value):.4g}%", period=period)
    ax.legend(
        frameon=False, loc="upper left", title=f"{say(f'timing.{timing}', lang)}\n{rate}", alignment="left"
    )
    return ax


@house_style
def plot_spend(
    margin: Flow,
    discount: DiscountRate,
    ax: Axes,
    *,
    acquisition: ResponseCurve,
    retention: ResponseCurve,
    lang: str = "en",
) -> Axes:
    """Draw the value of a prospect over the spend on winning and on keeping, with the best of each.

    Parameters
    ----------
    margin, discount, acquisition, retention
        As in :func:`crmsim.value.acquisition_retention.optimal_spend`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Along each line the other spend is at its best.
    """
    plan = optimal_spend(margin, discount, acquisition=acquisition, retention=retention)
    best = {
        "acquisition": float(plan.acquisition_spend.amount),
        "retention": float(plan.retention_spend.amount),
    }
    spends = np.linspace(0.0, 2.5 * max(*best.values(), 1e-9), 301)
    period = period_name(margin.per, lang)
    for place, kind in enumerate(best):
        win = spends if kind == "acquisition" else np.full_like(spends, best["acquisition"])
        keep = spends if kind == "retention" else np.full_like(spends, best["retention"])
        values = prospect_value(
            margin,
            discount,
            acquisition_spend=Money(win, margin.currency, margin.date_of_value),
            acquisition_rate=acquisition.rate(win),
            retention_spend=Flow(keep, margin.currency, margin.per, margin.date_of_value),
            retention_rate=retention.rate(keep),
        )
        name = say(f"plot.value.spend_{kind}", lang, period=period, best=f"{best[kind]:,.2f}")
        colour = STRATEGY_COLOURS[place]
        ax.plot(
            spends, values.value, color=colour, linestyle=STRATEGY_LINES[place], linewidth=2.0, label=name
        )
        ax.plot(best[kind], plan.value.value, marker="o", markersize=7, color=colour)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.margins(x=0.01)
    _finish(ax, lang, x="plot.value.spend", y="plot.value.prospect", currency=margin.currency)
    money_axis(ax)
    money_axis(ax, "x")
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2)
    return ax


@house_style
def plot_state_values(
    values: Mapping[str, Valuation], ax: Axes, *, states: Sequence[str] | None = None, lang: str = "en"
) -> Axes:
    """Draw what a customer in each state is worth, a colour for each policy.

    Parameters
    ----------
    values : mapping of str to Valuation, shape (states,)
        Name of a policy, in words, to its values; all in one currency.
    ax : Axes
    states : sequence of str, optional
        Names of the states, in words; without them they are numbered from 1.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    first = next(iter(values.values()))
    number = len(np.atleast_1d(first.value))
    width = 0.8 / len(values)
    for place, (name, value) in enumerate(values.items()):
        shift = (place - (len(values) - 1) / 2) * width
        bars = ax.bar(
            np.arange(number) + shift,
            (value - first + first).value,  # refuses what is not alike
            0.92 * width,
            color=STRATEGY_COLOURS[place % len(STRATEGY_COLOURS)],
            label=name,
        )
        amounts = np.round(np.atleast_1d(value.value), 1) + 0.0
        labels = [f"{amount:,.1f}".replace("-", "\N{MINUS SIGN}") for amount in amounts]
        ax.bar_label(bars, labels, padding=2, color=INK, fontsize=8)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.set_xticks(np.arange(number), states or [str(state + 1) for state in range(number)])
    ax.margins(y=0.12)
    _finish(ax, lang, x="plot.value.state", y="plot.value.customer", currency=first.currency)
    money_axis(ax)
    ax.legend(frameon=False, loc="upper right")
    return ax


@house_style
def plot_value_parts(value: ValueParts, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw a value part by part, each from where the last one ended, and the total.

    Parameters
    ----------
    value : ValueParts
        Customer equity, a cohort's, or the six components.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    amounts = np.array([float(part.value) for part in value.parts.values()])
    ends = np.cumsum(amounts)
    starts = ends - amounts
    colours = COMPONENT_COLOURS | PART_COLOURS
    rows = np.arange(len(amounts) + 1)
    ax.barh(rows[:-1], amounts, 0.7, left=starts, color=[colours[name] for name in value.parts])
    ax.barh(rows[-1], ends[-1], 0.7, color="#4D4D4D")
    for row, end in enumerate(ends):
        ax.plot([end, end], [row - 0.35, row + 1.35], color=MUTED, linewidth=0.8)
    largest = float(np.abs(amounts).max())
    form = ",.0f" if largest >= 1000 else ",.2f"
    for row, amount, end in zip(rows, [*amounts, ends[-1]], [*ends, ends[-1]], strict=True):
        ax.annotate(
            format(amount, form).replace("-", "\N{MINUS SIGN}"),
            (end, row),
            xytext=(4 if amount >= 0 else -4, 0),
            textcoords="offset points",
            ha="left" if amount >= 0 else "right",
            va="center",
            color=INK,
        )
    ax.axvline(0.0, color=INK, linewidth=1.0)
    low, high = min(0.0, ends.min(), starts.min()), max(0.0, ends.max())
    ax.set_xlim(low - 0.16 * (high - low or 1.0), high + 0.16 * (high - low or 1.0))
    names = [
        say(f"component.{name}" if name in COMPONENT_COLOURS else f"plot.value.part.{name}", lang)
        for name in value.parts
    ]
    ax.set_yticks(rows, [*names, say("plot.value.total", lang)])
    ax.invert_yaxis()
    tidy(ax, grid="x")
    money_axis(ax, "x")
    ax.set_xlabel(say("plot.value.present", lang, currency=value.total.currency))
    ax.set_ylabel(say("plot.value.parts", lang))
    return ax


def _finish(ax: Axes, lang: str, *, x: str, y: str, **words: str) -> None:
    tidy(ax)
    ax.set_xlabel(say(x, lang, **words))
    ax.set_ylabel(say(y, lang, **words))


def period_name(per: str, lang: str) -> str:
    """Name a period: ``year``, or ``6 months``.

    Examples
    --------
    >>> period_name("year", "en"), period_name("6 months", "zh")
    ('year', '6个月')
    """
    number, _, unit = per.rpartition(" ")
    unit = unit.removesuffix("s")
    return say(f"periods.{unit}", lang, number=number) if number else say(f"period.{unit}", lang)
