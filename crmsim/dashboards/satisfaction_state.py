"""What the screen of satisfaction knows and computes, without a single widget.

One population is looked at every half year, as it is and with a step: from the third year on the firm is
better than before. The step lifts what is perceived at once, and what is expected little by little.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import pandas as pd
from matplotlib.figure import Figure

from crmsim.comparison import Interval, mean_interval
from crmsim.dashboards.choices import choice, engine, number, seed, whole, world, yes_no
from crmsim.dashboards.paired_runs import each_population
from crmsim.dashboards.panel_state import NothingToShow, PanelState
from crmsim.dashboards.satisfaction_picture import START, TAKEN_AWAY, satisfaction_figure
from crmsim.engines import engine_for, simulate
from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction import satisfaction_by_month
from crmsim.metrics.satisfaction_path import active_forms, forms_by_purchases
from crmsim.metrics.service_quality import servqual_gaps
from crmsim.metrics.surveys import satisfied_in_surveys, survey_bias
from crmsim.scenario import Scenario, preset
from crmsim.strategies.base import DO_NOTHING, Strategy
from crmsim.text import say

__all__ = ["EARLY", "END", "LOOKS", "START", "SatisfactionResult", "SatisfactionState"]

#: Days: a first look at what the step lifts, and the last look.
EARLY, END = 1080, 2160
#: Days on which people are looked at.
LOOKS = tuple(range(180, END + 1, 180))
FORMS = ("ratio", "difference")
_PROGRAMMES = ("reward", "contact", "special", "community")


@dataclass(frozen=True)
class SatisfactionState(PanelState):
    """The choices of the screen of satisfaction.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    quality : float
        By how much quality is raised from day 720 on, 0 to 0.3 (1 = market average).
    programmes : float
        Intensity of all four programmes from that day on, 0 to 3.
    withdrawn : bool
        Whether both are taken away two years later.
    expectations : int
        How fast expectations rise and fall, in percent of the scenario's, 0 (never) to 200.
    form : {"ratio", "difference"}
        c = b / a, or b - a.
    customers : int
        Initial customers, 100 to 2,000; nobody joins later.
    replications : int
        Populations, each of which lives with the step and without it: 2 to 12.
    seed : int
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; what is shown does not depend on it.

    Examples
    --------
    >>> result = SatisfactionState(customers=100, replications=2).run()
    >>> result.path.columns.to_list()
    ['expected', 'perceived', 'difference', 'ratio']
    """

    screen: ClassVar[str] = "satisfaction"

    preset: str = world("telecom")
    quality: float = number(0.1, 0.0, 0.3, 0.05)
    programmes: float = number(0.0, 0.0, 3.0, 0.5)
    withdrawn: bool = yes_no(False)
    expectations: int = whole(100, 0, 200, 25)
    form: str = choice("ratio", FORMS, lambda name, lang: say(f"panel.satisfaction.form.{name}", lang))
    customers: int = whole(300, 100, 2000, 100)
    replications: int = whole(6, 2, 12)
    seed: int = seed()
    engine: str = engine()

    def __post_init__(self) -> None:
        super().__post_init__()
        engine_for(self.strategy, self.engine)

    @property
    def runs(self) -> int:
        """Number of populations."""
        return self.replications

    @property
    def strategy(self) -> Strategy:
        """The step as a strategy; the one that does nothing where there is none."""
        return _step(self.quality, self.programmes, self.withdrawn)

    def steps(self) -> Iterator[int | SatisfactionResult]:
        """Look at population by population; the first is shown as soon as it is there.

        Raises
        ------
        NothingToShow
            When nobody is left before the end.
        """
        engines = {engine_for(self.strategy, self.engine)}
        for done in each_population(self._both, self.replications, engines=engines):
            yield done if isinstance(done, int) else SatisfactionResult(self, tuple(done))

    def _both(self, replication: int) -> tuple[_Life, _Life]:
        """Return the life of one population without the step and with it."""
        who = (replication, self.preset, self.expectations, self.customers, self.seed, self.engine)
        plain = _lives(0.0, 0.0, False, *who)
        stepped = _lives(self.quality, self.programmes, self.withdrawn, *who)
        if min(len(look) for life in (plain, stepped) for look in life.looks) == 0:
            raise NothingToShow("panel.satisfaction.nobody")
        return plain, stepped


@dataclass(frozen=True, eq=False)
class _Life:
    """What is kept of one population: a look each half year, and the end."""

    looks: tuple[pd.DataFrame, ...]
    gaps: pd.DataFrame
    answers: pd.DataFrame
    truth: pd.DataFrame
    bias: pd.Series


@dataclass(frozen=True, eq=False)
class SatisfactionResult:
    """What came out, with the choices it belongs to.

    Attributes
    ----------
    state : SatisfactionState
    lives : tuple
        Of each population so far, its life without the step and with it.
    """

    state: SatisfactionState
    lives: tuple[tuple[_Life, _Life], ...]

    @property
    def done(self) -> int:
        """Populations that it is made of."""
        return len(self.lives)

    @cached_property
    def plain(self) -> pd.DataFrame:
        """Without the step: ``expected``, ``perceived``, ``difference``, ``ratio`` by day (means)."""
        return _path([plain for plain, _ in self.lives])

    @cached_property
    def path(self) -> pd.DataFrame:
        """The same with the step."""
        return _path([stepped for _, stepped in self.lives])

    @cached_property
    def by_purchases(self) -> pd.DataFrame:
        """Satisfaction by the purchases made so far; all looks at all populations.

        As from :func:`crmsim.metrics.satisfaction_path.forms_by_purchases` with the step, and
        ``expected_plain``, what is expected without it.
        """
        plain, stepped = (
            forms_by_purchases([look for both in self.lives for look in both[arm].looks]) for arm in (0, 1)
        )
        return stepped.assign(expected_plain=plain["expected"])

    @property
    def gaps(self) -> pd.DataFrame:
        """Gaps of service quality at the end, of the first population, with the step."""
        return self.lives[0][1].gaps

    @cached_property
    def bias(self) -> pd.Series:
        """The last survey, with the step, beside the truth: means over populations.

        As from :func:`crmsim.metrics.surveys.survey_bias`.
        """
        return pd.DataFrame([stepped.bias for _, stepped in self.lives]).mean()

    @property
    def misheard(self) -> Interval:
        """Share satisfied in the answers to the last survey less that among all customers."""
        bias = pd.DataFrame([stepped.bias for _, stepped in self.lives])
        return mean_interval((bias["answers"] - bias["truth"]).to_numpy())

    def lift(self, day: int) -> Interval:
        """Return what the step has lifted satisfaction by on a day of :data:`LOOKS`, in the form chosen."""
        place, form = LOOKS.index(day), self.state.form
        means = [[float(life.looks[place][form].mean()) for life in both] for both in self.lives]
        return mean_interval(pd.DataFrame(means).diff(axis=1)[1].to_numpy())

    @property
    def figure(self) -> Figure:
        """Expectation and performance, satisfaction, gaps of service, and what the survey hears."""
        return satisfaction_figure(self)

    @property
    def in_words(self) -> str:
        """The picture's message in sentences."""
        last, form, lang = self.path.iloc[-1], self.state.form, self.state.lang
        return say(
            "panel.satisfaction.in_words",
            lang,
            expected=f"{last['expected']:.3f}",
            perceived=f"{last['perceived']:.3f}",
            form=say(f"plot.satisfaction.{form}", lang),
            value=f"{last[form]:.3f}",
            plain=f"{self.plain.iloc[-1][form]:.3f}",
            heard=_percent(self.bias["answers"]),
            truth=_percent(self.bias["truth"]),
        )


def _percent(share: float) -> str:
    """Write a share in whole percent; a dash where there is none, as of the answers where nobody answered."""
    return "–" if math.isnan(share) else f"{100 * share:.0f}"


def _path(lives: list[_Life]) -> pd.DataFrame:
    """Return the means of the looks, over people and then over populations."""
    means = [[look.mean() for look in life.looks] for life in lives]
    table = sum(pd.DataFrame(rows, index=pd.Index(LOOKS, name="day")) for rows in means) / len(means)
    return table.drop(columns="purchases")


def _step(quality: float, programmes: float, withdrawn: bool) -> Strategy:
    """Return the step as a strategy."""
    when = {"from_day": START, **({"until_day": TAKEN_AWAY} if withdrawn else {})}
    doing: list[dict[str, Any]] = [{"quality": quality}] if quality else []
    if programmes:
        doing += [{"programme": name, "intensity": programmes} for name in _PROGRAMMES]
    if not doing:
        return DO_NOTHING
    rules = [{"do": do, "when": when} for do in doing]
    return Strategy(name="step", about="Better from the third year on.", rules=rules)


def _scenario(preset_name: str, expectations: int, customers: int) -> Scenario:
    """Return a population that begins together and that nobody joins, with the pace of expectations."""
    ready = preset(preset_name)
    experience, programmes, pace = ready.experience, ready.programmes, expectations / 100
    return ready.with_values(
        customers=customers,
        entry_days=30,
        horizon_days=END,
        ref_pool=0.0,
        adapt_up=pace * experience.adapt_up,
        adapt_down=pace * experience.adapt_down,
        market_pull=pace * experience.market_pull,
        prog_adapt=pace * programmes.prog_adapt,
    )


# The arguments determine the lives completely, so what is kept can never be out of date.
@lru_cache(maxsize=128)
def _lives(
    quality: float, programmes: float, withdrawn: bool, replication: int,
    preset_name: str, expectations: int, customers: int, seed: int, engine: str,
) -> _Life:  # fmt: skip
    """Run a population to each day of a look, which is the whole run up to that day."""
    step = _step(quality, programmes, withdrawn)
    who = (replication, preset_name, expectations, customers, seed, engine)

    def run(day: int) -> Ledger:
        # Before its first day the step is not there.
        return simulate(
            _world_until(day, preset_name, expectations, customers),
            step if day > START else DO_NOTHING,
            seed=seed,
            replication=replication,
            engine=engine,
            log=day == END,
        )

    begun = [] if step is DO_NOTHING else [*_lives(0.0, 0.0, False, *who).looks[: LOOKS.index(START) + 1]]
    end = run(END)
    later = [active_forms(run(day)) for day in LOOKS[len(begun) : -1]]
    return _Life(
        (*begun, *later, active_forms(end)),
        servqual_gaps(end),
        satisfied_in_surveys(end),
        satisfaction_by_month(end),
        survey_bias(end),
    )


@lru_cache(maxsize=64)
def _world_until(day: int, preset_name: str, expectations: int, customers: int) -> Scenario:
    return _scenario(preset_name, expectations, customers).up_to(day)
