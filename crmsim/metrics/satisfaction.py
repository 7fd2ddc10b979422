"""Satisfaction, from the ledger: the course's ratio c = b / a as each customer remembers it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction_formulas import satisfaction_difference
from crmsim.model.records import DAY, NEVER
from crmsim.stages import Stage, Status
from crmsim.summary import Run
from crmsim.tiers import Tier

__all__ = [
    "SATISFIED",
    "satisfaction_by_month",
    "satisfaction_by_tier",
    "satisfaction_distribution",
    "satisfaction_forms",
    "satisfied_share",
]

#: A customer counts as satisfied when the running mean of c is at least this.
SATISFIED = 0.97
_EDGES = np.linspace(0.5, 1.5, 41)


def satisfied_share(ledger: Run) -> float:
    """Return the share (0 to 1) of active customers who are satisfied at the end; nan if none is left."""
    month = ledger.months[-1]
    active = month["tiers"].sum()
    return float(month["satisfied"].sum() / active) if active else float("nan")


def satisfaction_by_month(ledger: Run) -> pd.DataFrame:
    """Return satisfaction at the end of every window of 30 days.

    Returns
    -------
    DataFrame
        Indexed by day; ``satisfied`` (share of active customers, 0 to 1) and ``ratio`` (mean c);
        nan when nobody is active.
    """
    months = ledger.months
    active = months["tiers"].sum(axis=1).astype(float)
    active[active == 0] = np.nan
    return pd.DataFrame(
        {
            "satisfied": months["satisfied"].sum(axis=1) / active,
            "ratio": months["ratio"].sum(axis=1) / active,
        },
        index=pd.Index(months["time"] / DAY, name="day"),
    )


def satisfaction_by_tier(ledger: Run) -> pd.DataFrame:
    """Return the share satisfied and the mean ratio of active customers at the end, by tier."""
    month = ledger.months[-1]
    active = np.where(month["tiers"] > 0, month["tiers"], np.nan)
    return pd.DataFrame(
        {"satisfied": month["satisfied"] / active, "ratio": month["ratio"] / active},
        index=pd.Index([tier.name.lower() for tier in Tier], name="tier"),
    )


def satisfaction_distribution(ledger: Ledger) -> pd.DataFrame:
    """Return how the ratio c is spread over the active customers at the end.

    Returns
    -------
    DataFrame
        One row per class of width 0.025 from 0.5 to 1.5 (the outermost take what lies beyond):
        ``low``, ``high`` and ``share`` (sums to 1).
    """
    people = ledger.customers
    ratio = people["ratio"][people["status"] == Status.ACTIVE]
    counts, _ = np.histogram(np.clip(ratio, _EDGES[0], _EDGES[-1]), _EDGES)
    return pd.DataFrame({"low": _EDGES[:-1], "high": _EDGES[1:], "share": counts / max(counts.sum(), 1)})


def satisfaction_forms(ledger: Ledger) -> pd.DataFrame:
    """Return each customer's satisfaction in both forms, as it is remembered at the end.

    Returns
    -------
    DataFrame
        One row per customer who ever bought, indexed by number; performance on the model's scale
        (1 = market average): ``expected`` (a, what programmes have led one to expect included),
        ``perceived`` (b, likewise), ``difference`` = b - a and ``ratio`` = b / a. The customer
        remembers the ratio; b is what it makes of today's expectation.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> forms = satisfaction_forms(simulate(preset("retail").with_values(customers=30, horizon_days=720)))
    >>> bool(((forms["difference"] > 0) == (forms["ratio"] > 1)).all())
    True
    """
    people, programmes = ledger.customers[ledger.customers["entered"] < NEVER], ledger.scenario.programmes
    needs = np.array([row for _, row in programmes.needs])
    # The rows of the table of needs are the stages from exploration on.
    need = needs[np.clip(people["stage"] - Stage.EXPLORATION, 0, len(needs) - 1)]
    spoilt = (need * people["programme_expectation"]).sum(axis=1)
    expected = people["expectation"] + programmes.prog_value * people["responsiveness"] * spoilt
    perceived = people["ratio"] * expected
    return pd.DataFrame(
        {
            "expected": expected,
            "perceived": perceived,
            "difference": satisfaction_difference(perceived, expected),
            "ratio": people["ratio"],
        },
        index=pd.Index(people["number"], name="customer"),
    )
