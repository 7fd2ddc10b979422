"""What the grading screen knows and computes, without a single widget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from crmsim.audit.concentration import WhaleCurve, whale_curve
from crmsim.audit.gradings import GRADINGS, grade_customers, level_shares, top_level_marks
from crmsim.comparison import mean_interval, paired_interval, verdict
from crmsim.dashboards.choices import SCREEN_PRESETS, choice, seed, whole
from crmsim.dashboards.grading_data import LOGS, sheet_of_log, sheet_of_run
from crmsim.dashboards.paired_runs import each_population
from crmsim.dashboards.panel_state import NothingToShow, PanelState
from crmsim.errors import InputError
from crmsim.metrics.grading_sheet import RANKINGS, ranking_marks
from crmsim.scenario import preset
from crmsim.text import say

__all__ = ["GradingResult", "GradingState"]


@dataclass(frozen=True)
class GradingState(PanelState):
    """The choices of the grading screen.

    Attributes
    ----------
    source : str
        A preset of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`, simulated over six years, or a log
        of :data:`crmsim.dashboards.grading_data.LOGS`.
    customers : int
        Initial customers of a run, 200 to 3000.
    review : int
        Day of the grading, in per cent of the run or the log, 20 to 80.
    class_a, class_b : int
        Where classes A and B of ABC analysis end, in per cent of all positive profit.
    platinum, gold : int
        The same for the customer pyramid.
    rfm_groups : int
        Groups of each RFM score, 2 to 9.
    share : int
        At which rankings are compared, in per cent of the customers, 5 to 50.
    focus : str
        The grading whose levels are shown: one of :data:`crmsim.audit.gradings.GRADINGS`.
    replications : int
        Runs, each with other customers, 1 to 20; a log is one.
    seed : int

    Examples
    --------
    >>> result = GradingState(customers=200, replications=2).run()
    >>> result.marks.loc["abc", "n"]
    np.float64(2.0)
    """

    screen: ClassVar[str] = "grading"

    source: str = choice(
        "retail", (*SCREEN_PRESETS, *LOGS), lambda name, lang: say(f"panel.grading.source.{name}", lang)
    )
    customers: int = whole(1000, 200, 3000, 100)
    review: int = whole(50, 20, 80, 5)
    class_a: int = whole(70, 30, 95)
    class_b: int = whole(90, 35, 99)
    platinum: int = whole(50, 10, 90)
    gold: int = whole(80, 15, 99)
    rfm_groups: int = whole(5, 2, 9)
    share: int = whole(10, 5, 50, 5)
    focus: str = choice("abc", tuple(GRADINGS), lambda name, lang: say(f"scheme.{name}", lang))
    replications: int = whole(5, 1, 20)
    seed: int = seed()

    def __post_init__(self) -> None:
        super().__post_init__()
        for low, high in (("class_a", "class_b"), ("platinum", "gold")):
            if not getattr(self, low) < getattr(self, high):
                raise InputError(low, f"must be below {high} ({getattr(self, high)})", getattr(self, low))

    @property
    def from_log(self) -> bool:
        """Whether the customers are those of a log."""
        return self.source in LOGS

    @property
    def runs(self) -> int:
        """Number of populations graded."""
        return 1 if self.from_log else self.replications

    @property
    def currency(self) -> str:
        """Of all amounts."""
        return "CNY" if self.from_log else preset(self.source).currency

    def sheet(self, replication: int = 0) -> pd.DataFrame:
        """Return what was known of the customers on the day, and what then came."""
        if self.from_log:
            return sheet_of_log(self.source, self.review)
        return sheet_of_run(self.source, self.customers, self.review, self.seed, replication)

    def levels(self, replication: int = 0) -> pd.DataFrame:
        """Return every customer's level in every grading."""
        return grade_customers(
            self.sheet(replication),
            abc_cuts=(self.class_a / 100, self.class_b / 100),
            pyramid_cuts=(self.platinum / 100, self.gold / 100),
            rfm_quantiles=self.rfm_groups,
        )

    def steps(self) -> Iterator[int | GradingResult]:
        """Grade population by population; yield how many are done, a first result, and the result.

        Raises
        ------
        NothingToShow
            When all customers together have not brought a profit until the day, or will bring none.
        """
        for step in each_population(self._graded, self.runs):
            yield step if isinstance(step, int) else GradingResult(self, tuple(step))

    def _graded(self, replication: int) -> _Graded:
        sheet = self.sheet(replication)
        if replication == 0 and not (sheet["past_profit"].sum() > 0.0 and sheet["future"].sum() > 0.0):
            raise NothingToShow("panel.grading.no_profit")
        return _Graded(sheet, self.levels(replication), self.share / 100)


class _Graded:
    """One population with its gradings and their marks."""

    def __init__(self, sheet: pd.DataFrame, levels: pd.DataFrame, share: float):
        self.sheet, self.levels = sheet, levels
        future = sheet["future"]
        self.tops = pd.DataFrame(
            {name: top_level_marks(levels[name], future) for name in GRADINGS if name in levels}
        ).T
        self.rankings = ranking_marks(sheet, levels, share)


@dataclass(frozen=True, eq=False)
class GradingResult:
    """Gradings and what they were worth, with the choices they belong to.

    Attributes
    ----------
    state : GradingState
    graded : tuple
        One a population: its sheet, its levels, and its marks.
    """

    state: GradingState
    graded: tuple[_Graded, ...]

    @property
    def done(self) -> int:
        """Populations that it is made of."""
        return len(self.graded)

    @property
    def sheet(self) -> pd.DataFrame:
        """Of the first population, which the pictures show."""
        return self.graded[0].sheet

    @property
    def levels(self) -> pd.DataFrame:
        """Of the first population."""
        return self.graded[0].levels

    @property
    def focus(self) -> str:
        """The grading whose levels are shown: the one chosen, or ABC where it cannot be made."""
        return self.state.focus if self.state.focus in self.levels else "abc"

    @cached_property
    def marks(self) -> pd.DataFrame:
        """The best level of each grading: ``share``, ``hit_rate``, ``found``, ``nothing``.

        Each mean with its 95 % interval over the populations (``hit_rate_low`` and so on; infinite for
        one), and ``n``.
        """
        return _means([one.tops for one in self.graded])

    @cached_property
    def rankings(self) -> pd.DataFrame:
        """Each way of ranking at the same share: ``hit_rate`` and ``found``, likewise."""
        return _means([one.rankings for one in self.graded])

    @cached_property
    def differences(self) -> pd.DataFrame:
        """``found`` of each ranking less that of past profit, population by population.

        ``mean``, ``low``, ``high``, ``n``, ``verdict`` (``undecided`` for a single population).
        """
        base = np.array([one.rankings.loc["past_profit", "found"] for one in self.graded])
        rows = {}
        for name in RANKINGS:
            if name == "past_profit" or name not in self.rankings.index:
                continue
            other = np.array([one.rankings.loc[name, "found"] for one in self.graded])
            interval = paired_interval(base, other)
            decided = verdict(interval) if interval.n > 1 else "undecided"
            rows[name] = interval._asdict() | {"verdict": decided}
        return pd.DataFrame.from_dict(rows, orient="index")

    @cached_property
    def whale(self) -> WhaleCurve:
        """Of past profit, of the first population."""
        return whale_curve(self.sheet["past_profit"])

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Customers, past and future profit by level of the grading in focus, of the first population."""
        return level_shares(self.levels[self.focus], self.sheet["past_profit"], self.sheet["future"])


def _means(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Average marks over populations, each with its interval."""
    rows = {}
    for name in tables[0].index:
        row: dict[str, float] = {"n": float(len(tables))}
        for column in tables[0].columns:
            found = mean_interval(np.array([table.loc[name, column] for table in tables]))
            row |= {column: found.mean, f"{column}_low": found.low, f"{column}_high": found.high}
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index")
