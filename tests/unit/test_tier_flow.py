"""Flows between tiers: held to what the reviews counted themselves, and to the general migration table."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from crmsim import find_strategy, preset, simulate
from crmsim.audit.migration import migration_table
from crmsim.errors import InputError
from crmsim.metrics.tier_flow import TIERS, flow_between_reviews, flow_shares, tiers_at_reviews
from crmsim.model.records import DAY


def _ledger(strategy: str, world: str = "retail"):
    scenario = preset(world).with_values(customers=150, horizon_days=1460)
    return simulate(scenario, find_strategy(strategy), seed=4)


@pytest.mark.parametrize("strategy", ["do_nothing", "win_back_all", "drop_unprofitable"])
def test_after_each_review_everybody_is_where_the_review_put_them(strategy):
    """The simulator counts the moves of each review itself; customers who return or are sent away, too."""
    ledger = _ledger(strategy)
    tiers = tiers_at_reviews(ledger)
    reviews = ledger.months[ledger.months["moves"].any(axis=(1, 2))]
    assert tiers.columns.to_list() == (reviews["time"] // DAY).tolist() and len(reviews) == 8
    for month in reviews:
        counts = tiers[month["time"] // DAY].value_counts().reindex(TIERS)
        assert counts.to_list() == month["moves"].sum(axis=0).tolist()


def test_the_flow_is_the_sum_of_the_migration_tables():
    tiers = tiers_at_reviews(_ledger("win_back_all"))
    days = tiers.columns
    tables = [migration_table(tiers[one], tiers[two], TIERS) for one, two in pairwise(days)]
    flow = flow_between_reviews(tiers)
    pd.testing.assert_frame_equal(flow, sum(tables), check_names=False)
    assert flow.loc["none", "none"] == 0 and (flow["none"].iloc[:-1] > 0).any()


def test_who_stays_is_moved_as_the_review_says():
    """Those there both times moved as the review counts them; the rest of its counts are newcomers."""
    ledger = _ledger("do_nothing")
    tiers = tiers_at_reviews(ledger)
    flow = flow_between_reviews(tiers)
    reviews = ledger.months[ledger.months["moves"].any(axis=(1, 2))]["moves"]
    counted = reviews[1:].sum(axis=0)
    stayed = flow.loc[list(TIERS), list(TIERS)].to_numpy()
    came = flow.loc["none", list(TIERS)].to_numpy()
    assert (stayed[:3] == counted[:3]).all(), "newcomers begin as small"
    assert (stayed[3] + came == counted[3]).all() and came.sum() > 0


def test_shares_of_a_flow_that_can_be_counted_by_hand():
    flow = pd.DataFrame(0, index=[*TIERS, "none"], columns=[*TIERS, "none"])
    flow.loc["vip"] = [6, 2, 0, 0, 2]
    flow.loc["important"] = [1, 3, 1, 0, 0]
    flow.loc["small"] = [0, 0, 4, 0, 1]
    flow.loc["none"] = [0, 0, 0, 50, 0]  # who came is in no share
    assert flow_shares(flow) == pytest.approx(
        {"best_stay": 0.6, "best_lost": 0.2, "risen": 5 / 20, "fallen": 3 / 20, "lost": 3 / 20}
    )


def test_where_nobody_was_there_are_no_shares():
    flow = pd.DataFrame(0, index=[*TIERS, "none"], columns=[*TIERS, "none"])
    assert np.isnan(list(flow_shares(flow).values())).all()


def test_one_review_is_no_flow():
    with pytest.raises(InputError, match="at least two reviews, got 1"):
        flow_between_reviews(pd.DataFrame({180: ["vip"]}))
