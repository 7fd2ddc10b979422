"""How well a ranking finds the best customers: top shares and hit rates.

Whoever picks ten melons by knocking on them can be marked afterwards, when they are cut open: how many
of the ten are among the ten best of the heap? Customers who are equal get their places by lot, and the
expectation is returned, so that no mark depends on the order of a table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.errors import InputError
from crmsim.top_places import places_at_the_top

__all__ = ["hit_rate", "top_share"]


def top_share(values: ArrayLike, share: float) -> np.ndarray:
    """Return for each customer the probability of being among the top share.

    There are as many places as the share of all customers, rounded up. Equals at the border get the
    places that are left by lot, so each has the same part of one.

    Parameters
    ----------
    values : array
        More is better.
    share : float
        Above 0, at most 1.

    Returns
    -------
    array
        0 to 1, in the order of the customers; sums to the number of places.

    Examples
    --------
    >>> top_share([3.0, 7.0, 3.0, 1.0], 0.5).tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    given = number_column("values", values)
    if not 0.0 < share <= 1.0:
        raise InputError("share", "must be above 0 and at most 1", share)
    return places_at_the_top(given, share)


def hit_rate(estimated: ArrayLike, truth: ArrayLike, share: float = 0.1) -> float:
    """Return which part (0 to 1) of the truly best customers a ranking finds.

    Both lists are cut at the same share, so this is precision and recall in one. Equals at a border
    are chosen by lot and the expectation is returned: a ranking that cannot tell anybody apart hits
    as often as chance, which is the share itself.

    Parameters
    ----------
    estimated, truth : array
        One number per customer, more is better.
    share : float
        Top share, above 0 and at most 1; 0.1 is the top decile.

    Returns
    -------
    float

    Raises
    ------
    InputError
        When a number is not finite, the columns differ in length, or the share is none.

    Examples
    --------
    >>> hit_rate([9.0, 8.0, 1.0, 2.0], [50.0, 10.0, 40.0, 0.0], share=0.5)
    0.5
    """
    guess, real = top_share(estimated, share), top_share(truth, share)
    same_length("truth", real, guess)
    return float((guess * real).sum() / guess.sum())
