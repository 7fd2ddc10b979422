"""Conditions, rankings, terms and prices of rules (model.md section 9), held against the state itself."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small
from small_worlds import bare, made, of_kind, places

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import Component, EventKind
from crmsim.model.records import DAY, WINDOW
from crmsim.stages import Cause, Status
from crmsim.strategies.base import Strategy
from crmsim.yaml_files import check

CONTACT = {"do": {"programme": "contact"}, "cost": {"per_month": 30.0}}


def _treated(ledger, day, rule=0):
    rows = of_kind(ledger, EventKind.TREATMENT)
    return set(rows["customer"][(rows["time"] == day * DAY) & (rows["detail"] == rule)].tolist())


# --- what no firm can see ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("responsiveness", 1.2),
        ("price_sensitivity", 1.0),
        ("barrier", 0.2),
        ("mean_spend", 90.0),
        ("attitude", 0.3),
        ("trust", 0.4),
        ("satisfaction", 0.01),
        ("ratio", 1.0),
        ("habit", 0.2),
        ("wallet", 0.31),
    ],
)
@pytest.mark.parametrize("side", ["min", "max"])
def test_an_oracle_reads_the_true_state(name, limit, side):
    """At the window's end everything stands still: the state on day 90 is that of a run of 90 days."""
    scenario = small("retail", customers=120, ref_rate=0.0, problem_prob=0.3)
    truth = simulate(scenario.with_values(horizon_days=90)).customers
    here = truth["status"] == Status.ACTIVE
    fits = truth[name] >= limit if side == "min" else truth[name] <= limit
    rule = CONTACT | {"who": {"oracle": {name: {side: limit}}}, "when": {"from_day": 90}}
    ledger = simulate(scenario.with_values(horizon_days=120), made(rule, name="oracle_made"))
    expected = set(np.flatnonzero(here & fits).tolist())
    assert _treated(ledger, 90) == expected
    assert 0 < len(expected) < here.sum()


def test_an_oracle_sees_the_true_stage_grievance_and_who_has_decided_to_go():
    scenario = small("retail", customers=300, ref_rate=0.0, problem_prob=0.5)
    truth = simulate(scenario.with_values(horizon_days=180)).customers
    here = truth["status"] == Status.ACTIVE
    for oracle, fits in (
        ({"stage": "decline"}, truth["stage"] == 4),
        ({"declining": {"min": 1.0}}, truth["declining"] == 1),
        ({"grievance": {"min": 0.1}}, truth["grievance"] >= 0.1),
    ):
        rule = CONTACT | {"who": {"oracle": oracle}, "when": {"from_day": 180}}
        ledger = simulate(scenario.with_values(horizon_days=210), made(rule, name="oracle_made"))
        expected = set(np.flatnonzero(here & fits).tolist())
        assert _treated(ledger, 180) == expected and 0 < len(expected) < here.sum()


@pytest.mark.parametrize(
    "rule",
    [
        CONTACT | {"who": {"oracle": {"attitude": {"min": 0.1}}}},
        {"do": {"save_offer": 1.0}, "pick": {"rank_by": "lift", "top_share": 0.1, "exact": True}},
    ],
)
def test_second_sight_has_to_show_in_the_name(rule):
    data = {"name": "clever", "about": "For a test.", "currency": "CU", "rules": [rule]}
    with pytest.raises(InputError, match="oracle_"):
        check(Strategy, data)
    check(Strategy, data | {"name": "oracle_clever"})


@pytest.mark.parametrize("exact", [True, False])
def test_an_exact_score_has_no_error(exact):
    """Sensitivity is the responsiveness itself; blurred, it picks others."""
    pick = {"rank_by": "sensitivity", "top_share": 0.2} | ({"exact": True} if exact else {})
    rule = {"do": {"save_offer": 1.0}, "cost": {"per_use": 1.0}, "pick": pick}
    scenario = bare(resp_shape=1.5, score_noise=0.5, horizon_days=60)
    ledger = simulate(scenario, made(rule, name="oracle_made"))
    best = set(np.argsort(-ledger.customers["responsiveness"])[:40].tolist())
    assert len(_treated(ledger, 30)) == 40
    assert (_treated(ledger, 30) == best) == exact


# --- what a firm can see -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("mean_gap_days", 25.0),
        ("open_complaints", 1.0),
        ("survey_score", 4.0),
        ("survey_nps", 7.0),
        ("referred", 1.0),
        ("unpaid", 1.0),
        ("reviews_in_red", 1.0),
    ],
)
def test_observed_conditions_by_hand(name, limit):
    scenario = small(
        "retail",
        customers=200,
        problem_prob=0.3,
        survey_days=30,
        credit_b=0.1,
        tier_every_days=30,
        ref_rate=20.0 if name == "referred" else 0.0,
        ref_conv=1.0,
        desk_load=3.0,
        account_cost=10.0,
    )
    c = simulate(scenario.with_values(horizon_days=180)).customers
    gap = (c["last_purchase"] - c["first_purchase"]) / DAY / np.maximum(c["n"] - 1, 1)
    known = {
        "mean_gap_days": np.where(c["n"] > 1, gap, np.nan),
        "open_complaints": (c["complaints"] - c["resolved"]).astype(float),
        "survey_score": np.where(c["survey_score"] > 0, c["survey_score"], np.nan),
        "survey_nps": np.where(c["survey_nps"] >= 0, c["survey_nps"], np.nan),
        "referred": (c["generation"] > 0).astype(float),
        "unpaid": c["unpaid"].astype(float),
        "reviews_in_red": c["reviews_in_red"].astype(float),
    }[name]
    here = c["status"] == Status.ACTIVE
    for side, fits in (("min", known >= limit), ("max", known <= limit - 0.5)):
        bound = limit if side == "min" else limit - 0.5
        rule = CONTACT | {"who": {name: {side: bound}}, "when": {"from_day": 180}}
        ledger = simulate(scenario.with_values(horizon_days=210), made(rule))
        expected = set(np.flatnonzero(here & fits).tolist())
        # Nobody is brought so late that they could not arrive: the longer run has a few people more.
        treated = {i for i in _treated(ledger, 180) if i < len(c)}
        assert treated == expected and 0 < len(expected) < here.sum()


def test_reviews_in_red_are_counted_in_a_row():
    """A loss of ten a month for five reviews; nobody who earns is counted."""
    loss = simulate(bare(account_cost=10.0, tier_every_days=30, horizon_days=150)).customers
    assert (loss["reviews_in_red"] == 5).all()
    gain = simulate(bare(account_cost=0.0, tier_every_days=30, horizon_days=150)).customers
    assert (gain["reviews_in_red"] == 0).all()


def test_a_good_year_ends_the_count():
    """Spend begins on day 90: five windows in red before are forgotten at the first review that is not."""
    changes = [{"day": 90, "set": {"account_cost": 0.0, "spend_trend": 1.0}, "trust_lost": 0.0}]
    scenario = bare(
        customers=20, rate_mean=300.0, spend_mean=1.0, account_cost=200.0, tier_every_days=30, changes=changes
    )
    early, late = (simulate(scenario.with_values(horizon_days=days)).customers for days in (120, 600))
    assert (early["reviews_in_red"] == 4).all()
    assert (late["reviews_in_red"] == 0).all()


def test_who_is_in_red_at_two_reviews_in_a_row_can_be_sent_away():
    rule = {"who": {"reviews_in_red": {"min": 2}}, "do": {"terminate": True}}
    people = simulate(bare(account_cost=10.0, tier_every_days=90), made(rule)).customers
    assert (people["status"] == Status.TERMINATED).all() and (people["cause"] == Cause.BY_COMPANY).all()
    assert (people["left"] == 180 * DAY).all()


# --- when ----------------------------------------------------------------------------------------------


def test_a_rule_acts_from_its_first_day_and_not_from_its_last_on():
    rule = CONTACT | {"when": {"from_day": 45, "until_day": 120}}
    ledger = simulate(bare(customers=300, entry_days=300, horizon_days=360), made(rule))
    rows, people = of_kind(ledger, EventKind.TREATMENT), ledger.customers
    expected = set()
    for person in people:
        i, entered = int(person["number"]), int(person["entered"])
        if 45 * DAY <= entered < 120 * DAY:
            expected.add((i, entered))
        expected |= {(i, window * WINDOW) for window in (2, 3) if entered <= window * WINDOW}
    assert set(places(rows)) == expected


@pytest.mark.parametrize("every", [30, 90])
def test_an_offer_from_a_day_on_keeps_to_the_grid_of_the_run(every):
    rule = {"do": {"save_offer": 1.0}, "cost": {"per_use": 1.0}, "when": {"every": every, "from_day": 100}}
    rows = of_kind(simulate(bare(horizon_days=360), made(rule)), EventKind.TREATMENT)
    assert sorted(set((rows["time"] // DAY).tolist())) == [d for d in range(every, 360, every) if d >= 100]


# --- recommending --------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0, 4.0])
def test_recommendations_come_so_many_times_faster(factor):
    """The same luck at so many times the rate: the k-th recommendation comes so many times earlier."""
    scenario = bare(ref_rate=4.0, att0=0.65, ref_pool=1.0, ref_conv=0.0)
    base = of_kind(simulate(scenario), EventKind.REFERRAL)
    with_it = of_kind(simulate(scenario, made({"do": {"refer": factor}})), EventKind.REFERRAL)
    times = [
        {(int(r["customer"]), int(r["detail"])): int(r["time"]) for r in rows} for rows in (base, with_it)
    ]
    assert len(base) > 500
    if factor == 0.0:
        assert not len(with_it)
        return
    both = set(times[0]) & set(times[1])
    assert len(both) > 200
    for place in both:
        assert abs(times[1][place] * factor - times[0][place]) <= max(factor, 1.0) * 2 * (place[1] + 25)


def test_a_bonus_is_taken_from_what_a_referral_saves():
    scenario = bare(ref_rate=4.0, att0=0.65, ref_pool=1.0, ref_conv=0.5, acq_cost=100.0, referral_bonus=20.0)
    ledger = simulate(scenario, made({"do": {"refer": 1.0, "bonus": 1.5}}))
    rows, people = of_kind(ledger, EventKind.REFERRED), ledger.customers
    assert len(rows) > 50
    np.testing.assert_allclose(rows["amount"], 100.0 - 30.0)
    assert (rows["component"] == Component.CLV5).all()
    brought = np.bincount(rows["customer"], minlength=len(people))
    np.testing.assert_allclose(people["total"][:, Component.CLV5], 70.0 * brought)
    won = people["status"] != Status.PROSPECT
    np.testing.assert_allclose(people["cash"], people["n"] * 1.0 - 100.0 * won - 30.0 * brought, atol=1e-9)
