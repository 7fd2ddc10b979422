"""What the call-centre monitor knows and computes, without a single widget.

The same customers call three desks: one that answers at once, one that answers in the order of arrival, and
one that answers the better customer first. What waiting costs is the second less the first; what priority
changes is the third less the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd

from crmsim.comparison import mean_interval, paired_interval, ratio_interval, verdict
from crmsim.dashboards.choices import choice, engine, number, seed, whole, world, yes_no
from crmsim.dashboards.paired_runs import paired_runs
from crmsim.dashboards.panel_state import PanelState
from crmsim.engines import engine_for, simulate
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.calls import answered_complaints, desk_calls, number_waiting, wait_shares
from crmsim.metrics.desk_theory import expected_longer_waits, expected_waits
from crmsim.metrics.outcomes import outcomes
from crmsim.queueing import agents_needed, erlang_c, occupancy
from crmsim.scenario import Scenario, preset
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy
from crmsim.text import say
from crmsim.tiers import Tier

__all__ = ["ARMS", "OUTCOME_UNITS", "DeskResult", "DeskState"]

#: The desks, and what each is compared with.
ARMS = ("at_once", "arrival", "priority")
_BASE = {"arrival": "at_once", "priority": "arrival"}
#: Rows of the table, and their units.
OUTCOME_UNITS = {
    "wait": "days",
    "satisfied": "share",
    "satisfied_there": "share",
    "complaints": "per_100",
    "quality": "percent_of_best",
    "lost": "share",
    "lost_vip": "share",
    "lost_small": "share",
    "clv": "currency",
}
#: Ways to answer: class at the desk by tier, or a pair of ready strategies, of which one has priority.
ORDERS = ("tiers", "vip", "service")
_CLASSES = {
    "tiers": {"vip": 0, "important": 1, "ordinary": 2, "small": 3},
    "vip": {"vip": 0, "important": 1, "ordinary": 1, "small": 1},
    "service": {"vip": 0, "important": 1, "ordinary": 2, "small": 3},
}
#: So many agents that nobody waits.
_PLENTY = 500
#: Waits are those of calls made in the second year: in the first, customers are still coming in.
_MEASURED = (365, 730)
_DAYS = np.arange(0.0, 8.01, 0.1)
_WEEK = 7.0
#: Spans of waiting, in days, by which complaints are looked at.
_SPANS = ((0.0, 0.25), (0.25, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, np.inf))
#: Days after an answer within which a loss is put down.
LOST_WITHIN = 180
#: Such a load is the usual one: hardly more work than time while everybody is there.
_USUAL_LOAD = 0.95


def _order(word: str, lang: str) -> str:
    return say(f"panel.desk.order.{word}", lang)


@dataclass(frozen=True)
class DeskState(PanelState):
    """The choices of the call-centre monitor.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    customers : int
        Initial customers, 200 to 3000.
    questions, problems : float
        How many times as often as usual customers have a question, and an experience goes wrong; 0 to 4.
    agents : int
        1 to 12.
    hours : float
        Mean handling time of a contact, in hours of an agent's time, 1 to 48.
    order : {"tiers", "vip", "service"}
        What the third desk does: the better the tier the earlier; VIP customers first, all others in the
        order of arrival; or service by tier as a whole (``tier_service``), beside ``equal_service``.
    make_good : bool
        Whether complaints are welcomed, answered better and compensated, at all three desks.
    years : int
        Length of a run, in years of 365 days, 2 to 6.
    seed : int
    replications : int
        Runs of each desk, 2 to 12.
    engine : {"auto", "compiled", "simpy"}

    Examples
    --------
    >>> result = DeskState(customers=300, years=2, replications=2).run()
    >>> bool(result.waits["priority"].loc["vip", "mean"] < result.waits["priority"].loc["small", "mean"])
    True
    """

    screen: ClassVar[str] = "desk"

    preset: str = world()
    customers: int = whole(1000, 200, 3000, 100)
    questions: float = number(1.0, 0.0, 4.0, 0.1)
    problems: float = number(1.0, 0.0, 4.0, 0.1)
    agents: int = whole(2, 1, 12)
    hours: float = number(12.0, 1.0, 48.0, 0.5)
    order: str = choice("tiers", ORDERS, _order)
    make_good: bool = yes_no(False)
    years: int = whole(3, 2, 6)
    seed: int = seed()
    replications: int = whole(6, 2, 12)
    engine: str = engine()

    @property
    def usual_hours(self) -> float:
        """Handling time with which the agents are nearly busy all the time while all customers are there."""
        contacts = preset(self.preset).service.desk_contacts
        hours = 24.0 * _USUAL_LOAD * self.agents * 365.0 / (self.customers * contacts)
        return min(max(round(2.0 * hours) / 2.0, 1.0), 48.0)

    @property
    def runs(self) -> int:
        """Number of runs that the work consists of."""
        return self.replications * len(ARMS)

    @property
    def classes(self) -> dict[str, pd.Series]:
        """Class at the desk by tier, of the desks with a queue; the lower is served first."""
        tiers = [tier.name.lower() for tier in Tier]
        return {"arrival": pd.Series(0, tiers), "priority": pd.Series(_CLASSES[self.order])}

    def scenario(self, arm: str) -> Scenario:
        """Return the scenario of a desk; the handling time is the same at all of them."""
        usual = preset(self.preset)
        agents = _PLENTY if arm == "at_once" else self.agents
        return usual.with_values(
            customers=self.customers,
            horizon_days=365 * self.years,
            inquiry_mean=self.questions * usual.service.inquiry_mean,
            problem_prob=min(self.problems * usual.service.problem_prob, 1.0),
            desk_agents=agents,
            # The handling time is load x agents x 365 / (customers x contacts).
            desk_load=self.agents / agents,
            desk_contacts=self.agents * 365.0 / (self.customers * self.hours / 24.0),
        )

    def strategy(self, arm: str) -> Strategy:
        """Return what the firm does at a desk."""
        rules: list = []
        if self.order == "service":
            rules += find_strategy("tier_service" if arm == "priority" else "equal_service").rules
        elif arm == "priority":
            rules.append({"do": {"priority": _CLASSES[self.order]}})
        if self.make_good:
            rules += find_strategy("recovery").rules
        return Strategy(name=arm, about="A desk of the call-centre monitor.", rules=rules)

    def steps(self) -> Iterator[int | DeskResult]:
        """Run the desks: yield the number of runs done, the result of the first of each, and that of all."""
        chosen = (self.preset, self.customers, self.questions, self.problems, self.agents, self.hours,
                  self.order, self.make_good, self.years, self.seed, self.engine)  # fmt: skip
        engines = {engine_for(self.strategy(arm), self.engine) for arm in ARMS}
        for step in paired_runs(
            lambda arm, k: _measure(arm, k, *chosen), ARMS, self.replications, engines=engines
        ):
            # A picture takes longer than a run: between the first and the last there are none.
            if isinstance(step, int):
                yield step
            elif len(step) in (1, self.replications):
                yield DeskResult(self, tuple(step))


@dataclass(frozen=True, eq=False)
class _Measures:
    """One run of one desk, measured; by tier in the order of their codes."""

    outcomes: dict[str, float]
    calls_per_day: pd.Series
    mean_waits: pd.Series
    #: Answered calls of the second year, and the share of them that waited longer than _DAYS.
    answered: np.ndarray
    shares: pd.DataFrame
    weeks: pd.DataFrame
    #: A row per span: complaints, sum of their quality, number lost.
    complaints: np.ndarray


# The arguments determine the run completely, so what is kept can never be out of date.
@lru_cache(maxsize=400)
def _measure(arm: str, replication: int, *chosen: object) -> _Measures:
    names = ("preset", "customers", "questions", "problems", "agents", "hours", "order", "make_good",
             "years", "seed", "engine")  # fmt: skip
    state = DeskState(**dict(zip(names, chosen, strict=True)))  # type: ignore[arg-type]
    ledger = simulate(
        state.scenario(arm),
        state.strategy(arm),
        seed=state.seed,
        replication=replication,
        engine=state.engine,
    )
    calls = desk_calls(ledger)
    measured = calls[calls["asked"].between(*_MEASURED, inclusive="left")]
    by_tier = measured.groupby("tier")["waited"]
    codes, tiers = range(len(Tier)), [tier.name.lower() for tier in Tier]
    complaints = answered_complaints(ledger, LOST_WITHIN)
    return _Measures(
        _outcomes(ledger, complaints),
        (by_tier.size().reindex(codes, fill_value=0) / (_MEASURED[1] - _MEASURED[0])).set_axis(tiers),
        by_tier.mean().reindex(codes).set_axis(tiers),
        by_tier.count().reindex(codes, fill_value=0).to_numpy(),
        wait_shares(measured, _DAYS),
        number_waiting(calls, np.arange(0.0, ledger.horizon_days + 0.5, _WEEK)),
        _by_span(complaints),
    )


def _outcomes(ledger: Ledger, complaints: pd.DataFrame) -> dict[str, float]:
    """Return the rows of the table; what is lost or complained of is per initial customer."""
    whole, events, initial = outcomes(ledger), ledger.run["events"], ledger.initial_count
    lost = events[EventKind.CHURN] / initial
    return {
        "wait": whole["wait"],
        "satisfied": whole["satisfied"],
        "satisfied_there": float(np.nan_to_num(whole["satisfied"])) * whole["active"],
        "complaints": 100.0 * float(events[EventKind.COMPLAINT].sum()) / initial,
        "quality": float(complaints["quality"].mean()),
        "lost": float(lost.sum()),
        "lost_vip": float(lost[Tier.VIP]),
        "lost_small": float(lost[Tier.SMALL]),
        "clv": whole["clv"],
    }


def _by_span(complaints: pd.DataFrame) -> np.ndarray:
    waited = complaints["waited"]
    within = [complaints[(waited >= low) & (waited < high)] for low, high in _SPANS]
    return np.array([(len(c), c["quality"].sum(), c["lost"].sum()) for c in within], float)


class OverallWait(NamedTuple):
    """The share of callers (0 to 1) who had to wait, and the mean wait (days) of all of them."""

    share: float
    mean: float


@dataclass(frozen=True, eq=False)
class DeskResult:
    """What came out, with the choices it belongs to.

    Attributes
    ----------
    state : DeskState
    pairs : tuple of dict
        A replication each: from the desk to what was measured.
    """

    state: DeskState
    pairs: tuple[dict[str, _Measures], ...]

    @property
    def done(self) -> int:
        """Runs that it is made of."""
        return len(self.pairs) * len(ARMS)

    @property
    def currency(self) -> str:
        """Of all amounts."""
        return preset(self.state.preset).currency

    def _all(self, arm: str) -> list[_Measures]:
        return [pair[arm] for pair in self.pairs]

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row per outcome and desk: ``level`` (mean), and the paired difference to the desk before.

        The difference is ``mean``, ``low``, ``high``, ``n`` and ``verdict``; the first desk has none.
        """
        rows = {}
        for outcome in OUTCOME_UNITS:
            values = {arm: np.array([m.outcomes[outcome] for m in self._all(arm)]) for arm in ARMS}
            for arm in ARMS:
                row = {"level": mean_interval(values[arm]).mean}
                if arm in _BASE:
                    gap = paired_interval(values[_BASE[arm]], values[arm])
                    row |= {**gap._asdict(), "verdict": verdict(gap)}
                rows[outcome, arm] = row
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["outcome", "arm"])

    @cached_property
    def waits(self) -> dict[str, pd.DataFrame]:
        """Mean wait (days) by tier with its 95 % interval over the runs, of the desks with a queue."""
        return {
            arm: pd.DataFrame(
                {
                    tier: mean_interval(np.array([m.mean_waits[tier] for m in self._all(arm)]))._asdict()
                    for tier in self.calls_per_day(arm).index
                }
            ).T
            for arm in _BASE
        }

    def calls_per_day(self, arm: str) -> pd.Series:
        """Return the calls a day by tier in the second year, mean over the runs."""
        return pd.concat([m.calls_per_day for m in self._all(arm)], axis=1).mean(axis=1)

    @cached_property
    def theory(self) -> dict[str, pd.Series]:
        """The mean wait (days) by tier that theory expects, of the desks with a queue."""
        state = self.state
        return {
            arm: expected_waits(self.calls_per_day(arm), state.hours / 24.0, state.agents, state.classes[arm])
            for arm in _BASE
        }

    def shares(self, arm: str) -> pd.DataFrame:
        """Return the share of callers of each tier who waited longer than some days, all runs together."""
        runs = self._all(arm)
        weights = np.array([m.answered for m in runs], float)
        longer = sum(m.shares.fillna(0.0) * w for m, w in zip(runs, weights, strict=True))
        total = weights.sum(axis=0)
        return longer / np.where(total > 0, total, np.nan)  # type: ignore[operator, return-value]

    def overall_wait(self, arm: str) -> OverallWait:
        """Return how many callers had to wait in the second year, and how long all waited, over all runs.

        Both are nan where nobody called.
        """
        runs = self._all(arm)
        answered = sum(m.answered for m in runs)
        longer, means = self.shares(arm).iloc[0].to_numpy(), [m.mean_waits.fillna(0.0) for m in runs]
        days = sum(float(mean @ m.answered) for mean, m in zip(means, runs, strict=True))
        total = float(np.sum(answered)) or float("nan")
        return OverallWait(float(np.nansum(longer * answered)) / total, days / total)

    def theory_shares(self, arm: str) -> pd.Series:
        """Return the same share for all callers together as Erlang C expects it."""
        days = _DAYS
        rate = float(self.calls_per_day(arm).sum())
        longer = expected_longer_waits(rate, self.state.hours / 24.0, self.state.agents, days)
        return pd.Series(longer, days)

    def weeks(self, arm: str) -> pd.DataFrame:
        """Return who was waiting, week by week, in the first of the runs."""
        return self.pairs[0][arm].weeks

    @cached_property
    def recoveries(self) -> pd.DataFrame:
        """Complaints, answered in the order of arrival, by their wait; columns of ``plot_recoveries``."""
        sums = np.array([m.complaints for m in self._all("arrival")])
        rows = []
        for n, quality, lost in np.moveaxis(sums, (0, 1, 2), (2, 0, 1)):
            good, gone = ratio_interval(quality, n), ratio_interval(lost, n)
            rows.append(
                {"n": n.sum(), "quality": good.mean, "quality_low": good.low, "quality_high": good.high,
                 "lost": gone.mean, "lost_low": gone.low, "lost_high": gone.high}
            )  # fmt: skip
        return pd.DataFrame(rows, index=pd.MultiIndex.from_tuples(_SPANS))

    @cached_property
    def load(self) -> dict[str, float]:
        """The desk in the order of arrival, in the second year, in the words of queueing theory.

        ``calls`` a day, ``erlangs`` (offered load), ``occupancy`` (0 to 1), ``delayed`` (share that has to
        wait, Erlang C) and ``needed`` (agents that answer 80 % of callers within a quarter of a day).
        """
        rate, service = float(self.calls_per_day("arrival").sum()), 24.0 / self.state.hours
        return {
            "calls": rate,
            "erlangs": rate / service,
            "occupancy": float(occupancy(rate, service, self.state.agents)),
            "delayed": float(erlang_c(self.state.agents, rate / service)),
            "needed": agents_needed(rate, service, within=0.25, target=0.8),
        }
