"""Winning customers from outside: who inquires in the coming window, and what the firm does about it.

Called by :mod:`crmsim.firm` at the end of a window, for the whole of the next one. Calls,
advertising and answers in public are paid for by those whom they win: the cost of a window is shared
by the customers won in it, and counts toward their acquisition; where nobody is won it is carried over.
"""

from __future__ import annotations

import math

import numpy as np

from crmsim.branch import Branch
from crmsim.compiling import allocating, compiled
from crmsim.luck import Purpose, normal, uniform
from crmsim.model.customer import begin
from crmsim.model.prospects import decision_time, information, seen_fit, win_probability
from crmsim.model.records import DAY, WINDOW
from crmsim.model.referral import arrival_probability
from crmsim.model.traits import draw_traits
from crmsim.rule_records import RULE, ActionCode
from crmsim.treatment import acts

__all__ = ["let_in"]


def let_in(b: Branch, now: int, month: np.ndarray) -> None:
    """Let prospects inquire in the coming window; reputation, calls and advertising win some of them."""
    before = b.count
    inquirers = b.who_inquires(now + WINDOW)
    if not b.acts_as_a_whole and len(inquirers[0]) == 0:
        return
    canvass, advertise = (_acting(b, code, now) for code in (ActionCode.CANVASS, ActionCode.ADVERTISE))
    called = int(canvass["numbers"][0, 0])
    b.count = _convert(b.customers, before, *inquirers, 1.0, canvass, b.parameters, b.run)
    people = len(inquirers[0])
    if b.advertises:
        reached = _reached(*b.who_may_see(now + WINDOW), float(advertise["numbers"][0, 0]))
        belief = float(b.parameters["ad_belief"][0])
        b.count = _convert(b.customers, b.count, *reached, belief, canvass, b.parameters, b.run)
        people += len(reached[0])
    length = (min(now + WINDOW, b.horizon) - now) / WINDOW
    engage = _acting(b, ActionCode.ENGAGE, now)
    b.run["answered"] = engage["numbers"][0, 0]
    spent = people * called * float(canvass["use_cost"][0])
    spent += length * float(advertise["month_cost"][0] + engage["month_cost"][0])
    b.run["unshared"] += spent
    if b.count > before:
        newcomers = b.customers[before : b.count]
        draw_traits(newcomers, b.parameters)
        _begin_arrived(b.customers, before, b.count, b.parameters)
        newcomers["won_cost"] = b.run["unshared"] / len(newcomers)
        b.run["unshared"] = 0.0
    month["prospects"] = people
    month["arrived"] = b.count - before
    month["outreach"] = spent


def _acting(b: Branch, action: ActionCode, now: int) -> np.ndarray:
    """Return the first rule with an action for the whole firm that holds now, or one that does nothing."""
    for number in range(len(b.rules) - 1):
        rule = b.rules[number : number + 1]
        if rule["action"][0] == action and acts(rule[0], now):
            return rule
    return np.zeros(1, RULE)


@allocating
def _reached(times, keys, share):
    """Return those whom advertising of this strength reaches; more of it reaches the same and others."""
    chosen = np.empty(keys.shape[0], np.int64)
    found = 0
    for j in range(keys.shape[0]):
        if uniform(keys[j], Purpose.REACHED.value, 0) < share:
            chosen[found] = j
            found += 1
    return times[chosen[:found]], keys[chosen[:found]]


@compiled
def _convert(customers, count, times, keys, belief, canvass, parameters, run):
    """Give a place to those who will become customers; return the new count."""
    p = parameters[0]
    chance = belief * arrival_probability(run[0].reputation)
    calls = int(canvass[0].numbers[0])
    known = information(calls, canvass[0].numbers[1])
    for j in range(keys.shape[0]):
        key = keys[j]
        fit = normal(key, Purpose.TRAIT_FIT.value, 0)
        pull = p.fit_pull * fit + p.level_pull * normal(key, Purpose.TRAIT_RATE.value, 0)
        seen = seen_fit(fit, normal(key, Purpose.CALL_NOISE.value, 0), known)
        won = win_probability(chance, pull, seen, calls, p.persuade, p.pester)
        if uniform(key, Purpose.ARRIVAL_CONVERSION.value, 0) < won:
            c = customers[count]
            c.key = key
            c.number = count
            c.parent = -1
            c.entry = times[j] + math.ceil(decision_time(key, p.decision_days, p.decision_phases) * DAY)
            count += 1
    return count


@compiled
def _begin_arrived(customers, first, last, parameters):
    for i in range(first, last):
        begin(customers[i], parameters[0], customers[i].entry)
