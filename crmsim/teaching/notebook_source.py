"""A notebook's source: one file with the text in two languages and the code once.

Like a street sign with two languages on one post: text stands in pairs of cells, English and then
Chinese, code between them belongs to both. From it one notebook per language is made, and its code is
the same but for the first code cell, which says the language.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from crmsim.errors import InputError
from crmsim.teaching.source_rules import LANGUAGE_CELL, LINK, check_code, check_pair
from crmsim.text import LANGUAGES

__all__ = ["Cell", "Source", "in_language", "notebook_text", "read_source"]

#: The folder of sources; built files lie beside it, in a folder named as the language.
SOURCE_FOLDER = "source"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_MARKER = re.compile(r"^# %%(?!%)")


@dataclass(frozen=True)
class Cell:
    """One cell of a source.

    Attributes
    ----------
    kind : {"markdown", "code"}
    text : str
    line : int
        Of its marker in the file, from 1.
    lang : str or None
        The language of a markdown cell; None for code, which belongs to all.
    marks : dict
        What else stands in the marker, such as ``points=2``.
    """

    kind: str
    text: str
    line: int
    lang: str | None = None
    marks: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A source that keeps the rules.

    Attributes
    ----------
    path : Path
        The file.
    cells : tuple of Cell
    """

    path: Path
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The name without its ending; built notebooks carry it too."""
        return self.path.stem

    def title(self, lang: str) -> str:
        """Return the first heading in a language."""
        texts = (cell.text for cell in self.cells if cell.lang == lang)
        return next(
            (line[2:].strip() for text in texts for line in text.splitlines() if line[:2] == "# "), ""
        )


def read_source(path: str | Path) -> Source:
    """Read a source and hold it to the rules.

    Parameters
    ----------
    path : str or Path
        A Python file in jupytext's percent format. Markdown cells are marked ``# %% [markdown] lang="en"``
        and, right behind, ``lang="zh"``; the first code cell is ``LANG = "en"``.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        With file and line, for what cannot be read or breaks a rule.
    """
    path = Path(path)
    cells = _cells(path)
    first = next((cell for cell in cells if cell.kind == "code"), None)
    if first is None or first.text != LANGUAGE_CELL:
        raise InputError(
            "code",
            f"the first code cell must be {LANGUAGE_CELL}",
            where=f"{path}:{first.line if first else 1}",
        )
    waiting = None
    for cell in cells:
        where = f"{path}:{cell.line}"
        expected = "zh" if waiting else "en"
        if cell.kind == "code":
            _check_no_text_waits(path, waiting)
            if cell is not first:
                check_code(cell.text, where)
        elif cell.lang not in LANGUAGES:
            raise InputError(
                "lang", 'a markdown cell must have lang="en" or lang="zh"', cell.lang, where=where
            )
        elif cell.lang != expected:
            _check_no_text_waits(path, waiting)
            raise InputError("lang", "a Chinese cell must stand right behind its English one", where=where)
        elif waiting:
            check_pair(waiting.text, cell.text, where)
            waiting = None
        else:
            waiting = cell
    _check_no_text_waits(path, waiting)
    _check_links(path, cells)
    return Source(path, cells)


def _cells(path: Path) -> tuple[Cell, ...]:
    """Return the cells of a file, with the lines where they begin."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError("file", f"cannot be read ({error.strerror})", str(path)) from None
    except UnicodeDecodeError:
        raise InputError("encoding", "must be UTF-8", where=str(path)) from None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _MARKER.match(line)]
    read = jupytext.reads(text, fmt="py:percent").cells
    if len(read) != len(lines):
        raise InputError("cells", "must all begin with a marker (# %%)", where=f"{path}:1")
    return tuple(_cell(node, line, f"{path}:{line}") for node, line in zip(read, lines, strict=True))


def _cell(node: NotebookNode, line: int, where: str) -> Cell:
    marks = {name: value for name, value in node.metadata.items() if name != "lines_to_next_cell"}
    lang = marks.pop("lang", None)
    if node.cell_type not in ("markdown", "code"):
        raise InputError("cell", "must be markdown or code", node.cell_type, where=where)
    if node.cell_type == "code" and lang is not None:
        raise InputError(
            "lang", "must not stand on code, which is the same in both languages", lang, where=where
        )
    if not node.source.strip():
        raise InputError("cell", "is empty", where=where)
    return Cell(node.cell_type, node.source, line, lang, marks)


def _check_no_text_waits(path: Path, waiting: Cell | None) -> None:
    if waiting:
        raise InputError("lang", "an English cell without its Chinese one", where=f"{path}:{waiting.line}")


def _check_links(path: Path, cells: tuple[Cell, ...]) -> None:
    """Raise for a link to a file that is not there."""
    for cell in cells:
        for target in LINK.findall(cell.text) if cell.kind == "markdown" else ():
            file = target.partition("#")[0]
            if file and "://" not in file and not (path.parent / file).exists():
                raise InputError("link", "leads to no file", target, where=f"{path}:{cell.line}")


def in_language(source: Source, lang: str) -> NotebookNode:
    """Return the notebook of a source in one language.

    Parameters
    ----------
    source : Source
    lang : {"en", "zh"}

    Returns
    -------
    NotebookNode
        Without output; the same source gives the same notebook to the last sign.
    """
    if lang not in LANGUAGES:
        raise InputError("lang", f"must be one of {', '.join(LANGUAGES)}", lang)
    cells = []
    for cell in source.cells:
        number = str(len(cells))  # as nbstripout would number them
        if cell.kind == "code":
            text = cell.text.replace('"en"', f'"{lang}"') if cell.text == LANGUAGE_CELL else cell.text
            cells.append(nbformat.v4.new_code_cell(text, id=number))
        elif cell.lang == lang:
            text = LINK.sub(lambda found: _moved(found, lang), cell.text)
            cells.append(nbformat.v4.new_markdown_cell(text, id=number))
    about = {"kernelspec": _KERNEL, "lang": lang, "language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=about)
    notebook.nbformat_minor = 5
    return notebook


def _moved(found: re.Match, lang: str) -> str:
    """Return a link as it reads from the built notebook; one to a source leads to what is built from it."""
    target, sign, place = found[1].partition("#")
    if not target or "://" in target:
        return found[0]
    parent, name = posixpath.split(target)
    built = name.removesuffix(".py") + ".ipynb"
    if name.endswith(".py") and not parent:
        target = built
    elif name.endswith(".py") and posixpath.basename(parent) == SOURCE_FOLDER:
        target = posixpath.join(posixpath.dirname(parent), lang, built)
    # The notebook lies as deep as its source, so all other links lead on.
    return f"]({target}{sign}{place})"


def notebook_text(notebook: NotebookNode) -> str:
    """Return a notebook as the text of its file."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"
