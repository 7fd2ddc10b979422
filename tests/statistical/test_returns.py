"""What a strategy costs, returns, and when; how much to spend; what a point of retention is worth."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import made

from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import cost_by_kind, profit_by_month, strategy_cost
from crmsim.retention_budget import budget_curve, with_budget
from crmsim.retention_worth import retention_worth, weaker_reasons
from crmsim.returns import payback_day, strategy_returns
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING, find_strategy

TOWN = preset("retail").with_values(customers=150, horizon_days=1080)
SAVE = find_strategy("save_value_lift")
EVERYBODY = made(
    {
        "when": {"every": 90},
        "do": {"save_offer": 1.2},
        "cost": {"per_use": 1.0, "in": "save_offer"},
        "pick": {"rank_by": "value_lift", "top_share": 1.0},
    },
    name="save",
)
FEW = {"replications": 4, "workers": 1}


@pytest.fixture(scope="module")
def books():
    return strategy_returns(TOWN, SAVE, **FEW)


@pytest.fixture(scope="module")
def curve():
    return budget_curve(TOWN, EVERYBODY, [150.0, 300.0, 600.0, 5000.0], replications=6, holdout=4, workers=1)


def test_costs_add_up_to_the_ledger(books):
    table = books.costs()
    runs = [
        [simulate(TOWN, s, replication=k, log=False) for s in (DO_NOTHING, SAVE)] for k in books.replications
    ]
    for column, world in (("base", 0), ("other", 1)):
        expected = np.mean([cost_by_kind(pair[world]) for pair in runs], axis=0) / 150
        assert np.allclose(table[column].drop("total"), expected)
        assert table.loc["total", column] == pytest.approx(expected.sum())
    cost = np.mean([strategy_cost(pair[1]) for pair in runs]) / 150
    assert table.loc[["programme", "recovery", "offer", "quality"], "mean"].sum() == pytest.approx(cost)
    assert np.allclose(table["other"] - table["base"], table["mean"])


def test_returns_are_those_of_the_books(books):
    table = books.returns()
    assert table.loc["gain", "mean"] - table.loc["cost", "mean"] == pytest.approx(table.loc["net", "mean"])
    assert table.loc["roi", "mean"] == pytest.approx(table.loc["net", "mean"] / table.loc["cost", "mean"])
    assert table.loc["effect_needed", "mean"] * table.loc["price_possible", "mean"] == pytest.approx(1.0)
    ratios = table.loc[["roi", "price_possible"]]
    assert np.allclose(ratios.loc["price_possible", ["mean", "low", "high"]].astype(float) - 1.0,
                       ratios.loc["roi", ["mean", "low", "high"]].astype(float))  # fmt: skip
    # By hand, for one replication, with money in the middle of its window.
    a, b = (profit_by_month(simulate(TOWN, s, replication=1, log=False)) for s in (DO_NOTHING, SAVE))
    worth = 1.1 ** (-(a.index.to_numpy() - 15.0) / 365.0)
    net = ((b["profit"] - a["profit"]) * worth).sum() / 150
    assert (books.profit[1, 1] - books.profit[0, 1]) @ books._discount() == pytest.approx(net)
    assert str(books.money) == "CU until day 1080, discounted at 10% per year to day 0"


def test_without_discounting_profit_is_value():
    """CLV is discounted to the first purchase, the books to the first day; at rate 0 that is the same."""
    town = TOWN.with_values(annual_discount_rate=0.0)
    net = strategy_returns(town, SAVE, **FEW).returns().loc["net", "mean"]
    value = [
        value_per_initial_customer(simulate(town, SAVE, replication=k, log=False))
        - value_per_initial_customer(simulate(town, replication=k, log=False))
        for k in range(4)
    ]
    assert net == pytest.approx(np.mean(value), abs=1e-6)


def test_the_cumulative_difference_ends_at_the_net(books):
    table = books.cumulative()
    assert table.index[0] == 0.0 and table["mean"].iloc[0] == 0.0
    ends = table.iloc[-1][["mean", "low", "high"]]
    assert np.allclose(ends.astype(float), books.returns().loc["net", ["mean", "low", "high"]].astype(float))
    found = books.payback()
    assert found.low <= found.day <= found.high
    for day, column in ((found.day, "mean"), (found.low, "high"), (found.high, "low")):
        assert (table.loc[table.index >= day, column] >= 0.0).all()


def test_a_strategy_against_its_twin_returns_nothing():
    twin = strategy_returns(TOWN, DO_NOTHING.model_copy(update={"name": "idle"}), **FEW)
    table = twin.returns()
    assert (table.loc[["gain", "cost", "net"], "mean"] == 0.0).all()
    assert table.loc[["roi", "effect_needed", "price_possible"], "mean"].isna().all()
    assert twin.payback().day == 0.0


def test_the_other_way_round_everything_has_the_other_sign(books):
    back = strategy_returns(TOWN, DO_NOTHING, SAVE, **FEW)
    forth = books.returns()
    for figure in ("gain", "cost", "net"):
        assert back.returns().loc[figure, "mean"] == pytest.approx(-forth.loc[figure, "mean"])
    assert back.returns().loc["roi", "mean"] == pytest.approx(forth.loc["roi", "mean"])


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=20))
def test_payback_is_the_first_day_from_which_all_is_well(steps):
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    days = 30.0 * np.arange(len(sums))
    day = payback_day(days, sums)
    if math.isinf(day):
        assert sums[-1] < 0.0
    else:
        assert (sums[days >= day] >= 0.0).all()
        assert day == 0.0 or sums[int(day / 30) - 1] < 0.0


def test_what_was_never_spent_need_not_come_back():
    assert payback_day([0, 30], [0.0, 5.0]) == 0.0
    assert payback_day([0, 30], [0.0, -5.0]) == math.inf


def test_budgets_are_kept_and_bind(curve):
    table = curve.table()
    assert table.index.to_list() == [0.0, 150.0, 300.0, 600.0, 5000.0, math.inf]
    assert table.loc[0.0, ["mean", "low", "high", "spent"]].to_list() == [0.0] * 4
    years = math.ceil(1080 / 365)
    assert (curve.spent[1:-1] * 150 <= curve.budgets[1:-1, None] * years + 1e-9).all()
    assert (np.diff(curve.spent.mean(axis=1)) >= -1e-9).all(), "more budget, more spent"
    assert table.loc[150.0, "binds"] and table.loc[300.0, "binds"]
    assert not table.loc[math.inf, "binds"]
    assert table["refusing"].to_list()[:3] == [6, 6, 6], "in every replication"
    assert table.loc[150.0, "refused"] > table.loc[300.0, "refused"] > 0.0 == table.loc[math.inf, "refused"]
    assert math.isnan(table.loc[0.0, "refused"]), "who has no rules asks for nothing"
    assert table.loc[150.0, "per_customer"] == 1.0


def test_whether_a_budget_binds_is_what_it_refused_and_not_that_its_rules_wait():
    """Without a limit an offer follows a complaint at once, with one it waits for the end of the window."""
    soon = made(
        {"when": {"on": "complaint"}, "do": {"save_offer": 1.2}, "cost": {"per_use": 1.0, "in": "save_offer"}}
    )
    town = TOWN.with_values(problem_prob=0.3)
    found = budget_curve(town, soon, [100.0, 1e5, 1e9], replications=4, holdout=2, workers=1)
    table = found.table()
    assert (found.spent[-1] > found.spent[2]).all(), "who has left until then is offered nothing"
    assert table.loc[100.0, "binds"] and not table.loc[1e5, "binds"] and not table.loc[1e9, "binds"]
    assert table.loc[1e5, "refusing"] == 0 and table.loc[1e5, "refused"] == 0.0
    assert (found.value[2] == found.value[3]).all(), "a budget that refuses nothing could as well be larger"


def test_a_budget_that_refused_something_once_binds():
    """However little it matters on average: with more money something would have been different."""
    found = budget_curve(TOWN, EVERYBODY, [150.0, 600.0], replications=3, holdout=2, workers=1)
    refused = found.refused.copy()
    refused[2] = [0.0, 0.0, 0.01]
    table = replace(found, refused=refused).table()
    assert table.loc[600.0, "binds"] and table.loc[600.0, "refusing"] == 1


def test_levels_without_limit_are_those_of_the_free_strategy(curve):
    free = [value_per_initial_customer(simulate(TOWN, EVERYBODY, replication=k, log=False)) for k in range(6)]
    assert np.allclose(curve.value[-1], free)
    small = with_budget(EVERYBODY, 300.0, TOWN)
    some = [value_per_initial_customer(simulate(TOWN, small, replication=k, log=False)) for k in range(6)]
    assert np.allclose(curve.value[2], some)


def test_the_best_level_is_measured_on_other_replications(curve):
    best = curve.best()
    assert best.low <= best.budget <= best.high
    assert best.budget == curve.budgets[curve.value.mean(axis=1).argmax()]
    assert set(curve.holdout).isdisjoint(curve.replications)
    winner = EVERYBODY if math.isinf(best.budget) else with_budget(EVERYBODY, best.budget, TOWN)
    winner = DO_NOTHING if best.budget == 0.0 else winner
    gains = [
        value_per_initial_customer(simulate(TOWN, winner, replication=k, log=False))
        - value_per_initial_customer(simulate(TOWN, replication=k, log=False))
        for k in curve.holdout
    ]
    assert curve.expected().mean == pytest.approx(np.mean(gains))
    assert curve.expected().n == 4


def test_where_the_best_surely_lies_it_is_found():
    """With offers that do nothing and cost, no budget is best in every resample."""
    town = TOWN.with_values(wake=0.0, save_offer=200.0)
    weak = made(
        {"when": {"every": 90}, "do": {"save_offer": 1e-9}, "cost": {"per_use": 1.0, "in": "save_offer"},
         "pick": {"rank_by": "value_lift", "top_share": 1.0}}
    )  # fmt: skip
    found = budget_curve(town, weak, [400.0, 4000.0], replications=4, holdout=2, workers=1)
    assert found.best() == (0.0, 0.0, 0.0)
    assert found.expected()[:3] == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "budgets", [[100.0], [0.0, 100.0], [200.0, 100.0], [100.0, math.inf], [100.0, math.nan]]
)
def test_budgets_that_are_none(budgets):
    with pytest.raises(InputError, match="budgets: must be at least two, above 0 and rising"):
        budget_curve(TOWN, EVERYBODY, budgets, replications=2, holdout=2, workers=1)


def test_budgets_that_no_strategy_can_have():
    with pytest.raises(InputError, match="must pay for at least one action"):
        budget_curve(TOWN, EVERYBODY, [1.0, 100.0], replications=2, holdout=2, workers=1)
    with pytest.raises(CrmsimError, match="budget: must not be given with quality"):
        with_budget(find_strategy("quality_step"), 100.0, TOWN)
    with pytest.raises(InputError, match="holdout: must be a whole number from 2"):
        budget_curve(TOWN, EVERYBODY, [100.0, 200.0], replications=2, holdout=1, workers=1)


def test_a_point_of_retention_by_hand():
    worth = retention_worth(TOWN, factor=0.8, **FEW)
    weaker = TOWN.with_values(**weaker_reasons(TOWN, 0.8))
    gains = [
        value_per_initial_customer(simulate(weaker, replication=k, log=False))
        - value_per_initial_customer(simulate(TOWN, replication=k, log=False))
        for k in range(4)
    ]
    assert worth.gain.mean == pytest.approx(np.mean(gains))
    assert worth.per_point.mean == pytest.approx(worth.gain.mean / worth.points.mean)
    assert worth.points.mean > 0.5 and worth.gain.mean > 0.0
    assert worth.formula.currency == worth.money.currency == "CU"
    assert worth.formula.horizon < 1080 / 365 * 12


def test_formula_and_runs_agree_where_the_world_is_the_formula():
    """All customers alike, a contract with a fee, one constant chance to leave: only noise between."""
    town = preset("bare").with_values(
        timing="contract", renewal_days=30, drop_a=0.0, drop_b=0.03, entry_days=1,
        customers=1500, horizon_days=1440, acq_cost=20.0, serve_cost=0.0, account_cost=0.0,
    )  # fmt: skip
    worth = retention_worth(town, replications=6, workers=1)
    half = worth.per_point.half_width / 2.57  # one standard error with 5 degrees of freedom
    assert abs(worth.per_point.mean - worth.formula.value) < 4 * half + 0.03 * worth.formula.value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factor": 1.0}, "factor: must be above 0 and below 1"),
        ({"replications": 1}, "replications: must be a whole number from 2"),
        ({"scenario": TOWN.with_values(changes=[{"day": 510, "set": {"margin": 0.5}}])}, "scenario.changes"),
        (
            {"scenario": preset("bare").with_values(customers=20, horizon_days=720)},
            "a point of retention can be",
        ),
    ],
)
def test_worth_of_what_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        retention_worth(**({"scenario": TOWN, "replications": 2, "workers": 1} | options))


def test_two_strategies_of_one_name():
    with pytest.raises(InputError, match="other: must not have the name of the base"):
        strategy_returns(TOWN, DO_NOTHING, **FEW)
