"""The list of a class: who sits an exam, read from a text file or from a table that a spreadsheet saved.

Like the register that a teacher brings along: often just names below one another, often a sheet with numbers
and marks beside them.
"""

from __future__ import annotations

from pathlib import Path

from crmsim.errors import InputError
from crmsim.exercises.exporting.spreadsheet import table_rows, text_lines

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
    lines = [line for line in text_lines(path, "students") if line.strip()]
    names = _column(lines, path) if lines else []
    students = [name for name in map(str.strip, names) if name]
    if not students:
        raise InputError("students", "must be a file with a name a line; it has none", str(path))
    return students


def _column(lines: list[str], path: str | Path) -> list[str]:
    """Return the cells below the heading of names, or the lines themselves where there is none."""
    for separator in _SEPARATORS:
        (head,) = table_rows(lines[:1], path, "students", separator)
        places = [place for place, cell in enumerate(head) if " ".join(cell.lower().split()) in _NAMES]
        if len(places) == 1:
            rows = table_rows(lines[1:], path, "students", separator)
            return [row[places[0]] if places[0] < len(row) else "" for row in rows]
    return [_name(line, cells) for line in lines for cells in table_rows([line], path, "students")]


def _name(line: str, cells: list[str]) -> str:
    """Return the one cell that a spreadsheet wrote, or the whole line: a comma may belong to a name."""
    filled = [cell for cell in cells if cell.strip()]
    return line if len(filled) > 1 else "".join(filled)
