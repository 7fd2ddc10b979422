"""Reading YAML so that every complaint names the file, the line and the column.

YAML's famous surprises are refused or removed: a key given twice is an error, ``no`` is the word
"no", ``1e3`` is a number and ``012`` is not eight-and-two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from crmsim.errors import InputError
from crmsim.folders import new_file

__all__ = [
    "Document",
    "Limits",
    "allowed",
    "check",
    "dump",
    "limits",
    "number_field",
    "read_document",
    "read_fields",
    "write_text",
]

Model = TypeVar("Model", bound=BaseModel)
#: The C parser where PyYAML was built with it: fifteen times as fast.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
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

    def part(self, *path: str | int) -> Document:
        """Return what stands at a path as a document of its own; its places are still those of the file."""
        data = self.data
        for step in path:
            data = data[step]
        inner = {marked[len(path) :]: at for marked, at in self.marks.items() if marked[: len(path)] == path}
        return Document(self.name, data, inner)


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


def read_fields(path: str | Path, holds: str) -> Document:
    """Read one YAML file that must hold fields (a mapping).

    Parameters
    ----------
    path : str or Path
    holds : str
        What it should hold, for the message, such as ``the fields of a scenario``.

    Returns
    -------
    Document

    Raises
    ------
    InputError
        As in :func:`read_document`, and when the file holds a list or a single value.
    """
    document = read_document(path)
    if not isinstance(document.data, Mapping):
        raise InputError("file", f"must hold {holds}", where=document.where(()))
    return document


def _parse(text: str, name: str) -> Document:
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise InputError("YAML", str(error.problem or error.context), where=where) from None
    except yaml.YAMLError as error:
        raise InputError("YAML", str(error).splitlines()[0], where=name) from None
    except RecursionError:
        raise InputError("YAML", "is nested too deeply", where=name) from None
    if node is None:
        raise InputError("file", "is empty", where=name)
    marks: dict[tuple, tuple[int, int]] = {}
    try:
        return Document(name, _value(node, (), marks, name), marks)
    except RecursionError:
        raise InputError("YAML", "is nested too deeply, or holds itself", where=name) from None


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        first = error
    try:
        # Once more, slowly: Python's parser says more plainly what is wrong.
        return yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        # It also refuses what is right, a question mark before a comma: then it speaks of an earlier line.
        raise (first if _line(error) < _line(first) else error) from None


def _line(error: yaml.YAMLError) -> int:
    """Return the line in which that begins of which a parser complains."""
    mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
    return mark.line if mark else 0


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
        return _quoted(node, path, name)
    for _, pattern, convert in _RESOLVERS:
        if pattern.match(node.value):
            try:
                return convert(node.value)
            except ValueError:
                here = f"{name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
                raise InputError(".".join(map(str, path)), "has too many digits", where=here) from None
    return node.value


def _quoted(node: yaml.ScalarNode, path: tuple, name: str) -> str:
    """Return a quoted text; two escapes that are one sign together, as JSON writes them, are put together."""
    if not re.search("[\ud800-\udfff]", node.value):
        return node.value
    try:
        return node.value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        here = f"{name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
        raise InputError(".".join(map(str, path)), "holds one half of a sign", where=here) from None


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
    # A list with a bad item counts as too short besides, which would hide what is the matter.
    shorter = [p for p in problems if p["type"] == "too_short" and _holds_another(p, problems)]
    found = [_describe(model, problem, prefix, document) for problem in problems if problem not in shorter]
    first = min(found, key=lambda item: item[0])[1]
    if len(found) > 1:
        first.add_note(
            f"{len(found) - 1} more: " + "; ".join(sorted({e.field for _, e in found} - {first.field}))
        )
    raise first from None


def _holds_another(problem: Any, problems: list[Any]) -> bool:
    inside, length = problem["loc"], len(problem["loc"])
    return any(len(other["loc"]) > length and other["loc"][:length] == inside for other in problems)


def _describe(
    model: type[BaseModel], problem: Any, prefix: tuple, document: Document | None
) -> tuple[tuple[int, int], InputError]:
    """Turn one of Pydantic's complaints into ours, with its place in the file for sorting."""
    path = (*prefix, *problem["loc"])
    kind, value = problem["type"], problem.get("input")
    message = problem["msg"].removeprefix("Value error, ")
    place = path
    named = re.match(r"([a-z_]\w*(?:\.\w+)*):? (?=must |is missing)", message)
    if kind == "extra_forbidden":
        message, value, place = "is not a known field", None, (*path, "__key__")
    elif kind == "missing":
        message, value, place = "is missing", None, path[:-1]
    elif kind == "value_error" and named:
        # A rule about several fields names the one to look at first.
        parts = (int(part) if part.isdigit() else part for part in named[1].split("."))
        path = place = (*path, *parts)
        message, value = message[named.end() :], None
    elif kind in ("too_short", "too_long"):
        most = f"at most {problem['ctx']['max_length']}" if kind == "too_long" else ""
        message = f"must have {most or 'at least ' + str(problem['ctx']['min_length'])} items"
        value = problem["ctx"]["actual_length"]
    elif kind == "model_type":
        message = "must be a group of fields"
    else:
        message = allowed(model, problem["loc"]) or message[0].lower() + message[1:]
        message = message.replace("input should be", "must be").replace("a valid tuple", "a list")
        value = None if isinstance(value, BaseModel | dict | list | tuple) else value
    field = ".".join(str(part) for part in path) or "file"
    order = document.marks.get(place, (10**9, 0)) if document else (0, 0)
    return order, InputError(field, message, value, where=document.where(place) if document else None)


def allowed(model: type[BaseModel], path: tuple) -> str | None:
    """Return what a field may be, such as ``must be a number from 0 to 1 (share)``; None if unknown.

    Parameters
    ----------
    model : type
        The outermost model.
    path : tuple
        Names of fields (and places in lists) from there.
    """
    info = _field(model, path)
    if info is None:
        return None
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    if "looks_like" in extra:
        return f"must be {extra['looks_like']}"
    found = limits(model, path)
    if found is None:
        return None
    kind = "a whole number" if found.whole else "a number"
    between = f"above {found.low:g} and up to" if found.above_low else f"from {found.low:g} to"
    end = f"just below {found.high:g}" if found.below_high else f"{found.high:g}"
    step = f" in steps of {found.step:g}" if found.step else ""
    unit = f" ({found.unit})" if found.unit != "-" else ""
    return f"must be {kind} {between} {end}{step}{unit}"


class Limits(NamedTuple):
    """From where to where a number may go: ends, whether they are left out, whole numbers, steps, unit."""

    low: float
    high: float
    whole: bool
    above_low: bool
    below_high: bool
    step: float | None
    unit: str


def limits(model: type[BaseModel], path: tuple) -> Limits | None:
    """Return the documented range of a field; None where there is none, or no such field.

    Parameters
    ----------
    model : type
        The outermost model.
    path : tuple
        Names of fields (and places in lists) from there.
    """
    info = _field(model, path)
    if info is None:
        return None
    marks = {type(item).__name__: item for item in info.metadata}
    low, high = marks.get("Ge") or marks.get("Gt"), marks.get("Le") or marks.get("Lt")
    if low is None or high is None:
        return None
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return Limits(
        low=low.ge if hasattr(low, "ge") else low.gt,
        high=high.le if hasattr(high, "le") else high.lt,
        whole=int in _types(info.annotation),
        above_low=hasattr(low, "gt"),
        below_high=hasattr(high, "lt"),
        step=marks["MultipleOf"].multiple_of if "MultipleOf" in marks else None,
        unit=str(extra.get("unit", "-")),
    )


def number_field(model: type[BaseModel], path: tuple) -> bool:
    """Return whether a path leads to a field that is there and takes a number.

    A choice among numbers counts as none; so does what stands in a list or table without field names.
    """
    info = _field(model, path)
    return info is not None and not {int, float}.isdisjoint(_types(info.annotation))


def _field(model: type[BaseModel], path: tuple) -> FieldInfo | None:
    """Return the description of the field at a path, or None where the path leaves the models."""
    info, current = None, model
    for part in path:
        if isinstance(part, int):
            continue
        if (
            not (isinstance(current, type) and issubclass(current, BaseModel))
            or part not in current.model_fields
        ):
            return None
        info = current.model_fields[part]
        current = next((t for t in _types(info.annotation) if issubclass(t, BaseModel)), info.annotation)
    return info


def _types(annotation: Any) -> tuple[type, ...]:
    """Return the classes that an annotation is made of."""
    parts = [part for argument in get_args(annotation) for part in _types(argument)]
    return tuple(parts) if parts else (annotation,) if isinstance(annotation, type) else ()


class _Dumper(yaml.SafeDumper):
    """Writes words so that :func:`read_document` reads them as words again."""


def _represent_word(dumper: yaml.SafeDumper, word: str) -> yaml.Node:
    ours = any(pattern.match(word) for _, pattern, _ in _RESOLVERS)
    return dumper.represent_scalar("tag:yaml.org,2002:str", word, style="'" if ours else None)


_Dumper.add_representer(str, _represent_word)


def dump(data: Any) -> str:
    """Return plain data as YAML text that :func:`read_document` reads back as it was.

    Examples
    --------
    >>> dump({"name": "1e3", "share": 0.5})
    "name: '1e3'\\nshare: 0.5\\n"
    """
    return yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )


def write_text(path: str | Path, text: str) -> None:
    """Write a text file whole or not at all.

    The text goes to a temporary name in the same folder and is then moved into place.
    """
    with new_file(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
