"""Anki: decks of cards, one question each, with ids that stay the same: a new export updates the old."""

from __future__ import annotations

import hashlib
import html
import zipfile
from collections.abc import Sequence
from pathlib import Path

from crmsim.errors import CrmsimError
from crmsim.exercises.calculations.plain_text import problem_text
from crmsim.exercises.exporting.answers_in_words import LETTERS, model_answer, reasons, short_key
from crmsim.exercises.exporting.signs import as_html, printable
from crmsim.exercises.question import Matching, MultipleChoice, Ordering, SingleChoice
from crmsim.exercises.sheet import Sheet
from crmsim.folders import new_file
from crmsim.text import say

__all__ = ["write_anki"]

#: A day that is no day of the export, so that the same bank gives the same cards.
_TIME = 1_767_225_600.0
_CSS = (
    ".card{font:18px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;text-align:left}"
    "hr{border:0;border-top:1px solid #bbb}.why{color:#555;font-size:.9em}pre{font-size:.85em}"
)


def write_anki(sheets: Sequence[Sheet], topics: Sequence[str], path: Path, lang: str) -> None:
    """Write sheets as an Anki package, whole or not at all; labs are left out.

    Parameters
    ----------
    sheets : sequence of Sheet
        Options stand in the order of the sheet.
    topics : sequence of str
        Of each sheet; a tag of the card, and a deck below ``crmsim``.
    path : Path
        Ends in ``.apkg``.
    lang : {"en", "zh"}

    Raises
    ------
    CrmsimError
        When the library genanki is not installed (``pip install 'crmsim[teach]'``).
    """
    try:
        import genanki
    except ImportError:
        raise CrmsimError("Anki decks need the library genanki: pip install 'crmsim[teach]'") from None
    template = {
        "name": "card",
        "qfmt": "{{Question}}",
        "afmt": '{{Question}}<hr id="answer">{{Answer}}<div class="why">{{Why}}</div>',
    }
    fields = [{"name": name} for name in ("Question", "Answer", "Why", "Id")]
    model = genanki.Model(
        _number("model", lang), f"crmsim {lang}", fields=fields, templates=[template], css=_CSS
    )
    decks: dict[str, genanki.Deck] = {}
    for sheet, topic in zip(sheets, topics, strict=True):
        if sheet.question.kind == "lab":
            continue
        if topic not in decks:
            decks[topic] = genanki.Deck(
                _number("deck", lang, topic), f"crmsim::{say(f'topic.{topic}', lang)}"
            )
        name = f"{sheet.question.id}-{lang}"
        sides = [_front(sheet, lang), _back(sheet, lang), _why(sheet, lang), sheet.question.id]
        decks[topic].add_note(genanki.Note(model=model, fields=sides, tags=[topic], guid=name))
    with new_file(path) as draft:
        genanki.Package(list(decks.values())).write_to_file(str(draft), timestamp=_TIME)
        _undated(draft)


def _undated(package: Path) -> None:
    """Write a package anew without the times at which its parts were packed."""
    with zipfile.ZipFile(package) as packed:
        parts = {name: packed.read(name) for name in sorted(packed.namelist())}
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _front(sheet: Sheet, lang: str) -> str:
    question = sheet.question
    text = (
        f"<pre>{html.escape(printable(problem_text(sheet.problem, lang)))}</pre>"
        if sheet.problem
        else _line(sheet.text(lang))
    )
    if isinstance(question, SingleChoice | MultipleChoice | Ordering | Matching):
        shown = sheet.shown_right(lang) if isinstance(question, Matching) else sheet.shown(lang)
        text += "".join(_line(f"{letter}. {item}") for letter, item in zip(LETTERS, shown, strict=False))
    if isinstance(question, Matching):
        text += "".join(_line(f"{number}. {left}") for number, left in enumerate(sheet.shown(lang), 1))
    return text


def _back(sheet: Sheet, lang: str) -> str:
    full, brief = model_answer(sheet, lang), short_key(sheet, lang)
    return _line(full if brief == full else f"{brief}: {full}")


def _why(sheet: Sheet, lang: str) -> str:
    return "".join(map(_line, reasons(sheet, lang)))


def _line(text: str) -> str:
    """Return a text as a paragraph; Anki would play ``[sound:...]`` and typeset ``[latex]``."""
    return as_html(text).replace("[", "&#91;")


def _number(*words: str) -> int:
    """Return a whole number that Anki takes for an id, always the same for the same words."""
    digest = hashlib.sha256("/".join(("crmsim", *words)).encode()).digest()
    return (1 << 30) + int.from_bytes(digest[:4], "big") % (1 << 30)
