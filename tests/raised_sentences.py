"""What the program can complain of, read from its code: the sentences, with something odd in every blank.

A reader of the code sees in what the arms of an ``if``, a variable or the caller of a function put into a
sentence; what only a run can know becomes a blank, with a guess at what kind of thing will fill it.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import crmsim

__all__ = ["FILLINGS", "Blank", "Raised", "filled", "raised_in"]

ROOT = Path(crmsim.__file__).parent
#: For every kind of blank what may come to stand there, the oddest first.
FILLINGS: dict[str, tuple[str, ...]] = {
    "number": ("1234.5", "2e+15"),
    "day": ("1987-06-05",),
    "quoted": ("'a, b; (c) 万'",),
    "words": ("first_a, second-b, third.c",),
    "row": ("first_a,second-b,third.c",),
    "either": ("first_a or second_b", "first_a"),
    "phrase": ("nobody knows, (maybe) x: y", "nobody_knows"),
    "any": (
        "-7654",
        "1987-06-05",
        "a_file.csv",
        "first_a, second-b",
        4 * "0123456789abcdef",
        "nobody knows, (maybe) x: y",
    ),
}
#: Which argument is the sentence.
_PLACES = {"InputError": 1, "CrmsimError": 0, "InterruptedRun": 0, "ValueError": 0, "refuse": 2}
#: How `crmsim.yaml_files.check` takes the field out of a rule about several.
NAMED = re.compile(r"([a-z_]\w*(?:\.\w+)*):? (?=must |is missing)")


@dataclass(frozen=True)
class Blank:
    """A place in a sentence that a run fills."""

    kind: str


@dataclass(frozen=True)
class Raised:
    """A sentence of the code: where it stands, its parts, whether it is a rule that Pydantic passes on."""

    place: str
    parts: tuple[str | Blank, ...]
    rule: bool

    @property
    def own_words(self) -> str:
        """What the code itself says."""
        return "".join(part for part in self.parts if isinstance(part, str))


def filled(sentence: Raised) -> Iterator[list[tuple[str, tuple[str, ...]]]]:
    """Yield the sentence with its blanks filled in every way, and with what.

    Ways that differ only in blanks of an unknown kind come together: they cannot all be meant.
    """
    kinds = [part.kind for part in sentence.parts if isinstance(part, Blank)]
    for known in itertools.product(*(FILLINGS[kind] if kind != "any" else ("",) for kind in kinds)):
        unknown = (
            FILLINGS[kind] if kind == "any" else (value,) for kind, value in zip(kinds, known, strict=True)
        )
        yield [_written(sentence, values) for values in itertools.product(*unknown)]


def _written(sentence: Raised, values: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    rest = iter(values)
    text = "".join(next(rest) if isinstance(part, Blank) else part for part in sentence.parts)
    named = NAMED.match(text) if sentence.rule else None
    text = text[named.end() :] if named else text
    return text, tuple(one for value in values if value in text for one in value.split(" or "))


@cache
def raised_in(name: str) -> tuple[Raised, ...]:
    """Return the sentences that a file of the package can complain with, such as ``cli/show.py``."""
    tree = ast.parse((ROOT / name).read_text("utf-8"))
    return tuple(_Reader(tree, name).sentences())


class _Reader:
    """Reads one module."""

    def __init__(self, tree: ast.Module, name: str):
        self.tree, self.name = tree, name
        self.around: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self.around[child] = node

    def sentences(self) -> Iterator[Raised]:
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            place = _PLACES.get(called)
            if place is None or len(node.args) <= place or any(isinstance(a, ast.Starred) for a in node.args):
                continue
            for parts in self.read(node.args[place], node):
                raised = Raised(f"{self.name}:{node.lineno}", _joined(parts), called == "ValueError")
                passed_on = Blank("problem") in raised.parts or not raised.own_words.strip(" .:,()")
                if not passed_on:
                    yield raised

    def read(self, node: ast.expr, at: ast.AST, depth: int = 0) -> list[tuple[str | Blank, ...]]:
        """Return what an expression may be, each as parts of a sentence."""
        unknown: list[tuple[str | Blank, ...]] = [(Blank("any"),)]
        if depth > 6:
            return unknown
        if isinstance(node, ast.Constant):
            return [(str(node.value),)]
        if isinstance(node, ast.JoinedStr):
            return self.product([self.blank(part, at, depth) for part in node.values])
        if isinstance(node, ast.IfExp):
            return self.read(node.body, at, depth + 1) + self.read(node.orelse, at, depth + 1)
        if isinstance(node, ast.BoolOp):
            return [parts for value in node.values for parts in self.read(value, at, depth + 1)]
        if isinstance(node, ast.BinOp):
            if not isinstance(node.op, ast.Add) or isinstance(getattr(node.right, "value", None), int):
                return [(Blank("number"),)]
            return self.product([self.read(side, at, depth + 1) for side in (node.left, node.right)])
        if isinstance(node, ast.Name):
            return self.variable(node.id, at, depth) or (
                [(Blank("phrase"),)] if node.id in ("error", "reason") else unknown
            )
        if isinstance(node, ast.Attribute) and node.attr in ("strerror", "problem"):
            return [(Blank("phrase" if node.attr == "strerror" else "problem"),)]
        if isinstance(node, ast.Call):
            return self.called(node, at, depth) or unknown
        return unknown

    def called(self, node: ast.Call, at: ast.AST, depth: int) -> list[tuple[str | Blank, ...]] | None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "join":
            if isinstance(node.args[0], ast.GeneratorExp):
                return self.read(node.args[0].elt, at, depth + 1)
            return [(Blank({", ": "words", ",": "row"}.get(ast.literal_eval(node.func.value), "either")),)]
        if name in ("int", "float", "len", "sum"):
            return [(Blank("number"),)]
        if name == "repr":
            return [(Blank("quoted"),)]
        if name == "replace" and isinstance(node.func, ast.Attribute):
            old, new = (ast.literal_eval(argument) for argument in node.args)
            found = self.read(node.func.value, at, depth + 1)
            return [tuple(p.replace(old, new) if isinstance(p, str) else p for p in parts) for parts in found]
        return None

    def blank(self, part: ast.expr, at: ast.AST, depth: int) -> list[tuple[str | Blank, ...]]:
        if not isinstance(part, ast.FormattedValue):
            return self.read(part, at, depth)
        if part.format_spec is not None:
            return [(Blank("day" if "%Y" in ast.unparse(part.format_spec) else "number"),)]
        return [(Blank("quoted"),)] if part.conversion == ord("r") else self.read(part.value, at, depth + 1)

    def product(self, choices: Sequence[list[tuple[str | Blank, ...]]]) -> list[tuple[str | Blank, ...]]:
        return [tuple(itertools.chain(*parts)) for parts in itertools.product(*choices)]

    def variable(self, name: str, at: ast.AST, depth: int) -> list[tuple[str | Blank, ...]]:
        """Return what a variable may hold: by its assignments, or by what callers of the function give."""
        function = at
        while not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            function = self.around[function]
        found = [
            parts
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            for value in _assigned(target, node.value, name)
            for parts in self.read(value, node, depth + 1)
        ]
        found += [
            parts
            for node in ast.walk(function)
            if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple)
            for item in node.iter.elts
            for value in _assigned(node.target, item, name)
            for parts in self.read(value, node, depth + 1)
        ]
        for node in ast.walk(function):
            if isinstance(node, ast.AugAssign) and ast.unparse(node.target) == name:
                found = self.product([found, self.read(node.value, node, depth + 1)])
        if found or isinstance(function, ast.Module):
            return found
        return self.given(function, name, depth) or self.variable(name, self.around[function], depth + 1)

    def given(self, function: ast.AST, name: str, depth: int) -> list[tuple[str | Blank, ...]]:
        assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        names = [argument.arg for argument in function.args.args]
        if name not in [*names, *(argument.arg for argument in function.args.kwonlyargs)]:
            return []
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function.name:
                said = [word.value for word in node.keywords if word.arg == name]
                if name in names and len(node.args) > names.index(name):
                    said.append(node.args[names.index(name)])
                found += [parts for value in said for parts in self.read(value, node, depth + 1)]
        return found


def _assigned(target: ast.expr, value: ast.expr, name: str) -> list[ast.expr]:
    """Return what an assignment gives to a name."""
    if isinstance(target, ast.Name):
        return [value] if target.id == name else []
    if isinstance(target, ast.Tuple):
        if isinstance(value, ast.IfExp):
            return _assigned(target, value.body, name) + _assigned(target, value.orelse, name)
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            pairs = zip(target.elts, value.elts, strict=True)
            return [found for one, other in pairs for found in _assigned(one, other, name)]
    return []


def _joined(parts: tuple[str | Blank, ...]) -> tuple[str | Blank, ...]:
    """Return the parts with neighbouring texts as one."""
    joined: list[str | Blank] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined) or ("",)
