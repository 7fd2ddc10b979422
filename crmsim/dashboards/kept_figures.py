"""Pictures of which a part is kept: a slider's step draws only what depends on it.

A stage on which the scenery stays while the actors move: axes, words and curves take most of the time of a
picture, and many a step changes none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from crmsim.plots.style import drawn_png, house_style

__all__ = ["KeptFigures"]

#: Figures that are kept, of 2 to 5 MB each: enough to move another slider to and fro.
_MOST = 6


class KeptFigures:
    """Draws pictures in two parts, and keeps the first.

    Parameters
    ----------
    still : callable
        Takes a result to a figure with all that stays.
    moving : callable
        Takes that figure and a result, adds the rest, and returns what it has added, from the back to the
        front. It must not change what is there.
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
        self._kept: dict[Hashable, tuple[Figure, Any]] = {}

    @house_style
    def png(self, result: Any) -> bytes:
        """Return the picture of a result as PNG."""
        frame = self._frame(result)
        # Put in anew, so that the first of all is the one not used for longest.
        figure, pixels = self._kept.pop(frame, None) or _drawn(self._still(result), result.state.dpi)
        if len(self._kept) == _MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[frame] = figure, pixels
        added = self._moving(figure, result)
        try:
            figure.canvas.restore_region(pixels)  # type: ignore[attr-defined]
            renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
            for artist in added:
                artist.draw(renderer)
            return drawn_png(figure)
        finally:
            for artist in added:
                artist.remove()


def _drawn(figure: Figure, dpi: int) -> tuple[Figure, Any]:
    """Return a figure with its pixels."""
    figure.set_dpi(dpi)
    figure.canvas.draw()
    return figure, figure.canvas.copy_from_bbox(figure.bbox)  # type: ignore[attr-defined]
