"""What is kept of a run when only its figures are wanted: months, sums, and a line per person.

Like the branch manager's letter to head office, which holds what the books say and leaves the index
cards where they are. A line takes 42 bytes where a customer's record takes more than a thousand.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Any

import numpy as np

from crmsim.events import COMPONENTS, Component
from crmsim.model.records import COMPONENT_COUNT, NEVER
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy
from crmsim.version import VERSION

__all__ = ["BOOKS", "COUNTED", "PERSON", "Run", "Summary", "provenance", "summarise"]

#: Components whose sum is the customer's value, in the order of their codes.
COUNTED = [component for component, info in COMPONENTS.items() if info.counts]

#: What outcomes and comparisons need of one person at the end of the run.
PERSON = np.dtype(
    (
        np.record,
        [
            ("entered", "i8"),  # seconds: first purchase; NEVER before it
            ("left", "i8"),  # seconds: end of the relationship; NEVER before it and after a return
            ("clv", "f8"),  # currency: all components of value, discounted to the customer's own entry
            ("revenue", "f8"),  # currency, undiscounted
            ("ratio", "f8"),  # running mean of c = b / a
            ("status", "i1"),
            ("tier", "i1"),
        ],
    )
)

#: Money of the whole run by component, in currency.
BOOKS = np.dtype(
    (
        np.record,
        [
            ("value", "f8", (COMPONENT_COUNT,)),  # of all who ever bought, each discounted to their entry
            ("total", "f8", (COMPONENT_COUNT,)),  # of everybody, undiscounted
        ],
    )
)

#: So many records are read at a time: as many as fit into a processor's cache.
_BLOCK = 1 << 12


class Run:
    """One run, as outcomes and the tables of a comparison read it; a ledger is one, and so is a summary.

    Attributes
    ----------
    scenario, strategy : Scenario, Strategy
    seed, replication : int
    engine : str
        Driver that ran it.
    branches : int
        So many, each with its own desk, were run on their own and added up (:mod:`crmsim.branches`).
    people : array of ``PERSON``
        Everybody who appeared, by number.
    books : record of ``BOOKS``
    months : array of ``ledger.MONTH``
        One row per window of 30 days.
    run : record of ``records.RUN``
        Counts of events and waits over the whole run.
    future : pair of int or None
        Day from which on the luck is that of another future, and its number.
    """

    scenario: Scenario
    strategy: AnyStrategy
    seed: int
    replication: int
    engine: str
    branches: int
    people: np.ndarray
    books: np.record
    months: np.ndarray
    run: np.record
    future: tuple[int, int] | None

    @property
    def initial_count(self) -> int:
        """Customers of the initial cohort; per-customer figures are per one of these."""
        return self.scenario.population.customers

    @property
    def horizon_days(self) -> int:
        """Length of the run."""
        return self.scenario.population.horizon_days

    @property
    def provenance(self) -> dict[str, Any]:
        """Everything needed to run it again."""
        return provenance(
            self.scenario,
            self.strategy,
            self.seed,
            self.replication,
            self.engine,
            branches=self.branches,
            future=self.future,
        )


@dataclass(frozen=True, eq=False)
class Summary(Run):
    """A run without its customers' records: what :func:`crmsim.metrics.outcomes.outcomes` needs.

    The attributes are those of :class:`Run`.
    """

    scenario: Scenario
    strategy: AnyStrategy
    seed: int
    replication: int
    engine: str
    branches: int
    people: np.ndarray
    books: np.record
    months: np.ndarray
    run: np.record
    future: tuple[int, int] | None = None


def summarise(customers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a line for every customer, and the sums of their money.

    Parameters
    ----------
    customers : array of ``records.CUSTOMER``, shape (n,)

    Returns
    -------
    people : array of ``PERSON``, shape (n,)
    books : array of ``BOOKS``, shape (1,)

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> people, books = summarise(ledger.customers)
    >>> bool(np.isclose(people["clv"].sum(), books["value"][0, COUNTED].sum()))
    True
    """
    people, books = np.empty(len(customers), PERSON), np.zeros(1, BOOKS)
    for first in range(0, len(customers), _BLOCK):
        rows, mine = customers[first : first + _BLOCK], people[first : first + _BLOCK]
        for name in ("entered", "left", "ratio", "status", "tier"):
            mine[name] = rows[name]
        value, total = rows["value"], rows["total"]
        mine["clv"] = value[:, COUNTED].sum(axis=1)
        mine["revenue"] = total[:, Component.REVENUE]
        books["value"] += value[rows["entered"] < NEVER].sum(axis=0)
        books["total"] += total.sum(axis=0)
    return people, books


def provenance(
    scenario: Scenario,
    strategy: AnyStrategy,
    seed: int,
    replication: int,
    engine: str,
    *,
    branches: int = 1,
    future: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Return everything needed to run it again, as data that can be written to a file."""
    return {
        "crmsim": VERSION,
        "engine": engine,
        "seed": seed,
        "replication": replication,
        "branches": branches,
        **({} if future is None else {"future": list(future)}),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scenario": scenario.model_dump(mode="json"),
        "strategy": strategy.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
