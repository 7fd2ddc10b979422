"""Reading YAML so that every complaint names the file, the line and the column.

YAML's famous surprises are refused or removed: a key given twice is an error, ``no`` is the word
"no", ``1e3`` is a number and ``012`` is not eight-and-two.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from crmsim.errors import InputError

__all__ = ["Document", "check", "read_document", "write_text"]

Model = TypeVar("Model", bound=BaseModel)
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_RESOLVERS: list[tuple[str, re.Pattern, Callable[[str], Any]]] = [
    ("null", re.compile(r"^(?:~|null|)$"), lambda text: None),
    ("bool", re.compile(r"^(?:true|false)$"), lambda text: text == "true"),
    ("int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), int),
    ("float", re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)(?:[eE][-+]?[0-9]+)?$"), float),
    ("float", re.compile(r"^[-+]?\.(?:inf|nan)$", re.IGNORECASE), lambda text: float(text.replace(".", ""))),
]


class Document(NamedTuple):
    """A YAML file as plain data, with the place of every value.

    ``marks`` maps a path such as ``("rules", 0, "do")`` to (line, column), both from 1.
    """

    name: str
    data: Any
    marks: dict[tuple, tuple[int, int]]

    def where(self, path: tuple) -> str:
        """Return ``file:line:column`` of a path, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.marks:
                line, column = self.marks[path[:length]]
                return f"{self.name}:{line}:{column}"
        return self.name


def read_document(path: str | Path) -> Document:
    """Read one YAML file into plain data with marks.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Document

    Raises
    ------
    InputError
        When the file is missing, not UTF-8, empty, not YAML, or has a key twice.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError("file", f"cannot be read ({error.strerror})", str(path)) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError("encoding", "must be UTF-8", where=f"{path}:{line}") from None
    return _parse(text, str(path))


def _parse(text: str, name: str) -> Document:
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise InputError("YAML", str(error.problem or error.context), where=where) from None
    except yaml.YAMLError as error:
        raise InputError("YAML", str(error).splitlines()[0], where=name) from None
    if node is None:
        raise InputError("file", "is empty", where=name)
    marks: dict[tuple, tuple[int, int]] = {}
    return Document(name, _value(node, (), marks, name), marks)


def _value(node: yaml.Node, path: tuple, marks: dict, name: str) -> Any:
    """Turn a YAML node into plain data, noting where each part stands."""
    marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, k), marks, name) for k, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = f"{name}:{key_node.start_mark.line + 1}:{key_node.start_mark.column + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError("YAML", "keys must be plain words", where=here)
            if key in result:
                raise InputError(".".join(map(str, (*path, key))), "is given twice", where=here)
            result[key] = _value(value_node, (*path, key), marks, name)
            # An unknown key is shown where the key stands, not where its value does.
            marks[(*path, key, "__key__")] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        return result
    if node.style in ("'", '"', "|", ">"):
        return node.value
    for _, pattern, convert in _RESOLVERS:
        if pattern.match(node.value):
            return convert(node.value)
    return node.value


def check(model: type[Model], data: Any, document: Document | None = None, prefix: tuple = ()) -> Model:
    """Validate plain data against a model; say field, value, allowed range and place if it fails.

    Raises
    ------
    InputError
        For the first field that is wrong, in the order of the file.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = error.errors()
    found = [_describe(problem, prefix, document) for problem in problems]
    first = min(found, key=lambda item: item[0])[1]
    if len(found) > 1:
        first = InputError(first.field, f"{first.problem}", first.value, where=first.where)
        first.add_note(f"{len(found) - 1} more: " + "; ".join(sorted({e.field for _, e in found} - {first.field})))
    raise first from None


def _describe(problem: Any, prefix: tuple, document: Document | None) -> tuple[tuple[int, int], InputError]:
    path = (*prefix, *(part for part in problem["loc"] if not str(part).startswith("function-")))
    kind, value = problem["type"], problem.get("input")
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    place = path
    if kind == "extra_forbidden":
        message, value, place = "is not a known field", None, (*path, "__key__")
    elif kind == "missing":
        message, value, place = "is missing", None, path[:-1]
    elif isinstance(value, BaseModel | dict | list):
        value = None
    elif kind == "finite_number":
        message = "must be a finite number"
    message = message.replace("input should be", "must be").replace("a valid number", "a number")
    field = ".".join(str(part) for part in path) or "file"
    order = document.marks.get(place, (10**9, 0)) if document else (0, 0)
    return order, InputError(field, message, value, where=document.where(place) if document else None)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file whole or not at all.

    The text goes to a temporary name in the same folder and is then moved into place.
    """
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
