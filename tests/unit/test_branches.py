"""Branches are runs of their own; pooled, they are a ledger that every metric reads;
summarised, they have the same figures in little memory."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmsim import compare, find_strategy, outcomes, preset, simulate
from crmsim.branches import _AVERAGED, _SHARED, _STEP, _share, simulate_branches, summarise_branches
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.experiments import TABLES
from crmsim.ledger import MONTH, Ledger
from crmsim.metrics.clv import value_by_component
from crmsim.metrics.desk import mean_wait_days
from crmsim.metrics.satisfaction import satisfaction_by_month
from crmsim.metrics.tiers import tier_transitions
from crmsim.model.records import CUSTOMER, DAY, RUN
from crmsim.population import draw_population
from crmsim.strategies import Strategy
from crmsim.summary import PERSON

TOWN = preset("telecom").with_values(customers=151, horizon_days=1080)
MATCHED = find_strategy("stage_matched")


@pytest.fixture(scope="module")
def firm():
    """Two branches, of 76 and 75 customers, and the firm of both, as three ledgers."""
    sizes = (76, 75)
    parts = [
        simulate(TOWN.with_values(customers=n), MATCHED, seed=5, replication=3 + b * _STEP)
        for b, n in enumerate(sizes)
    ]
    return *parts, simulate_branches(TOWN, MATCHED, branches=2, seed=5, replication=3)


def test_value_per_customer_is_the_mean_over_both_by_hand(firm):
    one, other, whole = firm
    by_hand = (value_by_component(one) * 76 + value_by_component(other) * 75) / 151
    assert value_by_component(whole).to_numpy() == pytest.approx(by_hand.to_numpy(), rel=1e-12)
    assert outcomes(whole)["clv"] == pytest.approx(by_hand["clv"], rel=1e-12)


def test_satisfaction_waits_and_promotions_by_hand(firm):
    one, other, whole = firm
    active = [ledger.months["tiers"].sum(axis=1) for ledger in (one, other)]
    satisfied = [satisfaction_by_month(ledger)["satisfied"].to_numpy() for ledger in (one, other)]
    by_hand = (satisfied[0] * active[0] + satisfied[1] * active[1]) / (active[0] + active[1])
    assert satisfaction_by_month(whole)["satisfied"].to_numpy() == pytest.approx(by_hand, rel=1e-12)
    calls = [(ledger.log()["kind"] == EventKind.CONTACT_START).sum() for ledger in (one, other)]
    assert min(calls) > 20
    waited = mean_wait_days(one) * calls[0] + mean_wait_days(other) * calls[1]
    assert mean_wait_days(whole) == pytest.approx(waited / sum(calls), rel=1e-12)
    moves = one.months["moves"].sum(axis=0) + other.months["moves"].sum(axis=0)
    reviewed = moves.sum(axis=1, keepdims=True)
    expected = moves / np.where(reviewed > 0, reviewed, np.nan)
    assert tier_transitions(whole).to_numpy() == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_customers_are_numbered_anew_and_keep_their_families(firm):
    one, other, whole = firm
    people = whole.customers
    assert np.array_equal(people["number"], np.arange(whole.customer_count))
    assert (people["generation"][:151] == 0).all() and (people["generation"][151:] > 0).all()
    assert whole.customer_count == one.customer_count + other.customer_count
    assert np.array_equal(people["key"][:151], np.r_[one.customers["key"][:76], other.customers["key"][:75]])
    key = {part: part.customers["key"] for part in (one, other)}
    families = {
        (int(key[part][c["parent"]]), int(c["key"]))
        for part in (one, other) for c in part.customers if c["parent"] >= 0
    }  # fmt: skip
    assert len(families) > 5
    brought = people[people["parent"] >= 0]
    pairs = zip(people["key"][brought["parent"]], brought["key"], strict=True)
    assert {(int(parent), int(child)) for parent, child in pairs} == families


def test_events_are_in_order_and_belong_to_whom_they_happened(firm):
    one, other, whole = firm
    events = whole.log()
    assert (np.diff(events["time"]) >= 0).all() and len(events) == len(one.log()) + len(other.log())

    def told(*ledgers):
        return sorted(
            (int(row["time"]), int(ledger.customers["key"][row["customer"]]), int(row["kind"]), row["amount"])
            for ledger in ledgers
            for row in ledger.log()
        )

    assert told(whole) == told(one, other)
    paid = np.bincount(events["customer"], events["amount"], whole.customer_count)
    assert paid == pytest.approx(whole.customers["total"].sum(axis=1), rel=1e-9, abs=1e-6)


def test_every_field_of_a_month_and_a_run_is_shared_averaged_or_a_sum_on_purpose():
    """A new field has to be put into one of the three by somebody who thought about it."""
    sums = {
        "customers", "stages", "observed", "tiers", "satisfied", "satisfaction", "ratio", "attitude",
        "amounts", "moves", "losses", "events", "survey", "prospects", "arrived", "outreach",
        "rows", "pool", "referred", "unshared", "refused", "recommendations", "wait_seconds", "waits",
    }  # fmt: skip
    assert {*MONTH.names, *RUN.names} == sums | _SHARED | _AVERAGED
    assert not sums & _SHARED and not sums & _AVERAGED and not _SHARED & _AVERAGED


def test_the_months_and_the_run_of_the_firm(firm):
    one, other, whole = firm
    assert np.array_equal(whole.months["time"], one.months["time"])
    for name in ("customers", "amounts", "losses", "survey"):
        assert whole.months[name] == pytest.approx(one.months[name] + other.months[name])
    mean = (76 * one.months["reputation"] + 75 * other.months["reputation"]) / 151
    assert whole.months["reputation"] == pytest.approx(mean)
    assert whole.run["horizon"] == 1080 * DAY
    assert np.array_equal(whole.run["waits"], one.run["waits"] + other.run["waits"])


def test_every_metric_of_a_comparison_reads_it(firm):
    *_, whole = firm
    assert set(outcomes(whole)) and all(len(table(whole)) for table in TABLES.values())


WORLDS = [
    (TOWN, MATCHED, 2, "auto"),
    (TOWN, find_strategy("tier_service"), 9, "compiled"),
    (TOWN.with_values(customers=40, arrivals=0.5, ref_rate=3.0, ref_pool=1.0), MATCHED, 3, "simpy"),
    (TOWN.with_values(customers=3, horizon_days=30, entry_days=30), MATCHED, 3, "compiled"),
]


@pytest.mark.parametrize(("town", "strategy", "branches", "engine"), WORLDS)
def test_a_summary_has_the_figures_of_the_pooled_ledger_to_the_last_bit(town, strategy, branches, engine):
    options = {"branches": branches, "seed": 5, "replication": 3, "engine": engine}
    whole = simulate_branches(town, strategy, log=False, **options)
    figures = summarise_branches(town, strategy, **options)
    for part in ("people", "books", "months", "run"):
        assert getattr(figures, part).tobytes() == getattr(whole, part).tobytes(), part
    assert figures.provenance == whole.provenance and figures.provenance["branches"] == branches
    assert figures.people.dtype == PERSON and not hasattr(figures, "customers")
    mine, theirs = outcomes(figures), outcomes(whole)
    assert {name: repr(value) for name, value in mine.items()} == {k: repr(v) for k, v in theirs.items()}
    for table in TABLES.values():
        one, other = table(figures), table(whole)
        compared = (
            pd.testing.assert_series_equal if isinstance(one, pd.Series) else pd.testing.assert_frame_equal
        )
        compared(one, other, check_exact=True)


def test_the_people_of_a_summary_are_those_of_the_branches(firm):
    one, other, _ = firm
    figures = summarise_branches(TOWN, MATCHED, branches=2, seed=5, replication=3)
    lines = [*one.people[:76], *other.people[:75], *one.people[76:], *other.people[75:]]
    assert figures.people.tobytes() == np.array(lines, PERSON).tobytes()
    spent = one.customers["total"].sum(axis=0) + other.customers["total"].sum(axis=0)
    assert figures.books["total"] == pytest.approx(spent, rel=1e-12)


def test_whoever_wants_the_customers_gets_them_branch_by_branch_with_their_numbers(firm):
    *_, whole = firm
    parts = []
    summarise_branches(
        TOWN, MATCHED, branches=2, seed=5, replication=3, keep=lambda people: parts.append(people.copy())
    )
    assert [len(part) for part in parts] == [firm[0].customer_count, firm[1].customer_count]
    together = np.concatenate(parts)
    together = together[np.argsort(together["number"])]
    for name in CUSTOMER.names:
        assert together[name].tobytes() == whole.customers[name].tobytes(), name


def test_branches_that_are_summarised_do_not_stay(monkeypatch):
    """When a branch begins, no ledger of an earlier one is alive."""
    alive, seen = weakref.WeakSet(), []

    def noted(*args: Any, **options: Any) -> Ledger:
        gc.collect()
        seen.append(len(alive))
        ledger = simulate(*args, **options)
        alive.add(ledger)
        return ledger

    monkeypatch.setattr("crmsim.branches.simulate", noted)
    summarise_branches(TOWN, branches=4)
    assert seen == [0, 0, 0, 0]
    simulate_branches(TOWN, branches=4, log=False)
    assert seen[4:] == [0, 1, 2, 3]


def test_who_was_brought_is_named_by_the_number_in_the_firm(firm):
    *_, whole = firm
    rows = whole.log()
    brought = rows[rows["kind"] == EventKind.REFERRED]
    assert len(brought) > 5
    assert np.array_equal(whole.customers["parent"][brought["detail"]], brought["customer"])


def test_one_branch_is_the_plain_run():
    plain = simulate(TOWN, MATCHED, seed=5, replication=3)
    alone = simulate_branches(TOWN, MATCHED, branches=1, seed=5, replication=3)
    for field in ("events", "customers", "months"):
        assert np.array_equal(getattr(plain, field).tobytes(), getattr(alone, field).tobytes())
    assert plain.run.tobytes() == alone.run.tobytes()


def test_no_two_branches_have_the_same_people_and_none_those_of_another_replication():
    keys = [
        draw_population(TOWN, seed=5, replication=k + b * _STEP)["key"] for k in range(3) for b in range(4)
    ]
    assert len(np.unique(np.concatenate(keys))) == 12 * 151


def test_each_branch_has_the_scenarios_desk_so_that_its_calls_and_waits_are_longer():
    """At the same load waits go with the length of a call, here four times as long; luck blurs the rest."""
    town = TOWN.with_values(customers=800)
    ratios = []
    for k in range(3):
        plain = simulate(town, replication=k, log=False)
        split = simulate_branches(town, branches=4, replication=k, log=False)
        assert split.run["handling_days"] == pytest.approx(4 * plain.run["handling_days"], rel=1e-9)
        ratios.append(mean_wait_days(split) / mean_wait_days(plain))
    assert min(ratios) > 1.5, ratios


def test_the_firm_spends_its_budget_and_its_advertising_once():
    rules = [{"do": {"advertise": 0.5}, "cost": {"per_month": 60.0}}, {"do": {"programme": "contact"}}]
    loud = Strategy(name="loud", about="Loud.", currency="CU", rules=rules)
    quarter = _share(loud, 0.25)
    assert [rule.cost and rule.cost.per_month for rule in quarter.rules] == [15.0, None]
    assert loud.rules[0].cost.per_month == 60.0
    thrifty = Strategy(
        name="thrifty", about="Thrifty.", currency="CU", budget={"per_year": 800.0},
        rules=[{"do": {"programme": "contact"}, "cost": {"per_month": 2.0, "in": "currency"}}],
    )  # fmt: skip
    assert _share(thrifty, 0.25).budget.per_year == 200.0
    assert _share(thrifty, 0.25).rules == thrifty.rules, "what is paid per customer is not shared out"
    town = TOWN.with_values(horizon_days=720, arrivals=0.0)
    whole = simulate_branches(town, loud, branches=4, seed=5)
    assert whole.months["outreach"].sum() == pytest.approx(60.0 * 720 / 30, rel=0.05)


def test_a_comparison_of_branches_does_not_depend_on_workers_or_engine():
    both = [find_strategy("do_nothing"), MATCHED]
    town = TOWN.with_values(customers=40, horizon_days=720)
    one, two, slow = (
        compare(town, both, replications=2, branches=3, **options)
        for options in ({"workers": 1}, {"workers": 3}, {"workers": 1, "engine": "simpy"})
    )
    assert one.runs.equals(two.runs) and one.runs.equals(slow.runs)
    assert one.branches == 3
    ledger = simulate_branches(town, MATCHED, branches=3, replication=1, log=False)
    assert one.values("stage_matched", "clv")[1] == outcomes(ledger)["clv"]
    assert not one.runs.equals(compare(town, both, replications=2, workers=1).runs)


def test_numbers_of_branches_that_cannot_be():
    for branches, message in (
        (0, "branches: must be a whole number from 1 to 1000, got 0"),
        (1001, "branches: must be a whole number from 1 to 1000, got 1001"),
        (152, "branches: must be at most the number of customers, 151, got 152"),
    ):
        with pytest.raises(InputError, match=f"^{message}$"):
            simulate_branches(TOWN, branches=branches)
