"""A call to the service desk, from the moment an agent takes it: waiting, handling, recovery."""

from __future__ import annotations

import math

from crmsim.compiling import compiled
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, exponential, uniform
from crmsim.model.booking import book, note
from crmsim.model.customer import pass_time
from crmsim.model.experience import COMPLAINT, NO_CONTACT, call_desk
from crmsim.model.loyalty import shift_attitude
from crmsim.model.records import DAY, WAIT_BUCKETS
from crmsim.model.recovery import open_case, recover
from crmsim.model.satisfaction import remember
from crmsim.model.service import handover_days, waiting_signal
from crmsim.model.servqual import WEIGHTS, Dimension

__all__ = ["answer_contact", "take_contact"]


@compiled
def take_contact(c, p, run, log, now, ordinal, waited):
    """Let an agent take the customer's call number `ordinal`; return the handling time in seconds."""
    days = run.handling_days * exponential(c.key, Purpose.HANDLING.value, ordinal)
    run.wait_seconds[c.tier] += waited
    run.waits[c.tier, _wait_bucket(waited)] += 1
    book(c, p, run, log, now, EventKind.CONTACT_START.value, waited, -p.contact_cost, Component.CONTACT.value)
    c.cash -= p.contact_cost
    return max(math.ceil(days * DAY), 1)


@compiled
def _wait_bucket(waited):
    """Return the number of binary digits of the minutes waited; bucket 0 is below a minute."""
    minutes = waited // 60
    bucket = 0
    while minutes > 0 and bucket < WAIT_BUCKETS - 1:
        minutes >>= 1
        bucket += 1
    return bucket


@compiled
def answer_contact(c, p, run, log, now, contact, ordinal, waited, handled, bad, repeated):
    """End a call: the wait is judged, and a complaint is recovered, unless it must be told again.

    Parameters
    ----------
    contact : int
        ``COMPLAINT`` or ``INQUIRY``.
    ordinal : int
        The customer's contacts are numbered from 1.
    waited, handled : int
        Seconds.
    bad : float
        Severity of the problem complained of.
    repeated : int
        1 where there was another within a year.

    Returns
    -------
    int
        The contact that follows because this one settled nothing, or ``NO_CONTACT``.
    """
    pass_time(c, p, now)
    days = waited / DAY + _handover(c, p, ordinal)
    note(c, run, log, now, EventKind.CONTACT_END.value, handled, 0.0, Component.NONE.value)
    signal = waiting_signal(days, c.wait_expected, p.wait_weight, p.loss_aversion)
    c.satisfaction += p.sat_memory * signal
    c.attitude = shift_attitude(c.attitude, signal, p.att_gain)
    if p.servqual:
        heard = p.sat_memory * signal / WEIGHTS[Dimension.RESPONSIVENESS.value]
        c.servqual_perceived[Dimension.RESPONSIVENESS.value] += heard
    c.wait_expected = remember(c.wait_expected, days, 0.2)
    c.last_contact = now
    if p.reopen > 0.0 and uniform(c.key, Purpose.REOPEN.value, ordinal) < p.reopen:
        if contact == COMPLAINT:
            # The same complaint, told again, counts as another one.
            c.resolved += 1
        return call_desk(c, run, log, now, contact)
    if contact == COMPLAINT:
        if p.back_days > 0.0:
            open_case(c, now, ordinal, days, bad, repeated)
        else:
            c.resolved += 1
            recover(c, p, run, log, now, ordinal, days, bad, repeated)
    return NO_CONTACT


@compiled
def _handover(c, p, ordinal):
    """Return what a contact on the wrong channel adds to the wait, in days."""
    handled = 1 if uniform(c.key, Purpose.CHANNEL.value, ordinal) < p.digital_share else 0
    return handover_days(c.digital, handled, p.handover, p.integration, c.integrated)
