"""Reading the bank of questions.

The files lie in ``exercises/bank/`` of the project, one topic a file, or several files a topic::

    topic: loyalty
    questions:
    - id: loy-two-forms
      kind: true-false
      entries: [loyalty-two-forms]
      difficulty: 1
      notebook: 4
      text: {en: ..., zh: ...}
      answer: false
      why: {en: ..., zh: ...}
      if_wrong: {en: ..., zh: ...}

A file that is broken is refused with file, line and column, and so is an id that is there twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crmsim.errors import InputError
from crmsim.exercises.entries import entries
from crmsim.exercises.question import KINDS, TOPICS, Question
from crmsim.shipped import shipped
from crmsim.yaml_files import Document, check, read_document

__all__ = ["FOLDER", "Bank", "load_bank", "read_bank"]

FOLDER = shipped("exercises", "bank")


@dataclass(frozen=True)
class Bank:
    """Questions by id, in the order of the files, and the topic of each.

    Examples
    --------
    >>> bank = load_bank()
    >>> bank["q-fi-ladder"].kind
    'fill-in'
    """

    questions: dict[str, Question]
    topics: dict[str, str]

    def __getitem__(self, name: str) -> Question:
        if name not in self.questions:
            raise InputError("question", "is not in the bank", name)
        return self.questions[name]

    def __len__(self) -> int:
        return len(self.questions)

    def of(self, *, topics: Iterable[str] = TOPICS, kinds: Iterable[str] = tuple(KINDS)) -> list[Question]:
        """Return the questions of some topics and kinds."""
        topics, kinds = _known("topic", topics, TOPICS), _known("kind", kinds, tuple(KINDS))
        return [q for q in self.questions.values() if self.topics[q.id] in topics and q.kind in kinds]


@cache
def load_bank() -> Bank:
    """Return the bank of the project.

    Raises
    ------
    InputError
        When a file is broken (file, line and column), or the folder is not there.
    """
    return read_bank(sorted(FOLDER.glob("*.yaml")))


def read_bank(paths: Iterable[Path]) -> Bank:
    """Read some files into a bank.

    Parameters
    ----------
    paths : iterable of Path
        At least one.

    Raises
    ------
    InputError
        For the first thing that is wrong, with file, line and column.
    """
    questions: dict[str, Question] = {}
    topics: dict[str, str] = {}
    twins: list[tuple[str, str]] = []
    for path in paths:
        document = read_document(path)
        topic = _topic(document)
        for place, question in enumerate(_questions(document)):
            if question.id in questions:
                where = document.where(("questions", place, "id"))
                raise InputError("id", "is there twice", question.id, where=where)
            questions[question.id], topics[question.id] = question, topic
            if question.twin is not None:
                twins.append((question.twin, document.where(("questions", place, "twin"))))
    for twin, where in twins:
        if twin not in questions:
            raise InputError("twin", "is not in the bank", twin, where=where)
    if not questions:
        raise InputError("exercises", "must hold the questions that come with the program", str(FOLDER))
    return Bank(questions, topics)


def _topic(document: Document) -> str:
    fields = document.data if isinstance(document.data, dict) else {}
    if set(fields) != {"topic", "questions"} or not isinstance(fields["questions"], list):
        raise InputError("file", "must have a topic and a list of questions", where=document.name)
    if fields["topic"] not in TOPICS:
        known = ", ".join(TOPICS)
        raise InputError(
            "topic", f"must be one of {known}", fields["topic"], where=document.where(("topic",))
        )
    return fields["topic"]


def _questions(document: Document) -> Iterable[Question]:
    for place, data in enumerate(document.data["questions"]):
        path = ("questions", place)
        kind = data.get("kind") if isinstance(data, dict) else None
        if kind not in KINDS:
            known = f"must be one of {', '.join(KINDS)}"
            raise InputError(f"questions.{place}.kind", known, kind, where=document.where((*path, "kind")))
        question = check(KINDS[kind], _with_tuples(data), document, path)
        for number, entry in enumerate(question.entries):
            if entry not in entries():
                where = document.where((*path, "entries", number))
                raise InputError("entries", "is no entry of the course", entry, where=where)
        yield question


def _with_tuples(data: object) -> object:
    """Return data with every list as a tuple, as the frozen forms have them."""
    if isinstance(data, dict):
        return {key: _with_tuples(value) for key, value in data.items()}
    return tuple(map(_with_tuples, data)) if isinstance(data, list) else data


def _known(field: str, given: Iterable[str], allowed: tuple[str, ...]) -> set[str]:
    given = set(given)
    for name in sorted(given - set(allowed)):
        raise InputError(field, f"must be one of {', '.join(allowed)}", name)
    return given
