"""The targeting lab's picture and table: a comparison in, a figure or HTML out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.dashboards.tables import noted_table
from crmsim.plots.style import INK, RESPONSE_COLOURS, empty_figure, house_style
from crmsim.plots.targeting import plot_net_gains, plot_offers_by_type, plot_uplift_curves
from crmsim.response_types import TYPES
from crmsim.text import say
from crmsim.uplift import UpliftCurve

if TYPE_CHECKING:
    from crmsim.dashboards.targeting_state import TargetingResult

__all__ = ["PICTURE_SIZE", "kept_pictures", "table_html", "targeting_figure"]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 620)
#: Left and lower edge, width and height of its four parts, in pixels from the upper left corner.
_PLACES = ((70, 305, 390, 240), (565, 305, 390, 240), (150, 530, 310, 135), (650, 530, 305, 135))
#: Points of a curve that are drawn.
_POINTS = 201
_MINUS = "\N{MINUS SIGN}"
#: Eight columns of intervals need all the room there is.
_TIGHT = "padding:3px 7px"
_ENDS = ["mean", "low", "high"]


@house_style
def targeting_figure(result: TargetingResult) -> Figure:
    """Return the picture: who is kept, what it earns, whom the offers reach, and the gain at the share.

    Examples
    --------
    >>> from crmsim.dashboards.targeting_state import TargetingState
    >>> len(targeting_figure(TargetingState(customers=200, populations=2).run()).axes)
    4
    """
    figure = _with_curves(result)
    _add_share(figure, result)
    return figure


def kept_pictures() -> KeptFigures:
    """Return what draws the picture: the curves are kept, and another share draws only what depends on it."""
    return KeptFigures(_with_curves, _add_share, _frame)


def _frame(result: TargetingResult) -> tuple[Any, ...]:
    return (result.state.terms(result.done), result.state.lang, result.state.dpi)


def _with_curves(result: TargetingResult) -> Figure:
    """Return the figure with its two upper parts and both legends."""
    lang, currency = result.state.lang, result.comparison.scenario.currency
    width, height = PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    kept, money = _axes(figure, _PLACES[:2])
    curves = {effect: _thinned(found) for effect, found in result.curves.items()}
    plot_uplift_curves(curves["uplift"], kept, lang=lang, legend=False)
    plot_uplift_curves(curves["value_uplift"], money, currency=currency, lang=lang, legend=False)
    _title(kept, say("panel.targeting.title.kept", lang))
    _title(money, say("panel.targeting.title.money", lang))
    lines = kept.get_legend_handles_labels()
    figure.legend(*lines, loc="upper center", ncols=6, frameon=False, fontsize=10, handlelength=2.6)
    colours = [Patch(color=colour) for colour in RESPONSE_COLOURS.values()]
    names = [say(f"response.{kind}", lang) for kind in RESPONSE_COLOURS]
    look: dict[str, Any] = {"frameon": False, "fontsize": 9.5, "handlelength": 1.2, "columnspacing": 1.2}
    figure.legend(colours, names, loc="lower left", bbox_to_anchor=(0.02, 0.0), ncols=4, **look)
    return figure


def _thinned(curves: dict[str, UpliftCurve]) -> dict[str, UpliftCurve]:
    """Return as many points of each curve as the picture can show; dashes over thousands take long."""
    found = {}
    for name, (customers, gain) in curves.items():
        some = np.unique(np.linspace(0, len(customers) - 1, min(len(customers), _POINTS)).round().astype(int))
        found[name] = UpliftCurve(customers[some], gain[some])
    return found


def _add_share(figure: Figure, result: TargetingResult) -> list[Artist]:
    """Add the lower parts, and in the upper ones where the share lies; return what was added."""
    lang, share, currency = result.state.lang, result.state.share, result.comparison.scenario.currency
    marks = [mark for ax in figure.axes[:2] for mark in _mark_share(ax, share, lang)]
    types, gain = _axes(figure, _PLACES[2:])
    plot_offers_by_type(result.offers_by_type, types, lang=lang)
    plot_net_gains(result.levels, gain, currency=currency, lang=lang)
    _title(types, say("panel.targeting.title.types", lang, share=share))
    _title(gain, say("panel.targeting.title.gain", lang, share=share))
    return [*marks, types, gain]


def _axes(figure: Figure, places: Sequence[tuple[int, int, int, int]]) -> list[Axes]:
    width, height = PICTURE_SIZE
    return [figure.add_axes((x / width, 1 - y / height, w / width, h / height)) for x, y, w, h in places]


def _title(ax: Axes, words: str) -> None:
    ax.set_title(words, loc="left", fontsize=11, y=1.0)


def _mark_share(ax: Axes, share: int, lang: str) -> tuple[Artist, Artist]:
    """Draw where the share chosen lies."""
    line = ax.axvline(share, color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    right = share > 85
    words = ax.annotate(
        say("plot.targeting_chosen", lang, share=share),
        (share, 0.0), (-4 if right else 4, 3), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="right" if right else "left", va="bottom",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip
    return line, words


def table_html(result: TargetingResult) -> str:
    """Return the table: each score's gain, against risk, of which types, and its Qini coefficient."""
    lang, comparison = result.state.lang, result.comparison
    types, qini = result.offers_by_type.set_index(["score", "type"]), result.qini
    heads = [
        say("panel.targeting.score", lang),
        say("panel.targeting.gain", lang, currency=comparison.scenario.currency),
        say("panel.targeting.against", lang),
        *(say("panel.targeting.of_offers", lang, type=say(f"response.{kind}", lang)) for kind in TYPES),
        say("panel.targeting.qini", lang),
    ]
    rows = []
    for score, gain in result.gains.iterrows():
        less = gain[["difference_mean", "difference_low", "difference_high"]].set_axis(
            ["mean", "low", "high"]
        )
        verdict = "" if score == "risk" else "<br>" + say(f"panel.verdict.{gain['verdict']}", lang)
        rows.append(
            [
                say(f"score.{score}", lang),
                _interval(gain, 2, lang),
                _interval(less, 2, lang) + verdict,
                *(_interval(types.loc[(score, kind)], 1, lang) for kind in TYPES),
                _interval(qini.loc[score], 2, lang),
            ]
        )
    return noted_table(heads, rows, _note(result), look=_TIGHT)


def _note(result: TargetingResult) -> str:
    comparison, lang = result.comparison, result.state.lang
    scenario = comparison.scenario
    return say(
        "panel.targeting.note", lang,
        runs=say(f"panel.targeting.{'means' if result.done > 1 else 'first'}", lang, n=result.done),
        day=comparison.day,
        days=scenario.population.horizon_days - comparison.day, futures=comparison.futures,
        half=comparison.futures // 2,
        price=f"{comparison.offer.cost * scenario.price_list.save_offer:g}", currency=scenario.currency,
        rate=f"{100 * scenario.money.annual_discount_rate:g}",
    )  # fmt: skip


def _interval(row: pd.Series, decimals: int, lang: str) -> str:
    """Write a mean above its interval; a dash where there is none."""
    if not math.isfinite(row["mean"]):
        return "–"
    if not (math.isfinite(row["low"]) and math.isfinite(row["high"])):
        return _plain(row["mean"], decimals)
    ends = {end: _plain(row[end], decimals) for end in ("low", "high")}
    between = say("panel.targeting.interval", lang, **ends)
    return f'{_plain(row["mean"], decimals)}<br><span style="white-space:nowrap">{between}</span>'


def _plain(value: float, decimals: int) -> str:
    text = f"{value:,.{max(decimals - (abs(value) >= 100), 0)}f}"
    return text.replace("-", _MINUS) if float(text.replace(",", "")) else text.lstrip("-")
