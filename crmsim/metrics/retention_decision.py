"""Kotler's four steps to a decision on retention, on the books of a run.

Measure how many stay; sort the departures by cause; put a price on those that could have been
prevented; and spend as long as the measure costs less than it brings back. A gym that loses members
to moving house need not buy new machines. On a firm's own counts and estimates:
:func:`crmsim.value.retention_decision.decide_retention`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.events import COMPONENTS, EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.clv import value_by_component
from crmsim.metrics.money import STRATEGY_COSTS
from crmsim.metrics.retention import annual_retention, losses_by_cause
from crmsim.model.records import DAY
from crmsim.stages import Cause, Status
from crmsim.tiers import Tier
from crmsim.value.rates import DiscountRate
from crmsim.value.retention_decision import RetentionDecision

__all__ = ["PREVENTABLE", "cost_and_regained", "lost_profit", "retention_decision"]

#: Causes that a firm can do something about. Nobody can bring back a need that is over, and whoever
#: the firm itself has sent away is not a loss to it.
PREVENTABLE = tuple(
    cause for cause in Cause if cause not in (Cause.NONE, Cause.NATURAL, Cause.NEED_ENDED, Cause.BY_COMPANY)
)
_COUNTED = np.array([info.counts for info in COMPONENTS.values()])


def retention_decision(base: Ledger, measure: Ledger) -> RetentionDecision:
    """Go through the four steps: should the firm of `base` do what that of `measure` does?

    Parameters
    ----------
    base : Ledger
        Without the measure; with an event log.
    measure : Ledger
        With it: the same scenario, seed and replication under another strategy.

    Returns
    -------
    RetentionDecision
        Of one pair of runs: repeat it over replications before you believe it. Retention is per year,
        ``first_year`` and ``later_years``; cost and what is regained are discounted to each customer's
        first purchase, over the days of the run, and summed over all customers, as is what was lost
        (:func:`lost_profit`).

    Raises
    ------
    InputError
        When the two runs do not have the same people with the same luck.
    """
    cost, regained = cost_and_regained(base, measure)
    return RetentionDecision(
        retention=annual_retention(base),
        causes=losses_by_cause(base),
        lost=lost_profit(base),
        cost=cost,
        regained=regained,
        currency=base.scenario.currency,
        date_of_value=0,
        horizon=float(base.scenario.population.horizon_days),
        per="day",
        discount=DiscountRate(base.scenario.money.annual_discount_rate, "year"),
        timing="on their days, each from the customer's first purchase; what is lost, from the loss",
    )


def cost_and_regained(base: Ledger, measure: Ledger) -> tuple[float, float]:
    """Return the two numbers of the fourth step: what a measure costs, and what it brings back before that.

    Parameters
    ----------
    base, measure : Ledger
        As in :func:`retention_decision`; neither needs an event log.

    Returns
    -------
    tuple of float
        Currency of all customers together, discounted to each one's first purchase.

    Raises
    ------
    InputError
        As :func:`retention_decision`.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> town = preset("retail").with_values(customers=50, horizon_days=720)
    >>> cost_and_regained(simulate(town), simulate(town))
    (0.0, 0.0)
    """
    if (base.scenario, base.seed, base.replication) != (measure.scenario, measure.seed, measure.replication):
        raise InputError("measure", "must be a run of the same scenario, seed and replication as the base")
    costs = [component.name.lower() for component in STRATEGY_COSTS]
    # Of the whole base, as the profit lost is.
    gained = measure.initial_count * value_by_component(measure)
    gained -= base.initial_count * value_by_component(base)
    cost = 0.0 - float(gained[costs].sum())
    return cost, float(gained["clv"]) + cost


def lost_profit(ledger: Ledger) -> pd.DataFrame:
    """Return the profit that went with the customers lost, by cause.

    The profit lost with one customer is the mean remaining CLV of comparable stayers: customers of
    the same tier who are still there at the end of the window of the loss. It runs to the end of the
    run, so late losses count for little, and it is discounted to the loss.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.

    Returns
    -------
    DataFrame
        Indexed by cause: ``lost`` (departures), ``profit`` (currency) and ``preventable``.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> table = lost_profit(simulate(preset("retail").with_values(customers=100, horizon_days=1080)))
    >>> bool(table.loc["need_ended", "preventable"])
    False
    """
    rows = ledger.log()
    losses = rows[rows["kind"] == EventKind.CHURN]
    ends = ledger.months["time"]
    window = np.searchsorted(ends, losses["time"])
    profit = _remaining_of_stayers(ledger)[window, losses["tier"]]
    causes = list(Cause)[1:]
    return pd.DataFrame(
        {
            "lost": np.bincount(losses["detail"], minlength=len(Cause))[1:],
            "profit": np.bincount(losses["detail"], profit, minlength=len(Cause))[1:],
            "preventable": [cause in PREVENTABLE for cause in causes],
        },
        index=pd.Index([cause.name.lower() for cause in causes], name="cause"),
    )


def _remaining_of_stayers(ledger: Ledger) -> np.ndarray:
    """Return the mean value still to come of the active customers, by window (its end) and tier.

    From the last window backwards: what is still to come, who is there and in which tier are undone
    event by event. 0 where there is nobody to compare with.
    """
    rows, ends = ledger.log(), ledger.months["time"]
    growth = 1.0 + ledger.scenario.money.annual_discount_rate
    remaining = np.zeros(ledger.customer_count)
    active = ledger.customers["status"] == Status.ACTIVE
    tier = ledger.customers["tier"].copy()
    means = np.zeros((len(ends), len(Tier)))
    borders = np.searchsorted(rows["time"], ends)
    for place in range(len(ends) - 1, -1, -1):
        until = len(rows) if place == len(ends) - 1 else borders[place + 1]
        later = rows[borders[place] : until]
        if place < len(ends) - 1:
            remaining *= growth ** (-(ends[place + 1] - ends[place]) / DAY / 365.0)
        money = later[_COUNTED[later["component"]]]
        factor = growth ** (-(money["time"] - ends[place]) / DAY / 365.0)
        np.add.at(remaining, money["customer"], money["amount"] * factor)
        _undo(later, active, tier)
        sums = np.bincount(tier[active], remaining[active], minlength=len(Tier))
        counts = np.bincount(tier[active], minlength=len(Tier))
        means[place] = sums / np.maximum(counts, 1)
    return means


def _undo(later: np.ndarray, active: np.ndarray, tier: np.ndarray) -> None:
    """Bring back who was there, and in which tier, before these events."""
    for row in later[np.isin(later["kind"], _MOVES)][::-1]:
        if row["kind"] == EventKind.CHURN:
            active[row["customer"]] = True
        elif row["kind"] in _COMINGS:
            active[row["customer"]] = False
        else:
            tier[row["customer"]] = row["detail"]


_COMINGS = (EventKind.ACQUIRED, EventKind.REACTIVATED)
_MOVES = (EventKind.CHURN, EventKind.PROMOTION, EventKind.DEMOTION, *_COMINGS)
