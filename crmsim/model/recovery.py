"""Making up for a problem: at once by whoever takes the call, or after the back office has done its part.

The waiter can bring another dish; the broken boiler has to wait for a spare part. Without a back
office that delivers, the front can only be polite (Johnston & Clark 2008 on front and back office).
"""

from __future__ import annotations

import numpy as np

from crmsim.compiling import compiled
from crmsim.events import Component, EventKind
from crmsim.luck import Purpose, normal
from crmsim.model.booking import book, mark
from crmsim.model.loyalty import shift_attitude
from crmsim.model.records import DAY, Trigger
from crmsim.model.satisfaction import remember
from crmsim.model.service import recovery_quality, recovery_signal

__all__ = ["open_case", "recover", "settle_case"]


@compiled
def open_case(c, now, ordinal, days, bad, repeated):
    """Hand a complaint to the back office; one that is there already is dealt with together with it.

    Parameters
    ----------
    now : int
        Seconds.
    ordinal : int
        Of the contact.
    days : float
        Waited for the desk.
    bad : float
        Severity of the problem.
    repeated : int
        1 where there was another within a year.
    """
    if c.cases == 0:
        c.case_opened = now
        c.case_waited = days
        c.case_severity = bad
    c.cases += 1
    c.case_ordinal = ordinal
    c.case_severity = max(c.case_severity, bad)
    c.case_repeated = repeated


@compiled
def settle_case(c, p, run, log, now):
    """Let the back office be done with what was handed to it."""
    days = c.case_waited + (now - c.case_opened) / DAY
    c.resolved += c.cases
    c.cases = 0
    recover(c, p, run, log, now, np.int64(c.case_ordinal), days, c.case_severity, np.int64(c.case_repeated))


@compiled
def recover(c, p, run, log, now, ordinal, days, bad, repeated):
    """Make up for a problem, as well as the firm can.

    Parameters
    ----------
    ordinal : int
        Of the contact.
    days : float
        From the complaint to the answer.
    bad : float
        Severity of the problem.
    repeated : int
        1 where there was another within a year.
    """
    noise = normal(c.key, Purpose.RECOVERY_NOISE.value, ordinal)
    r = recovery_quality(p.rec_base, c.recovery_boost, p.rec_wait, days, noise)
    worst = p.sev_min + p.sev_range
    signal = recovery_signal(r, c.recovery_expected, bad, worst, repeated, p.rec_weight, p.loss_aversion)
    c.satisfaction += p.sat_memory * (p.loss_aversion * bad * p.rec_max * r + signal)
    c.attitude = shift_attitude(c.attitude, signal, p.att_gain)
    c.grievance *= 1.0 - r
    c.recovery_expected = remember(c.recovery_expected, r, p.rec_adapt)
    c.trust = min(c.trust + 0.5 * r * p.trust_loss * bad * c.trust, 1.0)
    paid = c.compensation * c.mean_spend
    book(
        c, p, run, log, now, EventKind.RECOVERY.value, int(r * 1000.0 + 0.5), -paid, Component.RECOVERY.value
    )
    c.cash -= paid
    mark(c, Trigger.RESOLVED.value)
