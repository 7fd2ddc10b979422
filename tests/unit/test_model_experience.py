"""The experience: performance, satisfaction, expectation, attitude, trust, programmes; by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from crmsim.model.expectation import adapt_expectation, adapt_programme_expectation, market_bar
from crmsim.model.loyalty import gain, lose_trust, relax, shield, shift_attitude
from crmsim.model.programmes import Programme, felt_value
from crmsim.model.satisfaction import disconfirmation_signal, performance, remember, satisfaction_ratio
from crmsim.stages import Stage

NEEDS = np.array([[1.0, 0.9, 0.2, 0.0], [0.3, 0.4, 1.0, 0.3], [0.1, 0.3, 0.4, 1.0], [0.4, 0.6, 0.5, 0.1]])


def test_performance_by_hand():
    assert performance(1.03, 0.12, 1.0, 0.2) == pytest.approx(1.03 * math.exp(0.12 - 0.0072) - 0.2, rel=1e-15)


def test_performance_noise_has_mean_one():
    noise = np.random.default_rng(1).standard_normal(200_000)
    b = np.array([performance(1.0, 0.3, float(e), 0.0) for e in noise])
    assert abs(b.mean() - 1.0) < 4 * b.std() / math.sqrt(len(b))


def test_performance_never_falls_below_its_floor():
    assert performance(0.3, 0.1, -9.0, 1.5) == 0.05
    assert performance(-5.0, 0.0, 0.0, 0.0) == 0.05


def test_satisfaction_ratio_by_hand():
    assert satisfaction_ratio(1.1, 0.06, 1.2, 0.04) == pytest.approx(1.16 / 1.24, rel=1e-15)


def test_a_programme_that_is_fully_expected_no_longer_delights():
    assert satisfaction_ratio(1.0, 0.05, 1.0, 0.05) == 1.0
    assert satisfaction_ratio(1.0, 0.05, 1.0, 0.0) > 1.0
    assert satisfaction_ratio(1.0, 0.0, 1.0, 0.05) < 1.0  # withdrawal hurts


@pytest.mark.parametrize(("d", "felt"), [(0.2, 0.2), (0.0, 0.0), (-0.2, -0.5)])
def test_losses_weigh_more_than_gains(d, felt):
    assert disconfirmation_signal(d, 2.5) == pytest.approx(felt)


def test_loss_aversion_of_one_is_off():
    assert disconfirmation_signal(-0.3, 1.0) == -0.3


def test_memory_of_one_is_the_last_experience_and_of_zero_the_first():
    assert remember(0.3, -0.5, 1.0) == -0.5
    assert remember(0.3, -0.5, 0.0) == 0.3
    assert remember(0.2, 0.6, 0.25) == pytest.approx(0.3)


def test_market_bar_by_hand():
    assert market_bar(6, 1.06, 6.0) == pytest.approx(1.0 + 0.06 * (1 - math.exp(-1)), rel=1e-15)
    assert market_bar(0, 1.06, 6.0) == 1.0
    assert market_bar(5, 1.0, 6.0) == 1.0
    assert market_bar(100, 0.9, 6.0) == pytest.approx(0.9, abs=1e-8)  # a weak market lowers the bar


def test_the_market_bar_rises_with_experience():
    bars = [market_bar(n, 1.06, 6.0) for n in range(50)]
    assert all(a < b for a, b in itertools.pairwise(bars))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 1.2, 1.0 + 0.1 * 0.2 + 0.05 * 0.06),
        (1.0, 0.8, 1.0 - 0.06 * 0.2 + 0.05 * 0.06),
        (1.06, 1.06, 1.06),
    ],
)
def test_expectation_follows_experience_and_the_market(a, b, expected):
    assert adapt_expectation(a, b, 1.06, 0.1, 0.06, 0.05) == pytest.approx(expected, rel=1e-15)


def test_expectation_stands_still_when_everything_is_off():
    assert adapt_expectation(1.3, 0.2, 5.0, 0.0, 0.0, 0.0) == 1.3


def test_expectation_rises_faster_than_it_falls():
    up = adapt_expectation(1.0, 1.1, 1.0, 0.1, 0.06, 0.0) - 1.0
    down = 1.0 - adapt_expectation(1.0, 0.9, 1.0, 0.1, 0.06, 0.0)
    assert up == pytest.approx(0.1 / 0.06 * down)


def test_programme_expectation_ends_at_the_share_taken_for_granted():
    e = 0.0
    for n in range(1, 200):
        e = adapt_programme_expectation(e, 1.0, 0.15, 0.7)
        assert e == pytest.approx(0.7 * (1 - 0.85**n), rel=1e-12)
    assert adapt_programme_expectation(0.7, 0.0, 0.15, 0.7) == pytest.approx(0.7 * 0.85)
    assert adapt_programme_expectation(0.3, 1.0, 0.0, 0.7) == 0.3


@pytest.mark.parametrize(
    ("attitude", "signal", "expected"),
    [(0.28, 0.1, 0.28 + 0.5 * 0.1 * 0.72), (0.28, -0.1, 0.28 - 0.5 * 0.1 * 0.28), (0.28, 0.0, 0.28),
     (0.9, 100.0, 0.99), (0.1, -100.0, 0.01), (0.99, 0.5, 0.99), (0.01, -0.5, 0.01)],
)  # fmt: skip
def test_attitude_moves_by_a_share_of_the_room_left_and_is_clipped(attitude, signal, expected):
    assert shift_attitude(attitude, signal, 0.5) == pytest.approx(expected, rel=1e-15)


def test_attitude_is_monotone_in_the_signal():
    shifted = [shift_attitude(0.3, s, 0.5) for s in np.linspace(-3, 3, 301)]
    assert all(a <= b for a, b in itertools.pairwise(shifted))


def test_attitude_without_gain_does_not_move():
    assert shift_attitude(0.4, -2.0, 0.0) == 0.4


def test_trust_and_habit_by_hand():
    assert gain(0.3, 0.12) == pytest.approx(0.384)
    assert gain(0.3, 0.0) == 0.3
    assert gain(1.0, 0.5) == 1.0
    assert lose_trust(0.5, 0.4, 0.6) == pytest.approx(0.38)
    assert lose_trust(0.5, 0.4, 0.0) == 0.5


def test_trust_never_becomes_negative():
    assert lose_trust(0.5, 5.0, 0.6) == 0.0


def test_relaxing_in_two_steps_is_relaxing_in_one():
    once = relax(0.9, 0.28, 100.0, 720.0)
    twice = relax(relax(0.9, 0.28, 30.0, 720.0), 0.28, 70.0, 720.0)
    assert once == pytest.approx(twice, rel=1e-14)
    assert once == pytest.approx(0.28 + 0.62 * math.exp(-100 / 720))
    assert relax(0.28, 0.28, 55.0, 720.0) == 0.28
    assert relax(0.1, 0.28, 1e9, 720.0) == pytest.approx(0.28)


def test_shield_by_hand():
    assert shield(0.4, 0.5, 0.3, 1.2, 1.5, 0.8, 1.0) == pytest.approx(math.exp(-(0.6 + 0.4 + 0.3 + 1.2)))
    assert shield(0.9, 0.9, 9.0, 0.0, 0.0, 0.0, 0.0) == 1.0


@pytest.mark.parametrize("argument", range(4))
def test_everything_that_binds_lowers_the_shield(argument):
    low, high = [0.3] * 4, [0.3] * 4
    high[argument] = 0.4
    assert 0.0 < shield(*high, 1.5, 0.8, 1.0) < shield(*low, 1.5, 0.8, 1.0) <= 1.0


@pytest.mark.parametrize("stage", [Stage.EXPLORATION, Stage.FORMATION, Stage.STABILITY, Stage.DECLINE])
@pytest.mark.parametrize("programme", list(Programme))
def test_a_programme_is_worth_what_the_stage_longs_for(stage, programme):
    levels = np.zeros(4)
    levels[programme] = 0.5
    expected = 0.06 * 1.3 * 0.5 * NEEDS[stage - Stage.EXPLORATION, programme]
    assert felt_value(levels, NEEDS, stage.value, 1.3, 0.06) == pytest.approx(expected)


def test_programmes_add_up_and_can_be_switched_off():
    levels = np.array([1.0, 0.5, 0.25, 1.0])
    expected = 0.06 * (0.3 + 0.2 + 0.25 + 0.3)
    assert felt_value(levels, NEEDS, Stage.FORMATION.value, 1.0, 0.06) == pytest.approx(expected)
    assert felt_value(levels, NEEDS, Stage.FORMATION.value, 1.0, 0.0) == 0.0
    assert felt_value(levels, NEEDS, Stage.FORMATION.value, 0.0, 0.06) == 0.0
