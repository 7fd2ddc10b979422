"""Whether a run fits into memory, asked before it begins.

Like asking for the size of the party before the table is laid: a program that runs out of memory is
ended by the system, often with whatever else was going on, and says nothing.
"""

from __future__ import annotations

from pathlib import Path

import psutil

from crmsim.errors import InputError
from crmsim.model.records import CUSTOMER, ROW
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy
from crmsim.summary import PERSON

__all__ = ["check_memory", "free_memory", "run_memory"]

#: Bytes that SimPy needs for each customer's process, alarm and place in the queue.
_PROCESS = 1500
#: Rows of the log for each customer and year: so many a month, and so many per purchase.
_ROWS_A_MONTH, _ROWS_A_PURCHASE = 2, 6
#: Where Linux says how much a container may use.
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def run_memory(
    scenario: Scenario,
    strategy: AnyStrategy,
    *,
    engine: str,
    log: bool,
    branches: int = 1,
    whole: bool = False,
) -> int:
    """Return about how many bytes one run needs at most.

    The customers, with room for everybody who may be referred or arrive; the log, twice; and what SimPy
    keeps of each customer. Branches come one after another, and leave a line for each customer, or stay
    `whole` and are pooled.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> from crmsim.strategies import DO_NOTHING
    >>> small, large = (preset("bare").with_values(customers=n) for n in (1000, 2000))
    >>> one, two = (run_memory(s, DO_NOTHING, engine="compiled", log=False) for s in (small, large))
    >>> two / one
    2.0
    """
    population, referral = scenario.population, scenario.referral
    years = population.horizon_days / 365.0
    people = 1.0 + 2.0 * referral.arrivals * years
    if referral.ref_rate > 0:
        people += referral.ref_pool
    if any(rule.do.name == "advertise" for rule in strategy.rules):
        people += scenario.prospects.ad_reach * years
    people *= population.customers
    # Of whole branches all are there, and the pool; otherwise one is, and lines, twice when they are joined.
    copies = 2.0 if whole else 1.0 / branches
    # A tenth more for lists of numbers, the calendar, and what outcomes are computed from.
    needed = 1.1 * copies * people * CUSTOMER.itemsize
    if branches > 1 and not whole:
        needed += 2.0 * people * PERSON.itemsize
    if engine == "simpy":
        needed += people / branches * _PROCESS
    if log:
        rows = 12.0 * _ROWS_A_MONTH + _purchases_a_year(scenario) * _ROWS_A_PURCHASE
        needed += 2.0 * population.customers * years * rows * ROW.itemsize
    return int(needed)


def _purchases_a_year(scenario: Scenario) -> float:
    """Return how often an active customer buys, roughly; where there are periods, each counts."""
    if scenario.purchase.timing == "continuous":
        return scenario.purchase.rate_mean
    return 365.0 / scenario.purchase.renewal_days


def free_memory() -> int:
    """Return how many bytes this process may still take, by what the system and its container say."""
    free = psutil.virtual_memory().available
    try:
        return min(free, int(_CONTAINER.read_text()))
    except (OSError, ValueError):  # no container, or one without a limit
        return free


def check_memory(needed: int, *, at_once: int = 1, log: bool = False) -> None:
    """Refuse runs that would not fit into memory.

    Parameters
    ----------
    needed : int
        Bytes of one run (:func:`run_memory`).
    at_once : int
        Runs at the same time.
    log : bool
        Whether they keep their log.

    Raises
    ------
    InputError
        With the estimate, what is free, and what would help.
    """
    free = free_memory()
    if needed * at_once <= free:
        return
    several = f" for {at_once} runs at the same time" if at_once > 1 else ""
    helps = ["fewer customers"]
    helps += ["fewer workers"] if at_once > 1 else []
    helps += ["a log in a file"] if log else []
    raise InputError(
        "population.customers",
        f"would need up to {_size(needed * at_once)} of memory{several}, and {_size(free)} are free; "
        f"take {' or '.join(helps)}, or a larger machine",
    )


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
