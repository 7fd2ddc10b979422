"""The four steps on a firm's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from crmsim.errors import InputError
from crmsim.value import DiscountRate, Flow, Money, RetentionRate, constant_retention_clv, decide_retention

DISCOUNT = DiscountRate(0.1, "year")
LOST = {"quality": 150, "price": 50, "moved": 100}


def clv(margin=100.0, currency="EUR", rate=0.1, payments=None):
    rates = RetentionRate(0.75, "year"), DiscountRate(rate, "year")
    flow = Flow(margin, currency, "year")
    return constant_retention_clv(flow, *rates, timing="immediate", payments=payments)


def test_four_steps_with_a_pencil():
    values = {"quality": clv(100), "price": clv(20), "moved": clv(60)}
    decision = decide_retention(
        1000, LOST, ["quality", "price"], values, cost=Money(20_000, "EUR"), saved=0.5, per="2024"
    )
    each = 110 / 35  # (1 + d) / (1 + d - r)
    assert decision.retention == {"2024": pytest.approx(0.7)}
    assert decision.causes.to_dict() == pytest.approx({"quality": 0.5, "price": 1 / 6, "moved": 1 / 3})
    assert decision.lost["profit"].to_dict() == pytest.approx(
        {"quality": 15_000 * each, "price": 1000 * each, "moved": 6000 * each}
    )
    assert decision.lost["preventable"].to_dict() == {"quality": True, "price": True, "moved": False}
    assert decision.preventable_loss == pytest.approx(16_000 * each)
    assert decision.regained == pytest.approx(8000 * each)
    assert decision.pays and decision.currency == "EUR"
    assert (decision.date_of_value, decision.horizon, decision.per) == (0, np.inf, "year")
    assert decision.discount == DISCOUNT and decision.timing == "immediate"


def test_it_pays_up_to_what_is_regained():
    regained = decide_retention(1000, LOST, ["quality"], clv(), cost=Money(0, "EUR")).regained
    for cost, pays in ((regained * 0.999, True), (regained, False), (regained * 1.001, False)):
        decision = decide_retention(1000, LOST, ["quality"], clv(), cost=Money(cost, "EUR"))
        assert decision.pays is pays


def test_nobody_lost():
    decision = decide_retention(10, {"price": 0}, ["price"], clv(), cost=Money(1, "EUR"))
    assert decision.retention == {"year": 1.0} and np.isnan(decision.causes["price"])
    assert decision.regained == 0 and not decision.pays
    empty = decide_retention(10, {}, [], clv(), cost=Money(1, "EUR"))
    assert empty.preventable_loss == 0 and not empty.pays


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"customers": 200}, r"^lost: must not be more than the 200 customers, got 300\.0$"),
        ({"customers": 0}, r"^customers: must be finite and above 0"),
        ({"lost": {"quality": -1}}, r"^lost\[quality\]: must be finite and at least 0, got -1\.0$"),
        ({"preventable": ["weather"]}, r"^preventable: must be among quality, price, moved, got 'weather'$"),
        ({"saved": 1.2}, r"^saved: must be from 0 to 1"),
        (
            {"clv": {"quality": clv()}},
            r"^clv: must hold the value of a customer lost to price, got 'quality'$",
        ),
        ({"clv": clv(currency="USD")}, r"^currency: must be the same in both, but one is EUR"),
        ({"cost": Money(1, "EUR", 7)}, r"^date_of_value: must be the same in both"),
        (
            {"clv": {"quality": clv(), "price": clv(), "moved": clv(rate=0.2)}},
            r"^discount: must be the same in both",
        ),
        (
            {"clv": {"quality": clv(), "price": clv(), "moved": clv(payments=5)}},
            r"^horizon: must be the same in both, but one is no end and the other 5 x year$",
        ),
        ({"clv": clv(margin=[100.0, 50.0])}, r"^clv: must be one value, not an array"),
        ({"lost": {}, "preventable": [], "clv": {}}, r"^clv: must be a Valuation, where no cause is named"),
    ],
)
def test_bad_steps_are_refused(changed, message):
    right = {
        "customers": 1000,
        "lost": LOST,
        "preventable": ["quality"],
        "clv": clv(),
        "cost": Money(1, "EUR"),
    }
    with pytest.raises(InputError, match=message):
        decide_retention(**{**right, **changed})
