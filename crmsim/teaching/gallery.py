"""A page of pictures: every dashboard as it stands when it is opened, in both languages.

For people who look before they install, so the page is Markdown, which the places where code is kept
show as it is. Pictures come from the panels themselves, without a browser.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from crmsim.dashboards.screens import screens
from crmsim.errors import CrmsimError
from crmsim.folders import new_folder
from crmsim.pages import write_manifest
from crmsim.text import LANGUAGES, say

__all__ = ["gallery_markdown", "write_gallery"]

#: With a palette of so many colours, a picture is a third as large.
_COLOURS = 256


def write_gallery(folder: str | Path, *, replace: bool = False) -> Path:
    """Draw every dashboard and write the pictures with their page, whole or not at all.

    Parameters
    ----------
    folder : str or Path
    replace : bool
        Whether an earlier gallery of that name may be replaced.

    Returns
    -------
    Path
        Of the page, ``README.md``.

    Raises
    ------
    InputError
        When something else is in the way.
    CrmsimError
        When a dashboard has nothing to show.
    """
    with new_folder(folder, replace=replace) as draft:
        sentences = {}
        for name in screens():
            for lang in LANGUAGES:
                picture, sentences[name, lang] = _drawn(name, lang)
                (draft / _file(name, lang)).write_bytes(picture)
        (draft / "README.md").write_text(gallery_markdown(sentences), encoding="utf-8")
        write_manifest(draft, {"crmsim": "gallery"})
    return Path(folder) / "README.md"


def gallery_markdown(sentences: dict[tuple[str, str], str]) -> str:
    """Return the page, from what each picture shows in a sentence, by screen and language."""
    lines = [f"# {' · '.join(say('gallery.title', lang) for lang in LANGUAGES)}", ""]
    for lang in LANGUAGES:
        lines += [say("gallery.lead", lang), ""]
    for name in screens():
        lines += [f"## {' · '.join(say(f'screen.{name}.title', lang) for lang in LANGUAGES)}", ""]
        for lang in LANGUAGES:
            alt = sentences[name, lang].translate(str.maketrans("[]\n", "() "))
            lines += [say(f"screen.{name}.about", lang), "", f"![{alt}]({_file(name, lang)})", ""]
    return "\n".join(lines)


def _file(name: str, lang: str) -> str:
    return f"{name}_{lang}.png"


def _drawn(name: str, lang: str) -> tuple[bytes, str]:
    """Return the picture of a dashboard, made small, and what it shows in words."""
    panel_class = screens()[name]
    panel = panel_class(replace(panel_class.State(), lang=lang))
    if panel.result is None:
        raise CrmsimError(f"the dashboard {name!r} shows nothing: {panel.error.value}")
    pixels = np.asarray(Image.open(io.BytesIO(bytes(panel.image.value))).convert("RGB"))
    small = io.BytesIO()
    _with_palette(pixels).save(small, format="png", optimize=True)
    return small.getvalue(), panel.in_words(panel.result)


def _with_palette(pixels: np.ndarray) -> Image.Image:
    """Return a picture in its most frequent colours; each rarer one gives way to the nearest of them.

    What has a meaning is larger than the smooth edges of lines, so its colour stays exactly as it is, while
    Pillow makes a mean of similar ones.
    """
    height, width, _ = pixels.shape
    colours, places, counts = np.unique(
        pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    palette = colours[np.argsort(-counts, kind="stable")[:_COLOURS]]
    away = np.abs(colours[:, None].astype(int) - palette[None]).sum(axis=2)
    picture = Image.fromarray(away.argmin(axis=1).astype(np.uint8)[places].reshape(height, width), mode="P")
    picture.putpalette(palette.tobytes())
    return picture
