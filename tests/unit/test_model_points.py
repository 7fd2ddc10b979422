"""Points, rewards and the haste before a reward (model.md sections 2.3, 7 and 9.3)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from small_worlds import bare, made, of_kind

from crmsim.engines import simulate
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose
from crmsim.luck import exponential as exponential_draw
from crmsim.model.purchase import goal_gradient
from crmsim.model.records import DAY, WINDOW, Clock


@pytest.mark.parametrize(("points", "factor"), [(0.0, 1.0), (100.0, 1.02), (250.0, 1.125), (500.0, 1.5)])
def test_the_haste_grows_with_the_square_of_what_is_collected(points, factor):
    assert goal_gradient(points, 500.0, 0.5) == pytest.approx(factor, rel=1e-14)


def test_no_gradient_and_no_scheme_are_no_haste():
    assert goal_gradient(400.0, 500.0, 0.0) == 1.0
    assert goal_gradient(400.0, 0.0, 0.5) == 1.0


def _scheme(**numbers):
    return made({"do": numbers})


@pytest.mark.parametrize("threshold", [2.5, 1.0, 0.3])
def test_every_full_threshold_is_a_reward_and_the_rest_stays_on_the_account(threshold):
    """With 0.3 mean spends to a reward, one purchase earns three of them at once."""
    ledger = simulate(bare(rate_mean=12.0, spend_mean=100.0), _scheme(points=threshold, reward_value=0.2))
    people = ledger.customers
    collected = 100.0 * people["n"]
    rewards = np.floor(collected / (100.0 * threshold) + 1e-9)
    assert people["n"].max() > 20
    assert (people["rewards"] == rewards).all()
    np.testing.assert_allclose(people["points"], collected - rewards * 100.0 * threshold, atol=1e-9)
    np.testing.assert_allclose(people["total"][:, Component.PROGRAMME], -20.0 * rewards, rtol=1e-12)
    rows = of_kind(ledger, EventKind.REWARD)
    assert (rows["component"] == Component.PROGRAMME).all()
    by_customer = [rows[rows["customer"] == i] for i in range(len(people))]
    for own in by_customer:
        steps = np.diff(own["detail"], prepend=0)
        np.testing.assert_allclose(own["amount"], -20.0 * steps)


def test_points_are_earned_on_list_value_with_all_categories():
    """Half price and a further category worth half the first: 150 points per purchase, not 75."""
    cut = {"do": {"price": 0.5}}
    scenario = bare(
        spend_mean=100.0, rate_mean=4.0, cross_share=0.5, cross_max=1, cross_rate=1.0, trust0=1.0, att0=0.9
    )
    ledger = simulate(scenario, made(cut, {"do": {"points": 1000.0}}))
    people = ledger.customers
    further = people["n"] - 1  # the category is added after the first purchase, and for sure
    np.testing.assert_allclose(people["points"], 100.0 * people["n"] + 50.0 * further)


@pytest.mark.parametrize("gradient", [0.0, 2.0])
def test_waits_are_shorter_by_the_haste(gradient):
    """Between two purchases the balance stands still, so each wait is one draw over one rate."""
    ledger = simulate(
        bare(rate_mean=12.0, spend_mean=100.0, customers=40), _scheme(points=3.0, gradient=gradient)
    )
    bought = of_kind(ledger, EventKind.PURCHASE)
    checked = 0
    for person in ledger.customers:
        times = bought["time"][bought["customer"] == person["number"]]
        for k, (before, after) in enumerate(itertools.pairwise(times)):
            points = 100.0 * (k + 1) % 300.0
            rate = 12.0 / 365.0 * (1.0 + gradient * (points / 300.0) ** 2)
            wait = exponential_draw(person["key"], Purpose.CLOCK + Clock.PURCHASE, k) / rate * DAY
            assert abs(after - before - wait) <= 2 + (after - before) // WINDOW + 1
            checked += 1
    assert checked > 500


def test_without_the_rule_no_points_are_kept():
    people = simulate(bare(rate_mean=12.0, spend_mean=100.0)).customers
    assert not people["points"].any() and not people["rewards"].any()
