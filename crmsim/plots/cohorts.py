"""Pictures of cohorts: the customer cohort chart (C3) and the triangle of cohorts compared.

(Fader, Hardie & Ross 2022.) Cohorts lie one upon the other like layers of rock, the oldest at the
bottom; how fast a layer thins tells how loyal it is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from crmsim.audit.cohorts import MEASURES
from crmsim.errors import InputError
from crmsim.plots.heat import BLUES, draw_heat
from crmsim.plots.style import ACTUAL, STAGE_COLOURS, house_style, money_axis, share_axis, tidy
from crmsim.text import say

__all__ = ["plot_base_over_time", "plot_cohort_chart", "plot_cohort_curves", "plot_cohort_triangle"]

_SHARES = ("active_share",)
_MONEY = ("average_order", "spend", "spend_per_customer", "cumulative_spend_per_customer")


@house_style
def plot_cohort_chart(
    table: pd.DataFrame, ax: Axes, *, currency: str | None = None, lang: str = "en"
) -> Axes:
    """Draw the base by calendar period as layers of cohorts, the oldest at the bottom (C3).

    Parameters
    ----------
    table : DataFrame
        Cohort by period, as from :func:`crmsim.audit.cohorts.by_period`.
    ax : Axes
    currency : str, optional
        If the table is one of spend; without it, of active customers.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    layers = table.fillna(0.0)
    places = np.arange(layers.shape[1])
    below = np.zeros(len(places))
    shades = BLUES(np.linspace(0.95, 0.15, len(layers)))
    shown = set(np.unique(np.linspace(0, len(layers) - 1, min(len(layers), 6)).astype(int)))
    for place, (cohort, heights) in enumerate(layers.iterrows()):
        label = _name(cohort) if place in shown else None
        ax.bar(
            places, heights, 0.9, below, color=shades[place], label=label, edgecolor="white", linewidth=0.3
        )
        below = below + heights.to_numpy()
    _period_ticks(ax, [_name(period) for period in layers.columns])
    tidy(ax)
    money_axis(ax)
    ax.set_xlabel(say("plot.period", lang))
    ax.set_ylabel(
        say("plot.spend", lang, currency=currency) if currency else say("plot.active_customers", lang)
    )
    ax.legend(title=say("plot.cohort", lang), frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


@house_style
def plot_cohort_triangle(
    table: pd.DataFrame,
    ax: Axes,
    *,
    measure: str = "active_share",
    currency: str | None = None,
    lang: str = "en",
) -> Axes:
    """Draw a measure by cohort and age as coloured squares: retention, for the share of active ones.

    Parameters
    ----------
    table : DataFrame
        Cohort by age, as from :func:`crmsim.audit.cohorts.by_age`.
    ax : Axes
    measure : str
        Which one it is.
    currency : str, optional
        For measures of money.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    title = _title(measure, currency, lang)

    def write(number: float) -> str:
        if measure in _SHARES:
            return f"{100 * number:.0f}%"
        return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"

    cohorts, ages = [_name(cohort) for cohort in table.index], [str(age) for age in table.columns]
    cells = table.to_numpy()
    # The first period would take all the colours: everybody bought in it.
    later = cells[:, 1:][np.isfinite(cells[:, 1:])]
    draw_heat(ax, cells, cohorts, ages, write, top=float(later.max()) if later.size else None)
    ax.set_xlabel(say("plot.age", lang))
    ax.set_ylabel(say("plot.cohort", lang))
    ax.set_title(title, loc="left", fontsize=10)
    return ax


@house_style
def plot_cohort_curves(
    table: pd.DataFrame,
    ax: Axes,
    *,
    measure: str = "cumulative_spend_per_customer",
    currency: str | None = None,
    lang: str = "en",
) -> Axes:
    """Draw a measure by age as a curve per cohort, the oldest in the darkest blue.

    Parameters
    ----------
    table, ax, measure, currency, lang
        As in :func:`plot_cohort_triangle`.

    Returns
    -------
    Axes
    """
    shades = BLUES(np.linspace(0.95, 0.35, len(table)))
    shown = set(np.unique(np.linspace(0, len(table) - 1, min(len(table), 6)).astype(int)))
    for place, (cohort, curve) in enumerate(table.iterrows()):
        label = _name(cohort) if place in shown else None
        ax.plot(curve.index, curve, color=shades[place], linewidth=1.6, marker="o", markersize=3, label=label)
    ax.set_xlabel(say("plot.age", lang))
    ax.set_ylabel(_title(measure, currency, lang))
    ax.set_ylim(bottom=min(0.0, float(np.nanmin(table.to_numpy()))))
    ax.xaxis.get_major_locator().set_params(integer=True)
    if measure in _SHARES:
        share_axis(ax)
    else:
        money_axis(ax)
    tidy(ax)
    ax.legend(title=say("plot.cohort", lang), frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


@house_style
def plot_base_over_time(table: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the customers active in each period: who had bought before, and who is new.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.cohorts.base_over_time`.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A period that is not over yet is hatched.
    """
    places, going = np.arange(len(table)), ~table["complete"].to_numpy(dtype=bool)
    layers = (
        ("returning", np.zeros(len(table)), STAGE_COLOURS["stability"], say("plot.base.returning", lang)),
        ("new", table["returning"].to_numpy(), STAGE_COLOURS["formation"], say("plot.base.new", lang)),
    )
    for column, below, colour, label in layers:
        ax.bar(places, table[column], 0.85, below, color=colour, label=label)
    if going.any():
        ax.bar(
            places[going],
            table["active"].to_numpy()[going],
            0.85,
            color="none",
            edgecolor="white",
            hatch="///",
            linewidth=0.0,
        )
    _period_ticks(ax, [_name(period) for period in table.index])
    tidy(ax)
    money_axis(ax)
    ax.set_xlabel(say("plot.period", lang))
    ax.set_ylabel(say("plot.active_customers", lang))
    handles = ax.get_legend_handles_labels()[0]
    if going.any():
        label = say("plot.base.incomplete", lang)
        handles.append(Patch(facecolor=ACTUAL, edgecolor="white", hatch="///", linewidth=0.0, label=label))
    ax.legend(
        handles=handles,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=3,
        borderaxespad=0.2,
    )
    return ax


def _title(measure: str, currency: str | None, lang: str) -> str:
    if measure not in MEASURES:
        raise InputError("measure", f"must be one of {', '.join(MEASURES)}", measure)
    name = say(f"measure.{measure}", lang)
    if measure not in _MONEY:
        return name
    if currency is None:
        raise InputError("currency", f"must be given for {measure}")
    return say("plot.with_currency", lang, name=name, currency=currency)


def _name(period: pd.Period) -> str:
    """Write a period as briefly as possible: a week is named by its first day."""
    return f"{period.start_time:%Y-%m-%d}" if "/" in str(period) else str(period)


def _period_ticks(ax: Axes, names: list[str]) -> None:
    step = max(1, -(-len(names) // (4 if len(names[0]) > 7 else 6)))
    places = np.arange(0, len(names), step)
    ax.set_xticks(places, [names[place] for place in places])
