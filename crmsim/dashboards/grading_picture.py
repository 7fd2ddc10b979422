"""The grading screen's picture and tables: a result in, a figure or HTML out."""

from __future__ import annotations

import html
import math

from matplotlib.figure import Figure

from crmsim.dashboards.grading_state import GradingResult
from crmsim.metrics.grading_sheet import RANKINGS
from crmsim.plots.graded import plot_found, plot_future_in_order, plot_level_shares
from crmsim.plots.levels import plot_levels
from crmsim.plots.style import empty_figure, house_style
from crmsim.text import say

__all__ = ["PICTURE_SIZE", "grading_figure", "grading_in_words", "marks_html", "rankings_html"]

#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 700)
#: Left and lower edge, width and height of its four parts, in pixels from the upper left corner.
_PLACES = ((70, 300, 380, 246), (660, 300, 300, 246), (185, 645, 245, 222), (560, 645, 400, 222))
_TITLES = (("whale", 20, 22), ("levels", 500, 22), ("found", 20, 378), ("shares", 500, 378))


@house_style
def grading_figure(result: GradingResult) -> Figure:
    """Return the picture of a result.

    Examples
    --------
    >>> from crmsim.dashboards.grading_state import GradingState
    >>> len(grading_figure(GradingState(customers=200, replications=1).run()).axes)
    4
    """
    s, lang, sheet = result.state, result.state.lang, result.sheet
    width, height = PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    axes = [figure.add_axes((x / width, 1 - y / height, w / width, h / height)) for x, y, w, h in _PLACES]
    plot_future_in_order(sheet["past_profit"], sheet["future"], result.whale, axes[0], lang=lang)
    plot_levels(result.levels, axes[1], lang=lang)
    axes[1].tick_params(axis="y", labelsize=8.5)
    plot_found(result.rankings, axes[2], share=s.share / 100, lang=lang)
    plot_level_shares(result.shares, axes[3], scheme=result.focus, lang=lang)
    for name, x, y in _TITLES:
        title = say(f"panel.grading.title.{name}", lang, focus=say(f"scheme.{result.focus}", lang))
        figure.text(x / width, 1 - y / height, title, fontsize=11, ha="left", va="center")
    return figure


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
    rows = ""
    for name in RANKINGS:
        if name not in result.rankings.index:
            continue
        row = result.rankings.loc[name]
        cells = [
            html.escape(say(f"plot.grading.ranking.{name}", lang)).replace("\n", " "),
            _with_interval(row, "found", lang),
            *_difference(result, name),
        ]
        rows += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    note = html.escape(say("panel.grading.rankings_note", lang))
    return f'<table class="crmsim"><tr>{head}</tr>{rows}</table><div class="crmsim-note">{note}</div>'


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


def _with_interval(row, column: str, lang: str) -> str:  # noqa: ANN001
    """Write a share, with its interval where there is one."""
    low, high = row[f"{column}_low"], row[f"{column}_high"]
    text = _percent(row[column])
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    ends = say("panel.table.from_to", lang, low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")
    return f'{text} <span class="crmsim-note">({ends.replace("-", _MINUS)})</span>'


_MINUS = "\N{MINUS SIGN}"


def _difference(result: GradingResult, name: str) -> tuple[str, str]:
    """Write the paired difference to past profit and its verdict."""
    lang = result.state.lang
    if name not in result.differences.index:
        return "–", "–"
    row = result.differences.loc[name]
    sign = "+" if row["mean"] > 0 else ""
    text = f"{sign}{100 * row['mean']:.0f} {say('panel.points', lang)}"
    if math.isfinite(row["low"]):
        ends = say("panel.table.from_to", lang, low=f"{100 * row['low']:.0f}", high=f"{100 * row['high']:.0f}")
        text += f" ({ends})"
    else:
        return text.replace("-", _MINUS), say("panel.grading.one_run", lang)
    return text.replace("-", _MINUS), say(f"panel.verdict.{row['verdict']}", lang)


def _many(result: GradingResult) -> str:
    """Say how many populations the figures are of."""
    s, lang = result.state, result.state.lang
    if s.from_log:
        return say("panel.grading.a_log", lang)
    key = "panel.grading.runs_said" if result.done > 1 else "panel.grading.first_run_said"
    return say(key, lang, n=result.done)


def _percent(value: float) -> str:
    return f"{100 * value:.0f}%" if math.isfinite(value) else "–"
