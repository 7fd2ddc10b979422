"""The page of progress: one HTML file with the picture, the weakest entries and what to read."""

from __future__ import annotations

import base64
import html
from pathlib import Path

from crmsim.exercises.entries import entries
from crmsim.exercises.standing import Standing, WeakEntry
from crmsim.exercises.telling import percent, standing_line
from crmsim.folders import check_file
from crmsim.pages import heading, image, page, paragraph, table
from crmsim.plots.progress import progress_figure
from crmsim.plots.style import to_png
from crmsim.text import say
from crmsim.yaml_files import write_text

__all__ = ["MOST_WEAK", "progress_in_words", "progress_page", "weak_heads", "weak_rows", "write_progress"]

#: Weak entries that are listed.
MOST_WEAK = 12


def weak_heads(lang: str) -> list[str]:
    """Return what stands above the columns of the table of weak entries."""
    columns = ("entry", "share", "answered", "read")
    return [say(f"standing.{column}", lang) for column in columns]


def weak_rows(weakest: tuple[WeakEntry, ...], lang: str) -> list[tuple[str, str, str, str]]:
    """Return the weakest entries as text: term, share of points, questions answered, what to read."""
    rows = []
    for weak in weakest[:MOST_WEAK]:
        separator = "、" if lang == "zh" else ", "
        numbers = separator.join(map(str, weak.notebooks))
        term = entries()[weak.entry].term(lang)
        read = say("quiz.notebooks", lang, numbers=numbers)
        rows.append((term, percent(weak.share, lang), str(weak.answered), read))
    return rows


def progress_in_words(found: Standing, lang: str) -> str:
    """Return what the picture of progress shows, for who cannot see it."""
    return " ".join(
        say("standing.in_words", lang, topic=say(f"quiz.topic.{topic}", lang), **counts)
        for topic, counts in found.topics.items()
    )


def progress_page(found: Standing, student: str, lang: str) -> str:
    """Return the page as HTML in one file.

    Parameters
    ----------
    found : Standing
    student : str
        Any name.
    lang : {"en", "zh"}

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from crmsim.exercises.bank import load_bank
    >>> from crmsim.exercises.standing import standing
    >>> text = progress_page(standing(load_bank(), [], datetime(2026, 3, 1, tzinfo=UTC)), "<Ada>", "en")
    >>> "Progress of &lt;Ada&gt;" in text, text.count("<img")
    (True, 1)
    """
    figure = progress_figure(found.topics, found.due, lang=lang)
    picture = "data:image/png;base64," + base64.b64encode(to_png(figure, dpi=110)).decode()
    body = [
        paragraph(standing_line(found, lang), "lead"),
        image(picture, progress_in_words(found, lang)),
        paragraph(say("standing.how", lang), "note"),
        heading(say("standing.weakest", lang)),
    ]
    rows = weak_rows(found.weakest, lang)
    if rows:
        cells = [(term, [(html.escape(cell), "") for cell in rest]) for term, *rest in rows]
        body.append(table(weak_heads(lang), cells))
    else:
        body.append(paragraph(say("standing.nothing_weak", lang)))
    return page(say("standing.title", lang, student=student), body, lang)


def write_progress(path: str | Path, found: Standing, student: str, lang: str, *, replace: bool) -> None:
    """Write the page to a file, whole or not at all.

    Raises
    ------
    InputError
        When something is there already and `replace` is False, or the folder is not there.
    """
    check_file(path, replace=replace, field="report")
    write_text(path, progress_page(found, student, lang))
