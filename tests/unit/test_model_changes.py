"""Changes on the way: other parameters from a day on, and a breach of trust."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import bare, of_kind

from crmsim.engines import simulate
from crmsim.events import Component, EventKind
from crmsim.model.records import DAY


def _change(day, trust_lost=0.0, **new):
    return {"day": day, "set": new, "trust_lost": trust_lost}


def test_a_parameter_switches_on_that_day_and_not_before():
    scenario = bare(
        rate_mean=12.0, spend_mean=100.0, changes=[_change(90, margin=0.5), _change(150, margin=0.2)]
    )
    ledger = simulate(scenario)
    value = of_kind(ledger, EventKind.VALUE)
    day = value["time"] / DAY
    margin = np.where(day <= 90, 1.0, np.where(day <= 150, 0.5, 0.2))
    np.testing.assert_allclose(value["amount"], 100.0 * margin)
    assert len(set(margin.tolist())) == 3


def test_what_the_firm_does_at_that_window_end_already_follows_the_new_parameter():
    ledger = simulate(bare(changes=[_change(90, account_cost=30.0)]))
    rows = of_kind(ledger, EventKind.ACCOUNT_COST)
    assert (rows["time"] >= 90 * DAY).all() and (rows["amount"] == -30.0).all()
    people = ledger.customers
    assert (people["total"][:, Component.ACCOUNT] == -30.0 * (720 - 90) / 30).all()


def test_clocks_run_at_the_new_rate_from_that_day():
    """Offers begin on day 360: a customer's first offer is its luck over the rate, counted from there."""
    ledger = simulate(bare(customers=2000, offer_base=-50.0, changes=[_change(360, offer_rate=3.0)]))
    offers = of_kind(ledger, EventKind.COMPETITOR_OFFER)
    assert (offers["time"] > 360 * DAY).all()
    expected = 2000 * 3.0 * 360 / 365
    assert abs(len(offers) - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize("lost", [0.0, 0.4, 1.0])
def test_a_breach_takes_its_share_of_everybodys_trust(lost):
    change = _change(60, trust_lost=lost) if lost else _change(60, margin=0.9)
    people = simulate(bare(trust0=0.5, horizon_days=90, changes=[change])).customers
    np.testing.assert_allclose(people["trust"], 0.5 * (1.0 - lost))


def test_a_breach_happens_once():
    people = simulate(bare(trust0=0.5, horizon_days=900, changes=[_change(60, trust_lost=0.4)])).customers
    np.testing.assert_allclose(people["trust"], 0.3)


def test_a_later_change_keeps_what_an_earlier_one_set():
    scenario = bare(
        rate_mean=12.0, spend_mean=100.0, changes=[_change(60, margin=0.5), _change(90, account_cost=3.0)]
    )
    value = of_kind(simulate(scenario), EventKind.VALUE)
    assert (value["amount"][value["time"] > 90 * DAY] == 50.0).all()


def test_nothing_is_different_before_the_change():
    scenario = bare(rate_mean=12.0, spend_mean=100.0, need_mean=0.5, drop_b=0.05)
    plain, changed = (
        simulate(scenario.with_values(changes=changes)).log() for changes in ([], [_change(300, margin=0.0)])
    )
    before = [rows[rows["time"] <= 300 * DAY] for rows in (plain, changed)]
    assert before[0].tobytes() == before[1].tobytes()
    assert plain.tobytes() != changed.tobytes()
