"""The SimPy driver: one process per customer, the call centre as a priority resource, the firm.

This is the module to read first and to extend. It decides when things happen; what happens stands
in ``model/``. A customer sleeps until the next thing is due, lives through it, and sleeps again. A
call to the desk is a process of its own, because the customer's life goes on while it waits. The
firm wakes up every 30 days.
"""

from __future__ import annotations

import gc
from bisect import insort
from collections.abc import Generator

import numpy as np
import simpy
from simpy.resources.resource import SortedQueue

from crmsim.branch import Branch
from crmsim.firm import close_window
from crmsim.kernels import (
    CONTACT_MASK,
    FLUSH,
    RANK_CUSTOMER,
    RANK_FIRM,
    RANK_SERVICE_END,
    RESULT_BITS,
    answer,
    event_key,
    live,
    take,
)
from crmsim.model.records import NEVER
from crmsim.stages import Status

__all__ = ["run_simpy"]

Process = Generator[simpy.Event, None, None]


def run_simpy(branch: Branch) -> None:
    """Let everybody live until the horizon.

    Python's collector of cyclic garbage rests meanwhile: it would go through all lives and calls again
    and again, for a seventh of the time and nearly a third with thousands at the desk, and what waits
    for it is little: what is left of a life when it ends.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        _World(branch).run()
    finally:
        if collecting:
            gc.enable()


class _Queue(SortedQueue):
    """The desk's queue, kept in order by insertion: sorting it anew for every caller is quadratic."""

    def append(self, item: simpy.resources.resource.PriorityRequest) -> None:
        insort(self, item, key=lambda request: request.key)


class _Desk(simpy.PriorityResource):
    """The call centre: some agents, callers by class and then in the order of arrival."""

    PutQueue = _Queue


class _World:
    """A SimPy environment around one branch."""

    def __init__(self, branch: Branch):
        self.branch = branch
        self.env = simpy.Environment()
        self.desk = _Desk(self.env, capacity=branch.scenario.service.desk_agents)
        self.window_end = int(branch.run["window_end"][0])
        self.lives: list[simpy.Process] = []
        self.alarms: list[simpy.Event] = []
        self.contacts = 0

    def run(self) -> None:
        """Let everybody live until the horizon."""
        self._let_in(self.branch.initial)
        self.env.run(until=self.env.process(self.firm()))

    # -- the three kinds of process ------------------------------------------------------------

    def customer(self, i: int) -> Process:
        """One customer's life: sleep, live, perhaps call the desk, and again."""
        branch, env = self.branch, self.env
        customers, parameters, rules, run = branch.customers, branch.parameters, branch.rules, branch.run
        due = int(customers["due"][i])
        while True:
            try:
                yield self._alarm(i, due)
            except simpy.Interrupt as news:
                due = news.cause
                continue
            result = live(customers, parameters, rules, run, branch.log, i, env.now)
            due = result >> RESULT_BITS
            if result & FLUSH:
                branch.flush()
            if result & CONTACT_MASK:
                env.process(self.contact(i, result & CONTACT_MASK))
            # Who has nothing ahead may still be active: a clock can start at the end of a window. And
            # who has left may be won back.
            if due >= NEVER and customers["status"][i] != Status.ACTIVE and not branch.wins_back:
                return

    def contact(self, i: int, kind: int) -> Process:
        """One call: wait for an agent, be served, and tell the customer that things have changed."""
        c = self.branch.customers[i]
        bad, repeated = float(c["problem_severity"]), int(c["problem_repeated"])
        while kind:
            kind = yield from self._one_call(i, kind, bad, repeated)

    def _one_call(self, i: int, kind: int, bad: float, repeated: int) -> Generator[simpy.Event, None, int]:
        """Wait, be served, and return the kind of the call that must follow (0 for none)."""
        branch, env = self.branch, self.env
        self.contacts += 1
        number, asked = self.contacts, env.now
        c = branch.customers[i]
        ordinal = int(c["contacts"])
        with self.desk.request(priority=int(c["desk_class"])) as agent:
            yield agent
            waited = env.now - asked
            handling = take(
                branch.customers, branch.parameters, branch.run, branch.log, i, env.now, ordinal, waited
            )
            if not handling:
                return 0
            yield self._at(env.now + handling, event_key(RANK_SERVICE_END, number))
        result = answer(
            branch.customers, branch.parameters, branch.rules, branch.run, branch.log,
            i, env.now, kind, ordinal, waited, handling, bad, repeated,
        )  # fmt: skip
        if result & FLUSH:
            branch.flush()
        if self.lives[i].is_alive:
            self.lives[i].interrupt(result >> RESULT_BITS)
        return result & CONTACT_MASK

    def firm(self) -> Process:
        """The firm: every 30 days it does its work and wakes those whose time comes next."""
        branch = self.branch
        while self.env.now < branch.horizon:
            yield self._at(self.window_end, event_key(RANK_FIRM, 0))
            known = branch.count
            close_window(branch, self.env.now)
            self.window_end = int(branch.run["window_end"][0])
            self._wake_sleepers(known)
            self._let_in(branch.count - known)

    # -- people and time -----------------------------------------------------------------------

    def _let_in(self, people: int) -> None:
        """Begin the lives of so many more people; they are prospects until their entry time."""
        for _ in range(people):
            self.alarms.append(simpy.Event(self.env))
            self.lives.append(self.env.process(self.customer(len(self.lives))))

    def _wake_sleepers(self, known: int) -> None:
        """Set the alarms of everybody whose next event falls into the window that now begins.

        Rates change at the end of a window, so nobody's alarm is set beyond it: most customers
        sleep through a window without a single event in the queue.
        """
        customers, now = self.branch.customers[:known], self.env.now
        for i in np.flatnonzero(customers["due"] <= self.window_end).tolist():
            self._set(self.alarms[i], int(customers["due"][i]) - now, event_key(RANK_CUSTOMER, i))

    def _alarm(self, i: int, due: int) -> simpy.Event:
        """Return the event that customer `i` sleeps on; beyond the window, the firm will set it."""
        event = self.alarms[i] = simpy.Event(self.env)
        if due <= self.window_end:
            self._set(event, due - self.env.now, event_key(RANK_CUSTOMER, i))
        return event

    def _at(self, time: int, key: int) -> simpy.Event:
        """Return an event that happens at a time, in its place among those of the same second."""
        event = simpy.Event(self.env)
        self._set(event, time - self.env.now, key)
        return event

    def _set(self, event: simpy.Event, delay: int, key: int) -> None:
        # What simpy.Timeout does, but with a priority of our own: one total order of all events.
        event._ok, event._value = True, None
        self.env.schedule(event, priority=key, delay=delay)
