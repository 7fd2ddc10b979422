"""The tier flow screen's picture and table: a result in, figure or HTML out, in its own language."""

from __future__ import annotations

import html
import math
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.dashboards.kept_figures import KeptFigures, kept_axes
from crmsim.dashboards.tables import noted_table
from crmsim.dashboards.tier_flow_state import TierFlowResult
from crmsim.plots.flows import draw_tier_moves, draw_tier_river, plot_tier_moves, plot_tier_river
from crmsim.plots.style import empty_figure, house_style, readable, strategy_colour, strategy_label
from crmsim.text import say

__all__ = ["FLOW_SIZE", "flow_figure", "flow_in_words", "flow_table_html", "kept_pictures"]

#: Width and height of the picture, in pixels at 100 dots per inch.
FLOW_SIZE = (980, 640)
#: Left and lower edge, width and height of its parts, in pixels from the upper left corner: rivers, moves.
_RIVERS = ((5, 345, 480, 300), (495, 345, 480, 300))
_MOVES = ((132, 602, 335, 170), (632, 602, 335, 170))
_MINUS = "\N{MINUS SIGN}"


@house_style
def flow_figure(result: TierFlowResult) -> Figure:
    """Return the picture: the customers of one review followed, and all moves from review to review.

    Examples
    --------
    >>> from crmsim.dashboards.tier_flow_state import TierFlowState
    >>> figure = flow_figure(TierFlowState(customers=100, years=2, replications=2).run())
    >>> len(figure.axes)
    4
    """
    state, lang = result.state, result.state.lang
    width, height = FLOW_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    for name, river, moves in zip((state.left, state.right), _RIVERS, _MOVES, strict=True):
        axes = [
            figure.add_axes((x / width, 1 - y / height, w / width, h / height))
            for x, y, w, h in (river, moves)
        ]
        plot_tier_river(result.followed[name], axes[0], lang=lang)
        plot_tier_moves(result.flows[name], axes[1], lang=lang)
        colour = strategy_colour(state.strategies.index(name))
        title = strategy_label(name, lang)
        axes[0].set_title(title, loc="left", fontsize=11, color=readable(colour), y=1.04, x=0.02)
    return figure


def kept_pictures() -> KeptFigures:
    """Return what draws :func:`flow_figure` again and again, and each time only what moves.

    Examples
    --------
    >>> from crmsim.dashboards.tier_flow_state import TierFlowState
    >>> kept_pictures().png(TierFlowState(customers=100, years=2, replications=2).run())[:4]
    b'\\x89PNG'
    """
    return kept_axes(flow_figure, _fill, _frame, _scales_with_counts)


def _frame(result: TierFlowResult) -> tuple[Any, ...]:
    """Return what scales and words depend on, but the counts."""
    state = result.state
    days = tuple(tuple(result.followed[name]) for name in (state.left, state.right))
    return state.lang, state.dpi, state.left, state.right, days


def _fill(figure: Figure, result: TierFlowResult) -> None:
    """Draw the rivers and the moves."""
    state, lang = result.state, result.state.lang
    for name, river, moves in zip((state.left, state.right), *_pairs(figure), strict=True):
        draw_tier_river(result.followed[name], river, lang=lang)
        draw_tier_moves(result.flows[name], moves, lang=lang)


def _scales_with_counts(figure: Figure, _: TierFlowResult) -> list[Artist]:
    """Return the scales on which customers are counted, and those whose lines lie upon the squares."""
    rivers, moves = _pairs(figure)
    return [ax.xaxis for ax in (*rivers, *moves)] + [ax.yaxis for ax in moves]


def _pairs(figure: Figure) -> tuple[list[Axes], list[Axes]]:
    """Return the axes of the rivers and those of the moves."""
    return figure.axes[::2], figure.axes[1::2]


def flow_in_words(result: TierFlowResult) -> str:
    """Return the picture's message in a sentence a share, for who cannot see it."""
    state, lang = result.state, result.state.lang
    return " ".join(
        say(
            "panel.tier_flow.in_words",
            lang,
            share=say(f"panel.tier_flow.share.{name}", lang),
            left=strategy_label(state.left, lang),
            left_level=_share(row["left"]),
            right=strategy_label(state.right, lang),
            right_level=_share(row["right"]),
            verdict=say(f"panel.verdict.{row['verdict']}", lang),
        )
        for name, row in result.table.iterrows()
    )


def flow_table_html(result: TierFlowResult) -> str:
    """Return the table of shares with paired differences, and a sentence on how to read it."""
    state, lang = result.state, result.state.lang
    heads = [
        say("panel.tier_flow.share", lang),
        strategy_label(state.left, lang),
        strategy_label(state.right, lang),
        say("panel.table.difference", lang),
        say("panel.table.interval", lang),
        say("panel.table.verdict", lang),
    ]
    rows = [_row(str(name), row, lang) for name, row in result.table.iterrows()]
    key = "panel.tier_flow.note" if result.pairs > 1 else "panel.tier_flow.note_first"
    return noted_table(heads, rows, say(key, lang, n=result.pairs))


def _row(name: str, row: pd.Series, lang: str) -> list[str]:
    return [
        html.escape(say(f"panel.tier_flow.share.{name}", lang)),
        _share(row["left"]),
        _share(row["right"]),
        f"{_points(row['mean'], sign=True)} {say('panel.points', lang)}",
        say("panel.table.from_to", lang, low=_points(row["low"]), high=_points(row["high"])),
        say(f"panel.verdict.{row['verdict']}", lang),
    ]


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def _points(value: float, *, sign: bool = False) -> str:
    """Write a difference in percentage points; a dash where there is none or no end."""
    if not math.isfinite(value):
        return "–"
    text = f"{100 * value:+.1f}" if sign else f"{100 * value:.1f}"
    return (text if float(text) else "0.0").replace("-", _MINUS)
