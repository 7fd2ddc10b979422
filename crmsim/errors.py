"""What can go wrong, in one sentence each.

An error of this package names the field, the value that was given and what would have been
allowed, and, for files, the place as ``file:line:column``. Think of a form that is handed back
with the wrong box circled.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = [
    "SAVE_AS_UTF8",
    "CrmsimError",
    "FileError",
    "InputError",
    "InterruptedRun",
    "system_reason",
    "whole_number",
]


#: How a file with other signs than ASCII has to be saved: what Excel calls a plain CSV is another writing,
#: in Chinese GB18030.
SAVE_AS_UTF8 = "in Excel save it as CSV UTF-8, in an editor with the encoding UTF-8"


class CrmsimError(Exception):
    """Base class of every error that this package raises on purpose."""


class InputError(CrmsimError, ValueError):
    """A value that came from outside cannot be used.

    Parameters
    ----------
    field : str
        Name of the field, with dots for nesting (``purchase.rate_mean``).
    problem : str
        What is wrong, as a short clause (``must be at least 0``).
    value : object, optional
        The value that was given; leave it out where there is none (a missing field).
    where : str, optional
        ``file:line:column``, ``file:line`` or ``file``.

    Examples
    --------
    >>> print(InputError("discount_rate", "must be from 0 to 1 (per year)", -0.2, where="my.yaml:3:16"))
    my.yaml:3:16: discount_rate: must be from 0 to 1 (per year), got -0.2
    """

    def __init__(self, field: str, problem: str, value: object = None, *, where: str | None = None):
        self.field = field
        self.problem = problem
        self.value = value
        self.where = where
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        given = "" if self.value is None else f", got {self.value!r}"
        return f"{place}{self.field}: {self.problem}{given}"

    def __reduce__(self) -> tuple:
        # An error raised in a worker process has to reach the one in charge.
        return _restored, (self.field, self.problem, self.value, self.where), self.__dict__.copy()


def _restored(field: str, problem: str, value: object, where: str | None) -> InputError:
    return InputError(field, problem, value, where=where)


class FileError(CrmsimError, OSError):
    """The system does not let a file or folder be made or written.

    What can be known before the work begins is refused as an :class:`InputError`; this is for a disk that
    becomes full on the way.

    Parameters
    ----------
    path : str or Path
        As the user named it.
    problem : str
        What cannot be done with it (``cannot be written``).
    error : OSError
        What the system said.

    Examples
    --------
    >>> print(FileError("report", "cannot be written", OSError(28, "No space left on device")))
    report: cannot be written (No space left on device)
    """

    def __init__(self, path: str | Path, problem: str, error: OSError):
        super().__init__(error.errno, system_reason(error))
        self.filename = str(path)
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.filename}: {self.problem} ({self.strerror})"

    def __reduce__(self) -> tuple:
        return FileError, (self.filename, self.problem, OSError(self.errno, self.strerror))


def system_reason(error: OSError) -> str:
    """Return why the system refused something, in its own words and without numbers.

    Examples
    --------
    >>> system_reason(OSError(28, "Error writing bytes. Detail: [errno 28] No space left on device"))
    'No space left on device'
    """
    return os.strerror(error.errno) if error.errno else str(error)


def whole_number(field: str, value: object, low: int, high: int) -> int:
    """Return a value that must be a whole number from `low` to `high`.

    Raises
    ------
    InputError
        When it is something else, a truth value included.

    Examples
    --------
    >>> whole_number("seed", 7, 0, 10)
    7
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(field, f"must be a whole number from {low} to {high}", value)
    return value


class InterruptedRun(CrmsimError):
    """Work was stopped by the user before a single replication was finished."""
