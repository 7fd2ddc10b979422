"""The phrase book of errors: what a reader may meet is said in Chinese, and nothing is said wrongly."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from raised_sentences import ROOT, filled, raised_in

from crmsim.errors import CrmsimError, InputError
from crmsim.experiment_file import ExperimentFile
from crmsim.scenario import Scenario
from crmsim.strategies.base import Strategy
from crmsim.text.catalogue import catalogue
from crmsim.text.problems import _book, said
from crmsim.yaml_files import _types, allowed, check, read_fields

FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))
#: Whose sentences must all be in the book.
SPOKEN = (
    "errors.py", "transaction*.py", "yaml_files.py", "dashboards/*.py", "strategies/*.py", "parameters.py",
    "scenario.py", "rfm.py", "estimators/*.py", "audit/*.py", "folders.py", "log_file.py", "cli/*.py",
    "exercises/*.py", "downloads.py", "datasets/*.py", "engines.py", "branches.py", "ledger.py", "memory.py",
    "rule_records.py", "field_paths.py", "store.py", "checkpoints.py", "experiments.py", "replications.py",
    "noted_runs.py", "cluster.py", "best_strategy.py", "decision*.py", "experiment_*.py",
    "lessons/__init__.py",
    "teaching/classroom_server.py", "text/*.py", "search_space.py", "grids.py",
)  # fmt: skip
#: Made of parts that the reader of code does not see through; tested below, one by one.
COMPOSED = ("yaml_files.py",)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SENTENCES = {
    f"{sentence.place} {number}": sentence
    for name in FILES
    if any(fnmatch.fnmatch(name, pattern) for pattern in SPOKEN) and name not in COMPOSED
    for number, sentence in enumerate(raised_in(name))
}


@pytest.mark.parametrize("place", SENTENCES)
def test_a_sentence_of_the_code_is_in_the_book(place):
    """In Chinese, with everything that a run puts into it; of an unknown kind of thing one has to do."""
    for ways in filled(SENTENCES[place]):
        assert any(told(text, values) for text, values in ways), f"no phrase fits {ways[0][0]!r}"


def told(problem: str, values: tuple[str, ...]) -> bool:
    chinese = said(CrmsimError(problem), "zh")
    words = chinese
    for value in values:
        words = words.replace(value, "")
    return bool(CHINESE.search(words)) and all(value in chinese for value in values)


#: For every shape of a blank something odd that belongs there.
ODD = {
    "text": "a, b: (c); d", "term": "a, b: [c]", "word": "every_30", "words": "a_1, b-2, c.3",
    "counts": "EUR (1,234 rows), USD (7 rows)", "header": "a,b",
    "day": "1987-06-05", "choice": "'a b', 'c' or 5", "either": "a.b or c", "file": "a-1.csv",
    "checksum": 64 * "f",
}  # fmt: skip


@pytest.mark.parametrize("phrase", _book(), ids=lambda phrase: phrase.key)
def test_a_phrase_is_matched_by_itself(phrase):
    """Filled with odd things; or by a phrase that says the same in English, which there is none of."""
    values = {}
    for place, name in enumerate(phrase.pattern.groupindex):
        shape = name.partition("_")[0]
        family = [e["en"] for key, e in catalogue().items() if key.startswith(f"problem.part.{shape}.")]
        values[name] = family[0].format(low="0", high="1e+09") if family else ODD.get(shape, f"{place}7.5")
    text = catalogue()[phrase.key]["en"].format(**values)
    first = next(other for other in _book() if other.pattern.fullmatch(text))
    assert first.key == phrase.key


def test_no_two_phrases_are_the_same():
    seen: dict[str, str] = {}
    for phrase in _book():
        plain = re.sub(r"\(\?P<[a-z_]+>", "(", phrase.pattern.pattern)
        assert plain not in seen, (phrase.key, seen[plain])
        seen[plain] = phrase.key


#: What other libraries say, and what is put together of parts.
ELSEWHERE = ("problem.pydantic.", "problem.yaml.", "problem.note.", "problem.kind", "problem.short_",
             "problem.store.not_kept_store")  # fmt: skip


def test_every_phrase_is_of_a_sentence_that_there_is():
    spoken = [text for name in FILES for s in raised_in(name) for ways in filled(s) for text, _ in ways]
    texts = set(spoken) | {text.rpartition(", got ")[0] for text in spoken}
    found = {next((p.key for p in _book() if p.pattern.fullmatch(text)), "") for text in texts}
    unheard = [phrase.key for phrase in _book() if phrase.key not in found]
    assert [key for key in unheard if not key.startswith(ELSEWHERE)] == []


def test_no_sentence_is_said_half_in_english():
    """Those of modules that the book leaves out included; what joins a list has no word in its sample."""
    english = re.compile(r"\b(?:must|is|are|was|the|of|not|have|has|with|and|in|to|least|than|for|which)\b")
    for sentence in (sentence for name in FILES for sentence in raised_in(name)):
        spoken = []
        for text, values in next(filled(sentence)):
            words = said(CrmsimError(text), "zh")
            for value in sorted(values, key=len, reverse=True):
                words = words.replace(value, "")
            if CHINESE.search(words):
                spoken.append(words)
        # Of the things that fill a blank of an unknown kind, one is meant.
        assert not spoken or not all(english.search(words) for words in spoken), (sentence, spoken[0])


def test_what_a_file_must_hold():
    calls = [
        node
        for name in FILES
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "read_fields"
    ]
    held = {ast.literal_eval(call.args[1]) for call in calls}
    assert held and all(told(f"must hold {what}", ()) for what in held)
    assert said(CrmsimError("must hold rabbits"), "zh") == "must hold rabbits"


def test_every_part_and_term_is_of_a_phrase():
    shapes = {name.partition("_")[0] for phrase in _book() for name in phrase.pattern.groupindex}
    families = {key.split(".")[2] for key in catalogue() if key.startswith("problem.part.")}
    assert families <= shapes and "term" in shapes


@pytest.mark.parametrize(
    ("error", "english", "chinese"),
    [
        (
            InputError("day", "must be a number from 1 to 2 (days)", 3, where="a.yaml:3"),
            "a.yaml:3: day: must be a number from 1 to 2 (days), got 3",
            "a.yaml:3：day：须为1到2之间的数（天），给的是3",
        ),
        (InputError("date", "is missing"), "date: is missing", "date：缺失"),
        (
            InputError("low", "must be below high (4)", 5),
            "LOW: must be below high (4), got 5",
            "LOW：须小于high（4），给的是5",
        ),
        (
            InputError("low", "is missing", where="a.yaml:1"),
            "a.yaml:1: low: is missing",
            "a.yaml:1：low：缺失",
        ),
        (
            InputError("min", "must be at most max, got 5 and 3"),
            "min: must be at most max, got 5 and 3",
            "min：须不大于max，给的是5和3",
        ),
        (
            InputError("low", "must please", 5, where="a"),
            "a: low: must please, got 5",
            "a: low: must please, got 5",
        ),
        (
            InputError("low", "must be at least 2 words", 1),
            "LOW: must be at least 2 words, got 1",
            "LOW: must be at least 2 words, got 1",
        ),
        (
            CrmsimError("a b: only 3 of 5 bytes arrived; nothing is kept, try again"),
            "a b: only 3 of 5 bytes arrived; nothing is kept, try again",
            "a b：5字节中只收到3字节；未保留任何内容，请重试",
        ),
        (
            InputError("checkpoint", "belongs to another experiment: seed is 1 there and 2 here and 3 more"),
            "checkpoint: belongs to another experiment: seed is 1 there and 2 here and 3 more",
            "checkpoint：属于另一个实验：seed在那里是1，在这里是2，另有3处不同",
        ),
        (CrmsimError("已是中文"), "已是中文", "已是中文"),
        (PermissionError(13, "Permission denied", "a.csv"), "Permission denied: a.csv", "没有权限：a.csv"),
        (ValueError("{}"), "{}", "{}"),
    ],
)
def test_said(error, english, chinese):
    """What the book does not have is said as it was raised, and no piece of it is taken for a value."""
    labels = {"low": "LOW"}
    assert (said(error, "en", labels), said(error, "zh", labels)) == (english, chinese)
    error.add_note("2 more: a; b")
    error.add_note("something else")
    assert said(error, "en", labels) == f"{english} (2 more: a; b) (something else)"
    assert said(error, "zh", labels) == f"{chinese}（另有2处：a; b）（something else）"


def test_values_stand_in_the_sentence_as_they_are():
    """Braces in a file are not blanks, and a value is not searched for words."""
    log = InputError(
        "{date}", "is written otherwise than '{0} must be' in line 7; all dates must be written alike", "{x}"
    )
    assert said(log, "zh") == "{date}：写法与第7行的'{0} must be'不同；所有日期的写法须一致，给的是'{x}'"


def fields(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        yield (*path, name)
        for part in _types(info.annotation) if len(path) < 5 else ():
            if issubclass(part, BaseModel):
                yield from fields(part, (*path, name))


@pytest.mark.parametrize("model", [Scenario, Strategy, ExperimentFile])
def test_what_a_field_may_be(model):
    """With every unit, as far as it is a word."""
    ranges = {text for path in fields(model) if (text := allowed(model, path))}
    assert ranges
    for text in ranges:
        assert told(text, ()), text
        assert not re.search("[a-z]{4}", said(CrmsimError(text), "zh")), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n b: c",
        "a: b: c",
        "a: [1, 2",
        "a: {b: 1",
        "a: 'x",
        "\ta: 1",
        "a: *b",
        "a: 1\na: 2",
        "[a]: 1",
        "a: 1\n---\nb: 2",
        'a: "\\q"',
        "a: &! 1",
        "a: \x01",
        "a: 1\n- b",
        "a: [1}",
        "a: {1]",
        "a: @b",
        "? - a\n: b",
        "a: %b",
        "a: 1e5\n  b: 2",
        "- 1\n-- 2",
        "a\nb: 1",
        "a: ]",
        "a: 9" + 5000 * "9",
    ],
)
def test_what_is_wrong_with_a_yaml_file(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_fields(path, "the fields of a scenario")
    assert told(refused.value.problem, ()), refused.value.problem


class Everything(BaseModel):
    """A model that can be wrong in every way that ours can."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    word: str = ""
    short: Annotated[str, Field(min_length=1, max_length=3, pattern="^[a-z]+$")] = "a"
    whole: int = 1
    strict: StrictInt = 1
    number: float = 1.0
    yes: bool = True
    kind: Literal["a", "b"] = "a"
    three: Literal["a", "b c", 3] = 3
    perhaps: Annotated[int, Field(ge=1, le=5)] | None = None
    open: Annotated[float, Field(gt=0, lt=1)] | None = None
    steps: Annotated[int, Field(multiple_of=5)] = 5
    some: tuple[int, ...] = ()
    few: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    by: dict[str, int] = {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"word": 1},
        {"short": "ab1"},
        {"short": "abcd"},
        {"short": ""},
        {"whole": "x"},
        {"whole": 1.5},
        {"whole": []},
        {"strict": "x"},
        {"number": "x"},
        {"number": []},
        {"number": float("inf")},
        {"yes": "maybe"},
        {"yes": []},
        {"kind": "c"},
        {"three": "d"},
        {"perhaps": 0},
        {"perhaps": 6},
        {"open": 0},
        {"open": 1},
        {"steps": 4},
        {"some": 5},
        {"few": []},
        {"few": [1, 2, 3]},
        {"few": 1},
        {"by": 1},
        {"other": 1},
    ],
)
def test_what_pydantic_says(wrong):
    with pytest.raises(InputError) as refused:
        check(Everything, wrong)
    assert told(refused.value.problem, ()), refused.value.problem
