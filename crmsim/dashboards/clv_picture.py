"""The CLV calculator's picture: the running sum, the lifetimes, past and future, the annuity slip.

Each of the four answers a question that the bare number leaves open: when is it earned, by how many, what
of it is still to come, and what would a plausible short cut make of it?
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from matplotlib.axes import Axes

from crmsim.dashboards.clv_formula import plain_formula, tidy_number
from crmsim.dashboards.clv_state import CLVResult
from crmsim.dashboards.tiles import KeptTiles, tile
from crmsim.plots.clv_calculator import mark_retention, plot_lifetimes, plot_past_and_future
from crmsim.plots.style import MUTED
from crmsim.plots.value import plot_cumulative_clv, plot_plug_in
from crmsim.text import say
from crmsim.value.constant_retention import timing_of
from crmsim.value.lifetime import plug_in_clv
from crmsim.value.money import Flow
from crmsim.value.rates import RetentionRate

__all__ = ["PICTURE_SIZE", "clv_in_words", "clv_tiles"]

#: Retention up to which the picture of the slip goes by itself.
_USUAL = 0.98


def _draw_sum(result: CLVResult, ax: Axes) -> None:
    s = result.state
    first = timing_of(s.timing).periods
    plot_cumulative_clv(result.flows, ax, acquisition_cost=s.cost, first=first, lang=s.lang)
    ax.legend(
        frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2,
        columnspacing=1.0, handlelength=1.4, fontsize=9,
    )  # fmt: skip
    ax.set_xlim(-0.7, max(result.drawn - 1 + first, 3) + 0.7)
    if s.no_end:
        ax.axhline(float(result.clv.value), color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))


def _draw_lifetimes(result: CLVResult, ax: Axes) -> None:
    plot_lifetimes(result.state.retained.churn, ax, lang=result.state.lang)


def _draw_review(result: CLVResult, ax: Axes) -> None:
    s = result.state
    plot_past_and_future(
        s.flow, s.retained, s.rate, ax, timing=s.timing, age=s.age, payments=s.counted,
        acquisition_cost=s.cost, lang=s.lang,
    )  # fmt: skip


def _draw_slip(result: CLVResult, ax: Axes) -> None:
    s = result.state
    plot_plug_in(s.rate, ax, timing=s.timing, highest=max(_USUAL, s.retained.value), lang=s.lang)
    highest = RetentionRate(max(_USUAL, s.retained.value), s.period)
    top = plug_in_clv(Flow(1.0, s.currency, s.period), highest, s.rate, timing=s.timing).plug_in.value
    ax.set_ylim(0.0, 1.3 * float(top))


def _move_slip(result: CLVResult, ax: Axes) -> None:
    s = result.state
    mark_retention(s.retained, s.rate, ax, timing=s.timing, lang=s.lang)


def _title(name: str) -> Callable[[CLVResult], str]:
    return lambda result: say(f"panel.clv.title.{name}", result.state.lang)


def _flows_of(result: CLVResult) -> Hashable:
    s = result.state
    return (
        s.period,
        s.margin,
        s.retention,
        s.discount,
        s.payments,
        s.no_end,
        s.timing,
        s.acquisition,
        s.currency,
    )


def _stay_of(result: CLVResult) -> Hashable:
    return result.state.period, result.state.retention


def _all_of(result: CLVResult) -> Hashable:
    return tuple(result.state.kept().values())


def _slip_of(result: CLVResult) -> Hashable:
    s = result.state
    return s.period, s.discount, s.timing, max(_USUAL, s.retained.value)


_SIZE = (490, 350)
#: Width and height of the picture, in pixels at 100 dots per inch.
PICTURE_SIZE = (980, 700)


def clv_tiles() -> KeptTiles:
    """Return the picture, of which nothing is drawn yet.

    Examples
    --------
    >>> from crmsim.dashboards.clv_state import CLVState
    >>> clv_tiles().png(CLVState().run())[:4]
    b'\\x89PNG'
    """
    running_sum = tile(_SIZE, (70, 296, 400, 222), _flows_of, _title("sum"), _draw_sum)
    lifetimes = tile(_SIZE, (70, 296, 400, 222), _stay_of, _title("lifetimes"), _draw_lifetimes)
    review = tile(_SIZE, (70, 300, 400, 226), _all_of, _title("review"), _draw_review)
    slip = tile(_SIZE, (70, 300, 400, 220), _slip_of, _title("slip"), _draw_slip, _move_slip)
    return KeptTiles([[running_sum, lifetimes], [review, slip]])


def clv_in_words(result: CLVResult) -> str:
    """Return what the picture shows in a sentence, for who cannot see it."""
    s, lang = result.state, result.state.lang
    return say(
        "panel.clv.in_words",
        lang,
        value=tidy_number(float(result.clv.value), 2),
        currency=s.currency,
        formula=plain_formula(result),
        lifetime=tidy_number(result.lifetime, 2),
        period=say(f"time.{s.period}", lang),
        share=f"{100 * float(result.plug_in.overstatement):.1f}",
        narrow=tidy_number(float(result.split.narrow.value), 2),
        age=s.age,
    )
