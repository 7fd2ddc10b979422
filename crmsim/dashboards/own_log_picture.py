"""The picture and the sentences of one's own log: what it says, who was made from it, what to do."""

from __future__ import annotations

import html
from collections.abc import Hashable, Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.audit_report import audit_sentences
from crmsim.calibration import Calibration
from crmsim.calibration_report import calibration_sentences
from crmsim.comparison_report import summary_sentences
from crmsim.comparison_result import Comparison
from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.dashboards.own_log_source import columns_found
from crmsim.dashboards.own_log_state import BASE, OwnLogResult
from crmsim.pages import amount
from crmsim.plots.comparison import plot_differences
from crmsim.plots.levels import plot_pyramid
from crmsim.plots.style import MUTED, empty_figure, house_style, strategy_label
from crmsim.plots.tracking import plot_tracking
from crmsim.text import listed, say

__all__ = [
    "LOG_SIZE",
    "decision_sentences",
    "fits_badly",
    "log_figure",
    "log_in_words",
    "log_pictures",
    "log_texts",
]

#: Width and height of the picture, in pixels at 100 dots per inch.
LOG_SIZE = (980, 665)
_OUTCOMES = ("clv", "satisfied", "promoted")
#: Left and lower edge, width and height of its five parts, in pixels from the upper left corner.
_PLACES = (
    (140, 300, 360, 235), (610, 305, 350, 250),
    (205, 597, 235, 205), (470, 597, 235, 205), (735, 597, 235, 205),
)  # fmt: skip
#: A gap between fitted and simulated purchases, and one between forecast and purchases made, beyond which
#: a decision had better not rest on the simulated customers.
MOST_GAP, MOST_ERROR = 0.1, 0.3


@house_style
def log_figure(result: OwnLogResult) -> Figure:
    """Return the picture: value by tier, fit and forecast, and every strategy beside doing nothing.

    What is not computed yet is said to be on its way.

    Examples
    --------
    >>> from crmsim.dashboards.own_log_state import OwnLogState
    >>> state = OwnLogState(customers=100, years=2, replications=2, strategies=("price_cut",))
    >>> len(log_figure(state.run()).axes)
    5
    """
    figure = _log_half(result)
    _draw_strategies(figure, result)
    return figure


def log_pictures() -> KeptFigures:
    """Return what draws the pictures of a log, of which the upper half is kept while strategies are compared.

    Examples
    --------
    >>> from crmsim.dashboards.own_log_state import OwnLogState
    >>> from crmsim.plots.style import to_png
    >>> state = OwnLogState(customers=100, years=2, replications=2, strategies=("price_cut",))
    >>> log_pictures().png(state.run()) == to_png(log_figure(state.run()))
    True
    """
    return KeptFigures(_log_half, _draw_strategies, _frame)


def _frame(result: OwnLogResult) -> Hashable:
    """Return everything that the upper half depends on."""
    state, fitted = result.state, result.calibration is not None
    # Not the margin: shares of the value are the same at every one.
    shares = result.audit.pyramid[["customers", "share_of_customers", "share_of_value"]].round(9).to_csv()
    return state.lang, state.dpi, result.key, state.base, fitted, shares


def _log_half(result: OwnLogResult) -> Figure:
    """Return the upper half: what the log says, and how the customers made from it buy."""
    lang, fitted = result.state.lang, result.calibration
    figure = empty_figure(LOG_SIZE[0] / 100, LOG_SIZE[1] / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    tiers, track = (_placed(figure, place) for place in _PLACES[:2])
    plot_pyramid(result.audit.pyramid, tiers, lang=lang)
    tiers.set_title(say("panel.own_log.title.tiers", lang), loc="left", fontsize=11, pad=22)
    if fitted is None:
        _on_its_way(track, lang)
    else:
        plot_tracking(fitted.tracking, track, calibration_weeks=fitted.calibration_weeks, lang=lang)
        track.legend(frameon=False, loc="lower right", fontsize=8.5)
    track.set_title(say("panel.own_log.title.track", lang), loc="left", fontsize=11)
    return figure


def _placed(figure: Figure, place: tuple[int, int, int, int]) -> Axes:
    (x, y, w, h), (width, height) = place, LOG_SIZE
    return figure.add_axes((x / width, 1 - y / height, w / width, h / height))


def _draw_strategies(figure: Figure, result: OwnLogResult) -> list[Axes]:
    """Add value, satisfaction and promotions of every strategy less those of doing nothing."""
    lang, currency = result.state.lang, result.audit.terms.currency
    axes = [_placed(figure, place) for place in _PLACES[2:]]
    for outcome, ax in zip(_OUTCOMES, axes, strict=True):
        if result.differences is None:
            _on_its_way(ax, lang)
            ax.set_title(say(f"outcome.{outcome}", lang), loc="left", fontsize=11)
            continue
        plot_differences(result.differences, outcome, ax, currency=currency, lang=lang)
        unit = currency if outcome == "clv" else say("panel.points", lang)
        pairs = len(result.comparison.finished) if result.comparison else 0
        key = "panel.own_log.difference" if pairs > 1 else "panel.own_log.difference_one"
        ax.set_xlabel(say(key, lang, unit=unit, n=pairs))
        if ax is not axes[0]:
            ax.set_yticklabels([])
    return axes


def _on_its_way(ax: Axes, lang: str) -> None:
    ax.set_axis_off()
    words = say("panel.own_log.on_its_way", lang)
    ax.text(0.5, 0.5, words, ha="center", va="center", color=MUTED, transform=ax.transAxes)


def log_in_words(result: OwnLogResult, decision: list[str]) -> str:
    """Return the picture's message in sentences, for who cannot see it."""
    return " ".join([*audit_sentences(result.audit, result.state.lang)[:2], *decision])


def log_texts(result: OwnLogResult, decision: list[str]) -> dict[str, str]:
    """Return what stands around the picture, as HTML: the decision, what was read, the audit and the fit."""
    lang, fitted = result.state.lang, result.calibration
    fit = [] if fitted is None else calibration_sentences(fitted, lang)
    return {
        "decision": _card("decision", decision, lang),
        "audit": _card("audit", [_columns(result), *audit_sentences(result.audit, lang)], lang),
        "fit": _card("fit", fit or [say("panel.own_log.on_its_way", lang)], lang),
    }


def _card(name: str, sentences: list[str], lang: str) -> str:
    head = html.escape(say(f"panel.own_log.head.{name}", lang))
    body = "".join(f"<div>{html.escape(sentence)}</div>" for sentence in sentences)
    return f'<div class="crmsim-card"><strong>{head}</strong>{body}</div>'


def _columns(result: OwnLogResult) -> str:
    """Return which columns were taken for what, so that a wrong guess is seen."""
    lang, found = result.state.lang, columns_found(result.key)
    currency = result.audit.terms.currency
    names = [
        say("panel.own_log.column", lang, field=say(f"panel.own_log.{field}", lang), column=column)
        for field, column in found.items()
    ]
    return say("panel.own_log.columns", lang, columns=listed(names, lang), currency=currency)


def decision_sentences(result: OwnLogResult) -> list[str]:
    """Return what to do, what it rests on, and what speaks against it; or what is missing for that."""
    lang, fitted, found, table = (
        result.state.lang, result.calibration, result.comparison, result.differences,
    )  # fmt: skip
    if fitted is None or found is None or table is None:
        return [say("panel.own_log.no_decision_yet", lang)]
    if len(found.finished) < 2:
        return summary_sentences(found, lang)[:1]
    warning = [say("panel.own_log.poor_fit", lang)] if fits_badly(fitted) else []
    return [*warning, *summary_sentences(found, lang)[:1], *_beside_value(found, table, lang), _scope(result)]


def fits_badly(fitted: Calibration) -> bool:
    """Return whether the simulated customers buy so differently that no decision should rest on them."""
    gaps = abs(fitted.match.early_gap), abs(fitted.match.late_gap)
    error = abs(float(fitted.holdout.loc["simulated", "error"]))
    # Where nothing was bought in the hold-out the error is nan, and that is no good fit either.
    return max(gaps) > MOST_GAP or not error <= MOST_ERROR


def _beside_value(found: Comparison, differences: pd.DataFrame, lang: str) -> Iterator[str]:
    """Say whether the best is surely the best, and what it does to satisfaction and tiers."""
    clv = differences[differences["outcome"] == "clv"].sort_values("mean", ascending=False)
    best = clv.iloc[0]
    if best["verdict"] != "higher":
        return
    if len(clv) > 1:
        yield _lead(found, best["strategy"], clv.iloc[1]["strategy"], lang)
    mine = differences[differences["strategy"] == best["strategy"]].set_index("outcome")
    yield say(
        "panel.own_log.beside",
        lang,
        satisfied=say("outcome.satisfied", lang),
        satisfied_is=say(f"panel.verdict.{mine.loc['satisfied', 'verdict']}", lang),
        promoted=say("outcome.promoted", lang),
        promoted_is=say(f"panel.verdict.{mine.loc['promoted', 'verdict']}", lang),
        base=strategy_label(BASE, lang),
    )


def _lead(found: Comparison, best: str, second: str, lang: str) -> str:
    """Say by how much the best is ahead of the next, and whether that is decided."""
    row = _between(found.pairs("clv"), best, second)
    money = {
        name: amount(row[name], "currency", found.scenario.currency, signed=True)
        for name in ("mean", "low", "high")
    }
    decided = "lead" if row["low"] > 0 else "no_lead"
    return say(f"panel.own_log.{decided}", lang, second=strategy_label(second, lang), **money)


def _between(pairs: pd.DataFrame, best: str, second: str) -> dict[str, float]:
    """Return the difference of best less second, whichever way round the table has it."""
    for row in pairs.to_dict("records"):
        if (row["second"], row["first"]) == (best, second):
            return {name: row[name] for name in ("mean", "low", "high")}
        if (row["first"], row["second"]) == (best, second):
            return {"mean": -row["mean"], "low": -row["high"], "high": -row["low"]}
    raise KeyError((best, second))


def _scope(result: OwnLogResult) -> str:
    state = result.state
    return say(
        "panel.own_log.scope",
        state.lang,
        base=say(f"panel.preset.{state.base}", state.lang),
        margin=f"{100 * state.margin:g}",
        rate=f"{100 * result.comparison.scenario.money.annual_discount_rate:g}" if result.comparison else "",
        years=state.years,
    )
