"""The simple customer on our two engines: the whole model, with every mechanism at zero."""

from __future__ import annotations

from benchmarks.peers.simple_customer import Outcome, SimpleCustomer
from crmsim.engines import simulate
from crmsim.events import Component
from crmsim.scenario import Scenario, preset
from crmsim.stages import Status

__all__ = ["run_compiled", "run_simpy", "scenario"]


def scenario(person: SimpleCustomer, customers: int) -> Scenario:
    """Return the world in which nothing but purchases and dropout is switched on."""
    return preset("bare").with_values(
        customers=customers,
        horizon_days=person.days,
        rate_shape=person.rate_shape,
        rate_mean=person.rate_mean,
        drop_a=person.drop_a,
        drop_b=person.drop_b,
        spend_p=person.spend_shape,
        spend_q=person.spread_shape,
        spend_mean=person.spend_mean,
    )


def run_simpy(person: SimpleCustomer, customers: int, seed: int) -> Outcome:
    """Simulate so many customers on the SimPy engine."""
    return _run(person, customers, seed, "simpy")


def run_compiled(person: SimpleCustomer, customers: int, seed: int) -> Outcome:
    """Simulate so many customers on the compiled engine."""
    return _run(person, customers, seed, "compiled")


def _run(person: SimpleCustomer, customers: int, seed: int, engine: str) -> Outcome:
    ledger = simulate(scenario(person, customers), seed=seed, log=False, engine=engine)
    people = ledger.customers
    return Outcome(
        customers,
        int(people["n"].sum()),
        float(ledger.months["amounts"][:, Component.REVENUE].sum()),
        int((people["status"] == Status.ACTIVE).sum()),
    )
