"""Strategies in many worlds that differ by what one is unsure of, on the same replications.

Like one crew in many weathers: the crew and the boat stay the same, and so does each sailor's luck; only
wind and waves are others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crmsim.checkpoints import Checkpoint
from crmsim.engines import engine_for
from crmsim.errors import InputError, InterruptedRun, whole_number
from crmsim.field_paths import with_numbers
from crmsim.grids import provenance, run_grid
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.rule_records import rule_records
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Worlds", "run_worlds"]

#: Worlds that are run together, and kept or lost together when somebody presses Ctrl-C.
_TOGETHER = 16


@dataclass(frozen=True, eq=False)
class Worlds:
    """The outcome of :func:`run_worlds`.

    Attributes
    ----------
    numbers : tuple of dict
        What was set in each world, by path.
    strategies : tuple of str
    values : array, shape (worlds, strategies, replications, outcomes)
        In the order of :data:`crmsim.metrics.outcomes.OUTCOMES`; nan where a run failed, was not done, or
        has no such outcome.
    problems : dict
        From the number of a world to what went wrong there first.
    unfinished : tuple of int
        Worlds that an interruption left undone.
    engines : dict
        From the name of a strategy to what drove its runs.
    """

    numbers: tuple[dict[str, float | int], ...]
    strategies: tuple[str, ...]
    values: np.ndarray
    problems: dict[int, str]
    unfinished: tuple[int, ...] = ()
    engines: dict[str, str] = field(default_factory=dict)

    def of(self, world: int, strategy: str, outcome: str) -> np.ndarray:
        """Return one value per replication."""
        return self.values[world, self.strategies.index(strategy), :, list(OUTCOMES).index(outcome)]

    def measured(self, world: int, strategy: str, base: str | None, outcome: str) -> np.ndarray:
        """Return the outcome per replication, or its paired difference to the base where there is one."""
        values = self.of(world, strategy, outcome)
        return values if base is None else values - self.of(world, base, outcome)

    def problem(self, world: int) -> str:
        """Return what went wrong first in a world; empty where nothing did."""
        return "interrupted" if world in self.unfinished else self.problems.get(world, "")


def run_worlds(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    numbers: Sequence[Mapping[str, float | int]],
    replications: int,
    *,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
) -> Worlds:
    """Run strategies in worlds that differ from a scenario by some numbers.

    A world that no scenario can be (its numbers do not fit each other) is left out with the reason, a run
    that fails is noted, and all others go on.

    Parameters
    ----------
    scenario : Scenario
    strategies : sequence of Strategy or ProgrammedStrategy
        With different names.
    numbers : sequence of mapping
        For each world, from paths to values; empty for the scenario as it is.
    replications : int
        Of every world and strategy, the same for all.
    seed, engine, workers, dask
        As in :func:`crmsim.experiments.compare`.
    progress : callable, optional
        Called with (worlds finished, worlds asked for).
    checkpoint : str, Path or Checkpoint, optional
        Folder in which finished worlds are kept until all are there; those of an earlier run that was
        interrupted or killed are not run again. (Whoever gives a
        :class:`~crmsim.checkpoints.Checkpoint`, made with ``unit="worlds"``, removes it, too.)

    Returns
    -------
    Worlds
        After an interruption (Ctrl-C) with what was finished until then.

    Raises
    ------
    InputError
        For bad numbers, strategies of the same name or in another currency, the checkpoint of something
        else, when no world can be, or when every run failed.
    InterruptedRun
        When it was interrupted before the first worlds were finished.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> from crmsim.strategies import DO_NOTHING
    >>> town = preset("retail").with_values(customers=20, horizon_days=360, entry_days=30)
    >>> found = run_worlds(town, [DO_NOTHING], [{}, {"money.margin": 0.1}, {"money.margin": 7}], 2)
    >>> bool((found.of(0, "do_nothing", "clv") > found.of(1, "do_nothing", "clv")).all())
    True
    >>> found.problem(2)
    'money.margin: must be a number from 0 to 1 (share), got 7'
    """
    whole_number("replications", replications, 1, 1_000_000)
    names = [strategy.name for strategy in strategies]
    for strategy in strategies:
        if names.count(strategy.name) > 1:
            raise InputError("strategies", "must have different names", strategy.name)
        rule_records(strategy, scenario)
    places, refused = _places(scenario, numbers)
    if not places:
        raise InputError("worlds", f"can all not be; the first: {refused[0]}")
    kept = Checkpoint(checkpoint, "worlds") if isinstance(checkpoint, str | Path) else checkpoint
    described = provenance(
        scenario,
        {s.name: s for s in strategies},
        seed,
        engine,
        worlds=[dict(n) for n in numbers],
        replications=replications,
    )
    known = kept.read(described) if kept is not None else {}
    options = {"seed": seed, "engine": engine, "workers": workers, "dask": dask}
    values = np.full((len(numbers), len(names), replications, len(OUTCOMES)), np.nan)
    problems, done = dict(refused), list(refused)
    # A run that is under way hears Ctrl-C itself (see replicate); here it may come between two.
    with suppress(KeyboardInterrupt):
        for number, block in enumerate(_blocks(places)):
            found = known.get(number)
            if found is None:
                found = _run_block(
                    {world: places[world] for world in block}, strategies, replications, options
                )
                if found is None:
                    break
                if kept is not None:
                    kept.keep(number, found, described)
            for world, result, problem in zip(block, *found, strict=True):
                values[world] = result
                if problem:
                    problems[world] = problem
            done += block
            if progress is not None:
                progress(len(done), len(numbers))
    unfinished = tuple(sorted(set(places) - set(done)))
    if len(unfinished) == len(places):
        raise InterruptedRun("interrupted before the first worlds were finished; nothing was kept")
    if np.isnan(values).all():
        world = min(problems)
        raise InputError("runs", f"have all failed; world {world}: {problems[world]}")
    if kept is not None and kept is not checkpoint and not unfinished:
        kept.remove()
    engines = {strategy.name: engine_for(strategy, engine) for strategy in strategies}
    return Worlds(tuple(dict(n) for n in numbers), tuple(names), values, problems, unfinished, engines)


def _places(
    scenario: Scenario, numbers: Sequence[Mapping[str, float | int]]
) -> tuple[dict[int, Scenario], dict[int, str]]:
    """Return the scenarios of the worlds that can be, and why the others cannot."""
    places, refused = {}, {}
    for world, changes in enumerate(numbers):
        try:
            places[world] = with_numbers(scenario, changes) if changes else scenario
        except InputError as error:
            refused[world] = str(error)
    return places, refused


def _blocks(places: Mapping[int, Scenario]) -> Iterator[list[int]]:
    worlds = list(places)
    for start in range(0, len(worlds), _TOGETHER):
        yield worlds[start : start + _TOGETHER]


def _run_block(
    places: Mapping[int, Scenario],
    strategies: Sequence[AnyStrategy],
    replications: int,
    options: dict[str, Any],
) -> tuple[list, list[str]] | None:
    """Return values and the first problem of some worlds, as JSON can hold them; None if interrupted."""
    cells = {
        _label(world, strategy): (place, strategy)
        for world, place in places.items()
        for strategy in strategies
    }
    try:
        grid = run_grid(cells, replications, **options)
    except InterruptedRun:
        return None
    if len(grid.replications) < replications:
        return None
    problems = []
    for world in places:
        told = {s.name: grid.problem(_label(world, s)) for s in strategies}
        problems.append(next((f"{name}, {text}" for name, text in told.items() if text), ""))
    return grid.values.reshape(len(places), len(strategies), replications, -1).tolist(), problems


def _label(world: int, strategy: AnyStrategy) -> str:
    return f"{world} {strategy.name}"
