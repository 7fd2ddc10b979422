"""Fairness: who has been a customer for long looks at what the firm gets out of it.

A regular who knows the margins minds when the house earns more than the guest gets, unless somebody
shows what it takes to serve them well (Adams 1965; Homans 1961; the course's stable stage).
"""

from __future__ import annotations

from crmsim.compiling import formula
from crmsim.stages import Stage

__all__ = ["VALUE_OF_QUALITY", "equity", "unfairness"]

#: What customers are willing to pay for performance 1.0, over the list price (judgement).
VALUE_OF_QUALITY = 1.25


@formula
def equity(performance, paid, margin):
    """Return the customer's surplus over the firm's margin on one purchase; 1 where both gain the same.

    Parameters
    ----------
    performance : float
        What was received, programmes included; 1 = market average.
    paid : float
        Price paid, as a share of the list price.
    margin : float
        Gross margin of list value, 0 to 1.

    Returns
    -------
    float
        At most 1 counts; where the firm gains nothing it is 1.

    Examples
    --------
    >>> round(equity(1.0, 1.0, 0.5), 4), equity(1.0, 0.5, 0.5)
    (0.5, 1.0)
    """
    gained = margin - (1.0 - paid)
    if gained <= 0.0:
        return 1.0
    return (VALUE_OF_QUALITY * performance - paid) / gained


@formula
def unfairness(stage, equity, fairness, explained):
    """Return what an unequal exchange takes from disconfirmation d; only in stability does anybody look.

    fairness (1 - explained) (1 - equity)+

    Parameters
    ----------
    stage : int
        The true one.
    equity : float
        From :func:`equity`.
    fairness : float
        Disconfirmation per unit of missing equity; 0 = off.
    explained : float
        Share of the firm's effort that customers have been shown, 0 to 1.

    Examples
    --------
    >>> unfairness(Stage.STABILITY, 0.5, 0.2, 0.0), unfairness(Stage.FORMATION, 0.5, 0.2, 0.0)
    (0.1, 0.0)
    """
    if stage != Stage.STABILITY:
        return 0.0
    return fairness * (1.0 - explained) * max(1.0 - equity, 0.0)
