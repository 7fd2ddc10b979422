"""One customer's life, one event at a time.

The drivers only decide *when* this code is called; what happens is all here, in the order of the
specification: pass the time, let the clock that rang have its effect, and plan the next event.
Between interactions a customer reads only its own record and what is fixed for the window.
"""

from __future__ import annotations

import math

from crmsim.compiling import compiled
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, exponential, gamma, normal, uniform
from crmsim.model.booking import book, note
from crmsim.model.defection import (
    accepts_probability,
    competitor_cause,
    experience_cause,
    grievance_rate,
    leave_probability,
    natural_hazard,
    neglect_rate,
    price_pull,
    quality_hazard,
    quality_pull,
)
from crmsim.model.expectation import adapt_expectation, adapt_programme_expectation, market_bar
from crmsim.model.lifecycle import true_stage
from crmsim.model.loyalty import gain, lose_trust, relax, shield, shift_attitude
from crmsim.model.programmes import PROGRAMMES, felt_value
from crmsim.model.purchase import cross_buy_probability, deal_proneness, purchase_rate, wallet_share
from crmsim.model.records import CLOCKS, DAY, NEVER, WINDOW, Clock
from crmsim.model.referral import MAX_GENERATION, referral_rate
from crmsim.model.satisfaction import disconfirmation_signal, performance, remember, satisfaction_ratio
from crmsim.model.service import (
    complaint_probability,
    severity,
)
from crmsim.model.value import cost_to_serve, quality_cost, unit_margin
from crmsim.stages import Cause, Stage, Status
from crmsim.tiers import Tier

__all__ = [
    "COMPLAINT",
    "INQUIRY",
    "NO_CONTACT",
    "acquire",
    "begin",
    "charge_account",
    "disengage",
    "experience",
    "happen",
    "leave",
    "pass_time",
    "plan",
    "restage",
]

#: What an event asks of the service desk.
NO_CONTACT, COMPLAINT, INQUIRY = 0, 1, 2
_RENEWAL = CLOCKS
_YEAR_OF_BLAME = 365 * DAY


@compiled
def pass_time(c, p, now):
    """Let time go by: clocks burn, attitude, habit and grievance relax."""
    days = (now - c.updated) / DAY
    if days > 0.0:
        for k in range(CLOCKS):
            c.budget[k] -= c.rate[k] * days
        c.attitude = relax(c.attitude, p.att0, days, p.att_tau)
        c.habit = relax(c.habit, 0.0, days, p.habit_tau)
        c.grievance = relax(c.grievance, 0.0, days, p.griev_tau)
        c.updated = now


@compiled
def shield_of(c, p, now):
    """Return the customer's protection against preventable reasons to leave."""
    return shield(
        c.attitude, c.habit, c.barrier * p.barriers, offer_of(c, now), p.shield_A, p.shield_H, p.shield_B
    )


@compiled
def offer_of(c, now):
    """Return the felt strength of the save offer in force, 0 for none."""
    return c.offer if now < c.offer_until else 0.0


@compiled
def plan(c, p, now):
    """Set the rate of every clock and find which rings first; return when, in seconds."""
    _set_rates(c, p, now)
    c.due = NEVER
    c.next_clock = Clock.PURCHASE
    for k in range(CLOCKS):
        if c.rate[k] > 0.0:
            days = max(c.budget[k], 0.0) / c.rate[k]
            if days < 1e8:
                due = now + max(math.ceil(days * DAY), 1)
                if due < c.due:
                    c.due = due
                    c.next_clock = k
    if p.contractual and c.renewal < c.due:
        c.due = c.renewal
        c.next_clock = _RENEWAL
    return c.due


@compiled
def _set_rates(c, p, now):
    """Set the rates of the clocks, per day."""
    settled = 0.0 if c.declining else 1.0
    protection = shield_of(c, p, now)
    c.wallet = wallet_share(c.attitude, c.trust, p.att0, p.trust0, p.wallet0, p.wallet_A, p.wallet_T)
    c.wallet_max = max(c.wallet_max, c.wallet)
    activity = p.decline_activity if c.declining else 1.0
    buying = (
        0.0
        if p.contractual
        else purchase_rate(
            c.purchase_rate, c.wallet / p.wallet0, p.elasticity, c.price_sensitivity, c.price_cut, activity
        )
    )
    unseen = (now - c.last_contact) / DAY
    recommends = 1.0 if c.generation < MAX_GENERATION else 0.0
    c.rate[Clock.PURCHASE] = buying / 365.0
    c.rate[Clock.NEED] = settled * c.need_rate / 365.0
    c.rate[Clock.GRIEVANCE] = settled * grievance_rate(c.grievance, p.griev_hazard, protection) / 365.0
    c.rate[Clock.NEGLECT] = (
        settled * neglect_rate(unseen, p.neglect_days, p.neglect_hazard, protection) / 365.0
    )
    c.rate[Clock.COMPETITOR] = settled * p.offer_rate / 365.0
    c.rate[Clock.REFERRAL] = recommends * referral_rate(c.attitude, p.ref_rate, p.ref_A) / 365.0
    c.rate[Clock.INQUIRY] = c.inquiry_rate / 365.0
    c.rate[Clock.EXIT] = 1.0 / p.decline_days if c.declining else 0.0


@compiled
def charge_account(c, p, run, log, now, until):
    """Charge the cost of keeping the account from `now` to `until` (seconds)."""
    cost = p.account_cost * (until - now) / WINDOW
    if cost > 0.0:
        book(c, p, run, log, now, EventKind.ACCOUNT_COST.value, now // WINDOW, -cost, Component.ACCOUNT.value)
        c.cash -= cost


@compiled
def happen(c, p, run, log, now):
    """Let the thing happen that the customer was waiting for.

    Returns
    -------
    int
        ``NO_CONTACT``, or the kind of contact with the desk that it led to.
    """
    pass_time(c, p, now)
    clock = c.next_clock
    if clock == _RENEWAL:
        return _renew_or_leave(c, p, run, log, now)
    c.rings[clock] += 1
    c.budget[clock] = exponential(c.key, Purpose.CLOCK + clock, c.rings[clock])
    contact = NO_CONTACT
    if clock == Clock.PURCHASE:
        contact = experience(c, p, run, log, now)
        if c.n >= 2:
            _stay_or_go(c, p, run, log, now)
    elif clock == Clock.NEED:
        disengage(c, p, run, log, now, Cause.NEED_ENDED.value)
    elif clock == Clock.GRIEVANCE:
        disengage(c, p, run, log, now, Cause.SERVICE_FAILURE.value)
    elif clock == Clock.NEGLECT:
        disengage(c, p, run, log, now, Cause.NEGLECT.value)
    elif clock == Clock.COMPETITOR:
        _weigh_offer(c, p, run, log, now)
    elif clock == Clock.REFERRAL:
        c.referrals += 1
        run.recommendations += 1
        note(c, run, log, now, EventKind.REFERRAL.value, c.referrals, 0.0, Component.NONE.value)
    elif clock == Clock.INQUIRY:
        contact = _call(c, run, log, now, INQUIRY)
    else:
        leave(c, run, log, now, c.decline_cause)
    return contact


@compiled
def begin(c, p, entry):
    """Put a person with key, number, parent and traits at the start: a prospect until `entry`."""
    referred = 1.0 if c.generation > 0 else 0.0
    c.status = Status.PROSPECT
    c.tier = Tier.SMALL
    c.expectation = c.initial_expectation
    c.ratio = 1.0
    # Friends of customers come with more liking and more trust (Schmitt, Skiera & Van den Bulte 2011).
    c.attitude = min(p.att0 + 0.05 * referred, 0.99)
    c.trust = min(p.trust0 + 0.1 * referred, 1.0)
    c.recovery_expected = p.rec_exp0
    c.wait_expected = p.wait_exp0
    c.wallet = p.wallet0
    c.entry = entry
    c.due = entry
    c.entered = NEVER
    c.left = NEVER
    c.last_problem = -NEVER


@compiled
def acquire(c, p, run, log, now):
    """Turn a prospect into a customer, at the cost of winning it; the first purchase follows."""
    c.status = Status.ACTIVE
    c.entered = now
    c.updated = now
    c.first_purchase = now
    c.last_purchase = now
    c.last_contact = now
    c.observed_stage = Stage.EXPLORATION
    _change_stage(c, run, log, now, Stage.EXPLORATION.value)
    for k in range(CLOCKS):
        c.budget[k] = exponential(c.key, Purpose.CLOCK + k, 0)
    c.renewal = now + p.renewal_days * DAY
    book(c, p, run, log, now, EventKind.ACQUIRED.value, c.generation, -p.acq_cost, Component.CLV1.value)
    c.cash -= p.acq_cost


@compiled
def _renew_or_leave(c, p, run, log, now):
    """Decide at the end of a contract period, then live through the next one."""
    c.renewal = now + p.renewal_days * DAY
    _stay_or_go(c, p, run, log, now)
    if c.status == Status.ACTIVE:
        return experience(c, p, run, log, now)
    return NO_CONTACT


@compiled
def experience(c, p, run, log, now):
    """Live through one purchase or paid period; return the contact it led to."""
    bad, repeated = _problem(c, p, now)
    b = performance(
        p.quality + c.fit + c.quality_raised, p.quality_sd, normal(c.key, Purpose.QUALITY_NOISE, c.n), bad
    )
    x = felt_value(c.programme, p.need, c.stage, c.responsiveness, p.prog_value)
    e = felt_value(c.programme_expectation, p.need, c.stage, c.responsiveness, p.prog_value)
    ratio = satisfaction_ratio(b, x, c.expectation, e)
    signal = disconfirmation_signal(ratio - 1.0, p.loss_aversion)
    c.satisfaction = remember(c.satisfaction, signal, p.sat_memory)
    c.ratio = remember(c.ratio, ratio, p.sat_memory)
    c.attitude = shift_attitude(c.attitude, signal, p.att_gain)
    bar = market_bar(c.n, p.market_best, p.market_learn)
    c.expectation = adapt_expectation(c.expectation, b, bar, p.adapt_up, p.adapt_down, p.market_pull)
    for k in range(PROGRAMMES):
        c.programme_expectation[k] = adapt_programme_expectation(
            c.programme_expectation[k], c.programme[k], p.prog_adapt, p.prog_adapt_max
        )
    c.trust = lose_trust(c.trust, bad, p.trust_loss) if bad > 0.0 else gain(c.trust, p.trust_gain)
    c.habit = gain(c.habit, p.habit_gain)
    _pay(c, p, run, log, now)
    c.n += 1
    c.last_purchase = now
    c.last_contact = now
    restage(c, p, run, log, now)
    contact = _suffer(c, p, run, log, now, bad, repeated) if bad > 0.0 else NO_CONTACT
    _cross_buy(c, p, run, log, now)
    return contact


@compiled
def _problem(c, p, now):
    """Return the severity of the problem in this experience (0 for none) and whether it is a repeat."""
    if uniform(c.key, Purpose.PROBLEM, c.n) >= p.problem_prob:
        return 0.0, 0
    repeated = 1 if now - c.last_problem < _YEAR_OF_BLAME else 0
    return severity(
        uniform(c.key, Purpose.SEVERITY, c.n), p.sev_min, p.sev_range, p.attribution, repeated
    ), repeated


@compiled
def _pay(c, p, run, log, now):
    """Book one purchase: revenue as a memo, its contribution by value component."""
    z = c.mean_spend
    if p.spend_p > 0.0:
        z *= gamma(c.key, Purpose.SPEND, c.n, p.spend_p) / p.spend_p
    if p.contractual and c.declining:
        z *= p.decline_activity
    y = z * p.cross_share * c.categories
    prone = deal_proneness(c.price_sensitivity, c.attitude, p.att0, p.deal_prone)
    prone0 = deal_proneness(c.price_sensitivity, p.att0, p.att0, p.deal_prone)
    u = unit_margin(p.margin, c.price_cut, p.deal_depth, prone0)
    serving = cost_to_serve(c.n, p.serve_cost, p.serve_floor, p.serve_learn, c.service_cut)
    raised = quality_cost(z + y, c.quality_raised, p.q_cost1, p.q_cost2)
    revenue = (z + y) * (1.0 - c.price_cut - p.deal_depth * prone)
    first = Component.CLV1.value if c.n == 0 else Component.CLV2.value
    book(c, p, run, log, now, EventKind.PURCHASE.value, c.n, revenue, Component.REVENUE.value)
    book(c, p, run, log, now, EventKind.VALUE.value, c.n, z * u - p.serve_cost, first)
    if y != 0.0:
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, y * u, Component.CLV3.value)
    if serving != p.serve_cost:
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, p.serve_cost - serving, Component.CLV4.value)
    if prone != prone0 and p.deal_depth != 0.0:
        kept = (z + y) * p.deal_depth * (prone0 - prone)
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, kept, Component.CLV6.value)
    if raised != 0.0:
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, -raised, Component.QUALITY.value)
    c.cash += revenue - (z + y) * (1.0 - p.margin) - serving - raised


@compiled
def _suffer(c, p, run, log, now, bad, repeated):
    """Bear a problem, and perhaps complain; return the contact it led to."""
    c.problem_severity = bad
    c.problem_repeated = repeated
    c.last_problem = now
    c.grievance = min(1.5, c.grievance + bad)
    note(c, run, log, now, EventKind.PROBLEM.value, int(bad * 1000.0 + 0.5), 0.0, Component.NONE.value)
    if uniform(c.key, Purpose.COMPLAINS, c.n) < complaint_probability(c.complains, c.complaint_boost):
        return _call(c, run, log, now, COMPLAINT)
    return NO_CONTACT


@compiled
def _call(c, run, log, now, contact):
    """Turn to the desk."""
    c.contacts += 1
    if contact == COMPLAINT:
        c.complaints += 1
        note(c, run, log, now, EventKind.COMPLAINT.value, c.contacts, 0.0, Component.NONE.value)
    else:
        note(c, run, log, now, EventKind.INQUIRY.value, c.contacts, 0.0, Component.NONE.value)
    return contact


@compiled
def _cross_buy(c, p, run, log, now):
    """Perhaps add a further category."""
    chance = cross_buy_probability(c.trust, c.attitude, p.cross_rate)
    if c.categories < p.cross_max and uniform(c.key, Purpose.CROSS_BUY, c.n) < chance:
        c.categories += 1
        note(c, run, log, now, EventKind.CROSS_BUY.value, c.categories, 0.0, Component.NONE.value)


@compiled
def restage(c, p, run, log, now):
    """Recompute the true stage from the state."""
    c.wallet = wallet_share(c.attitude, c.trust, p.att0, p.trust0, p.wallet0, p.wallet_A, p.wallet_T)
    c.wallet_max = max(c.wallet_max, c.wallet)
    _change_stage(
        c, run, log, now, true_stage(c.n, c.declining, c.satisfaction, c.trust, c.wallet / c.wallet_max)
    )


@compiled
def _change_stage(c, run, log, now, stage):
    if stage != c.stage:
        before = c.stage
        c.stage = stage
        note(c, run, log, now, EventKind.STAGE_CHANGE.value, before, 0.0, Component.NONE.value)


@compiled
def _stay_or_go(c, p, run, log, now):
    """Decide after an experience, or at a renewal, whether to go on."""
    if c.declining:
        return
    natural = natural_hazard(c.dropout)
    quality = quality_hazard(c.satisfaction, p.tolerance, p.quality_hazard, shield_of(c, p, now))
    if uniform(c.key, Purpose.DEFECT, c.n) < leave_probability(natural + quality):
        cause = experience_cause(uniform(c.key, Purpose.CAUSE, c.n), natural, quality)
        disengage(c, p, run, log, now, cause)


@compiled
def _weigh_offer(c, p, run, log, now):
    """Weigh a competitor's offer."""
    k = c.rings[Clock.COMPETITOR]
    discount = p.offer_discount * exponential(c.key, Purpose.OFFER_DISCOUNT, k)
    price = price_pull(p.offer_price, c.price_sensitivity, c.attitude, discount, c.price_cut)
    quality = quality_pull(p.offer_S, c.satisfaction)
    accepts = uniform(c.key, Purpose.OFFER_ACCEPTANCE, k) < accepts_probability(
        p.offer_base,
        price + quality,
        c.attitude,
        c.habit,
        c.barrier * p.barriers,
        offer_of(c, now),
        p.offer_A,
        p.offer_H,
        p.offer_B,
    )
    note(c, run, log, now, EventKind.COMPETITOR_OFFER.value, int(accepts), 0.0, Component.NONE.value)
    if accepts:
        cause = competitor_cause(uniform(c.key, Purpose.OFFER_CAUSE, k), price, quality)
        disengage(c, p, run, log, now, cause)


@compiled
def disengage(c, p, run, log, now, cause):
    """Decide to go: at once, or after a time of decline."""
    note(c, run, log, now, EventKind.DISENGAGED.value, cause, 0.0, Component.NONE.value)
    if p.decline_days == 0.0:
        leave(c, run, log, now, cause)
        return
    c.declining = 1
    c.decline_cause = cause
    c.rings[Clock.EXIT] += 1
    c.budget[Clock.EXIT] = exponential(c.key, Purpose.CLOCK + Clock.EXIT, c.rings[Clock.EXIT])
    restage(c, p, run, log, now)


@compiled
def leave(c, run, log, now, cause):
    """End the relationship."""
    c.status = Status.TERMINATED if cause == Cause.BY_COMPANY else Status.LAPSED
    c.cause = cause
    c.left = now
    c.due = NEVER
    run.losses[cause] += 1
    _change_stage(c, run, log, now, Stage.ENDED.value)
    note(c, run, log, now, EventKind.CHURN.value, cause, 0.0, Component.NONE.value)
