"""A cohort through the stages: counted again customer by customer, and added up in two ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmsim import find_strategy, preset, simulate
from crmsim.errors import InputError
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.metrics.clv import customer_values
from crmsim.metrics.stage_flow import CohortFlow, cohort_flow, in_words_of_scheme
from crmsim.model.records import DAY, WINDOW
from crmsim.stages import Stage

MONTHS = 30


@pytest.fixture(scope="module")
def ledger():
    scenario = preset("retail").with_values(customers=60, horizon_days=1460)
    return simulate(scenario, find_strategy("win_back_all"), seed=3)


@pytest.fixture(scope="module")
def flow(ledger):
    return cohort_flow(ledger, MONTHS)


def _cohort(ledger) -> list[int]:
    entered = ledger.customers["entered"]
    return [k for k in range(len(entered)) if entered[k] + MONTHS * WINDOW <= ledger.horizon_days * DAY]


def test_the_cohort_is_whoever_can_be_watched_long_enough(ledger, flow):
    # Everybody comes within the first year, so only referred ones can be too late.
    assert flow.customers == len(_cohort(ledger)) and 60 <= flow.customers < ledger.customer_count
    assert (flow.stages.sum(axis=1) == flow.customers).all()
    assert flow.stages.loc[0].to_dict() == {
        stage.name.lower(): flow.customers * (stage == Stage.EXPLORATION) for stage in Stage
    }


def test_everybody_is_where_their_last_change_of_stage_took_them(ledger, flow):
    changes = ledger.log()[ledger.log()["kind"] == EventKind.STAGE_CHANGE]
    for month in (0, 1, 7, MONTHS):
        counts = dict.fromkeys((stage.name.lower() for stage in Stage), 0)
        for k in _cohort(ledger):
            at = ledger.customers["entered"][k] + month * WINDOW
            mine = [row for row in changes if row["customer"] == k and row["time"] <= at]
            counts[Stage(mine[-1]["true_stage"]).name.lower()] += 1
        assert flow.stages.loc[month].to_dict() == counts, month
    assert flow.stages["ended"].diff().min() < 0, "somebody came back, or the test has nothing to see"


def test_what_is_left_is_what_customers_are_worth_without_discounting(ledger, flow):
    """Another function adds up the same money: contributions of each customer's first months."""
    values = customer_values(ledger, horizon_days=30 * MONTHS, discounted=False)["clv"]
    worth = values.loc[ledger.customers["number"][_cohort(ledger)]].mean()
    assert flow.money["cumulative"].iloc[-1] == pytest.approx(worth)
    assert flow.by_stage["net"].sum() == pytest.approx(worth)
    for side in ("input", "output"):
        assert flow.by_stage[side].sum() == pytest.approx(flow.money[side].sum())


def test_money_stands_in_the_month_in_which_it_moved(ledger, flow):
    rows = ledger.log()
    cohort = set(_cohort(ledger))
    spent = 0.0
    for row in rows:
        tenure = row["time"] - ledger.customers["entered"][row["customer"]]
        counts = COMPONENTS[Component(row["component"])].counts
        cost = row["kind"] == EventKind.ACQUIRED or row["component"] > Component.CLV6
        if row["customer"] in cohort and counts and cost and 4 * WINDOW <= tenure < 5 * WINDOW:
            spent -= row["amount"]
    assert flow.money.loc[5, "input"] == pytest.approx(spent / flow.customers) and spent > 0
    assert flow.by_stage.loc["prospect", "input"] >= 100.0, "winning a customer costs 100 here"


def test_all_time_is_spent_in_some_stage(flow):
    assert flow.by_stage["months"].sum() == pytest.approx(MONTHS)
    assert flow.by_stage.loc["prospect", "months"] == 0.0


def test_break_even_is_for_good_and_may_never_come():
    def of(*cumulative: float) -> float:
        money = pd.DataFrame({"cumulative": cumulative}, index=range(1, len(cumulative) + 1))
        return CohortFlow(1, pd.DataFrame(), money, pd.DataFrame()).break_even

    assert of(-5.0, -1.0, 2.0, 3.0) == 3.0
    assert of(-5.0, 1.0, -1.0, 3.0) == 4.0, "what is lost again was not earned for good"
    assert of(1.0, 2.0) == 1.0 and of(-2.0, -1.0) == float("inf")


def test_a_scheme_merges_stages_and_loses_nobody(flow):
    for scheme in ("six_stage", "five_stage", "four_stage", "three_stage"):
        merged = in_words_of_scheme(flow.by_stage, scheme)
        assert merged.sum().to_numpy() == pytest.approx(flow.by_stage.sum().to_numpy())
    three, stages = in_words_of_scheme(flow.by_stage, "three_stage"), flow.by_stage
    assert three.loc["outside", "output"] == stages.loc[["prospect", "decline", "ended"], "output"].sum()


@pytest.mark.parametrize("months", [0, 49])
def test_months_that_the_run_does_not_have_are_refused(ledger, months):
    with pytest.raises(InputError, match="months: must be from 1 to 48"):
        cohort_flow(ledger, months)


def test_a_cohort_of_nobody_is_refused_and_so_is_an_unknown_scheme(flow):
    short = simulate(preset("retail").with_values(customers=5, horizon_days=390), seed=1)
    with pytest.raises(InputError, match="somebody can be watched"):
        cohort_flow(short, 13)
    with pytest.raises(InputError, match="scheme: must be one of six_stage"):
        in_words_of_scheme(flow.by_stage, "ladder")


def test_those_still_there_are_the_ones_who_have_not_left(flow):
    assert flow.staying.iloc[0] == 1.0
    expected = 1.0 - flow.stages.loc[12, "ended"] / flow.customers
    assert flow.staying.loc[13] == pytest.approx(expected)
    assert np.isfinite(flow.staying).all()
