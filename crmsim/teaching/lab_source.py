"""A lab's source holds its solution; what students get is made from it.

Like a mould from which the cast is taken: what stands between the marks of a solution becomes a gap, and
what stands between the marks of hidden tests is not handed out. The form is nbgrader's, so that labs can
be collected and graded with it, but neither students nor this module need nbgrader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from crmsim.errors import InputError
from crmsim.teaching.notebook_source import Cell, Source, in_language, notebook_text, read_source
from crmsim.text import LANGUAGES

__all__ = ["course_files", "nbgrader_version", "read_lab", "solution_version", "student_version"]

#: What a student finds in the place of a solution: it runs, does nothing, and belongs to no language.
GAP = "..."
_BEGIN, _END = re.compile(r"^( *)### BEGIN (SOLUTION|HIDDEN TESTS)$"), re.compile(r"^ *### END (.+)$")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MARKS = ({"solution"}, {"test", "points"}, set())
#: How nbgrader is to treat the labs: every command that is given in the course's folder reads it.
_CONFIG = rf"""# Settings of nbgrader for the labs of crmsim.
import os
import sys

c = get_config()
c.CourseDirectory.course_id = "crmsim"
# Solutions leave the same gap as in the notebooks that crmsim hands out.
c.ClearSolutions.code_stub = {{"python": "{GAP}"}}
# A check takes seconds, but the first cell of a lab may have to compile the model; nbgrader gives it 30.
c.Execute.timeout = 300
# Copies are collected from STUDENT/LAB.ipynb in downloaded/LAB/archive/, or in a zip there.
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\](?!extracted[/\\])(?P<student_id>[^./\\][^/\\]*)[/\\](?P<file_id>[^./\\][^/\\]*)\.ipynb"
)
# nbgrader takes all points for whatever a check prints as an error, a warning from a right answer included.
os.environ["PYTHONWARNINGS"] = "ignore"
# nbgrader calls alembic by its bare name; it lies beside the Python that runs nbgrader.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
"""


def read_lab(path: str | Path) -> Source:
    """Read a lab's source and hold it to the rules of notebooks and those of labs.

    Parameters
    ----------
    path : str or Path
        As for :func:`crmsim.teaching.notebook_source.read_source`. A cell to be filled in is marked
        ``# %% solution="name"`` and holds ``### BEGIN SOLUTION`` and ``### END SOLUTION``; a cell that
        checks is marked ``# %% test="name" points=2`` and may hide a part of it between
        ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS``.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        With file and line.
    """
    lab = read_source(path)
    names: set[str] = set()
    open_task = ""
    for cell in lab.cells:
        where = f"{lab.path}:{cell.line}"
        name = _check_marks(cell, names, where)
        regions = _regions(cell.text, where)
        allowed = "SOLUTION" if "solution" in cell.marks else "HIDDEN TESTS" if "test" in cell.marks else None
        if set(regions) - {allowed}:
            raise InputError("marks", f"### BEGIN {regions[0]} must not stand in this cell", where=where)
        if "solution" in cell.marks:
            if not regions:
                raise InputError("solution", "must have ### BEGIN SOLUTION and ### END SOLUTION", where=where)
            _check_tested(open_task, where)
            open_task = name
        elif "test" in cell.marks:
            open_task = ""
    _check_tested(open_task, str(lab.path))
    if not any("test" in cell.marks for cell in lab.cells):
        raise InputError("test", "a lab must check something", where=str(lab.path))
    return lab


def _check_marks(cell: Cell, names: set[str], where: str) -> str:
    """Raise for marks that a lab does not know, and names that are taken; return the cell's name."""
    if set(cell.marks) not in _MARKS or (cell.marks and cell.kind != "code"):
        allowed = 'must be solution="name", or test="name" points=1, on code'
        raise InputError("marks", allowed, sorted(cell.marks), where=where)
    name = str(cell.marks.get("solution", cell.marks.get("test", "")))
    if not cell.marks:
        return ""
    if not _NAME.fullmatch(name) or name in names:
        raise InputError("name", "must be small letters, digits and _, and used once", name, where=where)
    names.add(name)
    points = cell.marks.get("points", 1)
    if isinstance(points, bool) or not isinstance(points, int) or points < 1:
        raise InputError("points", "must be a whole number of at least 1", points, where=where)
    return name


def _check_tested(open_task: str, where: str) -> None:
    if open_task:
        raise InputError("test", f"solution {open_task!r} must be followed by a test", where=where)


def _regions(text: str, where: str) -> list[str]:
    """Return the kinds of the marked regions of a cell, in their order; raise where marks do not match."""
    found: list[str] = []
    inside = ""
    for line in text.splitlines():
        begin, end = _BEGIN.match(line), _END.match(line)
        if (begin and inside) or (end and end[1] != inside) or ("###" in line and not (begin or end)):
            problem = "must be pairs of ### BEGIN and ### END of the same"
            raise InputError("marks", problem, line.strip(), where=where)
        if begin:
            inside = begin[2]
            found.append(inside)
        elif end:
            inside = ""
    if inside:
        raise InputError("marks", f"### END {inside} is missing", where=where)
    return found


def student_version(lab: Source, lang: str) -> NotebookNode:
    """Return what a student gets: gaps for solutions, tests without their hidden part.

    Returns
    -------
    NotebookNode
        With nbgrader's metadata, as nbgrader would release it; cells that check cannot be edited.
    """
    return _marked(_rewritten(lab, _without_answers), lang)


def solution_version(lab: Source, lang: str) -> NotebookNode:
    """Return the lab with its solutions and all its tests, without a mark: it runs through."""
    return in_language(_rewritten(lab, _without_marks), lang)


def nbgrader_version(lab: Source, lang: str) -> NotebookNode:
    """Return the instructor's version for nbgrader: solutions and hidden tests between their marks."""
    return _marked(lab, lang, locked=False)


def course_files(labs: Iterable[Source]) -> dict[str, str]:
    """Return the files for instructors: path within their folder to text."""
    files = {}
    for lang in LANGUAGES:
        for lab in labs:
            files[f"{lang}/solutions/{lab.name}.ipynb"] = notebook_text(solution_version(lab, lang))
            course = f"{lang}/nbgrader/source/{lab.name}/{lab.name}.ipynb"
            files[course] = notebook_text(nbgrader_version(lab, lang))
            files[f"{lang}/nbgrader/nbgrader_config.py"] = _CONFIG
    return files


def _rewritten(lab: Source, rewrite: Callable[[str], str]) -> Source:
    cells = [replace(cell, text=rewrite(cell.text)) if cell.marks else cell for cell in lab.cells]
    return replace(lab, cells=tuple(cells))


def _without_answers(text: str) -> str:
    """Return code with gaps for solutions and without hidden tests."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        begin = _BEGIN.match(line)
        if begin:
            inside = True
            lines += [begin[1] + GAP] if begin[2] == "SOLUTION" else []
        elif _END.match(line):
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines).strip("\n")


def _without_marks(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not (_BEGIN.match(line) or _END.match(line)))


def _marked(lab: Source, lang: str, *, locked: bool = True) -> NotebookNode:
    """Return the notebook with nbgrader's metadata on tasks and tests."""
    notebook = in_language(lab, lang)
    codes = (cell for cell in lab.cells if cell.kind == "code")
    for node in notebook.cells:
        if node.cell_type != "code":
            continue
        marks = next(codes).marks
        if not marks:
            continue
        test = "test" in marks
        about = {"schema_version": 3, "grade_id": marks["test" if test else "solution"], "task": False}
        about |= {"grade": test, "solution": not test, "locked": test}
        node.metadata["nbgrader"] = about | ({"points": marks["points"]} if test else {})
        if locked:
            node.metadata |= {"deletable": False} | ({"editable": False} if test else {})
    return notebook
