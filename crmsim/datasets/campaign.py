"""A campaign with a randomised control group, and what it truly did to each customer."""

from __future__ import annotations

import pandas as pd

from crmsim.datasets.records import PRICE_DATE, YEAR, names
from crmsim.offer_trial import Offer, run_campaign, run_offer_trial
from crmsim.scenario import Scenario, preset

__all__ = ["DAY_OF_OFFER", "OFFER", "scenario", "tables"]

_SEED = 20260106
DAY_OF_OFFER = 720
#: A stronger offer than that of the ready strategies, in force for the whole year.
OFFER = Offer(strength=2.0, days=YEAR)
_FUTURES = 20


def scenario() -> Scenario:
    """Return the scenario behind the set."""
    return preset("telecom").with_values(
        name="campaign set", currency="CNY", price_date=PRICE_DATE, customers=1500, entry_days=360,
        horizon_days=DAY_OF_OFFER + YEAR, drop_b=120.0,
    )  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    """Make the tables of the set anew."""
    trial = run_offer_trial(scenario(), DAY_OF_OFFER, OFFER, days_ahead=YEAR, futures=_FUTURES, seed=_SEED)
    known = trial.known.rename(columns={"survey_score": "score"})
    customers = known.join(run_campaign(trial))
    truth = trial.effects().assign(uplift_expected=trial.expected("uplift"))
    called = names(trial.known.index)
    return {"customers": customers.assign(customer=called), "truth": truth.assign(customer=called)}
