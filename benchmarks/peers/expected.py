"""What theory says about the simple customer: means, and variances from one customer to the next.

Written down from the model's definition, without a simulation, so that every peer can be held to it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from benchmarks.peers.simple_customer import Outcome, SimpleCustomer

__all__ = ["STANDARD_ERRORS", "Expected", "distances", "expected"]

#: A sound program is further off than this once in 16,000 comparisons.
STANDARD_ERRORS = 4.0
_MOST_PURCHASES = 20_000


class Expected(NamedTuple):
    """Mean of one customer, and standard deviation between customers."""

    mean: float
    deviation: float


def expected(person: SimpleCustomer) -> dict[str, Expected]:
    """Return purchases, revenue and survival of one customer, by the names of :class:`Outcome`."""
    repeats, square = _repeats(person)
    purchases, variance = 1.0 + repeats, square - repeats**2
    # The mean square of the sum of n gamma numbers with mean 1 is n / shape + n^2.
    summed = purchases / person.spend_shape + variance + purchases**2
    spread = (person.spread_shape - 1.0) / (person.spread_shape - 2.0)
    revenue = person.spend_mean * purchases
    alive = _alive(person)
    return {
        "purchases_per_customer": Expected(purchases, math.sqrt(variance)),
        "revenue_per_customer": Expected(
            revenue, math.sqrt(person.spend_mean**2 * spread * summed - revenue**2)
        ),
        "survivors": Expected(alive, math.sqrt(alive * (1.0 - alive))),
    }


def distances(outcome: Outcome, person: SimpleCustomer) -> dict[str, float]:
    """Return how many standard errors each mean of a run is away from what is expected."""
    return {
        name: (getattr(outcome, name) - mean) / (deviation / math.sqrt(outcome.customers))
        for name, (mean, deviation) in expected(person).items()
    }


def _repeats(person: SimpleCustomer) -> tuple[float, float]:
    """Return the mean of the repeat purchases, and of their square.

    Whoever makes k repeat purchases had k occasions (negative binomial) and stayed after k - 1
    purchases (beta-geometric), which are independent; both means are sums of that over k.
    """
    k = np.arange(1, _MOST_PURCHASES)
    share = 1.0 / (1.0 + person.rate_scale * person.days)
    occasions = stats.nbinom.sf(k - 1, person.rate_shape, share)
    a, b = person.drop_a, person.drop_b
    stayed = np.exp(special.betaln(a, b + k - 1) - special.betaln(a, b))
    at_least = occasions * stayed
    return float(at_least.sum()), float(((2 * k - 1) * at_least).sum())


def _alive(person: SimpleCustomer) -> float:
    """Return the share that stays: the last purchase comes at rate times probability of leaving."""
    a, b = person.drop_a, person.drop_b
    return float(special.hyp2f1(person.rate_shape, a, a + b, -person.rate_scale * person.days))
