"""Pictures made of tiles that are kept, so that a slider's step draws only what it changes.

A tiled stove: each tile is fired for itself, and one that is broken is replaced without touching the
others. A tile says which choices it depends on; as long as these stay as they are, its pixels do.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from crmsim.plots.style import empty_figure, house_style

__all__ = ["KeptTiles", "Tile"]

#: Tiles that are kept for each picture: enough to move a slider to and fro.
_MOST_KEPT = 60


@dataclass(frozen=True)
class Tile:
    """One part of a picture.

    Attributes
    ----------
    size : pair of int
        Width and height in pixels at 100 dots per inch.
    box : four int
        Left and lower edge, width and height of its axes, in pixels from its upper left corner.
    depends_on : callable
        From a result to everything that the tile shows, but language and size.
    title : callable
        From a result to the words above it.
    draw : callable
        Draws a result into axes.
    move : callable, optional
        Draws lines upon it that change more often than it does; they are not part of what is kept.
    """

    size: tuple[int, int]
    box: tuple[int, int, int, int]
    depends_on: Callable[[Any], Hashable]
    title: Callable[[Any], str]
    draw: Callable[[Any, Axes], object]
    move: Callable[[Any, Axes], object] | None = None


@dataclass
class _Fired:
    """A tile that has been drawn; the figure is kept only where something moves on it."""

    pixels: np.ndarray
    figure: Figure | None = None
    background: Any = None


class KeptTiles:
    """A picture of rows of tiles.

    Parameters
    ----------
    rows : sequence of sequences of Tile
        From top to bottom, each from left to right; all rows are of the same width, and the tiles of a row
        of the same height.

    Examples
    --------
    >>> from types import SimpleNamespace as Any
    >>> box = (40, 180, 250, 130)
    >>> plain = Tile((300, 200), box, lambda r: r.n, lambda r: "n", lambda r, ax: ax.plot([r.n]))
    >>> result = Any(n=1, state=Any(lang="en", dpi=100))
    >>> KeptTiles([[plain, plain]]).png(result)[:4]
    b'\\x89PNG'
    """

    def __init__(self, rows: Sequence[Sequence[Tile]]):
        self._rows = [list(row) for row in rows]
        self._kept: dict[tuple, _Fired] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels at 100 dots per inch."""
        return sum(tile.size[0] for tile in self._rows[0]), sum(row[0].size[1] for row in self._rows)

    def png(self, result: Any) -> bytes:
        """Return the picture of a result, which has a ``state`` with ``lang`` and ``dpi``, as PNG."""
        rows = [
            np.hstack([self._pixels((at, place), tile, result) for place, tile in enumerate(row)])
            for at, row in enumerate(self._rows)
        ]
        buffer, dpi = io.BytesIO(), result.state.dpi
        Image.fromarray(np.vstack(rows)).save(buffer, format="png", dpi=(dpi, dpi), compress_level=1)
        return buffer.getvalue()

    @house_style
    def _pixels(self, place: tuple[int, int], tile: Tile, result: Any) -> np.ndarray:
        key = (*place, result.state.lang, result.state.dpi, tile.depends_on(result))
        # Put in anew, so that the first of all is the one not used for longest.
        fired = self._kept.pop(key, None) or _fire(tile, result)
        if len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = fired
        return fired.pixels if fired.figure is None else _with_lines(fired, tile, result)


def _fire(tile: Tile, result: Any) -> _Fired:
    """Draw a tile without what moves on it."""
    (width, height), (x, y, w, h) = tile.size, tile.box
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    tile.draw(result, figure.add_axes((x / width, 1 - y / height, w / width, h / height)))
    figure.text(18 / width, 1 - 18 / height, tile.title(result), fontsize=11, ha="left", va="center")
    figure.set_dpi(result.state.dpi)
    figure.canvas.draw()
    if tile.move is None:
        return _Fired(_read(figure))
    return _Fired(_read(figure), figure, figure.canvas.copy_from_bbox(figure.bbox))  # type: ignore[attr-defined]


def _with_lines(fired: _Fired, tile: Tile, result: Any) -> np.ndarray:
    """Put the lines that move upon a tile, and take them off again."""
    figure = fired.figure
    assert figure is not None and tile.move is not None
    ax = figure.axes[0]
    still = len(ax.lines)
    tile.move(result, ax)
    figure.canvas.restore_region(fired.background)  # type: ignore[attr-defined]
    for line in list(ax.lines)[still:]:
        ax.draw_artist(line)
        line.remove()
    return _read(figure)


def _read(figure: Figure) -> np.ndarray:
    """Return a copy of what is drawn, as red, green and blue."""
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]
