"""The picture of the screen of satisfaction: a result in, a figure out, or one with its still parts kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.dashboards.kept_figures import KeptFigures, kept_axes
from crmsim.plots.satisfaction import (
    draw_disconfirmation,
    draw_expectation,
    plot_disconfirmation,
    plot_expectation,
)
from crmsim.plots.style import empty_figure, house_style
from crmsim.plots.views import draw_service_gaps, draw_survey, plot_service_gaps, plot_survey
from crmsim.text import say

if TYPE_CHECKING:
    from crmsim.dashboards.satisfaction_state import SatisfactionResult, SatisfactionState

__all__ = ["PICTURE_SIZE", "START", "TAKEN_AWAY", "kept_pictures", "satisfaction_figure"]

#: Days on which the step begins and, if it is taken away, ends.
START, TAKEN_AWAY = 720, 1440
#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 655)
#: Left and lower edge, width and height of its four parts, in pixels from the upper left corner.
_PLACES = ((68, 270, 400, 200), (562, 270, 400, 200), (158, 606, 310, 190), (562, 606, 400, 190))


@house_style
def satisfaction_figure(result: SatisfactionResult) -> Figure:
    """Return the picture: expectation and performance, satisfaction, gaps of service, and the survey.

    Examples
    --------
    >>> from crmsim.dashboards.satisfaction_state import SatisfactionState
    >>> len(satisfaction_figure(SatisfactionState(customers=100, replications=2).run()).axes)
    4
    """
    state, lang, (width, height) = result.state, result.state.lang, PICTURE_SIZE
    figure = empty_figure(width / 100, height / 100)
    figure.set_layout_engine("none")  # the room for words is given: finding it takes longer than drawing
    axes = [figure.add_axes((x / width, 1 - y / height, w / width, h / height)) for x, y, w, h in _PLACES]
    plot_expectation(result.path, result.plain, axes[0], lang=lang)
    plot_disconfirmation(result.path, result.plain, axes[1], form=state.form, lang=lang)
    for ax in axes[:2]:
        _mark_step(ax, state)
    plot_service_gaps(result.gaps, axes[2], lang=lang)
    stepped = result.lives[0][1]
    plot_survey(stepped.answers, stepped.truth, axes[3], lang=lang)
    for place, (x, y, _, h) in enumerate(_PLACES):
        left, above = (12 if x < width / 2 else 512), (44 if place < 2 else 58)
        figure.text(left / width, 1 - (y - h - above) / height, "", fontsize=11)
    _name_parts(figure, result)
    return figure


def kept_pictures() -> KeptFigures:
    """Return what draws :func:`satisfaction_figure` again and again, and each time only what moves.

    Examples
    --------
    >>> from crmsim.dashboards.satisfaction_state import SatisfactionState
    >>> kept_pictures().png(SatisfactionState(customers=100, replications=2).run())[:4]
    b'\\x89PNG'
    """
    return kept_axes(satisfaction_figure, _fill, _frame, _words)


def _frame(result: SatisfactionResult) -> tuple[Any, ...]:
    """Return what the scales of time, legends and words depend on."""
    state, stepped = result.state, result.lives[0][1]
    looked = tuple(stepped.answers.index), tuple(stepped.truth.index[[0, -1]])
    return state.lang, state.dpi, state.form, tuple(result.gaps["weight"]), looked


def _fill(figure: Figure, result: SatisfactionResult) -> None:
    """Draw what lies in the axes."""
    state, lang, stepped = result.state, result.state.lang, result.lives[0][1]
    path, form, gaps, survey = figure.axes
    draw_expectation(result.path, result.plain, path, lang=lang)
    draw_disconfirmation(result.path, result.plain, form, form=state.form, lang=lang)
    for ax in (path, form):
        _mark_step(ax, state)
    draw_service_gaps(result.gaps, gaps, lang=lang)
    draw_survey(stepped.answers, stepped.truth, survey, lang=lang)


def _words(figure: Figure, result: SatisfactionResult) -> list[Artist]:
    """Return what moves with the numbers: titles, three scales, and the legend that has a number in it."""
    path, form, gaps, _ = figure.axes
    return [*_name_parts(figure, result), path.yaxis, form.yaxis, gaps.xaxis, gaps.get_legend()]


def _name_parts(figure: Figure, result: SatisfactionResult) -> list[Artist]:
    """Write the titles; return those that say how many populations were looked at."""
    lang = result.state.lang
    one = say("panel.satisfaction.one", lang)
    many = one if result.done == 1 else say("panel.satisfaction.means", lang, n=result.done)
    for text, title, runs in zip(figure.texts, _TITLES, (many, many, one, one), strict=True):
        text.set_text(say(f"panel.satisfaction.title.{title}", lang, runs=runs))
    return list(figure.texts[:2])


_TITLES = ("path", "form", "gaps", "survey")


def _mark_step(ax: Axes, state: SatisfactionState) -> None:
    """Mark when the step begins and, where it does, ends."""
    for day in (START, TAKEN_AWAY) if state.withdrawn else (START,):
        # Just upon the grid, so that the axes can be drawn before it.
        ax.axvline(day / 365, color="#B0B0B0", linewidth=1.0, linestyle=(0, (4, 3)), zorder=0.6)
