"""The same decision in several situations: what holds in each of them, and what holds on the whole.

Like trying a tent in sun, rain and storm: one looks at each day by itself, then at the mean of the days,
and then at the worst of them, because one cannot choose the weather.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from crmsim.comparison import bonferroni, verdict
from crmsim.decision import Decision, decide, decision_checkpoints
from crmsim.errors import CrmsimError, InputError, InterruptedRun
from crmsim.experiment_file import Experiment, folder_name
from crmsim.folders import writing
from crmsim.grids import direction
from crmsim.run_customers import CustomerSheets

__all__ = ["Decisions", "decide_all"]


@dataclass(frozen=True, eq=False)
class Decisions:
    """The outcome of :func:`decide_all`.

    Attributes
    ----------
    experiment : Experiment
    cases : dict
        From the name of a scenario to the decision in it; scenarios that failed or were not begun are
        missing.
    problems : dict
        From the name of a scenario to why there is no decision in it.
    """

    experiment: Experiment
    cases: dict[str, Decision]
    problems: dict[str, str]

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was run to its end (what failed, failed)."""
        begun = len(self.cases) + len(self.problems) == len(self.experiment.scenarios)
        return begun and all(case.complete for case in self.cases.values())

    @property
    def first(self) -> Decision:
        """The decision in the first scenario that has one."""
        return next(iter(self.cases.values()))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table of all scenarios one below the other, and ``across`` where there are several."""
        each = [case.tables() for case in self.cases.values()]
        names = dict.fromkeys(name for tables in each for name in tables)
        found = {
            name: pd.concat([tables[name] for tables in each if name in tables], ignore_index=True)
            for name in names
        }
        return found | ({"across": self.across()} if len(self.cases) > 1 else {})

    def one_currency(self) -> bool:
        """Return whether amounts of all scenarios can be added."""
        return len({case.comparison.scenario.currency for case in self.cases.values()}) == 1

    def across(self) -> pd.DataFrame:
        """Return what each strategy does on the whole: scenarios count alike, and meet the same luck.

        Returns
        -------
        DataFrame
            ``strategy``, ``outcome``, ``mean``, ``low``, ``high`` (of the difference to the base, the mean
            over scenarios taken replication by replication; the intervals hold for all strategies together),
            ``n``, ``verdict``, in how many scenarios it is ``best``, ``better`` or ``worse`` than the base
            (surely), and the scenario that is ``worst`` for it with ``worst_mean``, ``worst_low`` and
            ``worst_high``. The best on the whole stands first. Without means where currencies differ.
        """
        file, cases = self.experiment.file, list(self.cases.values())
        sign, rows = direction(file.outcome), []
        names = [s.name for s in self.experiment.strategies.values()][1:]
        ran = [{s.name for s in case.comparison.strategies} for case in cases]
        for name in (name for name in names if all(name in there for there in ran)):
            apart = [_row(case, name) for case in cases]
            worst = min(range(len(cases)), key=lambda k: sign * apart[k]["mean"])
            won = [row["verdict"] == ("higher" if sign > 0 else "lower") for row in apart]
            lost = [row["verdict"] == ("lower" if sign > 0 else "higher") for row in apart]
            rows.append(
                {"strategy": name, "outcome": file.outcome}
                | self._mean(name, len(names))
                | {"best": sum(case.verdict().best == name for case in cases)}
                | {"better": sum(won), "worse": sum(lost), "worst": list(self.cases)[worst]}
                | {f"worst_{end}": apart[worst][end] for end in ("mean", "low", "high")}
            )
        by = "mean" if self.one_currency() else "worst_mean"
        return pd.DataFrame(rows).sort_values(by, key=lambda v: -sign * v, ignore_index=True)

    def _mean(self, name: str, strategies: int) -> dict:
        """Return the mean over scenarios of the difference to the base, with its interval."""
        file, cases = self.experiment.file, list(self.cases.values())
        if not self.one_currency():
            return {"mean": np.nan, "low": np.nan, "high": np.nan, "n": 0, "verdict": "undecided"}
        # Scenarios share the luck of a replication, so its mean over them is one observation.
        n = min(len(case.comparison.finished) for case in cases)
        levels = {
            who: np.mean([case.comparison.values(who, file.outcome)[:n] for case in cases], axis=0)
            for who in (cases[0].comparison.base, name)
        }
        each = bonferroni(file.confidence, strategies)
        interval = cases[0].comparison.difference(*levels.values(), each)
        return interval._asdict() | {"verdict": verdict(interval, file.margin)}


def decide_all(
    experiment: Experiment,
    *,
    engine: str = "auto",
    workers: int | None = None,
    progress: Callable[[str, str, int, int], None] | None = None,
    checkpoints: str | Path | None = None,
) -> Decisions:
    """Run an experiment in each of its scenarios, one after the other.

    Parameters
    ----------
    experiment : Experiment
    engine, workers
        As in :func:`crmsim.experiments.compare`.
    progress : callable, optional
        Called with (scenario, section, units finished, units asked for).
    checkpoints : str or Path, optional
        An existing folder for finished work, and for the customers of every run where the experiment asks
        for these. What is found there is not run again; whoever gives it removes it.

    Returns
    -------
    Decisions
        A scenario in which the base, or all other strategies, failed is noted in its ``problems``. After an
        interruption (Ctrl-C), with what was finished until then.

    Raises
    ------
    InputError
        For the checkpoint of another experiment.
    CrmsimError
        When there is no decision in any scenario.
    InterruptedRun
        When it was interrupted before two replications of the first comparison were finished.

    Examples
    --------
    >>> from crmsim.experiment_file import ExperimentFile
    >>> from crmsim import find_strategy, preset
    >>> towns = {n: preset(n).with_values(customers=40, horizon_days=420) for n in ("retail", "telecom")}
    >>> both = {name: find_strategy(name) for name in ("do_nothing", "price_cut")}
    >>> file = ExperimentFile(name="try", scenarios=list(towns), strategies=list(both), replications=3)
    >>> found = decide_all(Experiment(file, towns, both, {}, None, "try"), workers=1)
    >>> found.across()[["strategy", "n", "best"]].values.tolist()
    [['price_cut', 3, 0]]
    """
    cases: dict[str, Decision] = {}
    problems: dict[str, str] = {}
    for name in experiment.scenarios:
        place = None if checkpoints is None else Path(checkpoints) / folder_name(name)
        if place is not None:
            with writing(place):
                place.mkdir(exist_ok=True)
        wanted = place is not None and experiment.file.customers
        sheets = CustomerSheets(place / "customers") if wanted else None
        try:
            cases[name] = decide(
                experiment.within(name), engine=engine, workers=workers,
                progress=None if progress is None else (lambda *told, n=name: progress(n, *told)),
                checkpoints=None if place is None else decision_checkpoints(place), customers=sheets,
            )  # fmt: skip
        except InterruptedRun:
            if not cases:
                raise
            break
        except CrmsimError as error:
            if isinstance(error, InputError) and error.field == "checkpoint":
                raise
            problems[name] = str(error)
            if len(experiment.scenarios) == 1:
                raise
            continue
        if not cases[name].complete:
            break
    if not cases:
        name, problem = next(iter(problems.items()))
        raise CrmsimError(f"there is no decision in any scenario; {name}: {problem}")
    return Decisions(experiment, cases, problems)


def _row(case: Decision, strategy: str) -> dict:
    """Return the difference of a strategy to the base in one scenario."""
    table = case.differences()
    chosen = (table["strategy"] == strategy) & (table["outcome"] == case.experiment.file.outcome)
    return table[chosen].iloc[0].to_dict()
