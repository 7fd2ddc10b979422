"""What all checks of labs have in common: taking a student's answer, and saying what is the matter with it.

Like a good examiner, who first makes sure that there is an answer and that it is of the right kind, then
compares it with a truth worked out on the spot, and who knows the usual mistakes by sight. Whatever the
student's code does, the student reads a sentence and no traceback.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from crmsim.text import LANGUAGES, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LabCheck", "NotYet", "Passed", "close", "last_digit", "rounded", "short"]

#: Labels that agree on this share of customers are the same: equals at a border may fall on either side.
_SAME_LABELS = 0.985
#: A last digit worth more than this share of the truth is no rounding, but another number.
_COARSEST = 0.2
_LONGEST = 60
#: Hidden tests add some thousands to a student's number, and a seed must stay below 2 ** 31.
_LARGEST_SEED = 2_000_000_000


class NotYet(AssertionError):
    """An answer that is not right yet; a notebook shows its sentence alone."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Passed(str):
    """The sentence for an answer that is right, shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def close(answer: float, truth: float, relative: float = 0.005, absolute: float = 0.0) -> bool:
    """Return whether an answer is the truth but for rounding.

    Examples
    --------
    >>> close(333.0, 333.33), close(300.0, 333.33), close(0.505, 0.5, absolute=0.01)
    (True, False, True)
    """
    return math.isclose(answer, truth, rel_tol=relative, abs_tol=absolute) or answer == truth


def last_digit(answer: float) -> float:
    """Return what one more in the last digit that an answer shows would add.

    Examples
    --------
    >>> last_digit(5.83), last_digit(300.0)
    (0.01, 100.0)
    """
    return float(10.0 ** Decimal(repr(float(answer))).normalize().as_tuple().exponent)


def rounded(answer: float, truth: float, coarsest: float) -> bool:
    """Return whether an answer is the truth, rounded to the digits that it shows.

    Parameters
    ----------
    answer, truth : float
    coarsest : float
        Most that the last digit may be worth.

    Examples
    --------
    >>> rounded(5.8, 5.8333, 1.0), rounded(5.9, 5.8333, 1.0), rounded(6.0, 5.8333, 0.1)
    (True, False, False)
    """
    if not math.isfinite(answer):
        return False
    unit = last_digit(answer)
    return unit <= coarsest and abs(answer - truth) <= 0.5000001 * unit


@dataclass(frozen=True)
class LabCheck:
    """The check of one task.

    Attributes
    ----------
    task : str
        Its sentences are ``lab.TASK.passed``, ``lab.TASK.hint`` and, for typical mistakes,
        ``lab.TASK.SLIP``.
    names : mapping
        What the student's notebook has defined: ``globals()``.
    lang : {"en", "zh"}

    Examples
    --------
    >>> check = LabCheck("clv_year", {"clv_year": "333"}, "en")
    >>> check.number("clv_year")
    Traceback (most recent call last):
    crmsim.teaching.lab_checks.NotYet: ✗ clv_year: must be a number, but is '333'. Write it without quotes.
    """

    task: str
    names: Mapping[str, Any]
    lang: str

    def __post_init__(self) -> None:
        if self.lang not in LANGUAGES:
            raise NotYet(say("lab.answer.language"))

    def passed(self, **blanks: Any) -> Passed:
        """Return the sentence for a right answer."""
        return Passed("✓ " + self._said("passed", **blanks))

    def fail(self, slip: str, **blanks: Any) -> NoReturn:
        """Raise with the sentence on a typical mistake of this task."""
        raise NotYet("✗ " + self._said(slip, **blanks))

    def refuse(self, sentence: str) -> NoReturn:
        """Raise with a sentence in the student's language."""
        raise NotYet("✗ " + sentence)

    def _said(self, word: str, **blanks: Any) -> str:
        return say(f"lab.{self.task}.{word}", self.lang, **blanks)

    def seed(self, seed: int | None = None) -> int:
        """Return the seed given, or the student's own number."""
        own, most = (self.names.get("SEED"), _LARGEST_SEED) if seed is None else (seed, 2**31 - 1)
        if isinstance(own, bool) or not isinstance(own, int | np.integer) or not 0 <= own <= most:
            self.refuse(say("lab.answer.seed", self.lang))
        return int(own)

    def value(self, name: str) -> Any:
        """Return what the student has put under a name."""
        if name not in self.names:
            self.refuse(say("lab.answer.missing", self.lang, name=name))
        return self.given(name, self.names[name])

    def given(self, name: str, answer: Any) -> Any:
        """Return an answer; refuse an empty one."""
        if answer is None or answer is Ellipsis:
            self.refuse(say("lab.answer.empty", self.lang, name=name))
        return answer

    def call(self, name: str, *arguments: Any) -> Any:
        """Return what the student's function returns."""
        function = self.value(name)
        if not callable(function):
            self.refuse(say("lab.answer.no_function", self.lang, name=name))
        try:
            answer = function(*arguments)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            self.refuse(say("lab.answer.raises", self.lang, name=name, problem=problem))
        if answer is None or answer is Ellipsis:
            self.refuse(say("lab.answer.returns_nothing", self.lang, name=name))
        return answer

    def number(self, name: str, *, endless: bool = False) -> float:
        """Return a number that the student has put under a name."""
        return self.as_number(name, self.value(name), endless=endless)

    def as_number(self, name: str, answer: Any, *, endless: bool = False) -> float:
        """Return an answer as a number; refuse text, truth values and, unless `endless`, infinity."""
        answer = self.given(name, _single(answer))
        if isinstance(answer, bool) or not isinstance(answer, Real | Decimal):
            key = "lab.answer.text" if isinstance(answer, str) else "lab.answer.no_number"
            self.refuse(say(key, self.lang, name=name, given=short(answer)))
        try:
            number = float(answer)
        except OverflowError:
            number = math.inf
        if math.isnan(number) or (math.isinf(number) and not endless):
            self.refuse(say("lab.answer.not_finite", self.lang, name=name, given=number))
        return number

    def interval(self, name: str) -> tuple[float, float]:
        """Return two rising numbers that the student has put under a name."""
        return self.as_interval(name, self.value(name))

    def as_interval(self, name: str, answer: Any) -> tuple[float, float]:
        """Return an answer as two rising numbers."""
        answer = self.given(name, answer)
        if hasattr(answer, "low") and hasattr(answer, "high"):
            answer = (answer.low, answer.high)
        try:
            ends = list(answer)
        except TypeError:
            ends = []
        if len(ends) != 2 or isinstance(answer, str | Mapping):
            self.refuse(say("lab.answer.no_interval", self.lang, name=name, given=short(answer)))
        low, high = (self.as_number(name, end) for end in ends)
        if low > high:
            self.refuse(say("lab.answer.falls", self.lang, name=name))
        return low, high

    def mapping(self, name: str, keys: Iterable[str], *, with_zeros: bool = False) -> dict[str, Any]:
        """Return a dictionary (or Series) that has exactly these keys, or others with a zero, too."""
        answer = _only_column(self.value(name))
        if hasattr(answer, "to_dict"):
            answer = answer.to_dict()
        if not isinstance(answer, Mapping):
            self.refuse(say("lab.answer.no_dictionary", self.lang, name=name, given=short(answer)))
        found, wanted = {str(key): value for key, value in answer.items()}, list(keys)
        odd = [key for key in found if key not in wanted]
        if with_zeros:
            odd = [key for key in odd if not (isinstance(found[key], Real) and found[key] == 0)]
        for key in (*(k for k in wanted if k not in found), *odd):
            self.refuse(say("lab.answer.keys", self.lang, name=name, keys=", ".join(wanted), wrong=key))
        return found

    def column(self, name: str, customers: pd.Index) -> pd.Series:
        """Return a Series with one entry for each customer that the student has put under a name."""
        return self.as_column(name, self.value(name), customers)

    def as_column(self, name: str, answer: Any, customers: pd.Index) -> pd.Series:
        """Return an answer as a Series with one entry for each of these customers, in their order."""
        import pandas as pd

        answer = _only_column(self.given(name, answer))
        if isinstance(answer, Mapping):
            answer = pd.Series(answer)
        if not isinstance(answer, pd.Series):
            self.refuse(say("lab.answer.no_series", self.lang, name=name, given=type(answer).__name__))
        if answer.index.has_duplicates or set(answer.index) != set(customers):
            n = len(customers)
            self.refuse(say("lab.answer.index", self.lang, name=name, n=n, found=len(answer)))
        answer = answer.reindex(customers)
        if answer.isna().any():
            self.refuse(say("lab.answer.gaps", self.lang, name=name, n=int(answer.isna().sum())))
        return answer

    def expect(
        self,
        name: str,
        answer: float,
        truth: float,
        slips: Mapping[str, float],
        same: Callable[[float, float], bool] = close,
        hint: str = "hint",
        **blanks: Any,
    ) -> None:
        """Compare a number with the truth; explain a typical mistake, or say in which direction to look.

        Parameters
        ----------
        name : str
            Of the answer.
        answer, truth : float
        slips : mapping
            From the word of a typical mistake to what comes out by it.
        same : callable
            Whether two numbers are the same but for rounding.
        hint : str
            Word of the sentence that says where to look.
        **blanks
            For the sentences of the task.
        """
        if same(answer, truth):
            return
        for slip, wrong in slips.items():
            if same(answer, wrong):
                self.fail(slip, **blanks)
        if rounded(answer, truth, _COARSEST * abs(truth)):
            self.refuse(say("lab.answer.rounded", self.lang, name=name, given=f"{answer:.6g}"))
        key = "lab.answer.too_high" if answer > truth else "lab.answer.too_low"
        self.refuse(say(key, self.lang, name=name, given=f"{answer:.6g}", hint=self._said(hint, **blanks)))

    def expect_labels(
        self, name: str, answer: pd.Series, truth: pd.Series, slips: Mapping[str, pd.Series]
    ) -> None:
        """Compare one label for each customer with the truth, as :meth:`expect` does with a number."""
        labels, right = _labels(answer), _labels(truth)
        if (labels == right).mean() >= _SAME_LABELS:
            return
        for slip, wrong in slips.items():
            if (labels == _labels(wrong)).mean() >= _SAME_LABELS:
                self.fail(slip)
        differ = labels != right
        who, said = differ.idxmax(), answer[differ].iloc[0]
        hint = self._said("hint")
        blanks = {"name": name, "n": int(differ.sum()), "total": len(truth), "who": who, "given": said}
        self.refuse(say("lab.answer.labels", self.lang, hint=hint, **blanks))


def _single(answer: Any) -> Any:
    """Return the element of an array or Series that has one; anything else as it is."""
    return answer.item() if getattr(answer, "size", None) == 1 and hasattr(answer, "item") else answer


def _only_column(answer: Any) -> Any:
    """Return the column of a table that has one; anything else as it is."""
    shape = getattr(answer, "shape", ())
    return answer.iloc[:, 0] if hasattr(answer, "iloc") and len(shape) == 2 and shape[1] == 1 else answer


def _labels(answer: pd.Series) -> pd.Series:
    """Return labels as they are compared: without outer blanks and case; whole numbers without a point."""
    return answer.astype(str).str.strip().str.casefold().str.removesuffix(".0")


def short(answer: Any) -> str:
    """Return an answer as it would be typed, shortened, on one line."""
    text = " ".join(repr(answer).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
