"""Running a lesson: the same people go through every arm, and the intervals give the verdict.

Like a taste test in a canteen: the same guests taste every dish, and what they say decides whether
the claim holds, does not hold, or is not decided. Nothing here knows how a lesson should come out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pandas as pd

from crmsim.comparison import Interval, mean_interval
from crmsim.engines import engine_for, simulate
from crmsim.lessons.base import Arm, Lesson, Measures
from crmsim.memory import check_memory, run_memory
from crmsim.replications import at_once, check_numbers, replicate
from crmsim.rule_records import rule_records
from crmsim.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crmsim.ledger import Ledger

__all__ = ["LessonResult", "run_lesson"]


@dataclass(frozen=True, eq=False)
class LessonResult:
    """The outcome of :func:`run_lesson`.

    Attributes
    ----------
    lesson : Lesson
    scenario : Scenario
    seed : int
    asked : int
        Replications asked for.
    runs : dict
        Of each finished replication, by its number: arm to measure to value.
    engines : dict
        Arm to the engine that drove its runs.
    confidence : float
    """

    lesson: Lesson
    scenario: Scenario
    seed: int
    asked: int
    runs: dict[int, Measures]
    engines: dict[str, str]
    confidence: float = 0.95

    @cached_property
    def table(self) -> pd.DataFrame:
        """Each contrast with ``unit``, ``claimed``, ``mean``, ``low``, ``high``, ``n``, ``verdict``."""
        rows = []
        for contrast in self.lesson.contrasts:
            interval = self._interval([contrast.of(run) for run in self.runs.values()])
            rows.append(
                {"contrast": contrast.name, "unit": contrast.unit, "claimed": contrast.claimed}
                | interval._asdict()
                | {"verdict": contrast.claimed.verdict(interval)}
            )
        return pd.DataFrame(rows)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Each measure of each arm: ``arm``, ``measure``, ``unit``, ``mean``, ``low``, ``high``, ``n``."""
        first = next(iter(self.runs.values()))
        return pd.DataFrame(
            [
                {"arm": arm, "measure": measure, "unit": self.lesson.unit(measure)}
                | self._interval([run[arm][measure] for run in self.runs.values()])._asdict()
                for arm, measures in first.items()
                for measure in measures
            ]
        )

    @property
    def verdict(self) -> str:
        """``holds`` if all contrasts do, ``does_not_hold`` if one does not, else ``not_decided``."""
        verdicts = set(self.table["verdict"])
        if "does_not_hold" in verdicts:
            return "does_not_hold"
        return "holds" if verdicts == {"holds"} else "not_decided"

    def draw(self, figure: Figure | None = None, lang: str = "en") -> Figure:
        """Draw the result on an empty figure (one of a fitting size is made when none is given)."""
        from crmsim.plots.lessons import plot_lesson

        if self.lesson.picture is not None:
            return self.lesson.picture(self, figure, lang)
        contrasts, levels = self.table, self.levels
        contrasts = contrasts.assign(
            label=[self.lesson.contrast_label(name, lang) for name in contrasts["contrast"]],
            claimed_low=[claimed.low for claimed in contrasts["claimed"]],
            claimed_high=[claimed.high for claimed in contrasts["claimed"]],
        )
        levels = levels.assign(
            arm=[self.lesson.arm_label(label, lang) for label in levels["arm"]],
            measure=[self.lesson.measure_label(name, lang) for name in levels["measure"]],
        )
        return plot_lesson(
            contrasts,
            levels,
            figure,
            title=self.lesson.title(lang),
            currency=self.scenario.currency,
            confidence=self.confidence,
            lang=lang,
        )

    def _interval(self, values: list[float]) -> Interval:
        return mean_interval(pd.Series(values, dtype=float).to_numpy(), self.confidence)


def run_lesson(
    lesson: Lesson,
    scenario: Scenario | None = None,
    *,
    replications: int | None = None,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    confidence: float = 0.95,
) -> LessonResult:
    """Run the experiment of a lesson.

    Parameters
    ----------
    lesson : Lesson
    scenario : Scenario, optional
        The default is the retailer at the lesson's own size (:meth:`Lesson.scenario`).
    replications : int, optional
        Independent populations, at least 2; the default is the lesson's own.
    seed : int
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; the verdict does not depend on it.
    workers : int, optional
        Runs at the same time; the default is one per core. The result does not depend on it.
    progress : callable, optional
        Called with (replications finished, replications asked for).
    confidence : float
        Of the intervals, strictly between 0 and 1.

    Returns
    -------
    LessonResult
        After an interruption (Ctrl-C), of the replications finished until then.

    Raises
    ------
    InputError
        For bad numbers, an engine that cannot run an arm or too little memory, before any work is begun.
    InterruptedRun
        When it was interrupted before two replications were finished.

    Examples
    --------
    >>> from crmsim import find_lesson, run_lesson
    >>> lesson = find_lesson("price_cuts")
    >>> town = lesson.scenario("retail", customers=30, horizon_days=720)
    >>> result = run_lesson(lesson, town, replications=2, workers=1)
    >>> len(result.table) == len(lesson.contrasts)
    True
    """
    if scenario is None:
        scenario = lesson.scenario()
    if replications is None:
        replications = lesson.replications
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=confidence)
    arms = tuple(lesson.arms(scenario))
    engines = {arm.label: engine_for(arm.strategy, engine) for arm in arms}
    for arm in arms:
        rule_records(arm.strategy, arm.scenario)
    needs = [
        run_memory(arm.scenario, arm.strategy, engine=engines[arm.label], log=lesson.log) for arm in arms
    ]
    # One ledger of each stopped run is kept beside that of the whole one.
    several = at_once(workers, replications * len(arms)) * (1 + len(lesson.stopped))
    check_memory(max(needs), at_once=several, log=lesson.log)
    run = partial(simulate, seed=seed, log=lesson.log, engine=engine)
    runs = replicate(
        {arm.label: partial(_measure, arm, lesson.measure, lesson.stopped, run) for arm in arms},
        replications,
        engines=engines.values(),
        workers=workers,
        progress=progress,
    )
    return LessonResult(lesson, scenario, seed, replications, runs, engines, confidence)


def _measure(
    arm: Arm,
    measure: Callable[..., dict[str, float]],
    stopped: tuple[int, ...],
    run: Callable[..., Ledger],
    replication: int,
) -> dict[str, float]:
    """Run one population through one arm; keep what is measured only."""
    worlds = [arm.scenario, *(arm.scenario.up_to(day) for day in stopped)]
    return measure(*(run(world, arm.strategy, replication=replication) for world in worlds))
