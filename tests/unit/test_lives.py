"""One customer's life, read from the ledger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crmsim import find_strategy, preset, simulate
from crmsim.errors import InputError
from crmsim.events import COMPONENTS
from crmsim.metrics.lives import (
    contribution,
    interesting_customer,
    interesting_customers,
    last_day,
    life_events,
    lost_after_problem,
    purchases_to_pay_back,
    stage_spells,
    treatments,
)
from crmsim.model.records import NEVER


@pytest.fixture(scope="module", params=["stage_matched", "save_value"])
def ledger(request):
    scenario = preset("retail").with_values(customers=120, horizon_days=1440)
    return simulate(scenario, find_strategy(request.param), seed=3)


def _buyers(ledger):
    return np.flatnonzero(ledger.customers["entered"] < NEVER).tolist()


def test_contributions_end_at_the_customers_clv(ledger):
    counted = [int(component) for component, info in COMPONENTS.items() if info.counts]
    for customer in _buyers(ledger):
        expected = ledger.customers["value"][customer][counted].sum()
        assert contribution(ledger, customer)["value"].iloc[-1] == pytest.approx(expected, abs=1e-9)


def test_stages_follow_each_other_without_a_gap_from_the_first_purchase_to_the_end(ledger):
    for customer in _buyers(ledger):
        spells = stage_spells(ledger, customer)
        if spells.empty:  # came on the last day
            continue
        assert spells["start"].iloc[0] == 0.0
        assert spells["end"].iloc[-1] == pytest.approx(last_day(ledger, customer))
        assert np.allclose(spells["start"][1:], spells["end"][:-1])
        assert (spells["end"] > spells["start"]).all()


def test_treatments_cover_the_windows_that_were_paid_for(ledger):
    for customer in _buyers(ledger):
        spells = treatments(ledger, customer)
        paid = (life_events(ledger, customer)["kind"] == "treatment").sum()
        assert len(spells) <= paid and (len(spells) > 0) == (paid > 0)
        assert (spells["end"] <= last_day(ledger, customer) + 1e-9).all()


def test_interesting_lives_are_different_people_who_bought_and_the_first_is_the_choice(ledger):
    lives = interesting_customers(ledger, 15)
    assert len(set(lives)) == 15
    assert set(lives) <= set(_buyers(ledger))
    assert max(lives) < ledger.initial_count  # those recommended to us differ from strategy to strategy
    assert interesting_customer(ledger) == lives[0]


def test_the_most_interesting_life_shows_more_kinds_of_event_than_most(ledger):
    kinds = [life_events(ledger, customer)["kind"].nunique() for customer in _buyers(ledger)]
    chosen = life_events(ledger, interesting_customer(ledger))["kind"].nunique()
    assert chosen >= np.quantile(kinds, 0.9)


def test_nobody_can_be_shown_who_does_not_exist_or_never_bought(ledger):
    with pytest.raises(InputError, match=r"customer: must be from 0 to \d+, got -1"):
        life_events(ledger, -1)
    with pytest.raises(InputError, match="customer: must be from 0"):
        stage_spells(ledger, ledger.customer_count)
    people = ledger.customers.copy()
    people["entered"][5] = NEVER
    with pytest.raises(InputError, match="bought at least once"):
        contribution(replace(ledger, customers=people), 5)


def test_where_nobody_bought_there_is_no_interesting_customer(ledger):
    empty = replace(ledger, events=ledger.log()[:0])
    assert interesting_customers(empty) == []
    with pytest.raises(InputError, match="at least one customer who bought"):
        interesting_customer(empty)


def test_purchases_to_pay_back_agree_with_each_customers_running_contribution(ledger):
    needed = purchases_to_pay_back(ledger)
    assert needed.index.tolist() == [c for c in _buyers(ledger) if c < ledger.initial_count]
    for customer in needed.index[:60]:
        worth, events = contribution(ledger, customer), life_events(ledger, customer)
        paid = worth.index[worth["value"] >= 0.0]
        if len(paid):
            day = worth.loc[paid[0], "tenure"]
            assert needed[customer] == ((events["kind"] == "purchase") & (events["tenure"] <= day)).sum()
        else:
            assert needed[customer] == np.inf
    assert 0 < np.isinf(needed).sum() < len(needed)


@pytest.mark.parametrize("days", [90, 365])
def test_lost_after_problem_counts_customer_by_customer(ledger, days):
    gone = []
    for _, events in ledger.truth.groupby("customer"):
        problems = events.loc[events["kind"] == "problem", "day"]
        if len(problems) and problems.min() <= ledger.horizon_days - days:
            since = events.loc[events["kind"] == "churn", "day"] - problems.min()
            gone.append(bool(((since >= 0.0) & (since <= days)).any()))
    assert lost_after_problem(ledger, days) == pytest.approx(np.mean(gone))
    assert any(gone) and not all(gone)
