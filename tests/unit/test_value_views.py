"""Views of value, computed a second time from the event log: by stage, past and future, both sides."""

from __future__ import annotations

import functools
import math

import numpy as np
import pandas as pd
import pytest

from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.events import COMPONENTS
from crmsim.ledger import Ledger
from crmsim.metrics.clv import customer_values, value_per_initial_customer
from crmsim.metrics.profitability import customer_profitability, delivered_value, list_values
from crmsim.metrics.retention_decision import PREVENTABLE, lost_profit, retention_decision
from crmsim.metrics.stage_value import past_and_future_value, value_by_stage
from crmsim.model.records import NEVER
from crmsim.scenario import preset
from crmsim.stages import Cause
from crmsim.strategies import find_strategy
from crmsim.value import DiscountRate

COUNTED = [component.name.lower() for component, info in COMPONENTS.items() if info.counts]
DAYS = 900


@functools.cache
def run(world: str = "retail", strategy: str = "", log: bool = True, **values: float) -> Ledger:
    """Run a preset, or ``returns``: a retailer who asks everybody back, with strangers and unpaid bills."""
    more = {"arrivals": 0.3, "credit_a": 0.5, "credit_b": 20.0} if world == "returns" else {}
    scenario = preset("retail" if world == "returns" else world).with_values(
        **{"customers": 150, "entry_days": 200, "horizon_days": DAYS, "problem_prob": 0.15} | more | values
    )
    usual = "win_back_all" if world == "returns" else "tier_service"
    return simulate(scenario, find_strategy(strategy or usual), seed=3, log=log)


@functools.cache
def money(world: str) -> pd.DataFrame:
    """Return all rows of the log that count, with the day of the customer's first purchase."""
    log = run(world).truth
    came = log[log["kind"] == "acquired"].set_index("customer")["day"].rename("came")
    log = log[log["component"].isin(COUNTED)].join(came, on="customer")
    return log.assign(worth=log["amount"] / 1.1 ** ((log["day"] - log["came"]) / 365))


everywhere = pytest.mark.parametrize("world", ["retail", "telecom", "returns"])


# --- by stage ----------------------------------------------------------------------------------------------


@everywhere
def test_value_by_stage(world):
    table, rows = value_by_stage(run(world)), money(world)
    assert table.index.to_list() == ["prospect", "exploration", "formation", "stability", "decline", "ended"]
    stage = rows["true_stage"].astype(str).where(rows["kind"] != "acquired", "prospect")
    net = rows["amount"].groupby(stage).sum().reindex(table.index, fill_value=0.0)
    assert table["net"].to_numpy() == pytest.approx(net.to_numpy(), rel=1e-9)
    assert (table["output"] - table["input"]).to_numpy() == pytest.approx(table["net"].to_numpy(), rel=1e-9)
    assert table["clv"].sum() == pytest.approx(value_per_initial_customer(run(world)), rel=1e-9)
    winning = -rows.loc[rows["kind"] == "acquired", "amount"].sum()
    assert table.loc["prospect", "input"] == pytest.approx(winning) and table.loc["prospect", "output"] == 0.0
    costs = rows[~rows["component"].str.startswith("clv")]
    assert table["input"].sum() == pytest.approx(winning - costs["amount"].sum(), rel=1e-9)


@everywhere
def test_months_by_stage_are_all_the_time_that_customers_were_there(world):
    people = run(world).customers
    came = people[people["entered"] < NEVER]
    end = np.minimum(came["left"], DAYS * 86_400) - came["away"]
    table = value_by_stage(run(world))
    assert table["months"].sum() == pytest.approx((end - came["entered"]).sum() / (30 * 86_400), rel=1e-9)
    assert table["net_per_month"].iloc[1:5].to_numpy() == pytest.approx(
        (table["net"] / table["months"]).iloc[1:5].to_numpy()
    )
    assert math.isnan(table.loc["prospect", "net_per_month"]) and table.loc["ended", "months"] == 0.0


@everywhere
def test_months_in_a_stage_by_walking_through_the_log(world):
    log = run(world).truth
    spent = dict.fromkeys(["exploration", "formation", "stability", "decline"], 0.0)
    for _, rows in log[log["kind"] == "stage_change"].groupby("customer"):
        days = [*rows["day"], DAYS]
        for stage, start, end in zip(rows["true_stage"], days, days[1:], strict=False):
            if stage != "ended":
                spent[stage] += (end - start) / 30
    assert value_by_stage(run(world)).loc[list(spent), "months"].to_list() == pytest.approx(
        list(spent.values())
    )


# --- past and future ---------------------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("day", [1, 360, 365, DAYS])
def test_past_and_future_value(world, day):
    table, rows = past_and_future_value(run(world), review_day=day), money(world)
    rows = rows[rows["came"] < day]
    past = rows["worth"].where(rows["day"] < day, 0.0).groupby(rows["customer"]).sum()
    future = rows["worth"].where(rows["day"] >= day, 0.0).groupby(rows["customer"]).sum()
    assert table.index.to_list() == past.index.to_list()
    assert table["past"].to_numpy() == pytest.approx(past.to_numpy(), rel=1e-9, abs=1e-9)
    assert table["future"].to_numpy() == pytest.approx(future.to_numpy(), rel=1e-9, abs=1e-9)
    assert table["broad"].to_numpy() == pytest.approx(
        customer_values(run(world)).loc[table.index, "clv"].to_numpy(), rel=1e-9
    )
    came = rows.groupby("customer")["came"].first()
    assert table["narrow"].to_numpy() == pytest.approx(
        (future * 1.1 ** ((day - came) / 365)).to_numpy(), rel=1e-9
    )


@pytest.mark.parametrize("day", [0, -5, DAYS + 1])
def test_a_review_outside_the_run(day):
    with pytest.raises(InputError, match=rf"^review_day: must be from 1 to {DAYS}, got {day}$"):
        past_and_future_value(run(), review_day=day)


# --- both sides of the exchange ----------------------------------------------------------------------------


@everywhere
def test_profitability_is_the_cash_flow_and_contribution_leaves_the_relationship_out(world):
    table, rows = customer_profitability(run(world)), money(world)
    cost = {"account", "contact", "programme", "recovery", "offer", "credit"}
    log = run(world).truth
    revenue = log[log["component"] == "revenue"].groupby("customer")["amount"].sum()
    assert table["revenue"].to_numpy() == pytest.approx(revenue.to_numpy(), rel=1e-12)
    direct = rows[~rows["component"].isin([*cost, "clv5"]) & (rows["kind"] != "acquired")]
    contribution = direct.groupby("customer")["amount"].sum()
    assert table["contribution"].to_numpy() == pytest.approx(contribution.to_numpy(), rel=1e-9)
    # The acquisition cost that a referral saves is no cash of the referrer; the bonus is.
    saved = rows["component"] == "clv5"
    cash = (rows["amount"] - saved * run(world).scenario.money.acq_cost).groupby(rows["customer"]).sum()
    assert table["profitability"].to_numpy() == pytest.approx(cash.to_numpy(), rel=1e-9, abs=1e-6)
    whole = table["revenue"] - table["direct_cost"] - table["other_cost"]
    assert whole.to_numpy() == pytest.approx(table["profitability"].to_numpy(), rel=1e-9, abs=1e-6)
    assert (table["other_cost"] > 0).all()


def test_list_values_by_hand():
    """Without deals a customer pays the list price; with a cut of 10 %, nine tenths of it."""
    plain = run(deal_depth=0.0)
    revenue = customer_profitability(plain)["revenue"]
    assert list_values(plain).to_numpy() == pytest.approx(revenue.to_numpy(), rel=1e-9)
    cut = run(strategy="price_cut", deal_depth=0.0)
    rates = (customer_profitability(cut)["revenue"] / list_values(cut)).to_numpy()
    assert ((rates > 0.9 - 1e-9) & (rates < 1.0 + 1e-9)).all()
    assert rates.mean() == pytest.approx(0.9, abs=0.01), "the cut holds from the first purchase on"


def test_what_changes_on_the_way_is_not_guessed():
    scenario = run().scenario.with_values(changes=[{"day": 360, "set": {"margin": 0.3}}])
    ledger = simulate(scenario, log=False)
    assert len(customer_profitability(ledger)) > 100
    with pytest.raises(CrmsimError, match="needs a run in which margin did not change on the way"):
        list_values(ledger)


def test_list_values_where_goods_cost_nothing():
    assert list_values(run("bare", "do_nothing")).isna().all()


@everywhere
def test_delivered_value(world):
    ledger = run(world)
    table = delivered_value(ledger, time_cost=0.0)
    people = ledger.customers[table.index]
    performance = table["total_value"] / list_values(ledger) / 1.25
    # Where nobody expects a programme, performance is c times a.
    plain = people["programme_expectation"].sum(axis=1) == 0
    assert plain.sum() > 10
    assert performance[plain].to_numpy() == pytest.approx((people["ratio"] * people["expectation"])[plain])
    expecting = ~plain
    if expecting.any():
        assert (performance[expecting] > (people["ratio"] * people["expectation"])[expecting]).all()
    surplus = table["total_value"] - table["price"]
    assert table["delivered_value"].to_numpy() == pytest.approx(surplus.to_numpy())
    assert table["equity"].mul(table["contribution"])[table["contribution"] > 0].to_numpy() == pytest.approx(
        table["delivered_value"][table["contribution"] > 0].to_numpy()
    )


def test_waiting_costs_the_customer_time():
    ledger = run()
    slow = delivered_value(ledger, time_cost=2.0)
    log = ledger.truth
    waited = log[log["kind"] == "contact_start"].groupby("customer")["detail"].sum() / 86_400
    expected = 2.0 * 100.0 * waited.reindex(slow.index, fill_value=0.0)
    assert slow["time_cost"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9, abs=1e-9)
    assert waited.sum() > 0
    with pytest.raises(InputError, match=r"^time_cost: must be at least 0"):
        delivered_value(ledger, time_cost=-1.0)


# --- the four steps ----------------------------------------------------------------------------------------


@everywhere
def test_lost_profit_by_walking_through_the_log(world):
    """For each loss: everybody of that tier who is there when the window ends, and what still comes."""
    ledger, rows = run(world), money(world)
    log = ledger.truth
    standing = log[log["kind"].isin(["acquired", "churn", "reactivated"])]
    moves = log[log["kind"].isin(["promotion", "demotion"])]
    expected: dict[str, float] = {}
    for loss in log[log["kind"] == "churn"].itertuples():
        end = math.ceil(loss.day / 30) * 30
        # What the firm does at the end of a window (a review, asking back) belongs to the next one.
        last = standing[(standing["day"] < end) | (standing["day"] == loss.day)]
        last = last.groupby("customer")["kind"].last()
        there = last.index[last != "churn"]
        before = moves[moves["day"] < end].groupby("customer")["tier"].last().astype(str)
        peers = there[before.reindex(there).fillna("small").to_numpy() == loss.tier]
        later = rows[rows["customer"].isin(peers) & (rows["day"] >= end)]
        value = (later["amount"] / 1.1 ** ((later["day"] - end) / 365)).sum() / max(len(peers), 1)
        cause = Cause(loss.detail).name.lower()
        expected[cause] = expected.get(cause, 0.0) + value
    table = lost_profit(ledger)
    assert table["lost"].sum() == (log["kind"] == "churn").sum() > 30
    mine = pd.Series(expected).reindex(table.index, fill_value=0.0)
    assert table["profit"].to_numpy() == pytest.approx(mine.to_numpy(), rel=1e-9, abs=1e-6)
    assert table.loc[["natural", "need_ended", "by_company"], "preventable"].sum() == 0
    assert table["preventable"].sum() == len(PREVENTABLE) == 5


def test_four_steps():
    base, measure = run(strategy="do_nothing"), run(strategy="recovery")
    decision = retention_decision(base, measure)
    assert decision.retention["first_year"] < 1 and decision.causes.sum() == pytest.approx(1.0)
    assert decision.lost["lost"].sum() == (base.customers["left"] < NEVER).sum()
    gain = value_per_initial_customer(measure) - value_per_initial_customer(base)
    # All money is of the whole base, so that what is regained can be held against what was lost.
    assert decision.regained - decision.cost == pytest.approx(gain * base.initial_count, rel=1e-9)
    assert decision.cost > 0 and decision.pays == (gain > 0)
    scenario = base.scenario
    assert decision.currency == scenario.currency and decision.date_of_value == 0
    assert (decision.horizon, decision.per) == (scenario.population.horizon_days, "day")
    assert decision.discount == DiscountRate(scenario.money.annual_discount_rate, "year")


def test_a_decision_is_in_the_currency_of_the_scenario():
    worlds = run(strategy="do_nothing", currency="EUR"), run(strategy="recovery", currency="EUR")
    assert retention_decision(*worlds).currency == "EUR"


def test_four_steps_need_the_same_draws():
    other = simulate(run().scenario, seed=4)
    with pytest.raises(
        InputError, match=r"^measure: must be a run of the same scenario, seed and replication"
    ):
        retention_decision(run(strategy="do_nothing"), other)


@pytest.mark.parametrize("view", [value_by_stage, delivered_value, lost_profit])
def test_what_needs_the_log_says_so(view):
    with pytest.raises(CrmsimError, match="kept no event log"):
        view(run(log=False))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("view", [value_by_stage, delivered_value, lost_profit, customer_profitability])
def test_nothing_to_measure_is_no_error(view):
    for values in (
        {"horizon_days": 60, "entry_days": 0},
        {"horizon_days": 720, "rate_mean": 300.0, "drop_a": 0.0, "drop_b": 0.999},
    ):
        view(simulate(preset("bare").with_values(customers=5, **values)))
