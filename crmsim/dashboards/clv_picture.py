"""The CLV calculator's picture: the running sum, the lifetimes, past and future, the annuity slip.

Four tiles like those of a stove: each is drawn for itself and kept, so that a slider's step draws only
the tiles that it changes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from crmsim.dashboards.clv_formula import plain_formula, tidy_number
from crmsim.dashboards.clv_state import CLVResult
from crmsim.plots.clv_calculator import mark_retention, plot_lifetimes, plot_past_and_future
from crmsim.plots.style import MUTED, empty_figure, house_style
from crmsim.plots.value import plot_cumulative_clv, plot_plug_in
from crmsim.text import say
from crmsim.value.constant_retention import timing_of
from crmsim.value.lifetime import plug_in_clv
from crmsim.value.money import Flow
from crmsim.value.rates import RetentionRate

__all__ = ["PICTURE_SIZE", "KeptTiles", "clv_in_words"]

#: Width and height of the picture and of each of its four tiles, in pixels at 100 dots per inch.
PICTURE_SIZE, _TILE = (980, 700), (490, 350)
#: Tiles that are kept: enough to move a slider to and fro.
_MOST_KEPT = 60
#: Retention up to which the picture of the slip goes by itself.
_USUAL = 0.98


def _draw_sum(result: CLVResult, ax: Axes) -> None:
    s = result.state
    first = timing_of(s.timing).periods
    plot_cumulative_clv(result.flows, ax, acquisition_cost=s.cost, first=first, lang=s.lang)
    ax.legend(
        frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2,
        columnspacing=1.0, handlelength=1.4, fontsize=9,
    )  # fmt: skip
    ax.set_xlim(-0.7, max(result.drawn - 1 + first, 3) + 0.7)
    if s.no_end:
        ax.axhline(float(result.clv.value), color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))


def _draw_lifetimes(result: CLVResult, ax: Axes) -> None:
    plot_lifetimes(result.state.retained.churn, ax, lang=result.state.lang)


def _draw_review(result: CLVResult, ax: Axes) -> None:
    s = result.state
    plot_past_and_future(
        s.flow, s.retained, s.rate, ax, timing=s.timing, age=s.age, payments=s.counted,
        acquisition_cost=s.cost, lang=s.lang,
    )  # fmt: skip


def _draw_slip(result: CLVResult, ax: Axes) -> None:
    s = result.state
    plot_plug_in(s.rate, ax, timing=s.timing, highest=max(_USUAL, s.retained.value), lang=s.lang)
    highest = RetentionRate(max(_USUAL, s.retained.value), s.period)
    top = plug_in_clv(Flow(1.0, s.currency, s.period), highest, s.rate, timing=s.timing).plug_in.value
    ax.set_ylim(0.0, 1.3 * float(top))


def _move_slip(result: CLVResult, ax: Axes) -> None:
    s = result.state
    mark_retention(s.retained, s.rate, ax, timing=s.timing, lang=s.lang)


class _Tile(NamedTuple):
    """What a tile depends on, how it is drawn, and what is put on it afterwards."""

    place: tuple[int, int]
    box: tuple[int, int, int, int]
    depends_on: Callable[[Any], tuple]
    draw: Callable[[CLVResult, Axes], None]
    move: Callable[[CLVResult, Axes], None] | None = None


_TILES = {
    "sum": _Tile(
        (0, 0), (70, 296, 400, 222),
        lambda s: (s.period, s.margin, s.retention, s.discount, s.payments, s.no_end, s.timing,
                   s.acquisition, s.currency),
        _draw_sum,
    ),
    "lifetimes": _Tile((1, 0), (70, 296, 400, 222), lambda s: (s.period, s.retention), _draw_lifetimes),
    "review": _Tile((0, 1), (70, 300, 400, 226), lambda s: tuple(s.kept().values()), _draw_review),
    "slip": _Tile(
        (1, 1), (70, 300, 400, 220),
        lambda s: (s.period, s.discount, s.timing, max(s.retained.value, _USUAL)),
        _draw_slip, _move_slip,
    ),
}  # fmt: skip


class KeptTiles:
    """The picture of results, from tiles that are kept.

    Examples
    --------
    >>> from crmsim.dashboards.clv_state import CLVState
    >>> KeptTiles().png(CLVState().run())[:4]
    b'\\x89PNG'
    """

    def __init__(self) -> None:
        self._kept: dict[tuple, Any] = {}

    def png(self, result: CLVResult) -> bytes:
        """Return the picture of a result as PNG."""
        tiles = {tile.place: self._pixels(name, result) for name, tile in _TILES.items()}
        rows = [np.hstack([tiles[column, row] for column in (0, 1)]) for row in (0, 1)]
        buffer, dpi = io.BytesIO(), result.state.dpi
        Image.fromarray(np.vstack(rows)).save(buffer, format="png", dpi=(dpi, dpi), compress_level=1)
        return buffer.getvalue()

    @house_style
    def _pixels(self, name: str, result: CLVResult) -> np.ndarray:
        tile, s = _TILES[name], result.state
        key = (name, s.lang, s.dpi, *tile.depends_on(s))
        # Put in anew, so that the first of all is the one not used for longest.
        kept = self._kept.pop(key, None)
        if kept is None:
            kept = _still(name, tile, result)
        if len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = kept
        figure, pixels, background = kept
        if tile.move is None:
            return pixels
        ax = figure.axes[0]
        still = len(ax.lines)
        tile.move(result, ax)
        figure.canvas.restore_region(background)
        for line in list(ax.lines)[still:]:
            ax.draw_artist(line)
            line.remove()
        return _read(figure)


def _still(name: str, tile: _Tile, result: CLVResult) -> tuple[Figure | None, np.ndarray, Any]:
    """Draw a tile without what moves on it."""
    s = result.state
    (width, height), (x, y, w, h) = _TILE, tile.box
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    tile.draw(result, figure.add_axes((x / width, 1 - y / height, w / width, h / height)))
    title = say(f"panel.clv.title.{name}", s.lang)
    figure.text(18 / width, 1 - 18 / height, title, fontsize=11, ha="left", va="center")
    figure.set_dpi(s.dpi)
    figure.canvas.draw()
    if tile.move is None:
        return None, _read(figure), None
    return figure, _read(figure), figure.canvas.copy_from_bbox(figure.bbox)  # type: ignore[attr-defined]


def _read(figure: Figure) -> np.ndarray:
    """Return a copy of what is drawn, as red, green and blue."""
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]


def clv_in_words(result: CLVResult) -> str:
    """Return what the picture shows in a sentence, for who cannot see it."""
    s, lang = result.state, result.state.lang
    return say(
        "panel.clv.in_words",
        lang,
        value=tidy_number(float(result.clv.value), 2),
        currency=s.currency,
        formula=plain_formula(result),
        lifetime=tidy_number(result.lifetime, 2),
        period=say(f"time.{s.period}", lang),
        share=f"{100 * float(result.plug_in.overstatement):.1f}",
        narrow=tidy_number(float(result.split.narrow.value), 2),
        age=s.age,
    )
