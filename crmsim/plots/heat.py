"""A table of numbers as coloured squares with the numbers in them, as a calendar of warm and cold days."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter

from crmsim.plots.style import INK

__all__ = ["BLUES", "draw_heat", "draw_squares"]

#: From nearly white to the dark blue of a stable relationship; what is missing is not coloured.
BLUES: Colormap = LinearSegmentedColormap.from_list("crmsim_blues", ["#F4F9FD", "#74BCE8", "#0B3C6F"])
#: With more squares than this in a row, numbers would not be readable.
_MOST_NUMBERS = 16


def draw_heat(
    ax: Axes,
    cells: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    write: Callable[[float], str],
    *,
    top: float | None = None,
) -> Axes:
    """Draw a table as squares, the first row on top; where there is no room for numbers, with a scale.

    Parameters
    ----------
    ax : Axes
    cells : array
        Numbers from 0; nan leaves a square empty.
    rows, columns : sequence of str
        Names for the tick marks.
    write : callable
        How a number is written.
    top : float, optional
        The number of the darkest colour, which greater ones have as well; the greatest by default.

    Returns
    -------
    Axes
    """
    if cells.size == 0:  # a log so short that no period is complete
        ax.set_axis_off()
        return ax
    image = draw_squares(ax, cells, write, top=top)
    if max(cells.shape) > _MOST_NUMBERS:
        bar = ax.figure.colorbar(image, ax=ax, format=FuncFormatter(lambda number, _: write(number)))
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, labelcolor=INK)
    _ticks(ax.set_yticks, rows)
    _ticks(ax.set_xticks, columns)
    ax.set_xticks(np.arange(0.5, cells.shape[1] - 1), minor=True)
    ax.set_yticks(np.arange(0.5, cells.shape[0] - 1), minor=True)
    ax.grid(which="minor", color="white", linewidth=1.2 if max(cells.shape) <= 2 * _MOST_NUMBERS else 0.0)
    ax.tick_params(which="both", length=0, labelcolor=INK)
    ax.spines[:].set_visible(False)
    return ax


def draw_squares(
    ax: Axes, cells: np.ndarray, write: Callable[[float], str], *, top: float | None = None
) -> AxesImage:
    """Draw only the squares of :func:`draw_heat` and the numbers in them; return the squares."""
    known = cells[np.isfinite(cells)]
    most = float(known.max()) if top is None and known.size else top or 1.0
    norm = Normalize(0.0, most if most > 0.0 else 1.0)
    image = ax.imshow(np.ma.masked_invalid(cells), cmap=BLUES, norm=norm, aspect="auto")
    if max(cells.shape) <= _MOST_NUMBERS:
        size = 9.0 if max(cells.shape) <= 8 else 7.5
        for (row, column), value in np.ndenumerate(cells):
            words = write(value) if np.isfinite(value) else ""
            if words:
                colour = "white" if norm(value) > 0.6 else INK
                ax.text(column, row, words, ha="center", va="center", color=colour, fontsize=size)
    return image


def _ticks(put: Callable[..., object], names: Sequence[str]) -> None:
    """Write at most about a dozen names, so that they do not run into one another."""
    step = max(1, -(-len(names) // 12))
    places = np.arange(0, len(names), step)
    put(places, [names[place] for place in places])
