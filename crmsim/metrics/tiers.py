"""Who moved up and who moved down."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.model.records import DAY
from crmsim.summary import Run
from crmsim.tiers import Tier

__all__ = ["tier_mix", "tier_moves", "tier_transitions"]

_NAMES = [tier.name.lower() for tier in Tier]


def tier_mix(ledger: Run) -> pd.DataFrame:
    """Return the share of active customers in each tier, at the end of each window; rows sum to 1."""
    counts = pd.DataFrame(
        ledger.months["tiers"], index=pd.Index(ledger.months["time"] / DAY, name="day"), columns=_NAMES
    )
    return counts.div(counts.sum(axis=1).where(lambda total: total > 0), axis=0)


def tier_moves(ledger: Run) -> pd.DataFrame:
    """Return how many customers each review moved from a tier (row) to a tier (column), in total."""
    return pd.DataFrame(
        ledger.months["moves"].sum(axis=0),
        index=pd.Index(_NAMES, name="from"),
        columns=pd.Index(_NAMES, name="to"),
    )


def tier_transitions(ledger: Run) -> pd.DataFrame:
    """Return the share of a tier's customers that a review moves to each tier (rows sum to 1, or nan)."""
    moves = tier_moves(ledger).astype(float)
    totals = moves.sum(axis=1)
    return moves.div(totals.where(totals > 0, np.nan), axis=0)
