"""A decision to be made, as data: which strategies, on whom, judged by what, and which questions besides.

Like the order form of a laboratory: what is to be compared stands at the top, and every further
examination (whom did it save, at which budget, what would change the verdict) is a box that may be ticked.
For example, in a YAML file::

    name: keep_our_best
    scenario: fitted/scenario.yaml
    strategies: [do_nothing, save_lift, tier_service]
    replications: 30
    margin: 0.5
    saved: {}
    budget: {strategy: save_lift, per_year: [500, 1000, 2000]}
    uncertain:
    - {path: money.margin, low: 0.3, high: 0.5}
    robustness: {worlds: 32}

Everything is checked before any run is begun; paths in the file are seen from the file's own folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from crmsim.decision_state import check_day
from crmsim.engines import LARGEST_SEED
from crmsim.errors import InputError
from crmsim.experiments import check_options
from crmsim.grids import direction
from crmsim.parameters import Section
from crmsim.retention_budget import with_budget
from crmsim.scenario import PRESETS, Scenario, load_scenario, preset
from crmsim.search_space import SearchSpace
from crmsim.strategies import AnyStrategy, Strategy, find_strategy
from crmsim.strategies.rules import one_or_several
from crmsim.uncertainty import UncertainParameter, Uncertainty
from crmsim.yaml_files import Document, check, read_fields

__all__ = [
    "SECTIONS",
    "Experiment",
    "ExperimentFile",
    "experiment_names",
    "experiment_text",
    "load_experiment",
]

#: The further questions, in the order in which they are answered and reported.
SECTIONS = ("saved", "returns", "budget", "search", "sensitivity", "robustness")
_READY = Path(__file__).parent / "experiments_ready"

_Runs = Annotated[int, Field(ge=2, le=100_000)]
_SomeRuns = Annotated[int, Field(ge=1, le=100_000)]


class SavedPart(Section):
    """Whom did it save? Every customer lives twice, under the base and under the strategy."""

    strategy: str | None = Field(None, description="the best one where it is left out")
    day: int | None = Field(None, description="of the decision, a multiple of 30 (days)")
    futures: int = Field(0, description="further pairs of lives of everybody", ge=0, le=1000)
    replications: _Runs = 10


class ReturnsPart(Section):
    """Does it pay, how much for each unit spent, and from when on?"""

    strategy: str | None = None
    replications: _Runs = 20


class BudgetPart(Section):
    """Value against the yearly budget of one strategy, and the best level."""

    strategy: str
    per_year: Annotated[tuple[float, ...], BeforeValidator(one_or_several)] = Field(
        description="currency per year for all customers together, rising", min_length=2
    )
    replications: _Runs = 20
    holdout: _Runs = 20


class SearchPart(SearchSpace):
    """The best numbers for one strategy: a search space, and how long to search."""

    strategy: str
    trials: int = Field(40, ge=1, le=1_000_000)
    replications: _SomeRuns = 10
    holdout: _Runs = 20


class SensitivityPart(Section):
    """What the difference between a strategy and the base depends on."""

    strategy: str | None = None
    method: Literal["tornado", "sobol", "morris"] = "tornado"
    samples: int = Field(64, description="of Sobol' or Morris", ge=2, le=65_536)
    replications: _SomeRuns = 10


class RobustnessPart(Section):
    """In which share of the plausible worlds the winner still wins."""

    worlds: int = Field(64, ge=2, le=65_536)
    replications: _SomeRuns = 5


class ExperimentFile(Section):
    """An experiment as its file has it; :func:`load_experiment` makes an :class:`Experiment` of it.

    Examples
    --------
    >>> both = ExperimentFile(name="try", scenario="retail", strategies=["do_nothing", "price_cut"])
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
    scenario: str = Field(description="a preset, or a YAML file")
    strategies: Annotated[tuple[str, ...], BeforeValidator(one_or_several)] = Field(
        description="names or files", min_length=2, max_length=50
    )
    base: str | None = Field(None, description="one of the strategies; the first where it is left out")
    replications: _Runs = 20
    seed: int = Field(1, ge=0, lt=LARGEST_SEED)
    confidence: float = Field(0.95, gt=0, lt=1)
    precision: float = Field(
        0.05, description="how well a difference should be known, as a share of the base", gt=0, le=1
    )
    outcome: str = Field("clv", description="that decides")
    margin: float | None = Field(
        None, description="the largest difference that does not matter, in the unit of the outcome", gt=0
    )
    uncertain: Annotated[tuple[UncertainParameter, ...], BeforeValidator(one_or_several)] = ()
    saved: SavedPart | None = None
    returns: ReturnsPart | None = None
    budget: BudgetPart | None = None
    search: SearchPart | None = None
    sensitivity: SensitivityPart | None = None
    robustness: RobustnessPart | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> ExperimentFile:
        for name in self.strategies:
            if self.strategies.count(name) > 1:
                raise ValueError(f"strategies must name each once, got {name} twice")
        if self.base is not None and self.base not in self.strategies:
            raise ValueError(f"base must be one of {', '.join(self.strategies)}, got {self.base}")
        try:
            direction(self.outcome)
        except InputError as error:
            raise ValueError(f"outcome {error.problem}, got {self.outcome}") from None
        for name in ("sensitivity", "robustness"):
            if getattr(self, name) is not None and not self.uncertain:
                raise ValueError(f"uncertain must name parameters where there is a section {name}")
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
    scenario : Scenario
    strategies : dict
        From what the file calls a strategy to the strategy; the base first.
    space : SearchSpace or None
        Fitted to the strategy that is searched.
    unsure : Uncertainty or None
        Fitted to the scenario.
    source : str
        Name of the file, or of the ready experiment.
    """

    file: ExperimentFile
    scenario: Scenario
    strategies: dict[str, AnyStrategy]
    space: SearchSpace | None
    unsure: Uncertainty | None
    source: str

    @property
    def base(self) -> AnyStrategy:
        """What the others are compared with."""
        return next(iter(self.strategies.values()))

    @property
    def sections(self) -> tuple[str, ...]:
        """The further questions that are asked."""
        return tuple(name for name in SECTIONS if getattr(self.file, name) is not None)

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
    source: str | Path, *, scenario: str | None = None, engine: str = "auto", workers: int | None = None
) -> Experiment:
    """Read an experiment and refuse what cannot be run, before any run is begun.

    Parameters
    ----------
    source : str or Path
        A YAML file, or the name of a ready experiment.
    scenario : str, optional
        A preset or YAML file in place of the experiment's own.
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
    if not path.suffix and not path.exists():
        known = ", ".join(experiment_names())
        raise InputError("experiment", f"must be a .yaml file or one of {known}", str(source))
    document = read_fields(path, "the fields of an experiment")
    file = check(ExperimentFile, document.data, document)
    if scenario is not None:
        world = _scenario(scenario)
    else:
        world = _at(document, ("scenario",), lambda: _scenario(_seen_from(path, file.scenario)))
    strategies = {}
    for place, name in enumerate(file.strategies):
        found = _at(document, ("strategies", place), lambda n=name: find_strategy(_seen_from(path, n)))
        strategies[name] = found
    strategies = {file.base_name: strategies.pop(file.base_name)} | strategies
    options = {"replications": file.replications, "seed": file.seed, "confidence": file.confidence}
    options |= {"engine": engine, "workers": workers}
    _at(document, ("strategies",), lambda: check_options(world, list(strategies.values()), **options))
    unsure = _uncertainty(file, world, document)
    space = _checked_sections(file, world, strategies, document)
    return Experiment(file, world, strategies, space, unsure, str(source))


def _scenario(name: str) -> Scenario:
    if name in PRESETS:
        return preset(name)
    if not name.endswith((".yaml", ".yml")):
        raise InputError("scenario", f"must be a .yaml file or one of {', '.join(PRESETS)}", name)
    return load_scenario(name)


def _seen_from(experiment: Path, name: str) -> str:
    """Return a file's path as seen from the experiment's folder; a plain name stays as it is."""
    return str(experiment.parent / name) if name.endswith((".yaml", ".yml", ".py")) else name


def _at(document: Document, path: tuple, read: Callable[[], Any]) -> Any:
    """Do something for a field; a complaint that names no place gets that of the field."""
    try:
        return read()
    except InputError as error:
        if error.where is not None:
            raise
        raise InputError(error.field, error.problem, error.value, where=document.where(path)) from None


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


def _checked_sections(
    file: ExperimentFile, world: Scenario, strategies: dict[str, AnyStrategy], document: Document
) -> SearchSpace | None:
    """Refuse sections that name unknown strategies, or budgets and numbers that these cannot have."""
    others = [name for name in strategies if name != file.base_name]
    for name in SECTIONS:
        chosen = getattr(getattr(file, name), "strategy", None)
        if chosen is not None and chosen not in others:
            problem = f"must be one of {', '.join(others)}"
            raise InputError(f"{name}.strategy", problem, chosen, where=document.where((name, "strategy")))
    if file.saved is not None and file.saved.day is not None:
        day = file.saved.day
        _at(document, ("saved", "day"), lambda: check_day(day, world))
    if file.budget is not None:
        _check_budgets(file.budget, strategies[file.budget.strategy], world, document)
    if file.search is None:
        return None
    here = document.part("search")
    return _at(here, ("strategy",), lambda: file.search.fitted(strategies[file.search.strategy], here))


def _check_budgets(part: BudgetPart, strategy: AnyStrategy, world: Scenario, document: Document) -> None:
    """Refuse budgets that do not rise, that cannot pay a single action, or that the strategy cannot have."""
    if not isinstance(strategy, Strategy):
        problem = "must be one of rules, not a Python program"
        where = document.where(("budget", "strategy"))
        raise InputError("budget.strategy", problem, strategy.name, where=where)
    before = 0.0
    for place, per_year in enumerate(part.per_year):
        where = ("budget", "per_year", place)
        if not per_year > before:
            problem = f"must be above {before:g}: budgets are above 0 and rise"
            raise InputError(f"budget.per_year.{place}", problem, per_year, where=document.where(where))
        before = per_year
        _at(document, where, lambda b=per_year: with_budget(strategy, b, world))
