"""The first notebook as a student meets it: JupyterLab in a real Chromium."""

from __future__ import annotations

import shutil

import pytest
from browser import ROOT, ShownPanel, jupyter_lab, need_a_browser, opened_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with a copy of the notebooks."""
    need_a_browser()
    home = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(ROOT / "notebooks", home / "files" / "notebooks")
    with jupyter_lab(home) as lab:
        yield lab


@pytest.fixture
def page(lab):
    with opened_notebook(lab, "notebooks/en/01_one_customers_life.ipynb") as page:
        yield page


def test_the_dashboard_follows_its_controls_and_shows_nothing_old(page, tmp_path):
    panel = ShownPanel(page, 1)
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
    assert page.complaints == []


def test_one_customers_life_can_be_changed_and_read_in_chinese(page, tmp_path):
    panel = ShownPanel(page, 0)
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
    assert page.complaints == []


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


def test_a_panel_is_enlarged_kept_and_shared_by_the_keyboard(page, tmp_path):
    panel = ShownPanel(page, 0)
    panel.wait_until_new()
    picture, image = panel.picture, panel.image
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
    assert page.complaints == []
