"""The picture of the lifecycle river: a result in, a figure out, or one of which the still parts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from crmsim.dashboards.kept_figures import KeptFigures, kept_axes
from crmsim.plots.flows import (
    draw_input_output,
    draw_river,
    draw_stage_balance,
    plot_input_output,
    plot_river,
    plot_stage_balance,
)
from crmsim.plots.style import empty_figure, house_style, strategy_label
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.dashboards.river_state import RiverResult

__all__ = ["PICTURE_SIZE", "kept_pictures", "river_figure"]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 640)
#: Left and lower edge, width and height of its three parts, in pixels from the upper left corner.
_PLACES = ((72, 318, 478, 266), (72, 588, 478, 196), (608, 588, 352, 536))


@house_style
def river_figure(result: RiverResult) -> Figure:
    """Return the picture: the river, input and output month by month, and both by stage.

    Examples
    --------
    >>> from crmsim.dashboards.river_state import RiverState
    >>> len(river_figure(RiverState(customers=100, years=2).run()).axes)
    3
    """
    state, flow, lang = result.state, result.flow, result.state.lang
    width, height = PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    river, curve, balance = (
        figure.add_axes((x / width, 1 - y / height, w / width, h / height)) for x, y, w, h in _PLACES
    )
    plot_river(flow, state.scheme, river, lang=lang)
    plot_input_output(flow, curve, currency=result.currency, lang=lang)
    plot_stage_balance(flow, state.scheme, balance, currency=result.currency, lang=lang)
    river.set_xlabel("")
    for ax, title in ((curve, "curve"), (balance, "balance")):
        ax.set_title(say(f"panel.river.title.{title}", lang), loc="left", fontsize=11, y=1.0)
    _name_cohort(figure, result)
    return figure


def kept_pictures() -> KeptFigures:
    """Return what draws :func:`river_figure` again and again, and each time only what moves.

    Examples
    --------
    >>> from crmsim.dashboards.river_state import RiverState
    >>> kept_pictures().png(RiverState(customers=100, years=2).run())[:4]
    b'\\x89PNG'
    """
    return kept_axes(river_figure, _fill, _frame, _words)


def _frame(result: RiverResult) -> tuple[Any, ...]:
    """Return what the scale of time, the legend and the words depend on."""
    state = result.state
    return state.lang, state.dpi, result.currency, state.scheme, len(result.flow.money)


def _fill(figure: Figure, result: RiverResult) -> None:
    """Draw the river, the curves and the bars."""
    flow, scheme, lang = result.flow, result.state.scheme, result.state.lang
    river, curve, balance = figure.axes
    draw_river(flow, scheme, river, lang=lang)
    draw_input_output(flow, curve, currency=result.currency, lang=lang)
    draw_stage_balance(flow, scheme, balance, lang=lang)


def _words(figure: Figure, result: RiverResult) -> list[Artist]:
    """Return what moves with the numbers: title, both scales of money, and the legend upon a grid."""
    _, curve, balance = figure.axes
    return [_name_cohort(figure, result), curve.yaxis, curve.get_legend(), balance.xaxis]


def _name_cohort(figure: Figure, result: RiverResult) -> Artist:
    """Write above the river how many customers it has, and under which strategy."""
    state = result.state
    blanks = {"customers": result.flow.customers, "strategy": strategy_label(state.strategy, state.lang)}
    words = say("panel.river.title.stages", state.lang, **blanks)
    return figure.axes[0].set_title(words, loc="left", fontsize=11, y=1.0)
