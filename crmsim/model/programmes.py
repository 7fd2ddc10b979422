"""Programmes: what the firm offers at a stage, and how well it meets the need of that stage.

A newcomer wants a reason to come again, a regular wants to be treated as one, a friend of the house
wants to belong. The same gift at the wrong stage is worth little.
"""

from __future__ import annotations

from enum import IntEnum

from crmsim.compiling import formula
from crmsim.stages import Stage

__all__ = ["PROGRAMMES", "Programme", "felt_value", "intrusion", "irritation"]


class Programme(IntEnum):
    """The course's four kinds of programme."""

    REWARD = 0
    CONTACT = 1
    SPECIAL = 2
    COMMUNITY = 3


PROGRAMMES = len(Programme)


@formula
def felt_value(levels, needs, stage, responsiveness, prog_value):
    """Return the value that a customer feels in (or expects of) the programmes, in units of quality.

    Parameters
    ----------
    levels : array of float, shape (4,)
        Intensity (or expectation) by programme.
    needs : array of float, shape (4, 4)
        Need by true stage (exploration first) and programme, 0 to 1.
    stage : int
        True stage of the customer.
    responsiveness : float
        Of the customer, mean 1.
    prog_value : float
        Value of a programme that exactly meets the need.

    Examples
    --------
    >>> import numpy as np
    >>> felt_value(np.array([1.0, 0, 0, 0]), np.eye(4), Stage.EXPLORATION, 1.0, 0.06)
    0.06
    """
    row = min(max(stage - Stage.EXPLORATION, 0), 3)
    total = 0.0
    for k in range(PROGRAMMES):
        total += needs[row, k] * levels[k]
    return prog_value * responsiveness * total


@formula
def irritation(levels, weight):
    """Return the annoyance, in units of quality, of more than one full programme at a time.

    Contact is welcome until it is too much: the benefit of a further programme is linear, the
    annoyance quadratic.

    Examples
    --------
    >>> import numpy as np
    >>> irritation(np.array([1.0, 0, 0, 0]), 0.02), irritation(np.array([1.0, 1.0, 1.0, 0]), 0.02)
    (0.0, 0.08)
    """
    total = 0.0
    for k in range(PROGRAMMES):
        total += levels[k]
    surplus = max(total - 1.0, 0.0)
    return weight * surplus * surplus


@formula
def intrusion(levels, consents, unasked):
    """Return how much contact annoys somebody who never agreed to it, in units of quality.

    The same message is a welcome word to who asked for it and a nuisance to who did not (Godin 1999).

    Parameters
    ----------
    levels : array of float, shape (4,)
        Intensity by programme; only the contact programme intrudes.
    consents : int
        1 for who agreed.
    unasked : float
        Loss per unit of intensity; 0 = off.

    Examples
    --------
    >>> import numpy as np
    >>> contact = np.array([0, 0.5, 0, 0])
    >>> intrusion(contact, 0, 0.1), intrusion(contact, 1, 0.1)
    (0.05, 0.0)
    """
    return 0.0 if consents else unasked * levels[Programme.CONTACT]
