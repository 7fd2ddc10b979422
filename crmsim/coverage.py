"""Where each concept of the course is at work in the simulator, and which ones are not in it yet.

Like the table at the back of a textbook that says on which page each item of the examination is
dealt with. The table is data (``syllabus/coverage.yaml``): every entry of the syllabus that can be
simulated points to what embodies it, or gives the reason why nothing does yet. A pointer such as
``state:trust`` must name something that exists; :func:`resolve` looks it up.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crmsim.errors import InputError
from crmsim.events import Component, EventKind
from crmsim.ledger import MONTH
from crmsim.model.programmes import Programme
from crmsim.model.records import CUSTOMER, Clock
from crmsim.scenario import PRESETS, Scenario, field_homes
from crmsim.shipped import shipped
from crmsim.stages import Cause, Stage
from crmsim.strategies import strategy_names
from crmsim.strategies.base import Strategy
from crmsim.tiers import Tier
from crmsim.yaml_files import check, read_document

__all__ = ["COVERAGE", "POINTERS", "Entry", "Pointer", "Reason", "coverage", "coverage_page", "resolve"]

_PACKAGE = Path(__file__).parent
#: The table, one entry of the syllabus after the other.
COVERAGE = _PACKAGE / "syllabus" / "coverage.yaml"

#: Kinds of entries in the order of the page, with their headings.
_HEADINGS = {
    "concept": "Concepts",
    "taxonomy": "Taxonomies",
    "model": "Models",
    "formula": "Formulas",
    "metric": "Metrics",
    "process": "Processes",
    "strategy": "Strategies",
    "method": "Methods",
    "argument": "Arguments",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Reason(_Part):
    """Why nothing embodies an entry yet, in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class Entry(_Part):
    """One entry of the syllabus: its terms, and what embodies it or why nothing does.

    Attributes
    ----------
    kind : str
        What the course treats it as: a concept, a taxonomy, a strategy ...
    en, zh : str
        The course's terms.
    by : tuple of str
        Pointers, each ``type:name`` with a type of :data:`POINTERS`.
    how, how_zh : str
        One sentence on how they embody it.
    missing : Reason or None
        In place of the three.
    """

    kind: str = Field(pattern="^(" + "|".join(_HEADINGS) + ")$")
    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)
    by: Annotated[tuple[str, ...], BeforeValidator(lambda by: tuple(by) if isinstance(by, list) else by)] = ()
    how: str = ""
    how_zh: str = ""
    missing: Reason | None = None

    @model_validator(mode="after")
    def _embodied_or_missing(self) -> Entry:
        if bool(self.by) == (self.missing is not None):
            raise ValueError("by: must be given, or else missing; exactly one of the two")
        if bool(self.by) != bool(self.how) or bool(self.by) != bool(self.how_zh):
            raise ValueError("how: must be given, and how_zh with it, exactly where by is")
        return self


class _Table(_Part):
    entries: dict[str, Entry]


class Pointer(NamedTuple):
    """One type of pointer: what its names mean, where they are defined, and which there are."""

    meaning: str
    place: str
    names: Callable[[], frozenset[str]]


def coverage(path: Path = COVERAGE) -> dict[str, Entry]:
    """Return the whole table: entry of the syllabus to what embodies it.

    Raises
    ------
    InputError
        With file, line, entry and field, where the file is wrong.

    Examples
    --------
    >>> coverage()["satisfaction-ratio"].by
    ('equation:satisfaction.satisfaction_ratio', 'state:ratio')
    """
    document = read_document(path)
    return check(_Table, document.data, document).entries


def resolve(pointer: str) -> str:
    """Return where the thing that a pointer names is defined.

    Parameters
    ----------
    pointer : str
        ``type:name``, such as ``state:trust``, ``clock:purchase`` or ``metric:clv.customer_values``.

    Raises
    ------
    InputError
        When there is no such type, or nothing of that name.

    Examples
    --------
    >>> resolve("clock:purchase")
    'crmsim/model/records.py'
    """
    kind, _, name = pointer.partition(":")
    if kind not in POINTERS:
        raise InputError("pointer", f"must begin with one of {', '.join(POINTERS)}", pointer)
    names = POINTERS[kind].names()
    if name not in names:
        near = difflib.get_close_matches(name, sorted(names), n=3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise InputError("pointer", f"must name something in {POINTERS[kind].place}{hint}", pointer)
    return POINTERS[kind].place


def coverage_page() -> str:
    """Return the whole table as a page in Markdown: the counts, what is missing, then kind by kind."""
    entries = coverage()
    missing = {key: entry for key, entry in entries.items() if entry.missing is not None}
    lines = [
        "# The course in the simulator",
        "",
        "Made by `crmsim show coverage` from `crmsim/syllabus/coverage.yaml`; do not edit.",
        "",
        f"Of {len(entries)} entries of the syllabus that can be simulated, {len(entries) - len(missing)} are "
        f"embodied, and {len(missing)} are not yet.",
        "",
        *_counts(entries),
        "",
        "## Pointers",
        "",
        "| type | names | defined in |",
        "|---|---|---|",
        *(f"| {kind} | {info.meaning} | `{info.place}` |" for kind, info in POINTERS.items()),
    ]
    if missing:
        lines += ["", "## Not embodied yet", "", "| entry | reason |", "|---|---|"]
        lines += [
            f"| {_term(key, entry)} | {entry.missing.en}<br>{entry.missing.zh} |"
            for key, entry in missing.items()
            if entry.missing is not None
        ]
    for kind, heading in _HEADINGS.items():
        rows = [
            f"| {_term(key, entry)} | {'<br>'.join(f'`{pointer}`' for pointer in entry.by)} "
            f"| {entry.how}<br>{entry.how_zh} |"
            for key, entry in entries.items()
            if entry.kind == kind and entry.by
        ]
        if rows:
            lines += ["", f"## {heading}", "", "| entry | embodied by | how |", "|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _counts(entries: dict[str, Entry]) -> list[str]:
    every = Counter(entry.kind for entry in entries.values())
    embodied = Counter(entry.kind for entry in entries.values() if entry.by)
    rows = [
        f"| {heading.lower()} | {every[kind]} | {embodied[kind]} | {every[kind] - embodied[kind]} |"
        for kind, heading in _HEADINGS.items()
        if every[kind]
    ]
    return ["| kind | entries | embodied | not yet |", "|---|---|---|---|", *rows]


def _term(key: str, entry: Entry) -> str:
    return f"{entry.en}<br>{entry.zh}<br>`{key}`"


def _members(words: type[IntEnum]) -> frozenset[str]:
    return frozenset(word.name.lower() for word in words)


@cache
def _rule_part(name: str) -> dict[str, Any]:
    """Return the fields of one part of a strategy's rules (who, when, do, pick) with their types."""
    rule = _model(Strategy.model_fields["rules"].annotation)
    part = _model(rule.model_fields[name].annotation)
    return {field: info.annotation for field, info in part.model_fields.items()}


def _model(annotation: Any) -> type[BaseModel]:
    """Return the one model that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_model(part) for part in get_args(annotation) if get_args(part) or isinstance(part, type))


def _literals(annotation: Any) -> Iterator[str]:
    """Yield the words of every ``Literal`` in a type."""
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _literals(part)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8") if path.exists() else "")


def _defined(path: Path) -> Iterator[str]:
    """Yield the public names that a module defines at its top level."""
    for node in _tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


@cache
def _code(folder: str = "") -> frozenset[str]:
    """Return ``module.name`` of everything public that is defined below a folder of the package."""
    root = _PACKAGE / folder
    return frozenset(
        ".".join((*path.relative_to(root).with_suffix("").parts, name))
        for path in root.rglob("*.py")
        for name in _defined(path)
    )


@cache
def _keys(suffix: str) -> frozenset[str]:
    """Return the words that are keys of the tables in ``schemes.py`` whose names end so."""
    return frozenset(
        key.value
        for node in _tree(_PACKAGE / "schemes.py").body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id.endswith(suffix)
        and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    )


@cache
def _commands() -> frozenset[str]:
    """Return the names in the table of commands."""
    return frozenset(
        node.args[0].value
        for node in ast.walk(_tree(_PACKAGE / "cli" / "commands.py"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Command"
        and isinstance(node.args[0], ast.Constant)
    )


def _modules(folder: str, name: str) -> frozenset[str]:
    """Return the modules of a folder of the package that define something whose name begins so."""
    paths = (_PACKAGE / folder).glob("*.py")
    return frozenset(path.stem for path in paths if any(n.startswith(name) for n in _defined(path)))


def _files(folder: str, ending: str) -> frozenset[str]:
    return frozenset(path.stem for path in shipped(*folder.split("/")).glob(f"*.{ending}"))


#: Every type of pointer. Code is looked up in the source, so that nothing heavy has to be loaded.
POINTERS: dict[str, Pointer] = {
    "parameter": Pointer(
        "field of a scenario",
        "crmsim/parameters.py",
        lambda: frozenset({*field_homes(), *Scenario.model_fields}),
    ),
    "preset": Pointer("ready scenario", "crmsim/presets/", lambda: frozenset(PRESETS)),
    "state": Pointer(
        "field of a customer's record", "crmsim/model/records.py", lambda: frozenset(CUSTOMER.names)
    ),
    "month": Pointer("field of the monthly table", "crmsim/ledger.py", lambda: frozenset(MONTH.names)),
    "event": Pointer("kind of event in the ledger", "crmsim/events.py", lambda: _members(EventKind)),
    "component": Pointer("what money counts as", "crmsim/events.py", lambda: _members(Component)),
    "clock": Pointer("clock that runs in a customer", "crmsim/model/records.py", lambda: _members(Clock)),
    "stage": Pointer("lifecycle stage", "crmsim/stages.py", lambda: _members(Stage)),
    "cause": Pointer("cause of loss", "crmsim/stages.py", lambda: _members(Cause)),
    "tier": Pointer("tier of customers", "crmsim/tiers.py", lambda: _members(Tier)),
    "programme": Pointer("incentive programme", "crmsim/model/programmes.py", lambda: _members(Programme)),
    "equation": Pointer("equation of the model", "crmsim/model/", lambda: _code("model")),
    "action": Pointer("what a rule can do", "crmsim/strategies/", lambda: frozenset(_rule_part("do"))),
    "condition": Pointer("what a rule can ask", "crmsim/strategies/", lambda: frozenset(_rule_part("who"))),
    "trigger": Pointer(
        "what sets off a rule",
        "crmsim/strategies/",
        lambda: frozenset(_literals(_rule_part("when").get("on"))),
    ),
    "score": Pointer(
        "what customers are ranked by",
        "crmsim/scores.py",
        lambda: frozenset(_literals(_rule_part("pick")["rank_by"])),
    ),
    "strategy": Pointer("ready strategy", "crmsim/strategies/", lambda: frozenset(strategy_names())),
    "scheme": Pointer("list of labels", "crmsim/schemes.py", lambda: _keys("SCHEMES")),
    "typology": Pointer("types of loyalty", "crmsim/schemes.py", lambda: _keys("TYPOLOGIES")),
    "metric": Pointer("measure computed from a ledger", "crmsim/metrics/", lambda: _code("metrics")),
    "estimator": Pointer(
        "model fitted to a log",
        "crmsim/estimators/",
        lambda: _modules("estimators", "fit_"),
    ),
    "lesson": Pointer("claim with its experiment", "crmsim/lessons/", lambda: _modules("lessons", "LESSON")),
    "code": Pointer("other function, class or table", "crmsim/", _code),
    "command": Pointer("command", "crmsim/cli/", _commands),
    "dataset": Pointer("data set", "datasets/", lambda: _files("datasets", "csv")),
    "notebook": Pointer("notebook", "notebooks/source/", lambda: _files("notebooks/source", "py")),
}
