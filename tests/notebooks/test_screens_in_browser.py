"""The main screens inside their notebooks: JupyterLab in a real Chromium, in both languages.

Of each notebook everything is run; a slider is moved by the keyboard, and the picture, the words for who
cannot see it have to follow; nothing may be asked of another computer.
"""

from __future__ import annotations

import shutil

import pytest
from browser import (
    NAMELESS,
    ROOT,
    ShownPanel,
    first_picture,
    jupyter_lab,
    need_a_browser,
    opened_notebook,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


#: Notebooks, and a word of what their first screen says to who cannot see it.
CASES = {
    "zh/02_lifecycle_stages": "客户",
    "en/05_clv": "CLV",
    "zh/07_retention_by_stage": "客户",
    "en/08_call_centre": "wait",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with a copy of the notebooks."""
    need_a_browser()
    home = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(ROOT / "notebooks", home / "files" / "notebooks")
    with jupyter_lab(home) as lab:
        yield lab


@pytest.mark.parametrize("notebook", CASES)
def test_a_slider_moved_by_keyboard_changes_the_picture_and_its_words(notebook, lab, tmp_path):
    with opened_notebook(lab, f"notebooks/{notebook}.ipynb") as page:
        panel = ShownPanel(page)
        panel.wait_until_new()
        print(f"{notebook}: first picture {first_picture(page):.1f} s after opening")
        picture, words = panel.picture, panel.words
        assert CASES[notebook] in words
        panel.move_first_slider()
        panel.wait_until_new(picture)
        page.wait_for_function(
            "([image, words]) => (image.alt || image.title) !== words",
            arg=[panel.image.element_handle(), words],
        )
        assert panel.picture != picture and CASES[notebook] in panel.words
        assert page.evaluate(NAMELESS) == []
        panel.photograph(tmp_path / "screen.png")
        assert page.complaints == []
        assert set(filter(None, page.hosts)) == {"127.0.0.1"}, page.hosts
