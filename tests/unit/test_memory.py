"""A population that is too large for memory is refused before anything is begun."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from crmsim import compare, find_lesson, find_strategy, preset, run_lesson, simulate
from crmsim.errors import InputError
from crmsim.memory import check_memory, free_memory, run_memory
from crmsim.model.records import CUSTOMER, ROW
from crmsim.strategies import DO_NOTHING, Strategy
from crmsim.summary import PERSON

BOTH = [DO_NOTHING, find_strategy("price_cut")]
HUGE = preset("retail").with_values(customers=20_000_000)


@pytest.fixture
def small_machine(monkeypatch):
    monkeypatch.setattr("crmsim.memory.free_memory", lambda: 2 * 10**9)


def test_customers_with_room_for_who_may_come():
    """The table and a tenth: 1,000 customers, 300 referred, 2 x 0.1 x 4 arrivals each."""
    town = preset("retail").with_values(customers=1000, horizon_days=1460, arrivals=0.0)
    plain = run_memory(town, DO_NOTHING, engine="compiled", log=False)
    assert plain == int(1.1 * 1300 * CUSTOMER.itemsize)
    pooled = run_memory(town, DO_NOTHING, engine="compiled", log=False, branches=4, whole=True)
    assert pooled == int(2.2 * 1300 * CUSTOMER.itemsize)
    summed = run_memory(town, DO_NOTHING, engine="compiled", log=False, branches=4)
    assert summed == pytest.approx(plain / 4 + 2 * 1300 * PERSON.itemsize, abs=1)
    arriving = run_memory(town.with_values(arrivals=0.1), DO_NOTHING, engine="compiled", log=False)
    assert arriving == int(1.1 * (1300 + 800) * CUSTOMER.itemsize)
    loud = Strategy(name="loud", about="Loud.", rules=[{"do": {"advertise": 1.0}}])
    assert run_memory(town, loud, engine="compiled", log=False) == int(1.1 * (1300 + 800) * CUSTOMER.itemsize)
    assert run_memory(town, DO_NOTHING, engine="simpy", log=False) > plain
    logged = run_memory(town, DO_NOTHING, engine="compiled", log=True)
    assert logged - plain == pytest.approx(2 * 1000 * 4 * (24 + 6 * 6) * ROW.itemsize, abs=1)


@pytest.mark.parametrize("name", ["retail", "telecom", "b2b"])
def test_the_log_is_estimated_to_a_factor_of_two(name):
    town = preset(name).with_values(customers=300)
    log, none = (run_memory(town, DO_NOTHING, engine="compiled", log=log) for log in (True, False))
    rows = len(simulate(town, find_strategy("stage_matched")).log())
    assert 0.5 < (log - none) / (2 * rows * ROW.itemsize) < 2.5


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read where Linux tells it")
@pytest.mark.parametrize(("branches", "customers"), [(1, 20_000), (8, 120_000)])
def test_the_peak_of_a_run_is_what_was_estimated(branches, customers):
    """In a process of its own: no more than the estimate, and no less than two thirds of it."""
    code = (
        "from pathlib import Path\n"
        "from crmsim import preset, find_strategy, simulate\n"
        "from crmsim.branches import summarise_branches\n"
        "from crmsim.experiments import TABLES\n"
        "from crmsim.metrics.outcomes import outcomes\n"
        "from crmsim.memory import run_memory\n"
        f"s, branches = find_strategy('stage_matched'), {branches}\n"
        "def figures(town):\n"
        "    if branches > 1:\n"
        "        run = summarise_branches(town, s, branches=branches)\n"
        "    else:\n"
        "        run = simulate(town, s, log=False)\n"
        "    return outcomes(run), [table(run) for table in TABLES.values()]\n"
        "figures(preset('retail').with_values(customers=100))\n"
        "status = lambda: Path('/proc/self/status').read_text()\n"
        "peak = lambda: int(status().partition('VmHWM:')[2].split()[0]) * 1024\n"
        f"before, town = peak(), preset('retail').with_values(customers={customers}, horizon_days=720)\n"
        "figures(town)\n"
        "estimate = run_memory(town, s, engine='compiled', log=False, branches=branches)\n"
        "print((peak() - before) / estimate)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert 0.67 < float(done.stdout) < 1.0


def test_what_fits_is_let_through_and_what_does_not_is_not(small_machine):
    check_memory(2 * 10**9)
    with pytest.raises(InputError) as caught:
        check_memory(2 * 10**9 + 1)
    assert str(caught.value) == (
        "population.customers: would need up to 2.0 GB of memory, and 2.0 GB are free; "
        "take fewer customers, or a larger machine"
    )
    check_memory(10**9, at_once=2)
    with pytest.raises(InputError, match=r"up to 3.0 GB of memory for 3 runs at the same time"):
        check_memory(10**9, at_once=3)
    with pytest.raises(InputError, match="take fewer customers or fewer workers or a log in a file, or"):
        check_memory(10**9, at_once=3, log=True)


def test_a_run_too_large_is_refused_before_it_begins(small_machine, monkeypatch):
    monkeypatch.setattr("crmsim.engines.Branch", lambda *_, **__: pytest.fail("it was begun"))
    with pytest.raises(InputError, match=r"^population.customers: would need up to \d+\.\d GB of memory"):
        simulate(HUGE, log=False)


def test_a_comparison_is_refused_for_all_that_runs_at_the_same_time(small_machine, monkeypatch):
    """So many customers that they fit once into what is free, but not twice."""
    begun = []

    def begin(*_: object, **__: object) -> None:
        begun.append(True)
        raise KeyboardInterrupt

    monkeypatch.setattr("crmsim.experiments.replicate", begin)
    need = run_memory(HUGE.with_values(customers=300_000), DO_NOTHING, engine="compiled", log=False)
    customers = int(300_000 * 1.5e9 / need)
    large = HUGE.with_values(customers=customers)
    with pytest.raises(InputError, match="for 2 runs at the same time"):
        compare(large, BOTH, replications=2, workers=2)
    assert not begun
    with pytest.raises(KeyboardInterrupt):
        compare(large, BOTH, replications=2, workers=1)
    assert begun


def test_a_lesson_is_refused_too(small_machine):
    lesson = find_lesson("price_cuts")
    with pytest.raises(InputError, match=r"^population.customers: would need up to"):
        run_lesson(lesson, HUGE, replications=2)


def test_the_limit_of_a_container_counts(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr("crmsim.memory._CONTAINER", limit)
    whole = free_memory()
    for text, expected in (("1000000\n", 1_000_000), ("max\n", None)):
        limit.write_text(text)
        assert free_memory() == expected or (expected is None and free_memory() > whole / 2)


def test_sizes_are_readable(monkeypatch):
    monkeypatch.setattr("crmsim.memory.free_memory", lambda: 1_500_000)
    with pytest.raises(InputError) as caught:
        check_memory(123_456_789_012)
    assert re.search(r"up to 123.5 GB of memory, and 1.5 MB are free", str(caught.value))
