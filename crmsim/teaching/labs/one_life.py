"""Lab 1: one customer's life and its payback, read from a ledger, and what of it a firm sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from crmsim.engines import simulate
from crmsim.events import COMPONENTS
from crmsim.ledger import Ledger
from crmsim.metrics.lives import interesting_customers, life_events, purchases_to_pay_back, stage_spells
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING
from crmsim.teaching.lab_checks import LabCheck, Passed, close

__all__ = [
    "COUNTED", "SCENARIO", "check_cost", "check_half", "check_payback", "check_stages", "check_unheard",
    "payer",
]  # fmt: skip

#: A retailer whose 200 customers are watched for four years of 360 days.
SCENARIO = preset("retail").with_values(customers=200, horizon_days=1440, currency="CNY")
#: The components that add up to what a customer is worth; revenue is a memo.
COUNTED = tuple(component.name.lower() for component, info in COMPONENTS.items() if info.counts)
#: So many lives are read by a student's function.
_LIVES = 60


@lru_cache(maxsize=4)
def _ledger(seed: int) -> Ledger:
    return simulate(SCENARIO, DO_NOTHING, seed=seed)


def payer(ledger: Ledger) -> int:
    """Return the number of the customer whose life shows most, of those who pay back after some purchases.

    Examples
    --------
    >>> ledger = _ledger(1)
    >>> purchases_to_pay_back(ledger)[payer(ledger)] >= 3
    np.True_
    """
    needed = purchases_to_pay_back(ledger)
    lives = interesting_customers(ledger, ledger.initial_count)
    return next((one for one in lives if 3 <= needed[one] < np.inf), lives[0])


def check_cost(names: Mapping[str, Any], lang: str) -> Passed:
    """Check what it cost to win the customer."""
    check = LabCheck("cost", names, lang)
    life = _life(_ledger(check.seed()))
    cost = -float(life.loc[life["kind"] == "acquired", "amount"].sum())
    first = life.loc[life["component"] == "clv1", "amount"].sum()
    slips = {"negative": -cost, "first_balance": first, "first_loss": -first}
    check.expect("acquisition_cost", check.number("acquisition_cost"), cost, slips)
    return check.passed(cost=f"{cost:.0f}")


def check_payback(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that says after which purchase a life has paid back, on many lives."""
    check = LabCheck("payback", names, lang)
    ledger = _ledger(check.seed(seed))
    lives = _lives(ledger)
    given = []
    for life in lives.values():
        answer = check.call("payback_purchase", life.copy())
        given.append(check.as_number("payback_purchase(life)", answer, endless=True))
    if _same(given, lives, _payback) or _same(given, lives, _discounted):
        own = _payback(_life(ledger))
        return check.passed(n=len(lives), own=f"{own:g}")
    for slip, wrong in _PAYBACK_SLIPS.items():
        if _same(given, lives, wrong):
            check.fail(slip)
    who, said, life = next(
        x for x in zip(lives, given, lives.values(), strict=True) if x[1] != _payback(x[2])
    )
    check.fail("differs", who=who, given=f"{said:g}", bought=int((life["kind"] == "purchase").sum()))


def _same(given: list[float], lives: Mapping[int, pd.DataFrame], by: Callable) -> bool:
    return given == [by(life) for life in lives.values()]


def check_stages(names: Mapping[str, Any], lang: str) -> Passed:
    """Check how many days the customer spent in each true stage."""
    check = LabCheck("stages", names, lang)
    ledger = _ledger(check.seed())
    spells = stage_spells(ledger, payer(ledger))
    spells["days"] = spells["end"] - spells["start"]
    days = spells.groupby("stage")["days"].sum()
    given = check.mapping("stage_days", days.index, with_zeros=True)
    answer = {stage: check.as_number(f"stage_days[{stage!r}]", given[stage]) for stage in days.index}
    rows = _life(ledger)["true_stage"].astype(str).value_counts()
    slips = {
        "last_spell": spells.groupby("stage")["days"].last(),
        "in_months": days / 30.0,
        "in_years": days / 365.0,
        "rows": rows,
        "spells": spells.groupby("stage")["days"].size(),
    }
    if not all(close(answer[stage], days[stage], 0.002, 1.0) for stage in days.index):
        for slip, wrong in slips.items():
            if all(close(answer[stage], wrong.get(stage, 0.0), 0.01) for stage in days.index):
                check.fail(slip)
        for stage in days.index:
            check.expect(f"stage_days[{stage!r}]", answer[stage], float(days[stage]), {}, _day)
    return check.passed(longest=_stage(days.idxmax(), lang), days=f"{days.max():.0f}")


def check_unheard(names: Mapping[str, Any], lang: str) -> Passed:
    """Check which share of problems the firm never heard of."""
    check = LabCheck("unheard", names, lang)
    kinds = _ledger(check.seed()).truth["kind"].value_counts()
    heard = kinds["complaint"] / kinds["problem"]
    slips = {
        "heard": heard,
        "percent": 100.0 * (1.0 - heard),
        "percent_heard": 100.0 * heard,
        "inquiries": 1.0 - (kinds["complaint"] + kinds["inquiry"]) / kinds["problem"],
        "ratio": kinds["problem"] / kinds["complaint"],
    }
    check.expect("unheard", check.number("unheard"), 1.0 - heard, slips, _hundredth)
    return check.passed(share=f"{100 * (1 - heard):.0f}")


def check_half(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the median of purchases until payback, and the share of customers who never pay back."""
    check = LabCheck("half", names, lang)
    needed = pd.Series({who: _payback(life) for who, life in _lives(_ledger(check.seed()), None).items()})
    never = float(np.isinf(needed).mean())
    finite = needed[~np.isinf(needed)]
    slips = {"survivors": finite.median(), "mean": finite.mean(), "mean_of_all": needed.mean()}
    answer = check.number("median_purchases", endless=True)
    check.expect("median_purchases", answer, needed.median(), slips)
    share_slips = {"paid": 1.0 - never, "percent": 100.0 * never, "count": never * len(needed)}
    check.expect("never_share", check.number("never_share"), never, share_slips, _hundredth)
    return check.passed(n=len(needed), median=f"{needed.median():g}", never=f"{100 * never:.0f}")


def _life(ledger: Ledger) -> pd.DataFrame:
    return life_events(ledger, payer(ledger))


def _lives(ledger: Ledger, count: int | None = _LIVES) -> dict[int, pd.DataFrame]:
    """Return the lives of the first customers who bought; all of the initial cohort without a count."""
    return {int(who): life_events(ledger, int(who)) for who in purchases_to_pay_back(ledger).index[:count]}


def _payback(life: pd.DataFrame, amounts: pd.Series | None = None) -> float:
    """Return at which purchase the running sum of a life first reached 0; inf if it never did."""
    worth = life["amount"].where(life["component"].isin(COUNTED), 0.0) if amounts is None else amounts
    purchases = (life["kind"] == "purchase").cumsum()
    paid = (worth.cumsum() >= 0.0) & (purchases > 0)
    return float(purchases[paid].min()) if paid.any() else np.inf


def _discounted(life: pd.DataFrame) -> float:
    rate = SCENARIO.money.annual_discount_rate
    worth = life["amount"].where(life["component"].isin(COUNTED), 0.0)
    return _payback(life, worth * (1.0 + rate) ** (-life["tenure"] / 365.0))


def _by_revenue(life: pd.DataFrame) -> float:
    """Revenue in the place of contribution, against the cost of winning the customer."""
    kept = (life["component"] == "revenue") | (life["kind"] == "acquired")
    return _payback(life, life["amount"].where(kept, 0.0))


def _everything(life: pd.DataFrame) -> float:
    return _payback(life, life["amount"])


def _without_costs(life: pd.DataFrame) -> float:
    clv = life["component"].isin([name for name in COUNTED if name.startswith("clv")])
    return _payback(life, life["amount"].where(clv, 0.0))


def _from_zero(life: pd.DataFrame) -> float:
    return _payback(life) - 1.0


def _all_purchases(life: pd.DataFrame) -> float:
    return float((life["kind"] == "purchase").sum())


_PAYBACK_SLIPS = {
    "revenue": _by_revenue, "everything": _everything, "without_costs": _without_costs,
    "from_zero": _from_zero, "all_purchases": _all_purchases,
}  # fmt: skip


def _stage(name: str, lang: str) -> str:
    from crmsim.text import say

    return say(f"stage.{name}", lang)


def _day(one: float, other: float) -> bool:
    return close(one, other, 0.002, 1.0)


def _hundredth(one: float, other: float) -> bool:
    return close(one, other, 0.005, 0.006)
