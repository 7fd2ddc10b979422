"""What readers open is what the sources say: in step, one code for both languages, and no output."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from crmsim.teaching.build import PROJECT, built_files, exercise_sources, lab_sources, notebook_sources
from crmsim.teaching.lab_source import read_lab
from crmsim.teaching.notebook_source import read_source
from crmsim.teaching.source_rules import LANGUAGE_CELL, LINK
from crmsim.text import LANGUAGES

FILES = built_files()
SOURCES = notebook_sources() + exercise_sources() + lab_sources()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_there_are_sources():
    assert notebook_sources() and exercise_sources() and len(FILES) == len(LANGUAGES) * len(SOURCES)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_built_file_is_in_step_with_its_source(path):
    assert path.exists() and path.read_text("utf-8") == FILES[path], "run `make notebooks`"


def test_nothing_lies_beside_the_built_files_that_no_source_makes():
    folders = {path.parent for path in FILES} | {PROJECT / "notebooks"}
    assert {path for folder in folders for path in folder.glob("*.ipynb")} == set(FILES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_code_is_the_same_in_both_languages_and_text_is_not(path):
    built = (FILES[path.parents[1] / lang / f"{path.stem}.ipynb"] for lang in LANGUAGES)
    english, chinese = (nbformat.reads(text, as_version=4) for text in built)
    assert [cell.cell_type for cell in english.cells] == [cell.cell_type for cell in chinese.cells]
    for one, other in zip(english.cells, chinese.cells, strict=True):
        if one.cell_type == "markdown":
            # What is quoted as it stands in a file may be in any language.
            unquoted = re.sub(r"`[^`]*`", "", one.source)
            assert not CHINESE.search(unquoted) and CHINESE.search(other.source)
        elif one.source == LANGUAGE_CELL:
            assert other.source == 'LANG = "zh"'
        else:
            assert one == other


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_links_to_files_lead_somewhere(path):
    text = "\n".join(cell.source for cell in nbformat.reads(FILES[path], as_version=4).cells)
    for link in LINK.findall(text):
        file = link.partition("#")[0]
        assert "://" in link or not file or (path.parent / file).exists() or path.parent / file in FILES, link


def test_built_files_are_stored_without_output_and_for_the_plain_kernel():
    command = [sys.executable, "-m", "nbstripout", "--verify", *map(str, FILES)]
    verified = subprocess.run(command, capture_output=True)
    assert verified.returncode == 0, verified.stdout.decode()
    for text in FILES.values():
        about = json.loads(text)["metadata"]
        assert about["kernelspec"]["name"] == "python3" and about["lang"] in LANGUAGES


def test_no_two_notebooks_keep_a_prediction_under_one_name():
    names = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Prediction":
                names.append(node.args[0].value)
    assert names and len(set(names)) == len(names)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_index_lists_every_notebook_by_its_title(lang):
    index = (PROJECT / "notebooks" / "README.md").read_text("utf-8")
    for path in notebook_sources():
        source = read_source(path)
        title = re.sub(r"^\d+\. *", "", source.title(lang))
        assert f"[{title}]({lang}/{source.name}.ipynb)" in index


def test_every_lab_keeps_the_rules_of_labs():
    assert [read_lab(path).name for path in lab_sources()] == [path.stem for path in lab_sources()]
