"""The further questions of a decision, each asked of whoever can answer it.

Like the witnesses of a court, each with an own subject: what is asked, whom it is about, whether the answer
is finished, and what of it goes on record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crmsim.best_strategy import Selection, select_best
from crmsim.comparison_result import Comparison
from crmsim.experiment_file import Experiment
from crmsim.paired_tables import GROUPS, PairedWorlds
from crmsim.paired_worlds import decision_day, run_paired_worlds
from crmsim.retention_budget import BudgetCurve, budget_curve
from crmsim.retention_worth import RetentionWorth, retention_worth
from crmsim.returns import StrategyReturns, strategy_returns
from crmsim.robust_verdict import Robustness, robustness
from crmsim.search import optimise
from crmsim.search_result import SearchResult
from crmsim.sensitivity import Sensitivity, global_indices, tornado
from crmsim.strategies import AnyStrategy
from crmsim.targeting import EFFECTS, TargetingComparison, compare_targeting

__all__ = ["KEPT", "Part", "run_section", "section_failures", "section_finished", "section_tables"]

#: Answer to one of the further questions.
Part = (
    Selection | PairedWorlds | TargetingComparison | StrategyReturns | RetentionWorth | BudgetCurve
    | SearchResult | Sensitivity | Robustness
)  # fmt: skip
#: What is kept in a checkpoint, unit by unit, with the name of the unit.
KEPT = {
    "comparison": "replication", "selection": "replication", "saved": "replication",
    "targeting": "replication", "returns": "replication", "retention": "replication",
    "budget": "replication", "search": "trial", "sensitivity": "worlds", "robustness": "worlds",
}  # fmt: skip

#: Of an uplift curve in a table: shares treated from none to all; gain per customer who was there.
_POINTS = 201


def run_section(
    name: str,
    experiment: Experiment,
    strategy: AnyStrategy,
    winner: str,
    comparison: Comparison,
    options: dict,
) -> Part:
    """Answer a question.

    Parameters
    ----------
    name : str
        Of the section.
    experiment : Experiment
        In one scenario.
    strategy : AnyStrategy
        Whom it is about.
    winner : str
        Of the comparison.
    comparison : Comparison
    options : dict
        ``engine``, ``workers``, ``confidence``, ``progress``, ``checkpoint``.
    """
    if name == "robustness":
        return _run_robustness(experiment, winner, comparison, options)
    return _RUN[name](experiment, strategy, options)


def section_finished(part: Part, asked: Any) -> bool:
    """Return whether a section was run to its end, or cut short by Ctrl-C."""
    if isinstance(part, Selection):
        return True
    if isinstance(part, SearchResult):
        return part.complete
    if isinstance(part, Sensitivity | Robustness):
        return part.unfinished == 0
    runs = len(part.replications) + len(part.problems)
    if isinstance(part, BudgetCurve):
        return runs + len(part.holdout) == asked.replications + asked.holdout
    return runs == asked.replications


def section_failures(part: Part) -> dict[int, str]:
    """Return what went wrong in each replication that a section had to leave out."""
    left_out = PairedWorlds | TargetingComparison | StrategyReturns | RetentionWorth | BudgetCurve
    return part.problems if isinstance(part, left_out) else {}


def section_tables(name: str, part: Part) -> dict[str, pd.DataFrame]:
    """Return the tables of a section, under the names of their files."""
    return {f"{name}_{table}": content for table, content in _TABLES[name](part).items()}


def _run_selection(e: Experiment, _: AnyStrategy, options: dict) -> Selection:
    part = e.file.selection
    more = {"indifference": part.indifference or e.file.margin, "first": part.first, "at_most": part.at_most}
    more |= {"outcome": e.file.outcome, "seed": e.check_seed}
    return select_best(e.scenario, list(e.strategies.values()), **more, **options)


def _run_saved(e: Experiment, strategy: AnyStrategy, options: dict) -> PairedWorlds:
    part = e.file.saved
    more = {"day": part.day, "futures": part.futures, "replications": part.replications}
    return run_paired_worlds(e.scenario, strategy, e.base, seed=e.check_seed, **more, **options)


def _run_targeting(e: Experiment, _: AnyStrategy, options: dict) -> TargetingComparison:
    part = e.file.targeting
    day = decision_day(e.scenario) if part.day is None else part.day
    more = part.model_dump(exclude={"day"}) | {"base": e.base, "seed": e.check_seed}
    return compare_targeting(e.scenario, day, **more, **options)


def _run_retention(e: Experiment, strategy: AnyStrategy, options: dict) -> RetentionWorth:
    part = e.file.retention
    more = {"factor": part.factor, "replications": part.replications, "seed": e.check_seed}
    return retention_worth(e.scenario, strategy, **more, **options)


def _run_returns(e: Experiment, strategy: AnyStrategy, options: dict) -> StrategyReturns:
    count = e.file.returns.replications
    return strategy_returns(e.scenario, strategy, e.base, replications=count, seed=e.check_seed, **options)


def _run_budget(e: Experiment, strategy: AnyStrategy, options: dict) -> BudgetCurve:
    part = e.file.budget
    counts = {"replications": part.replications, "holdout": part.holdout}
    return budget_curve(e.scenario, strategy, part.per_year, e.base, seed=e.search_seed, **counts, **options)


def _run_search(e: Experiment, strategy: AnyStrategy, options: dict) -> SearchResult:
    part = e.file.search
    counts = {"trials": part.trials, "replications": part.replications, "holdout": part.holdout}
    space = next(e.spaces[name] for name, s in e.strategies.items() if s is strategy)
    return optimise(e.scenario, strategy, space, seed=e.search_seed, **counts, **options)


def _run_sensitivity(e: Experiment, strategy: AnyStrategy, options: dict) -> Sensitivity:
    part = e.file.sensitivity
    more = {
        "base": e.base,
        "outcome": e.file.outcome,
        "replications": part.replications,
        "seed": e.check_seed,
    }
    if part.method == "tornado":
        return tornado(e.scenario, strategy, e.unsure, **more, **options)
    more |= {"method": part.method, "samples": part.samples}
    return global_indices(e.scenario, strategy, e.unsure, **more, **options)


def _run_robustness(e: Experiment, winner: str, comparison: Comparison, options: dict) -> Robustness:
    part = e.file.robustness
    more = {"winner": winner, "outcome": e.file.outcome, "worlds": part.worlds, "seed": e.check_seed}
    more |= {"equivalence": e.file.margin}
    return robustness(
        e.scenario, comparison.strategies, e.unsure, replications=part.replications, **more, **options
    )


_RUN: dict[str, Callable[[Experiment, AnyStrategy, dict], Part]] = {
    "selection": _run_selection,
    "saved": _run_saved,
    "targeting": _run_targeting,
    "returns": _run_returns,
    "retention": _run_retention,
    "budget": _run_budget,
    "search": _run_search,
    "sensitivity": _run_sensitivity,
}


def _saved_tables(part: PairedWorlds) -> dict[str, pd.DataFrame]:
    found = {"types": part.types(), "value_by_type": part.value_by_type().reset_index()}
    for by in GROUPS:
        found |= {
            f"types_{by}": part.types(by),
            f"uplift_{by}": part.uplift(by),
            f"losers_{by}": part.losers(by),
        }
    return found


def _targeting_tables(part: TargetingComparison) -> dict[str, pd.DataFrame]:
    curves = []
    for effect in EFFECTS:
        for score, curve in part.curves(effect).items():
            shares = np.linspace(0.0, 1.0, _POINTS)
            gain = np.interp(shares * curve.customers[-1], curve.customers, curve.gain)
            rows = {"effect": effect, "score": score, "share": shares, "gain": gain / curve.customers[-1]}
            curves.append(pd.DataFrame(rows))
    coefficients = [part.coefficients(effect).rename(effect) for effect in EFFECTS]
    return {
        "levels": part.levels(),
        "differences": part.differences(),
        "coefficients": pd.concat(coefficients, axis=1).rename_axis("score").reset_index(),
        "curves": pd.concat(curves, ignore_index=True),
        "runs": part.runs,
    }


def _retention_tables(part: RetentionWorth) -> dict[str, pd.DataFrame]:
    found = {name: getattr(part, name)._asdict() for name in ("retention", "points", "gain", "per_point")}
    found["formula"] = {"mean": part.formula.value}
    return {"worth": pd.DataFrame.from_dict(found, orient="index").rename_axis("figure").reset_index()}


def _returns_runs(part: StrategyReturns) -> pd.DataFrame:
    """Return the books of either world, window by window."""
    shape = part.profit.shape
    places = np.unravel_index(np.arange(part.profit.size), shape)
    columns = {
        "strategy": np.array([part.base.name, part.other.name])[places[0]],
        "replication": np.array(part.replications)[places[1]],
        "day": part.days[places[2]],
    }
    # From 0 on, because the negative of 0 would be written with its sign.
    money = {name: 0.0 + getattr(part, name).ravel() for name in ("profit", "strategy_cost")}
    return pd.DataFrame(columns | money)


def _budget_runs(part: BudgetCurve) -> pd.DataFrame:
    """Return every run of a budget curve; those of the hold-out have no part in the choice."""
    rows = [
        {"budget": budget, "replication": k, "holdout": False}
        | {"clv": part.value[level, place], "spent": part.spent[level, place]}
        | {"refused": part.refused[level, place]}
        for level, budget in enumerate(part.budgets)
        for place, k in enumerate(part.replications)
    ]
    held = dict(zip((0.0, part.best().budget), part.holdout_value, strict=True))  # one, where 0 is the best
    rows += [
        {"budget": budget, "replication": k, "holdout": True, "clv": clv}
        for budget, values in held.items()
        for k, clv in zip(part.holdout, values, strict=True)
    ]
    return pd.DataFrame(rows)


_TABLES: dict[str, Callable[[Any], dict[str, pd.DataFrame]]] = {
    "selection": lambda part: {"race": part.table},
    "saved": _saved_tables,
    "targeting": _targeting_tables,
    "retention": _retention_tables,
    "returns": lambda part: {
        "money": part.returns().reset_index(),
        "costs": part.costs().reset_index(),
        "cumulative": part.cumulative().reset_index(),
        "runs": _returns_runs(part),
    },
    "budget": lambda part: {"curve": part.table().reset_index(), "runs": _budget_runs(part)},
    "search": lambda part: {"trials": part.trials, "runs": part.runs, "holdout": part.holdout},
    "sensitivity": lambda part: {"parameters": part.table, "worlds": part.worlds},
    "robustness": lambda part: {"worlds": part.table, "shares": part.shares, "flips": part.flips},
}
