"""Common luck: two worlds differ only by what the firm did in them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from generators import scenarios, small, strategies
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from without_jit import run_python

from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.population import draw_population
from crmsim.scenario import Scenario, preset
from crmsim.strategies import find_strategy, strategy_names
from crmsim.strategies.base import DO_NOTHING, Strategy
from crmsim.tiers import Tier

few = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),  # explaining a failure takes minutes here
)
seeds = st.integers(0, 2**31 - 1)

TRAITS = (
    "key",
    "purchase_rate",
    "dropout",
    "need_rate",
    "mean_spend",
    "price_sensitivity",
    "barrier",
    "responsiveness",
    "complains",
    "fit",
    "initial_expectation",
    "inquiry_rate",
    "credit_risk",
    "entry",
)
#: One customer does nothing to another: a desk without queue, no friends, no ranking that is felt.
ALONE = {
    "desk_load": 0.0,
    "desk_agents": 1000,
    "ref_rate": 0.0,
    "rep_neg": 0.0,
    "rep_pos": 0.0,
    "tier_every_days": 3600,
    "arrivals": 0.0,
    "tiers_visible": 0.0,
    "poach": 0.0,
    "changes": [],
}


def _bytes(ledger: Ledger) -> str:
    """Return a digest of everything that happened (short, so that a failure can be read)."""
    counts = (ledger.run["events"], ledger.run["waits"], ledger.run["wait_seconds"])
    tables = (ledger.log(), ledger.customers, ledger.months, *counts)
    return hashlib.sha256(b"".join(table.tobytes() for table in tables)).hexdigest()


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.tobytes() == b.tobytes()


def _strategy(*rules: dict, **more) -> Strategy:
    return Strategy(name="drawn", about="For a test.", rules=list(rules), **more)


@few
@given(scenarios(), strategies(), seeds)
def test_the_same_seed_gives_the_same_bytes(scenario, strategy, seed):
    again = Scenario.model_validate(scenario.model_dump())
    assert _bytes(simulate(scenario, strategy, seed=seed)) == _bytes(simulate(again, strategy, seed=seed))


def test_another_seed_or_replication_gives_other_people():
    worlds = {_bytes(simulate(small("retail"), seed=s, replication=r)) for s in (0, 1, 2) for r in (0, 1, 2)}
    assert len(worlds) == 9


IDLE = {
    "without rules": _strategy(),
    "for nobody": _strategy(
        {"who": {"purchases": {"min": 1e6}}, "do": {"price": 0.5}},
        {"who": {"tenure_days": {"max": -1.0}}, "do": {"save_offer": 9.0}},
    ),
    "without effect or cost": _strategy(
        {"do": {"recovery": 0.0}},
        {"do": {"priority": dict.fromkeys(("vip", "important", "ordinary", "small"), 0)}},
    ),
    "without cost, in a class of its own": _strategy(
        {"do": {"recovery": 0.0}, "cost": {"per_month": 0.0}}, currency="CU"
    ),
    "with a budget for nothing": _strategy(currency="CU", budget={"per_year": 5.0}),
}


@pytest.mark.parametrize("name", IDLE)
@few
@given(scenario=scenarios(), seed=seeds)
def test_a_strategy_that_does_nothing_is_do_nothing(name, scenario, seed):
    idle, nothing = (simulate(scenario, strategy, seed=seed) for strategy in (IDLE[name], DO_NOTHING))
    # That a rule has looked at somebody is remembered until the next window, whatever it did.
    idle.customers["treated"] = 0
    assert _bytes(idle) == _bytes(nothing)


def test_do_nothing_is_the_file_of_that_name():
    scenario = small("retail")
    assert _bytes(simulate(scenario, find_strategy("do_nothing"))) == _bytes(simulate(scenario))


@few
@given(scenario=scenarios(prog_value=0.0, irritation=0.0), seed=seeds)
def test_a_worthless_free_programme_leaves_the_history_unchanged(scenario, seed):
    programme = _strategy({"do": {"programme": "reward", "intensity": 5.0}})
    with_it, without = simulate(scenario, programme, seed=seed), simulate(scenario, seed=seed)
    assert _same(with_it.log(), without.log())


@few
@given(scenario=scenarios(**ALONE), seed=seeds, more=st.integers(1, 20))
def test_adding_customers_changes_nobody_else(scenario, seed, more):
    n = scenario.population.customers
    fewer = simulate(scenario, seed=seed)
    larger = simulate(scenario.with_values(customers=n + more), seed=seed)
    assert _same(larger.customers[:n], fewer.customers)
    rows = larger.log()
    assert _same(rows[rows["customer"] < n], fewer.log())


@few
@given(scenario=scenarios(), seed=seeds)
def test_adding_customers_changes_no_traits_even_where_the_desk_is_shared(scenario, seed):
    n = scenario.population.customers
    fewer, more = (draw_population(scenario.with_values(customers=size), seed, 0) for size in (n, n + 7))
    assert _same(more[:n], fewer)


@pytest.mark.parametrize("name", strategy_names())
@pytest.mark.parametrize("preset_name", ["retail", "telecom", "b2b"])
def test_the_same_people_arrive_at_the_same_time_under_every_strategy(preset_name, name):
    scenario = small(preset_name, ref_rate=0.0)
    treated = simulate(scenario, find_strategy(name), seed=3)
    base = simulate(scenario, seed=3)
    for trait in TRAITS:
        assert (treated.customers[trait] == base.customers[trait]).all(), trait


@few
@given(scenario=scenarios(), strategy=strategies(), seed=seeds)
def test_traits_do_not_depend_on_the_strategy(scenario, strategy, seed):
    n = scenario.population.customers
    treated, base = simulate(scenario, strategy, seed=seed).customers, simulate(scenario, seed=seed).customers
    for trait in TRAITS:
        assert (treated[trait][:n] == base[trait][:n]).all(), trait


def test_a_referred_customer_is_the_same_person_under_every_strategy():
    """A child's key comes from the parent's key and the number of the referral, not from its place."""
    scenario = small("retail", customers=200, horizon_days=720, ref_rate=20.0, ref_conv=1.0, ref_pool=2.0)
    base, treated = simulate(scenario), simulate(scenario, find_strategy("quality_step"))
    families = []
    for ledger in (base, treated):
        people = ledger.customers[200:]
        families.append(
            {int(p["key"]): (p["mean_spend"], int(ledger.customers["key"][p["parent"]])) for p in people}
        )
    both = set(families[0]) & set(families[1])
    assert len(both) > 20
    assert all(families[0][key] == families[1][key] for key in both)
    places = [{int(key): i for i, key in enumerate(ledger.customers["key"])} for ledger in (base, treated)]
    assert any(places[0][key] != places[1][key] for key in both)  # else the test would prove nothing


VIP_RULES = (
    {"who": {"tier": "vip"}, "do": {"quality": 0.3}},
    {"who": {"tier": "vip"}, "do": {"price": 0.4}},
    {"who": {"tier": "vip"}, "do": {"programme": "contact"}, "cost": {"per_month": 3.0}},
    {"who": {"tier": "vip"}, "do": {"recovery": 0.5, "complaint_boost": 1.0}},
    {"who": {"tier": "vip"}, "do": {"save_offer": 1.0}},
)


@few
@given(
    scenario=scenarios(
        ("retail", "b2b"),
        **ALONE | {"tier_every_days": 90, "horizon_days": 330, "entry_days": 0, "wake": 0.2, "tier_vip": 0.3},
    ),
    seed=seeds,
)
def test_a_strategy_for_vips_leaves_the_history_of_others_unchanged(scenario, seed):
    """Later reviews may rank differently; everybody who is VIP in neither world must live the same life."""
    base, treated = (
        simulate(scenario, seed=seed),
        simulate(scenario, _strategy(*VIP_RULES, currency="CU"), seed=seed),
    )
    ever = set()
    for ledger in (base, treated):
        rows = ledger.log()
        ever |= set(rows["customer"][rows["tier"] == Tier.VIP].tolist())
    rows = [ledger.log()[~np.isin(ledger.log()["customer"], list(ever))] for ledger in (base, treated)]
    fixed = [r[~np.isin(r["kind"], (EventKind.PROMOTION, EventKind.DEMOTION))] for r in rows]
    for name in ("time", "amount", "customer", "detail", "kind", "component", "stage", "true_stage"):
        assert (fixed[0][name] == fixed[1][name]).all(), name


def test_the_vips_of_that_test_do_live_another_life():
    scenario = small("retail", entry_days=0, horizon_days=330, **ALONE | {"tier_every_days": 90})
    base, treated = simulate(scenario), simulate(scenario, _strategy(*VIP_RULES, currency="CU"))
    assert not _same(base.log(), treated.log())


def test_the_nth_purchase_has_the_same_size_and_noise_under_a_strategy_that_shifts_its_time():
    scenario = small("retail", deal_depth=0.0, ref_rate=0.0, cross_rate=0.0)
    cut = _strategy({"do": {"quality": 0.2}})
    spends = []
    for strategy in (DO_NOTHING, cut):
        rows = simulate(scenario, strategy).log()
        bought = rows[rows["kind"] == EventKind.PURCHASE]
        spends.append({(row["customer"], row["detail"]): (row["amount"], row["time"]) for row in bought})
    both = sorted(set(spends[0]) & set(spends[1]))
    assert all(spends[0][key][0] == spends[1][key][0] for key in both)
    assert any(spends[0][key][1] != spends[1][key][1] for key in both)


@pytest.mark.parametrize("faster", [2.0, 3.0])
def test_a_rate_that_is_so_many_times_higher_makes_the_same_purchases_so_many_times_earlier(faster):
    """Clocks burn budgets: the wait for the n-th purchase is the same luck at another rate."""
    values = {"customers": 50, "horizon_days": 720}
    times = []
    for rate in (6.0, 6.0 * faster):
        rows = simulate(preset("bare").with_values(rate_mean=rate, **values)).log()
        bought = rows[rows["kind"] == EventKind.PURCHASE]
        times.append({(int(r["customer"]), int(r["detail"])): int(r["time"]) - 1 for r in bought})
    assert set(times[0]) < set(times[1])
    for key, time in times[0].items():  # each purchase, and each window's end, rounds up to a second
        assert abs(times[1][key] * faster - time) <= faster * (key[1] + 25) * 2


@few
@given(scenario=scenarios(), strategy=strategies(), seed=seeds, k=st.integers(0, 4))
def test_a_replication_is_the_same_alone_and_among_others(scenario, strategy, seed, k):
    alone = _bytes(simulate(scenario, strategy, seed=seed, replication=k))
    among = [_bytes(simulate(scenario, strategy, seed=seed, replication=r)) for r in (4, 2, 0, 3, 1)]
    assert among[(4, 2, 0, 3, 1).index(k)] == alone


_SAME_BYTES = """
import hashlib
from both_engines import parts
from generators import small
from crmsim.engines import simulate
from crmsim.strategies import find_strategy
more = {"arrivals": 2.0, "survey_days": 60, "reopen": 0.3, "credit_b": 0.1, "tiers_visible": 1.0,
        "irritation": 0.02, "spend_trend": 0.2, "tier_every_days": 60, "need_mean": 0.5}
periodic = {"timing": "periodic", "buy_table": [0.5, 0.3], "elasticity": 0.0}
for name, strategy, values in (
    ("retail", "recovery", {}), ("telecom", "tier_service", {}), ("b2b", "save_value", {}),
    ("retail", "revisit", more), ("telecom", "win_back_all", more), ("b2b", "points", more),
    ("retail", "oracle_save_lift", more | periodic),
):
    scenario = small(name, **{"customers": 12, "horizon_days": 240} | values)
    for engine in ("compiled", "simpy"):
        ledger = simulate(scenario, find_strategy(strategy), seed=5, engine=engine)
        print(hashlib.sha256(b"".join(parts(ledger))).hexdigest(), len(ledger.log()))
"""


def test_python_and_machine_code_write_the_same_bytes():
    plain, machine = run_python(_SAME_BYTES), run_python(_SAME_BYTES, jit=True)
    assert plain.returncode == machine.returncode == 0, plain.stderr + machine.stderr
    assert plain.stdout == machine.stdout
    lines = plain.stdout.splitlines()
    assert lines[::2] == lines[1::2], "both engines"
    assert len(set(lines)) == 7


def test_a_run_writes_neither_to_its_scenario_nor_to_its_strategy():
    scenario, strategy = small("retail"), find_strategy("tier_service")
    before = hashlib.sha256((scenario.to_yaml() + strategy.to_yaml()).encode()).hexdigest()
    simulate(scenario, strategy)
    assert hashlib.sha256((scenario.to_yaml() + strategy.to_yaml()).encode()).hexdigest() == before
