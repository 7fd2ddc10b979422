"""Periodic timing: one chance to buy in each period, by a table (model.md section 4.4)."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import bare, luck, of_kind

from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.luck import Purpose
from crmsim.model.records import DAY, NEVER
from crmsim.stages import Cause


def _lives(table, keys, periods):
    """Return, customer by customer, the periods with a purchase and that of the end (or None)."""
    draws = [luck(keys, Purpose.PERIOD, k) for k in range(1, periods + 1)]
    lives = []
    for i in range(len(keys)):
        missed, bought, end = 0, [], None
        for k in range(1, periods + 1):
            if draws[k - 1][i] < table[missed]:
                missed = 0
                bought.append(k)
            else:
                missed += 1
                if missed == len(table):
                    end = k
                    break
        lives.append((bought, end))
    return lives


@pytest.mark.parametrize("table", [[0.3, 0.2, 0.15, 0.05], [0.9, 0.5], [1.0], [0.6]])
@pytest.mark.parametrize("days", [30, 45])
def test_a_life_is_its_luck_against_the_table(table, days):
    scenario = bare(timing="periodic", buy_table=table, renewal_days=days, horizon_days=720)
    ledger = simulate(scenario)
    people, bought = ledger.customers, of_kind(ledger, EventKind.PURCHASE)
    # Those who entered on the first second live through so many whole periods.
    periods = (720 * DAY - 1) // (days * DAY)
    for person, (expected, end) in zip(people, _lives(table, people["key"], periods), strict=True):
        times = bought["time"][bought["customer"] == person["number"]]
        assert ((times - person["entered"]) // (days * DAY)).tolist() == [0, *expected]
        assert ((times - person["entered"]) % (days * DAY) == 0).all()
        left = NEVER if end is None else person["entered"] + end * days * DAY
        assert person["left"] == left
        assert person["cause"] == (Cause.NONE if end is None else Cause.NATURAL)


def test_missed_periods_are_counted_from_the_last_purchase():
    ledger = simulate(bare(timing="periodic", buy_table=[0.5] * 12, horizon_days=720))
    people = ledger.customers
    missed = (720 * DAY - 1 - people["last_purchase"]) // (30 * DAY)
    still = people["left"] == NEVER
    assert (people["missed"][still] == missed[still]).all() and people["missed"].max() > 3


def test_a_customer_on_the_way_out_buys_as_seldom_as_decline_activity_says():
    """Two shares of 1 and 0 need no statistics: who has decided to go buys at every chance, or at none."""
    for activity in (0.0, 1.0):
        scenario = bare(
            timing="periodic", buy_table=[1.0], need_mean=1.0, decline_days=200.0, decline_activity=activity
        )
        ledger = simulate(scenario)
        decided = {int(r["customer"]): int(r["time"]) for r in of_kind(ledger, EventKind.DISENGAGED)}
        after = [
            r
            for r in of_kind(ledger, EventKind.PURCHASE)
            if decided.get(int(r["customer"]), NEVER) < r["time"]
        ]
        assert len(decided) > 50
        assert (len(after) > 100) == (activity == 1.0) and bool(after) == (activity == 1.0)


def test_decline_activity_is_a_factor_on_the_chance():
    scenario = bare(timing="periodic", buy_table=[1.0] * 12, need_mean=2.0, decline_days=400.0,
                    decline_activity=0.4, customers=600)  # fmt: skip
    ledger = simulate(scenario)
    people, bought = ledger.customers, of_kind(ledger, EventKind.PURCHASE)
    chances = taken = 0
    for row in of_kind(ledger, EventKind.DISENGAGED):
        person = people[row["customer"]]
        end = min(int(person["left"]), 720 * DAY)
        grid = np.arange(int(person["entered"]), end, 30 * DAY)
        chances += (grid > row["time"]).sum()
        taken += ((bought["customer"] == row["customer"]) & (bought["time"] > row["time"])).sum()
    assert chances > 2000
    assert abs(taken / chances - 0.4) < 4 * np.sqrt(0.24 / chances)


def test_no_purchases_in_between():
    ledger = simulate(bare(timing="periodic", buy_table=[0.5, 0.5], rate_mean=50.0))
    bought = of_kind(ledger, EventKind.PURCHASE)
    offset = bought["time"] - ledger.customers["entered"][bought["customer"]]
    assert (offset % (30 * DAY) == 0).all()
