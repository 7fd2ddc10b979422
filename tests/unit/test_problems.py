"""The phrase book of errors: what a reader may meet is said in Chinese, and nothing is said wrongly."""

from __future__ import annotations

import fnmatch
import functools
import itertools
import re

import pytest

from crmsim.errors import CrmsimError, InputError
from crmsim.text.catalogue import catalogue
from crmsim.text.problems import _book, said
from tests.raised_sentences import FILLINGS, ROOT, filled, raised_in

FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))
#: Whose sentences must all be in the book.
SPOKEN = (
    "errors.py", "transaction*.py", "yaml_files.py", "dashboards/*.py", "strategies/*.py", "parameters.py",
    "scenario.py", "rfm.py", "estimators/*.py", "audit/*.py", "folders.py", "log_file.py", "cli/*.py",
    "exercises/*.py", "downloads.py", "datasets/*.py", "engines.py", "branches.py", "ledger.py", "memory.py",
    "rule_records.py", "field_paths.py", "store.py", "checkpoints.py", "experiments.py", "replications.py",
    "noted_runs.py", "cluster.py", "best_strategy.py", "decision*.py", "experiment_*.py", "lessons/__init__.py",
    "teaching/classroom_server.py", "text/*.py",
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
