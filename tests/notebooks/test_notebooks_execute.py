"""Every notebook runs from top to bottom, as a reader's kernel would run it, and is stored without output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")

#: Appended to a notebook: waits for the work that its panels do in the background, and looks at them.
LOOK = """
for panel in (life, comparison):
    await panel.background.settled()
    assert panel.error.value == "", panel.error.value
    assert bytes(panel.image.value)[:4] == b"\\x89PNG"
    assert "crmsim-stale" not in panel.image._dom_classes
"""


def _run(notebook: nbformat.NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run all cells in a kernel that finds this checkout."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("IPYTHONDIR", str(folder))
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


def _errors(notebook: nbformat.NotebookNode) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_all_cells_run_without_an_error(path, tmp_path, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    _run(notebook, tmp_path, monkeypatch)
    assert _errors(notebook) == []


def test_the_panels_of_the_first_notebook_get_their_pictures(tmp_path, monkeypatch):
    notebook = nbformat.read(ROOT / "notebooks" / "01_one_customers_life.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(LOOK))
    _run(notebook, tmp_path, monkeypatch)
    assert _errors(notebook) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_without_output_and_for_the_plain_kernel(path):
    verified = subprocess.run(
        [sys.executable, "-m", "nbstripout", "--verify", str(path)], capture_output=True
    )
    assert verified.returncode == 0, verified.stdout.decode()
    assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_text_is_in_both_languages_and_code_is_short(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            chinese = CHINESE.search(cell.source)
            assert chinese, cell.source
            assert len(re.findall(r"[A-Za-z]{3,}", cell.source[: chinese.start()])) >= 5, cell.source
        else:
            assert len(cell.source.splitlines()) <= 12, cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_to_files_lead_somewhere(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (path.parent / link).exists(), link
