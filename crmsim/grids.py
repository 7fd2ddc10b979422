"""Many small experiments at once: scenarios and strategies, each pair on the same replications.

Like a tasting: every glass (a cell of the grid) is tried by the same guests (the replications), so that
the glasses can be compared. A guest who chokes on one glass is noted and left out for that glass; the
evening goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from crmsim.checkpoints import Checkpoint
from crmsim.compiling import digest
from crmsim.engines import LARGEST_SEED, engine_for, simulate
from crmsim.errors import InputError, whole_number
from crmsim.memory import check_memory, run_memory
from crmsim.metrics.outcomes import OUTCOMES, outcomes
from crmsim.replications import at_once, check_numbers, replicate
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy
from crmsim.version import VERSION

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Cell", "Grid", "Kept", "check_outcome", "direction", "provenance", "run_grid"]

#: One pair to be run.
Cell = tuple[Scenario, AnyStrategy]
#: Outcomes of one run, and what went wrong (empty where nothing did).
Run = tuple[dict[str, float], str]


@dataclass(frozen=True, eq=False)
class Grid:
    """The outcome of :func:`run_grid`.

    Attributes
    ----------
    cells : tuple of str
        Labels, in the order given.
    replications : tuple of int
        Those that are finished for every cell; fewer than asked for after an interruption.
    asked : int
    values : array, shape (cells, replications, outcomes)
        In the order of :data:`crmsim.metrics.outcomes.OUTCOMES`, in the unit named there; nan where an
        outcome cannot be had, or the run failed.
    problems : dict
        From (cell, replication) to what went wrong.
    """

    cells: tuple[str, ...]
    replications: tuple[int, ...]
    asked: int
    values: np.ndarray
    problems: dict[tuple[str, int], str]

    def of(self, cell: str, outcome: str) -> np.ndarray:
        """Return one value per replication; nan where the run failed or has none."""
        return self.values[self.cells.index(cell), :, list(OUTCOMES).index(outcome)]

    def problem(self, cell: str) -> str:
        """Return what went wrong first in a cell, with its replication; empty where nothing did."""
        found = [(k, text) for (label, k), text in self.problems.items() if label == cell]
        return f"replication {min(found)[0]}: {min(found)[1]}" if found else ""


@dataclass(frozen=True)
class Kept:
    """Where finished replications of grids are kept: a checkpoint, and all that the numbers depend on."""

    checkpoint: Checkpoint
    described: Mapping[str, Any]

    def read(self, cells: Collection[str], first: int) -> dict[int, dict[str, Run]]:
        """Return the replications from `first` on that are there for all cells, numbered from 0."""
        return {
            k - first: {label: (dict(runs[label][0]), runs[label][1]) for label in cells}
            for k, runs in self.checkpoint.read(self.described).items()
            if k >= first and set(cells) <= set(runs)
        }

    def keep(self, number: int, runs: Mapping[str, Run]) -> None:
        """Keep what came out of a replication."""
        self.checkpoint.keep(number, {label: list(run) for label, run in runs.items()}, self.described)


def run_grid(
    cells: Mapping[str, Cell],
    replications: int,
    *,
    first: int = 0,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    progress: Callable[[int, int], None] | None = None,
    kept: Kept | None = None,
) -> Grid:
    """Run every cell on the same replications, several at the same time.

    A run that fails is noted, and all others go on.

    Parameters
    ----------
    cells : mapping
        From a label to the scenario and the strategy.
    replications : int
        At least 1.
    first : int
        Number of the first replication.
    seed, engine, workers, dask, progress
        As in :func:`crmsim.experiments.compare`.
    kept : Kept, optional
        Where finished replications are kept, under their own numbers; those that are there for all cells are
        not run again.

    Returns
    -------
    Grid

    Raises
    ------
    InputError
        For bad numbers, an engine that cannot run a strategy, or too little memory.
    InterruptedRun
        When it was interrupted before two replications were finished.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> from crmsim.strategies import DO_NOTHING
    >>> town = preset("retail").with_values(customers=20, horizon_days=360, entry_days=30)
    >>> grid = run_grid({"calm": (town, DO_NOTHING), "dear": (town.with_values(margin=0.1), DO_NOTHING)}, 2)
    >>> bool((grid.of("calm", "clv") > grid.of("dear", "clv")).all())
    True
    """
    whole_number("replications", replications, 1, 1_000_000)
    # An interval needs two replications, and compare insists on them; here one may be had, without one.
    check_numbers(replications=max(replications, 2), seed=seed, workers=workers, confidence=0.95, dask=dask)
    whole_number("first", first, 0, LARGEST_SEED - replications)
    engines = {label: engine_for(strategy, engine) for label, (_, strategy) in cells.items()}
    if dask is None:
        needs = [
            run_memory(place, strategy, engine=engines[label], log=False)
            for label, (place, strategy) in cells.items()
        ]
        check_memory(max(needs), at_once=at_once(workers, replications * len(cells)))
    done = replicate(
        {
            label: partial(_run, scenario, strategy, seed, first, engines[label])
            for label, (scenario, strategy) in cells.items()
        },
        replications,
        engines=engines.values(),
        workers=workers,
        dask=dask,
        progress=progress,
        known={} if kept is None else kept.read(cells, first),
        keep=None if kept is None else (lambda k, runs: kept.keep(first + k, runs)),
    )
    return _gathered(cells, done, first, replications)


def _run(scenario: Scenario, strategy: AnyStrategy, seed: int, first: int, engine: str, number: int) -> Run:
    """Run one cell once; what goes wrong in it must not stop the others."""
    try:
        ledger = simulate(scenario, strategy, seed=seed, replication=first + number, log=False, engine=engine)
        return outcomes(ledger), ""
    except Exception as error:
        return {}, f"{type(error).__name__}: {error}"


def _gathered(
    cells: Mapping[str, Cell], done: Mapping[int, Mapping[str, Run]], first: int, asked: int
) -> Grid:
    values = np.full((len(cells), len(done), len(OUTCOMES)), np.nan)
    problems = {}
    for place, (k, runs) in enumerate(done.items()):
        for row, label in enumerate(cells):
            found, problem = runs[label]
            if problem:
                problems[label, first + k] = problem
            else:
                values[row, place] = [found[name] for name in OUTCOMES]
    return Grid(tuple(cells), tuple(first + k for k in done), asked, values, problems)


def provenance(
    scenario: Scenario, strategies: Mapping[str, AnyStrategy], seed: int, engine: str, **more: Any
) -> dict[str, Any]:
    """Return all that the numbers of a grid depend on, as JSON can hold it, for a checkpoint."""
    return {
        "crmsim": VERSION,
        "behaviour": digest(),
        "seed": seed,
        "engine": engine,
        "scenario": scenario.model_dump(mode="json"),
        "strategies": {
            label: [s.model_dump(mode="json", by_alias=True), s.as_file()[1]]
            for label, s in strategies.items()
        },
    } | more


def check_outcome(outcome: str) -> str:
    """Return the name of an outcome.

    Raises
    ------
    InputError
        When there is no such outcome.
    """
    if outcome not in OUTCOMES:
        raise InputError("outcome", f"must be one of {', '.join(OUTCOMES)}", outcome)
    return outcome


def direction(outcome: str) -> int:
    """Return 1 where more of an outcome is better, -1 where less is.

    Raises
    ------
    InputError
        When there is no such outcome, or neither is better.

    Examples
    --------
    >>> direction("clv"), direction("wait")
    (1, -1)
    """
    better = OUTCOMES[check_outcome(outcome)].better
    if better == 0:
        raise InputError("outcome", "must be one of which more, or less, is better", outcome)
    return better
