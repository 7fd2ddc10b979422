"""A strategy's rules as arrays of numbers, which is the form in which they are carried out.

Like the kitchen's copy of an order: no sentences, only what to do. What does not fit the scenario
(another currency, a tier that nobody can reach, a budget below the cost of one action) is refused
here, before anything runs.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from crmsim.errors import InputError
from crmsim.events import Component
from crmsim.model.customising import CustomMode
from crmsim.model.programmes import Programme
from crmsim.model.records import DAY, RULE_NUMBERS, TRIGGER_SLOTS, WINDOW, Trigger
from crmsim.scenario import Scenario
from crmsim.scores import Score
from crmsim.stages import Cause, Stage
from crmsim.strategies.base import Strategy
from crmsim.strategies.programmed import Order, ProgrammedStrategy
from crmsim.strategies.rules import FIRM_WIDE, HIDDEN, MEASURES, Action, Cost, MoneyRange, Range, Rule, Who
from crmsim.tiers import Tier

__all__ = ["BY_LOT", "NOT_RANKED", "RULE", "ActionCode", "Measure", "order_record", "rule_records"]


class Measure(IntEnum):
    """Codes of what a rule can ask of a customer: first what a firm knows, then what it does not.

    The same names in the same order as :data:`crmsim.strategies.rules.MEASURES` and ``HIDDEN``.
    """

    PURCHASES = 0
    TENURE_DAYS = 1
    RECENCY_DAYS = 2
    REVENUE_12M = 3
    NET_12M = 4
    CONTACTS = 5
    COMPLAINTS = 6
    MEAN_GAP_DAYS = 7
    OPEN_COMPLAINTS = 8
    SURVEY_SCORE = 9
    SURVEY_NPS = 10
    REFERRED = 11
    UNPAID = 12
    REVIEWS_IN_RED = 13
    CONSENTS = 14
    SEGMENT = 15
    INDUSTRY = 16
    DIGITAL = 17
    SATISFACTION = 40
    RATIO = 41
    ATTITUDE = 42
    TRUST = 43
    HABIT = 44
    GRIEVANCE = 45
    WALLET = 46
    DECLINING = 47
    RESPONSIVENESS = 48
    PRICE_SENSITIVITY = 49
    BARRIER = 50
    MEAN_SPEND = 51


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
    WIN_BACK = 8
    REFER = 9
    POINTS = 10
    SURVEY = 11
    CANVASS = 12
    ADVERTISE = 13
    DISCLOSE = 14
    EXPLAIN = 15
    UNIFY = 16
    MANAGER = 17
    INVEST = 18
    CUSTOMISE = 19
    INTEGRATE = 20
    ENGAGE = 21


_TESTS = len(Measure)
#: Values of ``rank_by`` that are no measure or score.
NOT_RANKED, BY_LOT = -2, -1

#: One rule as numbers.
RULE = np.dtype(
    (
        np.record,
        [
            ("stages", "i8"),  # bit masks; -1 = all
            ("tiers", "i8"),
            ("causes", "i8"),
            ("true_stages", "i8"),
            ("tests", "i8"),  # so many of the next three are in use
            ("test", "i8", (_TESTS,)),
            ("low", "f8", (_TESTS,)),
            ("high", "f8", (_TESTS,)),
            ("every", "i8"),  # windows
            ("begins", "i8"),  # seconds
            ("ends", "i8"),  # seconds; -1 = never
            ("on", "i8"),  # a Trigger, or -1
            ("held", "i8"),  # seconds that a standing action holds after the trigger
            ("slot", "i8"),  # where the customer's record says until when
            ("standing", "i8"),
            ("firm_wide", "i8"),
            ("action", "i8"),
            ("numbers", "f8", (RULE_NUMBERS,)),
            ("month_cost", "f8"),
            ("use_cost", "f8"),
            ("accept_cost", "f8"),
            ("spend_cost", "f8"),  # share of list value
            ("component", "i8"),
            ("cap", "i8"),  # offers per customer, 0 for no cap
            ("rank_by", "i8"),  # NOT_RANKED, BY_LOT, or else a Measure or a Score
            ("top_share", "f8"),
            ("score_noise", "f8"),
        ],
    )
)


def rule_records(strategy: Strategy | ProgrammedStrategy, scenario: Scenario) -> np.ndarray:
    """Return a strategy's rules as an array of ``RULE``, with costs in the scenario's currency.

    Raises
    ------
    InputError
        When the strategy cannot be carried out in this scenario; the message says why.
    """
    if strategy.currency is not None and strategy.currency != scenario.currency:
        raise InputError(
            f"strategy {strategy.name}: currency",
            f"must be the scenario's, {scenario.currency}",
            strategy.currency,
        )
    # One spare row: an array without rows could not be handed to compiled code by its first row.
    rules = np.zeros(len(strategy.rules) + 1, RULE)
    slots = 0
    for number, (row, rule) in enumerate(zip(rules, strategy.rules, strict=False)):
        place = f"strategy {strategy.name}: rules.{number}"
        _check_fit(place, strategy, rule, scenario)
        _fill_rule(row, rule, scenario)
        if rule.when.on is not None and rule.standing:
            row["slot"] = slots
            slots += 1
    if slots > TRIGGER_SLOTS:
        raise InputError(
            f"strategy {strategy.name}: rules",
            f"must have at most {TRIGGER_SLOTS} standing actions with a trigger",
            slots,
        )
    _check_budget(strategy, rules)
    return rules


def order_record(order: Order, strategy: ProgrammedStrategy, scenario: Scenario) -> np.ndarray:
    """Return an order of a programmed strategy as an array of one ``RULE``.

    Raises
    ------
    InputError
        When it names an amount of money without saying its currency.
    """
    rule = order.rule
    if rule.cost is not None and rule.cost.names_currency and strategy.currency is None:
        raise InputError(
            f"strategy {strategy.name}: currency", "is missing: an order names an amount of money"
        )
    record = np.zeros(1, RULE)
    _fill_rule(record[0], rule, scenario)
    return record


def _fill_rule(row: np.record, rule: Rule, scenario: Scenario) -> None:
    """Write one rule into its row."""
    _fill_conditions(row, rule.who, scenario)
    _fill_when(row, rule)
    _fill_action(row, rule.do, scenario)
    row["standing"] = rule.standing
    row["firm_wide"] = rule.do.name in FIRM_WIDE
    offer = rule.do.name in ("save_offer", "win_back")
    row["component"] = Component.OFFER if offer else Component.PROGRAMME
    row["cap"] = rule.cap.per_customer if rule.cap else 0
    if rule.cost is not None:
        _fill_cost(row, rule.cost, scenario)
    row["rank_by"] = NOT_RANKED
    if rule.pick is not None:
        row["rank_by"] = _rank_code(rule.pick.rank_by)
        row["top_share"] = rule.pick.top_share
        row["score_noise"] = 0.0 if rule.pick.exact else scenario.programmes.score_noise


def _check_fit(place: str, strategy: Strategy | ProgrammedStrategy, rule: Rule, scenario: Scenario) -> None:
    """Refuse a rule that can never act, or would go beyond what is possible, in this scenario."""
    tiers = scenario.tiers
    shares = {"vip": tiers.tier_vip, "important": tiers.tier_important, "ordinary": tiers.tier_ordinary}
    # Newcomers begin as small, so that tier is never empty.
    if rule.who.tier is not None and all(shares.get(name, 1.0) == 0.0 for name in rule.who.tier):
        raise InputError(
            f"{place}.who.tier",
            "must name a tier that exists in the scenario (its share is 0)",
            rule.who.tier[0],
        )
    if rule.do.price is not None and rule.do.price + scenario.spend.deal_depth > 1.0:
        raise InputError(
            f"{place}.do.price",
            f"must be at most 1 - deal_depth ({1 - scenario.spend.deal_depth:g}): nobody is paid for buying",
            rule.do.price,
        )
    asked = scenario.survey.survey_days > 0 or any(other.do.survey for other in strategy.rules)
    waits = rule.when.on == "low_survey" or rule.who.survey_score or rule.who.survey_nps
    if waits and not asked:
        raise InputError(
            f"{place}", "must not wait for survey answers where nobody is asked (survey_days is 0)"
        )
    if rule.do.advertise and scenario.prospects.ad_reach == 0.0:
        raise InputError(f"{place}.do.advertise", "must have somebody to reach (ad_reach is 0)")
    inquired = scenario.referral.arrivals > 0.0 or any(other.do.advertise for other in strategy.rules)
    if (rule.do.canvass or rule.do.engage) and not inquired:
        raise InputError(f"{place}.do.{rule.do.name}", "must have prospects to win (arrivals is 0)")
    if rule.when.on == "reward_earned" and not any(other.do.points for other in strategy.rules):
        raise InputError(f"{place}.when.on", "must have a rule with points beside it", rule.when.on)
    if rule.when.from_day >= scenario.population.horizon_days:
        raise InputError(
            f"{place}.when.from_day",
            f"must be below the scenario's horizon_days ({scenario.population.horizon_days})",
            rule.when.from_day,
        )


def _check_budget(strategy: Strategy | ProgrammedStrategy, rules: np.ndarray) -> None:
    """Refuse a budget that does not pay for a single action."""
    if strategy.budget is None:
        return
    costs = [float(row["use_cost"] + row["month_cost"]) for row in rules[:-1]]
    cheapest = min((cost for cost in costs if cost > 0.0), default=0.0)
    if strategy.budget.per_year < cheapest:
        raise InputError(
            f"strategy {strategy.name}: budget.per_year",
            f"must pay for at least one action ({cheapest:g} {strategy.currency})",
            strategy.budget.per_year,
        )


def _rank_code(name: str) -> int:
    if name == "random":
        return BY_LOT
    return int(Measure[name.upper()] if name in MEASURES else Score[name.upper()])


def _mask(names: tuple[str, ...] | None, words: type[IntEnum]) -> int:
    """Return the bits of the words named; none named means all."""
    return sum(1 << words[name.upper()] for name in names) if names else -1


def _fill_conditions(row: np.record, who: Who, scenario: Scenario) -> None:
    row["stages"], row["tiers"] = _mask(who.stage, Stage), _mask(who.tier, Tier)
    causes = tuple("none" if name == "unknown" else name for name in who.cause or ())
    row["causes"] = _mask(causes, Cause)
    row["true_stages"] = _mask(who.oracle.stage if who.oracle else None, Stage)
    limits = [(name, getattr(who, name)) for name in MEASURES]
    limits += [(name, getattr(who.oracle, name)) for name in HIDDEN] if who.oracle else []
    asked = [
        (Measure[name.upper()], *_bounds(limit, scenario)) for name, limit in limits if limit is not None
    ]
    row["tests"] = len(asked)
    for k, (code, low, high) in enumerate(asked):
        row["test"][k], row["low"][k], row["high"][k] = code, low, high


def _bounds(limit: Range, scenario: Scenario) -> tuple[float, float]:
    price = _price(limit.unit, scenario) if isinstance(limit, MoneyRange) else 1.0
    low = -np.inf if limit.min is None else limit.min * price
    return low, np.inf if limit.max is None else limit.max * price


def _price(unit: str, scenario: Scenario) -> float:
    return 1.0 if unit == "currency" else float(getattr(scenario.price_list, unit))


def _fill_when(row: np.record, rule: Rule) -> None:
    when = rule.when
    row["every"] = when.every * DAY // WINDOW
    row["begins"] = when.from_day * DAY
    row["ends"] = -1 if when.until_day is None else when.until_day * DAY
    row["on"] = -1 if when.on is None else Trigger[when.on.upper()]
    row["held"] = when.days * DAY


def _fill_cost(row: np.record, cost: Cost, scenario: Scenario) -> None:
    price = _price(cost.unit, scenario)
    row["month_cost"] = (cost.per_month or 0.0) * price
    row["use_cost"] = (cost.per_use or 0.0) * price
    row["accept_cost"] = (cost.on_accept or 0.0) * price
    row["spend_cost"] = cost.share_of_spend or 0.0


def _fill_action(row: np.record, do: Action, scenario: Scenario) -> None:
    numbers: tuple[float, ...]
    mean_spend = scenario.spend.spend_mean
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
    elif do.name == "points":
        numbers = ((do.points or 0.0) * mean_spend, do.reward_value * mean_spend, do.gradient)
    elif do.name == "refer":
        numbers = (do.refer or 0.0, do.bonus * scenario.price_list.referral_bonus)
    elif do.name == "customise":
        numbers = (CustomMode[str(do.customise).upper()], do.depth)
    elif do.name == "manager":
        numbers = (1.0, do.team)
    elif do.name == "canvass":
        numbers = (do.canvass or 0, do.accuracy)
    elif do.name in ("terminate", "survey", "unify"):
        numbers = ()
    else:
        numbers = (getattr(do, do.name),)
    row["action"] = ActionCode[do.name.upper()]
    row["numbers"][: len(numbers)] = numbers
