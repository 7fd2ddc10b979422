"""One experience: a purchase or a paid period, from what went wrong to what was paid.

The order of the steps is that of the specification: noise and problem, programmes, satisfaction,
attitude, expectation, trust and habit, money, stage; then whatever the problem leads to.
"""

from __future__ import annotations

import math

from crmsim.compiling import compiled, inlined
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, gamma, normal, uniform
from crmsim.model.booking import book, mark, note
from crmsim.model.customising import custom_gain
from crmsim.model.expectation import adapt_expectation, adapt_programme_expectation, market_bar
from crmsim.model.fairness import equity, unfairness
from crmsim.model.lifecycle import restage
from crmsim.model.loyalty import earned_trust, gain, lose_trust, shift_attitude
from crmsim.model.partnership import joint_value, partnership_after
from crmsim.model.programmes import PROGRAMMES, Programme, felt_value, intrusion, irritation
from crmsim.model.purchase import cross_buy_probability, deal_proneness, grown_spend
from crmsim.model.records import DAY, Trigger
from crmsim.model.satisfaction import (
    disconfirmation_signal,
    joint_ratio,
    performance,
    remember,
    satisfaction_ratio,
)
from crmsim.model.service import complaint_probability, severity
from crmsim.model.servqual import DIMENSIONS, perceived_quality
from crmsim.model.ties import personal_gain
from crmsim.model.value import cost_to_serve, quality_cost, unit_margin

__all__ = ["COMPLAINT", "INQUIRY", "NO_CONTACT", "call_desk", "experience"]

#: What an event asks of the service desk.
NO_CONTACT, COMPLAINT, INQUIRY = 0, 1, 2
_YEAR_OF_BLAME = 365 * DAY


@compiled
def experience(c, p, run, log, now):
    """Live through one purchase or paid period; return the contact it led to."""
    bad, repeated = _problem(c, p, now)
    fitted = c.fit + custom_gain(c.custom_mode, c.custom_depth, c.fit, c.n)
    offered = p.quality + fitted + c.quality_raised + joint_value(1.0, c.partnership, p.synergy)
    b = performance(offered, p.quality_sd, normal(c.key, Purpose.QUALITY_NOISE.value, c.n), bad)
    x = felt_value(c.programme, p.need, c.stage, c.responsiveness, p.prog_value)
    x -= irritation(c.programme, p.irritation) + intrusion(c.programme, c.consents, p.unasked)
    e = felt_value(c.programme_expectation, p.need, c.stage, c.responsiveness, p.prog_value)
    ratio = satisfaction_ratio(b, x, c.expectation, e)
    if p.user_weight < 1.0:
        ratio = _judge_together(c, p, b, ratio)
    signal = disconfirmation_signal(ratio - 1.0 - _unfair(c, p, b + x), p.loss_aversion)
    c.satisfaction = remember(c.satisfaction, signal, p.sat_memory)
    c.ratio = remember(c.ratio, ratio, p.sat_memory)
    c.attitude = shift_attitude(c.attitude, signal, p.att_gain)
    bar = market_bar(c.n, p.market_best, p.market_learn)
    c.expectation = adapt_expectation(c.expectation, b, bar, p.adapt_up, p.adapt_down, p.market_pull)
    if p.servqual:
        _judge_dimensions(c, p, b, bad, x, bar)
    for k in range(PROGRAMMES):
        c.programme_expectation[k] = adapt_programme_expectation(
            c.programme_expectation[k], c.programme[k], p.prog_adapt, p.prog_adapt_max
        )
    if bad > 0.0:
        c.trust = lose_trust(c.trust, bad, p.trust_loss)
    else:
        trust_gain = personal_gain(p.trust_gain, c.tie, p.personal)
        c.trust = earned_trust(c.trust, trust_gain, c.disclosed)
    c.habit = gain(c.habit, p.habit_gain)
    if c.managed:
        c.tie = gain(c.tie, p.tie_gain)
    _pay(c, p, run, log, now)
    c.partnership = partnership_after(c.partnership, c.invested, p.joint_gain)
    mark(c, Trigger.PURCHASE.value)
    if c.n == 0:
        mark(c, Trigger.FIRST_PURCHASE.value)
    c.n += 1
    c.last_purchase = now
    c.last_contact = now
    restage(c, p, run, log, now)
    contact = _suffer(c, p, run, log, now, bad, repeated) if bad > 0.0 else NO_CONTACT
    _cross_buy(c, p, run, log, now)
    return contact


@compiled
def _judge_together(c, p, b, ratio):
    """Return the ratio of user and decider together; who decides compares with the best of the market."""
    together = joint_ratio(ratio, b / c.decider_expectation, p.user_weight)
    c.decider_expectation = adapt_expectation(
        c.decider_expectation, b, p.market_best, p.adapt_up, p.adapt_down, p.market_pull
    )
    return together


@compiled
def _unfair(c, p, received):
    """Return what an exchange that favours the firm takes from disconfirmation."""
    if p.fairness == 0.0:
        return 0.0
    prone = deal_proneness(c.price_sensitivity, c.attitude, p.att0, p.deal_prone)
    paid = 1.0 - c.price_cut - p.deal_depth * prone
    return unfairness(c.stage, equity(received, paid, p.margin), p.fairness, c.explained)


@inlined
def _problem(c, p, now):
    """Return the severity of the problem in this experience (0 for none) and whether it is a repeat."""
    if uniform(c.key, Purpose.PROBLEM.value, c.n) >= p.problem_prob:
        return 0.0, 0
    repeated = 1 if now - c.last_problem < _YEAR_OF_BLAME else 0
    return severity(
        uniform(c.key, Purpose.SEVERITY.value, c.n), p.sev_min, p.sev_range, p.attribution, repeated
    ), repeated


@compiled
def _judge_dimensions(c, p, b, bad, x, bar):
    """Judge the experience dimension by dimension (a view, with no effect on anything)."""
    row = min(max(c.stage - 1, 0), 3)
    care = p.need[row, Programme.CONTACT] * c.programme[Programme.CONTACT]
    care += p.need[row, Programme.SPECIAL] * c.programme[Programme.SPECIAL]
    care *= p.prog_value * c.responsiveness
    for k in range(DIMENSIONS):
        met = perceived_quality(k, b, c.quality_raised, bad, care, x)
        c.servqual_perceived[k] = remember(c.servqual_perceived[k], met, p.sat_memory)
        c.servqual_expected[k] = adapt_expectation(
            c.servqual_expected[k], met, bar, p.adapt_up, p.adapt_down, p.market_pull
        )


@inlined
def _pay(c, p, run, log, now):
    """Book one purchase: revenue as a memo, its contribution by value component."""
    z = grown_spend(c.mean_spend, p.spend_trend, (now - c.entered) / DAY)
    if p.spend_p > 0.0:
        z *= gamma(c.key, Purpose.SPEND.value, c.n, p.spend_p) / p.spend_p
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
    joint = joint_value(z + y, c.partnership, p.synergy)
    if joint != 0.0:
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, joint, Component.CLV4.value)
        c.cash += joint
    if prone != prone0 and p.deal_depth != 0.0:
        kept = (z + y) * p.deal_depth * (prone0 - prone)
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, kept, Component.CLV6.value)
    if raised != 0.0:
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, -raised, Component.QUALITY.value)
    c.cash += revenue - (z + y) * (1.0 - p.margin) - serving - raised
    if c.spend_cost > 0.0:
        paid = (z + y) * c.spend_cost
        book(c, p, run, log, now, EventKind.VALUE.value, c.n, -paid, Component.PROGRAMME.value)
        c.cash -= paid
    if c.points_threshold > 0.0:
        _collect_points(c, p, run, log, now, z + y)
    if c.credit_risk > 0.0 and uniform(c.key, Purpose.UNPAID.value, c.n) < c.credit_risk:
        c.unpaid += 1
        book(c, p, run, log, now, EventKind.UNPAID.value, c.n, -revenue, Component.CREDIT.value)
        c.cash -= revenue


@compiled
def _collect_points(c, p, run, log, now, spent):
    """Add points, and turn every full threshold into a reward."""
    c.points += spent
    earned = math.floor(c.points / c.points_threshold)
    if earned > 0:
        c.points -= earned * c.points_threshold
        c.rewards += earned
        worth = earned * c.points_value
        book(c, p, run, log, now, EventKind.REWARD.value, c.rewards, -worth, Component.PROGRAMME.value)
        c.cash -= worth
        mark(c, Trigger.REWARD_EARNED.value)


@compiled
def _suffer(c, p, run, log, now, bad, repeated):
    """Bear a problem, and perhaps complain; return the contact it led to."""
    c.problem_severity = bad
    c.problem_repeated = repeated
    c.last_problem = now
    c.grievance = min(1.5, c.grievance + bad)
    mark(c, Trigger.PROBLEM.value)
    note(c, run, log, now, EventKind.PROBLEM.value, int(bad * 1000.0 + 0.5), 0.0, Component.NONE.value)
    if uniform(c.key, Purpose.COMPLAINS.value, c.n) < complaint_probability(c.complains, c.complaint_boost):
        return call_desk(c, run, log, now, COMPLAINT)
    return NO_CONTACT


@compiled
def call_desk(c, run, log, now, contact):
    """Turn to the desk."""
    c.contacts += 1
    if contact == COMPLAINT:
        c.complaints += 1
        mark(c, Trigger.COMPLAINT.value)
        note(c, run, log, now, EventKind.COMPLAINT.value, c.contacts, 0.0, Component.NONE.value)
    else:
        note(c, run, log, now, EventKind.INQUIRY.value, c.contacts, 0.0, Component.NONE.value)
    return contact


@inlined
def _cross_buy(c, p, run, log, now):
    """Perhaps add a further category."""
    chance = cross_buy_probability(c.trust, c.attitude, p.cross_rate)
    if c.categories < p.cross_max and uniform(c.key, Purpose.CROSS_BUY.value, c.n) < chance:
        c.categories += 1
        note(c, run, log, now, EventKind.CROSS_BUY.value, c.categories, 0.0, Component.NONE.value)
