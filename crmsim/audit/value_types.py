"""Most valuable, most growable, below zero: customers by what they bring and what they could bring.

A gardener waters the trees that bear, tends the saplings that will, and clears what only takes light.
(MVC, MGC and BZ: Peppers, Rogers & Dorf 1999, "The One to One Fieldbook"; after Peppers & Rogers 1997,
"Enterprise One to One".) The course adds those in between, and names the four after what to do: VIP,
improve, maintain, abandon.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.errors import InputError
from crmsim.schemes import RECORD_SCHEMES

__all__ = ["VALUE_TYPES", "most_valuable_by_threshold", "value_types"]

#: Most valuable, most growable, in between, and below zero.
VALUE_TYPES = RECORD_SCHEMES["value_types"]


def value_types(
    value: ArrayLike, potential: ArrayLike, *, mvc_share: float = 0.2, mgc_share: float = 0.2
) -> np.ndarray:
    """Return the type of every customer.

    Parameters
    ----------
    value : array
        What each customer brings today after all cost of serving them, in currency.
    potential : array
        What each could bring beyond that, in currency of the same time (growth, or the share of
        their purchases that others get); may be negative where business is expected to shrink.
    mvc_share, mgc_share : float
        Shares of all customers, 0 to 1, that are to be called most valuable, by value, and, of those
        who are left, most growable, by potential. Equals at a border are all in; nobody is most
        valuable without positive value, or most growable without positive potential.

    Returns
    -------
    array of str
        Words of :data:`VALUE_TYPES`. Below zero is who brings less than nothing and would with all
        potential still do so; that goes before the other types.

    Raises
    ------
    InputError
        When a number is not finite, columns differ in length, or a share is none.

    Examples
    --------
    >>> value_types([90, 10, 12, -5, -5], [0, 50, 1, 2, 40]).tolist()
    ['mvc', 'mgc', 'maintain', 'bz', 'maintain']
    """
    now, more = number_column("value", value), number_column("potential", potential)
    same_length("potential", more, now)
    for field, share in (("mvc_share", mvc_share), ("mgc_share", mgc_share)):
        if not 0.0 <= share <= 1.0:
            raise InputError(field, "must be from 0 to 1", share)
    below = (now < 0.0) & (now + more < 0.0)
    most = _top(np.where(below, -np.inf, now), mvc_share, now > 0.0)
    growable = _top(np.where(below | most, -np.inf, more), mgc_share, more > 0.0)
    return np.select([below, most, growable], ["bz", "mvc", "mgc"], "maintain")


def most_valuable_by_threshold(
    spend: ArrayLike,
    purchases: ArrayLike,
    *,
    spend_above: float | None = None,
    purchases_above: float | None = None,
) -> np.ndarray:
    """Return who is most valuable by the quick rule: much spent so far, or often here in a period.

    Parameters
    ----------
    spend : array
        Cumulative spend of each customer, in currency.
    purchases : array
        Purchases of each within the period that one looks at.
    spend_above, purchases_above : float, optional
        Who exceeds one of them is most valuable; at least one is given.

    Returns
    -------
    array of bool

    Raises
    ------
    InputError
        When neither is given, or a number is not finite.

    Examples
    --------
    >>> most_valuable_by_threshold([900, 20], [3, 3], spend_above=500).tolist()
    [True, False]
    """
    spent, bought = number_column("spend", spend), number_column("purchases", purchases)
    same_length("purchases", bought, spent)
    if spend_above is None and purchases_above is None:
        raise InputError("spend_above", "must be given, or purchases_above")
    found = np.zeros(len(spent), dtype=bool)
    for field, column, limit in (
        ("spend_above", spent, spend_above),
        ("purchases_above", bought, purchases_above),
    ):
        if limit is not None:
            if not np.isfinite(limit):
                raise InputError(field, "must be finite", limit)
            found |= column > limit
    return found


def _top(column: np.ndarray, share: float, eligible: np.ndarray) -> np.ndarray:
    """Return who is among a share of all by a column, equals at the border included."""
    places = int(np.ceil(share * len(column) - 1e-9))
    if places == 0:
        return np.zeros(len(column), dtype=bool)
    border = np.sort(column)[::-1][places - 1]
    return eligible & (column >= border) & (column > -np.inf)
