"""The same decision in several situations: what holds in each of them, and what holds on the whole.

Like trying tents in sun, rain and storm: one looks at each day by itself, then at the mean of the days, each
as likely as one thinks it, and then at the days on which one would rather have had another tent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from crmsim.comparison import Interval, bonferroni, paired_interval, verdict
from crmsim.decision import Decision, decide, decision_checkpoints
from crmsim.decision_verdict import Verdict, judged_pairs
from crmsim.errors import CrmsimError, InputError, InterruptedRun
from crmsim.experiment_file import Experiment, folder_name
from crmsim.folders import writing
from crmsim.grids import direction
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.regret import overall_regrets, regrets, weight_ranges
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

    @property
    def weights(self) -> dict[str, float]:
        """Shares of the scenarios that have a decision, which sum to 1: the experiment's, or all alike."""
        given = self.experiment.weights or dict.fromkeys(self.cases, 1.0)
        whole = sum(given[name] for name in self.cases)
        return {name: given[name] / whole for name in self.cases}

    @property
    def strategies(self) -> list[str]:
        """Names of the strategies that were run in every scenario, the base first."""
        ran = [{s.name for s in case.comparison.strategies} for case in self.cases.values()]
        return [s.name for s in self.experiment.strategies.values() if all(s.name in there for there in ran)]

    @property
    def summable(self) -> bool:
        """Whether the outcome of all scenarios is in one unit, so that a mean over them can be taken."""
        currencies = {case.comparison.scenario.currency for case in self.cases.values()}
        return OUTCOMES[self.experiment.file.outcome].unit != "currency" or len(currencies) == 1

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table of all scenarios one below the other, and those across them."""
        each = [case.tables() for case in self.cases.values()]
        names = dict.fromkeys(name for tables in each for name in tables)
        found = {
            name: pd.concat([tables[name] for tables in each if name in tables], ignore_index=True)
            for name in names
        }
        if len(self.cases) < 2:
            return found
        found["across"], verdict = self.across(), self.verdict()
        if verdict is not None:
            found |= {"across_rivals": verdict.rivals, "across_regrets": self.regrets()}
            found |= {"across_overall": overall_regrets(self.regrets()), "across_weights": self.turns()}
        return found

    def across(self) -> pd.DataFrame:
        """Return what each strategy does on the whole: scenarios share their luck and count by their weights.

        Returns
        -------
        DataFrame
            ``strategy``, ``outcome``, ``mean``, ``low``, ``high`` (of the difference to the base, the mean
            over scenarios taken replication by replication; the intervals hold for all strategies together),
            ``n``, ``verdict``, in how many scenarios it is ``best``, ``better`` or ``worse`` than the base
            (surely), and the scenario that is ``worst`` for it with ``worst_mean``, ``worst_low`` and
            ``worst_high``. The best on the whole stands first. Where amounts are in several currencies there
            are no means and no worst scenario, and whoever is better in more scenarios than worse is first.
        """
        file, cases = self.experiment.file, list(self.cases.values())
        sign, rows = direction(file.outcome), []
        base, *others = self.strategies
        if not others:
            return pd.DataFrame()
        for name in others:
            apart = [_row(case, name) for case in cases]
            won = [row["verdict"] == ("higher" if sign > 0 else "lower") for row in apart]
            lost = [row["verdict"] == ("lower" if sign > 0 else "higher") for row in apart]
            row = {"strategy": name, "outcome": file.outcome}
            row |= self._mean(base, name, len(self.experiment.strategies) - 1)
            row |= {"best": sum(case.verdict().best == name for case in cases)}
            rows.append(row | {"better": sum(won), "worse": sum(lost)} | self._worst(apart, sign))
        table = pd.DataFrame(rows)
        if self.summable:
            return table.sort_values("mean", key=lambda v: -sign * v, ignore_index=True)
        order = (table["better"] - table["worse"]).sort_values(ascending=False, kind="stable").index
        return table.loc[order].reset_index(drop=True)

    def verdict(self) -> Verdict | None:
        """Return which strategy came out best on the whole, and against whom surely.

        None where amounts are in several currencies, or fewer than two strategies were run everywhere.
        """
        if not self.summable or len(self.strategies) < 2:
            return None
        file, names = self.experiment.file, self.strategies
        each, rows = bonferroni(file.confidence, len(names) * (len(names) - 1) // 2), []
        for first, second in combinations(names, 2):
            interval = self._difference(first, second, each)
            found = {"first": first, "second": second, "verdict": verdict(interval, file.margin)}
            rows.append(found | interval._asdict())
        sign = direction(file.outcome)
        means = {name: sign * self._difference(names[0], name, each).mean for name in names}
        return judged_pairs(means, pd.DataFrame(rows), names[0], sign)

    def regrets(self) -> pd.DataFrame:
        """Return how far each strategy lies behind the best of each scenario (:func:`crmsim.regret.regrets`).

        Empty where there is no :meth:`verdict`.
        """
        file = self.experiment.file
        if not self.summable or len(self.strategies) < 2:
            return pd.DataFrame()
        values = {
            scenario: {name: case.comparison.values(name, file.outcome) for name in self.strategies}
            for scenario, case in self.cases.items()
        }
        interval = self.first.comparison.difference
        return regrets(values, self.weights, file.confidence, sign=direction(file.outcome), interval=interval)

    def turns(self) -> pd.DataFrame:
        """Return within which weights the best on the whole stays so: :func:`crmsim.regret.weight_ranges`."""
        means = {
            scenario: {
                name: paired_interval(self._values(scenario, self.strategies[0]), values).mean
                for name in self.strategies
                for values in (self._values(scenario, name),)
            }
            for scenario in self.cases
        }
        return weight_ranges(means, self.weights, sign=direction(self.experiment.file.outcome))

    def _mean(self, base: str, name: str, strategies: int) -> dict:
        """Return the mean over scenarios of the difference to the base, with its interval."""
        file = self.experiment.file
        if not self.summable:
            return {"mean": np.nan, "low": np.nan, "high": np.nan, "n": 0, "verdict": "undecided"}
        interval = self._difference(base, name, bonferroni(file.confidence, strategies))
        return interval._asdict() | {"verdict": verdict(interval, file.margin)}

    def _difference(self, first: str, second: str, confidence: float) -> Interval:
        """Return the mean over scenarios of second less first, with its interval.

        Scenarios share the luck of a replication, so its mean over them is one observation.
        """
        levels = [
            np.sum(
                [weight * self._values(scenario, name) for scenario, weight in self.weights.items()], axis=0
            )
            for name in (first, second)
        ]
        return self.first.comparison.difference(*levels, confidence)

    def _values(self, scenario: str, name: str) -> np.ndarray:
        """Return one value per replication that was finished in every scenario."""
        common = set.intersection(*(set(case.comparison.finished) for case in self.cases.values()))
        comparison = self.cases[scenario].comparison
        there = np.isin(sorted(comparison.finished), list(common))
        return comparison.values(name, self.experiment.file.outcome)[there]

    def _worst(self, apart: list[dict], sign: int) -> dict:
        """Return the scenario that is worst for a strategy; amounts in several currencies have none."""
        if not self.summable:
            return {"worst": ""} | dict.fromkeys(("worst_mean", "worst_low", "worst_high"), np.nan)
        worst = min(range(len(apart)), key=lambda k: sign * apart[k]["mean"])
        ends = {f"worst_{end}": apart[worst][end] for end in ("mean", "low", "high")}
        return {"worst": list(self.cases)[worst]} | ends


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
