"""An experiment run: first the comparison, then each further question about whoever came out best.

Like a court: the hearing of all parties comes first and gives the verdict; then follow, one by one, whom it
concerns, what it costs, and what could overturn it. A question that cannot be answered is noted, and the
session goes on; if it is adjourned, what was heard so far stays on record.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import paired_interval
from crmsim.comparison_result import Comparison
from crmsim.decision_sections import KEPT, Part, run_section, section_finished, section_tables
from crmsim.decision_verdict import Verdict, judged_pairs
from crmsim.errors import CrmsimError, InputError, InterruptedRun
from crmsim.experiment_file import Experiment
from crmsim.experiments import compare
from crmsim.grids import direction
from crmsim.run_customers import CustomerSheets
from crmsim.search_result import SearchResult
from crmsim.sequential_comparison import SequentialComparison, compare_until
from crmsim.store import Record, comparison_record
from crmsim.strategies import AnyStrategy, Strategy

__all__ = ["Decision", "decide", "decision_checkpoints"]


@dataclass(frozen=True, eq=False)
class Decision:
    """The outcome of :func:`decide`.

    Attributes
    ----------
    experiment : Experiment
    comparison : Comparison
    parts : dict
        From the name of a section to its answer; sections that failed or were not begun are missing.
    problems : dict
        From the name of a section to why it has no answer.
    interrupted : str or None
        The section in which Ctrl-C was pressed, or ``comparison``; later sections were not begun.
    seconds : float
    sequential : SequentialComparison or None
        Where replications were added until enough was known.
    customers : CustomerSheets or None
        Where the customers of every run of the comparison lie.
    """

    experiment: Experiment
    comparison: Comparison
    parts: dict[str, Part]
    problems: dict[str, str]
    interrupted: str | None
    seconds: float
    sequential: SequentialComparison | None = None
    customers: CustomerSheets | None = None

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was run to its end (what failed, failed)."""
        return self.interrupted is None

    @property
    def challenger(self) -> str:
        """The best of the strategies other than the base: whom the further questions are about."""
        return _challenger(self.comparison, self.experiment.file.outcome)

    def verdict(self) -> Verdict:
        """Return which strategy came out best, and against whom surely."""
        return _verdict(self.comparison, self.experiment.file.outcome, self.experiment.file.margin)

    def differences(self) -> pd.DataFrame:
        """Return every outcome of every strategy less that of the base, with simultaneous intervals."""
        file = self.experiment.file
        margins = None if file.margin is None else {file.outcome: file.margin}
        return self.comparison.differences(file.precision, simultaneous=True, equivalence=margins)

    def tuned(self) -> Strategy | None:
        """Return the winner of the search as a strategy of its own, ready for the next experiment.

        There is none without a search, and none where the hold-out does not show that it is better than the
        strategy as it was (:attr:`crmsim.search_result.SearchResult.supported`).
        """
        search = self.parts.get("search")
        if not isinstance(search, SearchResult) or not search.supported:
            return None
        return search.candidate().model_copy(update={"name": f"{search.strategy.name[:34]}_tuned"})

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table, under the name of its file; the first column of each is ``scenario``."""
        found = {"runs": self.comparison.runs, "levels": self.comparison.levels()}
        found |= {"differences": self.differences(), "rivals": self.verdict().rivals}
        if self.sequential is not None:
            found["until"] = self.sequential.history
        for name, part in self.parts.items():
            found |= section_tables(name, part)
        return {
            name: table.assign(scenario=self.experiment.scenario.name)[["scenario", *table.columns]]
            for name, table in found.items()
        }

    def record(self) -> Record:
        """Return what is kept of it in a :class:`crmsim.store.RunStore`."""
        record = comparison_record(self.comparison, self.seconds)
        more = {
            "experiment": self.experiment.file.model_dump(mode="json", exclude_none=True),
            "best": self.verdict().best,
            "verdict": self.verdict().kind,
            "problems": self.problems,
            "interrupted": self.interrupted,
        }
        return Record(
            "decision", record.scenario, record.strategies, record.seed, record.replications, record.engines,
            self.tables(), {**record.more, **more}, record.seconds,
        )  # fmt: skip


def decision_checkpoints(folder: str | Path) -> dict[str, Checkpoint]:
    """Return the places below a folder in which finished work is kept, by section."""
    return {name: Checkpoint(Path(folder) / name, unit) for name, unit in KEPT.items()}


def decide(
    experiment: Experiment,
    *,
    engine: str = "auto",
    workers: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    checkpoints: Mapping[str, Checkpoint] | None = None,
    customers: CustomerSheets | None = None,
) -> Decision:
    """Run an experiment in one scenario: the comparison, then every section that its file asks for.

    Sections about the best strategy are run with other luck than the comparison that chose it: whoever is
    picked because it did well on some populations is expected to do a little worse on others.

    Parameters
    ----------
    experiment : Experiment
        Of several scenarios, the first is taken (:meth:`Experiment.within`).
    engine, workers
        As in :func:`crmsim.experiments.compare`.
    progress : callable, optional
        Called with (section, units finished, units asked for); the first section is ``comparison``.
    checkpoints : mapping, optional
        As from :func:`decision_checkpoints`, in an existing folder. What is found there is not run again.
    customers : CustomerSheets, optional
        Where the customers of every run of the comparison are written to.

    Returns
    -------
    Decision
        After an interruption (Ctrl-C) with what was finished until then.

    Raises
    ------
    InputError
        For the checkpoint of another experiment.
    CrmsimError
        When the base, or all but one strategy, failed in every run.
    InterruptedRun
        When it was interrupted before two replications of the comparison were finished.

    Examples
    --------
    >>> from crmsim.experiment_file import ExperimentFile
    >>> from crmsim import find_strategy, preset
    >>> town = preset("retail").with_values(customers=40, horizon_days=420)
    >>> both = {name: find_strategy(name) for name in ("do_nothing", "price_cut")}
    >>> file = ExperimentFile(name="try", scenarios="retail", strategies=list(both), replications=3)
    >>> found = decide(Experiment(file, {"retail": town}, both, {}, None, "try"), workers=1)
    >>> found.verdict().best, found.complete
    ('do_nothing', True)
    """
    started, kept = time.monotonic(), checkpoints or {}
    file = experiment.file

    def hears(name: str) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, asked: progress(name, done, asked)

    common = {
        "seed": file.seed, "engine": engine, "workers": workers, "confidence": file.confidence,
        "progress": hears("comparison"), "checkpoint": kept.get("comparison"), "customers": customers,
    }  # fmt: skip
    comparison, sequential = _compared(experiment, common)
    parts: dict[str, Part] = {}
    problems: dict[str, str] = {}
    interrupted = "comparison" if len(comparison.finished) < comparison.asked else None
    winner = _verdict(comparison, file.outcome, file.margin).best
    for name in experiment.sections if interrupted is None else ():
        options = {
            "engine": engine, "workers": workers, "confidence": file.confidence, "progress": hears(name),
            "checkpoint": kept.get(name),
        }  # fmt: skip
        try:
            candidates = experiment.candidates(name)
            if name == "budget":
                candidates = _spending(comparison, candidates)
            strategy = _about(comparison, candidates, file.outcome)
            parts[name] = run_section(name, experiment, strategy, winner, comparison, options)
        except (InterruptedRun, KeyboardInterrupt):
            interrupted = name
        except Exception as error:  # a strategy may be a program; what fails in one section stays there
            if isinstance(error, OSError) or (isinstance(error, InputError) and error.field == "checkpoint"):
                raise  # but what is kept on disk belongs to the user: nothing of it may be passed over
            problems[name] = str(error) or type(error).__name__
        if name in parts and not section_finished(parts[name], getattr(file, name)):
            interrupted = name
        if interrupted:
            break
    seconds = time.monotonic() - started
    return Decision(experiment, comparison, parts, problems, interrupted, seconds, sequential, customers)


def _compared(e: Experiment, common: dict[str, Any]) -> tuple[Comparison, SequentialComparison | None]:
    """Compare the strategies, on a number of replications or on as many as it takes."""
    strategies, until = list(e.strategies.values()), e.file.until
    if until is None:
        return compare(e.scenario, strategies, replications=e.file.replications, **common), None
    margins = None if e.file.margin is None else {e.file.outcome: e.file.margin}
    found = compare_until(
        e.scenario, strategies, outcomes=[e.file.outcome], precision=e.file.precision, equivalence=margins,
        at_least=until.at_least, at_most=until.at_most, look_ahead=until.look_ahead, **common,
    )  # fmt: skip
    return found.comparison, found


def _spending(comparison: Comparison, candidates: tuple[AnyStrategy, ...]) -> tuple[AnyStrategy, ...]:
    """Return those that spent something: a budget limits nobody else. All, where nobody did."""
    there = [s for s in candidates if s in comparison.strategies]
    spent = tuple(s for s in there if np.nanmax(comparison.values(s.name, "strategy_cost")) > 0.0)
    return spent or candidates


def _about(comparison: Comparison, candidates: Iterable[AnyStrategy], outcome: str) -> AnyStrategy:
    """Return the best of the strategies that a section can be about."""
    means = _means(comparison, outcome)
    there = [strategy for strategy in candidates if strategy.name in means]
    if not there:
        raise CrmsimError("No strategy that it could be about was run without failing")
    return max(there, key=lambda strategy: means[strategy.name])


# -- the verdict ----------------------------------------------------------------------------------


def _means(comparison: Comparison, outcome: str) -> dict[str, float]:
    """Return each strategy's mean paired difference to the base, positive where it is better.

    Who ran less than twice cannot be the best: -inf.
    """
    base = comparison.values(comparison.base, outcome)
    means = {}
    for strategy in comparison.strategies:
        gap = paired_interval(base, comparison.values(strategy.name, outcome))
        means[strategy.name] = direction(outcome) * gap.mean if gap.n > 1 else -np.inf
    return means


def _challenger(comparison: Comparison, outcome: str) -> str:
    means = _means(comparison, outcome)
    return max((name for name in means if name != comparison.base), key=means.__getitem__)


def _verdict(comparison: Comparison, outcome: str, margin: float | None) -> Verdict:
    """Judge by all pairs together: whoever picks the best of several has more chances to be fooled."""
    pairs = comparison.pairs(outcome, equivalence=margin)
    return judged_pairs(_means(comparison, outcome), pairs, comparison.base, direction(outcome))
