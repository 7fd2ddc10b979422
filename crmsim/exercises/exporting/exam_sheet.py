"""Exam sheets for paper, each student's own, and the keys apart.

One page of HTML holds the sheets of the whole class, a new page of paper for each; another one holds the
keys, with the reasons, for who marks. Nothing on the sheets gives an answer away: they are made from
what is asked alone.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from crmsim.errors import InputError, whole_number
from crmsim.exercises.bank import Bank
from crmsim.exercises.choosing import choose
from crmsim.exercises.exporting.answers_in_words import LETTERS, model_answer, reasons, short_key
from crmsim.exercises.exporting.problem_table import problem_table
from crmsim.exercises.exporting.spreadsheet import no_formula
from crmsim.exercises.lots import plain
from crmsim.exercises.question import (
    TOPICS,
    Matching,
    MultipleChoice,
    Ordering,
    SingleChoice,
    TrueFalse,
)
from crmsim.exercises.sheet import Sheet
from crmsim.pages import heading, page, paragraph
from crmsim.text import say

__all__ = ["Exam", "exam_keys", "exam_page", "key_page", "set_exam"]

#: Most students of one class.
MOST_STUDENTS = 1000


@dataclass(frozen=True)
class Exam:
    """The sheets of a class.

    Attributes
    ----------
    title : str
    seed : int
    sheets : dict of str to list of Sheet
        By student. All have the same questions; order, options and numbers are their own.
    """

    title: str
    seed: int
    sheets: dict[str, list[Sheet]]


def set_exam(
    bank: Bank, students: Sequence[str], *, title: str, seed: int = 1, topics: Sequence[str] = TOPICS,
    number: int = 20,
) -> Exam:  # fmt: skip
    """Set an exam: the same questions for all, each with an own order, options and numbers.

    Parameters
    ----------
    bank : Bank
    students : sequence of str
        Names or numbers, all different; width and case do not count, since lots are drawn without them.
    title : str
    seed : int
    topics : sequence of str
    number : int
        Of questions, 1 to 200; spread over the topics, of kinds that have a key.

    Raises
    ------
    InputError
        For no student, the same student twice, too many, or as :func:`choosing.choose`.
    """
    if not students or len(students) > MOST_STUDENTS:
        raise InputError("students", f"must be 1 to {MOST_STUDENTS}", len(students))
    seen: set[str] = set()
    for name in students:
        if plain(name) in seen:
            raise InputError("students", "must be different from one another", name)
        seen.add(plain(name))
    whole_number("seed", seed, 0, 2**31 - 1)
    questions = choose(
        bank, (), mode="exam", topics=topics, number=number, seed=seed, now=datetime.now(UTC)
    )  # fmt: skip
    return Exam(title, seed, {name: [Sheet(q, name, seed) for q in questions] for name in students})


def exam_page(exam: Exam, lang: str) -> str:
    """Return the sheets as one page to print."""
    parts = []
    for place, (student, sheets) in enumerate(exam.sheets.items()):
        parts += ['<hr class="page">'] * (place > 0)
        parts.append(heading(say("exam.for", lang, title=exam.title, student=student)))
        parts.append(paragraph(say("exam.name_line", lang, number=len(sheets)), "note"))
        parts += [_asked(number, sheet, lang) for number, sheet in enumerate(sheets, 1)]
    return page(exam.title, parts, lang)


def key_page(exam: Exam, lang: str) -> str:
    """Return the keys with their reasons, for who marks."""
    parts = [paragraph(say("exam.keys_note", lang, seed=exam.seed), "note")]
    for student, sheets in exam.sheets.items():
        parts.append(heading(say("exam.key_for", lang, title=exam.title, student=student)))
        for number, sheet in enumerate(sheets, 1):
            brief, full = short_key(sheet, lang), model_answer(sheet, lang)
            both = full and brief != full
            answer = say("word.labelled", lang, label=brief, text=full) if both else brief
            parts.append(f"<p><b>{number}. {html.escape(answer)}</b> <small>{sheet.question.id}</small></p>")
            parts.append(_list(reasons(sheet, lang)))
    return page(say("exam.keys", lang, title=exam.title), parts, lang)


def exam_keys(exam: Exam, lang: str) -> pd.DataFrame:
    """Return the keys as a table: ``student``, ``number``, ``question``, ``key``.

    Cells that a spreadsheet would take for a formula begin with an apostrophe.
    """
    rows = [
        (no_formula(student), number, sheet.question.id, no_formula(short_key(sheet, lang)))
        for student, sheets in exam.sheets.items()
        for number, sheet in enumerate(sheets, 1)
    ]
    return pd.DataFrame(rows, columns=["student", "number", "question", "key"])


def _asked(number: int, sheet: Sheet, lang: str) -> str:
    question = sheet.question
    parts = [f"<p><b>{number}.</b> {html.escape(sheet.text(lang))}</p>"]
    if sheet.problem:
        parts += [problem_table(sheet.problem, lang), paragraph(sheet.problem.answer.expected(lang), "note")]
    if isinstance(question, TrueFalse):
        parts.append(_list([f"☐ {say('exam.true', lang)}", f"☐ {say('exam.false', lang)}"]))
    elif isinstance(question, SingleChoice | MultipleChoice):
        if isinstance(question, MultipleChoice):
            parts.append(paragraph(say("exam.several", lang), "note"))
        parts.append(_lettered(sheet.shown(lang), "☐ "))
    elif isinstance(question, Ordering):
        parts += [_lettered(sheet.shown(lang)), paragraph(say("exam.order_here", lang))]
    elif isinstance(question, Matching):
        lefts = [f"{place}. {text} → ____" for place, text in enumerate(sheet.shown(lang), 1)]
        parts += [_list(lefts), _lettered(sheet.shown_right(lang))]
    elif question.kind == "calculation":
        parts.append(paragraph(say("exam.result_here", lang)))
    return f'<div style="break-inside:avoid">{"".join(parts)}</div>'


def _lettered(texts: Sequence[str], before: str = "") -> str:
    return _list([f"{before}{letter}. {text}" for letter, text in zip(LETTERS, texts, strict=False)])


def _list(texts: Sequence[str]) -> str:
    lines = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    return f'<ul style="list-style:none;margin:.3rem 0">{lines}</ul>' if texts else ""
