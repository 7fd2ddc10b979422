"""Who should get the offer? Ways to choose, held against the truth and against the best that can be.

A doctor may give the last doses to the sickest, to those who respond most to medicine, or to those for whom
it makes most difference. The riskiest are seldom the best targets: many of them leave with the offer as
well, and some who would have stayed are reminded by it that leaving is possible (Ascarza 2018, Retention
Futility; Lemmens & Gupta 2020 weigh the difference by what the customer is worth).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import bonferroni, mean_interval, paired_interval, verdict
from crmsim.engines import engine_for
from crmsim.errors import InputError
from crmsim.grids import provenance
from crmsim.money_terms import MoneyTerms, money_terms
from crmsim.noted_runs import Diary, replicate_noted, tables_as_data, tables_from_data
from crmsim.offer_trial import SAVE_OFFER, SCORES, Offer, OfferTrial, run_offer_trial
from crmsim.replications import check_numbers
from crmsim.response_types import TYPES, type_shares
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, Strategy
from crmsim.strategies.rules import MEASURES
from crmsim.uplift import UpliftCurve, uplift_curve

__all__ = [
    "EFFECTS",
    "MEASURED",
    "ORACLE",
    "TargetingComparison",
    "check_scores",
    "compare_targeting",
    "true_curve",
]

Array = npt.NDArray[np.float64]
#: A score of one's own: from what the firm knows (:attr:`OfferTrial.known`) to a number per customer.
OwnScore = Callable[[pd.DataFrame], npt.ArrayLike]

#: The best choice that hidden state and other futures allow, which no firm can make. By one half of the
#: futures it chooses, in the other its choice is counted, and the other way round: whoever chooses and counts
#: by the same luck finds more than there is.
ORACLE = "oracle"
EFFECTS = ("uplift", "value_uplift")
#: What is measured of a choice, and its unit. Numbers of customers are per 1,000 who were there.
MEASURED = {
    "net_gain": "currency",
    "offers": "per_thousand",
    "saved": "per_thousand",
    "on_sure_things": "per_thousand",
    "on_lost_causes": "per_thousand",
    "harmed": "per_thousand",
}
_OF_TYPE = dict(zip(("saved", "on_sure_things", "on_lost_causes", "harmed"), TYPES, strict=True))


@dataclass(frozen=True, eq=False)
class TargetingComparison:
    """The outcome of :func:`compare_targeting`.

    Attributes
    ----------
    scenario : Scenario
        Up to the end of the trial.
    day : int
    share : float
        Of the customers who get the offer.
    offer : Offer
    base : Strategy
        What the firm does anyway.
    scores : tuple of str
        The first is the base of :meth:`differences`; the last is :data:`ORACLE`.
    futures, seed : int
    replications : tuple of int
    runs : DataFrame
        ``replication``, ``score``, ``measure``, ``value``.
    customers : DataFrame
        All replications: the scores, the columns of :meth:`OfferTrial.effects`, and for the oracle's curve
        ``uplift_0``, ``uplift_1`` (each the mean over half the futures), ``uplift_rank_0`` and
        ``uplift_rank_1`` (each the order that one half suggests, the best last), and the same of
        ``value_uplift``.
    confidence : float
    problems : dict
        From the number of a replication that was left out to what went wrong in it.
    """

    scenario: Scenario
    day: int
    share: float
    offer: Offer
    base: Strategy
    scores: tuple[str, ...]
    futures: int
    seed: int
    replications: tuple[int, ...]
    runs: pd.DataFrame
    customers: pd.DataFrame
    confidence: float
    problems: dict[int, str] = field(default_factory=dict)

    @property
    def money(self) -> MoneyTerms:
        """The terms on which amounts stand: as of the day of the offer."""
        return money_terms(self.scenario, self.day)

    def values(self, score: str, measure: str) -> Array:
        """Return one value per replication."""
        mine = self.runs[(self.runs["score"] == score) & (self.runs["measure"] == measure)]
        return mine.sort_values("replication")["value"].to_numpy()

    def levels(self) -> pd.DataFrame:
        """Return what each way to choose achieves.

        Returns
        -------
        DataFrame
            ``score``, ``measure``, ``unit``, ``mean``, ``low``, ``high``, ``n``. ``net_gain`` is in
            currency per customer who was there, cost of the offers deducted; the others are customers per
            1,000 who were there: ``offers`` made, of these ``saved`` (would have left without), wasted
            ``on_sure_things`` and ``on_lost_causes``, and ``harmed`` (would have stayed without).
        """
        return pd.DataFrame(
            [
                {"score": score, "measure": measure, "unit": unit}
                | mean_interval(self.values(score, measure), self.confidence)._asdict()
                for score in self.scores
                for measure, unit in MEASURED.items()
            ]
        )

    def differences(self, base: str | None = None) -> pd.DataFrame:
        """Return the paired difference of each way to choose to one of them, by default the first.

        Returns
        -------
        DataFrame
            ``score``, ``measure``, ``unit``, ``mean``, ``low``, ``high``, ``n``, ``verdict``. The intervals
            of one measure hold for all scores together; several measures are never counted together.

        Raises
        ------
        InputError
            For an unknown base.
        """
        base = self.scores[0] if base is None else base
        if base not in self.scores:
            raise InputError("base", f"must be one of {', '.join(self.scores)}", base)
        rows, confidence = [], bonferroni(self.confidence, len(self.scores) - 1)
        for score in self.scores:
            for measure, unit in MEASURED.items() if score != base else ():
                interval = paired_interval(
                    self.values(base, measure), self.values(score, measure), confidence
                )
                row = {"score": score, "measure": measure, "unit": unit}
                rows.append(row | interval._asdict() | {"verdict": verdict(interval)})
        return pd.DataFrame(rows)

    def curves(self, effect: str = "uplift") -> dict[str, UpliftCurve]:
        """Return the true uplift curve of each score, and of the oracle, over the customers of all runs.

        Parameters
        ----------
        effect : {"uplift", "value_uplift"}
            Customers saved, or currency.

        Returns
        -------
        dict of str to UpliftCurve
            In the order of the scores.

        Raises
        ------
        InputError
            For an unknown effect.
        """
        if effect not in EFFECTS:
            raise InputError("effect", f"must be {' or '.join(EFFECTS)}", effect)
        table = self.customers
        found = {name: true_curve(table[effect], table[name]) for name in self.scores if name != ORACLE}
        ranks = np.concatenate([table[f"{effect}_rank_{half}"] for half in (0, 1)])
        both = true_curve(np.concatenate([table[f"{effect}_{half}"] for half in (1, 0)]), ranks)
        found[ORACLE] = UpliftCurve(both.customers / 2.0, both.gain / 2.0)
        return found

    def coefficients(self, effect: str = "uplift") -> pd.Series:
        """Return the area each score gains over chance, as a share of the oracle's; nan if that has none."""
        curves = self.curves(effect)
        gained = {name: curve.area - curve.area_by_chance for name, curve in curves.items()}
        most = gained[ORACLE] if gained[ORACLE] > 0.0 else np.nan
        return pd.Series({name: area / most for name, area in gained.items()}, name="coefficient")


def true_curve(effect: npt.ArrayLike, score: npt.ArrayLike) -> UpliftCurve:
    """Return what treating the best so many would truly add, where the effect on everybody is known.

    Both the uplift curve and the Qini curve of a campaign estimate it: the first as it is, the second times
    the share treated.

    Parameters
    ----------
    effect : array of float, shape (n,)
        Of the treatment on each customer, in any unit.
    score : array of float, shape (n,)
        Higher is to be treated first.

    Returns
    -------
    UpliftCurve

    Raises
    ------
    InputError
        As :func:`crmsim.uplift.uplift_curve`.

    Examples
    --------
    >>> true_curve([0.5, -0.1, 0.2], [3.0, 1.0, 2.0]).gain.round(6).tolist()
    [0.0, 0.5, 0.7, 0.6]
    """
    effect, score = np.asarray(effect, float), np.asarray(score, float)
    treated = np.repeat([1.0, 0.0], len(effect))
    both = uplift_curve(np.concatenate([effect, np.zeros(len(effect))]), np.tile(score, 2), treated)
    return UpliftCurve(both.customers / 2.0, both.gain / 2.0)


def compare_targeting(
    scenario: Scenario,
    day: int,
    *,
    scores: Sequence[str] = ("random", "risk", "sensitivity", "lift", "value_lift"),
    own: Mapping[str, OwnScore] = MappingProxyType({}),
    share: float = 0.1,
    offer: Offer = SAVE_OFFER,
    base: Strategy = DO_NOTHING,
    days_ahead: int = 360,
    futures: int = 20,
    replications: int = 10,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> TargetingComparison:
    """Make one offer to as many customers, chosen in different ways, and count what comes of it.

    Parameters
    ----------
    scenario : Scenario
    day, offer, base, days_ahead, seed, engine
        As in :func:`crmsim.offer_trial.run_offer_trial`.
    scores : sequence of str
        Of :data:`crmsim.offer_trial.SCORES`, or a measure of :data:`crmsim.strategies.rules.MEASURES`.
        The first is the base of the differences.
    own : mapping
        Further scores, by name: functions of :attr:`crmsim.offer_trial.OfferTrial.known`.
    share : float
        Of the customers who get the offer, above 0 and up to 1; rounded up. The oracle makes as many
        offers at most, to those who are worth it.
    futures : int
        4 to 10,000; more of them, a sharper oracle.
    replications, workers, confidence, progress
        As in :func:`crmsim.experiments.compare`.
    checkpoint : Checkpoint, optional
        In which finished replications are kept, and from which they are taken; not with scores of one's own.

    Returns
    -------
    TargetingComparison
        A replication in which something failed is left out, and noted in its ``problems``.

    Raises
    ------
    InputError
        As :func:`crmsim.offer_trial.run_offer_trial`, and for an unknown score, one named twice, or one
        that is no number for every customer; the checkpoint of something else.
    CrmsimError
        When failures left fewer than two replications.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> town = preset("retail").with_values(customers=40, horizon_days=750)
    >>> who = compare_targeting(town, 390, scores=["random", "risk"], futures=4, replications=2, workers=1)
    >>> who.scores
    ('random', 'risk', 'oracle')
    """
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=confidence)
    if not 0.0 < share <= 1.0:
        raise InputError("share", "must be above 0 and at most 1", share)
    if own and checkpoint is not None:
        raise InputError("checkpoint", "must be left out with scores of one's own: functions look all alike")
    if futures < 4:
        raise InputError("futures", "must be at least 4: each half of them ranks for the other", futures)
    names = check_scores(scores, own)
    trial = partial(
        _trial, scenario, day, offer, base, days_ahead, futures, seed, engine, tuple(scores), dict(own), share
    )
    engines = [engine_for(base, engine)]
    described = provenance(
        scenario, {"base": base}, seed, engine, part="targeting", day=day, scores=list(scores), share=share,
        offer=asdict(offer), days_ahead=days_ahead, futures=futures,
    )  # fmt: skip
    done, problems = replicate_noted(
        {"trial": trial}, replications, Diary(checkpoint, described, tables_as_data, tables_from_data),
        engines=engines, workers=workers, progress=progress,
    )  # fmt: skip
    runs = pd.concat({k: done[k]["trial"][0] for k in done}, names=["replication"])
    customers = pd.concat({k: done[k]["trial"][1] for k in done}, names=["replication"])
    return TargetingComparison(
        scenario.up_to(day + days_ahead), day, share, offer, base, names, futures, seed, tuple(done),
        runs.reset_index(level="replication").reset_index(drop=True), customers, confidence, problems,
    )  # fmt: skip


def check_scores(scores: Sequence[str], own: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names of all ways to choose: ready scores, one's own, and the oracle.

    Raises
    ------
    InputError
        For an unknown score, or a name that is there twice.
    """
    names = (*scores, *own, ORACLE)
    for name in scores:
        if name not in (*SCORES, *MEASURES):
            raise InputError("scores", f"must be of {', '.join((*SCORES, *MEASURES))}", name)
    for name in names:
        if names.count(name) > 1:
            raise InputError("scores", "must have different names", name)
    if len(names) < 2:
        raise InputError("scores", "must be at least one")
    return names


def _trial(
    scenario: Scenario,
    day: int,
    offer: Offer,
    base: Strategy,
    days_ahead: int,
    futures: int,
    seed: int,
    engine: str,
    scores: tuple[str, ...],
    own: dict[str, OwnScore],
    share: float,
    replication: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run one replication; return what every choice achieved, and the customers."""
    trial = run_offer_trial(
        scenario, day, offer, base, days_ahead=days_ahead, futures=futures, seed=seed,
        replication=replication, engine=engine,
    )  # fmt: skip
    ranked = {name: _numbers(name, trial.known[name], len(trial.known)) for name in scores}
    for name, score in own.items():
        ranked[name] = _numbers(name, score(trial.known.copy()), len(trial.known))
    return _choices(trial, ranked, share)


def _choices(
    trial: OfferTrial, ranked: Mapping[str, Array], share: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what every way to choose achieved, the oracle's included, and the customers."""
    count, lot = int(np.ceil(share * len(trial.known) - 1e-9)), trial.known["random"].to_numpy()
    everywhen = np.arange(trial.stayed.shape[1])
    achieved = {
        name: _achieved(trial, np.lexsort((-lot, -score))[:count], everywhen)
        for name, score in ranked.items()
    }
    halves = [everywhen[0::2], everywhen[1::2]]
    best = [_achieved(trial, _best(trial, half, count), other) for half, other in (halves, halves[::-1])]
    achieved[ORACLE] = {name: (best[0][name] + best[1][name]) / 2.0 for name in MEASURED}
    runs = [
        {"score": score, "measure": name, "value": value}
        for score, found in achieved.items()
        for name, value in found.items()
    ]
    customers = trial.effects().assign(**ranked)
    gains = {
        "uplift": trial.stayed[1].astype(float) - trial.stayed[0],
        "value_uplift": trial.value[1] - trial.value[0],
    }
    for place, half in enumerate(halves):
        for effect, gain in gains.items():
            customers[f"{effect}_{place}"] = gain[half].mean(axis=0)
            customers[f"{effect}_rank_{place}"] = trial.expected(effect, half).argsort().argsort()
    return pd.DataFrame(runs), customers


def _best(trial: OfferTrial, futures: np.ndarray, count: int) -> np.ndarray:
    """Return whom to choose, as far as hidden state and some futures tell."""
    gain = trial.expected("value_uplift", futures)
    first = np.argsort(-gain, kind="stable")[:count]
    return first[gain[first] > 0.0]


def _achieved(trial: OfferTrial, chosen: np.ndarray, futures: np.ndarray) -> dict[str, float]:
    """Return what an offer to those chosen achieves in some futures."""
    per = len(trial.known)
    gain = (trial.value[1, futures] - trial.value[0, futures]).mean(axis=0)
    types = dict(zip(TYPES, type_shares(*trial.stayed[:, futures]).T, strict=True))
    found = {"net_gain": float(gain[chosen].sum() / per), "offers": 1000.0 * len(chosen) / per}
    found |= {name: float(1000.0 * types[kind][chosen].sum() / per) for name, kind in _OF_TYPE.items()}
    return {name: found[name] for name in MEASURED}


def _numbers(name: str, score: npt.ArrayLike, count: int) -> Array:
    """Return a score as numbers; who has none comes last."""
    values = np.asarray(score, float)
    if values.shape != (count,):
        raise InputError(f"scores.{name}", f"must have {count} numbers, one per customer", values.shape)
    if np.isinf(values).any():
        raise InputError(f"scores.{name}", "must be a finite number, or nan, for each customer")
    known = values[~np.isnan(values)]
    return np.where(np.isnan(values), known.min() - 1.0 if len(known) else 0.0, values)
