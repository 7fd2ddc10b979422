"""Worlds at the edge of what a scenario allows: nobody buys, everybody leaves at once, odd horizons."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from generators import small
from without_jit import run_python

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import Component, EventKind
from crmsim.model.records import DAY, WINDOW
from crmsim.population import draw_population
from crmsim.scenario import preset
from crmsim.stages import Cause, Status
from crmsim.strategies.base import Strategy
from crmsim.treatment import untreat


def _strategy(*rules: dict, **more) -> Strategy:
    return Strategy(name="drawn", about="For a test.", rules=list(rules), **more)


def test_a_customer_with_nothing_ahead_can_still_be_neglected():
    """For 120 days no clock runs at all; then the neglect clock starts (model.md 4.2)."""
    scenario = preset("bare").with_values(customers=50, neglect_hazard=20.0, horizon_days=900)
    people = simulate(scenario).customers
    assert (people["status"] == Status.LAPSED).all()
    assert (people["cause"] == Cause.NEGLECT).all()
    assert (people["left"] - people["entered"] > 120 * DAY).all()


def test_a_world_in_which_nothing_can_happen_stands_still():
    ledger = simulate(preset("bare").with_values(customers=50, horizon_days=900))
    assert (ledger.customers["status"] == Status.ACTIVE).all()
    assert (ledger.customers["n"] == 1).all()


_ALL_LEAVE = """
import crmsim.accelerated, crmsim.branch
crmsim.branch._LOG_ROWS = 16  # as small as a run of many customers makes it in proportion
crmsim.accelerated._ROWS_A_WINDOW = 0
from crmsim.population import draw_population
from crmsim.scenario import preset
from crmsim.engines import simulate
from crmsim.strategies.base import Strategy
from crmsim.treatment import untreat
offer = {"do": {"save_offer": 1.0}, "cost": {"per_use": 1.0, "in": "save_offer"}}
strategy = Strategy(name="wake", about="Wakes everybody.", rules=[offer])
scenario = preset("bare").with_values(customers=1200, horizon_days=60, wake=1.0, att0=0.01, save_offer=1.0)
ledger = simulate(scenario, strategy)
assert len(ledger.log()) == ledger.run["events"].sum(), (len(ledger.log()), ledger.run["events"].sum())
"""


def test_the_log_has_room_for_everybody_leaving_at_one_window_end():
    """An offer that wakes a customer writes three rows: treatment, stage, churn. Run without the
    compiler, because machine code would write past the end of the array without a word."""
    result = run_python(_ALL_LEAVE)
    assert result.returncode == 0, result.stderr[-600:]


@pytest.mark.parametrize("horizon", [360, 375, 389, 390])
def test_trailing_revenue_holds_the_last_twelve_windows_at_any_horizon(horizon):
    """A last window of 15 days must not take the place of a whole one that is still within the year."""
    scenario = preset("bare").with_values(customers=20, rate_mean=50.0, horizon_days=horizon)
    ledger = simulate(scenario)
    rows = ledger.log()
    bought = rows[rows["kind"] == EventKind.PURCHASE]
    windows = np.arange(-(-horizon // 30))[-12:]
    recent = np.isin((bought["time"] - 1) // WINDOW, windows)
    expected = np.bincount(bought["customer"][recent], bought["amount"][recent], 20)
    np.testing.assert_allclose(ledger.customers["revenue_months"].sum(axis=1), expected)


@pytest.mark.parametrize("name", ["retail", "telecom", "b2b"])
def test_one_customer_is_enough(name):
    ledger = simulate(small(name, customers=1, horizon_days=900))
    assert ledger.run["events"].sum() == len(ledger.log()) > 3


def test_everybody_may_enter_on_the_last_day():
    ledger = simulate(small("retail", customers=200, entry_days=61, horizon_days=61, ref_rate=0.0))
    assert (ledger.customers["status"] != Status.PROSPECT).all()
    assert (ledger.months["customers"] == 200).all()


def test_a_caller_who_left_while_waiting_is_not_served():
    scenario = small(
        "retail",
        customers=60,
        desk_agents=1,
        desk_load=6.0,
        inquiry_mean=30.0,
        desk_contacts=6.0,
        need_mean=3.0,
        decline_days=0.0,
    )
    ledger = simulate(scenario)
    rows = ledger.log()
    asked = np.isin(rows["kind"], (EventKind.COMPLAINT, EventKind.INQUIRY)).sum()
    starts = rows[rows["kind"] == EventKind.CONTACT_START]
    assert len(starts) < asked
    assert (starts["time"] < ledger.customers["left"][starts["customer"]]).all()


def test_an_account_is_charged_by_the_day():
    scenario = preset("bare").with_values(customers=40, entry_days=100, horizon_days=200, account_cost=30.0)
    people = simulate(scenario).customers
    days = (200 * DAY - people["entered"]) / DAY
    np.testing.assert_allclose(people["total"][:, Component.ACCOUNT], -days, rtol=1e-12)


def test_a_newcomer_gets_the_standing_rules_at_once_and_pays_for_the_rest_of_the_window():
    rule = {"do": {"programme": "reward"}, "cost": {"per_month": 30.0}}
    scenario = preset("bare").with_values(customers=40, entry_days=100, horizon_days=200)
    people = simulate(scenario, _strategy(rule, currency="CU")).customers
    days = (200 * DAY - people["entered"]) / DAY
    np.testing.assert_allclose(people["total"][:, Component.PROGRAMME], -days, rtol=1e-12)


def test_two_lotteries_of_one_strategy_are_drawn_independently():
    """Two rules that each pick a tenth by lot should meet in about a hundredth, not always."""
    lottery = {"rank_by": "random", "top_share": 0.1}
    rules = [
        {"do": {"programme": name}, "cost": {"per_month": 1.0}, "pick": lottery}
        for name in ("reward", "special")
    ]
    scenario = preset("bare").with_values(customers=2000, horizon_days=60)
    rows = simulate(scenario, _strategy(*rules, currency="CU")).log()
    treated = rows[rows["kind"] == EventKind.TREATMENT]
    first, second = (set(treated["customer"][treated["detail"] == k].tolist()) for k in (0, 1))
    assert len(first) == len(second) == 200
    assert len(first & second) < 20 + 4 * np.sqrt(200 * 0.1 * 0.9)


def test_a_random_pick_is_another_one_each_time():
    rule = {
        "do": {"programme": "reward"},
        "cost": {"per_month": 1.0},
        "pick": {"rank_by": "random", "top_share": 0.1},
    }
    scenario = preset("bare").with_values(customers=2000, horizon_days=90)
    rows = simulate(scenario, _strategy(rule, currency="CU")).log()
    treated = rows[rows["kind"] == EventKind.TREATMENT]
    first, second = (set(treated["customer"][treated["time"] == t].tolist()) for t in (WINDOW, 2 * WINDOW))
    assert len(first) == len(second) == 200
    assert len(first & second) < 20 + 4 * np.sqrt(200 * 0.1 * 0.9)


def test_a_pick_by_measure_takes_the_highest():
    rule = {
        "do": {"programme": "reward"},
        "cost": {"per_month": 1.0},
        "pick": {"rank_by": "purchases", "top_share": 0.1},
    }
    scenario = preset("bare").with_values(customers=500, horizon_days=400, rate_mean=12.0)
    rows = simulate(scenario, _strategy(rule, currency="CU")).log()
    at = 12 * WINDOW
    treated = set(rows["customer"][(rows["kind"] == EventKind.TREATMENT) & (rows["time"] == at)].tolist())
    bought = np.bincount(
        rows["customer"][(rows["kind"] == EventKind.PURCHASE) & (rows["time"] <= at)], minlength=500
    )
    assert len(treated) == 50
    others = [bought[i] for i in range(500) if i not in treated]
    assert min(bought[list(treated)]) >= max(others)


@pytest.mark.parametrize("collecting", [True, False])
def test_garbage_is_collected_after_a_run_as_before_it_even_if_it_fails(collecting, monkeypatch):
    def during(world: object) -> None:
        assert not gc.isenabled()
        raise ZeroDivisionError

    try:
        if not collecting:
            gc.disable()
        simulate(small("retail"), engine="simpy")
        assert gc.isenabled() == collecting
        monkeypatch.setattr("crmsim.simulation._World.run", during)
        with pytest.raises(ZeroDivisionError):
            simulate(small("retail"), engine="simpy")
        assert gc.isenabled() == collecting
    finally:
        gc.enable()


@pytest.mark.parametrize("bad", [-1, 2**31, 1.5, "1", True])
def test_a_seed_out_of_range_is_refused(bad):
    with pytest.raises(InputError):
        simulate(small("retail"), seed=bad)
    with pytest.raises(InputError):
        simulate(small("retail"), replication=bad)


def test_everything_that_a_standing_rule_sets_is_taken_back():
    """Rules are applied anew every window; what one forgets to take back would hold for ever."""
    people = draw_population(small("retail", customers=1), 1, 0)
    fields = ("programme", "quality_raised", "price_cut", "desk_class", "recovery_boost", "compensation",
              "complaint_boost", "service_cut")  # fmt: skip
    for name in fields:
        people[name] = 1
    people["treated"] = 1
    untreat(people[0])
    assert not any(people[name].any() for name in fields)
