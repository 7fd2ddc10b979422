"""Asking lost customers back, and what they return as (model.md sections 4.3 and 9.3)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from generators import small
from small_worlds import bare, luck, made, of_kind

from crmsim.branch import Branch, KeptRows
from crmsim.engines import simulate
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose
from crmsim.model.customer import come_back
from crmsim.model.defection import return_probability
from crmsim.model.records import DAY, NEVER, WINDOW
from crmsim.stages import Cause, Stage, Status
from crmsim.strategies.base import DO_NOTHING

#: model.md, section 9.3.
WILLING = {
    Cause.PRICE: -1.0,
    Cause.NEGLECT: -0.8,
    Cause.COMPETITOR: -1.8,
    Cause.SERVICE_FAILURE: -2.2,
    Cause.QUALITY: -2.4,
    Cause.NATURAL: -4.0,
    Cause.NEED_ENDED: -9.0,
}
SURE = {"when": {"on": "lapsed"}, "do": {"win_back": 10.0}}


def _logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


@pytest.mark.parametrize("cause", WILLING)
@pytest.mark.parametrize(("attitude", "offer"), [(0.28, 0.0), (0.5, 1.0), (0.1, 3.0)])
def test_who_left_for_what_comes_back_how_easily(cause, attitude, offer):
    expected = _logistic(WILLING[cause] + 2.0 * (attitude - 0.28) + offer)
    assert return_probability(cause.value, attitude, 0.28, offer) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["retail", "telecom"])
def test_each_answer_is_the_luck_of_the_customer_against_that_probability(name):
    scenario = small(name, customers=1500, horizon_days=720, att_gain=0.0, ref_rate=0.0)
    ledger = simulate(scenario, made({"when": {"on": "lapsed"}, "do": {"win_back": 1.0}}))
    asked = of_kind(ledger, EventKind.WIN_BACK_OFFER)
    back = {int(i) for i in of_kind(ledger, EventKind.REACTIVATED)["customer"]}
    cause = {}
    for row in of_kind(ledger, EventKind.CHURN):
        cause.setdefault(int(row["customer"]), Cause(row["detail"]))  # of the first end
    people = ledger.customers[asked["customer"]]
    drawn = luck(people["key"], Purpose.WIN_BACK, 1)
    chance = [_logistic(WILLING[cause[int(p["number"])]] + p["responsiveness"]) for p in people]
    assert {int(i) for i in people["number"][drawn < chance]} == back
    assert 20 < len(back) < 0.6 * len(asked)
    assert len({cause[i] for i in back}) >= 3


def _returned(**state):
    """Return somebody who left in the fourth window and comes back at the end of the fifth, and when."""
    branch = Branch(small("retail", customers=1), DO_NOTHING, 1, 0, kept=KeptRows())
    now = 5 * WINDOW
    branch.next_window(now)
    c = branch.customers[0]
    c.status, c.cause, c.entered, c.stage = Status.LAPSED, Cause.PRICE, DAY, Stage.ENDED
    c.left = c.first_left = c.updated = 3 * WINDOW + 5 * DAY
    c.n, c.trust = 5, 0.5
    c.revenue_months[:], c.net_months[:] = np.arange(1, 13), -np.arange(1, 13)
    for name, value in state.items():
        setattr(c, name, value)
    come_back(c, branch.parameters[0], branch.run[0], branch.log, now)
    return c, now


def test_what_is_forgotten_and_what_stays_on_return():
    c, now = _returned(grievance=0.8, satisfaction=-0.4, habit=0.9, attitude=0.5, declining=1, missed=3)
    away = 2 * WINDOW - 5 * DAY
    assert c.grievance == pytest.approx(0.5 * 0.8 * math.exp(-away / DAY / 150.0))
    assert c.attitude == pytest.approx(0.28 + 0.22 * math.exp(-away / DAY / 720.0))
    assert (c.satisfaction, c.habit) == (0.0, 0.1)
    assert (c.offer, c.offer_until) == (0.5, now + 90 * DAY)
    assert (c.status, c.cause, c.left, c.declining, c.missed) == (Status.ACTIVE, Cause.NONE, NEVER, 0, 0)
    assert (c.n, c.trust, c.returns, c.away, c.last_contact) == (5, 0.5, 1, away, now)
    assert c.first_left == 3 * WINDOW + 5 * DAY
    assert c.stage == Stage.FORMATION  # of n = 5 and trust 0.5


def test_the_windows_away_are_cleared_from_the_trailing_year():
    """Window 3 is that of the end and keeps its money; window 4 was spent away."""
    c, _ = _returned()
    expected = np.arange(1.0, 13.0)
    expected[4] = 0.0
    assert c.revenue_months.tolist() == expected.tolist()
    assert c.net_months.tolist() == (-expected).tolist()


def _lost_and_asked(*rules, **values):
    """Return a run in which a fifth leaves at every purchase, and those asked back come."""
    scenario = bare(**{"rate_mean": 6.0, "drop_b": 0.2, "horizon_days": 900} | values)
    return simulate(scenario, made(*rules or (SURE,)))


def test_everybody_is_asked_once_at_the_first_window_end_after_30_days():
    ledger = _lost_and_asked()
    ends, asked = of_kind(ledger, EventKind.CHURN), of_kind(ledger, EventKind.WIN_BACK_OFFER)
    first = {}
    for row in ends:
        first.setdefault(int(row["customer"]), int(row["time"]))
    due = {i: -(-(t + 30 * DAY) // WINDOW) * WINDOW for i, t in first.items()}
    expected = {i: t for i, t in due.items() if t < 900 * DAY}
    assert {int(r["customer"]): int(r["time"]) for r in asked} == expected
    assert len(asked) == len(expected)
    again = {int(r["customer"]) for r in ends if r["time"] > first[int(r["customer"])]}
    assert len(again & set(expected)) > 10  # lost a second time, and not asked again


def test_nobody_is_asked_before_30_or_after_60_days():
    """A rule that begins on day 300 comes too late for those who left before day 240."""
    rule = SURE | {"when": {"on": "lapsed", "from_day": 300}}
    ledger = _lost_and_asked(rule)
    asked, left = of_kind(ledger, EventKind.WIN_BACK_OFFER), ledger.customers["first_left"]
    away = asked["time"] - left[asked["customer"]]
    assert len(asked) > 10 and (away >= 30 * DAY).all() and (away < 60 * DAY).all()
    assert (asked["time"] >= 300 * DAY).all()


def test_whom_the_firm_sent_away_is_not_asked():
    end = {"who": {"purchases": {"min": 3}}, "do": {"terminate": True}}
    ledger = _lost_and_asked(end, SURE)
    sent = {int(r["customer"]) for r in of_kind(ledger, EventKind.CHURN) if r["detail"] == Cause.BY_COMPANY}
    asked = of_kind(ledger, EventKind.WIN_BACK_OFFER)
    ended = {int(r["customer"]): int(r["time"]) for r in of_kind(ledger, EventKind.CHURN)}
    assert len(sent) > 20 and len(asked) > 20
    assert all(int(r["time"]) <= ended[int(r["customer"])] for r in asked if int(r["customer"]) in sent)


def test_the_attempt_costs_and_the_return_costs_more():
    cost = {"per_use": 0.2, "on_accept": 0.8, "in": "win_back"}
    rule = {"when": {"on": "lapsed"}, "do": {"win_back": 4.0}, "cost": cost}
    ledger = _lost_and_asked(rule, win_back=60.0)
    asked, back = of_kind(ledger, EventKind.WIN_BACK_OFFER), of_kind(ledger, EventKind.REACTIVATED)
    assert 10 < len(back) < len(asked) - 10  # natural leavers: about half accept
    np.testing.assert_allclose(asked["amount"], -12.0)
    np.testing.assert_allclose(back["amount"], -48.0)
    assert (asked["component"] == Component.OFFER).all() and (back["component"] == Component.OFFER).all()
    expected = -12.0 * ledger.customers["win_backs"] - 48.0 * ledger.customers["returns"]
    np.testing.assert_allclose(ledger.customers["total"][:, Component.OFFER], expected)
    # One unit of spend per purchase, all of it margin, is the only other cash there is.
    np.testing.assert_allclose(ledger.customers["cash"], ledger.customers["n"] + expected, atol=1e-9)


def test_only_stated_causes_can_be_asked_for():
    rule = SURE | {"who": {"cause": "natural"}}
    ledger = _lost_and_asked(rule)
    asked = len(of_kind(ledger, EventKind.WIN_BACK_OFFER))
    both = len(
        of_kind(_lost_and_asked(SURE | {"who": {"cause": ["natural", "unknown"]}}), EventKind.WIN_BACK_OFFER)
    )
    everybody = len(of_kind(_lost_and_asked(), EventKind.WIN_BACK_OFFER))
    assert 0 < asked < both == everybody


def test_a_contract_taken_up_again_pays_at_once():
    """Whoever has just accepted does not ask the same question anew a second later."""
    scenario = bare(timing="contract", spend_mean=50.0, drop_b=0.1, horizon_days=900)
    ledger = simulate(scenario, made(SURE))
    back = of_kind(ledger, EventKind.REACTIVATED)
    paid = {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.PURCHASE)}
    assert len(back) > 50
    assert all((int(r["customer"]), int(r["time"]) + 1) in paid for r in back)


def test_whoever_returns_is_treated_anew():
    """What was in force at the end is not carried into the new relationship, nor doubled."""
    quality = {"do": {"quality": 0.1}}
    scenario = bare(rate_mean=6.0, drop_b=0.2, horizon_days=900, spend_mean=100.0, q_cost1=1.0)
    for rules in ((SURE, quality), (quality, SURE)):
        ledger = simulate(scenario, made(*rules))
        raised = of_kind(ledger, EventKind.VALUE)
        raised = raised[raised["component"] == Component.QUALITY]
        assert len(of_kind(ledger, EventKind.REACTIVATED)) > 50
        np.testing.assert_allclose(raised["amount"], -10.0)


def test_a_chance_to_buy_after_the_return_is_new_luck():
    """Periods of a year: whoever is back within the year meets the second chance of that year."""
    scenario = bare(
        timing="periodic",
        buy_table=[0.5] * 12,
        renewal_days=365,
        need_mean=1.0,
        horizon_days=1800,
        customers=2000,
    )
    ledger = simulate(scenario, made(SURE))
    bought = {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.PURCHASE)}
    second = []
    for row in of_kind(ledger, EventKind.REACTIVATED):
        i, back = int(row["customer"]), int(row["time"]) + 1
        person = ledger.customers[i]
        begun = int(person["entered"]) + (back - int(person["entered"])) // (365 * DAY) * 365 * DAY
        if person["entered"] < begun < person["first_left"] and (i, begun) in bought:
            second.append((i, back) in bought)
    assert len(second) > 50
    assert abs(np.mean(second) - 0.5) < 4 * np.sqrt(0.25 / len(second))
