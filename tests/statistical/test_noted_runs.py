"""One run that fails costs one replication, not the section; and what is finished need not be done twice."""

from __future__ import annotations

import signal

import numpy as np
import pandas as pd
import pytest

import crmsim.grids
import crmsim.offer_trial
import crmsim.paired_worlds
import crmsim.retention_worth
import crmsim.returns
from crmsim import find_strategy, preset
from crmsim.checkpoints import Checkpoint
from crmsim.errors import CrmsimError, InputError, InterruptedRun
from crmsim.noted_runs import Diary, replicate_noted
from crmsim.paired_worlds import run_paired_worlds
from crmsim.retention_budget import budget_curve
from crmsim.retention_worth import retention_worth
from crmsim.returns import strategy_returns
from crmsim.search import optimise
from crmsim.search_space import SearchNumber, SearchSpace
from crmsim.targeting import compare_targeting

TOWN = preset("retail").with_values(customers=60, horizon_days=750)
LIFT = find_strategy("save_lift")
FEW = {"replications": 4, "workers": 1, "seed": 5}

#: By section: the module whose runs are to fail, and how the section is run.
SECTIONS = {
    "returns": (crmsim.returns, lambda **o: strategy_returns(TOWN, LIFT, **FEW | o)),
    "saved": (crmsim.paired_worlds, lambda **o: run_paired_worlds(TOWN, LIFT, futures=1, **FEW | o)),
    "retention": (crmsim.retention_worth, lambda **o: retention_worth(TOWN, **FEW | o)),
    "budget": (crmsim.grids, lambda **o: budget_curve(TOWN, LIFT, [50, 100], holdout=3, **FEW | o)),
    "targeting": (
        crmsim.offer_trial,
        lambda **o: compare_targeting(TOWN, 390, scores=["random", "risk"], futures=4, **FEW | o),
    ),
}


def numbers(part) -> list[np.ndarray]:
    """Return all numbers of a section."""
    found = []
    for value in vars(part).values():
        if isinstance(value, pd.DataFrame):
            found.append(value.select_dtypes(["number", "bool"]).to_numpy(float))
        elif isinstance(value, np.ndarray):
            found.append(value)
    return found or [np.array([*part.retention, *part.points, *part.gain, *part.per_point])]


def breaks_in(monkeypatch, module, replications: set[int], *, calls: list | None = None) -> None:
    original = module.simulate

    def simulate(*args, replication, **more):
        if replication in replications:
            raise ZeroDivisionError("a firm divided by nothing")
        if calls is not None:
            calls.append(replication)
        return original(*args, replication=replication, **more)

    monkeypatch.setattr(module, "simulate", simulate)


@pytest.mark.parametrize("name", SECTIONS)
def test_one_failing_replication_is_noted_and_the_rest_kept(monkeypatch, name):
    module, run = SECTIONS[name]
    breaks_in(monkeypatch, module, {2})
    part = run()
    assert list(part.problems) == [2] and "a firm divided by nothing" in part.problems[2]
    if name != "retention":
        assert part.replications == (0, 1, 3)
    assert all(np.isfinite(n).any() for n in numbers(part))


@pytest.mark.parametrize("name", SECTIONS)
def test_when_hardly_anything_is_left_the_first_failure_is_told(monkeypatch, name):
    module, run = SECTIONS[name]
    breaks_in(monkeypatch, module, {0, 1, 3})
    with pytest.raises(CrmsimError, match=r"3 replications failed.*number 0: .*divided by nothing"):
        run()


@pytest.mark.parametrize("name", SECTIONS)
def test_what_is_kept_is_not_run_again_and_gives_the_same(monkeypatch, tmp_path, name):
    module, run = SECTIONS[name]
    first = run(checkpoint=Checkpoint(tmp_path / "kept"))
    calls: list[int] = []
    breaks_in(monkeypatch, module, set(), calls=calls)
    again = run(checkpoint=Checkpoint(tmp_path / "kept"))
    assert calls == []
    for one, two in zip(numbers(first), numbers(again), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(InputError, match="belongs to another experiment"):
        run(checkpoint=Checkpoint(tmp_path / "kept"), seed=6)


def test_tables_come_back_from_a_checkpoint_as_they_were(tmp_path):
    _, run = SECTIONS["saved"]
    first, again = (run(checkpoint=Checkpoint(tmp_path / "kept")) for _ in range(2))
    pd.testing.assert_frame_equal(first.customers, again.customers)
    pd.testing.assert_frame_equal(first.waits, again.waits)
    pd.testing.assert_frame_equal(first.losers("tier"), again.losers("tier"))


def test_a_budget_curve_goes_on_within_its_holdout(monkeypatch, tmp_path):
    _, run = SECTIONS["budget"]
    whole = run()
    original, calls = crmsim.grids.simulate, []

    def pressed(*args, replication, **more):
        if replication == 6:
            signal.raise_signal(signal.SIGINT)
        return original(*args, replication=replication, **more)

    with monkeypatch.context() as broken:
        broken.setattr(crmsim.grids, "simulate", pressed)
        cut = run(checkpoint=Checkpoint(tmp_path / "kept"))
    assert cut.holdout == (4, 5)
    breaks_in(monkeypatch, crmsim.grids, set(), calls=calls)
    found = run(checkpoint=Checkpoint(tmp_path / "kept"))
    assert set(calls) == {6}
    np.testing.assert_array_equal(found.holdout_value, whole.holdout_value)
    np.testing.assert_array_equal(found.value, whole.value)


def test_after_ctrl_c_failures_are_no_excuse_to_go_on():
    """A section that was cut short is not one that could not be answered."""

    def arm(replication):
        if replication == 2:
            signal.raise_signal(signal.SIGINT)
        raise ValueError("always")

    with pytest.raises(InterruptedRun):
        replicate_noted({"arm": arm}, 5, Diary(None, {}), engines=["simpy"], workers=1)


def test_a_complaint_of_ours_keeps_its_field():
    def arm(replication):
        raise InputError("day", "must be one on which somebody is a customer", 30)

    with pytest.raises(InputError, match="day: must be one on which"):
        replicate_noted({"arm": arm}, 3, Diary(None, {}), engines=["simpy"], workers=1)


def test_after_ctrl_c_a_search_begins_no_further_runs(monkeypatch):
    """The strategy as it was lies outside this space, so that it is not one of the trials."""
    space = SearchSpace(numbers=[SearchNumber(path="rules[0].pick.top_share", low=0.5, high=0.9)])
    original, calls = crmsim.grids.simulate, []

    def counted(*args, **more):
        calls.append(1)
        return original(*args, **more)

    def press(done: int, asked: int) -> None:
        calls.clear()
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(crmsim.grids, "simulate", counted)
    options = {"trials": 4, "replications": 2, "at_once": 2, "workers": 1}
    found = optimise(TOWN, LIFT, space, **options, progress=press)
    assert len(found.tried) == 2 and not found.complete and found.start.number == -1
    assert calls == []
