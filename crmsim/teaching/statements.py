"""What a prediction can be: one of several answers, a number, a range, or a sentence.

Each kind reads what a person typed or picked, however it was typed, and says in a sentence of the
catalogue what is wrong with it. It also compares a statement with what came out.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from crmsim.errors import CrmsimError
from crmsim.text import say

__all__ = ["Choice", "Number", "Range", "Sentence", "Statement", "UnclearStatement"]

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
#: Units that may follow a number, and words that people put before it.
_AROUND = re.compile(
    r"^(?:about|around|ca\.?|~|≈|约|大约|大概)\s*"
    r"|(?<=[\d.])\s*(?:%|percent|per cent|purchases?|customers?|days?|months?|years?|次|年|位|人|个|元)$"
)
_MOST_SIGNS = 500


class UnclearStatement(CrmsimError):
    """What was typed is no statement of this kind; `key` and `blanks` say it in either language."""

    def __init__(self, key: str, **blanks: Any):
        self.key, self.blanks = key, blanks
        super().__init__(say(key, **blanks))


@dataclass(frozen=True)
class Choice:
    """One of several answers.

    Attributes
    ----------
    options : tuple of str
        Names of the answers; their words are ``predict.KEY.OPTION`` in the catalogue.

    Examples
    --------
    >>> Choice("higher", "lower").read("lower")
    'lower'
    """

    options: tuple[str, ...]

    def __init__(self, *options: str):
        object.__setattr__(self, "options", options)

    def read(self, given: object) -> str:
        """Return the answer picked; raise UnclearStatement for none."""
        if given not in self.options:
            raise UnclearStatement("prediction.pick_one")
        return str(given)

    def words(self, value: str, key: str, lang: str) -> str:
        """Return a statement in words."""
        return say(f"predict.{key}.{value}", lang)

    def verdict(self, value: str, truth: str, lang: str) -> str:
        """Return a sentence on how a statement compares with what came out."""
        return say("prediction.right" if value == truth else "prediction.wrong", lang)


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`; the question names its unit.

    Examples
    --------
    >>> Number(0, 100).read("１２，5 %")
    12.5
    """

    low: float
    high: float

    def read(self, given: object) -> float:
        """Return the number typed; raise UnclearStatement for anything else."""
        return _number(given, self.low, self.high)

    def words(self, value: float, key: str, lang: str) -> str:
        """Return a statement in words."""
        return f"{value:g}"

    def verdict(self, value: float, truth: float, lang: str) -> str:
        """Return a sentence on how far a statement is from what came out."""
        if math.isclose(value, truth, rel_tol=0.05):
            return say("prediction.close", lang)
        off = f"{abs(value - truth):.3g}"
        return say("prediction.too_high" if value > truth else "prediction.too_low", lang, off=off)


@dataclass(frozen=True)
class Range:
    """A range within `low` to `high` that the reader is 90 % sure of.

    Examples
    --------
    >>> Range(0, 100).read(("10", "30"))
    [10.0, 30.0]
    """

    low: float
    high: float

    def read(self, given: object) -> list[float]:
        """Return both ends; raise UnclearStatement if one is no number or they are the wrong way round."""
        ends = given if isinstance(given, tuple | list) and len(given) == 2 else ("", "")
        first, second = (_number(end, self.low, self.high) for end in ends)
        if first > second:
            raise UnclearStatement("prediction.wrong_way_round", low=f"{first:g}", high=f"{second:g}")
        return [first, second]

    def words(self, value: list[float], key: str, lang: str) -> str:
        """Return a statement in words."""
        return say("prediction.from_to", lang, low=f"{value[0]:g}", high=f"{value[1]:g}")

    def verdict(self, value: list[float], truth: float, lang: str) -> str:
        """Return a sentence on whether what came out lies in the range."""
        inside = value[0] <= truth <= value[1]
        return say("prediction.inside" if inside else "prediction.outside", lang)


@dataclass(frozen=True)
class Sentence:
    """A sentence in the reader's own words.

    Examples
    --------
    >>> Sentence().read("  They leave because of the price. ")
    'They leave because of the price.'
    """

    def read(self, given: object) -> str:
        """Return the sentence; raise UnclearStatement if there is none, or a whole essay."""
        text = " ".join(str(given or "").split())
        if not any(sign.isalnum() for sign in text):
            raise UnclearStatement("prediction.say_something")
        if len(text) > _MOST_SIGNS:
            raise UnclearStatement("prediction.too_long", most=_MOST_SIGNS)
        return text

    def words(self, value: str, key: str, lang: str) -> str:
        """Return a statement in words."""
        return value

    def verdict(self, value: str, truth: object, lang: str) -> str:
        """Return the question that only the reader can answer."""
        return say("prediction.judge", lang)


Statement = Choice | Number | Range | Sentence


def _number(given: object, low: float, high: float) -> float:
    """Read a number as people write it: full-width digits, a comma for the point, a unit behind it."""
    text = unicodedata.normalize("NFKC", str(given or "")).replace("\N{MINUS SIGN}", "-").strip().lower()
    text = text.replace("。", ".").replace("、", ",")
    for _ in range(2):
        text = _AROUND.sub("", text).strip()
    text = _THOUSANDS.sub("", text).replace(",", ".")
    if not text:
        raise UnclearStatement("prediction.no_number", low=f"{low:g}", high=f"{high:g}")
    if not _NUMBER.fullmatch(text):
        given_words = " ".join(str(given).split())[:40]
        raise UnclearStatement("prediction.not_a_number", given=given_words, low=f"{low:g}", high=f"{high:g}")
    value = float(text)
    if not low <= value <= high:
        raise UnclearStatement("prediction.out_of_range", low=f"{low:g}", high=f"{high:g}")
    return value
