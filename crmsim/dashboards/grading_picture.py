"""The grading screen's picture and tables: a result in, a figure or HTML out."""

from __future__ import annotations

import html
import math
from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes

from crmsim.dashboards.grading_state import GradingResult
from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.dashboards.tables import noted_table
from crmsim.dashboards.tiles import KeptTiles, filled_tile
from crmsim.metrics.grading_sheet import RANKINGS
from crmsim.plots.graded import (
    draw_found,
    draw_future_in_order,
    draw_level_shares,
    plot_found,
    plot_future_in_order,
    plot_level_shares,
)
from crmsim.plots.levels import draw_levels, plot_levels
from crmsim.text import say

__all__ = ["PICTURE_SIZE", "grading_in_words", "grading_tiles", "marks_html", "rankings_html"]

_MINUS = "\N{MINUS SIGN}"
#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 700)


def _people(result: GradingResult) -> tuple:
    s = result.state
    return s.source, s.customers, s.review, s.seed


def _cuts(result: GradingResult) -> tuple:
    s = result.state
    return (*_people(result), s.class_a, s.class_b, s.platinum, s.gold, s.rfm_groups)


def _ranked(result: GradingResult) -> tuple:
    # Of the cuts only those of RFM move a ranking.
    return *_people(result), result.state.rfm_groups, result.state.share, result.done


def _in_focus(result: GradingResult) -> tuple:
    return *_cuts(result), result.focus


def _whale_tile() -> KeptFigures:
    def part(draw: Callable[..., object]) -> Callable[[GradingResult, Axes], object]:
        return lambda result, ax: draw(
            result.sheet["past_profit"], result.sheet["future"], result.whale, ax, lang=result.state.lang
        )

    return filled_tile(
        (450, 350), (64, 302, 374, 250), _people, lambda result: (), _title("whale"),
        part(plot_future_in_order), part(draw_future_in_order), lambda ax: [ax.yaxis, ax.get_legend()],
    )  # fmt: skip


def _levels_tile() -> KeptFigures:
    def whole(result: GradingResult, ax: Axes) -> None:
        plot_levels(result.levels, ax, lang=result.state.lang)
        ax.tick_params(axis="y", labelsize=8.5)

    return filled_tile(
        (530, 350), (222, 302, 290, 250), _cuts, lambda result: tuple(result.levels), _title("levels"), whole,
        lambda result, ax: draw_levels(result.levels, ax, lang=result.state.lang),
        lambda ax: [ax.xaxis],
    )  # fmt: skip


def _found_tile() -> KeptFigures:
    def whole(result: GradingResult, ax: Axes) -> None:
        plot_found(result.rankings, ax, share=result.state.share / 100, lang=result.state.lang)

    return filled_tile(
        (450, 350), (122, 300, 280, 226), _ranked,
        lambda result: (tuple(result.rankings.index), result.state.share), _title("found"), whole,
        lambda result, ax: draw_found(result.rankings, ax, lang=result.state.lang),
    )  # fmt: skip


def _shares_tile() -> KeptFigures:
    def whole(result: GradingResult, ax: Axes) -> None:
        plot_level_shares(result.shares, ax, scheme=result.focus, lang=result.state.lang)

    return filled_tile(
        (530, 350), (76, 300, 440, 226), _in_focus,
        lambda result: (result.focus, tuple(result.shares.index)), _title("shares"), whole,
        lambda result, ax: draw_level_shares(result.shares, ax, lang=result.state.lang),
        lambda ax: [ax.yaxis],
    )  # fmt: skip


def _title(name: str) -> Callable[[GradingResult], str]:
    def title(result: GradingResult) -> str:
        focus = say(f"scheme.{result.focus}", result.state.lang)
        return say(f"panel.grading.title.{name}", result.state.lang, focus=focus)

    return title


def grading_tiles() -> KeptTiles:
    """Return the picture, of which nothing is drawn yet.

    Examples
    --------
    >>> from crmsim.dashboards.grading_state import GradingState
    >>> grading_tiles().png(GradingState(customers=200, replications=1).run())[:4]
    b'\\x89PNG'
    """
    return KeptTiles([[_whale_tile(), _levels_tile()], [_found_tile(), _shares_tile()]])


def marks_html(result: GradingResult) -> str:
    """Return the table of the best levels: how many are in, how many rightly, what was found and missed."""
    lang = result.state.lang
    columns = ("grading", "level", "share", "hit_rate", "found", "nothing")
    head = "".join(f"<th>{say(f'panel.grading.head.{name}', lang)}</th>" for name in columns)
    rows = "".join(_mark_row(result, name) for name in result.marks.index)
    return (
        f'<table class="crmsim"><tr>{head}</tr>{rows}</table>'
        f'<div class="crmsim-note">{html.escape(say("panel.grading.marks_note", lang))} '
        f"{html.escape(_many(result))}</div>"
    )


def rankings_html(result: GradingResult) -> str:
    """Return the paired differences between rankings, as a table."""
    s, lang = result.state, result.state.lang
    names = ("ranking", "profit", "difference", "verdict")
    heads = [say(f"panel.grading.head.{name}", lang, share=s.share) for name in names]
    rows = []
    for name in RANKINGS:
        if name not in result.rankings.index:
            continue
        row = result.rankings.loc[name]
        label = html.escape(say(f"plot.grading.ranking.{name}", lang)).replace("\n", " ")
        rows.append([label, _with_interval(row, "found", lang), *_difference(result, name)])
    return noted_table(heads, rows, say("panel.grading.rankings_note", lang))


def grading_in_words(result: GradingResult) -> str:
    """Return the picture's message in sentences, for who cannot see it."""
    lang, whale = result.state.lang, result.whale
    told = [
        say(
            "panel.grading.in_words_ranking", lang,
            ranking=say(f"plot.grading.ranking.{name}", lang).replace("\n", " "),
            found=_percent(row["found"]), hit=_percent(row["hit_rate"]), share=result.state.share,
        )
        for name, row in result.rankings.iterrows()
    ]  # fmt: skip
    peak = say(
        "panel.grading.in_words_whale", lang, customers=f"{whale.peak_at:.0f}", peak=f"{whale.peak:.0f}",
        graded=f"{len(result.sheet):,}",
    )  # fmt: skip
    return " ".join([peak, *told])


def _mark_row(result: GradingResult, name: str) -> str:
    lang, row = result.state.lang, result.marks.loc[name]
    best = result.levels[name].cat.categories[0]
    cells = [
        html.escape(say(f"scheme.{name}", lang)),
        html.escape(say(f"label.{name}.{best}", lang)),
        *(_with_interval(row, column, lang) for column in ("share", "hit_rate", "found", "nothing")),
    ]
    weight = ' style="background:#f0f0f6"' if name == result.focus else ""
    return f"<tr{weight}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _with_interval(row: pd.Series, column: str, lang: str) -> str:
    """Write a share, with its interval where there is one."""
    ends = [row[f"{column}_{end}"] for end in ("low", "high")]
    text = _percent(row[column])
    if not all(map(math.isfinite, ends)):
        return text
    if column != "found":  # found may be below 0, where those on top lose money; shares of people cannot
        ends = [min(max(end, 0.0), 1.0) for end in ends]
    low, high = (_rounded(end) for end in ends)
    told = say("panel.table.from_to", lang, low=low, high=high)
    return f'{text} <span class="crmsim-note">({told})</span>'


def _difference(result: GradingResult, name: str) -> tuple[str, str]:
    """Write the paired difference to past profit and its verdict."""
    lang = result.state.lang
    if name not in result.differences.index:
        return "–", "–"
    row = result.differences.loc[name]
    text = f"{_rounded(row['mean'], '+')} {say('panel.points', lang)}"
    if not math.isfinite(row["low"]):
        return text, say("panel.grading.one_run", lang)
    ends = say("panel.table.from_to", lang, low=_rounded(row["low"]), high=_rounded(row["high"]))
    return f"{text} ({ends})", say(f"panel.verdict.{row['verdict']}", lang)


def _many(result: GradingResult) -> str:
    """Say how many populations the figures are of."""
    s, lang = result.state, result.state.lang
    if s.from_log:
        return say("panel.grading.a_log", lang)
    key = "panel.grading.runs_said" if result.done > 1 else "panel.grading.first_run_said"
    return say(key, lang, n=result.done)


def _percent(value: float) -> str:
    return f"{_rounded(value)}%" if math.isfinite(value) else "–"


def _rounded(share: float, sign: str = "") -> str:
    """Return a share in whole hundredths, with a sign before more than 0 if one is given; 0 has none."""
    number = round(100 * share)
    return f"{number:{sign}}".replace("-", _MINUS) if number else "0"
