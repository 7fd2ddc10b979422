"""What the notebooks on stages say in plain text, and no cell computes, is true of the model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmsim import find_lesson, find_strategy, run_lesson, simulate
from crmsim.comparison import mean_interval, paired_interval
from crmsim.dashboards.comparison_state import ComparisonState
from crmsim.dashboards.river_state import RiverState
from crmsim.dashboards.tier_flow_state import TierFlowState
from crmsim.model.records import DAY


@pytest.fixture(scope="module")
def flows():
    return [RiverState(seed=seed).run().flow for seed in range(2, 10)]


def test_most_is_spent_to_win_the_customer_and_most_comes_from_stability_where_few_are(flows):
    for flow in flows:
        assert flow.money.loc[1, "input"] > 0.5 * flow.money["input"].sum()
        assert flow.by_stage["net"].idxmax() == "stability"
        assert flow.stages["stability"].max() < 0.2 * flow.customers
        early = flow.by_stage.loc[["prospect", "exploration"], "net"].sum()
        assert early < 0.0, "exploration alone does not earn back the cost of winning"


def test_output_sinks_because_customers_leave_and_not_because_they_bring_less(flows):
    def year(flow, number: int) -> tuple[float, float]:
        months = range(12 * number - 10, 12 * number + 1)  # without the very first month
        output = flow.money["output"].loc[months]
        return output.mean(), (output / flow.staying.loc[months]).mean()

    all_customers, staying = np.mean([np.divide(year(flow, 4), year(flow, 1)) for flow in flows], axis=0)
    assert all_customers < 0.5 and 0.8 < staying < 1.25


def test_a_month_brings_nearly_the_same_in_each_stage_under_contracts_but_not_at_the_retailer():
    def spread(preset: str) -> float:
        table = RiverState(preset=preset).run().flow.by_stage
        rates = (table["net"] / table["months"])[["exploration", "formation", "stability", "decline"]]
        return rates.max() / rates.min()

    assert spread("telecom") < 1.5 and spread("retail") > 3.0


def test_stability_gets_longer_under_matched_programmes():
    months = {
        name: np.mean(
            [RiverState(strategy=name, seed=k).run().flow.by_stage.loc["stability", "months"] for k in (1, 2)]
        )
        for name in ("do_nothing", "stage_matched")
    }
    assert months["stage_matched"] > months["do_nothing"] + 0.5


def test_each_single_programme_is_better_than_mismatching():
    found = run_lesson(find_lesson("stage_matching"))
    clv = np.array([[run[arm]["clv"] for arm in run] for run in found.runs.values()])
    arms = list(next(iter(found.runs.values())))
    mismatched = clv[:, arms.index("stage_mismatched")]
    for arm in arms:
        if arm.startswith("one_size"):
            assert paired_interval(mismatched, clv[:, arms.index(arm)]).low > 0.0, arm


def test_matching_costs_a_little_more_because_customers_stay():
    state = ComparisonState(left="stage_mismatched", right="stage_matched", replications=6)
    cost = state.run().table.loc["strategy_cost"]
    assert cost["verdict"] == "higher" and cost["right"] < 1.2 * cost["left"]
    assert state.run().table.loc["retention_later_years", "verdict"] == "higher"


def test_at_the_retailer_more_of_the_best_are_lost_than_of_the_small():
    state = TierFlowState(left="stage_mismatched", right="stage_matched")
    lost = {"vip": [], "small": []}
    for k in range(state.replications):
        flow = state.measure("stage_mismatched", k).flow
        for tier, shares in lost.items():
            shares.append(flow.loc[tier, "none"] / flow.loc[tier].sum())
    assert paired_interval(*map(np.array, (lost["small"], lost["vip"]))).low > 0.0


def _monthly_output(run, who, months: range) -> float:
    """Return what a customer brought per month of tenure, after these whole months (output, undiscounted)."""
    events = run.truth.join(pd.Series(run.customers["entered"] / DAY, name="entered"), on="customer")
    paid = events["component"].isin([f"clv{k}" for k in range(1, 7)]) & (events["kind"] != "acquired")
    in_time = ((events["day"] - events["entered"]) // 30).isin(months) & events["customer"].isin(who)
    return events.loc[paid & in_time, "amount"].sum() / len(who) / len(months)


def test_who_is_still_there_brought_less_at_first_than_all_and_brings_more_than_at_first():
    """So an average over those who stay can be steady although each of them grows: they are others."""
    all_at_first, at_first, later, often = [], [], [], []
    for seed in range(2, 10):
        state = RiverState(seed=seed)
        run = simulate(state.scenario, find_strategy(state.strategy), seed=seed)
        people = pd.DataFrame({name: run.customers[name] / DAY for name in ("entered", "left")})
        cohort = people.index[people["entered"] <= run.horizon_days - 30 * state.months]
        stayers = cohort[(people["left"] - people["entered"]).loc[cohort] >= 30 * 48]
        first, fourth = range(1, 12), range(37, 48)  # without the very first month
        all_at_first.append(_monthly_output(run, cohort, first))
        at_first.append(_monthly_output(run, stayers, first))
        later.append(_monthly_output(run, stayers, fourth))
        rates = run.customers["purchase_rate"]
        often.append(rates[stayers].mean() / rates[cohort].mean())
    assert paired_interval(np.array(at_first), np.array(all_at_first)).low > 0.0
    assert 0.15 < 1.0 - np.mean(at_first) / np.mean(all_at_first) < 0.25, "a fifth less than all"
    assert 0.3 < np.mean(later) / np.mean(at_first) - 1.0 < 0.5, "some two fifths more than at first"
    assert mean_interval(np.array(often)).high < 1.0, "they buy less often by nature"
