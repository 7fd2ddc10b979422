"""Scores: how likely a customer is to leave, and how much an offer would change that.

A doctor may treat the sickest, or those whom the medicine helps most; they are seldom the same
(Ascarza 2018; Lemmens & Gupta 2020). The scores here come from the true hazards over the next 90
days, blurred by noise: as good as a churn or uplift model with a pilot test could be.
"""

from __future__ import annotations

import math
from enum import IntEnum

from crmsim.compiling import compiled, formula
from crmsim.elementary import exp
from crmsim.luck import Purpose, normal
from crmsim.model.customer import barrier_of, offer_of, offers_of
from crmsim.model.defection import (
    accepts_probability,
    grievance_rate,
    leave_probability,
    natural_hazard,
    neglect_rate,
    preventable,
    price_pull,
    quality_hazard,
    quality_pull,
    re_engage_probability,
)
from crmsim.model.loyalty import shield
from crmsim.model.records import DAY, WINDOW, Clock

__all__ = ["SCORE_DAYS", "Score", "blur", "preventable_loss", "score", "unpreventable_loss"]

#: A score looks so far ahead.
SCORE_DAYS = 90.0


class Score(IntEnum):
    """What customers can be ranked by besides what a firm knows; codes follow those of the measures."""

    RISK = 100
    LIFT = 101
    VALUE_LIFT = 102
    SENSITIVITY = 103


@compiled
def unpreventable_loss(c, p):
    """Return the expected hazard over 90 days of leaving for a reason that no offer can change.

    That is natural dropout and the end of the need; for those on their way out for one of these, the
    probability that they are gone by then.
    """
    if c.declining:
        return 0.0 if preventable(c.decline_cause) else 1.0 - exp(-SCORE_DAYS / p.decline_days)
    return c.need_rate * SCORE_DAYS / 365.0 + natural_hazard(c.dropout) * _experiences(c, p)


@compiled
def preventable_loss(c, p, now, offer):
    """Return the expected hazard over 90 days of leaving for a preventable reason, under an offer.

    Parameters
    ----------
    c, p : records
    now : int
        Seconds.
    offer : float
        Felt strength of the save offer, 0 for none.
    """
    if c.declining:
        if not preventable(c.decline_cause):
            return 0.0
        gone = 1.0 - exp(-SCORE_DAYS / p.decline_days)
        return gone * (1.0 - re_engage_probability(p.late, offer))
    barrier = barrier_of(c, p)
    protection = shield(c.attitude, c.habit, barrier, offer, p.shield_A, p.shield_H, p.shield_B)
    unseen = (now - c.last_contact) / DAY
    yearly = grievance_rate(c.grievance, p.griev_hazard, protection)
    yearly += neglect_rate(unseen, p.neglect_days, p.neglect_hazard, protection)
    # The usual offer stands for the exponential spread of offers.
    pull = price_pull(p.offer_price, c.price_sensitivity, c.attitude, p.offer_discount, c.price_cut)
    pull += quality_pull(p.offer_S, c.satisfaction)
    yearly += offers_of(c, p) * accepts_probability(
        p.offer_base, pull, c.attitude, c.habit, barrier, offer, p.offer_A, p.offer_H, p.offer_B
    )
    quality = quality_hazard(c.satisfaction, p.tolerance, p.quality_hazard, protection)
    return yearly * SCORE_DAYS / 365.0 + quality * _experiences(c, p)


@compiled
def _experiences(c, p):
    """Return the purchases or paid periods to be expected in 90 days."""
    if p.contractual:
        return SCORE_DAYS / p.renewal_days
    if p.periodic:
        return SCORE_DAYS / p.renewal_days * p.buy_chance[min(c.missed, p.max_missed - 1)]
    return c.rate[Clock.PURCHASE] * SCORE_DAYS


@formula
def blur(noise, inbound, outbound, score_learn):
    """Return the error of a customer's scores: it shrinks with what the firm has heard of the customer.

    What customers say of their own accord is worth more than what they are asked: an answer counts half.
    The variance falls as that of a mean of so many observations.

    Parameters
    ----------
    noise : float
        Log standard deviation for somebody who never said anything.
    inbound, outbound : int
        Contacts that the customer began, and that the firm did.
    score_learn : float
        What one inbound contact adds, over what was known before; 0 = off.

    Examples
    --------
    >>> blur(0.5, 9, 9, 0.0), blur(0.5, 3, 0, 1.0), blur(0.5, 0, 6, 1.0)
    (0.5, 0.25, 0.25)
    """
    if score_learn == 0.0:
        return noise
    return noise / math.sqrt(1.0 + score_learn * (inbound + 0.5 * outbound))


@compiled
def score(c, p, code, strength, noise, net_12m, now):
    """Return one of the scores of an active customer, with its error.

    Parameters
    ----------
    c, p : records
    code : int
        A :class:`Score`.
    strength : float
        Of the offer that is thought of.
    noise : float
        Log standard deviation of the error of the model behind the score, before it has heard of the
        customer; 0 = the truth.
    net_12m : float
        Net contribution of the last twelve windows, in currency.
    now : int
        Seconds.
    """
    offer = strength * c.responsiveness
    now_lost = preventable_loss(c, p, now, offer_of(c, now))
    lift = now_lost - preventable_loss(c, p, now, offer)
    if code == Score.RISK:
        value = leave_probability(unpreventable_loss(c, p) + now_lost)
    elif code == Score.LIFT:
        value = lift
    elif code == Score.VALUE_LIFT:
        value = max(net_12m, 0.0) * lift
    else:
        value = c.responsiveness
    noise = blur(noise, c.contacts, c.surveys, p.score_learn)
    return value * exp(noise * normal(c.key, Purpose.SCORE_NOISE.value, now // WINDOW))
