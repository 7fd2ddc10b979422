"""Hypothesis generators of small valid scenarios and of strategies, for every test folder.

Scenarios begin with a preset and differ in a handful of parameters, so that each drawn world is one
that a user could have written. Values are drawn from short lists: a failing example reads well, and
the switches (0 = off) come up often. ``tests/unit/test_generators.py`` says what is not drawn.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from crmsim.scenario import Scenario, preset
from crmsim.strategies.base import Strategy
from crmsim.strategies.rules import FIRM_WIDE, STANDING

__all__ = ["ACTIONS", "FIELDS", "LIMITS", "TRIGGERS", "scenarios", "small", "strategies"]

#: Fields that may differ from the preset, with the values they may take.
FIELDS: dict[str, tuple[Any, ...]] = {
    "wallet_A": (0.0, 2.0, 8.0),
    "price_sd": (0.0, 0.5, 1.5),
    "spend_p": (0.0, 0.4, 1.0, 6.0),
    "spend_q": (0.0, 2.6, 4.0),
    "cross_rate": (0.0, 0.06, 1.0),
    "deal_depth": (0.0, 0.15, 0.5),
    "annual_discount_rate": (0.0, 0.1, 1.0),
    "serve_cost": (0.0, 5.0),
    "account_cost": (0.0, 0.8, 30.0),
    "contact_cost": (0.0, 6.0),
    "drop_a": (0.0, 0.6),
    "need_mean": (0.0, 0.05, 1.0),
    "decline_days": (0.0, 20.0, 90.0),
    "decline_activity": (0.0, 0.4, 1.0),
    "quality_hazard": (0.0, 0.6, 5.0),
    "griev_hazard": (0.0, 3.0, 30.0),
    "neglect_hazard": (0.0, 0.15, 5.0),
    "barriers": (0.0, 1.0),
    "offer_rate": (0.0, 3.0, 30.0),
    "quality": (0.7, 1.03, 1.4),
    "quality_sd": (0.0, 0.12, 0.5),
    "loss_aversion": (1.0, 2.0, 5.0),
    "att_gain": (0.0, 0.5, 3.0),
    "prog_value": (0.0, 0.06, 0.5),
    "resp_shape": (0.0, 1.5),
    "late": (0.0, 0.25, 5.0),
    "wake": (0.0, 0.01, 0.5),
    "problem_prob": (0.0, 0.06, 0.5, 1.0),
    "attribution": (0.0, 0.5),
    "inquiry_mean": (0.0, 1.2, 30.0),
    "desk_agents": (1, 2, 3),
    "desk_load": (0.0, 0.5, 0.95, 2.0),
    "wait_weight": (0.0, 0.08, 1.0),
    "ref_rate": (0.0, 1.0, 20.0),
    "ref_conv": (0.35, 1.0),
    "ref_pool": (0.0, 0.3, 1.0),
    "rep_neg": (0.0, 2.0),
    "tier_every_days": (30, 90, 180),
    "tiers_visible": (0.0, 1.0, 5.0),
    "arrivals": (0.0, 0.2, 3.0),
    "survey_days": (0, 30, 180),
    "survey_noise": (0.0, 1.0, 10.0),
    "servqual": (0, 1),
    "irritation": (0.0, 0.02, 1.0),
    "spend_trend": (-1.0, 0.0, 0.3),
    "credit_b": (0.0, 0.1, 1.0),
    "reopen": (0.0, 0.3, 0.9),
    "label_link": (0.0, 0.5, 1.0),
    "wallet0": (0.05, 0.3, 0.9),
    "wallet_T": (0.0, 0.8, 5.0),
    "elasticity": (0.0, 1.5, 4.0),
    "cross_max": (0, 3),
    "cross_share": (0.0, 0.25, 2.0),
    "deal_prone": (0.0, 0.5, 1.0),
    "credit_a": (0.0, 2.0),
    "margin": (0.0, 0.4, 1.0),
    "serve_floor": (0.0, 0.5, 1.0),
    "serve_learn": (0.5, 15.0),
    "acq_cost": (0.0, 280.0),
    "q_cost1": (0.0, 0.5),
    "q_cost2": (0.0, 2.0),
    "synergy": (0.0, 0.05, 2.0),
    "need_shape": (0.0, 1.0),
    "tolerance": (0.0, 0.06, 1.0),
    "griev_tau": (1.0, 150.0),
    "neglect_days": (0.0, 10.0, 120.0),
    "shield_A": (0.0, 1.5, 10.0),
    "shield_H": (0.0, 0.8, 10.0),
    "shield_B": (0.0, 1.0, 10.0),
    "barrier_mean": (0.0, 0.8, 5.0),
    "barrier_shape": (0.0, 2.0),
    "joint_barrier": (0.0, 0.5, 5.0),
    "offer_discount": (0.0, 0.1, 0.5),
    "offer_base": (-2.4, 3.0),
    "offer_price": (0.0, 6.0),
    "offer_A": (0.0, 3.0),
    "offer_H": (0.0, 1.2),
    "offer_B": (0.0, 1.0),
    "offer_S": (0.0, 6.0),
    "poach": (0.0, 2.0, 20.0),
    "rebuy_lock": (0.0, 0.5, 1.0),
    "fit_sd": (0.0, 0.1, 0.5),
    "exp0": (0.5, 1.0, 1.5),
    "exp0_sd": (0.0, 0.05, 0.5),
    "market_best": (1.0, 1.06, 2.0),
    "market_pull": (0.0, 0.06, 0.5),
    "market_learn": (0.5, 6.0),
    "adapt_up": (0.0, 0.1, 0.5),
    "adapt_down": (0.0, 0.06, 0.5),
    "sat_memory": (0.05, 0.25, 1.0),
    "user_weight": (0.0, 0.5, 1.0),
    "att0": (0.05, 0.28, 0.9),
    "att_tau": (10.0, 720.0),
    "trust0": (0.0, 0.3, 1.0),
    "trust_gain": (0.0, 0.12, 1.0),
    "trust_loss": (0.0, 0.6, 5.0),
    "habit_gain": (0.0, 0.15, 1.0),
    "habit_tau": (10.0, 180.0),
    "joint_gain": (0.0, 0.1, 1.0),
    "personal": (0.0, 0.5, 1.0),
    "tie_gain": (0.0, 0.1, 1.0),
    "turnover": (0.0, 0.5, 20.0),
    "fairness": (0.0, 0.5, 5.0),
    "prog_adapt": (0.0, 0.15, 1.0),
    "prog_adapt_max": (0.0, 0.7, 1.0),
    "opt_in": (0.0, 0.5, 1.0),
    "unasked": (0.0, 0.05, 1.0),
    "score_noise": (0.0, 0.5, 3.0),
    "score_learn": (0.0, 0.5, 10.0),
    "sev_min": (0.01, 0.1),
    "sev_range": (0.0, 0.5, 3.0),
    "compl_a": (0.0, 2.0),
    "inquiry_shape": (0.0, 0.5),
    "desk_contacts": (0.5, 1.4, 12.0),
    "wait_exp0": (0.0, 0.25, 5.0),
    "back_days": (0.0, 0.00001, 3.0, 60.0),
    "digital_wish": (0.0, 0.5, 1.0),
    "digital_share": (0.0, 0.5, 1.0),
    "handover": (0.0, 0.5, 10.0),
    "integration": (0.0, 0.5, 1.0),
    "rec_base": (0.0, 0.45, 1.0),
    "rec_wait": (0.0, 0.25, 5.0),
    "rec_exp0": (0.0, 0.45, 1.0),
    "rec_adapt": (0.0, 0.4, 1.0),
    "rec_weight": (0.0, 0.6, 5.0),
    "rec_max": (0.0, 0.9, 1.0),
    "ref_A": (0.0, 0.3, 0.9),
    "rep_pos": (0.0, 1.0, 10.0),
    "public": (0.0, 1.0, 10.0),
    "decision_days": (0.0, 30.0, 300.0),
    "decision_phases": (1, 4, 8),
    "fit_pull": (-1.0, 0.0, 1.0),
    "level_pull": (-1.0, 0.0, 1.0),
    "persuade": (0.0, 0.5, 5.0),
    "pester": (0.0, 0.1, 2.0),
    "ad_reach": (0.2, 3.0),  # with 0 a rule that advertises would be refused
    "ad_belief": (0.0, 0.3, 1.0),
    "response_base": (0.0, 0.25, 0.5),
    "response_extreme": (0.0, 0.5),
    "split_share": (0.0, 0.3, 1.0),
    "tier_vip": (0.05, 0.3),
    "tier_important": (0.15, 0.3),
    "tier_ordinary": (0.1, 0.3),
}
#: What presets leave off and what only shows when several things meet.
_TOGETHER: tuple[dict[str, Any], ...] = (
    {"personal": 0.8, "turnover": 3.0},
    {"fairness": 2.0},
    {"split_share": 0.5},
    {"digital_wish": 0.5, "digital_share": 0.5, "handover": 3.0, "inquiry_mean": 12.0},
    {"arrivals": 1.0, "public": 2.0, "decision_days": 30.0, "fit_pull": 0.5, "ad_reach": 2.0},
    {"back_days": 10.0, "problem_prob": 0.5, "compl_a": 0.0, "compl_b": 0.8},
    {"opt_in": 0.5, "unasked": 0.1},
    {"poach": 5.0, "rebuy_lock": 0.5, "tier_every_days": 30},
    {"user_weight": 0.5, "market_best": 1.2},
    {"synergy": 1.0, "joint_barrier": 2.0, "joint_gain": 0.5},
    {"desk_load": 2.0, "desk_agents": 1, "reopen": 0.9, "inquiry_mean": 12.0},
    {"decline_days": 0.0, "need_mean": 2.0, "desk_load": 4.0, "desk_agents": 1, "inquiry_mean": 30.0},
)
#: What may become different on the way, and to what.
_CHANGES: dict[str, tuple[Any, ...]] = {
    "barriers": (0.0, 1.0),
    "quality": (0.7, 1.4),
    "market_best": (1.0, 1.3),
    "offer_rate": (0.0, 30.0),
    "survey_days": (0, 60),
    "tiers_visible": (0.0, 1.0),
    "reopen": (0.0, 0.5),
    "spend_trend": (0.0, 0.5),
    "ref_rate": (0.0, 20.0),
    "account_cost": (0.0, 30.0),
    "turnover": (0.0, 20.0),
    "fairness": (0.0, 2.0),
    "handover": (0.0, 5.0),
    "public": (0.0, 5.0),
    "poach": (0.0, 5.0),
    "persuade": (0.0, 5.0),
    "user_weight": (0.3, 1.0),
}
#: Chances of buying by periods missed, for periodic timing.
_TABLES = ([1.0], [0.3, 0.2, 0.15, 0.05], [0.9, 0.5], [0.0, 1.0])


def small(name: str, **values: Any) -> Scenario:
    """Return a preset with few customers and a short horizon, unless `values` say otherwise."""
    return preset(name).with_values(**{"customers": 30, "entry_days": 60, "horizon_days": 420} | values)


@st.composite
def _changes(draw: st.DrawFn, horizon: int) -> list[dict[str, Any]]:
    """Draw up to two changes on the way."""
    last = -(-horizon // 30) - 1
    changes = []
    for window in sorted(draw(st.lists(st.integers(1, max(last, 1)), max_size=2, unique=True))):
        if window > last:
            continue
        fields = draw(st.lists(st.sampled_from(sorted(_CHANGES)), max_size=2, unique=True))
        lost = draw(st.sampled_from((0.0, 0.5, 1.0)))
        new = {field: draw(st.sampled_from(_CHANGES[field])) for field in fields}
        if new or lost:
            changes.append({"day": 30 * window, "set": new, "trust_lost": lost})
    return changes


@st.composite
def scenarios(
    draw: st.DrawFn, presets: tuple[str, ...] = ("retail", "telecom", "b2b"), **fixed: Any
) -> Scenario:
    """Draw a small scenario: 5 to 60 customers, 60 to 900 days, up to twelve fields changed.

    On top of these, up to two mechanisms that are off in the presets are on. One in four changes on the
    way, one in four of those without a contract has periodic timing.
    """
    name = draw(st.sampled_from(presets))
    horizon = draw(st.one_of(st.integers(2, 30).map(lambda windows: 30 * windows), st.integers(60, 900)))
    values: dict[str, Any] = {
        "customers": draw(st.integers(5, 60)),
        "horizon_days": horizon,
        "entry_days": draw(st.sampled_from((0, 1, min(horizon, 100), horizon))),
    }
    for number in draw(st.lists(st.integers(0, len(_TOGETHER) - 1), max_size=2, unique=True)):
        values |= _TOGETHER[number]
    for field in draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=12, unique=True)):
        values[field] = draw(st.sampled_from(FIELDS[field]))
    if values.get("drop_a") == 0.0:  # then drop_b is the probability itself
        values["drop_b"] = draw(st.sampled_from((0.0, 0.02, 0.3)))
    if values.get("compl_a") == 0.0:  # and so is compl_b
        values["compl_b"] = draw(st.sampled_from((0.0, 0.5, 1.0)))
    elif values.get("compl_a"):
        values["compl_b"] = 1.0
    if values.get("credit_a"):  # a beta distribution needs both
        values["credit_b"] = draw(st.sampled_from((0.5, 20.0)))
    if draw(st.integers(0, 3)) == 0:
        values["changes"] = draw(_changes(horizon))
    if name != "telecom" and draw(st.integers(0, 3)) == 0:
        values |= {"timing": "periodic", "buy_table": draw(st.sampled_from(_TABLES))}
    if name == "telecom" or "timing" in values:
        values["elasticity"] = 0.0
        values["renewal_days"] = draw(st.sampled_from((1, 30, 45, 365)))
    return preset(name).with_values(**values | fixed)


_STAGES = ("exploration", "formation", "stability", "decline")
_TIERS = ("vip", "important", "ordinary", "small")
_AMOUNT = st.sampled_from((0.0, 0.5, 3.0, 100.0))
_CAUSES = ("unknown", "natural", "quality", "need_ended", "service_failure", "neglect", "price", "competitor")
TRIGGERS = ("acquired", "first_purchase", "purchase", "problem", "complaint", "resolved", "tier_up",
            "tier_down", "decline_signal", "reward_earned", "low_survey")  # fmt: skip
_HIDDEN = {"satisfaction": (-0.1, 0.1), "ratio": (0.95, 1.05), "attitude": (0.2, 0.4), "trust": (0.2, 0.5),
           "habit": (0.1, 0.5), "grievance": (0.0, 0.2), "wallet": (0.2, 0.5), "declining": (0, 1),
           "responsiveness": (0.5, 1.5), "price_sensitivity": (0.5, 1.5), "barrier": (0.1, 1.0),
           "mean_spend": (50, 500)}  # fmt: skip
#: What a rule may ask of a customer, with two limits between which some customers lie.
LIMITS = {
    "purchases": (1, 4),
    "tenure_days": (30, 200),
    "recency_days": (20, 90),
    "revenue_12m": (50, 500),
    "net_12m": (-50, 100),
    "contacts": (0, 2),
    "complaints": (0, 1),
    "mean_gap_days": (10, 60),
    "open_complaints": (0, 1),
    "survey_score": (2, 4),
    "survey_nps": (6, 9),
    "referred": (0, 1),
    "unpaid": (0, 1),
    "reviews_in_red": (0, 1),
    "consents": (1, 1),
    "segment": (2, 3),
    "industry": (2, 3),
    "digital": (0, 1),
}
#: Every action, with the values of the number or word that it names and of the numbers beside it.
ACTIONS: dict[str, dict[str, tuple[Any, ...]]] = {
    "programme": {"programme": ("reward", "contact", "special", "community"), "intensity": (0.22, 1.0, 5.0)},
    "quality": {"quality": (0.05, 0.3)},
    "price": {"price": (0.05, 0.3)},
    "priority": {"priority": ()},  # drawn tier by tier
    "recovery": {
        "recovery": (0.0, 0.35, 1.0),
        "compensation": (0.0, 0.4),
        "complaint_boost": (0.0, 0.3, 1.0),
    },
    "reduce_service": {"reduce_service": (0.3, 1.0), "quality_loss": (0.0, 0.05, 0.5)},
    "points": {"points": (0.3, 5.0), "reward_value": (0.0, 0.2), "gradient": (0.0, 0.5)},
    "refer": {"refer": (0.0, 2.0, 20.0), "bonus": (0.0, 1.0)},
    "disclose": {"disclose": (0.5, 5.0)},
    "explain": {"explain": (0.3, 1.0)},
    "manager": {"manager": (True,), "team": (0.0, 0.5, 1.0)},
    "invest": {"invest": (0.3, 1.0)},
    "customise": {"customise": ("collaborative", "adaptive", "cosmetic", "transparent"), "depth": (0.5, 1.0)},
    "integrate": {"integrate": (0.5, 1.0)},
    "engage": {"engage": (0.5, 1.0)},
    "unify": {"unify": (True,)},
    "save_offer": {"save_offer": (0.5, 1.2, 8.0), "days": (30, 180)},
    "win_back": {"win_back": (0.0, 1.0, 10.0)},
    "survey": {"survey": (True,)},
    "canvass": {"canvass": (1, 3), "accuracy": (0.0, 0.5, 1.0)},
    "advertise": {"advertise": (0.3, 1.0)},
    "terminate": {"terminate": (True,)},
}


@st.composite
def _who(draw: st.DrawFn) -> dict[str, Any]:
    who: dict[str, Any] = {}
    if draw(st.booleans()):
        who["stage"] = draw(st.lists(st.sampled_from(_STAGES), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        who["tier"] = draw(st.lists(st.sampled_from(_TIERS), min_size=1, max_size=3, unique=True))
    for measure in draw(st.lists(st.sampled_from(sorted(LIMITS)), max_size=2, unique=True)):
        who[measure] = draw(_range(*LIMITS[measure]))
    if draw(st.integers(0, 4)) == 0:
        measure = draw(st.sampled_from(sorted(_HIDDEN)))
        who["oracle"] = {measure: draw(_range(*_HIDDEN[measure]))}
    return who


@st.composite
def _range(draw: st.DrawFn, low: float, high: float) -> dict[str, float]:
    both = {"min": float(low), "max": float(high)}
    return draw(st.sampled_from((both, {"min": float(low)}, {"max": float(high)})))


@st.composite
def _action(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(ACTIONS)))
    if name == "priority":
        return {name: {tier: draw(st.integers(0, 9)) for tier in _TIERS}}
    return {number: draw(st.sampled_from(values)) for number, values in ACTIONS[name].items()}


@st.composite
def _when(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw when a rule acts: at intervals or on a trigger, in the whole run or a part of it."""
    when: dict[str, Any] = {}
    standing = name in STANDING
    if name == "win_back":
        when["on"] = "lapsed"
    elif name not in FIRM_WIDE and draw(st.integers(0, 2)) == 0:
        when["on"] = draw(st.sampled_from(TRIGGERS))
        if standing:
            when["days"] = draw(st.sampled_from((1, 30, 100)))
    elif not standing and name not in FIRM_WIDE:
        when["every"] = draw(st.sampled_from((30, 90)))
    if draw(st.integers(0, 4)) == 0:
        when["from_day"] = draw(st.sampled_from((10, 30)))
    if draw(st.integers(0, 4)) == 0:
        when["until_day"] = draw(st.sampled_from((45, 300)))
    return when


@st.composite
def _cost(draw: st.DrawFn, name: str) -> dict[str, Any]:
    kinds = {"per_month", "share_of_spend"} if name in STANDING else {"per_use"}
    if name in ("advertise", "engage"):
        kinds = {"per_month"}
    if name == "win_back":
        kinds |= {"on_accept"}
    units = ("currency", "programme", "save_offer", "win_back", "key_account")
    cost: dict[str, Any] = {"in": draw(st.sampled_from(units))}
    for kind in draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=2, unique=True)):
        cost[kind] = draw(st.sampled_from((0.0, 0.1))) if kind == "share_of_spend" else draw(_AMOUNT)
    return cost


@st.composite
def _rule(draw: st.DrawFn) -> dict[str, Any]:
    rule: dict[str, Any] = {"do": draw(_action())}
    name = next(iter(rule["do"]))
    if name not in FIRM_WIDE:
        rule["who"] = draw(_who())
    rule["when"] = draw(_when(name))
    if name == "win_back" and draw(st.booleans()):
        rule["who"]["cause"] = draw(st.lists(st.sampled_from(_CAUSES), min_size=1, unique=True))
    if name == "save_offer" and draw(st.booleans()):
        rule["cap"] = {"per_customer": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        rule["cost"] = draw(_cost(name))
    if "on" not in rule["when"] and name not in FIRM_WIDE and draw(st.integers(0, 3)) == 0:
        measure = draw(st.sampled_from(_RANKS))
        rule["pick"] = {"rank_by": measure, "top_share": draw(st.sampled_from((0.1, 0.5, 1.0)))}
        if name == "save_offer" and draw(st.booleans()):
            rule["pick"]["rank_by"] = draw(st.sampled_from(("risk", "lift", "value_lift", "sensitivity")))
            rule["pick"]["exact"] = draw(st.booleans())
    return rule


_RANKS = ("random", "net_12m", "revenue_12m", "recency_days", "purchases", "tenure_days", "contacts",
          "complaints")  # fmt: skip


@st.composite
def strategies(draw: st.DrawFn, max_rules: int = 5) -> Strategy:
    """Draw a strategy of up to `max_rules` random rules, sometimes with a yearly budget.

    A rule that needs another one (points to wait for a reward, a survey for its answers, advertising for
    prospects to be called) gets it on top.
    """
    rules = draw(st.lists(_rule(), max_size=max_rules))
    budget = {"per_year": draw(st.sampled_from((10.0, 500.0, 1e6)))} if draw(st.integers(0, 3)) == 0 else None
    if budget is not None:
        rules = [rule for rule in rules if _can_be_budgeted(rule)]
        for rule in (rule for rule in rules if "cost" in rule):
            # The smallest budget has to pay for one action at least.
            rule["cost"] = {"per_month" if rule["do"].keys() & STANDING else "per_use": 0.5}
            break
    on = {rule["when"].get("on") for rule in rules}
    done = {name for rule in rules for name in rule["do"]}
    if "reward_earned" in on:  # can only be waited for where there are points,
        rules.append({"do": {"points": 0.3, "reward_value": 0.1}})
    if "low_survey" in on or any(
        rule.get("who", {}).keys() & {"survey_score", "survey_nps"} for rule in rules
    ):
        rules.append({"do": {"survey": True}, "when": {"every": 60}})  # answers where somebody asks,
    if done & {"canvass", "engage"} and "advertise" not in done:
        rules.append({"do": {"advertise": 1.0}})  # and prospects where somebody inquires
    oracle = any("oracle" in rule.get("who", {}) or rule.get("pick", {}).get("exact") for rule in rules)
    return Strategy(
        name="oracle_random_rules" if oracle else "random_rules",
        about="Drawn by Hypothesis.",
        currency="CU",
        rules=rules,
        budget=budget,
    )


def _can_be_budgeted(rule: dict[str, Any]) -> bool:
    """Return whether what a rule costs is known beforehand, and not what customers make of it."""
    unknown = rule["do"].keys() & ({"quality", "compensation", "points", "refer"} | FIRM_WIDE)
    unknown |= rule.get("cost", {}).keys() & {"share_of_spend", "on_accept"}
    return not unknown and rule["when"].get("on") != "reward_earned"
