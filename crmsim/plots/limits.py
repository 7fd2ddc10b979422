"""Where an axis ends: at round numbers, so that it stays as it is when the data move a little."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

__all__ = ["round_limits"]


def round_limits(*amounts: object, zero: bool = True, parts: int = 20) -> tuple[float, float]:
    """Return the round numbers around amounts and a margin.

    Parameters
    ----------
    *amounts : arrays or numbers
        What is not finite does not count.
    zero : bool
        Whether 0 is within; it is the end where everything lies on one side of it.
    parts : int
        How many round numbers there are at most from end to end: the fewer, the more seldom an end moves.

    Returns
    -------
    tuple of float
        Lower and upper end; 0 and 1 where there is nothing.

    Examples
    --------
    >>> round_limits([3.0, 90.0]), round_limits([0.93, 1.04], zero=False, parts=8)
    ((0.0, 95.0), (0.92, 1.06))
    """
    numbers = np.concatenate([np.ravel(np.asarray(some, dtype=float)) for some in amounts])
    known = numbers[np.isfinite(numbers)]
    if zero:
        known = np.append(known, 0.0)
    if known.size == 0 or known.min() == known.max() == 0.0:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    margin = 0.05 * (high - low)
    low -= margin * (not zero or low < 0)
    high += margin * (not zero or high > 0)
    ticks = MaxNLocator(parts, steps=[1, 2, 5, 10]).tick_values(low, high)
    return float(ticks[0]), float(ticks[-1])
