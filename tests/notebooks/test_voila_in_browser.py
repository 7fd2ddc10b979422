"""The classroom app as a class meets it: Voila in a real Chromium, by the keyboard alone."""

from __future__ import annotations

import signal
import time

import pytest
from browser import NAMELESS, browser_page, need_a_browser, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app as its command starts it, with Jupyter's folders of its own; returns its address."""
    need_a_browser("voila")
    command = ["crmsim", "app", "--no-browser", "--port", "{port}"]
    with serving(command, tmp_path_factory.mktemp("app"), "/", signal.SIGINT) as url:
        yield url + "/"


@pytest.fixture
def page():
    with browser_page(height=1000) as page:
        yield page


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
