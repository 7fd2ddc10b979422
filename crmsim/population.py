"""The people of one replication: who they are, before anything happens to them.

The same seed and replication always give the same people, whatever strategy they will meet; adding
a person changes nobody else.
"""

from __future__ import annotations

import numpy as np

from crmsim.compiling import LINE, compiled
from crmsim.luck import Purpose, customer_keys, exponential, uniform
from crmsim.model.customer import begin
from crmsim.model.records import CUSTOMER, DAY, WINDOW
from crmsim.model.traits import draw_traits
from crmsim.scenario import Scenario, parameter_record

__all__ = ["draw_arrivals", "draw_population", "draw_reachable"]

#: Customers from outside are numbered from here in the address of their luck.
_FIRST_ARRIVAL, _FIRST_REACHABLE = 10**9, 2 * 10**9


def draw_population(scenario: Scenario, seed: int, replication: int, *, room: int = 0) -> np.ndarray:
    """Draw the initial customers of one replication.

    Parameters
    ----------
    scenario : Scenario
    seed, replication : int
        0 or more.
    room : int
        Empty records after them, for who may come later.

    Returns
    -------
    array of ``records.CUSTOMER``, shape (customers + room,)
        With keys, traits and initial state; entry times are spread evenly over ``entry_days``.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> people = draw_population(preset("retail").with_values(customers=3), seed=1, replication=0)
    >>> more = draw_population(preset("retail").with_values(customers=4), seed=1, replication=0)
    >>> bool((people["mean_spend"] == more["mean_spend"][:3]).all())
    True
    """
    count = scenario.population.customers
    everybody = _empty_records(count + room)
    people = everybody[:count]
    people["number"] = np.arange(count)
    people["parent"] = -1
    keys = np.empty(count, np.uint64)
    customer_keys(seed, replication, np.arange(count), keys)
    people["key"] = keys
    parameters = parameter_record(scenario)
    draw_traits(people, parameters)
    _arrive(people, parameters)
    return everybody


def _empty_records(count: int) -> np.ndarray:
    """Return so many records of zeros, each of which begins where a line of memory does."""
    size = CUSTOMER.itemsize * count
    space = np.zeros(size + LINE, np.uint8)
    begin = -space.ctypes.data % LINE
    return space[begin : begin + size].view(CUSTOMER)


@compiled
def _arrive(people, parameters):
    for i in range(people.shape[0]):
        c = people[i]
        begin(
            c, parameters[0], 1 + int(uniform(c.key, Purpose.ENTRY.value, 0) * parameters[0].entry_days * DAY)
        )


def draw_arrivals(scenario: Scenario, seed: int, replication: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw who inquires from outside during the run: a Poisson stream, the same under every strategy.

    Twice as many people inquire as become customers at reputation 1. The stream begins with the second
    window: until then the firm wins its initial customers.

    Returns
    -------
    times : array of int64
        Seconds, rising, up to the horizon.
    keys : array of uint64
        The address of each one's luck.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> times, keys = draw_arrivals(preset("retail").with_values(arrivals=0.1, customers=100), 1, 0)
    >>> bool((times[1:] >= times[:-1]).all()), len(times) == len(keys)
    (True, True)
    """
    return _draw_stream(scenario, seed, replication, 2.0 * scenario.referral.arrivals, _FIRST_ARRIVAL)


def draw_reachable(scenario: Scenario, seed: int, replication: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw who would inquire because of advertising at full strength; the rest as :func:`draw_arrivals`."""
    return _draw_stream(scenario, seed, replication, scenario.prospects.ad_reach, _FIRST_REACHABLE)


def _draw_stream(
    scenario: Scenario, seed: int, replication: int, per_year: float, first: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a Poisson stream of people at so many per initial customer and year, numbered from `first`."""
    per_day = per_year * scenario.population.customers / 365.0
    days = scenario.population.horizon_days
    if per_day == 0.0:
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    # Enough gaps that their sum passes the horizon, whatever the luck.
    expected = per_day * days
    count = int(expected + 20.0 * np.sqrt(expected) + 50.0)
    keys, gaps = np.empty(count, np.uint64), np.empty(count)
    customer_keys(seed, replication, first + np.arange(count), keys)
    _draw_gaps(keys, gaps)
    times = np.ceil(np.cumsum(gaps) / per_day * DAY).astype(np.int64)
    coming = (times > WINDOW) & (times < days * DAY)
    return times[coming], keys[coming]


@compiled
def _draw_gaps(keys, gaps):
    for j in range(keys.shape[0]):
        gaps[j] = exponential(keys[j], Purpose.ARRIVAL_GAP.value, 0)
