"""What teachers save in a spreadsheet, read; and what they open in one, made safe.

Names that were read wrongly would stand on sheets and in lists of marks, so a file whose writing is not
certain is refused with how to save it, and not guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from crmsim.errors import SAVE_AS_UTF8, InputError, system_reason

__all__ = ["no_formula", "table_rows", "text_lines"]

#: With what a formula begins; programs for Chinese and Japanese take wide signs, too.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def text_lines(path: str | Path, field: str) -> list[str]:
    """Return the lines of a UTF-8 file, with or without a byte order mark.

    Parameters
    ----------
    path : str or Path
    field : str
        What the file is, for messages.

    Raises
    ------
    InputError
        When it cannot be read, or is another writing (with the line) or no text at all.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(field, f"cannot be read ({system_reason(error)})", str(path)) from None
    problem = f"must be UTF-8 text ({SAVE_AS_UTF8})"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(field, problem, where=f"{path}:{line}") from None
    if "\0" in text:  # a workbook, or text in two bytes a sign
        raise InputError(field, problem, where=str(path))
    return text.splitlines()


def table_rows(lines: Sequence[str], where: str | Path, field: str, separator: str = ",") -> list[list[str]]:
    """Return the cells of lines of CSV.

    Raises
    ------
    InputError
        When they are no table.
    """
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error as error:
        raise InputError(field, f"must be a table as CSV ({error})", where=str(where)) from None


def no_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> no_formula("=1+1"), no_formula("＝1+1"), no_formula("Ada")
    ("'=1+1", "'＝1+1", 'Ada')
    """
    return f"'{text}" if text[:1] in _FORMULA else text
