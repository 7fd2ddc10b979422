"""Drawing lots for exercises: who gets which numbers, and in which order options stand.

Like the simulator's luck, a lot is a function of its address (seed, student, question, ...) and not a
stream: the same student with the same seed always sees the same sheet, on any machine, whatever was
drawn before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["lot", "shuffled"]

Item = TypeVar("Item")


def lot(*address: object) -> float:
    """Return a number from 0 up to 1, evenly spread over addresses.

    Parameters
    ----------
    *address : object
        Words and whole numbers; their written form counts.

    Examples
    --------
    >>> lot(1, "ada", "q-fi-idic") == lot(1, "ada", "q-fi-idic") != lot(2, "ada", "q-fi-idic")
    True
    """
    written = "\x1f".join(map(str, address)).encode()
    return int.from_bytes(hashlib.blake2b(written, digest_size=8).digest()) / 2**64


def shuffled(items: Sequence[Item], *address: object) -> list[Item]:
    """Return items in an order that depends on the address alone.

    Examples
    --------
    >>> sorted(shuffled("abcd", 1, "ada")), shuffled("abcd", 1, "ada") == shuffled("abcd", 1, "ada")
    (['a', 'b', 'c', 'd'], True)
    """
    places = sorted(range(len(items)), key=lambda place: lot(*address, place))
    return [items[place] for place in places]
