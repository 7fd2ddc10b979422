"""The simple customer in plain SimPy: one generator per customer, which waits and buys."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from random import Random

import simpy

from benchmarks.peers.simple_customer import Outcome, SimpleCustomer

__all__ = ["run"]


@dataclass
class Shop:
    """What all customers share: luck, and the books."""

    person: SimpleCustomer
    random: Random
    purchases: int = 0
    revenue: float = 0.0
    left: int = 0

    def sell(self, scale: float) -> None:
        """Put one purchase into the books."""
        self.purchases += 1
        self.revenue += self.random.gammavariate(self.person.spend_shape, scale)


def customer(env: simpy.Environment, shop: Shop) -> Generator[simpy.Event, None, None]:
    """One customer: buy, wait, buy again, and perhaps leave."""
    person, random = shop.person, shop.random
    rate = random.gammavariate(person.rate_shape, person.rate_scale)
    dropout = random.betavariate(person.drop_a, person.drop_b)
    scale = person.mean_scale / random.gammavariate(person.spread_shape, 1.0) / person.spend_shape
    shop.sell(scale)
    while True:
        yield env.timeout(random.expovariate(rate))
        shop.sell(scale)
        if random.random() < dropout:
            shop.left += 1
            return


def run(person: SimpleCustomer, customers: int, seed: int) -> Outcome:
    """Simulate so many customers."""
    env = simpy.Environment()
    shop = Shop(person, Random(seed))
    for _ in range(customers):
        env.process(customer(env, shop))
    env.run(until=person.days)
    return Outcome(customers, shop.purchases, shop.revenue, customers - shop.left)
