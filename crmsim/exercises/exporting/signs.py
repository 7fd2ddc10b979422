"""Signs that no export may hold, and a text as HTML in which nothing means anything."""

from __future__ import annotations

import html
import re

__all__ = ["as_html", "printable"]

#: XML cannot hold them, a database of cards takes one of them for the end of a field, and nobody sees them.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def printable(text: str) -> str:
    """Return a text without control signs, with plain ends of lines.

    Examples
    --------
    >>> printable("one\\r\\ntwo\\x1f")
    'one\\ntwo'
    """
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def as_html(text: str) -> str:
    """Return a text as a paragraph in which nothing can be taken for markup; its lines stay lines.

    Examples
    --------
    >>> as_html("a < b\\nc")
    '<p>a &lt; b<br>c</p>'
    """
    return f"<p>{html.escape(printable(text))}</p>".replace("\n", "<br>")
