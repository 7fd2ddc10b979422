"""The best of several strategies, with the probability that it is, for as few runs as that takes.

Like a casting in rounds: whoever is clearly behind goes home, and the time is spent on the others. All
strategies that are still in meet the same customers with the same luck, which makes rounds few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.errors import InputError, InterruptedRun
from crmsim.experiments import Experiment, Measured, check_options
from crmsim.grids import direction
from crmsim.kim_nelson import KimNelson, check_race, kim_nelson
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.replications import at_once
from crmsim.scenario import Scenario
from crmsim.store import Record
from crmsim.strategies import AnyStrategy

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Selection", "select_best"]

#: Runs called out together to a cluster, whose size is not known.
_ON_CLUSTER = 32


@dataclass(frozen=True, eq=False)
class Selection:
    """The outcome of :func:`select_best`.

    Attributes
    ----------
    best : str
    guaranteed : bool
        Whether it was picked with the probability asked for. If not, `at_most` replications were not enough:
        it is the one with the best mean, and no more is said.
    table : DataFrame
        One row per strategy: ``strategy``, ``replications`` (made of it until it was out), ``mean`` over
        these, ``unit``, ``fate`` (``best``, ``out``, ``left`` where the race was broken off, ``failed``) and
        ``problem`` of one that failed.
    outcome : str
    indifference : float
        In the unit of the outcome.
    confidence : float
    scenario, strategies, engines, seed
    """

    best: str
    guaranteed: bool
    table: pd.DataFrame
    outcome: str
    indifference: float
    confidence: float
    scenario: Scenario
    strategies: tuple[AnyStrategy, ...]
    engines: dict[str, str]
    seed: int

    def record(self, seconds: float | None = None) -> Record:
        """Return what is kept of it in a :class:`crmsim.store.RunStore`."""
        return Record(
            kind="selection",
            scenario=self.scenario,
            strategies=self.strategies,
            seed=self.seed,
            replications=int(self.table["replications"].max()),
            engines=self.engines,
            tables={"selection": self.table},
            more={
                "best": self.best,
                "guaranteed": self.guaranteed,
                "outcome": self.outcome,
                "indifference": self.indifference,
                "confidence": self.confidence,
            },
            seconds=seconds,
        )


def select_best(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    *,
    indifference: float,
    outcome: str = "clv",
    confidence: float = 0.95,
    first: int = 10,
    at_most: int = 500,
    seed: int = 1,
    branches: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
) -> Selection:
    """Pick the best strategy with a guaranteed probability (:func:`crmsim.kim_nelson.kim_nelson`).

    Parameters
    ----------
    scenario, strategies
        As in :func:`crmsim.experiments.compare`; none of them is a base.
    indifference : float
        The smallest difference that matters, above 0, in the unit of the outcome.
    outcome : str
        By which they are judged; less is better of costs and waits.
    confidence : float
        Probability that the best is picked, where it is better than every other one by at least
        `indifference`; above 1 / (number of strategies).
    first : int
        Replications of every strategy before anyone can be out, at least 2.
    at_most : int
        Replications of any strategy, at least `first`.
    seed, branches, engine, workers, dask
        As in :func:`crmsim.experiments.compare`; the result does not depend on the workers.
    progress : callable, optional
        Called with (replications finished, `at_most`); it is usually over much earlier.
    checkpoint : str, Path or Checkpoint, optional
        Folder in which finished replications are kept until it is over; those of an earlier run that was
        interrupted or killed are not done again.

    Returns
    -------
    Selection
        A strategy that fails in a run is out, with the reason; the promise is for the others.

    Raises
    ------
    InputError
        As :func:`crmsim.experiments.compare`; also when all strategies failed.
    InterruptedRun
        When it was interrupted; what was finished is in the checkpoint, where there is one.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> town = preset("retail").with_values(customers=30, horizon_days=420)
    >>> some = [find_strategy(name) for name in ("do_nothing", "price_cut", "recovery")]
    >>> found = select_best(town, some, indifference=20.0, first=5, workers=1)
    >>> found.guaranteed, found.table["strategy"].tolist()
    (True, ['do_nothing', 'price_cut', 'recovery'])
    """
    sense = "max" if direction(outcome) > 0 else "min"
    engines = check_options(
        scenario, strategies, replications=at_most, seed=seed, branches=branches, engine=engine,
        workers=workers, dask=dask, confidence=confidence,
    )  # fmt: skip
    check_race(len(strategies), indifference, confidence, first, at_most)
    experiment = Experiment(scenario, tuple(strategies), seed, branches, engines, confidence)
    rules = {"outcome": outcome, "indifference": indifference, "confidence": confidence, "first": first}
    kept = Checkpoint(checkpoint) if isinstance(checkpoint, str | Path) else checkpoint
    names = [strategy.name for strategy in strategies]
    known, keep = experiment.read(kept, selection=rules), experiment.keeper(kept, selection=rules)
    told = None if progress is None else (lambda n, _: progress(n, at_most))
    together = _ON_CLUSTER if dask is not None else at_once(workers, at_most * len(names))
    problems: dict[str, str] = {}

    def draw(r: int, still: tuple[int, ...]) -> list[float]:
        only = [names[i] for i in still]
        if r not in known:
            # Enough for all workers; what is made in advance is there when its turn comes.
            upto = min(max(first, r + -(-together // len(only))), at_most)
            known.update(
                experiment.run(
                    upto, only=only, known=known, keep=keep, workers=workers, dask=dask, progress=told
                )
            )
            if any(k not in known for k in range(upto)):
                raise InterruptedRun(f"interrupted before the best was found; {len(known)} were finished")
        values = [_value(known[r][name], name, r, outcome, problems) for name in only]
        if np.isnan(values).all():
            raise InputError("strategies", f"have all failed; {only[0]}, {problems[only[0]]}")
        return values

    found = kim_nelson(
        draw, len(names), indifference, confidence=confidence, first=first, at_most=at_most, sense=sense
    )
    if kept is not None and kept is not checkpoint:
        kept.remove()
    return Selection(
        best=names[found.best],
        guaranteed=found.guaranteed,
        table=_table(found, names, outcome, problems),
        outcome=outcome,
        indifference=indifference,
        confidence=confidence,
        scenario=scenario,
        strategies=tuple(strategies),
        engines=engines,
        seed=seed,
    )


def _value(found: Measured, name: str, r: int, outcome: str, problems: dict[str, str]) -> float:
    """Return the outcome of a run; nan, with the reason noted, where there is none."""
    value = np.nan if isinstance(found, str) else found[0][outcome]
    if np.isnan(value):
        problems[name] = f"replication {r}: {found if isinstance(found, str) else f'there is no {outcome}'}"
    return value


def _table(found: KimNelson, names: list[str], outcome: str, problems: dict[str, str]) -> pd.DataFrame:
    fates = ["left" if i in found.still else "out" for i in range(len(names))]
    for i in found.failed:
        fates[i] = "failed"
    fates[found.best] = "best"
    return pd.DataFrame(
        {
            "strategy": names,
            "replications": found.replications,
            "mean": found.means,
            "unit": OUTCOMES[outcome].unit,
            "fate": fates,
            "problem": [problems.get(name, "") for name in names],
        }
    )
