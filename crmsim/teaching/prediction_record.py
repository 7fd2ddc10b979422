"""What readers have predicted, kept in one small file beside their notebook.

An envelope that is sealed once: the first statement on a question stays, whoever runs the cell again. The
file is written whole or not at all, and read anew before every writing, so that a second notebook in the
same folder loses nothing. Who wants to begin again deletes the file.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from crmsim.errors import InputError
from crmsim.yaml_files import write_text

__all__ = ["FILE", "PredictionRecord", "Stated", "stated_now"]

#: Name of the file, in the folder where the notebook runs.
FILE = "my_predictions.json"


class Stated(NamedTuple):
    """A statement and the time when it was made, as ISO 8601 with the offset to UTC."""

    value: Any
    when: str

    @property
    def minute(self) -> str:
        """The time of day as people write it, to the minute."""
        return self.when[:16].replace("T", " ")


def stated_now(value: Any, when: datetime | None = None) -> Stated:
    """Return a statement made at a time, or now; nothing is kept."""
    return Stated(value, (when or datetime.now().astimezone()).isoformat(timespec="seconds"))


class PredictionRecord:
    """The statements of one folder.

    Parameters
    ----------
    path : str or Path, optional
        The file; the default is :data:`FILE` in the working folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> record = PredictionRecord(Path(folder.name) / FILE)
    >>> first = record.keep("loyal", "higher", datetime(2026, 9, 1, 8, 30))
    >>> record.keep("loyal", "lower", datetime(2026, 9, 1, 8, 31)) == first == record.find("loyal")
    True
    >>> first.value, first.minute
    ('higher', '2026-09-01 08:30')
    >>> folder.cleanup()
    """

    def __init__(self, path: str | Path | None = None):
        self.path = Path(path) if path is not None else Path(FILE).absolute()

    def find(self, key: str) -> Stated | None:
        """Return the statement on a question, if there is one.

        Raises
        ------
        InputError
            When there is a file that cannot be read.
        """
        return self._read().get(key)

    def keep(self, key: str, value: Any, when: datetime | None = None) -> Stated:
        """Keep a statement and return what is kept: the earlier one if there was one.

        Parameters
        ----------
        key : str
        value : object
            What JSON can hold.
        when : datetime, optional
            The default is now.

        Raises
        ------
        InputError
            When the file cannot be read or written; it then stays as it is.
        """
        statements = self._read()
        if key in statements:
            return statements[key]
        statements[key] = stated_now(value, when)
        plain = {name: stated._asdict() for name, stated in statements.items()}
        try:
            write_text(self.path, json.dumps({"predictions": plain}, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            raise InputError("predictions", f"cannot be written ({error.strerror})", str(self.path)) from None
        return statements[key]

    def _read(self) -> dict[str, Stated]:
        try:
            text = self.path.read_text(encoding="utf-8-sig")
            plain = json.loads(text)["predictions"]
            return {str(key): Stated(entry["value"], str(entry["when"])) for key, entry in plain.items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError("predictions", f"cannot be read ({error.strerror})", str(self.path)) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problem = "must be a file of this program; rename or delete it"
            raise InputError("predictions", problem, str(self.path)) from None
