"""The comparison screen's picture, table and cards: a result in, PNG or HTML out.

All of them speak the language that the result's own choices name.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.dashboards.comparison_state import ComparisonResult
from crmsim.dashboards.controls import about_strategy
from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.dashboards.tables import noted_table
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.plots.comparison import (
    draw_satisfaction,
    draw_tier_outcomes,
    draw_value_components,
    lowest_satisfaction,
    plot_satisfaction,
    plot_tier_outcomes,
    plot_value_components,
)
from crmsim.plots.limits import round_limits
from crmsim.plots.style import empty_figure, house_style, strategy_colour, strategy_label
from crmsim.text import say

__all__ = [
    "PICTURE_SIZE",
    "card_html",
    "comparison_figure",
    "held_still",
    "kept_pictures",
    "moving_parts",
    "result_in_words",
    "table_html",
]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 600)
#: Left and lower edge, width and height of its four parts, in pixels from the upper left corner.
_PLACES = ((92, 272, 350, 212), (715, 272, 250, 212), (92, 557, 390, 212), (570, 557, 395, 212))
_ON_CARD = ("clv", "satisfied", "retention_later_years")
_MINUS = "\N{MINUS SIGN}"


@house_style
def comparison_figure(result: ComparisonResult) -> Figure:
    """Return the picture: value by component, satisfaction over time, and both by tier.

    Examples
    --------
    >>> from crmsim.dashboards.comparison_state import ComparisonState
    >>> figure = comparison_figure(ComparisonState(customers=100, years=2, replications=2).run())
    >>> len(figure.axes)
    4
    """
    lang, currency = result.state.lang, result.currency
    width, height = PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    axes = [figure.add_axes((x / width, 1 - y / height, w / width, h / height)) for x, y, w, h in _PLACES]
    upper, lower = axes[:2], axes[2:]
    frame = picture_frame(result)
    plot_value_components(result.components, upper[0], currency=currency, lang=lang)
    plot_satisfaction(result.satisfaction, upper[1], lang=lang, legend=False)
    plot_tier_outcomes(result.tiers, lower, currency=currency, lang=lang, legend=False)
    upper[0].set_ylim(*frame.value)
    lower[0].set_ylim(*frame.tier_value)
    titles = ("value", "satisfaction", "tier_value", "tier_satisfaction")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(say(f"panel.title.{title}", lang), loc="left", fontsize=11, y=1.0)
    handles, labels = lower[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=2, frameon=False, fontsize=10.5)
    return figure


class Frame(NamedTuple):
    """Everything that the still parts of a picture depend on: words, legends and axes."""

    lang: str
    dpi: int
    currency: str
    strategies: tuple[str, ...]
    years: int
    #: The components that are not 0, and whether each adds value in sum.
    components: tuple[tuple[str, bool], ...]
    value: tuple[float, float]
    lowest_satisfaction: float
    tier_value: tuple[float, float]


def picture_frame(result: ComparisonResult) -> Frame:
    """Return what the still parts of a result's picture depend on.

    The axes of money end at round numbers, so that they stay as they are when a slider moves a step.
    """
    state, components = result.state, result.components.drop(columns="clv")
    amounts, tier_values = components.to_numpy(), result.tiers["clv"].to_numpy()
    signs = zip(components, amounts.sum(axis=0), strict=True)
    return Frame(
        state.lang,
        state.dpi,
        result.currency,
        state.strategies,
        state.years,
        tuple((str(name), bool(total > 0)) for name, total in signs if components[name].any()),
        round_limits(np.minimum(amounts, 0).sum(axis=1), np.maximum(amounts, 0).sum(axis=1)),
        lowest_satisfaction(result.satisfaction),
        round_limits(tier_values),
    )


def kept_pictures() -> KeptFigures:
    """Return what draws :func:`comparison_figure` again and again, and each time only what moves.

    Examples
    --------
    >>> from crmsim.dashboards.comparison_state import ComparisonState
    >>> from crmsim.plots.style import to_png
    >>> result = ComparisonState(customers=100, years=2, replications=2).run()
    >>> kept_pictures().png(result) == to_png(comparison_figure(result))
    True
    """
    return KeptFigures(_still_parts, _moved, picture_frame)


def _still_parts(result: ComparisonResult) -> Figure:
    """Return the picture with what moves marked, and axes that stay as they are."""
    return held_still(comparison_figure(result))


def _moved(figure: Figure, result: ComparisonResult) -> list[Artist]:
    """Move bars, lines and numbers to where those of a result are."""
    lang, axes = result.state.lang, figure.axes
    draw_value_components(result.components, axes[0], lang=lang)
    draw_satisfaction(result.satisfaction, axes[1], lang=lang)
    draw_tier_outcomes(result.tiers, axes[2:], lang=lang)
    _animate(figure)
    return moving_parts(axes)


def held_still(figure: Figure) -> Figure:
    """Return a figure whose axes stay as they are, and which leaves out what moves on them."""
    for ax in figure.axes:
        ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    _animate(figure)
    return figure


def moving_parts(axes: Iterable[Axes]) -> list[Artist]:
    """Return what moves in some axes, each from the back to the front."""
    return [artist for ax in axes for artist in sorted(_moving(ax), key=lambda artist: artist.zorder)]


def _animate(figure: Figure) -> None:
    """Mark what moves, so that the figure leaves it out, and the next result finds it."""
    for ax in figure.axes:
        for artist in _moving(ax):
            artist.set_animated(True)


def _moving(ax: Axes) -> list[Artist]:
    """Return what moves in an axes, and the edges, which lie upon it."""
    return [*ax.patches, *ax.lines, *ax.spines.values(), *ax.texts]


def result_in_words(result: ComparisonResult) -> str:
    """Return the picture's message in a sentence for each outcome of the cards, for who cannot see it."""
    return " ".join(_in_words(outcome, result) for outcome in _ON_CARD)


def _in_words(outcome: str, result: ComparisonResult) -> str:
    lang, state, row = result.state.lang, result.state, result.table.loc[outcome]
    return say(
        "panel.comparison.in_words",
        lang,
        outcome=say(f"outcome.{outcome}", lang),
        left=strategy_label(state.left, lang),
        left_level=_level(row["left"], outcome, result.currency),
        right=strategy_label(state.right, lang),
        right_level=_level(row["right"], outcome, result.currency),
        difference=_difference(row["mean"], outcome, result.currency, lang),
        low=_plain(row["low"], outcome),
        high=_plain(row["high"], outcome),
        verdict=say(f"panel.verdict.{row['verdict']}", lang),
    )


def card_html(result: ComparisonResult, side: str, about: str | None = None) -> str:
    """Return the card of one side (``left`` or ``right``): what the strategy does and what came of it.

    `about` is what it does as HTML, for a strategy that is not a ready one.
    """
    lang, table = result.state.lang, result.table
    name = getattr(result.state, side)
    levels = {outcome: _level(table.loc[outcome, side], outcome, result.currency) for outcome in _ON_CARD}
    figures = "".join(f"<div><b>{level}</b> {_label(key, lang)}</div>" for key, level in levels.items())
    colour = strategy_colour(result.state.strategies.index(name))
    title = html.escape(strategy_label(name, lang))
    about = html.escape(about_strategy(name, lang)) if about is None else about
    return (
        f'<div class="crmsim-card" style="border-color:{colour}"><strong>{title}</strong>'
        f'{figures}<div class="crmsim-note">{about}</div></div>'
    )


def table_html(result: ComparisonResult) -> str:
    """Return the table of paired differences, with a sentence on how to read it."""
    state, lang = result.state, result.state.lang
    heads = [
        say("panel.table.outcome", lang),
        strategy_label(state.left, lang),
        strategy_label(state.right, lang),
        say("panel.table.difference", lang),
        say("panel.table.interval", lang),
        say("panel.table.verdict", lang),
    ]
    rows = [_row(outcome, row, result) for outcome, row in result.headlines.iterrows()]
    key = "panel.table.note" if result.pairs > 1 else "panel.table.note_first"
    note = say(key, lang, n=result.pairs, years=state.years, rate=_discount(result))
    return noted_table(heads, rows, note)


def _row(outcome: str, row: pd.Series, result: ComparisonResult) -> list[str]:
    lang, currency = result.state.lang, result.currency
    return [
        _label(outcome, lang),
        _level(row["left"], outcome, currency),
        _level(row["right"], outcome, currency),
        _difference(row["mean"], outcome, currency, lang),
        say("panel.table.from_to", lang, low=_plain(row["low"], outcome), high=_plain(row["high"], outcome)),
        say(f"panel.verdict.{row['verdict']}", lang),
    ]


def _label(outcome: str, lang: str) -> str:
    return html.escape(say(f"outcome.{outcome}", lang))


def _discount(result: ComparisonResult) -> str:
    return f"{100 * result.state.scenario.money.annual_discount_rate:g}"


def _level(value: float, outcome: str, currency: str) -> str:
    """Write a value with its unit; a dash for one that no run had."""
    if math.isnan(value):
        return "–"
    unit = OUTCOMES[outcome].unit
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{_rounded(value)} {currency}" if unit == "currency" else _rounded(value)


def _difference(value: float, outcome: str, currency: str, lang: str) -> str:
    """Write a difference with its sign and unit; shares differ by percentage points."""
    if math.isnan(value):
        return "–"
    sign = "+" if value > 0 else ""
    unit = {"share": say("panel.points", lang), "currency": currency}.get(OUTCOMES[outcome].unit, "")
    return f"{sign}{_plain(value, outcome)} {unit}"


def _plain(value: float, outcome: str) -> str:
    """Write a difference without its unit."""
    if not math.isfinite(value):
        return "–"
    return _rounded(100 * value, 1) if OUTCOMES[outcome].unit == "share" else _rounded(value)


def _rounded(value: float, decimals: int | None = None) -> str:
    """Write a number with as many decimals as its size deserves."""
    if decimals is None:
        decimals = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{decimals}f}"
    return text.replace("-", _MINUS) if float(text.replace(",", "")) else text.lstrip("-")
