"""Partnership: what firm and customer build together, and neither foresaw.

A supplier puts an engineer into the customer's plant; a year later both sell a part that neither had.
Joint work creates value for both and makes it hard to part (Anderson & Narus 1991; Dwyer, Schurr & Oh
1987 on investments that are worth little with anybody else).
"""

from __future__ import annotations

from crmsim.compiling import formula

__all__ = ["barrier_in_force", "joint_value", "partnership_after"]


@formula
def partnership_after(partnership, invested, joint_gain):
    """Return partnership (0 to 1) after one more experience; it moves toward what is invested in it.

    Examples
    --------
    >>> partnership_after(0.0, 1.0, 0.1), partnership_after(0.5, 0.0, 0.1)
    (0.1, 0.45)
    """
    return partnership + joint_gain * (invested - partnership)


@formula
def joint_value(list_value, partnership, synergy):
    """Return each side's half of the value that a purchase creates by working together, in currency.

    Parameters
    ----------
    list_value : float
        Of the purchase, in currency.
    partnership : float
        0 to 1.
    synergy : float
        Value created by a full partnership, as a share of list value; 0 = off.

    Examples
    --------
    >>> joint_value(1000.0, 0.5, 0.1)
    25.0
    """
    return 0.5 * synergy * partnership * list_value


@formula
def barrier_in_force(barrier, barriers, partnership, joint_barrier):
    """Return the switching barrier: the customer's own, as far as in force, and that of joint investment.

    Parameters
    ----------
    barrier : float
        Of the customer, 0 or more.
    barriers : float
        1 = in force, 0 = fallen.
    partnership : float
        0 to 1; what was built together does not fall with the market's rules.
    joint_barrier : float
        Barrier of a full partnership; 0 = off.

    Examples
    --------
    >>> barrier_in_force(0.5, 1.0, 0.5, 0.6), barrier_in_force(0.5, 0.0, 0.5, 0.6)
    (0.8, 0.3)
    """
    return barrier * barriers + partnership * joint_barrier
