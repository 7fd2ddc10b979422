"""Where relationships stand: shares of the lifecycle stages over time."""

from __future__ import annotations

import pandas as pd

from crmsim.model.records import DAY
from crmsim.stages import Stage
from crmsim.summary import Run

__all__ = ["observed_stage_shares", "stage_shares"]


def stage_shares(ledger: Run) -> pd.DataFrame:
    """Return the share of all people known so far in each true stage, at the end of each window.

    Returns
    -------
    DataFrame
        Indexed by day, a column per stage from ``prospect`` to ``ended``; rows sum to 1.
    """
    return _shares(ledger, "stages")


def observed_stage_shares(ledger: Run) -> pd.DataFrame:
    """Return the share of active customers in each stage as the firm observes it; rows sum to 1."""
    return _shares(ledger, "observed").drop(columns=["prospect", "ended"])


def _shares(ledger: Run, field: str) -> pd.DataFrame:
    counts = pd.DataFrame(
        ledger.months[field],
        index=pd.Index(ledger.months["time"] / DAY, name="day"),
        columns=[stage.name.lower() for stage in Stage],
    )
    return counts.div(counts.sum(axis=1).where(lambda total: total > 0), axis=0)
