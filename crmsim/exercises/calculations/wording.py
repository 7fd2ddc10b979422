"""Numbers in sentences, as each language writes them.

The texts of the calculations stand in ``texts/``; a blank such as ``{margin:money}`` says how its number
is written. ``1234.5`` becomes ``CNY 1,234.50`` in English and ``1,234.50元`` in Chinese.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from typing import Any

from crmsim.exercises.question import Text

__all__ = ["fill", "filled", "number_text"]

_MINUS = "−"


def number_text(value: float, form: str = "", lang: str = "en") -> str:
    """Write a number.

    Parameters
    ----------
    value : float
    form : str
        Empty: as short as it can be, with four decimals at most; a digit: with so many decimals;
        ``%``, or ``%`` and a digit: in per cent; ``money``: in yuan, with the two decimals if they are
        not zero; ``money`` and a digit: in yuan with so many decimals.
    lang : {"en", "zh"}

    Examples
    --------
    >>> number_text(1234.5), number_text(2 / 3, "4"), number_text(0.125, "%"), number_text(-0.5, "%0", "zh")
    ('1,234.5', '0.6667', '12.5 %', '−50%')
    >>> number_text(1200, "money"), number_text(-1234.5, "money", "zh"), number_text(99.9, "money0")
    ('CNY 1,200', '−1,234.50元', 'CNY 100')
    """
    kind, digits = form.rstrip("0123456789"), form.lstrip("%money")
    number = 100.0 * value if kind == "%" else float(value)
    if digits:
        decimals = int(digits)
    elif kind == "money":
        decimals = 0 if math.isclose(number, round(number), abs_tol=0.004) else 2
    else:
        decimals = 4
    text = f"{abs(number):,.{decimals}f}"
    if not digits and kind != "money" and "." in text:
        text = text.rstrip("0").rstrip(".")
    minus = _MINUS if number < 0 and float(text.replace(",", "")) != 0.0 else ""
    if kind == "%":
        return f"{minus}{text}%" if lang == "zh" else f"{minus}{text} %"
    if kind == "money":
        return f"{minus}{text}元" if lang == "zh" else f"CNY {minus}{text}"
    return minus + text


class _Writer(string.Formatter):
    """Fills the blanks of one language; a list is written with commas."""

    def __init__(self, lang: str):
        self.lang = lang

    def format_field(self, value: Any, form: str) -> str:
        if isinstance(value, Text):
            return value.say(self.lang)
        if isinstance(value, str):
            return value
        if isinstance(value, Sequence):
            between = "、" if self.lang == "zh" else ", "
            return between.join(self.format_field(part, form) for part in value)
        return number_text(value, form, self.lang)


def fill(template: str, lang: str, figures: Mapping[str, Any]) -> str:
    """Fill the blanks of one text.

    Raises
    ------
    KeyError
        For a blank that has no figure, which is a mistake of the text.

    Examples
    --------
    >>> fill("{m:money} a year, {r:%} stay", "en", {"m": 300, "r": 0.8})
    'CNY 300 a year, 80 % stay'
    """
    return _Writer(lang).vformat(template, (), figures)


def filled(template: Mapping[str, str], figures: Mapping[str, Any]) -> Text:
    """Fill the blanks of a text in both languages."""
    return Text(**{lang: fill(template[lang], lang, figures) for lang in ("en", "zh")})
