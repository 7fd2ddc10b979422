"""The log as a Parquet file: written as the run goes on, read whole or batch by batch.

A long run has more rows than fit into memory. So they are put into columns, and so many of them at a
time go to the file, packed. What comes back is what would have stood in the ledger, to the last byte:
amounts keep all their digits. The file says what its codes mean and how to repeat the run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from crmsim.errors import CrmsimError, InputError, system_reason
from crmsim.events import Component, EventKind
from crmsim.folders import new_file
from crmsim.ledger import COLUMNS
from crmsim.model.records import ROW
from crmsim.stages import Stage
from crmsim.tiers import Tier

__all__ = ["LogWriter", "iterate_log", "log_provenance", "new_log", "read_log"]

#: Rows that are gathered before they are packed: a group of rows that a reader takes at a time.
_CHUNK = 1 << 18
#: Keys under which the file keeps how to repeat the run, and what stands in the columns.
_ABOUT, _COLUMNS = b"crmsim", b"crmsim.columns"
_WORDS: dict[str, type[IntEnum]] = {
    "kind": EventKind, "component": Component, "tier": Tier, "stage": Stage, "true_stage": Stage,
}  # fmt: skip
#: How columns are packed, by measurement. Of small numbers most bytes are 0, so bytes of equal place are
#: put side by side. More effort pays for who did something, a little for details and amounts (which have
#: as many digits as a double can hold), and not at all for the others.
_ENCODINGS = dict.fromkeys(COLUMNS, "BYTE_STREAM_SPLIT") | {"time": "PLAIN", "amount": "PLAIN"}
_LEVELS = dict.fromkeys(COLUMNS, 1) | {"customer": 5, "detail": 3, "amount": 3}


@contextmanager
def new_log(path: str | Path, provenance: dict[str, Any]) -> Iterator[LogWriter]:
    """Give a writer; its file appears under its name when the block ends without an error.

    Parameters
    ----------
    path : str or Path
        Must not exist.
    provenance : dict
        Everything needed to run it again; kept in the file.

    Raises
    ------
    InputError
        When something is in the way, or there is no such folder.
    CrmsimError
        When the disk does not take the rows.
    """
    path = Path(path)
    if path.exists():
        raise InputError("log_file", "must be the name of a file that is not there yet", str(path))
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError("log_file", "must lie in a folder that can be written to", str(path))
    with new_file(path) as draft, LogWriter(draft, provenance) as writer:
        yield writer


class LogWriter:
    """Puts rows into columns, and the columns into a file whenever enough of them have come together.

    A thread of its own packs them, while the run goes on and fills a second set of columns.

    Parameters
    ----------
    path : Path
    provenance : dict
    """

    #: Nothing of it is kept in memory.
    rows = None

    def __init__(self, path: Path, provenance: dict[str, Any]):
        self._schema = _schema(provenance)
        self._filling, self._other = (
            {name: np.empty(_CHUNK, ROW[name]) for name in COLUMNS} for _ in range(2)
        )
        self._filled = 0
        with _told():
            self._file = pq.ParquetWriter(
                path, self._schema, compression="zstd", compression_level=_LEVELS, use_dictionary=False,
                column_encoding=_ENCODINGS, write_statistics=["time"],
            )  # fmt: skip
        self._packer = ThreadPoolExecutor(1)
        self._packing: Future | None = None

    def __enter__(self) -> LogWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._pack()
                self._wait()
                with _told():
                    self._file.close()
        finally:
            self._packer.shutdown()
            with suppress(OSError):  # what went wrong before is what is to be told
                self._file.close()

    def append(self, rows: np.ndarray) -> None:
        """Add rows, which come after all before."""
        done = 0
        while done < len(rows):
            some = rows[done : done + _CHUNK - self._filled]
            for name, column in self._filling.items():
                column[self._filled : self._filled + len(some)] = some[name]
            self._filled += len(some)
            done += len(some)
            if self._filled == _CHUNK:
                self._pack()

    def _pack(self) -> None:
        """Hand the columns that are full to the thread, once it has done with the last ones."""
        self._wait()
        columns = [pa.array(column[: self._filled]) for column in self._filling.values()]
        batch = pa.record_batch(columns, schema=self._schema)
        self._packing = self._packer.submit(self._file.write_batch, batch)
        self._filling, self._other, self._filled = self._other, self._filling, 0

    def _wait(self) -> None:
        if self._packing is not None:
            with _told():
                self._packing.result()


@contextmanager
def _told() -> Iterator[None]:
    """Say in one sentence what the disk objects to."""
    try:
        yield
    except OSError as error:
        raise CrmsimError(f"the log file cannot be written: {system_reason(error)}") from error


def _schema(provenance: dict[str, Any]) -> pa.Schema:
    """Return the columns' types; beside them, what they mean and how the run can be repeated."""
    fields = [pa.field(name, pa.from_numpy_dtype(ROW[name]), nullable=False) for name in COLUMNS]
    columns = {
        name: {"unit": unit, "meaning": meaning} | _codes(name)
        for name, (_, unit, meaning) in COLUMNS.items()
    }
    return pa.schema(fields, {_ABOUT: json.dumps(provenance), _COLUMNS: json.dumps(columns)})


def _codes(name: str) -> dict[str, dict[int, str]]:
    return {"codes": {word.value: word.name.lower() for word in _WORDS[name]}} if name in _WORDS else {}


def read_log(path: str | Path) -> np.ndarray:
    """Return all rows of a log file: those that ``Ledger.events`` would have held.

    Raises
    ------
    InputError
        When there is no such file, or it is no log of this program.

    Examples
    --------
    >>> import tempfile
    >>> from crmsim.engines import simulate
    >>> from crmsim.scenario import preset
    >>> town = preset("retail").with_values(customers=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger = simulate(town, seed=7, log_file=f"{folder}/log.parquet")
    ...     rows = read_log(f"{folder}/log.parquet")
    >>> ledger.events is None, rows.tobytes() == simulate(town, seed=7).events.tobytes()
    (True, True)
    """
    with _opened(path) as file:
        rows, filled = np.empty(file.metadata.num_rows, ROW), 0
        for batch in _batches(file, list(COLUMNS)):
            rows[filled : filled + len(batch)] = batch
            filled += len(batch)
    return rows


def iterate_log(path: str | Path, columns: Sequence[str] = tuple(COLUMNS)) -> Iterator[np.ndarray]:
    """Yield the rows of a log file in order, some at a time, so that no more of them are in memory.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str
        Those that are wanted; others are not read.

    Yields
    ------
    array
        With a field per column.

    Raises
    ------
    InputError
        When there is no such file or column, or it is no log of this program.
    """
    for name in columns:
        if name not in COLUMNS:
            raise InputError("columns", f"must be some of {', '.join(COLUMNS)}", name)
    with _opened(path) as file:
        yield from _batches(file, columns)


def log_provenance(path: str | Path) -> dict[str, Any]:
    """Return how a log file came about: versions, engine, seed, replication, scenario, strategy.

    Raises
    ------
    InputError
        When there is no such file, or it is no log of this program.
    """
    with _opened(path) as file:
        return json.loads(file.schema_arrow.metadata[_ABOUT])


@contextmanager
def _opened(path: str | Path) -> Iterator[pq.ParquetFile]:
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise InputError("log_file", "must be a file", str(path)) from None
    except (OSError, pa.ArrowException) as error:
        raise InputError("log_file", f"must be a readable Parquet file ({error})", str(path)) from None
    with file:
        if _ABOUT not in (file.schema_arrow.metadata or {}) or file.schema_arrow.names != list(COLUMNS):
            raise InputError("log_file", "must be a log that this program wrote", str(path))
        yield file


def _batches(file: pq.ParquetFile, columns: Sequence[str]) -> Iterator[np.ndarray]:
    kind = np.dtype((np.record, [(name, ROW[name]) for name in columns]))
    for batch in file.iter_batches(_CHUNK, columns=list(columns)):
        rows = np.empty(batch.num_rows, kind)
        for name in columns:
            rows[name] = batch.column(name).to_numpy()
        yield rows
