"""The simple customer that every peer simulates, and what each of them reports.

A customer of the record shop: comes in, buys, comes back at random, and after some purchase or other
never again. No service desk, no satisfaction, no word of mouth; who has been read about Poisson
purchases and coin tosses can predict everything (BG/NBD with gamma-gamma spend). All times in days.

1. The first purchase is at the start.
2. Further purchases come at random (Poisson), at a rate that differs between customers (gamma).
3. After each further purchase the customer leaves for good with a probability that differs between
   customers (beta).
4. What a purchase is worth varies around the customer's mean (gamma); means differ between customers
   (inverse gamma).

Nothing is imported here, so that a peer's memory is its own.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SIMPLE", "Outcome", "SimpleCustomer"]


class SimpleCustomer(NamedTuple):
    """Distributions of the simple customer's traits, and for how long customers are followed."""

    rate_shape: float = 0.9
    rate_mean: float = 6.0  # purchases per year of 365 days
    drop_a: float = 1.0
    drop_b: float = 9.0
    spend_shape: float = 6.0  # from purchase to purchase
    spread_shape: float = 4.0  # of mean spend between customers, above 2 for a finite variance
    spend_mean: float = 100.0
    days: int = 360  # twelve months of 30 days

    @property
    def rate_scale(self) -> float:
        """Scale of the gamma of purchase rates, purchases per day."""
        return self.rate_mean / 365.0 / self.rate_shape

    @property
    def mean_scale(self) -> float:
        """Mean spend is this, over a gamma number of shape ``spread_shape`` and scale 1."""
        return self.spend_mean * (self.spread_shape - 1.0)


SIMPLE = SimpleCustomer()


class Outcome(NamedTuple):
    """What happened to all customers of one run. An event is a purchase, the first one included."""

    customers: int
    events: int
    revenue: float
    active: int  # at the end

    @property
    def purchases_per_customer(self) -> float:
        """Mean number of purchases."""
        return self.events / self.customers

    @property
    def revenue_per_customer(self) -> float:
        """Mean revenue, undiscounted."""
        return self.revenue / self.customers

    @property
    def survivors(self) -> float:
        """Share of the customers who have not left."""
        return self.active / self.customers
