"""One customer's life, one event at a time.

The drivers only decide *when* this code is called; what happens is all here, in the order of the
specification: pass the time, let the clock that rang have its effect, and plan the next event.
Between interactions a customer reads only its own record and what is fixed for the window.
"""

from __future__ import annotations

import math

import numpy as np

from crmsim.compiling import compiled, inlined
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, exponential, uniform
from crmsim.model.booking import book, mark, note
from crmsim.model.defection import (
    accepts_probability,
    competitor_cause,
    competitor_rate,
    experience_cause,
    grievance_rate,
    leave_probability,
    natural_hazard,
    neglect_rate,
    price_pull,
    quality_hazard,
    quality_pull,
)
from crmsim.model.experience import INQUIRY, NO_CONTACT, call_desk, experience
from crmsim.model.lifecycle import change_stage, restage
from crmsim.model.loyalty import relax, relaxed, share_left, shield
from crmsim.model.partnership import barrier_in_force
from crmsim.model.purchase import BuyClass, buy_class, goal_gradient, purchase_rate, wallet_share
from crmsim.model.records import CLOCKS, DAY, MONTHS_KEPT, NEVER, WINDOW, Clock, Trigger
from crmsim.model.recovery import settle_case
from crmsim.model.referral import MAX_GENERATION, referral_rate, talk_weight
from crmsim.model.servqual import DIMENSIONS
from crmsim.model.ties import leaving_probability, trust_left
from crmsim.stages import Cause, Stage, Status
from crmsim.tiers import Tier

__all__ = [
    "acquire",
    "barrier_of",
    "begin",
    "charge_account",
    "come_back",
    "disengage",
    "drift",
    "happen",
    "leave",
    "lose_manager",
    "offer_of",
    "offers_of",
    "pass_time",
    "pass_window",
    "plan",
    "shares_left",
]

_PERIOD_ENDS = CLOCKS
#: Share of a year that a day is; to multiply takes less time than to divide.
_YEAR_SHARE = 1.0 / 365.0
#: More periods than a run can have.
_PERIODS = 1 << 20
#: The firm hears the true cause of so many losses; of the others it knows nothing.
_CAUSE_STATED = 0.6
#: The special terms on which somebody comes back: their felt strength, and for how many days.
_WELCOME_BACK, _WELCOME_DAYS = 0.5, 90


@inlined
def pass_time(c, p, now):
    """Let time go by: clocks burn, attitude, habit and grievance relax."""
    days = (now - c.updated) / DAY
    if days > 0.0:
        _burn(c, days)
        drift(c, p, now)


@inlined
def pass_window(c, p, now, days, left):
    """Let a window without an event go by: :func:`pass_time`, with what is the same for all worked out once.

    Parameters
    ----------
    now : int
        Seconds.
    days : float
        Length of the window.
    left : tuple of three floats
        From :func:`shares_left`.
    """
    _burn(c, days)
    attitude, habit, grievance = left
    c.attitude = relaxed(c.attitude, p.att0, attitude)
    c.habit = relaxed(c.habit, 0.0, habit)
    c.grievance = relaxed(c.grievance, 0.0, grievance)
    c.updated = now


@inlined
def shares_left(p, days):
    """Return how much is left after `days` of the distances of attitude, habit and grievance from rest."""
    return share_left(days, p.att_tau), share_left(days, p.habit_tau), share_left(days, p.griev_tau)


@inlined
def drift(c, p, now):
    """Let attitude, habit and grievance relax; all that time does to somebody who has left."""
    days = (now - c.updated) / DAY
    c.attitude = relax(c.attitude, p.att0, days, p.att_tau)
    c.habit = relax(c.habit, 0.0, days, p.habit_tau)
    c.grievance = relax(c.grievance, 0.0, days, p.griev_tau)
    c.updated = now


@inlined
def _burn(c, days):
    for k in range(CLOCKS):
        c.budget[k] -= c.rate[k] * days


@compiled
def shield_of(c, p, now):
    """Return the customer's protection against preventable reasons to leave."""
    return shield(c.attitude, c.habit, barrier_of(c, p), offer_of(c, now), p.shield_A, p.shield_H, p.shield_B)


@compiled
def barrier_of(c, p):
    """Return the switching barrier in force."""
    return barrier_in_force(c.barrier, p.barriers, c.partnership, p.joint_barrier)


@compiled
def offer_of(c, now):
    """Return the felt strength of the save offer in force, 0 for none."""
    return c.offer if now < c.offer_until else 0.0


@inlined
def plan(c, p, now):
    """Set the rate of every clock and find which rings first; return when, in seconds."""
    _set_rates(c, p, now)
    first, clock = NEVER, Clock.PURCHASE.value
    for k in range(CLOCKS):
        rate = c.rate[k]
        if rate > 0.0:
            days = max(c.budget[k], 0.0) / rate
            if days < 1e8:
                due = now + max(math.ceil(days * DAY), 1)
                if due < first:
                    first, clock = due, k
    if (p.contractual or p.periodic) and c.renewal < first:
        first, clock = c.renewal, _PERIOD_ENDS
    c.due = first
    c.next_clock = clock
    return first


@inlined
def _set_rates(c, p, now):
    """Set the rates of the clocks, per day."""
    settled = 0.0 if c.declining else 1.0
    unseen = (now - c.last_contact) / DAY
    # Most of the time there is nothing to be protected against.
    threatened = c.grievance > 0.0 or unseen > p.neglect_days
    protection = shield_of(c, p, now) if threatened else 1.0
    c.wallet = wallet_share(c.attitude, c.trust, p.att0, p.trust0, p.wallet0, p.wallet_A, p.wallet_T)
    c.wallet_max = max(c.wallet_max, c.wallet)
    activity = p.decline_activity if c.declining else 1.0
    buying = (
        0.0
        if p.contractual or p.periodic
        else goal_gradient(c.points, c.points_threshold, c.points_gradient)
        * purchase_rate(
            c.purchase_rate, c.wallet / p.wallet0, p.elasticity, c.price_sensitivity, c.price_cut, activity
        )
    )
    recommends = 1.0 if c.generation < MAX_GENERATION else 0.0
    c.rate[Clock.PURCHASE] = buying * _YEAR_SHARE
    c.rate[Clock.NEED] = settled * c.need_rate * _YEAR_SHARE
    c.rate[Clock.GRIEVANCE] = settled * grievance_rate(c.grievance, p.griev_hazard, protection) * _YEAR_SHARE
    c.rate[Clock.NEGLECT] = (
        settled * neglect_rate(unseen, p.neglect_days, p.neglect_hazard, protection) * _YEAR_SHARE
    )
    c.rate[Clock.COMPETITOR] = settled * offers_of(c, p) * _YEAR_SHARE
    c.rate[Clock.REFERRAL] = (
        recommends * c.referral_push * referral_rate(c.attitude, p.ref_rate, p.ref_A) * _YEAR_SHARE
    )
    c.rate[Clock.INQUIRY] = c.inquiry_rate * _YEAR_SHARE
    c.rate[Clock.BACK_OFFICE] = 1.0 / p.back_days if c.cases > 0 else 0.0
    c.rate[Clock.EXIT] = 1.0 / p.decline_days if c.declining else 0.0


@compiled
def offers_of(c, p):
    """Return the yearly rate of competitors' offers."""
    straight = buy_class(c.n, c.satisfaction, c.declining) == BuyClass.STRAIGHT_REBUY
    return competitor_rate(p.offer_rate, c.tier, p.poach, straight, p.rebuy_lock)


@inlined
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
    if clock == _PERIOD_ENDS:
        c.renewal = now + p.renewal_days * DAY
        if p.periodic:
            return _buy_or_miss(c, p, run, log, now)
        return _renew_or_leave(c, p, run, log, now)
    c.rings[clock] += 1
    c.budget[clock] = exponential(c.key, Purpose.CLOCK.value + clock, c.rings[clock])
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
        contact = call_desk(c, run, log, now, INQUIRY)
    elif clock == Clock.BACK_OFFICE:
        settle_case(c, p, run, log, now)
    else:
        leave(c, run, log, now, np.int64(c.decline_cause))
    return contact


@compiled
def begin(c, p, entry):
    """Put a person with key, number, parent and traits at the start: a prospect until `entry`."""
    referred = 1.0 if c.generation > 0 else 0.0
    c.status = Status.PROSPECT
    c.tier = Tier.SMALL
    c.expectation = c.initial_expectation
    c.decider_expectation = c.initial_expectation
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
    c.first_left = NEVER
    c.referral_push = 1.0
    c.survey_nps = -1
    c.survey_index = math.nan
    for k in range(DIMENSIONS):
        c.servqual_perceived[k] = 1.0
        c.servqual_expected[k] = c.initial_expectation
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
    change_stage(c, run, log, now, Stage.EXPLORATION.value)
    mark(c, Trigger.ACQUIRED.value)
    for k in range(CLOCKS):
        c.budget[k] = exponential(c.key, Purpose.CLOCK.value + k, 0)
    c.renewal = now + p.renewal_days * DAY
    cost = p.acq_cost + c.won_cost
    book(c, p, run, log, now, EventKind.ACQUIRED.value, c.generation, -cost, Component.CLV1.value)
    c.cash -= cost


@compiled
def _renew_or_leave(c, p, run, log, now):
    """Decide at the end of a contract period, then live through the next one."""
    if c.returning:
        c.returning = 0  # who has just accepted does not decide anew, least of all by the same luck
    else:
        _stay_or_go(c, p, run, log, now)
    if c.status == Status.ACTIVE:
        return experience(c, p, run, log, now)
    return NO_CONTACT


@compiled
def _buy_or_miss(c, p, run, log, now):
    """Take or leave the one chance to buy in a period; who misses too many in a row is gone."""
    chance = p.buy_chance[min(c.missed, p.max_missed - 1)] * (p.decline_activity if c.declining else 1.0)
    # Periods begin anew after a return, and with them the numbers of their luck.
    period = (now - c.entered) // (p.renewal_days * DAY) + c.returns * _PERIODS
    if uniform(c.key, Purpose.PERIOD.value, period) < chance:
        c.missed = 0
        contact = experience(c, p, run, log, now)
        if c.n >= 2:
            _stay_or_go(c, p, run, log, now)
        return contact
    c.missed += 1
    if c.missed >= p.max_missed and not c.declining:
        disengage(c, p, run, log, now, Cause.NATURAL.value)
    return NO_CONTACT


@inlined
def _stay_or_go(c, p, run, log, now):
    """Decide after an experience, or at a renewal, whether to go on."""
    if c.declining:
        return
    u = uniform(c.key, Purpose.DEFECT.value, c.n)
    if c.satisfaction >= -p.tolerance:
        # Without a hazard from quality the probability is the natural one as it stands.
        if u < c.dropout:
            disengage(c, p, run, log, now, Cause.NATURAL.value)
        return
    natural = natural_hazard(c.dropout)
    quality = quality_hazard(c.satisfaction, p.tolerance, p.quality_hazard, shield_of(c, p, now))
    if u < leave_probability(natural + quality):
        cause = experience_cause(uniform(c.key, Purpose.CAUSE.value, c.n), natural, quality)
        disengage(c, p, run, log, now, cause)


@compiled
def _weigh_offer(c, p, run, log, now):
    """Weigh a competitor's offer."""
    k = c.rings[Clock.COMPETITOR]
    discount = p.offer_discount * exponential(c.key, Purpose.OFFER_DISCOUNT.value, k)
    price = price_pull(p.offer_price, c.price_sensitivity, c.attitude, discount, c.price_cut)
    quality = quality_pull(p.offer_S, c.satisfaction)
    accepts = uniform(c.key, Purpose.OFFER_ACCEPTANCE.value, k) < accepts_probability(
        p.offer_base,
        price + quality,
        c.attitude,
        c.habit,
        barrier_of(c, p),
        offer_of(c, now),
        p.offer_A,
        p.offer_H,
        p.offer_B,
    )
    note(c, run, log, now, EventKind.COMPETITOR_OFFER.value, int(accepts), 0.0, Component.NONE.value)
    if accepts:
        cause = competitor_cause(uniform(c.key, Purpose.OFFER_CAUSE.value, k), price, quality)
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
    c.budget[Clock.EXIT] = exponential(c.key, Purpose.CLOCK.value + Clock.EXIT, c.rings[Clock.EXIT])
    restage(c, p, run, log, now)


@compiled
def leave(c, run, log, now, cause):
    """End the relationship: the firm may or may not hear why, and others may."""
    c.status = Status.TERMINATED if cause == Cause.BY_COMPANY else Status.LAPSED
    c.cause = cause
    heard = cause == Cause.BY_COMPANY or uniform(c.key, Purpose.STATED_CAUSE.value, c.returns) < _CAUSE_STATED
    c.stated_cause = cause if heard else Cause.NONE.value
    c.left = now
    c.first_left = min(c.first_left, now)
    c.due = NEVER
    run.losses[cause] += 1
    weight = talk_weight(cause)
    if weight > 0.0:
        loud = int(weight * 10.0 + 0.5)
        note(c, run, log, now, EventKind.NEGATIVE_WORD.value, loud, 0.0, Component.NONE.value)
    change_stage(c, run, log, now, Stage.ENDED.value)
    note(c, run, log, now, EventKind.CHURN.value, cause, 0.0, Component.NONE.value)


@compiled
def lose_manager(c, p, now):
    """Let the account manager leave, perhaps, in the window that ends now; a successor begins anew."""
    window = (now - 1) // WINDOW
    days = (now - window * WINDOW) / DAY
    if uniform(c.key, Purpose.MANAGER_LEAVES.value, window) < leaving_probability(p.turnover, days):
        c.trust = trust_left(c.trust, c.tie, p.personal, c.team)
        c.tie *= c.team
        c.managers_lost += 1


@compiled
def come_back(c, p, run, log, now):
    """Take the relationship up again: half the grievance is forgiven, habit begins anew."""
    drift(c, p, now)
    c.grievance *= 0.5
    c.cases = 0
    # What happened before the end is over, and nobody will answer it.
    c.triggers = 0
    c.referrals_settled = c.referrals
    c.satisfaction = 0.0
    c.habit = 0.1
    c.offer = _WELCOME_BACK
    c.offer_until = now + _WELCOME_DAYS * DAY
    c.status = Status.ACTIVE
    c.cause = Cause.NONE
    c.declining = 0
    c.missed = 0
    c.away += now - c.left
    _forget_months(c, c.left, now)
    c.left = NEVER
    c.returns += 1
    c.last_contact = now
    # A contract is taken up at once; its first period is paid then.
    c.renewal = now + 1
    c.returning = p.contractual
    restage(c, p, run, log, now)
    charge_account(c, p, run, log, now, run.window_end)


@compiled
def _forget_months(c, left, now):
    """Clear the trailing year of the windows in which the customer was away."""
    first, last = left // WINDOW + 1, now // WINDOW
    for window in range(max(first, last - MONTHS_KEPT), last):
        c.revenue_months[window % MONTHS_KEPT] = 0.0
        c.net_months[window % MONTHS_KEPT] = 0.0
