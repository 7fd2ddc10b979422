"""What the sections of an experiment must fulfil together: that they fit its strategies and its scenarios.

Like the clerk who reads the whole order form before anything goes to the laboratory: a box may be filled
in well and still ask for what this sample cannot give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from crmsim.decision_state import check_day
from crmsim.errors import InputError, whole_number
from crmsim.experiment_sections import SECTIONS
from crmsim.kim_nelson import check_race
from crmsim.model.records import DAY, WINDOW
from crmsim.paired_worlds import decision_day
from crmsim.retention_budget import with_budget
from crmsim.scenario import Scenario
from crmsim.search_space import SearchSpace
from crmsim.sensitivity import check_samples
from crmsim.strategies import AnyStrategy, Strategy
from crmsim.targeting import check_scores
from crmsim.yaml_files import Document

if TYPE_CHECKING:
    from crmsim.experiment_file import ExperimentFile

__all__ = ["at", "can_have", "checked_sections"]

T = TypeVar("T")


def at(document: Document, path: tuple, read: Callable[[], T]) -> T:
    """Do something for a field; a complaint that names no place gets that of the field."""
    try:
        return read()
    except InputError as error:
        if error.where is not None:
            raise
        raise InputError(error.field, error.problem, error.value, where=document.where(path)) from None


def can_have(strategy: AnyStrategy, per_year: Sequence[float], world: Scenario) -> bool:
    """Return whether a strategy can be given each of these yearly budgets."""
    if not isinstance(strategy, Strategy):
        return False
    try:
        for level in per_year:
            with_budget(strategy, level, world)
    except InputError:
        return False
    return True


def checked_sections(
    file: ExperimentFile,
    worlds: Mapping[str, Scenario],
    strategies: Mapping[str, AnyStrategy],
    document: Document,
) -> dict[str, SearchSpace]:
    """Refuse sections that name unknown strategies, or ask for what these, or the scenarios, cannot have.

    Returns
    -------
    dict
        From what the file calls a strategy to its search space, for those that can be searched.
    """
    others = [name for name in strategies if name != file.base_name]
    for name in SECTIONS:
        chosen = getattr(getattr(file, name), "strategy", None)
        allowed = list(strategies) if name == "retention" else others
        if chosen is not None and chosen not in allowed:
            problem = f"must be one of {', '.join(allowed)}"
            raise InputError(f"{name}.strategy", problem, chosen, where=document.where((name, "strategy")))
    if file.until is not None:
        low, high = file.until.at_least, file.until.at_most
        at(document, ("until", "at_most"), lambda: whole_number("at_most", high, low, 10**6))
    if file.selection is not None:
        part = file.selection
        numbers = (part.indifference or file.margin, file.confidence, part.first, part.at_most)
        at(document, ("selection",), lambda: check_race(len(strategies), *numbers))
    if file.sensitivity is not None:
        method, samples = file.sensitivity.method, file.sensitivity.samples
        at(document, ("sensitivity", "samples"), lambda: check_samples(method, samples))
    for world in worlds.values():
        _check_world(file, world, strategies, document)
    return {} if file.search is None else _spaces(file, strategies, others, document)


def _check_world(
    file: ExperimentFile, world: Scenario, strategies: Mapping[str, AnyStrategy], document: Document
) -> None:
    """Refuse sections that one of the scenarios cannot answer."""
    for name in ("saved", "targeting"):
        part = getattr(file, name)
        if part is not None:
            day = decision_day(world) if part.day is None else part.day
            at(document, (name, "day"), lambda d=day: check_day(d, world))
    if file.targeting is not None:
        _check_targeting(file, world, strategies[file.base_name], document)
    if file.retention is not None and world.changes:
        problem = f"must be left out: {world.name} has changes, which set reasons to leave anew"
        raise InputError("retention", problem, where=document.where(("retention",)))
    if file.budget is not None:
        _check_budgets(file, world, strategies, document)


def _check_targeting(file: ExperimentFile, world: Scenario, base: AnyStrategy, document: Document) -> None:
    part = file.targeting
    day = decision_day(world) if part.day is None else part.day
    at(
        document,
        ("targeting", "days_ahead"),
        lambda: whole_number(
            "days_ahead", part.days_ahead, WINDOW // DAY, world.population.horizon_days - day
        ),
    )
    at(document, ("targeting", "scores"), lambda: check_scores(part.scores))
    if not isinstance(base, Strategy) or base.budget is not None:
        problem = f"must be left out: the offer is added to the rules of the base, and {base.name} "
        problem += "has a budget" if isinstance(base, Strategy) else "is a Python program"
        raise InputError("targeting", problem, where=document.where(("targeting",)))


def _check_budgets(
    file: ExperimentFile, world: Scenario, strategies: Mapping[str, AnyStrategy], document: Document
) -> None:
    """Refuse budgets that do not rise, that cannot pay a single action, or that no strategy can have."""
    part, before = file.budget, 0.0
    for place, per_year in enumerate(part.per_year):
        if not per_year > before:
            problem = f"must be above {before:g}: budgets are above 0 and rise"
            where = document.where(("budget", "per_year", place))
            raise InputError(f"budget.per_year.{place}", problem, per_year, where=where)
        before = per_year
    if part.strategy is None:
        if not any(can_have(s, part.per_year, world) for n, s in strategies.items() if n != file.base_name):
            problem = f"must be such that one of the strategies can have them in {world.name}"
            raise InputError("budget.per_year", problem, where=document.where(("budget", "per_year")))
        return
    strategy = strategies[part.strategy]
    if not isinstance(strategy, Strategy):
        where = document.where(("budget", "strategy"))
        raise InputError(
            "budget.strategy", "must be one of rules, not a Python program", strategy.name, where=where
        )
    for place, per_year in enumerate(part.per_year):
        at(document, ("budget", "per_year", place), lambda b=per_year: with_budget(strategy, b, world))


def _spaces(
    file: ExperimentFile, strategies: Mapping[str, AnyStrategy], others: Sequence[str], document: Document
) -> dict[str, SearchSpace]:
    """Return the search space of each strategy that has all of its numbers; at least one must."""
    here, found = document.part("search"), {}
    complaint: InputError | None = None
    for name in others if file.search.strategy is None else [file.search.strategy]:
        try:
            found[name] = at(here, ("strategy",), lambda n=name: file.search.fitted(strategies[n], here))
        except InputError as error:
            complaint = error
    if not found and complaint is not None:
        raise complaint
    return found
