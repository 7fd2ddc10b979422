"""Leaving: cause by cause, as competing hazards.

Some customers move away, some are angry, some are forgotten, some are bought. Each reason has a
rate of its own, so the causes of loss can be counted and each can be switched off (Keaveney 1995;
Fader, Hardie & Lee 2005 for the natural dropout).
"""

from __future__ import annotations

import math

from crmsim.compiling import formula
from crmsim.elementary import exp
from crmsim.model.purchase import logistic
from crmsim.stages import Cause
from crmsim.tiers import Tier

__all__ = [
    "accepts_probability",
    "competitor_cause",
    "competitor_rate",
    "experience_cause",
    "grievance_rate",
    "leave_probability",
    "natural_hazard",
    "neglect_rate",
    "preventable",
    "price_pull",
    "quality_hazard",
    "quality_pull",
    "re_engage_probability",
    "return_probability",
]


@formula
def natural_hazard(dropout):
    """Return the hazard of natural dropout at one experience, from its probability (0 to below 1).

    Examples
    --------
    >>> round(natural_hazard(0.5), 4)
    0.6931
    """
    return -math.log(1.0 - dropout)


@formula
def quality_hazard(satisfaction, tolerance, weight, shield):
    """Return the hazard of leaving at one experience because of lasting dissatisfaction.

    Parameters
    ----------
    satisfaction : float
        Running mean of signed disconfirmation.
    tolerance : float
        Dissatisfaction that is borne without consequences, 0 or more.
    weight : float
        Hazard per unit beyond it (0 switches the mechanism off).
    shield : float
        0 to 1, see :func:`crmsim.model.loyalty.shield`.

    Examples
    --------
    >>> quality_hazard(-0.05, 0.06, 0.6, 1.0)
    0.0
    """
    return weight * max(-satisfaction - tolerance, 0.0) * shield


@formula
def leave_probability(hazard):
    """Return the probability that goes with a cumulated hazard.

    Examples
    --------
    >>> leave_probability(0.0)
    0.0
    """
    return 1.0 - exp(-hazard)


@formula
def experience_cause(u, natural, quality):
    """Return which of two hazards at an experience struck, by a uniform number."""
    return Cause.NATURAL.value if u * (natural + quality) < natural else Cause.QUALITY.value


@formula
def grievance_rate(grievance, weight, shield):
    """Return the yearly rate of leaving over an unresolved grievance.

    Examples
    --------
    >>> grievance_rate(0.5, 3.0, 1.0)
    1.5
    """
    return weight * grievance * shield


@formula
def neglect_rate(days_without_contact, neglect_days, weight, shield):
    """Return the yearly rate of leaving for want of any contact; 0 until `neglect_days` passed.

    Examples
    --------
    >>> neglect_rate(100.0, 120.0, 0.15, 1.0), neglect_rate(121.0, 120.0, 0.15, 1.0)
    (0.0, 0.15)
    """
    return weight * shield if days_without_contact > neglect_days else 0.0


@formula
def competitor_rate(offer_rate, tier, poach, straight, rebuy_lock):
    """Return the yearly rate of competitors' offers that a customer looks at.

    Rivals go for the best customers of others (the further offers to VIPs in full, to important
    customers by half), and find the door closed where one just orders again.

    Parameters
    ----------
    offer_rate : float
        Offers per year to an ordinary customer.
    tier : int
        A :class:`crmsim.tiers.Tier`.
    poach, rebuy_lock : float
        Further offers to VIPs over the usual, and the share shut out at a straight rebuy; 0 = off.
    straight : bool or int

    Examples
    --------
    >>> competitor_rate(4.0, Tier.VIP, 1.0, False, 0.5), competitor_rate(4.0, Tier.SMALL, 1.0, True, 0.5)
    (8.0, 2.0)
    """
    wanted = 1.0 if tier == Tier.VIP else 0.5 if tier == Tier.IMPORTANT else 0.0
    return offer_rate * (1.0 + poach * wanted) * (1.0 - (rebuy_lock if straight else 0.0))


@formula
def price_pull(offer_price, price_sensitivity, attitude, discount, price_cut):
    """Return the pull of a competitor's price, in logits.

    Parameters
    ----------
    offer_price : float
        Logits per unit of relative price difference.
    price_sensitivity, attitude : float
        Of the customer.
    discount, price_cut : float
        The competitor's discount and the firm's own cut, as shares of the list price.
    """
    return offer_price * price_sensitivity * (1.0 - 0.5 * attitude) * (discount - price_cut)


@formula
def quality_pull(offer_S, satisfaction):
    """Return the pull of dissatisfaction toward a competitor, in logits."""
    return -offer_S * satisfaction


@formula
def accepts_probability(base, pull, attitude, habit, barrier, offer, offer_A, offer_H, offer_B):
    """Return the probability of accepting a competitor's offer.

    Examples
    --------
    >>> accepts_probability(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 1.2, 1.0)
    0.5
    """
    return logistic(base + pull - offer_A * attitude - offer_H * habit - offer_B * barrier - offer)


@formula
def competitor_cause(u, price, quality):
    """Return whether an accepted offer counts as lost to price or to the competitor, by a uniform number.

    A third, constant part of 0.5 stands for whatever else the competitor offered.
    """
    total = max(price, 0.0) + max(quality, 0.0) + 0.5
    return Cause.PRICE.value if u * total < max(price, 0.0) else Cause.COMPETITOR.value


@formula
def preventable(cause):
    """Return whether an offer can still change the mind of somebody who goes for `cause`.

    Examples
    --------
    >>> preventable(Cause.PRICE), preventable(Cause.NEED_ENDED)
    (True, False)
    """
    return cause != Cause.NEED_ENDED and cause != Cause.NATURAL


@formula
def re_engage_probability(late, offer):
    """Return the probability that a save offer turns round a customer who has decided to go.

    Examples
    --------
    >>> re_engage_probability(0.25, 0.0)
    0.0
    """
    return 1.0 - exp(-late * offer)


@formula
def return_probability(cause, attitude, att0, offer):
    """Return the probability that a lost customer accepts an offer to come back.

    Who left for the price comes back more easily than who was treated badly, and hardly anybody
    without the need (Kumar, Bhagwat & Zhang 2015).

    Parameters
    ----------
    cause : int
        Why the customer left.
    attitude, att0 : float
        Now, and at the start.
    offer : float
        Felt strength of the offer, 0 or more.

    Examples
    --------
    >>> round(return_probability(Cause.PRICE, 0.28, 0.28, 1.0), 3)
    0.5
    >>> return_probability(Cause.NEED_ENDED, 0.28, 0.28, 1.0) < 0.001
    True
    """
    return logistic(_willingness(cause) + 2.0 * (attitude - att0) + offer)


@formula
def _willingness(cause):
    """Return the logit of coming back without an offer, by cause of the loss."""
    if cause == Cause.PRICE:
        return -1.0
    if cause == Cause.NEGLECT:
        return -0.8
    if cause == Cause.COMPETITOR:
        return -1.8
    if cause == Cause.SERVICE_FAILURE:
        return -2.2
    if cause == Cause.QUALITY:
        return -2.4
    if cause == Cause.NATURAL:
        return -4.0
    return -9.0
