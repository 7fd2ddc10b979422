"""Tiers that customers can see: status pleases, and losing it hurts more (model.md section 8)."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import bare, of_kind

from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.model.loyalty import status_shift


@pytest.mark.parametrize("attitude", [0.05, 0.28, 0.9])
@pytest.mark.parametrize("strength", [0.0, 1.0, 2.0])
def test_promotion_and_demotion_by_hand(attitude, strength):
    up = attitude + strength * 0.05 * (1.0 - attitude)
    down = attitude - strength * 0.12 * attitude
    assert status_shift(attitude, True, strength) == pytest.approx(up, rel=1e-14)
    assert status_shift(attitude, False, strength) == pytest.approx(down, rel=1e-14)


def test_attitude_stays_within_its_bounds():
    assert status_shift(0.98, True, 20.0) == 0.99
    assert status_shift(0.02, False, 9.0) == 0.01


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_every_change_of_tier_moves_attitude(strength):
    """Nothing else moves it here, and it hardly relaxes (in a million days)."""
    ledger = simulate(
        bare(rate_mean=6.0, spend_mean=100.0, tier_every_days=90, tiers_visible=strength, att_tau=1e6)
    )
    attitude = np.full(len(ledger.customers), 0.28)
    moves = of_kind(ledger, EventKind.PROMOTION, EventKind.DEMOTION)
    assert len(moves) > 100
    for row in moves:
        i = row["customer"]
        up = row["kind"] == EventKind.PROMOTION
        attitude[i] += strength * (0.05 * (1.0 - attitude[i]) if up else -0.12 * attitude[i])
    np.testing.assert_allclose(ledger.customers["attitude"], attitude, atol=1e-3 * strength + 1e-15)
