"""ABC analysis: customers in classes by how much of the value they bring.

A wine merchant who writes the best customers of the year on top of a list has begun with it: those on
top bring most of the value, a middle group a good part, and a long rest little. The functions take
plain columns of numbers, one per customer; customers keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.errors import InputError

__all__ = ["ABC_CUTS", "abc_classes", "abc_table", "class_table"]

#: Where class A ends and where class B ends, as shares of all value (customary figures).
ABC_CUTS = (0.7, 0.9)

_SMALL = 1e-12


def abc_classes(values: ArrayLike, cuts: Sequence[float] = ABC_CUTS) -> np.ndarray:
    """Return the class of every customer, A for those who bring most of the value.

    A customer belongs to A when those above bring less than the first cut of all value, so that the
    one who crosses the border is still in. Equal values are in the same class, the better one. Shares
    are shares of what the customers with positive values bring: a customer who brings nothing or
    costs money is always in the last class and does not change anybody else's.

    Parameters
    ----------
    values : array
        What each customer brings (profit, or revenue), in currency.
    cuts : sequence of float
        Rising shares of all value, above 0 and below 1; one class more than there are cuts, 26 at most.

    Returns
    -------
    array of str
        ``"A"``, ``"B"``, ... in the order of the customers.

    Raises
    ------
    InputError
        When a value is not a finite number, nobody is there, or the cuts are no rising shares.

    Examples
    --------
    >>> "".join(abc_classes([5.0, 70.0, 15.0, 10.0, -3.0]))
    'CABBC'
    """
    given = number_column("values", values)
    limits = np.asarray(cuts, dtype=float)
    rising = limits.ndim == 1 and 0 < limits.size < 26 and bool((np.diff(limits, prepend=0.0) > 0.0).all())
    if not rising or not limits[-1] < 1.0:
        raise InputError("cuts", "must be 1 to 25 rising shares above 0 and below 1", cuts)
    worth = np.maximum(given, 0.0)
    order = np.argsort(-worth, kind="stable")
    # What those with a strictly greater value bring: the same for equals.
    sums = np.concatenate([[0.0], np.cumsum(worth[order])])
    above = sums[np.searchsorted(-worth[order], -worth, side="left")]
    share = above / sums[-1] if sums[-1] > 0.0 else np.ones(len(given))
    places = np.searchsorted(limits, share + _SMALL, side="right")
    return np.array([chr(ord("A") + place) for place in np.where(worth > 0.0, places, limits.size)])


def abc_table(values: ArrayLike, cuts: Sequence[float] = ABC_CUTS) -> pd.DataFrame:
    """Return how many customers each class has and what they bring.

    Parameters
    ----------
    values, cuts
        As in :func:`abc_classes`.

    Returns
    -------
    DataFrame
        As :func:`class_table`, indexed by class.

    Examples
    --------
    >>> abc_table([70.0, 20.0, 10.0, 0.0])["share_of_value"].to_list()
    [0.7, 0.2, 0.1]
    """
    names = [chr(ord("A") + place) for place in range(len(cuts) + 1)]
    return class_table(values, abc_classes(values, cuts), names)


def class_table(values: ArrayLike, classes: ArrayLike, names: Sequence[str]) -> pd.DataFrame:
    """Return how many customers each class of any kind has and what they bring.

    Parameters
    ----------
    values : array
        What each customer brings, in currency.
    classes : array of str
        The class of each.
    names : sequence of str
        The classes in their order; one that nobody is in has a row all the same.

    Returns
    -------
    DataFrame
        Indexed by class: ``customers``, ``value`` (currency), both as shares of all customers and of
        the sum of all values (``share_of_customers``, ``share_of_value``), and
        ``value_per_customer``, nan for an empty class. ``share_of_value`` is nan where that sum is not
        positive; losses in the last class push those before it above 1 together.

    Raises
    ------
    InputError
        When a value is not finite, or a class is none of `names`.

    Examples
    --------
    >>> class_table([60.0, 30.0, 10.0], ["gold", "iron", "iron"], ["gold", "iron"])["value"].to_list()
    [60.0, 40.0]
    """
    given, found = number_column("values", values), np.asarray(classes, dtype=object)
    same_length("classes", found, given)
    strangers = sorted({str(name) for name in found} - set(names))
    if strangers:
        raise InputError("classes", f"must be among {', '.join(names)}", strangers[0])
    people = np.array([(found == name).sum() for name in names])
    brought = np.array([given[found == name].sum() for name in names])
    total = given.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "customers": people,
                "value": brought,
                "share_of_customers": people / len(given),
                "share_of_value": brought / total if total > 0.0 else np.nan,
                "value_per_customer": brought / np.where(people > 0, people, np.nan),
            },
            index=pd.Index(list(names), name="class"),
        )
