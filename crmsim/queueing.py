"""How long do they wait? Queues that have a formula.

A call centre with 14 agents gets 100 calls in half an hour, three minutes each: will the caller be
answered within 20 seconds? Arrivals are independent of each other (Poisson) and nobody hangs up. With
exponential service times and c servers this is Erlang's queue (M/M/c), with any service time and one
server that of Pollaczek and Khinchine (M/G/1). Classes of priority are served in their order, and who
is being served is never interrupted (Cobham 1954, Operations Research 2(1)).

Rates are per unit of time and times in the same unit, whichever the caller thinks in: calls per minute
with minutes, or calls per day with days. Results are in that unit too. The offered load, arrivals per
unit of time by mean service time, is a pure number (in erlangs), as is everything called a probability.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from crmsim.errors import InputError

__all__ = [
    "agents_needed",
    "erlang_b",
    "erlang_c",
    "mean_wait",
    "mg1_priority_waits",
    "mg1_wait",
    "occupancy",
    "offered_for_blocking",
    "priority_waits",
    "service_level",
]

Array = npt.NDArray[np.float64]
#: More servers than this are a mistake; Erlang's recursion goes through every one.
MOST_SERVERS = 1_000_000


def erlang_b(servers: npt.ArrayLike, offered: npt.ArrayLike) -> Array:
    """Return the probability that a call finds all lines taken and is lost (Erlang 1917).

    Nobody waits here: M/M/c/c, in truth M/G/c/c.

    Parameters
    ----------
    servers : array of int
        Lines, 0 or more.
    offered : array of float
        Load in erlangs, 0 or more; broadcast with `servers`.

    Returns
    -------
    array of float
        0 to 1.

    Raises
    ------
    InputError
        When a number of servers is not whole, or a load is negative or not finite.

    Examples
    --------
    >>> erlang_b([1, 5, 10], [0.0101, 1.361, 4.461]).round(4)
    array([0.01, 0.01, 0.01])
    """
    lines, load = np.broadcast_arrays(_servers(servers, 0), _numbers("offered", offered))
    blocked = np.ones(load.shape)
    for c in range(1, int(lines.max(initial=0)) + 1):
        blocked = np.where(c <= lines, load * blocked / (c + load * blocked), blocked)
    return blocked


def offered_for_blocking(servers: npt.ArrayLike, blocking: npt.ArrayLike) -> Array:
    """Return the load (erlangs) at which a given share of calls is lost: Erlang B the other way round.

    Parameters
    ----------
    servers : array of int
        Lines, 1 or more.
    blocking : array of float
        Probability, above 0 and below 1; broadcast with `servers`.

    Examples
    --------
    >>> offered_for_blocking([1, 10, 100], 0.01).round(3)
    array([1.0000e-02, 4.4610e+00, 8.4064e+01])
    """
    lines, lost = np.broadcast_arrays(_servers(servers, 1), np.asarray(blocking, float))
    if not ((lost > 0.0) & (lost < 1.0)).all():
        raise InputError("blocking", "must be above 0 and below 1", blocking)

    def load(c: int, p: float) -> float:
        # Even if all lines were always taken, no more than c of a calls a service time get through:
        # p >= 1 - c / a.
        return float(brentq(lambda a: float(erlang_b(c, a)) - p, 0.0, c / (1.0 - p), xtol=1e-12))

    loads = [load(int(c), float(p)) for c, p in zip(lines.ravel(), lost.ravel(), strict=True)]
    return np.array(loads).reshape(lines.shape)


def erlang_c(servers: npt.ArrayLike, offered: npt.ArrayLike) -> Array:
    """Return the probability that a caller has to wait (M/M/c).

    Parameters
    ----------
    servers : array of int
        Agents, 1 or more.
    offered : array of float
        Load in erlangs, 0 or more; broadcast with `servers`.

    Returns
    -------
    array of float
        0 to 1; 1 where the load is not below the number of servers: then the queue grows without end.

    Examples
    --------
    >>> erlang_c([14, 11, 10], 10.0).round(4)
    array([0.1741, 0.6821, 1.    ])
    """
    agents, load = np.broadcast_arrays(_servers(servers, 1), _numbers("offered", offered))
    blocked = erlang_b(agents, load)
    free = 1.0 - np.minimum(load / agents, 1.0)
    return np.where(free > 0.0, blocked / (blocked + (1.0 - blocked) * free), 1.0)


def occupancy(arrival_rate: npt.ArrayLike, service_rate: npt.ArrayLike, servers: npt.ArrayLike) -> Array:
    """Return the share of their time (0 to 1) that servers are busy; 1 where they cannot keep up.

    Examples
    --------
    >>> float(occupancy(100 / 30, 1 / 3, 14).round(4))
    0.7143
    """
    return np.minimum(_load(arrival_rate, service_rate) / _servers(servers, 1), 1.0)


def mean_wait(arrival_rate: npt.ArrayLike, service_rate: npt.ArrayLike, servers: npt.ArrayLike = 1) -> Array:
    """Return the mean wait before service of M/M/c, those who do not wait included.

    Parameters
    ----------
    arrival_rate : array of float
        Arrivals per unit of time, 0 or more.
    service_rate : array of float
        Services that one server completes per unit of time while busy, above 0.
    servers : array of int
        1 or more; all three are broadcast.

    Returns
    -------
    array of float
        In that unit of time; infinite where servers cannot keep up.

    Examples
    --------
    >>> float(60 * mean_wait(100 / 30, 1 / 3, 14).round(6))  # minutes in, seconds out
    7.83594
    """
    load = _load(arrival_rate, service_rate)
    agents = _servers(servers, 1)
    spare = np.asarray(service_rate, float) * (agents - load)
    with np.errstate(divide="ignore"):
        return np.where(spare > 0.0, erlang_c(agents, load) / np.maximum(spare, 0.0), np.inf)


def service_level(
    arrival_rate: npt.ArrayLike, service_rate: npt.ArrayLike, servers: npt.ArrayLike, within: npt.ArrayLike
) -> Array:
    """Return the probability of waiting no longer than a time (M/M/c, in order of arrival).

    Parameters
    ----------
    arrival_rate, service_rate, servers : array
        As in :func:`mean_wait`.
    within : array of float
        Time, in the unit of the rates; 0 or more.

    Returns
    -------
    array of float
        0 to 1; 0 where servers cannot keep up.

    Examples
    --------
    >>> float(service_level(100 / 30, 1 / 3, 14, within=20 / 60).round(4))
    0.8884
    """
    load, limit = _load(arrival_rate, service_rate), _numbers("within", within)
    agents = _servers(servers, 1)
    spare = np.maximum(np.asarray(service_rate, float) * (agents - load), 0.0)
    return 1.0 - erlang_c(agents, load) * np.exp(-spare * limit)


def agents_needed(
    arrival_rate: float,
    service_rate: float,
    *,
    within: float,
    target: float = 0.8,
    most_occupied: float = 1.0,
) -> int:
    """Return the smallest number of agents that answers enough callers in time.

    Parameters
    ----------
    arrival_rate, service_rate : float
        As in :func:`mean_wait`.
    within : float
        Time in which a caller is to be answered, in the unit of the rates; 0 or more.
    target : float
        Share of callers, above 0 and below 1.
    most_occupied : float
        Agents may be busy for no more than this share of their time; above 0, at most 1.

    Examples
    --------
    >>> agents_needed(100 / 30, 1 / 3, within=20 / 60, target=0.8, most_occupied=0.85)
    14
    >>> agents_needed(100 / 30, 1 / 3, within=20 / 60, target=0.95)
    16
    """
    if not 0.0 < target < 1.0:
        raise InputError("target", "must be above 0 and below 1", target)
    if not 0.0 < most_occupied <= 1.0:
        raise InputError("most_occupied", "must be above 0 and at most 1", most_occupied)
    load = float(_load(arrival_rate, service_rate))
    enough = max(1, int(np.ceil(load / most_occupied - 1e-9)))
    if enough > MOST_SERVERS // 2:
        raise InputError("arrival_rate", f"must need at most {MOST_SERVERS // 2} agents", arrival_rate)

    def reached(servers: int) -> bool:
        return float(service_level(arrival_rate, service_rate, servers, within)) >= target

    # The level rises with every agent: find a number that is enough, then halve the doubt.
    low, high = enough - 1, enough
    while not reached(high):
        low, high = high, high + max(1, high - enough) * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def priority_waits(arrival_rates: npt.ArrayLike, service_rate: float, servers: int = 1) -> Array:
    """Return the mean wait of each class before service, the first class served first (M/M/c).

    All classes have the same exponential service times (Cobham 1954).

    Parameters
    ----------
    arrival_rates : array of float, shape (classes,)
        Arrivals per unit of time, from the highest priority to the lowest; 0 or more.
    service_rate : float
        Services that one server completes per unit of time while busy, above 0.
    servers : int
        1 or more.

    Returns
    -------
    array of float, shape (classes,)
        In that unit of time, without service; infinite for classes that servers cannot keep up with.

    Examples
    --------
    An emergency room (per hour), with one doctor and with two:

    >>> priority_waits([0.2, 0.6, 1.2], 3.0).round(3)
    array([0.238, 0.325, 0.909])
    >>> priority_waits([0.2, 0.6, 1.2], 3.0, servers=2).round(3)
    array([0.029, 0.033, 0.048])
    """
    rates = _row("arrival_rates", arrival_rates)
    capacity = float(_servers(servers, 1)) * float(_above_zero("service_rate", service_rate))
    busy = float(erlang_c(servers, rates.sum() / service_rate))
    return _behind_the_better(busy / capacity, rates / capacity)


def mg1_wait(
    arrival_rate: npt.ArrayLike, service_mean: npt.ArrayLike, service_variance: npt.ArrayLike
) -> Array:
    """Return the mean wait before service with one server (M/G/1, Pollaczek-Khinchine).

    Parameters
    ----------
    arrival_rate : array of float
        Arrivals per unit of time, 0 or more.
    service_mean : array of float
        Mean service time, above 0.
    service_variance : array of float
        Of the service time, in the square of that unit: 0 if constant, the square of the mean if
        exponential.

    Returns
    -------
    array of float
        Infinite where the server cannot keep up.

    Examples
    --------
    Service of a constant length halves the wait of an exponential one:

    >>> mg1_wait(3.0, 0.25, [1 / 16, 0.0])
    array([0.75 , 0.375])
    """
    rate, mean = _numbers("arrival_rate", arrival_rate), _above_zero("service_mean", service_mean)
    left = rate * (_numbers("service_variance", service_variance) + mean**2) / 2.0
    free = 1.0 - rate * mean
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(free > 0.0, left / free, np.inf)


def mg1_priority_waits(
    arrival_rates: npt.ArrayLike, service_means: npt.ArrayLike, service_variances: npt.ArrayLike
) -> Array:
    """Return the mean wait of each class before service, with one server and service times of its own.

    Parameters
    ----------
    arrival_rates : array of float, shape (classes,)
        Arrivals per unit of time, from the highest priority to the lowest; 0 or more.
    service_means, service_variances : array of float, shape (classes,)
        As in :func:`mg1_wait`, by class (or one for all).

    Returns
    -------
    array of float, shape (classes,)
        Infinite for classes that the server cannot keep up with; those above wait for what it does
        for these in the time left over.

    Examples
    --------
    >>> mg1_priority_waits([2.0, 1.0], [0.25, 0.25], [1 / 16, 0.0])
    array([0.3125, 1.25  ])
    """
    rates = _row("arrival_rates", arrival_rates)
    try:
        means = np.broadcast_to(_above_zero("service_means", service_means), rates.shape)
        variances = np.broadcast_to(_numbers("service_variances", service_variances), rates.shape)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError("service_means", f"must be {len(rates)}, one per class, and so variances") from None
    loads = rates * means
    time_left = np.maximum(1.0 - (np.cumsum(loads) - loads), 0.0)
    served = np.minimum(rates, time_left / means)
    return _behind_the_better(float(served @ (variances + means**2)) / 2.0, loads)


def _behind_the_better(left: float, loads: Array) -> Array:
    """Cobham: what is left of the service under way, while better classes, old and new, go first."""
    free = 1.0 - np.concatenate([[0.0], np.cumsum(loads)])
    with np.errstate(divide="ignore"):
        return np.where(free[1:] > 0.0, left / (free[:-1] * np.maximum(free[1:], 0.0)), np.inf)


def _load(arrival_rate: npt.ArrayLike, service_rate: npt.ArrayLike) -> Array:
    return _numbers("arrival_rate", arrival_rate) / _above_zero("service_rate", service_rate)


def _numbers(field: str, values: npt.ArrayLike) -> Array:
    found = np.asarray(values, float)
    if not (np.isfinite(found) & (found >= 0.0)).all():
        raise InputError(field, "must be finite and at least 0", values)
    return found


def _above_zero(field: str, values: npt.ArrayLike) -> Array:
    found = np.asarray(values, float)
    if not (np.isfinite(found) & (found > 0.0)).all():
        raise InputError(field, "must be finite and above 0", values)
    return found


def _row(field: str, values: npt.ArrayLike) -> Array:
    found = _numbers(field, values)
    if found.ndim != 1 or found.size == 0:
        raise InputError(field, "must be one number for each class, in one row", values)
    return found


def _servers(servers: npt.ArrayLike, least: int) -> Array:
    found = np.asarray(servers, float)
    if not ((found >= least) & (found <= MOST_SERVERS) & (found == np.floor(found))).all():
        raise InputError("servers", f"must be whole numbers from {least} to {MOST_SERVERS}", servers)
    return found
