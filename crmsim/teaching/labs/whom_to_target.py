"""Lab 8: whom to give a save offer, from a campaign with a control group, and held against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from crmsim.comparison import Interval
from crmsim.datasets.campaign import DAY_OF_OFFER, OFFER
from crmsim.offer_trial import OfferTrial, run_campaign, run_offer_trial
from crmsim.scenario import preset
from crmsim.teaching.interval_checks import expect_interval
from crmsim.teaching.lab_checks import LabCheck, Passed, close
from crmsim.uplift import qini_auc, uplift_auc

__all__ = [
    "SCORES", "campaign", "check_choice", "check_effect", "check_price", "check_qini", "check_truth",
    "known", "offer_cost", "truth",
]  # fmt: skip

#: What the firm can rank by, with the error of its models.
SCORES = ("risk", "lift", "value_lift")
_TOWN = preset("telecom").with_values(customers=700, horizon_days=1080, currency="CNY")
_TOP = 0.2
#: A choice is as good as the best ready one if it gains this share of what that gains over everybody.
_ENOUGH = 0.85


@lru_cache(maxsize=4)
def _trial(seed: int) -> OfferTrial:
    return run_offer_trial(_TOWN, DAY_OF_OFFER, OFFER, futures=15, seed=seed)


def known(seed: int) -> pd.DataFrame:
    """Return what the firm knows of each customer on the day of the campaign."""
    return _trial(seed).known.drop(columns="random")


def campaign(seed: int) -> pd.DataFrame:
    """Return the campaign: half of the customers, drawn by lot, were treated; who stayed; what they brought.

    Examples
    --------
    >>> campaign(1).columns.to_list()
    ['treated', 'stayed', 'value']
    """
    return _campaign(seed).copy()


@lru_cache(maxsize=4)
def _campaign(seed: int) -> pd.DataFrame:
    return run_campaign(_trial(seed))


def truth(seed: int) -> pd.DataFrame:
    """Return what no firm can know: the true effect on staying and on value (cost of the offer deducted)."""
    trial = _trial(seed)
    columns = {effect: trial.expected(effect) for effect in ("uplift", "value_uplift")}
    return pd.DataFrame(columns, index=trial.known.index)


def offer_cost() -> float:
    """Return what one offer costs (CNY).

    Examples
    --------
    >>> offer_cost()
    20.0
    """
    return OFFER.cost * _TOWN.price_list.save_offer


def _top(score: pd.Series) -> pd.Index:
    """Return the best fifth by a score, rounded up."""
    return score.sort_values(ascending=False, kind="stable").index[: int(np.ceil(_TOP * len(score)))]


def check_effect(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the effect of the offer on staying, with its interval."""
    check = LabCheck("target_effect", names, lang)
    seed = check.seed()
    found = _campaign(seed)
    given, control = (found.loc[found["treated"] == side, "stayed"].astype(float) for side in (True, False))
    effect = _difference(given, control)
    slips = {
        "treated_only": _difference(given, given.iloc[:0]),
        "reversed": _difference(control, given),
        "percent": Interval(*(100.0 * x for x in effect[:3]), effect.n),
        "everybody": _difference(given, found["stayed"].astype(float)),
        "one_error": Interval(effect.mean, *(effect.mean + z * effect.half_width / 1.96 for z in (-1, 1)), 0),
    }
    expect_interval(check, "effect", check.interval("effect"), effect, slips)
    true = float(truth(seed)["uplift"].mean())
    low, high = 100 * effect.low, 100 * effect.high
    return check.passed(low=f"{low:.1f}", high=f"{high:.1f}", true=f"{100 * true:.1f}")


def _difference(one: pd.Series, other: pd.Series) -> Interval:
    """Return the difference of two independent shares with its large-sample interval."""
    error = np.sqrt(sum(part.var() / len(part) for part in (one, other) if len(part)))
    mean = float(one.mean() - (other.mean() if len(other) else 0.0))
    return Interval(mean, mean - 1.96 * error, mean + 1.96 * error, len(one) + len(other))


def check_qini(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the Qini coefficient of each score in the campaign."""
    check = LabCheck("target_qini", names, lang)
    seed = check.seed()
    people, found = known(seed), _campaign(seed)
    given = check.mapping("qini", SCORES)
    answer = [check.as_number(f"qini[{score!r}]", given[score]) for score in SCORES]
    stayed, treated = found["stayed"], found["treated"]
    right = [float(qini_auc(stayed, people[s], treated)) for s in SCORES]
    slips = {
        "left": [float(qini_auc(~stayed, people[s], treated)) for s in SCORES],
        "exchanged_groups": [float(qini_auc(stayed, people[s], ~treated)) for s in SCORES],
        "uplift_curve": [float(uplift_auc(stayed, people[s], treated)) for s in SCORES],
        "lowest_first": [float(qini_auc(stayed, -people[s], treated)) for s in SCORES],
    }
    _expect_all(check, "qini", answer, right, slips)
    best = SCORES[int(np.argmax(right))]
    return check.passed(best=best)


def check_truth(names: Mapping[str, Any], lang: str) -> Passed:
    """Check what an offer truly brings to the best fifth by each score."""
    check = LabCheck("target_truth", names, lang)
    people, true = known(check.seed()), truth(check.seed())
    given = check.mapping("true_gain", SCORES)
    answer = [check.as_number(f"true_gain[{score!r}]", given[score]) for score in SCORES]
    tops = [true.loc[_top(people[score])] for score in SCORES]
    right = [float(top["value_uplift"].mean()) for top in tops]
    slips = {
        "staying": [float(top["uplift"].mean()) for top in tops],
        "total": [float(top["value_uplift"].sum()) for top in tops],
        "lowest_first": [float(true.loc[_top(-people[s]), "value_uplift"].mean()) for s in SCORES],
        "everybody": [float(true["value_uplift"].mean())] * len(SCORES),
    }
    _expect_all(check, "true_gain", answer, right, slips)
    risk, lift, value = (f"{x:.1f}" for x in right)
    return check.passed(risk=risk, lift=lift, value=value, everybody=f"{true['value_uplift'].mean():.1f}")


def _expect_all(
    check: LabCheck, name: str, answer: list[float], right: list[float], slips: Mapping[str, list[float]]
) -> None:
    """Compare one number for each score with the truth, and with typical mistakes."""
    if _same(answer, right):
        return
    for slip, wrong in slips.items():
        if _same(answer, wrong):
            check.fail(slip)
    for score, one, true in zip(SCORES, answer, right, strict=True):
        check.expect(f"{name}[{score!r}]", one, true, {}, _near)


def _same(answer: list[float], right: list[float]) -> bool:
    return all(_near(one, true) for one, true in zip(answer, right, strict=True))


def _near(one: float, other: float) -> bool:
    """Equals at the border of the best fifth may fall on either side."""
    return close(one, other, 0.03, 0.0005)


def check_choice(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Judge the customers chosen by what the offer truly brings with them."""
    check = LabCheck("target_choice", names, lang)
    seed = check.seed(seed)
    people, gain = known(seed), truth(seed)["value_uplift"]
    n = int(np.ceil(_TOP * len(people)))
    answer = check.call("choose", people.copy(), n)
    chosen = _customers(check, answer, people.index, n)
    if not chosen.isin(people.index).all():
        check.fail("unknown", who=chosen[~chosen.isin(people.index)][0])
    if len(chosen) != n or chosen.has_duplicates:
        check.fail("count", n=n, found=chosen.nunique())
    best, everybody = float(gain[_top(people["value_lift"])].mean()), float(gain.mean())
    own = float(gain[chosen].mean())
    if own < everybody + _ENOUGH * (best - everybody):
        for slip in ("risk", "sensitivity", "revenue_12m", "lift"):
            if len(chosen.intersection(_top(people[slip]))) > 0.95 * n:
                check.fail(slip, own=f"{own:.1f}", best=f"{best:.1f}")
        check.fail("hint", own=f"{own:.1f}", best=f"{best:.1f}")
    return check.passed(own=f"{own:.1f}", everybody=f"{everybody:.1f}")


def _customers(check: LabCheck, answer: Any, everybody: pd.Index, n: int) -> pd.Index:
    """Return whom an answer names: by numbers, as rows of the table, or by true and false."""
    if isinstance(answer, pd.Series | pd.DataFrame) and answer.index.isin(everybody).all():
        mask = isinstance(answer, pd.Series) and answer.dtype == bool
        if mask or not pd.Index(answer.to_numpy().ravel()).isin(everybody).all():
            return answer.index[answer.to_numpy()] if mask else answer.index
    try:
        return pd.Index(list(answer))
    except TypeError:
        check.fail("no_list", n=n)


def check_price(names: Mapping[str, Any], lang: str) -> Passed:
    """Check what an offer may cost at most."""
    check = LabCheck("target_price", names, lang)
    people, gain = known(check.seed()), truth(check.seed())["value_uplift"]
    top, cost = float(gain[_top(people["value_lift"])].mean()), offer_cost()
    slips = {
        "after_cost": top,
        "everybody": cost + float(gain.mean()),
        "taken_off": cost - top,
        "most": cost + float(gain.max()),
    }
    check.expect("highest_cost", check.number("highest_cost"), cost + top, slips, _near)
    return check.passed(cost=f"{cost + top:.1f}", everybody=f"{cost + gain.mean():.1f}")
