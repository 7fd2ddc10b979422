"""What a class did in the labs: tables of grades from nbgrader, read and made part of the class's results."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from crmsim.errors import InputError
from crmsim.exercises.exporting.spreadsheet import table_rows, text_lines
from crmsim.pages import heading, paragraph, table
from crmsim.text import say

__all__ = ["lab_sections", "read_grades"]

_COLUMNS = ("assignment", "timestamp", "student_id", "score", "max_score")


def read_grades(paths: Sequence[Path]) -> pd.DataFrame:
    r"""Read what ``nbgrader export`` has written.

    nbgrader has a row for every student and lab, and 0 points where nothing was handed in; whether it was,
    only a time of handing in tells. What gives points to nobody is left out. Of a student's results in the
    same lab the best counts.

    Parameters
    ----------
    paths : sequence of Path

    Returns
    -------
    DataFrame
        ``student``, ``lab``, ``points`` (NaN for 0 without a time of handing in), ``most`` and ``share`` (0
        to 1, more with extra credit).

    Raises
    ------
    InputError
        With file and line, for what is no such table.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "grades.csv"
    >>> header = "assignment,timestamp,student_id,score,max_score"
    >>> _ = path.write_text(f"{header}\n04_clv_by_hand,,ada,8.0,10.0\n")
    >>> read_grades([path])["share"].tolist()
    [0.8]
    """
    found = [grade for path in paths for grade in _grades(path)]
    frame = pd.DataFrame(found, columns=["student", "lab", "points", "most"])
    frame["share"] = frame["points"] / frame["most"]
    best = frame.sort_values("share", na_position="first").drop_duplicates(["student", "lab"], keep="last")
    return best.sort_values(["student", "lab"], ignore_index=True)


def _grades(path: Path) -> Iterator[tuple[str, str, float, float]]:
    """Yield student, lab, points and the most points of each row that gives any."""
    rows = table_rows(text_lines(path, "file"), path, "file")
    header = rows[0] if rows else []
    for name in _COLUMNS:
        if name not in header:
            wanted = f"must have {', '.join(_COLUMNS)}, as nbgrader exports them; this one is missing"
            raise InputError("columns", wanted, name, where=f"{path}:1")
    for line, row in enumerate(rows[1:], 2):
        where = f"{path}:{line}"
        if not row:
            continue
        if len(row) != len(header):
            problem = f"must be {len(header)}, as in the first line (a name must hold no comma)"
            raise InputError("cells", problem, len(row), where=where)
        cells = dict(zip(header, row, strict=True))
        for name in ("assignment", "student_id"):
            if not cells[name]:
                raise InputError(name, "must be there", where=where)
        points, most = (_points(name, cells[name], where) for name in ("score", "max_score"))
        if most:
            handed_in = points or cells["timestamp"]
            yield cells["student_id"], cells["assignment"], points if handed_in else math.nan, most


def _points(name: str, text: str, where: str) -> float:
    try:
        points = float(text)
    except ValueError:
        points = math.nan
    if not 0.0 <= points < math.inf:
        raise InputError(name, "must be points: a number of at least 0", text, where=where)
    return points


def lab_sections(grades: pd.DataFrame, lang: str) -> list[str]:
    """Return the sections of the results' page on labs: who has what, and which lab went worst."""
    labs = sorted(grades["lab"].unique())
    by_student = [
        (student, [(done.get(lab, "–"), "") for lab in labs])
        for student, rows in grades.groupby("student")
        for done in [{row.lab: f"{row.points:.4g} / {row.most:.4g}" for row in rows.dropna().itertuples()}]
    ]
    means = grades.groupby("lab")["share"].agg(["count", "mean"]).sort_values("mean")
    by_lab = [
        (lab, [(str(students), ""), (f"{mean:.0%}" if students else "–", "")])
        for lab, students, mean in means.itertuples()
    ]
    column = {name: say(f"exam.column.{name}", lang) for name in ("student", "lab", "students", "share")}
    return [
        heading(say("exam.labs_by_student", lang)),
        paragraph(say("exam.labs_note", lang), "note"),
        table([column["student"], *labs], by_student),
        heading(say("exam.by_lab", lang)),
        table([column["lab"], column["students"], column["share"]], by_lab),
    ]
