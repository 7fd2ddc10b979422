"""Every metric, computed a second time from the event log with other means."""

from __future__ import annotations

import functools
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmsim.audit.survival import survival_curve
from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.events import COMPONENTS
from crmsim.experiments import TABLES
from crmsim.ledger import Ledger
from crmsim.metrics.clv import (
    customer_values,
    revenue_share_of_top,
    value_by_component,
    value_by_tier,
    value_per_initial_customer,
)
from crmsim.metrics.desk import mean_wait_days, waits_by_tier
from crmsim.metrics.loyalty import observed_stage_shares, stage_shares
from crmsim.metrics.money import cost_by_kind, profit_by_month, strategy_cost, total_revenue
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES, outcomes
from crmsim.metrics.retention import annual_retention, losses_by_cause, losses_by_tier, retention_curve
from crmsim.metrics.satisfaction import (
    SATISFIED,
    satisfaction_by_month,
    satisfaction_by_tier,
    satisfaction_distribution,
    satisfaction_forms,
    satisfied_share,
)
from crmsim.metrics.tiers import tier_mix, tier_moves, tier_transitions
from crmsim.model.records import CUSTOMER, DAY, NEVER
from crmsim.scenario import preset
from crmsim.stages import Cause, Stage, Status
from crmsim.strategies import find_strategy
from crmsim.summary import summarise
from crmsim.tiers import Tier

TIERS = [tier.name.lower() for tier in Tier]
COUNTED = [component.name.lower() for component, info in COMPONENTS.items() if info.counts]
COSTS = ["account", "contact", "programme", "recovery", "offer", "quality"]
DAYS = 900
#: Booked by the firm when it has closed a window, and so part of the next one.
OPENING = ["account_cost", "treatment", "referred"]


@functools.cache
def run(world: str, log: bool = True) -> Ledger:
    scenario = preset(world).with_values(customers=150, entry_days=200, horizon_days=DAYS, problem_prob=0.15)
    return simulate(
        scenario, find_strategy("tier_service" if world == "retail" else "save_value"), seed=3, log=log
    )


@functools.cache
def people(world: str) -> pd.DataFrame:
    """Return when everybody came and left, and in which tier they were then, from the log alone."""
    log = run(world).truth
    came = log[log["kind"] == "acquired"].set_index("customer")["day"].rename("came")
    gone = log[log["kind"] == "churn"].set_index("customer")
    table = came.to_frame().join(gone["day"].rename("left")).join(gone["detail"].rename("cause")).sort_index()
    moves = log[log["kind"].isin(["promotion", "demotion"])]
    # The row of a move is written when the customer is already in the new tier.
    last = moves.groupby("customer", observed=True)["tier"].last().astype(str)
    return table.assign(tier=last.reindex(table.index).fillna("small"))


both = pytest.mark.parametrize("world", ["retail", "telecom"])


# --- value -------------------------------------------------------------------------------------------------


def _values(world: str, horizon: float = math.inf, rate: float = 0.1) -> pd.DataFrame:
    log = run(world).truth.merge(people(world), left_on="customer", right_index=True)
    log = log[log["component"].isin(COUNTED)]
    tenure = log["day"] - log["came"]
    worth = (log["amount"] / (1 + rate) ** (tenure / 365))[tenure < horizon]
    table = worth.groupby([log["customer"], log["component"].astype(str)]).sum().unstack(fill_value=0.0)
    return table.reindex(index=people(world).index, columns=COUNTED, fill_value=0.0).fillna(0.0)


@both
@pytest.mark.parametrize("horizon", [None, 1, 365, 5000])
@pytest.mark.parametrize("discounted", [True, False])
def test_customer_values(world, horizon, discounted):
    mine = _values(world, horizon or math.inf, 0.1 if discounted else 0.0)
    values = customer_values(run(world), horizon_days=horizon, discounted=discounted)
    assert list(values.columns) == [*COUNTED, "clv"]
    assert list(values.index) == list(mine.index)
    assert values[COUNTED].to_numpy() == pytest.approx(mine.to_numpy(), rel=1e-9, abs=1e-9)
    assert values["clv"].to_numpy() == pytest.approx(mine.sum(axis=1).to_numpy(), rel=1e-9, abs=1e-9)
    assert (mine.abs().sum() > 0).sum() >= (2 if horizon == 1 else 8), (
        "components must occur, or this shows little"
    )


@both
def test_values_per_initial_customer_and_by_tier(world):
    ledger, mine = run(world), _values(world)
    assert len(mine) > 150, "referred customers must count too"
    assert value_per_initial_customer(ledger) == pytest.approx(mine.to_numpy().sum() / 150, rel=1e-9)
    parts = value_by_component(ledger)
    assert parts[COUNTED].to_numpy() == pytest.approx((mine.sum() / 150).to_numpy(), rel=1e-9, abs=1e-9)
    assert parts["clv"] == pytest.approx(value_per_initial_customer(ledger), rel=1e-12)
    by_tier = mine.sum(axis=1).groupby(people(world)["tier"]).mean().reindex(TIERS)
    assert value_by_tier(ledger).index.to_list() == TIERS
    assert value_by_tier(ledger).to_numpy() == pytest.approx(by_tier.to_numpy(), rel=1e-9)
    assert by_tier["vip"] > by_tier["small"]


@pytest.mark.parametrize("horizon", [0, -1])
def test_a_horizon_that_is_none(horizon):
    with pytest.raises(InputError, match=rf"^horizon_days: must be above 0 \(days\), got {horizon}$"):
        customer_values(run("retail"), horizon_days=horizon)


@both
@pytest.mark.parametrize("share", [0.001, 0.2, 0.33, 1.0])
def test_revenue_share_of_the_top(world, share):
    log = run(world).truth
    revenue = log[log["component"] == "revenue"].groupby("customer")["amount"].sum().sort_values()
    top = revenue.tail(math.ceil(share * len(people(world))))
    assert revenue_share_of_top(run(world), share) == pytest.approx(top.sum() / revenue.sum(), rel=1e-9)


def test_what_costs_nothing_costs_zero_without_a_sign():
    ledger = simulate(preset("retail").with_values(customers=10, horizon_days=400), log=False)
    assert repr(strategy_cost(ledger)) == "0.0"


def hand(**fields: Any) -> Any:
    """Return a ledger of a few customers with given fields, for figures that can be done by hand."""
    count = len(next(iter(fields.values())))
    customers = np.zeros(count, CUSTOMER)
    customers["left"] = NEVER
    for name, values in fields.items():
        customers[name] = values
    people, _ = summarise(customers)
    return SimpleNamespace(customers=customers, people=people, horizon_days=360, initial_count=count)


def test_revenue_share_of_the_top_by_hand():
    ledger = hand(entered=[0, 0, 0, 0, NEVER])
    ledger.people["revenue"] = [10, 50, 30, 10, 0]
    assert revenue_share_of_top(ledger, 0.25) == 0.5  # one of the four who bought
    assert revenue_share_of_top(ledger, 0.26) == 0.8
    assert revenue_share_of_top(ledger, 1.0) == 1.0
    ledger.people["revenue"] = 0.0
    assert math.isnan(revenue_share_of_top(ledger))


@pytest.mark.parametrize("share", [0.0, -0.2, 1.01, math.nan])
def test_a_share_that_is_none(share):
    with pytest.raises(InputError, match=r"^share: must be above 0 and at most 1"):
        revenue_share_of_top(run("retail"), share)


# --- money -------------------------------------------------------------------------------------------------


@both
def test_revenue_and_costs(world):
    ledger, log = run(world), run(world).truth
    sums = (
        log.groupby(log["component"].astype(str))["amount"]
        .sum()
        .reindex([*COUNTED, "revenue"], fill_value=0.0)
    )
    assert total_revenue(ledger) == pytest.approx(sums["revenue"], rel=1e-9)
    assert cost_by_kind(ledger).index.to_list() == COSTS
    assert cost_by_kind(ledger).to_numpy() == pytest.approx(-sums[COSTS].to_numpy(), rel=1e-9, abs=1e-9)
    strategic = -sums[["programme", "recovery", "offer", "quality"]].sum()
    assert strategy_cost(ledger) == pytest.approx(strategic, rel=1e-9)
    assert strategic > 0


@both
def test_profit_by_month(world):
    table, log = profit_by_month(run(world)), run(world).truth
    assert table.index.to_list() == list(range(30, DAYS + 1, 30))
    # Windows are closed at their end; what the firm then pays in advance belongs to the next.
    moment = log["day"] + np.where(log["kind"].isin(OPENING) & (log["day"] % 30 == 0), 1e-6, 0.0)
    window = np.ceil(moment / 30).astype(int) * 30
    parts = {
        "revenue": ["revenue"],
        "profit": COUNTED,
        "strategy_cost": ["programme", "recovery", "offer", "quality"],
    }
    for column, components in parts.items():
        mine = log["amount"].where(log["component"].isin(components), 0.0).groupby(window).sum()
        sign = -1 if column == "strategy_cost" else 1
        expected = sign * mine.reindex(table.index, fill_value=0.0).to_numpy()
        assert table[column].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-7)


# --- retention ---------------------------------------------------------------------------------------------


def test_the_retention_curve_is_that_of_the_audit():
    ledger = run("retail")
    came = ledger.people["entered"] < NEVER
    ends, entered = ledger.people["left"][came], ledger.people["entered"][came]
    gone = ends < NEVER
    days = (np.where(gone, ends, ledger.horizon_days * DAY) - entered) / DAY
    curve, found = survival_curve(days, gone)["survival"], retention_curve(ledger)["retained"]
    expected = curve.to_numpy()[np.searchsorted(curve.index, found.index, side="right") - 1]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@both
def test_retention_curve_is_the_product_limit_estimate(world):
    """By the textbook: at each loss, the share of those at risk who are not lost."""
    who = people(world)
    days = (who["left"].fillna(DAYS) - who["came"]).to_numpy()
    lost = who["left"].notna().to_numpy()
    curve = retention_curve(run(world))
    assert curve.index.to_list() == list(range(0, DAYS + 1, 30))
    for tenure, row in curve.iterrows():
        share = 1.0
        for day in np.unique(days[lost & (days <= tenure)]):
            share *= 1 - (lost & (days == day)).sum() / (days >= day).sum()
        assert row["retained"] == pytest.approx(share, rel=1e-9)
        assert row["at_risk"] == (days >= tenure).sum()
    assert lost.sum() > 30


def test_retention_by_hand():
    """Ten watched from day 0, lost on days 60, 100 and 100; two more watched for 50 days only."""
    left = [NEVER] * 7 + [60 * DAY, 100 * DAY, 100 * DAY] + [NEVER] * 2
    ledger = hand(entered=[0] * 10 + [310 * DAY] * 2, left=left)
    curve = retention_curve(ledger)
    # Whoever leaves on day 60 was at risk until then, and is no longer there after 60 days.
    assert curve["retained"].to_list() == pytest.approx([1, 1] + [0.9] * 2 + [0.9 * 7 / 9] * 9)
    assert curve["at_risk"].to_list() == [12, 12, 10, 9] + [7] * 9
    assert math.isnan(annual_retention(ledger)["first_year"]), "nobody was watched for a year"
    ledger.horizon_days = 730
    # Seven to the end, two lost on day 100 and one on 60; the late ones are watched for 420 days.
    assert annual_retention(ledger)["first_year"] == pytest.approx(11 / 12 * 9 / 11)
    assert annual_retention(ledger)["later_years"] == 1.0
    ledger.people["left"][0] = (365 + 73) * DAY
    years = (6 * 365 + 73 + 2 * 55) / 365
    assert annual_retention(ledger)["later_years"] == pytest.approx(math.exp(-1 / years))


@both
def test_annual_retention(world):
    who = people(world)
    days = who["left"].fillna(DAYS) - who["came"]
    curve = retention_curve(run(world))["retained"]
    found = annual_retention(run(world))
    share = (365 - 360) / 30
    assert found["first_year"] == pytest.approx((1 - share) * curve[360] + share * curve[390], rel=1e-12)
    losses = (who["left"].notna() & (days >= 365)).sum()
    assert found["later_years"] == pytest.approx(math.exp(-losses / ((days - 365).clip(lower=0).sum() / 365)))
    assert losses > 5


@both
def test_losses(world):
    who = people(world).dropna(subset="left")
    causes = who["cause"].map(lambda code: Cause(int(code)).name.lower()).value_counts()
    names = [cause.name.lower() for cause in Cause if cause != Cause.NONE]
    shares = causes.reindex(names, fill_value=0) / len(who)
    assert losses_by_cause(run(world)).index.to_list() == names
    assert losses_by_cause(run(world)).to_numpy() == pytest.approx(shares.to_numpy(), rel=1e-12)
    assert (
        losses_by_tier(run(world)).to_dict()
        == who["tier"].value_counts().reindex(TIERS, fill_value=0).to_dict()
    )


# --- satisfaction ------------------------------------------------------------------------------------------


def _active(ledger: Ledger) -> np.ndarray:
    return ledger.customers[ledger.customers["status"] == Status.ACTIVE]


@both
def test_satisfaction_at_the_end(world):
    ledger, active = run(world), _active(run(world))
    assert len(active) == people(world)["left"].isna().sum()
    happy = active["ratio"] >= SATISFIED
    assert satisfied_share(ledger) == pytest.approx(happy.mean(), rel=1e-12)
    table = satisfaction_by_tier(ledger)
    for tier in Tier:
        mine = active["tier"] == tier
        assert table.loc[tier.name.lower(), "satisfied"] == pytest.approx(happy[mine].mean(), rel=1e-12)
        assert table.loc[tier.name.lower(), "ratio"] == pytest.approx(active["ratio"][mine].mean(), rel=1e-12)
    last = satisfaction_by_month(ledger).iloc[-1]
    assert last["satisfied"] == pytest.approx(happy.mean(), rel=1e-12)
    assert last["ratio"] == pytest.approx(active["ratio"].mean(), rel=1e-12)
    assert 0.2 < happy.mean() < 0.95


@both
def test_satisfaction_over_time_is_that_of_shorter_runs(world):
    """A run that ends earlier has, at its end, the snapshot that the longer run took there."""
    scenario, strategy = run(world).scenario, run(world).strategy
    long = satisfaction_by_month(run(world))
    for days in (210, 450):
        active = _active(simulate(scenario.with_values(horizon_days=days), strategy, seed=3))
        assert long.loc[days, "ratio"] == pytest.approx(active["ratio"].mean(), rel=1e-12)
        assert long.loc[days, "satisfied"] == pytest.approx((active["ratio"] >= SATISFIED).mean(), rel=1e-12)


@both
def test_satisfaction_distribution(world):
    ratio, table = _active(run(world))["ratio"], satisfaction_distribution(run(world))
    assert len(table) == 40 and table["low"].iloc[0] == 0.5 and table["high"].iloc[-1] == 1.5
    assert (table["high"] - table["low"]).to_numpy() == pytest.approx(np.full(40, 0.025))
    assert table["share"].sum() == pytest.approx(1.0, abs=1e-12)
    below = table.loc[table["high"] <= 0.975 + 1e-9, "share"].sum()
    assert below == pytest.approx((ratio < 0.975).mean(), abs=1e-12)


def test_satisfaction_distribution_keeps_the_extremes():
    ledger = hand(status=[Status.ACTIVE] * 4 + [Status.LAPSED], ratio=[0.1, 0.51, 1.0, 2.0, 1.0])
    share = satisfaction_distribution(ledger)["share"]
    assert (share.iloc[0], share.iloc[20], share.iloc[-1]) == (0.5, 0.25, 0.25)


@both
def test_satisfaction_in_both_forms(world):
    """What somebody perceives less and over what they expect, programmes included."""
    ledger, forms = run(world), satisfaction_forms(run(world))
    assert forms.index.to_list() == people(world).index.to_list()
    assert (forms["perceived"] - forms["expected"]).to_numpy() == pytest.approx(
        forms["difference"].to_numpy()
    )
    assert (forms["perceived"] / forms["expected"]).to_numpy() == pytest.approx(forms["ratio"].to_numpy())
    needs = dict(ledger.scenario.programmes.needs)
    for number, row in forms.iloc[::7].iterrows():
        c = ledger.customers[number]
        need = needs.get(Stage(c["stage"]).name.lower(), needs["decline"])  # who left, left from decline
        spoilt = sum(n * e for n, e in zip(need, c["programme_expectation"], strict=True))
        spoilt *= ledger.scenario.programmes.prog_value * c["responsiveness"]
        assert row["expected"] == pytest.approx(c["expectation"] + spoilt, rel=1e-12)
        assert row["ratio"] == c["ratio"]


# --- stages, tiers, the desk -------------------------------------------------------------------------------


@both
def test_stage_shares(world):
    table, log = stage_shares(run(world)), run(world).truth
    assert table.index.to_list() == list(range(30, DAYS + 1, 30))
    assert table.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(table)))
    changes = log[log["kind"] == "stage_change"]
    for day in (60, 300, DAYS):
        now = (
            changes[changes["day"] <= day].groupby("customer")["true_stage"].last().astype(str).value_counts()
        )
        known = run(world).months["customers"][day // 30 - 1]
        mine = now.reindex([stage.name.lower() for stage in Stage], fill_value=0)
        mine["prospect"] = known - now.sum()
        assert table.loc[day].to_numpy() == pytest.approx((mine / known).to_numpy(), rel=1e-12)
    observed = observed_stage_shares(run(world))
    assert list(observed.columns) == ["exploration", "formation", "stability", "decline"]
    assert observed.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(observed)))
    stages = pd.Series(_active(run(world))["observed_stage"]).map(lambda code: Stage(code).name.lower())
    final = stages.value_counts(normalize=True).reindex(observed.columns, fill_value=0.0)
    assert observed.iloc[-1].to_numpy() == pytest.approx(final.to_numpy(), rel=1e-12)


@both
def test_tier_moves(world):
    ledger, log = run(world), run(world).truth
    moves = log[log["kind"].isin(["promotion", "demotion"])]
    origin = moves["detail"].map(lambda code: Tier(code).name.lower())
    mine = pd.crosstab(origin, moves["tier"].astype(str)).reindex(index=TIERS, columns=TIERS, fill_value=0)
    table = tier_moves(ledger)
    off = ~np.eye(4, dtype=bool)
    assert table.to_numpy()[off].tolist() == mine.to_numpy()[off].tolist()
    # Everybody who is active at a review is looked at, those who stay where they are as well.
    reviews = range(180, DAYS + 1, 180)
    who = people(world)
    looked_at = sum(((who["came"] <= day) & ~(who["left"] <= day)).sum() for day in reviews)
    assert table.to_numpy().sum() == looked_at
    assert tier_transitions(ledger).sum(axis=1).to_numpy() == pytest.approx(np.ones(4))
    shares = table.to_numpy() / table.to_numpy().sum(axis=1, keepdims=True)
    assert tier_transitions(ledger).to_numpy() == pytest.approx(shares)
    found = outcomes(ledger)
    assert found["promoted"] == pytest.approx((log["kind"] == "promotion").sum() / looked_at, rel=1e-12)
    assert found["demoted"] == pytest.approx((log["kind"] == "demotion").sum() / looked_at, rel=1e-12)
    assert found["promoted"] > 0.05 and found["demoted"] > 0.02


@both
def test_tier_mix(world):
    table = tier_mix(run(world))
    assert table.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(table)))
    assert (table.loc[:150, "small"] == 1.0).all(), "newcomers are small until the first review"
    last = people(world)
    last = last[last["left"].isna()]["tier"].value_counts(normalize=True).reindex(TIERS)
    assert table.iloc[-1].to_numpy() == pytest.approx(last.to_numpy(), rel=1e-12)


@both
def test_waits(world):
    log = run(world).truth
    calls = log[log["kind"] == "contact_start"]
    table = waits_by_tier(run(world))
    tiers = calls["tier"].astype(str)
    assert table["calls"].to_list() == tiers.value_counts().reindex(TIERS, fill_value=0).to_list()
    mine = calls["detail"].groupby(tiers).mean().reindex(TIERS) / DAY
    assert table["mean_wait_days"].to_numpy() == pytest.approx(mine.to_numpy(), rel=1e-12, nan_ok=True)
    assert mean_wait_days(run(world)) == pytest.approx(calls["detail"].mean() / DAY, rel=1e-12)
    assert calls["detail"].mean() > 0


# --- the handful of outcomes -------------------------------------------------------------------------------


@both
def test_outcomes(world):
    ledger, mine, found = run(world), _values(world).sum(axis=1), outcomes(run(world))
    assert list(found) == list(OUTCOMES) and set(HEADLINES) <= set(OUTCOMES)
    assert all(type(value) is float for value in found.values())
    expected = {
        "clv": mine.sum() / 150,
        "negative_clv": (mine < 0).mean(),
        "revenue": total_revenue(ledger) / 150,
        "strategy_cost": strategy_cost(ledger) / 150,
        "retention_first_year": annual_retention(ledger)["first_year"],
        "retention_later_years": annual_retention(ledger)["later_years"],
        "refused_spending": 0.0,  # nobody has a budget; test_contract counts what one refuses
        "active": people(world)["left"].isna().sum() / 150,
        "satisfied": satisfied_share(ledger),
        "ratio": _active(ledger)["ratio"].mean(),
        "satisfied_vip": satisfaction_by_tier(ledger).loc["vip", "satisfied"],
        "satisfied_small": satisfaction_by_tier(ledger).loc["small", "satisfied"],
        "clv_vip": mine[people(world)["tier"] == "vip"].mean(),
        "clv_small": mine[people(world)["tier"] == "small"].mean(),
        "top_revenue": revenue_share_of_top(ledger, 0.2),
        "wait": mean_wait_days(ledger),
        "wait_vip": waits_by_tier(ledger).loc["vip", "mean_wait_days"],
        "wait_small": waits_by_tier(ledger).loc["small", "mean_wait_days"],
    }
    assert set(OUTCOMES) - set(expected) == {"promoted", "demoted"}  # test_tier_moves
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-9, nan_ok=True)
    assert {info.unit for info in OUTCOMES.values()} == {"currency", "share", "days", "ratio"}
    assert all(
        0 <= found[key] <= 1 for key, info in OUTCOMES.items() if info.unit == "share" and key != "active"
    )


#: All that needs no event log.
FUNCTIONS = {
    **TABLES, "outcomes": lambda ledger: pd.Series(outcomes(ledger)), "values": customer_values,
    "historic": lambda ledger: customer_values(ledger, discounted=False), "observed": observed_stage_shares,
    "mix": tier_mix, "moves": tier_moves, "profit": profit_by_month, "costs": cost_by_kind,
    "losses_by_tier": losses_by_tier, "waits": waits_by_tier, "distribution": satisfaction_distribution,
    "forms": satisfaction_forms,
}  # fmt: skip


@both
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_run_without_a_log_gives_the_same_numbers(world, name):
    with_log, without = FUNCTIONS[name](run(world)), FUNCTIONS[name](run(world, log=False))
    assert run(world, log=False).events is None
    assert with_log.equals(without)


def test_what_needs_the_log_says_so():
    for needy in (lambda ledger: customer_values(ledger, horizon_days=365), lambda ledger: ledger.truth):
        with pytest.raises(CrmsimError, match=r"^this run kept no event log; run it with log=True, or read"):
            needy(run("retail", log=False))


# --- where there is nothing to measure ---------------------------------------------------------------------

EMPTY = {
    # Everybody leaves after the second purchase.
    "nobody left": preset("bare").with_values(
        customers=5, horizon_days=720, rate_mean=300.0, drop_a=0.0, drop_b=0.999
    ),
    "no purchase": preset("bare").with_values(customers=5, horizon_days=60),
    "one window": preset("retail").with_values(customers=3, entry_days=30, horizon_days=30),
}  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("world", EMPTY)
def test_nothing_to_measure_is_no_error(world, name):
    FUNCTIONS[name](simulate(EMPTY[world]))


def test_nobody_left_is_nan_and_not_a_number_of_its_own():
    ledger = simulate(EMPTY["nobody left"])
    assert (ledger.customers["status"] == Status.LAPSED).all()
    found = outcomes(ledger)
    for key in ("satisfied", "ratio", "satisfied_vip", "satisfied_small", "wait", "wait_vip", "clv_vip"):
        assert math.isnan(found[key]), key
    assert found["active"] == 0.0
    assert math.isnan(satisfaction_by_month(ledger)["satisfied"].iloc[-1])
    assert math.isnan(satisfaction_by_month(ledger)["ratio"].iloc[-1])
    assert tier_mix(ledger).iloc[-1].isna().all()
    assert observed_stage_shares(ledger).iloc[-1].isna().all()
    assert stage_shares(ledger).iloc[-1]["ended"] == 1.0
    assert satisfaction_distribution(ledger)["share"].sum() == 0.0


def test_no_review_no_call_no_loss():
    ledger = simulate(EMPTY["no purchase"])
    found = outcomes(ledger)
    for key in ("promoted", "demoted", "wait", "retention_first_year", "retention_later_years"):
        assert math.isnan(found[key]), key
    assert losses_by_cause(ledger).isna().all() and losses_by_tier(ledger).sum() == 0
    assert tier_transitions(ledger).isna().all(axis=None)
    assert waits_by_tier(ledger)["mean_wait_days"].isna().all() and waits_by_tier(ledger)["calls"].sum() == 0
    assert (retention_curve(ledger)["retained"] == 1.0).all()
