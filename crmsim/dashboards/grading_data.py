"""Where the grading screen gets its customers: a run of the model, or a log that comes with the project.

Either way the result is a sheet as of :func:`crmsim.metrics.grading_sheet.grading_sheet`: what the firm
knew on the day, and what then came. Of a log, the part behind the day is the future.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

import numpy as np
import pandas as pd

from crmsim.audit.facts import customer_facts
from crmsim.confrontation.methods import methods_for
from crmsim.confrontation.records import FirmRecords
from crmsim.datasets import load_shop_log, load_table
from crmsim.engines import simulate
from crmsim.metrics.grading_sheet import grading_sheet
from crmsim.scenario import preset
from crmsim.strategies import find_strategy

__all__ = ["LOGS", "YEARS", "sheet_of_log", "sheet_of_run"]

#: Length of a simulated run, in years of 365 days.
YEARS = 6
#: Logs that come with the project; both are of retailers with the margin and the rate of the preset.
LOGS = ("retail_log", "shop_log")


# The arguments determine the sheets completely, so what is kept can never be out of date.
@lru_cache(maxsize=64)
def sheet_of_run(world: str, customers: int, review_share: int, seed: int, replication: int) -> pd.DataFrame:
    """Return the sheet of a simulated firm that does nothing special.

    Parameters
    ----------
    world : str
        Name of a preset.
    customers : int
    review_share : int
        Day of review, in per cent of the run.
    seed, replication : int
    """
    scenario = preset(world).with_values(customers=customers, horizon_days=365 * YEARS)
    ledger = simulate(scenario, find_strategy("do_nothing"), seed=seed, replication=replication)
    return grading_sheet(ledger, round(ledger.horizon_days * review_share / 100))


@lru_cache(maxsize=16)
def sheet_of_log(name: str, review_share: int) -> pd.DataFrame:
    """Return the sheet of a log, cut in two on the day of review.

    Profit is the margin on revenue, because a log knows no costs; the estimate of CLV is that of BG/NBD
    with Gamma-Gamma from what lies before the day.

    Parameters
    ----------
    name : str
        One of :data:`LOGS`.
    review_share : int
        Day of review, in per cent of the log.
    """
    money = preset("retail").money
    log = load_shop_log() if name == "shop_log" else load_table("retail", "transactions")
    log = log[["customer", "date", "amount"]]
    first, last = log["date"].min(), log["date"].max()
    review = (first + (last - first) * (review_share / 100)).normalize()
    past, later = log[log["date"] < review], log[log["date"] >= review]
    ahead = (last - review).days + 1
    facts = customer_facts(past, observation_end=(review - pd.Timedelta(days=1)).date())
    books = FirmRecords(
        past, datetime.date.fromisoformat(f"{review:%Y-%m-%d}"), ahead, money.margin,
        money.annual_discount_rate, "CNY",
    )  # fmt: skip
    model = methods_for("continuous", ["bg_nbd"])[0]
    days = (later["date"] - review).dt.days.to_numpy()
    brought = money.margin * later["amount"] * (1.0 + money.annual_discount_rate) ** (-days / 365.0)
    future = brought.groupby(later["customer"]).sum().reindex(facts.index, fill_value=0.0)
    return pd.DataFrame(
        {
            "recency_days": facts["recency_days"].astype(float),
            "purchases": facts["orders"].astype(float),
            "revenue_12m": facts["revenue_recent"],
            "past_profit": money.margin * facts["revenue"],
            "clv_estimate": model.value(books).reindex(facts.index),
            "strength": _answers(name, review).reindex(facts.index).pipe(_filled),
            "future": future,
        }
    )


def _answers(name: str, review: pd.Timestamp) -> pd.Series:
    """Return each customer's last answer to the question of recommendation; empty where nobody was asked."""
    if name != "retail_log":
        return pd.Series(dtype=float)
    surveys = load_table("retail", "surveys")
    known = surveys[(surveys["date"] < review) & surveys["recommendation"].notna()]
    return known.sort_values("date").groupby("customer")["recommendation"].last().astype(float)


def _filled(answers: pd.Series) -> pd.Series:
    """Give who did not answer the mean of those who did; all nan stays so."""
    return answers.astype(float).fillna(np.nan if answers.isna().all() else float(answers.mean()))
