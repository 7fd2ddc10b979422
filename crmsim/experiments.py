"""Many runs: strategies compared on the same customers with the same luck.

One replication is one population. Every strategy meets the same people, so what differs between two
strategies is what the firm did; replications are independent, so differences get honest intervals.
The result does not depend on who did the work, on which engine, or in which order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmsim.branches import check_branches, summarise_branches
from crmsim.checkpoints import Checkpoint, table_as_data, table_from_data
from crmsim.comparison import mean_interval, paired_interval, replications_needed, verdict
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
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy
from crmsim.strategies.programmed import ProgrammedStrategy
from crmsim.summary import Run
from crmsim.version import VERSION

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["TABLES", "Comparison", "check_options", "compare", "mean_table"]

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
Tables = dict[str, pd.DataFrame | pd.Series]
#: One run, measured: outcomes and tables.
Measured = tuple[dict[str, float], Tables]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The outcome of :func:`compare`.

    Attributes
    ----------
    scenario : Scenario
    strategies : tuple of Strategy
        The first is the base that the others are compared with.
    seed : int
    asked : int
        Replications asked for; `finished` has the numbers of those that were finished.
    finished : tuple of int
    runs : DataFrame
        One row per replication, strategy and outcome: ``replication``, ``strategy``, ``outcome``,
        ``value`` (units in :data:`crmsim.metrics.outcomes.OUTCOMES`).
    tables : dict
        Strategy name to table name (see :data:`TABLES`) to its mean over replications.
    engines : dict
        Strategy name to the engine that drove its runs.
    branches : int
        That each population was split into.
    confidence : float
    """

    scenario: Scenario
    strategies: tuple[AnyStrategy, ...]
    seed: int
    asked: int
    finished: tuple[int, ...]
    runs: pd.DataFrame
    tables: dict[str, Tables]
    engines: dict[str, str]
    branches: int = 1
    confidence: float = 0.95

    @property
    def base(self) -> str:
        """Name of the strategy that the others are compared with."""
        return self.strategies[0].name

    def values(self, strategy: str, outcome: str) -> np.ndarray:
        """Return one value per replication, in the order of the replications."""
        table = self.runs
        chosen = table[(table["strategy"] == strategy) & (table["outcome"] == outcome)]
        return chosen.sort_values("replication")["value"].to_numpy()

    def levels(self) -> pd.DataFrame:
        """Return each outcome of each strategy: ``mean``, ``low``, ``high``, ``n``."""
        return pd.DataFrame(
            [
                {"strategy": s.name, "outcome": outcome, "unit": OUTCOMES[outcome].unit}
                | mean_interval(self.values(s.name, outcome), self.confidence)._asdict()
                for s in self.strategies
                for outcome in OUTCOMES
            ]
        )

    def differences(self, precision: float = 0.05) -> pd.DataFrame:
        """Return each strategy's paired difference to the base, outcome by outcome.

        Parameters
        ----------
        precision : float
            An undecided difference counts as known well enough when the interval reaches no
            further than this share of the base's mean to either side.

        Returns
        -------
        DataFrame
            ``strategy``, ``outcome``, ``unit``, ``base`` (mean of the base), ``mean``, ``low``,
            ``high`` (of the difference), ``n``, ``verdict`` (higher, lower, same, undecided),
            ``enough`` (were there enough replications) and ``needed`` (about how many would be).
        """
        rows = []
        for strategy in self.strategies[1:]:
            for outcome in OUTCOMES:
                base, other = self.values(self.base, outcome), self.values(strategy.name, outcome)
                rows.append(
                    {"strategy": strategy.name, "outcome": outcome}
                    | self._difference(base, other, outcome, precision)
                )
        return pd.DataFrame(rows)

    def _difference(
        self, base: np.ndarray, other: np.ndarray, outcome: str, precision: float
    ) -> dict[str, Any]:
        interval = paired_interval(base, other, self.confidence)
        level = mean_interval(base, self.confidence).mean
        decision = verdict(interval)
        wanted = precision * abs(level)
        # What no run can have (nobody called the desk) cannot become known by more runs.
        enough = decision != "undecided" or interval.half_width <= wanted or interval.n == 0
        needed = interval.n
        if not enough and interval.n >= 2 and wanted > 0:
            needed = replications_needed(interval, wanted, self.confidence)
        return (
            {"unit": OUTCOMES[outcome].unit, "base": level}
            | interval._asdict()
            | {"verdict": decision, "enough": bool(enough), "needed": needed}
        )


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

    Returns
    -------
    Comparison
        After an interruption (Ctrl-C) it holds the replications finished until then.

    Raises
    ------
    InputError
        For bad numbers, more branches than customers, fewer than two strategies, two of the same name,
        an engine that cannot run one of them, too little memory, a cluster that cannot be reached, or the
        checkpoint of something else.
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
    kept = Checkpoint(checkpoint) if isinstance(checkpoint, str | Path) else checkpoint
    experiment = _experiment(scenario, strategies, seed, branches, engines)
    done = replicate(
        {s.name: partial(_measure, scenario, s, seed, branches, engines[s.name]) for s in strategies},
        replications,
        engines=engines.values(),
        workers=workers,
        dask=dask,
        progress=progress,
        known=kept and _from_data(kept.read(experiment)),
        keep=kept and (lambda k, results: kept.keep(k, _as_data(results), experiment)),
    )
    if kept is not checkpoint and len(done) == replications:
        kept.remove()
    return _gather(scenario, tuple(strategies), seed, replications, done, engines, branches, confidence)


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
        checkpoint.read(_experiment(scenario, strategies, seed, branches, engines))
    return engines


def _experiment(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    seed: int,
    branches: int,
    engines: dict[str, str],
) -> dict[str, Any]:
    """Return all that the numbers of a comparison depend on, and what its report says of it."""
    return {
        "crmsim": VERSION,
        "behaviour": digest(),
        "seed": seed,
        "branches": branches,
        "scenario": scenario.model_dump(mode="json"),
        "strategies": [strategy.name for strategy in strategies],
        "strategy": {s.name: s.model_dump(mode="json", by_alias=True) for s in strategies},
        "text": {s.name: s.as_file()[1] for s in strategies if isinstance(s, ProgrammedStrategy)},
        "engine": engines,
    }


def _as_data(results: dict[str, Measured]) -> dict[str, Any]:
    """Return what was measured of one replication as JSON can hold it."""
    return {
        strategy: [found, {name: table_as_data(table) for name, table in tables.items()}]
        for strategy, (found, tables) in results.items()
    }


def _from_data(kept: dict[int, Any]) -> dict[int, dict[str, Measured]]:
    return {
        k: {
            strategy: (found, {name: table_from_data(table) for name, table in tables.items()})
            for strategy, (found, tables) in results.items()
        }
        for k, results in kept.items()
    }


def _measure(
    scenario: Scenario, strategy: AnyStrategy, seed: int, branches: int, engine: str, replication: int
) -> Measured:
    """Run one population under one strategy; keep outcomes and tables only."""
    run: Run
    options = {"seed": seed, "replication": replication, "engine": engine}
    if branches == 1:
        run = simulate(scenario, strategy, log=False, **options)
    else:
        run = summarise_branches(scenario, strategy, branches=branches, **options)
    return outcomes(run), {name: table(run) for name, table in TABLES.items()}


def _gather(
    scenario: Scenario,
    strategies: tuple[AnyStrategy, ...],
    seed: int,
    asked: int,
    done: dict[int, dict[str, Measured]],
    engines: dict[str, str],
    branches: int,
    confidence: float,
) -> Comparison:
    finished = tuple(done)
    runs = pd.DataFrame(
        [
            {"replication": k, "strategy": s.name, "outcome": outcome, "value": value}
            for k in finished
            for s in strategies
            for outcome, value in done[k][s.name][0].items()
        ]
    )
    tables = {
        s.name: {name: mean_table([done[k][s.name][1][name] for k in finished]) for name in TABLES}
        for s in strategies
    }
    return Comparison(
        scenario, strategies, seed, asked, finished, runs, tables, engines, branches, confidence
    )


def mean_table(tables: list[pd.DataFrame | pd.Series]) -> pd.DataFrame | pd.Series:
    """Return the cell-wise mean of tables of the same shape; a cell that is nan in a run is left out."""
    joined = pd.concat(tables, keys=range(len(tables)))
    levels = list(range(1, joined.index.nlevels))
    return joined.groupby(level=levels, sort=False).mean()
