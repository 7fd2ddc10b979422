"""The numbers of a student: a function of who asks, not of when.

Each number has an address: seed, student, calculation, which of its problems, and what the number is for,
so that a text with one number more leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from crmsim.exercises.lots import shuffled, whole

__all__ = ["Draw"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Draw:
    """Draws of one problem of one student.

    Parameters
    ----------
    name : str
        Of the calculation.
    student : str
        Name or number as in the class list; width, case and blanks around it do not count.
    seed : int
        Of the course or the sheet.
    number : int
        Which problem of this kind.
    attempt : int
        Goes up where numbers were not good ones.

    Examples
    --------
    >>> draw = Draw("clv_now", "李雷", seed=1, number=0)
    >>> draw.pick("margin", range(100, 501, 50)) == draw.pick("margin", range(100, 501, 50))
    True
    >>> sorted(draw.shuffled("order", "ABC"))
    ['A', 'B', 'C']
    """

    name: str
    student: str
    seed: int
    number: int
    attempt: int = 0

    def pick(self, purpose: str, choices: Sequence[_T]) -> _T:
        """Return one of several, all equally likely."""
        return choices[whole(*self._address, purpose) % len(choices)]

    def shuffled(self, purpose: str, things: Sequence[_T]) -> list[_T]:
        """Return all of several in an order of their own."""
        return shuffled(things, *self._address, purpose)

    @property
    def _address(self) -> tuple[str | int, ...]:
        return self.seed, self.student, self.name, self.number, self.attempt
