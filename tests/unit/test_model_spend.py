"""Growth of spend, purchases never paid, and calls that settle nothing (optional mechanisms)."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small
from small_worlds import bare, luck, made, of_kind

from crmsim.engines import simulate
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose
from crmsim.model.purchase import grown_spend
from crmsim.model.records import DAY


def test_growth_by_hand():
    assert grown_spend(100.0, 0.2, 365.0) == pytest.approx(100.0 * np.exp(0.2), rel=1e-14)
    assert grown_spend(100.0, -0.5, 730.0) == pytest.approx(100.0 * np.exp(-1.0), rel=1e-14)
    assert grown_spend(100.0, 0.7, 0.0) == 100.0


@pytest.mark.parametrize("trend", [0.0, 0.4, -0.4])
def test_spend_grows_with_the_time_since_the_first_purchase(trend):
    ledger = simulate(bare(rate_mean=6.0, spend_mean=100.0, spend_trend=trend, entry_days=300))
    bought = of_kind(ledger, EventKind.PURCHASE)
    days = (bought["time"] - ledger.customers["entered"][bought["customer"]]) / DAY
    np.testing.assert_allclose(bought["amount"], 100.0 * np.exp(trend * days / 365.0), rtol=1e-12)


@pytest.mark.parametrize("timing", ["continuous", "contract"])
def test_some_purchases_are_never_paid_by_the_customers_own_luck(timing):
    scenario = bare(timing=timing, rate_mean=12.0, spend_mean=100.0, margin=0.4, credit_b=0.2)
    ledger = simulate(scenario)
    bought, unpaid = of_kind(ledger, EventKind.PURCHASE), of_kind(ledger, EventKind.UNPAID)
    keys = ledger.customers["key"][bought["customer"]]
    drawn = np.array(
        [luck(keys[k : k + 1], Purpose.UNPAID, bought["detail"][k])[0] for k in range(len(bought))]
    )
    owed = bought[drawn < 0.2]
    for name in ("customer", "time", "detail"):
        assert owed[name].tolist() == unpaid[name].tolist()
    assert abs(len(owed) / len(bought) - 0.2) < 4 * np.sqrt(0.16 / len(bought))
    assert (unpaid["amount"] == -owed["amount"]).all()
    assert (unpaid["component"] == Component.CREDIT).all()
    people = ledger.customers
    np.testing.assert_allclose(people["total"][:, Component.CREDIT], -100.0 * people["unpaid"])
    # The goods are gone and the revenue too: a margin of 0.4 on all, less the price of what is owed.
    np.testing.assert_allclose(people["cash"], 40.0 * people["n"] - 100.0 * people["unpaid"], atol=1e-9)


def test_credit_risk_differs_between_customers_as_a_beta_does():
    risk = simulate(bare(customers=4000, credit_a=2.0, credit_b=6.0, horizon_days=30)).customers[
        "credit_risk"
    ]
    mean, variance = 2 / 8, 2 * 6 / (8**2 * 9)
    assert abs(risk.mean() - mean) < 4 * np.sqrt(variance / 4000)
    assert abs(risk.var() / variance - 1) < 0.15


def test_everybody_pays_where_it_is_off():
    ledger = simulate(small("retail"))
    assert not ledger.customers["unpaid"].any() and not ledger.customers["credit_risk"].any()


def _complaints(**values):
    return simulate(
        bare(rate_mean=6.0, problem_prob=0.5, compl_b=1.0, inquiry_mean=2.0, desk_load=0.3, desk_contacts=5.0,
             contact_cost=6.0, wait_weight=0.1, customers=150, **values)
    )  # fmt: skip


@pytest.mark.parametrize("reopen", [0.0, 0.4])
def test_a_call_that_settles_nothing_is_made_again_and_recovers_nothing(reopen):
    ledger = _complaints(reopen=reopen)
    people, rows = ledger.customers, ledger.log()
    asked = of_kind(ledger, EventKind.COMPLAINT, EventKind.INQUIRY)
    starts = of_kind(ledger, EventKind.CONTACT_START)
    ordinal = {(int(r["customer"]), int(r["time"])): (int(r["detail"]), int(r["kind"])) for r in asked}
    handled = {}
    for row in starts:
        call = (int(row["customer"]), int(row["time"] - row["detail"]))
        handled.setdefault(int(row["customer"]), []).append((int(row["time"]), *ordinal[call]))
    again, settled, expected_again, expected_settled = set(), set(), set(), set()
    for row in of_kind(ledger, EventKind.CONTACT_END):
        i, end = int(row["customer"]), int(row["time"])
        _, number, kind = next(c for c in handled[i] if c[0] == end - row["detail"])
        unsettled = luck(people["key"][i : i + 1], Purpose.REOPEN, number)[0] < reopen
        (expected_again if unsettled else expected_settled).add((i, end, kind))
    for row in rows:
        place = (int(row["customer"]), int(row["time"]))
        if row["kind"] == EventKind.RECOVERY:
            settled.add((*place, int(EventKind.COMPLAINT)))
    bought = {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.PURCHASE)}
    ends = {(i, end) for i, end, _ in expected_again | expected_settled}
    for row in asked:
        place = (int(row["customer"]), int(row["time"]))
        if place in ends and place not in bought:
            again.add((*place, int(row["kind"])))
    assert again == expected_again
    assert settled == {call for call in expected_settled if call[2] == EventKind.COMPLAINT}
    assert len(settled) > 200 and bool(again) == (reopen > 0.0)
    # Every call costs, the repeated ones too.
    np.testing.assert_allclose(
        people["total"][:, Component.CONTACT], -6.0 * np.bincount(starts["customer"], minlength=150)
    )
    if reopen:
        calls = len(expected_again) + len(expected_settled)
        assert abs(len(expected_again) / calls - reopen) < 4 * np.sqrt(reopen * (1 - reopen) / calls)


def test_the_grievance_of_an_unsettled_call_remains():
    """With calls that all but never settle anything, grievance stays; with none it is recovered."""
    kept, healed = (_complaints(reopen=share, griev_tau=1e6, rec_wait=0.0) for share in (0.9, 0.0))
    assert kept.customers["grievance"].mean() > 2 * healed.customers["grievance"].mean()


def test_a_share_of_spend_is_paid_on_list_value():
    rule = {"do": {"programme": "reward"}, "cost": {"share_of_spend": 0.1}}
    scenario = bare(rate_mean=6.0, spend_mean=100.0, deal_depth=0.2, deal_prone=1.0, entry_days=100)
    ledger = simulate(scenario, made(rule, {"do": {"price": 0.3}}))
    people = ledger.customers
    np.testing.assert_allclose(people["total"][:, Component.PROGRAMME], -10.0 * people["n"])
    assert (of_kind(ledger, EventKind.PURCHASE)["amount"] < 60.0).all()
    assert not of_kind(ledger, EventKind.TREATMENT).size  # nothing else is charged
