"""Intervals that stand side by side hold all together: counted on made-up runs in which nothing differs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmsim.offer_trial import SAVE_OFFER
from crmsim.paired_tables import GROUPS, PairedWorlds
from crmsim.response_types import TYPES
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING, find_strategy
from crmsim.targeting import MEASURED, TargetingComparison

RUNS, TRIES, CONFIDENCE = 6, 100, 0.8
RETAIL = preset("retail")


def worlds(rng: np.random.Generator) -> PairedWorlds:
    """Return lives in which no group gains or loses, one customer of each tier in each replication."""
    tiers = GROUPS["tier"]
    n = RUNS * len(tiers)
    table = pd.DataFrame({"replication": np.repeat(range(RUNS), len(tiers)), "tier": tiers * RUNS})
    for column in ("uplift", "value_uplift", "value_other", "ratio_other", "stayed_other", "cost_other"):
        table[column] = rng.normal(size=n)
    for column in ("value_base", "ratio_base", "stayed_base", "cost_base", "number_base", "number_other"):
        table[column] = 0.0
    share = rng.normal(0.25, 0.05, (n, 4))
    table[list(TYPES)] = share
    waits = [
        {"replication": k, "world": world, "tier": tier, "wait": rng.normal()}
        for k in range(RUNS)
        for world in ("base", "other")
        for tier in tiers
    ]
    return PairedWorlds(
        RETAIL, DO_NOTHING, find_strategy("points"), 360, 0, 1, tuple(range(RUNS)),
        table.assign(there=True), pd.DataFrame(waits), CONFIDENCE,
    )  # fmt: skip


def scores(rng: np.random.Generator) -> TargetingComparison:
    """Return ways to choose that are equally good, each with its own luck against a base without any."""
    names = ("random", "risk", "lift", "value_lift", "oracle")
    runs = [
        {"replication": k, "score": name, "measure": measure, "value": rng.normal() * (name != "random")}
        for k in range(RUNS)
        for name in names
        for measure in MEASURED
    ]
    return TargetingComparison(
        RETAIL, 390, 0.1, SAVE_OFFER, DO_NOTHING, names, 4, 1, tuple(range(RUNS)), pd.DataFrame(runs),
        pd.DataFrame(), CONFIDENCE,
    )  # fmt: skip


def check(covered: list[bool], several: int, least: float = CONFIDENCE) -> None:
    """With independent intervals all of them hold a little more often than was asked."""
    wanted = (1.0 - (1.0 - least) / several) ** several
    assert abs(np.mean(covered) - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / TRIES), np.mean(covered)


@pytest.mark.parametrize("measure", ["uplift", "value_uplift"])
def test_what_each_tier_gains(measure):
    rng, covered = np.random.default_rng(5), []
    for _ in range(TRIES):
        table = worlds(rng).uplift("tier").query("measure == @measure")
        covered.append(bool(((table["low"] <= 0) & (table["high"] >= 0)).all()))
        assert (covered[-1]) == set(table["verdict"]).isdisjoint({"higher", "lower"})
    check(covered, 4)


def test_what_each_tier_loses():
    rng, covered = np.random.default_rng(6), []
    for _ in range(TRIES):
        table = worlds(rng).losers("tier").query("measure == 'wait'")
        covered.append(bool(((table["low"] <= 0) & (table["high"] >= 0)).all()))
    check(covered, 4)


def test_the_four_types():
    rng, covered = np.random.default_rng(7), []
    for _ in range(TRIES):
        table = worlds(rng).types()
        covered.append(bool(((table["low"] <= 0.25) & (table["high"] >= 0.25)).all()))
    check(covered, 4)


def test_several_scores():
    rng, covered = np.random.default_rng(8), []
    for _ in range(TRIES):
        table = scores(rng).differences().query("measure == 'net_gain'")
        covered.append(bool(((table["low"] <= 0) & (table["high"] >= 0)).all()))
    check(covered, 4)


def test_a_group_without_anybody_widens_nothing():
    rng = np.random.default_rng(9)
    full = worlds(rng)
    some = PairedWorlds(**{**vars(full), "customers": full.customers.query("tier != 'vip'")})
    wide, narrow = (w.uplift("tier").set_index(["tier", "measure"]) for w in (full, some))
    assert (narrow["high"] - narrow["low"])["small"].lt((wide["high"] - wide["low"])["small"]).all()
    assert narrow.loc["vip", "n"].eq(0).all() and set(narrow.loc["vip", "verdict"]) == {"undecided"}
