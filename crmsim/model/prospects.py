"""Before the first purchase: who inquires, how long they think it over, and what calling them does.

A driving school may wait until people come in, or ring up those who asked for a leaflet. One call
tells who really wants a licence, and wins some of them; the fifth annoys everybody. What a call finds
out is blurred, and each costs money (Jackson 1999 on qualifying leads; the course's contact and
acquisition stages).
"""

from __future__ import annotations

import math

from crmsim.compiling import formula
from crmsim.luck import Purpose, exponential
from crmsim.model.purchase import logistic, logit

__all__ = ["MOST_PHASES", "decision_time", "information", "seen_fit", "win_probability"]

#: The eight phases of a business purchase; consumers have four or five.
MOST_PHASES = 8


@formula
def decision_time(key, decision_days, decision_phases):
    """Return the days from inquiry to decision: phases one after the other, each exponential.

    Needs are felt, suppliers searched, offers compared: with one phase the time is spread widely, with
    eight (Robinson, Faris & Wind 1967) it stays near its mean.

    Parameters
    ----------
    key : uint64
        The prospect's luck.
    decision_days : float
        Mean of the whole, in days; 0 = at once.
    decision_phases : int
        1 to 8.
    """
    days = 0.0
    if decision_days > 0.0:
        for phase in range(decision_phases):
            days += exponential(key, Purpose.DECISION.value, phase) * decision_days / decision_phases
    return days


@formula
def information(calls, accuracy):
    """Return how well the firm knows a prospect (0 to 1) after `calls` of the given accuracy.

    Examples
    --------
    >>> information(0, 0.5), information(1, 0.5), information(2, 0.5)
    (0.0, 0.5, 0.75)
    """
    unknown = 1.0
    for _ in range(calls):
        unknown *= 1.0 - accuracy
    return 1.0 - unknown


@formula
def seen_fit(fit, noise, known):
    """Return what the firm takes a prospect's fit to be: its best guess, from a blurred picture.

    Parameters
    ----------
    fit, noise : float
        The truth and the blur, both standard normal.
    known : float
        From :func:`information`; who knows nothing takes everybody for average.

    Examples
    --------
    >>> seen_fit(1.5, -9.0, 1.0), seen_fit(1.5, 9.0, 0.0)
    (1.5, 0.0)
    """
    return known * (known * fit + math.sqrt(1.0 - known * known) * noise)


@formula
def win_probability(chance, pull, seen, calls, persuade, pester):
    """Return the probability that a prospect becomes a customer.

    logit P = logit(chance) + pull + persuade (1 + seen fit) [called] - pester (calls - 1)^2

    A call is about what the prospect needs, as far as the firm knows: it wins those who fit, and lets
    those go who do not.

    Parameters
    ----------
    chance : float
        Of prospects nobody calls, from the firm's reputation; 0 to 1.
    pull : float
        What the prospect's own fit and level add, in logits; 0 = off.
    seen : float
        From :func:`seen_fit`.
    calls : int
        0 or more.
    persuade, pester : float
        In logits; 0 = off.

    Examples
    --------
    >>> win_probability(0.5, 0.0, 0.0, 0, 0.5, 0.1)
    0.5
    >>> [round(win_probability(0.5, 0.0, 0.0, calls, 0.5, 0.1), 3) for calls in (1, 2, 3, 4)]
    [0.622, 0.599, 0.525, 0.401]
    """
    shift = pull
    if calls > 0:
        shift += persuade * (1.0 + seen) - pester * (calls - 1.0) * (calls - 1.0)
    if shift == 0.0:
        return chance
    return logistic(logit(min(max(chance, 0.001), 0.999)) + shift)
