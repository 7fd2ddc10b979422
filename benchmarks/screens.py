"""How long a reader waits for a picture, in JupyterLab in a real Chromium.

For every main screen, in its notebook: the time from opening the page to the first picture (the page, the
start of the kernel, all imports and the run are in it), and from a key pressed on a slider to the new
picture on the page, by the page's own clock. What refines the picture afterwards is not waited for: see
the last column for how long all of it takes. The first step is left out of the median, since it may meet
code that has not run before.

Goals: 10 s to the first picture, 250 ms a step. Results go to ``benchmarks/results/``. Run it with
``python -m benchmarks.screens``, on a machine that does nothing else; ``NUMBA_DISABLE_JIT=1`` before it
tells what is left without the compiled engine.
"""

from __future__ import annotations

import json
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.options import Options, read_options

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

from browser import ShownPanel, first_picture, jupyter_lab, opened_notebook  # noqa: E402

SCREENS = {
    "one customer's life": ("01_one_customers_life", 0),
    "two strategies": ("01_one_customers_life", 1),
    "lifecycle river": ("02_lifecycle_stages", 0),
    "satisfaction": ("03_satisfaction", 0),
    "loyalty map": ("04_loyalty", 0),
    "CLV calculator": ("05_clv", 0),
    "grading": ("06_grading", 0),
    "tier flow": ("07_retention_by_stage", 1),
    "call centre": ("08_call_centre", 0),
    "targeting": ("09_whom_to_target", 0),
    "churn": ("10_churn_and_win_back", 0),
}
STEPS = 5
#: From the next key to the first frame in which another picture of the panel is shown, and not faded.
CLOCK = """image => {
  const before = image.src;
  window.taken = undefined;
  document.addEventListener('keydown', () => {
    const start = performance.now();
    const look = () => {
      if (image.src !== before && image.complete && !image.closest('.crmsim-stale'))
        window.taken = performance.now() - start;
      else requestAnimationFrame(look);
    };
    look();
  }, {once: true, capture: true});
}"""


def main() -> None:
    """Measure, print a table, and write it."""
    options = read_options(__doc__)
    home = Path(tempfile.mkdtemp())
    shutil.copytree(ROOT / "notebooks", home / "files" / "notebooks")
    rows = {name: {"first": [], "steps": [], "whole": []} for name in SCREENS}
    with jupyter_lab(home) as lab:
        for _ in range(options.rounds):
            for notebook in dict.fromkeys(notebook for notebook, _ in SCREENS.values()):
                with opened_notebook(lab, f"notebooks/en/{notebook}.ipynb") as page:
                    _measure(page, notebook, rows)
    shutil.rmtree(home)
    text = _table(rows, options)
    (options.results / "screens.md").write_text(text, encoding="utf-8")
    (options.results / "screens.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(text)


def _measure(page, notebook: str, rows: dict[str, dict[str, list[float]]]) -> None:
    """Add the times of one opened notebook."""
    for name, (where, place) in SCREENS.items():
        if where != notebook:
            continue
        panel = ShownPanel(page, place)
        panel.wait_until_new()
        if place == 0:
            rows[name]["first"].append(first_picture(page))
        sliders = panel.root.get_by_role("slider")
        if not sliders.count():
            continue
        sliders.first.focus()
        for _ in range(STEPS):
            page.wait_for_timeout(500)  # what came with the last picture, such as its words, is there
            picture, start = panel.picture, time.perf_counter()
            panel.image.evaluate(CLOCK)
            page.keyboard.press("ArrowRight")
            panel.wait_until_new(picture)
            rows[name]["whole"].append(1000 * (time.perf_counter() - start))
            rows[name]["steps"].append(page.evaluate("window.taken"))


def _table(rows: dict[str, dict[str, list[float]]], options: Options) -> str:
    lines = [
        "# How long a reader waits for a picture",
        "",
        f"Medians with minimum and maximum; {options.rounds} rounds of {STEPS} steps, the first of each left",
        f"out; Python {platform.python_version()}, {platform.machine()}, JupyterLab in headless Chromium.",
        "",
        "| screen | opening to first picture, s | step to new picture, ms | step until refined, ms |",
        "|---|---|---|---|",
    ]
    for name, row in rows.items():
        steps, whole = (_range(_without_first(row[key]), 0) for key in ("steps", "whole"))
        lines.append(f"| {name} | {_range(row['first'], 1)} | {steps} | {whole} |")
    return "\n".join(lines) + "\n"


def _without_first(times: list[float]) -> list[float]:
    return [seconds for place, seconds in enumerate(times) if place % STEPS]


def _range(times: list[float], digits: int) -> str:
    if not times:
        return ""
    low, middle, high = min(times), statistics.median(times), max(times)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()
