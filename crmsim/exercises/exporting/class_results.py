"""What a class knows: collected diaries of answers, by student, topic and question, and grades of labs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from crmsim.errors import InputError
from crmsim.exercises.bank import Bank
from crmsim.exercises.exporting.lab_grades import lab_sections, read_grades
from crmsim.exercises.lots import plain
from crmsim.exercises.progress import Answered, Progress
from crmsim.pages import heading, page, paragraph, table
from crmsim.text import say

__all__ = ["ClassResults", "read_class", "results_page"]

#: How many questions are named that went worst.
_WORST = 15
_FEWEST = 3


@dataclass(frozen=True)
class ClassResults:
    """Results of a class.

    Attributes
    ----------
    students : DataFrame
        ``student``, ``answers``, ``questions``, ``share`` (mean latest score, 0 to 1), ``last`` (UTC).
    topics : DataFrame
        ``student``, ``topic``, ``questions``, ``share``.
    questions : DataFrame
        ``question``, ``topic``, ``students``, ``share`` of the *first* answers (later ones know the key), the
        hardest first.
    labs : DataFrame
        As :func:`crmsim.exercises.exporting.lab_grades.read_grades` returns it.
    """

    students: pd.DataFrame
    topics: pd.DataFrame
    questions: pd.DataFrame
    labs: pd.DataFrame


def read_class(paths: Sequence[Path], bank: Bank) -> ClassResults:
    """Sum up collected diaries and tables of grades.

    Parameters
    ----------
    paths : sequence of Path
        Files of :class:`crmsim.exercises.progress.Progress`. A diary in which no student is named counts
        under the name of its file. The same answer in two files counts once. A name that stands in files
        which have no answer in common, such as the login of a computer room, is not taken for one student:
        the name of the file is put behind it. What ends in ``.csv`` is a table of grades that nbgrader has
        exported.
    bank : Bank
        Answers to questions that it does not have are left out.

    Raises
    ------
    InputError
        When a file is missing, is no table of grades, or there is no answer in any.
    CrmsimError
        When a file is no diary.
    """
    for path in paths:
        if not os.path.isfile(path):
            raise InputError("file", "is not there", str(path))
    exported = [path for path in paths if path.suffix.lower() == ".csv"]
    labs = read_grades(exported)
    answers = _answers([path for path in paths if path not in exported], bank)
    if answers.empty and labs.empty:
        raise InputError("answers", "must be there: no file has any", ", ".join(map(str, paths)))
    return ClassResults(*_summaries(answers), labs)


def _answers(paths: Sequence[Path], bank: Bank) -> pd.DataFrame:
    """Return the answers of all diaries, each student's in the order of time."""
    answers = _collected(paths)
    rows = sorted((a for a in answers if a.question in bank.topics), key=lambda a: (a.student, a.at))
    found = [(a.student, a.question, bank.topics[a.question], a.score, a.at) for a in rows]
    return pd.DataFrame(found, columns=["student", "question", "topic", "score", "at"])


def _summaries(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the tables of students, topics and questions."""
    latest = frame.drop_duplicates(["student", "question"], keep="last")
    first = frame.drop_duplicates(["student", "question"], keep="first")
    by_student = latest.groupby("student").agg(questions=("question", "size"), share=("score", "mean"))
    by_student.insert(0, "answers", frame.groupby("student").size())
    by_student["last"] = frame.groupby("student")["at"].max()
    by_topic = latest.groupby(["student", "topic"]).agg(
        questions=("question", "size"), share=("score", "mean")
    )
    by_question = first.groupby(["question", "topic"]).agg(
        students=("student", "size"), share=("score", "mean")
    )
    hardest = by_question.reset_index().sort_values(["share", "question"], ignore_index=True)
    return by_student.reset_index(), by_topic.reset_index(), hardest


def _collected(paths: Sequence[Path]) -> list[Answered]:
    """Return all answers, each once, under a name that belongs to one student."""
    diaries: dict[str, list[_Diary]] = {}
    for path in paths:
        by_name: dict[str, list[Answered]] = {}
        for answer in Progress(path).answers():
            by_name.setdefault(plain(answer.student or path.stem), []).append(answer)
        for name, found in by_name.items():
            shown = (found[0].student or path.stem).strip()
            own = {replace(answer, student="") for answer in found}
            diaries.setdefault(name, []).append(_Diary(shown, path.stem, own))
    answers = []
    for several in diaries.values():
        students = _joined(several)
        for one in students:
            name = f"{one.name} ({one.file})" if len(students) > 1 else one.name
            answers += [replace(answer, student=name) for answer in one.answers]
    return answers


@dataclass
class _Diary:
    """The answers that stand under a name in a file."""

    name: str
    file: str
    answers: set[Answered]


def _joined(diaries: Sequence[_Diary]) -> list[_Diary]:
    """Return diaries with copies put together: those that have an answer in common."""
    joined: list[_Diary] = []
    for diary in diaries:
        same = [other for other in joined if other.answers & diary.answers]
        if not same:
            joined.append(diary)
            continue
        for other in (*same[1:], diary):
            same[0].answers |= other.answers
        joined = [other for other in joined if other not in same[1:]]
    return joined


def results_page(results: ClassResults, bank: Bank, lang: str) -> str:
    """Return a page for the teacher: who stands where, and what to go through again."""
    parts = [] if results.students.empty else _quiz_sections(results, bank, lang)
    parts += [] if results.labs.empty else lab_sections(results.labs, lang)
    return page(say("exam.results", lang), parts, lang)


def _quiz_sections(results: ClassResults, bank: Bank, lang: str) -> list[str]:
    percent = "{:.0%}".format
    students = [
        (row.student, [(str(row.questions), ""), (percent(row.share), "")])
        for row in results.students.itertuples()
    ]
    means = results.topics.groupby("topic")["share"].mean().sort_values()
    topics = [(say(f"topic.{name}", lang), [(percent(share), "")]) for name, share in means.items()]
    asked_enough = results.questions[results.questions["students"] >= min(_FEWEST, len(results.students))]
    worst = [
        (bank[row.question].text.say(lang), [(str(row.students), ""), (percent(row.share), "")])
        for row in asked_enough.head(_WORST).itertuples()
    ]
    return [
        paragraph(say("exam.results_note", lang), "note"),
        heading(say("exam.by_student", lang)),
        table(_labels(["student", "questions", "share"], lang), students),
        heading(say("exam.by_topic", lang)),
        table(_labels(["topic", "share"], lang), topics),
        heading(say("exam.hardest", lang)),
        table(_labels(["question", "students", "first_share"], lang), worst),
    ]


def _labels(names: Sequence[str], lang: str) -> list[str]:
    return [say(f"exam.column.{name}", lang) for name in names]
