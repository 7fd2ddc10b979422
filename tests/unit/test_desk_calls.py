"""Calls to the desk, counted from the event log, and what queueing theory expects of them."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.calls import answered_complaints, desk_calls, number_waiting, wait_shares
from crmsim.metrics.desk import waits_by_tier
from crmsim.metrics.desk_theory import expected_longer_waits, expected_waits
from crmsim.model.records import DAY
from crmsim.queueing import erlang_c, mean_wait, priority_waits
from crmsim.scenario import preset
from crmsim.strategies import find_strategy
from crmsim.tiers import Tier

TIERS = [tier.name.lower() for tier in Tier]


@functools.cache
def run(
    load: float = 2.5, strategy: str = "tier_service", back_days: float = 0.0, log: bool = True
) -> Ledger:
    """Return a run in which many wait, some hang up, and some still wait at the end."""
    town = preset("retail").with_values(
        customers=300, horizon_days=730, desk_agents=1, desk_load=load, back_days=back_days
    )
    return simulate(town, find_strategy(strategy), seed=3, log=log)


def test_the_calls_are_those_that_the_run_itself_counted():
    ledger, calls = run(), desk_calls(run())
    events = ledger.run["events"]
    assert len(calls) == events[[EventKind.COMPLAINT, EventKind.INQUIRY]].sum()
    assert calls["complaint"].sum() == events[EventKind.COMPLAINT].sum()
    answered = calls["waited"].notna()
    assert answered.sum() == events[EventKind.CONTACT_START].sum() < len(calls)
    assert calls["waited"].sum() * DAY == pytest.approx(waits_by_tier(ledger).prod(axis=1).sum() * DAY)
    assert (calls["until"] - calls["asked"])[answered].to_numpy() == pytest.approx(calls["waited"][answered])


def test_whoever_is_never_answered_waits_until_they_leave_or_the_run_ends():
    ledger, calls = run(), desk_calls(run())
    waiting = calls[calls["waited"].isna()]
    left = ledger.customers["left"][waiting["customer"]] / DAY
    assert waiting["until"].to_numpy() == pytest.approx(np.minimum(left, ledger.horizon_days))
    assert (left < ledger.horizon_days).any() and (left > ledger.horizon_days).any()


def test_the_queue_at_a_moment_is_who_has_asked_and_is_not_answered():
    """Counted one by one at many moments, against the mean over ever shorter periods around them."""
    calls = desk_calls(run())
    for day in (100.0, 365.0, 700.0):
        there = calls[(calls["asked"] <= day) & (calls["until"] > day)]
        counted = there["tier"].value_counts().reindex(range(4), fill_value=0).to_numpy()
        around = number_waiting(calls, [day, day + 1e-7])
        assert around.columns.tolist() == TIERS
        assert around.iloc[0].to_numpy() == pytest.approx(counted, abs=1e-3)
    assert counted.sum() > 0


def test_the_mean_queue_is_calls_per_day_times_wait():
    """Little's law, over the whole run: it holds for any order, also with a queue at the end."""
    calls = desk_calls(run())
    queue = number_waiting(calls, [0.0, 730.0]).sum(axis=1).iloc[0]
    assert queue == pytest.approx(len(calls) / 730.0 * (calls["until"] - calls["asked"]).mean())


@pytest.mark.parametrize("edges", [[1.0], [2.0, 1.0], [[0.0, 1.0]]])
def test_periods_that_cannot_be_are_refused(edges):
    with pytest.raises(InputError, match="edges: must be at least two days, rising"):
        number_waiting(desk_calls(run()), edges)


def test_shares_of_waits_are_those_counted_one_by_one():
    calls, days = desk_calls(run()), [0.0, 0.5, 3.0, 1000.0]
    shares = wait_shares(calls, days)
    for code, tier in enumerate(TIERS):
        waits = calls["waited"][(calls["tier"] == code) & calls["waited"].notna()]
        assert shares[tier].tolist() == [pytest.approx((waits > day).mean()) for day in days]
    assert wait_shares(calls[calls["tier"] == 0], days)["small"].isna().all()


def test_a_complaint_has_the_wait_and_the_quality_of_its_own_call():
    """Found by going through the log event by event, one customer after another."""
    ledger = run()
    found = answered_complaints(ledger, within=90.0)
    expected = []
    for customer, events in pd.DataFrame(np.asarray(ledger.events)).groupby("customer"):
        waits, ended, churned = {}, {}, events[events["kind"] == EventKind.CHURN]["time"]
        for event in events.itertuples():
            if event.kind == EventKind.CONTACT_START:
                waits[event.time] = event.detail
            if event.kind == EventKind.CONTACT_END:
                ended[event.time] = waits[event.time - event.detail]
            if event.kind == EventKind.RECOVERY and event.time <= (730 - 90) * DAY:
                lost = churned.between(event.time, event.time + 90 * DAY).any()
                expected.append((customer, ended[event.time] / DAY, event.detail / 1000, lost))
    mine = found[["customer", "waited", "quality", "lost"]].sort_values(["customer", "waited"])
    assert sorted(expected) == [tuple(row) for row in mine.itertuples(index=False)]
    assert 0 < found["lost"].sum() < len(found)


def test_a_recovery_by_a_back_office_has_no_call_of_its_own():
    with pytest.raises(InputError, match="back_days: must be 0, got 5"):
        answered_complaints(run(back_days=5.0))


def test_a_run_without_a_log_is_refused():
    with pytest.raises(CrmsimError):
        desk_calls(run(log=False))


# -- theory ----------------------------------------------------------------------------------------


CALLS = pd.Series([0.1, 0.2, 0.3, 1.0], TIERS)


def test_without_classes_everybody_waits_as_erlang_says():
    assert expected_waits(CALLS, 0.5, 1).tolist() == [pytest.approx(float(mean_wait(1.6, 2.0, 1)))] * 4


def test_classes_are_served_in_their_order_and_tiers_of_one_class_wait_alike():
    classes = pd.Series({"small": 7, "ordinary": 7, "important": 7, "vip": 2})
    waits = expected_waits(CALLS, 1.0, 2, classes)
    first, others = priority_waits([0.1, 1.5], 1.0, 2)
    assert waits.tolist() == [pytest.approx(first)] + [pytest.approx(others)] * 3
    turned = expected_waits(CALLS, 1.0, 2, -classes)
    assert turned["vip"] > turned["small"]


def test_priority_makes_no_time():
    """Kleinrock's conservation law: with equal handling times the mean wait of all is that of one class."""
    waits = expected_waits(CALLS, 1.0, 2, pd.Series([0, 1, 2, 3], TIERS))
    assert float(waits @ CALLS / CALLS.sum()) == pytest.approx(expected_waits(CALLS, 1.0, 2)["vip"])


def test_a_desk_that_cannot_keep_up_makes_the_last_wait_for_ever():
    waits = expected_waits(CALLS, 1.0, 1, pd.Series([0, 1, 2, 3], TIERS))
    assert np.isfinite(waits[:3]).all() and np.isinf(waits["small"])


def test_shares_begin_with_those_who_have_to_wait_and_their_mean_is_the_mean_wait():
    days = np.arange(0.0, 60.0, 0.001)
    longer = expected_longer_waits(1.4, 1.0, 2, days)
    assert longer[0] == pytest.approx(float(erlang_c(2, 1.4)))
    assert longer.sum() * 0.001 == pytest.approx(float(mean_wait(1.4, 1.0, 2)), rel=1e-3)


def test_what_theory_cannot_work_with_is_refused():
    with pytest.raises(InputError, match="handling_days: must be above 0"):
        expected_waits(CALLS, 0.0, 1)
    with pytest.raises(InputError, match="handling_days: must be above 0"):
        expected_longer_waits(1.0, -1.0, 1, [0.0])
    with pytest.raises(InputError, match="classes: must have small"):
        expected_waits(CALLS, 1.0, 1, pd.Series([0, 1, 2], TIERS[:3]))
