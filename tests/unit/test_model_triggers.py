"""Rules that wait for something to happen (model.md section 9.1)."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small
from small_worlds import bare, made, of_kind, places

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.model.records import DAY, TRIGGER_SLOTS, WINDOW
from crmsim.rule_records import rule_records

OFFER = {"do": {"save_offer": 1.0, "days": 30}, "cost": {"per_use": 1.0}}


def _busy(**values):
    """Return a world in which everything happens often, and an offer wakes nobody."""
    return small(
        "retail",
        **{"customers": 150, "horizon_days": 720, "rate_mean": 10.0, "problem_prob": 0.3, "survey_days": 60,
           "survey_noise": 4.0, "tier_every_days": 60, "wake": 0.0, "reopen": 0.2} | values,
    )  # fmt: skip


#: Each trigger with the rows of the ledger that it stands for.
ROWS = {
    "acquired": lambda rows: rows[rows["kind"] == EventKind.ACQUIRED],
    "first_purchase": lambda rows: rows[(rows["kind"] == EventKind.PURCHASE) & (rows["detail"] == 0)],
    "purchase": lambda rows: rows[rows["kind"] == EventKind.PURCHASE],
    "problem": lambda rows: rows[rows["kind"] == EventKind.PROBLEM],
    "complaint": lambda rows: rows[rows["kind"] == EventKind.COMPLAINT],
    "resolved": lambda rows: rows[rows["kind"] == EventKind.RECOVERY],
    "tier_up": lambda rows: rows[rows["kind"] == EventKind.PROMOTION],
    "tier_down": lambda rows: rows[rows["kind"] == EventKind.DEMOTION],
    "decline_signal": lambda rows: rows[rows["kind"] == EventKind.DECLINE_SIGNAL],
    "reward_earned": lambda rows: rows[rows["kind"] == EventKind.REWARD],
    "low_survey": lambda rows: rows[
        (rows["kind"] == EventKind.SURVEY) & (rows["detail"] > 0) & (rows["detail"] % 10 <= 2)
    ],
}


@pytest.mark.parametrize("trigger", ROWS)
def test_a_rule_acts_when_its_trigger_happens_and_only_then(trigger):
    rules = [OFFER | {"when": {"on": trigger}}]
    if trigger == "reward_earned":
        rules.append({"do": {"points": 2.0}})
    ledger = simulate(_busy(), made(*rules))
    rows, end = ledger.log(), ledger.run["horizon"]
    expected = [place for place in places(ROWS[trigger](rows)) if place[1] < end]
    treated = of_kind(ledger, EventKind.TREATMENT)
    assert places(treated) == expected
    assert len(treated) == len(expected) > 20


def test_rules_with_triggers_still_look_at_their_conditions():
    rule = OFFER | {"when": {"on": "purchase"}, "who": {"purchases": {"min": 3, "max": 3}}}
    ledger = simulate(_busy(), made(rule))
    third = of_kind(ledger, EventKind.PURCHASE)
    third = third[third["detail"] == 2]
    assert places(of_kind(ledger, EventKind.TREATMENT)) == places(third)


def test_several_rules_can_wait_for_the_same_thing():
    ledger = simulate(
        _busy(), made(OFFER | {"when": {"on": "complaint"}}, OFFER | {"when": {"on": "complaint"}})
    )
    treated = of_kind(ledger, EventKind.TREATMENT)
    one, other = (places(treated[treated["detail"] == k]) for k in (0, 1))
    assert one == other and len(one) > 50


def _covered(ledger, days):
    """Check the charged time of a standing action, at one unit a day, against its triggers."""
    treated, asked = of_kind(ledger, EventKind.TREATMENT), of_kind(ledger, EventKind.COMPLAINT)
    ends = {int(r["customer"]): int(r["time"]) for r in of_kind(ledger, EventKind.CHURN)}
    end = int(ledger.run["horizon"])
    charged = {}
    for row in treated:
        place = (int(row["customer"]), int(row["time"] // WINDOW))
        charged.setdefault(place, []).append((int(row["time"]), float(-row["amount"])))
    expected = {}
    for customer, time in places(asked):
        if time >= end:
            continue
        last = ends.get(customer, end)
        window = time // WINDOW
        # From the trigger to the end of its window, and then window by window while the days last.
        expected.setdefault((customer, window), time)
        window += 1
        while window * WINDOW < min(time + days * DAY, end) and window * WINDOW < last:
            expected[customer, window] = window * WINDOW
            window += 1
    assert set(charged) == set(expected)
    for place, begun in expected.items():
        until = min((place[1] + 1) * WINDOW, end)
        assert len(charged[place]) == 1, "an action in force is not bought twice"
        assert charged[place][0][0] == begun
        assert charged[place][0][1] == pytest.approx((until - begun) / DAY)
    return expected


@pytest.mark.parametrize("days", [1, 30, 100])
def test_a_standing_action_holds_for_its_days_to_the_end_of_the_window(days):
    rule = {
        "do": {"programme": "contact"},
        "cost": {"per_month": 30.0},
        "when": {"on": "complaint", "days": days},
    }
    ledger = simulate(_busy(reopen=0.0), made(rule))
    assert len(_covered(ledger, days)) > 100


def test_a_standing_action_is_in_force_no_longer_than_it_is_paid_for():
    """Raised quality by trigger: it is paid at each purchase in the charged time and at no other."""
    rules = [
        {"do": {"quality": 0.1}, "cost": {"per_month": 30.0}, "when": {"on": "complaint", "days": 40}},
    ]
    ledger = simulate(
        _busy(reopen=0.0, q_cost1=1.0, q_cost2=0.0, cross_rate=0.0, deal_depth=0.0), made(*rules)
    )
    treated, rows = of_kind(ledger, EventKind.TREATMENT), ledger.log()
    spans = {}
    for row in treated:
        spans.setdefault(int(row["customer"]), []).append(
            (int(row["time"]), (int(row["time"]) // WINDOW + 1) * WINDOW)
        )
    paid = {(int(r["customer"]), int(r["detail"])): r["amount"] for r in rows if r["component"] == 13}
    bought = of_kind(ledger, EventKind.PURCHASE)
    assert len(paid) > 100
    for row in bought:
        inside = any(a < row["time"] <= b for a, b in spans.get(int(row["customer"]), []))
        place = (int(row["customer"]), int(row["detail"]))
        assert (place in paid) == inside
        if inside:
            assert paid[place] == pytest.approx(-0.1 * row["amount"], rel=1e-9)


def test_with_a_budget_triggered_rules_wait_for_the_end_of_the_window():
    rule = OFFER | {"when": {"on": "complaint"}}
    ledger = simulate(_busy(), made(rule, budget={"per_year": 1e6}))
    treated, asked = of_kind(ledger, EventKind.TREATMENT), of_kind(ledger, EventKind.COMPLAINT)
    ends = {int(r["customer"]): int(r["time"]) for r in of_kind(ledger, EventKind.CHURN)}
    end = int(ledger.run["horizon"])
    due = {(i, -(-t // WINDOW) * WINDOW) for i, t in places(asked)}
    expected = sorted((i, t) for i, t in due if t < min(end, ends.get(i, end + 1)))
    assert len(treated) == len(expected) > 50
    assert places(treated) == expected


def test_a_small_budget_is_kept_and_goes_to_the_most_valuable():
    rule = OFFER | {"when": {"on": "purchase"}}
    ledger = simulate(_busy(horizon_days=360), made(rule, budget={"per_year": 25.0}))
    assert len(of_kind(ledger, EventKind.TREATMENT)) == 25


def test_a_survey_by_trigger_can_set_off_the_next_rule():
    rules = (
        {"when": {"on": "resolved"}, "do": {"survey": True}},
        OFFER | {"when": {"on": "low_survey"}},
    )
    ledger = simulate(_busy(survey_days=0, reopen=0.0), made(*rules))
    surveys = of_kind(ledger, EventKind.SURVEY)
    assert set(places(surveys)) <= set(places(of_kind(ledger, EventKind.RECOVERY)))
    low = surveys[(surveys["detail"] > 0) & (surveys["detail"] % 10 <= 2)]
    treated = of_kind(ledger, EventKind.TREATMENT)
    assert len(low) > 10 and len(treated) > 10
    # Each offer follows a low answer, at once or when the customer is next heard of in the same window.
    for row in treated:
        own = low["time"][(low["customer"] == row["customer"]) & (low["time"] <= row["time"])]
        assert row["time"] - own.max() <= WINDOW


def test_no_trigger_is_left_over_for_a_later_window():
    """A rule that begins on day 300 answers nothing that happened before."""
    rule = OFFER | {"when": {"on": "complaint", "from_day": 300}}
    ledger = simulate(_busy(), made(rule))
    asked = [place for place in places(of_kind(ledger, EventKind.COMPLAINT)) if place[1] >= 300 * DAY]
    assert places(of_kind(ledger, EventKind.TREATMENT)) == [p for p in asked if p[1] < ledger.run["horizon"]]


def test_more_standing_actions_by_trigger_than_a_record_can_hold_are_refused():
    rules = [{"do": {"programme": "contact"}, "when": {"on": "complaint"}}] * (TRIGGER_SLOTS + 1)
    rule_records(made(*rules[1:]), bare())
    with pytest.raises(InputError, match="at most"):
        rule_records(made(*rules), bare())


def test_slots_of_two_standing_actions_are_their_own():
    one = {
        "do": {"programme": "contact"},
        "cost": {"per_month": 30.0},
        "when": {"on": "complaint", "days": 1},
    }
    other = {
        "do": {"programme": "reward"},
        "cost": {"per_month": 30.0},
        "when": {"on": "complaint", "days": 100},
    }
    ledger = simulate(_busy(reopen=0.0), made(one, other))
    days = [
        -of_kind(ledger, EventKind.TREATMENT)["amount"][
            of_kind(ledger, EventKind.TREATMENT)["detail"] == k
        ].sum()
        for k in (0, 1)
    ]
    assert days[1] > 2 * days[0] > 0
    assert np.isfinite(days).all()
