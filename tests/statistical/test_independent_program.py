"""Two programs written apart from one specification agree: the package, and ``benchmarks/plain``.

They share no line and no random number, so whatever both say about many customers is what the
specification says. Means differ by less than four standard errors, which come from the samples.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.both_engines import CASES, SAME
from benchmarks.mechanisms import EVERYTHING, MECHANISMS
from benchmarks.plain.market import Market
from benchmarks.plain.parameters import PRESETS, STRATEGIES
from crmsim.engines import simulate
from crmsim.events import COMPONENTS, EventKind
from crmsim.model.records import NEVER
from crmsim.scenario import preset
from crmsim.strategies import find_strategy

CUSTOMERS = 1000
YEARS = 3
COUNTS = np.array([info.counts for info in COMPONENTS.values()])


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("retail", "do_nothing"),
        ("retail", "tier_service"),
        ("retail", "save_value_lift"),
        ("retail", "points"),
        ("retail", "win_back_all"),
        ("telecom", "do_nothing"),
    ],
)
def test_the_package_agrees_with_an_independent_program(name, strategy):
    scenario = preset(name).with_values(customers=CUSTOMERS, horizon_days=YEARS * 365, **SAME)
    ours = simulate(scenario, find_strategy(strategy), seed=1, log=False).customers[:CUSTOMERS]
    market = Market(PRESETS[name], CUSTOMERS, YEARS, seed=1, strategy=STRATEGIES[strategy])
    market.env.run(until=market.horizon)
    plain = market.customers[:CUSTOMERS]
    samples = {
        "purchases": (ours["n"], [c.n for c in plain]),
        "value": (ours["value"][:, COUNTS].sum(axis=1), [c.value for c in plain]),
        "has left": (ours["first_left"] < NEVER, [c.first_left < math.inf for c in plain]),
        "attitude": (ours["attitude"], [c.A for c in plain]),
        "trust": (ours["trust"], [c.T for c in plain]),
        "ratio": (ours["ratio"], [c.C for c in plain]),
    }
    scores = {what: _z(*map(np.asarray, pair)) for what, pair in samples.items()}
    assert all(abs(z) < 4 for z in scores.values()), scores


def _z(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one.astype(float), other.astype(float)
    error = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return float((one.mean() - other.mean()) / error)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_plain_program_runs_every_strategy(name, strategy):
    market = Market(PRESETS[name], 40, 2, seed=3, strategy=STRATEGIES[strategy])
    market.env.run(until=market.horizon)
    results = market.results()
    gone = sum(c.t_end < math.inf for c in market.customers)
    assert results["active_at_end"] == results["customers"] - gone
    # A contribution is part of its revenue; only acquisitions saved by referral come on top.
    assert all(c.value <= c.revenue + c.clv[4] for c in market.customers)


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda mechanism: mechanism.name)
def test_every_mechanism_can_be_switched_off(mechanism):
    scenario = preset("retail").with_values(**(EVERYTHING | mechanism.off))
    assert scenario.population.customers > 0
    assert set(mechanism.kinds) <= set(EventKind.__members__)
    find_strategy(mechanism.strategy)


def test_both_programs_know_every_case_of_the_benchmark():
    for name, _, _, strategy in CASES:
        assert name in PRESETS
        assert strategy in STRATEGIES
        find_strategy(strategy)
