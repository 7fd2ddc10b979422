"""Words for how valuable a customer has been: the tiers of the customer pyramid.

Airlines call them gold and silver; the course calls them VIP, important, ordinary and small.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Tier"]


class Tier(IntEnum):
    """Tier by trailing revenue, the best first. Newcomers start as SMALL."""

    VIP = 0
    IMPORTANT = 1
    ORDINARY = 2
    SMALL = 3
