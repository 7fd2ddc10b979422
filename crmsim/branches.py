"""A large firm as branches: each with its own customers, desk and reputation, pooled at the end.

Like a bank with many offices: each serves its own district, and head office adds up the books. A
branch is a complete run with its share of the customers. That changes what happens, and is meant to:
each branch has the desk of the scenario, as many agents with the same load, so that one call takes its
branch as many times longer as there are branches and callers wait accordingly (one desk for
everybody would have to answer in seconds); customers are ranked into tiers among their branch's own;
word of mouth and reputation stay within a branch; and a budget, or what advertising and answers in
public cost the whole firm, is shared out by customers.

Branch b of replication k is drawn like replication k + b * 2**20. Who lives there depends on nothing
else, and the first branch has the people of the plain replication.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError, whole_number
from crmsim.ledger import Ledger
from crmsim.memory import check_memory, run_memory
from crmsim.model.records import RUN
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, AnyStrategy, Strategy

__all__ = ["MOST_BRANCHES", "check_branches", "pooled", "simulate_branches"]

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
    check_branches(branches, scenario)
    whole_number("replication", replication, 0, _STEP - 1)
    chosen = engine_for(strategy, engine)
    check_memory(run_memory(scenario, strategy, engine=chosen, log=log, branches=branches), log=log)
    customers = scenario.population.customers
    parts = []
    for b in range(branches):
        own = customers // branches + (b < customers % branches)
        parts.append(
            simulate(
                scenario.with_values(customers=own),
                _share(strategy, own / customers),
                seed=seed,
                replication=replication + b * _STEP,
                log=log,
                engine=chosen,
            )
        )
    return pooled(parts, scenario, strategy, replication)


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


def pooled(parts: Sequence[Ledger], scenario: Scenario, strategy: AnyStrategy, replication: int) -> Ledger:
    """Return the ledger of a firm from those of its branches.

    Customers are numbered anew, the initial ones of all branches first, as in any other ledger.

    Parameters
    ----------
    parts : sequence of Ledger
        Of the same length in time, either all with their log or none.
    scenario, strategy, replication
        Of the whole firm.

    Returns
    -------
    Ledger
    """
    numbers = _numbers(parts)
    # The record has gaps between its fields, which nobody fills.
    customers = np.zeros(sum(part.customer_count for part in parts), parts[0].customers.dtype)
    for part, mine in zip(parts, numbers, strict=True):
        moved = part.customers.copy()
        moved["number"] = mine
        brought = moved["parent"] >= 0
        moved["parent"][brought] = mine[moved["parent"][brought]]
        customers[mine] = moved
    shares = np.array([part.initial_count / scenario.population.customers for part in parts])
    run = _added([np.array([part.run], RUN) for part in parts], shares)
    return Ledger(
        scenario=scenario,
        strategy=strategy,
        seed=parts[0].seed,
        replication=replication,
        engine=parts[0].engine,
        events=_events(parts, numbers),
        customers=customers,
        months=_added([part.months for part in parts], shares),
        run=run[0],
    )


def _numbers(parts: Sequence[Ledger]) -> list[np.ndarray]:
    """Return the new number of every customer, branch by branch."""
    first, later = 0, sum(part.initial_count for part in parts)
    numbers = []
    for part in parts:
        initial, others = part.initial_count, part.customer_count - part.initial_count
        numbers.append(np.concatenate([first + np.arange(initial), later + np.arange(others)]))
        first, later = first + initial, later + others
    return numbers


def _events(parts: Sequence[Ledger], numbers: Sequence[np.ndarray]) -> np.ndarray | None:
    """Return all events in the order of time."""
    if parts[0].events is None:
        return None
    moved = []
    for part, mine in zip(parts, numbers, strict=True):
        events = part.log().copy()
        of_customer = events["customer"] >= 0
        events["customer"][of_customer] = mine[events["customer"][of_customer]]
        moved.append(events)
    together = np.concatenate(moved)
    return together[np.argsort(together["time"], kind="stable")]


def _added(tables: Sequence[np.ndarray], shares: np.ndarray) -> np.ndarray:
    """Return tables of the same shape as one: what adds up is added up."""
    result = tables[0].copy()
    for name in result.dtype.names:
        if name in _SHARED:
            continue
        columns = np.stack([table[name] for table in tables])
        result[name] = np.tensordot(shares, columns, 1) if name in _AVERAGED else columns.sum(axis=0)
    return result
