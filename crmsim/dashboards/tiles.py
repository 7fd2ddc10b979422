"""Pictures made of tiles, so that a slider's step draws only those that it changes.

A tiled stove: each tile is fired for itself, and one that is broken is replaced without touching the
others. A tile is a kept figure of its own (see :mod:`crmsim.dashboards.kept_figures`): as long as the choices
that it depends on stay as they are, its pixels do. For pictures whose parts depend on different choices.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.dashboards.kept_figures import KeptFigures, kept_axes
from crmsim.plots.style import empty_figure, packed_png

__all__ = ["KeptTiles", "filled_tile", "tile"]


def tile(
    size: tuple[int, int],
    box: tuple[int, int, int, int],
    depends_on: Callable[[Any], Hashable],
    title: Callable[[Any], str],
    draw: Callable[[Any, Axes], object],
    move: Callable[[Any, Axes], object] | None = None,
) -> KeptFigures:
    """Return one part of a picture.

    Parameters
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
        Draws lines upon it that change more often than it does.
    """

    def lines(figure: Figure, result: Any) -> Sequence[Artist]:
        (ax,) = figure.axes
        there = len(ax.lines)
        move(result, ax)  # type: ignore[misc]  # not asked for without
        return list(ax.lines)[there:]

    still = partial(_drawn, size, box, title, draw)
    return KeptFigures(still, lines if move else None, partial(_frame, depends_on))


def filled_tile(
    size: tuple[int, int],
    box: tuple[int, int, int, int],
    depends_on: Callable[[Any], Hashable],
    scales: Callable[[Any], Hashable],
    title: Callable[[Any], str],
    draw: Callable[[Any, Axes], object],
    fill: Callable[[Any, Axes], object],
    words: Callable[[Axes], Sequence[Artist]] = lambda ax: (),
) -> KeptFigures:
    """Return one part of a picture, whose scales and words change less often than what lies in its axes.

    Parameters
    ----------
    size, box, depends_on, title, draw
        As in :func:`tile`.
    scales : callable
        From a result to what scales, legends and other words depend on, but language and size.
    fill : callable
        Draws a result into empty axes: only what lies in them.
    words : callable, optional
        From the axes to those scales and legends that move all the same.
    """
    return kept_axes(
        partial(_drawn, size, box, title, draw),
        lambda figure, result: fill(result, figure.axes[0]),
        partial(_frame, scales),
        lambda figure, _: words(figure.axes[0]),
        partial(_frame, depends_on),
    )


def _drawn(
    size: tuple[int, int],
    box: tuple[int, int, int, int],
    title: Callable[[Any], str],
    draw: Callable[[Any, Axes], object],
    result: Any,
) -> Figure:
    (width, height), (x, y, w, h) = size, box
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    draw(result, figure.add_axes((x / width, 1 - y / height, w / width, h / height)))
    figure.text(18 / width, 1 - 18 / height, title(result), fontsize=11, ha="left", va="center")
    return figure


def _frame(depends_on: Callable[[Any], Hashable], result: Any) -> Hashable:
    return result.state.lang, result.state.dpi, depends_on(result)


class KeptTiles:
    """A picture of rows of tiles.

    Parameters
    ----------
    rows : sequence of sequences of KeptFigures
        From top to bottom, each from left to right; all rows are of the same width, and the tiles of a row
        of the same height.

    Examples
    --------
    >>> from types import SimpleNamespace as Any
    >>> box = (40, 180, 250, 130)
    >>> plain = tile((300, 200), box, lambda r: r.n, lambda r: "n", lambda r, ax: ax.plot([r.n]))
    >>> result = Any(n=1, state=Any(lang="en", dpi=100))
    >>> KeptTiles([[plain, plain]]).png(result)[:4]
    b'\\x89PNG'
    """

    def __init__(self, rows: Sequence[Sequence[KeptFigures]]):
        self._rows = rows

    def png(self, result: Any) -> bytes:
        """Return the picture of a result, which has a ``state`` with ``lang`` and ``dpi``, as PNG."""
        rows = [np.hstack([part.pixels(result) for part in row]) for row in self._rows]
        return packed_png(np.vstack(rows), result.state.dpi)
