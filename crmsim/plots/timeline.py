"""One customer's life in a picture: purchases, incidents, and what it all added up to.

Three strips share one time axis, like the sheets of a ship's log: purchases as stems on bands that
show the true stage, a row of marks for each kind of incident, and the value so far as a line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import blended_transform_factory

from crmsim.ledger import Ledger
from crmsim.metrics.lives import contribution, last_day, life_events, stage_spells, treatments
from crmsim.model.records import NEVER
from crmsim.plots.style import INK, MUTED, STAGE_COLOURS, house_style, money_axis, new_figure, tidy
from crmsim.stages import Cause
from crmsim.strategies.rules import Action
from crmsim.text import say

__all__ = [
    "life_figure",
    "life_in_words",
    "plot_contribution",
    "plot_incidents",
    "plot_life",
    "plot_purchases",
]

#: Rows of the strip of incidents, from top to bottom: kind of event, marker, colour, filled.
_ROWS: tuple[tuple[str, str, str, bool], ...] = (
    ("problem", "X", "#D55E00", True),
    ("complaint", "o", "#D55E00", False),
    ("recovery", "P", "#009E73", True),
    ("inquiry", "o", "#6B6B6B", False),
    ("competitor_offer", "D", "#CC79A7", False),
    ("cross_buy", "s", "#0072B2", True),
    ("referral", "*", "#B58900", True),
    ("reward", "p", "#0072B2", False),
    ("tier", "^", "#4B2E83", True),
    ("reactivated", "h", "#009E73", True),
)
_STAGE_ALPHA = 0.30


@house_style
def life_figure(
    ledger: Ledger, customer: int, *, lang: str = "en", width: float = 10.0, height: float = 6.6
) -> Figure:
    """Return a figure with the whole life of one customer (`width` by `height` in inches).

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> from crmsim.metrics.lives import interesting_customer
    >>> ledger = simulate(preset("retail").with_values(customers=50, horizon_days=1440))
    >>> from crmsim.plots.style import to_png
    >>> picture = to_png(life_figure(ledger, interesting_customer(ledger)))
    >>> picture[:4]
    b'\\x89PNG'
    """
    figure, axes = new_figure(width, height, rows=3, sharex=True, height_ratios=[2.4, 3.0, 2.2])
    plot_life(ledger, customer, axes, lang=lang)
    return figure


@house_style
def plot_life(ledger: Ledger, customer: int, axes: Sequence[Axes], *, lang: str = "en") -> Sequence[Axes]:
    """Draw one customer's life on three axes that share their x.

    Parameters
    ----------
    ledger : Ledger
        With an event log.
    customer : int
        Number of somebody who bought at least once.
    axes : three Axes
        For purchases, incidents and value, from top to bottom.
    lang : {"en", "zh"}

    Returns
    -------
    three Axes
    """
    plot_purchases(ledger, customer, axes[0], lang=lang)
    plot_incidents(ledger, customer, axes[1], lang=lang)
    plot_contribution(ledger, customer, axes[2], lang=lang)
    length, unit = _scale(ledger, customer)
    end = last_day(ledger, customer) / length
    axes[2].set_xlim(-0.015 * end, 1.045 * end)
    axes[2].set_xlabel(say(f"plot.life.time_{unit}", lang))
    axes[0].set_title(life_in_words(ledger, customer, lang=lang), loc="left", fontsize=12, pad=10)
    for ax in axes:
        ax.axvline(end, color=INK, linewidth=1.3)
    for ax in axes[:2]:
        ax.tick_params(labelbottom=False)
    ending = "plot.life.end_left" if ledger.customers["left"][customer] < NEVER else "plot.life.end_open"
    axes[0].annotate(
        say(ending, lang, cause=_cause(ledger, customer, lang)),
        (end, 0.5),
        xytext=(4, 0),
        rotation=270,
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )
    return axes


@house_style
def plot_purchases(ledger: Ledger, customer: int, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the customer's purchases as stems (currency) on bands of the true stage with their names."""
    length, _ = _scale(ledger, customer)
    events = life_events(ledger, customer)
    bought = events[events["kind"] == "purchase"]
    times, amounts = bought["tenure"] / length, bought["amount"]
    ax.vlines(times, 0, amounts, color=INK, linewidth=1.1, zorder=3)
    ax.plot(times, amounts, "o", color=INK, markersize=3.6, zorder=4)
    ax.set_ylim(0, 1.35 * max(float(amounts.max()), 1e-9))
    ax.set_ylabel(say("plot.life.purchase", lang, currency=ledger.scenario.currency))
    tidy(ax)
    money_axis(ax)
    _draw_stages(ledger, customer, ax, lang, named=True)
    return ax


@house_style
def plot_incidents(ledger: Ledger, customer: int, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw what else happened: a row for each kind of incident, and one for what the firm did."""
    length, _ = _scale(ledger, customer)
    events = life_events(ledger, customer)
    rows = [row for row in _ROWS if not _of_kind(events, row[0]).empty]
    labels = [say(f"plot.life.{kind}", lang) for kind, *_ in rows]
    handles = _incident_handles(rows, lang)
    if not _of_kind(events, "treatment").empty:
        labels.append(say("plot.life.treatment", lang))
        handles += _draw_treatments(ledger, customer, ax, len(rows), lang)
    for place, (kind, marker, colour, filled) in enumerate(rows):
        ax.axhline(place, color="#D4D4D4", linewidth=0.8, zorder=1)
        _mark(_of_kind(events, kind), length, ax, place, marker, colour, filled)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    tidy(ax, grid=None)
    _draw_stages(ledger, customer, ax, lang, named=False)
    if handles:
        ax.legend(
            handles=handles,
            ncols=len(handles),
            loc="upper left",
            bbox_to_anchor=(0.0, 0.0),
            frameon=False,
            fontsize=8.5,
            handlelength=1.2,
            handletextpad=0.4,
            columnspacing=1.4,
            borderaxespad=0.1,
        )
    return ax


@house_style
def plot_contribution(ledger: Ledger, customer: int, ax: Axes, *, lang: str = "en") -> Axes:
    """Draw the customer's value so far (currency, discounted to the first purchase) and its end."""
    length, _ = _scale(ledger, customer)
    money = contribution(ledger, customer)
    end = last_day(ledger, customer) / length
    times = np.append(money["tenure"] / length, end)
    values = np.append(money["value"], money["value"].iloc[-1])
    ax.axhline(0, color=MUTED, linewidth=0.9)
    ax.fill_between(
        times, values, 0, where=values >= 0, step="post", color="#009E73", alpha=0.25, linewidth=0
    )
    ax.fill_between(
        times, values, 0, where=values <= 0, step="post", color="#D55E00", alpha=0.25, linewidth=0
    )
    ax.step(times, values, where="post", color=INK, linewidth=1.6)
    ax.plot(end, values[-1], "o", color=INK, markersize=5, clip_on=False, zorder=5)
    ax.margins(y=0.14)
    ax.set_ylabel(say("plot.life.value", lang, currency=ledger.scenario.currency))
    tidy(ax)
    money_axis(ax)
    _mark_break_even(times, values, ax, lang)
    return ax


def _scale(ledger: Ledger, customer: int) -> tuple[float, str]:
    """Return days per unit of the time axis and the unit's name; a short life is shown in months."""
    return (30.0, "months") if last_day(ledger, customer) < 730.0 else (365.0, "years")


def _of_kind(events: pd.DataFrame, kind: str) -> pd.DataFrame:
    kinds = ("promotion", "demotion") if kind == "tier" else (kind,)
    return events[events["kind"].isin(kinds)]


def life_in_words(ledger: Ledger, customer: int, *, lang: str = "en") -> str:
    """Say in one line who this was and how it ended."""
    person = ledger.customers[customer]
    length, unit = _scale(ledger, customer)
    return say(
        "plot.life.ended" if person["left"] < NEVER else "plot.life.still_there",
        lang,
        customer=customer,
        time=say(f"plot.life.{unit}", lang, time=f"{last_day(ledger, customer) / length:.1f}"),
        purchases=int(person["n"]),
        cause=_cause(ledger, customer, lang),
        value=_amount(contribution(ledger, customer)["value"].iloc[-1]),
        currency=ledger.scenario.currency,
    )


def _cause(ledger: Ledger, customer: int, lang: str) -> str:
    """Return why the customer left, in words, or nothing."""
    cause = Cause(int(ledger.customers["cause"][customer]))
    return "" if cause == Cause.NONE else say(f"cause.{cause.name.lower()}", lang)


def _room(word: str, lang: str) -> float:
    """Return the share of the picture's width that a word needs; a Chinese sign is as wide as two letters."""
    return 0.012 + 0.0072 * len(word) * (2 if lang == "zh" else 1)


def _amount(value: float) -> str:
    return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")


def _draw_stages(ledger: Ledger, customer: int, ax: Axes, lang: str, *, named: bool) -> None:
    """Colour the background by stage; name a stage in its band, or above where no band is wide enough."""
    length, _ = _scale(ledger, customer)
    spells, named_stages = stage_spells(ledger, customer), set()
    whole = last_day(ledger, customer)
    place = blended_transform_factory(ax.transData, ax.transAxes)
    for stage, start, end in spells.itertuples(index=False):
        ax.axvspan(
            start / length,
            end / length,
            color=STAGE_COLOURS[stage],
            alpha=_STAGE_ALPHA,
            linewidth=0,
            zorder=0,
        )
        if not named:
            continue
        # The strip at the top has the full colour, so that thin spells are seen as well.
        ax.axvspan(start / length, end / length, 0.94, 1.0, color=STAGE_COLOURS[stage], linewidth=0, zorder=2)
        word = say(f"stage.{stage}", lang)
        if (end - start) / whole > _room(word, lang):
            named_stages.add(stage)
            ax.text(
                (start + end) / 2 / length, 0.90, word, transform=place, ha="center", va="top", fontsize=9
            )
    unnamed = [stage for stage in dict.fromkeys(spells["stage"]) if stage not in named_stages]
    if named and unnamed:
        handles = [Patch(color=STAGE_COLOURS[stage], label=say(f"stage.{stage}", lang)) for stage in unnamed]
        ax.legend(
            handles=handles,
            ncols=len(handles),
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            frameon=False,
            fontsize=9,
            handlelength=1.0,
            handletextpad=0.4,
            columnspacing=1.2,
            borderaxespad=0.2,
        )


def _mark(
    events: pd.DataFrame, length: float, ax: Axes, place: int, marker: str, colour: str, filled: bool
) -> None:
    """Draw one row of marks; steps down and accepted offers look different from the rest."""
    times = (events["tenure"] / length).to_numpy()
    special = np.zeros(len(events), dtype=bool)
    if marker == "^":
        special = (events["kind"] == "demotion").to_numpy()
    elif marker == "D":
        special = (events["detail"] == 1).to_numpy()
    look = {"markersize": 8.5 if marker == "*" else 6.5, "linestyle": "none", "color": colour, "zorder": 4}
    face = colour if filled else "white"
    ax.plot(times[~special], np.full((~special).sum(), place), marker, markerfacecolor=face, **look)
    if special.any():
        other = "v" if marker == "^" else marker
        ax.plot(times[special], np.full(special.sum(), place), other, markerfacecolor=colour, **look)


def _draw_treatments(ledger: Ledger, customer: int, ax: Axes, place: int, lang: str) -> list[Artist]:
    """Draw what the firm did as bars, with the name inside where it fits; return handles for the others."""
    length, _ = _scale(ledger, customer)
    whole = last_day(ledger, customer) / length
    looks: dict[str, str] = {}
    named: set[str] = set()
    for rule, start, end in treatments(ledger, customer).itertuples(index=False):
        rules = ledger.strategy.rules
        name, colour = _treatment_look(rules[rule].do if rules else None, lang)
        looks[name] = colour
        start, end = start / length, end / length
        ax.barh(
            place,
            end - start,
            left=start,
            height=0.72,
            color=colour,
            edgecolor="white",
            linewidth=0.8,
            zorder=3,
        )
        if (end - start) / whole > _room(name, lang):
            named.add(name)
            dark = sum(to_rgb(colour)) < 1.6
            ax.text(
                (start + end) / 2,
                place,
                name,
                ha="center",
                va="center",
                fontsize=8.2,
                color="white" if dark else INK,
                zorder=5,
            )
    return [Patch(color=colour, label=name) for name, colour in looks.items() if name not in named]


#: Programmes in the order of the stages that long for them, and everything else that costs money.
_TREATMENT_COLOURS = {
    "reward": "#CFE8F7",
    "special": "#74BCE8",
    "community": "#0072B2",
    "contact": "#E69F00",
    "save_offer": "#CC79A7",
}


def _treatment_look(action: Action | None, lang: str) -> tuple[str, str]:
    """Return the name and colour of what a rule does."""
    if action is None:
        return say("plot.life.treatment", lang), "#BDBDBD"
    what = action.programme or action.name
    return say(f"plot.life.action.{what}", lang), _TREATMENT_COLOURS.get(what, "#BDBDBD")


def _incident_handles(rows: list[tuple[str, str, str, bool]], lang: str) -> list[Artist]:
    """Explain the marks that come in two forms."""
    colours = {kind: colour for kind, _, colour, _ in rows}
    handles: list[Artist] = []
    for kind, marker, filled, key in (
        ("tier", "^", True, "tier_up"),
        ("tier", "v", True, "tier_down"),
        ("competitor_offer", "D", False, "offer_refused"),
        ("competitor_offer", "D", True, "offer_accepted"),
    ):
        if kind in colours:
            handles.append(_handle(marker, colours[kind], filled, say(f"plot.life.{key}", lang)))
    return handles


def _handle(marker: str, colour: str, filled: bool, label: str) -> Line2D:
    return Line2D(
        [],
        [],
        marker=marker,
        linestyle="none",
        color=colour,
        markersize=6.5,
        markerfacecolor=colour if filled else "white",
        label=label,
    )


def _mark_break_even(times: np.ndarray, values: np.ndarray, ax: Axes, lang: str) -> None:
    """Say when the customer had earned what it cost to win them, for good."""
    below = np.flatnonzero(values < 0)
    if len(below) == 0 or below[-1] + 1 >= len(values):
        return
    moment = times[below[-1] + 1]
    ax.plot(moment, 0, "o", color="#009E73", markersize=7, zorder=5)
    right = moment > 0.7 * times[-1]
    ax.annotate(
        say("plot.life.break_even", lang),
        (moment, 0),
        xytext=(-8 if right else 8, -12),
        textcoords="offset points",
        ha="right" if right else "left",
        va="center",
        fontsize=8.8,
        color="#00694D",
    )
