"""How long a reader waits for a picture, in JupyterLab in a real Chromium.

Every notebook is opened and run. Three times are taken, all by the page's own clock: from opening the page
to its first picture (the page, the start of the kernel, all imports and the run are in it), until all cells
have run and every panel is at rest, and from a key pressed on a slider to the first frame in which the new
picture stands, not faded. What refines a picture afterwards is not waited for. The panel has been at rest
before every key, and the two pictures are compared byte by byte: a step that changes nothing (where a budget
binds, say) does not count. A panel without a slider is left out of the steps, and the first step of each
panel out of its median, since it may meet code that has not run before.

Goals: 10 s to the first picture, 60 s for a whole notebook, 250 ms a step. Results go to
``benchmarks/results/``. Run it with ``python -m benchmarks.screens`` on a machine that does nothing else,
after ``make test`` or a notebook has prepared the model; ``--rounds 1 --results /tmp`` is a quick trial.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.options import Options, read_options

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

from browser import ShownPanel, first_picture, jupyter_lab, opened_notebook  # noqa: E402

#: Languages of the notebooks, in turns from round to round.
LANGUAGES = ("en", "zh")
#: Most steps of a panel, and fewest that are reported: some sliders soon come to their end.
STEPS, FEWEST = 6, 3
#: One that may be moved.
SLIDER = ".noUi-target:not([disabled]) [role=slider]"
OWN_WIDGET = "xpath=ancestor::*[contains(@class, 'widget-inline-hbox')][1]"
#: Milliseconds of rest after which nothing more belongs to the change before.
REST = 700
#: So high that every panel is on the page while all cells run; then as high as a screen, for the steps.
TALL, USUAL = {"width": 1280, "height": 9000}, {"width": 1280, "height": 1000}
#: The moment since which no panel has worked, once that is `REST` ago.
AT_REST = """rest => new Promise(done => {
  let since = performance.now();
  const look = () => {
    const panels = '.crmsim-panel .widget-hprogress, .crmsim-panel img.crmsim-stale';
    const works = [...document.querySelectorAll(panels)]
      .some(e => e.tagName === 'IMG' || getComputedStyle(e).visibility !== 'hidden');
    if (works) since = performance.now();
    if (performance.now() - since > rest) done(since); else setTimeout(look, 20);
  };
  look();
})"""
#: From the next key to the first frame of a picture that is no longer faded; the fading has to come before.
CLOCK = """image => {
  window.taken = undefined;
  document.addEventListener('keydown', () => {
    const start = performance.now();
    let faded = false;
    const look = () => {
      const stale = image.closest('.crmsim-stale') !== null;
      faded ||= stale;
      if (faded && !stale && image.complete) window.taken = performance.now() - start;
      else if (performance.now() - start < 20000) requestAnimationFrame(look);
    };
    look();
  }, {once: true, capture: true});
}"""
BYTES = "async image => Array.from(new Uint8Array(await (await fetch(image.src)).arrayBuffer())).join()"
#: Towards the end of the slider that is farther away, so that every step meets choices not seen before.
AWAY = """handle => {
  const [at, low, high] = ['now', 'min', 'max'].map(name => Number(handle.getAttribute('aria-value' + name)));
  return at - low < high - at ? 'ArrowRight' : 'ArrowLeft';
}"""


def main() -> None:
    """Measure, print a table, and write it."""
    options = read_options(__doc__)
    notebooks = sorted(path.stem for path in (ROOT / "notebooks" / "en").glob("*.ipynb"))
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "notebooks", home / "files" / "notebooks")
        with jupyter_lab(home) as lab:
            for number in range(options.rounds):
                for notebook in notebooks:
                    path = f"{LANGUAGES[number % len(LANGUAGES)]}/{notebook}"
                    with opened_notebook(lab, f"notebooks/{path}.ipynb", **TALL) as page:
                        rows.append({"notebook": path, **_measure(page)})
                    print(json.dumps(rows[-1]), file=sys.stderr)
    options.results.mkdir(parents=True, exist_ok=True)
    text = _table(rows, options)
    (options.results / "screens.md").write_text(text, encoding="utf-8")
    (options.results / "screens.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(text)


def _measure(page: Any) -> dict[str, Any]:
    """Return the seconds of one opened notebook, and the milliseconds of each of its panels' steps."""
    rest = page.evaluate(AT_REST, REST) / 1000
    first = first_picture(page)
    page.set_viewport_size(USUAL)
    steps = {}
    for place in range(page.locator(".crmsim-panel:has(img)").count()):
        panel = ShownPanel(page, place)
        found = _steps(panel) if panel.root.locator(SLIDER).count() else []
        if len(found) >= FEWEST:
            steps[place] = found
    return {"first": first, "rest": rest, "steps": steps}


def _steps(panel: ShownPanel) -> list[float]:
    """Return the milliseconds of a few steps of a panel's first slider."""
    page, handle, found = panel.page, panel.root.locator(SLIDER).first, []
    panel.root.scroll_into_view_if_needed()
    page.wait_for_timeout(REST)
    key = handle.evaluate(AWAY)
    reading = handle.locator(OWN_WIDGET).locator(".widget-readout")
    for _ in range(STEPS):
        page.evaluate(AT_REST, REST)
        read = reading.inner_text()
        handle.evaluate("element => element.focus({preventScroll: true})")
        before = panel.image.evaluate(BYTES)
        panel.image.evaluate(CLOCK)
        page.keyboard.press(key)
        page.wait_for_timeout(20)
        if reading.inner_text() == read:  # at its end
            break
        page.wait_for_function("() => window.taken !== undefined")
        taken = page.evaluate("window.taken")
        page.evaluate(AT_REST, REST)
        if panel.image.evaluate(BYTES) != before:
            found.append(taken)
    return found


def _table(rows: list[dict[str, Any]], options: Options) -> str:
    lines = [
        "# How long a reader waits for a picture",
        "",
        f"Medians with minimum and maximum of {options.rounds} rounds, each of up to {STEPS} steps a panel",
        "of which the first is left out. JupyterLab in headless Chromium,",
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.",
        "Goals: 10 s, 60 s, 250 ms.",
        "",
        "| notebook | opening to first picture, s | opening to all at rest, s | step to new picture, ms |",
        "|---|---|---|---|",
    ]
    for name in dict.fromkeys(row["notebook"].split("/")[1] for row in rows):
        mine = [row for row in rows if row["notebook"].endswith(name)]
        panels = dict.fromkeys(place for row in mine for place in row["steps"])
        steps = [_range([ms for row in mine for ms in row["steps"][place][1:]], 0) for place in panels]
        first, rest = (_range([row[key] for row in mine], 1) for key in ("first", "rest"))
        lines.append(f"| {name} | {first} | {rest} | {'; '.join(steps) or 'no slider'} |")
    return "\n".join(lines) + "\n"


def _range(times: list[float], digits: int) -> str:
    low, middle, high = min(times), statistics.median(times), max(times)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()
