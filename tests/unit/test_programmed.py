"""Strategies written in Python: the same orders are the same history, and nothing hidden is seen."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small
from small_worlds import bare, made, of_kind

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import CUSTOMER, DAY, WINDOW
from crmsim.strategies.programmed import Order, ProgrammedStrategy
from crmsim.strategies.rules import HIDDEN, MEASURES, Action, Cost


def _programmed(decide, **more):
    return ProgrammedStrategy("programmed", "For a test.", decide, **{"currency": "CU"} | more)


def _run(decide, scenario=None, **more):
    return simulate(scenario or bare(customers=20, horizon_days=120), _programmed(decide, **more))


CASES = {
    "a programme for who has been here for long": (
        {"who": {"tenure_days": {"min": 100}}, "do": {"programme": "contact"}, "cost": {"per_month": 2.0}},
        lambda view: [
            Order(
                Action(programme="contact"),
                view.active.query("tenure_days >= 100").index,
                Cost(per_month=2.0),
            )
        ],
    ),
    "an offer for the quiet, every quarter": (
        {
            "who": {"recency_days": {"min": 60}},
            "do": {"save_offer": 1.2},
            "when": {"every": 90},
            "cost": {"per_use": 1.0, "in": "save_offer"},
        },
        lambda view: (
            [
                Order(
                    Action(save_offer=1.2),
                    view.active.query("recency_days >= 60").index,
                    Cost(per_use=1.0, unit="save_offer"),
                )
            ]
            if view.day % 90 == 0
            else []
        ),
    ),
    "an end for who is in red": (
        {"who": {"reviews_in_red": {"min": 1}, "tier": "small"}, "do": {"terminate": True}},
        lambda view: [
            Order(Action(terminate=True), view.active.query("reviews_in_red >= 1 and tier == 'small'").index)
        ],
    ),
    "asking back who said it was the price or the competitor": (
        {
            "who": {"cause": ["price", "competitor"]},
            "when": {"on": "lapsed"},
            "do": {"win_back": 3.0},
            "cost": {"per_use": 0.2, "on_accept": 0.8, "in": "win_back"},
        },
        lambda view: [
            Order(
                Action(win_back=3.0),
                view.lost.query("cause in ('price', 'competitor')").index,
                Cost(per_use=0.2, on_accept=0.8, unit="win_back"),
            )
        ],
    ),
    "a survey for everybody": (
        {"do": {"survey": True}, "when": {"every": 30}},
        lambda view: [Order(Action(survey=True), view.active.index)],
    ),
}


def _by_customer(ledger: Ledger) -> bytes:
    """Return the events by time and customer: rules are applied customer by customer, orders one by one."""
    events = ledger.log()
    return events[np.lexsort((events["customer"], events["time"]))].tobytes()


@pytest.mark.parametrize("name", CASES)
def test_orders_do_what_the_equivalent_rule_does(name):
    rule, decide = CASES[name]
    scenario = small("retail", customers=150, horizon_days=720, tier_every_days=90)
    by_rule, by_order = simulate(scenario, made(rule)), _run(decide, scenario)
    assert _by_customer(by_rule) == _by_customer(by_order)
    assert by_rule.months.tobytes() == by_order.months.tobytes()
    assert by_rule.log().tobytes() != simulate(scenario).log().tobytes()


def test_the_view_holds_what_rules_can_ask_for_and_nothing_hidden():
    seen = []

    def look(view):
        seen.append(view)
        return []

    ledger = _run(look, small("retail", customers=100, horizon_days=360))
    assert [view.day for view in seen] == list(range(30, 360, 30))
    columns = ["stage", "tier", *MEASURES]
    for view in seen:
        assert list(view.active.columns) == columns
        assert list(view.lost.columns) == [*columns, "cause"]
    hidden = (set(HIDDEN) | set(CUSTOMER.names)) - set(columns) - {"cause", "stage"}
    assert hidden.isdisjoint(seen[0].active.columns)
    # The lost are those who left by themselves 30 to 60 days ago, with what they said.
    people, last = ledger.customers, seen[-1]
    away = last.day * DAY - people["left"]
    expected = np.flatnonzero((away >= 30 * DAY) & (away < 60 * DAY))
    assert last.lost.index.tolist() == expected.tolist() and len(expected) > 0
    said = {
        0: "unknown",
        1: "natural",
        2: "quality",
        3: "need_ended",
        4: "service_failure",
        5: "neglect",
        6: "price",
        7: "competitor",
    }
    assert last.lost["cause"].tolist() == [said[int(c)] for c in people["stated_cause"][expected]]


def test_looking_changes_nothing_and_cannot_change_anything():
    def meddle(view):
        view.active.loc[:, "net_12m"] = 1e9
        view.score("risk", 1.2)
        return []

    scenario = small("retail", horizon_days=360)
    assert _run(meddle, scenario).log().tobytes() == simulate(scenario).log().tobytes()


def test_scores_are_those_that_rules_rank_by():
    """The tenth with the highest lift, by rule and by order."""
    rule = {
        "do": {"save_offer": 1.2},
        "when": {"every": 90},
        "cost": {"per_use": 1.0},
        "pick": {"rank_by": "lift", "top_share": 0.1},
    }

    def decide(view):
        if view.day % 90:
            return []
        lift = view.score("lift", 1.2).sort_values(ascending=False)
        return [Order(Action(save_offer=1.2), lift.index[: int(np.ceil(0.1 * len(lift)))], Cost(per_use=1.0))]

    scenario = small("retail", customers=200, horizon_days=300)
    picked = [
        {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.TREATMENT)}
        for ledger in (simulate(scenario, made(rule)), _run(decide, scenario))
    ]
    assert picked[0] == picked[1] and len(picked[0]) > 20


def test_an_order_holds_for_one_window():
    def once(view):
        return [Order(Action(quality=0.1), view.active.index)] if view.day == 60 else []

    ledger = _run(once, bare(rate_mean=20.0, spend_mean=100.0, q_cost1=1.0, horizon_days=180))
    rows = ledger.log()
    raised = rows[rows["component"] == 13]
    bought = of_kind(ledger, EventKind.PURCHASE)
    inside = (bought["time"] > 2 * WINDOW) & (bought["time"] <= 3 * WINDOW)
    assert raised["time"].tolist() == bought["time"][inside].tolist() and inside.sum() > 50


def test_a_customer_named_twice_is_treated_once():
    ledger = _run(lambda view: [Order(Action(programme="reward"), [3, 3, 3], Cost(per_month=1.0))])
    assert (of_kind(ledger, EventKind.TREATMENT)["time"] == np.array([30, 60, 90]) * DAY).all()


BAD = {
    "somebody who does not exist": lambda view: [Order(Action(quality=0.1), [99_999])],
    "a negative number": lambda view: [Order(Action(quality=0.1), [-1])],
    "something else than an order": lambda view: ["contact"],
    "too many orders": lambda view: [Order(Action(quality=0.1), [0])] * 201,
    "asking back who is still here": lambda view: [Order(Action(win_back=1.0), [0])],
    "an amount of money without a currency": lambda view: [
        Order(Action(quality=0.1), [0], Cost(per_month=1.0))
    ],
}


@pytest.mark.parametrize("name", BAD)
def test_bad_orders_are_refused(name):
    with pytest.raises(InputError, match="programmed"):
        _run(BAD[name], currency=None)


def test_treating_somebody_who_left_is_refused():
    def late(view):
        return [Order(Action(programme="contact"), view.lost.index)] if len(view.lost) else []

    with pytest.raises(InputError, match="active"):
        _run(late, bare(rate_mean=12.0, drop_b=0.3, horizon_days=360))


def test_a_score_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match="score"):
        _run(lambda view: view.score("luck", 1.0))


@pytest.mark.parametrize("more", [{"rules": ("x",)}, {"decide": 3}, {"name": "Bad Name"}])
def test_a_programmed_strategy_is_checked_when_it_is_made(more):
    with pytest.raises(InputError):
        ProgrammedStrategy(**{"name": "good", "about": "x", "decide": lambda view: []} | more)
