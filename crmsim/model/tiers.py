"""Which tier a customer belongs to: ranks by trailing revenue, cut into shares."""

from __future__ import annotations

import numpy as np

from crmsim.tiers import Tier

__all__ = ["assign_tiers"]


def assign_tiers(revenue: np.ndarray, shares: tuple[float, float, float]) -> np.ndarray:
    """Return the tier of each customer of a review.

    Parameters
    ----------
    revenue : array of float, shape (n,)
        Trailing revenue of the active customers, in the order of their numbers; ties go to the
        lower number.
    shares : tuple of three floats
        Shares of the customers that become VIP, important and ordinary; the rest is small.

    Returns
    -------
    array of int8, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> assign_tiers(np.array([5.0, 9.0, 1.0, 7.0]), (0.25, 0.25, 0.25)).tolist()
    [2, 0, 3, 1]
    """
    order = np.argsort(-revenue, kind="stable")
    # round() half to even would make the size of a tier jump about; a tier is filled from the top.
    cuts = np.ceil(np.cumsum(shares) * len(revenue) - 1e-9).astype(np.int64)
    tiers = np.empty(len(revenue), np.int8)
    tiers[order] = np.searchsorted(cuts, np.arange(len(revenue)), side="right")
    return np.minimum(tiers, Tier.SMALL)
