"""Mechanisms that every preset leaves off: each equation by hand, and each switch in a run.

Where something is switched off, the log must be the same byte for byte.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from generators import small
from scipy import special

from crmsim.engines import simulate
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.firm_view import active_scores
from crmsim.ledger import Ledger
from crmsim.model.customising import CustomMode, custom_gain
from crmsim.model.defection import competitor_rate
from crmsim.model.fairness import equity, unfairness
from crmsim.model.loyalty import earned_trust
from crmsim.model.partnership import barrier_in_force, joint_value, partnership_after
from crmsim.model.programmes import intrusion
from crmsim.model.purchase import BuyClass, buy_class
from crmsim.model.records import DAY
from crmsim.model.referral import heard, talk_weight
from crmsim.model.satisfaction import joint_ratio
from crmsim.model.service import handover_days
from crmsim.model.ties import TieStep, leaving_probability, personal_gain, tie_step, trust_left
from crmsim.model.traits import label
from crmsim.scenario import Scenario, parameter_record
from crmsim.scores import Score, blur
from crmsim.stages import Cause, Stage
from crmsim.strategies.base import Strategy
from crmsim.tiers import Tier

CONTACT = {"do": {"programme": "contact"}}
#: One customer does nothing to another: a desk without queue, no friends, no ranking.
ALONE = {"desk_load": 0.0, "ref_rate": 0.0, "rep_neg": 0.0, "tier_every_days": 3600}


def world(**values) -> Scenario:
    return small("retail", **{"customers": 150, "horizon_days": 720} | values)


def made(*rules: dict) -> Strategy:
    return Strategy(name="made", about="For a test.", currency="CU", rules=list(rules))


def run(*rules: dict, **values) -> Ledger:
    return simulate(world(**values), made(*rules))


def same(one: Ledger, other: Ledger) -> bool:
    return one.log().tobytes() == other.log().tobytes()


def test_equations_by_hand():
    assert competitor_rate(4.0, Tier.IMPORTANT, 3.0, True, 0.25) == pytest.approx(4.0 * 2.5 * 0.75)
    assert competitor_rate(4.0, Tier.ORDINARY, 3.0, False, 0.25) == 4.0
    assert buy_class(9, 0.2, 1) == BuyClass.MODIFIED_REBUY
    assert earned_trust(0.4, 0.2, 0.5) == pytest.approx(0.4 + 0.3 * 0.6)
    assert earned_trust(0.4, 0.5, 5.0) == 1.0
    assert equity(1.04, 0.9, 0.4) == pytest.approx((1.25 * 1.04 - 0.9) / 0.3)
    assert unfairness(Stage.STABILITY, 0.75, 0.4, 0.5) == pytest.approx(0.05)
    assert unfairness(Stage.STABILITY, 1.5, 0.4, 0.0) == 0.0 == unfairness(Stage.DECLINE, 0.0, 0.4, 0.0)
    assert intrusion(np.array([1.0, 2.0, 1.0, 1.0]), 0, 0.03) == pytest.approx(0.06)
    assert intrusion(np.array([1.0, 2.0, 1.0, 1.0]), 1, 0.03) == 0.0
    assert blur(0.6, 4, 6, 0.5) == pytest.approx(0.6 / math.sqrt(4.5))
    assert personal_gain(0.1, 0.5, 0.6) == pytest.approx(0.13)
    assert trust_left(0.8, 0.5, 0.6, 0.25) == pytest.approx(0.8 * (1 - 0.6 * 0.75 * 0.5))
    assert leaving_probability(2.0, 30.0) == pytest.approx(1 - math.exp(-60 / 365))
    assert tie_step(1.0) == TieStep.ALLIANCE and tie_step(0.5) == TieStep.TRUST
    assert partnership_after(0.2, 0.7, 0.1) == pytest.approx(0.25)
    assert joint_value(200.0, 0.3, 0.1) == pytest.approx(3.0)
    assert barrier_in_force(0.4, 0.5, 0.3, 2.0) == pytest.approx(0.8)
    assert custom_gain(CustomMode.TRANSPARENT, 0.5, -0.2, 3) == pytest.approx(0.1 * (1 - math.exp(-0.6)))
    assert [custom_gain(mode, 1.0, 0.2, 9) for mode in CustomMode] == [0.0, 0.0, 0.0, 0.02, 0.0]
    assert joint_ratio(0.9, 1.1, 0.25) == pytest.approx(1.05)
    assert handover_days(0, 1, 0.8, 0.5, 0.25) == pytest.approx(0.3)
    assert heard(0.2, 1.5, -0.4) == pytest.approx(0.2 * 1.9)


# --- competitors -------------------------------------------------------------------------------------------


def test_rivals_come_more_often_to_the_best():
    ledger = run(
        poach=4.0, offer_rate=6.0, offer_base=-100.0, decline_days=0.0, customers=400, horizon_days=1080
    )
    rows = ledger.log()
    offers = np.bincount(rows["tier"][rows["kind"] == EventKind.COMPETITOR_OFFER], minlength=4)
    years = ledger.months["tiers"].sum(axis=0) * 30 / 365
    expected = 6.0 * np.array([5.0, 3.0, 1.0, 1.0]) * years
    # Tiers are those at the ends of windows, so the time spent in them is known to a few per cent only.
    assert offers == pytest.approx(expected, rel=0.08, abs=5 * math.sqrt(expected.min()))


def test_nobody_looks_around_who_just_orders_again():
    glad = {
        "quality": 1.5,
        "quality_sd": 0.0,
        "problem_prob": 0.0,
        "fit_sd": 0.0,
        "market_pull": 0.0,
        "wait_weight": 0.0,
    }
    ledger = run(rebuy_lock=1.0, offer_rate=20.0, offer_base=-100.0, adapt_up=0.0, **glad)
    rows = ledger.log()
    bought = rows[(rows["kind"] == EventKind.PURCHASE)]
    offers = rows[rows["kind"] == EventKind.COMPETITOR_OFFER]
    before = [((bought["customer"] == o["customer"]) & (bought["time"] <= o["time"])).sum() for o in offers]
    assert len(before) > 100 and max(before) == 3


# --- trust -------------------------------------------------------------------------------------------------


def test_disclosure_acts_on_trust_alone():
    open_books = {"do": {"disclose": 1.0}}
    plain, shown = run(), run(open_books)
    assert shown.customers["trust"].mean() > plain.customers["trust"].mean() + 0.05
    assert same(run(trust_gain=0.0), run(open_books, trust_gain=0.0))


def test_a_tie_makes_trust_grow_and_takes_it_along():
    manager, team = {"do": {"manager": True}}, {"do": {"manager": True, "team": 1.0}}
    tied = {"personal": 0.6, "tie_gain": 0.2}
    assert same(run(), run(manager, tie_gain=0.2, turnover=3.0)), "nothing is bound to a person"
    assert same(run(), run(**tied, turnover=3.0)), "nobody has a manager"
    stays, goes, shared = (
        run(manager, **tied),
        run(manager, **tied, turnover=2.0),
        run(team, **tied, turnover=2.0),
    )
    assert stays.customers["trust"].mean() > run().customers["trust"].mean() + 0.02
    assert goes.customers["trust"].mean() < stays.customers["trust"].mean() - 0.1
    assert same(stays, shared), "what colleagues hold stays"
    lost, windows = goes.customers["managers_lost"].sum(), goes.months["tiers"].sum()
    chance = leaving_probability(2.0, 30.0)
    assert lost == pytest.approx(chance * windows, abs=4 * math.sqrt(chance * windows))


# --- fairness and permission -------------------------------------------------------------------------------


def test_an_unfair_exchange_is_minded_in_stability_and_explained_away():
    fast = {"rate_mean": 30.0, "trust_gain": 0.3}
    fair, unfair = run(**fast), run(fairness=0.5, **fast)
    assert unfair.customers["satisfaction"].mean() < fair.customers["satisfaction"].mean() - 0.02
    assert same(fair, run({"do": {"explain": 1.0}}, fairness=0.5, **fast))
    first = min(row["time"] for row in unfair.log() if row["true_stage"] == Stage.STABILITY)
    early = [ledger.log()[ledger.log()["time"] < first] for ledger in (fair, unfair)]
    assert early[0].tobytes() == early[1].tobytes() and len(early[0]) > 50


def test_contact_pleases_those_who_agreed_and_annoys_the_others():
    assert same(run(CONTACT), run(CONTACT, unasked=0.5)), "everybody agreed"
    plain = run(CONTACT, opt_in=0.4, **ALONE)
    assert same(run(CONTACT, **ALONE), plain), "nobody minds"
    agreed = plain.customers["consents"] == 1
    assert agreed.mean() == pytest.approx(0.4, abs=4 * math.sqrt(0.24 / 150))
    annoyed = run(CONTACT, opt_in=0.4, unasked=0.5, **ALONE)
    satisfaction = [ledger.customers["satisfaction"] for ledger in (plain, annoyed)]
    assert (satisfaction[0][agreed] == satisfaction[1][agreed]).all()
    assert satisfaction[1][~agreed].mean() < satisfaction[0][~agreed].mean() - 0.05
    asked = run(CONTACT | {"who": {"consents": {"min": 1.0}}}, opt_in=0.4, unasked=0.5, **ALONE)
    assert (asked.customers["satisfaction"][agreed] == satisfaction[0][agreed]).all()
    assert asked.customers["satisfaction"][~agreed].mean() > satisfaction[1][~agreed].mean() + 0.05


# --- what the firm knows -----------------------------------------------------------------------------------


def test_the_error_of_scores_shrinks_with_what_customers_say():
    ledger = run(inquiry_mean=4.0, survey_days=90)
    active = np.flatnonzero(ledger.customers["status"] == 1)

    def scores(noise: float, learn: float) -> np.ndarray:
        parameters = parameter_record(world(score_learn=learn))
        return active_scores(
            ledger.customers, active, parameters, int(Score.RISK), 1.0, noise, ledger.horizon_days * DAY
        )

    error = np.log(scores(0.5, 0.0) / scores(0.0, 0.0))
    learned = np.log(scores(0.5, 0.4) / scores(0.0, 0.4))
    people = ledger.customers[active]
    heard_of = people["contacts"] + 0.5 * people["surveys"]
    assert np.ptp(heard_of) > 3
    assert learned == pytest.approx(error / np.sqrt(1.0 + 0.4 * heard_of), rel=1e-6, abs=1e-9)


def test_split_records_hide_good_customers():
    whole, halves = run(horizon_days=390), run(horizon_days=390, split_share=0.3)
    split = halves.customers["split"] == 1
    assert split.mean() == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / len(split)))
    best = [ledger.customers["tier"] <= Tier.IMPORTANT for ledger in (whole, halves)]
    assert (best[1] & split).sum() < (best[0] & split[: len(best[0])]).sum()
    assert same(whole, run({"do": {"unify": True}}, horizon_days=390, split_share=0.3))
    assert same(whole, run(horizon_days=390, split_share=1.0)), "ranks stay when everybody is halved"
    rich = {"who": {"revenue_12m": {"min": 300.0}}, "do": {"programme": "reward"}, "cost": {"per_month": 1.0}}
    paid = [
        -simulate(world(split_share=s), made(rich)).months["amounts"][:, Component.PROGRAMME].sum()
        for s in (0.0, 1.0)
    ]
    assert 0.0 < paid[1] < 0.7 * paid[0]


def test_labels_tell_what_the_link_says():
    rng = np.random.Generator(np.random.PCG64(5))
    u, noise = rng.random((2, 40_000))
    z, rest = special.ndtri(u), special.ndtri(noise)
    labels = {
        link: np.array([label(a, b, link) for a, b in zip(z, rest, strict=True)]) for link in (0.0, 0.6, 1.0)
    }
    for drawn in labels.values():
        assert np.bincount(drawn, minlength=5)[1:] == pytest.approx([10_000] * 4, abs=4 * math.sqrt(7500))
    assert (labels[1.0] == np.minimum(np.floor(4 * u) + 1, 4)).all()
    assert (labels[0.0] == np.minimum(np.floor(4 * noise) + 1, 4)).all()
    assert (labels[0.6] == np.floor(4 * special.ndtr(0.6 * z + 0.8 * rest)) + 1).all()
    assert abs(np.corrcoef(labels[0.0], u)[0, 1]) < 4 / math.sqrt(40_000)
    assert np.corrcoef(labels[0.6], u)[0, 1] == pytest.approx(0.56, abs=0.03)
    people = run(label_link=1.0, customers=400, horizon_days=60).customers
    assert np.corrcoef(people["segment"], np.argsort(np.argsort(people["purchase_rate"])))[0, 1] > 0.95
    assert np.corrcoef(people["industry"], people["fit"])[0, 1] > 0.9
    assert same(run(), run(label_link=1.0)), "a label that nobody looks at changes nothing"


# --- what is made together ---------------------------------------------------------------------------------


def test_partnership_creates_value_on_both_sides():
    invest = {"do": {"invest": 1.0}}
    off = {"synergy": 0.0, "joint_barrier": 0.0}
    assert same(run(), run(invest, **off)) and same(run(), run(invest, joint_gain=0.0))
    ledger = run(invest, synergy=0.2, joint_gain=0.2, **ALONE)
    alone = run(synergy=0.2, joint_gain=0.2, **ALONE)
    assert ledger.customers["satisfaction"].mean() > alone.customers["satisfaction"].mean()
    counts = [component for component, info in COMPONENTS.items() if info.counts]
    assert ledger.customers["total"][:, counts].sum(axis=1) == pytest.approx(ledger.customers["cash"])
    full = run(invest, synergy=0.2, joint_gain=1.0, serve_cost=0.0, deal_depth=0.0, **ALONE)
    rows = full.log()
    joint = rows[(rows["kind"] == EventKind.VALUE) & (rows["component"] == Component.CLV4)]
    again = rows[(rows["kind"] == EventKind.PURCHASE) & (rows["detail"] >= 1)]
    assert joint["amount"] == pytest.approx(0.1 * again["amount"]), "from the second purchase on"
    held, lost = (
        run(invest, joint_barrier=b, joint_gain=0.3, synergy=0.0, offer_rate=20.0) for b in (3.0, 0.0)
    )
    assert (
        held.run["events"][EventKind.DISENGAGED].sum() < 0.8 * lost.run["events"][EventKind.DISENGAGED].sum()
    )


def test_customising_closes_a_misfit_and_nothing_else():
    plain = run(**ALONE)
    misfit = plain.customers["fit"] < 0.0
    gains = {}
    for mode in ("collaborative", "adaptive", "transparent", "cosmetic"):
        ledger = run({"do": {"customise": mode}}, **ALONE)
        gain = ledger.customers["satisfaction"] - plain.customers["satisfaction"]
        assert (gain[~misfit] == 0.0).all() == (mode != "cosmetic")
        gains[mode] = gain[misfit].mean()
    assert gains["collaborative"] > gains["adaptive"] > 0.0
    assert gains["collaborative"] > gains["transparent"] > 0.0
    half = run({"do": {"customise": "collaborative", "depth": 0.5}}, **ALONE)
    assert half.customers["satisfaction"][misfit].mean() < (
        gains["collaborative"] + plain.customers["satisfaction"][misfit].mean()
    )


def test_programmes_reach_users_and_not_those_who_decide():
    reward = {"do": {"programme": "reward"}}
    assert not same(run(), run(reward))
    assert same(run(user_weight=0.0), run(reward, user_weight=0.0))
    one, two = run(**ALONE), run(user_weight=0.5, **ALONE)
    assert two.customers["ratio"].mean() < one.customers["ratio"].mean(), "the market's best is the measure"


# --- channels ----------------------------------------------------------------------------------------------


def test_a_contact_on_the_wrong_channel_feels_longer():
    mixed = {"digital_wish": 0.5, "digital_share": 0.5, "inquiry_mean": 6.0, "desk_load": 0.2}
    plain, torn = run(**mixed), run(handover=1.0, **mixed)
    assert same(plain, run(inquiry_mean=6.0, desk_load=0.2)), "without handovers channels are all one"
    assert torn.customers["satisfaction"].mean() < plain.customers["satisfaction"].mean() - 0.005
    assert same(plain, run(handover=1.0, integration=1.0, **mixed))
    assert same(plain, run({"do": {"integrate": 1.0}}, handover=1.0, **mixed))
    assert same(plain, run(handover=1.0, **mixed | {"digital_wish": 1.0, "digital_share": 1.0}))
    assert run(**mixed).customers["digital"].mean() == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / 150))


def test_word_of_mouth_in_public_is_louder_both_ways():
    talk = {"ref_rate": 2.0, "rep_pos": 1.0, "rep_neg": 2.0, "arrivals": 0.3}
    engage = {"do": {"engage": 1.0}, "cost": {"per_month": 50.0}}
    free = {"do": {"engage": 1.0}}
    assert same(run(**talk), run(free, **talk)), "what nobody can read needs no answer"
    for public in (0.0, 1.5):
        months = run(**talk | {"rep_pos": 0.0}, public=public).months
        before, after = np.append(1.0, months["reputation"])[:-1], months["reputation"]
        blame = -np.log((1.0 + (after - 1.0) * math.exp(30.0 / 180.0)) / before)
        said = months["losses"] @ [talk_weight(cause.value) for cause in Cause] * 2.0 / 150.0
        assert blame == pytest.approx(said * (1.0 + public), abs=1e-12) and said.max() > 0.01
    loud, answered = run(**talk, public=1.5), run(engage, **talk, public=1.5)
    assert answered.months["reputation"][2:].min() > loud.months["reputation"][2:].min()
    assert answered.months["outreach"].sum() == pytest.approx(50.0 * 23)


def test_a_complaint_waits_for_the_back_office():
    loyal = {"griev_hazard": 0.0, "quality_hazard": 0.0, "offer_rate": 0.0, "neglect_hazard": 0.0}
    loyal |= {"need_mean": 0.0, "drop_a": 0.0, "drop_b": 0.0, "inquiry_mean": 0.0, "desk_load": 0.01}
    busy = {"problem_prob": 0.4, "rate_mean": 12.0, "horizon_days": 1080}
    at_once, later = run(**loyal, **busy), run(**loyal, **busy, back_days=6.0)
    delays, open_since, answered = [], {}, np.zeros(later.customer_count, int)
    for row in later.log():
        customer = int(row["customer"])
        if row["kind"] == EventKind.CONTACT_END:
            answered[customer] += 1
            open_since.setdefault(customer, int(row["time"]))
        elif row["kind"] == EventKind.RECOVERY:
            delays.append((int(row["time"]) - open_since.pop(customer)) / DAY)
    assert len(delays) > 400
    assert np.mean(delays) == pytest.approx(6.0, abs=4 * 6.0 / math.sqrt(len(delays)))
    people = later.customers
    assert (people["resolved"] + people["cases"] == answered).all()
    assert ((people["cases"] > 0) == np.isin(np.arange(len(people)), list(open_since))).all()
    quality = [
        log["detail"][log["kind"] == EventKind.RECOVERY].mean() for log in (at_once.log(), later.log())
    ]
    assert quality[1] < quality[0] - 100, "recovery is the worse the longer it takes"
    assert people["trust"].mean() < at_once.customers["trust"].mean()
