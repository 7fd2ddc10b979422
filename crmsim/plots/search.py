"""A search as pictures: what was tried and when it got better, and the front of profit and satisfaction.

Everything is drawn as the paired difference to the strategy as it was: a level is another in every
population, a difference on the same customers is not.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.metrics.outcomes import OUTCOMES
from crmsim.plots.comparison import difference_unit
from crmsim.plots.style import INK, MUTED, house_style, money_axis, tidy
from crmsim.text import say

__all__ = ["plot_front", "plot_search"]

_KEPT, _HELD = "#0072B2", "#D55E00"
#: State of a trial, its colour and mark, and the key of its name.
_STATES = (
    ("kept", _KEPT, "o", "plot.search_kept"),
    ("infeasible", MUTED, "x", "plot.search_infeasible"),
)


@house_style
def plot_search(
    trials: pd.DataFrame,
    holdout: pd.DataFrame,
    ax: Axes,
    *,
    outcome: str,
    currency: str,
    confidence: float = 0.95,
    lang: str = "en",
) -> Axes:
    """Draw what every trial gains over the strategy as it was, and what the hold-out says of the winner.

    Parameters
    ----------
    trials, holdout : DataFrame
        As of :class:`crmsim.search_result.SearchResult`; without winners the hold-out is empty.
    ax : Axes
    outcome : str
        The first objective.
    currency : str
    confidence : float
        Of the intervals in the hold-out.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Paired differences of the outcome. Trials that break a constraint are crosses; those that could not
        be run are not drawn.
    """
    scale, unit = difference_unit(outcome, currency, lang)
    gain, better = scale * trials[f"{outcome}_gain"], OUTCOMES[outcome].better
    for state, colour, mark, key in _STATES:
        rows = trials["state"] == state
        if rows.any():
            ax.plot(trials["trial"][rows], gain[rows], mark, color=colour, markersize=4.5, alpha=0.7,
                    linestyle="none", label=say(key, lang))  # fmt: skip
    best = (better * gain.where(trials["state"] == "kept")).cummax().ffill() * better
    ax.step(
        trials["trial"], best, where="post", color=_KEPT, linewidth=1.6, label=say("plot.search_best", lang)
    )
    ax.axhline(0.0, color=INK, linewidth=1.0)
    last = float(trials["trial"].max())
    held = holdout[(holdout["outcome"] == outcome) & (holdout["candidate"] != "start")].head(1)
    for row in held.to_dict("records"):
        place = last + max(last * 0.05, 0.8)
        if math.isfinite(row["gain_low"]):
            ends = [scale * row["gain_low"], scale * row["gain_high"]]
            ax.plot([place, place], ends, color=_HELD, linewidth=3.0, alpha=0.7, solid_capstyle="butt")
        about = {"n": int(row["n"]), "confidence": f"{confidence:.0%}"}
        ax.plot([place], [scale * row["gain"]], "D", color=_HELD, markersize=7, linestyle="none",
                label=say("plot.search_held", lang, **about))  # fmt: skip
    ax.set_xlabel(say("plot.search_trial", lang))
    ax.set_ylabel(_named(outcome, unit, lang))
    money_axis(ax)
    tidy(ax)
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)
    return ax


@house_style
def plot_front(
    trials: pd.DataFrame,
    holdout: pd.DataFrame,
    ax: Axes,
    *,
    outcomes: tuple[str, str],
    currency: str,
    lang: str = "en",
) -> Axes:
    """Draw the Pareto front of two outcomes, as the search saw it and as the hold-out does.

    Parameters
    ----------
    trials, holdout : DataFrame
        As of :class:`crmsim.search_result.SearchResult`.
    ax : Axes
    outcomes : tuple of str
        On the horizontal and on the vertical axis, as paired differences to the strategy as it was.
    currency : str
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    scales, units = zip(*(difference_unit(outcome, currency, lang) for outcome in outcomes), strict=True)
    gains = [scale * trials[f"{o}_gain"] for scale, o in zip(scales, outcomes, strict=True)]
    for state, colour, mark, key in _STATES:
        rows = (trials["state"] == state) & ~trials["chosen"]
        if rows.any():
            ax.plot(gains[0][rows], gains[1][rows], mark, color=colour, markersize=4.5, alpha=0.55,
                    label=say(key, lang))  # fmt: skip
    front = gains[0][trials["chosen"]].sort_values().index
    ax.plot(gains[0][front], gains[1][front], "o--", color=_KEPT, linewidth=1.2, markersize=6,
            markerfacecolor="white", label=say("plot.front_trained", lang))  # fmt: skip
    _held_front(ax, holdout, outcomes, scales, lang)
    ax.plot(
        [0.0], [0.0], "*", color=INK, markersize=11, linestyle="none", label=say("plot.front_start", lang)
    )
    for axis, set_label, place in ((ax.xaxis, ax.set_xlabel, 0), (ax.yaxis, ax.set_ylabel, 1)):
        money_axis(ax, axis.axis_name)
        set_label(_named(outcomes[place], units[place], lang))
    tidy(ax, grid="both")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)
    return ax


def _held_front(
    ax: Axes, holdout: pd.DataFrame, outcomes: tuple[str, str], scales: tuple[float, ...], lang: str
) -> None:
    """Draw what the trials of the front gain on the hold-out, with their intervals."""
    table = holdout[holdout["candidate"] != "start"].pivot(index="candidate", columns="outcome")
    if table.empty:
        return
    ends = {
        (o, end): scale * table[end][o].to_numpy(dtype=float)
        for o, scale in zip(outcomes, scales, strict=True)
        for end in ("gain", "gain_low", "gain_high")
    }
    x, y = outcomes
    for line, along, across in ((ax.hlines, x, y), (ax.vlines, y, x)):
        low, high = ends[along, "gain_low"], ends[along, "gain_high"]
        if np.isfinite(low).all() and np.isfinite(high).all():
            line(ends[across, "gain"], low, high, color=_HELD, linewidth=1.2, alpha=0.45)
    ax.plot(
        ends[x, "gain"], ends[y, "gain"], "o", color=_HELD, markersize=6, label=say("plot.front_held", lang)
    )


def _named(outcome: str, unit: str, lang: str) -> str:
    return say("plot.search_gain", lang, outcome=say(f"outcome.{outcome}", lang), unit=unit)
