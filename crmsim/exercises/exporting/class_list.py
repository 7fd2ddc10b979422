"""The list of a class: who sits an exam, read from a text file or from a table that a spreadsheet saved.

Like the register that a teacher brings along: often just names below one another, often a sheet with numbers
and marks beside them. Names that were read wrongly would stand on every sheet, so a file whose writing is
not certain is refused with how to save it, and not guessed.
"""

from __future__ import annotations

import csv
from pathlib import Path

from crmsim.errors import SAVE_AS_UTF8, InputError, system_reason

__all__ = ["read_students"]

#: What the column of names is called; compared without case and spaces.
_NAMES = frozenset(
    ("student", "students", "name", "names", "student name", "full name",
     "姓名", "名字", "学生", "学生姓名", "学员", "学员姓名", "考生", "考生姓名"),
)  # fmt: skip
_SEPARATORS = (",", "\t", ";")


def read_students(path: str | Path) -> list[str]:
    """Return the names of a class, in the order of the file.

    Parameters
    ----------
    path : str or Path
        UTF-8 with or without a byte order mark. Either a name a line, or a table, separated by comma, tab or
        semicolon, whose first line has a column called student, name or 姓名; a line with that word alone
        is a heading, too. Empty lines are left out.

    Raises
    ------
    InputError
        When the file cannot be read, is no UTF-8 text, or has no name.

    Examples
    --------
    >>> import tempfile
    >>> register = Path(tempfile.mkdtemp()) / "class.csv"
    >>> _ = register.write_text("学号,姓名\\n1,李雷\\n2,韩梅梅\\n", "utf-8-sig")
    >>> read_students(register)
    ['李雷', '韩梅梅']
    """
    lines = [line for line in _text(path).splitlines() if line.strip()]
    try:
        names = _column(lines) if lines else []
    except csv.Error as error:
        raise InputError("students", f"must have a name a line ({error})", str(path)) from None
    students = [name for name in map(str.strip, names) if name]
    if not students:
        raise InputError("students", "must be a file with a name a line; it has none", str(path))
    return students


def _text(path: str | Path) -> str:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError("students", f"cannot be read ({system_reason(error)})", str(path)) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Not guessed: in GB18030, in which Chinese programs save, other writings are other names.
        line = content[: error.start].count(b"\n") + 1
        raise InputError("students", f"must be UTF-8 text ({SAVE_AS_UTF8})", where=f"{path}:{line}") from None
    if "\0" in text:  # a workbook, or text in two bytes a sign
        raise InputError("students", f"must be UTF-8 text ({SAVE_AS_UTF8})", str(path))
    return text


def _column(lines: list[str]) -> list[str]:
    """Return the cells below the heading of names, or the lines themselves where there is none."""
    for separator in _SEPARATORS:
        head = [" ".join(cell.lower().split()) for cell in next(csv.reader([lines[0]], delimiter=separator))]
        places = [place for place, cell in enumerate(head) if cell in _NAMES]
        if len(places) == 1:
            rows = csv.reader(lines[1:], delimiter=separator)
            return [row[places[0]] if places[0] < len(row) else "" for row in rows]
    return [_name(line) for line in lines]


def _name(line: str) -> str:
    """Return the one cell that a spreadsheet wrote, or the whole line: a comma may belong to a name."""
    cells = [cell for cell in next(csv.reader([line])) if cell.strip()]
    return line if len(cells) > 1 else "".join(cells)
