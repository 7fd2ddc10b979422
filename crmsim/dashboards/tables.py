"""The tables that stand below the pictures: heads, rows, and a sentence on how to read them."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

__all__ = ["noted_table", "signed_points"]

_MINUS = "\N{MINUS SIGN}"


def noted_table(
    heads: Iterable[str], rows: Iterable[Sequence[str]], note: str = "", *, look: str = ""
) -> str:
    """Return a table as HTML.

    Parameters
    ----------
    heads : iterable of str
        Plain words above the columns.
    rows : iterable of sequence of str
        Cells that are HTML already.
    note : str
        Plain words below the table; nothing for none.
    look : str
        A style of every cell.

    Examples
    --------
    >>> noted_table(["a & b"], [["<b>1</b>"]])
    '<table class="crmsim"><tr><th>a &amp; b</th></tr><tr><td><b>1</b></td></tr></table>'
    """
    style = f' style="{look}"' if look else ""
    head = "".join(f"<th{style}>{html.escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td{style}>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    below = f'<div class="crmsim-note">{html.escape(note)}</div>' if note else ""
    return f'<table class="crmsim"><tr>{head}</tr>{body}</table>{below}'


def signed_points(share: float) -> str:
    """Return a difference of shares in percentage points, with its sign; a dash where there is none.

    Examples
    --------
    >>> signed_points(0.0123), signed_points(-0.0001), signed_points(float("nan"))
    ('+1.2', '0.0', '–')
    """
    if not math.isfinite(share):
        return "–"
    text = f"{100 * share:+.1f}".replace("-", _MINUS)
    return "0.0" if text[1:] == "0.0" else text
