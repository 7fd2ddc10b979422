"""Scores: what they are made of, and that rules by score pick whom they should."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.model.records import CUSTOMER, DAY, WINDOW
from crmsim.population import draw_population
from crmsim.scenario import parameter_record, preset
from crmsim.scores import SCORE_DAYS, Score, preventable_loss, score, unpreventable_loss
from crmsim.stages import Cause, Status
from crmsim.strategies import find_strategy
from crmsim.strategies.base import Strategy

NOW = 400 * DAY


def customer(**values):
    """Return one active retail customer of average traits, and the parameters without noise."""
    parameters = parameter_record(preset("retail").with_values(score_noise=0.0))
    people = np.zeros(1, CUSTOMER)
    people["status"] = Status.ACTIVE
    people["price_sensitivity"] = people["responsiveness"] = 1.0
    people["attitude"], people["dropout"], people["need_rate"] = 0.3, 0.01, 0.05
    people["last_contact"] = NOW
    for name, value in values.items():
        people[name] = value
    return people[0], parameters[0]


def test_unpreventable_loss_is_need_plus_dropout_per_purchase():
    c, p = customer()
    c["rate"][0] = 6.0 / 365.0
    expected = 0.05 * SCORE_DAYS / 365.0 - math.log(0.99) * 6.0 * SCORE_DAYS / 365.0
    assert unpreventable_loss(c, p) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("strength", [0.0, 0.5, 2.0])
def test_an_offer_lowers_preventable_loss_and_more_strongly_when_stronger(strength):
    c, p = customer(grievance=0.5, satisfaction=-0.2)
    without, weak, strong = (preventable_loss(c, p, NOW, offer) for offer in (0.0, strength, strength + 0.1))
    assert strong < weak <= without
    assert unpreventable_loss(c, p) == unpreventable_loss(*customer(grievance=0.5, satisfaction=-0.2))


@pytest.mark.parametrize(
    ("cause", "preventable"), [(Cause.PRICE, True), (Cause.NATURAL, False), (Cause.NEED_ENDED, False)]
)
def test_on_the_way_out_only_a_preventable_cause_can_be_turned(cause, preventable):
    c, p = customer(declining=1, decline_cause=int(cause))
    gone = 1.0 - math.exp(-SCORE_DAYS / p["decline_days"])
    assert preventable_loss(c, p, NOW, 0.0) == pytest.approx(gone if preventable else 0.0)
    assert unpreventable_loss(c, p) == pytest.approx(0.0 if preventable else gone)
    turned = preventable_loss(c, p, NOW, 1.2)
    assert turned == pytest.approx(gone * math.exp(-p["late"] * 1.2) if preventable else 0.0)


def test_scores_without_noise_are_what_they_say():
    c, p = customer(grievance=0.3)
    loss, helped = preventable_loss(c, p, NOW, 0.0), preventable_loss(c, p, NOW, 1.2)
    known = {code: score(c, p, int(code), 1.2, 0.0, 50.0, NOW) for code in Score}
    assert known[Score.RISK] == pytest.approx(1.0 - math.exp(-loss - unpreventable_loss(c, p)))
    assert known[Score.LIFT] == pytest.approx(loss - helped)
    assert known[Score.VALUE_LIFT] == pytest.approx(50.0 * (loss - helped))
    assert known[Score.SENSITIVITY] == 1.0
    assert score(c, p, int(Score.VALUE_LIFT), 1.2, 0.0, -50.0, NOW) == 0.0


def test_noise_is_lognormal_with_the_scenario_s_spread():
    scenario = preset("retail").with_values(customers=4000, resp_shape=0.0)
    people, p = draw_population(scenario, 3, 0), parameter_record(scenario)[0]
    logs = np.log([score(c, p, int(Score.SENSITIVITY), 1.2, p["score_noise"], 0.0, NOW) for c in people])
    n, sd = len(logs), scenario.programmes.score_noise
    assert abs(logs.mean()) < 4 * sd / math.sqrt(n)
    assert abs(logs.std() - sd) < 4 * sd / math.sqrt(2 * n)


def test_a_rule_by_value_lift_reaches_more_valuable_customers_than_one_by_lot():
    scenario = preset("retail").with_values(customers=600, horizon_days=720)
    means = {}
    for name in ("save_random", "save_value_lift"):
        ledger = simulate(scenario, find_strategy(name), seed=5)
        rows = ledger.log()
        reached = rows["customer"][rows["kind"] == EventKind.TREATMENT]
        means[name] = float(ledger.customers["mean_spend"][reached].mean())
    assert means["save_value_lift"] > 1.2 * means["save_random"]


def test_a_firm_that_terminates_ends_relationships_for_good():
    stop = Strategy(
        name="stop", about="End all after a year.",
        rules=[{"who": {"tenure_days": {"min": 365}}, "do": {"terminate": True}}],
    )  # fmt: skip
    ledger = simulate(
        preset("retail").with_values(customers=100, horizon_days=900, entry_days=1), stop, seed=2
    )
    people = ledger.customers
    ended = people[people["status"] == Status.TERMINATED]
    assert len(ended) > 20
    assert (ended["cause"] == Cause.BY_COMPANY).all()
    # Rules are looked at every 30 days, so all go at the first window's end after a year.
    assert ((ended["left"] - ended["entered"]) // WINDOW == 365 // 30).all()
    active = people[people["status"] == Status.ACTIVE]
    assert (active["entered"] > (900 - 365 - 30) * DAY).all()
