"""The picture of the map of loyalty: a result in, a figure out, or one of which the still parts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from crmsim.dashboards.kept_figures import KeptFigures, kept_axes
from crmsim.plots.loyalty_map import draw_loyalty_map, draw_type_losses, plot_loyalty_map, plot_type_losses
from crmsim.plots.style import empty_figure, house_style
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.dashboards.loyalty_state import LoyaltyResult

__all__ = ["PICTURE_SIZE", "kept_pictures", "loyalty_figure"]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 500)
#: Left and lower edge, width and height of map and losses, in pixels from the upper left corner.
_PLACES = ((62, 448, 486, 356), (714, 448, 250, 356))


@house_style
def loyalty_figure(result: LoyaltyResult) -> Figure:
    """Return the picture: the map beside the losses.

    Examples
    --------
    >>> from crmsim.dashboards.loyalty_state import LoyaltyState
    >>> len(loyalty_figure(LoyaltyState(customers=100, replications=2).run()).axes)
    2
    """
    state, (width, height) = result.state, PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    figure.set_layout_engine("none")  # the room for words is given: finding it takes longer than drawing
    left, right = (
        figure.add_axes((x / width, 1 - y / height, w / width, h / height)) for x, y, w, h in _PLACES
    )
    plot_loyalty_map(result.points, state.scheme, left, height=state.height, lang=state.lang)
    plot_type_losses(result.table, state.scheme, right, lang=state.lang)
    for x in (0.012, 0.62):
        figure.text(x, 0.965, "", fontsize=11)
    _name_parts(figure, result)
    return figure


def kept_pictures() -> KeptFigures:
    """Return what draws :func:`loyalty_figure` again and again, and each time only what moves.

    Examples
    --------
    >>> from crmsim.dashboards.loyalty_state import LoyaltyState
    >>> kept_pictures().png(LoyaltyState(customers=100, replications=2).run())[:4]
    b'\\x89PNG'
    """
    return kept_axes(loyalty_figure, _fill, _frame, _words)


def _frame(result: LoyaltyResult) -> tuple[Any, ...]:
    """Return what legends and words depend on."""
    state = result.state
    return state.lang, state.dpi, state.scheme, state.height


def _fill(figure: Figure, result: LoyaltyResult) -> None:
    """Draw the points and the losses."""
    state, (left, right) = result.state, figure.axes
    draw_loyalty_map(result.points, state.scheme, left, height=state.height, lang=state.lang)
    draw_type_losses(result.table, right, lang=state.lang)


def _words(figure: Figure, result: LoyaltyResult) -> list[Artist]:
    """Return what moves with the numbers: titles, the scale of shares, and that of barriers."""
    left, right = figure.axes
    heights = [left.yaxis] if result.state.height == "barrier" else []
    return [*_name_parts(figure, result), right.xaxis, *heights]


def _name_parts(figure: Figure, result: LoyaltyResult) -> list[Artist]:
    """Write how many customers and populations there are, and how long it was watched."""
    lang, (above_map, above_losses) = result.state.lang, figure.texts
    above_map.set_text(say("panel.loyalty.title_map", lang, n=len(result.points)))
    key = "panel.loyalty.title_losses" if result.done > 1 else "panel.loyalty.title_losses_first"
    above_losses.set_text(say(key, lang, days=result.state.days, n=result.done))
    return [above_map, above_losses]
