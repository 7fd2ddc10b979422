"""Reading what a student types: numbers with their units, codes, and terms.

A ticket machine takes coins whichever way up they are put in, and gives back a button. So here
``１２．５％``, ``12,5 %`` and ``百分之12.5`` are the same number, ``1.2万元`` is twelve thousand yuan, and
"about 30 months" answers a question that asks for years; what cannot be read comes back with a sentence
that says how to write it. Terms are compared after width, case, blanks, punctuation and traditional
signs are made alike, and must then be equal: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crmsim.errors import InputError
from crmsim.exercises.question import Text
from crmsim.exercises.traditional import simplified
from crmsim.text import say

__all__ = ["UNITS", "Quantity", "Refusal", "alike", "read_codes", "read_number", "same_term"]

#: Units a question can ask for. ``number`` is a pure number.
UNITS = (
    "number", "percent", "points", "yuan", "customers", "years", "months", "hours", "minutes", "seconds",
)  # fmt: skip
#: How units of time are carried into one another; there are two families that do not meet.
_LASTS = (
    {"years": 12.0, "quarters": 3.0, "months": 1.0},
    {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0},
)
#: What people write for a unit, after :func:`_plain`.
_WORDS = {
    "number": "times 倍",
    "percent": "% percent per_cent pct 百分之",
    "permille": "‰",
    "points": "points point pts 点 分 个百分点 百分点 percentage_points pp",
    "yuan": "元 块 圆 yuan rmb cny ¥ 人民币 元人民币",
    "foreign": "$ € £ usd eur gbp dollars dollar euros euro 美元 欧元 英镑",
    "customers": "customers customer people 人 名 位 个 户 名客户 位客户 个客户 户客户 家",
    "years": "years year yrs yr y 年",
    "quarters": "quarters quarter 季度 个季度",
    "months": "months month mo 月 个月",
    "hours": "hours hour hrs hr h 小时 个小时 时",
    "minutes": "minutes minute min mins 分钟 分",
    "seconds": "seconds second sec secs s 秒 秒钟",
}
_UNIT_OF: dict[str, tuple[str, ...]] = {}
for _unit, _words in _WORDS.items():
    for _word in _words.split():
        _UNIT_OF[_word] = (*_UNIT_OF.get(_word, ()), _unit)
_MAGNITUDES = {"百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8, "thousand": 1e3, "million": 1e6, "k": 1e3}
_MAGNITUDE = re.compile(rf"\s*({'|'.join(_MAGNITUDES)})\s*")
_PIECE = re.compile(r"([.,]?[0-9](?:[0-9.,]|['’ ](?=[0-9]))*)([^0-9.,]*(?:[.,](?![0-9])[^0-9.,]*)*)")
_FRACTION = re.compile(r"([-+]?)([0-9]{1,12})\s*/\s*([0-9]{1,12})")
_ABOUT = re.compile(r"^(?:≈|~|大约|约|about |approx\.? ?|ca\.? ?)\s*")
#: What may stand before a number.
_BEFORE = (*_WORDS["yuan"].split(), *_WORDS["foreign"].split(), "百分之")
_LONGEST = 100
_LARGEST = 1e15


@dataclass(frozen=True)
class Quantity:
    """A number that was read, in the unit that was asked for.

    Attributes
    ----------
    value : float
    unit : str
        One of :data:`UNITS`.
    other : float or None
        What the same signs mean to others: ``1,234`` was read as 1234 (or 1.234, with a decimal comma),
        ``1.234`` as 1.234 (or 1234, with points between thousands).
    bare : bool
        Whether no unit was written.
    """

    value: float
    unit: str
    other: float | None = None
    bare: bool = True


@dataclass(frozen=True)
class Refusal:
    """What could not be read, and how to write it instead.

    Attributes
    ----------
    reason : str
    blanks : mapping
        For the sentence; a unit by its name, and what depends on the language as a text.
    """

    reason: str
    blanks: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, lang: str = "en") -> str:
        """Return the sentence for the student.

        Examples
        --------
        >>> print(read_number("about five").sentence())
        There is no number in 'about five'. Write it in digits, for instance 1250, 12.5 or 12,500.
        """
        values = {}
        for name, value in self.blanks.items():
            if name == "typed":
                value = _shortened(value)
            elif name == "unit":
                value = say(f"exercise.unit.{value}", lang)
            values[name] = value.say(lang) if isinstance(value, Text) else value
        return say(f"exercise.refusal.{self.reason}", lang, **values)


def read_number(text: str, unit: str = "number") -> Quantity | Refusal:
    """Read one number, with or without a unit, and carry it into the unit that was asked for.

    Parameters
    ----------
    text : str
        As typed. Full-width signs, decimal comma or point, thousands separators, 百 千 万 亿, a sign,
        a currency, a unit, a simple fraction, and a name with ``=`` before it are understood. A comma
        before exactly three digits separates thousands, unless the number begins with 0.
    unit : str
        One of :data:`UNITS`. A percentage is understood where a pure number is asked for, and a span
        of time in another unit of its family; money must be yuan.

    Returns
    -------
    Quantity or Refusal

    Raises
    ------
    InputError
        When `unit` is unknown.

    Examples
    --------
    >>> read_number("１２．５％", "percent").value, read_number("1.2万元", "yuan").value
    (12.5, 12000.0)
    >>> read_number("2年6个月", "years").value, read_number("1.234,50", "yuan").value
    (2.5, 1234.5)
    >>> print(read_number("$12", "yuan").sentence())
    '$12' has another unit than the question, which asks for yuan (CNY). Convert it, or write the number only.
    """
    if unit not in UNITS:
        raise InputError("unit", f"must be one of {', '.join(UNITS)}", unit)
    line = simplified(_plain(text))
    if not line:
        return Refusal("empty")
    if len(line) > _LONGEST:
        return Refusal("too_long", {"most": _LONGEST})
    line = _ABOUT.sub("", line.rpartition("=")[2].strip())
    if not re.search("[0-9]", line):
        return Refusal("no_digits", {"typed": text})
    line = _fraction(line)
    if re.search(r"[*×÷^()²³/√]", line):
        return Refusal("calculation", {"typed": text})
    return _quantity(line, unit, text)


def read_codes(text: str, allowed: str, count: int, *, names: str = "") -> tuple[str, ...] | Refusal:
    """Read a row of one-sign codes, such as classes ``A B B C`` or an RFM cell ``5 4 3``.

    Parameters
    ----------
    text : str
        With or without blanks and separators between the codes.
    allowed : str
        The codes there are.
    count : int
        How many are asked for.
    names : str
        Signs that may stand beside a code, such as ``RFM`` in ``R5 F4 M3``.

    Examples
    --------
    >>> read_codes("ａ, b；B", "ABC", 3), read_codes("R=5 F=4 M=3", "12345", 3, names="RFM")
    (('A', 'B', 'B'), ('5', '4', '3'))
    >>> print(read_codes("AB", "ABC", 3).sentence())
    The answer has 3 signs (each one of A, B, C), but 2 were written.
    """
    line = _plain(text).upper()
    if not line:
        return Refusal("empty")
    if len(line) > _LONGEST:
        return Refusal("too_long", {"most": _LONGEST})
    codes = [sign for sign in line if not _between(sign) and sign not in names.upper()]
    listed = Text(en=", ".join(allowed), zh="、".join(allowed))
    strange = next((sign for sign in codes if sign not in allowed), None)
    if strange is not None:
        return Refusal("strange_code", {"typed": strange, "listed": listed})
    if len(codes) != count:
        return Refusal("code_count", {"count": count, "listed": listed, "written": len(codes)})
    return tuple(codes)


def _between(sign: str) -> bool:
    """Whether a sign only stands between codes or around them: a blank, comma, bracket, quotation mark."""
    return sign in "=|" or unicodedata.category(sign)[0] in "PZ"


def alike(text: str) -> str:
    """Return a term as it is compared: width, case, blanks, punctuation, traditional signs made alike.

    Signs that carry meaning stay: ``<``, ``+``, ``%``, ``/``, and a point or hyphen beside a digit.

    Examples
    --------
    >>> alike("Ｌife-cycle "), alike("the lifecycle"), alike("客戶關係管理。")
    ('lifecycle', 'lifecycle', '客户关系管理')
    >>> alike("P > E") == alike("P < E"), alike("1.5") == alike("15")
    (False, False)
    """
    line = re.sub(r"^(?:the|an|a) ", "", simplified(_plain(text)))
    kept = []
    for place, sign in enumerate(line):
        beside = line[place + 1 : place + 2].isdigit()
        if (
            sign in "%/"
            or (sign in ".-," and beside)
            or not unicodedata.category(sign).startswith(("P", "Z", "C"))
        ):
            kept.append(sign)
    return "".join(kept)


def same_term(text: str, accepted: Iterable[str]) -> bool:
    """Return whether a typed term is one of the accepted ones.

    Examples
    --------
    >>> same_term(" 客户 终生 价值", ["客户终生价值", "CLV"]), same_term("客户价值", ["客户终生价值"])
    (True, False)
    """
    typed = alike(text)
    return bool(typed) and typed in {alike(term) for term in accepted}


def _plain(text: str) -> str:
    """Return a line in half-width small letters without invisible signs, with plain digits and signs.

    Only the width is changed: a superscript two, say, is no 2.
    """
    signs = []
    for sign in str(text):
        if unicodedata.decomposition(sign).startswith(("<wide>", "<narrow>", "<small>", "<noBreak>")):
            sign = unicodedata.normalize("NFKC", sign)
        kind = unicodedata.category(sign)
        if kind == "Nd":
            sign = str(unicodedata.decimal(sign))
        elif kind == "Pd" or sign == "−":
            sign = "-"
        elif kind in ("Cf", "Cc", "Zs", "Zl", "Zp"):
            sign = "" if kind == "Cf" else " "
        signs.append({"。": "."}.get(sign, sign))
    return re.sub(r"\s+", " ", "".join(signs)).strip().casefold()


def _shortened(text: str) -> str:
    """Return what was typed on one short line, without signs that steer a screen."""
    line = re.sub(r"\s+", " ", "".join(sign if sign.isprintable() else " " for sign in text)).strip()
    return line if len(line) <= 30 else line[:29] + "…"


def _fraction(line: str) -> str:
    """Return a simple fraction such as 3/4 worked out; anything else as it is."""
    found = _FRACTION.fullmatch(line)
    if found is None or float(found[3]) == 0.0:
        return line
    return found[1] + format(float(found[2]) / float(found[3]), ".12f")


def _quantity(line: str, unit: str, text: str) -> Quantity | Refusal:
    """Read what stands before the first digit, then numbers with their words."""
    begin = re.search(r"[.,]?[0-9]", line).start()  # type: ignore[union-attr]
    before, rest = line[:begin], line[begin:]
    minus = bool(re.search(r"-|负|minus", before))
    before = re.sub(r"[-+]|负|minus", "", before).strip()
    if before and before not in _BEFORE:
        return Refusal("text", {"typed": text})
    parts = [_part(digits, words.strip(" .,;!"), unit) for digits, words in _PIECE.findall(rest)]
    for part in parts:
        if isinstance(part, str):
            return Refusal(part, {"typed": text, "unit": unit} if part == "unit" else {"typed": text})
    stated = _unit_of(before, unit)
    units = {part.unit for part in parts} | {stated}
    if len(parts) > 1 and not all(map(_continues, parts, parts[1:])):
        return Refusal("several", {"typed": text})
    factors = [_factor(part.unit or stated or unit, unit) for part in parts]
    if None in factors or (stated and len(units - {None}) > 1):
        return Refusal("unit", {"typed": text, "unit": unit})
    sign = -1.0 if minus else 1.0
    total = sign * sum(part.value * part.size * factor for part, factor in zip(parts, factors, strict=True))
    if abs(total) > _LARGEST:
        return Refusal("too_large", {"typed": text})
    other = None
    if len(parts) == 1 and parts[0].other is not None:
        other = sign * parts[0].other * parts[0].size * factors[0]
    return Quantity(total, unit, other, units == {None})


class _Part(NamedTuple):
    """A number, its second reading, its magnitude (10,000 for 万), and the unit behind it."""

    value: float
    other: float | None
    size: float
    unit: str | None


def _part(digits: str, words: str, asked: str) -> _Part | str:
    """Return digits with the words behind them as a part, or the reason why not."""
    if words.startswith(("-", "~", "至", "到")):
        return "several"
    if words.startswith("+"):
        return "calculation"
    read = _number(digits)
    if read is None:
        return "malformed"
    size, word = _magnitude(words)
    unit = _unit_of(word, asked)
    return "unit" if word and unit is None else _Part(*read, size, unit)


def _continues(one: _Part, two: _Part) -> bool:
    """Whether a part goes on from another: 3万5千, 1万2345, 2年6个月; not 3万5."""
    if one.unit is not None:
        return two.unit is not None and any({one.unit, two.unit} <= set(family) for family in _LASTS)
    return two.value * two.size < one.size and (two.size > 1.0 or two.value >= one.size / 10.0)


def _number(digits: str) -> tuple[float, float | None] | None:
    """Return the value of digits with separators, and a second reading if one separator leaves it open."""
    text = digits.strip().rstrip(".,")
    if re.search(r"['’ ]", text):
        if not re.fullmatch(r"[0-9]{1,3}(?:['’ ][0-9]{3})+(?:[.,][0-9]+)?", text):
            return None
        text = re.sub(r"['’ ]", "", text).replace(",", ".")
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", text):
        return float(text.replace(",", "")), float(text.replace(",", "."))
    if re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", text):
        return float(text), float(text.replace(".", ""))
    for thousands, decimal in ((",", "."), (".", ",")):
        grouped = rf"[1-9][0-9]{{0,2}}(?:\{thousands}[0-9]{{3}})+"
        several = text.count(thousands) > 1 or decimal in text
        if several and re.fullmatch(rf"{grouped}(?:\{decimal}[0-9]+)?", text):
            return float(text.replace(thousands, "").replace(decimal, ".")), None
    if re.fullmatch(r"[0-9]*[.,]?[0-9]+", text):
        return float(text.replace(",", ".")), None
    return None


def _magnitude(words: str) -> tuple[float, str]:
    """Split 万元 into ten thousand and 元."""
    size = 1.0
    while (found := _MAGNITUDE.match(words)) is not None:
        behind = words[found.end() :][:1]
        if found[1].isascii() and behind.isascii() and behind.isalpha() and words[found.end() - 1] != " ":
            break  # the k of a word
        size *= _MAGNITUDES[found[1]]
        words = words[found.end() :]
    return size, words.strip()


def _unit_of(word: str, asked: str) -> str | None:
    """Return the unit that a word means, the one asked for if it means several."""
    meanings = _UNIT_OF.get(word.replace(" ", "_"), ())
    return asked if asked in meanings else next(iter(meanings), None)


def _factor(found: str, asked: str) -> float | None:
    """Return by what a number is multiplied to be in the unit asked for; None where it cannot be."""
    if found == asked:
        return 1.0
    for family in _LASTS:
        if found in family and asked in family:
            return family[found] / family[asked]
    return {
        ("percent", "number"): 0.01,
        ("permille", "number"): 0.001,
        ("permille", "percent"): 0.1,
        ("percent", "points"): 1.0,
    }.get((found, asked))
