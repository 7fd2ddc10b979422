"""The search: honest about its winner, the same whatever the workers, and not lost when it is stopped."""

from __future__ import annotations

import hashlib
import math
import signal
import struct
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

import crmsim.grids
import crmsim.search
from crmsim import outcomes, simulate
from crmsim.checkpoints import Checkpoint
from crmsim.errors import InputError, InterruptedRun
from crmsim.field_paths import number_at
from crmsim.grids import Grid
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import preset
from crmsim.search import optimise
from crmsim.search_result import SearchResult, pareto_front
from crmsim.search_space import SearchSpace
from crmsim.store import RunStore
from crmsim.strategies import find_strategy
from crmsim.yaml_files import check

TOWN = preset("retail").with_values(customers=60, horizon_days=420)
RISK = find_strategy("save_risk")
SHARE, STRENGTH = "rules[0].pick.top_share", "rules[0].do.save_offer"


def space(**more: object) -> SearchSpace:
    numbers = [{"path": SHARE, "low": 0.05, "high": 0.95}, {"path": STRENGTH, "low": 0.1, "high": 4.0}]
    return check(SearchSpace, {"numbers": numbers} | more)


def noise(*address: object) -> float:
    """Return a normal number that is a function of its address (Box & Muller 1958)."""
    a, b = struct.unpack("<QQ", hashlib.sha256(repr(address).encode()).digest()[:16])
    return math.sqrt(-2.0 * math.log((a + 1) / 2**64)) * math.cos(2.0 * math.pi * b / 2**64)


def invented(value: Callable[..., float]) -> Callable[..., Grid]:
    """Return a stand-in for run_grid: value(share, strength, replication, seed, outcome)."""

    def run(cells, replications, *, first=0, seed=1, **_):
        table = np.array(
            [
                [
                    [value(number_at(s, SHARE), number_at(s, STRENGTH), first + k, seed, o) for o in OUTCOMES]
                    for k in range(replications)
                ]
                for _, s in cells.values()
            ]
        )
        return Grid(tuple(cells), tuple(range(first, first + replications)), replications, table, {})

    return run


def test_the_search_is_optimistic_about_its_winner_and_the_hold_out_is_not(monkeypatch):
    """Where nothing matters, the best of 24 trials on 4 replications looks good; on others it is like any."""
    monkeypatch.setattr(crmsim.search, "run_grid", invented(lambda *address: noise(*address)))
    trained, held = [], []
    for seed in range(40):
        found = optimise(TOWN, RISK, space(), trials=24, replications=4, holdout=8, at_once=8, seed=seed)
        row = found.holdout.set_index("candidate").loc[str(found.winners[0])]
        trained.append(row["trained"])
        held.append(row["mean"])
        assert row["n"] == 8
    # The best of 24 means of 4: about 1.95 standard deviations (of 0.5) up.
    error = 0.5 / math.sqrt(40)
    assert np.mean(trained) > 0.5 + 4 * error
    assert abs(np.mean(held)) < 4 * math.sqrt(1 / 8) / math.sqrt(40)


def test_the_winner_is_found_where_it_is(monkeypatch):
    def peak(share, strength, k, seed, outcome):
        return -((share - 0.7) ** 2) - (strength - 1.5) ** 2 + noise(k, seed)

    monkeypatch.setattr(crmsim.search, "run_grid", invented(peak))
    found = optimise(TOWN, RISK, space(), trials=60, replications=3, holdout=3)
    numbers = found.tried[found.winners[0]].numbers
    assert abs(numbers[SHARE] - 0.7) < 0.25 and abs(numbers[STRENGTH] - 1.5) < 0.5
    table = found.trials
    assert table["best"].is_monotonic_increasing
    assert table["best"].iloc[-1] == table["clv"].max()
    assert table["chosen"].sum() == 1
    assert number_at(found.candidate(), SHARE) == numbers[SHARE]


def test_less_is_better_of_what_costs(monkeypatch):
    monkeypatch.setattr(crmsim.search, "run_grid", invented(lambda share, *_: share))
    found = optimise(TOWN, RISK, space(objectives=["strategy_cost"]), trials=30, replications=2, holdout=2)
    assert found.tried[found.winners[0]].numbers[SHARE] < 0.12
    assert found.trials["best"].is_monotonic_decreasing


def test_a_budget_holds_and_is_checked_again_on_the_hold_out(monkeypatch):
    def more_is_better_and_costs(share, strength, k, seed, outcome):
        return 10 * share + (noise(k) if outcome == "clv" else 0.0)

    monkeypatch.setattr(crmsim.search, "run_grid", invented(more_is_better_and_costs))
    bound = space(constraints=[{"outcome": "strategy_cost", "max": 4.0}])
    found = optimise(TOWN, RISK, bound, trials=40, replications=2, holdout=3)
    states = found.trials.set_index("trial")["state"]
    cost = found.trials.set_index("trial")["strategy_cost"]
    assert ((states == "infeasible") == (cost > 4.0)).all() and set(states) == {"kept", "infeasible"}
    assert 3.0 < cost[found.winners[0]] <= 4.0
    held = found.holdout.set_index(["candidate", "outcome"])
    assert held.loc[(str(found.winners[0]), "strategy_cost"), "holds"] == "yes"
    assert held.loc[(str(found.winners[0]), "clv"), "holds"] == ""


def test_a_constraint_that_the_hold_out_breaks_is_told(monkeypatch):
    monkeypatch.setattr(crmsim.search, "run_grid", invented(lambda share, s, k, *_: share + (k >= 2)))
    bound = space(constraints=[{"outcome": "strategy_cost", "max": 1.0}])
    found = optimise(TOWN, RISK, bound, trials=5, replications=2, holdout=3)
    held = found.holdout.query("outcome == 'strategy_cost'")
    assert held["holds"].tolist() == ["no", "no"]


def test_an_infeasible_budget_leaves_no_winner_but_all_trials(monkeypatch):
    monkeypatch.setattr(crmsim.search, "run_grid", invented(lambda share, *_: 10.0 * share))
    bound = space(constraints=[{"outcome": "strategy_cost", "max": 0.1}])
    found = optimise(TOWN, RISK, bound, trials=6, replications=2, holdout=2)
    assert found.winners == () and found.holdout.empty and found.complete
    assert found.trials["state"].tolist() == ["infeasible"] * 6
    with pytest.raises(ValueError, match="no trial keeps the constraints"):
        found.candidate()


def test_the_front_holds_what_no_trial_betters_in_both(monkeypatch):
    def trade(share, strength, k, seed, outcome):
        return -(share**2) - 0.01 * strength if outcome == "clv" else share - 0.01 * strength

    monkeypatch.setattr(crmsim.search, "run_grid", invented(trade))
    both = space(objectives=["clv", "satisfied"])
    found = optimise(TOWN, RISK, both, trials=40, replications=2, holdout=2)
    assert len(found.winners) > 3
    table = found.trials.set_index("trial")
    front = table.loc[list(found.winners)]
    assert front["clv"].is_monotonic_decreasing and front["satisfied"].is_monotonic_increasing
    for _, row in table.iterrows():
        beaten = (table["clv"] >= row["clv"]) & (table["satisfied"] >= row["satisfied"])
        beaten &= (table["clv"] > row["clv"]) | (table["satisfied"] > row["satisfied"])
        assert row["chosen"] == (not beaten.any())
    assert set(found.holdout["candidate"]) == {"start", *map(str, found.winners)}


def test_fronts_of_a_few_points():
    nan = math.nan
    assert pareto_front(np.array([[1.0, nan], [0.0, 0.0]])).tolist() == [False, True]
    assert pareto_front(np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 2.0]])).tolist() == [True, True, True]
    assert pareto_front(np.array([[3.0], [1.0], [3.0]])).tolist() == [True, False, True]


@cache
def real(workers: int = 1, seed: int = 3) -> SearchResult:
    return optimise(TOWN, RISK, space(), trials=8, replications=3, holdout=4, seed=seed, workers=workers)


def same(a: SearchResult, b: SearchResult) -> None:
    pd.testing.assert_frame_equal(a.trials, b.trials, check_exact=True)
    pd.testing.assert_frame_equal(a.runs, b.runs, check_exact=True)
    pd.testing.assert_frame_equal(a.holdout, b.holdout, check_exact=True)
    assert a.winners == b.winners


def test_the_same_seed_tries_the_same_whatever_the_workers():
    same(real(), real(workers=2))
    assert not real().trials[SHARE].equals(real(seed=4).trials[SHARE])


def test_the_first_trial_is_the_strategy_as_it_was():
    assert real().tried[0].numbers == {SHARE: 0.1, STRENGTH: 1.2}
    start = real().holdout.set_index("candidate").loc["start"]
    assert (start["gain"], start["verdict"]) == (0.0, "same")


def test_all_trials_meet_the_same_luck_and_the_hold_out_meets_other():
    """As the strategy was, it has on both sets what the plain comparison has on those replications."""
    by_hand = [outcomes(simulate(TOWN, RISK, seed=3, replication=k, log=False))["clv"] for k in range(7)]
    assert list(real().tried[0].values["clv"]) == by_hand[:3]
    row = real().holdout.set_index("candidate").loc["start"]
    assert row["mean"] == pytest.approx(np.mean(by_hand[3:]), rel=1e-12)


class Stop(Exception):
    """Stands for a process that dies."""


@pytest.mark.parametrize("after", [4, 8])
def test_a_search_that_died_goes_on_to_the_same_end(tmp_path, after):
    def die(done: int, asked: int) -> None:
        if done >= after:
            raise Stop

    place = tmp_path / "journal"
    options = {"trials": 8, "replications": 3, "holdout": 4, "seed": 3, "workers": 1}
    with pytest.raises(Stop):
        optimise(TOWN, RISK, space(), **options, progress=die, checkpoint=place)
    assert len(list(place.glob("trial_*.json"))) == after
    again = []
    found = optimise(TOWN, RISK, space(), **options, progress=lambda *n: again.append(n), checkpoint=place)
    same(found, real())
    assert not place.exists(), "finished: nothing is left"


def test_known_trials_are_not_run_again_and_more_can_be_asked_for(tmp_path, monkeypatch):
    ran: list[tuple] = []
    original = crmsim.search.run_grid

    def counted(cells, *args, **more):
        ran.append(tuple(cells))
        return original(cells, *args, **more)

    monkeypatch.setattr(crmsim.search, "run_grid", counted)
    kept = Checkpoint(tmp_path / "journal", "trial")
    options = {"replications": 3, "holdout": 4, "seed": 3, "workers": 1, "checkpoint": kept}
    optimise(TOWN, RISK, space(), trials=6, **options)
    first = len(ran)
    found = optimise(TOWN, RISK, space(), trials=8, **options)
    same(found, real())
    assert ran[first:] == [("6", "7"), ("start", *map(str, found.winners))]


def test_the_journal_of_another_search_is_refused(tmp_path):
    kept = Checkpoint(tmp_path / "journal", "trial")
    options = {"trials": 2, "replications": 2, "holdout": 2, "workers": 1, "checkpoint": kept}
    optimise(TOWN, RISK, space(), **options)
    for other, named in (({"seed": 9}, "seed is 1 there and 9 here"), ({"replications": 3}, "replications")):
        with pytest.raises(InputError, match=f"belongs to another experiment: {named}"):
            optimise(TOWN, RISK, space(), **options | other)


def test_ctrl_c_keeps_what_was_tried():
    def press(done: int, asked: int) -> None:
        if done == 4:
            signal.raise_signal(signal.SIGINT)

    found = optimise(TOWN, RISK, space(), trials=8, replications=3, seed=3, workers=1, progress=press)
    assert [trial.numbers for trial in found.tried] == [trial.numbers for trial in real().tried[:4]]
    assert not found.complete


@pytest.mark.parametrize("at", [2, 6])
def test_ctrl_c_in_a_run_keeps_the_trials_before_it(monkeypatch, at):
    original, runs = crmsim.grids.simulate, []

    def pressed(*args, **more):
        runs.append(1)
        if len(runs) == at:
            signal.raise_signal(signal.SIGINT)
        return original(*args, **more)

    monkeypatch.setattr(crmsim.grids, "simulate", pressed)
    options = {"trials": 4, "replications": 2, "at_once": 2, "workers": 1}
    if at == 2:
        with pytest.raises(InterruptedRun, match="before the first trials"):
            optimise(TOWN, RISK, space(), **options)
        return
    found = optimise(TOWN, RISK, space(), **options)
    assert len(found.tried) == 2 and not found.complete and found.holdout.empty
    assert len(found.winners) == 1, "the best so far is told"


def test_a_run_that_fails_costs_the_trial_and_no_other(monkeypatch):
    original = crmsim.grids.simulate

    def breaks(scenario, strategy, *, replication, **more):
        if number_at(strategy, SHARE) > 0.3 and replication == 1:
            raise ZeroDivisionError("a firm divided by nothing")
        return original(scenario, strategy, replication=replication, **more)

    monkeypatch.setattr(crmsim.grids, "simulate", breaks)
    found = optimise(TOWN, RISK, space(), trials=8, replications=3, holdout=2, seed=3, workers=1)
    table = found.trials
    failed = table["state"] == "failed"
    assert (failed == (table[SHARE] > 0.3)).all() and 0 < failed.sum() < 8
    assert set(table["reason"][failed]) == {"replication 1: ZeroDivisionError: a firm divided by nothing"}
    runs = found.runs[found.runs["trial"] == table["trial"][failed].iloc[0]]
    assert runs["value"].isna().tolist() == [False, True, False], "the rest is kept"
    assert table["state"][table["trial"].isin(found.winners)].tolist() == ["kept"]


def test_numbers_that_do_not_fit_each_other_are_refused_trial_by_trial():
    pair = [
        {"path": "rules[0].when.from_day", "low": 0, "high": 400, "step": 10},
        {"path": "rules[0].when.until_day", "low": 10, "high": 410, "step": 10},
    ]
    found = optimise(TOWN, RISK, check(SearchSpace, {"numbers": pair}), trials=12, replications=1, holdout=1,
                   workers=1)  # fmt: skip
    table = found.trials
    wrong = table["rules[0].when.until_day"] <= table["rules[0].when.from_day"]
    assert ((table["state"] == "refused") == wrong).all() and 0 < wrong.sum() < 12
    assert table["reason"][wrong].str.contains("until_day").all()


def test_one_replication_has_no_interval_but_a_result():
    found = optimise(TOWN, RISK, space(), trials=3, replications=1, holdout=1, workers=1)
    row = found.holdout.set_index("candidate").loc[str(found.winners[0])]
    assert math.isinf(row["high"]) and row["n"] == 1 and row["verdict"] in ("undecided", "same")


def test_numbers_that_change_nothing_are_a_tie_that_the_first_wins():
    """Zero variance: with no customers to offer anything to, all trials come out the same."""
    nobody = RISK.model_copy(
        update={
            "rules": (RISK.rules[0].model_copy(update={"who": type(RISK.rules[0].who)(digital={"min": 9})}),)
        }
    )
    found = optimise(TOWN, nobody, space(), trials=4, replications=2, holdout=2, workers=1)
    assert found.trials["clv"].nunique() == 1
    assert found.winners == (0,)
    assert found.holdout["verdict"].tolist() == ["same", "same"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("trials", 0), ("replications", 0), ("holdout", 0), ("at_once", 0), ("seed", -1), ("confidence", 1.0)],
)
def test_bad_numbers_are_refused(option, value):
    with pytest.raises(InputError, match=f"^{option}: "):
        optimise(TOWN, RISK, space(), **{"workers": 1, option: value})


def test_too_little_memory_is_said_before_anything_is_run():
    huge = preset("retail").with_values(customers=20_000_000)
    with pytest.raises(InputError, match="memory"):
        optimise(huge, RISK, space(), trials=2, workers=64)


def test_a_search_can_be_kept_in_the_store(tmp_path):
    store = RunStore(tmp_path)
    run = store.find(store.keep(real().record(2.0)))
    assert run.table("trials")["state"].tolist() == real().trials["state"].tolist()
    assert run.table("holdout")["mean"].tolist() == real().holdout["mean"].tolist()
    assert run.manifest["more"]["winners"] == list(real().winners)
    nobody = space(constraints=[{"outcome": "clv", "min": 1e6}])
    none = optimise(TOWN, RISK, nobody, trials=2, replications=1, holdout=1, workers=1)
    assert store.find(store.keep(none.record())).table("holdout").empty
    assert store.runs()["strategies"].tolist() == ["save_risk"] * 2
