"""Asking one question in a terminal: what is printed, and how what is typed becomes an answer.

Letters stand for options as on an answer sheet. Full-width letters, small ones and any separators are
understood; what cannot be understood is asked for again with a sentence that says how.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from crmsim.exercises.question import (
    BLANK,
    FillIn,
    Matching,
    MultipleChoice,
    Ordering,
    SingleChoice,
    TrueFalse,
)
from crmsim.exercises.sheet import Sheet
from crmsim.text import say

__all__ = ["Back", "Skip", "Stop", "ask", "ask_points", "question_text"]

_TRUE = {"true", "t", "对", "正确", "是", "√", "✓", "right"}
_FALSE = {"false", "f", "错", "错误", "否", "×", "x", "wrong"}


class Stop(Exception):
    """The student wants to stop, or nothing more comes."""


class Skip(Exception):
    """The student wants the next question."""


class Back(Exception):
    """The student wants the question before."""


class _Unclear(Exception):
    """What was typed is no answer; the sentence says what would be."""


Prompt = Callable[[str], str]


def question_text(sheet: Sheet, lang: str) -> str:
    """Return a question as it is printed, with letters before what can be chosen.

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> question_text(Sheet(load_bank()["q-fi-ladder"], "ada", 1), "en").count("(1)____")
    1
    """
    question, shown = sheet.question, sheet.shown(lang)
    if sheet.problem is not None:
        from crmsim.exercises.calculations import problem_text  # loads pandas

        return problem_text(sheet.problem, lang)
    text = sheet.text(lang)
    if isinstance(question, FillIn):
        for number in range(1, len(question.blanks) + 1):
            text = re.sub(rf"(?<!\)){BLANK}", f"({number}){BLANK}", text, count=1)
    elif isinstance(question, TrueFalse):
        text += "\n" + _lettered([say("quiz.true", lang), say("quiz.false", lang)])
    elif isinstance(question, Matching):
        left = "\n".join(f"  {place}. {line}" for place, line in enumerate(shown, 1))
        text += f"\n{left}\n" + _lettered(sheet.shown_right(lang))
    elif shown:
        text += "\n" + _lettered(shown)
    return text


def ask(sheet: Sheet, lang: str, prompt: Prompt, tell: Callable[[str], None]) -> Any:
    """Ask until there is an answer that can be understood; return it as a sheet takes it.

    Parameters
    ----------
    sheet : Sheet
    lang : {"en", "zh"}
    prompt : callable
        Shows a prompt and returns a line; raises EOFError at the end.
    tell : callable
        Prints a line.

    Raises
    ------
    Stop, Skip, Back
        When that is what the student wants.
    """
    question = sheet.question
    if sheet.self_marked:
        return _own_words(lang, prompt, tell)
    if isinstance(question, FillIn):
        gaps = range(1, len(question.blanks) + 1)
        asks = [say("quiz.cli.ask.fill-in", lang, number=number) for number in gaps]
        # One gap may stay empty; only an empty line for the first is "the next question".
        return [_line(words, lang, prompt, tell, empty_skips=not place) for place, words in enumerate(asks)]
    words = say(f"quiz.cli.ask.{question.kind}", lang)
    while True:
        line = _line(words, lang, prompt, tell)
        try:
            return _read(sheet, line, lang)
        except _Unclear as unclear:
            tell(str(unclear))


def ask_points(lines: Sequence[str], lang: str, prompt: Prompt, tell: Callable[[str], None]) -> list[int]:
    """Show the points that an answer is compared with, and return the places of those that it had."""
    tell(_lettered(lines))
    while True:
        line = _line(say("quiz.cli.ask.points", lang), lang, prompt, tell)
        if _plain(line).strip(" .") in ("-", "0", "无", "none"):
            return []
        try:
            return sorted(set(_letters(line, len(lines), lang)))
        except _Unclear as unclear:
            tell(str(unclear))


def _lettered(lines: Sequence[str]) -> str:
    return "\n".join(f"  {string.ascii_uppercase[place]}. {line}" for place, line in enumerate(lines))


def _plain(line: str) -> str:
    return unicodedata.normalize("NFKC", line).strip()


def _line(
    words: str, lang: str, prompt: Prompt, tell: Callable[[str], None], *, empty_skips: bool = True
) -> str:
    """Return the next line that is no command."""
    while True:
        try:
            line = prompt(f"{words} > ")
        except EOFError:
            raise Stop from None
        command = _plain(line).casefold()
        if command == "?":
            tell(say("quiz.cli.help", lang))
        elif command == "q":
            raise Stop
        elif command in (">", "》") or (empty_skips and not command):
            raise Skip
        elif command in ("<", "《"):
            raise Back
        else:
            return line


def _own_words(lang: str, prompt: Prompt, tell: Callable[[str], None]) -> str:
    lines = [_line(say("quiz.cli.ask.own_words", lang), lang, prompt, tell)]
    while True:
        try:
            line = prompt("> ")
        except EOFError:
            return "\n".join(lines)
        if not line.strip():
            return "\n".join(lines)
        lines.append(line)


def _read(sheet: Sheet, line: str, lang: str) -> Any:
    question = sheet.question
    if isinstance(question, TrueFalse):
        word = _plain(line).casefold().strip(" .。")
        if word in _TRUE | _FALSE:
            return word in _TRUE
        return _one_letter(line, 2, lang) == 0
    if isinstance(question, SingleChoice):
        return _one_letter(line, len(question.options), lang)
    if isinstance(question, MultipleChoice):
        return sorted(set(_letters(line, len(question.options), lang)))
    if isinstance(question, Matching):
        return _pairs(line, len(question.pairs), lang)
    if isinstance(question, Ordering):
        places = _letters(line, len(question.steps), lang)
        if sorted(places) != list(range(len(question.steps))):
            raise _Unclear(say("quiz.cli.letters_once", lang, letters=_names(len(question.steps))))
        return places
    return line


def _names(count: int) -> str:
    return " ".join(string.ascii_uppercase[:count])


def _letters(line: str, count: int, lang: str) -> list[int]:
    """Return the places of the letters of a line; signs between them do not count."""
    signs = [sign for sign in _plain(line).upper() if not re.match(r"[\s,;.:、。/|>→()\-]", sign)]
    places = [string.ascii_uppercase.find(sign) for sign in signs]
    if not places or not all(0 <= place < count for place in places):
        raise _Unclear(say("quiz.cli.letters_known", lang, letters=_names(count)))
    return places


def _one_letter(line: str, count: int, lang: str) -> int:
    places = _letters(line, count, lang)
    if len(places) != 1:
        raise _Unclear(say("quiz.cli.one_letter", lang, letters=_names(count)))
    return places[0]


def _pairs(line: str, count: int, lang: str) -> list[int]:
    """Read ``1B 2A 3C``, or ``BAC`` in the order of the numbers."""
    text = _plain(line).upper()
    if not re.search("[0-9]", text):
        places = _letters(text, count, lang)
        chosen = dict(enumerate(places))
        whole = len(places) == count
    else:
        found = re.findall(r"([0-9]+)\W*([A-Z])", text)
        chosen = {int(number) - 1: string.ascii_uppercase.index(letter) for number, letter in found}
        whole = len(found) == count == len(re.findall("[A-Z]", text))
    if not whole or sorted(chosen) != list(range(count)) or max(chosen.values()) >= count:
        raise _Unclear(say("quiz.cli.pairs_whole", lang, count=count))
    return [chosen[place] for place in range(count)]
