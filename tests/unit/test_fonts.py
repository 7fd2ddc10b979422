"""No empty boxes: every sentence of the catalogue can be drawn in both languages."""

from __future__ import annotations

import string
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import crmsim.text.fonts as fonts
from crmsim.text import LANGUAGES
from crmsim.text.catalogue import catalogue
from crmsim.text.fonts import font_families

FOLDER = Path(fonts.__file__).parent / "fonts"


def _draw(lines: list[str]) -> None:
    """Draw lines of text on a figure, with every warning an error."""
    with warnings.catch_warnings(), rc_context({"font.family": font_families(), "text.parse_math": False}):
        warnings.simplefilter("error")
        figure = Figure(figsize=(10, 10))
        FigureCanvasAgg(figure)
        figure.text(0, 0, "\n".join(lines), fontsize=4)
        figure.canvas.draw()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_of_the_catalogue_can_be_drawn(lang):
    _draw([sentence[lang] for sentence in catalogue().values()])


def test_a_sign_that_no_font_has_would_be_noticed():
    with pytest.raises(UserWarning, match=r"Glyph .* missing"):
        _draw(["\U0002070e"])


def test_latin_letters_come_from_dejavu_and_the_font_is_registered_once():
    assert font_families() == ["DejaVu Sans", "crmsim Sans SC"]
    assert font_families() == font_families()


def test_the_font_is_small_and_comes_with_its_licence():
    assert (FOLDER / "crmsim-sans-sc.otf").stat().st_size < 1.6e6
    licence = (FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert licence.startswith("Copyright 2014-2021 Adobe")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_importing_the_module_loads_no_matplotlib():
    code = "import sys, crmsim.text.fonts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_both_languages_have_the_same_blanks():
    def blanks(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    differing = {
        key: entry
        for key, entry in catalogue().items()
        if len({frozenset(blanks(entry[lang])) for lang in LANGUAGES}) > 1
    }
    # A plural may need a number in one language only; a screen's or picture's sentence never does.
    assert not {key for key in differing if key.startswith(("plot.", "panel."))}


def test_every_entry_has_both_languages_and_nothing_else():
    # An unquoted comma in the file cuts a sentence short and leaves a stray key behind.
    assert {key for key, entry in catalogue().items() if set(entry) != set(LANGUAGES)} == set()
