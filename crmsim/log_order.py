"""The rows of one window in the order of events: by second, then by customer, the desk's rows last.

Like a pile of diaries that has to become one chronicle: every customer's rows are in order already, so
it is enough to sort by the second, to put right those who did something at the same second, and to lay
the desk's own rows, which are in order too, in between. All memory is used again for the next window.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crmsim.compiling import allocating, compiled, fetch
from crmsim.model.records import ROW

__all__ = ["PIECE", "LogOrder"]

#: Rows that are handed on at a time: few enough to stay in the cache of the processor.
PIECE = 1 << 15
#: An event is one number: its second within the window, the place of its first row, its rows.
_SECOND, _PLACE, _LENGTH = 41, 9, (1 << 9) - 1
_PLACES = (1 << (_SECOND - _PLACE)) - 1
#: The rows of an event are fetched from memory while so many events before it are copied.
_AHEAD = 8
#: Seconds are sorted by their lower and then by their upper half; both together are more than a window.
_HALF = 11
_BUCKETS = 1 << _HALF


class LogOrder:
    """Memory to sort in, which grows with the largest window and is used again for each.

    Examples
    --------
    >>> lives, ends = np.zeros(3, ROW), np.zeros(1, ROW)
    >>> lives["customer"], lives["time"] = [0, 0, 1], [10, 30, 10]
    >>> ends["customer"], ends["time"] = [0], [10]
    >>> (piece,) = LogOrder().pieces(lives, ends, 0)
    >>> piece["time"].tolist(), piece["customer"].tolist()
    ([10, 10, 10, 30], [0, 1, 0, 0])
    """

    def __init__(self) -> None:
        self._keys = np.empty((2, 0), np.int64)
        self._piece = np.empty(PIECE, ROW)

    def pieces(self, lives: np.ndarray, ends: np.ndarray, start: int) -> Iterator[np.ndarray]:
        """Yield the rows of a window in order, piece by piece; each piece is overwritten by the next.

        Parameters
        ----------
        lives : array of ``ROW``
            What customers did; the rows of one customer are in order.
        ends : array of ``ROW``
            What ended at the desk, in order; at the same second it comes after what customers did.
        start : int
            Second at which the window begins.
        """
        if self._keys.shape[1] < len(lives):
            # A bit more, so that a window slightly larger than the last does not need new memory.
            self._keys = np.empty((2, len(lives) + len(lives) // 4), np.int64)
        events = _sort(lives, self._keys[0], self._keys[1], start)
        order, done = self._keys[0, :events], np.zeros(3, np.int64)
        while filled := _merge(lives, ends, order, start, done, self._piece):
            yield self._piece[:filled]


@allocating
def _sort(rows, order, spare, start):
    """Fill `order` with the events by (second, customer) and then by place; return their number.

    An event is a block of rows of one customer and one second that stand side by side.
    """
    low = np.zeros(_BUCKETS + 1, np.int64)
    high = np.zeros(_BUCKETS + 1, np.int64)
    rising = rows.shape[0]  # so many rows, from the first, are in the order of customers
    events = 0
    first = 0
    while first < rows.shape[0]:
        time = rows[first].time
        customer = rows[first].customer
        if first > 0 and first < rising and rows[first - 1].customer > customer:
            rising = first
        last = first + 1
        while (
            last < rows.shape[0]
            and last - first < _LENGTH
            and rows[last].time == time
            and rows[last].customer == customer
        ):
            last += 1
        second = time - start
        low[(second & (_BUCKETS - 1)) + 1] += 1
        high[(second >> _HALF) + 1] += 1
        order[events] = (second << _SECOND) | (first << _PLACE) | (last - first)
        events += 1
        first = last
    _pass(order[:events], spare, low, _SECOND)
    _pass(spare[:events], order, high, _SECOND + _HALF)
    _settle_ties(rows, order[:events], rising)
    return events


@compiled
def _pass(keys, order, counts, shift):
    """Put keys in the order of some of their bits, without changing the order of equals."""
    for k in range(_BUCKETS):
        counts[k + 1] += counts[k]
    for i in range(keys.shape[0]):
        bucket = (keys[i] >> shift) & (_BUCKETS - 1)
        order[counts[bucket]] = keys[i]
        counts[bucket] += 1


@compiled
def _settle_ties(rows, order, rising):
    """Put the events of each second in the order of customers."""
    first = 0
    while first < order.shape[0]:
        second = order[first] >> _SECOND
        last = first
        in_order = True
        while last < order.shape[0] and order[last] >> _SECOND == second:
            in_order = in_order and _place(order[last]) < rising
            last += 1
        if last - first > 1 and not in_order:
            _sort_few(rows, order, first, last)
        first = last


@compiled
def _sort_few(rows, order, first, last):
    """Sort events of one second by customer and place: by insertion, from far apart to side by side."""
    gap = 1
    while gap < (last - first) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(first + gap, last):
            event = order[i]
            customer = rows[_place(event)].customer
            k = i
            while k >= first + gap:
                before = order[k - gap]
                other = rows[_place(before)].customer
                if other < customer or (other == customer and before < event):
                    break
                order[k] = before
                k -= gap
            order[k] = event
        gap //= 3


@compiled
def _merge(lives, ends, order, start, done, piece):
    """Fill a piece from where the last one ended; return its rows.

    `done` holds how many events and rows of the desk are used, and how many rows of the next event.
    """
    events, ended, rows = done[0], done[1], done[2]
    filled = 0
    while filled < piece.shape[0] and events < order.shape[0]:
        event = order[events]
        if rows == 0:
            ahead = min(events + _AHEAD, order.shape[0] - 1)
            fetch(lives, _place(order[ahead]), 64)
        time = start + (event >> _SECOND)
        while filled < piece.shape[0] and ended < ends.shape[0] and ends[ended].time < time:
            piece[filled] = ends[ended]
            ended += 1
            filled += 1
        taken = min((event & _LENGTH) - rows, piece.shape[0] - filled)
        place = _place(event) + rows
        for k in range(taken):
            piece[filled + k] = lives[place + k]
        filled += taken
        rows += taken
        if rows == event & _LENGTH:
            events += 1
            rows = 0
    if events == order.shape[0]:
        while filled < piece.shape[0] and ended < ends.shape[0]:
            piece[filled] = ends[ended]
            ended += 1
            filled += 1
    done[0], done[1], done[2] = events, ended, rows
    return filled


@compiled
def _place(event):
    return (event >> _PLACE) & _PLACES
