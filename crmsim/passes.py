"""What happens to every customer at the end of a window, in compiled loops over all of them.

Each loop does as much as it can with a customer before it turns to the next: fetching a record takes
longer than working on it. What concerns one customer alone may be done in any order of customers;
:mod:`crmsim.firm` says what comes when.
"""

from __future__ import annotations

import numpy as np

from crmsim.compiling import allocating, compiled, fetch
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, child_key, exponential, future_key, uniform
from crmsim.model.booking import book, mark, note
from crmsim.model.customer import (
    begin,
    charge_account,
    lose_manager,
    pass_time,
    pass_window,
    plan,
    shares_left,
)
from crmsim.model.loyalty import status_shift
from crmsim.model.records import (
    BOOKS_BYTES,
    CAUSE_COUNT,
    CLOCKS,
    COMPONENT_COUNT,
    DAY,
    MONTHS_KEPT,
    PLANS_BYTES,
    WINDOW,
    Trigger,
)
from crmsim.model.referral import conversion_probability, heard, reputation_after, talk_weight
from crmsim.model.survey import ask
from crmsim.rule_records import ActionCode, Measure
from crmsim.stages import Stage, Status
from crmsim.treatment import eligible, hold, holds, measure, observe, share_seen, treat, untreat

__all__ = [
    "AHEAD",
    "MOST_ROWS_OPENED",
    "MOST_ROWS_TREATED",
    "active_customers",
    "begin_referred",
    "close_books",
    "enter_future",
    "open_window",
    "retier",
    "settle_referrals",
    "spread_word",
    "trailing_revenue",
    "treat_all",
    "who_is_due",
]

#: So many customers ahead their records are fetched.
AHEAD = 6
#: The most rows that one customer can cause: a signal, a charge and a survey as a window opens; a
#: treatment, and with it either an end of the relationship (what is said, a change of stage, the end) or
#: a return.
MOST_ROWS_OPENED, MOST_ROWS_TREATED = 3, 4


@compiled
def close_books(customers, present, parameters, run, counts, month, active, now):
    """Bring everybody up to date, and move the money of the window to the trailing year and the month.

    Parameters
    ----------
    customers, parameters, run, month : arrays of records
    present : array of int32
        Numbers of all for whom something could have happened in the window, rising. Those for whom
        nothing can any more are taken out.
    counts : array of bool, by component
        Which components make up a customer's contribution.
    active : array of int32, at least as long as `present`
        Receives the numbers of the active customers.
    now : int
        Seconds.

    Returns
    -------
    present, active, prospects : int
        How many there are of each.
    """
    p, r, m = parameters[0], run[0], month[0]
    # The window that ends now; the last one of a run may be shorter than the others.
    slot = (now - 1) // WINDOW % MONTHS_KEPT
    # Most customers had no event, and for them all the same time has gone by.
    days = (now - r.window_start) / DAY
    left = shares_left(p, days)
    kept = found = prospects = 0
    for k in range(present.shape[0]):
        fetch(customers, present[min(k + AHEAD, present.shape[0] - 1)], BOOKS_BYTES)
        i = present[k]
        c = customers[i]
        if c.status == Status.PROSPECT or c.status == Status.ACTIVE or r.wins_back:
            present[kept] = i
            kept += 1
        if c.status == Status.PROSPECT:
            prospects += 1
            continue
        if c.status == Status.ACTIVE:
            active[found] = i
            found += 1
            if c.updated == r.window_start:
                pass_window(c, p, now, days, left)
            else:
                pass_time(c, p, now)
        net = 0.0
        for component in range(COMPONENT_COUNT):
            m.amounts[component, c.tier] += c.window[component]
            if counts[component]:
                net += c.window[component]
        c.revenue_months[slot] = c.window[Component.REVENUE]
        c.net_months[slot] = net
        for component in range(COMPONENT_COUNT):
            c.window[component] = 0.0
    return kept, found, prospects


@compiled
def active_customers(customers, count, active):
    """Fill `active` with the numbers of the active customers; return how many there are."""
    found = 0
    for i in range(count):
        if customers[i].status == Status.ACTIVE:
            active[found] = i
            found += 1
    return found


@allocating
def trailing_revenue(customers, active):
    """Return what the firm sees of each active customer's revenue in the last twelve windows, in currency."""
    revenue = np.empty(active.shape[0])
    for k in range(active.shape[0]):
        c = customers[active[k]]
        total = 0.0
        for month in range(MONTHS_KEPT):
            total += c.revenue_months[month]
        revenue[k] = total * share_seen(c)
    return revenue


@compiled
def retier(customers, active, tiers, parameters, run, log, month, now):
    """Put the active customers into the tiers of a review, and let them feel it where they see it."""
    p, r, m = parameters[0], run[0], month[0]
    for k in range(active.shape[0]):
        c = customers[active[k]]
        before, after = c.tier, int(tiers[k])
        m.moves[before, after] += 1
        c.tier = after
        if after != before:
            c.attitude = status_shift(c.attitude, after < before, p.tiers_visible)
            mark(c, Trigger.TIER_UP.value if after < before else Trigger.TIER_DOWN.value)
        in_red = measure(c, Measure.NET_12M.value, now) < 0.0
        c.reviews_in_red = c.reviews_in_red + 1 if in_red else 0
        if after < before:
            note(c, r, log, now, EventKind.PROMOTION.value, before, 0.0, Component.NONE.value)
        elif after > before:
            note(c, r, log, now, EventKind.DEMOTION.value, before, 0.0, Component.NONE.value)


@compiled
def settle_referrals(customers, count, active, parameters, run, log, now):
    """Decide which recommendations of the window bring a customer; return the new count.

    Those of customers who left in the window come to nothing: nothing happens after an end.
    """
    p, r = parameters[0], run[0]
    chance = conversion_probability(p.ref_conv, r.reputation, float(r.referred), float(r.pool))
    last = count
    for k in range(active.shape[0]):
        c = customers[active[k]]
        while c.referrals_settled < c.referrals:
            c.referrals_settled += 1
            if r.referred >= r.pool or now + WINDOW >= r.horizon:
                continue
            if uniform(c.key, Purpose.REFERRAL_CONVERSION.value, c.referrals_settled) < chance:
                child = customers[last]
                child.key = child_key(c.key, c.referrals_settled)
                child.number = last
                child.parent = active[k]
                child.generation = c.generation + 1
                r.referred += 1
                saved = p.acq_cost - c.referral_bonus
                book(c, p, r, log, now, EventKind.REFERRED.value, last, saved, Component.CLV5.value)
                c.cash -= c.referral_bonus
                last += 1
    return last


@compiled
def begin_referred(customers, first, last, parameters, now):
    """Let those who were recommended arrive some time in the coming window."""
    for i in range(first, last):
        c = customers[i]
        begin(c, parameters[0], now + 1 + int(uniform(c.key, Purpose.ENTRY.value, 0) * (WINDOW - 1)))


@compiled
def spread_word(parameters, run, initial, now):
    """Let recommendations and departures of the window change the firm's reputation.

    Parameters
    ----------
    parameters, run : arrays of records
    initial : int
        Customers of the initial cohort.
    now : int
        Seconds.
    """
    p, r = parameters[0], run[0]
    blame = 0.0
    for cause in range(CAUSE_COUNT):
        blame += talk_weight(cause) * r.losses[cause]
        r.losses[cause] = 0
    r.reputation = reputation_after(
        r.reputation,
        heard(p.rep_pos * r.recommendations / initial, p.public, r.answered),
        heard(p.rep_neg * blame / initial, p.public, -r.answered),
        (now - r.window_start) / DAY,
    )
    r.recommendations = 0


@compiled
def enter_future(customers, count, number):
    """Give everybody the luck of another future from here on.

    What is left of a clock's budget is drawn anew as well: an exponential budget that has not run out
    is distributed as a fresh one.

    Parameters
    ----------
    customers : array of records
        The first `count` are people.
    number : int
        Of the future, from 1.
    """
    for i in range(count):
        c = customers[i]
        c.key = future_key(c.key, number)
        for k in range(CLOCKS):
            c.budget[k] = exponential(c.key, Purpose.CLOCK.value + k, c.rings[k])


@compiled
def open_window(
    customers, active, waiting, parameters, rules, numbers, run, log, month, now, opens, surveys, closes
):
    """Do what has to be done with each active customer before the next window.

    Parameters
    ----------
    customers, parameters, rules, run, log, month : arrays of records
    active : array of int32
        Numbers of the customers.
    waiting : array of int32, by customer
        Receives what happened to them and was not answered yet, where rules wait for that.
    numbers : array of int64
        The rules to be applied, in their order; none of them compares customers with one another.
    now : int
        Seconds.
    opens : bool
        Whether the account is charged and earlier treatments are taken back.
    surveys : bool
        Whether, then, everybody is surveyed.
    closes : bool
        Whether, at the end, everybody is counted and plans anew.
    """
    p, r, m = parameters[0], run[0], month[0]
    for k in range(active.shape[0]):
        fetch(customers, active[min(k + AHEAD, active.shape[0] - 1)], PLANS_BYTES)
        i = active[k]
        c = customers[i]
        if opens:
            _observe_and_charge(c, p, r, log, now)
            if surveys:
                ask(c, p, r, log, now)
            if r.triggered:
                waiting[i] = c.triggers
            # What happens from here on is marked anew, and waits for the next occasion.
            c.triggers = 0
        for number in numbers:
            if c.status == Status.ACTIVE:
                _apply(c, waiting[i] if r.triggered else 0, p, rules[number], number, r, log, now)
        if closes and c.status == Status.ACTIVE:
            _count(c, m)
            plan(c, p, now)


@compiled
def _observe_and_charge(c, p, run, log, now):
    """Note the observed stage, charge the account for the coming window, and take back old treatments."""
    before = c.observed_stage
    c.observed_stage = observe(c, p, now)
    if c.observed_stage == Stage.DECLINE and before != Stage.DECLINE:
        mark(c, Trigger.DECLINE_SIGNAL.value)
        note(c, run, log, now, EventKind.DECLINE_SIGNAL.value, before, 0.0, Component.NONE.value)
    charge_account(c, p, run, log, now, run.window_end)
    if c.managed:
        lose_manager(c, p, now)
    untreat(c)


@compiled
def _apply(c, waiting, p, rule, number, run, log, now):
    """Apply a rule to a customer, where it is due to this one."""
    if _is_due(c, waiting, rule, now):
        _treat(c, waiting, p, rule, number, run, log, now)


@compiled
def _is_due(c, waiting, rule, now):
    """Return whether a rule is for this customer now: by its conditions, or by what it waits for.

    What has happened still waits for an answer, or still keeps the action in force.
    """
    if rule.on < 0:
        return eligible(c, rule, now)
    return _happened(c, waiting, rule, now) or holds(c, rule, now)


@compiled
def _happened(c, waiting, rule, now):
    """Return whether what a rule waits for has happened to a customer whom it is meant for."""
    return (waiting >> rule.on) & 1 and eligible(c, rule, now)


@compiled
def _treat(c, waiting, p, rule, number, run, log, now):
    if rule.on >= 0 and _happened(c, waiting, rule, now):
        hold(c, rule, now)
    treat(c, p, rule, number, run, log, now, run.window_end)


@compiled
def _count(c, m):
    """Count where a customer stands, and how satisfied, at the end of the window."""
    m.stages[c.stage] += 1
    m.observed[c.observed_stage] += 1
    m.tiers[c.tier] += 1
    m.satisfaction[c.tier] += c.satisfaction
    m.ratio[c.tier] += c.ratio
    m.attitude[c.tier] += c.attitude
    m.satisfied[c.tier] += 1 if c.ratio >= 0.97 else 0


@allocating
def who_is_due(customers, active, waiting, rule, now):
    """Return the numbers of those whom a rule is for now."""
    chosen = np.empty(active.shape[0], np.int64)
    found = 0
    for k in range(active.shape[0]):
        c = customers[active[k]]
        happened = waiting[active[k]] if rule[0].on >= 0 else 0
        if c.status == Status.ACTIVE and _is_due(c, happened, rule[0], now):
            chosen[found] = active[k]
            found += 1
    return chosen[:found]


@compiled
def treat_all(customers, chosen, waiting, parameters, rule, number, run, log, now):
    """Apply a rule to those chosen."""
    p, r = parameters[0], run[0]
    for k in range(chosen.shape[0]):
        c = customers[chosen[k]]
        if c.status == Status.ACTIVE or rule[0].action == ActionCode.WIN_BACK:
            _treat(c, waiting[chosen[k]] if r.triggered else 0, p, rule[0], number, r, log, now)
