"""Calculations with numbers of one's own: every student gets the same question about other customers.

``list_calculations()`` says which there are; ``make_problem("clv_now", student, seed)`` is the problem of
one student, the same whenever and wherever it is made; ``check(problem, typed)`` judges an answer. To
add one, write a generator into a file of its family, its words into ``texts/``, and an independent
computation into the tests.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from crmsim.errors import InputError
from crmsim.exercises.calculations import (
    accounts,
    campaigns,
    concentration,
    discounting,
    grading,
    horizons,
    margin_multiple,
    months_and_years,
    queues,
    retention_spending,
    satisfaction,
    value_sources,
)
from crmsim.exercises.calculations.checking import Feedback, check
from crmsim.exercises.calculations.plain_text import problem_text, solution_text
from crmsim.exercises.calculations.problem import Generator, Problem, make
from crmsim.exercises.question import Text

__all__ = [
    "CalculationInfo",
    "Feedback",
    "Problem",
    "check",
    "list_calculations",
    "make_problem",
    "problem_text",
    "solution_text",
]

_FAMILIES = (
    margin_multiple, horizons, value_sources, months_and_years, discounting, accounts, satisfaction,
    grading, concentration, retention_spending, campaigns, queues,
)  # fmt: skip


class CalculationInfo(NamedTuple):
    """What the bank needs to know of a calculation.

    Attributes
    ----------
    name : str
    title : Text
    topic : str
        One of :data:`crmsim.exercises.question.TOPICS`.
    entries : tuple of str
        Of the course.
    difficulty : int
        1 to 3.
    """

    name: str
    title: Text
    topic: str
    entries: tuple[str, ...]
    difficulty: int


def list_calculations() -> list[CalculationInfo]:
    """Return all calculations, family by family.

    Examples
    --------
    >>> [info.name for info in list_calculations()][:3]
    ['clv_now', 'clv_year_end', 'clv_if_renewed']
    """
    return [
        CalculationInfo(
            name,
            Text(**generator.words["title"]),
            generator.words["topic"],
            tuple(generator.words["entries"]),
            generator.words["difficulty"],
        )
        for name, generator in _generators().items()
    ]


def make_problem(name: str, student: str, seed: int, number: int = 0) -> Problem:
    """Return the problem of one student.

    Parameters
    ----------
    name : str
        One of :func:`list_calculations`.
    student : str
        Name or number as in the class list.
    seed : int
        Of the course or the sheet, 0 or more.
    number : int
        Which problem of this kind, 0 or more.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        For an unknown name, no student, or a number that is not whole.

    Examples
    --------
    >>> problem = make_problem("lifetime", "张三", seed=1)
    >>> problem.text == make_problem("lifetime", " 张三", seed=1).text
    True
    """
    generators = _generators()
    if name not in generators:
        raise InputError("calculation", f"must be one of {', '.join(generators)}", name)
    return make(generators[name], student, seed, number)


@cache
def _generators() -> dict[str, Generator]:
    return {generator.name: generator for family in _FAMILIES for generator in family.GENERATORS}
