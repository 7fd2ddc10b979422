"""Drawing lots for exercises: who gets which numbers, and in which order options stand.

As in :mod:`crmsim.luck` nothing is a stream: a lot is a function of its address (seed, student, question,
...), so the same student with the same seed always sees the same sheet, whatever was drawn before. A name
may be anything a class list holds, so the mixer here is SHA-256, the same on every machine.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["plain", "shuffled", "whole"]

_T = TypeVar("_T")


def plain(word: str) -> str:
    """Return a word as it counts in an address: without differences of width, case and outer blanks.

    Examples
    --------
    >>> plain(" ＡＤＡ") == plain("ada")
    True
    """
    return unicodedata.normalize("NFKC", word).strip().casefold()


def whole(*address: str | int) -> int:
    """Return a large whole number, evenly spread over addresses.

    Parameters
    ----------
    *address : str or int
        Width, case and outer blanks of words do not count.

    Examples
    --------
    >>> whole(1, "Ada ", "clv_now") == whole(1, "ada", "clv_now") != whole(2, "ada", "clv_now")
    True
    """
    parts = [plain(part) if isinstance(part, str) else part for part in address]
    return int.from_bytes(hashlib.sha256(json.dumps(parts).encode()).digest(), "big")


def shuffled(things: Sequence[_T], *address: str | int) -> list[_T]:
    """Return all of several things in an order of their own.

    Examples
    --------
    >>> sorted(shuffled("abcd", 1, "ada")), shuffled("abcd", 1, "ada") == shuffled("abcd", 1, "ada")
    (['a', 'b', 'c', 'd'], True)
    """
    order = sorted(range(len(things)), key=lambda place: whole(*address, place))
    return [things[place] for place in order]
