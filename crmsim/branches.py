"""A large firm as branches: each with its own customers, desk and reputation, added up by head office.

Like a bank with many offices: each serves its own district, and head office adds up the books. A
branch is a complete run with its share of the customers. That changes what happens, and is meant to:
each branch has the desk of the scenario, as many agents with the same load, so that one call takes its
branch as many times longer as there are branches and callers wait accordingly (one desk for
everybody would have to answer in seconds); customers are ranked into tiers among their branch's own;
word of mouth and reputation stay within a branch; and a budget, or what advertising and answers in
public cost the whole firm, is shared out by customers.

Branch b of replication k is drawn like replication k + b * 2**20. Who lives there depends on nothing
else, and the first branch has the people of the plain replication. Branches run one after another. A
summary keeps a line per customer of those that have ended, so that a million customers need the memory
of one branch and some 50 MB; a ledger keeps everything. A branch of some 10,000 customers fits into a
processor's cache, and so takes less time for each of them than a larger one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError, whole_number
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.memory import check_memory, run_memory
from crmsim.model.records import CUSTOMER, RUN
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, AnyStrategy, Strategy
from crmsim.summary import PERSON, Summary

__all__ = ["MOST_BRANCHES", "check_branches", "simulate_branches", "summarise_branches"]

MOST_BRANCHES = 1000
#: Replications are fewer, so that no branch of one is a replication, or another's branch.
_STEP = 2**20
#: Fields of a month and of a run that all branches share, and those of which the firm has the mean over
#: its customers; all others add up.
_SHARED = {"time", "horizon", "window_start", "window_end", "logging", "budgeted", "triggered", "wins_back"}
_AVERAGED = {"reputation", "answered", "handling_days"}
#: What costs a firm as a whole, month by month.
_FOR_THE_FIRM = ("advertise", "engage")


def check_branches(branches: int, scenario: Scenario) -> None:
    """Refuse a number of branches that a scenario cannot be split into.

    Raises
    ------
    InputError
    """
    whole_number("branches", branches, 1, MOST_BRANCHES)
    customers = scenario.population.customers
    if branches > customers:
        raise InputError("branches", f"must be at most the number of customers, {customers}", branches)


def simulate_branches(
    scenario: Scenario,
    strategy: AnyStrategy = DO_NOTHING,
    *,
    branches: int,
    seed: int = 1,
    replication: int = 0,
    log: bool = True,
    engine: str = "auto",
) -> Ledger:
    """Run a scenario as so many branches, each on its own, and pool their ledgers.

    Parameters
    ----------
    scenario : Scenario
        Of the whole firm; its customers are spread evenly over the branches.
    strategy : Strategy or ProgrammedStrategy
        Followed in every branch.
    branches : int
        1 to 1000.
    seed, replication, log, engine
        As in :func:`crmsim.engines.simulate`.

    Returns
    -------
    Ledger
        Of the whole firm: every metric reads it like any other.

    Raises
    ------
    InputError
        As :func:`crmsim.engines.simulate`, and for a number of branches that cannot be.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> town = preset("retail").with_values(customers=60, horizon_days=420)
    >>> whole = simulate_branches(town, branches=3, seed=7)
    >>> whole.initial_count, len(whole.months) == len(simulate(town, seed=7).months)
    (60, True)
    """
    chosen = _checked(scenario, strategy, branches, replication, engine, log=log, whole=True)
    firm, parts = _Firm(scenario), []
    for part in _branches(scenario, strategy, branches, seed, replication, log, chosen):
        firm.add(part)
        parts.append(part)
    # The record has gaps between its fields, which nobody fills.
    customers = np.zeros(sum(part.customer_count for part in parts), CUSTOMER)
    for part in parts:
        customers[part.customers["number"]] = part.customers
    return Ledger(
        scenario=scenario,
        strategy=strategy,
        seed=seed,
        replication=replication,
        engine=chosen,
        events=_in_order([part.log() for part in parts]) if log else None,
        customers=customers,
        months=firm.months,
        run=firm.run[0],
        branches=branches,
        added=firm.books[0],
    )


def summarise_branches(
    scenario: Scenario,
    strategy: AnyStrategy = DO_NOTHING,
    *,
    branches: int,
    seed: int = 1,
    replication: int = 0,
    engine: str = "auto",
    keep: Callable[[np.ndarray], None] | None = None,
) -> Summary:
    """Run a scenario as so many branches, of which only the figures are kept.

    Parameters
    ----------
    scenario, strategy, branches, seed, replication, engine
        As in :func:`simulate_branches`.
    keep : callable, optional
        Called with the customers of each branch when it has ended (array of ``records.CUSTOMER``, with
        their numbers in the firm), to write them to a file.

    Returns
    -------
    Summary
        With the same people, books, months and run as the ledger of :func:`simulate_branches`.

    Raises
    ------
    InputError
        As :func:`simulate_branches`.

    Examples
    --------
    >>> from crmsim.metrics.outcomes import outcomes
    >>> from crmsim.scenario import preset
    >>> town = preset("retail").with_values(customers=60, horizon_days=420)
    >>> whole, figures = (run(town, branches=3) for run in (simulate_branches, summarise_branches))
    >>> outcomes(whole) == outcomes(figures)
    True
    """
    chosen = _checked(scenario, strategy, branches, replication, engine, log=False, whole=False)
    firm, initial = _Firm(scenario), scenario.population.customers
    people, later = np.empty(initial, PERSON), []
    for part in _branches(scenario, strategy, branches, seed, replication, False, chosen):
        firm.add(part)
        people[part.customers["number"][: part.initial_count]] = part.people[: part.initial_count]
        later.append(part.people[part.initial_count :].copy())
        if keep is not None:
            keep(part.customers)
        del part  # else it would stay until the next one is there
    # It grows where it stands: joining the pieces would take twice the memory.
    people.resize(initial + sum(map(len, later)), refcheck=False)
    np.concatenate(later, out=people[initial:])
    return Summary(
        scenario=scenario,
        strategy=strategy,
        seed=seed,
        replication=replication,
        engine=chosen,
        branches=branches,
        people=people,
        books=firm.books[0],
        months=firm.months,
        run=firm.run[0],
    )


def _checked(
    scenario: Scenario,
    strategy: AnyStrategy,
    branches: int,
    replication: int,
    engine: str,
    *,
    log: bool,
    whole: bool,
) -> str:
    """Refuse what cannot be run; return the engine."""
    check_branches(branches, scenario)
    whole_number("replication", replication, 0, _STEP - 1)
    chosen = engine_for(strategy, engine)
    needed = run_memory(scenario, strategy, engine=chosen, log=log, branches=branches, whole=whole)
    check_memory(needed, log=log)
    return chosen


def _branches(
    scenario: Scenario,
    strategy: AnyStrategy,
    branches: int,
    seed: int,
    replication: int,
    log: bool,
    engine: str,
) -> Iterator[Ledger]:
    """Yield the ledger of each branch, with the numbers that its customers have in the firm.

    The initial customers of all branches come first, as in any other ledger.
    """
    customers = scenario.population.customers
    first, later = 0, customers
    for b in range(branches):
        own = customers // branches + (b < customers % branches)
        part = simulate(
            scenario.with_values(customers=own),
            _share(strategy, own / customers),
            seed=seed,
            replication=replication + b * _STEP,
            log=log,
            engine=engine,
        )
        others = part.customer_count - own
        _renumber(part, np.concatenate([first + np.arange(own), later + np.arange(others)]))
        first, later = first + own, later + others
        yield part
        del part  # else it would stay until the next one is there


def _share(strategy: AnyStrategy, share: float) -> AnyStrategy:
    """Return a strategy with a branch's share of what the firm spends as a whole."""
    if not isinstance(strategy, Strategy):
        return strategy
    rules = [
        rule.model_copy(
            update={"cost": rule.cost.model_copy(update={"per_month": rule.cost.per_month * share})}
        )
        if rule.do.name in _FOR_THE_FIRM and rule.cost is not None and rule.cost.per_month is not None
        else rule
        for rule in strategy.rules
    ]
    budget = strategy.budget
    if budget is not None:
        budget = budget.model_copy(update={"per_year": budget.per_year * share})
    return strategy.model_copy(update={"rules": tuple(rules), "budget": budget})


def _renumber(part: Ledger, numbers: np.ndarray) -> None:
    """Give the customers of a branch other numbers, wherever theirs stand."""
    people = part.customers
    people["number"] = numbers
    brought = people["parent"] >= 0
    people["parent"][brought] = numbers[people["parent"][brought]]
    if part.events is None:
        return
    events = part.events
    events["customer"] = numbers[events["customer"]]
    referred = events["kind"] == EventKind.REFERRED
    events["detail"][referred] = numbers[events["detail"][referred]]


class _Firm:
    """The months, the run and the books of a firm, to which one branch after the other is added."""

    def __init__(self, scenario: Scenario):
        self._customers = scenario.population.customers
        self.months: np.ndarray | None = None

    def add(self, part: Ledger) -> None:
        """Add what a branch did."""
        tables = part.months, np.array([part.run], RUN), np.array([part.books])
        share = part.initial_count / self._customers
        if self.months is None:
            self.months, self.run, self.books = (table.copy() for table in tables)
            for table in (self.months, self.run):
                for name in _AVERAGED & {*table.dtype.names}:
                    table[name] *= share
            return
        for mine, theirs in zip((self.months, self.run, self.books), tables, strict=True):
            for name in mine.dtype.names:
                if name in _AVERAGED:
                    mine[name] += share * theirs[name]
                elif name not in _SHARED:
                    mine[name] += theirs[name]


def _in_order(logs: list[np.ndarray]) -> np.ndarray:
    """Return the events of all branches in the order of time."""
    together = np.concatenate(logs)
    return together[np.argsort(together["time"], kind="stable")]
