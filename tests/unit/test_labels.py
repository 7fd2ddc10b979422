"""Label schemes: every state has one label, every label has a state, and the labels mean what they say."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pandas as pd
import pytest

from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.ledger import Ledger
from crmsim.metrics.labels import LIMITS, StateLimits, label, label_codes, label_shares, relationship_levels
from crmsim.metrics.loyalty import stage_shares
from crmsim.model.records import CUSTOMER
from crmsim.scenario import preset
from crmsim.schemes import OUTSIDE, SCHEMES, STAGE_SCHEMES
from crmsim.stages import Stage, Status
from crmsim.strategies import find_strategy
from crmsim.tiers import Tier

STATE_SCHEMES = sorted(set(SCHEMES) - {"relationship"})
#: Values on both sides of every border that a rule has.
GRID = {
    "tier": tuple(Tier), "n": (1, 2, 3, 4, 12), "categories": (0, 1, 3), "referrals": (0, 2),
    "generation": (0, 1), "attitude": (0.28, 0.4, 0.6), "wallet": (0.3, 0.4, 0.7), "ratio": (0.9, 1.0),
}  # fmt: skip


@functools.cache
def grid() -> np.ndarray:
    """Return a customer in every state that can be: the stage decides the status, and n goes with it."""
    parts = []
    combinations = list(itertools.product(*GRID.values()))
    for stage in Stage:
        status = {Stage.PROSPECT: (Status.PROSPECT,), Stage.ENDED: (Status.LAPSED, Status.TERMINATED)}
        for standing in status.get(stage, (Status.ACTIVE,)):
            people = np.zeros(len(combinations), CUSTOMER)
            for place, name in enumerate(GRID):
                people[name] = [values[place] for values in combinations]
            people["stage"], people["status"] = stage, standing
            if stage == Stage.PROSPECT:
                people["n"] = people["categories"] = people["referrals"] = 0
            if stage in (Stage.FORMATION, Stage.STABILITY, Stage.DECLINE):
                people = people[people["n"] > 3]
            parts.append(people)
    return np.concatenate(parts)


@functools.cache
def run(world: str = "retail", strategy: str = "community", log: bool = True) -> Ledger:
    return simulate(
        preset(world).with_values(customers=400, horizon_days=1080), find_strategy(strategy), seed=5, log=log
    )


def one(**fields) -> np.ndarray:
    """Return one customer, active and in exploration unless the fields say otherwise."""
    people = np.zeros(1, CUSTOMER)
    people["status"], people["stage"], people["n"], people["ratio"] = Status.ACTIVE, Stage.EXPLORATION, 1, 1.0
    for name, value in fields.items():
        people[name] = value
    return people


def named(scheme: str, people: np.ndarray, **more) -> list[str]:
    return [SCHEMES[scheme][code] for code in label_codes(people, scheme, **more)]


@pytest.mark.parametrize("scheme", STATE_SCHEMES)
def test_every_state_has_one_label_and_every_label_a_state(scheme):
    codes = label_codes(grid(), scheme)
    assert len(codes) == len(grid())
    assert set(codes) == set(range(len(SCHEMES[scheme])))


@pytest.mark.parametrize("scheme", STATE_SCHEMES)
def test_prospects_and_those_who_left_are_not_called_customers(scheme):
    """Each word for somebody who is not there is used for nobody who is."""
    status = grid()["status"]
    codes = label_codes(grid(), scheme)
    gone, present = set(codes[status > Status.ACTIVE]), set(codes[status == Status.ACTIVE])
    assert len(gone) == 1
    if scheme != "three_stage":  # which leaves decline out
        assert not gone & present


@pytest.mark.parametrize("scheme", SCHEMES)
def test_label_of_a_run(scheme):
    ledger = run()
    series = label(ledger, scheme)
    assert series.index.to_list() == ledger.customers["number"].tolist()
    assert series.notna().all() and series.cat.ordered
    assert tuple(series.cat.categories) == SCHEMES[scheme]
    if scheme in STATE_SCHEMES:
        assert series.cat.codes.to_list() == label_codes(ledger.customers, scheme).tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_label_occurs_in_some_world(scheme):
    """Partners are rare at a retailer and not at a supplier; nobody is a prospect when all have come."""
    ledgers = [run(), run("b2b", "key_accounts"), run("retail", "recovery")]
    found = set().union(*(set(label(ledger, scheme)) for ledger in ledgers))
    assert set(SCHEMES[scheme]) - found <= {"potential", "prospect", "contact", "awareness", "trust"}


def test_stage_schemes_only_merge_and_rename():
    """A finer scheme tells the stages of a coarser one."""
    ledger = run()
    fine = label(ledger, "six_stage").astype(str)
    for scheme in STAGE_SCHEMES:
        coarse = label(ledger, scheme).astype(str)
        assert (pd.crosstab(fine, coarse) > 0).sum(axis=1).max() == 1, scheme


def test_the_five_stages_merge_the_first_two_of_the_six():
    stages = np.zeros(6, CUSTOMER)
    stages["stage"] = range(6)
    assert named("five_stage", stages) == [
        "potential_acquisition", "potential_acquisition", "growth", "maturity", "decline", "termination",
    ]  # fmt: skip
    assert named("three_stage", stages)[4] == OUTSIDE and named("four_stage", stages)[4] == "degeneration"


def test_status():
    assert named("status", one()) == ["new"]
    # A newcomer who takes a second product is still new; an old customer who does opens new business.
    assert named("status", one(categories=1)) == ["new"]
    assert named("status", one(stage=Stage.FORMATION, n=5)) == ["existing"]
    assert named("status", one(stage=Stage.FORMATION, n=5, categories=1)) == ["new_business"]


def test_ladder_takes_the_highest_rung():
    assert named("ladder", one(n=3)) == ["customer"]
    assert named("ladder", one(n=4)) == ["client"]
    assert named("ladder", one(n=2, attitude=0.4)) == ["supporter"]
    assert named("ladder", one(n=2, attitude=0.1, referrals=1)) == ["advocate"]
    partner = {"attitude": 0.55, "wallet": 0.6, "categories": 1, "n": 9}
    assert named("ladder", one(**partner)) == ["partner"]
    for name, value in (("attitude", 0.54), ("wallet", 0.59), ("categories", 0)):
        assert named("ladder", one(**{**partner, name: value})) == ["supporter"], name
    assert named("ladder", one(**{**partner, "wallet": 0.1}), contractual=True) == ["partner"]


def test_contact_maintenance_pyramid_strategic():
    assert named("five_contact", one(n=1)) == ["acquisition"] and named("five_contact", one(n=2)) == [
        "conversion"
    ]
    assert named("maintenance", one(status=Status.PROSPECT, stage=Stage.PROSPECT, generation=1)) == ["trust"]
    assert named("maintenance", one(ratio=0.9)) == ["transaction"]
    assert named("maintenance", one(ratio=0.97)) == ["satisfaction"]
    assert named("maintenance", one(ratio=0.9, attitude=0.5)) == ["loyalty"]
    assert named("maintenance", one(referrals=1)) == ["word_of_mouth"]
    assert named("pyramid", one(wallet=0.5)) == ["habitual"] and named("pyramid", one(attitude=0.5)) == [
        "sympathetic"
    ]
    assert named("tiers_strategic", one(tier=Tier.SMALL, attitude=0.5)) == ["promising"]
    assert named("tiers_strategic", one(tier=Tier.SMALL, attitude=0.5, wallet=0.5)) == ["general"]


def test_limits_are_parameters():
    assert named("ladder", one(attitude=0.45), limits=StateLimits(attitude=0.5)) == ["customer"]
    assert LIMITS.attitude == LIMITS.wallet == 0.4


@pytest.mark.parametrize("scheme", [*STAGE_SCHEMES, "five_contact"])
@pytest.mark.parametrize("world", ["retail", "telecom"])
def test_shares_over_time_end_where_the_run_ends(scheme, world):
    ledger = run(world)
    shares = label_shares(ledger, scheme)
    assert tuple(shares.columns) == SCHEMES[scheme]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(np.ones(36))
    final = label(ledger, scheme).value_counts(normalize=True, sort=False)
    assert shares.iloc[-1].to_numpy() == pytest.approx(final.to_numpy(), abs=1e-12)


def test_first_timers_over_time_are_those_of_shorter_runs():
    """At the end of a shorter run, the records say who has bought once."""
    shares = label_shares(run(), "five_contact")
    for days in (420, 720):
        short = simulate(run().scenario.with_values(horizon_days=days), run().strategy, seed=5)
        final = label(short, "five_contact").value_counts(sort=False).drop("contact")
        # Nobody is recommended just before the end, so the short run knows fewer prospects.
        known = run().months["customers"][days // 30 - 1]
        assert (shares.loc[days] * known).drop("contact").to_numpy() == pytest.approx(final.to_numpy())
        assert final["acquisition"] > 10


def test_what_cannot_be_followed_over_time_says_so():
    with pytest.raises(InputError, match=r"^scheme: must be one of six_stage, .*five_contact to be followed"):
        label_shares(run(), "ladder")
    with pytest.raises(InputError, match=r"^scheme: must be one of five_contact, .*got 'seven_stage'$"):
        label(run(), "seven_stage")
    bare = run(log=False)
    assert label_shares(bare, "six_stage").equals(label_shares(run(), "six_stage"))
    with pytest.raises(CrmsimError, match="kept no event log"):
        label_shares(bare, "five_contact")


def test_six_stages_are_the_stages():
    assert label_shares(run(), "six_stage").to_numpy() == pytest.approx(stage_shares(run()).to_numpy())


def test_relationship_levels_deepen_with_what_the_firm_does():
    """Nobody is treated by a firm that does nothing; a firm with a community has partners."""
    idle, busy = relationship_levels(run(strategy="do_nothing")), relationship_levels(run())
    assert set(idle.unique()) == {OUTSIDE, "basic", "reactive", "accountable"}
    assert (busy == "partnership").sum() > 50
    called = run(strategy="do_nothing").truth
    recent = called[called["day"] > 1080 - 365]
    callers = set(recent.loc[recent["kind"] == "contact_start", "customer"])
    assert set(idle.index[idle.isin(["reactive", "accountable"])]) <= callers
    assert not callers & set(idle.index[idle == "basic"])
    everything = relationship_levels(run(strategy="key_accounts"))
    assert "proactive" in set(everything)
