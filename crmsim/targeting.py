"""Who should get the offer? Ways to choose, held against the truth and against the best that can be.

A doctor may give the last doses to the sickest, to those who respond most to medicine, or to those for whom
it makes most difference. The riskiest are seldom the best targets: many of them leave with the offer as
well, and some who would have stayed are reminded by it that leaving is possible (Ascarza 2018, Retention
Futility; Lemmens & Gupta 2020 weigh the difference by what the customer is worth).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.engines import engine_for
from crmsim.errors import InputError
from crmsim.grids import provenance
from crmsim.noted_runs import Diary, replicate_noted, tables_as_data, tables_from_data
from crmsim.offer_trial import SAVE_OFFER, SCORES, Offer, OfferTrial, run_offer_trial
from crmsim.replications import check_numbers
from crmsim.response_types import TYPES, type_shares
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, Strategy
from crmsim.strategies.rules import MEASURES
from crmsim.targeting_result import BY_TYPE, EFFECTS, MEASURED, ORACLE, TargetingComparison, true_curve

__all__ = [
    "EFFECTS",
    "MEASURED",
    "ORACLE",
    "TargetingComparison",
    "check_scores",
    "compare_targeting",
    "compare_trials",
    "true_curve",
]

Array = npt.NDArray[np.float64]
#: A score of one's own: from what the firm knows (:attr:`OfferTrial.known`) to a number per customer.
OwnScore = Callable[[pd.DataFrame], npt.ArrayLike]

_OF_TYPE = dict(zip(BY_TYPE, TYPES, strict=True))


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
    _check_choice(share, futures)
    if own and checkpoint is not None:
        raise InputError("checkpoint", "must be left out with scores of one's own: functions look all alike")
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
    runs, customers = _together({k: found["trial"] for k, found in done.items()})
    return TargetingComparison(
        scenario.up_to(day + days_ahead), day, share, offer, base, names, futures, seed, tuple(done), runs,
        customers, confidence, problems,
    )  # fmt: skip


def compare_trials(
    trials: Sequence[OfferTrial],
    *,
    scores: Sequence[str] = ("random", "risk", "sensitivity", "lift", "value_lift"),
    own: Mapping[str, OwnScore] = MappingProxyType({}),
    share: float = 0.1,
    confidence: float = 0.95,
) -> TargetingComparison:
    """Choose anew on trials that have been lived already: another share takes a moment, not a run.

    Parameters
    ----------
    trials : sequence of OfferTrial
        One per replication, of the same scenario, day and offer, with at least 4 futures.
    scores, own, share, confidence
        As in :func:`compare_targeting`.

    Returns
    -------
    TargetingComparison
        The same as of :func:`compare_targeting`.

    Raises
    ------
    InputError
        For no trial, trials that do not belong together, and as :func:`compare_targeting`.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> town = preset("retail").with_values(customers=40, horizon_days=750)
    >>> trials = [run_offer_trial(town, 390, futures=4, replication=k) for k in (0, 1)]
    >>> compare_trials(trials, scores=["random", "risk"], share=0.2).replications
    (0, 1)
    """
    if not trials:
        raise InputError("trials", "must be at least one")
    first = trials[0]
    for trial in trials:
        for term in ("scenario", "day", "offer", "base", "seed"):
            if getattr(trial, term) != getattr(first, term):
                raise InputError("trials", f"must all have the same {term}")
    names, futures = check_scores(scores, own), first.stayed.shape[1]
    _check_choice(share, futures)
    found = {trial.replication: _ranked_choices(trial, tuple(scores), own, share) for trial in trials}
    return TargetingComparison(
        first.scenario, first.day, share, first.offer, first.base, names, futures, first.seed, tuple(found),
        *_together(found), confidence,
    )  # fmt: skip


def _check_choice(share: float, futures: int) -> None:
    if not 0.0 < share <= 1.0:
        raise InputError("share", "must be above 0 and at most 1", share)
    if futures < 4:
        raise InputError("futures", "must be at least 4: each half of them ranks for the other", futures)


def _together(
    found: Mapping[int, tuple[pd.DataFrame, pd.DataFrame]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what was found in each replication as one table of each kind."""
    runs, customers = (
        pd.concat({k: both[part] for k, both in found.items()}, names=["replication"]) for part in (0, 1)
    )
    return runs.reset_index(level="replication").reset_index(drop=True), customers


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
    return _ranked_choices(trial, scores, own, share)


def _ranked_choices(
    trial: OfferTrial, scores: tuple[str, ...], own: Mapping[str, OwnScore], share: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
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
