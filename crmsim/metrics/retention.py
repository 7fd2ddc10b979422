"""Who stayed, and why the others left."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.ledger import Ledger
from crmsim.model.records import DAY, NEVER
from crmsim.stages import Cause
from crmsim.summary import Run
from crmsim.tiers import Tier

__all__ = ["annual_retention", "losses_by_cause", "losses_by_tier", "reasons_heard", "retention_curve"]


def _tenures(ledger: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return days watched since the first purchase, and whether the customer left at their end."""
    came = ledger.people["entered"] < NEVER
    entered, end = ledger.people["entered"][came], ledger.people["left"][came]
    left = end < NEVER
    end[~left] = ledger.horizon_days * DAY
    return (end - entered) / DAY, left


def retention_curve(ledger: Run) -> pd.DataFrame:
    """Return the share of customers still there after so many days of tenure.

    The product-limit estimate (Kaplan & Meier 1958), which uses customers for as long as they were
    watched. It is made of every run of a comparison, so here without the band, and the time, of
    :func:`crmsim.audit.survival.survival_curve`; a test holds the two equal.

    Returns
    -------
    DataFrame
        Indexed by ``tenure_days`` (every 30 days from 0): ``retained`` (share, 0 to 1) and
        ``at_risk`` (customers watched that long).
    """
    days, left = _tenures(ledger)
    order = np.argsort(days, kind="stable")
    days, left = days[order], left[order]
    at_risk = len(days) - np.arange(len(days))
    survival = np.cumprod(np.where(left, 1.0 - 1.0 / at_risk, 1.0))
    grid = np.arange(0.0, ledger.horizon_days + 1e-9, 30.0)
    passed = np.searchsorted(days, grid, side="right")
    retained = np.concatenate([[1.0], survival])[passed]
    return pd.DataFrame(
        {"retained": retained, "at_risk": len(days) - np.searchsorted(days, grid, side="left")},
        index=pd.Index(grid, name="tenure_days"),
    )


def annual_retention(ledger: Run) -> dict[str, float]:
    """Return the share of customers kept per year (0 to 1), in the first year and in later years.

    Who was won back counts as kept: what the firm has in the end is what matters here.

    The first year is read off the retention curve; for later years, k losses in y customer-years
    give exp(-k / y). nan where nobody was watched.
    """
    days, left = _tenures(ledger)
    curve = retention_curve(ledger)["retained"]
    first = (
        float(np.interp(365.0, curve.index, curve))
        if len(days) and curve.index[-1] >= 365.0
        else float("nan")
    )
    later_years = np.maximum(days - 365.0, 0.0).sum() / 365.0
    later_losses = int((left & (days >= 365.0)).sum())
    later = float(np.exp(-later_losses / later_years)) if later_years > 0 else float("nan")
    return {"first_year": first, "later_years": later}


def losses_by_cause(ledger: Run) -> pd.Series:
    """Return the share of each cause among all losses (sums to 1; nan if there was none).

    Who came back was lost all the same, and counts with the cause of that time.
    """
    counts = ledger.months["losses"].sum(axis=0)[1:]
    total = counts.sum()
    shares = counts / total if total else np.full(len(counts), np.nan)
    return pd.Series(shares, index=pd.Index([cause.name.lower() for cause in Cause][1:], name="cause"))


def reasons_heard(ledger: Ledger) -> pd.DataFrame:
    """Return why the customers who are gone at the end left, and of how many the firm heard it.

    Most firms know of a departure, if at all, what they were told. Here somebody who gives a reason gives the
    true one; in life many name the price to be left in peace.

    Returns
    -------
    DataFrame
        Indexed by the true cause: ``lost`` and ``heard`` (customers).
    """
    people = ledger.customers
    gone = people[people["left"] < NEVER]
    told = gone["stated_cause"] == gone["cause"]
    causes = list(Cause)[1:]
    return pd.DataFrame(
        {
            "lost": np.bincount(gone["cause"], minlength=len(Cause))[1:],
            "heard": np.bincount(gone["cause"][told], minlength=len(Cause))[1:],
        },
        index=pd.Index([cause.name.lower() for cause in causes], name="cause"),
    )


def losses_by_tier(ledger: Run) -> pd.Series:
    """Return how many customers are gone at the end of the run, by the tier they were in."""
    people = ledger.people
    counts = np.bincount(people["tier"][people["left"] < NEVER], minlength=len(Tier))
    return pd.Series(counts, index=pd.Index([tier.name.lower() for tier in Tier], name="tier"))
