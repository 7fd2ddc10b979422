"""The compiled driver: the same behaviour as under SimPy, from a calendar of its own.

A customer is private between contacts with the desk. So everybody's life is run ahead on its own,
record in the cache, until the window ends or the customer calls; only calls, and the lives of those
who have one under way, go through a calendar in the one order of time, rank and number. The ledger is
that of :mod:`crmsim.simulation` to the last byte, which is the place to read what is done here. No
equation stands in this module.
"""

from __future__ import annotations

import numpy as np

from crmsim.branch import Branch
from crmsim.compiling import compiled, fetch, inlined
from crmsim.firm import close_window
from crmsim.heap import pop, push
from crmsim.kernels import (
    CONTACT_MASK,
    RANK_CUSTOMER,
    RANK_FIRM,
    RANK_SERVICE_END,
    ROOM,
    answer,
    calendar_key,
    live,
    number_of,
    rank_of,
    take,
    time_of,
)
from crmsim.log_order import LogOrder
from crmsim.model.records import CALL_BYTES, EVENT_BYTES, ROW
from crmsim.passes import AHEAD

__all__ = ["run_compiled"]

#: One call: whose, what for, and what has become known of it so far (seconds).
_CALL = np.dtype(
    (
        np.record,
        [
            ("customer", "i8"),
            ("kind", "i8"),
            ("number", "i8"),
            ("ordinal", "i8"),
            ("bad", "f8"),
            ("repeated", "i8"),
            ("asked", "i8"),
            ("waited", "i8"),
            ("handled", "i8"),
            ("next_free", "i8"),  # of a place that is free again: the next such place
        ],
    )
)
#: The desk and the calendar: how many of each there are, and how far the window has been worked through.
_DESK = np.dtype(
    (
        np.record,
        [
            ("agents", "i8"),
            ("busy", "i8"),
            ("contacts", "i8"),  # calls so far
            ("events", "i8"),  # in the calendar
            ("waiting", "i8"),  # in the queue
            ("calls", "i8"),  # places ever used in the table of calls
            ("free", "i8"),  # the first of those that is free again
            ("reached", "i8"),  # customers whose lives were run ahead in this window
            ("rows", "i8"),  # of the desk's own log
        ],
    )
)
#: What one event at the desk can add to any of the arrays, with a margin.
_MARGIN = 8
_NOBODY = -1
#: More than most customers write into the log in a window.
_ROWS_A_WINDOW = 8


def run_compiled(branch: Branch) -> None:
    """Let everybody live until the horizon."""
    world = _World(branch)
    while int(branch.run["window_start"][0]) < branch.horizon:
        until = int(branch.run["window_end"][0])
        world.advance(until)
        close_window(branch, until)


class _World:
    """The arrays that a calendar and a desk need around one branch."""

    def __init__(self, branch: Branch):
        self.branch = branch
        self.desk = np.zeros(1, _DESK)
        self.desk["free"] = _NOBODY
        self.desk["agents"] = branch.scenario.service.desk_agents
        self.calendar = np.empty((1024, 2), np.int64)
        self.queue = np.empty((1024, 2), np.int64)
        self.calls = np.zeros(1024, _CALL)
        #: Calls under way, by customer.
        self.open = np.zeros(len(branch.customers), np.int32)
        logging = bool(branch.run["logging"][0])
        #: What ends at the desk is written apart: it is in order already.
        self.log = np.empty(len(branch.log) if logging else 1, ROW)
        if logging and len(branch.log) < _ROWS_A_WINDOW * len(branch.customers):
            # Memory that nobody writes to costs nothing; to move a full log to a larger place would.
            branch.log = np.empty(_ROWS_A_WINDOW * len(branch.customers), ROW)
        self.order = LogOrder()

    def advance(self, until: int) -> None:
        """Let everybody live until the end of the window (seconds)."""
        b = self.branch
        b.flush()  # what the firm wrote stands in an order of its own, which is not that of the numbers
        self.desk["reached"] = 0
        # Everybody may call, or have a call under way.
        self.calendar = _with_room(self.calendar, int(self.desk["events"][0]), b.count + _MARGIN)
        while not _advance(
            b.customers, b.present[: b.here], b.parameters, b.rules, b.run, b.log, self.log,
            self.desk, self.calendar, self.queue, self.calls, self.open, until,
        ):  # fmt: skip
            self._grow()
        if b.run["logging"][0]:
            self._order_log()

    def _grow(self) -> None:
        """Double whatever is nearly full."""
        d, b = self.desk[0], self.branch
        self.calendar = _with_room(self.calendar, int(d["events"]), _MARGIN)
        self.queue = _with_room(self.queue, int(d["waiting"]), _MARGIN)
        self.calls = _with_room(self.calls, int(d["calls"]), _MARGIN)
        if b.run["logging"][0]:
            b.log = _with_room(b.log, int(b.run["rows"][0]), ROOM)
            self.log = _with_room(self.log, int(d["rows"]), ROOM)

    def _order_log(self) -> None:
        """Put the rows of the window into the one order of events."""
        b, rows, ends = self.branch, int(self.branch.run["rows"][0]), int(self.desk["rows"][0])
        for piece in self.order.pieces(b.log[:rows], self.log[:ends], int(b.run["window_start"][0])):
            b.keep(piece)
        b.run["rows"] = 0
        self.desk["rows"] = 0


def _with_room(array: np.ndarray, used: int, margin: int) -> np.ndarray:
    """Return the array, or one twice as long with the same beginning where little room is left."""
    if used + margin <= len(array):
        return array
    longer = np.empty((max(2 * len(array), used + margin), *array.shape[1:]), array.dtype)
    longer[:used] = array[:used]
    return longer


@compiled
def _advance(
    customers, present, parameters, rules, run, log, ends, desk, calendar, queue, calls, open, until
):
    """Run everybody ahead, then work through the calendar; return False where an array is nearly full."""
    d = desk[0]
    r = run[0]
    while d.reached < present.shape[0]:
        fetch(customers, present[min(d.reached + 2 * AHEAD, present.shape[0] - 1)], 1)
        ahead = present[min(d.reached + AHEAD, present.shape[0] - 1)]
        if customers[ahead].due <= until:
            fetch(customers, ahead, EVENT_BYTES)
        i = np.int64(present[d.reached])  # the type of all other numbers: each type would be compiled anew
        if customers[i].due <= until:
            _go_on(customers, parameters, rules, run, log, d, calendar, open, i, until)
        d.reached += 1
        if r.logging and r.rows > log.shape[0] - ROOM:
            return False
    last = calendar_key(until, RANK_FIRM, 0)
    while d.events > 0 and calendar[0, 0] < last:
        if _nearly_full(d, r, log, ends, calendar, queue, calls):
            return False
        key, load = calendar[0, 0], calendar[0, 1]
        d.events = pop(calendar, d.events)
        _fetch_next(customers, calls, calendar)
        now = time_of(key)
        if rank_of(key) == RANK_CUSTOMER:
            i = number_of(key)
            kind = load
            if kind == 0:
                if customers[i].due != now:
                    continue  # a call has changed what comes next, and when
                kind = live(customers, parameters, rules, run, log, i, now) & CONTACT_MASK
            if kind:
                c = customers[i]
                repeated = np.int64(c.problem_repeated)
                _call(customers, d, queue, calls, open, i, kind, c.problem_severity, repeated, now)
                if d.busy < d.agents:
                    _serve(customers, parameters, run, log, d, calendar, queue, calls, open, now)
        else:
            i = calls[load].customer
            rows = r.rows
            r.rows = d.rows
            _end_call(customers, parameters, rules, run, ends, d, calendar, queue, calls, open, load, now)
            d.rows = r.rows
            r.rows = rows
        _go_on(customers, parameters, rules, run, log, d, calendar, open, i, until)
    return True


@inlined
def _fetch_next(customers, calls, calendar):
    """Have the record fetched of whoever comes next in the calendar (it may be what was there last)."""
    key, load = calendar[0, 0], calendar[0, 1]
    i = number_of(key) if rank_of(key) == RANK_CUSTOMER else calls[load].customer
    fetch(customers, i, CALL_BYTES)


@compiled
def _nearly_full(d, r, log, ends, calendar, queue, calls):
    if r.logging and (r.rows > log.shape[0] - ROOM or d.rows > ends.shape[0] - ROOM):
        return True
    return (
        d.events > calendar.shape[0] - _MARGIN
        or d.waiting > queue.shape[0] - _MARGIN
        or d.calls > calls.shape[0] - _MARGIN
    )


@inlined
def _go_on(customers, parameters, rules, run, log, d, calendar, open, i, until):
    """Let a customer live until it calls or the window ends; with a call under way, one event at a time."""
    c = customers[i]
    r = run[0]
    while c.due <= until:
        if open[i] > 0 or (r.logging and r.rows > log.shape[0] - ROOM):
            d.events = push(calendar, d.events, calendar_key(c.due, RANK_CUSTOMER, i), 0)
            return
        now = c.due
        kind = live(customers, parameters, rules, run, log, i, now) & CONTACT_MASK
        if kind:
            d.events = push(calendar, d.events, calendar_key(now, RANK_CUSTOMER, i), kind)
            return


@compiled
def _call(customers, d, queue, calls, open, i, kind, bad, repeated, now):
    """Put a customer's call into the queue."""
    place = d.free
    if place == _NOBODY:
        place = d.calls
        d.calls += 1
    else:
        d.free = calls[place].next_free
    d.contacts += 1
    open[i] += 1
    c = customers[i]
    call = calls[place]
    call.customer = i
    call.kind = kind
    call.number = d.contacts
    call.ordinal = c.contacts
    call.bad = bad
    call.repeated = repeated
    call.asked = now
    d.waiting = push(queue, d.waiting, calendar_key(c.desk_class, 0, d.contacts), place)


@compiled
def _serve(customers, parameters, run, log, d, calendar, queue, calls, open, now):
    """Let a free agent take the call that comes first; whoever has hung up is passed over."""
    while d.waiting > 0:
        place = queue[0, 1]
        d.waiting = pop(queue, d.waiting)
        call = calls[place]
        call.waited = now - call.asked
        call.handled = take(customers, parameters, run, log, call.customer, now, call.ordinal, call.waited)
        if call.handled:
            # A call that outlasts the run never ends, and its last second might not fit into a key.
            end = min(now + call.handled, run[0].horizon + 1)
            key = calendar_key(end, RANK_SERVICE_END, call.number)
            d.events = push(calendar, d.events, key, place)
            d.busy += 1
            return
        _close(d, calls, open, place)


@compiled
def _close(d, calls, open, place):
    """Strike a call from the list."""
    open[calls[place].customer] -= 1
    calls[place].next_free = d.free
    d.free = place


@compiled
def _end_call(customers, parameters, rules, run, log, d, calendar, queue, calls, open, place, now):
    """End a call; where it has to be told again, that stands in the queue before the agent looks up."""
    call = calls[place]
    i, bad, repeated = call.customer, call.bad, call.repeated
    d.busy -= 1
    result = answer(
        customers, parameters, rules, run, log,
        i, now, call.kind, call.ordinal, call.waited, call.handled, bad, repeated,
    )  # fmt: skip
    _close(d, calls, open, place)
    kind = result & CONTACT_MASK
    if kind:
        _call(customers, d, queue, calls, open, i, kind, bad, repeated, now)
    _serve(customers, parameters, run, log, d, calendar, queue, calls, open, now)
