"""The gallery: every dashboard in both languages, small, and with what it shows in words."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crmsim.cli import main
from crmsim.dashboards.clv_panel import CLVPanel
from crmsim.dashboards.screens import screens
from crmsim.errors import CrmsimError
from crmsim.teaching import gallery
from crmsim.teaching.gallery import write_gallery
from crmsim.text import LANGUAGES, say

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "gallery"


def pictures(page: Path) -> dict[str, str]:
    """Return the pictures of a Markdown page with what they show in words."""
    return {name: alt for alt, name in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", page.read_text("utf-8"))}


def test_the_kept_gallery_shows_every_dashboard_in_both_languages():
    """After a new dashboard: `make gallery`."""
    shown = pictures(KEPT / "README.md")
    assert set(shown) == {f"{name}_{lang}.png" for name in screens() for lang in LANGUAGES}
    assert {path.name for path in KEPT.glob("*.png")} == set(shown)
    assert all(len(alt) > 20 for alt in shown.values())
    text = (KEPT / "README.md").read_text("utf-8")
    for name in screens():
        for lang in LANGUAGES:
            assert say(f"screen.{name}.title", lang) in text and say(f"screen.{name}.about", lang) in text
    assert sum(path.stat().st_size for path in KEPT.iterdir()) < 2_500_000


def test_the_readme_shows_three_of_its_pictures():
    shown = pictures(ROOT / "README.md")
    assert len(shown) == 3 and all(name.startswith("gallery/") for name in shown)
    assert all((ROOT / name).is_file() and len(alt) > 20 for name, alt in shown.items())


@pytest.fixture
def one_screen(monkeypatch):
    monkeypatch.setattr(gallery, "screens", lambda: {"clv": CLVPanel})


def test_one_command_writes_page_and_pictures(one_screen, tmp_path, capsys):
    out = tmp_path / "pictures"
    assert main(["gallery", "--out", str(out)]) == 0
    assert str(out / "README.md") in capsys.readouterr().out
    assert set(pictures(out / "README.md")) == {"clv_en.png", "clv_zh.png"}
    assert json.loads((out / "manifest.json").read_text("utf-8"))["files"] == [
        "README.md", "clv_en.png", "clv_zh.png",
    ]  # fmt: skip
    assert (out / "clv_en.png").read_bytes() != (out / "clv_zh.png").read_bytes()
    assert main(["gallery", "--out", str(out)]) == 2
    assert main(["gallery", "--out", str(out), "--replace"]) == 0


def test_a_picture_is_that_of_the_panel_and_colours_with_a_meaning_stay(one_screen):
    panel = CLVPanel(replace(CLVPanel.State(), lang="en"))
    before = np.asarray(Image.open(io.BytesIO(bytes(panel.image.value))).convert("RGB"))
    small, sentence = gallery._drawn("clv", "en")
    after = np.asarray(Image.open(io.BytesIO(small)).convert("RGB"))
    assert after.shape == before.shape and len(small) < 0.6 * len(bytes(panel.image.value))
    colours, counts = np.unique(before.reshape(-1, 3), axis=0, return_counts=True)
    for colour in colours[counts > 500]:
        assert (after[(before == colour).all(axis=2)] == colour).all()
    assert np.abs(after.astype(int) - before).mean() < 1.0
    assert sentence == panel.in_words(panel.result)


def test_a_dashboard_with_nothing_to_show_leaves_no_gallery(monkeypatch, tmp_path):
    class Broken(CLVPanel):
        def png(self, result):
            raise CrmsimError("no ink")

    monkeypatch.setattr(gallery, "screens", lambda: {"clv": Broken})
    with pytest.raises(CrmsimError, match=r"'clv' shows nothing.*no ink"):
        write_gallery(tmp_path / "pictures")
    assert list(tmp_path.iterdir()) == []
