"""Many runs: strategies compared on the same customers with the same luck.

One replication is one population. Every strategy meets the same people, so what differs between two
strategies is what the firm did; replications are independent, so differences get honest intervals.
The result does not depend on who did the work, on which engine, or in which order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmsim.branches import check_branches, summarise_branches
from crmsim.checkpoints import Checkpoint, table_as_data, table_from_data
from crmsim.comparison_result import Comparison, Tables, mean_table
from crmsim.compiling import digest
from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError
from crmsim.memory import check_memory, run_memory
from crmsim.metrics.clv import value_by_component, value_by_tier
from crmsim.metrics.loyalty import stage_shares
from crmsim.metrics.outcomes import OUTCOMES, outcomes
from crmsim.metrics.retention import losses_by_cause, retention_curve
from crmsim.metrics.satisfaction import satisfaction_by_month, satisfaction_by_tier
from crmsim.metrics.tiers import tier_transitions
from crmsim.replications import at_once, check_numbers, replicate
from crmsim.rule_records import rule_records
from crmsim.run_customers import CustomerSheets
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy
from crmsim.strategies.programmed import ProgrammedStrategy
from crmsim.summary import Run
from crmsim.version import VERSION

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["TABLES", "Experiment", "Measured", "check_customers", "check_options", "compare"]

#: Tables kept of every run; a comparison holds their means over replications.
TABLES: dict[str, Callable[[Run], pd.DataFrame | pd.Series]] = {
    "components": value_by_component,
    "tier_clv": value_by_tier,
    "tier_satisfaction": satisfaction_by_tier,
    "tier_transitions": tier_transitions,
    "causes": losses_by_cause,
    "satisfaction": satisfaction_by_month,
    "stages": stage_shares,
    "retention": retention_curve,
}
#: One run, measured: outcomes and tables; or what went wrong.
Measured = tuple[dict[str, float], Tables] | str


@dataclass(frozen=True, eq=False)
class Experiment:
    """Strategies on the same customers with the same luck, replication by replication.

    Parameters
    ----------
    scenario, strategies, seed, branches, confidence
        As in :func:`compare`.
    engines : dict
        From the name of a strategy to what drives its runs (:func:`check_options`).
    customers : CustomerSheets, optional
        Where the customers of every run are written to.
    """

    scenario: Scenario
    strategies: tuple[AnyStrategy, ...]
    seed: int
    branches: int
    engines: dict[str, str]
    confidence: float
    customers: CustomerSheets | None = None

    def description(self) -> dict[str, Any]:
        """Return all that the numbers depend on, and what a report says of them, as JSON can hold it."""
        chosen = self.strategies
        return {
            "crmsim": VERSION,
            "behaviour": digest(),
            "seed": self.seed,
            "branches": self.branches,
            "scenario": self.scenario.model_dump(mode="json"),
            "strategies": [strategy.name for strategy in chosen],
            "strategy": {s.name: s.model_dump(mode="json", by_alias=True) for s in chosen},
            "text": {s.name: s.as_file()[1] for s in chosen if isinstance(s, ProgrammedStrategy)},
            "engine": self.engines,
        }

    def run(
        self,
        replications: int,
        *,
        only: Sequence[str] | None = None,
        known: Mapping[int, dict[str, Measured]] | None = None,
        keep: Callable[[int, dict[str, Measured]], None] | None = None,
        **options: Any,
    ) -> dict[int, dict[str, Measured]]:
        """Measure what is not known of so many replications; as :func:`crmsim.replications.replicate`.

        Parameters
        ----------
        only : sequence of str, optional
            Names of the strategies to run; the default is all.
        **options
            ``workers``, ``dask``, ``progress``.
        """
        more = {} if self.customers is None else {"customers": self.customers}
        arms = {
            s.name: partial(
                _measure, self.scenario, s, self.seed, self.branches, self.engines[s.name], **more
            )
            for s in self.strategies
            if only is None or s.name in only
        }
        engines = [self.engines[name] for name in arms]
        return replicate(arms, replications, engines=engines, known=known, keep=keep, **options)

    def read(self, checkpoint: Checkpoint | None, **more: Any) -> dict[int, dict[str, Measured]]:
        """Return what a checkpoint holds of this experiment; `more` is what else it depends on."""
        if checkpoint is None:
            return {}
        known = _from_data(checkpoint.read(self.description() | more))
        if self.customers is None:
            return known
        # What was finished without its customers, or has lost them, is run again.
        return {k: found for k, found in known.items() if self.customers.has(_worked(found), k)}

    def keeper(
        self, checkpoint: Checkpoint | None, **more: Any
    ) -> Callable[[int, dict[str, Measured]], None] | None:
        """Return a function that keeps a replication in a checkpoint; None where there is none."""
        if checkpoint is None:
            return None
        described = self.description() | more
        return lambda k, results: checkpoint.keep(k, _as_data(results), described)

    def gathered(self, done: Mapping[int, dict[str, Measured]], asked: int) -> Comparison:
        """Return the comparison of what was measured.

        Raises
        ------
        InputError
            When the base, or all others, failed in every replication.
        """
        problems = {
            (s.name, k): found
            for s in self.strategies
            for k, results in done.items()
            if isinstance(found := results[s.name], str)
        }
        left = tuple(s for s in self.strategies if any((s.name, k) not in problems for k in done))
        gone = [s.name for s in self.strategies if s not in left]
        if self.strategies[0].name in gone or len(left) < 2:
            k = min(done)
            problem = f"{gone[0]} failed in every replication; in number {k}: {problems[gone[0], k]}"
            raise InputError("strategies", problem)
        runs, tables = self._tables(done, left)
        return Comparison(
            scenario=self.scenario,
            strategies=left,
            seed=self.seed,
            asked=asked,
            finished=tuple(done),
            runs=runs,
            tables=tables,
            engines={s.name: self.engines[s.name] for s in left},
            branches=self.branches,
            confidence=self.confidence,
            problems=problems,
        )

    def _tables(
        self, done: Mapping[int, dict[str, Measured]], strategies: Sequence[AnyStrategy]
    ) -> tuple[pd.DataFrame, dict[str, Tables]]:
        """Return outcomes run by run (nan where it failed), and by strategy the means of its tables."""
        nothing = dict.fromkeys(OUTCOMES, math.nan)
        rows: list[dict[str, Any]] = []
        tables: dict[str, list[Tables]] = {s.name: [] for s in strategies}
        for k, results in done.items():
            for name, kept in tables.items():
                found = results[name]
                values = nothing if isinstance(found, str) else found[0]
                rows += [
                    {"replication": k, "strategy": name, "outcome": outcome, "value": values[outcome]}
                    for outcome in OUTCOMES
                ]
                if not isinstance(found, str):
                    kept.append(found[1])
        means = {
            name: {table: mean_table([run[table] for run in kept]) for table in TABLES}
            for name, kept in tables.items()
        }
        return pd.DataFrame(rows), means


def compare(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    *,
    replications: int = 20,
    seed: int = 1,
    branches: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
    customers: CustomerSheets | None = None,
) -> Comparison:
    """Run several strategies on the same replications and compare them with the first.

    Parameters
    ----------
    scenario : Scenario
    strategies : sequence of Strategy
        At least two, with different names; the first is the base.
    replications : int
        Independent populations, at least 2.
    seed : int
    branches : int
        Parts that each population is split into, each with its own desk, tiers and reputation
        (:mod:`crmsim.branches`).
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; the numbers do not depend on it.
    workers : int, optional
        Runs at the same time, in threads or processes (:func:`crmsim.replications.replicate` says
        which); the default is one per core. The result does not depend on it.
    dask : str or distributed.Client, optional
        Address of a Dask scheduler, or a client of one, in place of workers on this machine. Needs the
        extra ``crmsim[dask]``.
    confidence : float
        Of the intervals, strictly between 0 and 1.
    progress : callable, optional
        Called with (replications finished, replications asked for).
    checkpoint : str or Path, optional
        Folder in which finished replications are kept until all are there. If it holds some of this
        very comparison, from a run that was interrupted or killed, they are not done again; the result
        is the same. (Whoever gives a :class:`~crmsim.checkpoints.Checkpoint` removes it, too.)
    customers : CustomerSheets, optional
        Where the customers of every run are written to (:func:`crmsim.run_customers.customer_rows`); not
        with branches, which keep a line per customer only, or Dask, whose workers have other disks.

    Returns
    -------
    Comparison
        After an interruption (Ctrl-C) it holds the replications finished until then. A run that fails is
        noted in its ``problems``, and all others go on; a strategy that fails in every run is left out.

    Raises
    ------
    InputError
        When the base, or all others, failed in every run; for bad numbers, more branches than customers,
        fewer than two strategies, two of the same name, an engine that cannot run one of them, too little
        memory, a cluster that cannot be reached, or the checkpoint of something else.
    InterruptedRun
        When it was interrupted before two replications were finished.

    Examples
    --------
    >>> from crmsim import compare, find_strategy, preset
    >>> town = preset("retail").with_values(customers=30, horizon_days=420)
    >>> both = [find_strategy("do_nothing"), find_strategy("price_cut")]
    >>> result = compare(town, both, replications=2, workers=1)
    >>> result.differences().query("outcome == 'clv'")["n"].item()
    2
    """
    engines = check_options(
        scenario,
        strategies,
        replications=replications,
        seed=seed,
        branches=branches,
        engine=engine,
        workers=workers,
        dask=dask,
        confidence=confidence,
    )
    check_customers(customers, branches, dask)
    experiment = Experiment(scenario, tuple(strategies), seed, branches, engines, confidence, customers)
    kept = Checkpoint(checkpoint) if isinstance(checkpoint, str | Path) else checkpoint
    done = experiment.run(
        replications,
        known=experiment.read(kept),
        keep=experiment.keeper(kept),
        workers=workers,
        dask=dask,
        progress=progress,
    )
    found = experiment.gathered(done, replications)
    if kept is not None and kept is not checkpoint and len(done) == replications:
        kept.remove()
    return found


def check_options(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    *,
    replications: int,
    seed: int,
    branches: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    checkpoint: Checkpoint | None = None,
) -> dict[str, str]:
    """Refuse what :func:`compare` cannot use, before any work is begun.

    Returns
    -------
    dict
        The engine that will run each strategy, by its name.

    Raises
    ------
    InputError
    """
    if len(strategies) < 2:
        raise InputError("strategies", "must be at least two, the base first", len(strategies))
    names = [strategy.name for strategy in strategies]
    for name in names:
        if names.count(name) > 1:
            raise InputError("strategies", "must have different names", name)
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=confidence, dask=dask)
    check_branches(branches, scenario)
    engines = {strategy.name: engine_for(strategy, engine) for strategy in strategies}
    for strategy in strategies:
        rule_records(strategy, scenario)
    if dask is None:
        runs = at_once(workers, replications * len(strategies))
        needs = [
            run_memory(scenario, s, engine=engines[s.name], log=False, branches=branches) for s in strategies
        ]
        check_memory(max(needs), at_once=runs)
    if checkpoint is not None:
        Experiment(scenario, tuple(strategies), seed, branches, engines, confidence).read(checkpoint)
    return engines


def check_customers(customers: CustomerSheets | None, branches: int, dask: str | Client | None) -> None:
    """Refuse to write customers where nobody has them.

    Raises
    ------
    InputError
    """
    if customers is not None and (branches > 1 or dask is not None):
        raise InputError("customers", "must be left out with branches and dask")


def _worked(results: Mapping[str, Measured]) -> list[str]:
    return [strategy for strategy, found in results.items() if not isinstance(found, str)]


def _as_data(results: dict[str, Measured]) -> dict[str, Any]:
    """Return what was measured of one replication as JSON can hold it."""
    return {
        strategy: found
        if isinstance(found, str)
        else [found[0], {name: table_as_data(table) for name, table in found[1].items()}]
        for strategy, found in results.items()
    }


def _from_data(kept: dict[int, Any]) -> dict[int, dict[str, Measured]]:
    return {
        k: {
            strategy: found
            if isinstance(found, str)
            else (found[0], {name: table_from_data(table) for name, table in found[1].items()})
            for strategy, found in results.items()
        }
        for k, results in kept.items()
    }


def _measure(
    scenario: Scenario,
    strategy: AnyStrategy,
    seed: int,
    branches: int,
    engine: str,
    replication: int,
    customers: CustomerSheets | None = None,
) -> Measured:
    """Run one population under one strategy; keep outcomes and tables only.

    What goes wrong in it (a strategy written in Python may do anything) must not stop the others.
    """
    run: Run
    options = {"seed": seed, "replication": replication, "engine": engine}
    try:
        if branches == 1:
            run = simulate(scenario, strategy, log=False, **options)
        else:
            run = summarise_branches(scenario, strategy, branches=branches, **options)
        found = outcomes(run), {name: table(run) for name, table in TABLES.items()}
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if customers is not None:  # a disk that is full is no failure of the strategy
        customers.write(run, strategy.name, replication)
    return found
