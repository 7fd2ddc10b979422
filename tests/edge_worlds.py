"""Worlds in which the order of events could slip, each with a guard that it does happen there.

Without the guards two engines could agree on nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from generators import small
from small_worlds import bare, made, of_kind, places

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, WINDOW
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.strategies.base import DO_NOTHING, Strategy

__all__ = ["BUSY", "CLASSES", "WORLDS", "World"]


def _calls(ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Return when callers asked and when an agent took them, in the order of being taken (seconds)."""
    starts = of_kind(ledger, EventKind.CONTACT_START)
    return starts["time"] - starts["detail"], starts["time"]


def _most_wait(ledger: Ledger) -> bool:
    asked, taken = _calls(ledger)
    return len(asked) > 100 and (taken > asked).mean() > 0.5


def _over_a_window_end(ledger: Ledger) -> bool:
    ends = of_kind(ledger, EventKind.CONTACT_END)
    asked, taken = _calls(ledger)
    served = (ends["time"] - 1) // WINDOW > (ends["time"] - ends["detail"]) // WINDOW
    return served.sum() > 3 and ((taken - 1) // WINDOW > asked // WINDOW).sum() > 3


def _some_overtake(ledger: Ledger) -> bool:
    asked, _ = _calls(ledger)
    return (np.diff(asked) < 0).sum() > 10


def _some_hang_up(ledger: Ledger) -> bool:
    """Among those who left there are some whose last call nobody took."""
    people = len(ledger.customers)
    asked, taken = (
        np.bincount(of_kind(ledger, *kinds)["customer"], minlength=people)
        for kinds in (CALL, (EventKind.CONTACT_START,))
    )
    left = ledger.customers["left"] < ledger.horizon_days * DAY
    return (asked > taken)[left].sum() > 10


def _call_again_at_once(ledger: Ledger) -> bool:
    """Somebody calls in the very second in which an earlier call ends."""
    asked, ended = (set(places(of_kind(ledger, *kinds))) for kinds in (CALL, END))
    return len(asked & ended) > 20


def _second_of_many(
    kinds: tuple[EventKind, ...], others: tuple[EventKind, ...], least: int
) -> Callable[[Ledger], bool]:
    """Return a guard: in so many seconds one kind of thing happens to one customer, another to another."""

    def guard(ledger: Ledger) -> bool:
        who: dict[int, set[int]] = {}
        for customer, time in places(of_kind(ledger, *kinds)):
            who.setdefault(time, set()).add(customer)
        tied = {
            time for customer, time in places(of_kind(ledger, *others)) if who.get(time, set()) - {customer}
        }
        return len(tied) >= least

    return guard


def _happens(kind: EventKind, least: int = 1) -> Callable[[Ledger], bool]:
    return lambda ledger: len(of_kind(ledger, kind)) >= least


def _no_call_ends(ledger: Ledger) -> bool:
    return len(_calls(ledger)[0]) > 100 and not len(of_kind(ledger, *END))


def _asked_out_of_order(ledger: Ledger) -> bool:
    """The firm's last rows of a window are not in the order of the customers' numbers, and nobody is left."""
    asked = of_kind(ledger, EventKind.WIN_BACK_OFFER)
    last = asked[asked["time"] == asked["time"][-1]]["customer"]
    return bool((np.diff(last) < 0).any()) and ledger.months["tiers"][-1].sum() == 0


def _windows(number: int) -> Callable[[Ledger], bool]:
    return lambda ledger: len(ledger.months) == number


def _newcomers(ledger: Ledger) -> bool:
    people = ledger.customers[ledger.initial_count :]
    return (people["parent"] >= 0).any() and (people["parent"] < 0).any()


def _served_in_another_life(ledger: Ledger) -> bool:
    """Somebody asks, leaves, comes back, and only then is taken."""
    asked, taken = _calls(ledger)
    who = of_kind(ledger, EventKind.CONTACT_START)["customer"]
    back = {int(r["customer"]): int(r["time"]) for r in of_kind(ledger, EventKind.REACTIVATED)}
    return any(a < back.get(int(i), -1) <= t for i, a, t in zip(who, asked, taken, strict=True))


CALL = (EventKind.COMPLAINT, EventKind.INQUIRY)
BUY = (EventKind.PURCHASE,)
END = (EventKind.CONTACT_END,)
#: Everybody pays, has a problem and calls in one second, once a day, and is served within a second.
ALL_AT_ONCE = {
    "entry_days": 0, "renewal_days": 1, "horizon_days": 61, "problem_prob": 1.0, "compl_a": 0.0,
    "compl_b": 1.0, "desk_load": 0.0, "desk_agents": 3, "griev_hazard": 0.0, "quality_hazard": 0.0,
    "drop_b": 1e6,
}  # fmt: skip
#: Twice as many calls as one agent can take.
BUSY = {
    "desk_load": 2.0, "desk_agents": 1, "inquiry_mean": 30.0, "inquiry_shape": 0.0, "problem_prob": 0.5,
    "desk_contacts": 40.0, "griev_hazard": 0.5,
}  # fmt: skip
EQUAL_TIERS = {"tier_vip": 0.25, "tier_important": 0.25, "tier_ordinary": 0.25, "tier_every_days": 30}
_TIERS = ("vip", "important", "ordinary", "small")
CLASSES = made({"do": {"priority": dict(zip(_TIERS, (0, 1, 2, 3), strict=True))}})
UPSIDE_DOWN = made({"do": {"priority": dict(zip(_TIERS, (3, 2, 1, 0), strict=True))}})
ON_EVERY_TRIGGER = made(
    {"do": {"points": 0.5, "reward_value": 0.1, "gradient": 0.5}},
    {"do": {"survey": True}, "when": {"every": 60}, "cost": {"per_use": 0.1}},
    {"do": {"programme": "contact"}, "when": {"on": "acquired", "days": 45}, "cost": {"per_month": 1.0}},
    {"do": {"price": 0.1}, "when": {"on": "first_purchase", "days": 20}},
    {"do": {"survey": True}, "when": {"on": "purchase"}, "cost": {"per_use": 0.1}},
    {"do": {"recovery": 0.3, "compensation": 0.2}, "when": {"on": "problem", "days": 60}},
    {"do": {"priority": dict.fromkeys(_TIERS, 0)}, "when": {"on": "complaint", "days": 90}},
    {"do": {"save_offer": 1.0}, "when": {"on": "resolved"}, "cost": {"per_use": 1.0}},
    {"do": {"programme": "special"}, "when": {"on": "tier_up", "days": 30}},
    {"do": {"save_offer": 1.0}, "when": {"on": "tier_down"}},
    {"do": {"save_offer": 2.0}, "when": {"on": "decline_signal"}},
    {"do": {"refer": 3.0}, "when": {"on": "reward_earned", "days": 30}},
    {"do": {"terminate": True}, "when": {"on": "low_survey"}},
    {"do": {"win_back": 5.0}, "when": {"on": "lapsed"}},
)
HALF_BY_LOT = {"rank_by": "random", "top_share": 0.5}
RANKED_WITHIN_A_BUDGET = made(
    {"do": {"programme": "reward"}, "cost": {"per_month": 1.0}, "pick": HALF_BY_LOT},
    {"do": {"save_offer": 1.0}, "cost": {"per_use": 2.0}, "pick": HALF_BY_LOT | {"rank_by": "risk"}},
    {"do": {"programme": "contact"}, "when": {"on": "complaint"}, "cost": {"per_month": 1.0}},
    budget={"per_year": 120.0},
)
WIN_BACK = made(
    {"do": {"terminate": True}, "who": {"contacts": {"min": 40}}},
    {"do": {"win_back": 10.0}, "when": {"on": "lapsed"}, "cost": {"per_use": 1.0, "on_accept": 2.0}},
)
WIN_BACK_WITHIN_A_BUDGET = made(
    {"do": {"win_back": 0.0}, "when": {"on": "lapsed"}, "cost": {"per_use": 1.0}}, budget={"per_year": 1000.0}
)
OUTREACH = made(
    {"do": {"advertise": 1.0}, "cost": {"per_month": 5.0}},
    {"do": {"canvass": 2}, "cost": {"per_use": 1.0}},
    {"do": {"engage": 0.5}, "cost": {"per_month": 1.0}},
    {"do": {"refer": 5.0}},
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A scenario, a strategy, and what must happen in it."""

    scenario: Scenario
    happens: Callable[[Ledger], Any]
    strategy: Strategy = DO_NOTHING


WORLDS = {
    "an overloaded desk": World(small("retail", **BUSY | {"reopen": 0.9}), _most_wait),
    "calls over the end of a window": World(
        small("retail", **BUSY | {"desk_load": 10.0, "desk_contacts": 6.0, "horizon_days": 720}),
        _over_a_window_end,
    ),
    "calls that must be repeated": World(small("retail", **BUSY | {"reopen": 0.9}), _call_again_at_once),
    "classes at the desk": World(
        small("retail", **BUSY | EQUAL_TIERS | {"desk_load": 1.0, "reopen": 0.5}), _some_overtake, CLASSES
    ),
    "classes upside down": World(
        small("b2b", **BUSY | EQUAL_TIERS | {"desk_load": 0.8}), _some_overtake, UPSIDE_DOWN
    ),
    "callers who hang up": World(
        small("retail", customers=60, desk_load=6.0, desk_agents=1, inquiry_mean=30.0, desk_contacts=6.0,
              need_mean=3.0, decline_days=0.0),
        _some_hang_up,
    ),
    "classes, calling again and hanging up": World(
        small("retail", customers=60, desk_load=2.0, desk_agents=1, inquiry_mean=60.0, desk_contacts=40.0,
              need_mean=2.0, decline_days=0.0, reopen=0.5, entry_days=0, griev_hazard=0.0, **EQUAL_TIERS),
        lambda ledger: _some_hang_up(ledger) and _some_overtake(ledger) and _call_again_at_once(ledger),
        CLASSES,
    ),
    "a call taken in another life": World(
        small("retail", customers=40, desk_load=10.0, desk_agents=1, inquiry_mean=20.0, desk_contacts=6.0,
              need_mean=2.0, need_shape=0.0, decline_days=0.0, horizon_days=720),
        _served_in_another_life, WIN_BACK,
    ),
    "everybody calls in the same second": World(
        small("telecom", **ALL_AT_ONCE), _second_of_many(CALL, CALL, 30)
    ),
    "calls and ends in the same second": World(
        small("telecom", **ALL_AT_ONCE | {"reopen": 0.9}), _second_of_many(CALL, END, 100)
    ),
    "lives and ends in the same second": World(
        small("telecom", **ALL_AT_ONCE | {"back_days": 1e-6}),
        _second_of_many((EventKind.RECOVERY,), END, 100),
    ),
    "everybody pays on the day on which the window ends": World(
        small("telecom", entry_days=0, renewal_days=30, **BUSY | {"desk_load": 0.0}),
        _second_of_many(BUY, BUY, 10),
    ),
    "periods": World(
        small("retail", timing="periodic", buy_table=[0.9, 0.5], elasticity=0.0, renewal_days=1, entry_days=0,
              horizon_days=100, **BUSY),
        _second_of_many(BUY, BUY, 10),
    ),
    "a purchase every ten minutes": World(
        bare(customers=20, rate_mean=10_000.0, horizon_days=61, inquiry_mean=1000.0, desk_load=1.5,
             desk_contacts=1000.0, drop_b=1e-4, need_mean=0.5),
        _second_of_many(BUY, BUY, 20),
    ),
    "a rule for every trigger": World(
        small("retail", **BUSY | {"tier_every_days": 60, "horizon_days": 720}),
        _happens(EventKind.REWARD, 20),
        ON_EVERY_TRIGGER,
    ),
    "ranks and a budget": World(
        small("retail", **BUSY | {"horizon_days": 720}),
        _happens(EventKind.TREATMENT, 20), RANKED_WITHIN_A_BUDGET
    ),
    "everybody is gone and asked back within a budget": World(
        bare(customers=30, rate_mean=20.0, spend_q=3.0, need_mean=50.0, decline_days=0.0, horizon_days=150),
        _asked_out_of_order, WIN_BACK_WITHIN_A_BUDGET,
    ),
    "winning back under contract": World(
        small("telecom", customers=60, horizon_days=720, need_mean=1.0, **BUSY),
        _happens(EventKind.REACTIVATED, 5), WIN_BACK,
    ),
    "newcomers of all kinds": World(
        small("retail", arrivals=2.0, decision_days=20.0, decision_phases=4, ref_rate=20.0, ref_conv=1.0,
              ref_pool=2.0, public=1.0, **BUSY),
        _newcomers, OUTREACH,
    ),
    "changes on the way": World(
        small("retail", **BUSY, changes=[
            {"day": 90, "set": {"barriers": 0.0, "reopen": 0.9}, "trust_lost": 0.5},
            {"day": 210, "set": {"survey_days": 30, "quality": 0.7}},
        ]),
        _happens(EventKind.SURVEY, 20),
    ),
    "account managers, partnership and two channels": World(
        small("b2b", turnover=3.0, personal=0.8, digital_wish=0.5, digital_share=0.5, handover=2.0,
              split_share=0.5, back_days=5.0, fairness=1.0, poach=3.0, tier_every_days=60, **BUSY),
        _most_wait, find_strategy("key_accounts"),
    ),
    "calls that take centuries": World(
        small("retail", **BUSY | {"desk_agents": 10_000, "desk_contacts": 1.0}), _no_call_ends
    ),
    "one customer": World(
        small("telecom", customers=1, horizon_days=900, **BUSY | {"desk_load": 0.5}),
        _happens(EventKind.INQUIRY, 5),
    ),
    "a last window of one day": World(small("retail", horizon_days=121, **BUSY), _windows(5)),
    "a single window": World(small("b2b", horizon_days=30, entry_days=30, **BUSY), _windows(1)),
    "nothing at all": World(bare(customers=5, horizon_days=75), _happens(EventKind.PURCHASE, 5)),
}  # fmt: skip
