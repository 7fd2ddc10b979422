"""Word of mouth: customers who bring customers, and a reputation that spreads.

Schmitt, Skiera & Van den Bulte (2011) for the value of referred customers.
"""

from __future__ import annotations

from crmsim.compiling import formula
from crmsim.elementary import exp
from crmsim.stages import Cause

__all__ = [
    "MAX_GENERATION",
    "arrival_probability",
    "conversion_probability",
    "heard",
    "referral_rate",
    "reputation_after",
    "talk_weight",
]

#: Friends of friends of friends, and no further.
MAX_GENERATION = 3
#: Days in which reputation forgets.
_REPUTATION_TAU = 180.0


@formula
def referral_rate(attitude, ref_rate, ref_A):
    """Return the yearly rate of recommending the firm; only the attached do so.

    Examples
    --------
    >>> referral_rate(0.3, 1.0, 0.3), round(referral_rate(0.65, 1.0, 0.3), 4)
    (0.0, 0.5)
    """
    return ref_rate * max(attitude - ref_A, 0.0) / (1.0 - ref_A)


@formula
def conversion_probability(ref_conv, reputation, referred, pool):
    """Return the probability that a recommendation brings a customer.

    Parameters
    ----------
    ref_conv : float
        At reputation 1 and with nobody referred yet, 0 to 1.
    reputation : float
        1 = neutral; more than 2 helps no further.
    referred, pool : float
        Customers referred so far, and how many there are to be found.

    Examples
    --------
    >>> conversion_probability(0.35, 1.0, 0.0, 300.0)
    0.35
    """
    left = max(1.0 - referred / pool, 0.0) if pool > 0.0 else 0.0
    return min(ref_conv * min(reputation, 2.0) * left, 1.0)


@formula
def talk_weight(cause):
    """Return how loudly a customer who left for `cause` talks about it."""
    if cause == Cause.SERVICE_FAILURE:
        return 1.5
    if cause == Cause.QUALITY:
        return 1.0
    if cause == Cause.BY_COMPANY:
        return 0.7
    if cause == Cause.PRICE or cause == Cause.NEGLECT:
        return 0.3
    return 0.0


@formula
def heard(said, public, answered):
    """Return how much of what customers say reaches others, who may read it in public.

    What one tells a neighbour is heard by one; what one posts, by many, good and bad alike. A firm that
    takes part in the conversation makes the good louder and takes the edge off the bad (answered above
    and below 0).

    Parameters
    ----------
    said : float
        Praise or blame as between neighbours, 0 or more.
    public : float
        How much louder it is in public; 0 = off.
    answered : float
        Share that the firm takes up, 0 to 1 for praise and 0 to -1 for blame.

    Examples
    --------
    >>> heard(0.1, 0.0, 1.0), heard(0.1, 2.0, 0.0), heard(0.1, 2.0, -1.0)
    (0.1, 0.30000000000000004, 0.1)
    """
    return said * (1.0 + public * (1.0 + answered))


@formula
def reputation_after(reputation, praise, blame, days):
    """Return reputation (1 = neutral) at the end of a window.

    Parameters
    ----------
    reputation : float
        At its beginning.
    praise, blame : float
        Summed effects of recommendations and of departures, each already divided by the number of
        initial customers.
    days : float
        Length of the window.
    """
    spoken = reputation * exp(praise - blame)
    return 1.0 + (spoken - 1.0) * exp(-days / _REPUTATION_TAU)


@formula
def arrival_probability(reputation):
    """Return the probability that somebody who inquires becomes a customer; a good name helps.

    Examples
    --------
    >>> arrival_probability(1.0), arrival_probability(0.5), arrival_probability(3.0)
    (0.5, 0.25, 1.0)
    """
    return 0.5 * min(reputation, 2.0)
