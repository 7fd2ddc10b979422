"""Loyalty: attitude, trust, habit, and the shield they make against leaving.

One may stay because one likes the place, because one trusts it, because one always went there, or
because leaving is a nuisance. The four are kept apart (Dick & Basu 1994; Jones & Sasser 1995).
"""

from __future__ import annotations

from crmsim.compiling import formula
from crmsim.elementary import exp

__all__ = [
    "earned_trust",
    "gain",
    "lose_trust",
    "relax",
    "relaxed",
    "share_left",
    "shield",
    "shift_attitude",
    "status_shift",
]


@formula
def shift_attitude(attitude, signal, att_gain):
    """Return attitude (0.01 to 0.99) after a satisfaction signal.

    Good news moves it toward 1, bad news toward 0, by a share of the way that is left.

    Examples
    --------
    >>> shift_attitude(0.5, 0.2, 0.5), shift_attitude(0.5, -0.2, 0.5)
    (0.55, 0.45)
    """
    room = 1.0 - attitude if signal >= 0.0 else attitude
    return min(max(attitude + att_gain * signal * room, 0.01), 0.99)


@formula
def gain(level, rate):
    """Return trust or habit (0 to 1) after a good experience closed `rate` of its gap to 1.

    Examples
    --------
    >>> gain(0.5, 0.1)
    0.55
    """
    return level + rate * (1.0 - level)


@formula
def earned_trust(trust, trust_gain, disclosed):
    """Return trust (0 to 1) after a good experience; it grows faster where the firm has nothing to hide.

    Parameters
    ----------
    trust : float
        0 to 1.
    trust_gain : float
        Share of the gap to 1 that is closed.
    disclosed : float
        How much faster by open information, fair prices and prompt answers; 0 = off.

    Examples
    --------
    >>> earned_trust(0.5, 0.1, 0.0), round(earned_trust(0.5, 0.1, 1.0), 4)
    (0.55, 0.6)
    """
    return gain(trust, min(trust_gain * (1.0 + disclosed), 1.0))


@formula
def lose_trust(trust, severity, trust_loss):
    """Return trust (0 to 1) after a problem of the given severity.

    Examples
    --------
    >>> round(lose_trust(0.5, 0.5, 0.6), 4)
    0.35
    """
    return trust * max(1.0 - trust_loss * severity, 0.0)


@formula
def relax(level, rest, days, time_constant):
    """Return a level after `days` of drifting back to its `rest` value.

    Parameters
    ----------
    level, rest : float
    days, time_constant : float
        In days; the time constant is above 0.

    Examples
    --------
    >>> round(relax(1.0, 0.0, 180.0, 180.0), 4)
    0.3679
    """
    return relaxed(level, rest, share_left(days, time_constant))


@formula
def share_left(days, time_constant):
    """Return how much of its distance from rest a level keeps for `days`.

    Examples
    --------
    >>> share_left(0.0, 180.0)
    1.0
    """
    return exp(-days / time_constant)


@formula
def relaxed(level, rest, left):
    """Return a level that has kept the share `left` of its distance from `rest`.

    Examples
    --------
    >>> relaxed(1.0, 0.5, 0.5)
    0.75
    """
    return rest + (level - rest) * left


@formula
def shield(attitude, habit, barrier, offer, shield_A, shield_H, shield_B):
    """Return the factor (0 to 1) that multiplies preventable reasons to leave.

    Parameters
    ----------
    attitude, habit : float
        0 to 1.
    barrier : float
        Switching barrier in force, 0 or more.
    offer : float
        Felt strength of a save offer in force, 0 for none.
    shield_A, shield_H, shield_B : float
        Weights, 0 or more.

    Examples
    --------
    >>> shield(0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0)
    1.0
    """
    return exp(-(shield_A * attitude + shield_H * habit + shield_B * barrier + offer))


@formula
def status_shift(attitude, promoted, tiers_visible):
    """Return attitude after a change of tier that the customer sees.

    Losing a status hurts more than gaining it pleases (Wagner, Hennig-Thurau & Rudolph 2009).

    Parameters
    ----------
    attitude : float
        0.01 to 0.99.
    promoted : bool
        True on the way up, False on the way down.
    tiers_visible : float
        0 = customers do not see their tier, 1 = as usual.

    Examples
    --------
    >>> round(status_shift(0.5, True, 1.0), 4), round(status_shift(0.5, False, 1.0), 4)
    (0.525, 0.44)
    """
    shift = 0.05 * (1.0 - attitude) if promoted else -0.12 * attitude
    return min(max(attitude + tiers_visible * shift, 0.01), 0.99)
