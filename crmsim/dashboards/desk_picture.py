"""The call-centre monitor's picture, table and sentences: a result in, figure, HTML or text out."""

from __future__ import annotations

import html
import math
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.dashboards.desk_state import ARMS, LOST_WITHIN, OUTCOME_UNITS, DeskResult
from crmsim.dashboards.kept_figures import KeptFigures, kept_axes
from crmsim.dashboards.tables import noted_table
from crmsim.plots.desk import (
    draw_mean_waits,
    draw_number_waiting,
    draw_recoveries,
    draw_wait_shares,
    longest_wait,
    plot_mean_waits,
    plot_number_waiting,
    plot_recoveries,
    plot_wait_shares,
)
from crmsim.plots.style import empty_figure, house_style
from crmsim.text import say

__all__ = ["PICTURE_SIZE", "desk_figure", "desk_in_words", "desk_remark", "desk_table_html", "kept_pictures"]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 860)
#: Left and lower edge, width and height of its six parts, in pixels from the upper left corner.
_PLACES = (
    (72, 250, 416, 172), (530, 250, 420, 172),
    (72, 525, 416, 182), (530, 525, 420, 182),
    (72, 795, 416, 182), (560, 795, 390, 182),
)  # fmt: skip
#: The desks with a queue.
_QUEUES = ("arrival", "priority")
_MINUS = "\N{MINUS SIGN}"


@house_style
def desk_figure(result: DeskResult) -> Figure:
    """Return the picture: who is waiting, how long, what theory expects, and what late answers are worth.

    Examples
    --------
    >>> from crmsim.dashboards.desk_state import DeskState
    >>> len(desk_figure(DeskState(customers=200, years=2, replications=2).run()).axes)
    6
    """
    lang, (width, height) = result.state.lang, PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    axes = [figure.add_axes((x / width, 1 - y / height, w / width, h / height)) for x, y, w, h in _PLACES]
    labels = _labels(lang)
    for ax, arm in zip(axes[:2], labels, strict=True):
        plot_number_waiting(result.weeks(arm), ax, lang=lang)
        _title(ax, "queue", lang, arm=labels[arm])
    _same_scale(*axes[:2])
    for ax, arm in zip(axes[2:4], labels, strict=True):
        plot_wait_shares(result.shares(arm), ax, theory=result.theory_shares(arm), lang=lang)
        _title(ax, "shares", lang, arm=labels[arm])
    for ax in axes[2:4]:
        ax.set_xlim(0, _longest(result))
    for ax in (axes[1], axes[3]):  # its scale is that of its neighbour
        ax.tick_params(labelleft=False)
        ax.set_ylabel("")
    waits, theory = _by_label(result)
    plot_mean_waits(waits, axes[4], theory=theory, lang=lang)
    _title(axes[4], "means", lang)
    plot_recoveries(result.recoveries, axes[5], within=LOST_WITHIN, lang=lang)
    _title(axes[5], "recoveries", lang)
    handles, names = axes[2].get_legend_handles_labels()
    figure.legend(handles, names, loc="upper center", ncols=5, frameon=False, fontsize=10)
    return figure


def kept_pictures() -> KeptFigures:
    """Return what draws :func:`desk_figure` again and again, and each time only what moves.

    Examples
    --------
    >>> from crmsim.dashboards.desk_state import DeskState
    >>> kept_pictures().png(DeskState(customers=200, years=2, replications=2).run())[:4]
    b'\\x89PNG'
    """
    return kept_axes(desk_figure, _fill, _frame, _scales)


def _frame(result: DeskResult) -> tuple[Any, ...]:
    """Return what the scales of time, legends and words depend on."""
    state = result.state
    return state.lang, state.dpi, state.years, _longest(result)


def _longest(result: DeskResult) -> float:
    return max(longest_wait(result.shares(arm), result.theory_shares(arm)) for arm in _QUEUES)


def _scales(figure: Figure, _: DeskResult) -> list[Artist]:
    """Return the scales that move with the numbers, and the legend that lies upon one of their grids."""
    queue, other, _, _, means, recoveries = figure.axes
    # Below the last part stands how many complaints there were.
    return [queue.yaxis, other.yaxis, means.yaxis, means.get_legend(), recoveries.xaxis]


def _same_scale(one: Axes, other: Axes) -> None:
    """Give two neighbours the higher of their scales."""
    top = max(one.get_ylim()[1], other.get_ylim()[1])
    one.set_ylim(0, top)
    other.set_ylim(0, top)


def _fill(figure: Figure, result: DeskResult) -> None:
    """Draw what lies in the axes."""
    lang, axes = result.state.lang, figure.axes
    for place, arm in enumerate(_QUEUES):
        draw_number_waiting(result.weeks(arm), axes[place], lang=lang)
        draw_wait_shares(result.shares(arm), axes[2 + place], theory=result.theory_shares(arm), lang=lang)
    _same_scale(*axes[:2])
    waits, theory = _by_label(result)
    draw_mean_waits(waits, axes[4], theory=theory, lang=lang)
    draw_recoveries(result.recoveries, axes[5], within=LOST_WITHIN, lang=lang)


def _labels(lang: str) -> dict[str, str]:
    return {arm: say(f"panel.desk.arm.{arm}", lang) for arm in _QUEUES}


def _by_label(result: DeskResult) -> tuple[dict[str, pd.DataFrame], dict[str, pd.Series]]:
    """Return the mean waits, and those that theory expects, by the label of the desk."""
    labels = _labels(result.state.lang)
    return (
        {label: result.waits[arm] for arm, label in labels.items()},
        {label: result.theory[arm] for arm, label in labels.items()},
    )


def _title(ax: Axes, key: str, lang: str, **values: object) -> None:
    ax.set_title(say(f"panel.desk.title.{key}", lang, **values), loc="left", fontsize=11, y=1.0)


def desk_remark(result: DeskResult) -> str:
    """Return what theory says of the desk in a sentence or two."""
    load, state = result.load, result.state
    fits = load["erlangs"] < state.agents
    wait = result.theory["arrival"].iloc[0]
    return say(
        "panel.desk.remark" if fits else "panel.desk.remark_overload",
        state.lang,
        calls=f"{load['calls']:.1f}",
        erlangs=f"{load['erlangs']:.2f}",
        agents=state.agents,
        busy=round(100 * load["occupancy"]),
        delayed=round(100 * load["delayed"]),
        wait=f"{wait:.2f}",
        needed=load["needed"],
    )


def desk_in_words(result: DeskResult) -> str:
    """Return the picture's message in sentences, for who cannot see it."""
    lang = result.state.lang
    waits = [
        say(
            "panel.desk.in_words",
            lang,
            arm=say(f"panel.desk.arm.{arm}", lang),
            vip=_days(result.waits[arm].loc["vip", "mean"]),
            small=_days(result.waits[arm].loc["small", "mean"]),
            vip_theory=_days(result.theory[arm]["vip"]),
            small_theory=_days(result.theory[arm]["small"]),
        )
        for arm in ("arrival", "priority")
    ]
    return " ".join([desk_remark(result), *waits])


def _days(value: float) -> str:
    return "–" if math.isnan(value) else "∞" if math.isinf(value) else f"{value:.2f}"


def desk_table_html(result: DeskResult) -> str:
    """Return the table of what waiting costs and what priority changes, with a sentence on how to read it."""
    lang, state = result.state.lang, result.state
    heads = [say("panel.table.outcome", lang), *(say(f"panel.desk.arm.{arm}", lang) for arm in ARMS)]
    heads += [say("panel.desk.waiting_costs", lang), say("panel.desk.priority_changes", lang)]
    rows = [_row(outcome, result.table.loc[outcome], result) for outcome in OUTCOME_UNITS]
    n = len(result.pairs)
    note = say("panel.desk.note" if n > 1 else "panel.desk.note_first", lang, n=n, years=state.years)
    return noted_table(heads, rows, note)


def _row(outcome: str, desks: pd.DataFrame, result: DeskResult) -> list[str]:
    lang, unit = result.state.lang, OUTCOME_UNITS[outcome]
    currency = result.currency if unit == "currency" else ""
    cells = [html.escape(say(f"panel.desk.outcome.{outcome}", lang, currency=currency))]
    cells += [_number(desks.loc[arm, "level"], unit) for arm in ARMS]
    return cells + [_gap(desks.loc[arm], unit, lang) for arm in ("arrival", "priority")]


def _gap(row: pd.Series, unit: str, lang: str) -> str:
    """Write a difference with its interval; what is decided is bold."""
    if math.isnan(row["mean"]):
        return "–"
    # So that an interval that ends near 0 does not seem to end there.
    decimals = 2 if unit == "days" or (unit != "currency" and abs(row["mean"]) < 0.01) else None
    mean = ("+" if row["mean"] > 0 else "") + _number(row["mean"], unit, decimals)
    if row["n"] < 2:
        return mean
    ends = say(
        "panel.table.from_to",
        lang,
        low=_number(row["low"], unit, decimals),
        high=_number(row["high"], unit, decimals),
    )
    told = f"{mean} ({ends})"
    return f"<b>{told}</b>" if row["verdict"] in ("higher", "lower") else told


def _number(value: float, unit: str, decimals: int | None = None) -> str:
    """Write a value; shares and qualities in hundredths."""
    if math.isnan(value):
        return "–"
    value = 100.0 * value if unit in ("share", "percent_of_best") else value
    if decimals is None:
        decimals = 2 if unit == "days" else 1 if abs(value) < 1000 else 0
    text = f"{value:,.{decimals}f}"
    return text.replace("-", _MINUS) if float(text.replace(",", "")) else text.lstrip("-")
