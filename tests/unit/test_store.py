"""The store of runs: whole runs or none, whoever writes, dies or deletes meanwhile."""

from __future__ import annotations

import errno
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import crmsim
from crmsim.errors import CrmsimError, InputError
from crmsim.scenario import preset
from crmsim.store import Record, RunStore, default_store, machine_facts
from crmsim.stored_differences import different_facts, different_outcomes
from crmsim.strategies import DO_NOTHING, find_strategy

ROOT = Path(crmsim.__file__).parents[1]


def record(mean: float = 1.0, *, seed: int = 1, scenario: object = None, kind: str = "comparison") -> Record:
    luck = np.random.default_rng(0)
    noise = luck.normal(0.0, 1.0, 6)
    runs = pd.DataFrame(
        {
            "replication": range(6),
            "strategy": "do_nothing",
            "outcome": "clv",
            "value": mean + noise,
        }
    )
    return Record(
        kind, scenario or preset("retail"), (DO_NOTHING, find_strategy("save_risk")), seed, 6,
        {"do_nothing": "compiled", "save_risk": "compiled"}, {"runs": runs}, {"asked": 6}, 1.5,
    )  # fmt: skip


def test_what_is_kept_can_be_read_again(tmp_path):
    store = RunStore(tmp_path / "a" / "store")
    assert store.runs().empty, "no folder is no runs"
    name = store.keep(record())
    row = store.runs().iloc[0]
    assert (row["id"], row["kind"], row["scenario"], row["customers"]) == (name, "comparison", "retail", 5000)
    assert (row["strategies"], row["seed"], row["replications"]) == ("do_nothing, save_risk", 1, 6)
    assert (row["seconds"], row["crmsim"], row["problem"]) == (1.5, crmsim.__version__, "")
    run = store.find(name[:-3])
    pd.testing.assert_frame_equal(run.table("runs"), record().tables["runs"])
    assert run.manifest["machine"] == machine_facts()
    assert run.manifest["more"] == {"asked": 6}
    assert crmsim.load_scenario(run.folder / "scenario.yaml") == preset("retail")
    assert crmsim.load_strategy(run.folder / "strategy_save_risk.yaml") == find_strategy("save_risk")
    assert sorted(p.name for p in store.folder.iterdir()) == [name], "no drafts, no notes"
    assert not (run.folder / "writer.json").exists()
    with pytest.raises(InputError, match=r"^table: must be one of runs, got 'levels'"):
        run.table("levels")


def test_names_that_mean_nothing_or_several_are_refused(tmp_path):
    store = RunStore(tmp_path)
    first, second = store.keep(record()), store.keep(record())
    assert first != second
    with pytest.raises(InputError, match="is the beginning of 2 runs"):
        store.find(first[:4])
    for stranger in ("", ".", "..", "../x", "nothing", f"{first}/manifest.json"):
        with pytest.raises(InputError, match="must be the name of a run"):
            store.delete(stranger)
    assert len(store.runs()) == 2


def test_a_run_is_deleted_and_others_stay(tmp_path):
    store = RunStore(tmp_path)
    first = store.keep(record())
    time.sleep(0.002)
    second = store.keep(record())
    assert store.runs()["id"].tolist() == [first, second], "in the order of time"
    store.delete(first)
    assert store.runs()["id"].tolist() == [second]
    assert [p.name for p in tmp_path.iterdir()] == [second]
    with pytest.raises(InputError):
        store.delete(first)


def test_a_file_is_no_store_and_kinds_and_tables_have_plain_names(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="must be a folder, this is a file"):
        RunStore(tmp_path / "file")
    with pytest.raises(InputError, match=r"^kind: must be one word"):
        RunStore(tmp_path).keep(record(kind="../x"))
    bad = Record("search", preset("retail"), (), 1, 1, {}, {"../runs": pd.DataFrame()})
    with pytest.raises(InputError, match=r"^tables: must have names"):
        RunStore(tmp_path).keep(bad)
    assert RunStore(tmp_path).runs().empty


def test_a_store_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("crmsim.folders.tempfile.mkdtemp", refused)
    said = rf"the store must lie in a folder that can be written to \(Permission denied\), {tmp_path}"
    with pytest.raises(CrmsimError, match=said):
        RunStore(tmp_path).keep(record())


@pytest.mark.parametrize("full_at", ["to_parquet", "scenario", "manifest"])
def test_a_full_disk_leaves_the_store_as_it_was(tmp_path, monkeypatch, full_at):
    store = RunStore(tmp_path)
    name = store.keep(record())

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def half(self: pd.DataFrame, path: Path, **_: object) -> None:
        Path(path).write_bytes(b"PAR1 half a table")
        full()

    if full_at == "to_parquet":
        monkeypatch.setattr(pd.DataFrame, "to_parquet", half)
    elif full_at == "scenario":
        monkeypatch.setattr(type(preset("retail")), "save", full)
    else:
        monkeypatch.setattr("crmsim.store._flush", full)
    with pytest.raises(CrmsimError, match=r"could not be kept in .*: No space left on device"):
        store.keep(record())
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert store.find(name).table("runs").shape == (6, 4)
    assert len(store.runs()) == 1
    store.keep(record())
    assert len(store.runs()) == 2


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be synchronised")
def test_the_names_of_a_run_are_on_the_disk_before_it_counts_as_kept(tmp_path, monkeypatch):
    """Power may fail: the content of a file can be safe, and its name, or that of its folder, not."""
    seen: list[str] = []
    original = os.fsync

    def noted(handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}")) if Path("/proc/self/fd").exists() else Path()
        if path.is_dir():
            seen.append("store" if path == tmp_path else "draft" if path.name.startswith(".") else path.name)
        original(handle)

    monkeypatch.setattr(os, "fsync", noted)
    store = RunStore(tmp_path)
    name = store.keep(record())
    if Path("/proc/self/fd").exists():
        assert seen[-2:] == ["draft", "store"]
        seen.clear()
        store.delete(name)
        assert seen == ["store"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"crmsim": "0"}', '{"crmsim": "0", "scenario": []}']
)
def test_a_damaged_run_is_told_from_the_others_and_can_be_deleted(tmp_path, content):
    store = RunStore(tmp_path)
    bad, good = store.keep(record()), store.keep(record())
    (tmp_path / bad / "manifest.json").write_text(content)
    table = store.runs().set_index("id")
    assert table.loc[good, "problem"] == ""
    assert table.loc[bad, "problem"].startswith("has a manifest that")
    with pytest.raises(InputError, match="has a manifest that"):
        store.find(bad)
    store.delete(bad)
    assert store.runs()["id"].tolist() == [good]


def test_what_else_lies_in_the_folder_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "20250101-my-folder").mkdir()
    store = RunStore(tmp_path)
    store.keep(record())
    os.utime(tmp_path / ".hidden", (0, 0))
    assert store.clean() == 0
    assert len(store.runs()) == 1
    assert {"notes.txt", ".hidden", "20250101-my-folder"} <= {p.name for p in tmp_path.iterdir()}


#: Keeps runs until it is killed; says how many have been kept.
WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from test_store import record
from crmsim.store import RunStore
store = RunStore(sys.argv[1])
many = record(float(sys.argv[3]))
while True:
    print(store.keep(many), flush=True)
"""


def writer(folder: Path, mean: float) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parent), str(mean)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def whole(store: RunStore) -> int:
    """Read every table of every run; return how many there are."""
    table = store.runs()
    assert (table["problem"] == "").all(), table["problem"].tolist()
    for name in table["id"]:
        assert store.find(name).table("runs").shape == (6, 4)
    return len(table)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_processes_leave_whole_runs_and_leftovers_that_are_cleaned(tmp_path):
    store, left = RunStore(tmp_path), 0
    luck = np.random.default_rng(1)
    for _ in range(3):
        two = [writer(tmp_path, mean) for mean in (0.0, 1.0)]
        for process in two:
            process.stdout.readline()  # it has begun: a first run is there
        for process in two:
            time.sleep(float(luck.uniform(0.0, 0.05)))
            process.send_signal(signal.SIGKILL)
        for process in two:
            process.wait()
            process.stdout.close()
        before = whole(store)
        left += len(store.leftovers())
        assert before >= 2
        store.keep(record())
        assert store.leftovers() == [], "the next writer cleans up"
        assert whole(store) == before + 1
    assert left > 0, "nobody was killed while writing: make the tables larger"


def test_a_draft_that_is_being_written_stays(tmp_path):
    store, process = RunStore(tmp_path), writer(tmp_path, 0.0)
    try:
        process.stdout.readline()
        for _ in range(30):
            assert store.leftovers() == []
            store.clean()
            whole(store)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def draft(folder: Path, note: dict | None) -> Path:
    made = folder / ".20250101T000000000-search-0123abcd.xyz"
    made.mkdir()
    if note is not None:
        (made / "writer.json").write_text(json.dumps(note))
    return made


@pytest.mark.parametrize("note", [None, {}, {"machine": "another", "process": 1, "started": 0.0}, []])
def test_a_draft_whose_writer_cannot_be_asked_is_given_up_after_a_day(tmp_path, note):
    store, made = RunStore(tmp_path), draft(tmp_path, note)
    assert store.leftovers() == []
    old = time.time() - 90_000.0
    for path in (*made.iterdir(), made):
        os.utime(path, (old, old))
    assert store.leftovers() == [made]
    assert (store.clean(), store.clean()) == (1, 0)
    assert not made.exists()


def test_another_process_with_the_number_of_the_writer_is_not_the_writer(tmp_path):
    store = RunStore(tmp_path)
    made = draft(tmp_path, {"machine": platform.node(), "process": os.getpid(), "started": 12345.0})
    assert store.leftovers() == [made]


def test_half_of_a_deletion_is_finished_by_the_next(tmp_path):
    store = RunStore(tmp_path)
    name = store.keep(record())
    (tmp_path / name).rename(tmp_path / f".deleted.{name}.0")
    assert store.runs().empty
    assert store.clean() == 1
    assert list(tmp_path.iterdir()) == []


def test_where_the_store_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMSIM_STORE", str(tmp_path / "mine"))
    assert default_store() == tmp_path / "mine" == RunStore().folder
    monkeypatch.delenv("CRMSIM_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert default_store() == tmp_path / "crmsim" / "runs"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_store() == Path.home() / ".local" / "share" / "crmsim" / "runs"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_store() == Path.home() / "Library" / "Application Support" / "crmsim" / "runs"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert default_store() == tmp_path / "crmsim" / "runs"


def test_two_runs_side_by_side(tmp_path):
    store = RunStore(tmp_path)
    dear = preset("retail").with_values(margin=0.3)
    a, b = (store.find(store.keep(r)) for r in (record(1.0), record(3.0, scenario=dear)))
    facts = different_facts(a, b)
    assert facts.to_dict("records") == [{"fact": "scenario.money.margin", "a": "0.4", "b": "0.3"}]
    (row,) = different_outcomes(a, b).to_dict("records")
    assert row["paired"] is True
    assert row["mean"] == pytest.approx(2.0)
    assert row["high"] - row["low"] == pytest.approx(0.0, abs=1e-9), "the same luck in both"
    assert row["n"] == 6

    c = store.find(store.keep(record(3.0, seed=2)))
    (row,) = different_outcomes(a, c).to_dict("records")
    left, right = (run.table("runs")["value"] for run in (a, c))
    welch = stats.ttest_ind(right, left, equal_var=False).confidence_interval(0.95)
    assert row["paired"] is False
    assert (row["low"], row["high"]) == pytest.approx((welch.low, welch.high))
    assert different_facts(a, a).empty


def test_runs_with_nothing_in_common(tmp_path):
    store = RunStore(tmp_path)
    a = store.find(store.keep(record()))
    other = Record("search", preset("retail"), (DO_NOTHING,), 1, 1, {}, {"trials": pd.DataFrame({"x": [1]})})
    b = store.find(store.keep(other))
    assert different_outcomes(a, b).empty
    assert "kind" in different_facts(a, b)["fact"].tolist()
