"""What the screen of churn and win-back knows and computes, without a single widget.

Every population lives several times with the same luck: left alone, under the measure, and with lost
customers asked back. What is kept of each life is small, so another measure or threshold runs only itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import ClassVar

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crmsim.comparison import Interval, mean_interval, verdict
from crmsim.dashboards.choices import choice, number, seed, whole, world
from crmsim.dashboards.churn_picture import churn_figure, churn_in_words
from crmsim.dashboards.paired_runs import each_population
from crmsim.dashboards.panel_state import PanelState
from crmsim.engines import simulate
from crmsim.ledger import Ledger
from crmsim.lessons.win_back_selectivity import selective_win_back
from crmsim.metrics.retention import annual_retention, reasons_heard
from crmsim.metrics.retention_decision import cost_and_regained, lost_profit
from crmsim.plots.style import strategy_label
from crmsim.scenario import Scenario, preset
from crmsim.strategies import DO_NOTHING, find_strategy
from crmsim.strategies.base import Strategy

__all__ = ["MEASURES_SHOWN", "ChurnResult", "ChurnState"]

#: Ready strategies that are meant to keep customers.
MEASURES_SHOWN = (
    "recovery", "quality_step", "onboarding", "stage_matched", "decline_alarm",
    "save_risk", "save_lift", "save_value_lift", "price_cut",
)  # fmt: skip
_ALL = "win_back_all"
_NEVER_THERE = ("by_company",)
#: Preset, customers, years and seed.
_World = tuple[str, int, int, int]


@dataclass(frozen=True)
class ChurnState(PanelState):
    """The choices of the screen of churn and win-back.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    measure : str
        One of :data:`MEASURES_SHOWN`.
    threshold : float
        Lost customers are asked back by value if they brought at least so many costs of winning somebody
        back in their last year, 0 to 6.
    customers : int
        Initial customers of each population, 100 to 2,000.
    years : int
        Length of a run, 2 to 10.
    populations : int
        Independent ones, 2 to 10.
    seed : int

    Examples
    --------
    >>> result = ChurnState(customers=100, years=2, populations=2).run()
    >>> list(result.amounts.index)
    ['avoidable', 'regained', 'cost', 'net']
    """

    screen: ClassVar[str] = "churn"

    preset: str = world()
    measure: str = choice("save_value_lift", MEASURES_SHOWN, strategy_label)
    threshold: float = number(1.0, 0.0, 6.0, 0.5)
    customers: int = whole(500, 100, 2000, 100)
    years: int = whole(5, 2, 10)
    populations: int = whole(5, 2, 10)
    seed: int = seed()

    @property
    def scenario(self) -> Scenario:
        """The scenario of all runs."""
        return _scenario(self.preset, self.customers, self.years)

    @property
    def world(self) -> _World:
        """What the lives of customers who are left alone depend on."""
        return self.preset, self.customers, self.years, self.seed

    @property
    def runs(self) -> int:
        """Number of populations."""
        return self.populations

    def steps(self) -> Iterator[int | ChurnResult]:
        """Let every population live its lives: yield how many did, and results as they come."""
        lived = partial(_lived, self.world, self.measure, self.threshold)
        for step in each_population(lived, self.populations):
            yield step if isinstance(step, int) else ChurnResult(self, tuple(step))


@dataclass(frozen=True, eq=False)
class Alone:
    """What is kept of a population that nothing was done for.

    Attributes
    ----------
    retention : dict of str to float
        Share kept per year: ``first_year``, ``later_years``.
    lost : DataFrame
        As from :func:`crmsim.metrics.retention_decision.lost_profit`, with ``lost`` per 100 initial
        customers, ``profit`` per initial customer.
    heard : DataFrame
        As from :func:`crmsim.metrics.retention.reasons_heard`.
    """

    retention: dict[str, float]
    lost: pd.DataFrame
    heard: pd.DataFrame


@dataclass(frozen=True)
class WonBack:
    """What asking lost customers back did in one population: per initial customer, asked per 100 of them."""

    asked: float
    returned: float
    cost: float
    gain: float


@dataclass(frozen=True, eq=False)
class Lived:
    """One population: left alone, what the measure costs and brings back, and both ways of winning back."""

    alone: Alone
    cost: float
    regained: float
    won: dict[str, WonBack]


@dataclass(frozen=True, eq=False)
class ChurnResult:
    """What came out, with the choices it belongs to; means over the populations with 95 % intervals."""

    state: ChurnState
    lives: tuple[Lived, ...]

    @property
    def done(self) -> int:
        """Populations that it is made of."""
        return len(self.lives)

    @property
    def currency(self) -> str:
        """Of all amounts."""
        return self.state.scenario.currency

    @cached_property
    def retention(self) -> dict[str, Interval]:
        """Step 1: share kept per year, in the first year and later."""
        years = self.lives[0].alone.retention
        return {year: _interval([life.alone.retention[year] for life in self.lives]) for year in years}

    @cached_property
    def causes(self) -> pd.DataFrame:
        """Step 2: of 100 losses, by true cause: ``mean``, ``low``, ``high``, ``heard``, ``preventable``."""
        shares = [_of_100(life.alone.heard["lost"], life.alone.heard["lost"]) for life in self.lives]
        heard = [_of_100(life.alone.heard["heard"], life.alone.heard["lost"]) for life in self.lives]
        table = self._by_cause(shares).assign(heard=pd.concat(heard, axis=1).mean(axis=1))
        return table.drop(index=list(_NEVER_THERE)).sort_values("mean", ascending=False, kind="stable")

    @cached_property
    def profit(self) -> pd.DataFrame:
        """Step 3: profit that went with the losses, by true cause, in currency per initial customer."""
        found = self._by_cause([life.alone.lost["profit"] for life in self.lives])
        return found.loc[self.causes.index]

    @cached_property
    def avoidable(self) -> dict[str, Interval]:
        """Step 3: preventable losses per 100 initial customers, and their value each and in sum."""
        able = [life.alone.lost[life.alone.lost["preventable"]] for life in self.lives]
        lost = np.array([rows["lost"].sum() for rows in able])
        profit = np.array([rows["profit"].sum() for rows in able])
        each = np.divide(100.0 * profit, lost, out=np.full(len(lost), np.nan), where=lost > 0.0)
        return {"lost": _interval(lost), "each": _interval(each), "profit": _interval(profit)}

    @cached_property
    def amounts(self) -> pd.DataFrame:
        """Step 4, in currency per initial customer: ``avoidable``, ``regained``, ``cost``, ``net``."""
        cost = np.array([life.cost for life in self.lives])
        regained = np.array([life.regained for life in self.lives])
        rows = {
            "avoidable": self.avoidable["profit"],
            "regained": _interval(regained),
            "cost": _interval(cost),
            "net": _interval(regained - cost),
        }
        return pd.DataFrame.from_dict({name: row._asdict() for name, row in rows.items()}, orient="index")

    @property
    def verdict(self) -> str:
        """Whether the measure pays: ``higher`` (it does), ``lower``, ``same`` or ``undecided``."""
        return verdict(_interval([life.regained - life.cost for life in self.lives]))

    @cached_property
    def won_back(self) -> pd.DataFrame:
        """Winning back, ``all`` and by ``value``: ``arm``, ``figure``, ``mean``, ``low``, ``high``, ``n``.

        Figures: ``asked`` and ``returned`` (per 100 initial customers); ``gain`` before cost, ``cost`` and
        ``net`` (currency per initial customer); ``per_unit``, net per unit of money spent. Arm ``less``
        is the paired difference, by value less all, of the net and of the net per unit.
        """
        rows = []
        for arm in self.lives[0].won:
            found = [life.won[arm] for life in self.lives]
            figures = {name: np.array([getattr(one, name) for one in found]) for name in _FIGURES}
            figures |= {"net": np.array(list(map(_net, found)))}
            figures |= {"per_unit": np.array(list(map(_per_unit, found)))}
            rows += [
                {"arm": arm, "figure": name} | _interval(values)._asdict() for name, values in figures.items()
            ]
        less = [_net(life.won["value"]) - _net(life.won["all"]) for life in self.lives]
        rows.append({"arm": "less", "figure": "net"} | _interval(less)._asdict())
        rows.append({"arm": "less", "figure": "per_unit"} | self._per_unit_less._asdict())
        return pd.DataFrame(rows)

    @property
    def more_per_unit(self) -> str:
        """Whether asking by value nets ``more_per_unit``, ``less_per_unit`` or ``undecided`` against all."""
        words = {"higher": "more_per_unit", "lower": "less_per_unit"}
        return words.get(verdict(self._per_unit_less), "undecided")

    @property
    def _per_unit_less(self) -> Interval:
        return _interval([_per_unit(life.won["value"]) - _per_unit(life.won["all"]) for life in self.lives])

    @property
    def figure(self) -> Figure:
        """Causes, the profit lost with them, the decision, and winning back."""
        return churn_figure(self)

    @property
    def in_words(self) -> str:
        """The decision and winning back in a few sentences."""
        return churn_in_words(self)

    def _by_cause(self, values: Sequence[pd.Series]) -> pd.DataFrame:
        together = pd.concat(values, axis=1)
        rows = {cause: _interval(row.to_numpy())._asdict() for cause, row in together.iterrows()}
        table = pd.DataFrame.from_dict(rows, orient="index")
        return table.assign(preventable=self.lives[0].alone.lost["preventable"])


_FIGURES = ("asked", "returned", "gain", "cost")


def _interval(values: Sequence[float] | np.ndarray) -> Interval:
    return mean_interval(np.asarray(values, float))


def _net(won: WonBack) -> float:
    return won.gain - won.cost


def _per_unit(won: WonBack) -> float:
    return _net(won) / won.cost if won.cost > 0.0 else float("nan")


def _of_100(part: pd.Series, whole: pd.Series) -> pd.Series:
    total = whole.sum()
    return 100.0 * part / total if total else part * np.nan


def _scenario(preset_name: str, customers: int, years: int) -> Scenario:
    return preset(preset_name).with_values(customers=customers, horizon_days=365 * years)


def _lived(world: _World, measure: str, threshold: float, replication: int) -> Lived:
    base = _base(world, replication)
    cost, regained = _measured(world, measure, replication)
    won = {"all": _won(world, None, replication), "value": _won(world, threshold, replication)}
    return Lived(base[1], cost, regained, won)


# The arguments determine the runs completely, so what is kept can never be out of date.
@lru_cache(maxsize=32)
def _base(world: _World, replication: int) -> tuple[Ledger, Alone]:
    ledger = _simulated(world, DO_NOTHING, replication, log=True)
    lost = lost_profit(ledger)
    each = lost.assign(
        lost=100.0 * lost["lost"] / ledger.initial_count, profit=lost["profit"] / ledger.initial_count
    )
    return ledger, Alone(annual_retention(ledger), each, reasons_heard(ledger))


@lru_cache(maxsize=256)
def _measured(world: _World, measure: str, replication: int) -> tuple[float, float]:
    run = _simulated(world, find_strategy(measure), replication)
    return _per_initial(_base(world, replication)[0], run)


def _per_initial(base: Ledger, run: Ledger) -> tuple[float, float]:
    """Return what a strategy costs and brings back, per initial customer."""
    cost, regained = cost_and_regained(base, run)
    return cost / base.initial_count, regained / base.initial_count


@lru_cache(maxsize=256)
def _won(world: _World, threshold: float | None, replication: int) -> WonBack:
    """Ask back everybody (no threshold), or those who brought at least so many costs of it."""
    strategy = find_strategy(_ALL) if threshold is None else selective_win_back("by_value", threshold)
    run = _simulated(world, strategy, replication)
    cost, gain = _per_initial(_base(world, replication)[0], run)
    per = 100.0 / run.initial_count
    asked, returned = (float(run.customers[name].sum()) for name in ("win_backs", "returns"))
    return WonBack(per * asked, per * returned, cost, gain)


def _simulated(world: _World, strategy: Strategy, replication: int, log: bool = False) -> Ledger:
    preset_name, customers, years, seed = world
    town = _scenario(preset_name, customers, years)
    return simulate(town, strategy, seed=seed, replication=replication, log=log)
