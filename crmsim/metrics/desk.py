"""Waiting at the service desk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.events import EventKind
from crmsim.model.records import DAY
from crmsim.summary import Run
from crmsim.tiers import Tier

__all__ = ["mean_wait_days", "waits_by_tier"]


def waits_by_tier(ledger: Run) -> pd.DataFrame:
    """Return ``calls`` answered and ``mean_wait_days`` of each tier over the whole run (nan for no calls)."""
    calls = ledger.run["events"][EventKind.CONTACT_START]
    waits = ledger.run["wait_seconds"] / np.where(calls > 0, calls, np.nan) / DAY
    index = pd.Index([tier.name.lower() for tier in Tier], name="tier")
    return pd.DataFrame({"calls": calls, "mean_wait_days": waits}, index=index)


def mean_wait_days(ledger: Run) -> float:
    """Return the mean wait of all calls answered, in days (nan for no calls)."""
    calls = ledger.run["events"][EventKind.CONTACT_START].sum()
    return float(ledger.run["wait_seconds"].sum() / calls / DAY) if calls else float("nan")
