"""A strategy's money in pictures: when it has paid back, and how much to spend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.style import INK, TRUTH, house_style, money_axis, strategy_colour, tidy
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.comparison import Interval

__all__ = ["plot_budget_curve", "plot_payback"]

_YEAR = 365.0


@house_style
def plot_payback(
    cumulative: pd.DataFrame,
    payback: tuple[float, float, float],
    ax: Axes,
    *,
    currency: str,
    confidence: float = 0.95,
    lang: str = "en",
) -> Axes:
    """Draw the cumulative paired difference in profit, its band, and the day on which it has paid back.

    Parameters
    ----------
    cumulative : DataFrame
        As from :meth:`crmsim.returns.StrategyReturns.cumulative`.
    payback : tuple of float
        Day, and its interval, as from :meth:`crmsim.returns.StrategyReturns.payback`.
    ax : Axes
    currency : str
    confidence : float
        Of the band.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    years = cumulative.index.to_numpy() / _YEAR
    about = {"confidence": f"{confidence:.0%}", "n": int(cumulative["n"].min())}
    colour = strategy_colour(0)
    low, high = cumulative["low"], cumulative["high"]
    if np.isfinite(low).all():
        ax.fill_between(years, low, high, color=colour, alpha=0.18, linewidth=0)
    ax.plot(
        years, cumulative["mean"], color=colour, linewidth=2.0, label=say("plot.payback_mean", lang, **about)
    )
    ax.axhline(0.0, color=INK, linewidth=1.0)
    day, first, last = payback
    words = say("plot.payback_never", lang)
    if math.isfinite(day):
        words = say("plot.payback_day", lang, years=_years(day))
        until = min(last, cumulative.index[-1])
        ax.plot(
            [first / _YEAR, until / _YEAR],
            [0.0, 0.0],
            color=TRUTH,
            linewidth=5.0,
            solid_capstyle="butt",
            alpha=0.6,
        )
    end = day if math.isfinite(day) else cumulative.index[-1]
    level = 0.0 if math.isfinite(day) else cumulative["mean"].iloc[-1]
    ax.plot([end / _YEAR], [level], "D", color=TRUTH, markersize=7, linestyle="none", label=words)
    ax.set_xlim(0.0, years[-1])
    money_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.time_years", lang))
    ax.set_ylabel(say("plot.payback_axis", lang, currency=currency))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, borderaxespad=0.2)
    return ax


@house_style
def plot_budget_curve(
    table: pd.DataFrame,
    best: tuple[float, float, float],
    ax: Axes,
    *,
    currency: str,
    held: Interval | None = None,
    confidence: float = 0.95,
    lang: str = "en",
) -> Axes:
    """Draw value against the yearly budget, with the best level and between which levels it lies.

    Parameters
    ----------
    table : DataFrame
        As from :meth:`crmsim.retention_budget.BudgetCurve.table`. No limit stands at the right end.
    best : tuple of float
        Budget, and its interval, as from :meth:`crmsim.retention_budget.BudgetCurve.best`.
    ax : Axes
    currency : str
    held : Interval, optional
        What the best level adds on the hold-out, drawn beside it.
    confidence : float
        Of the intervals.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Levels stand at equal steps. An open mark is a budget that refused nothing in any run.
    """
    levels = table.index.to_numpy()
    places = np.arange(len(levels))
    about = {"confidence": f"{confidence:.0%}", "n": int(table["n"].min())}
    at = {level: place for place, level in enumerate(levels)}
    colour = strategy_colour(0)
    span = [at[best[1]] - 0.25, at[best[2]] + 0.25]
    ax.axvspan(*span, color=TRUTH, alpha=0.12, linewidth=0, label=say("plot.budget_best", lang))
    errors = np.abs(table[["low", "high"]].to_numpy().T - table["mean"].to_numpy())
    errors[~np.isfinite(errors)] = 0.0
    label = say("plot.budget_mean", lang, **about)
    ax.errorbar(places, table["mean"], errors, color=colour, linewidth=1.8, capsize=3, label=label)
    binds = table["binds"].to_numpy(dtype=bool)
    ax.plot(places[binds], table["mean"][binds], "o", color=colour, markersize=7, linestyle="none")
    if not binds.all():
        look = {"color": colour, "markerfacecolor": "white", "markersize": 7, "linestyle": "none"}
        ax.plot(places[~binds], table["mean"][~binds], "o", label=say("plot.budget_open", lang), **look)
    if held is not None:
        words = say("plot.budget_held", lang, n=held.n)
        spread = [[held.mean - held.low], [held.high - held.mean]] if math.isfinite(held.low) else None
        look = {"color": TRUTH, "markersize": 6.5, "capsize": 3}
        ax.errorbar([at[best[0]] + 0.16], [held.mean], spread, fmt="D", label=words, **look)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    names = [say("plot.budget_free", lang) if math.isinf(level) else f"{level:,.10g}" for level in levels]
    ax.set_xticks(places, names)
    money_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.budget_axis", lang, currency=currency))
    ax.set_ylabel(say("plot.budget_gain", lang, currency=currency))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)
    return ax


def _years(day: float) -> str:
    return f"{day / _YEAR:.1f}"
