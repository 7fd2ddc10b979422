"""What a result depends on, as pictures: tornado, indices with intervals, and the share of worlds won.

Like the bars of an equaliser: the longest at the top is the knob that matters.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.metrics.outcomes import OUTCOMES
from crmsim.plots.comparison import difference_unit
from crmsim.plots.style import INK, MUTED, house_style, money_axis, share_axis, strategy_label, tidy
from crmsim.text import say

__all__ = ["VERDICT_COLOURS", "plot_effects", "plot_flip", "plot_indices", "plot_shares", "plot_tornado"]

_LOW, _HIGH = "#56B4E9", "#0B3C5D"
_FIRST, _TOTAL = "#0072B2", "#D55E00"
VERDICT_COLOURS = {
    "ahead": "#4D4D4D",
    "wins": "#0B4F45",
    "equivalent": "#56B4E9",
    "undecided": "#9A9A9A",
    "loses": "#B2572E",
}
_VERDICT_MARKS = {"wins": "o", "equivalent": "D", "undecided": "s", "loses": "v"}


@house_style
def plot_tornado(
    table: pd.DataFrame,
    ax: Axes,
    *,
    outcome: str,
    currency: str,
    centre: float,
    strategy: str,
    base: str | None = None,
    most: int = 12,
    lang: str = "en",
) -> Axes:
    """Draw what each parameter does to a result when it goes from its low to its high end.

    Parameters
    ----------
    table : DataFrame
        As of :func:`crmsim.sensitivity.tornado`, the widest swing first.
    ax : Axes
    outcome : str
        A key of :data:`crmsim.metrics.outcomes.OUTCOMES`.
    currency : str
    centre : float
        The result in the scenario as it is; bars begin there.
    strategy, base : str
        Names; `base` is None for a level.
    most : int
        Parameters that are drawn.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        With the values of the parameters written at the ends of their bars. Thin lines are intervals: of the
        difference at that end or, for a level, of its paired change against the scenario as it is (a level
        is another in every population, so that its own interval would say little).
    """
    rows = table[table["swing"].notna()].head(most)
    scale, unit = _scale(outcome, currency, base, lang)
    for end, shift, colour in (("low", -0.19, _LOW), ("high", 0.19, _HIGH)):
        places, means = np.arange(len(rows)) + shift, scale * rows[f"at_{end}"].to_numpy()
        label = say(f"plot.tornado_{end}", lang)
        ax.barh(places, means - scale * centre, 0.34, left=scale * centre, color=colour, label=label)
        for place, mean, row in zip(places, means, rows.to_dict("records"), strict=True):
            reach = [scale * row[f"at_{end}_{side}"] for side in ("from", "to")]
            if base is None:
                reach = [scale * (centre + row[f"change_{end}_{side}"]) for side in ("from", "to")]
            if all(map(math.isfinite, reach)):
                ax.plot(reach, [place, place], color=INK, linewidth=0.9, zorder=4)
            else:
                reach = [mean, mean]
            tip, away, side = (max(reach), 4, "left") if mean >= scale * centre else (min(reach), -4, "right")
            ax.annotate(
                f"{row[end]:.4g}", (tip, place), xytext=(away, 0), textcoords="offset points", ha=side,
                va="center", color=MUTED, fontsize=8,
            )  # fmt: skip
    ax.axvline(scale * centre, color=INK, linewidth=1.0)
    if base is not None:
        ax.axvline(0.0, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
    values = rows["value"].to_numpy()
    ax.set_yticks(
        range(len(rows)),
        [f"{name} = {value:.4g}" for name, value in zip(rows["parameter"], values, strict=True)],
    )
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.margins(x=0.14)
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    _number_axis(ax, outcome, base)
    note = say("plot.tornado_level" if base is None else "plot.tornado_difference", lang)
    ax.set_xlabel(f"{_label(outcome, unit, strategy, base, lang)}\n{note}")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)
    return ax


@house_style
def plot_indices(
    table: pd.DataFrame, ax: Axes, *, confidence: float = 0.95, most: int = 12, lang: str = "en"
) -> Axes:
    """Draw Sobol' indices with their intervals: alone, and with all interactions.

    Parameters
    ----------
    table : DataFrame
        As of :func:`crmsim.sensitivity.global_indices` with ``method="sobol"``.
    ax : Axes
    confidence : float
        Of the intervals in the table.
    most : int
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    rows = table.head(most)
    for name, shift, colour, mark in (("first", -0.14, _FIRST, "o"), ("total", 0.14, _TOTAL, "D")):
        _intervals(ax, rows, name, shift, colour, mark, say(f"plot.index_{name}", lang))
    _parameter_axis(ax, rows)
    share_axis(ax, "x")
    ax.axvline(0.0, color=INK, linewidth=1.0)
    ax.set_xlabel(say("plot.index_axis", lang, confidence=f"{confidence:.0%}"))
    return ax


@house_style
def plot_effects(
    table: pd.DataFrame,
    ax: Axes,
    *,
    outcome: str,
    currency: str,
    strategy: str,
    base: str | None = None,
    most: int = 12,
    lang: str = "en",
) -> Axes:
    """Draw Morris' elementary effects: their mean size with its interval, and their spread.

    Parameters
    ----------
    table : DataFrame
        As of :func:`crmsim.sensitivity.global_indices` with ``method="morris"``.
    ax : Axes
    outcome, currency, strategy, base, most, lang
        As in :func:`plot_tornado`.

    Returns
    -------
    Axes
    """
    rows, (scale, unit) = table.head(most), _scale(outcome, currency, base, lang)
    rows = rows.assign(**{name: scale * rows[name] for name in rows.columns if name != "parameter"})
    _intervals(ax, rows, "size", -0.14, _FIRST, "o", say("plot.effect_size", lang))
    ax.plot(
        rows["spread"], np.arange(len(rows)) + 0.14, "D", color=_TOTAL, markersize=6, markerfacecolor="white",
        label=say("plot.effect_spread", lang),
    )  # fmt: skip
    _parameter_axis(ax, rows)
    _number_axis(ax, outcome, base)
    ax.axvline(0.0, color=INK, linewidth=1.0)
    result = _label(outcome, unit, strategy, base, lang)
    ax.set_xlabel(say("plot.effect_axis", lang, result=result))
    return ax


@house_style
def plot_shares(
    table: pd.DataFrame,
    ax: Axes,
    *,
    winner: str,
    equivalence: float | None = None,
    confidence: float = 0.95,
    lang: str = "en",
) -> Axes:
    """Draw in which share of the plausible worlds a strategy is ahead, wins and loses, with intervals.

    Parameters
    ----------
    table : DataFrame
        ``verdict``, ``share``, ``low``, ``high`` and ``n``, as of :func:`crmsim.robust_verdict.robustness`.
    ax : Axes
    winner : str
        Name of the strategy.
    equivalence : float, optional
        The difference that does not matter, if there is one: what is behind by less counts as well.
    confidence : float
        Of the intervals in the table.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    rows = table.set_index("verdict").loc[list(VERDICT_COLOURS)]
    if equivalence is None:
        rows = rows.drop(index="equivalent")
    for place, (name, row) in enumerate(rows.iterrows()):
        colour = VERDICT_COLOURS[str(name)]
        ax.barh(place, row["share"], 0.6, color=colour, alpha=0.35)
        ax.plot([row["low"], row["high"]], [place] * 2, color=colour, linewidth=3.0, solid_capstyle="butt")
        ax.plot([row["share"]], [place], "o", color=colour, markersize=7)
        ax.annotate(
            f"{100 * row['share']:.0f}%", (max(row["share"], row["high"]), place), xytext=(5, 0),
            textcoords="offset points", va="center", color=INK,
        )  # fmt: skip
    labels = {name: say(f"plot.verdict_{name}", lang) for name in rows.index}
    if equivalence is not None:
        labels["ahead"] = say("plot.verdict_ahead_within", lang)
    ax.set_yticks(range(len(rows)), labels.values())
    ax.set_ylim(len(rows) - 0.4, -0.7)
    ax.set_xlim(0, 1.1)
    ax.set_xticks(np.linspace(0, 1, 6))
    share_axis(ax, "x")
    tidy(ax, grid="x")
    ax.set_title(strategy_label(winner, lang), loc="left", fontsize=11)
    ax.set_xlabel(say("plot.verdict_axis", lang, n=int(rows["n"].max()), confidence=f"{confidence:.0%}"))
    return ax


@house_style
def plot_flip(
    worlds: pd.DataFrame,
    flip: pd.Series,
    ax: Axes,
    *,
    outcome: str,
    currency: str,
    winner: str,
    equivalence: float | None = None,
    lang: str = "en",
) -> Axes:
    """Draw the winner's margin in every world against one parameter, and where that flips the verdict.

    Parameters
    ----------
    worlds : DataFrame
        As of :func:`crmsim.robust_verdict.robustness`; world 0, the scenario as it is, is marked with a star.
    flip : Series
        A row of its table ``flips``: the parameter and, where that is sure, its limit.
    ax : Axes
    outcome, currency : str
    winner : str
    equivalence : float, optional
        The difference that does not matter, if there is one: a dotted line, above which the winner counts as
        ahead.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    scale, unit = difference_unit(outcome, currency, lang)
    path, drawn = flip["parameter"], worlds[(worlds["world"] > 0) & (worlds["verdict"] != "")]
    for verdict, mark in _VERDICT_MARKS.items():
        rows = drawn[drawn["verdict"] == verdict]
        if rows.empty and verdict == "equivalent":
            continue  # nobody said what does not matter
        ax.scatter(
            rows[path], scale * rows["margin"], s=26, marker=mark, color=VERDICT_COLOURS[verdict],
            edgecolors="white", linewidths=0.5, label=say(f"plot.verdict_{verdict}", lang), zorder=3,
        )  # fmt: skip
    ax.axhline(0.0, color=INK, linewidth=1.0)
    if equivalence is not None:
        ax.axhline(-scale * equivalence, color=MUTED, linewidth=1.0, linestyle=(0, (1, 2)))
    if flip["sure"]:
        ax.axvline(flip["limit"], color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
        for share, side in ((flip["ahead_below"], "right"), (flip["ahead_above"], "left")):
            ax.annotate(
                say("plot.flip_ahead", lang, share=f"{100 * share:.0f}%"), (flip["limit"], 0.99),
                xycoords=("data", "axes fraction"), xytext=(-6 if side == "right" else 6, 0),
                textcoords="offset points", ha=side, va="top", color=MUTED,
            )  # fmt: skip
    ax.margins(y=0.14)
    tidy(ax, grid="y")
    money_axis(ax)
    ax.set_xlabel(path)
    ax.set_ylabel(say("plot.flip_margin", lang, winner=strategy_label(winner, lang), unit=unit))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=3, borderaxespad=0.2)
    return ax


def _scale(outcome: str, currency: str, base: str | None, lang: str) -> tuple[float, str]:
    """Return the factor for a result, and the unit it then has: differences of shares are in points."""
    if base is not None:
        return difference_unit(outcome, currency, lang)
    unit = OUTCOMES[outcome].unit
    if unit == "share":
        return 1.0, say("plot.percent", lang)
    return 1.0, currency if unit == "currency" else say(f"unit.{unit}", lang)


def _label(outcome: str, unit: str, strategy: str, base: str | None, lang: str) -> str:
    name = say(f"outcome.{outcome}", lang)
    if base is None:
        return say(
            "plot.result_level", lang, outcome=name, strategy=strategy_label(strategy, lang), unit=unit
        )
    names = {"strategy": strategy_label(strategy, lang), "base": strategy_label(base, lang)}
    return say("plot.result_difference", lang, outcome=name, unit=unit, **names)


def _number_axis(ax: Axes, outcome: str, base: str | None) -> None:
    if base is None and OUTCOMES[outcome].unit == "share":
        share_axis(ax, "x")
    else:
        money_axis(ax, "x")


def _parameter_axis(ax: Axes, rows: pd.DataFrame) -> None:
    ax.set_yticks(range(len(rows)), rows["parameter"])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.margins(x=0.06)
    tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)


def _intervals(
    ax: Axes, rows: pd.DataFrame, name: str, shift: float, colour: str, mark: str, label: str
) -> None:
    places = np.arange(len(rows)) + shift
    ax.hlines(places, rows[f"{name}_from"], rows[f"{name}_to"], color=colour, linewidth=2.4, alpha=0.6)
    ax.plot(rows[name], places, mark, color=colour, markersize=6, label=label)
