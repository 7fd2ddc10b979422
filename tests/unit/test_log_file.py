"""The log as a file: the same rows to the last byte, in bounded memory, whole or not there at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from generators import small

import crmsim.log_file
from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.events import EventKind
from crmsim.ledger import COLUMNS
from crmsim.log_file import LogWriter, iterate_log, log_provenance, read_log
from crmsim.model.records import ROW
from crmsim.strategies import find_strategy
from crmsim.strategies.programmed import ProgrammedStrategy

TOWN = small("retail", customers=150, horizon_days=720)
#: Code for a process of its own.
RUN = "from crmsim.engines import simulate\nfrom crmsim.scenario import preset\n"


@pytest.fixture
def few_rows_at_a_time(monkeypatch):
    """Fill and empty the columns many times."""
    monkeypatch.setattr(crmsim.log_file, "_CHUNK", 1000)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize("strategy", ["do_nothing", "stage_matched"])
def test_the_file_holds_the_rows_of_the_ledger(tmp_path, few_rows_at_a_time, engine, strategy):
    kept = simulate(TOWN, find_strategy(strategy), seed=5)
    path = tmp_path / "log.parquet"
    ledger = simulate(TOWN, find_strategy(strategy), seed=5, log_file=path, engine=engine)
    assert read_log(path).dtype == ROW
    assert read_log(path).tobytes() == kept.log().tobytes()
    assert ledger.events is None
    for part in ("customers", "months"):
        assert getattr(ledger, part).tobytes() == getattr(kept, part).tobytes()
    assert pq.ParquetFile(path).metadata.num_row_groups > 2
    assert os.listdir(tmp_path) == ["log.parquet"]


def test_every_number_comes_back_as_it_was(tmp_path):
    """Also those that no run has so far: the ends of every type, and no-numbers with their signs."""
    rows = np.zeros(8, ROW)
    rows["amount"] = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.7976931348623157e308, 0.1]
    rows["time"] = [0, 1, 1, 2**40, 2**59, 2**62, 2**62, 2**63 - 1]
    for name in ("customer", "detail", "kind", "component", "tier", "stage", "true_stage"):
        limits = np.iinfo(ROW[name])
        rows[name] = [limits.min, limits.max, 0, -1, 1, limits.min, 0, limits.max]
    with LogWriter(tmp_path / "log.parquet", {}) as writer:
        writer.append(rows[:3])
        writer.append(rows[3:3])
        writer.append(rows[3:])
    assert read_log(tmp_path / "log.parquet").tobytes() == rows.tobytes()


def test_a_run_in_which_nothing_happens_has_a_file_without_rows(tmp_path):
    with LogWriter(tmp_path / "log.parquet", {}):
        pass
    assert len(read_log(tmp_path / "log.parquet")) == 0


def test_it_can_be_read_in_parts(tmp_path, few_rows_at_a_time):
    path = tmp_path / "log.parquet"
    simulate(TOWN, seed=5, log_file=path)
    whole, parts = read_log(path), list(iterate_log(path, ("kind", "amount")))
    assert len(parts) > 5 and max(len(part) for part in parts) <= 1000
    assert parts[0].dtype.names == ("kind", "amount")
    for name in ("kind", "amount"):
        assert np.concatenate([part[name] for part in parts]).tobytes() == whole[name].tobytes()
    with pytest.raises(InputError, match=r"columns: must be some of time, amount, .*, got 'day'"):
        next(iterate_log(path, ("day",)))


def test_others_can_read_it_and_find_what_its_codes_mean(tmp_path):
    path = tmp_path / "log.parquet"
    ledger = simulate(TOWN, find_strategy("stage_matched"), seed=5, replication=2, log_file=path)
    table = pd.read_parquet(path)
    assert {name: str(kind) for name, kind in table.dtypes.items()} == {
        name: kind for name, (kind, *_) in COLUMNS.items()
    }
    assert log_provenance(path) == json.loads(json.dumps(ledger.provenance))
    columns = json.loads(pq.read_schema(path).metadata[b"crmsim.columns"])
    assert list(columns) == list(COLUMNS)
    assert columns["time"]["unit"] == "seconds since the start of the run"
    words = table["kind"].astype(str).map(columns["kind"]["codes"])
    assert words.value_counts()["purchase"] == (read_log(path)["kind"] == EventKind.PURCHASE).sum() > 0


def test_what_is_in_the_way_is_refused_before_the_run(tmp_path):
    path = tmp_path / "log.parquet"
    path.write_text("mine")
    with pytest.raises(InputError, match="log_file: must be the name of a file that is not there yet"):
        simulate(TOWN, log_file=path)
    assert path.read_text() == "mine"
    with pytest.raises(InputError, match="log_file: must lie in a folder that can be written to"):
        simulate(TOWN, log_file=tmp_path / "nowhere" / "log.parquet")


def test_what_is_no_log_is_not_read(tmp_path):
    with pytest.raises(InputError, match="log_file: must be a file, got"):
        read_log(tmp_path / "nothing.parquet")
    (tmp_path / "text").write_text("mine")
    with pytest.raises(InputError, match="log_file: must be a readable Parquet file"):
        read_log(tmp_path / "text")
    pd.DataFrame({"time": [1]}).to_parquet(tmp_path / "table.parquet")
    with pytest.raises(InputError, match="log_file: must be a log that this program wrote"):
        log_provenance(tmp_path / "table.parquet")


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, FileNotFoundError])
def test_a_run_that_fails_half_way_leaves_nothing(tmp_path, few_rows_at_a_time, error):
    def decide(view):
        if view.day > 300:
            assert any(path.stat().st_size > 1000 for path in tmp_path.iterdir()), "half a file is there"
            raise error("half way")
        return []

    failing = ProgrammedStrategy("failing", "Fails.", decide)
    with pytest.raises(error, match="half way"):
        simulate(TOWN, failing, log_file=tmp_path / "log.parquet")
    assert os.listdir(tmp_path) == []


def test_a_run_that_is_killed_leaves_nothing_under_the_name(tmp_path):
    code = (
        RUN + "import os\n"
        "from crmsim.strategies.programmed import ProgrammedStrategy\n"
        "decide = lambda view: os._exit(9) if view.day > 300 else []\n"
        "killed = ProgrammedStrategy('killed', 'Killed.', decide)\n"
        "simulate(preset('retail').with_values(customers=100), killed, log_file='log.parquet')\n"
    )
    assert _process(code, tmp_path).returncode == 9
    assert not (tmp_path / "log.parquet").exists()


def test_a_full_disk_is_said_in_one_line(tmp_path):
    code = (
        RUN + "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n    simulate(preset('retail').with_values(customers=300), log_file='log.parquet')\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    done = _process(code, tmp_path)
    assert done.stdout == "CrmsimError the log file cannot be written: File too large\n", done.stderr
    assert os.listdir(tmp_path) == []


def _process(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(crmsim.__file__).parents[1])},
    )  # fmt: skip


def test_an_error_of_the_packing_thread_reaches_the_run(tmp_path, few_rows_at_a_time, monkeypatch):
    def full(self, *_, **__):
        raise OSError(28, "no space")

    monkeypatch.setattr(pq.ParquetWriter, "write_batch", full)
    with pytest.raises(CrmsimError, match=r"^the log file cannot be written: No space left on device$"):
        simulate(TOWN, log_file=tmp_path / "log.parquet")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_memory_does_not_grow_with_the_length_of_the_run(tmp_path, few_rows_at_a_time, monkeypatch, engine):
    append, arrow = LogWriter.append, []

    def watched(self, rows):
        arrow.append(pa.total_allocated_bytes())
        append(self, rows)

    monkeypatch.setattr(LogWriter, "append", watched)
    simulate(TOWN, log_file=tmp_path / "first", engine=engine)
    peaks, sizes = [], []
    for years in (1, 6):
        arrow.clear()
        tracemalloc.start()
        town = small("retail", customers=400, horizon_days=360 * years)
        simulate(town, log_file=tmp_path / str(years), engine=engine)
        peaks.append((tracemalloc.get_traced_memory()[1], max(arrow)))
        tracemalloc.stop()
        sizes.append(pq.read_metadata(tmp_path / str(years)).num_rows * ROW.itemsize)
    more = sizes[1] - sizes[0]
    assert more > 900_000
    (numpy_short, arrow_short), (numpy_long, arrow_long) = peaks
    assert numpy_long - numpy_short < 0.3 * more, "the table of months may grow, and nothing else"
    assert arrow_long - arrow_short < 0.1 * more
