"""A problem with a student's own numbers: text, the one right answer, worked solution, usual slips.

Two students side by side get the same question about different customers. A slip of the pen is as
predictable as the answer, since it is computed from the same numbers; and numbers with which a slip would
happen to give the right answer, or two slips the same, are thrown away and drawn again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, TypeAlias

from crmsim.errors import CrmsimError, InputError, whole_number
from crmsim.exercises.answers import UNITS
from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.wording import filled, number_text
from crmsim.exercises.question import Text
from crmsim.text import say
from crmsim.yaml_files import read_document

__all__ = ["Answer", "Codes", "Draft", "Generator", "Number", "Problem", "Slip", "Table", "Term", "make"]

_TEXTS = Path(__file__).with_name("texts")
_ATTEMPTS = 500


@dataclass(frozen=True)
class Number:
    """A number with its unit, and how far from it still counts as right.

    Attributes
    ----------
    value : float
    unit : str
        One of :data:`crmsim.exercises.answers.UNITS`.
    decimals : int
        To how many the student is asked to round.
    tolerance : float
        Absolute, in the unit: what rounding on the way can do. At least half a unit of the last decimal
        is always granted.
    """

    value: float
    unit: str
    decimals: int
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InputError("unit", f"must be one of {', '.join(UNITS)}", self.unit)
        least = 0.51 * 10.0**-self.decimals
        object.__setattr__(self, "tolerance", max(self.tolerance, least))

    def close(self, one: float, other: float) -> bool:
        """Whether a value counts as another one; a larger one is granted more, in proportion."""
        return abs(one - other) <= self.tolerance * max(1.0, abs(other) / max(abs(self.value), 1e-9))

    def apart(self, one: float, other: float) -> bool:
        """Whether nothing counts as both."""
        size = max(abs(self.value), 1e-9)
        both = sum(max(1.0, abs(value) / size) for value in (one, other))
        return math.isfinite(one) and math.isfinite(other) and abs(one - other) > 1.02 * self.tolerance * both

    def shown(self, lang: str, value: Any = None) -> str:
        """Return a value, by default the right one, as the solution writes it."""
        number = self.value if value is None else value
        if self.unit == "yuan":
            return number_text(number, f"money{self.decimals}", lang)
        text = number_text(number, str(self.decimals), lang)
        return text if self.unit == "number" else say(f"exercise.shown.{self.unit}", lang, number=text)

    def expected(self, lang: str) -> str:
        """Return the sentence that tells the student in which form to answer."""
        unit = say(f"exercise.unit.{self.unit}", lang)
        most = number_text(self.tolerance, str(self.decimals + (self.tolerance < 10.0)), lang)
        if self.decimals == 0:
            return say("exercise.expected.whole", lang, unit=unit, tolerance=most)
        step = number_text(10.0**-self.decimals, str(self.decimals), lang)
        return say("exercise.expected.number", lang, unit=unit, step=step, tolerance=most)


@dataclass(frozen=True)
class Codes:
    """A row of one-sign codes: classes of customers in the order of a table, or an RFM cell.

    Attributes
    ----------
    value : tuple of str
    allowed : str
    names : str
        Signs that may be written beside the codes.
    """

    value: tuple[str, ...]
    allowed: str
    names: str = ""

    def close(self, one: Any, other: Any) -> bool:
        """Whether two rows are the same."""
        return tuple(one) == tuple(other)

    def apart(self, one: Any, other: Any) -> bool:
        """Whether two rows differ."""
        return tuple(one) != tuple(other)

    def shown(self, lang: str, value: Any = None) -> str:
        """Return a row, by default the right one, as the solution writes it."""
        return " ".join(self.value if value is None else value)

    def accepted(self, value: Any) -> tuple[str, ...]:
        """Return how a row may be written where only spellings can be compared: in an export."""
        return tuple(between.join(value) for between in ("", " ", ",", ", ", "、", "-"))

    def expected(self, lang: str) -> str:
        """Return the sentence that tells the student in which form to answer."""
        listed = "、".join(self.allowed) if lang == "zh" else ", ".join(self.allowed)
        return say("exercise.expected.codes", lang, count=len(self.value), listed=listed)


@dataclass(frozen=True)
class Term:
    """One of several terms.

    Attributes
    ----------
    value : str
        Name of the right one.
    terms : mapping of str to Text
        What each name is called; both languages are accepted.
    also : mapping of str to tuple of str
        What else is accepted for each.
    """

    value: str
    terms: Mapping[str, Text]
    also: Mapping[str, tuple[str, ...]]

    def close(self, one: str, other: str) -> bool:
        """Whether two names are the same."""
        return one == other

    def apart(self, one: str, other: str) -> bool:
        """Whether two names differ."""
        return one != other

    def shown(self, lang: str, value: str | None = None) -> str:
        """Return a term, by default the right one."""
        return self.terms[self.value if value is None else value].say(lang)

    def accepted(self, value: str) -> tuple[str, ...]:
        """Return how a term may be written where only spellings can be compared: in an export."""
        text = self.terms[value]
        return tuple(dict.fromkeys((text.en, text.zh, *self.also[value])))

    @property
    def listed(self) -> Text:
        """All terms."""
        texts = self.terms.values()
        return Text(en=", ".join(text.en for text in texts), zh="、".join(text.zh for text in texts))

    def expected(self, lang: str) -> str:
        """Return the sentence that tells the student in which form to answer."""
        return say("exercise.expected.term", lang, listed=self.listed.say(lang))


Answer: TypeAlias = Number | Codes | Term


@dataclass(frozen=True)
class Slip:
    """A usual wrong result, with what must have happened.

    Attributes
    ----------
    name : str
    value : float, tuple of str or str
        As the value of the answer.
    why : Text
    """

    name: str
    value: Any
    why: Text


@dataclass(frozen=True)
class Table:
    """A small table that belongs to the text.

    Attributes
    ----------
    head : tuple of Text
        One a column.
    rows : tuple of tuple of Text
    """

    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Draft:
    """What a generator makes: numbers, without words.

    Attributes
    ----------
    figures : mapping
        Everything the texts mention, by the names of their blanks.
    answer : Number, Codes or Term
    slips : mapping of str to value
        By the names under which the text explains them.
    rows : sequence of rows
        Of the table, if the text has one; a cell is a number, a text or a word.
    """

    figures: Mapping[str, Any]
    answer: Answer
    slips: Mapping[str, Any]
    rows: Sequence[Sequence[Any]] = ()


@dataclass(frozen=True)
class Generator:
    """One kind of calculation.

    Attributes
    ----------
    name : str
    draft : callable
        From a :class:`Draw` to a :class:`Draft`, or to None where the numbers make no sense; pure.
    texts : str
        File in ``texts/`` that has the words under `name`.
    """

    name: str
    draft: Callable[[Draw], Draft | None]
    texts: str

    @property
    def words(self) -> dict[str, Any]:
        """The words: title, topic, entries, text, columns, steps, slips, each in both languages."""
        return _read(self.texts)[self.name]


@dataclass(frozen=True)
class Problem:
    """A problem with one student's numbers.

    Attributes
    ----------
    name, student, seed, number
        Whose problem it is; see :func:`make`.
    title, text : Text
    table : Table or None
    answer : Number, Codes or Term
    steps : tuple of Text
        The worked solution.
    slips : tuple of Slip
        Usual wrong results, all different from the answer and from each other.
    figures : mapping
        The student's own numbers.
    """

    name: str
    student: str
    seed: int
    number: int
    title: Text
    text: Text
    table: Table | None
    answer: Answer
    steps: tuple[Text, ...]
    slips: tuple[Slip, ...]
    figures: Mapping[str, Any] = field(repr=False)


def make(generator: Generator, student: str, seed: int, number: int = 0) -> Problem:
    """Return the problem of one student.

    Parameters
    ----------
    generator : Generator
    student : str
        As in the class list.
    seed : int
        0 or more.
    number : int
        Which problem of this kind, 0 or more.

    Raises
    ------
    InputError
        When there is no student, or a number is not whole.
    """
    if not isinstance(student, str) or not student.strip():
        raise InputError("student", "must be a name or a number as in the class list", student)
    whole_number("seed", seed, 0, 2**63 - 1)
    whole_number("number", number, 0, 2**31 - 1)
    for attempt in range(_ATTEMPTS):
        draft = generator.draft(Draw(generator.name, student, seed, number, attempt))
        if draft is not None and _told_apart(draft):
            return _worded(generator, draft, student, seed, number)
    raise CrmsimError(f"{generator.name}: no numbers were found with which all slips can be told apart")


def _told_apart(draft: Draft) -> bool:
    """Whether the answer and all slips differ beyond what rounding can do."""
    values = [draft.answer.value, *draft.slips.values()]
    return all(draft.answer.apart(one, other) for one, other in combinations(values, 2))


def _worded(generator: Generator, draft: Draft, student: str, seed: int, number: int) -> Problem:
    words = generator.words
    figures = {**draft.figures, "answer": draft.answer.value}
    slips = [
        Slip(name, value, filled(words["slips"][name], {**figures, "slip": value}))
        for name, value in draft.slips.items()
    ]
    return Problem(
        name=generator.name,
        student=student,
        seed=seed,
        number=number,
        title=filled(words["title"], {}),
        text=filled(words["text"], figures),
        table=_table(words, draft.rows) if draft.rows else None,
        answer=draft.answer,
        steps=tuple(filled(step, figures) for step in words["steps"]),
        slips=tuple(slips),
        figures=draft.figures,
    )


def _table(words: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> Table:
    columns = words["columns"]
    written = [
        tuple(
            filled({lang: f"{{cell:{column.get('form', '')}}}" for lang in ("en", "zh")}, {"cell": cell})
            for column, cell in zip(columns, row, strict=True)
        )
        for row in rows
    ]
    return Table(tuple(Text(en=c["en"], zh=c["zh"]) for c in columns), tuple(written))


@cache
def _read(name: str) -> dict[str, Any]:
    return read_document(_TEXTS / f"{name}.yaml").data
