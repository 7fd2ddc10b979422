"""Buying: share of wallet, purchase rate, spend, and further categories.

Whoever likes the shop brings it a larger part of the same household budget (share of wallet).
Rates differ between people as in the NBD model (Ehrenberg 1959; Schmittlein, Morrison & Colombo
1987), spend as in the gamma-gamma model (Colombo & Jiang 1999).
"""

from __future__ import annotations

import math
from enum import IntEnum

from crmsim.compiling import formula
from crmsim.elementary import exp

__all__ = [
    "BuyClass",
    "buy_class",
    "cross_buy_probability",
    "deal_proneness",
    "goal_gradient",
    "grown_spend",
    "logistic",
    "logit",
    "purchase_rate",
    "wallet_share",
]


class BuyClass(IntEnum):
    """What kind of decision the next order is (Robinson, Faris & Wind 1967)."""

    NEW_TASK = 0
    MODIFIED_REBUY = 1
    STRAIGHT_REBUY = 2


@formula
def buy_class(n, satisfaction, declining):
    """Return the class of the next order of a customer with n purchases.

    Until the fourth order everything has to be compared; afterwards one orders again without looking
    around, unless something gives reason to.

    Parameters
    ----------
    n : int
        Purchases so far.
    satisfaction : float
        Running mean of signed disconfirmation; below 0 the specification is opened again.
    declining : int
        1 for who has decided to go.

    Examples
    --------
    >>> [BuyClass(buy_class(n, s, 0)).name for n, s in ((3, 0.1), (4, -0.1), (4, 0.1))]
    ['NEW_TASK', 'MODIFIED_REBUY', 'STRAIGHT_REBUY']
    """
    if n <= 3:
        return BuyClass.NEW_TASK.value
    if satisfaction < 0.0 or declining:
        return BuyClass.MODIFIED_REBUY.value
    return BuyClass.STRAIGHT_REBUY.value


@formula
def logistic(x):
    """Return 1 / (1 + e^-x).

    Examples
    --------
    >>> logistic(0.0)
    0.5
    """
    return 1.0 / (1.0 + exp(-x))


@formula
def logit(share):
    """Return the inverse of :func:`logistic` for a share strictly between 0 and 1.

    Examples
    --------
    >>> logit(0.5)
    0.0
    """
    return math.log(share / (1.0 - share))


@formula
def wallet_share(attitude, trust, att0, trust0, wallet0, wallet_A, wallet_T):
    """Return the share (0 to 1) of the customer's category spending that comes to the firm.

    Parameters
    ----------
    attitude, trust, att0, trust0 : float
        Now, and at the start; 0 to 1.
    wallet0 : float
        Share at the start, strictly between 0 and 1.
    wallet_A, wallet_T : float
        Effect of attitude and trust on the logit of the share.

    Examples
    --------
    >>> round(wallet_share(0.28, 0.3, 0.28, 0.3, 0.30, 2.0, 0.8), 12)
    0.3
    """
    # logistic(logit(wallet0) + x), without the logarithm
    x = wallet_A * (attitude - att0) + wallet_T * (trust - trust0)
    return wallet0 / (wallet0 + (1.0 - wallet0) * exp(-x))


@formula
def purchase_rate(trait_rate, relative_wallet, elasticity, price_sensitivity, price_cut, activity):
    """Return the purchase rate, in the time unit of `trait_rate`.

    Parameters
    ----------
    trait_rate : float
        Rate at the baseline share of wallet.
    relative_wallet : float
        Share of wallet over its baseline.
    elasticity, price_sensitivity : float
        How strongly the population, and this customer, answer to price.
    price_cut : float
        The firm's own price cut, 0 to 1.
    activity : float
        1, or less while the customer is on the way out.

    Examples
    --------
    >>> purchase_rate(6.0, 1.0, 1.5, 1.0, 0.0, 1.0)
    6.0
    """
    rate = trait_rate * relative_wallet * activity
    return rate if price_cut == 0.0 else rate * exp(elasticity * price_sensitivity * price_cut)


@formula
def goal_gradient(points, threshold, gradient):
    """Return the factor on the purchase rate as the next reward comes near (Kivetz et al. 2006).

    Parameters
    ----------
    points, threshold : float
        Balance, and what a reward takes; no scheme where the threshold is 0.
    gradient : float
        How much faster one buys just before the reward; 0 = off.

    Examples
    --------
    >>> goal_gradient(0.0, 500.0, 0.5), goal_gradient(500.0, 500.0, 0.5), goal_gradient(10.0, 0.0, 0.5)
    (1.0, 1.5, 1.0)
    """
    if threshold <= 0.0:
        return 1.0
    done = points / threshold
    return 1.0 + gradient * done * done


@formula
def grown_spend(mean_spend, spend_trend, days):
    """Return mean spend per purchase after `days` of growth at `spend_trend` (log per year).

    Examples
    --------
    >>> grown_spend(100.0, 0.0, 730.0)
    100.0
    """
    return mean_spend if spend_trend == 0.0 else mean_spend * exp(spend_trend * days / 365.0)


@formula
def deal_proneness(price_sensitivity, attitude, att0, deal_prone):
    """Return the share (0 to 1) of purchases made on deal; attached customers wait less for deals.

    Examples
    --------
    >>> deal_proneness(1.0, 0.28, 0.28, 0.5)
    0.5
    """
    return min(1.0, deal_prone * price_sensitivity * max(1.0 - 1.5 * (attitude - att0), 0.0))


@formula
def cross_buy_probability(trust, attitude, cross_rate):
    """Return the probability that an experience leads to a further category.

    Examples
    --------
    >>> round(cross_buy_probability(0.5, 0.7, 0.06), 4)
    0.03
    """
    return min(1.0, cross_rate * trust * (0.3 + attitude))
