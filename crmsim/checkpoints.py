"""What a long experiment has finished so far, kept safe while it goes on.

Like the counterfoils of a cheque book: each finished replication leaves one, whole or not at all, and
whoever picks the book up again sees which is next, and whose book it is. A folder with one JSON file
for the experiment and one for each finished replication; numbers come back to the last bit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from crmsim.errors import InputError, system_reason
from crmsim.folders import writing
from crmsim.yaml_files import write_text

__all__ = ["MISSING", "Checkpoint", "checkpoint_place", "differing", "table_as_data", "table_from_data"]

_EXPERIMENT = "experiment.json"
#: What is longer is not worth reading in a message.
_READABLE = 40
#: Stands for what one of two descriptions does not have.
MISSING = object()


def checkpoint_place(out: str | Path) -> Path:
    """Return where the checkpoints of an experiment lie: beside the folder of its results.

    Raises
    ------
    InputError
        When that folder has no name of its own, or one with which no checkpoint can lie beside it.

    Examples
    --------
    >>> checkpoint_place("/srv/report").as_posix()
    '/srv/report.checkpoint'
    """
    folder = Path(out).absolute()
    if not folder.name:
        raise InputError("out", "must be a folder with a name", str(out))
    place = folder.with_name(f"{folder.name}.checkpoint")
    try:
        place.exists()
    except OSError as error:
        problem = f"cannot have a checkpoint called {folder.name}.checkpoint beside it"
        raise InputError("out", f"{problem} ({system_reason(error)})", str(out)) from None
    return place


class Checkpoint:
    """A folder in which finished replications of one experiment are kept.

    Parameters
    ----------
    folder : str or Path
        Is made when the first replication is finished.
    unit : str
        What is kept one by one, where it is not replications; files are named after it.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "kept"
    >>> kept = Checkpoint(place)
    >>> kept.read({"seed": 1})
    {}
    >>> kept.keep(0, {"clv": 0.1 + 0.2}, {"seed": 1})
    >>> Checkpoint(place).read({"seed": 1})
    {0: {'clv': 0.30000000000000004}}
    >>> kept.remove()
    >>> place.exists()
    False
    """

    def __init__(self, folder: str | Path, unit: str = "replication"):
        self.folder = Path(folder)
        self._unit = unit
        self._name = re.compile(rf"{unit}_(\d{{6}})\.json")

    @property
    def exists(self) -> bool:
        """Whether anything has been kept there."""
        return (self.folder / _EXPERIMENT).is_file()

    def read(self, experiment: Mapping[str, Any]) -> dict[int, Any]:
        """Return what was kept, by number.

        Parameters
        ----------
        experiment : mapping
            Everything that the results depend on, as JSON could hold it.

        Raises
        ------
        InputError
            When it belongs to another experiment (with what differs), is damaged, or is something else.
        """
        if not self.exists:
            self._must_be_free()
            return {}
        there = _read(self.folder / _EXPERIMENT)
        found = differing(there, json.loads(json.dumps(experiment)))
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            name, *values = found[0]
            problem = f"belongs to another experiment: {name} {_clause(*values)}{more}"
            raise InputError("checkpoint", problem, str(self.folder))
        files = {
            int(match[1]): path
            for path in self.folder.iterdir()
            if (match := self._name.fullmatch(path.name))
        }
        return {k: _read(files[k]) for k in sorted(files)}

    def keep(self, number: int, content: Any, experiment: Mapping[str, Any]) -> None:
        """Keep what came out of a replication (or other unit), whole or not at all."""
        if not self.exists:
            with writing(self.folder):
                self.folder.mkdir(exist_ok=True)
            write_text(self.folder / _EXPERIMENT, json.dumps(experiment, ensure_ascii=False, indent=1))
        write_text(self.folder / f"{self._unit}_{number:06d}.json", json.dumps(content))

    def remove(self) -> None:
        """Remove what was kept, and the folder if nothing else is in it."""
        if not self.exists:
            return
        mine = [path for path in self.folder.iterdir() if self._name.fullmatch(path.name)]
        # A process that was killed while it wrote leaves its draft, whose name begins with a dot.
        drafts = self.folder.glob(".*.json.*")
        # The description goes last: without it nobody could tell whose the rest is.
        for path in [*mine, *drafts, self.folder / _EXPERIMENT]:
            path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _must_be_free(self) -> None:
        if not self.folder.absolute().parent.is_dir():
            raise InputError("checkpoint", "must lie in an existing folder", str(self.folder))
        if not self.folder.exists():
            return
        if not self.folder.is_dir() or any(not p.name.startswith(".") for p in self.folder.iterdir()):
            raise InputError("checkpoint", "must be a checkpoint or a new folder", str(self.folder))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("checkpoint", f"cannot be read ({error})", where=str(path)) from None


def differing(there: Any, here: Any, name: str = "") -> list[tuple[str, Any, Any]]:
    """Return what differs between two descriptions: name with dots, and the value in each.

    Examples
    --------
    >>> differing({"seed": 1, "arms": ["a", "b"]}, {"seed": 2, "arms": ["a", "c"]})
    [('seed', 1, 2), ('arms.1', 'b', 'c')]
    """
    if isinstance(there, dict) and isinstance(here, dict):
        parts = [(key, there.get(key, MISSING), here.get(key, MISSING)) for key in {**here, **there}]
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        parts = list(zip(range(len(there)), there, here, strict=True))
    else:
        return [] if there == here else [(name, there, here)]
    return [found for key, a, b in parts for found in differing(a, b, f"{name}.{key}" if name else str(key))]


def _clause(there: Any, here: Any) -> str:
    if there is MISSING or here is MISSING:
        return f"is missing {'there' if there is MISSING else 'here'}"
    shown = [repr(there), repr(here)]
    if max(map(len, shown)) > _READABLE:
        return "is another"
    return f"is {shown[0]} there and {shown[1]} here"


def table_as_data(table: pd.DataFrame | pd.Series) -> dict[str, Any]:
    """Return a table of numbers as JSON can hold it, with all that :func:`table_from_data` needs.

    Examples
    --------
    >>> table = pd.Series([0.1, float("nan")], index=pd.Index(["a", "b"], name="tier"), name="clv")
    >>> table_from_data(json.loads(json.dumps(table_as_data(table)))).equals(table)
    True
    """
    series = isinstance(table, pd.Series)
    columns = [table] if series else [table.iloc[:, i] for i in range(table.shape[1])]
    return {
        "name": table.name if series else None,
        "columns": None if series else _labels_as_data(table.columns),
        "index": _labels_as_data(table.index),
        "values": [[str(column.dtype), column.tolist()] for column in columns],
    }


def table_from_data(data: Mapping[str, Any]) -> pd.DataFrame | pd.Series:
    """Return the table that :func:`table_as_data` wrote down."""
    index = _labels_from_data(data["index"])
    columns = [pd.Series(values, index=index, dtype=dtype) for dtype, values in data["values"]]
    if data["columns"] is None:
        return columns[0].rename(data["name"])
    return pd.DataFrame(dict(enumerate(columns)), index=index).set_axis(
        _labels_from_data(data["columns"]), axis=1
    )


def _labels_as_data(labels: pd.Index) -> list[Any]:
    return [labels.name, str(labels.dtype), labels.tolist()]


def _labels_from_data(data: list[Any]) -> pd.Index:
    name, dtype, labels = data
    return pd.Index(labels, dtype=dtype, name=name)
