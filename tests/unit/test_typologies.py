"""Types of loyalty: the truth by its definitions, the firm's guess from what it sees, both together."""

from __future__ import annotations

import functools
import math

import numpy as np
import pandas as pd
import pytest

from crmsim.audit.agreement import share_agreed
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.ledger import Ledger
from crmsim.metrics.labels import StateLimits
from crmsim.metrics.observed import firm_facts
from crmsim.metrics.typologies import (
    COMPONENT_WEIGHTS,
    FirmLimits,
    confusion,
    observed_components,
    observed_types,
    true_components,
    true_types,
)
from crmsim.scenario import preset
from crmsim.schemes import TYPOLOGIES
from crmsim.stages import Status
from crmsim.strategies import find_strategy

everywhere = pytest.mark.parametrize("world", ["retail", "telecom"])
each = pytest.mark.parametrize("typology", TYPOLOGIES)
#: What is hidden from a firm: a guess that uses any of it is no guess.
HIDDEN = (
    "attitude", "trust", "habit", "wallet", "wallet_max", "satisfaction", "ratio", "price_sensitivity",
    "barrier", "expectation", "grievance", "referrals", "stage", "declining", "purchase_rate",
)  # fmt: skip


@functools.cache
def run(world: str = "retail", **values: float) -> Ledger:
    scenario = preset(world).with_values(
        **{"customers": 300, "entry_days": 200, "horizon_days": 1080} | values
    )
    return simulate(scenario, find_strategy("do_nothing"), seed=7)


def active(ledger: Ledger) -> np.ndarray:
    return ledger.customers[ledger.customers["status"] == Status.ACTIVE]


def with_state(**fields) -> Ledger:
    """Return a run whose active customers are in the given state."""
    ledger = run()
    people = ledger.customers.copy()
    rows = np.flatnonzero(people["status"] == Status.ACTIVE)
    for name, values in fields.items():
        people[name][rows] = np.resize(values, len(rows))
    return Ledger(
        ledger.scenario, ledger.strategy, ledger.seed, ledger.replication, ledger.engine,
        ledger.events, people, ledger.months, ledger.run,
    )  # fmt: skip


# --- the truth ---------------------------------------------------------------------------------------------


def test_attitude_by_behaviour():
    ledger = with_state(attitude=[0.4, 0.4, 0.39, 0.39], wallet=[0.4, 0.39, 0.4, 0.39])
    assert true_types(ledger, "attitude_behaviour").head(4).to_list() == [
        "true",
        "latent",
        "spurious",
        "none",
    ]
    strict = true_types(ledger, "attitude_behaviour", limits=StateLimits(attitude=0.5))
    assert strict.head(4).to_list() == ["spurious", "none", "spurious", "none"]


def test_diamond():
    ledger = with_state(
        attitude=[0.5, 0.1, 0.5, 0.1], wallet=[0.5, 0.5, 0.1, 0.1], price_sensitivity=[3.0, 3.0, 1.19, 1.2]
    )
    assert true_types(ledger, "diamond").head(4).to_list() == ["loyal", "habitual", "multi_brand", "switcher"]


def test_phases():
    ledger = with_state(
        attitude=[0.4, 0.4, 0.1, 0.1, 0.1],
        habit=[0.6, 0.59, 0.9, 0.9, 0.9],
        trust=[0.1, 0.1, 0.6, 0.59, 0.9],
        satisfaction=[-1.0, -1.0, -0.05, 0.0, -0.06],
    )
    expected = ["action", "affective", "cognitive", "impulse", "impulse"]
    assert true_types(ledger, "phases").head(5).to_list() == expected


def test_levels_are_fifths_of_the_index():
    ledger = run()
    index = sum(true_components(ledger)[name] * 0.2 for name in COMPONENT_WEIGHTS)
    types = true_types(ledger, "levels")
    for place, name in enumerate(TYPOLOGIES["levels"]):
        inside = index[types == name]
        assert ((inside >= 0.2 * place) & (inside < 0.2 * (place + 1))).all()
    assert sum(COMPONENT_WEIGHTS.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(("level", "name"), list(enumerate(TYPOLOGIES["levels"])))
def test_every_level_can_be(level, name):
    """With every component in the middle of a fifth, the index is as well."""
    value = 0.1 + 0.2 * level
    ledger = with_state(
        attitude=value, trust=value, wallet=value, ratio=0.9 + 0.2 * value, habit=0.0,
        barrier=max(-math.log(1 - value) - 1.5 * value, 0.0),
    )  # fmt: skip
    assert set(true_types(ledger, "levels")) == {name}


@everywhere
def test_components_are_shares(world):
    for table in (true_components(run(world)), observed_components(run(world))):
        assert list(table.columns) == list(COMPONENT_WEIGHTS)
        assert table.index.to_list() == active(run(world))["number"].tolist()
        assert ((table >= 0) & (table <= 1)).all(axis=None)


def test_resistance_is_what_the_shield_keeps_off():
    ledger = with_state(attitude=0.5, habit=0.25, barrier=0.1)
    e = ledger.scenario.exit
    held = e.shield_A * 0.5 + e.shield_H * 0.25 + e.shield_B * 0.1
    assert true_components(ledger)["resistance"].to_numpy() == pytest.approx(1 - math.exp(-held))


def test_who_has_a_contract_buys_from_nobody_else():
    assert set(true_types(run("telecom"), "attitude_behaviour")) <= {"true", "spurious"}
    assert set(observed_types(run("telecom"), "diamond")) <= {"loyal", "habitual"}


# --- what the firm sees ------------------------------------------------------------------------------------


@everywhere
def test_facts_are_those_of_the_log(world):
    ledger, facts = run(world), firm_facts(run(world))
    log = ledger.firm_view()
    here = log[log["customer"].isin(facts.index)]
    bought = here[here["kind"] == "purchase"].groupby("customer")["day"]
    assert facts["purchases"].to_list() == bought.count().to_list()
    gap = (bought.max() - bought.min()) / (bought.count() - 1).where(lambda n: n > 0)
    lateness = (1080 - bought.max()) / gap if world == "retail" else 0.0 * bought.max()
    assert facts["lateness"].to_numpy() == pytest.approx(lateness.to_numpy(), rel=1e-6, nan_ok=True)
    complaints = here[here["kind"] == "complaint"].groupby("customer").size()
    assert facts["complaints"].to_list() == complaints.reindex(facts.index, fill_value=0).to_list()
    referrers = set(log.loc[log["kind"] == "referred", "customer"])
    assert set(facts.index[facts["referred"]]) == referrers & set(facts.index)
    answers = here[(here["kind"] == "survey") & (here["detail"] > 0)].groupby("customer")["detail"].last()
    answers = answers.reindex(facts.index)
    assert facts["score"].to_numpy() == pytest.approx((answers % 10).to_numpy(), nan_ok=True)
    assert facts["nps"].to_numpy() == pytest.approx((answers // 10).to_numpy(), nan_ok=True)


@everywhere
def test_trend_is_the_last_half_year_over_the_one_before(world):
    log = run(world).truth
    paid = log[log["component"] == "revenue"]
    late = paid[paid["day"] > 1080 - 180].groupby("customer")["amount"].sum()
    early = paid[(paid["day"] > 1080 - 360) & (paid["day"] <= 1080 - 180)].groupby("customer")["amount"].sum()
    facts = firm_facts(run(world))
    mine = late.reindex(facts.index, fill_value=0.0) / early.reindex(facts.index)
    assert facts["trend"].to_numpy() == pytest.approx(mine.to_numpy(), rel=1e-9, nan_ok=True)


def test_deal_share_tells_price_sensitivity():
    """A firm's invoices show what the price list hides: who buys on deal."""
    ledger = run(att_gain=0.0)  # attitude stays where it began, so that deals depend on sensitivity alone
    sensitivity = active(ledger)["price_sensitivity"]
    expected = np.minimum(1.0, ledger.scenario.spend.deal_prone * sensitivity)
    own = active(ledger)["generation"] == 0
    assert firm_facts(ledger)["deal_share"].to_numpy()[own] == pytest.approx(expected[own], abs=1e-9)
    assert firm_facts(run(deal_depth=0.0))["deal_share"].isna().all()


@each
def test_the_firm_sees_nothing_hidden(typology):
    """Turn everything hidden upside down: the firm's guess stays what it was."""
    guess = observed_types(run(), typology)
    rng_free = np.linspace(0.01, 0.99, 97)
    upset = with_state(
        **{name: rng_free if run().customers[name].dtype.kind == "f" else 1 for name in HIDDEN}
    )
    assert observed_types(upset, typology).equals(guess)
    assert not true_types(upset, typology).equals(true_types(run(), typology))


@pytest.fixture
def facts(monkeypatch):
    """Let a test say what the firm knows of its customers."""

    def known(**columns) -> Ledger:
        plain = {
            "purchases": 12, "lateness": 0.5, "trend": 1.0, "deal_share": 0.0, "categories": 0,
            "complaints": 0, "referred": False, "score": 4.0, "nps": 9.0,
        }  # fmt: skip
        assert set(columns) <= set(plain)
        table = pd.DataFrame({name: [columns.get(name, value)] for name, value in plain.items()})
        monkeypatch.setattr("crmsim.metrics.typologies.firm_facts", lambda ledger: table)
        return run()

    return known


def seen(ledger: Ledger, typology: str, **more) -> str:
    types = observed_types(ledger, typology, **more)
    assert len(types) == 1
    return types.iloc[0]


def test_the_firm_counts_as_liking_who_says_so_or_brings_others(facts):
    assert seen(facts(), "attitude_behaviour") == "true"
    assert seen(facts(nps=8.0), "attitude_behaviour") == "true"
    assert seen(facts(nps=7.0), "attitude_behaviour") == "spurious"
    assert seen(facts(nps=0.0, referred=True), "attitude_behaviour") == "true"
    silent = {"nps": math.nan, "score": math.nan}
    assert seen(facts(**silent), "attitude_behaviour") == "spurious"
    assert seen(facts(**silent, categories=1), "attitude_behaviour") == "true"
    assert seen(facts(**silent, categories=1, complaints=1), "attitude_behaviour") == "spurious"
    assert seen(facts(nps=7.0), "attitude_behaviour", limits=FirmLimits(nps=7)) == "true"


@pytest.mark.parametrize(
    "change", [{"purchases": 3}, {"lateness": 1.51}, {"lateness": math.nan}, {"trend": 0.69}]
)
def test_no_regular(facts, change):
    assert seen(facts(**change), "attitude_behaviour") == "latent"
    assert seen(facts(**change), "diamond") == "multi_brand"
    assert seen(facts(**change, deal_share=0.6), "diamond") == "switcher"


def test_a_new_regular_has_no_trend_yet(facts):
    assert seen(facts(trend=math.nan), "attitude_behaviour") == "true"


def test_observed_phases(facts):
    assert seen(facts(), "phases") == "action"
    assert seen(facts(purchases=10), "phases") == "affective"
    assert seen(facts(nps=5.0), "phases") == "cognitive"
    assert seen(facts(nps=5.0, score=3.0), "phases") == "impulse"
    assert seen(facts(nps=math.nan, score=math.nan), "phases") == "cognitive"
    assert seen(facts(nps=math.nan, score=math.nan, complaints=2), "phases") == "impulse"


def test_observed_components_and_what_does_not_show(facts):
    ledger = facts(lateness=2.0, categories=3, nps=7.0, score=2.0, deal_share=0.25)
    row = observed_components(ledger).iloc[0]
    assert row.to_list() == pytest.approx([0.25, 1.0, 0.5, 0.7, 0.75])
    ledger = facts(lateness=math.nan, nps=math.nan, score=math.nan, deal_share=math.nan)
    assert observed_components(ledger).iloc[0].to_list() == pytest.approx([0.5, 0.0, 0.5, 0.5, 0.5])
    assert observed_components(facts(referred=True, nps=1.0)).iloc[0]["recommendation"] == 1.0


# --- both together -----------------------------------------------------------------------------------------


@everywhere
@each
def test_confusion(world, typology):
    table = confusion(run(world), typology)
    truth, guess = true_types(run(world), typology), observed_types(run(world), typology)
    assert table.index.to_list() == table.columns.to_list() == list(TYPOLOGIES[typology])
    for kind in TYPOLOGIES[typology]:
        for taken_for in TYPOLOGIES[typology]:
            assert table.loc[kind, taken_for] == ((truth == kind) & (guess == taken_for)).sum()
    assert share_agreed(table) == pytest.approx((truth.astype(str) == guess.astype(str)).mean())


def test_agreement_of_nobody_is_nan():
    ledger = simulate(
        preset("bare").with_values(customers=5, horizon_days=720, rate_mean=300.0, drop_a=0.0, drop_b=0.999)
    )
    for typology in TYPOLOGIES:
        table = confusion(ledger, typology)
        assert table.to_numpy().sum() == 0 and math.isnan(share_agreed(table))


def test_an_unknown_typology():
    for types in (true_types, observed_types):
        with pytest.raises(
            InputError, match=r"^typology: must be one of attitude_behaviour, .*got 'horoscope'$"
        ):
            types(run(), "horoscope")
