"""Lab 7: how many agents a desk needs, by formula, by simulation, and by profit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from crmsim.comparison import Interval, mean_interval
from crmsim.exercises.lots import whole
from crmsim.grids import Grid, run_grid
from crmsim.queueing import agents_needed, erlang_c, mean_wait, priority_waits
from crmsim.scenario import Scenario, preset
from crmsim.strategies import DO_NOTHING
from crmsim.teaching.interval_checks import expect_interval, shortfall
from crmsim.teaching.lab_checks import LabCheck, Passed, close

__all__ = [
    "AGENTS", "CUSTOMERS", "RUNS", "YEARS", "check_agents", "check_load", "check_pays", "check_priority",
    "check_simulated", "desk", "town",
]  # fmt: skip

CUSTOMERS, YEARS, RUNS = 300, 3, 16
#: How many agents are tried.
AGENTS = (1, 2, 3, 4, 5, 6)
#: Agents of the preset, for which its load holds.
_READY, _LOAD = 3, 0.85


class Desk(NamedTuple):
    """A call centre: calls per hour, minutes per call, share of calls by VIPs, CNY an agent costs a year."""

    calls_per_hour: int
    minutes: float
    vip_share: float
    wage: int


def desk(seed: int) -> Desk:
    """Return the numbers of a student's own call centre.

    Examples
    --------
    >>> 60 <= desk(1).calls_per_hour <= 180
    True
    """
    return Desk(
        60 + 10 * (whole(seed, "calls") % 13),
        3.0 + 0.5 * (whole(seed, "minutes") % 7),
        0.1 + 0.05 * (whole(seed, "vip") % 3),
        240 + 10 * (whole(seed, "wage") % 7),
    )


def town(agents: int) -> Scenario:
    """Return a telecom firm whose desk has so many agents, each as quick as in the preset.

    Examples
    --------
    >>> town(6).service.desk_load
    0.425
    """
    load = _LOAD * _READY / agents
    return preset("telecom").with_values(
        customers=CUSTOMERS, horizon_days=360 * YEARS, desk_agents=agents, desk_load=load, currency="CNY"
    )


@lru_cache(maxsize=4)
def _runs(seed: int) -> Grid:
    return run_grid({str(n): (town(n), DO_NOTHING) for n in AGENTS}, RUNS, seed=seed, workers=1)


def check_load(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the offered load, and the fewest agents that can keep up with it."""
    check = LabCheck("desk_load", names, lang)
    own = desk(check.seed())
    load = own.calls_per_hour * own.minutes / 60.0
    slips = {
        "minutes": own.calls_per_hour * own.minutes,
        "upside_down": own.calls_per_hour / own.minutes,
        "per_agent": 60.0 / own.minutes,
    }
    check.expect("offered_load", check.number("offered_load"), load, slips)
    least = int(np.floor(load)) + 1
    fewest = {"equal": np.ceil(load), "down": np.floor(load), "no_whole": load}
    check.expect("fewest_agents", check.number("fewest_agents"), least, fewest, _equal)
    wait = float(mean_wait(own.calls_per_hour / 60.0, 1.0 / own.minutes, least))
    return check.passed(least=least, wait=f"{wait:.1f}", busy=f"{100 * load / least:.0f}")


def check_agents(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that finds the agents for a service level, on several desks."""
    check = LabCheck("desk_agents", names, lang)
    first = check.seed(seed)
    for own in (desk(first), desk(first + 1), desk(first + 2)):
        rate, service = own.calls_per_hour / 60.0, 1.0 / own.minutes
        answer = check.call("agents_for_80_20", own.calls_per_hour, own.minutes)
        truth = agents_needed(rate, service, within=20.0 / 60.0, target=0.8)
        load = rate / service
        slips = {
            "keeps_up": np.floor(load) + 1.0,
            "seconds": agents_needed(rate, service, within=20.0, target=0.8),
            "hours": agents_needed(rate, service, within=20.0 / 3600.0, target=0.8),
            "nobody_waits": _at_once(load),
            "one_less": truth - 1,
        }
        given = check.as_number("agents_for_80_20(...)", answer)
        blanks = {"calls": own.calls_per_hour, "minutes": f"{own.minutes:g}"}
        check.expect("agents_for_80_20(...)", given, truth, slips, _equal, **blanks)
    truth = agents_needed(desk(first).calls_per_hour / 60.0, 1.0 / desk(first).minutes, within=1.0 / 3.0)
    return check.passed(agents=truth)


def _at_once(load: float) -> int:
    """Return the fewest agents with whom 80 % do not wait at all."""
    agents = int(np.floor(load)) + 1
    while float(erlang_c(agents, load)) > 0.2:
        agents += 1
    return agents


def check_priority(names: Mapping[str, Any], lang: str) -> Passed:
    """Check what priority does to the wait of the first class, and to that of the others."""
    check = LabCheck("desk_priority", names, lang)
    own = desk(check.seed())
    rate, service = own.calls_per_hour / 60.0, 1.0 / own.minutes
    agents = agents_needed(rate, service, within=1.0 / 3.0)
    vip, others = 60.0 * priority_waits([own.vip_share * rate, (1 - own.vip_share) * rate], service, agents)
    fifo = 60.0 * float(mean_wait(rate, service, agents))
    given = check.mapping("waits", ("vip", "others"))
    answer = [check.as_number(f"waits[{who!r}]", given[who]) for who in ("vip", "others")]
    truth = (float(vip), float(others))
    slips = {
        "fifo": (fifo, fifo),
        "exchanged": truth[::-1],
        "in_minutes": (truth[0] / 60.0, truth[1] / 60.0),
        "with_service": (truth[0] + 60.0 * own.minutes, truth[1] + 60.0 * own.minutes),
        "free_lunch": (truth[0], fifo),
    }
    if not _all_close(answer, truth):
        for slip, wrong in slips.items():
            if _all_close(answer, wrong):
                check.fail(slip)
        for who, one, right in zip(("vip", "others"), answer, truth, strict=True):
            check.expect(f"waits[{who!r}]", one, right, {}, _near)
    return check.passed(vip=f"{vip:.1f}", others=f"{others:.1f}", fifo=f"{fifo:.1f}")


def check_simulated(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the wait by formula for the simulated firm, and the wait that was simulated."""
    check = LabCheck("desk_simulated", names, lang)
    calls = town(_READY).service.desk_contacts * CUSTOMERS / 365.0
    service = calls / (_READY * _LOAD)
    formula = float(mean_wait(calls, service, _READY))
    slips = {
        "one_agent": float(mean_wait(calls, calls / _LOAD, 1)),
        "with_service": formula + 1.0 / service,
        "in_hours": 24.0 * formula,
        "probability": float(erlang_c(_READY, _READY * _LOAD)),
    }
    check.expect("formula_days", check.number("formula_days"), formula, slips)
    runs = _runs(check.seed())
    found = mean_interval(runs.of(str(_READY), "wait"))
    clv = mean_interval(runs.of(str(_READY), "clv"))
    wrong = {
        "clv": clv,
        "vip": mean_interval(runs.of(str(_READY), "wait_vip")),
        "simulated_hours": Interval(*(24.0 * x for x in found[:3]), found.n),
        "spread": _spread(runs.of(str(_READY), "wait")),
    }
    expect_interval(check, "simulated_days", check.interval("simulated_days"), found, wrong, "interval_hint")
    active = 100.0 * float(runs.of(str(_READY), "active").mean())
    blanks = {"formula": f"{formula:.2f}", "low": f"{found.low:.2f}", "high": f"{found.high:.2f}"}
    return check.passed(active=f"{active:.0f}", **blanks)


def _spread(values: np.ndarray) -> Interval:
    """Return where single runs lie, which is no interval for their mean."""
    return Interval(float(values.mean()), float(values.min()), float(values.max()), len(values))


def check_pays(names: Mapping[str, Any], lang: str) -> Passed:
    """Judge how many agents were chosen, by profit after wages."""
    check = LabCheck("desk_pays", names, lang)
    given = check.number("best_agents")
    seed = check.seed()
    if given not in AGENTS:
        check.fail("not_tried", tried=", ".join(str(n) for n in AGENTS))
    clv = np.stack([_runs(seed).of(str(n), "clv") for n in AGENTS])
    wages = np.array(AGENTS)[:, None] * desk(seed).wage * YEARS
    profit = CUSTOMERS * clv - wages
    behind = shortfall(profit, AGENTS.index(int(given)))
    if behind.low > 0.0:
        best = AGENTS[int(profit.mean(axis=1).argmax())]
        slip = "best_served" if given > best else "cheapest" if given == AGENTS[0] else "too_few"
        check.fail(slip, low=f"{behind.low:,.0f}", high=f"{behind.high:,.0f}")
    waiting = CUSTOMERS * (clv[-1] - clv[0]).mean()
    return check.passed(agents=int(given), waiting=f"{waiting:,.0f}")


def _equal(one: float, other: float) -> bool:
    return abs(one - other) < 1e-9


def _near(one: float, other: float) -> bool:
    return close(one, other, 0.01, 0.02)


def _all_close(given: list[float], truth: tuple[float, float]) -> bool:
    return all(close(one, right, 0.01, 1e-4) for one, right in zip(given, truth, strict=True))
