"""The independent comparison program of the benchmark: a plain SimPy program of the whole model.

This is what a competent SimPy modeller would write from the behaviour specification: one process per
customer, a `PriorityResource` for the service desk, a monthly process for the firm, one shared
`random.Random`. It imports nothing of the package it is compared with, and it is *not* a reference
for the model: it draws its random numbers in order of use, so runs agree with those of the package
in distribution only, and two strategies do not meet the same luck.

    python -m benchmarks.plain.market
"""

import math
import random
import time
from collections import Counter, deque

import simpy

from benchmarks.plain.customer import Customer
from benchmarks.plain.firm import SATISFIED, Desk, Firm
from benchmarks.plain.parameters import PRESETS, STRATEGIES, WINDOW, YEAR


class Market:
    """A firm, its desk, its customers, and its reputation among them."""

    def __init__(self, params, customers, years, seed, strategy):
        self.p = p = params
        self.size = customers
        self.horizon = years * YEAR
        self.strategy = strategy
        self.rnd = random.Random(seed)
        self.env = simpy.Environment()
        self.delta = math.log1p(p.interest) / YEAR
        self.wallet_logit = math.log(p.wallet0 / (1.0 - p.wallet0))
        self.window_end = WINDOW

        self.reputation = 1.0
        self.reputation_at = 0.0
        self.referred = 0
        self.events = Counter()
        self.causes = Counter()
        self.lapsed = deque()  # who has left, in that order
        self.ratio_sum = 0.0

        self.desk = Desk(self, customers)
        self.firm = Firm(self)
        self.customers = []
        for _ in range(customers):
            self.add_customer(self.rnd.uniform(0.0, p.entry_days))
        if p.arrivals:
            self.env.process(self.arrive())

    def add_customer(self, t0, generation=0):
        self.customers.append(Customer(self, len(self.customers), t0, generation))

    def arrive(self):
        """Prospects who inquire; the better the reputation, the more of them become customers."""
        while True:
            yield self.env.timeout(self.rnd.expovariate(2.0 * self.p.arrivals * self.size / YEAR))
            self.events["prospect"] += 1
            if self.rnd.random() < 0.5 * min(self.reputation_now(), 2.0):
                self.add_customer(self.env.now)

    # ---------------------------------------------------------------- reputation and referral

    def reputation_now(self):
        calm = math.exp(-(self.env.now - self.reputation_at) / self.p.rep_tau)
        return 1.0 + (self.reputation - 1.0) * calm

    def shift_reputation(self, strength):
        self.reputation = self.reputation_now() * math.exp(strength / self.size)
        self.reputation_at = self.env.now

    def referral_chance(self):
        p = self.p
        free = 1.0 - self.referred / (p.ref_pool * self.size)
        return p.ref_conv * min(self.reputation_now(), 2.0) * free

    # ---------------------------------------------------------------- results

    def retention(self):
        """Annual retention in the first and in the later years of the customers' own time."""
        at_risk, kept = [0, 0], [0, 0]
        for c in self.customers:
            year, birthday = 0, c.t0 + YEAR
            while birthday <= self.horizon and c.first_left > birthday - YEAR:
                later = year > 0
                at_risk[later] += 1
                kept[later] += c.first_left > birthday
                year, birthday = year + 1, birthday + YEAR
        return [k / n if n else math.nan for k, n in zip(kept, at_risk, strict=True)]

    def results(self):
        everybody, events, firm = self.customers, self.events, self.firm
        active = [c for c in everybody if c.active]
        revenues = sorted((c.revenue for c in everybody), reverse=True)
        first, later = self.retention()
        experiences = sum(c.n for c in everybody)
        lost = sum(self.causes.values())
        contacts = sum(self.desk.contacts)
        return {
            "events": sum(events.values()),
            "events_by_kind": dict(events),
            "npv_per_initial_customer": sum(c.value for c in everybody) / self.size,
            "clv_components": [sum(c.clv[k] for c in everybody) / self.size for k in range(6)],
            "relationship_cost": sum(c.cost for c in everybody) / self.size,
            "customers": len(everybody),
            "active_at_end": len(active),
            "referred": self.referred,
            "causes": {cause: n / lost for cause, n in self.causes.most_common()},
            "satisfied_share": sum(c.C >= SATISFIED for c in active) / len(active) if active else math.nan,
            "mean_ratio": self.ratio_sum / experiences if experiences else math.nan,
            "retention_first_year": first,
            "retention_later_years": later,
            "top_fifth_revenue_share": sum(revenues[: len(revenues) // 5]) / max(sum(revenues), 1e-9),
            "negative_clv_share": sum(c.value < 0.0 for c in everybody) / len(everybody),
            "mean_wait_days": sum(self.desk.waits) / contacts if contacts else math.nan,
            "wait_days_by_tier": [
                w / n if n else math.nan for w, n in zip(self.desk.waits, self.desk.contacts, strict=True)
            ],
            "promotions": firm.promotions,
            "demotions": firm.demotions,
            "reputation": self.reputation_now(),
            "snapshots": firm.snapshots,
            "surveys": firm.surveys,
        }


def run(preset, customers, years, seed, strategy="do_nothing"):
    """Simulate `customers` who enter over the first year, for `years`; return the totals."""
    market = Market(PRESETS[preset], customers, years, seed, STRATEGIES[strategy])
    market.env.run(until=market.horizon)
    return market.results()


def main():
    for preset in PRESETS:
        for strategy in STRATEGIES:
            start = time.process_time()
            result = run(preset, 2000, 6, 1, strategy)
            seconds = time.process_time() - start
            print(f"{preset}, {strategy}: {1e6 * seconds / result['events']:.1f} microseconds per event")
            for key, value in result.items():
                if key not in ("snapshots", "surveys"):
                    print(f"  {key:26} {value:.4f}" if isinstance(value, float) else f"  {key:26} {value}")


if __name__ == "__main__":
    main()
