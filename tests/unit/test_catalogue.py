"""The catalogue: every sentence in both languages, every key that the program asks for, and no others."""

from __future__ import annotations

import ast
import functools
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import crmsim
from crmsim.audit.cohorts import MEASURES
from crmsim.audit.gradings import GRADINGS
from crmsim.audit.matrices import KAISM, MARKETING_MODES
from crmsim.confrontation.confront import ORACLE
from crmsim.confrontation.methods import METHODS
from crmsim.datasets.description import columns
from crmsim.engines import ENGINES
from crmsim.errors import InputError
from crmsim.events import COMPONENTS
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.schemes import DIMENSIONS, RECORD_SCHEMES, SCHEMES, TYPOLOGIES
from crmsim.stages import Cause, Stage
from crmsim.strategies import strategy_names
from crmsim.text import LANGUAGES, say
from crmsim.text.catalogue import catalogue
from crmsim.tiers import Tier
from crmsim.yaml_files import read_document

ROOT = Path(crmsim.__file__).parent
#: The code of notebooks and labs asks for sentences too.
SOURCES = [
    path for folder in ("notebooks", "exercises") for path in (ROOT.parent / folder).rglob("source/*.py")
]
TREES = {
    str(path.relative_to(ROOT.parent)): ast.parse(path.read_text("utf-8"))
    for path in sorted([*ROOT.rglob("*.py"), *SOURCES])
}
KEYS = sorted(catalogue())
ACTIONS = ("programme", "quality", "price", "priority", "recovery", "reduce_service", "save_offer",
           "points", "refer", "survey", "disclose", "explain", "unify", "manager", "invest",
           "customise", "integrate")  # fmt: skip
PREFIXES = {key.split(".")[0] for key in KEYS}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def said() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of say(), with the place where it stands."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                yield f"{name}:{node.lineno}", node


@functools.cache
def constants() -> frozenset[str]:
    """Return every string of the code; the parts of one that is put together do not count."""
    found, parts = set(), set()
    for node in (node for tree in TREES.values() for node in ast.walk(tree)):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            found.add(node.value)
    return frozenset(found)


@functools.cache
def patterns() -> list[re.Pattern]:
    """Return the keys that are put together from parts, such as ``outcome.{name}``, as patterns."""
    found = []
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                if re.match(r"[a-z]+\.[a-z_.]*$", parts[0]) and parts[0].split(".")[0] in PREFIXES:
                    found.append(re.compile("".join("(.+)" if p is None else re.escape(p) for p in parts)))
    return found


@pytest.mark.parametrize("key", KEYS)
def test_a_sentence_is_there_in_both_languages(key):
    entry = catalogue()[key]
    assert set(entry) == set(LANGUAGES)
    for lang, text in entry.items():
        assert isinstance(text, str) and text.strip() == text != "", (lang, text)
    assert blanks(entry["en"]) == blanks(entry["zh"])
    assert all(re.fullmatch(r"[a-z_]+", blank) for blank in blanks(entry["en"])), "blanks have names"
    assert not CHINESE.search(entry["en"])
    without = re.sub(r"\{[^}]*\}", "", entry["zh"])
    assert CHINESE.search(without) or not re.search(r"[A-Za-z]{3}", without), f"not Chinese: {entry['zh']}"


def test_no_key_stands_in_two_files():
    files = sorted((ROOT / "text" / "sentences").glob("*.yaml"))
    keys = [key for path in files for key in read_document(path).data]
    assert len(files) > 5 and sorted(keys) == KEYS


def test_every_key_that_is_written_out_exists():
    literal = {place: call.args[0].value for place, call in said() if isinstance(call.args[0], ast.Constant)}
    assert len(literal) > 30
    assert {place: key for place, key in literal.items() if key not in catalogue()} == {}


def test_every_string_that_looks_like_a_key_is_one():
    """Keys also travel in variables; a slip of the pen in one of them would only show on screen."""
    like = re.compile(rf"(?:{'|'.join(sorted(PREFIXES))})(?:\.[a-z_]+)+")
    assert [text for text in sorted(constants()) if like.fullmatch(text) and text not in catalogue()] == []


def test_parts_of_a_sentence_are_separated_as_its_language_does():
    """By `listed`: a semicolon and a blank between Chinese words are two signs of another language."""
    strays = [
        f"{name}:{node.lineno}"
        for name in {place.partition(":")[0] for place, _ in said()}
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Attribute)
        and node.attr == "join"
        and isinstance(node.value, ast.Constant)
        and node.value.value == "; "
    ]
    # The page on the model is English throughout.
    assert [place for place in strays if "model_page" not in place] == []


def test_every_sentence_gets_the_values_for_its_blanks():
    checked = 0
    for place, call in said():
        if not isinstance(call.args[0], ast.Constant) or any(word.arg is None for word in call.keywords):
            continue
        given = {word.arg for word in call.keywords} - {"lang"}
        assert given == blanks(catalogue()[call.args[0].value]["en"]), place
        checked += 1
    assert checked > 30


def test_every_key_is_used():
    """Written out somewhere, or fitting a pattern with a word that the program knows."""
    words = set(constants()) | {name.lower() for enum in (Stage, Tier, Cause) for name in enum.__members__}
    words |= {component.name.lower() for component in COMPONENTS} | set(OUTCOMES) | set(strategy_names())
    words |= {info.unit for info in OUTCOMES.values()} | DATA_UNITS
    words |= {word.removesuffix(".png") for word in words}
    unused = []
    # Phrases of errors are looked up by the sentence: test_problems.py finds a sentence for each.
    for key in (key for key in KEYS if not key.startswith("problem.")):
        fits = [match for pattern in patterns() if (match := pattern.fullmatch(key))]
        if key not in constants() and not any(set(match.groups()) <= words for match in fits):
            unused.append(key)
    assert unused == []


DATA_UNITS = {column.unit.replace(" ", "_") for column in columns().values()} - {"-"}
FAMILIES = {
    "stage": {stage.name.lower() for stage in Stage},
    "tier": {tier.name.lower() for tier in Tier},
    "cause": {cause.name.lower() for cause in Cause if cause != Cause.NONE},
    "component": {c.name.lower() for c, info in COMPONENTS.items() if info.counts} | {"clv"},
    "outcome": set(OUTCOMES),
    "strategy": set(strategy_names()),
    "unit": {info.unit for info in OUTCOMES.values()} - {"currency"},
    "scheme": set(SCHEMES) | set(RECORD_SCHEMES) | set(TYPOLOGIES) | set(GRADINGS),
    **{f"label.{scheme}": set(labels) for scheme, labels in (SCHEMES | RECORD_SCHEMES | TYPOLOGIES).items()},
    **{f"label.{name}": set(GRADINGS[name]) for name in ("rfm_grades", "kaism")},
    "dimension": set(DIMENSIONS),
    "engine": set(ENGINES) - {"auto"},
    "kaism": set(KAISM),
    "mode": set(MARKETING_MODES),
    "measure": set(MEASURES),
    "datasets.unit": DATA_UNITS,
    "datasets.type": {column.type for column in columns().values()},
    "valuation": {method.name for method in METHODS} | {ORACLE},
    "plot.life.action": {"reward", "contact", "special", "community"} | set(ACTIONS) - {"programme"},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_of_words_is_complete_and_no_larger(family):
    assert {key.removeprefix(f"{family}.") for key in KEYS if key.startswith(f"{family}.")} == FAMILIES[
        family
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_two_words_of_a_family_are_the_same(family, lang):
    words = [catalogue()[f"{family}.{word}"][lang] for word in sorted(FAMILIES[family])]
    assert len(set(words)) == len(words)


def test_say():
    assert say("stage.decline") == "decline"
    assert say("stage.decline", "zh") == "退化期"
    assert say("cli.report", "en", path="a {b}") == "report: a {b}"
    with pytest.raises(InputError, match=r"^lang: must be one of en, zh, got 'de'$"):
        say("stage.decline", "de")
    with pytest.raises(KeyError, match=r"no.such.key"):
        say("no.such.key")
    with pytest.raises(KeyError, match="path"):
        say("cli.report")
