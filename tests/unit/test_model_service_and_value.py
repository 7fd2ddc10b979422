"""Service, money and tiers (model.md sections 6, 7 and 8); by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from crmsim.model.service import (
    complaint_probability,
    mean_handling_days,
    recovery_quality,
    recovery_signal,
    severity,
    waiting_signal,
)
from crmsim.model.tiers import assign_tiers
from crmsim.model.value import cost_to_serve, discount_factor, quality_cost, unit_margin
from crmsim.tiers import Tier


def test_severity_by_hand():
    assert severity(0.5, 0.1, 0.5, 0.5, 0) == pytest.approx(0.225)
    assert severity(0.5, 0.1, 0.5, 0.5, 1) == pytest.approx(0.3375)
    assert severity(0.5, 0.1, 0.5, 0.0, 1) == pytest.approx(0.225)


def test_complaints_are_encouraged_up_to_certainty():
    assert complaint_probability(0.3, 0.25) == pytest.approx(0.55)
    assert complaint_probability(0.9, 0.25) == 1.0
    assert complaint_probability(0.0, 0.0) == 0.0


def test_the_desk_is_sized_for_its_load():
    handling = mean_handling_days(0.85, 3, 5000, 1.4)
    calls_per_day = 5000 * 1.4 / 365
    assert calls_per_day * handling / 3 == pytest.approx(0.85)


@pytest.mark.parametrize(
    ("waited", "signal"),
    [(0.0, 0.02), (0.25, 0.0), (0.75, -0.08), (4.25, -0.64), (400.0, -0.64)],
)
def test_waiting_by_hand_and_clipped_at_four_days(waited, signal):
    assert waiting_signal(waited, 0.25, 0.08, 2.0) == pytest.approx(signal)


def test_waiting_without_weight_is_no_news():
    assert waiting_signal(9.0, 0.25, 0.0, 2.0) == 0.0


def test_recovery_quality_by_hand_and_clipped():
    assert recovery_quality(0.45, 0.35, 0.25, 0.4, -1.0) == pytest.approx(0.6)
    assert recovery_quality(0.45, 0.35, 0.25, 90.0, 0.0) == 0.0
    assert recovery_quality(0.9, 0.5, 0.25, 0.0, 0.0) == 1.0


@pytest.mark.parametrize(
    ("quality", "bad", "repeated", "signal"),
    [
        (0.8, 0.18, 0, 0.6 * 0.35),  # v / worst = 0.3: no deduction yet
        (0.8, 0.6, 0, 0.6 * (0.35 - 0.35) * 2),
        (0.8, 0.6, 1, -0.6 * 0.15 * 2.0),
        (0.45, 0.1, 0, 0.0),
        (0.25, 0.1, 0, -0.6 * 0.2 * 2.0),
        (0.8, 0.9, 1, -0.6 * 0.4 * 2.0 + 0.0),  # 0.35 - 0.5 * 1.2 - 0.15 = -0.4
    ],
)
def test_recovery_signal_by_hand(quality, bad, repeated, signal):
    felt = recovery_signal(quality, 0.45, bad, 0.6, repeated, 0.6, 2.0)
    assert felt == pytest.approx(signal, abs=1e-15)


def test_recovery_paradox_needs_a_mild_first_failure_and_an_excellent_answer():
    """model.md section 6: paradox iff s_r > loss_aversion * v * (1 - rec_max * r)."""

    def paradox(v: float, r: float, repeated: int) -> bool:
        return recovery_signal(r, 0.45, v, 0.6, repeated, 0.6, 2.0) > 2.0 * v * (1 - 0.9 * r)

    assert paradox(0.1, 0.95, 0)
    assert not paradox(0.6, 0.95, 0)
    assert not paradox(0.4, 0.95, 1)
    assert not paradox(0.1, 0.5, 0)


def test_discounting_by_hand():
    growth = math.log(1.1)
    assert discount_factor(0.0, growth) == 1.0
    assert discount_factor(730.0, growth) == pytest.approx(1 / 1.21, rel=1e-14)
    assert discount_factor(1e5, 0.0) == 1.0
    assert discount_factor(100.0, growth) * discount_factor(265.0, growth) == pytest.approx(1 / 1.1)


def test_serving_experienced_customers_costs_less():
    assert cost_to_serve(6, 5.0, 0.5, 6.0, 0.0) == pytest.approx(2.5 * (1 + math.exp(-1)))
    assert cost_to_serve(6, 5.0, 0.5, 6.0, 0.3) == pytest.approx(0.7 * 2.5 * (1 + math.exp(-1)))
    assert cost_to_serve(10_000, 5.0, 0.5, 6.0, 0.0) == 2.5
    assert cost_to_serve(3, 5.0, 1.0, 6.0, 0.0) == 5.0
    costs = [cost_to_serve(n, 5.0, 0.5, 6.0, 0.0) for n in range(40)]
    assert all(a > b for a, b in itertools.pairwise(costs))


def test_margin_and_quality_cost_by_hand():
    assert unit_margin(0.4, 0.1, 0.15, 0.5) == pytest.approx(0.225)
    assert quality_cost(100.0, 0.25, 0.5, 2.0) == pytest.approx(25.0)
    assert quality_cost(100.0, 0.0, 0.5, 2.0) == 0.0
    assert quality_cost(100.0, -0.05, 0.5, 2.0) == 0.0  # worse quality is no income
    assert quality_cost(100.0, 0.25, 0.0, 0.0) == 0.0


def test_tiers_fill_from_the_top():
    revenue = np.arange(100, dtype=float)
    tiers = assign_tiers(revenue, (0.05, 0.15, 0.3))
    assert np.bincount(tiers, minlength=4).tolist() == [5, 15, 30, 50]
    assert (tiers[95:] == Tier.VIP).all()
    assert (tiers[80:95] == Tier.IMPORTANT).all()
    assert (tiers[:50] == Tier.SMALL).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 19, 20, 21, 1000, 1001])
def test_tiers_of_any_number_of_customers_are_ordered_by_revenue(n):
    revenue = np.random.default_rng(n).gamma(1.0, 100.0, n)
    tiers = assign_tiers(revenue, (0.05, 0.15, 0.3))
    assert (np.diff(tiers[np.argsort(-revenue)]) >= 0).all()
    if n:
        assert np.bincount(tiers, minlength=4)[0] == math.ceil(0.05 * n - 1e-9)


def test_ties_go_to_the_lower_number():
    assert assign_tiers(np.zeros(4), (0.25, 0.25, 0.25)).tolist() == [0, 1, 2, 3]


def test_a_share_of_everything_and_of_nothing():
    assert (assign_tiers(np.arange(7.0), (1.0, 0.0, 0.0)) == Tier.VIP).all()
    assert (assign_tiers(np.arange(7.0), (0.0, 0.0, 0.0)) == Tier.SMALL).all()
