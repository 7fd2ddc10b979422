"""Which stage a relationship is in: the truth, and what the firm can tell from its records."""

from __future__ import annotations

from crmsim.compiling import compiled, formula
from crmsim.events import Component, EventKind
from crmsim.model.booking import note
from crmsim.model.purchase import wallet_share
from crmsim.stages import Stage

__all__ = ["change_stage", "observed_stage", "restage", "true_stage"]


@formula
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


@formula
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
    if n > 3 and not contractual and days_since > 60.0 and days_since > 2.5 * mean_gap:
        return Stage.DECLINE.value
    if n <= 3:
        return Stage.EXPLORATION.value
    return Stage.FORMATION.value if n <= 10 else Stage.STABILITY.value


@compiled
def restage(c, p, run, log, now):
    """Recompute the true stage from the state."""
    c.wallet = wallet_share(c.attitude, c.trust, p.att0, p.trust0, p.wallet0, p.wallet_A, p.wallet_T)
    c.wallet_max = max(c.wallet_max, c.wallet)
    change_stage(
        c, run, log, now, true_stage(c.n, c.declining, c.satisfaction, c.trust, c.wallet / c.wallet_max)
    )


@compiled
def change_stage(c, run, log, now, stage):
    """Put a customer into a stage, and write it down where it is another one."""
    if stage != c.stage:
        before = c.stage
        c.stage = stage
        note(c, run, log, now, EventKind.STAGE_CHANGE.value, before, 0.0, Component.NONE.value)
