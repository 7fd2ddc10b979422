"""What the firm does to one customer: rules of a strategy, interpreted from arrays.

The rules see what a firm can observe and nothing else; :func:`eligible` is the whole of their
eyesight.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from crmsim.compiling import compiled
from crmsim.errors import InputError
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, uniform
from crmsim.model.booking import book
from crmsim.model.customer import leave, restage
from crmsim.model.defection import preventable, re_engage_probability
from crmsim.model.lifecycle import observed_stage
from crmsim.model.programmes import PROGRAMMES, Programme
from crmsim.model.records import DAY, RULE_NUMBERS, WINDOW
from crmsim.scenario import Scenario
from crmsim.scores import Score
from crmsim.stages import Cause, Stage
from crmsim.strategies.base import MEASURES, STANDING, Action, Rule, Strategy
from crmsim.tiers import Tier

__all__ = [
    "ActionCode",
    "Measure",
    "eligible",
    "measure",
    "observe",
    "rule_records",
    "treat",
    "treat_newcomer",
    "untreat",
]

_MEASURE_COUNT = len(MEASURES)


class Measure(IntEnum):
    """Codes of the measures of :data:`crmsim.strategies.base.MEASURES`, in the same order."""

    PURCHASES = 0
    TENURE_DAYS = 1
    RECENCY_DAYS = 2
    REVENUE_12M = 3
    NET_12M = 4
    CONTACTS = 5
    COMPLAINTS = 6


class ActionCode(IntEnum):
    """Codes of the actions."""

    PROGRAMME = 0
    QUALITY = 1
    PRICE = 2
    PRIORITY = 3
    RECOVERY = 4
    REDUCE_SERVICE = 5
    SAVE_OFFER = 6
    TERMINATE = 7


#: One rule as numbers.
RULE = np.dtype(
    (
        np.record,
        [
            ("stages", "i8"),  # bit mask
            ("tiers", "i8"),  # bit mask
            ("low", "f8", (_MEASURE_COUNT,)),
            ("high", "f8", (_MEASURE_COUNT,)),
            ("every", "i8"),  # windows
            ("standing", "i8"),
            ("action", "i8"),
            ("numbers", "f8", (RULE_NUMBERS,)),
            ("month_cost", "f8"),
            ("use_cost", "f8"),
            ("component", "i8"),
            ("cap", "i8"),  # offers per customer, 0 for no cap
            ("rank_by", "i8"),  # -2 nobody is ranked, -1 random, else a Measure or a Score
            ("top_share", "f8"),
        ],
    )
)


def rule_records(strategy: Strategy, scenario: Scenario) -> np.ndarray:
    """Return a strategy's rules as an array of ``RULE``, with costs in the scenario's currency.

    Raises
    ------
    InputError
        When the strategy names amounts of another currency.
    """
    if strategy.currency is not None and strategy.currency != scenario.currency:
        raise InputError(
            f"strategy {strategy.name}: currency",
            f"must be the scenario's, {scenario.currency}",
            strategy.currency,
        )
    # One spare row: an array without rows could not be handed to compiled code by its first row.
    rules = np.zeros(len(strategy.rules) + 1, RULE)
    for row, rule in zip(rules, strategy.rules, strict=False):
        _fill_conditions(row, rule)
        _fill_action(row, rule.do)
        row["every"] = rule.when.every * DAY // WINDOW
        row["standing"] = rule.do.name in STANDING
        row["component"] = Component.OFFER if rule.do.name == "save_offer" else Component.PROGRAMME
        row["cap"] = rule.cap.per_customer if rule.cap else 0
        row["rank_by"] = -2
        if rule.cost is not None:
            price = 1.0 if rule.cost.unit == "currency" else getattr(scenario.price_list, rule.cost.unit)
            row["month_cost"] = (rule.cost.per_month or 0.0) * price
            row["use_cost"] = (rule.cost.per_use or 0.0) * price
        if rule.pick is not None:
            row["rank_by"] = _rank_code(rule.pick.rank_by)
            row["top_share"] = rule.pick.top_share
    return rules


def _rank_code(name: str) -> int:
    if name == "random":
        return -1
    return int(Measure[name.upper()] if name in MEASURES else Score[name.upper()])


def _fill_conditions(row: np.record, rule: Rule) -> None:
    who = rule.who
    row["stages"] = sum(1 << Stage[name.upper()] for name in who.stage) if who.stage else -1
    row["tiers"] = sum(1 << Tier[name.upper()] for name in who.tier) if who.tier else -1
    for name in MEASURES:
        limits = getattr(who, name)
        code = Measure[name.upper()]
        row["low"][code] = -np.inf if limits is None or limits.min is None else limits.min
        row["high"][code] = np.inf if limits is None or limits.max is None else limits.max


def _fill_action(row: np.record, do: Action) -> None:
    numbers: tuple[float, ...]
    if do.name == "programme":
        numbers = (Programme[str(do.programme).upper()], do.intensity)
    elif do.name == "priority" and do.priority is not None:
        numbers = (do.priority.vip, do.priority.important, do.priority.ordinary, do.priority.small)
    elif do.name == "recovery":
        numbers = (do.recovery or 0.0, do.compensation, do.complaint_boost)
    elif do.name == "reduce_service":
        numbers = (do.reduce_service or 0.0, do.quality_loss)
    elif do.name == "save_offer":
        numbers = (do.save_offer or 0.0, do.days)
    elif do.name == "terminate":
        numbers = ()
    else:
        numbers = (getattr(do, do.name),)
    row["action"] = ActionCode[do.name.upper()]
    row["numbers"][: len(numbers)] = numbers


@compiled
def observe(c, p, now):
    """Return the lifecycle stage that the firm's own rule reads from its records."""
    gap = (c.last_purchase - c.first_purchase) / DAY / (c.n - 1) if c.n > 1 else 0.0
    return observed_stage(c.n, (now - c.last_purchase) / DAY, gap, p.contractual)


@compiled
def measure(c, code, now):
    """Return one of the numbers that the firm knows of a customer."""
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
    total = 0.0
    for k in range(c.revenue_months.shape[0]):
        total += c.revenue_months[k] if code == Measure.REVENUE_12M else c.net_months[k]
    return total


@compiled
def eligible(c, rule, now):
    """Return whether a rule's conditions hold for an active customer."""
    if not (rule.stages >> c.observed_stage) & 1 or not (rule.tiers >> c.tier) & 1:
        return False
    if rule.cap > 0 and c.offers >= rule.cap:
        return False
    for code in range(rule.low.shape[0]):
        if rule.low[code] > -np.inf or rule.high[code] < np.inf:
            known = measure(c, code, now)
            if known < rule.low[code] or known > rule.high[code]:
                return False
    return True


@compiled
def untreat(c):
    """Take back everything that rules have set, before they are applied anew."""
    for k in range(PROGRAMMES):
        c.programme[k] = 0.0
    c.quality_raised = 0.0
    c.price_cut = 0.0
    c.desk_class = 0
    c.recovery_boost = 0.0
    c.compensation = 0.0
    c.complaint_boost = 0.0
    c.service_cut = 0.0


@compiled
def treat(c, p, rule, number, run, log, now, until):
    """Apply rule `number` to a customer from `now` to `until` (seconds), and book its cost."""
    cost = rule.use_cost + rule.month_cost * (until - now) / WINDOW
    _act(c, p, rule, now)
    if cost > 0.0:
        book(c, p, run, log, now, EventKind.TREATMENT.value, number, -cost, rule.component)
        c.cash -= cost
    if rule.action == ActionCode.SAVE_OFFER:
        _answer_offer(c, p, run, log, now)
    elif rule.action == ActionCode.TERMINATE:
        leave(c, run, log, now, Cause.BY_COMPANY.value)


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
    elif rule.action == ActionCode.SAVE_OFFER:
        c.offer = first * c.responsiveness
        c.offer_until = now + int(second) * DAY
        c.offers += 1


@compiled
def _answer_offer(c, p, run, log, now):
    """Let a save offer turn a leaving customer round, or remind an inert one that leaving is possible."""
    if c.declining:
        if preventable(c.decline_cause) and uniform(c.key, Purpose.SAVE, c.offers) < re_engage_probability(
            p.late, c.offer
        ):
            c.declining = 0
            book(c, p, run, log, now, EventKind.RE_ENGAGED.value, c.decline_cause, 0.0, Component.NONE.value)
            restage(c, p, run, log, now)
    elif uniform(c.key, Purpose.WAKE, c.offers) < p.wake * (1.0 - c.attitude) * (1.0 - c.habit):
        leave(c, run, log, now, Cause.NATURAL.value)


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
        if rule.standing and rule.rank_by == -2 and eligible(c, rule, now):
            treat(c, p, rule, k, run, log, now, run.window_end)
