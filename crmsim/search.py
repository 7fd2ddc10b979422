"""The best numbers for a strategy: a search that does not fool itself.

Like casting: many audition before the same jury (the same replications, with the same luck), and the best
is engaged. Whoever wins an audition was also lucky on the day; so the winner then plays on evenings that
the jury has not seen (a hold-out set of replications), and only these count as what to expect.

Which numbers are tried next is proposed by Optuna (Akiba et al. 2019) with the tree-structured Parzen
estimator (Bergstra et al. 2011), some at a time, so that their runs keep all workers busy. How many at a
time belongs to the search, not to the machine: with the same seed the same numbers are tried, whatever
the workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import mean_interval
from crmsim.engines import LARGEST_SEED, engine_for
from crmsim.errors import InputError, InterruptedRun, whole_number
from crmsim.field_paths import with_numbers
from crmsim.grids import Grid, direction, provenance, run_grid
from crmsim.rule_records import rule_records
from crmsim.scenario import Scenario
from crmsim.search_result import SearchResult, Trial, chosen, holdout_table
from crmsim.search_space import SearchSpace
from crmsim.strategies import Strategy

if TYPE_CHECKING:
    import optuna
    from distributed import Client

__all__ = ["optimise"]


@dataclass(frozen=True)
class _Settings:
    """How the runs of a search are done."""

    scenario: Scenario
    strategy: Strategy
    space: SearchSpace
    replications: int
    options: dict[str, Any]


def optimise(
    scenario: Scenario,
    strategy: Strategy,
    space: SearchSpace,
    *,
    trials: int = 60,
    replications: int = 10,
    holdout: int = 20,
    at_once: int = 4,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
) -> SearchResult:
    """Search for the best numbers of a strategy.

    Parameters
    ----------
    scenario : Scenario
    strategy : Strategy
        Whose numbers are changed; as it is, it is the first trial (if its numbers lie in the space) and
        what the winner is compared with.
    space : SearchSpace
    trials : int
        Sets of numbers to try.
    replications : int
        Of every trial, the same for all: replications 0, 1, and so on.
    holdout : int
        Further replications, on which only the winner (or the Pareto front) and the strategy as it was
        are run.
    at_once : int
        Trials that are proposed together, before the results of any of them are known.
    seed : int
        Of the luck in the runs and of the proposals.
    engine, workers, dask, confidence
        As in :func:`crmsim.experiments.compare`.
    progress : callable, optional
        Called with (trials finished, trials asked for).
    checkpoint : str, Path or Checkpoint, optional
        Folder in which finished trials are kept. If it holds the beginning of this very search, they are
        not run again, and the result is that of a search without interruption. A folder is removed when
        the search is finished; a :class:`~crmsim.checkpoints.Checkpoint` (made with
        ``unit="trial"``) stays, and then more trials can be asked for later.

    Returns
    -------
    SearchResult
        After an interruption (Ctrl-C) it holds what was tried until then.

    Raises
    ------
    InputError
        For bad numbers, a space that does not fit the strategy, or the checkpoint of something else.
    InterruptedRun
        When it was interrupted before the first trials were finished.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> from crmsim.search_space import SearchNumber
    >>> town = preset("retail").with_values(customers=40, horizon_days=420)
    >>> share = SearchNumber(path="rules[0].pick.top_share", low=0.02, high=0.5)
    >>> best = optimise(town, find_strategy("save_risk"), SearchSpace(numbers=[share]), trials=4,
    ...               replications=2, holdout=2, workers=1)
    >>> best.trials["state"].tolist(), len(best.winners)
    (['kept', 'kept', 'kept', 'kept'], 1)
    """
    for name, value, low in (("trials", trials, 1), ("holdout", holdout, 1), ("at_once", at_once, 1)):
        whole_number(name, value, low, 1_000_000)
    mean_interval(np.zeros(2), confidence)
    whole_number("seed", seed, 0, LARGEST_SEED)
    space = space.fitted(strategy)
    rule_records(strategy, scenario)
    kept = Checkpoint(checkpoint, "trial") if isinstance(checkpoint, str | Path) else checkpoint
    options = {"seed": seed, "engine": engine, "workers": workers, "dask": dask}
    settings = _Settings(scenario, strategy, space, replications, options)
    journal = _Journal(kept, settings, at_once)
    # What the winner is compared with comes first: after Ctrl-C nothing new is begun.
    before = _start(settings)
    tried = _tried(settings, journal, trials, at_once, progress)
    if not tried:
        raise InterruptedRun("interrupted before the first trials were finished; nothing was kept")
    start = tried[0] if before is None else before
    winners = chosen(tried, space)
    grid = (
        _held_out(settings, [tried[number] for number in winners], holdout) if len(tried) == trials else None
    )
    result = SearchResult(
        scenario=scenario,
        strategy=strategy,
        space=space,
        start=start,
        engine=engine_for(strategy, engine),
        seed=seed,
        asked=trials,
        replications=replications,
        held_out=(holdout, 0 if grid is None else len(grid.replications)),
        tried=tuple(tried),
        winners=tuple(winners),
        holdout=holdout_table([tried[number] for number in winners], start, grid, space, confidence),
        problems={} if grid is None else {label: grid.problem(label) for label in grid.cells},
        confidence=confidence,
    )
    if kept is not None and kept is not checkpoint and result.complete:
        kept.remove()
    return result


class _Journal:
    """Finished trials of earlier, and a place for new ones."""

    def __init__(self, kept: Checkpoint | None, settings: _Settings, at_once: int):
        self._kept = kept
        self._described = provenance(
            settings.scenario,
            {"start": settings.strategy},
            settings.options["seed"],
            settings.options["engine"],
            space=settings.space.model_dump(mode="json"),
            replications=settings.replications,
            at_once=at_once,
            # Another version may propose other numbers.
            optuna=version("optuna"),
        )
        self._known = kept.read(self._described) if kept is not None else {}

    def known(self, number: int, numbers: dict[str, float | int]) -> Trial | None:
        """Return the trial of that number if it was finished earlier.

        Raises
        ------
        InputError
            When it was another one.
        """
        if number not in self._known:
            return None
        trial = Trial.from_data(self._known[number])
        if trial.numbers != numbers:
            raise InputError("checkpoint", "holds trials that this search would not try", number)
        return trial

    def keep(self, trial: Trial) -> None:
        if self._kept is not None:
            self._kept.keep(trial.number, trial.as_data(), self._described)


def _tried(
    settings: _Settings,
    journal: _Journal,
    trials: int,
    at_once: int,
    progress: Callable[[int, int], None] | None,
) -> list[Trial]:
    """Propose, run and judge, a few trials at a time; return those finished until an interruption."""
    done: list[Trial] = []
    # A run that is under way hears Ctrl-C itself (see replicate); here it may come between two.
    with suppress(KeyboardInterrupt), _study(settings) as (study, distributions):
        start = settings.space.start(settings.strategy)
        if start is not None:
            study.enqueue_trial(start)
        while len(done) < trials:
            asked = [study.ask(distributions) for _ in range(min(at_once, trials - len(done)))]
            proposed = {trial.number: _numbers(trial.params, settings.space) for trial in asked}
            found = _batch(settings, journal, proposed, done)
            if found is None:
                break
            for trial, result in zip(asked, found, strict=True):
                _tell(study, trial, result, settings.space)
            done += found
            if progress is not None:
                progress(len(done), trials)
    return done


@contextmanager
def _study(settings: _Settings) -> Iterator[tuple[optuna.Study, dict]]:
    """Give a study that proposes trials, with its distributions; Optuna's own messages are left out."""
    import optuna  # only who searches waits for it

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield (
            optuna.create_study(
                directions=[
                    "maximize" if direction(o) > 0 else "minimize" for o in settings.space.objectives
                ],
                sampler=optuna.samplers.TPESampler(seed=settings.options["seed"], constant_liar=True),
            ),
            {
                number.path: optuna.distributions.IntDistribution(
                    int(number.low), int(number.high), log=number.log, step=int(number.step or 1)
                )
                if number.integer
                else optuna.distributions.FloatDistribution(
                    number.low, number.high, log=number.log, step=number.step
                )
                for number in settings.space.numbers
            },
        )
    finally:
        optuna.logging.set_verbosity(before)


def _numbers(proposed: dict[str, Any], space: SearchSpace) -> dict[str, float | int]:
    """Return the numbers of a trial as the strategy's YAML would have them."""
    return {
        number.path: int(proposed[number.path]) if number.integer else float(proposed[number.path])
        for number in space.numbers
    }


def _batch(
    settings: _Settings, journal: _Journal, proposed: dict[int, dict[str, float | int]], done: list[Trial]
) -> list[Trial] | None:
    """Return the results of proposed trials, in their order; None if that was interrupted.

    What was tried before is not run again: the same numbers meet the same luck.
    """
    found: dict[int, Trial] = {}
    cells = {}
    seen = {tuple(trial.numbers.items()): trial for trial in done}
    for number, numbers in proposed.items():
        earlier, same = journal.known(number, numbers), seen.get(tuple(numbers.items()))
        if earlier is not None:
            found[number] = earlier
        elif same is not None:
            found[number] = same.again(number)
        else:
            try:
                candidate = with_numbers(settings.strategy, numbers)
                rule_records(candidate, settings.scenario)
                cells[str(number)] = (settings.scenario, candidate)
            except InputError as error:
                found[number] = Trial(number, numbers, "refused", str(error), {})
    grid = _run(settings, cells)
    if cells and (grid is None or len(grid.replications) < settings.replications):
        return None
    for label in cells:
        number = int(label)
        values = {outcome: tuple(grid.of(label, outcome).tolist()) for outcome in settings.space.outcomes}
        found[number] = Trial.judged(number, proposed[number], values, grid.problem(label), settings.space)
    for number in proposed:
        if journal.known(number, proposed[number]) is None:
            journal.keep(found[number])
    return [found[number] for number in proposed]


def _start(settings: _Settings) -> Trial | None:
    """Return the strategy as it was on the replications of the search; None if it is the first trial.

    Raises
    ------
    InterruptedRun
        When it was interrupted.
    """
    if settings.space.start(settings.strategy) is not None:
        return None
    grid = _run(settings, {"start": (settings.scenario, settings.strategy)})
    if grid is None or len(grid.replications) < settings.replications:
        raise InterruptedRun("interrupted before the first trials were finished; nothing was kept")
    values = {outcome: tuple(grid.of("start", outcome).tolist()) for outcome in settings.space.outcomes}
    return Trial.judged(-1, {}, values, grid.problem("start"), settings.space)


def _run(settings: _Settings, cells: dict) -> Grid | None:
    """Run candidates on the replications of the search; None if that was interrupted."""
    if not cells:
        return None
    try:
        return run_grid(cells, settings.replications, **settings.options)
    except InterruptedRun:
        return None


def _tell(study: optuna.Study, trial: optuna.Trial, result: Trial, space: SearchSpace) -> None:
    """Tell Optuna what came out; of what could not be run it learns that only."""
    from optuna.trial import TrialState

    if result.state in ("refused", "failed"):
        study.tell(trial, state=TrialState.FAIL)
        return
    for constraint in space.constraints:
        # Relative, so that a budget in thousands does not outweigh a share.
        scale = max(abs(end) for end in (constraint.min, constraint.max) if end is not None)
        violation = constraint.violation(result.mean(constraint.outcome))
        trial.set_constraint(constraint.outcome, violation / (scale or 1.0))
    study.tell(trial, [result.mean(outcome) for outcome in space.objectives])


def _held_out(settings: _Settings, winners: list[Trial], holdout: int) -> Grid | None:
    """Run the winners, and the strategy as it was, on replications that no trial has seen."""
    if not winners:
        return None
    cells = {"start": (settings.scenario, settings.strategy)}
    for trial in winners:
        cells[str(trial.number)] = (settings.scenario, with_numbers(settings.strategy, trial.numbers))
    try:
        return run_grid(cells, holdout, first=settings.replications, **settings.options)
    except InterruptedRun:
        return None
