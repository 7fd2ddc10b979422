"""Hypothesis generators of small valid scenarios and of strategies, for every test folder.

Scenarios begin with a preset and differ in a handful of parameters, so that each drawn world is one
that a user could have written. Values are drawn from short lists: a failing example reads well, and
the switches (0 = off) come up often.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from crmsim.scenario import Scenario, preset
from crmsim.strategies.base import Strategy

__all__ = ["scenarios", "small", "strategies"]

#: Fields that may differ from the preset, with the values they may take.
_FIELDS: dict[str, tuple[Any, ...]] = {
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
}


def small(name: str, **values: Any) -> Scenario:
    """Return a preset with few customers and a short horizon, unless `values` say otherwise."""
    return preset(name).with_values(**{"customers": 30, "entry_days": 60, "horizon_days": 420} | values)


@st.composite
def scenarios(
    draw: st.DrawFn, presets: tuple[str, ...] = ("retail", "telecom", "b2b"), **fixed: Any
) -> Scenario:
    """Draw a small scenario: 5 to 60 customers, 60 to 900 days, up to eight fields changed."""
    name = draw(st.sampled_from(presets))
    horizon = draw(st.one_of(st.integers(2, 30).map(lambda windows: 30 * windows), st.integers(60, 900)))
    values: dict[str, Any] = {
        "customers": draw(st.integers(5, 60)),
        "horizon_days": horizon,
        "entry_days": draw(st.sampled_from((0, 1, min(horizon, 100), horizon))),
    }
    for field in draw(st.lists(st.sampled_from(sorted(_FIELDS)), max_size=8, unique=True)):
        values[field] = draw(st.sampled_from(_FIELDS[field]))
    if values.get("drop_a") == 0.0:  # then drop_b is the probability itself
        values["drop_b"] = draw(st.sampled_from((0.0, 0.02, 0.3)))
    if name == "telecom":
        values["renewal_days"] = draw(st.sampled_from((1, 30, 45, 365)))
    return preset(name).with_values(**values | fixed)


_STAGES = ("exploration", "formation", "stability", "decline")
_TIERS = ("vip", "important", "ordinary", "small")
_AMOUNT = st.sampled_from((0.0, 0.5, 3.0, 100.0))


@st.composite
def _who(draw: st.DrawFn) -> dict[str, Any]:
    who: dict[str, Any] = {}
    if draw(st.booleans()):
        who["stage"] = draw(st.lists(st.sampled_from(_STAGES), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        who["tier"] = draw(st.lists(st.sampled_from(_TIERS), min_size=1, max_size=3, unique=True))
    limits = {
        "purchases": (1, 4),
        "tenure_days": (30, 200),
        "recency_days": (20, 90),
        "revenue_12m": (50, 500),
        "net_12m": (-50, 100),
        "contacts": (0, 2),
        "complaints": (0, 1),
    }
    for measure in draw(st.lists(st.sampled_from(sorted(limits)), max_size=2, unique=True)):
        low, high = limits[measure]
        who[measure] = draw(
            st.sampled_from(
                ({"min": float(low)}, {"max": float(high)}, {"min": float(low), "max": float(high)})
            )
        )
    return who


@st.composite
def _action(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(
        st.sampled_from(
            (
                "programme",
                "quality",
                "price",
                "priority",
                "recovery",
                "reduce_service",
                "save_offer",
                "save_offer",
            )
        )
    )
    if name == "programme":
        return {
            name: draw(st.sampled_from(("reward", "contact", "special", "community"))),
            "intensity": draw(st.sampled_from((0.22, 1.0, 5.0))),
        }
    if name == "priority":
        return {name: {tier: draw(st.integers(0, 9)) for tier in _TIERS}}
    if name == "recovery":
        return {
            name: draw(st.sampled_from((0.0, 0.35, 1.0))),
            "compensation": draw(st.sampled_from((0.0, 0.4))),
            "complaint_boost": draw(st.sampled_from((0.0, 0.3, 1.0))),
        }
    if name == "reduce_service":
        return {
            name: draw(st.sampled_from((0.3, 1.0))),
            "quality_loss": draw(st.sampled_from((0.0, 0.05, 0.5))),
        }
    if name == "save_offer":
        return {name: draw(st.sampled_from((0.5, 1.2, 8.0))), "days": draw(st.sampled_from((30, 180)))}
    return {name: draw(st.sampled_from((0.05, 0.3)))}


@st.composite
def _rule(draw: st.DrawFn) -> dict[str, Any]:
    rule: dict[str, Any] = {"who": draw(_who()), "do": draw(_action())}
    offer = "save_offer" in rule["do"]
    if offer:
        rule["when"] = {"every": draw(st.sampled_from((30, 90)))}
        if draw(st.booleans()):
            rule["cap"] = {"per_customer": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        unit = draw(st.sampled_from(("currency", "programme", "save_offer")))
        rule["cost"] = {"per_use" if offer else "per_month": draw(_AMOUNT), "in": unit}
    if draw(st.integers(0, 3)) == 0:
        measure = draw(st.sampled_from(("random", "net_12m", "revenue_12m", "recency_days", "purchases")))
        rule["pick"] = {"rank_by": measure, "top_share": draw(st.sampled_from((0.1, 0.5, 1.0)))}
    return rule


@st.composite
def strategies(draw: st.DrawFn, max_rules: int = 5) -> Strategy:
    """Draw a strategy of up to `max_rules` random rules, sometimes with a yearly budget."""
    rules = draw(st.lists(_rule(), max_size=max_rules))
    budget = {"per_year": draw(st.sampled_from((10.0, 500.0, 1e6)))} if draw(st.integers(0, 3)) == 0 else None
    if budget is not None:
        # Raised quality and compensation cost what customers make of them; a budget cannot bind that.
        rules = [rule for rule in rules if not rule["do"].keys() & {"quality", "compensation"}]
    return Strategy(
        name="random_rules", about="Drawn by Hypothesis.", currency="CU", rules=rules, budget=budget
    )
