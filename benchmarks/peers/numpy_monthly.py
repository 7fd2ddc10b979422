"""The simple customer as arrays: everybody who is still active, month by month, and no events at all.

What an analyst writes who needs counts and sums only. How many purchases a customer would make in a
month is Poisson, after how many one leaves is geometric, the fewer of the two is what happens; the
spend of several purchases is one gamma number. So the counts have the same distribution as in
continuous time; when in the month something happened is not known.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.simple_customer import Outcome, SimpleCustomer

__all__ = ["run"]

DAYS_PER_MONTH = 30


def run(person: SimpleCustomer, customers: int, seed: int) -> Outcome:
    """Simulate so many customers; the days must be whole months."""
    rng = np.random.default_rng(seed)
    per_month = DAYS_PER_MONTH * rng.gamma(person.rate_shape, person.rate_scale, customers)
    dropout = rng.beta(person.drop_a, person.drop_b, customers)
    scale = person.mean_scale / rng.gamma(person.spread_shape, 1.0, customers) / person.spend_shape
    purchases = customers
    revenue = rng.gamma(person.spend_shape, scale).sum()
    for _ in range(person.days // DAYS_PER_MONTH):
        occasions = rng.poisson(per_month)
        until_leaving = rng.geometric(dropout)
        bought = np.minimum(occasions, until_leaving)
        purchases += bought.sum()
        revenue += rng.gamma(person.spend_shape * bought, scale).sum()
        stays = occasions < until_leaving
        per_month, dropout, scale = per_month[stays], dropout[stays], scale[stays]
    return Outcome(customers, int(purchases), float(revenue), len(per_month))
