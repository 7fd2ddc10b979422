"""Every mechanism has a switch: off, it leaves no trace in a world where everything else is on.

A table, after the column "off" of model.md section 12. ``trace`` looks for what the mechanism alone can
have done and returns a number; with the switch off it must be exactly 0, and with the switch on it is not
(so that a trace which looks in the wrong place is found out).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_worlds import made, of_kind

from crmsim.engines import simulate
from crmsim.events import Component, EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import NEVER, Clock
from crmsim.scenario import Scenario, field_homes, preset
from crmsim.stages import Cause

#: On top of the retail preset, so that in two years everything happens that can happen.
ON = {
    "customers": 120,
    "entry_days": 60,
    "horizon_days": 720,
    "drop_b": 12.0,
    "need_mean": 0.2,
    "griev_hazard": 8.0,
    "neglect_hazard": 3.0,
    "neglect_days": 60.0,
    "problem_prob": 0.3,
    "offer_rate": 4.0,
    "wake": 0.1,
    "late": 2.0,
    "ref_rate": 3.0,
    "arrivals": 0.3,
    "tiers_visible": 1.0,
    "tier_every_days": 90,
    "survey_days": 60,
    "servqual": 1,
    "irritation": 0.02,
    "spend_trend": 0.2,
    "credit_b": 0.05,
    "reopen": 0.3,
}
EVERYTHING: tuple[dict[str, Any], ...] = (
    {"do": {"programme": "reward"}, "cost": {"per_month": 1.0, "in": "programme"}},
    {"do": {"programme": "contact"}, "who": {"purchases": {"min": 3}}},
    {"do": {"price": 0.02}},
    {"do": {"quality": 0.02}},
    {"do": {"points": 2.0, "reward_value": 0.1, "gradient": 0.5}},
    {"do": {"refer": 2.0}},
    {"do": {"recovery": 0.1, "compensation": 0.1}},
    {"do": {"save_offer": 1.0}, "when": {"every": 90}, "cost": {"per_use": 1.0, "in": "save_offer"}},
    {
        "do": {"win_back": 5.0},
        "when": {"on": "lapsed"},
        "cost": {"per_use": 0.2, "on_accept": 0.8, "in": "win_back"},
    },
)


@dataclass(frozen=True)
class Mechanism:
    """A mechanism: what turns it off, where it shows, and what must be different for it to show at all."""

    off: dict[str, Any]
    trace: Callable[[Ledger], float]
    needs: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()


def count(*kinds: EventKind) -> Callable[[Ledger], float]:
    return lambda ledger: len(of_kind(ledger, *kinds))


def lost_to(*causes: Cause) -> Callable[[Ledger], float]:
    return lambda ledger: np.isin(
        of_kind(ledger, EventKind.DISENGAGED, EventKind.CHURN)["detail"], causes
    ).sum()


def booked(component: Component) -> Callable[[Ledger], float]:
    return lambda ledger: np.abs(ledger.customers["total"][:, component]).sum()


def spread(trait: str) -> Callable[[Ledger], float]:
    return lambda ledger: np.ptp(ledger.customers[trait])


def any_of(name: str, start: float = 0.0) -> Callable[[Ledger], float]:
    """Look at the people who ever became customers: did anybody's state leave its initial value?"""
    return lambda ledger: np.abs(ledger.customers[name] - start).max()


def drift_from_traits(ledger: Ledger) -> float:
    people = ledger.customers
    return np.abs(people["expectation"] - people["initial_expectation"]).max()


def wallet_moves(ledger: Ledger) -> float:
    return np.abs(ledger.customers["wallet"] - ledger.scenario.purchase.wallet0).max() // 1e-12


def in_decline(ledger: Ledger) -> float:
    """Return how many customers did not leave in the very moment of their decision."""
    decided = {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.DISENGAGED)}
    left = {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.CHURN)}
    return len(decided - left)


def spend_of_first_purchases(ledger: Ledger) -> float:
    """Return how far the list value of the first purchase is from the customer's mean."""
    p, people = ledger.scenario, ledger.customers
    rows = of_kind(ledger, EventKind.VALUE)
    first = rows[rows["component"] == Component.CLV1]
    prone = np.minimum(1.0, p.spend.deal_prone * people["price_sensitivity"])[first["customer"]]
    cut = 0.02  # by the strategy
    unit = p.money.margin - cut - p.spend.deal_depth * prone
    z = (first["amount"] + p.money.serve_cost) / unit
    return np.abs(z / people["mean_spend"][first["customer"]] - 1.0).max() // 1e-9


def growth(ledger: Ledger) -> float:
    """Return how far the list value of later purchases is from the mean, where spend does not vary."""
    bought = of_kind(ledger, EventKind.PURCHASE)
    mean = ledger.customers["mean_spend"][bought["customer"]]
    return np.abs(bought["amount"] / mean - 0.98).max() // 1e-9


def protection(ledger: Ledger) -> float:
    """Return how far somebody's rate of leaving over a grievance is from that of one without any shield."""
    people = ledger.customers
    here = people[(people["left"] == NEVER) & (people["entered"] < NEVER) & (people["declining"] == 0)]
    here = here[here["grievance"] > 0.01]
    bare = ledger.scenario.exit.griev_hazard * here["grievance"] / 365.0
    return np.abs(1.0 - here["rate"][:, Clock.GRIEVANCE] / bare).max()


def repeats_are_worse(ledger: Ledger) -> float:
    """Return the severity beyond the worst first problem, in thousandths."""
    service = ledger.scenario.service
    worst = 1000.0 * (service.sev_min + service.sev_range)
    return max(of_kind(ledger, EventKind.PROBLEM)["detail"].max() - worst, 0)


def reputation(ledger: Ledger) -> float:
    return np.abs(ledger.months["reputation"] - 1.0).max()


def dimensions(ledger: Ledger) -> float:
    people = ledger.customers
    moved = np.abs(people["servqual_perceived"] - 1.0).max()
    return moved + np.abs(people["servqual_expected"] - people["initial_expectation"][:, None]).max()


@functools.cache
def run(values: tuple[tuple[str, Any], ...], without: tuple[str, ...] = ()) -> Ledger:
    rules = [rule for rule in EVERYTHING if not rule["do"].keys() & set(without)]
    return simulate(_world(dict(values)), made(*rules))


def _world(values: dict[str, Any]) -> Scenario:
    return preset("retail").with_values(**ON | values)


FLAT = {"spend_p": 0.0, "cross_rate": 0.0, "deal_depth": 0.0}
MECHANISMS: dict[str, Mechanism] = {
    "purchases": Mechanism({"rate_mean": 0.0}, lambda ledger: ledger.customers["n"].max() - 1.0),
    "differences in purchase rates": Mechanism({"rate_shape": 0.0}, spread("purchase_rate")),
    "natural dropout": Mechanism(
        {"drop_a": 0.0, "drop_b": 0.0}, lost_to(Cause.NATURAL), without=("save_offer",)
    ),
    "end of the need": Mechanism({"need_mean": 0.0}, lost_to(Cause.NEED_ENDED)),
    "phase of decline": Mechanism({"decline_days": 0.0}, in_decline),
    "differences in spend between customers": Mechanism({"spend_q": 0.0}, spread("mean_spend")),
    "differences in spend between purchases": Mechanism({"spend_p": 0.0}, spend_of_first_purchases),
    "learning to serve": Mechanism({"serve_floor": 1.0}, booked(Component.CLV4)),
    "cost to serve": Mechanism({"serve_cost": 0.0}, booked(Component.CLV4)),
    "acquisition cost": Mechanism(
        {"acq_cost": 0.0}, lambda ledger: np.abs(of_kind(ledger, EventKind.ACQUIRED)["amount"]).sum()
    ),
    "contact cost": Mechanism({"contact_cost": 0.0}, booked(Component.CONTACT)),
    "account cost": Mechanism({"account_cost": 0.0}, booked(Component.ACCOUNT)),
    "deals": Mechanism({"deal_depth": 0.0}, booked(Component.CLV6)),
    "proneness to deals": Mechanism({"deal_prone": 0.0}, booked(Component.CLV6)),
    "cross-buying": Mechanism({"cross_rate": 0.0}, booked(Component.CLV3)),
    "cost of raised quality": Mechanism({"q_cost1": 0.0, "q_cost2": 0.0}, booked(Component.QUALITY)),
    "growth of spend": Mechanism({"spend_trend": 0.0}, growth, needs=FLAT, without=("win_back",)),
    "credit risk": Mechanism({"credit_b": 0.0}, booked(Component.CREDIT)),
    "surprises in quality": Mechanism(
        {"quality_sd": 0.0, "fit_sd": 0.0, "exp0_sd": 0.0},
        # Without them, and with nothing else that differs, everybody likes the first purchase equally.
        lambda ledger: np.ptp(ledger.customers["satisfaction"][ledger.customers["n"] == 1]),
        needs={
            "problem_prob": 0.0,
            "inquiry_mean": 0.0,
            "resp_shape": 0.0,
            "arrivals": 0.0,
            "rate_mean": 0.0,
            "entry_days": 0,
            "ref_rate": 0.0,
        },
        without=("win_back",),
    ),
    "fit": Mechanism({"fit_sd": 0.0}, spread("fit")),
    "differences in expectation": Mechanism({"exp0_sd": 0.0}, spread("initial_expectation")),
    "adaptation of expectation": Mechanism(
        {"adapt_up": 0.0, "adapt_down": 0.0, "market_pull": 0.0}, drift_from_traits
    ),
    "attitude": Mechanism(
        {"att_gain": 0.0}, any_of("attitude", 0.28), needs={"tiers_visible": 0.0, "ref_rate": 0.0}
    ),
    "trust": Mechanism({"trust_gain": 0.0, "trust_loss": 0.0}, any_of("trust", 0.3), needs={"ref_rate": 0.0}),
    "habit": Mechanism({"habit_gain": 0.0}, any_of("habit"), without=("win_back",)),
    "value of programmes": Mechanism(
        {"prog_value": 0.0},
        lambda ledger: np.abs(ledger.customers["satisfaction"]).max(),
        needs={
            "quality_sd": 0.0,
            "fit_sd": 0.0,
            "exp0_sd": 0.0,
            "problem_prob": 0.0,
            "inquiry_mean": 0.0,
            "quality": 1.0,
            "market_best": 1.0,
            "irritation": 0.0,
            "adapt_up": 0.1,
        },
        without=("quality",),
    ),
    "getting used to programmes": Mechanism({"prog_adapt": 0.0}, any_of("programme_expectation")),
    "irritation": Mechanism(
        {"irritation": 0.0},
        lambda ledger: np.maximum(-ledger.customers["satisfaction"], 0.0).max(),
        needs={
            "quality_sd": 0.0,
            "fit_sd": 0.0,
            "exp0_sd": 0.0,
            "problem_prob": 0.0,
            "inquiry_mean": 0.0,
            "quality": 1.0,
            "market_pull": 0.0,
            "prog_value": 0.0,
            "irritation": 0.02,
        },
        without=("quality",),
    ),
    "differences in responsiveness": Mechanism({"resp_shape": 0.0}, spread("responsiveness")),
    "share of wallet": Mechanism({"wallet_A": 0.0, "wallet_T": 0.0}, wallet_moves),
    "differences in price sensitivity": Mechanism({"price_sd": 0.0}, spread("price_sensitivity")),
    "leaving over quality": Mechanism({"quality_hazard": 0.0}, lost_to(Cause.QUALITY)),
    "leaving over a grievance": Mechanism({"griev_hazard": 0.0}, lost_to(Cause.SERVICE_FAILURE)),
    "leaving for neglect": Mechanism({"neglect_hazard": 0.0}, lost_to(Cause.NEGLECT), without=("programme",)),
    "the shield": Mechanism(
        {"shield_A": 0.0, "shield_H": 0.0, "shield_B": 0.0}, protection, without=("save_offer", "win_back")
    ),
    "differences in barriers": Mechanism({"barrier_shape": 0.0}, spread("barrier")),
    "differences in needs": Mechanism({"need_shape": 0.0}, spread("need_rate")),
    "differences in inquiries": Mechanism({"inquiry_shape": 0.0}, spread("inquiry_rate")),
    "switching barriers": Mechanism({"barrier_mean": 0.0}, any_of("barrier")),
    "offers of competitors": Mechanism({"offer_rate": 0.0}, count(EventKind.COMPETITOR_OFFER)),
    "pull of price": Mechanism({"offer_price": 0.0}, lost_to(Cause.PRICE)),
    "problems": Mechanism(
        {"problem_prob": 0.0}, count(EventKind.PROBLEM, EventKind.COMPLAINT, EventKind.RECOVERY)
    ),
    "blame for repeated problems": Mechanism({"attribution": 0.0}, repeats_are_worse),
    "complaining": Mechanism({"compl_a": 0.0, "compl_b": 0.0}, count(EventKind.COMPLAINT)),
    "inquiries": Mechanism({"inquiry_mean": 0.0}, count(EventKind.INQUIRY)),
    "feelings about waiting": Mechanism(
        {"wait_weight": 0.0},
        lambda ledger: np.abs(ledger.customers["satisfaction"]).max(),
        needs={
            "quality_sd": 0.0,
            "fit_sd": 0.0,
            "exp0_sd": 0.0,
            "problem_prob": 0.0,
            "quality": 1.0,
            "market_best": 1.0,
            "prog_value": 0.0,
            "irritation": 0.0,
        },
        without=("quality",),
    ),
    "expectations of recovery": Mechanism({"rec_adapt": 0.0}, any_of("recovery_expected", 0.45)),
    "calls that settle nothing": Mechanism(
        {"reopen": 0.0},
        lambda ledger: len(
            {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.INQUIRY)}
            & {(int(r["customer"]), int(r["time"])) for r in of_kind(ledger, EventKind.CONTACT_END)}
        ),
    ),
    "recommending": Mechanism({"ref_rate": 0.0}, count(EventKind.REFERRAL, EventKind.REFERRED)),
    "referred customers": Mechanism({"ref_conv": 0.0}, booked(Component.CLV5)),
    "reputation": Mechanism({"rep_neg": 0.0, "rep_pos": 0.0}, reputation),
    "arrivals": Mechanism(
        {"arrivals": 0.0}, lambda ledger: (ledger.months["prospects"] + ledger.months["arrived"]).sum()
    ),
    "waking by offers": Mechanism(
        {"wake": 0.0}, lost_to(Cause.NATURAL), needs={"drop_a": 0.0, "drop_b": 0.0}
    ),
    "late offers": Mechanism({"late": 0.0}, count(EventKind.RE_ENGAGED)),
    "surveys": Mechanism(
        {"survey_days": 0},
        lambda ledger: (
            len(of_kind(ledger, EventKind.SURVEY))
            + ledger.customers["surveys"].sum()
            + ledger.customers["survey_score"].sum()
            + ledger.months["survey"].sum()
        ),
    ),
    "extreme answers": Mechanism(
        {"response_extreme": 0.0},
        lambda ledger: (of_kind(ledger, EventKind.SURVEY)["detail"] > 0).sum(),
        needs={"response_base": 0.0},
    ),
    "SERVQUAL view": Mechanism({"servqual": 0}, dimensions),
    "visible tiers": Mechanism(
        {"tiers_visible": 0.0}, any_of("attitude", 0.28), needs={"att_gain": 0.0, "ref_rate": 0.0}
    ),
}

#: Mechanisms that a strategy brings: gone with the rule, or with its number at 0.
BY_STRATEGY: dict[str, tuple[str, Callable[[Ledger], float]]] = {
    "points": ("points", lambda ledger: ledger.customers["points"].max() + count(EventKind.REWARD)(ledger)),
    "winning back": (
        "win_back",
        lambda ledger: (
            count(EventKind.WIN_BACK_OFFER, EventKind.REACTIVATED)(ledger) + ledger.customers["away"].sum()
        ),
    ),
    "programmes": ("programme", any_of("programme_expectation")),
    "raised quality": ("quality", booked(Component.QUALITY)),
    "save offers": ("save_offer", any_of("offers")),
    "compensation": ("recovery", booked(Component.RECOVERY)),
}


def _ledger(values: dict[str, Any], without: tuple[str, ...] = ()) -> Ledger:
    return run(tuple(sorted(values.items())), without)


@pytest.mark.parametrize("name", MECHANISMS)
def test_off_leaves_no_trace_and_on_does(name):
    mechanism = MECHANISMS[name]
    off = mechanism.trace(_ledger(mechanism.needs | mechanism.off, mechanism.without))
    assert off == pytest.approx(0.0, abs=1e-12), "off, and yet"
    assert mechanism.trace(_ledger(mechanism.needs, mechanism.without)) > 1e-9, "on, and nothing to see"


@pytest.mark.parametrize("name", BY_STRATEGY)
def test_without_its_rule_there_is_no_trace_and_with_it_there_is(name):
    rule, trace = BY_STRATEGY[name]
    assert trace(_ledger({}, (rule,))) == 0.0
    assert trace(_ledger({})) > 0.0


def test_loss_aversion_of_one_weighs_both_sides_alike():
    """Its switch is 1, not 0: then the memory of s is that of c - 1, by the same weights."""
    needs = {"wait_weight": 0.0, "rec_weight": 0.0, "rec_max": 0.0}
    gap = {}
    for weight in (1.0, 2.0):
        people = _ledger(needs | {"loss_aversion": weight}, ("win_back",)).customers
        gap[weight] = np.abs(people["satisfaction"] - (people["ratio"] - 1.0)).max()
    assert gap[1.0] < 1e-12 < 0.01 < gap[2.0]


def test_price_has_no_effect_on_how_much_is_bought_without_elasticity():
    """Between a cut of a half and none, the purchases of the same luck come at the same time."""
    base = {"customers": 100, "offer_rate": 0.0, "deal_depth": 0.0, "wallet_A": 0.0, "wallet_T": 0.0}
    cut = made({"do": {"price": 0.5}})
    for elasticity in (0.0, 1.5):
        scenario = _world(base | {"elasticity": elasticity})
        times = [
            of_kind(simulate(scenario, strategy), EventKind.PURCHASE)["time"].tolist()
            for strategy in (made(), cut)
        ]
        assert (times[0] == times[1]) == (elasticity == 0.0)


def test_no_barriers_protect_where_they_have_fallen():
    """`barriers` 0 is the same as barriers of no effect on anything."""
    fallen = _ledger({"barriers": 0.0})
    none = _ledger({"shield_B": 0.0, "offer_B": 0.0})
    assert fallen.log().tobytes() == none.log().tobytes()
    assert fallen.log().tobytes() != _ledger({}).log().tobytes()


def test_expectations_of_recovery_do_not_matter_where_recovery_has_no_weight():
    """Then whether much or little was expected of it is the same history."""
    for weight in (0.0, 0.6):
        much, little = (
            _ledger({"rec_weight": weight, "rec_exp0": expected, "horizon_days": 360})
            for expected in (0.9, 0.1)
        )
        assert (much.log().tobytes() == little.log().tobytes()) == (weight == 0.0)


def test_every_parameter_that_says_it_can_be_off_is_in_the_table():
    """A new field whose description says "0 = off" must be given a test here."""
    said = set()
    for name, home in field_homes().items():
        section = type(getattr(preset("retail"), home))
        text = section.model_fields[name].description or ""
        if any(
            mark in text
            for mark in ("0 = off", "1 = off", "0 = none", "0 = they do not", "0 = all alike", "0 = at once")
        ):
            said.add(name)
    tested = {name for mechanism in MECHANISMS.values() for name in mechanism.off}
    tested |= {"loss_aversion", "elasticity", "barriers"}
    # Errors of scores and of answers: test_model_rules and test_model_survey.
    tested |= {"rec_weight", "score_noise", "survey_noise"}
    # What every preset leaves off is compared byte for byte with a run without it, in files of its own.
    here = Path(__file__).parent
    for file in ("test_model_extras.py", "test_prospects.py"):
        text = (here / file).read_text(encoding="utf-8")
        tested |= {name for name in said if re.search(rf"\b{name}\b", text)}
    assert said <= tested, sorted(said - tested)
