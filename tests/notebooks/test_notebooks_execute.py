"""Every notebook, in both languages, runs from top to bottom as a reader's kernel would run it.

One kernel for each: at the end, in the same kernel, every panel must have its picture and no complaint.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from crmsim.text import LANGUAGES

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [path for lang in LANGUAGES for path in sorted((ROOT / "notebooks" / lang).glob("*.ipynb"))]

#: Appended to a notebook: waits for the work that its panels do in the background, and looks at them.
LOOK = """
from crmsim.teaching.prediction import Prediction as _Prediction
_things = list(globals().values())
_panels = [thing for thing in _things if hasattr(thing, "background") and hasattr(thing, "image")]
for _panel in _panels:
    await _panel.background.settled()
    assert _panel.error.value == "", _panel.error.value
    assert bytes(_panel.image.value)[:4] == b"\\x89PNG"
    assert "crmsim-stale" not in _panel.image._dom_classes
    assert _panel.lang == LANG
_asked = [thing for thing in _things if isinstance(thing, _Prediction)]
for _prediction in _asked:
    assert _prediction.error.value == "" and _prediction.stated is None and _prediction.lang == LANG
print("panels", len({id(panel) for panel in _panels}), "predictions", len({id(asked) for asked in _asked}))
"""


def _run(notebook: nbformat.NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run all cells in a kernel that finds this checkout."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("IPYTHONDIR", str(folder))
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


def test_there_are_notebooks_in_both_languages():
    names = {lang: [path.name for path in NOTEBOOKS if path.parent.name == lang] for lang in LANGUAGES}
    assert names["en"] == names["zh"] != []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_all_cells_run_and_all_panels_get_their_pictures(path, tmp_path, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(LOOK))
    _run(notebook, tmp_path, monkeypatch)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.output_type == "error"] == []
    shown = [output.data for output in outputs if "data" in output]
    figures = [data for data in shown if "Figure size" in data.get("text/plain", "")]
    assert all("image/png" in data for data in figures), "a picture, not its name"
    panels, predictions = map(int, re.findall(r"\d+", notebook.cells[-1].outputs[-1].text))
    assert panels >= 1 and predictions >= 1, "a notebook shows a picture and asks for a prediction"
    assert list(tmp_path.glob("*.json")) == [], "nothing is kept before somebody predicts"
