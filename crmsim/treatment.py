"""What the firm does to one customer: rules of a strategy, interpreted from arrays.

The rules see what a firm can observe and nothing else; :func:`eligible` is the whole of their
eyesight (and where a rule is marked as an oracle, the whole of its second sight).
"""

from __future__ import annotations

import math

from crmsim.compiling import compiled
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, uniform
from crmsim.model.booking import book
from crmsim.model.customer import come_back, drift, leave
from crmsim.model.defection import preventable, re_engage_probability, return_probability
from crmsim.model.lifecycle import observed_stage, restage
from crmsim.model.programmes import PROGRAMMES, Programme
from crmsim.model.records import DAY, TRIGGER_SLOTS, WINDOW
from crmsim.model.survey import ask
from crmsim.rule_records import NOT_RANKED, ActionCode, Measure
from crmsim.stages import Cause, Status

__all__ = [
    "acts",
    "eligible",
    "hold",
    "holds",
    "may_return",
    "measure",
    "observe",
    "respond",
    "share_seen",
    "treat",
    "treat_newcomer",
    "untreat",
]


@compiled
def observe(c, p, now):
    """Return the lifecycle stage that the firm's own rule reads from its records."""
    return observed_stage(c.n, (now - c.last_purchase) / DAY, _mean_gap(c), p.contractual)


@compiled
def _mean_gap(c):
    """Return the mean number of days between purchases so far, 0 before the second."""
    return (c.last_purchase - c.first_purchase) / DAY / (c.n - 1) if c.n > 1 else 0.0


@compiled
def measure(c, code, now):
    """Return one of the numbers that a rule can ask of a customer; nan where there is none."""
    if code >= Measure.SATISFACTION:
        return _hidden(c, code)
    if code == Measure.PURCHASES:
        return float(c.n)
    if code == Measure.TENURE_DAYS:
        return (now - c.entered) / DAY
    if code == Measure.RECENCY_DAYS:
        return (now - c.last_purchase) / DAY
    if code == Measure.CONTACTS:
        return float(c.contacts)
    if code == Measure.COMPLAINTS:
        return float(c.complaints)
    if code == Measure.MEAN_GAP_DAYS:
        return _mean_gap(c) if c.n > 1 else math.nan
    if code == Measure.OPEN_COMPLAINTS:
        return float(c.complaints - c.resolved)
    if code == Measure.SURVEY_SCORE:
        return float(c.survey_score) if c.survey_score > 0 else math.nan
    if code == Measure.SURVEY_NPS:
        return float(c.survey_nps) if c.survey_nps >= 0 else math.nan
    if code == Measure.REFERRED:
        return 1.0 if c.generation > 0 else 0.0
    if code == Measure.UNPAID:
        return float(c.unpaid)
    if code == Measure.SEGMENT:
        return float(c.segment)
    if code == Measure.INDUSTRY:
        return float(c.industry)
    if code == Measure.DIGITAL:
        return float(c.digital)
    if code == Measure.CONSENTS:
        return float(c.consents)
    if code == Measure.REVIEWS_IN_RED:
        return float(c.reviews_in_red)
    total = 0.0
    for k in range(c.revenue_months.shape[0]):
        total += c.revenue_months[k] if code == Measure.REVENUE_12M else c.net_months[k]
    return total * share_seen(c)


@compiled
def share_seen(c):
    """Return the share of a customer's business that one record shows: half where there are two."""
    return 0.5 if c.split and not c.unified else 1.0


@compiled
def _hidden(c, code):
    """Return one of the numbers that no firm can see."""
    if code == Measure.SATISFACTION:
        return c.satisfaction
    if code == Measure.RATIO:
        return c.ratio
    if code == Measure.ATTITUDE:
        return c.attitude
    if code == Measure.TRUST:
        return c.trust
    if code == Measure.HABIT:
        return c.habit
    if code == Measure.GRIEVANCE:
        return c.grievance
    if code == Measure.WALLET:
        return c.wallet
    if code == Measure.DECLINING:
        return float(c.declining)
    if code == Measure.RESPONSIVENESS:
        return c.responsiveness
    if code == Measure.PRICE_SENSITIVITY:
        return c.price_sensitivity
    if code == Measure.BARRIER:
        return c.barrier
    return c.mean_spend


@compiled
def acts(rule, now):
    """Return whether a rule acts at all in this part of the run."""
    return now >= rule.begins and (rule.ends < 0 or now < rule.ends)


@compiled
def eligible(c, rule, now):
    """Return whether a rule's conditions hold for a customer."""
    if not (rule.stages >> c.observed_stage) & 1 or not (rule.tiers >> c.tier) & 1:
        return False
    if not (rule.causes >> c.stated_cause) & 1 or not (rule.true_stages >> c.stage) & 1:
        return False
    if rule.cap > 0 and c.offers >= rule.cap:
        return False
    for k in range(rule.tests):
        known = measure(c, rule.test[k], now)
        # Written so that what is not known (nan) fits no range.
        if not (known >= rule.low[k] and known <= rule.high[k]):
            return False
    return True


@compiled
def may_return(c, now):
    """Return whether a lost customer is to be asked back: once, between 30 and 60 days after leaving."""
    away = now - c.left
    return c.status == Status.LAPSED and c.win_backs == 0 and away >= WINDOW and away < 2 * WINDOW


@compiled
def untreat(c):
    """Take back everything that rules have set, before they are applied anew."""
    if not c.treated:
        return
    c.treated = 0
    for k in range(PROGRAMMES):
        c.programme[k] = 0.0
    c.quality_raised = 0.0
    c.price_cut = 0.0
    c.desk_class = 0
    c.recovery_boost = 0.0
    c.compensation = 0.0
    c.complaint_boost = 0.0
    c.service_cut = 0.0
    c.spend_cost = 0.0
    c.points_threshold = 0.0
    c.referral_push = 1.0
    c.referral_bonus = 0.0
    c.disclosed = 0.0
    c.explained = 0.0
    c.integrated = 0.0
    c.custom_mode = 0
    c.custom_depth = 0.0
    c.invested = 0.0
    c.managed = 0
    c.team = 0.0
    c.unified = 0


@compiled
def treat(c, p, rule, number, run, log, now, until):
    """Apply rule `number` to a customer from `now` to `until` (seconds), and book its cost."""
    if rule.action == ActionCode.WIN_BACK:
        _ask_back(c, p, rule, number, run, log, now)
        return
    cost = rule.use_cost + rule.month_cost * (until - now) / WINDOW
    c.treated = 1
    _act(c, p, rule, now)
    c.spend_cost += rule.spend_cost
    if cost > 0.0:
        book(c, p, run, log, now, EventKind.TREATMENT.value, number, -cost, rule.component)
        c.cash -= cost
    if rule.action == ActionCode.SAVE_OFFER:
        _answer_offer(c, p, run, log, now)
    elif rule.action == ActionCode.TERMINATE:
        leave(c, run, log, now, Cause.BY_COMPANY.value)
    elif rule.action == ActionCode.SURVEY:
        ask(c, p, run, log, now)


@compiled
def _act(c, p, rule, now):
    """Set what the rule sets."""
    first, second, third = rule.numbers[0], rule.numbers[1], rule.numbers[2]
    if rule.action == ActionCode.PROGRAMME:
        c.programme[int(first)] = max(c.programme[int(first)], second)
        if int(first) == Programme.CONTACT or int(first) == Programme.SPECIAL:
            c.last_contact = now
    elif rule.action == ActionCode.QUALITY:
        c.quality_raised += first
    elif rule.action == ActionCode.PRICE:
        # Nobody is paid for buying: cuts and deals together stop at the list price.
        c.price_cut = min(c.price_cut + first, 1.0 - p.deal_depth)
    elif rule.action == ActionCode.PRIORITY:
        c.desk_class = int(rule.numbers[c.tier])
    elif rule.action == ActionCode.RECOVERY:
        c.recovery_boost += first
        c.compensation += second
        c.complaint_boost += third
    elif rule.action == ActionCode.REDUCE_SERVICE:
        c.service_cut = max(c.service_cut, first)
        c.quality_raised -= second
    elif rule.action == ActionCode.REFER:
        c.referral_push = first
        c.referral_bonus = second
    elif rule.action == ActionCode.DISCLOSE:
        c.disclosed = max(c.disclosed, first)
    elif rule.action == ActionCode.EXPLAIN:
        c.explained = max(c.explained, first)
    elif rule.action == ActionCode.UNIFY:
        c.unified = 1
    elif rule.action == ActionCode.MANAGER:
        c.managed = 1
        c.team = max(c.team, second)
    elif rule.action == ActionCode.INVEST:
        c.invested = max(c.invested, first)
    elif rule.action == ActionCode.CUSTOMISE:
        c.custom_mode = int(first)
        c.custom_depth = second
    elif rule.action == ActionCode.INTEGRATE:
        c.integrated = max(c.integrated, first)
    elif rule.action == ActionCode.POINTS:
        c.points_threshold = first
        c.points_value = second
        c.points_gradient = third
    elif rule.action == ActionCode.SAVE_OFFER:
        c.offer = first * c.responsiveness
        c.offer_until = now + int(second) * DAY
        c.offers += 1


@compiled
def _answer_offer(c, p, run, log, now):
    """Let a save offer turn a leaving customer round, or remind an inert one that leaving is possible."""
    if c.declining:
        if preventable(c.decline_cause) and uniform(
            c.key, Purpose.SAVE.value, c.offers
        ) < re_engage_probability(p.late, c.offer):
            c.declining = 0
            book(c, p, run, log, now, EventKind.RE_ENGAGED.value, c.decline_cause, 0.0, Component.NONE.value)
            restage(c, p, run, log, now)
    elif uniform(c.key, Purpose.WAKE.value, c.offers) < p.wake * (1.0 - c.attitude) * (1.0 - c.habit):
        leave(c, run, log, now, Cause.NATURAL.value)


@compiled
def _ask_back(c, p, rule, number, run, log, now):
    """Ask a lost customer to come back; the attempt costs, and the offer does where it is accepted."""
    drift(c, p, now)
    c.win_backs += 1
    book(c, p, run, log, now, EventKind.WIN_BACK_OFFER.value, number, -rule.use_cost, rule.component)
    c.cash -= rule.use_cost
    offer = rule.numbers[0] * c.responsiveness
    if uniform(c.key, Purpose.WIN_BACK.value, c.win_backs) < return_probability(
        c.cause, c.attitude, p.att0, offer
    ):
        # Nothing that was in force at the end is carried into the new relationship.
        untreat(c)
        for slot in range(TRIGGER_SLOTS):
            c.held_until[slot] = 0
        come_back(c, p, run, log, now)
        book(c, p, run, log, now, EventKind.REACTIVATED.value, c.returns, -rule.accept_cost, rule.component)
        c.cash -= rule.accept_cost


@compiled
def treat_newcomer(c, p, rules, run, log, now):
    """Apply the standing rules to someone who becomes a customer in the middle of a window.

    Where rules draw on a shared budget or rank customers against one another, a newcomer has to
    wait for the end of the window.
    """
    if run.budgeted:
        return
    for k in range(rules.shape[0] - 1):
        rule = rules[k]
        if not rule.standing or rule.on >= 0 or rule.rank_by != NOT_RANKED:
            continue
        if acts(rule, now) and eligible(c, rule, now):
            treat(c, p, rule, k, run, log, now, run.window_end)


@compiled
def respond(c, p, rules, run, log, now):
    """Apply the rules that wait for what has just happened to the customer.

    Where rules draw on a shared budget, they wait for the end of the window.
    """
    if run.budgeted:
        return
    happened = c.triggers
    c.triggers = 0
    for k in range(rules.shape[0] - 1):
        rule = rules[k]
        if c.status != Status.ACTIVE:
            return
        if rule.on >= 0 and (happened >> rule.on) & 1 and acts(rule, now) and eligible(c, rule, now):
            # What was in force at the beginning of the window is so until its end.
            if not rule.standing or not holds(c, rule, run.window_start):
                treat(c, p, rule, k, run, log, now, run.window_end)
            hold(c, rule, now)


@compiled
def holds(c, rule, now):
    """Return whether an earlier trigger still keeps the rule's standing action in force."""
    return rule.standing and c.held_until[rule.slot] > now


@compiled
def hold(c, rule, now):
    """Keep a standing action in force for its days from a trigger on."""
    if rule.standing:
        c.held_until[rule.slot] = now + rule.held
