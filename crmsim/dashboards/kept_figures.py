"""Pictures of which a part is kept: a slider's step draws only what depends on it.

A stage on which the scenery stays while the actors move: axes, words and curves take most of the time of a
picture, and many a step changes none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from crmsim.plots.style import drawn_png, house_style

__all__ = ["KeptFigures"]

#: Figures that are kept, of 2 to 5 MB each: enough to move another slider to and fro.
_MOST = 8


class KeptFigures:
    """Draws pictures in two parts, and keeps the first.

    Parameters
    ----------
    still : callable
        Takes a result to a figure with all that stays.
    moving : callable
        Takes that figure and a result, adds the rest or moves what is there and marked as animated, and
        returns both, from the back to the front. It must not change anything else.
    frame : callable
        Takes a result to what its still part depends on, language and size included.

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
        moving: Callable[[Figure, Any], Sequence[Artist]],
        frame: Callable[[Any], Hashable],
    ):
        self._still, self._moving, self._frame = still, moving, frame
        self._kept: dict[Hashable, _Still] = {}

    @house_style
    def png(self, result: Any) -> bytes:
        """Return the picture of a result as PNG."""
        frame = self._frame(result)
        # Put in anew, so that the first of all is the one not used for longest.
        still = self._kept.pop(frame, None) or _drawn(self._still(result), result.state.dpi)
        if len(self._kept) == _MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[frame] = still
        canvas: Any = still.figure.canvas
        moved = self._moving(still.figure, result)
        try:
            canvas.restore_region(still.pixels)
            renderer = canvas.get_renderer()
            for artist in moved:
                artist.draw(renderer)
            return drawn_png(still.figure)
        finally:
            for artist in moved:
                if artist not in still.artists:
                    artist.remove()


class _Still(NamedTuple):
    """A figure with its pixels, and what was there from the beginning."""

    figure: Figure
    pixels: Any
    artists: frozenset[Artist]


def _drawn(figure: Figure, dpi: int) -> _Still:
    figure.set_dpi(dpi)
    canvas: Any = figure.canvas
    canvas.draw()
    return _Still(figure, canvas.copy_from_bbox(figure.bbox), frozenset(figure.findobj()))
