"""Leaving: the hazards, causes and stages of model.md sections 4 and 5; by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from without_jit import run_python

from crmsim.model.defection import (
    accepts_probability,
    competitor_cause,
    experience_cause,
    grievance_rate,
    leave_probability,
    natural_hazard,
    neglect_rate,
    price_pull,
    quality_hazard,
    quality_pull,
    re_engage_probability,
)
from crmsim.model.lifecycle import observed_stage, true_stage
from crmsim.model.purchase import (
    cross_buy_probability,
    deal_proneness,
    logistic,
    logit,
    purchase_rate,
    wallet_share,
)
from crmsim.model.referral import conversion_probability, referral_rate, reputation_after, talk_weight
from crmsim.stages import Cause, Stage


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.01, 0.5, 0.99, math.nextafter(1.0, 0.0)])
def test_the_natural_hazard_gives_back_its_probability(p):
    assert leave_probability(natural_hazard(p)) == pytest.approx(p, abs=1e-15)


def test_quality_hazard_by_hand():
    assert quality_hazard(-0.2, 0.06, 0.6, 0.5) == pytest.approx(0.6 * 0.14 * 0.5)
    assert quality_hazard(-0.06, 0.06, 0.6, 1.0) == 0.0
    assert quality_hazard(0.5, 0.06, 0.6, 1.0) == 0.0
    assert quality_hazard(-9.0, 0.06, 0.0, 1.0) == 0.0


def test_the_cause_at_an_experience_is_split_by_hazard():
    assert experience_cause(0.2499, 0.1, 0.3) == Cause.NATURAL
    assert experience_cause(0.2501, 0.1, 0.3) == Cause.QUALITY
    assert experience_cause(0.999999, 0.1, 0.0) == Cause.NATURAL
    assert experience_cause(0.000001, 0.0, 0.3) == Cause.QUALITY


def test_grievance_and_neglect_rates():
    assert grievance_rate(0.4, 3.0, 0.5) == pytest.approx(0.6)
    assert grievance_rate(0.0, 3.0, 1.0) == 0.0
    assert neglect_rate(120.0, 120.0, 0.15, 0.5) == 0.0
    assert neglect_rate(120.001, 120.0, 0.15, 0.5) == 0.075
    assert neglect_rate(999.0, 120.0, 0.0, 1.0) == 0.0


def test_offer_by_hand():
    pull = price_pull(6.0, 1.2, 0.4, 0.15, 0.05)
    assert pull == pytest.approx(6.0 * 1.2 * 0.8 * 0.10)
    assert quality_pull(6.0, -0.1) == pytest.approx(0.6)
    u = -2.4 + pull + 0.6 - 3.0 * 0.4 - 1.2 * 0.5 - 1.0 * 0.3 - 0.7
    expected = 1 / (1 + math.exp(-u))
    assert accepts_probability(-2.4, pull + 0.6, 0.4, 0.5, 0.3, 0.7, 3.0, 1.2, 1.0) == pytest.approx(expected)


def test_our_own_price_cut_turns_the_pull_round():
    assert price_pull(6.0, 1.0, 0.3, 0.1, 0.2) < 0.0 == price_pull(6.0, 1.0, 0.3, 0.1, 0.1)


@pytest.mark.parametrize("argument", range(4))
def test_attitude_habit_barrier_and_offer_keep_customers(argument):
    low, high = [0.3] * 4, [0.3] * 4
    high[argument] = 0.6
    assert accepts_probability(0.0, 0.5, *high, 3.0, 1.2, 1.0) < accepts_probability(
        0.0, 0.5, *low, 3.0, 1.2, 1.0
    )


def test_the_cause_of_an_accepted_offer():
    assert competitor_cause(0.3999, 1.0, 1.0) == Cause.PRICE  # 1 / 2.5
    assert competitor_cause(0.4001, 1.0, 1.0) == Cause.COMPETITOR
    assert competitor_cause(0.0001, -1.0, 5.0) == Cause.COMPETITOR  # a price that repels is no reason
    assert competitor_cause(0.66, 1.0, -3.0) == Cause.PRICE  # 1 / 1.5


def test_re_engagement_by_hand():
    assert re_engage_probability(0.25, 1.2) == pytest.approx(1 - math.exp(-0.3))
    assert re_engage_probability(0.0, 9.0) == 0.0


def test_logit_and_logistic_are_inverse():
    for x in np.linspace(-20, 20, 41):
        assert logit(logistic(x)) == pytest.approx(x, rel=1e-6, abs=1e-9)


def test_a_hopeless_offer_is_refused_in_python_as_in_machine_code():
    """Allowed parameters reach logits of -1000: math.exp overflows in Python, not in compiled code."""
    code = "from crmsim.model.purchase import logistic; print(logistic(-1000.0), logistic(1000.0))"
    plain, machine = run_python(code), run_python(code, jit=True)
    assert machine.stdout == "0.0 1.0\n", machine.stderr
    assert plain.stdout == machine.stdout, plain.stderr


def test_wallet_and_rate_by_hand():
    w = wallet_share(0.48, 0.5, 0.28, 0.3, 0.3, 2.0, 0.8)
    odds = 0.3 / 0.7 * math.exp(2.0 * 0.2 + 0.8 * 0.2)
    assert w == pytest.approx(odds / (1 + odds), rel=1e-14)
    rate = purchase_rate(6.0, w / 0.3, 1.5, 1.2, 0.1, 0.4)
    assert rate == pytest.approx(6.0 * w / 0.3 * math.exp(1.5 * 1.2 * 0.1) * 0.4)


def test_without_wallet_effects_the_rate_is_the_trait():
    assert wallet_share(0.9, 0.9, 0.28, 0.3, 0.3, 0.0, 0.0) / 0.3 == pytest.approx(1.0, abs=1e-15)


def test_deal_proneness_by_hand_and_clipped():
    assert deal_proneness(1.0, 0.38, 0.28, 0.5) == pytest.approx(0.5 * 0.85)
    assert deal_proneness(9.0, 0.28, 0.28, 0.5) == 1.0
    assert deal_proneness(1.0, 0.99, 0.28, 0.5) == 0.0
    assert deal_proneness(1.0, 0.1, 0.28, 0.0) == 0.0


def test_cross_buying_by_hand_and_clipped():
    assert cross_buy_probability(0.5, 0.4, 0.06) == pytest.approx(0.06 * 0.5 * 0.7)
    assert cross_buy_probability(1.0, 0.99, 1.0) == 1.0
    assert cross_buy_probability(1.0, 0.99, 0.0) == 0.0


def test_referrals_by_hand():
    assert referral_rate(0.65, 2.0, 0.3) == pytest.approx(1.0)
    assert referral_rate(0.29, 2.0, 0.3) == 0.0
    assert conversion_probability(0.35, 1.2, 60.0, 300.0) == pytest.approx(0.35 * 1.2 * 0.8)
    assert conversion_probability(0.35, 7.0, 0.0, 300.0) == pytest.approx(0.7)
    assert conversion_probability(1.0, 1.5, 0.0, 300.0) == 1.0
    assert conversion_probability(0.35, 1.0, 300.0, 300.0) == 0.0
    assert conversion_probability(0.35, 1.0, 0.0, 0.0) == 0.0


def test_talk_is_as_loud_as_the_specification_says():
    loud = {Cause.SERVICE_FAILURE: 1.5, Cause.QUALITY: 1.0, Cause.PRICE: 0.3, Cause.NEGLECT: 0.3}
    loud[Cause.BY_COMPANY] = 0.7
    assert {cause: talk_weight(cause.value) for cause in Cause} == {
        cause: loud.get(cause, 0.0) for cause in Cause
    }


def test_reputation_relaxes_to_one():
    assert reputation_after(1.0, 0.0, 0.0, 30.0) == 1.0
    assert reputation_after(2.0, 0.0, 0.0, 180.0) == pytest.approx(1 + math.exp(-1))
    assert reputation_after(1.0, 0.3, 0.1, 0.0) == pytest.approx(math.exp(0.2))
    assert reputation_after(0.5, 0.0, 0.0, 1e6) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ((1, 0, 0.0, 0.9, 1.0), Stage.EXPLORATION),
        ((3, 1, -1.0, 0.9, 0.1), Stage.EXPLORATION),  # too new to decline
        ((4, 0, 0.0, 0.449, 1.0), Stage.EXPLORATION),
        ((4, 0, 0.0, 0.45, 1.0), Stage.FORMATION),
        ((10, 0, 0.0, 0.9, 1.0), Stage.FORMATION),
        ((11, 0, 0.0, 0.699, 1.0), Stage.FORMATION),
        ((11, 0, 0.0, 0.70, 1.0), Stage.STABILITY),
        ((11, 1, 0.0, 0.9, 1.0), Stage.DECLINE),
        ((4, 0, -0.181, 0.9, 1.0), Stage.DECLINE),
        ((4, 0, -0.18, 0.9, 1.0), Stage.FORMATION),
        ((4, 0, 0.0, 0.9, 0.649), Stage.DECLINE),
        ((4, 0, 0.0, 0.9, 0.65), Stage.FORMATION),
    ],
)
def test_true_stage_at_every_border(state, stage):
    assert true_stage(*state) == stage


@pytest.mark.parametrize(
    ("view", "stage"),
    [
        ((1, 900.0, 0.0, 0), Stage.EXPLORATION),
        ((3, 900.0, 10.0, 0), Stage.EXPLORATION),
        ((4, 60.0, 10.0, 0), Stage.FORMATION),
        ((4, 60.1, 10.0, 0), Stage.DECLINE),
        ((4, 100.0, 40.0, 0), Stage.FORMATION),
        ((4, 100.1, 40.0, 0), Stage.DECLINE),
        ((10, 0.0, 40.0, 0), Stage.FORMATION),
        ((11, 0.0, 40.0, 0), Stage.STABILITY),
        ((11, 900.0, 40.0, 1), Stage.STABILITY),  # with a contract a pause says nothing
    ],
)
def test_observed_stage_at_every_border(view, stage):
    assert observed_stage(*view) == stage
