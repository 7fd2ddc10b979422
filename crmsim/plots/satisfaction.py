"""Pictures of satisfaction on its way: expectation and performance, and what they make of each other."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.limits import round_limits
from crmsim.plots.style import FITTED, INK, MUTED, house_style, tidy
from crmsim.text import say

__all__ = ["draw_disconfirmation", "draw_expectation", "plot_disconfirmation", "plot_expectation"]

_YEAR = 365.0
_EXPECTED, _PERCEIVED, _PLAIN = "#D55E00", FITTED, "#9A9A9A"


@house_style
def plot_expectation(path: pd.DataFrame, plain: pd.DataFrame, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw what is expected and what is perceived, over time.

    Parameters
    ----------
    path, plain : DataFrame
        Indexed by day, ``expected`` and ``perceived`` (1 = market average): with the step and without.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Solid lines with the step, dotted ones without.
    """
    draw_expectation(path, plain, ax, lang=lang)
    _finish(ax, say("plot.satisfaction.scale", lang), lang)
    return ax


@house_style
def draw_expectation(path: pd.DataFrame, plain: pd.DataFrame, ax: Axes, *, lang: str = "en") -> None:
    """Draw only what lies in the axes of :func:`plot_expectation`, and set both scales to it."""
    for name, colour in (("perceived", _PERCEIVED), ("expected", _EXPECTED)):
        ax.plot(plain.index / _YEAR, plain[name], color=colour, linewidth=1.3, linestyle=":", zorder=2)
        words = say(f"plot.satisfaction.{name}", lang)
        ax.plot(path.index / _YEAR, path[name], color=colour, linewidth=2.2, zorder=3, label=words)
    ax.plot([], [], color=MUTED, linewidth=1.3, linestyle=":", label=say("plot.satisfaction.plain", lang))
    columns = ["expected", "perceived"]
    _set_scales(ax, path.index, path[columns], plain[columns])


@house_style
def plot_disconfirmation(
    path: pd.DataFrame, plain: pd.DataFrame, ax: Axes, *, form: str = "ratio", lang: str = "en"
) -> Axes:
    """Draw satisfaction over time in one of its forms, with the step and without.

    Parameters
    ----------
    path, plain : DataFrame
        Indexed by day, with a column `form`.
    ax : Axes
    form : {"ratio", "difference"}
        c = b / a, or b - a.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        The area between the lines is what the step lifts; a thin line is "as expected".
    """
    draw_disconfirmation(path, plain, ax, form=form, lang=lang)
    _finish(ax, say(f"plot.satisfaction.{form}", lang), lang)
    return ax


@house_style
def draw_disconfirmation(
    path: pd.DataFrame, plain: pd.DataFrame, ax: Axes, *, form: str = "ratio", lang: str = "en"
) -> None:
    """Draw only what lies in the axes of :func:`plot_disconfirmation`, and set both scales to it."""
    as_expected = 1.0 if form == "ratio" else 0.0
    ax.axhline(as_expected, color=INK, linewidth=0.9, zorder=1)
    years = path.index / _YEAR
    ax.fill_between(years, plain[form], path[form], color=_PERCEIVED, alpha=0.14, linewidth=0, zorder=1)
    ax.plot(
        years, plain[form], color=_PLAIN, linewidth=1.6, linestyle="--", zorder=2,
        label=say("plot.satisfaction.plain", lang),
    )  # fmt: skip
    words = say("plot.satisfaction.stepped", lang)
    ax.plot(years, path[form], color=_PERCEIVED, linewidth=2.2, zorder=3, label=words)
    _set_scales(ax, path.index, path[form], plain[form], as_expected)


def _set_scales(ax: Axes, days: pd.Index, *levels: object) -> None:
    first, last = days[0] / _YEAR, days[-1] / _YEAR
    room = 0.02 * (last - first)
    ax.set(xlim=(first - room, last + room), ylim=round_limits(*levels, zero=False, parts=10))


def _finish(ax: Axes, height: str, lang: str) -> None:
    tidy(ax)
    ax.locator_params(axis="y", nbins=6)
    ax.set_xlabel(say("plot.time_years", lang))
    ax.set_ylabel(height)
    ax.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=3, borderaxespad=0.2,
        handlelength=1.6, columnspacing=1.2, fontsize=9,
    )  # fmt: skip
