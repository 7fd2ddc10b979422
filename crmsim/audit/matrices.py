"""Customers in a matrix of two questions: key accounts, and which marketing fits whom.

A doctor asks two things before all others: how ill, and how urgent? Four boxes come of it. A supplier
asks how attractive an account is and how strong it stands there (Cheverton 1999); a marketer, how much
a customer is worth and how far needs differ (Peppers & Rogers 1993).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.errors import InputError

__all__ = ["KAISM", "MARKETING_MODES", "kaism", "marketing_modes"]

#: The cells of the key account identification and selection matrix: attractive or not, and whether
#: the supplier is strong with the account or not.
KAISM = ("key", "development", "maintenance", "opportunity")
#: Which marketing fits: of high value with different or similar needs, then of low value with similar
#: or individual ones.
MARKETING_MODES = ("customised", "frequency", "mass", "give_up")


def kaism(
    attractiveness: ArrayLike, strength: ArrayLike, cuts: tuple[float, float] | None = None
) -> np.ndarray:
    """Return the cell of every account in the key account matrix (Cheverton 1999).

    Attractive and strong: ``key``; attractive, not strong: ``development``; strong only:
    ``maintenance``; neither: ``opportunity``.

    Parameters
    ----------
    attractiveness : array
        Value of each account to the supplier, for instance what it is expected to bring.
    strength : array
        How strong the supplier is with it, as the account sees it.
    cuts : pair of float, optional
        From where on an account counts as attractive, and as strong; the mean of each by default,
        which leaves few in the upper half where a few accounts bring most.

    Returns
    -------
    array of str
        Words of :data:`KAISM`, in the order of the accounts.

    Raises
    ------
    InputError
        When a number or a cut is not finite, or the columns differ in length.

    Examples
    --------
    >>> kaism([9.0, 8.0, 1.0, 2.0], [0.8, 0.2, 0.7, 0.3]).tolist()
    ['key', 'development', 'maintenance', 'opportunity']
    """
    attractive, strong = _halves("attractiveness", attractiveness, "strength", strength, cuts)
    return np.array(KAISM)[np.where(attractive, 0, 2) + np.where(strong, 0, 1)]


def marketing_modes(
    value: ArrayLike, need_difference: ArrayLike, cuts: tuple[float, float] | None = None
) -> np.ndarray:
    """Return the mode of marketing that fits each customer, by value and by how individual needs are.

    High value, different needs: ``customised``; high value, similar needs: ``frequency``; low value,
    similar needs: ``mass``; low value, individual needs: ``give_up``.

    Parameters
    ----------
    value : array
        What each customer is worth, for instance CLV or profit of a year, in currency.
    need_difference : array
        How far the needs of each differ from what everybody wants, for instance the share of orders
        out of the ordinary; any scale, more is more individual.
    cuts : pair of float, optional
        From where on value counts as high, and needs as different; the mean of each by default.

    Returns
    -------
    array of str
        Words of :data:`MARKETING_MODES`, in the order of the customers.

    Raises
    ------
    InputError
        When a number or a cut is not finite, or the columns differ in length.

    Examples
    --------
    >>> marketing_modes([9.0, 8.0, 1.0, 2.0], [0.9, 0.1, 0.2, 0.8]).tolist()
    ['customised', 'frequency', 'mass', 'give_up']
    """
    high, different = _halves("value", value, "need_difference", need_difference, cuts)
    return np.array(MARKETING_MODES)[np.where(high, np.where(different, 0, 1), np.where(different, 3, 2))]


def _halves(
    name: str, column: ArrayLike, other_name: str, other: ArrayLike, cuts: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return who is in the upper half of each of two columns."""
    one, two = number_column(name, column), number_column(other_name, other)
    same_length(other_name, two, one)
    limits = (one.mean(), two.mean()) if cuts is None else cuts
    if len(limits) != 2 or not np.isfinite(limits).all():
        raise InputError("cuts", "must be two finite numbers", cuts)
    return one >= limits[0], two >= limits[1]
