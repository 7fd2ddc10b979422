"""The first notebook as a student meets it: JupyterLab in a real Chromium.

Needs Playwright and a Chromium; without them the tests are skipped, or fail where
``CRMSIM_REQUIRE_BROWSER=1`` says that they have to run.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = "en/01_one_customers_life.ipynb"
CHROMIUM = next(
    (path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # nothing from outside this computer
]  # fmt: skip
RUN_ALL = """async () => {
  const app = window.jupyterapp; await app.restored;
  const widget = app.shell.currentWidget;
  await widget.context.ready; await widget.sessionContext.ready;
  await app.commands.execute('notebook:run-all-cells');
  return widget.content.widgets.map(cell => cell.model.toJSON()).flatMap(cell => cell.outputs || [])
    .filter(output => output.output_type === 'error').map(output => output.ename + ': ' + output.evalue);
}"""
SHUT_DOWN = "window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _missing() -> str:
    """Return what a browser test lacks here, or nothing."""
    if CHROMIUM is None:
        return "no Chromium found on PATH"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "Playwright is not installed"
    return ""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab server with a copy of the notebook and settings of its own; returns URL and token."""
    missing = _missing()
    if missing and os.environ.get("CRMSIM_REQUIRE_BROWSER") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    home = tmp_path_factory.mktemp("jupyter")
    files = home / "files"
    shutil.copytree(ROOT / "notebooks", files / "notebooks")
    (home / "config" / "labconfig").mkdir(parents=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (home / "config" / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    with (home / "log.txt").open("w") as log:
        process = subprocess.Popen(
            _command(files, port, token), env=_environment(home), stdout=log, stderr=log
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={token}", process, home / "log.txt")
        yield f"http://127.0.0.1:{port}", token
    finally:
        process.terminate()
        process.wait(20)


def _command(files: Path, port: int, token: str) -> list[str]:
    return [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={files}",
        f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]  # fmt: skip


def _environment(home: Path) -> dict[str, str]:
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return os.environ | {name: str(home / folder) for name, folder in folders.items()} | {"PYTHONPATH": path}


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.25)
    pytest.fail("JupyterLab did not answer within a minute:\n" + log.read_text())


@pytest.fixture
def page(server):
    """The notebook open in single-document mode with all cells run; its kernel ends with the test."""
    from playwright.sync_api import sync_playwright

    url, token = server
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1500})
        page.set_default_timeout(120_000)
        page.console_errors = []
        page.on(
            "console", lambda line: page.console_errors.append(line.text) if line.type == "error" else None
        )
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        page.goto(f"{url}/doc/tree/notebooks/{NOTEBOOK}?token={token}&reset")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext")
        assert page.evaluate(RUN_ALL) == []
        try:
            yield page
        finally:
            page.evaluate(SHUT_DOWN)
            browser.close()


class _Panel:
    """What a reader sees of one panel."""

    def __init__(self, page, place: int):
        self.page, self.root = page, page.locator(".crmsim-panel:has(img)").nth(place)

    @property
    def picture(self) -> str:
        return self.root.locator("img").get_attribute("src") or ""

    @property
    def table(self) -> str:
        return self.root.locator("table.crmsim").inner_text()

    def wait_until_new(self, old_picture: str = "") -> float:
        """Wait until another picture is shown and the panel is at rest; return the seconds to the picture."""
        self.root.scroll_into_view_if_needed()
        start = time.perf_counter()
        self._wait_while(lambda: self.picture in ("", old_picture) or self._count(".crmsim-stale"))
        seconds = time.perf_counter() - start
        # A picture that is still being refined would otherwise pass for the answer to the next change.
        self._wait_while(lambda: self._count(".widget-hprogress:visible"))
        return seconds

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


def test_the_dashboard_follows_its_controls_and_shows_nothing_old(page, tmp_path):
    panel = _Panel(page, 1)
    panel.wait_until_new()
    picture, table = panel.picture, panel.table
    panel.photograph(tmp_path / "comparison_en.png")

    slider = panel.root.get_by_role("slider").first
    slider.press("ArrowRight")
    panel.root.locator(".crmsim-stale").first.wait_for()
    seconds = panel.wait_until_new(picture)
    assert panel.root.locator(".widget-readout").first.inner_text() == "400"
    assert panel.table != table
    assert seconds < 20
    print(f"slider step to new picture: {seconds:.2f} s")

    picture, table = panel.picture, panel.table
    panel.root.locator("select").nth(2).select_option(label="price cut")
    panel.wait_until_new(picture)
    assert panel.table != table and "price cut" in panel.table

    picture = panel.picture
    panel.root.get_by_role("button", name="中文").click()
    panel.wait_until_new(picture)
    assert "95%置信区间" in panel.table and "降价" in panel.table
    panel.photograph(tmp_path / "comparison_zh.png")
    assert page.console_errors == []


def test_one_customers_life_can_be_changed_and_read_in_chinese(page, tmp_path):
    panel = _Panel(page, 0)
    panel.wait_until_new()
    picture = panel.picture
    panel.photograph(tmp_path / "life_en.png")
    assert panel.root.get_by_role("img", name="purchases").count() == 1, "screen readers get a sentence"

    panel.root.get_by_role("button", name="next interesting customer").click()
    panel.wait_until_new(picture)

    picture = panel.picture
    panel.root.locator("select").nth(1).select_option(label="do nothing")
    panel.wait_until_new(picture)

    picture = panel.picture
    panel.root.get_by_role("button", name="中文").click()
    panel.wait_until_new(picture)
    assert panel.root.get_by_role("button", name="下一位有故事的客户").is_visible()
    panel.photograph(tmp_path / "life_zh.png")
    assert page.console_errors == []


def test_a_prediction_is_made_by_keyboard_and_stands_beside_the_result(page, tmp_path):
    question = page.locator(".crmsim-prediction").nth(1)
    question.scroll_into_view_if_needed()
    covered = page.locator(".crmsim-panel", has_text="Predict first: “What ends most relationships?")
    covered.wait_for()
    question.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(8):  # past the other answers to the button
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    page.keyboard.press("Enter")
    question.get_by_text("Locked in: the price").wait_for()
    page.screenshot(path=tmp_path / "prediction_en.png")

    result = page.locator(".crmsim-said").first
    result.scroll_into_view_if_needed()
    assert "You predicted" in result.inner_text() and "the price" in result.inner_text()
    assert "of all losses" in result.inner_text()
    assert covered.count() == 0
    page.screenshot(path=tmp_path / "result_en.png")


def test_a_panel_is_enlarged_kept_and_shared_by_the_keyboard(page, server, tmp_path):
    panel = _Panel(page, 0)
    panel.wait_until_new()
    picture, image = panel.picture, panel.root.locator("img")
    width = image.bounding_box()["width"]
    opener = panel.root.get_by_role("button", name="keep and share")
    opener.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert opener.evaluate("button => getComputedStyle(button).outlineWidth") == "3px", "focus is visible"
    page.keyboard.press("Enter")
    panel.root.get_by_role("button", name="save picture").press("Enter")
    panel.root.get_by_text("life.png").wait_for()
    panel.root.get_by_role("button", name="save settings").press("Enter")
    panel.root.get_by_text("life.yaml").wait_for()
    assert "state = LifeState(" in panel.root.get_by_role("textbox", name="as Python").input_value()
    panel.photograph(tmp_path / "drawer_en.png")

    panel.root.get_by_role("button", name="projector").press("Enter")
    panel.wait_until_new(picture)
    assert image.bounding_box()["width"] > 1.1 * width
    panel.photograph(tmp_path / "projector_en.png")
    tops = {panel.root.get_by_role("button", name=name).bounding_box()["y"] for name in ("normal", "中文")}
    assert max(tops) - min(tops) < 10, "the switches stand in one row"
    page.emulate_media(media="print")
    assert not opener.is_visible() and image.is_visible()
    assert page.console_errors == []
