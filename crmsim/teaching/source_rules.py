"""The rules for cells of a source: what translations have in common, and what code must not say.

Code is read by everybody, so it speaks no language of its own: words come from the catalogue
(``say("key", LANG)``) or stand in the text above the cell.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize

from crmsim.errors import InputError

__all__ = ["LANGUAGE_CELL", "LINK", "MOST_LINES", "check_code", "check_pair"]

#: The first code cell of every source; only this cell differs between the languages.
LANGUAGE_CELL = 'LANG = "en"'
#: Lines of a code cell; what is longer deserves a name in the package.
MOST_LINES = 12
#: A link or picture in Markdown; its group is the target.
LINK = re.compile(r"\]\(([^)\s]+)\)")

_CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff01-\uff5e]")
_HAN = re.compile(r"[\u3400-\u9fff]")
#: So many English words in a row are a sentence that was left in English.
_ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z'’]*[ ,;:]+){6,}[A-Za-z]+")
_NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|<[^>]*>|https?://\S+", re.DOTALL
)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
_ITEM = re.compile(r"^ *(?:[-*]|\d+\.) ", re.MULTILINE)
#: Two words side by side, or one that begins or ends like a sentence.
_WORDS = re.compile(r"[A-Za-z]{2,}[,.:;!?]* +[A-Za-z]{2,}|^[A-Z][a-z]+\b|[a-z]{2}[!?:]$")
_REGION = re.compile(r"^ *### (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)$")


def check_pair(english: str, chinese: str, where: str) -> None:
    """Raise if a text and its translation do not go together.

    Parameters
    ----------
    english, chinese : str
        The Markdown of two neighbouring cells.
    where : str
        ``file:line`` of the second.

    Raises
    ------
    InputError
        When one of them is in the other's language, headings, list items or links differ, or emphasis would
        be shown as stars.

    Examples
    --------
    >>> check_pair("# Loyalty", "# 忠诚", "x.py:3")
    >>> check_pair("# Loyalty", "忠诚", "x.py:3")
    Traceback (most recent call last):
    crmsim.errors.InputError: x.py:3: zh: must have the same headings as the English cell
    """
    plain_english, plain_chinese = _NOT_PROSE.sub(" ", english), _NOT_PROSE.sub(" ", chinese)
    if found := _CHINESE.search(plain_english):
        raise InputError("en", "the English cell before must not hold Chinese signs", found[0], where=where)
    if not _HAN.search(plain_chinese):
        raise InputError("zh", "is not Chinese", chinese.splitlines()[0], where=where)
    if found := _ENGLISH.search(plain_chinese):
        raise InputError("zh", "must not hold an English sentence", found[0], where=where)
    for text in (english, chinese):
        if stars := _stars_that_stay(text):
            raise InputError(
                "text", "has emphasis that Markdown will not see: move the sign out", stars, where=where
            )
    for what, pattern in (("headings", _HEADING), ("list items", _ITEM)):
        counts = [pattern.findall(text) for text in (english, chinese)]
        if (what == "headings" and counts[0] != counts[1]) or len(counts[0]) != len(counts[1]):
            raise InputError("zh", f"must have the same {what} as the English cell", where=where)
    if _targets(english) != _targets(chinese):
        raise InputError("zh", "must have the same links as the English cell", where=where)


def _stars_that_stay(text: str) -> str:
    """Return the first emphasis that would be shown as stars.

    Markdown takes ``**Note：**read`` for no emphasis, because the stars stand between a punctuation mark and
    a letter; Chinese, which has no spaces, runs into this all the time.
    """
    for line in _NOT_PROSE.sub("x", text).splitlines():
        parts = re.split(r"\*+", line)
        for before, inside, after in zip(parts[0:-2:2], parts[1:-1:2], parts[2::2], strict=False):
            opens = not inside[:1].isalnum() and before[-1:].isalnum()
            closes = not inside[-1:].isalnum() and after[:1].isalnum()
            if opens or closes:
                return inside
    return ""


def _targets(text: str) -> list[str]:
    """Return where links lead to, without a place within the file and with one name for both languages."""
    return sorted(re.sub(r"\b(en|zh)(?=/)", "*", target.partition("#")[0]) for target in LINK.findall(text))


def check_code(code: str, where: str) -> None:
    """Raise if a code cell is too long, is not Python, or speaks English or Chinese.

    Lines between marks such as ``### BEGIN SOLUTION`` and ``### END SOLUTION`` are not counted and may hold
    comments, because readers do not see them.

    Parameters
    ----------
    code : str
    where : str
        ``file:line`` of the cell.

    Examples
    --------
    >>> check_code('table.query("clv > 0")', "x.py:3")
    >>> check_code('print("the winner is", name)', "x.py:3")
    Traceback (most recent call last):
    crmsim.errors.InputError: x.py:3: code: must take its words from the catalogue (say), got 'the winner is'
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError) as error:
        problem = error.msg if isinstance(error, SyntaxError) else str(error)
        raise InputError("code", f"is not Python ({problem})", where=where) from None
    hidden = _hidden_lines(code)
    seen = [number for number, line in enumerate(code.splitlines(), 1) if line and number not in hidden]
    if len(seen) > MOST_LINES:
        raise InputError("code", f"must have at most {MOST_LINES} lines", len(seen), where=where)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _speaks(node.value):
            raise InputError("code", "must take its words from the catalogue (say)", node.value, where=where)
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and token.start[0] not in hidden:
            raise InputError(
                "code", "must have no comment: say it in the text above", token.string, where=where
            )


def _hidden_lines(code: str) -> set[int]:
    """Return the numbers of the lines, marks included, that readers do not see."""
    hidden, inside = set(), False
    for number, line in enumerate(code.splitlines(), 1):
        mark = _REGION.match(line)
        if mark:
            inside = "BEGIN" in line
        if mark or inside:
            hidden.add(number)
    return hidden


def _speaks(text: str) -> bool:
    """Return whether a string is words for people: Chinese, or English that is no name or formula."""
    return bool(_CHINESE.search(text) or (_WORDS.search(text) and not _compares(text)))


def _compares(text: str) -> bool:
    """Return whether a string is a condition, as tables take it (``clv > 0 and tier == 2``)."""
    try:
        return any(isinstance(node, ast.Compare) for node in ast.walk(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError):
        return False
