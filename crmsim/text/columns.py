"""Cells as columns on a terminal, where Chinese signs are two places wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["in_columns"]


def in_columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines in which the columns stand below one another.

    Examples
    --------
    >>> print(in_columns([["分数", "n"], ["10", "3"]]))
    分数  n
    10    3
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(_padded, row, widths)).rstrip() for row in rows)


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
