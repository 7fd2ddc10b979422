"""The simple customer in Mesa: one agent per customer, all of whom step once a month.

Mesa thinks in steps. Purchases of a month are drawn as a number (Poisson), one by one until the
customer leaves, so the numbers of purchases have the same distribution as in continuous time.
"""

from __future__ import annotations

import mesa

from benchmarks.peers.simple_customer import Outcome, SimpleCustomer

__all__ = ["run"]

DAYS_PER_STEP = 30


class Customer(mesa.Agent):
    """One customer: buys some times a month, and perhaps leaves."""

    def __init__(self, model: Shop):
        super().__init__(model)
        person, random = model.person, model.random
        rate = random.gammavariate(person.rate_shape, person.rate_scale)
        self.per_month = rate * DAYS_PER_STEP
        self.dropout = random.betavariate(person.drop_a, person.drop_b)
        self.mean_spend = person.mean_scale / random.gammavariate(person.spread_shape, 1.0)
        self.buy()

    def step(self) -> None:
        """Live for a month."""
        for _ in range(self.model.rng.poisson(self.per_month)):
            self.buy()
            if self.model.random.random() < self.dropout:
                self.remove()
                return

    def buy(self) -> None:
        """Put one purchase into the books."""
        shape = self.model.person.spend_shape
        self.model.purchases += 1
        self.model.revenue += self.model.random.gammavariate(shape, self.mean_spend / shape)


class Shop(mesa.Model):
    """All customers, and the books."""

    def __init__(self, person: SimpleCustomer, customers: int, seed: int):
        super().__init__(rng=seed)
        self.person = person
        self.purchases = 0
        self.revenue = 0.0
        Customer.create_agents(self, customers)

    def step(self) -> None:
        """Let everybody live for a month, in the order of their numbers: nobody depends on anybody."""
        self.agents.do("step")


def run(person: SimpleCustomer, customers: int, seed: int) -> Outcome:
    """Simulate so many customers; the days must be whole steps."""
    shop = Shop(person, customers, seed)
    for _ in range(person.days // DAYS_PER_STEP):
        shop.step()
    return Outcome(customers, shop.purchases, shop.revenue, len(shop.agents))
