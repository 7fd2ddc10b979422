"""Lab 6: how much to spend on retention, how sure that is, and what the last yuan brings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from crmsim.comparison import Interval, bonferroni, paired_interval
from crmsim.exercises.lots import whole
from crmsim.grids import run_grid
from crmsim.retention_budget import BudgetCurve, budget_curve, with_budget
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING, find_strategy
from crmsim.strategies.base import Strategy
from crmsim.strategies.rules import Pick
from crmsim.teaching.interval_checks import expect_interval, shortfall, unpaired
from crmsim.teaching.lab_checks import LabCheck, Passed

__all__ = [
    "BUDGETS", "CUSTOMERS", "OFFER", "RUNS", "SCENARIO", "check_best", "check_extra", "check_gain",
    "check_own", "check_plateau",
]  # fmt: skip

CUSTOMERS = 300
#: A telecom firm, three years, with a save offer that costs 8 CNY.
SCENARIO = preset("telecom").with_values(
    customers=CUSTOMERS, horizon_days=1080, save_offer=8.0, currency="CNY"
)
#: CNY per year for all customers together.
BUDGETS = (200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0)
RUNS = 12
#: The first of the replications on which a student's own budget is judged.
_LATER, _JUDGED = 1000, 24
#: More than this no firm of 300 customers has (CNY a year).
_MOST = 1e9


def _everybody() -> Strategy:
    """Return the ready save offers, best prospects first, to as many as the budget pays for."""
    ready = find_strategy("save_value_lift")
    rule = ready.rules[0].model_copy(update={"pick": Pick(rank_by="value_lift", top_share=1.0)})
    return Strategy(name="save_offers", about=ready.about, currency="CNY", rules=(rule,))


OFFER = _everybody()


@lru_cache(maxsize=4)
def _curve(seed: int) -> BudgetCurve:
    return budget_curve(SCENARIO, OFFER, BUDGETS, replications=RUNS, holdout=RUNS, seed=seed, workers=1)


def check_best(names: Mapping[str, Any], lang: str) -> Passed:
    """Check which of the budgets earns most."""
    check = LabCheck("budget_best", names, lang)
    table = _curve(check.seed()).table()
    best = float(table["mean"].idxmax())
    tried = table.iloc[1:-1]
    slips = {
        "largest": BUDGETS[-1],
        "no_limit": np.inf,
        "per_customer": best / CUSTOMERS,
        "gain": float(table["mean"].max()),
        "ratio": float((tried["mean"] / tried["spent"]).idxmax()),
        "surest": float(table["low"].idxmax()),
    }
    answer = check.number("best_budget", endless=True)
    check.expect("best_budget", answer, best, slips)
    return check.passed(budget=f"{best:g}", each=f"{best / CUSTOMERS:.2f}")


def check_gain(names: Mapping[str, Any], lang: str) -> Passed:
    """Check what is to be expected of the best budget, on customers that did not choose it."""
    check = LabCheck("budget_gain", names, lang)
    curve = _curve(check.seed())
    best = int(curve.value.mean(axis=1).argmax())
    expected, first = curve.expected(), curve.table().iloc[best]
    chosen = paired_interval(curve.value[0], curve.value[best])
    slips = {
        "chosen": chosen,
        "chosen_table": Interval(first["mean"], first["low"], first["high"], RUNS),
        "unpaired": unpaired(*curve.holdout_value),
        "total": Interval(*(CUSTOMERS * x for x in expected[:3]), expected.n),
        "levels": paired_interval(np.zeros(len(curve.holdout)), curve.holdout_value[1]),
    }
    expect_interval(check, "gain", check.interval("gain"), expected, slips)
    return check.passed(
        low=f"{expected.low:.1f}", high=f"{expected.high:.1f}", mean=f"{chosen.mean:.1f}",
        later=f"{expected.mean:.1f}",
    )  # fmt: skip


def check_plateau(names: Mapping[str, Any], lang: str) -> Passed:
    """Check which budgets cannot be told from the best."""
    check = LabCheck("budget_plateau", names, lang)
    curve = _curve(check.seed())
    answer = check.value("plateau")
    try:
        given = {check.as_number("plateau", one) for one in answer}
    except TypeError:
        check.fail("no_list")
    if not given <= set(BUDGETS):
        check.fail("others", budgets=", ".join(f"{b:g}" for b in BUDGETS))
    truth = _plateau(curve, 0.95)
    if given not in (truth, _plateau(curve, bonferroni(0.95, len(BUDGETS) - 1))):
        best = float(curve.budgets[curve.value.mean(axis=1).argmax()])
        table = curve.table().loc[list(BUDGETS)]
        slips = {
            "only_best": {best},
            "against_nothing": set(table.index[table["low"] > 0.0]),
            "not_sure": set(table.index[table["low"] <= 0.0]),
            "surely_worse": set(BUDGETS) - truth,
            "all": set(BUDGETS),
        }
        for slip, wrong in slips.items():
            if given == wrong:
                check.fail(slip)
        odd = sorted(given ^ truth)[0]
        check.fail("hint", budget=f"{odd:g}")
    return check.passed(budgets=", ".join(f"{b:g}" for b in sorted(truth)))


def _plateau(curve: BudgetCurve, confidence: float) -> set[float]:
    best = int(curve.value.mean(axis=1).argmax())
    return {
        budget
        for place, budget in enumerate(curve.budgets.tolist())
        if budget in BUDGETS and paired_interval(curve.value[place], curve.value[best], confidence).low <= 0.0
    }


def check_extra(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that says what each further yuan brings."""
    check = LabCheck("budget_extra", names, lang)
    curve = _curve(check.seed(seed))
    gain, spent = curve.value.mean(axis=1)[:-1], curve.spent.mean(axis=1)[:-1]
    for g, s in ((gain, spent), _made_up(check.seed(seed))):
        answer = check.call("extra_per_yuan", g.copy(), s.copy())
        truth = np.diff(g) / np.diff(s)
        with np.errstate(divide="ignore", invalid="ignore"):
            slips = {
                "average": (g - g[0])[1:] / (s - s[0])[1:],
                "levels": g[1:] / s[1:],
                "upside_down": np.diff(s) / np.diff(g),
                "gain_alone": np.diff(g),
                "before_cost": np.diff(g) / np.diff(s) + 1.0,
            }
        try:
            steps = list(answer)
        except TypeError:
            check.fail("no_array", n=len(truth))
        if len(steps) != len(truth):
            check.fail("length", n=len(truth), found=len(steps))
        given = np.array([check.as_number("extra_per_yuan", step) for step in steps])
        if not _all_near(given, truth):
            for slip, wrong in slips.items():
                if _all_near(given, wrong):
                    check.fail(slip)
            check.fail("hint")
    extra = np.diff(gain) / np.diff(spent)
    return check.passed(first=f"{extra[0]:.2f}", last=f"{extra[-1]:.2f}")


def _all_near(given: np.ndarray, right: np.ndarray) -> bool:
    """Whether numbers are the same but for rounding to two decimals."""
    return bool(np.allclose(given, right, rtol=0.001, atol=0.0051))


def _made_up(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the gain and the spending of another firm."""
    spent = np.cumsum([0.0, *(1.0 + whole(seed, "spent", k) % 9 for k in range(4))])
    return 40.0 + np.sqrt(spent) * (3.0 + whole(seed, "gain") % 5) - 0.5 * spent, spent


def check_own(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Judge the student's own budget on customers that nobody has met yet."""
    check = LabCheck("budget_own", names, lang)
    own = check.number("your_budget")
    if own <= 0.0:
        check.fail("nothing")
    if own > _MOST:
        check.fail("beyond", most=f"{_MOST:,.0f}")
    if own < BUDGETS[0] / CUSTOMERS * 10.0:
        check.fail("per_customer", least=f"{SCENARIO.price_list.save_offer:g}")
    levels = [*BUDGETS, own]
    cells = {str(k): (SCENARIO, with_budget(OFFER, level, SCENARIO)) for k, level in enumerate(levels)}
    cells["nothing"] = (SCENARIO, DO_NOTHING)
    judged = run_grid(cells, _JUDGED, first=_LATER, seed=check.seed(seed), workers=1)
    value = np.stack([judged.of(cell, "clv") for cell in cells])
    behind = shortfall(value, len(BUDGETS))
    if behind.low > 0.0:
        best = levels[int(value[:-1].mean(axis=1).argmax())]
        slip = "too_much" if own > best else "too_little"
        check.fail(slip, behind=f"{behind.mean:.1f}", low=f"{behind.low:.1f}", high=f"{behind.high:.1f}")
    gain = paired_interval(value[-1], value[len(BUDGETS)])
    return check.passed(gain=f"{gain.mean:.1f}", low=f"{gain.low:.1f}", high=f"{gain.high:.1f}")
