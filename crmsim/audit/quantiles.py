"""Customers in equal groups: fifths, tenths, with the rule for equals said.

Five lifeboats for fifty people are ten in each; but couples will not be parted, and then the boats are
not equally full. Either equals stay together and groups differ in size (``ties="equal"``), or groups
are equal and equals are parted by their place in the table (``ties="rank"``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column
from crmsim.errors import InputError, whole_number

__all__ = ["TIES", "quantile_codes"]

#: What is done with equals.
TIES = ("equal", "rank")

_SMALL = 1e-12


def quantile_codes(values: ArrayLike, groups: int = 5, *, best: int = 1, ties: str = "equal") -> np.ndarray:
    """Return the group of every customer, by rank; more is better.

    Parameters
    ----------
    values : array
        One number per customer.
    groups : int
        From 2 to 100; 5 for quintiles, 10 for deciles.
    best : int
        What the best group is called: 1, or as many as there are groups.
    ties : {"equal", "rank"}
        ``"equal"``: equal values get equal codes, those of the middle of the places that they take
        together (of two middle places, the worse), so that groups may differ in size and some may be
        empty. ``"rank"``: groups differ in
        size by one at most, the better ones being the larger; of equals the first in the table counts
        as better.

    Returns
    -------
    array of int
        From 1 to `groups`, in the order of the customers.

    Raises
    ------
    InputError
        When a value is not finite, or an option is none of those above.

    Examples
    --------
    >>> quantile_codes([50, 40, 30, 20, 10]).tolist()
    [1, 2, 3, 4, 5]
    >>> quantile_codes([7, 7, 7, 7, 1], best=5).tolist()
    [3, 3, 3, 3, 1]
    >>> quantile_codes([7, 7, 7, 7, 1], best=5, ties="rank").tolist()
    [5, 4, 3, 2, 1]
    """
    given = number_column("values", values)
    whole_number("groups", groups, 2, 100)
    if best not in (1, groups):
        raise InputError("best", f"must be 1 or {groups}", best)
    if ties not in TIES:
        raise InputError("ties", f"must be one of {', '.join(TIES)}", ties)
    if ties == "rank":
        order = np.argsort(-given, kind="stable")
        codes = np.empty(len(given), dtype=int)
        # Sizes differ by one at most; the better groups take what is left over.
        sizes = [len(part) for part in np.array_split(order, groups)]
        codes[order] = np.repeat(np.arange(1, groups + 1), sizes)
    else:
        # Share of the customers below, with half of oneself and of one's equals.
        share = (pd.Series(given).rank(method="average").to_numpy() - 0.5) / len(given)
        codes = groups + 1 - np.clip(np.ceil(groups * share - _SMALL).astype(int), 1, groups)
    return codes if best == 1 else groups + 1 - codes
