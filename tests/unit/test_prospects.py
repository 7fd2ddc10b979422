"""Prospects: deciding takes time, calls find out and persuade, advertising reaches; and who pays for it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from generators import small

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import Component, EventKind
from crmsim.ledger import Ledger
from crmsim.luck import customer_keys
from crmsim.metrics.profitability import customer_profitability, list_values
from crmsim.model.prospects import decision_time, information, seen_fit, win_probability
from crmsim.model.records import DAY, NEVER
from crmsim.scenario import Scenario
from crmsim.stages import Status
from crmsim.strategies.base import Strategy
from crmsim.strategies.programmed import Order, ProgrammedStrategy
from crmsim.strategies.rules import Action


def world(**values) -> Scenario:
    """Return a world in which many inquire and nobody is recommended."""
    return small("retail", **{"customers": 200, "arrivals": 0.6, "ref_rate": 0.0, "rep_neg": 0.0} | values)


def made(*rules: dict, **more) -> Strategy:
    return Strategy(name="made", about="For a test.", currency="CU", rules=list(rules), **more)


def newcomers(ledger: Ledger) -> np.ndarray:
    return ledger.customers[ledger.initial_count :]


# --- equations ---------------------------------------------------------------------------------------------


def test_information_by_hand():
    assert [information(calls, 0.4) for calls in (0, 1, 3)] == pytest.approx([0.0, 0.4, 1 - 0.6**3])
    assert information(5, 0.0) == 0.0 and information(1, 1.0) == 1.0


def test_the_guess_is_as_good_as_the_information():
    """Its covariance with the truth is its own variance: nobody could guess better from the same picture."""
    rng = np.random.Generator(np.random.PCG64(3))
    fit, noise = rng.normal(size=(2, 20_000))
    guess = np.array([seen_fit(a, e, 0.6) for a, e in zip(fit, noise, strict=True)])
    assert np.var(guess) == pytest.approx(0.36, abs=4 * 0.36 * math.sqrt(2 / 20_000))
    assert np.mean(guess * fit) == pytest.approx(0.36, abs=0.02)


def test_win_probability_by_hand():
    odds = 0.3 / 0.7 * math.exp(0.2 + 0.5 * (1.0 - 0.4) - 0.1 * 4)
    assert win_probability(0.3, 0.2, -0.4, 3, 0.5, 0.1) == pytest.approx(odds / (1 + odds))
    assert win_probability(0.3, 0.0, 9.0, 0, 0.5, 0.1) == 0.3, "who is not called is not persuaded"
    assert win_probability(0.0, 0.0, 0.0, 3, 0.0, 0.0) == 0.0
    assert win_probability(1.0, 0.0, 0.0, 1, 0.5, 0.0) < 1.0


@pytest.mark.parametrize("phases", [1, 8])
def test_time_to_decide(phases):
    keys = np.empty(4000, np.uint64)
    customer_keys(1, 0, np.arange(4000), keys)
    days = np.array([decision_time(key, 60.0, phases) for key in keys])
    sd = 60.0 / math.sqrt(phases)
    assert days.mean() == pytest.approx(60.0, abs=4 * sd / math.sqrt(4000))
    assert days.std() == pytest.approx(sd, rel=0.1)
    assert decision_time(keys[0], 0.0, phases) == 0.0


# --- in a run ----------------------------------------------------------------------------------------------


def test_deciding_takes_the_time_it_is_given():
    at_once, later = (simulate(world(decision_days=days)) for days in (0.0, 90.0))
    a, b = newcomers(at_once), newcomers(later)
    assert (a["key"] == b["key"]).all(), "the same people are won"
    delay = (b["entry"] - a["entry"]) / DAY
    assert delay.mean() == pytest.approx(90.0, abs=4 * 90.0 / math.sqrt(len(a)))
    waiting = b["entry"] > later.horizon_days * DAY
    assert 10 < waiting.sum() < len(b)
    assert (b["status"][waiting] == Status.PROSPECT).all() and (b["entered"][waiting] == NEVER).all()
    assert (b["entered"][~waiting] == b["entry"][~waiting]).all()


CALL = {"do": {"canvass": 1, "accuracy": 0.9}, "cost": {"per_use": 3.0}}


def test_calling_wins_more_and_better_fitting_customers():
    scenario = world(persuade=2.0, pester=0.5, customers=600)
    nobody, called = simulate(scenario), simulate(scenario, made(CALL))
    pestered = simulate(scenario, made({"do": {"canvass": 6}}))
    assert len(newcomers(called)) > 1.2 * len(newcomers(nobody)) > 2.0 * len(newcomers(pestered))
    se = 0.1 / math.sqrt(len(newcomers(nobody)))
    assert newcomers(called)["fit"].mean() > newcomers(nobody)["fit"].mean() + 3 * se
    blind = simulate(scenario, made({"do": {"canvass": 1, "accuracy": 0.0}}))
    assert abs(newcomers(blind)["fit"].mean()) < 4 * se


def test_fit_and_level_decide_who_comes():
    plain = simulate(world(customers=600))
    pulled = simulate(world(customers=600, fit_pull=1.0, level_pull=1.0))
    for trait in ("fit", "purchase_rate"):
        spread = plain.customers[trait].std() / math.sqrt(len(newcomers(plain)))
        assert newcomers(pulled)[trait].mean() > newcomers(plain)[trait].mean() + 3 * spread


def test_without_persuasion_calls_only_cost():
    scenario = world(persuade=0.0, pester=0.0)
    nobody, called = simulate(scenario), simulate(scenario, made(CALL))
    assert (newcomers(nobody)["key"] == newcomers(called)["key"]).all()
    assert (nobody.customers["n"] == called.customers["n"]).all()
    spent = 3.0 * called.months["prospects"].sum()
    assert called.months["outreach"].sum() == pytest.approx(spent)
    paid = nobody.customers["cash"].sum() - called.customers["cash"].sum()
    entered = called.customers["entered"] < NEVER
    assert paid == pytest.approx(called.customers["won_cost"][entered].sum())


def test_every_call_is_paid_for_by_somebody():
    scenario = world(customers=20, persuade=0.5, pester=0.1)
    ledger = simulate(scenario, made(CALL, {"do": {"canvass": 5}, "cost": {"per_use": 100.0}}))
    months, people = ledger.months, ledger.customers
    assert months["outreach"].sum() == pytest.approx(3.0 * months["prospects"].sum()), "the first rule counts"
    carried = (months["outreach"] > 0) & (months["arrived"] == 0)
    assert carried.any(), "there must be windows in which nobody is won"
    assert people["won_cost"].sum() + ledger.run["unshared"] == pytest.approx(months["outreach"].sum())
    rows = ledger.log()
    bought = rows[rows["kind"] == EventKind.ACQUIRED]
    assert -bought["amount"] == pytest.approx(
        scenario.money.acq_cost + people["won_cost"][bought["customer"]]
    )
    assert (bought["component"] == Component.CLV1).all()
    # What customers bought and what serving them cost does not depend on what winning them cost.
    free = simulate(scenario, made({"do": CALL["do"]}))
    assert list_values(ledger).to_numpy() == pytest.approx(list_values(free).to_numpy())
    dear, cheap = customer_profitability(ledger), customer_profitability(free)
    assert dear["contribution"].to_numpy() == pytest.approx(cheap["contribution"].to_numpy())


def test_advertising_reaches_many_and_convinces_few():
    scenario = world(ad_reach=2.0, ad_belief=0.3, customers=300)
    base = simulate(scenario)
    some, full = (simulate(scenario, made({"do": {"advertise": share}})) for share in (0.5, 1.0))
    reached = [run.months["prospects"].sum() - base.months["prospects"].sum() for run in (some, full)]
    expected = 2.0 * 300 * (420 - 30) / 365
    assert reached[1] == pytest.approx(expected, abs=4 * math.sqrt(expected))
    assert reached[0] == pytest.approx(reached[1] / 2, abs=4 * math.sqrt(reached[1] / 4))
    won = full.months["arrived"].sum() - base.months["arrived"].sum()
    assert won == pytest.approx(0.15 * reached[1], abs=0.05 * reached[1])
    dear = simulate(scenario, made({"do": {"advertise": 1.0}, "cost": {"per_month": 60.0}}))
    assert dear.months["outreach"].sum() == pytest.approx(60.0 * (420 - 30) / 30)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"do": {"canvass": 1}, "who": {"tier": "vip"}}, "canvass is for the whole firm"),
        ({"do": {"advertise": 1.0}, "when": {"on": "complaint"}}, "advertise is for the whole firm"),
        ({"do": {"canvass": 1}, "when": {"every": 60}}, "every must be 30"),
        ({"do": {"canvass": 1}, "cost": {"per_month": 1.0}}, "cost of canvass must be per_use"),
        ({"do": {"advertise": 1.0}, "cost": {"per_use": 1.0}}, "cost of advertise must be per_month"),
    ],
)
def test_what_is_for_the_whole_firm_is_for_nobody_in_particular(rule, problem):
    with pytest.raises(ValueError, match=problem):
        made(rule)


def test_nobody_to_call_or_to_reach():
    with pytest.raises(InputError, match=r"rules.0.do.canvass: must have prospects"):
        simulate(world(arrivals=0.0), made(CALL))
    with pytest.raises(InputError, match=r"rules.0.do.advertise: must have somebody to reach"):
        simulate(world(ad_reach=0.0), made({"do": {"advertise": 1.0}}))
    with pytest.raises(ValueError, match="cost is not known beforehand"):
        made(CALL, budget={"per_year": 5.0})
    orders = ProgrammedStrategy("calls", "For a test.", lambda view: [Order(Action(canvass=1), [])])
    with pytest.raises(InputError, match="must be something done to a customer, got 'canvass'"):
        simulate(world(), orders)
