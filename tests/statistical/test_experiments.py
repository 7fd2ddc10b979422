"""Comparisons: parallel work, pairs, interruptions."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import threading
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config

from crmsim.comparison import mean_interval, paired_interval
from crmsim.comparison_result import Comparison
from crmsim.engines import simulate
from crmsim.errors import InputError, InterruptedRun
from crmsim.experiments import TABLES, compare
from crmsim.metrics.outcomes import OUTCOMES, outcomes
from crmsim.replications import replicate
from crmsim.scenario import Scenario, preset
from crmsim.strategies import Strategy, find_strategy

BASE, CUT, MATCHED, LISTENING = (
    find_strategy(name) for name in ("do_nothing", "price_cut", "stage_matched", "listening_firm")
)


def world(**values: Any) -> Scenario:
    """Return a small town, unless `values` say otherwise."""
    return preset("retail").with_values(**{"customers": 60, "entry_days": 90, "horizon_days": 400} | values)


def same(one: Comparison, other: Comparison) -> None:
    """Assert that two comparisons hold the same numbers to the last bit."""
    assert one.finished == other.finished
    assert one.runs.equals(other.runs)
    for strategy, tables in one.tables.items():
        for name, table in tables.items():
            assert table.equals(other.tables[strategy][name]), (strategy, name)


@pytest.fixture(autouse=True)
def ctrl_c():
    """Leave Ctrl-C as it was, whatever a test finds out about it; return its handler."""
    handler = signal.getsignal(signal.SIGINT)
    yield handler
    signal.signal(signal.SIGINT, handler)


# --- the same numbers, whoever computes them ---------------------------------------------------------------


def test_a_comparison_holds_what_single_runs_give():
    result = compare(world(), [BASE, CUT], replications=3, seed=8, workers=1)
    assert result.finished == (0, 1, 2) and result.asked == 3 and result.base == "do_nothing"
    assert len(result.runs) == 3 * 2 * len(OUTCOMES)
    for strategy in (BASE, CUT):
        ledgers = [simulate(world(), strategy, seed=8, replication=k) for k in range(3)]
        for outcome in OUTCOMES:
            expected = [outcomes(ledger)[outcome] for ledger in ledgers]
            assert result.values(strategy.name, outcome).tolist() == pytest.approx(
                expected, rel=0, nan_ok=True
            )
        for name, table in TABLES.items():
            cells = np.array([table(ledger).to_numpy(dtype=float) for ledger in ledgers])
            known = (~np.isnan(cells)).sum(axis=0)
            mean = np.where(known > 0, np.nansum(cells, axis=0) / np.maximum(known, 1), np.nan)
            found = result.tables[strategy.name][name]
            assert found.index.equals(table(ledgers[0]).index)
            assert found.to_numpy() == pytest.approx(mean, rel=1e-12, nan_ok=True)


def test_the_order_of_strategies_changes_nobodys_numbers():
    one = compare(world(), [BASE, CUT, MATCHED], replications=3, workers=1)
    other = compare(world(), [MATCHED, BASE, CUT], replications=3, workers=1)
    for strategy in (BASE, CUT, MATCHED):
        for outcome in OUTCOMES:
            pair = [result.values(strategy.name, outcome) for result in (one, other)]
            assert np.array_equal(*pair, equal_nan=True), (strategy.name, outcome)
    assert (one.base, other.base) == ("do_nothing", "stage_matched")


def test_more_replications_leave_the_first_ones_alone():
    few, more = (compare(world(), [BASE, CUT], replications=n, workers=1) for n in (2, 4))
    first = more.runs[more.runs["replication"] < 2].reset_index(drop=True)
    assert first.equals(few.runs)


def test_another_seed_finds_other_customers():
    one, other = (compare(world(), [BASE, CUT], replications=2, workers=1, seed=seed) for seed in (1, 2))
    assert not np.isin(one.values("do_nothing", "clv"), other.values("do_nothing", "clv")).any()
    assert len(set(one.values("do_nothing", "clv"))) == 2


def test_two_workers_find_what_one_finds():
    serial, parallel = (
        compare(world(), [BASE, CUT, MATCHED], replications=5, seed=3, workers=workers) for workers in (1, 2)
    )
    same(serial, parallel)


def test_the_engine_changes_no_number_and_the_result_says_which_it_was():
    auto, slow = (
        compare(world(), [BASE, CUT], replications=3, seed=3, workers=1, engine=engine)
        for engine in ("auto", "simpy")
    )
    same(auto, slow)
    assert auto.engines == {"do_nothing": "compiled", "price_cut": "compiled"}
    assert slow.engines == {"do_nothing": "simpy", "price_cut": "simpy"}
    mixed = compare(world(), [BASE, LISTENING], replications=2, seed=3, workers=1)
    assert mixed.engines == {"do_nothing": "compiled", "listening_firm": "simpy"}
    ledger = simulate(world(), LISTENING, seed=3)
    assert ledger.engine == mixed.engines["listening_firm"]


@pytest.mark.parametrize("strategies", [[BASE, CUT], [BASE, LISTENING]], ids=["threads", "processes"])
def test_strategies_are_spread_where_replications_are_few(strategies):
    """Two replications of two strategies are four runs: all at the same time, and the same numbers."""
    serial, spread = (
        compare(world(), strategies, replications=2, seed=3, workers=workers) for workers in (1, 4)
    )
    same(serial, spread)


def test_the_compiled_engine_works_in_threads_and_simpy_in_processes():
    arms = {"one": _who, "other": _who}
    compiled = replicate(arms, 3, engines=["compiled", "compiled"], workers=2)
    processes, threads = ({result[place] for run in compiled.values() for result in run.values()}
                          for place in (0, 1))  # fmt: skip
    assert processes == {os.getpid()} and threading.get_ident() not in threads
    mixed = replicate(arms, 3, engines=["compiled", "simpy"], workers=2)
    assert os.getpid() not in {process for run in mixed.values() for process, _ in run.values()}


def _who(replication: int) -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def test_a_replication_counts_when_all_its_arms_are_there():
    """Interrupted within the third replication: what was finished of it is dropped."""

    def interrupted(k: int) -> int:
        if k == 2:
            raise KeyboardInterrupt
        return k

    arms = {"quick": lambda k: 10 * k, "slow": interrupted}
    kept = replicate(arms, 5, engines=["simpy"], workers=1)
    assert kept == {0: {"quick": 0, "slow": 0}, 1: {"quick": 10, "slow": 1}}


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_workers_that_are_no_processes_do_the_same_and_leave_ctrl_c_alone(backend, ctrl_c):
    """Joblib has other ways to work: as its user says, and inside a worker of its own."""
    with parallel_config(backend=backend):
        result = compare(world(), [BASE, CUT], replications=3, seed=3, workers=2)
    assert signal.getsignal(signal.SIGINT) is ctrl_c, "the user can no longer stop anything"
    same(result, compare(world(), [BASE, CUT], replications=3, seed=3, workers=1))


# --- interruptions -----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.* tasks which were still being processed:UserWarning")
@pytest.mark.parametrize(("workers", "after"), [(2, 3), (1, 2), (1, 7)])
def test_an_interruption_keeps_what_was_finished(workers, after):
    calls = []

    def progress(finished: int, asked: int) -> None:
        calls.append((finished, asked))
        if finished == after:
            raise KeyboardInterrupt

    result = compare(world(), [BASE, CUT], replications=8, workers=workers, seed=3, progress=progress)
    assert calls == [(k, 8) for k in range(1, after + 1)]
    assert len(result.finished) == after and result.asked == 8
    assert set(result.runs["replication"]) == set(result.finished)
    whole = compare(world(), [BASE, CUT], replications=8, workers=1, seed=3)
    for k in result.finished:
        kept, full = (table[table["replication"] == k] for table in (result.runs, whole.runs))
        assert kept.reset_index(drop=True).equals(full.reset_index(drop=True))
    assert result.differences()["n"].max() == after


def test_an_interruption_that_a_library_swallows_is_heard_all_the_same():
    """NumPy and others clear whatever error comes up while they look for something that may be missing."""

    def deaf(k: int) -> int:
        if k == 2:
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        return k

    signal.signal(signal.SIGINT, signal.default_int_handler)
    kept = replicate({"deaf": deaf, "other": int}, 6, engines=["simpy"], workers=1)
    assert list(kept) == [0, 1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    heard = []
    signal.signal(signal.SIGINT, lambda *_: heard.append(True))
    assert len(replicate({"deaf": deaf}, 6, engines=["simpy"], workers=1)) == 6, "whose handler it is decides"
    assert heard


def test_an_interruption_before_two_replications_keeps_nothing():
    def progress(finished: int, asked: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(
        InterruptedRun, match=r"^interrupted before two replications were finished; nothing was kept$"
    ):
        compare(world(), [BASE, CUT], replications=4, workers=1, progress=progress)


def test_another_error_is_not_taken_for_an_interruption():
    def progress(finished: int, asked: int) -> None:
        if finished == 2:
            raise ZeroDivisionError("the bar broke")

    with pytest.raises(ZeroDivisionError, match="the bar broke"):
        compare(world(), [BASE, CUT], replications=4, workers=1, progress=progress)


# --- differences -------------------------------------------------------------------------------------------


def test_the_same_strategy_by_another_name_makes_no_difference_at_all():
    twin = CUT.model_copy(update={"name": "twin"})
    table = compare(world(), [CUT, twin], replications=3, workers=1).differences()
    known = table[table["n"] == 3]
    assert len(known) >= 15, "in so small a world a few outcomes may have no value"
    assert (known[["mean", "low", "high"]] == 0.0).all(axis=None)
    assert set(known["verdict"]) == {"same"}
    assert known["enough"].all()


def test_differences_are_intervals_of_pairs():
    result = compare(world(), [BASE, CUT, MATCHED], replications=4, workers=1, confidence=0.9)
    table = result.differences().set_index(["strategy", "outcome"])
    assert len(table) == 2 * len(OUTCOMES)
    for (strategy, outcome), row in table.iterrows():
        base, other = result.values("do_nothing", outcome), result.values(strategy, outcome)
        expected = paired_interval(base, other, 0.9)
        found = tuple(row[["mean", "low", "high", "n"]])
        assert found == pytest.approx(tuple(expected), rel=1e-12, nan_ok=True)
        assert row["base"] == pytest.approx(mean_interval(base).mean, rel=1e-12, nan_ok=True)
        assert row["unit"] == OUTCOMES[outcome].unit
    levels = result.levels().set_index(["strategy", "outcome"])
    assert len(levels) == 3 * len(OUTCOMES)
    clv = mean_interval(result.values("price_cut", "clv"), 0.9)
    assert tuple(levels.loc[("price_cut", "clv"), ["mean", "low", "high", "n"]]) == tuple(clv)


def test_enough_and_needed():
    result = compare(world(), [BASE, MATCHED], replications=4, workers=1)
    strict, lax = (result.differences(precision=p).set_index("outcome") for p in (1e-6, 1e6))
    undecided = strict["verdict"] == "undecided"
    finite = undecided & (strict["n"] >= 2) & np.isfinite(strict["base"])
    assert finite.sum() >= 2, "in four small runs something must be open"
    assert not strict.loc[finite, "enough"].any() and (strict.loc[finite, "needed"] > 4).all()
    assert lax.loc[finite, "enough"].all() and (lax.loc[finite, "needed"] == 4).all()
    assert strict.loc[~undecided, "enough"].all()


@functools.cache
def _town() -> Comparison:
    scenario = preset("retail").with_values(customers=300)
    return compare(scenario, [BASE, CUT, MATCHED], replications=12, workers=1)


@pytest.mark.parametrize("strategy", ["price_cut", "stage_matched"])
def test_pairs_are_worth_several_times_as_many_independent_runs(strategy):
    """Common luck must take most of the noise out of a difference: to a third or less."""
    result = _town()
    base, other = result.values("do_nothing", "clv"), result.values(strategy, "clv")
    independent = base.var(ddof=1) + other.var(ddof=1)
    paired = (other - base).var(ddof=1)
    assert independent / paired > 3.0, f"only {independent / paired:.1f} times"
    # What the sum of variances stands for: the same values, paired with somebody else's.
    strangers = np.array([(np.roll(other, k) - base).var(ddof=1) for k in range(1, len(base))])
    assert strangers.mean() / paired > 3.0


def test_a_price_cut_costs_value_and_matching_stages_makes_some():
    table = _town().differences().set_index(["strategy", "outcome"])
    assert table.loc[("price_cut", "clv"), "verdict"] == "lower"
    assert table.loc[("stage_matched", "clv"), "verdict"] == "higher"
    assert table.loc[("price_cut", "strategy_cost"), "verdict"] == "same"


# --- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replications": 1}, r"^replications: must be a whole number from 2 to 1000000, got 1$"),
        ({"replications": 0}, "^replications: must be a whole number from 2"),
        ({"replications": -3}, "^replications: must be a whole number from 2"),
        ({"workers": 0}, "^workers: must be a whole number from 1 to 1024, got 0$"),
        ({"workers": -1}, "^workers: must be a whole number from 1 to 1024, got -1$"),
        ({"confidence": 0.0}, "^confidence: must be above 0 and below 1, got 0.0$"),
        ({"confidence": 95}, "^confidence: must be above 0 and below 1, got 95$"),
        ({"seed": -1}, "^seed: must be a whole number from 0 to 2147483647, got -1$"),
        ({"engine": "diesel"}, "^engine: must be one of auto, compiled, simpy, got 'diesel'$"),
        ({"seed": 2**31}, "^seed: must be a whole number from 0 to 2147483647, got 2147483648$"),
    ],
)
def test_bad_numbers_are_refused_before_anything_runs(options, message):
    finished = []
    progress = lambda n, _: finished.append(n)  # noqa: E731
    with pytest.raises(InputError, match=message):
        compare(world(), [BASE, CUT], **{"replications": 2, "workers": 1} | options, progress=progress)
    assert finished == []


@pytest.mark.parametrize("options", [{"replications": 2.5}, {"replications": "many"}, {"workers": 1.5}])
def test_numbers_that_are_no_counts_are_refused_as_input(options):
    with pytest.raises(InputError, match=f"^{next(iter(options))}: must be"):
        compare(world(), [BASE, CUT], **{"replications": 2, "workers": 1} | options)


def test_strategies_that_cannot_be_compared():
    with pytest.raises(InputError, match=r"^strategies: must be at least two, the base first, got 1$"):
        compare(world(), [BASE])
    with pytest.raises(InputError, match=r"^strategies: must have different names, got 'price_cut'$"):
        compare(world(), [BASE, CUT, CUT])
    dollars = Strategy(name="gift", about="A budget in dollars.", currency="USD")
    with pytest.raises(InputError, match=r"^strategy gift: currency: must be the scenario's, CU, got 'USD'$"):
        compare(world(), [BASE, dollars], workers=1)
