"""Ties to a person: the account manager whom the customer knows, and who may go to another firm.

A client may trust the banker and not the bank. Step by step, from acquaintance to alliance, the tie
makes trust grow faster; and when the banker leaves, the part of trust that was theirs goes along,
unless colleagues and records share it (Palmatier, Scheer & Steenkamp 2007).
"""

from __future__ import annotations

from enum import IntEnum

from crmsim.compiling import formula
from crmsim.elementary import exp

__all__ = ["TieStep", "leaving_probability", "personal_gain", "tie_step", "trust_left"]


class TieStep(IntEnum):
    """The course's four steps to trust in a salesperson; NONE before the first."""

    NONE = 0
    ACQUAINTANCE = 1
    DATING = 2
    TRUST = 3
    ALLIANCE = 4


@formula
def tie_step(tie):
    """Return the step that a tie (0 to 1) has reached, each a quarter of the way.

    Examples
    --------
    >>> [TieStep(tie_step(tie)).name for tie in (0.0, 0.1, 0.3, 0.6, 0.8)]
    ['NONE', 'ACQUAINTANCE', 'DATING', 'TRUST', 'ALLIANCE']
    """
    return 0 if tie <= 0.0 else min(1 + int(tie * 4.0), 4)


@formula
def personal_gain(trust_gain, tie, personal):
    """Return the share of the gap to 1 that a good experience closes of trust, with a tie to a person.

    Parameters
    ----------
    trust_gain : float
        Without a tie, 0 to 1.
    tie : float
        0 to 1.
    personal : float
        Share of trust that a full tie binds to the person; 0 = off.

    Examples
    --------
    >>> personal_gain(0.1, 0.0, 0.5), round(personal_gain(0.1, 1.0, 0.5), 4)
    (0.1, 0.15)
    """
    return trust_gain * (1.0 + personal * tie)


@formula
def trust_left(trust, tie, personal, team):
    """Return trust after the account manager has left.

    trust (1 - personal (1 - team) tie)

    Parameters
    ----------
    trust, tie : float
        0 to 1.
    personal : float
        Share of trust that a full tie binds to the person, 0 to 1; 0 = off.
    team : float
        Share of the relationship that records and colleagues hold, 0 to 1.

    Examples
    --------
    >>> trust_left(0.8, 1.0, 0.5, 0.0), trust_left(0.8, 1.0, 0.5, 1.0)
    (0.4, 0.8)
    """
    return trust * (1.0 - personal * (1.0 - team) * tie)


@formula
def leaving_probability(turnover, days):
    """Return the probability that a manager leaves within `days`, at `turnover` per year.

    Examples
    --------
    >>> leaving_probability(0.0, 30.0), round(leaving_probability(0.5, 365.0), 4)
    (0.0, 0.3935)
    """
    return 1.0 - exp(-turnover * days / 365.0)
