"""The customer pyramid: platinum, gold, iron and lead, by what customers earn the firm.

Few at the top and many at the bottom, while profit stands on its head (Zeithaml, Rust & Lemon 2001,
California Management Review 43(4)): platinum customers bring most, gold a good part, iron fills the
capacity, and lead costs more than it brings. The course calls the four important, secondary, ordinary
and small, and the upper two together key customers: about a fifth in number, four fifths of profit.
Whether that is so in a firm is counted here and not assumed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.classes import abc_classes, class_table
from crmsim.audit.columns import number_column
from crmsim.errors import InputError
from crmsim.schemes import RECORD_SCHEMES

__all__ = ["PYRAMID", "PYRAMID_CUTS", "customer_pyramid", "pyramid_table"]

#: The tiers, from the top.
PYRAMID = RECORD_SCHEMES["metals"]
#: Platinum brings the first half of all profit, platinum and gold together four fifths. The fifths are
#: the 80/20 rule; the half is judgement.
PYRAMID_CUTS = (0.5, 0.8)


def customer_pyramid(
    profits: ArrayLike, cuts: tuple[float, float] = PYRAMID_CUTS, *, lead_below: float | None = None
) -> np.ndarray:
    """Return the tier of every customer.

    Parameters
    ----------
    profits : array
        What each customer brings after the cost of serving them, in currency. With revenue in its
        place nobody is lead, unless `lead_below` says from where on a customer pays for being served.
    cuts : pair of float
        Rising shares of all that those with positive profits bring: where platinum ends, and gold. As
        in ABC analysis the one who crosses a border is still in, and equals are in the same tier.
    lead_below : float, optional
        Who brings less is lead, in currency. By default who brings nothing, or costs money.

    Returns
    -------
    array of str
        Words of :data:`PYRAMID`, in the order of the customers.

    Raises
    ------
    InputError
        When a profit is not finite or the cuts are no rising shares.

    Examples
    --------
    >>> customer_pyramid([50.0, 30.0, 15.0, 5.0, -10.0]).tolist()
    ['platinum', 'gold', 'iron', 'iron', 'lead']
    """
    given = number_column("profits", profits)
    if len(cuts) != 2:
        raise InputError("cuts", "must be two rising shares above 0 and below 1", cuts)
    if lead_below is not None and not np.isfinite(lead_below):
        raise InputError("lead_below", "must be finite", lead_below)
    tiers = np.array(PYRAMID)[[ord(letter) - ord("A") for letter in abc_classes(given, cuts)]]
    costs = given <= 0.0 if lead_below is None else given < lead_below
    return np.where(costs, "lead", tiers)


def pyramid_table(
    profits: ArrayLike, cuts: tuple[float, float] = PYRAMID_CUTS, *, lead_below: float | None = None
) -> pd.DataFrame:
    """Return both pyramids: how many customers each tier has, and what they bring.

    Parameters
    ----------
    profits, cuts, lead_below
        As in :func:`customer_pyramid`.

    Returns
    -------
    DataFrame
        As :func:`crmsim.audit.classes.class_table`, from platinum to lead.

    Examples
    --------
    >>> pyramid_table([50.0, 30.0, 15.0, 5.0, -10.0])["customers"].tolist()
    [1, 1, 2, 1]
    """
    return class_table(profits, customer_pyramid(profits, cuts, lead_below=lead_below), PYRAMID)
