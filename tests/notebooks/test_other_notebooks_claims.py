"""What the other notebooks say in plain text, and no cell computes, is true of the model."""

from __future__ import annotations

import numpy as np
import pytest

from crmsim import find_strategy, preset, simulate
from crmsim.comparison import mean_interval, verdict
from crmsim.dashboards.loyalty_state import LoyaltyState
from crmsim.dashboards.satisfaction_state import EARLY, END, SatisfactionState
from crmsim.metrics.lives import purchases_to_pay_back
from crmsim.metrics.loyalty_map import loyalty_points


@pytest.fixture(scope="module")
def lives():
    """Eight runs of the first notebook's retailer."""
    town = preset("retail").with_values(customers=1000)
    return [simulate(town, find_strategy("do_nothing"), seed=1, replication=k) for k in range(8)]


def test_the_first_purchase_rarely_pays_for_itself(lives):
    assert mean_interval([(purchases_to_pay_back(run) == 1).mean() for run in lives]).high < 0.05


def test_of_those_who_decide_to_go_few_look_like_declining_customers(lives):
    shares = []
    for run in lives:
        decided = run.truth[run.truth["kind"] == "disengaged"]
        shares.append((decided["stage"] == "decline").mean())
    assert mean_interval(shares).high < 0.1


def test_delight_stays_where_expectations_never_change():
    still = SatisfactionState(expectations=0).run()
    usual = SatisfactionState().run()
    assert still.lift(END).mean > 0.95 * still.lift(EARLY).mean
    assert usual.lift(END).mean < 0.75 * usual.lift(EARLY).mean


def test_what_is_taken_away_is_missed_only_where_expectations_follow():
    usual = SatisfactionState(withdrawn=True).run()
    still = SatisfactionState(withdrawn=True, expectations=0).run()
    assert verdict(usual.lift(END)) == "lower" and verdict(still.lift(END)) == "undecided"


def test_beside_a_rival_next_door_people_buy_a_fifth_here_and_like_the_firm_as_before():
    near, usual = (LoyaltyState(convenience=convenience).run() for convenience in (40, 100))
    wallets, likings = (
        [
            np.mean([loyalty_points(then, "ladder")[column].mean() for then, _, _ in result.lives])
            for result in (near, usual)
        ]
        for column in ("wallet", "attitude")
    )
    assert wallets[0] == pytest.approx(0.2, abs=0.03) and wallets[1] > 0.4
    assert likings[0] == pytest.approx(likings[1], abs=0.02)
    assert near.table.loc["latent", "customers"] > 20 > 2 > usual.table.loc["latent", "customers"]


def test_a_month_of_a_programme_costs_what_notebook_and_lab_say():
    assert preset("retail").price_list.programme == 1.2
