"""Lab 10: the four-step decision on retention, and whom to ask back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import count, islice
from typing import Any

import numpy as np
import pandas as pd

from crmsim.comparison import Interval, mean_interval
from crmsim.engines import simulate
from crmsim.exercises.lots import whole
from crmsim.ledger import Ledger
from crmsim.lessons.win_back_selectivity import selective_win_back
from crmsim.metrics.retention import annual_retention
from crmsim.metrics.retention_decision import cost_and_regained, lost_profit
from crmsim.model.records import DAY, NEVER
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING, find_strategy
from crmsim.strategies.base import Strategy
from crmsim.teaching.interval_checks import expect_interval, shortfall
from crmsim.teaching.lab_checks import LabCheck, Passed, close

__all__ = [
    "MEASURES", "RUNS", "SCENARIO", "THRESHOLDS", "asking_back", "check_decide", "check_keep", "check_lost",
    "check_rule", "check_threshold", "cost_and_return", "tenures",
]  # fmt: skip

#: A retailer whose 400 customers are watched for four years of 360 days.
SCENARIO = preset("retail").with_values(customers=400, horizon_days=1440, currency="CNY")
MEASURES = ("save_lift", "recovery", "stage_matched")
#: Least net contribution of the last year for being asked back, in costs of winning somebody back.
THRESHOLDS = (0.0, 1.0, 3.0, 6.0)
RUNS = 10


@lru_cache(maxsize=16)
def _base(seed: int, replication: int = 0) -> Ledger:
    return simulate(SCENARIO, DO_NOTHING, seed=seed, replication=replication, log=replication == 0)


def tenures(ledger: Ledger) -> pd.DataFrame:
    """Return of each customer ``days`` watched since the first purchase, and whether the customer ``left``.

    Examples
    --------
    >>> tenures(_base(1)).columns.to_list()
    ['days', 'left']
    """
    people = ledger.people[ledger.people["entered"] < NEVER]
    left = people["left"] < NEVER
    end = np.where(left, people["left"], ledger.horizon_days * DAY)
    return pd.DataFrame({"days": (end - people["entered"]) / DAY, "left": left})


def asking_back(least: float) -> Strategy:
    """Return the strategy that asks back who brought at least so many costs of winning back in a year.

    Examples
    --------
    >>> asking_back(3.0).name
    'asking_back'
    """
    return selective_win_back("asking_back", float(least))


def cost_and_return(strategy: str | Strategy, seed: int) -> pd.DataFrame:
    """Return ``cost`` and ``regained`` of a strategy in each replication (CNY, all customers together).

    Examples
    --------
    >>> len(cost_and_return("save_lift", 1)) == RUNS
    True
    """
    asked = find_strategy(strategy) if isinstance(strategy, str) else strategy
    return _pairs(asked, seed).copy()


@lru_cache(maxsize=16)
def _pairs(strategy: Strategy, seed: int) -> pd.DataFrame:
    rows = []
    for k in range(RUNS):
        other = simulate(SCENARIO, strategy, seed=seed, replication=k, log=k == 0)
        rows.append(cost_and_regained(_base(seed, k), other))
    return pd.DataFrame(rows, columns=["cost", "regained"])


def check_keep(names: Mapping[str, Any], lang: str) -> Passed:
    """Check step 1: the yearly retention rate of later years, and the lifetime that goes with it."""
    check = LabCheck("keep_rate", names, lang)
    ledger = _base(check.seed())
    kept = annual_retention(ledger)["later_years"]
    table = tenures(ledger)
    losses = float((table["left"] & (table["days"] >= 365.0)).sum())
    years = float((table["days"] - 365.0).clip(lower=0.0).sum()) / 365.0
    slips = {
        "churn": 1.0 - kept,
        "percent": 100.0 * kept,
        "to_the_end": 1.0 - float(table["left"].mean()),
        "all_years": float(np.exp(-table["left"].sum() / (table["days"].sum() / 365.0))),
        "linear": 1.0 - losses / years,
    }
    answer = check.number("retention")
    check.expect("retention", answer, kept, slips, _third)
    life = check.number("lifetime")
    wrong = {
        "inverse_of_kept": 1.0 / kept,
        "in_days": 365.0 / (1.0 - kept),
        "mean_tenure": _mean_years(table),
        "years_per_loss": years / losses,
    }
    check.expect("lifetime", life, 1.0 / (1.0 - answer), wrong, _hundredth)
    return check.passed(kept=f"{100 * kept:.1f}", life=f"{life:.1f}")


def _mean_years(table: pd.DataFrame) -> float:
    return float(table["days"].mean()) / 365.0


def _third(one: float, other: float) -> bool:
    return close(one, other, 0.003)


def _hundredth(one: float, other: float) -> bool:
    return close(one, other, 0.01, 0.051)


def check_lost(names: Mapping[str, Any], lang: str) -> Passed:
    """Check steps 2 and 3: the share of departures that could be prevented, and the profit that went."""
    check = LabCheck("keep_lost", names, lang)
    table = lost_profit(_base(check.seed()))
    can = table["preventable"]
    share = float(table.loc[can, "lost"].sum() / table["lost"].sum())
    slips = {
        "others": 1.0 - share,
        "percent": 100.0 * share,
        "count": float(table.loc[can, "lost"].sum()),
        "causes": float(can.mean()),
        "by_profit": float(table.loc[can, "profit"].sum() / table["profit"].sum()),
    }
    check.expect("preventable_share", check.number("preventable_share"), share, slips, _third)
    profit = float(table.loc[can, "profit"].sum())
    wrong = {"everything": float(table["profit"].sum()), "each": profit / table.loc[can, "lost"].sum()}
    check.expect("lost_profit", check.number("lost_profit"), profit, wrong, _third)
    return check.passed(share=f"{100 * share:.0f}", profit=f"{profit:,.0f}")


def check_decide(names: Mapping[str, Any], lang: str) -> Passed:
    """Check step 4: what the best measure leaves after its cost, and which one that is."""
    check = LabCheck("keep_decide", names, lang)
    seed = check.seed()
    table = {name: _pairs(find_strategy(name), seed) for name in MEASURES}
    net = np.stack([(t["regained"] - t["cost"]).to_numpy() for t in table.values()])
    choice = check.value("measure")
    if not isinstance(choice, str) or choice not in MEASURES:
        check.fail("unknown", names=", ".join(MEASURES))
    behind = shortfall(net, MEASURES.index(choice))
    if behind.low > 0.0:
        cheapest = min(MEASURES, key=lambda name: table[name]["cost"].mean())
        ratio = max(MEASURES, key=lambda name: table[name]["regained"].mean() / table[name]["cost"].mean())
        slip = "ratio" if choice in (cheapest, ratio) else "less"
        check.fail(slip, low=f"{behind.low:,.0f}", high=f"{behind.high:,.0f}")
    own = table[choice]
    truth = mean_interval((own["regained"] - own["cost"]).to_numpy())
    lost = lost_profit(_base(seed))
    avoidable = float(lost.loc[lost["preventable"], "profit"].sum())
    slips = {
        "regained": mean_interval(own["regained"].to_numpy()),
        "turned": mean_interval((own["cost"] - own["regained"]).to_numpy()),
        "lost_less_cost": mean_interval(avoidable - own["cost"].to_numpy()),
        "each": Interval(*(x / SCENARIO.population.customers for x in truth[:3]), truth.n),
    }
    expect_interval(check, "net", check.interval("net"), truth, slips)
    return check.passed(low=f"{truth.low:,.0f}", high=f"{truth.high:,.0f}", lost=f"{avoidable:,.0f}")


def check_rule(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that says whether somebody is worth being asked back."""
    check = LabCheck("win_rule", names, lang)
    cases = _cases(check.seed(seed))
    given = []
    for case in cases:
        answer = check.call("worth_asking", *case)
        if not isinstance(answer, bool | np.bool_):
            check.fail("no_truth", given=str(answer)[:30])
        given.append(bool(answer))
    right = [_worth(case) > 0.0 for case in cases]
    slips = {
        "always": [True] * len(cases),
        "never": [False] * len(cases),
        "no_chance": [value > ask + accept for value, chance, ask, accept in cases],
        "no_ask": [value > accept for value, chance, ask, accept in cases],
        "all_costs": [chance * value > ask + accept for value, chance, ask, accept in cases],
    }
    for slip, wrong in slips.items():
        if given == wrong != right:
            check.fail(slip)
    for case, said, true in zip(cases, given, right, strict=True):
        if said != true:
            value, chance, ask, accept = case
            worth = _worth(case)
            blanks = {"value": f"{value:.0f}", "ask": f"{ask:.0f}", "accept": f"{accept:.0f}"}
            check.fail("hint", chance=f"{chance:.2f}", worth=f"{worth:.1f}", **blanks)
    return check.passed(n=len(cases), yes=sum(right))


def _worth(case: tuple[float, float, float, float]) -> float:
    """Return what asking somebody brings on average, after all costs."""
    value, chance, ask, accept = case
    return chance * (value - accept) - ask


def _cases(seed: int) -> list[tuple[float, float, float, float]]:
    """Return 60 lost customers: value if back, chance of that, cost of asking, cost if accepted.

    Who would bring just what asking costs is left out: both answers would be right.
    """
    cases = (
        (
            20.0 + whole(seed, "value", k) % 300,
            (5 + whole(seed, "chance", k) % 60) / 100.0,
            5.0 + whole(seed, "ask", k) % 20,
            10.0 + whole(seed, "accept", k) % 80,
        )
        for k in count()
    )
    return list(islice((case for case in cases if abs(_worth(case)) > 1e-6), 60))


def check_threshold(names: Mapping[str, Any], lang: str) -> Passed:
    """Check what a yuan brings at each threshold, and judge the threshold that was chosen."""
    check = LabCheck("win_threshold", names, lang)
    seed = check.seed()
    tables = [_pairs(asking_back(least), seed) for least in THRESHOLDS]
    answer = check.value("per_yuan")
    if isinstance(answer, Mapping) and set(answer) == set(THRESHOLDS):
        answer = [answer[least] for least in THRESHOLDS]
    try:
        given = [check.as_number("per_yuan", one) for one in list(answer)]
    except TypeError:
        check.fail("no_list", n=len(THRESHOLDS))
    if len(given) != len(THRESHOLDS):
        check.fail("no_list", n=len(THRESHOLDS))
    right = [float((t["regained"] - t["cost"]).mean() / t["cost"].mean()) for t in tables]
    slips = {
        "before_cost": [float(t["regained"].mean() / t["cost"].mean()) for t in tables],
        "net": [float((t["regained"] - t["cost"]).mean()) for t in tables],
        "upside_down": [1.0 / one for one in right],
    }
    if not _same(given, right):
        for slip, wrong in slips.items():
            if _same(given, wrong):
                check.fail(slip)
        check.fail("hint")
    chosen = check.number("threshold")
    if chosen not in THRESHOLDS:
        check.fail("not_tried", tried=", ".join(f"{one:g}" for one in THRESHOLDS))
    net = np.stack([(t["regained"] - t["cost"]).to_numpy() for t in tables])
    behind = shortfall(net, THRESHOLDS.index(chosen))
    if behind.low > 0.0:
        slip = "choosy" if chosen == THRESHOLDS[-1] else "less"
        check.fail(slip, low=f"{behind.low:,.0f}", high=f"{behind.high:,.0f}")
    return check.passed(all=f"{right[0]:.1f}", best=f"{max(right):.1f}", net=f"{net.mean(axis=1).max():,.0f}")


def _same(given: list[float], right: list[float]) -> bool:
    """Accept the mean of ratios in the place of a ratio of means, but for a hundredth or two."""
    return all(close(one, true, 0.03, 0.02) for one, true in zip(given, right, strict=True))
