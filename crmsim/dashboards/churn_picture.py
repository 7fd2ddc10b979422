"""The picture and tables of the screen of churn and win-back: a result in, a figure or HTML out."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.dashboards.tables import noted_table
from crmsim.plots.departures import (
    OTHER_COLOUR,
    PREVENTABLE_COLOUR,
    plot_causes,
    plot_decision,
    plot_lost_profit,
    plot_win_back,
)
from crmsim.plots.style import SEEN, empty_figure, house_style, strategy_label
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.dashboards.churn_state import ChurnResult

__all__ = ["PICTURE_SIZE", "churn_figure", "churn_in_words", "kept_pictures", "steps_html", "win_back_html"]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 600)
#: Left and lower edge, width and height of its four parts, in pixels from the upper left corner.
_PLACES = ((125, 290, 330, 220), (600, 290, 360, 220), (150, 530, 305, 130), (600, 530, 360, 130))
_MINUS = "\N{MINUS SIGN}"


@house_style
def churn_figure(result: ChurnResult) -> Figure:
    """Return the picture: causes, the profit lost with them, the decision, and winning back.

    Examples
    --------
    >>> from crmsim.dashboards.churn_state import ChurnState
    >>> len(churn_figure(ChurnState(customers=100, years=2, populations=2).run()).axes)
    4
    """
    figure = _with_steps(result)
    _add_win_back(figure, result)
    return figure


def kept_pictures() -> KeptFigures:
    """Return what draws the picture: the steps are kept, and another threshold draws winning back only."""
    return KeptFigures(_with_steps, _add_win_back, _frame)


def _frame(result: ChurnResult) -> tuple[Any, ...]:
    state = result.state
    return (*state.world, state.measure, result.done, state.lang, state.dpi)


def _with_steps(result: ChurnResult) -> Figure:
    """Return the figure with the steps of the decision and both legends."""
    lang, currency = result.state.lang, result.currency
    width, height = PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    causes, profit, decision = (_axes(figure, place) for place in range(3))
    plot_causes(result.causes, causes, lang=lang)
    plot_lost_profit(result.profit, profit, currency=currency, lang=lang)
    plot_decision(result.amounts, decision, currency=currency, lang=lang)
    for ax, title in zip(figure.axes, ("causes", "profit", "decision"), strict=True):
        ax.set_title(say(f"panel.churn.title.{title}", lang), loc="left", fontsize=11, y=1.0)
    kinds: list[dict[str, Any]] = [
        {"color": PREVENTABLE_COLOUR, "label": say("panel.churn.preventable", lang)},
        {"color": OTHER_COLOUR, "label": say("panel.churn.not_preventable", lang)},
        {"facecolor": "white", "edgecolor": SEEN, "hatch": "////", "label": say("panel.churn.heard", lang)},
    ]
    look: dict[str, Any] = {"frameon": False, "handlelength": 1.4, "columnspacing": 1.6}
    handles = [Patch(**kind) for kind in kinds]
    figure.legend(handles=handles, loc="upper center", ncols=3, fontsize=10, **look)
    return figure


def _add_win_back(figure: Figure, result: ChurnResult) -> list[Artist]:
    """Add the part on winning back; return what was added."""
    lang, table, ax = result.state.lang, result.won_back, _axes(figure, 3)
    money = table[table["figure"].isin(("gain", "cost", "net")) & (table["arm"] != "less")]
    plot_win_back(money, ax, currency=result.currency, lang=lang)
    ax.set_title(say("panel.churn.title.win_back", lang), loc="left", fontsize=11, y=1.0)
    look: dict[str, Any] = {"frameon": False, "handlelength": 1.4, "columnspacing": 1.6}
    ax.legend(loc="upper right", bbox_to_anchor=(1.03, -0.26), ncols=3, fontsize=9.5, **look)
    return [ax]


def _axes(figure: Figure, place: int) -> Axes:
    (width, height), (x, y, w, h) = PICTURE_SIZE, _PLACES[place]
    return figure.add_axes((x / width, 1 - y / height, w / width, h / height))


def churn_in_words(result: ChurnResult) -> str:
    """Return the message of the picture in sentences, for who cannot see it."""
    lang, currency, first = result.state.lang, result.currency, result.causes.iloc[0]
    blanks = {name: _interval(row, lang) for name, row in result.amounts.iterrows()}
    return say(
        "panel.churn.in_words", lang, currency=currency,
        cause=say(f"cause.{result.causes.index[0]}", lang), share=f"{first['mean']:.0f}",
        measure=strategy_label(result.state.measure, lang),
        verdict=_verdict(result), **blanks,
    )  # fmt: skip


def steps_html(result: ChurnResult) -> str:
    """Return the four steps as a table: the step, its formula, and the numbers."""
    lang, currency = result.state.lang, result.currency
    able = result.causes[result.causes["preventable"]]
    heard = result.causes["heard"].sum()
    blanks: dict[str, Any] = {
        "currency": currency,
        "first": _percent(result.retention["first_year"], lang),
        "later": _percent(result.retention["later_years"], lang),
        "share": f"{able['mean'].sum():.0f}",
        "heard": f"{heard:.0f}",
        **{name: _interval(row._asdict(), lang) for name, row in result.avoidable.items()},
        "measure": strategy_label(result.state.measure, lang),
        "verdict": _verdict(result),
        **{name: _interval(row, lang) for name, row in result.amounts.iterrows()},
    }
    amounts = result.amounts["mean"]
    passed = "below" if amounts["cost"] < amounts["avoidable"] else "above"
    blanks["course"] = say(f"panel.churn.course.{passed}", lang)
    rows = [
        [say(f"panel.churn.{part}.{number}", lang, **blanks) for part in _PARTS] for number in range(1, 5)
    ]
    many = "means" if result.done > 1 else "first"
    note = say(
        "panel.churn.note", lang,
        runs=say(f"panel.churn.{many}", lang, n=result.done, years=result.state.years),
        rate=f"{100 * result.state.scenario.money.annual_discount_rate:g}",
    )  # fmt: skip
    return _table([say(f"panel.churn.head.{part}", lang) for part in _PARTS], rows, words=True) + _note(note)


def _verdict(result: ChurnResult) -> str:
    word = result.verdict if result.done > 1 else "one"
    return say(f"panel.churn.verdict.{word}", result.state.lang)


def win_back_html(result: ChurnResult) -> str:
    """Return the table of winning back, and the difference between asking by value and asking all."""
    lang, state, table = result.state.lang, result.state, result.won_back.set_index(["arm", "figure"])
    heads = [say(f"panel.churn.head.{part}", lang, currency=result.currency) for part in _WON]
    rows = [
        [
            say(f"plot.departures.asked_{arm}", lang).replace("\n", "" if lang == "zh" else " "),
            *(_interval(table.loc[(arm, part)], lang, apart="\n") for part in _WON[1:]),
        ]
        for arm in ("all", "value")
    ]
    less = table.loc[("less", "net")]
    note = say(
        "panel.churn.note_win_back", lang, least=f"{state.threshold * state.scenario.price_list.win_back:g}",
        price=f"{state.scenario.price_list.win_back:g}", currency=result.currency,
        less=_interval(less, lang), per_unit=_interval(table.loc[("less", "per_unit")], lang),
    )  # fmt: skip
    return _table(heads, rows) + _note(note)


_PARTS = ("step", "formula", "numbers")
_WON = ("arm", "asked", "returned", "cost", "gain", "net", "per_unit")


def _table(heads: list[str], rows: list[list[str]], *, words: bool = False) -> str:
    """Return a table as HTML; one of words is not set flush right."""
    look = "text-align:left;vertical-align:top" if words else ""
    return noted_table(heads, ([_lines(text) for text in row] for row in rows), look=look)


def _lines(text: str) -> str:
    """Return text as HTML that breaks where it says so, and a number's interval nowhere else."""
    first, *others = html.escape(text).split("\n")
    return first + "".join(f'<br><span style="white-space:nowrap">{line}</span>' for line in others)


def _note(text: str) -> str:
    return f'<div class="crmsim-note">{html.escape(text)}</div>'


def _percent(interval: Any, lang: str) -> str:
    """Write a share as a percentage with its interval, of which nothing lies below 0 or above 100."""
    ends = {end: min(max(100.0 * getattr(interval, end), 0.0), 100.0) for end in ("low", "high")}
    if not math.isfinite(interval.low):
        ends = {"low": -math.inf, "high": math.inf}
    return _interval({"mean": 100.0 * interval.mean, **ends}, lang, unit=" %")


def _interval(row: Any, lang: str, *, unit: str = "", apart: str | None = None) -> str:
    """Write a mean with its interval (set `apart` by something else than usual); a dash for none."""
    mean, low, high = (float(row[end]) for end in ("mean", "low", "high"))
    if not math.isfinite(mean):
        return "–"
    if not (math.isfinite(low) and math.isfinite(high)):
        return _plain(mean) + unit
    between = say("panel.churn.interval", lang, low=_plain(low, high), high=_plain(high))
    if apart is None:
        apart = "" if lang == "zh" else " "
    return _plain(mean, high) + unit + apart + between


def _plain(value: float, size: float | None = None) -> str:
    """Write a number with as many decimals as its size, or that of another, deserves."""
    most = max(abs(value), abs(size or 0.0))
    text = f"{value:,.{0 if most >= 100 else 1 if most >= 10 else 2}f}"
    return text.replace("-", _MINUS) if float(text.replace(",", "")) else text.lstrip("-")
