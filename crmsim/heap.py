"""A heap of (key, load) pairs of whole numbers in an array: what comes next stands in front.

Python's heapq for compiled code. The array has shape (capacity, 2) and is owned by the caller, who
also counts the pairs and sees to it that there is room. Keys must differ where order matters.
"""

from __future__ import annotations

from crmsim.compiling import compiled

__all__ = ["pop", "push"]


@compiled
def push(heap, size, key, load):
    """Put a pair into a heap of `size` pairs; return the new size.

    Examples
    --------
    >>> import numpy as np
    >>> heap = np.empty((4, 2), np.int64)
    >>> size = push(heap, push(heap, 0, 30, 1), 20, 2)
    >>> size, int(heap[0, 0])
    (2, 20)
    """
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above, 0] <= key:
            break
        heap[at, 0] = heap[above, 0]
        heap[at, 1] = heap[above, 1]
        at = above
    heap[at, 0] = key
    heap[at, 1] = load
    return size + 1


@compiled
def pop(heap, size):
    """Take the first pair (read it before) out of a heap of `size` pairs; return the new size.

    Examples
    --------
    >>> import numpy as np
    >>> heap = np.empty((4, 2), np.int64)
    >>> size = push(heap, push(heap, 0, 20, 1), 30, 2)
    >>> pop(heap, size), int(heap[0, 0])
    (1, 30)
    """
    last = size - 1
    key, load = heap[last, 0], heap[last, 1]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= last:
            break
        if below + 1 < last and heap[below + 1, 0] < heap[below, 0]:
            below += 1
        if heap[below, 0] >= key:
            break
        heap[at, 0] = heap[below, 0]
        heap[at, 1] = heap[below, 1]
        at = below
    heap[at, 0] = key
    heap[at, 1] = load
    return last
