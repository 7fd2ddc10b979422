"""The classroom app as a class meets it: Voila in a real Chromium, by the keyboard alone.

Needs Voila, Playwright and a Chromium; without them the test is skipped, or fails where
``CRMSIM_REQUIRE_BROWSER=1`` says that it has to run.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = next(
    (path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # nothing from outside this computer
]  # fmt: skip
#: Whether a control has a name that a screen reader says, for every control that is seen.
NAMELESS = """() => [...document.querySelectorAll('button, input, select, textarea, [role=slider]')]
  .filter(e => e.offsetParent && !e.ariaLabel && !e.textContent.trim() && !e.labels?.length && !e.title
    && !e.closest('.jupyter-widgets')?.querySelector('.widget-label')?.textContent.trim())
  .map(e => e.outerHTML.slice(0, 200))"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _missing() -> str:
    """Return what the test lacks here, or nothing."""
    if CHROMIUM is None:
        return "no Chromium found on PATH"
    return ", ".join(f"no {name}" for name in ("playwright", "voila") if find_spec(name) is None)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app as its command starts it, with Jupyter's folders of its own; returns its address."""
    missing = _missing()
    if missing:
        (pytest.fail if os.environ.get("CRMSIM_REQUIRE_BROWSER") == "1" else pytest.skip)(missing)
    home = tmp_path_factory.mktemp("app")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {name: str(home / name.lower()) for name in folders} | {"PYTHONPATH": path}
    with (home / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "crmsim", "app", "--no-browser", "--port", str(port)],
            cwd=home, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield _answering(f"http://127.0.0.1:{port}/", process, home / "log.txt")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130), (home / "log.txt").read_text()


def _answering(url: str, process: subprocess.Popen, log: Path) -> str:
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=2)
            return url
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.25)
    pytest.fail("the app did not answer within a minute:\n" + log.read_text())


@pytest.fixture
def page(app):
    """A browser that counts requests by host and keeps complaints of the console."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(120_000)
        page.hosts, page.complaints = Counter(), []
        page.on("request", lambda request: page.hosts.update([urlsplit(request.url).hostname]))
        page.on(
            "console",
            lambda line: (
                page.complaints.append(f"{line.text} {line.location}") if line.type == "error" else None
            ),
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        try:
            yield page
        finally:
            browser.close()


def _wait_while(page, busy) -> None:
    start = time.perf_counter()
    while busy():
        assert time.perf_counter() - start < 120, page.content()[:2000]
        page.wait_for_timeout(20)


def _tab_to(page, reached) -> None:
    """Press Tab until the focus is where it is wanted, as somebody without a mouse does."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{const e = document.activeElement; return {reached}}})()"):
            return
    pytest.fail(f"Tab never reaches {reached}")


def test_a_class_chooses_a_dashboard_and_moves_it_by_the_keyboard(app, page, tmp_path):
    page.goto(app)
    page.screenshot(path=tmp_path / "index.png")
    _tab_to(page, "e.href?.endsWith('screen=river&lang=zh')")
    page.keyboard.press("Enter")

    image = page.locator(".crmsim-panel img")
    image.wait_for()
    _wait_while(page, lambda: page.locator(".crmsim-stale").count())
    picture, words = image.get_attribute("src"), image.get_attribute("alt") or image.get_attribute("title")
    assert picture.startswith(("blob:", "data:")) and "客户" in words
    assert page.evaluate("document.documentElement.lang") == "zh-CN"

    _tab_to(page, "e.getAttribute('role') === 'slider'")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px", "focus is visible"
    reading = page.locator(".widget-readout").first.inner_text()
    page.keyboard.press("ArrowRight")
    _wait_while(page, lambda: image.get_attribute("src") == picture or page.locator(".crmsim-stale").count())
    assert page.locator(".widget-readout").first.inner_text() != reading
    assert (image.get_attribute("alt") or image.get_attribute("title")) != words
    assert page.evaluate(NAMELESS) == []
    page.screenshot(path=tmp_path / "river_zh.png")

    width = image.bounding_box()["width"]
    page.get_by_role("button", name="投影").press("Enter")
    _wait_while(page, lambda: image.bounding_box()["width"] < 1.1 * width)
    page.emulate_media(media="print")
    assert image.is_visible() and not page.get_by_role("link", name="全部仪表板").is_visible()
    heights = [
        page.evaluate(f"document.querySelector('{s}').offsetHeight") for s in ("body", ".crmsim-panel")
    ]
    assert heights[0] >= heights[1] > 500, (
        "what is printed is the whole dashboard, not a frame with a scroll bar"
    )
    page.emulate_media(media="screen")

    page.get_by_role("link", name="全部仪表板").press("Enter")
    page.get_by_role("link", name="CLV calculator").wait_for()
    assert page.complaints == []
    assert set(filter(None, page.hosts)) == {"127.0.0.1"}, page.hosts
