"""What the strategy lab knows and computes, without a single widget.

A strategy is put together from parts, and goes through the same customers with the same luck as a ready one.
With a budget it goes through them once more with one that is never used up: what would then have been spent
says whether the budget was felt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from crmsim.comparison import Interval, mean_interval, paired_interval
from crmsim.dashboards.choices import choice, number, seed, several, strategy, whole, words, world
from crmsim.dashboards.comparison_state import ComparisonResult, Measures, measured, summarise
from crmsim.dashboards.paired_runs import paired_runs
from crmsim.dashboards.panel_state import NothingToShow, PanelState
from crmsim.dashboards.strategy_builder import (
    ACTIONS,
    COMPLAINTS,
    RANKS,
    UNITS,
    built_rule,
    built_strategy,
    laid_down,
)
from crmsim.engines import engine_for, simulate
from crmsim.rule_records import rule_records
from crmsim.scenario import Scenario, preset
from crmsim.stages import Stage
from crmsim.strategies import AnyStrategy, Strategy, find_strategy
from crmsim.strategies.base import Budget
from crmsim.text import say
from crmsim.tiers import Tier

__all__ = ["Spending", "StrategyLabResult", "StrategyLabState", "action_label"]

_STAGES = tuple(s.name.lower() for s in (Stage.EXPLORATION, Stage.FORMATION, Stage.STABILITY, Stage.DECLINE))
_TIERS = tuple(tier.name.lower() for tier in Tier)
#: The arm of the same strategy with a budget that is never used up.
_FREE = "without budget"
_ENDLESS = 1e12


def action_label(action: str, lang: str) -> str:
    """Return what an action of the kit is called."""
    own = ("nothing", "win_back")
    return say(f"panel.strategy_lab.{action}" if action in own else f"plot.life.action.{action}", lang)


def _named(group: str) -> Any:
    return lambda word, lang: say(f"panel.strategy_lab.{group}.{word}", lang)


@dataclass(frozen=True)
class StrategyLabState(PanelState):
    """The choices of the strategy lab.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    rival : str
        Name of the ready strategy to compare with.
    name : str
        Of the strategy built.
    earlier : str
        Rules laid down before the one in the boxes: a list as JSON, in the fields of
        :class:`crmsim.strategies.rules.Rule`.
    action : str
        One of :data:`crmsim.dashboards.strategy_builder.ACTIONS`.
    amount : float
        Its number, in the unit that its label names.
    stages, tiers : tuple of str
        For whom; none means all.
    recency : int or None
        Days without a purchase, at least.
    score : int or None
        Last survey answer, at most; who never answered does not fit.
    complaints : str
        One of :data:`crmsim.dashboards.strategy_builder.COMPLAINTS`.
    rank : str
        By what customers are ranked, or `all`; one of :data:`crmsim.dashboards.strategy_builder.RANKS`.
    share : int
        The top so many percent of those ranked.
    cost : float
        Per customer and month, or each time for what is done once; 0 for none.
    cost_in : str
        One of :data:`crmsim.dashboards.strategy_builder.UNITS`.
    budget : int or None
        Currency per year, for all customers together.
    customers, years, replications, seed : int
        As in :class:`crmsim.dashboards.comparison_state.ComparisonState`.

    Examples
    --------
    >>> state = StrategyLabState(customers=100, years=2, replications=2)
    >>> state.built.rules[0].do.name
    'programme'
    >>> state.run().compared.table.loc["clv", "n"]
    np.int64(2)
    """

    screen: ClassVar[str] = "strategy_lab"

    preset: str = world()
    rival: str = strategy("stage_matched")
    name: str = words("my_strategy")
    earlier: str = words("")
    action: str = choice("special", tuple(ACTIONS), action_label)
    amount: float = number(1.0, 0.0, 1000.0, 0.05, slider=False)
    stages: tuple[str, ...] = several((), _STAGES, lambda name, lang: say(f"stage.{name}", lang), 0)
    tiers: tuple[str, ...] = several(
        ("vip", "important"), _TIERS, lambda name, lang: say(f"tier.{name}", lang), 0
    )
    recency: int | None = whole(None, 30, 720, 30, slider=False, optional=True)
    score: int | None = whole(None, 1, 5, slider=False, optional=True)
    complaints: str = choice("any", tuple(COMPLAINTS), _named("complaints"))
    rank: str = choice("all", RANKS, _named("rank"))
    share: int = whole(10, 1, 100)
    cost: float = number(1.0, 0.0, 1e6, 0.1, slider=False)
    cost_in: str = choice("programme", UNITS, _named("unit"))
    budget: int | None = whole(None, 100, 10**9, 100, slider=False, optional=True)
    customers: int = whole(500, 100, 5_000, 100)
    years: int = whole(5, 2, 10)
    seed: int = seed()
    replications: int = whole(8, 2, 20)

    @property
    def scenario(self) -> Scenario:
        """The scenario that both strategies run in."""
        return preset(self.preset).with_values(customers=self.customers, horizon_days=365 * self.years)

    @property
    def built(self) -> Strategy:
        """The strategy built, as data; refused where a strategy of a file would be."""
        scenario = self.scenario
        found = built_strategy(self, scenario.currency)
        rule_records(found, scenario)
        return found

    @property
    def left(self) -> str:
        """Name of the ready strategy, which stands on the left of tables."""
        return self.rival

    @property
    def right(self) -> str:
        """Name of the strategy built."""
        return self.name

    @property
    def strategies(self) -> tuple[str, ...]:
        """The arms of the comparison; with a budget also the strategy without it."""
        return (self.left, self.right) if self.budget is None else (self.left, self.right, _FREE)

    @property
    def runs(self) -> int:
        """Number of runs that the comparison consists of."""
        return self.replications * len(self.strategies)

    def with_rule_laid_down(self) -> StrategyLabState:
        """Return the state with the rule in the boxes among those laid down, and empty boxes."""
        rule = built_rule(self)
        if rule is None:
            raise NothingToShow("panel.strategy_lab.nothing_to_add")
        rules = _as_json([*laid_down(self.earlier), rule])
        return replace(self, earlier=rules, action="nothing", rank="all")

    def without_last_rule(self) -> StrategyLabState:
        """Return the state with empty boxes or, where they are empty, without the last rule laid down."""
        if self.action != "nothing":
            return replace(self, action="nothing", rank="all")
        return replace(self, earlier=_as_json(laid_down(self.earlier)[:-1]))

    def with_rules_of_rival(self) -> StrategyLabState:
        """Return the state with the rules of the ready strategy laid down, and empty boxes."""
        ready = find_strategy(self.rival)
        if not isinstance(ready, Strategy):
            raise NothingToShow("panel.strategy_lab.no_rules")
        data = ready.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
        return replace(self, earlier=_as_json(data.get("rules", [])), action="nothing", rank="all")

    def steps(self) -> Iterator[int | StrategyLabResult]:
        """Compute run by run, as :func:`crmsim.dashboards.paired_runs.paired_runs` does."""
        mine = self.built
        if not mine.rules:
            raise NothingToShow("panel.strategy_lab.no_rule")
        # Not without one: rules that share a budget wait for the end of the month, and that is no limit.
        free = mine.model_copy(update={"budget": Budget(per_year=_ENDLESS)})
        arms: dict[str, AnyStrategy] = {self.left: find_strategy(self.rival), self.right: mine, _FREE: free}
        chosen = (self.preset, self.customers, self.years, self.seed)
        engines = {engine_for(arms[name], "auto") for name in self.strategies}
        runs = paired_runs(
            lambda name, k: _measure(arms[name], k, *chosen),
            self.strategies,
            self.replications,
            engines=engines,
        )
        for step in runs:
            yield step if isinstance(step, int) else _result(self, mine, step)


@dataclass(frozen=True)
class Spending:
    """What the strategy built cost, in currency per year for all customers together, not discounted.

    Attributes
    ----------
    cost : Interval
    unspent : Interval or None
        What it would have cost more without its budget, on the same customers; None without a budget.
    """

    cost: Interval
    unspent: Interval | None

    @property
    def binds(self) -> str:
        """Whether the budget was felt: ``yes``, ``no``, ``unclear``, or ``none`` without a budget."""
        more = self.unspent
        if more is None:
            return "none"
        if more.n < 2 or np.isnan(more.low):
            return "unclear"
        if more.low > 0.0:
            return "yes"
        return "no" if more.low == more.high == 0.0 else "unclear"


@dataclass(frozen=True, eq=False)
class StrategyLabResult:
    """What came out, with the choices it belongs to.

    Attributes
    ----------
    state : StrategyLabState
    built : Strategy
        As a file would hold it.
    compared : ComparisonResult
        Ready strategy on the left, the one built on the right.
    spending : Spending
    """

    state: StrategyLabState
    built: Strategy
    compared: ComparisonResult
    spending: Spending

    @property
    def done(self) -> int:
        """Runs that it is made of."""
        return self.compared.done


def _result(state: StrategyLabState, mine: Strategy, pairs: list[dict[str, Measures]]) -> StrategyLabResult:
    per_year = state.customers / state.years
    spent = {
        name: per_year * np.array([pair[name].outcomes["strategy_cost"] for pair in pairs])
        for name in state.strategies[1:]
    }
    cost = mean_interval(spent[state.right])
    unspent = paired_interval(spent[state.right], spent[_FREE]) if state.budget is not None else None
    measures = {name: [pair[name] for pair in pairs] for name in state.strategies}
    return StrategyLabResult(state, mine, summarise(state, measures), Spending(cost, unspent))


def _as_json(rules: list[dict[str, Any]]) -> str:
    return json.dumps(rules, ensure_ascii=False) if rules else ""


# The arguments determine the run completely, so what is kept can never be out of date.
@lru_cache(maxsize=256)
def _measure(
    strategy: AnyStrategy, replication: int, preset_name: str, customers: int, years: int, seed: int
) -> Measures:
    """Run one replication of one strategy and keep what the screen shows of it."""
    scenario = preset(preset_name).with_values(customers=customers, horizon_days=365 * years)
    return measured(simulate(scenario, strategy, seed=seed, replication=replication, log=False))
