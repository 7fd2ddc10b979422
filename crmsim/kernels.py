"""The compiled entry points: what a driver may call, once per event, with arrays and an index.

A driver knows times and numbers of customers; everything else is here or below.
"""

from __future__ import annotations

from crmsim.compiling import compiled, inlined
from crmsim.model.contact import answer_contact, take_contact
from crmsim.model.customer import acquire, charge_account, happen, plan
from crmsim.model.experience import NO_CONTACT, experience
from crmsim.stages import Status
from crmsim.treatment import respond, treat_newcomer

__all__ = [
    "CONTACT_MASK",
    "FLUSH",
    "RANK_CUSTOMER",
    "RANK_FIRM",
    "RANK_SERVICE_END",
    "RESULT_BITS",
    "ROOM",
    "answer",
    "calendar_key",
    "event_key",
    "live",
    "number_of",
    "rank_of",
    "take",
    "time_of",
]

#: Rank of the kinds of event at one and the same second, the first to happen first.
RANK_CUSTOMER, RANK_SERVICE_END, RANK_FIRM = 1, 2, 3
_NUMBER_BITS, _RANK_BITS = 28, 2
#: A result of :func:`live` is a due time, shifted by so many bits, plus what else the driver must do.
RESULT_BITS = 3
#: The kind of contact with the desk (two bits), and the wish for an emptier log (one bit).
CONTACT_MASK, FLUSH = 3, 4
#: Rows that one event can write, with a wide margin.
ROOM = 2048


def event_key(rank: int, number: int) -> int:
    """Return the place of an event among those of the same second: by rank, then by number.

    Examples
    --------
    >>> event_key(RANK_CUSTOMER, 9) < event_key(RANK_SERVICE_END, 0) < event_key(RANK_FIRM, 0)
    True
    """
    return (rank << _NUMBER_BITS) | number


@compiled
def calendar_key(time, rank, number):
    """Return the place of an event among all: by second, then as :func:`event_key` says.

    Examples
    --------
    >>> key = calendar_key(86_400, RANK_SERVICE_END, 7)
    >>> time_of(key), rank_of(key) == RANK_SERVICE_END, number_of(key)
    (86400, True, 7)
    """
    return (time << (_NUMBER_BITS + _RANK_BITS)) | (rank << _NUMBER_BITS) | number


@compiled
def time_of(key):
    """Return the second in a calendar key."""
    return key >> (_NUMBER_BITS + _RANK_BITS)


@compiled
def rank_of(key):
    """Return the rank in a calendar key."""
    return (key >> _NUMBER_BITS) & ((1 << _RANK_BITS) - 1)


@compiled
def number_of(key):
    """Return the number of the customer or of the call in a calendar key."""
    return key & ((1 << _NUMBER_BITS) - 1)


@inlined
def live(customers, parameters, rules, run, log, i, now):
    """Let customer `i` live through what was due at `now` (seconds).

    Returns
    -------
    int
        When the next thing is due, shifted by ``RESULT_BITS``, plus the kind of contact with the
        desk that this one led to, plus ``FLUSH`` where the log has little room left. The due time
        of someone who left is ``NEVER``.
    """
    c = customers[i]
    p = parameters[0]
    r = run[0]
    if c.status == Status.PROSPECT:
        acquire(c, p, r, log, now)
        charge_account(c, p, r, log, now, r.window_end)
        treat_newcomer(c, p, rules, r, log, now)
        contact = experience(c, p, r, log, now)
    else:
        contact = happen(c, p, r, log, now)
    if r.triggered and c.triggers != 0 and c.status == Status.ACTIVE:
        respond(c, p, rules, r, log, now)
    if c.status == Status.ACTIVE:
        plan(c, p, now)
    return _result(c, r, log, contact)


@inlined
def _result(c, r, log, contact):
    full = FLUSH if r.logging and r.rows > log.shape[0] - ROOM else 0
    return (c.due << RESULT_BITS) | contact | full


@compiled
def take(customers, parameters, run, log, i, now, ordinal, waited):
    """Let an agent take call number `ordinal` of customer `i`; return the handling time in seconds.

    A customer who has left in the meantime has hung up: the result is 0 and nothing is booked.
    """
    c = customers[i]
    if c.status != Status.ACTIVE:
        return 0
    return take_contact(c, parameters[0], run[0], log, now, ordinal, waited)


@compiled
def answer(customers, parameters, rules, run, log, i, now, contact, ordinal, waited, handled, bad, repeated):
    """End a call of customer `i`; return the same as :func:`live`, with the call that must follow if any."""
    c = customers[i]
    p = parameters[0]
    r = run[0]
    again = NO_CONTACT
    if c.status == Status.ACTIVE:
        again = answer_contact(c, p, r, log, now, contact, ordinal, waited, handled, bad, repeated)
        if r.triggered and c.triggers != 0:
            respond(c, p, rules, r, log, now)
    if c.status == Status.ACTIVE:
        plan(c, p, now)
    else:
        again = NO_CONTACT
    return _result(c, r, log, again)
