"""Customising: four ways of fitting an offer to one customer, and how far each of them gets.

Shoes can be laced tighter by who wears them, come in a box with the name on it, be made after a talk
about the feet, or be changed quietly after the last pair came back worn on one side (Gilmore & Pine
1997). What they cost stands in the rule that uses them; the figures here are judgement.
"""

from __future__ import annotations

from enum import IntEnum

from crmsim.compiling import formula
from crmsim.elementary import exp

__all__ = ["CustomMode", "custom_gain"]

#: Cosmetic changes please everybody by so much, and an adjustable offer closes so much of the misfit.
_LOOKS, _ADJUSTED = 0.02, 0.5
#: Purchases after which who watches in silence has learned 63 % of what there is to learn.
_WATCHING = 5.0


class CustomMode(IntEnum):
    """The four types; NONE is the standard offer."""

    NONE = 0
    COLLABORATIVE = 1
    ADAPTIVE = 2
    COSMETIC = 3
    TRANSPARENT = 4


@formula
def custom_gain(mode, depth, fit, n):
    """Return what customising adds to quality for a customer; only a misfit can be closed.

    Parameters
    ----------
    mode : int
        Collaborative: all of the misfit from the first day, as a dialogue found it. Adaptive: half of
        it, as far as users can adjust a standard. Cosmetic: none of it, but looks please everybody.
        Transparent: all of it in the end, as purchases are watched.
    depth : float
        How thoroughly, 0 to 1.
    fit : float
        Fit of the standard offer, in units of quality; below 0 it is a misfit.
    n : int
        Purchases so far.

    Examples
    --------
    >>> [round(custom_gain(mode, 1.0, -0.1, 5), 3) for mode in CustomMode]
    [0.0, 0.1, 0.05, 0.02, 0.063]
    """
    misfit = max(-fit, 0.0)
    if mode == CustomMode.COLLABORATIVE:
        return depth * misfit
    if mode == CustomMode.ADAPTIVE:
        return depth * _ADJUSTED * misfit
    if mode == CustomMode.COSMETIC:
        return depth * _LOOKS
    if mode == CustomMode.TRANSPARENT:
        return depth * misfit * (1.0 - exp(-n / _WATCHING))
    return 0.0
