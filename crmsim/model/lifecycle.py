"""Which stage a relationship is in: the truth, and what the firm can tell from its records."""

from __future__ import annotations

from crmsim.compiling import compiled
from crmsim.stages import Stage

__all__ = ["observed_stage", "true_stage"]


@compiled
def true_stage(n, declining, satisfaction, trust, wallet_ratio):
    """Return the true lifecycle stage of an active customer.

    Parameters
    ----------
    n : int
        Purchases so far, 1 or more.
    declining : int
        1 once the customer has decided to go.
    satisfaction, trust : float
    wallet_ratio : float
        Share of wallet over the highest it has been.

    Examples
    --------
    >>> Stage(true_stage(12, 0, 0.0, 0.8, 1.0)).name
    'STABILITY'
    >>> Stage(true_stage(12, 0, 0.0, 0.8, 0.5)).name
    'DECLINE'
    """
    if n > 3 and (declining or satisfaction < -0.18 or wallet_ratio < 0.65):
        return Stage.DECLINE.value
    if n <= 3 or trust < 0.45:
        return Stage.EXPLORATION.value
    if n <= 10 or trust < 0.70:
        return Stage.FORMATION.value
    return Stage.STABILITY.value


@compiled
def observed_stage(n, days_since, mean_gap, contractual):
    """Return the stage that the firm's own rule reads from its records.

    Parameters
    ----------
    n : int
        Purchases so far.
    days_since, mean_gap : float
        Days since the last purchase, and between purchases so far.
    contractual : int
        1 where payments come by contract, so that a pause says nothing.

    Examples
    --------
    >>> Stage(observed_stage(5, 90.0, 20.0, 0)).name
    'DECLINE'
    """
    if n > 3 and not contractual and days_since > max(60.0, 2.5 * mean_gap):
        return Stage.DECLINE.value
    if n <= 3:
        return Stage.EXPLORATION.value
    return Stage.FORMATION.value if n <= 10 else Stage.STABILITY.value
