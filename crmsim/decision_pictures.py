"""The pictures of a decision: for each question that was asked, the one that shows its answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from crmsim.best_strategy import Selection
from crmsim.decision import Decision
from crmsim.pages import save_picture
from crmsim.paired_tables import PairedWorlds
from crmsim.plots.comparison import plot_differences
from crmsim.plots.costs import plot_costs, plot_retention_worth
from crmsim.plots.returns import plot_budget_curve, plot_payback
from crmsim.plots.search import plot_front, plot_search
from crmsim.plots.selection import plot_race
from crmsim.plots.sensitivity import plot_effects, plot_flip, plot_indices, plot_shares, plot_tornado
from crmsim.plots.style import house_style, new_figure
from crmsim.plots.targeting import plot_losers, plot_response_types, plot_uplift_curves, plot_value_by_type
from crmsim.retention_budget import BudgetCurve
from crmsim.retention_worth import RetentionWorth
from crmsim.returns import StrategyReturns
from crmsim.robust_verdict import Robustness
from crmsim.search_result import SearchResult
from crmsim.sensitivity import Sensitivity
from crmsim.targeting import TargetingComparison

__all__ = ["draw_decision"]


@house_style
def draw_decision(decision: Decision, folder: Path, lang: str) -> list[str]:
    """Draw what there is to show into a folder.

    Parameters
    ----------
    decision : Decision
    folder : Path
    lang : {"en", "zh"}

    Returns
    -------
    list of str
        Names of the pictures (files without ``.png``), in the order of the page.
    """
    outcome, currency = decision.experiment.file.outcome, decision.comparison.scenario.currency
    figures: dict[str, Figure] = {}
    figure, axes = new_figure(11, 3.8, columns=2)
    differences = decision.differences()
    plot_differences(differences, outcome, axes[0], currency=currency, lang=lang)
    second = "strategy_cost" if outcome != "strategy_cost" else "clv"
    plot_differences(differences, second, axes[1], currency=currency, lang=lang)
    figures["strategies"] = figure
    for name, part in decision.parts.items():
        figures |= _DRAW[name](part, currency, lang)
    for name, figure in figures.items():
        save_picture(figure, folder / f"{name}.png")
    return list(figures)


def _saved(part: PairedWorlds, currency: str, lang: str) -> dict[str, Figure]:
    types, ax = new_figure(8, 4.2)
    plot_response_types(part.types("tier"), ax, lang=lang)
    worth, ax = new_figure(9, 4.2)
    plot_value_by_type(part.value_by_type(), ax, currency=currency, confidence=part.confidence, lang=lang)
    losers, axes = new_figure(11, 3.6, columns=3)
    plot_losers(part.losers("tier"), axes, currency=currency, lang=lang)
    return {"saved": types, "worth": worth, "losers": losers}


def _returns(part: StrategyReturns, currency: str, lang: str) -> dict[str, Figure]:
    figure, ax = new_figure(8, 4.2)
    plot_payback(
        part.cumulative(), part.payback(), ax, currency=currency, confidence=part.confidence, lang=lang
    )
    kinds, ax = new_figure(8, 3.8)
    plot_costs(part.costs(), ax, currency=currency, confidence=part.confidence, lang=lang)
    return {"returns": figure, "costs": kinds}


def _selection(part: Selection, currency: str, lang: str) -> dict[str, Figure]:
    figure, ax = new_figure(8, 0.9 + 0.45 * len(part.table))
    plot_race(part.table, ax, lang=lang)
    return {"selection": figure}


def _targeting(part: TargetingComparison, currency: str, lang: str) -> dict[str, Figure]:
    kept, ax = new_figure(9, 4.2)
    plot_uplift_curves(part.curves("uplift"), ax, lang=lang)
    worth, ax = new_figure(9, 4.2)
    plot_uplift_curves(part.curves("value_uplift"), ax, currency=currency, lang=lang)
    return {"targeting": worth, "targeting_kept": kept}


def _retention(part: RetentionWorth, currency: str, lang: str) -> dict[str, Figure]:
    figure, ax = new_figure(8, 2.6)
    formula = float(part.formula.value)
    plot_retention_worth(
        part.per_point, formula, ax, currency=currency, confidence=part.confidence, lang=lang
    )
    return {"retention": figure}


def _budget(part: BudgetCurve, currency: str, lang: str) -> dict[str, Figure]:
    figure, ax = new_figure(8, 4.2)
    plot_budget_curve(
        part.table(), part.best(), ax, currency=currency, held=part.expected(), confidence=part.confidence,
        lang=lang,
    )  # fmt: skip
    return {"budget": figure}


def _search(part: SearchResult, currency: str, lang: str) -> dict[str, Figure]:
    figure, ax = new_figure(8, 4.2)
    about = {"currency": currency, "lang": lang}
    if len(part.space.objectives) > 1:
        plot_front(part.trials, part.holdout, ax, outcomes=part.space.objectives[:2], **about)
    else:
        outcome = part.space.objectives[0]
        plot_search(part.trials, part.holdout, ax, outcome=outcome, confidence=part.confidence, **about)
    return {"search": figure}


def _sensitivity(part: Sensitivity, currency: str, lang: str) -> dict[str, Figure]:
    figure, ax = new_figure(9, 4.4)
    if part.method == "sobol":
        plot_indices(part.table, ax, confidence=part.confidence, lang=lang)
        return {"sensitivity": figure}
    about = {
        "outcome": part.outcome, "currency": currency, "strategy": part.strategy.name,
        "base": None if part.base is None else part.base.name, "lang": lang,
    }  # fmt: skip
    if part.method == "tornado":
        plot_tornado(part.table, ax, centre=part.centre.mean, **about)
    else:
        plot_effects(part.table, ax, **about)
    return {"sensitivity": figure}


def _robustness(part: Robustness, currency: str, lang: str) -> dict[str, Figure]:
    figure, axes = new_figure(11, 4.2, columns=2)
    about = {"equivalence": part.equivalence, "confidence": part.confidence}
    plot_shares(part.shares, axes[0], winner=part.winner, lang=lang, **about)
    plot_flip(
        part.table, part.flips.iloc[0], axes[1], outcome=part.outcome, currency=currency, winner=part.winner,
        equivalence=part.equivalence, lang=lang,
    )  # fmt: skip
    return {"robustness": figure}


_DRAW: dict[str, Callable[[Any, str, str], dict[str, Figure]]] = {
    "selection": _selection,
    "saved": _saved,
    "targeting": _targeting,
    "returns": _returns,
    "retention": _retention,
    "budget": _budget,
    "search": _search,
    "sensitivity": _sensitivity,
    "robustness": _robustness,
}
