"""The call-centre monitor's picture, table and sentences: a result in, figure, HTML or text out."""

from __future__ import annotations

import html
import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.dashboards.desk_state import ARMS, LOST_WITHIN, OUTCOME_UNITS, DeskResult
from crmsim.plots.desk import plot_mean_waits, plot_number_waiting, plot_recoveries, plot_wait_shares
from crmsim.plots.style import empty_figure, house_style
from crmsim.text import say

__all__ = ["PICTURE_SIZE", "desk_figure", "desk_in_words", "desk_remark", "desk_table_html"]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 860)
#: Left and lower edge, width and height of its six parts, in pixels from the upper left corner.
_PLACES = (
    (68, 250, 420, 172), (530, 250, 420, 172),
    (68, 525, 420, 182), (530, 525, 420, 182),
    (68, 795, 420, 182), (560, 795, 390, 182),
)  # fmt: skip
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
    labels = {arm: say(f"panel.desk.arm.{arm}", lang) for arm in ("arrival", "priority")}
    for ax, arm in zip(axes[:2], labels, strict=True):
        plot_number_waiting(result.weeks(arm), ax, lang=lang)
        _title(ax, "queue", lang, arm=labels[arm])
    _share(axes[:2], "y")
    for ax, arm in zip(axes[2:4], labels, strict=True):
        plot_wait_shares(result.shares(arm), ax, theory=result.theory_shares(arm), lang=lang)
        _title(ax, "shares", lang, arm=labels[arm])
    _share(axes[2:4], "x")
    for ax in (axes[1], axes[3]):  # its scale is that of its neighbour
        ax.tick_params(labelleft=False)
        ax.set_ylabel("")
    waits, theory = ({labels[arm]: found[arm] for arm in labels} for found in (result.waits, result.theory))
    plot_mean_waits(waits, axes[4], theory=theory, lang=lang)
    _title(axes[4], "means", lang)
    plot_recoveries(result.recoveries, axes[5], within=LOST_WITHIN, lang=lang)
    _title(axes[5], "recoveries", lang)
    handles, names = axes[2].get_legend_handles_labels()
    figure.legend(handles, names, loc="upper center", ncols=5, frameon=False, fontsize=10)
    return figure


def _share(axes: list[Axes], axis: str) -> None:
    """Give two neighbours the longer of their scales."""
    end = max(getattr(ax, f"get_{axis}lim")()[1] for ax in axes)
    for ax in axes:
        getattr(ax, f"set_{axis}lim")(0, end)


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
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    rows = "".join(_row(outcome, result.table.loc[outcome], result) for outcome in OUTCOME_UNITS)
    n = len(result.pairs)
    note = say("panel.desk.note" if n > 1 else "panel.desk.note_first", lang, n=n, years=state.years)
    table = f'<table class="crmsim"><tr>{head}</tr>{rows}</table>'
    return f'{table}<div class="crmsim-note">{html.escape(note)}</div>'


def _row(outcome: str, desks: pd.DataFrame, result: DeskResult) -> str:
    lang, unit = result.state.lang, OUTCOME_UNITS[outcome]
    currency = result.currency if unit == "currency" else ""
    cells = [html.escape(say(f"panel.desk.outcome.{outcome}", lang, currency=currency))]
    cells += [_number(desks.loc[arm, "level"], unit) for arm in ARMS]
    cells += [_gap(desks.loc[arm], unit, lang) for arm in ("arrival", "priority")]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


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
