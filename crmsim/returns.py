"""Does it pay, how much for each unit spent, and from when on? A strategy's money, paired month by month.

Insulating a house costs at once and saves a little every winter: one asks for the return on what was
spent, and in which year the money is back. The same of a strategy: the books of two worlds are laid side
by side, and every month's difference in profit is what the strategy did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import mean_interval, paired_interval, ratio_interval
from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError
from crmsim.grids import provenance
from crmsim.metrics.money import cost_by_kind, profit_by_month
from crmsim.money_terms import MoneyTerms, money_terms
from crmsim.noted_runs import Diary, replicate_noted
from crmsim.replications import check_numbers
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, AnyStrategy

__all__ = ["Payback", "StrategyReturns", "payback_day", "strategy_returns"]

Array = npt.NDArray[np.float64]


class Payback(NamedTuple):
    """The day of the run from which on a strategy has paid back what it cost, with its interval.

    0 where it was never in the red, infinite where it still is at the end of the run. `low` and `high` are
    the days for the upper and the lower border of the interval of the cumulative difference.
    """

    day: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class StrategyReturns:
    """The outcome of :func:`strategy_returns`.

    Attributes
    ----------
    scenario : Scenario
    base, other : Strategy
    seed : int
    replications : tuple of int
        Those in which nothing failed.
    days : array, shape (months,)
        End of each window of 30 days.
    profit, strategy_cost : array, shape (2, replications, months)
        Of the base and of the other, in currency per initial customer, not discounted, cost positive.
    costs_by_kind : array, shape (2, replications, kinds)
        Of the whole run, likewise.
    kinds : tuple of str
    confidence : float
    problems : dict
        From the number of a replication that was left out to what went wrong in it.
    """

    scenario: Scenario
    base: AnyStrategy
    other: AnyStrategy
    seed: int
    replications: tuple[int, ...]
    days: Array
    profit: Array
    strategy_cost: Array
    costs_by_kind: Array
    kinds: tuple[str, ...]
    confidence: float
    problems: dict[int, str] = field(default_factory=dict)

    @property
    def money(self) -> MoneyTerms:
        """The terms on which discounted amounts stand: as of the first day of the run."""
        return money_terms(self.scenario, 0)

    def costs(self) -> pd.DataFrame:
        """Return the relationship costs of the whole run by kind.

        Returns
        -------
        DataFrame
            Indexed by kind, with ``total`` last: ``base`` and ``other`` (means), ``mean``, ``low``, ``high``
            (of the difference), ``n``; in currency per initial customer, not discounted.
        """
        rows = {}
        by_kind = dict(zip(self.kinds, np.moveaxis(self.costs_by_kind, 2, 0), strict=True))
        for kind, (base, other) in (by_kind | {"total": self.costs_by_kind.sum(axis=2)}).items():
            means = {"base": base.mean(), "other": other.mean()}
            rows[kind] = means | paired_interval(base, other, self.confidence)._asdict()
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("kind")

    def returns(self) -> pd.DataFrame:
        """Return what the strategy brought for what it cost.

        Returns
        -------
        DataFrame
            Indexed by figure: ``unit``, ``mean``, ``low``, ``high``, ``n``. In currency per initial customer,
            discounted to the first day of the run, differences to the base:

            - ``gain``, before the cost of the strategy; ``cost``; ``net`` = gain - cost;
            - ``roi`` = net / cost, per unit of currency spent;
            - ``effect_needed`` = cost / gain: the share of its effect that would still pay for it;
            - ``price_possible`` = gain / cost: how many times its cost it could cost and still pay.

            Ratios are of means, with Fieller's interval: from minus to plus infinity where it is not
            sure that the strategy cost (for ``effect_needed``: gained) anything.
        """
        weights = self._discount()
        net = (self.profit[1] - self.profit[0]) @ weights
        cost = (self.strategy_cost[1] - self.strategy_cost[0]) @ weights
        gain = net + cost
        found = {
            "gain": ("currency", mean_interval(gain, self.confidence)),
            "cost": ("currency", mean_interval(cost, self.confidence)),
            "net": ("currency", mean_interval(net, self.confidence)),
            "roi": ("ratio", ratio_interval(net, cost, self.confidence)),
            "effect_needed": ("share", ratio_interval(cost, gain, self.confidence)),
            "price_possible": ("ratio", ratio_interval(gain, cost, self.confidence)),
        }
        rows = {name: {"unit": unit} | interval._asdict() for name, (unit, interval) in found.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("figure")

    def cumulative(self) -> pd.DataFrame:
        """Return the difference in profit up to the end of each window.

        Returns
        -------
        DataFrame
            Indexed by day, from 0: ``mean``, ``low``, ``high``, ``n``; currency per initial customer,
            discounted to the first day of the run. Each interval is of its own day.
        """
        gaps = np.cumsum((self.profit[1] - self.profit[0]) * self._discount(), axis=1)
        rows = [mean_interval(gap, self.confidence)._asdict() for gap in gaps.T]
        start = {"mean": 0.0, "low": 0.0, "high": 0.0, "n": len(self.replications)}
        return pd.DataFrame([start, *rows], index=pd.Index([0.0, *self.days], name="day"))

    def payback(self) -> Payback:
        """Return when the strategy has paid back what it cost, for good."""
        table = self.cumulative()
        days = table.index.to_numpy()
        return Payback(*(payback_day(days, table[column].to_numpy()) for column in ("mean", "high", "low")))

    def _discount(self) -> Array:
        """Return what a unit of currency in each window is worth on day 0; money moves in its middle."""
        middle = (self.days + np.concatenate([[0.0], self.days[:-1]])) / 2.0
        return np.asarray((1.0 + self.scenario.money.annual_discount_rate) ** (-middle / 365.0))


def strategy_returns(
    scenario: Scenario,
    other: AnyStrategy,
    base: AnyStrategy = DO_NOTHING,
    *,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> StrategyReturns:
    """Run two strategies on the same customers and lay their books side by side.

    Parameters
    ----------
    scenario : Scenario
    other, base : Strategy or ProgrammedStrategy
        What the base is compared with, and the base.
    replications, seed, engine, workers, confidence, progress
        As in :func:`crmsim.experiments.compare`.
    checkpoint : Checkpoint, optional
        In which finished replications are kept, and from which they are taken.

    Returns
    -------
    StrategyReturns
        A replication in which a run failed is left out, and noted in its ``problems``.

    Raises
    ------
    InputError
        For bad numbers, two strategies of one name, or the checkpoint of something else.
    CrmsimError
        When failures left fewer than two replications.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> town = preset("retail").with_values(customers=40, horizon_days=720)
    >>> books = strategy_returns(town, find_strategy("price_cut"), replications=2, workers=1)
    >>> books.costs().loc["offer", "mean"].item()
    0.0
    """
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=confidence)
    if base.name == other.name:
        raise InputError("other", "must not have the name of the base", other.name)
    engines = {strategy.name: engine_for(strategy, engine) for strategy in (base, other)}
    arms = {s.name: partial(_books, scenario, s, seed, engines[s.name]) for s in (base, other)}
    described = provenance(scenario, {"base": base, "other": other}, seed, engine, part="returns")
    diary = Diary(checkpoint, described, _as_data, _from_data)
    done, problems = replicate_noted(
        arms, replications, diary, engines=engines.values(), workers=workers, progress=progress
    )

    def gathered(part: int) -> Array:
        return np.array([[done[k][strategy.name][part] for k in done] for strategy in (base, other)])

    days, kinds = next(iter(done.values()))[base.name][3:]
    return StrategyReturns(
        scenario,
        base,
        other,
        seed,
        tuple(done),
        days,
        gathered(0),
        gathered(1),
        gathered(2),
        kinds,
        confidence,
        problems,
    )


def payback_day(days: npt.ArrayLike, cumulative: npt.ArrayLike) -> float:
    """Return the first of the days from which on a cumulative sum is not below 0 any more.

    Parameters
    ----------
    days, cumulative : array of float, shape (n,)
        Rising days, the first before anything was spent, and the sum up to each.

    Returns
    -------
    float
        The first day where it never is below 0, infinite where it is at the end.

    Examples
    --------
    >>> payback_day([0, 30, 60, 90], [0.0, -5.0, 1.0, 2.0])
    60.0
    >>> payback_day([0, 30, 60, 90], [0.0, 3.0, 1.0, -1.0])
    inf
    """
    below = np.flatnonzero(np.asarray(cumulative, float) < 0.0)
    if len(below) == 0:
        return float(np.asarray(days, float)[0])
    last = below[-1]
    return float(np.append(np.asarray(days, float), np.inf)[last + 1])


#: Of one run: profit and strategy cost by month, costs by kind, ends of the months, names of the kinds.
_Books = tuple[Array, Array, Array, Array, tuple[str, ...]]


def _as_data(books: _Books) -> list[Any]:
    return [np.asarray(part).tolist() for part in books]


def _from_data(data: list[Any]) -> _Books:
    return *(np.array(part) for part in data[:4]), tuple(data[4])  # type: ignore[return-value]


def _books(scenario: Scenario, strategy: AnyStrategy, seed: int, engine: str, replication: int) -> _Books:
    ledger = simulate(scenario, strategy, seed=seed, replication=replication, log=False, engine=engine)
    months, kinds, per = profit_by_month(ledger), cost_by_kind(ledger), ledger.initial_count
    return (
        months["profit"].to_numpy() / per,
        months["strategy_cost"].to_numpy() / per,
        kinds.to_numpy() / per,
        months.index.to_numpy(dtype=float),
        tuple(kinds.index),
    )
