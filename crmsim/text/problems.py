"""What went wrong, in the language of the reader: a phrase book for the sentences of errors.

A traveller's phrase book does not know the language; it knows sentences with blanks, and how to say each
of them on the other side. Errors are raised in English, by modules that know nothing of languages; where
one is shown, its sentence is looked up in ``sentences/problems.yaml`` and said anew. What the book does
not have stays as it is.

The name of a blank, up to its first underscore, says what may stand there (``{day_first}`` is a day), so
that no blank swallows words of a sentence that merely begins alike: see `_SHAPES`. A blank with the name
of a family, such as ``{span}``, takes a phrase of ``problem.part.span``. Any other name is a number's.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from crmsim.errors import FileError, InputError
from crmsim.text.catalogue import catalogue

__all__ = ["said"]

#: What may stand in a blank.
_SHAPES = {
    "text": r".+?",
    "term": r".+?",  # said in the other language if the book has it
    "word": r"[^\s,;()]+",
    "words": r"[^\s,;()]+(?:, [^\s,;()]+)*",
    "header": r"[^\s,;()]+(?:,[^\s,;()]+)+",
    "counts": r"\S+ \([^\s()]+ rows\)(?:, \S+ \([^\s()]+ rows\))*",
    "file": r"[\w-]+(?:\.[\w-]+)+",
    "checksum": r"[0-9a-f]{64}",
    "day": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "choice": r"(?:'[^']*'|[0-9]+)(?:(?:, | or )(?:'[^']*'|[0-9]+))*",
    "either": r"[\w.]+ or [\w.]+",
}
#: What joins the words in some of them, and how it is said in Chinese.
_JOINTS = {"choice": (" or ", "或"), "either": (" or ", "或"), "counts": (" rows)", "行)")}
_NUMBER = r"[-+]?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?|[-+]?inf|nan"
_TWO_NUMBERS = re.compile(r"(?<=[0-9]) and (?=[-0-9])")
_PARTS, _TERMS = "problem.part.", "problem.term."


def said(error: BaseException, lang: str, labels: Mapping[str, str] | None = None) -> str:
    """Return the sentence of an error in a language, with its notes in brackets.

    Parameters
    ----------
    error : BaseException
        One of :mod:`crmsim.errors`, what the system says of a file, or any other with a sentence.
    lang : {"en", "zh"}
        What the phrase book does not know is said in English.
    labels : mapping of str to str, optional
        What fields are called on the screen in front of the reader. A field of a file keeps its name.

    Examples
    --------
    >>> error = InputError("margin", "must be from 0 to 1", 2.5, where="my.yaml:3:1")
    >>> said(error, "en")
    'my.yaml:3:1: margin: must be from 0 to 1, got 2.5'
    >>> said(error, "zh")
    'my.yaml:3:1：margin：须在0到1之间，给的是2.5'
    """
    sentence, notes = _sentence(error, lang, labels or {}), getattr(error, "__notes__", ())
    if lang == "en":
        return sentence + "".join(f" ({note})" for note in notes)
    return sentence + "".join(f"（{_anew(note) or note}）" for note in notes)


def _sentence(error: BaseException, lang: str, labels: Mapping[str, str]) -> str:
    if isinstance(error, FileError):
        error = InputError(error.filename, f"{error.problem} ({error.strerror})")
    if isinstance(error, OSError) and error.strerror:
        # Of a full disk no file is named.
        if lang == "en":
            return error.strerror + (f": {error.filename}" if error.filename else "")
        return _filled("term", error.strerror) + (f"：{error.filename}" if error.filename else "")
    if not isinstance(error, InputError):
        return (lang != "en" and _anew(str(error))) or str(error)
    field = error.field if error.where else labels.get(error.field, error.field)
    problem = None if lang == "en" else _anew(error.problem)
    if problem is None:
        return str(InputError(field, error.problem, error.value, where=error.where))
    place = f"{error.where}：" if error.where else ""
    given = "" if error.value is None else f"，给的是{error.value!r}"
    return f"{place}{field}：{problem}{given}"


def _anew(sentence: str) -> str | None:
    """Return a sentence in Chinese, or None if the book does not have it."""
    found = _looked_up(sentence, _book())
    if found is None and ", got " in sentence:
        # A rule about several fields says itself what it was given.
        rest, _, given = sentence.rpartition(", got ")
        found = _looked_up(rest, _book())
        return found and f"{found}，给的是{_TWO_NUMBERS.sub('和', given)}"
    return found


class _Phrase(NamedTuple):
    key: str
    pattern: re.Pattern[str]
    chinese: str


def _looked_up(text: str, phrases: tuple[_Phrase, ...]) -> str | None:
    for phrase in phrases:
        if match := phrase.pattern.fullmatch(text):
            return phrase.chinese.format(**{name: _filled(name, v) for name, v in match.groupdict().items()})
    return None


def _filled(blank: str, value: str) -> str:
    """Return what stood in a blank as it is said in Chinese."""
    shape = blank.partition("_")[0]
    if shape in _JOINTS:
        return value.replace(*_JOINTS[shape])
    if shape == "term":
        return _looked_up(value, _phrases(_TERMS)) or value
    if shape in _families():
        return _looked_up(value, _phrases(f"{_PARTS}{shape}.")) or value
    return value


@cache
def _families() -> frozenset[str]:
    return frozenset(key.split(".")[2] for key in catalogue() if key.startswith(_PARTS))


@cache
def _book() -> tuple[_Phrase, ...]:
    """Return the whole sentences."""
    return tuple(p for p in _phrases("problem.") if not p.key.startswith((_PARTS, _TERMS)))


@cache
def _phrases(prefix: str) -> tuple[_Phrase, ...]:
    """Return the phrases whose keys begin alike; those with most words of their own come first."""
    found = {key: entry for key, entry in catalogue().items() if key.startswith(prefix)}
    keys = sorted(found, key=lambda key: (-_own_words(found[key]["en"]), key))
    return tuple(
        _Phrase(key, re.compile(_pattern(found[key]["en"], named=True), re.DOTALL), found[key]["zh"])
        for key in keys
    )


def _own_words(template: str) -> int:
    return sum(len(words) for words, *_ in string.Formatter().parse(template))


def _pattern(template: str, *, named: bool) -> str:
    """Return a template as a regular expression, with a group for each blank."""
    parts = []
    for words, blank, *_ in string.Formatter().parse(template):
        parts.append(re.escape(words))
        if blank:
            parts.append(f"(?{'P<' + blank + '>' if named else ':'}{_shape(blank.partition('_')[0])})")
    return "".join(parts)


def _shape(name: str) -> str:
    if name not in _families():
        return _SHAPES.get(name, _NUMBER)
    family = [catalogue()[key]["en"] for key in catalogue() if key.startswith(f"{_PARTS}{name}.")]
    return "|".join(_pattern(template, named=False) for template in family)
