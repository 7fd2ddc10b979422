"""Pictures whose still parts are kept, so that a slider's step draws only what moves.

A shop window whose frame stays while the goods change: words, axes and legends take four fifths of the time
of a picture, and a step of a slider changes none of them as a rule.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crmsim.plots.style import drawn_png, house_style

__all__ = ["StillPictures", "round_limits"]

#: Still parts that are kept, of 5 MB each: enough to move a slider to and fro.
_MOST_KEPT = 8


class StillPictures:
    """The pictures of a screen; a subclass says what they depend on, how they are drawn, and what moves."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Figure, Any]] = {}

    def frame(self, result: Any) -> Hashable:
        """Return everything that the still parts depend on: words, legends, axes, and ``dpi``."""
        raise NotImplementedError

    def figure(self, result: Any) -> Figure:
        """Return the whole picture, drawn anew."""
        raise NotImplementedError

    def fresh(self, figure: Figure) -> list[Axes]:
        """Return the axes that are drawn anew each time, ticks and all; by default none."""
        return []

    def move(self, figure: Figure, result: Any) -> None:
        """Move bars, lines and numbers to where those of a result are, and draw the fresh axes."""
        raise NotImplementedError

    @house_style
    def png(self, result: Any) -> bytes:
        """Return the picture of a result as PNG, the same as that of `figure`."""
        frame = self.frame(result)
        # Put in anew, so that the first of all is the one not used for longest.
        figure, background = self._kept.pop(frame, None) or self._still_parts(result, frame)
        if len(self._kept) == _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[frame] = figure, background
        self.move(figure, result)
        self._animate(figure)
        figure.canvas.restore_region(background)  # type: ignore[attr-defined]
        fresh = self.fresh(figure)
        for ax in figure.axes:
            for artist in [ax] if ax in fresh else sorted(_moving(ax), key=lambda artist: artist.zorder):
                figure.draw_artist(artist)
        return drawn_png(figure)

    def _still_parts(self, result: Any, frame: Any) -> tuple[Figure, Any]:
        """Return the figure with the pixels of all that does not move."""
        figure = self.figure(result)
        figure.set_dpi(frame.dpi)
        fresh = self.fresh(figure)
        for ax in figure.axes:
            if ax in fresh:
                ax.set_animated(True)
            else:
                ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
        self._animate(figure)
        figure.canvas.draw()
        return figure, figure.canvas.copy_from_bbox(figure.bbox)  # type: ignore[attr-defined]

    def _animate(self, figure: Figure) -> None:
        """Mark what moves, so that the figure leaves it out, and the next result finds it."""
        fresh = self.fresh(figure)
        for ax in figure.axes:
            if ax not in fresh:
                for artist in _moving(ax):
                    artist.set_animated(True)


def _moving(ax: Axes) -> list[Artist]:
    """Return what moves in an axes, and the edges, which lie upon it."""
    return [*ax.patches, *ax.lines, *ax.spines.values(), *ax.texts]


def round_limits(*amounts: np.ndarray) -> tuple[float, float]:
    """Return the round numbers around amounts, 0 and a margin; 0 is the end of what lies on one side.

    Examples
    --------
    >>> round_limits(np.array([3.0, 17.0]))
    (0.0, 18.0)
    """
    known = np.nan_to_num(np.concatenate(amounts))  # nan, a tier without customers, has no bar
    low, high = min(known.min(), 0.0), max(known.max(), 0.0)
    if low == high:
        return 0.0, 1.0
    margin = 0.05 * (high - low)
    low, high = low - margin * (low < 0), high + margin * (high > 0)
    ticks = MaxNLocator(20, steps=[1, 2, 5, 10]).tick_values(low, high)
    return float(ticks[0]), float(ticks[-1])
