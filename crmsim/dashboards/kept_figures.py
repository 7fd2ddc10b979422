"""Pictures of which a part is kept: a slider's step draws only what depends on it.

A stage on which the scenery stays while the actors move: axes, words and curves take most of the time of a
picture, and many a step changes none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.plots.style import drawn_pixels, house_style, packed_png

__all__ = ["KeptFigures", "kept_axes"]

#: Figures that are kept, of 2 to 5 MB each: enough to move another slider to and fro.
_MOST = 8


class KeptFigures:
    """Draws pictures in two parts, and keeps the first.

    Parameters
    ----------
    still : callable
        Takes a result to a figure with all that stays.
    moving : callable or None
        Takes that figure and a result, adds the rest or moves what is there and marked as animated, and
        returns both, from the back to the front. It must not change anything else. None where nothing moves.
    frame : callable
        Takes a result to what its still part depends on, language and size included.
    shows : callable, optional
        Takes a result to all that its picture shows: the latest picture is not drawn again.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from crmsim.plots.style import new_figure
    >>> def line(figure, result):
    ...     return figure.axes[0].plot([0, result.height])
    >>> kept = KeptFigures(lambda result: new_figure(2, 2)[0], line, lambda result: "always")
    >>> state = SimpleNamespace(dpi=50)
    >>> low, high = (kept.png(SimpleNamespace(state=state, height=height)) for height in (0.2, 0.9))
    >>> low[:4], low == high
    (b'\\x89PNG', False)
    """

    def __init__(
        self,
        still: Callable[[Any], Figure],
        moving: Callable[[Figure, Any], Sequence[Artist]] | None,
        frame: Callable[[Any], Hashable],
        shows: Callable[[Any], Hashable] | None = None,
    ):
        self._still, self._moving, self._frame, self._shows = still, moving, frame, shows
        self._kept: dict[Hashable, _Still | np.ndarray] = {}
        self._latest: tuple[Hashable, np.ndarray] | None = None

    def png(self, result: Any) -> bytes:
        """Return the picture of a result as PNG."""
        return packed_png(self.pixels(result), result.state.dpi)

    @house_style
    def pixels(self, result: Any) -> np.ndarray:
        """Return the picture of a result as red, green and blue."""
        if self._shows is None:
            return self._new_pixels(result)
        shown = self._shows(result)
        if self._latest is None or self._latest[0] != shown:
            self._latest = shown, self._new_pixels(result)
        return self._latest[1]

    def _new_pixels(self, result: Any) -> np.ndarray:
        frame = self._frame(result)
        still = self._kept.pop(frame) if frame in self._kept else self._drawn(result)
        pixels = self._with_moving(still, result) if isinstance(still, _Still) else still
        # Put in anew, so that the first of all is the one not used for longest; and only now: where something
        # went wrong half way, its remains would be seen in the next picture.
        self._kept[frame] = still
        if len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]
        return pixels

    def _drawn(self, result: Any) -> _Still | np.ndarray:
        """Draw the still part; where nothing moves on it, its pixels are all that is needed."""
        figure = self._still(result)
        figure.set_dpi(result.state.dpi)
        canvas: Any = figure.canvas
        canvas.draw()
        if self._moving is None:
            return drawn_pixels(figure)
        return _Still(figure, canvas.copy_from_bbox(figure.bbox), frozenset(figure.findobj()))

    def _with_moving(self, still: _Still, result: Any) -> np.ndarray:
        """Draw what moves upon what stays, and take off again what was added."""
        assert self._moving is not None
        canvas: Any = still.figure.canvas
        moved = self._moving(still.figure, result)
        canvas.restore_region(still.pixels)
        renderer = canvas.get_renderer()
        for artist in moved:
            artist.draw(renderer)
        for artist in moved:
            if artist not in still.artists:
                artist.remove()
        return drawn_pixels(still.figure)


class _Still(NamedTuple):
    """A figure with its pixels, and what was there from the beginning."""

    figure: Figure
    pixels: Any
    artists: frozenset[Artist]


def kept_axes(
    draw: Callable[[Any], Figure],
    fill: Callable[[Figure, Any], None],
    frame: Callable[[Any], Hashable],
    words: Callable[[Figure, Any], Sequence[Artist]] = lambda *_: (),
    shows: Callable[[Any], Hashable] | None = None,
) -> KeptFigures:
    """Return what draws a picture whose scales and words stay, while all that lies in its axes is drawn anew.

    Parameters
    ----------
    draw : callable
        Takes a result to the whole figure.
    fill : callable
        Takes the figure with empty axes and a result, and draws into them what belongs there.
    frame : callable
        Takes a result to all that scales, legends and the other words depend on, language and size included.
    words : callable, optional
        Takes the figure and a result, and sets and returns those titles, scales and texts that move.
    shows : callable, optional
        As in :class:`KeptFigures`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from crmsim.plots.style import house_style, new_figure, to_png
    >>> def line(figure, result):
    ...     figure.axes[0].plot([0, result.height], color="black")
    >>> @house_style
    ... def whole(result):
    ...     figure, ax = new_figure(2, 2)
    ...     line(figure, result)
    ...     ax.set(xlim=(0, 1), ylim=(0, 1))
    ...     return figure
    >>> kept = kept_axes(whole, line, lambda result: "always")
    >>> results = [SimpleNamespace(state=SimpleNamespace(dpi=50), height=height) for height in (0.2, 0.9)]
    >>> [kept.png(result) == to_png(whole(result), 50) for result in results]
    [True, True]
    """

    def still(result: Any) -> Figure:
        figure = draw(result)
        for ax in figure.axes:
            ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
            for artist in _inside(ax):
                artist.remove()
            for spine in ax.spines.values():  # the edges lie upon what moves
                spine.set_animated(True)
        for artist in words(figure, result):
            artist.set_animated(True)
        return figure

    def moving(figure: Figure, result: Any) -> list[Artist]:
        for ax in figure.axes:
            ax.containers.clear()  # of bars that are there no more
        fill(figure, result)
        for artist in words(figure, result):
            artist.set_animated(True)
        beside = [text for text in figure.texts if text.get_animated()]
        return beside + [artist for ax in figure.axes for artist in _moving(ax)]

    return KeptFigures(still, moving, frame, shows)


def _inside(ax: Axes) -> list[Artist]:
    """Return what is drawn in axes; scales, edges, legends and titles belong to the axes themselves."""
    return [*ax.images, *ax.collections, *ax.patches, *ax.lines, *ax.texts]


def _moving(ax: Axes) -> list[Artist]:
    """Return what moves in axes, from the back to the front."""
    inside = set(_inside(ax))
    found = [artist for artist in ax.get_children() if artist in inside or artist.get_animated()]
    return sorted(found, key=lambda artist: artist.zorder)
