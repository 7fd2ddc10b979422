"""Lab 2: does delight fade? The paired comparison, its interval, and the decision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import stdtrit

from crmsim.comparison import Interval, mean_interval, paired_interval, verdict
from crmsim.engines import simulate
from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction import satisfaction_by_month
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING
from crmsim.strategies.base import Strategy
from crmsim.teaching.interval_checks import expect_interval
from crmsim.teaching.lab_checks import LabCheck, Passed, close, short

__all__ = [
    "EARLY", "LATE", "LAVISH", "REPLICATIONS", "SCENARIO", "check_decision", "check_interval", "check_lift",
    "check_pair",
]  # fmt: skip

#: A retailer with 600 customers who all come within 30 days and are watched for four years of 360 days.
SCENARIO = preset("retail").with_values(customers=600, entry_days=30, horizon_days=1440)
#: All four programmes for everybody, twice as intense and dear as usual.
LAVISH = Strategy(
    name="lavish",
    about="All four programmes for everybody, at twice the usual intensity and cost.",
    about_zh="对所有客户实施全部四项激励，强度与成本均为通常的两倍。",
    rules=[
        {"do": {"programme": name, "intensity": 2.0}, "cost": {"per_month": 2.0, "in": "programme"}}
        for name in ("reward", "contact", "special", "community")
    ],
)
#: Days of the run: the second half of the first year, and the fourth year.
EARLY, LATE = (180, 360), (1080, 1440)
REPLICATIONS = 10
#: A lift changes so slowly that a month too many moves it by a few thousandths of itself.
_SAME_LIFT = 0.0005


@lru_cache(maxsize=64)
def _pair(seed: int, replication: int) -> tuple[Ledger, Ledger]:
    runs = (
        simulate(SCENARIO, s, seed=seed, replication=replication, log=False) for s in (DO_NOTHING, LAVISH)
    )
    return tuple(runs)  # type: ignore[return-value]


def _levels(seed: int, replication: int, days: tuple[int, int]) -> list[float]:
    """Return the mean ratio without and with programmes between two days."""
    return [_mean(run, days) for run in _pair(seed, replication)]


def _mean(ledger: Ledger, days: tuple[int, int]) -> float:
    ratio = satisfaction_by_month(ledger)["ratio"]
    return float(ratio[(ratio.index > days[0]) & (ratio.index <= days[1])].mean())


@lru_cache(maxsize=4)
def _lifts(seed: int) -> np.ndarray:
    """Return the early and the late lift of every replication, shape (replications, 2)."""
    rows = [[_levels(seed, k, days) for days in (EARLY, LATE)] for k in range(REPLICATIONS)]
    levels = np.array(rows)
    return levels[:, :, 1] - levels[:, :, 0]


def _fade(seed: int) -> Interval:
    """Return by how much the lift has become smaller."""
    early, late = _lifts(seed).T
    return paired_interval(late, early)


def check_pair(names: Mapping[str, Any], lang: str) -> Passed:
    """Check that two runs are a fair pair: the same people with the same luck, and one thing changed."""
    check = LabCheck("pair", names, lang)
    seed = check.seed()
    seen = []
    for k in (0, 3):
        answer = check.call("run_pair", k)
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            check.fail("no_pair")
        without, treated = answer
        if not (isinstance(without, Ledger) and isinstance(treated, Ledger)):
            check.fail("no_pair")
        _check_fair(check, without, treated)
        seen.append((without.seed, without.replication))
    if seen[0] == seen[1]:
        check.fail("k_unused")
    if seen != [(seed, 0), (seed, 3)]:
        check.fail("other_luck")
    return check.passed()


def _check_fair(check: LabCheck, without: Ledger, treated: Ledger) -> None:
    """Raise for a pair in which more than the strategy differs."""
    actions = [ledger.strategy.model_dump().get("rules") for ledger in (without, treated)]
    nothing, lavish = (s.model_dump()["rules"] for s in (DO_NOTHING, LAVISH))
    if actions == [lavish, nothing]:
        check.fail("swapped")
    if actions[0] == actions[1]:
        check.fail("same_strategy")
    if actions != [nothing, lavish]:
        check.fail("other_strategy")
    if without.seed != treated.seed or without.replication != treated.replication:
        check.fail("unpaired")
    if without.scenario != SCENARIO or treated.scenario != SCENARIO:
        check.fail("other_scenario")


def check_lift(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that measures by how much programmes lift satisfaction between two days."""
    check = LabCheck("lift", names, lang)
    start = check.seed(seed)
    by_month = [satisfaction_by_month(run) for run in _pair(start, 1)]
    gained = by_month[1] - by_month[0]
    change, day = gained["ratio"], gained.index
    for first, last in (EARLY, LATE, (360, 720)):
        inside = (day > first) & (day <= last)
        slips = {
            "turned": -change[inside].mean(),
            "level": by_month[1]["ratio"][inside].mean(),
            "level_without": by_month[0]["ratio"][inside].mean(),
            "quotient": by_month[1]["ratio"][inside].mean() / by_month[0]["ratio"][inside].mean(),
            "all_days": change.mean(),
            "satisfied_share": gained["satisfied"][inside].mean(),
            "median": change[inside].median(),
            "month_more": change[(day >= first) & (day <= last)].mean(),
            "month_less": change[(day > first) & (day < last)].mean(),
            "month_before": change[(day >= first) & (day < last)].mean(),
        }
        name = f"lift(…, {first}, {last})"
        given = check.as_number(name, check.call("lift", *_pair(start, 1), first, last))
        check.expect(name, given, change[inside].mean(), slips, _same_lift)
    early = np.subtract(*_levels(start, 1, EARLY)[::-1])
    return check.passed(early=f"{early:.3f}")


def check_interval(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that makes an interval for the fading, from the lifts of all replications."""
    check = LabCheck("interval", names, lang)
    start = check.seed(seed)
    early, late = _lifts(start).T
    name = "fade_interval(early, late)"
    given = check.as_interval(name, check.call("fade_interval", early.copy(), late.copy()))
    truth = _fade(start)
    expect_interval(check, name, given, truth, _interval_slips(start, truth))
    return check.passed(low=f"{truth.low:.4f}", high=f"{truth.high:.4f}")


def _interval_slips(seed: int, truth: Interval) -> dict[str, Interval]:
    early, late = _lifts(seed).T
    n, fade = len(early), early - late
    sd, t = fade.std(ddof=1), truth.half_width / (fade.std(ddof=1) / math.sqrt(len(early)))
    unpaired = math.sqrt((early.var(ddof=1) + late.var(ddof=1)) / n) * stdtrit(2 * n - 2, 0.975)
    halves = {
        "spread": t * sd,
        "spread_normal": 1.96 * sd,
        "divided_by_n": t * fade.std(ddof=0) / math.sqrt(n),
        "one_sided": float(stdtrit(n - 1, 0.95)) * sd / math.sqrt(n),
        "unpaired": float(unpaired),
    }
    mean = truth.mean
    slips = {slip: Interval(mean, mean - half, mean + half, n) for slip, half in halves.items()}
    slips["turned"] = Interval(-mean, -truth.high, -truth.low, n)
    slips["extremes"] = Interval(mean, float(fade.min()), float(fade.max()), n)
    return slips | {"early_only": mean_interval(early)}


def check_decision(names: Mapping[str, Any], lang: str) -> Passed:
    """Check that the decision is the one that the interval allows."""
    check = LabCheck("decision", names, lang)
    start = check.seed()
    fade = _fade(start)
    right = {"higher": "fades", "lower": "grows"}.get(verdict(fade), "undecided")
    given = check.value("decision")
    if not isinstance(given, str) or given not in ("fades", "grows", "undecided"):
        check.fail("no_decision", given=short(given))
    if given != right:
        check.fail(
            "too_careful" if given == "undecided" else "too_bold" if right == "undecided" else "against"
        )
    early, late = _lifts(start).mean(axis=0)
    slips = {"kept": late / early, "percent": 100.0 * (1.0 - late / early), "difference": early - late}
    slips["of_late"] = (early - late) / late
    check.expect("lost_share", check.number("lost_share"), 1.0 - late / early, slips, _same_share)
    return check.passed(early=f"{early:.3f}", late=f"{late:.3f}", lost=f"{100 * (1 - late / early):.0f}")


def _same_lift(one: float, other: float) -> bool:
    return close(one, other, _SAME_LIFT)


def _same_share(one: float, other: float) -> bool:
    return close(one, other, 0.01, 0.006)
