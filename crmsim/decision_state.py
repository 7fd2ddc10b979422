"""The customers of a day, as the firm finds them when it decides: a run that is stopped there.

Like the ward round of one morning: who lies here, in which state, before anything is done.
"""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import numpy as np

from crmsim.accelerated import run_compiled
from crmsim.branch import Branch
from crmsim.compiling import compiled
from crmsim.engines import engine_for
from crmsim.errors import InputError, whole_number
from crmsim.model.records import DAY, WINDOW
from crmsim.scenario import Scenario
from crmsim.simulation import run_simpy
from crmsim.stages import Status
from crmsim.strategies import DO_NOTHING, AnyStrategy
from crmsim.treatment import observe

__all__ = ["DecisionState", "check_day", "state_on"]

_WINDOW_DAYS = WINDOW // DAY


class DecisionState(NamedTuple):
    """Customers at the end of a window, when its books are closed and before the firm does anything.

    Attributes
    ----------
    customers : array of ``records.CUSTOMER``
        Everybody known by then, by number; observed stages are those of the day.
    parameters : array of one record
        That hold from the day on.
    """

    customers: np.ndarray
    parameters: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Numbers of those who are customers on the day, rising."""
        return np.flatnonzero(self.customers["status"] == Status.ACTIVE)


def check_day(day: int, scenario: Scenario) -> None:
    """Refuse a day on which no window ends, or that is not before the end of the run.

    Raises
    ------
    InputError
    """
    whole_number("day", day, _WINDOW_DAYS, scenario.population.horizon_days - 1)
    if day % _WINDOW_DAYS:
        raise InputError("day", f"must be a multiple of {_WINDOW_DAYS}, the end of a window", day)


def state_on(
    day: int,
    scenario: Scenario,
    base: AnyStrategy = DO_NOTHING,
    *,
    seed: int = 1,
    replication: int = 0,
    engine: str = "auto",
) -> DecisionState:
    """Run a strategy up to a day and return its customers.

    Parameters
    ----------
    day : int
        A multiple of 30, before the end of the scenario.
    scenario, base, seed, replication, engine
        As in :func:`crmsim.engines.simulate`.

    Raises
    ------
    InputError
        For a day on which no window ends.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> state = state_on(390, preset("retail").with_values(customers=50, horizon_days=720))
    >>> 0 < len(state.active) <= len(state.customers)
    True
    """
    check_day(day, scenario)
    branch = _StoppedBranch(scenario, base, seed, replication, day)
    with contextlib.suppress(_Reached):
        (run_simpy if engine_for(base, engine) == "simpy" else run_compiled)(branch)
    customers = branch.customers[: branch.count].copy()
    state = DecisionState(customers, branch.parameters.copy())
    _observe(customers, state.active, state.parameters, day * DAY)
    return state


class _Reached(Exception):
    """The day has come."""


class _StoppedBranch(Branch):
    """A branch whose run ends when the firm has closed the books of a day and looks ahead."""

    def __init__(self, scenario: Scenario, strategy: AnyStrategy, seed: int, replication: int, day: int):
        self._last = day * DAY
        super().__init__(scenario, strategy, seed, replication, kept=None)

    def next_window(self, now: int) -> None:
        if now == self._last:
            raise _Reached
        super().next_window(now)


@compiled
def _observe(customers, active, parameters, now):
    """Note the stage that the firm reads from its records on the day."""
    for k in range(active.shape[0]):
        c = customers[active[k]]
        c.observed_stage = observe(c, parameters[0], now)
