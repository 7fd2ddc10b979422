"""Who is at the top: the one definition of "the best tenth" that rankings and forecasts are judged by.

Ten runners, a podium for the best quarter: two places or three? Rounded up, three, so that there is always
one. If the third and the fourth arrive together, the third place is drawn by lot, and each has half of it.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["places_at_the_top"]


def places_at_the_top(values: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.float64]:
    """Return which part of a place among the top share everybody has.

    There are as many places as the share of all, rounded up. Equals at the border get the places that
    are left by lot, so each has the same part of one.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
        Finite, at least one; more is better.
    share : float
        Above 0, at most 1.

    Returns
    -------
    numpy.ndarray, shape (n,)
        0 to 1; sums to the number of places.

    Examples
    --------
    >>> places_at_the_top(np.array([3.0, 7.0, 3.0, 1.0]), 0.5).tolist()
    [0.5, 1.0, 0.5, 0.0]
    >>> int(places_at_the_top(np.arange(11.0), 0.1).sum())
    2
    """
    # A share such as 0.1 times 30 is a hair above 3, which is no fourth place.
    places = math.ceil(share * len(values) - 1e-9)
    border = np.sort(values)[::-1][places - 1]
    above, level = values > border, values == border
    return above + level * (places - above.sum()) / level.sum()
