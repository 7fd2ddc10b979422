"""A Dask cluster does the runs: the same numbers, even when a worker is killed in the middle of one."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest
from distributed import Client, LocalCluster

from crmsim import compare, find_strategy, preset
from crmsim.cluster import _on_worker, connected, on_cluster
from crmsim.compiling import digest
from crmsim.errors import InputError, InterruptedRun
from crmsim.replications import warm_up
from crmsim.version import VERSION

TOWN = preset("retail").with_values(customers=40, entry_days=60, horizon_days=240)
BASE, CUT = find_strategy("do_nothing"), find_strategy("price_cut")

#: A strategy that stops in its first run, until its worker has been killed.
WAITING = """
import os, time
from pathlib import Path
from crmsim import Order, ProgrammedStrategy
from crmsim.strategies.rules import Action, Cost

FOLDER = Path({folder!r})


def greet_the_quiet(view):
    (FOLDER / f"worker_{{os.getpid()}}").touch()
    while not (FOLDER / "killed").exists():
        time.sleep(0.02)
    quiet = view.active.query("recency_days > 30")
    return [Order(Action(programme="contact"), quiet.index, Cost(per_month=1.0, unit="programme"))]


STRATEGY = ProgrammedStrategy("waiting", "Contact for the quiet.", greet_the_quiet)
"""


@pytest.fixture(scope="module")
def cluster():
    warm_up("compiled", "simpy")  # once, and not in both workers at the same time
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as running:
        yield running


@pytest.fixture
def client(cluster):
    with Client(cluster, set_as_default=False) as connection:
        yield connection


def same(one, other):
    assert one.finished == other.finished and one.runs.equals(other.runs)
    for strategy, tables in one.tables.items():
        assert all(table.equals(other.tables[strategy][name]) for name, table in tables.items())


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_a_worker_that_is_killed_during_a_run_changes_nothing(cluster, client, tmp_path):
    """Whichever worker comes first to the waiting strategy is killed while it runs it."""
    (tmp_path / "mine.py").write_text(WAITING.format(folder=str(tmp_path)))
    waiting = find_strategy(str(tmp_path / "mine.py"))
    killed = []

    def kill() -> None:
        deadline = time.monotonic() + 120
        while not (waiting_there := list(tmp_path.glob("worker_*"))) and time.monotonic() < deadline:
            time.sleep(0.02)
        killed.append(int(waiting_there[0].name.removeprefix("worker_")))
        os.kill(killed[0], signal.SIGKILL)
        (tmp_path / "killed").touch()

    before = {worker["pid"] for worker in _workers(client)}
    killer = threading.Thread(target=kill)
    killer.start()
    result = compare(TOWN, [BASE, waiting, CUT], replications=4, seed=3, dask=client)
    killer.join(timeout=10)
    assert killed[0] in before and killed[0] != os.getpid()
    assert len(list(tmp_path.glob("worker_*"))) >= 2, "somebody else did it again"
    same(result, compare(TOWN, [BASE, waiting, CUT], replications=4, seed=3, workers=1))


def _workers(client: Client) -> list[dict]:
    return [{"pid": pid} for pid in client.run(os.getpid).values()]


def test_an_address_will_do_and_an_interruption_keeps_what_was_finished(cluster):
    def progress(finished: int, asked: int) -> None:
        if finished == 2:
            raise KeyboardInterrupt

    address = cluster.scheduler_address
    result = compare(TOWN, [BASE, CUT], replications=12, seed=3, dask=address, progress=progress)
    assert len(result.finished) == 2
    whole = compare(TOWN, [BASE, CUT], replications=12, seed=3, workers=1).runs
    kept = whole[whole["replication"].isin(result.finished)].reset_index(drop=True)
    assert result.runs.equals(kept)
    with pytest.raises(InterruptedRun):
        compare(TOWN, [BASE, CUT], replications=3, dask=address, progress=lambda *_: progress(2, 3))


def test_a_checkpoint_is_gone_on_with_on_a_cluster(client, tmp_path):
    def progress(finished: int, asked: int) -> None:
        if finished == 2:
            raise KeyboardInterrupt

    options = {"replications": 4, "seed": 3, "checkpoint": tmp_path / "kept"}
    compare(TOWN, [BASE, CUT], workers=1, progress=progress, **options)
    result = compare(TOWN, [BASE, CUT], dask=client, **options)
    same(result, compare(TOWN, [BASE, CUT], replications=4, seed=3, workers=1))


def test_an_error_of_a_run_comes_back_as_it_is(client):
    def wrong() -> None:
        raise InputError("price", "must be above 0", -1)

    with pytest.raises(InputError, match=r"^price: must be above 0, got -1$"):
        list(on_cluster(client, [("one", wrong)]))
    assert list(on_cluster(client, [])) == []


def test_a_worker_with_another_crmsim_is_refused():
    assert _on_worker(lambda: 7, VERSION, digest()) == 7
    for version, behaviour in (("9.9.9", digest()), (VERSION, "other")):
        with pytest.raises(InputError, match=r"^dask: must have workers with the same crmsim "):
            _on_worker(lambda: 7, version, behaviour)


def test_a_cluster_that_is_not_there(monkeypatch):
    monkeypatch.setattr("crmsim.cluster._PATIENCE", 1)
    for address in ("tcp://127.0.0.1:1", "nowhere", "smoke://signals"):
        with pytest.raises(InputError, match=r"^dask: must be the address of a scheduler that answers \("):
            compare(TOWN, [BASE, CUT], replications=2, dask=address)
    with pytest.raises(InputError, match=r"^dask: must be the address of a scheduler or a d"):
        compare(TOWN, [BASE, CUT], replications=2, dask=8786)
    with pytest.raises(InputError, match=r"^workers: must be left out with dask"):
        compare(TOWN, [BASE, CUT], replications=2, dask="tcp://127.0.0.1:1", workers=2)


def test_without_dask_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(InputError, match=r"^dask: needs Dask: pip install 'crmsim\[dask\]'$"),
        connected("tcp://127.0.0.1:1"),
    ):
        pass
