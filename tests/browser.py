"""Servers, pages and panels as a person with a browser meets them, for every test that drives Chromium.

Such a test needs Playwright and a Chromium; without them it is skipped, or fails where
``CRMSIM_REQUIRE_BROWSER=1`` says that it has to run.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
CHROMIUM = next(
    (path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # nothing from outside this computer
]  # fmt: skip
#: Runs all cells and returns the errors; on the way, notes when the first picture stood on the page, in
#: milliseconds since it was asked for.
RUN_ALL = """async () => {
  const look = () => {
    const image = document.querySelector('.crmsim-panel img');
    if (image?.complete && !image.closest('.crmsim-stale')) window.firstPicture = performance.now();
    else requestAnimationFrame(look);
  };
  look();
  const app = window.jupyterapp; await app.restored;
  const widget = app.shell.currentWidget;
  await widget.context.ready; await widget.sessionContext.ready;
  await app.commands.execute('notebook:run-all-cells');
  return widget.content.widgets.map(cell => cell.model.toJSON()).flatMap(cell => cell.outputs || [])
    .filter(output => output.output_type === 'error').map(output => output.ename + ': ' + output.evalue);
}"""
SHUT_DOWN = "window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
#: Every control that is seen and has no name that a screen reader could say.
NAMELESS = """() => [...document.querySelectorAll('button, input, select, textarea, [role=slider]')]
  .filter(e => e.closest('.crmsim-panel') && e.offsetParent && !e.ariaLabel && !e.textContent.trim()
    && !e.labels?.length && !e.title
    && !e.closest('.jupyter-widgets')?.querySelector('.widget-label')?.textContent.trim())
  .map(e => e.outerHTML.slice(0, 200))"""


class Lab(NamedTuple):
    """A JupyterLab that runs: its address, its token, and when it is asked, where its files are."""

    url: str
    token: str
    files: Path


def need_a_browser(*packages: str) -> None:
    """Skip the test, or fail it where browsers are required, unless Chromium and the packages are here."""
    missing = [] if CHROMIUM else ["no Chromium found on PATH"]
    missing += [f"{name} is not installed" for name in ("playwright", *packages) if find_spec(name) is None]
    if missing:
        required = os.environ.get("CRMSIM_REQUIRE_BROWSER") == "1"
        (pytest.fail if required else pytest.skip)(", ".join(missing))


@contextmanager
def serving(
    command: Sequence[str], home: Path, path: str, end: signal.Signals, **variables: str
) -> Iterator[str]:
    """Run a module as a server from its start to its end, with Jupyter's settings in a folder of its own.

    ``{port}`` in the command becomes a free port; `path` is asked for until there is an answer; the signal
    is what ends it. Gives the address without the path. What the server says stands in ``log.txt``.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    folders = ("CONFIG_DIR", "RUNTIME_DIR")
    own = {f"JUPYTER_{name}": str(home / name.lower()) for name in folders}
    own |= {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    own |= {"IPYTHONDIR": str(home / "ipython"), "PYTHONPATH": python_path}
    words = [word.replace("{port}", str(port)) for word in command]
    with (home / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=home, env=os.environ | own | variables, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait_for_answer(f"http://127.0.0.1:{port}{path}", process, home / "log.txt")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(end)
        status = process.wait(30)
    assert status in (0, 130, -end), (home / "log.txt").read_text()


def _wait_for_answer(url: str, process: subprocess.Popen, log: Path) -> None:
    last = time.monotonic() + 180  # a busy machine takes more than a minute to import all that
    while time.monotonic() < last:
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.25)
    pytest.fail("the server did not answer within three minutes:\n" + log.read_text())


@contextmanager
def jupyter_lab(home: Path, **variables: str) -> Iterator[Lab]:
    """Run JupyterLab on the folder ``files`` of a folder of its own."""
    files, token = home / "files", secrets.token_hex(16)
    (home / "config_dir" / "labconfig").mkdir(parents=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (home / "config_dir" / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    command = [
        "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--ServerApp.root_dir={files}", f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    with serving(command, home, f"/api?token={token}", signal.SIGTERM, **variables) as url:
        yield Lab(url, token, files)


@contextmanager
def browser_page(width: int = 1280, height: int = 1500):
    """Open an empty page that counts requests by host, and keeps what the console complains of."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(120_000)
        page.hosts, page.complaints = Counter(), []
        page.on("request", lambda request: page.hosts.update([urlsplit(request.url).hostname]))
        page.on("console", lambda line: _keep_complaint(page, line))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        try:
            yield page
        finally:
            browser.close()


def _keep_complaint(page, line) -> None:
    if line.type == "error":
        page.complaints.append(f"{line.text} {line.location}")


@contextmanager
def opened_notebook(lab: Lab, path: str, **size: int):
    """Open a notebook alone on a page and run all of it; its kernel ends with it."""
    with browser_page(**size) as page:
        page.goto(f"{lab.url}/doc/tree/{path}?token={lab.token}&reset")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext")
        assert page.evaluate(RUN_ALL) == []
        try:
            yield page
        finally:
            page.evaluate(SHUT_DOWN)


def first_picture(page) -> float:
    """Return after how many seconds from opening the page its first panel showed a picture."""
    return page.evaluate("window.firstPicture") / 1000


class ShownPanel:
    """What a reader sees of one panel of a page: the one at a place among those with a picture."""

    def __init__(self, page, place: int = 0):
        self.page, self.root = page, page.locator(".crmsim-panel:has(img)").nth(place)
        self.image = self.root.locator("img").first

    @property
    def picture(self) -> str:
        """The address of the picture's data, another one for every picture."""
        return self.image.get_attribute("src") or ""

    @property
    def words(self) -> str:
        """The text for who cannot see the picture."""
        return self.image.get_attribute("alt") or self.image.get_attribute("title") or ""

    @property
    def table(self) -> str:
        return self.root.locator("table.crmsim").first.inner_text()

    def wait_until_new(self, old_picture: str = "") -> float:
        """Wait until another picture is shown and the panel is at rest; return the seconds to the picture."""
        self.root.scroll_into_view_if_needed()
        start = time.perf_counter()
        self._wait_while(lambda: self.picture in ("", old_picture) or self._count(".crmsim-stale"))
        seconds = time.perf_counter() - start
        # A picture that is still being refined would otherwise pass for the answer to the next change.
        self._wait_while(lambda: self._count(".widget-hprogress:visible"))
        return seconds

    def move_first_slider(self) -> None:
        """Move the first slider one step by the keyboard.

        JupyterLab takes cells out of the page and puts them back while somebody scrolls, and a key pressed
        at that moment goes nowhere: then it is pressed again, as people do.
        """
        readout = self.root.locator(".widget-readout").first
        reading = readout.inner_text()
        for _ in range(10):
            self.root.get_by_role("slider").first.focus()
            self.page.keyboard.press("ArrowRight")
            self.page.wait_for_timeout(500)
            if readout.inner_text() != reading:
                return
        pytest.fail(f"the slider stays at {reading}")

    def _count(self, selector: str) -> int:
        return self.root.locator(selector).count()

    def _wait_while(self, busy: Callable[[], object]) -> None:
        start = time.perf_counter()
        while busy():
            assert time.perf_counter() - start < 120, self.root.inner_text()
            self.page.wait_for_timeout(20)

    def photograph(self, path: Path) -> None:
        self.root.scroll_into_view_if_needed()
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=path)
