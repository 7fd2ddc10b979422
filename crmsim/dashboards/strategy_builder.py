"""A strategy put together from widgets: the parts of one rule as choices, and the rule as data.

A construction kit: each box holds one part of a rule (for whom, what, at which cost), and what is put
together is the same data as in a strategy's file, checked by the same rules. A strategy has as many rules as
are laid down; the one in the boxes is the last of them.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from crmsim.errors import InputError
from crmsim.strategies import strategy_names
from crmsim.strategies.base import Strategy
from crmsim.text import say
from crmsim.yaml_files import check

__all__ = [
    "ACTIONS",
    "COMPLAINTS",
    "RANKS",
    "UNITS",
    "ActionKind",
    "built_rule",
    "built_strategy",
    "laid_down",
]

#: Conditions on complaints, as the parts of `who` that they stand for.
COMPLAINTS: dict[str, dict[str, Any]] = {
    "any": {},
    "never": {"complaints": {"max": 0}},
    "some": {"complaints": {"min": 1}},
    "open": {"open_complaints": {"min": 1}},
}
#: By what the top share is ranked; `all` ranks nobody.
RANKS = ("all", "random", "revenue_12m", "risk", "lift", "value_lift", "sensitivity")
#: In what a cost may be counted.
UNITS = ("currency", "programme", "save_offer", "win_back", "key_account")
#: Save offers and surveys go out once a quarter.
_QUARTER = 90


class ActionKind(NamedTuple):
    """An action as the kit offers it.

    Attributes
    ----------
    usual : float
        Its number, as in the ready strategies; 0 where it has none.
    cost : float
        Usual cost, in `unit`; 0 where the model books the cost by itself, or there is none.
    unit : str
        One of :data:`UNITS`.
    fixed : dict
        Further fields of the action.
    """

    usual: float
    cost: float = 0.0
    unit: str = "currency"
    fixed: dict[str, Any] = {}  # noqa: RUF012


_SAME = ActionKind(1.0, 1.0, "programme")
#: What the kit offers; `nothing` leaves the boxes empty, so that only the rules laid down count.
ACTIONS: dict[str, ActionKind] = {
    "nothing": ActionKind(0.0),
    "reward": _SAME,
    "contact": _SAME,
    "special": _SAME,
    "community": _SAME,
    "save_offer": ActionKind(1.2, 1.0, "save_offer"),
    "win_back": ActionKind(1.0, 0.2, "win_back"),
    "price": ActionKind(0.1),
    "quality": ActionKind(0.05),
    "priority": ActionKind(0.0, fixed={"priority": {"vip": 0, "important": 1, "ordinary": 2, "small": 3}}),
    "recovery": ActionKind(0.35, fixed={"compensation": 0.4, "complaint_boost": 0.25}),
    "points": ActionKind(5.0, fixed={"reward_value": 0.2, "gradient": 0.5}),
    "refer": ActionKind(2.0),
    "reduce_service": ActionKind(0.3),
    "survey": ActionKind(0.0, 0.1, "save_offer", {"survey": True}),
}
_PROGRAMMES = ("reward", "contact", "special", "community")
#: Done once at a time: they cost something each time, and not by the month.
_ONCE = ("save_offer", "win_back", "survey")


def built_rule(parts: Any) -> dict[str, Any] | None:
    """Return the rule in the boxes as data; None while they hold no action.

    Parameters
    ----------
    parts : StrategyLabState
        Or anything with its fields `action`, `amount`, `stages`, `tiers`, `recency`, `score`, `complaints`,
        `rank`, `share`, `cost` and `cost_in`.

    Examples
    --------
    >>> from crmsim.dashboards.strategy_lab_state import StrategyLabState
    >>> built_rule(StrategyLabState(action="price", amount=0.1, tiers=("small",), recency=None, cost=0.0))
    {'who': {'tier': ['small']}, 'do': {'price': 0.1}}
    """
    if parts.action == "nothing":
        return None
    rule: dict[str, Any] = {"who": _who(parts), "when": _when(parts.action), "do": _do(parts)}
    if parts.cost > 0:
        kind = "per_use" if parts.action in _ONCE else "per_month"
        rule["cost"] = {kind: parts.cost, "in": parts.cost_in}
    if parts.rank != "all":
        rule["pick"] = {"rank_by": parts.rank, "top_share": parts.share / 100}
    return {name: part for name, part in rule.items() if part}


def _who(parts: Any) -> dict[str, Any]:
    who: dict[str, Any] = {}
    if parts.stages:
        who["stage"] = list(parts.stages)
    if parts.tiers:
        who["tier"] = list(parts.tiers)
    if parts.recency is not None:
        who["recency_days"] = {"min": parts.recency}
    if parts.score is not None:
        who["survey_score"] = {"max": parts.score}
    return who | COMPLAINTS[parts.complaints]


def _when(action: str) -> dict[str, Any]:
    if action == "win_back":
        return {"on": "lapsed"}
    return {"every": _QUARTER} if action in _ONCE else {}


def _do(parts: Any) -> dict[str, Any]:
    fixed = ACTIONS[parts.action].fixed
    if parts.action in fixed:  # its words say everything, and there is no number
        return dict(fixed)
    if parts.action in _PROGRAMMES:
        return {"programme": parts.action, "intensity": parts.amount}
    return {parts.action: parts.amount, **fixed}


def built_strategy(parts: Any, currency: str) -> Strategy:
    """Return the strategy: the rules laid down, then the one in the boxes, within the budget if there is one.

    Parameters
    ----------
    parts : StrategyLabState
        As in :func:`built_rule`, with `name`, `earlier` and `budget`.
    currency : str
        Of amounts that are not in the price list.

    Raises
    ------
    InputError
        For the first thing that a strategy may not be, as for one from a file.
    """
    if parts.name in strategy_names():
        raise InputError("name", "must not be that of a ready strategy", parts.name)
    rules = [*laid_down(parts.earlier), built_rule(parts)]
    data: dict[str, Any] = {
        "name": parts.name,
        "about": say("panel.strategy_lab.about", "en"),
        "about_zh": say("panel.strategy_lab.about", "zh"),
        "currency": currency,
        "rules": [rule for rule in rules if rule is not None],
    }
    if parts.budget is not None:
        data["budget"] = {"per_year": float(parts.budget)}
    return check(Strategy, data)


def laid_down(earlier: str) -> list[dict[str, Any]]:
    """Return the rules laid down before, from the line of JSON that holds them.

    Examples
    --------
    >>> laid_down('[{"do": {"price": 0.1}}]'), laid_down("")
    ([{'do': {'price': 0.1}}], [])
    """
    try:
        rules = json.loads(earlier or "[]")
    except (ValueError, RecursionError) as error:
        raise InputError("earlier", f"must be a list of rules as JSON ({error})") from None
    if not isinstance(rules, list):
        raise InputError("earlier", "must be a list of rules as JSON", type(rules).__name__)
    return rules
