"""Runs kept on disk: what was run, when, with which result; to be listed, compared and deleted.

Like the sample drawers of a laboratory: each run has a drawer of its own with a label, and a drawer is
either there with everything in it or not there. There is no separate index that could be out of date:
the list is read from the labels. Everything is plain files (JSON, YAML, Parquet), so that a run can be
read without this program.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmsim.abandoned import abandoned, sign
from crmsim.errors import CrmsimError, InputError, system_reason
from crmsim.folders import MANIFEST, check_folder, new_folder, sync_folder, user_folder
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy
from crmsim.version import VERSION

if TYPE_CHECKING:
    from crmsim.comparison_result import Comparison

__all__ = ["Record", "RunStore", "StoredRun", "comparison_record", "default_store", "machine_facts"]

_ID = re.compile(r"\d{8}T\d{9}-[a-z]+-[0-9a-f]{8}")
_COUNTER = itertools.count()


@dataclass(frozen=True, eq=False)
class Record:
    """What is to be kept of a run.

    Attributes
    ----------
    kind : str
        One word of small letters: ``comparison``, ``search``, ``tornado`` and so on.
    scenario : Scenario
    strategies : tuple of Strategy or ProgrammedStrategy
        The base first.
    seed, replications : int
    engines : mapping
        From the name of a strategy to the engine that drove it.
    tables : mapping
        From names (letters, digits, underscores) to tables; each becomes a Parquet file.
    more : mapping
        Further facts for the manifest, as JSON can hold them.
    seconds : float, optional
        Wall time of the run.
    """

    kind: str
    scenario: Scenario
    strategies: tuple[AnyStrategy, ...]
    seed: int
    replications: int
    engines: Mapping[str, str]
    tables: Mapping[str, pd.DataFrame]
    more: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None


@dataclass(frozen=True)
class StoredRun:
    """A run in a store: its name there, its folder, and what its label says."""

    id: str
    folder: Path
    manifest: dict[str, Any]

    def table(self, name: str) -> pd.DataFrame:
        """Return one of its tables.

        Raises
        ------
        InputError
            When it has no such table, or the file is damaged.
        """
        if name not in self.manifest["tables"]:
            raise InputError("table", f"must be one of {', '.join(self.manifest['tables'])}", name)
        try:
            return pd.read_parquet(self.folder / f"{name}.parquet")
        except (OSError, ValueError) as error:
            raise InputError("table", f"cannot be read ({error})", name, where=str(self.folder)) from None


class RunStore:
    """A folder of runs. Several processes may read, write and delete in it at once.

    Parameters
    ----------
    folder : str or Path, optional
        Made when the first run is kept; the default is that of :func:`default_store`.

    Examples
    --------
    >>> import tempfile
    >>> from crmsim.scenario import preset
    >>> from crmsim.strategies import DO_NOTHING
    >>> store = RunStore(tempfile.mkdtemp())
    >>> found = {"levels": pd.DataFrame({"outcome": ["clv"], "mean": [12.5]})}
    >>> name = store.keep(Record("comparison", preset("retail"), (DO_NOTHING,), 1, 20, {}, found))
    >>> store.runs()["kind"].tolist(), store.find(name).table("levels")["mean"].tolist()
    (['comparison'], [12.5])
    >>> store.delete(name)
    >>> len(store.runs())
    0
    """

    def __init__(self, folder: str | Path | None = None):
        self.folder = check_folder(default_store() if folder is None else folder, "store")

    def keep(self, record: Record) -> str:
        """Keep a run, whole or not at all; return its name in the store.

        What writers that were killed left behind is removed first.

        Raises
        ------
        CrmsimError
            When the disk does not take it (full, or not to be written to). The store is as it was.
        """
        _check(record)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.clean()
            name = _new_name(record.kind)
            with new_folder(self.folder / name) as draft:
                with sign(draft):
                    _write(record, draft, name)
                _flush(draft)
            return name
        except InputError as error:  # of the folder: what is to be kept was checked before
            raise CrmsimError(
                f"the run could not be kept: the store {error.problem}, {self.folder}"
            ) from error
        except OSError as error:
            reason = system_reason(error)
            raise CrmsimError(f"the run could not be kept in {self.folder}: {reason}") from error

    def runs(self) -> pd.DataFrame:
        """Return one row per run, the oldest first.

        Returns
        -------
        DataFrame
            ``id``, ``kind``, ``written`` (UTC), ``scenario``, ``customers``, ``strategies`` (names),
            ``seed``, ``replications``, ``seconds``, ``crmsim`` (version), ``megabytes``, and ``problem``:
            why a run cannot be read, empty for all others.
        """
        rows = [row for name in self._names() if (row := self._row(name)) is not None]
        return pd.DataFrame(rows, columns=[*list(_COLUMNS), "megabytes", "problem"])

    def full_name(self, name: str) -> str:
        """Return the whole name of the run that alone begins like that, readable or not.

        Raises
        ------
        InputError
            When there is none, or several begin like that.
        """
        # By prefix only among names that are there: nothing outside the store can be meant.
        found = [full for full in self._names() if full.startswith(name)] if name else []
        if name in found:
            return name
        if len(found) != 1:
            problem = "must be the name of a run in the store, or its beginning"
            if found:
                problem = f"is the beginning of {len(found)} runs, {', '.join(found[:3])}"
            raise InputError("run", problem, name, where=str(self.folder))
        return found[0]

    def find(self, name: str) -> StoredRun:
        """Return a run by its name, or by the beginning of it that no other run has.

        Raises
        ------
        InputError
            When there is none, or several begin like that, or it is damaged.
        """
        full = self.full_name(name)
        return StoredRun(full, self.folder / full, _manifest(self.folder / full))

    def delete(self, name: str) -> None:
        """Remove a run; whoever reads the store meanwhile sees all of it or none.

        Raises
        ------
        InputError
            As :meth:`find`; but a damaged run can be deleted.
        """
        full = self.full_name(name)
        grave = self.folder / f".deleted.{full}.{_unlike_any()}"
        try:
            (self.folder / full).rename(grave)
        except FileNotFoundError:
            raise InputError("run", "is gone: another process has deleted it", full) from None
        except OSError as error:
            raise CrmsimError(f"{full} cannot be deleted: {error.strerror}") from error
        sync_folder(self.folder)
        shutil.rmtree(grave, ignore_errors=True)

    def leftovers(self) -> list[Path]:
        """Return what is in the store and no run: drafts of writers that were killed, and of deletions."""
        return [path for path in self._drafts() if abandoned(path)]

    def clean(self) -> int:
        """Remove leftovers; return how many there were. Drafts that somebody is writing stay."""
        found = self.leftovers()
        for path in found:
            shutil.rmtree(path, ignore_errors=True)
        return len(found)

    def _drafts(self) -> Sequence[Path]:
        if not self.folder.is_dir():
            return []
        return [p for p in self.folder.iterdir() if p.name.startswith(".") and _ID.search(p.name)]

    def _names(self) -> Sequence[str]:
        if not self.folder.is_dir():
            return []
        return sorted(p.name for p in self.folder.iterdir() if _ID.fullmatch(p.name))

    def _row(self, name: str) -> dict[str, Any] | None:
        folder = self.folder / name
        row: dict[str, Any] = {"id": name, "problem": ""}
        try:
            manifest = _manifest(folder)
            row |= {column: read(manifest) for column, read in _COLUMNS.items() if column != "id"}
            row["megabytes"] = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        except (InputError, OSError) as error:
            if not folder.exists():  # deleted while we looked
                return None
            row["problem"] = error.problem if isinstance(error, InputError) else str(error.strerror)
        return row


_COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "id": lambda m: m["id"],
    "kind": lambda m: m["kind"],
    "written": lambda m: m["written"],
    "scenario": lambda m: m["scenario"]["name"],
    "customers": lambda m: m["scenario"]["population"]["customers"],
    "strategies": lambda m: ", ".join(strategy["name"] for strategy in m["strategies"]),
    "seed": lambda m: m["seed"],
    "replications": lambda m: m["replications"],
    "seconds": lambda m: m["seconds"],
    "crmsim": lambda m: m["crmsim"],
}


def default_store() -> Path:
    """Return the folder for runs: ``CRMSIM_STORE`` if that is set, else one for the user's own data."""
    chosen = os.environ.get("CRMSIM_STORE")
    if chosen:
        return Path(chosen).expanduser()
    return user_folder() / "runs"


def machine_facts() -> dict[str, Any]:
    """Return what of this machine can matter for a result or its speed; nothing that names it."""
    return {
        "python": platform.python_version(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        **{name: version(name) for name in ("numpy", "scipy", "numba", "pandas", "simpy")},
    }


def comparison_record(comparison: Comparison, seconds: float | None = None) -> Record:
    """Return what is kept of a comparison: every outcome of every run, levels and differences."""
    c = comparison
    return Record(
        kind="comparison",
        scenario=c.scenario,
        strategies=c.strategies,
        seed=c.seed,
        replications=len(c.finished),
        engines=c.engines,
        tables={"runs": c.runs, "levels": c.levels(), "differences": c.differences(simultaneous=True)},
        more={
            "asked": c.asked,
            "branches": c.branches,
            "confidence": c.confidence,
            "failures": c.failures().to_dict("records"),
        },
        seconds=seconds,
    )


def _check(record: Record) -> None:
    if not re.fullmatch(r"[a-z]+", record.kind):
        raise InputError("kind", "must be one word of small letters", record.kind)
    for name in record.tables:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise InputError("tables", "must have names of small letters, digits and underscores", name)


def _write(record: Record, draft: Path, name: str) -> None:
    """Write everything; the manifest last."""
    for table, content in record.tables.items():
        content.to_parquet(draft / f"{table}.parquet", index=False)
    record.scenario.save(draft / "scenario.yaml")
    for strategy in record.strategies:
        file, text = strategy.as_file()
        (draft / f"strategy_{file}").write_text(text, encoding="utf-8")
    content = {
        "crmsim": VERSION,
        "id": name,
        "kind": record.kind,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenario": record.scenario.model_dump(mode="json"),
        "strategies": [
            s.model_dump(mode="json", by_alias=True, exclude_unset=True) for s in record.strategies
        ],
        "seed": record.seed,
        "replications": record.replications,
        "engines": dict(record.engines),
        "seconds": None if record.seconds is None else round(record.seconds, 2),
        "machine": machine_facts(),
        "tables": list(record.tables),
        "more": dict(record.more),
    }
    (draft / MANIFEST).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _flush(draft: Path) -> None:
    """Make sure that the files are on the disk before the folder gets its name: power may fail."""
    for path in draft.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _manifest(folder: Path) -> dict[str, Any]:
    """Return a run's label.

    Raises
    ------
    InputError
        When it is missing, damaged, or lacks something that every label has.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("run", f"has a manifest that cannot be read ({error})", folder.name) from None
    try:
        for read in (*_COLUMNS.values(), lambda m: m["tables"]):
            read(content)
    except (KeyError, TypeError, IndexError):
        raise InputError("run", "has a manifest that is not one of this program", folder.name) from None
    return content


def _new_name(kind: str) -> str:
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}-{kind}-{_unlike_any()}"


def _unlike_any() -> str:
    """Return eight hexadecimal digits that no other process or thread comes up with at this moment."""
    seed = (platform.node(), os.getpid(), time.time_ns(), next(_COUNTER))
    return hashlib.sha256(repr(seed).encode()).hexdigest()[:8]
