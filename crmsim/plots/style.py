"""What all pictures have in common: colours, typeface, figures and their PNG form.

A colour means one thing everywhere, as on a metro map: the stage of stability is the same blue in
every picture. The colours are told apart by people with any of the usual forms of colour blindness
(Okabe & Ito 2008, Tol 2021); where there are more things than such colours, order, dashes or place
tell them apart as well. Nothing here uses ``pyplot``, so no figure outlives the code that made it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from PIL import Image

from crmsim.text import say
from crmsim.text.catalogue import catalogue
from crmsim.text.fonts import font_families

__all__ = [
    "ACTUAL",
    "COMPONENT_COLOURS",
    "FITTED",
    "GAP_COLOURS",
    "GRID",
    "INK",
    "MUTED",
    "RESPONSE_COLOURS",
    "SEEN",
    "STAGE_COLOURS",
    "STRATEGY_COLOURS",
    "STRATEGY_LINES",
    "TIER_COLOURS",
    "TRUTH",
    "TYPE_COLOURS",
    "contrast",
    "drawn_pixels",
    "empty_figure",
    "house_style",
    "money_axis",
    "new_figure",
    "packed_png",
    "readable",
    "share_axis",
    "strategy_colour",
    "strategy_label",
    "tidy",
    "to_png",
]

INK, MUTED, GRID = "#222222", "#6B6B6B", "#E3E3E3"

#: By position in the comparison; the base comes first.
STRATEGY_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D", "#772200")
#: Dash patterns by position, so that a grey print can still be read.
STRATEGY_LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 3)))
#: Deeper relationship, deeper blue; decline stands out.
STAGE_COLOURS = {
    "prospect": "#EFEFEF",
    "exploration": "#CFE8F7",
    "formation": "#74BCE8",
    "stability": "#0072B2",
    "decline": "#E69F00",
    "ended": "#BDBDBD",
}
TIER_COLOURS = {"vip": "#4B2E83", "important": "#8567B5", "ordinary": "#B9A5D8", "small": "#DCD3EB"}
#: What happened, and what a fitted model says.
ACTUAL, FITTED = "#8A8A8A", "#0072B2"
#: What is so, and what a firm is told of it.
TRUTH, SEEN = "#0B4F45", "#B2572E"
#: Types of loyalty by position, no loyalty first: the deeper, the darker.
TYPE_COLOURS = ("#F3E3C2", "#DFC27D", "#80CDC1", "#35978F", "#0B4F45")
#: Whom an offer keeps or drives away, and whom it does not change.
RESPONSE_COLOURS = {
    "persuadable": "#1B7837",
    "sure_thing": "#C7E3BE",
    "lost_cause": "#BDBDBD",
    "do_not_disturb": "#762A83",
}
#: Service that falls short, and service that exceeds what was expected.
GAP_COLOURS = {"short": "#B2572E", "over": "#35978F"}
#: Value in cold colours, cost in warm ones and greys (Tol's muted scheme): none that a strategy has,
#: because both stand in one picture.
COMPONENT_COLOURS = {
    "clv1": "#332288",
    "clv2": "#44AA99",
    "clv3": "#88CCEE",
    "clv4": "#117733",
    "clv5": "#999933",
    "clv6": "#DDCC77",
    "account": "#D5D5D5",
    "contact": "#9A9A9A",
    "programme": "#CC6677",
    "recovery": "#882255",
    "offer": "#AA4499",
    "quality": "#5C4033",
    "credit": "#000000",
}

P = ParamSpec("P")
R = TypeVar("R")


def house_style(draw: Callable[P, R]) -> Callable[P, R]:
    """Make a drawing function use our typeface, without changing the reader's own settings."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with rc_context({"font.family": font_families(), "font.size": 9.5, "text.color": INK}):
            return draw(*args, **kwargs)

    return styled


@house_style
def new_figure(
    width: float, height: float, rows: int = 1, columns: int = 1, **grid: Any
) -> tuple[Figure, Any]:
    """Return a figure of so many inches with its axes, laid out so that nothing is cut.

    Parameters
    ----------
    width, height : float
        Inches.
    rows, columns : int
    **grid
        As in :meth:`matplotlib.figure.Figure.subplots`, for instance ``height_ratios``.

    Returns
    -------
    Figure, and Axes or an array of Axes

    Examples
    --------
    >>> figure, axes = new_figure(6, 3, columns=2)
    >>> len(axes)
    2
    """
    figure = empty_figure(width, height)
    return figure, figure.subplots(rows, columns, **grid)


def empty_figure(width: float, height: float) -> Figure:
    """Return a figure of so many inches without axes."""
    figure = ShownFigure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


class ShownFigure(Figure):
    """A figure that a notebook shows as a picture.

    Of Matplotlib's own, notebooks show no more than the name until somebody imports ``pyplot``.
    """

    def _repr_png_(self) -> bytes:
        return to_png(self)


@house_style
def to_png(figure: Figure, dpi: int = 100) -> bytes:
    """Return the figure as a PNG of `dpi` dots per inch."""
    # ``savefig`` draws twice, the first time only to lay it out, which drawing does by itself; and it
    # packs so thoroughly that it takes longer than half a picture, for three parts in a hundred.
    figure.set_dpi(dpi)
    figure.canvas.draw()
    return packed_png(drawn_pixels(figure), dpi)


def drawn_pixels(figure: Figure) -> np.ndarray:
    """Return a copy of what is drawn on the canvas of a figure, as red, green and blue."""
    # Our figures are opaque: the fourth channel would only take its time.
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]


def packed_png(pixels: np.ndarray, dpi: int) -> bytes:
    """Return pixels (red, green and blue) as a PNG of `dpi` dots per inch."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png", dpi=(dpi, dpi), compress_level=1)
    return buffer.getvalue()


def strategy_colour(position: int) -> str:
    """Return the colour of the strategy at a position of the comparison, from 0."""
    return STRATEGY_COLOURS[position % len(STRATEGY_COLOURS)]


def strategy_label(name: str, lang: str = "en") -> str:
    """Return a strategy's name in words, or the plain name of one that a user made.

    Examples
    --------
    >>> strategy_label("price_cut"), strategy_label("my_own")
    ('price cut', 'my_own')
    """
    key = f"strategy.{name}"
    return say(key, lang) if key in catalogue() else name


def contrast(one: str, other: str = "white") -> float:
    """Return the contrast of two colours, from 1 (none) to 21, as WCAG 2 defines it: text needs 4.5.

    Examples
    --------
    >>> contrast("black"), contrast("white")
    (21.0, 1.0)
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return round(float(linear @ [0.2126, 0.7152, 0.0722]), 12)


def readable(colour: str) -> str:
    """Return a colour for words on white: the same, made darker as far as eyes need it.

    Examples
    --------
    >>> readable("#0072B2"), readable("#D55E00")
    ('#0072b2', '#c25600')
    """
    for share in np.arange(1.0, 0.0, -0.01):
        darker = to_hex(share * np.array(to_rgb(colour)))
        if contrast(darker) >= 4.5:
            return darker
    return "#000000"


def tidy(ax: Axes, grid: str | None = "y") -> None:
    """Leave out what carries no information: two spines, tick marks, dark grid lines."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("#B0B0B0")
    ax.tick_params(length=0, labelcolor=INK)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(axis=grid, color=GRID, linewidth=0.8)  # type: ignore[arg-type]


def money_axis(ax: Axes, axis: str = "y") -> None:
    """Write amounts with thousands separated and a real minus sign."""
    chosen = ax.yaxis if axis == "y" else ax.xaxis
    chosen.set_major_formatter(
        FuncFormatter(lambda amount, _: f"{amount:,.10g}".replace("-", "\N{MINUS SIGN}"))
    )


def share_axis(ax: Axes, axis: str = "y") -> None:
    """Write shares as percentages."""
    chosen = ax.yaxis if axis == "y" else ax.xaxis
    chosen.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g}%"))
