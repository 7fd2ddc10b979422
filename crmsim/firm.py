"""What the firm does at the end of each window of 30 days.

In this order, which is the only one: everybody is brought up to date, the books of the window are
closed, tiers are reviewed (when it is time), word of mouth has its effect, stages are observed,
accounts are charged, the strategy is applied, a snapshot is taken, and everybody plans anew.
Whatever one customer does to another takes effect here, never inside a window.
"""

from __future__ import annotations

import numpy as np

from crmsim.branch import Branch
from crmsim.compiling import compiled
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.luck import Purpose, child_key, uniform, uniforms
from crmsim.model.booking import book, note
from crmsim.model.customer import begin, charge_account, pass_time, plan
from crmsim.model.records import CAUSE_COUNT, COMPONENT_COUNT, DAY, MONTHS_KEPT, WINDOW
from crmsim.model.referral import conversion_probability, reputation_after, talk_weight
from crmsim.model.tiers import assign_tiers
from crmsim.model.traits import draw_traits
from crmsim.scores import Score, score
from crmsim.stages import Stage, Status
from crmsim.strategies.base import MAX_RULES
from crmsim.treatment import Measure, eligible, measure, observe, treat, untreat

__all__ = ["close_window"]

#: The most rows that one customer can cause: a signal and a charge; a treatment, and either a change
#: of mind with a change of stage or an end of the relationship with one.
_ROWS_OF_CHARGE, _ROWS_OF_TREATMENT = 2, 3
_COUNTS = np.array([info.counts for info in COMPONENTS.values()])


def close_window(branch: Branch, now: int) -> None:
    """Do the firm's work at the end of a window (seconds), and open the next one."""
    b = branch
    _bring_up_to_date(b.customers, b.count, b.parameters, now)
    month = b.new_month(now)
    # The window that ends now; the last one of a run may be shorter than the others.
    slot = (now - 1) // WINDOW % MONTHS_KEPT
    _close_books(b.customers, b.count, b.run, slot, _COUNTS, month)
    if now % (int(b.parameters["tier_every_days"][0]) * DAY) == 0:
        _review_tiers(b, now, month)
    _word_of_mouth(b, now)
    b.make_room(_ROWS_OF_CHARGE)
    b.next_window(now)
    _observe_and_charge(b.customers, b.count, b.parameters, b.run, b.log, now)
    if now < b.horizon:
        _apply_strategy(b, now)
    month["events"] = b.run["events"]
    _snapshot(b.customers, b.count, b.run, month)
    _plan_all(b.customers, b.count, b.parameters, now)


@compiled
def _bring_up_to_date(customers, count, parameters, now):
    for i in range(count):
        if customers[i].status == Status.ACTIVE:
            pass_time(customers[i], parameters[0], now)


@compiled
def _close_books(customers, count, run, slot, counts, month):
    """Move the money of the window to the trailing year and to the month's table, tier by tier."""
    start = run[0].window_start
    m = month[0]
    for i in range(count):
        c = customers[i]
        if c.entered > run[0].window_end or c.left < start:
            continue
        net = 0.0
        for k in range(COMPONENT_COUNT):
            m.amounts[k, c.tier] += c.window[k]
            if counts[k]:
                net += c.window[k]
        c.revenue_months[slot] = c.window[Component.REVENUE]
        c.net_months[slot] = net
        for k in range(COMPONENT_COUNT):
            c.window[k] = 0.0


def _word_of_mouth(b: Branch, now: int) -> None:
    """Let recommendations bring customers and departures cost reputation."""
    p, run = b.parameters[0], b.run[0]
    before = b.count
    b.make_room(1)
    b.count = _settle_referrals(b.customers, b.count, b.parameters, b.run, b.log, now)
    if b.count > before:
        newcomers = b.customers[before : b.count]
        draw_traits(newcomers, b.parameters)
        _begin_referred(b.customers, before, b.count, b.parameters, now)
    blame = sum(talk_weight(cause) * int(run["losses"][cause]) for cause in range(CAUSE_COUNT))
    days = (now - int(run["window_start"])) / DAY
    run["reputation"] = reputation_after(
        float(run["reputation"]),
        float(p["rep_pos"]) * int(run["recommendations"]) / b.initial,
        float(p["rep_neg"]) * blame / b.initial,
        days,
    )
    run["recommendations"] = 0
    run["losses"] = 0


@compiled
def _settle_referrals(customers, count, parameters, run, log, now):
    """Decide which recommendations of the window bring a customer; return the new count.

    Those of customers who left in the window come to nothing: nothing happens after an end.
    """
    p = parameters[0]
    r = run[0]
    chance = conversion_probability(p.ref_conv, r.reputation, float(r.referred), float(r.pool))
    last = count
    for i in range(count):
        c = customers[i]
        while c.referrals_settled < c.referrals:
            c.referrals_settled += 1
            if c.status != Status.ACTIVE or last >= customers.shape[0] or now + WINDOW >= r.horizon:
                continue
            if uniform(c.key, Purpose.REFERRAL_CONVERSION, c.referrals_settled) < chance:
                child = customers[last]
                child.key = child_key(c.key, c.referrals_settled)
                child.number = last
                child.parent = i
                child.generation = c.generation + 1
                r.referred += 1
                book(
                    c,
                    p,
                    r,
                    log,
                    now,
                    EventKind.REFERRED.value,
                    last,
                    p.acq_cost - p.referral_bonus,
                    Component.CLV5.value,
                )
                c.cash -= p.referral_bonus
                last += 1
    return last


@compiled
def _begin_referred(customers, first, last, parameters, now):
    """Let those who were recommended arrive some time in the coming window."""
    for i in range(first, last):
        c = customers[i]
        begin(c, parameters[0], now + 1 + int(uniform(c.key, Purpose.ENTRY, 0) * (WINDOW - 1)))


def _review_tiers(b: Branch, now: int, month: np.ndarray) -> None:
    """Rank the active customers by trailing revenue and assign tiers."""
    active = np.flatnonzero(b.customers["status"][: b.count] == Status.ACTIVE)
    p = b.parameters[0]
    revenue = b.customers["revenue_months"][active].sum(axis=1)
    shares = (float(p["tier_vip"]), float(p["tier_important"]), float(p["tier_ordinary"]))
    b.make_room(1)
    _retier(b.customers, active, assign_tiers(revenue, shares), b.run, b.log, now, month)


@compiled
def _retier(customers, active, tiers, run, log, now, month):
    for k in range(active.shape[0]):
        c = customers[active[k]]
        before, after = c.tier, int(tiers[k])
        month[0].moves[before, after] += 1
        c.tier = after
        if after < before:
            note(c, run[0], log, now, EventKind.PROMOTION.value, before, 0.0, Component.NONE.value)
        elif after > before:
            note(c, run[0], log, now, EventKind.DEMOTION.value, before, 0.0, Component.NONE.value)


@compiled
def _observe_and_charge(customers, count, parameters, run, log, now):
    """Note the observed stage, charge the account for the coming window, and take back old treatments."""
    for i in range(count):
        c = customers[i]
        if c.status != Status.ACTIVE:
            continue
        before = c.observed_stage
        c.observed_stage = observe(c, parameters[0], now)
        if c.observed_stage == Stage.DECLINE and before != Stage.DECLINE:
            note(c, run[0], log, now, EventKind.DECLINE_SIGNAL.value, before, 0.0, Component.NONE.value)
        charge_account(c, parameters[0], run[0], log, now, run[0].window_end)
        untreat(c)


def _apply_strategy(b: Branch, now: int) -> None:
    """Apply the rules in their order; rank and stop at the budget where the strategy says so."""
    for number in range(len(b.rules) - 1):
        rule = b.rules[number : number + 1]
        if (now // WINDOW) % int(rule["every"][0]) != 0:
            continue
        chosen = _who_is_eligible(b.customers, b.count, rule, now)
        chosen = _pick(b, rule[0], number, chosen, now)
        chosen = _afford(b, rule[0], number, chosen, now)
        b.make_room(_ROWS_OF_TREATMENT)
        _treat_all(b.customers, chosen, b.parameters, rule, number, b.run, b.log, now)


@compiled
def _who_is_eligible(customers, count, rule, now):
    chosen = np.empty(count, np.int64)
    found = 0
    for i in range(count):
        if customers[i].status == Status.ACTIVE and eligible(customers[i], rule[0], now):
            chosen[found] = i
            found += 1
    return chosen[:found]


@compiled
def _measures(customers, chosen, code, now):
    known = np.empty(chosen.shape[0])
    for k in range(chosen.shape[0]):
        known[k] = measure(customers[chosen[k]], code, now)
    return known


@compiled
def _scores(customers, chosen, parameters, code, strength, now):
    known = np.empty(chosen.shape[0])
    for k in range(chosen.shape[0]):
        c = customers[chosen[k]]
        known[k] = score(c, parameters[0], code, strength, measure(c, Measure.NET_12M, now), now)
    return known


def _ranked(b: Branch, rule: np.record, number: int, chosen: np.ndarray, code: int, now: int) -> np.ndarray:
    """Return those chosen, the highest measure or score first; ties and a code of -1 by lot."""
    lot = np.empty(len(chosen))
    # Each rule draws its own lots, so that two rules by lot do not pick the same people.
    address = now // WINDOW * (MAX_RULES + 1) + number
    uniforms(np.ascontiguousarray(b.customers["key"][chosen]), int(Purpose.RANK), address, lot)
    if code < 0:
        return chosen[np.argsort(lot, kind="stable")]
    if code < Score.RISK:
        known = _measures(b.customers, chosen, code, now)
    else:
        strength = float(rule["numbers"][0])
        known = _scores(b.customers, chosen, b.parameters, code, strength, now)
    return chosen[np.lexsort((lot, -known))]


def _pick(b: Branch, rule: np.record, number: int, chosen: np.ndarray, now: int) -> np.ndarray:
    if rule["rank_by"] == -2:
        return chosen
    keep = int(np.ceil(rule["top_share"] * len(chosen) - 1e-9))
    return _ranked(b, rule, number, chosen, int(rule["rank_by"]), now)[:keep]


def _afford(b: Branch, rule: np.record, number: int, chosen: np.ndarray, now: int) -> np.ndarray:
    """Cut the list where the year's budget ends; the most valuable come first unless ranked before."""
    if b.budget_per_year is None:
        return chosen
    length = (int(b.run["window_end"][0]) - now) / WINDOW
    cost = float(rule["use_cost"]) + float(rule["month_cost"]) * length
    if cost <= 0.0:
        return chosen
    if rule["rank_by"] == -2:
        chosen = _ranked(b, rule, number, chosen, int(Measure.REVENUE_12M), now)
    chosen = chosen[: int(b.budget_left(now) / cost + 1e-9)]
    b.spent += cost * len(chosen)
    return chosen


@compiled
def _treat_all(customers, chosen, parameters, rule, number, run, log, now):
    for k in range(chosen.shape[0]):
        c = customers[chosen[k]]
        if c.status == Status.ACTIVE:
            treat(c, parameters[0], rule[0], number, run[0], log, now, run[0].window_end)


@compiled
def _snapshot(customers, count, run, month):
    """Count who is where, and how satisfied, at the end of the window."""
    m = month[0]
    m.customers = count
    m.reputation = run[0].reputation
    for i in range(count):
        c = customers[i]
        m.stages[c.stage] += 1
        if c.status != Status.ACTIVE:
            continue
        m.observed[c.observed_stage] += 1
        m.tiers[c.tier] += 1
        m.satisfaction[c.tier] += c.satisfaction
        m.ratio[c.tier] += c.ratio
        m.attitude[c.tier] += c.attitude
        m.satisfied[c.tier] += 1 if c.ratio >= 0.97 else 0


@compiled
def _plan_all(customers, count, parameters, now):
    for i in range(count):
        if customers[i].status == Status.ACTIVE:
            plan(customers[i], parameters[0], now)
