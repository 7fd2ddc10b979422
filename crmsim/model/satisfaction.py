"""Satisfaction: perceived performance against expectation, c = b / a.

A three-star meal disappoints whoever expected four. Losses weigh more than gains, and satisfaction
is a running mean, so the last experiences count most (Oliver 1980; Anderson & Sullivan 1993).
"""

from __future__ import annotations

from crmsim.compiling import formula
from crmsim.elementary import exp

__all__ = ["disconfirmation_signal", "joint_ratio", "performance", "remember", "satisfaction_ratio"]


@formula
def performance(quality, quality_sd, noise, severity):
    """Return perceived performance b, 1 = market average, never below 0.05.

    Parameters
    ----------
    quality : float
        Quality for this customer: the firm's, the fit, and what a strategy adds.
    quality_sd : float
        Log standard deviation from one experience to the next, 0 or more.
    noise : float
        Standard normal.
    severity : float
        Severity of the problem that happened, 0 for none.

    Examples
    --------
    >>> performance(1.03, 0.0, 1.5, 0.0)
    1.03
    >>> performance(1.0, 0.0, 0.0, 2.0)
    0.05
    """
    return max(0.05, quality * exp(quality_sd * noise - 0.5 * quality_sd * quality_sd) - severity)


@formula
def satisfaction_ratio(b, x, a, e):
    """Return c = (b + X) / (a + E), the course's satisfaction ratio.

    Parameters
    ----------
    b, a : float
        Perceived performance and basic expectation, 1 = market average.
    x, e : float
        Felt value of the programmes, and what is expected of them, on the same scale.

    Examples
    --------
    >>> satisfaction_ratio(1.1, 0.0, 1.0, 0.0)
    1.1
    """
    return (b + x) / (a + e)


@formula
def disconfirmation_signal(d, loss_aversion):
    """Return how strongly a gap d between what was met and what was expected is felt.

    Parameters
    ----------
    d : float
        Gap; positive is better than expected.
    loss_aversion : float
        Weight of a negative gap, 1 or more.

    Examples
    --------
    >>> disconfirmation_signal(0.1, 2.0), disconfirmation_signal(-0.1, 2.0)
    (0.1, -0.2)
    """
    return d if d >= 0.0 else loss_aversion * d


@formula
def remember(memory, new, weight):
    """Return a running mean after one more observation, which gets `weight` (0 to 1).

    Examples
    --------
    >>> remember(0.0, 0.4, 0.25)
    0.1
    """
    return memory + weight * (new - memory)


@formula
def joint_ratio(user, decider, user_weight):
    """Return the satisfaction ratio of a customer in which one uses what another decides on.

    A child learns, a parent pays; a workshop uses the tool, the head of purchasing knows what others
    offer. Programmes reach the user only, and who decides compares with the best of the market.

    Parameters
    ----------
    user, decider : float
        Their own ratios.
    user_weight : float
        Say of the user, 0 to 1; 1 = one person.

    Examples
    --------
    >>> joint_ratio(1.2, 1.0, 1.0), joint_ratio(1.2, 1.0, 0.5)
    (1.2, 1.1)
    """
    return user_weight * user + (1.0 - user_weight) * decider
