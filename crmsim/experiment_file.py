"""A decision to be made, as data: which strategies, in which situations, judged by what, and what else.

Like the order form of a laboratory: what is to be compared stands at the top, and every further
examination (whom did it save, at which budget, what would change the verdict) is a box that may be ticked.
For example, in a YAML file::

    name: keep_our_best
    scenarios: [fitted/scenario.yaml, harder_times.yaml]
    weights: {fitted/scenario.yaml: 3, harder_times.yaml: 1}
    strategies: [do_nothing, save_lift, tier_service]
    replications: 30
    margin: 0.5
    saved: {}
    budget: {per_year: [500, 1000, 2000]}
    uncertain:
    - {path: money.margin, low: 0.3, high: 0.5}
    robustness: {worlds: 32}

Everything is checked before any run is begun; paths in the file are seen from the file's own folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from crmsim.engines import LARGEST_SEED
from crmsim.errors import InputError
from crmsim.experiment_checks import at, can_have, checked_sections
from crmsim.experiment_sections import (
    SECTIONS,
    BudgetPart,
    RetentionPart,
    ReturnsPart,
    RobustnessPart,
    SavedPart,
    SearchPart,
    SelectionPart,
    SensitivityPart,
    TargetingPart,
    UntilPart,
)
from crmsim.experiments import check_options
from crmsim.grids import direction
from crmsim.parameters import Section
from crmsim.scenario import PRESETS, Scenario, load_scenario, preset
from crmsim.search_space import SearchSpace
from crmsim.strategies import AnyStrategy, find_strategy
from crmsim.strategies.rules import one_or_several
from crmsim.uncertainty import UncertainParameter, Uncertainty
from crmsim.yaml_files import Document, check, read_fields

__all__ = [
    "Experiment",
    "ExperimentFile",
    "experiment_names",
    "experiment_text",
    "folder_name",
    "load_experiment",
]

_READY = Path(__file__).parent / "experiments_ready"

_Runs = Annotated[int, Field(ge=2, le=100_000)]


class ExperimentFile(Section):
    """An experiment as its file has it; :func:`load_experiment` makes an :class:`Experiment` of it.

    Examples
    --------
    >>> both = ExperimentFile(name="try", scenarios="retail", strategies=["do_nothing", "price_cut"])
    >>> both.outcome, both.replications, both.base_name
    ('clv', 20, 'do_nothing')
    """

    name: str = Field(
        max_length=40,
        pattern=r"^[a-z][a-z0-9_]*$",
        json_schema_extra={"looks_like": "at most 40 small letters, digits and underscores, a letter first"},
    )
    about: str = Field("", description="the question, in plain words")
    about_zh: str = Field("", description="the same in Chinese")
    scenarios: Annotated[tuple[str, ...], BeforeValidator(one_or_several)] = Field(
        description="presets, or YAML files; each is a decision of its own, and then all together",
        min_length=1,
        max_length=20,
    )
    weights: dict[str, Annotated[float, Field(gt=0, le=1e9)]] | None = Field(
        None, description="of the scenarios, as parts of their sum; all alike where they are left out"
    )
    strategies: Annotated[tuple[str, ...], BeforeValidator(one_or_several)] = Field(
        description="names or files", min_length=2, max_length=50
    )
    base: str | None = Field(None, description="one of the strategies; the first where it is left out")
    replications: _Runs = 20
    until: UntilPart | None = Field(None, description="replications by precision, in place of their number")
    seed: int = Field(1, ge=0, lt=LARGEST_SEED)
    confidence: float = Field(0.95, gt=0, lt=1)
    precision: float = Field(
        0.05, description="how well a difference should be known, as a share of the base", gt=0, le=1
    )
    outcome: str = Field("clv", description="that decides")
    margin: float | None = Field(
        None, description="the largest difference that does not matter, in the unit of the outcome", gt=0
    )
    customers: bool = Field(True, description="write a row per customer, strategy and replication")
    uncertain: Annotated[tuple[UncertainParameter, ...], BeforeValidator(one_or_several)] = ()
    selection: SelectionPart | None = None
    saved: SavedPart | None = None
    targeting: TargetingPart | None = None
    returns: ReturnsPart | None = None
    retention: RetentionPart | None = None
    budget: BudgetPart | None = None
    search: SearchPart | None = None
    sensitivity: SensitivityPart | None = None
    robustness: RobustnessPart | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> ExperimentFile:
        if self.base is not None and self.base not in self.strategies:
            raise ValueError(f"base must be one of {', '.join(self.strategies)}, got {self.base}")
        if self.weights is not None and set(self.weights) != set(self.scenarios):
            raise ValueError(f"weights must name each of {', '.join(self.scenarios)}, and no other")
        try:
            direction(self.outcome)
        except InputError as error:
            raise ValueError(f"outcome {error.problem}, got {self.outcome}") from None
        for name in ("sensitivity", "robustness"):
            if getattr(self, name) is not None and not self.uncertain:
                raise ValueError(f"uncertain must name parameters where there is a section {name}")
        if self.until is not None and "replications" in self.model_fields_set:
            raise ValueError("replications must be left out where there is a section until, which finds them")
        if self.selection is not None and self.selection.indifference is None and self.margin is None:
            raise ValueError("selection must have an indifference where there is no margin")
        return self

    @property
    def base_name(self) -> str:
        """What the other strategies are compared with, as the file names it."""
        return self.strategies[0] if self.base is None else self.base


@dataclass(frozen=True, eq=False)
class Experiment:
    """An experiment ready to be run: everything was read and fits together.

    Attributes
    ----------
    file : ExperimentFile
    scenarios : dict
        From the name of a scenario to the scenario, in the order of the file.
    strategies : dict
        From what the file calls a strategy to the strategy; the base first.
    spaces : dict
        From what the file calls a strategy to its search space, for those that can be searched.
    unsure : Uncertainty or None
        Fits every scenario.
    source : str
        Name of the file, or of the ready experiment.
    weights : dict, optional
        From the name of a scenario to its share; they sum to 1. None where all count alike.
    """

    file: ExperimentFile
    scenarios: dict[str, Scenario]
    strategies: dict[str, AnyStrategy]
    spaces: dict[str, SearchSpace]
    unsure: Uncertainty | None
    source: str
    weights: dict[str, float] | None = None

    @property
    def scenario(self) -> Scenario:
        """The situation; of several, the first."""
        return next(iter(self.scenarios.values()))

    def within(self, scenario: str) -> Experiment:
        """Return the same experiment in one of its scenarios only."""
        return replace(self, scenarios={scenario: self.scenarios[scenario]}, weights=None)

    def candidates(self, section: str) -> tuple[AnyStrategy, ...]:
        """Return the strategies that a section can be about: the one it names, or else all that it fits."""
        named = getattr(getattr(self.file, section), "strategy", None)
        if named is not None:
            return (self.strategies[named],)
        others = {name: s for name, s in self.strategies.items() if name != self.file.base_name}
        if section == "retention":
            return (self.base,)
        if section == "search":
            others = {name: s for name, s in others.items() if name in self.spaces}
        if section == "budget":
            levels = self.file.budget.per_year
            others = {name: s for name, s in others.items() if can_have(s, levels, self.scenario)}
        return tuple(others.values())

    @property
    def base(self) -> AnyStrategy:
        """What the others are compared with."""
        return next(iter(self.strategies.values()))

    @property
    def sections(self) -> tuple[str, ...]:
        """The further questions that are asked."""
        return tuple(name for name in SECTIONS if getattr(self.file, name) is not None)

    @property
    def most_replications(self) -> int:
        """Of the comparison."""
        return self.file.replications if self.file.until is None else self.file.until.at_most

    @property
    def check_seed(self) -> int:
        """Seed of fresh luck: whoever was chosen by the comparison is looked at on other populations."""
        return self.file.seed + 1

    @property
    def search_seed(self) -> int:
        """Seed for choosing numbers and budgets: what it found meets new populations in any comparison."""
        return self.file.seed + 2


@cache
def experiment_names() -> tuple[str, ...]:
    """Return the names of the ready experiments."""
    return tuple(sorted(path.stem for path in _READY.glob("*.yaml")))


def experiment_text(name: str) -> str:
    """Return the file of a ready experiment, to be copied and changed."""
    return (_READY / f"{name}.yaml").read_text(encoding="utf-8")


def load_experiment(
    source: str | Path, *, scenarios: Sequence[str] = (), engine: str = "auto", workers: int | None = None
) -> Experiment:
    """Read an experiment and refuse what cannot be run, before any run is begun.

    Parameters
    ----------
    source : str or Path
        A YAML file, or the name of a ready experiment.
    scenarios : sequence of str
        Presets or YAML files in place of the experiment's own.
    engine, workers
        With which it will be run, as in :func:`crmsim.experiments.compare`.

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        With ``file:line:column``, field, value and what is allowed.

    Examples
    --------
    >>> six = load_experiment("six_strategies")
    >>> six.base.name, len(six.strategies), six.sections[0]
    ('do_nothing', 6, 'saved')
    """
    path = _READY / f"{source}.yaml" if str(source) in experiment_names() else Path(source)
    if not path.suffix and not os.path.exists(path):
        known = ", ".join(experiment_names())
        raise InputError("experiment", f"must be a .yaml file or one of {known}", str(source))
    document = read_fields(path, "the fields of an experiment")
    file = check(ExperimentFile, document.data, document)
    if scenarios:
        worlds = _scenarios(list(scenarios), lambda _, read: read())
    else:
        seen = [_seen_from(path, name) for name in file.scenarios]
        worlds = _scenarios(seen, lambda n, read: at(document, ("scenarios", n), read))
    strategies = _strategies(file, path, document)
    for world in worlds.values():
        options = {"replications": file.replications, "seed": file.seed, "confidence": file.confidence}
        options |= {"engine": engine, "workers": workers}
        at(
            document,
            ("strategies",),
            lambda w=world, o=options: check_options(w, [*strategies.values()], **o),
        )
    unsure = None
    for world in worlds.values():  # it must fit each of them
        unsure = _uncertainty(file, world, document)
    spaces = checked_sections(file, worlds, strategies, document)
    weights = _weights(file, dict(zip(worlds, scenarios or file.scenarios, strict=True)), document)
    return Experiment(file, worlds, strategies, spaces, unsure, str(source), weights)


def _scenarios(
    names: Sequence[str], placed: Callable[[int, Callable[[], Scenario]], Scenario]
) -> dict[str, Scenario]:
    """Return scenarios by name; one that is there twice would be counted twice, with the same luck."""
    found: dict[str, Scenario] = {}

    def read(name: str) -> Scenario:
        world = _scenario(name)
        same = [label for label, other in found.items() if _content(other) == _content(world)]
        if same:
            problem = f"must differ; this is {same[0]} again, whose luck would count twice"
            raise InputError("scenarios", problem, name)
        if folder_name(world.name) in map(folder_name, found):
            raise InputError("scenarios", "must have different names", world.name)
        return world

    for place, name in enumerate(names):
        world = placed(place, lambda n=name: read(n))
        found[world.name] = world
    return found


def _weights(file: ExperimentFile, called: dict[str, str], document: Document) -> dict[str, float] | None:
    """Return shares by the names of scenarios, from what the file, or the command line, calls these."""
    if file.weights is None or len(called) == 1:
        return None
    for name in called.values():
        if name not in file.weights:
            problem = "must name every scenario that is given in place of the file's own"
            raise InputError("weights", problem, name, where=document.where(("weights",)))
    whole = sum(file.weights[name] for name in called.values())
    return {world: file.weights[name] / whole for world, name in called.items()}


def _content(world: Scenario) -> dict[str, Any]:
    return world.model_dump(exclude={"name", "about"})


def folder_name(scenario: str) -> str:
    """Return the name of the folder for the results of a scenario."""
    return scenario.replace(" ", "_")


def _scenario(name: str) -> Scenario:
    if name in PRESETS:
        return preset(name)
    if not name.endswith((".yaml", ".yml")):
        raise InputError("scenarios", f"must be .yaml files or of {', '.join(PRESETS)}", name)
    return load_scenario(name)


def _strategies(file: ExperimentFile, path: Path, document: Document) -> dict[str, AnyStrategy]:
    """Return strategies by what the file calls them, the base first."""
    found: dict[str, AnyStrategy] = {}

    def read(name: str) -> AnyStrategy:
        strategy = find_strategy(_seen_from(path, name))
        if name in found or any(strategy.name == other.name for other in found.values()):
            raise InputError("strategies", "must be there once, under different names", strategy.name)
        return strategy

    for place, name in enumerate(file.strategies):
        found[name] = at(document, ("strategies", place), lambda n=name: read(n))
    return {file.base_name: found.pop(file.base_name)} | found


def _seen_from(experiment: Path, name: str) -> str:
    """Return a file's path as seen from the experiment's folder; a plain name stays as it is."""
    return str(experiment.parent / name) if name.endswith((".yaml", ".yml", ".py")) else name


def _uncertainty(file: ExperimentFile, world: Scenario, document: Document) -> Uncertainty | None:
    if not file.uncertain:
        return None
    # A list called "parameters" stands in a file of its own; here it is called "uncertain".
    inner = {
        ("parameters", *path[1:]): at for path, at in document.marks.items() if path[:1] == ("uncertain",)
    }
    there = Document(document.name, None, inner)
    unsure = check(Uncertainty, {"parameters": file.uncertain}, there)
    return unsure.fitted(world, there)
