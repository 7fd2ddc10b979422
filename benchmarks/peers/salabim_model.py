"""The simple customer in salabim: one component per customer, which holds and buys.

Written with ``yield``, which salabim offers beside processes without: that needs no further package
(greenlet) and no stack of its own for every customer.
"""

from __future__ import annotations

from collections.abc import Generator

import salabim

from benchmarks.peers.simple_customer import Outcome, SimpleCustomer

__all__ = ["run"]


class Shop(salabim.Environment):
    """The clock, the distributions that all customers share, and the books."""

    def setup(self, person: SimpleCustomer) -> None:
        """Called by salabim when the environment is made."""
        self.rate = salabim.Gamma(person.rate_shape, person.rate_scale)
        self.dropout = salabim.Beta(person.drop_a, person.drop_b)
        self.spread = salabim.Gamma(person.spread_shape, 1.0 / person.mean_scale)
        self.spend = salabim.Gamma(person.spend_shape, 1.0 / person.spend_shape)
        self.purchases = 0
        self.revenue = 0.0
        self.left = 0


class Customer(salabim.Component):
    """One customer: buy, wait, buy again, and perhaps leave."""

    def setup(self) -> None:
        """Draw who this is; called by salabim when the component is made."""
        self.gap = salabim.Exponential(rate=self.env.rate.sample())
        self.dropout = self.env.dropout.sample()
        self.mean_spend = 1.0 / self.env.spread.sample()

    def process(self) -> Generator[None, None, None]:
        """Live; started by salabim."""
        self.buy()
        while True:
            yield self.hold(self.gap.sample())
            self.buy()
            if salabim.random.random() < self.dropout:
                self.env.left += 1
                return

    def buy(self) -> None:
        """Put one purchase into the books."""
        self.env.purchases += 1
        self.env.revenue += self.mean_spend * self.env.spend.sample()


def run(person: SimpleCustomer, customers: int, seed: int) -> Outcome:
    """Simulate so many customers."""
    salabim.yieldless(False)
    shop = Shop(person=person, random_seed=seed)
    for _ in range(customers):
        Customer()
    shop.run(till=person.days)
    return Outcome(customers, shop.purchases, shop.revenue, customers - shop.left)
