"""One offer, the same customers with it and without it, many times: its true effect on each of them.

A drug trial gives half the patients the drug and compares two groups; nobody learns what it did to one
patient. Here each customer of a day is followed with the offer and without, in many futures with the same
luck in both: the true uplift of everybody, to hold scores and estimates against. :func:`run_campaign` is
the trial that a firm could make of it, treating some by lot and living once.

Offering to everybody is not quite the sum of offering to each: customers meet at the desk and talk. An
effect here is that of the own offer in a world in which everybody else has one, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.decision_state import DecisionState, check_day, state_on
from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError, whole_number
from crmsim.events import EventKind
from crmsim.firm_view import active_scores, known_measures
from crmsim.ledger import Ledger
from crmsim.luck import Purpose, uniforms
from crmsim.model.records import DAY, WINDOW
from crmsim.money_terms import MoneyTerms, money_terms
from crmsim.response_types import TYPES, type_shares
from crmsim.rule_records import Measure
from crmsim.scenario import Scenario
from crmsim.scores import Score
from crmsim.shrinkage import shrunk_means
from crmsim.stages import Stage, Status
from crmsim.strategies import DO_NOTHING, Strategy
from crmsim.strategies.base import MAX_RULES
from crmsim.strategies.rules import MEASURES, Action, Cost, Pick, Rule, When
from crmsim.summary import COUNTED
from crmsim.tiers import Tier

__all__ = ["SAVE_OFFER", "SCORES", "Offer", "OfferTrial", "run_campaign", "run_offer_trial"]

Array = npt.NDArray[np.float64]

#: What a ready targeting rule can rank by, besides the firm's own numbers.
SCORES = ("random", *(score.name.lower() for score in Score))


@dataclass(frozen=True)
class Offer:
    """A save offer that is made once.

    Attributes
    ----------
    strength : float
        Above 0 and up to 10, as in the action ``save_offer`` of a strategy.
    days : int
        That it is in force, 30 to 3600.
    cost : float
        Each, in save offers of the scenario's price list; 0 or more.
    """

    strength: float = 1.2
    days: int = 180
    cost: float = 1.0

    def rule(self, day: int, pick: Pick | None = None) -> Rule:
        """Return the rule that makes the offer at the end of the window that ends on `day`."""
        return Rule(
            when=When(from_day=day, until_day=day + 1),
            do=Action(save_offer=float(self.strength), days=self.days),
            cost=Cost(per_use=float(self.cost), unit="save_offer"),
            pick=pick,
        )


#: That of the ready strategies that begin with ``save_``.
SAVE_OFFER = Offer()


@dataclass(frozen=True, eq=False)
class OfferTrial:
    """The outcome of :func:`run_offer_trial`: customers in rows, futures where it says so.

    Attributes
    ----------
    scenario : Scenario
        Up to the end of the trial.
    base : Strategy
    offer : Offer
    day : int
        On which the offer is made.
    seed, replication : int
    engine : str
    known : DataFrame
        Indexed by number of the customer: what the firm knows on the day before it acts, ``stage``
        (observed), ``tier`` and the measures of :data:`crmsim.strategies.rules.MEASURES`, and the scores
        of :data:`SCORES` with the error that such models have.
    exact : DataFrame
        The same scores without their error, which no firm can have.
    stayed : array of bool, shape (2, futures, customers)
        Whether the customer was still there at the end, without and with the offer.
    value : array of float, shape (2, futures, customers)
        What the customer brought from the day on, cost of the offer deducted.
    """

    scenario: Scenario
    base: Strategy
    offer: Offer
    day: int
    seed: int
    replication: int
    engine: str
    known: pd.DataFrame
    exact: pd.DataFrame
    stayed: np.ndarray
    value: np.ndarray

    @property
    def money(self) -> MoneyTerms:
        """The terms on which amounts stand: as of the day of the offer."""
        return money_terms(self.scenario, self.day)

    def effects(self) -> pd.DataFrame:
        """Return the true effect of the offer on each customer, over all futures.

        Returns
        -------
        DataFrame
            Indexed by number: ``stay_without``, ``stay_with`` (0 to 1), ``uplift`` (their difference),
            ``value_uplift`` (currency, cost of the offer deducted) and how often the customer was of each
            of the four types.
        """
        without, given = self.stayed.mean(axis=1)
        table = pd.DataFrame(
            {
                "stay_without": without,
                "stay_with": given,
                "uplift": given - without,
                "value_uplift": (self.value[1] - self.value[0]).mean(axis=0),
            },
            index=self.known.index,
        )
        table[list(TYPES)] = type_shares(*self.stayed)
        return table

    def expected(self, effect: str, futures: npt.ArrayLike | None = None) -> Array:
        """Return the best guess of the effect on each customer that hidden state and some futures allow.

        Futures are few and one customer's effect is small, so the mean over futures says more about their
        luck than about the customer; it is drawn towards what the exact scores say
        (:func:`crmsim.shrinkage.shrunk_means`).

        Parameters
        ----------
        effect : {"uplift", "value_uplift"}
        futures : array of int, optional
            Their places, from 0, at least two; the default is all.

        Raises
        ------
        InputError
            For an unknown effect, or fewer than two futures.
        """
        chosen = np.arange(self.stayed.shape[1]) if futures is None else np.asarray(futures)
        lift, sensitivity = self.exact["lift"].to_numpy(), self.exact["sensitivity"].to_numpy()
        if effect == "uplift":
            gains = self.stayed[1, chosen].astype(float) - self.stayed[0, chosen]
            return shrunk_means(gains, np.stack([lift, sensitivity, self.exact["risk"]], axis=1))
        if effect != "value_uplift":
            raise InputError("effect", "must be uplift or value_uplift", effect)
        gains = self.value[1, chosen] - self.value[0, chosen]
        worth = self.value[:, chosen].mean(axis=(0, 1)).clip(0.0)
        guide = np.stack([lift * worth, self.exact["value_lift"], worth, sensitivity * worth], axis=1)
        # Who is worth little now may be worth more in a future that was not drawn.
        return shrunk_means(gains, guide, worth + 0.2 * worth.mean() + 1e-9)

    def with_offer_cost(self, cost: float) -> Self:
        """Return the trial of the same offer at another cost, without living the futures again.

        Customers do not know what an offer costs the firm, so their lives are the same to the last event;
        only each customer's value with the offer changes, by the difference.

        Parameters
        ----------
        cost : float
            Each, in save offers of the scenario's price list; 0 or more.
        """
        if not 0.0 <= cost < np.inf:
            raise InputError("cost", "must be a number of at least 0", cost)
        more = (cost - self.offer.cost) * self.scenario.price_list.save_offer
        value = self.value - np.array([0.0, more])[:, None, None]
        return replace(self, offer=replace(self.offer, cost=cost), value=value)

    def with_score_noise(self, noise: float) -> Self:
        """Return the trial with better or worse scores, whose errors have the same sign for everybody.

        Parameters
        ----------
        noise : float
            Log standard deviation of the error, in place of the scenario's ``score_noise``; 0 to 5.

        Raises
        ------
        InputError
            For a number out of range, and where the scores of the trial have no error to be scaled.
        """
        own = self.scenario.programmes.score_noise
        if own == 0.0:
            raise InputError("scenario.programmes.score_noise", "must be above 0 to be scaled", own)
        if not 0.0 <= noise <= 5.0:
            raise InputError("noise", "must be from 0 to 5", noise)
        names = list(self.exact)
        exact, known = self.exact.to_numpy(), self.known[names].to_numpy()
        error = np.divide(known, exact, out=np.ones_like(exact), where=exact != 0.0)
        scores = pd.DataFrame(exact * error ** (noise / own), index=self.known.index, columns=names)
        town = self.scenario.with_values(score_noise=noise)
        return replace(self, scenario=town, known=self.known.assign(**scores))


def run_offer_trial(
    scenario: Scenario,
    day: int,
    offer: Offer = SAVE_OFFER,
    base: Strategy = DO_NOTHING,
    *,
    days_ahead: int = 360,
    futures: int = 20,
    seed: int = 1,
    replication: int = 0,
    engine: str = "auto",
) -> OfferTrial:
    """Follow every customer of a day with an offer and without it, in many futures.

    Parameters
    ----------
    scenario : Scenario
    day : int
        Of the offer, a multiple of 30 (days).
    offer : Offer
    base : Strategy
        What the firm does anyway; without a budget.
    days_ahead : int
        How long customers are followed, at least 30 and within the scenario's horizon. The effect of
        an offer fades when it is over: much later most will have left in both worlds.
    futures : int
        1 to 10,000.
    seed, replication, engine
        As in :func:`crmsim.engines.simulate`.

    Returns
    -------
    OfferTrial

    Raises
    ------
    InputError
        For bad numbers, a day on which no window ends, a base with a budget, and where nobody is a
        customer on the day.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> trial = run_offer_trial(preset("retail").with_values(customers=40, horizon_days=750), 390, futures=2)
    >>> trial.stayed.shape == (2, 2, len(trial.known))
    True
    """
    check_day(day, scenario)
    whole_number("futures", futures, 1, 10_000)
    whole_number("days_ahead", days_ahead, WINDOW // DAY, scenario.population.horizon_days - day)
    if base.budget is not None:
        raise InputError("base", "must not have a budget: the offer would draw on it", base.budget.per_year)
    town = scenario.up_to(day + days_ahead)
    engine = engine_for(base, engine)
    then = state_on(day, town, base, seed=seed, replication=replication, engine=engine)
    there = then.active
    if len(there) == 0:
        raise InputError("day", "must be one on which somebody is a customer", day)
    worlds = (base, _with_offer(base, town, offer.rule(day)))
    stayed, value = np.zeros((2, futures, len(there)), bool), np.zeros((2, futures, len(there)))
    for world, strategy in enumerate(worlds):
        for future in range(futures):
            run = simulate(
                town, strategy, seed=seed, replication=replication, log=False,
                engine=engine, future=(day, future + 1),
            )  # fmt: skip
            stayed[world, future] = run.customers["status"][there] == Status.ACTIVE
            value[world, future] = _value_ahead(run, then, there, day)
    noise = town.programmes.score_noise
    known, exact = _known(then, there, day), _scores(then, there, offer, day, 0.0)
    known = known.join(_scores(then, there, offer, day, noise))
    return OfferTrial(town, base, offer, day, seed, replication, engine, known, exact, stayed, value)


def run_campaign(trial: OfferTrial, share: float = 0.5) -> pd.DataFrame:
    """Make the offer to a share of the customers, drawn by lot, and live once: what a firm could find out.

    Parameters
    ----------
    trial : OfferTrial
        For the customers, the day and the offer; the luck is that of the run itself, no other future.
    share : float
        Treated, strictly between 0 and 1; of n customers the nearest whole number above.

    Returns
    -------
    DataFrame
        Indexed by number like the trial: ``treated``, ``stayed`` (bool) and ``value`` (from the day on,
        currency as of the day, cost of the offer deducted). With a score of ``trial.known`` these are what
        :func:`crmsim.uplift.uplift_curve` takes.

    Raises
    ------
    InputError
        When the share leaves nobody in a group.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> trial = run_offer_trial(preset("retail").with_values(customers=40, horizon_days=750), 390, futures=1)
    >>> found = run_campaign(trial)
    >>> int(found["treated"].sum()) == -(-len(found) // 2)
    True
    """
    count = len(trial.known)
    if not (0.0 < share < 1.0 and np.ceil(share * count - 1e-9) < count):
        raise InputError("share", f"must leave somebody of {count} customers in each group", share)
    rule = trial.offer.rule(trial.day, Pick(rank_by="random", top_share=share))
    options = {"seed": trial.seed, "replication": trial.replication, "engine": trial.engine}
    strategy = _with_offer(trial.base, trial.scenario, rule)
    run = simulate(trial.scenario, strategy, **options)
    rows = run.log()
    made = (rows["kind"] == EventKind.TREATMENT) & (rows["time"] == trial.day * DAY)
    made &= rows["detail"] == len(trial.base.rules)
    there = trial.known.index.to_numpy()
    then = state_on(trial.day, trial.scenario, trial.base, **options)
    return pd.DataFrame(
        {
            "treated": np.isin(there, rows["customer"][made]),
            "stayed": run.customers["status"][there] == Status.ACTIVE,
            "value": _value_ahead(run, then, there, trial.day),
        },
        index=trial.known.index,
    )


def _with_offer(base: Strategy, scenario: Scenario, rule: Rule) -> Strategy:
    """Return what the firm does anyway with the offer added."""
    return Strategy(
        name="oracle_offer" if any(own.uses_oracle for own in base.rules) else "offer",
        about="What is done anyway, and the offer of a trial.",
        currency=scenario.currency,
        rules=(*base.rules, rule),
    )


def _value_ahead(run: Ledger, then: DecisionState, there: np.ndarray, day: int) -> Array:
    """Return what customers brought from the day on, in currency as of the day."""
    end, past = (people["value"][there][:, COUNTED].sum(axis=1) for people in (run.customers, then.customers))
    years = (day - then.customers["entered"][there] / DAY) / 365.0
    return (end - past) * (1.0 + run.scenario.money.annual_discount_rate) ** years


def _known(then: DecisionState, there: np.ndarray, day: int) -> pd.DataFrame:
    """Return what the firm has on record of the customers on the day, and a lot for each, highest first."""
    people, now = then.customers, day * DAY
    stages, tiers = ([word.name.lower() for word in words] for words in (Stage, Tier))
    columns: dict[str, object] = {
        "stage": [stages[code] for code in people["observed_stage"][there]],
        "tier": [tiers[code] for code in people["tier"][there]],
    }
    columns |= {name: known_measures(people, there, int(Measure[name.upper()]), now) for name in MEASURES}
    lot = np.empty(len(there))
    keys = np.ascontiguousarray(people["key"][there])
    uniforms(keys, int(Purpose.RANK), now // WINDOW * (MAX_RULES + 1), lot)
    return pd.DataFrame(columns | {"random": 1.0 - lot}, index=pd.Index(there, name="customer"))


def _scores(then: DecisionState, there: np.ndarray, offer: Offer, day: int, noise: float) -> pd.DataFrame:
    """Return the scores of the customers on the day, with an error of this size."""
    columns = {
        score.name.lower(): active_scores(
            then.customers, there, then.parameters, int(score), float(offer.strength), float(noise), day * DAY
        )
        for score in Score
    }
    return pd.DataFrame(columns, index=pd.Index(there, name="customer"))
