"""Lab 3: a programme that does worse than nothing, until it is matched to the stages of the relationship."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from crmsim.comparison import Interval, mean_interval, paired_interval
from crmsim.comparison_result import Comparison
from crmsim.errors import CrmsimError
from crmsim.exercises.calculations.drawing import Draw
from crmsim.experiments import compare
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING
from crmsim.strategies.base import Strategy
from crmsim.teaching.interval_checks import expect_interval, unpaired
from crmsim.teaching.lab_checks import LabCheck, Passed, close, short
from crmsim.text.problems import said
from crmsim.yaml_files import check as validated

__all__ = [
    "BUDGET", "PROGRAMMES", "REPLICATIONS", "SCENARIO", "STAGES", "broken", "check_effect", "check_longing",
    "check_loss", "check_repair",
]  # fmt: skip

#: A retailer with 700 customers over six years.
SCENARIO = preset("retail").with_values(customers=700, currency="CNY")
STAGES = ("exploration", "formation", "stability", "decline")
#: In the order in which the scenario lists what is longed for.
PROGRAMMES = ("reward", "contact", "special", "community")
REPLICATIONS = 8
#: What the repaired programme may cost, in yuan per initial customer over the whole run.
BUDGET = 50.0
#: What somebody chose without asking; a student's number picks one of each.
_MISTAKES = {
    "exploration": ("community", "special"),
    "formation": ("reward", "community"),
    "stability": ("reward",),
    "decline": ("community", "reward"),
}


def broken(seed: int) -> Strategy:
    """Return the programme to be repaired.

    Parameters
    ----------
    seed : int
        The student's number: who it is decides which mistakes were made.

    Examples
    --------
    >>> strategy = broken(1)
    >>> [rule.who.stage for rule in strategy.rules] == [(stage,) for stage in STAGES]
    True
    """
    draw = Draw("lab_repair", "", seed, 0)
    rules = [_rule(stage, draw.pick(stage, choices)) for stage, choices in _MISTAKES.items()]
    about = "A programme for every stage of the relationship, chosen without asking what customers long for."
    return Strategy(name="broken", about=about, rules=rules)


def _rule(stage: str, programme: str) -> dict[str, Any]:
    cost = {"per_month": 1.0, "in": "programme"}
    return {"who": {"stage": stage}, "do": {"programme": programme}, "cost": cost}


@lru_cache(maxsize=8)
def _compared(text: str, seed: int) -> Comparison:
    """Return do_nothing beside a strategy, which is given as JSON because a cache needs something fixed."""
    strategy = Strategy.model_validate_json(text)
    return compare(SCENARIO, [DO_NOTHING, strategy], replications=REPLICATIONS, seed=seed)


def _of(strategy: Strategy, seed: int) -> Comparison:
    data = strategy.model_copy(update={"name": "repaired", "about": "…", "about_zh": "", "sources": ()})
    return _compared(data.model_dump_json(by_alias=True, exclude_none=True, exclude_unset=True), seed)


def _gain(found: Comparison, outcome: str = "clv") -> Interval:
    base, other = (found.values(s.name, outcome) for s in found.strategies)
    return paired_interval(base, other)


def _cost(found: Comparison) -> float:
    """Return what the strategy cost, in yuan per initial customer."""
    return _gain(found, "strategy_cost").mean


def check_loss(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the interval of what the broken programme changes."""
    check = LabCheck("loss", names, lang)
    seed = check.seed()
    given = check.interval("loss")
    found = _of(broken(seed), seed)
    truth = _gain(found)
    levels = {s.name: mean_interval(found.values(s.name, "clv")) for s in found.strategies}
    nothing, treated = levels.values()
    ends = sorted((treated.low - nothing.low, treated.high - nothing.high))
    slips = {
        "turned": Interval(-truth.mean, -truth.high, -truth.low, truth.n),
        "level": treated,
        "level_nothing": nothing,
        "levels_subtracted": unpaired(*(found.values(s.name, "clv") for s in found.strategies)),
        "ends_subtracted": Interval(truth.mean, *ends, truth.n),
        "cost": _gain(found, "strategy_cost"),
    }
    expect_interval(check, "loss", given, truth, slips)
    return check.passed(low=f"{truth.low:.1f}", high=f"{truth.high:.1f}")


def check_longing(names: Mapping[str, Any], lang: str) -> Passed:
    """Check which programme is longed for most at each stage."""
    check = LabCheck("longing", names, lang)
    seed = check.seed()
    answer = check.mapping("longing", STAGES)
    table = np.array([getattr(SCENARIO.programmes.needs, stage) for stage in STAGES])
    best = _named(table.argmax(axis=1))
    for stage in STAGES:
        if not isinstance(answer[stage], str) or answer[stage] not in PROGRAMMES:
            check.fail("no_programme", stage=stage, given=short(answer[stage]))
    if answer == best:
        return check.passed()
    slips = {
        "least": _named(table.argmin(axis=1)),
        "as_it_was": {rule.who.stage[0]: str(rule.do.programme) for rule in broken(seed).rules},
    }
    for slip, wrong in slips.items():
        if answer == wrong:
            check.fail(slip)
    stage = next(stage for stage in STAGES if answer[stage] != best[stage])
    check.fail("not_most", stage=stage, given=answer[stage])


def _named(places: np.ndarray) -> dict[str, str]:
    return {stage: PROGRAMMES[place] for stage, place in zip(STAGES, places, strict=True)}


def check_repair(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check by simulation that the repaired programme beats doing nothing and keeps to the budget."""
    check = LabCheck("repair", names, lang)
    start = check.seed(seed)
    strategy = _strategy(check)
    _check_allowed(check, strategy, start)
    found = _tried(check, strategy, start)
    gain, cost = _gain(found), _cost(found)
    blanks = {"low": f"{gain.low:.1f}", "high": f"{gain.high:.1f}", "cost": f"{cost:.1f}"}
    if gain.low <= 0.0:
        check.fail("harmful" if gain.high < 0.0 else "undecided", **blanks)
    if cost > BUDGET:
        check.fail("dear", budget=f"{BUDGET:.0f}", **blanks)
    return check.passed(**blanks)


def _tried(check: LabCheck, strategy: Strategy, seed: int) -> Comparison:
    """Return do_nothing beside the student's strategy; say why it cannot be run."""
    try:
        found = _of(strategy, seed)
    except CrmsimError as error:
        check.fail("fails", problem=str(error))
    if found.problems or len(found.strategies) < 2:
        check.fail("fails", problem=next(iter(found.problems.values()), ""))
    return found


def _strategy(check: LabCheck) -> Strategy:
    """Return the student's strategy, which may be a list of rules, too."""
    answer = check.value("repaired")
    if isinstance(answer, Strategy):
        return answer
    if not isinstance(answer, list | tuple):
        check.fail("no_strategy")
    try:
        return validated(Strategy, {"name": "repaired", "about": "…", "rules": list(answer)})
    except CrmsimError as error:
        check.fail("refused", problem=said(error, check.lang))


def _check_allowed(check: LabCheck, strategy: Strategy, seed: int) -> None:
    """Raise for what the task does not allow: no programme, nothing paid for it, knowledge no firm has."""
    if not strategy.rules:
        check.fail("empty")
    if strategy.budget is not None:
        check.fail("budget")
    for number, rule in enumerate(strategy.rules):
        if rule.do.programme is None:
            check.fail("other_action", number=number)
        if rule.uses_oracle:
            check.fail("oracle", number=number)
        price = rule.cost.per_month if rule.cost is not None else 0.0
        wanted = rule.do.intensity or 1.0
        if rule.cost is None or rule.cost.unit != "programme" or price < wanted - 1e-9:
            check.fail("free", number=number, price=f"{wanted:g}")
    kept = broken(seed).model_dump()["rules"]
    if strategy.model_dump()["rules"] == kept:
        check.fail("unchanged")


def check_effect(names: Mapping[str, Any], lang: str) -> Passed:
    """Check what the repaired programme gains after its cost, and before it."""
    check = LabCheck("effect", names, lang)
    seed = check.seed()
    # What is the matter with the programme itself is said in the words of the task before.
    repair = LabCheck("repair", names, lang)
    found = _tried(repair, _strategy(repair), seed)
    gain, cost = _gain(found).mean, _cost(found)
    slips = {"cost_twice": gain - cost, "before_cost": gain + cost, "cost": cost}
    slips["level"] = float(found.values(found.strategies[1].name, "clv").mean())
    slips["from_broken"] = gain - _gain(_of(broken(seed), seed)).mean
    check.expect("net_gain", check.number("net_gain"), gain, slips, _same_money)
    gross = {"net": gain, "cost_off": gain - cost}
    check.expect("gross_gain", check.number("gross_gain"), gain + cost, gross, _same_money)
    return check.passed(net=f"{gain:.1f}", gross=f"{gain + cost:.1f}", cost=f"{cost:.1f}")


def _same_money(one: float, other: float) -> bool:
    return close(one, other, 0.005, 0.06)
