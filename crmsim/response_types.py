"""Four types of customers, by what an offer changes: whom it keeps, and whom it drives away.

A reminder that the contract ends makes one stay who would have left, and makes another think of leaving
who would have stayed; most do what they would have done anyway. Only whoever sees the same person in two
worlds, with the offer and without, can tell who is who.

========================  =====================  =================
                          stays without it       leaves without it
========================  =====================  =================
**stays with it**         sure thing             persuadable
**leaves with it**        do-not-disturb         lost cause
========================  =====================  =================

How likely somebody is to stay in each world does not depend on how the worlds are paired; how often the
same person is persuadable does. Here both worlds have the same luck, so they differ by the offer alone; with
unlike luck, chance would make persuadables and do-not-disturbs of people whom the offer never touched.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError

__all__ = ["TYPES", "likely_types", "type_shares"]

Array = npt.NDArray[np.float64]

#: In this order in every table and picture.
TYPES = ("persuadable", "sure_thing", "lost_cause", "do_not_disturb")


def type_shares(stays_without: npt.ArrayLike, stays_with: npt.ArrayLike) -> Array:
    """Return how often each customer was of each type.

    Parameters
    ----------
    stays_without, stays_with : array of bool, shape (draws, customers) or (customers,)
        Whether the customer stayed, in worlds that differ by the treatment alone.

    Returns
    -------
    array of float, shape (customers, 4)
        In the order of :data:`TYPES`; every row sums to 1. With one draw a row has a single 1.

    Raises
    ------
    InputError
        When the shapes differ.

    Examples
    --------
    >>> type_shares([0, 1, 0, 1], [1, 1, 0, 0]).argmax(axis=1).tolist()
    [0, 1, 2, 3]
    """
    without, given = (
        np.atleast_2d(np.asarray(stays_without, bool)),
        np.atleast_2d(np.asarray(stays_with, bool)),
    )
    if without.shape != given.shape:
        raise InputError("stays_with", f"must have the shape of stays_without, {without.shape}", given.shape)
    kinds = (~without & given, without & given, ~without & ~given, without & ~given)
    return np.stack([kind.mean(axis=0) for kind in kinds], axis=-1)


def likely_types(stays_without: npt.ArrayLike, stays_with: npt.ArrayLike, least: float = 0.05) -> Array:
    """Return one type for each customer, from the probabilities of staying in the two worlds.

    An effect of a few points is a large one, so nobody is persuadable most of the time. Whoever gains
    (loses) at least `least` counts as persuadable (do-not-disturb); of the others, whoever stays at least
    half the time without the treatment as a sure thing, the rest as lost causes.

    Parameters
    ----------
    stays_without, stays_with : array of float, shape (customers,)
        Probabilities, 0 to 1.
    least : float
        Change of the probability that counts, above 0 and up to 1.

    Returns
    -------
    array of str, shape (customers,)

    Raises
    ------
    InputError
        When a number is out of range, or the shapes differ.

    Examples
    --------
    >>> likely_types([0.5, 0.9, 0.2, 0.7], [0.6, 0.91, 0.2, 0.6]).tolist()
    ['persuadable', 'sure_thing', 'lost_cause', 'do_not_disturb']
    """
    without, given = np.asarray(stays_without, float), np.asarray(stays_with, float)
    if not 0.0 < least <= 1.0:
        raise InputError("least", "must be above 0 and at most 1", least)
    if without.shape != given.shape:
        raise InputError("stays_with", f"must have the shape of stays_without, {without.shape}", given.shape)
    for name, values in (("stays_without", without), ("stays_with", given)):
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise InputError(name, "must be probabilities, from 0 to 1")
    effect = given - without
    # Shares of draws are no exact numbers: 0.6 - 0.5 falls short of 0.1.
    far = least - 1e-9
    chosen = [effect >= far, effect <= -far, without >= 0.5]
    return np.select(chosen, ["persuadable", "do_not_disturb", "sure_thing"], "lost_cause")
