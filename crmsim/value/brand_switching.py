"""CLV of a customer who switches between brands (Rust, Lemon & Zeithaml).

An airline's passenger may fly with another next time and come back later. Retention would call that
lost and won again; a brand-switching matrix gives the chance of each brand at the next purchase by the
brand of the last one, and so the chance that any later purchase is ours.

Rust, Lemon & Zeithaml (2004), Return on Marketing: Using Customer Equity to Focus Marketing Strategy,
Journal of Marketing 68(1), 109-127.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError, whole_number
from crmsim.value.checks import checked
from crmsim.value.migration import checked_distribution, checked_transitions
from crmsim.value.money import Money, same_period
from crmsim.value.rates import DiscountRate, Frequency
from crmsim.value.valuation import Valuation

__all__ = ["BrandSwitching", "brand_switching_clv"]


class BrandSwitching(NamedTuple):
    """What a customer is worth to one brand.

    Attributes
    ----------
    clv : Valuation
    shares : numpy.ndarray, shape (purchases,)
        Chance that each purchase is of the brand, the next one first.
    contributions : Money, shape (purchases,)
        Present value of what the brand can expect of each; they sum to the CLV.
    """

    clv: Valuation
    shares: npt.NDArray[np.float64]
    contributions: Money


def brand_switching_clv(
    switching: npt.ArrayLike,
    *,
    start: int | npt.ArrayLike,
    brand: int,
    volume: Money,
    contribution_rate: npt.ArrayLike,
    purchases: Frequency,
    discount: DiscountRate,
    years: float,
) -> BrandSwitching:
    """Return the value of a customer to one brand, over a horizon of purchases.

    With f purchases a year, volume v, contribution rate c and H years, the sum over t = 0, 1, .., H f
    of ``(1 + d)^(-t / f) v c B_t``, where B_0 is the chance of the brand at the next purchase.

    Parameters
    ----------
    switching : array_like of float, shape (brands, brands)
        Row: brand of the last purchase; column: brand of the next one. Rows sum to 1.
    start : int or array_like of float, shape (brands,)
        Brand of the last purchase, from 0, or the chance of each.
    brand : int
        To which the value is counted, from 0.
    volume : Money, scalar or shape (purchases,)
        What the customer spends at a purchase, of whatever brand.
    contribution_rate : array_like of float
        Share of it that the brand keeps, at most 1.
    purchases : Frequency
        Above 0.
    discount : DiscountRate
    years : float
        Horizon in periods of `discount` (years, as a rule); with whole f H the last purchase falls on
        its end and counts.

    Returns
    -------
    BrandSwitching
        The next purchase is now.

    Raises
    ------
    InputError
        The matrix is none of chances, a value is out of range, or periods differ.

    Examples
    --------
    >>> result = brand_switching_clv(
    ...     [[0.8, 0.2], [0.3, 0.7]], start=0, brand=0, volume=Money(100, "USD"), contribution_rate=0.2,
    ...     purchases=Frequency(2, "year"), discount=DiscountRate(0.12, "year"), years=3,
    ... )
    >>> round(result.clv.value, 2), result.shares[:3].round(2)
    (78.87, array([0.8 , 0.7 , 0.65]))
    """
    per = same_period(discount=discount, purchases=purchases)
    matrix = checked_transitions("switching", switching)
    ours = whole_number("brand", brand, 0, len(matrix) - 1)
    if np.ndim(start) == 0:
        chances = np.eye(len(matrix))[whole_number("start", start, 0, len(matrix) - 1)]
    else:
        chances = checked_distribution("start", start, len(matrix))
    often = float(checked("purchases", purchases.value, 0, above=True, unit=f"per {per}"))
    horizon = float(checked("years", years, 0))
    # A horizon of 3 times 1/3 of a year is one purchase, whatever the last binary digit says.
    number = int(np.floor(horizon * often * (1 + 1e-12))) + 1
    if np.ndim(volume.amount) and np.shape(volume.amount) != (number,):
        raise InputError("volume", f"must be one amount, or one for each of {number} purchases")
    shares = np.empty(number)
    for purchase in range(number):
        chances = chances @ matrix
        shares[purchase] = chances[ours]
    weights = discount.factor(np.arange(number) / often, per)
    keeps = checked("contribution_rate", contribution_rate, high=1)
    present = weights * volume.amount * keeps * shares
    clv = Valuation(
        value=float(np.sum(present)),
        currency=volume.currency,
        date_of_value=volume.date_of_value,
        horizon=horizon,
        per=per,
        discount=discount,
        timing="next purchase now",
        method="brand switching (Rust, Lemon & Zeithaml)",
    )
    return BrandSwitching(clv, shares, Money(present, volume.currency, volume.date_of_value))
