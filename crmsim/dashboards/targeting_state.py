"""What the targeting lab knows and computes, without a single widget.

The futures of all customers, with the offer and without, take a second or two and are kept; whom each score
would choose, at which share, cost and error, is then a matter of sorting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, ClassVar

import pandas as pd
from matplotlib.figure import Figure

from crmsim.dashboards.choices import number, seed, whole, world
from crmsim.dashboards.paired_runs import each_population
from crmsim.dashboards.panel_state import PanelState
from crmsim.dashboards.targeting_picture import targeting_figure
from crmsim.offer_trial import OfferTrial, run_offer_trial
from crmsim.scenario import Scenario, preset
from crmsim.targeting import compare_trials
from crmsim.targeting_result import EFFECTS, TargetingComparison
from crmsim.text import say
from crmsim.uplift import UpliftCurve

__all__ = ["SCORES_SHOWN", "TargetingResult", "TargetingState"]

#: Ways to choose, the oracle aside; lot is the yardstick below, the oracle that above.
SCORES_SHOWN = ("random", "risk", "sensitivity", "lift", "value_lift")
#: What the others are compared with: what most firms do.
_BASE = "risk"
_DAY, _DAYS_AHEAD, _FUTURES = 720, 360, 10


@dataclass(frozen=True)
class TargetingState(PanelState):
    """The choices of the targeting lab.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    share : int
        Customers who get the offer, 1 to 100, in percent of those there.
    cost : float
        Of one offer, in save offers of the scenario's price list, 0 to 4.
    noise : float
        Error of the scores (log standard deviation), 0 to 2.
    wake : int
        Chance that an offer reminds an inert customer that leaving is possible, 0 to 20, in percent.
    customers : int
        Initial customers of each population, 200 to 2,000.
    populations : int
        Independent ones, 2 to 8.
    seed : int

    Examples
    --------
    >>> result = TargetingState(customers=200, populations=2).run()
    >>> result.comparison.scores[-1]
    'oracle'
    """

    screen: ClassVar[str] = "targeting"

    preset: str = world()
    share: int = whole(10, 1, 100)
    cost: float = number(1.0, 0.0, 4.0, 0.25)
    noise: float = number(0.5, 0.0, 2.0, 0.1)
    wake: int = whole(1, 0, 20)
    customers: int = whole(600, 200, 2000, 200)
    populations: int = whole(5, 2, 8)
    seed: int = seed()

    @property
    def scenario(self) -> Scenario:
        """The scenario of the trial, with scores of the error that it was lived with."""
        return _scenario(self.preset, self.customers, self.wake)

    @property
    def runs(self) -> int:
        """Number of trials."""
        return self.populations

    def steps(self) -> Iterator[int | TargetingResult]:
        """Live the trials that are not kept, and choose: yield trials done, and results as they come."""
        for step in each_population(partial(_trial, *self._world), self.populations):
            if isinstance(step, int):
                yield step
            else:
                yield TargetingResult(self, *_on_terms(*self.terms(len(step))).chosen(self.share))

    @property
    def _world(self) -> tuple[str, int, int, int]:
        """What the futures depend on."""
        return self.preset, self.customers, self.wake, self.seed

    def terms(self, done: int) -> tuple[Any, ...]:
        """Return all that the curves of so many trials depend on: everything but the share."""
        return self._world, done, self.cost, self.noise


@dataclass(frozen=True, eq=False)
class TargetingResult:
    """What came out, with the choices it belongs to.

    Attributes
    ----------
    state : TargetingState
    comparison : TargetingComparison
    curves : dict
        The true curves by effect and score; like `qini` the same for every share.
    qini : DataFrame
        Area over chance by score, as a share of the oracle's: ``mean``, ``low``, ``high``.
    """

    state: TargetingState
    comparison: TargetingComparison
    curves: dict[str, dict[str, UpliftCurve]]
    qini: pd.DataFrame

    @property
    def done(self) -> int:
        """Trials that it is made of."""
        return len(self.comparison.replications)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """As of :meth:`crmsim.targeting_result.TargetingComparison.levels`."""
        return self.comparison.levels()

    @cached_property
    def offers_by_type(self) -> pd.DataFrame:
        """As of :meth:`crmsim.targeting_result.TargetingComparison.offers_by_type`."""
        return self.comparison.offers_by_type()

    @cached_property
    def gains(self) -> pd.DataFrame:
        """Net gain of each score: its level and, but for risk itself, the difference to risk.

        Indexed by score: ``mean``, ``low``, ``high``, and with ``difference_`` before them the same of the
        difference, with its ``verdict``; in currency per customer there.
        """
        mine = self.levels[self.levels["measure"] == "net_gain"].set_index("score")
        less = self.comparison.differences(_BASE)
        less = less[less["measure"] == "net_gain"].set_index("score")
        names = {end: f"difference_{end}" for end in ("mean", "low", "high")}
        return mine[["mean", "low", "high"]].join(less.rename(columns=names)[[*names.values(), "verdict"]])

    @property
    def best(self) -> str:
        """The score, of those that a firm can have, with the highest net gain."""
        return str(self.gains.loc[list(SCORES_SHOWN[1:]), "mean"].idxmax())

    @property
    def figure(self) -> Figure:
        """Uplift curve, money, whom the offers reach, and the gain at the share chosen."""
        return targeting_figure(self)

    @property
    def in_words(self) -> str:
        """The net gain of each score in a sentence."""
        lang, currency = self.state.lang, self.comparison.scenario.currency
        key = "panel.targeting.in_words" if self.done > 1 else "panel.targeting.in_words_first"
        return " ".join(
            say(
                key, lang, score=say(f"score.{score}", lang), currency=currency,
                **{end: f"{row[end]:.2f}" for end in ("mean", "low", "high")},
            )
            for score, row in self.gains.iterrows()
        )  # fmt: skip


def _scenario(preset_name: str, customers: int, wake: int) -> Scenario:
    # Errors of 1, because errors of 0 could not be scaled.
    more = {"customers": customers, "wake": wake / 100, "score_noise": 1.0}
    return preset(preset_name).with_values(horizon_days=_DAY + _DAYS_AHEAD, **more)


# The arguments determine the trial completely, so what is kept can never be out of date.
@lru_cache(maxsize=32)
def _trial(preset_name: str, customers: int, wake: int, seed: int, replication: int) -> OfferTrial:
    town = _scenario(preset_name, customers, wake)
    options = {"seed": seed, "replication": replication, "days_ahead": _DAYS_AHEAD}
    return run_offer_trial(town, _DAY, futures=_FUTURES, **options)


class _Terms:
    """Trials on the same terms, and what of them is the same for every share."""

    def __init__(self, trials: list[OfferTrial]):
        self.trials = trials
        self._same: tuple[dict[str, dict[str, UpliftCurve]], pd.DataFrame] | None = None

    def chosen(
        self, share: int
    ) -> tuple[TargetingComparison, dict[str, dict[str, UpliftCurve]], pd.DataFrame]:
        """Return the choice at a share (percent), the curves and the Qini coefficients."""
        found = compare_trials(self.trials, scores=SCORES_SHOWN, share=share / 100)
        if self._same is None:
            self._same = {effect: found.curves(effect) for effect in EFFECTS}, found.coefficient_intervals()
        return found, *self._same


@lru_cache(maxsize=16)
def _on_terms(world: tuple[str, int, int, int], populations: int, cost: float, noise: float) -> _Terms:
    trials = (_trial(*world, replication) for replication in range(populations))
    return _Terms([trial.with_offer_cost(cost).with_score_noise(noise) for trial in trials])
