"""What the firm does at the end of each window of 30 days.

In this order, which is the only one: everybody is brought up to date, the books of the window are
closed, the situation changes (where the scenario says so), tiers are reviewed (when it is time), word
of mouth has its effect, prospects inquire, stages are observed and accounts charged, customers are
surveyed (when it is time), the strategy is applied, a snapshot is taken, and everybody plans anew.
Whatever one customer does to another takes effect here, never inside a window.
"""

from __future__ import annotations

import numpy as np

from crmsim.acquisition import let_in
from crmsim.branch import Branch
from crmsim.compiling import compiled
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.firm_view import active_scores, firm_view, known_measures, who_may_return
from crmsim.luck import Purpose, child_key, uniform, uniforms
from crmsim.model.booking import book, mark, note
from crmsim.model.customer import begin, charge_account, lose_manager, pass_time, plan
from crmsim.model.loyalty import status_shift
from crmsim.model.records import CAUSE_COUNT, COMPONENT_COUNT, DAY, MONTHS_KEPT, WINDOW, Trigger
from crmsim.model.referral import (
    conversion_probability,
    heard,
    reputation_after,
    talk_weight,
)
from crmsim.model.survey import ask
from crmsim.model.tiers import assign_tiers
from crmsim.model.traits import draw_traits
from crmsim.rule_records import BY_LOT, NOT_RANKED, ActionCode, Measure, order_record
from crmsim.scores import Score
from crmsim.stages import Stage, Status
from crmsim.strategies.base import MAX_RULES
from crmsim.strategies.programmed import ProgrammedStrategy
from crmsim.treatment import (
    acts,
    eligible,
    hold,
    holds,
    measure,
    observe,
    treat,
    untreat,
)

__all__ = ["close_window"]

#: The most rows that one customer can cause: a signal and a charge; a treatment, and with it either an
#: end of the relationship (what is said, a change of stage, the end) or a return.
_ROWS_OF_CHARGE, _ROWS_OF_TREATMENT = 2, 4
_COUNTS = np.array([info.counts for info in COMPONENTS.values()])


def close_window(branch: Branch, now: int) -> None:
    """Do the firm's work at the end of a window (seconds), and open the next one."""
    b = branch
    _bring_up_to_date(b.customers, b.count, b.parameters, now)
    month = b.new_month(now)
    # The window that ends now; the last one of a run may be shorter than the others.
    slot = (now - 1) // WINDOW % MONTHS_KEPT
    _close_books(b.customers, b.count, b.run, slot, _COUNTS, month)
    _change_situation(b, now)
    if now % (int(b.parameters["tier_every_days"][0]) * DAY) == 0:
        _review_tiers(b, now, month)
    _word_of_mouth(b, now)
    let_in(b, now, month)
    b.make_room(_ROWS_OF_CHARGE)
    b.next_window(now)
    _observe_and_charge(b.customers, b.count, b.parameters, b.run, b.log, now)
    survey_days = int(b.parameters["survey_days"][0])
    if survey_days and now % (survey_days * DAY) == 0:
        b.make_room(1)
        _survey(b.customers, b.count, b.parameters, b.run, b.log, now)
    if now < b.horizon:
        _apply_strategy(b, now)
    month["survey"] = b.run["survey"]
    b.run["survey"] = 0
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
        # Who left before has no money moving, unless the firm paid for asking them back.
        gone = c.left < start and c.window[Component.OFFER] == 0.0
        if c.entered > run[0].window_end or gone:
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


def _change_situation(b: Branch, now: int) -> None:
    """Let other parameters hold from now on, where the scenario says so."""
    while b.changes and b.changes[0][0] * DAY <= now:
        _, parameters, trust_lost = b.changes.pop(0)
        b.parameters[:] = parameters
        if trust_lost > 0.0:
            known = b.customers["status"][: b.count] != Status.PROSPECT
            b.customers["trust"][: b.count][known] *= 1.0 - trust_lost


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
    public, answered = float(p["public"]), float(run["answered"])
    run["reputation"] = reputation_after(
        float(run["reputation"]),
        heard(float(p["rep_pos"]) * int(run["recommendations"]) / b.initial, public, answered),
        heard(float(p["rep_neg"]) * blame / b.initial, public, -answered),
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
            if c.status != Status.ACTIVE or r.referred >= r.pool or now + WINDOW >= r.horizon:
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
                    p.acq_cost - c.referral_bonus,
                    Component.CLV5.value,
                )
                c.cash -= c.referral_bonus
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
    seen = np.where(b.customers["split"][active] > b.customers["unified"][active], 0.5, 1.0)
    revenue = b.customers["revenue_months"][active].sum(axis=1) * seen
    shares = (float(p["tier_vip"]), float(p["tier_important"]), float(p["tier_ordinary"]))
    b.make_room(1)
    _retier(b.customers, active, assign_tiers(revenue, shares), b.parameters, b.run, b.log, now, month)


@compiled
def _retier(customers, active, tiers, parameters, run, log, now, month):
    for k in range(active.shape[0]):
        c = customers[active[k]]
        before, after = c.tier, int(tiers[k])
        month[0].moves[before, after] += 1
        c.tier = after
        if after != before:
            c.attitude = status_shift(c.attitude, after < before, parameters[0].tiers_visible)
            mark(c, Trigger.TIER_UP.value if after < before else Trigger.TIER_DOWN.value)
        in_red = measure(c, Measure.NET_12M.value, now) < 0.0
        c.reviews_in_red = c.reviews_in_red + 1 if in_red else 0
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
            mark(c, Trigger.DECLINE_SIGNAL.value)
            note(c, run[0], log, now, EventKind.DECLINE_SIGNAL.value, before, 0.0, Component.NONE.value)
        charge_account(c, parameters[0], run[0], log, now, run[0].window_end)
        if c.managed:
            lose_manager(c, parameters[0], now)
        untreat(c)


@compiled
def _survey(customers, count, parameters, run, log, now):
    """Ask everybody how satisfied they are."""
    for i in range(count):
        if customers[i].status == Status.ACTIVE:
            ask(customers[i], parameters[0], run[0], log, now)


def _apply_strategy(b: Branch, now: int) -> None:
    """Apply the rules in their order; rank and stop at the budget where the strategy says so.

    Winning back comes first, so that the other rules reach those who return. What the rules themselves
    set off (a low answer to their survey) waits for the next occasion, whatever their order.
    """
    # A copy, because what happens from here on is marked anew.
    waiting = b.customers["triggers"][: b.count].copy()
    b.customers["triggers"][: b.count] = 0
    if isinstance(b.strategy, ProgrammedStrategy):
        _carry_out_orders(b, b.strategy, waiting, now)
        return
    wins_back = b.rules["action"][:-1] == ActionCode.WIN_BACK
    for number in np.argsort(~wins_back, kind="stable").tolist():
        rule = b.rules[number : number + 1]
        if rule["firm_wide"][0]:
            continue
        if (now // WINDOW) % int(rule["every"][0]) != 0 or not acts(rule[0], now):
            continue
        if rule["action"][0] == ActionCode.WIN_BACK:
            chosen = who_may_return(b.customers, b.count, rule, now)
        elif rule["on"][0] >= 0:
            chosen = _who_was_triggered(b.customers, waiting, rule, now)
        else:
            chosen = _who_is_eligible(b.customers, b.count, rule, now)
        chosen = _pick(b, rule[0], number, chosen, now)
        chosen = _afford(b, rule[0], number, chosen, now)
        b.make_room(_ROWS_OF_TREATMENT)
        _treat_all(b.customers, chosen, waiting, b.parameters, rule, number, b.run, b.log, now)


def _carry_out_orders(b: Branch, strategy: ProgrammedStrategy, waiting: np.ndarray, now: int) -> None:
    """Ask a programmed strategy what is to be done now, and do it."""
    for number, order in enumerate(strategy.orders(firm_view(b, now))):
        rule = order_record(order, strategy, b.scenario)
        b.make_room(_ROWS_OF_TREATMENT)
        _treat_all(b.customers, order.numbers, waiting, b.parameters, rule, number, b.run, b.log, now)


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
def _who_was_triggered(customers, waiting, rule, now):
    """Return those whose trigger still waits for an answer, or still keeps the action in force."""
    chosen = np.empty(waiting.shape[0], np.int64)
    found = 0
    for i in range(waiting.shape[0]):
        c = customers[i]
        if c.status != Status.ACTIVE:
            continue
        happened = (waiting[i] >> rule[0].on) & 1 and eligible(c, rule[0], now)
        if happened or holds(c, rule[0], now):
            chosen[found] = i
            found += 1
    return chosen[:found]


def _ranked(b: Branch, rule: np.record, number: int, chosen: np.ndarray, code: int, now: int) -> np.ndarray:
    """Return those chosen, the highest measure or score first; ties, and all where asked for, by lot."""
    lot = np.empty(len(chosen))
    # Each rule draws its own lots, so that two rules by lot do not pick the same people.
    address = now // WINDOW * (MAX_RULES + 1) + number
    uniforms(np.ascontiguousarray(b.customers["key"][chosen]), int(Purpose.RANK), address, lot)
    if code == BY_LOT:
        return chosen[np.argsort(lot, kind="stable")]
    if code < Score.RISK:
        known = known_measures(b.customers, chosen, code, now)
    else:
        strength = float(rule["numbers"][0])
        noise = float(rule["score_noise"])
        known = active_scores(b.customers, chosen, b.parameters, code, strength, noise, now)
    return chosen[np.lexsort((lot, -known))]


def _pick(b: Branch, rule: np.record, number: int, chosen: np.ndarray, now: int) -> np.ndarray:
    if rule["rank_by"] == NOT_RANKED:
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
    if rule["rank_by"] == NOT_RANKED:
        chosen = _ranked(b, rule, number, chosen, int(Measure.REVENUE_12M), now)
    chosen = chosen[: int(b.budget_left(now) / cost + 1e-9)]
    b.spent += cost * len(chosen)
    return chosen


@compiled
def _treat_all(customers, chosen, waiting, parameters, rule, number, run, log, now):
    for k in range(chosen.shape[0]):
        c = customers[chosen[k]]
        if rule[0].on >= 0 and (waiting[chosen[k]] >> rule[0].on) & 1 and eligible(c, rule[0], now):
            hold(c, rule[0], now)
        if c.status == Status.ACTIVE or rule[0].action == ActionCode.WIN_BACK:
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
