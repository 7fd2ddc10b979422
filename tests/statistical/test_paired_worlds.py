"""The same customers under two strategies: who was saved, what it was worth, and that nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import made

from crmsim.decision_state import state_on
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.metrics.clv import value_by_component, value_per_initial_customer
from crmsim.metrics.desk import waits_by_tier
from crmsim.metrics.money import STRATEGY_COSTS
from crmsim.model.records import DAY
from crmsim.paired_tables import GROUPS
from crmsim.paired_worlds import customer_pairs, decision_day, run_paired_worlds
from crmsim.response_types import TYPES
from crmsim.scenario import preset
from crmsim.stages import Status
from crmsim.strategies import DO_NOTHING, find_strategy

TOWN = preset("retail").with_values(customers=200, horizon_days=1080)
SAVE = find_strategy("save_lift")
FEW = {"replications": 3, "workers": 1}


@pytest.fixture(scope="module")
def saved():
    return run_paired_worlds(TOWN, SAVE, futures=3, **FEW)


@pytest.fixture(scope="module")
def tiered():
    return run_paired_worlds(TOWN.with_values(desk_load=1.1), find_strategy("tier_service"), **FEW)


def test_a_strategy_against_itself_saves_nobody():
    idle = DO_NOTHING.model_copy(update={"name": "idle"})
    worlds = run_paired_worlds(TOWN, idle, futures=2, **FEW)
    assert (worlds.customers["uplift"] == 0.0).all()
    assert (worlds.customers["value_uplift"] == 0.0).all()
    types = worlds.types().set_index("type")["share"]
    assert types["persuadable"] == types["do_not_disturb"] == 0.0
    assert not worlds.value_by_type()[["gain", "cost", "net"]].to_numpy().any()
    assert set(worlds.uplift()["verdict"]) == {"same"}


def test_swapping_the_strategies_negates_the_uplift():
    """Who is there on the day depends on the base; here neither has made a difference by then."""
    town = TOWN.with_values(entry_days=30)
    risk = find_strategy("save_risk")
    forth, back = (
        run_paired_worlds(town, other, base, day=30, futures=2, **FEW).customers
        for other, base in ((SAVE, risk), (risk, SAVE))
    )
    order = ["replication", "number_base"]
    mine, other = (
        table[table["there"] & table["initial"]].sort_values(order).reset_index(drop=True)
        for table in (forth, back)
    )
    assert len(mine) == len(other) > 500
    assert (mine["uplift"] != 0.0).any()
    for column in ("uplift", "value_uplift"):
        assert np.allclose(mine[column], -other[column], atol=1e-9)
    for one, two in (TYPES[::3], TYPES[1:2] * 2, TYPES[2:3] * 2):
        assert (mine[one] == other[two]).all()


def test_types_partition_the_customers(saved):
    table = saved.customers
    assert np.allclose(table[list(TYPES)].sum(axis=1), 1.0)
    assert np.allclose(
        table["stay_other"] - table["stay_base"], table["persuadable"] - table["do_not_disturb"]
    )
    for by in (None, *GROUPS):
        types = saved.types(by)
        groups = [by] if by else []
        shares = types.groupby(groups)["share"].sum() if groups else types["share"].sum()
        assert np.allclose(shares, 1.0)
        there = table["there"].sum() / len(saved.replications)
        assert types["customers"].sum() == pytest.approx(there), "each customer is in one group"


def test_money_adds_up_to_the_books(saved):
    books = [
        [simulate(TOWN, s, replication=k, log=False) for s in (DO_NOTHING, SAVE)] for k in saved.replications
    ]
    value = np.mean([value_per_initial_customer(b) - value_per_initial_customer(a) for a, b in books])
    names = [kind.name.lower() for kind in STRATEGY_COSTS]
    cost = np.mean([(value_by_component(a) - value_by_component(b))[names].sum() for a, b in books])
    table = saved.value_by_type()
    assert table["net"].sum() == pytest.approx(value)
    assert table["cost"].sum() == pytest.approx(cost)
    assert cost > 1.0
    assert np.allclose(table["gain"] - table["cost"], table["net"])
    assert table["customers"].sum() == pytest.approx(len(saved.customers) / 3)
    assert table.loc["persuadable", "gain"] > 0.0


def test_people_are_matched_by_their_luck_and_not_by_their_number():
    town = TOWN.with_values(arrivals=0.3, ref_rate=4.0, ref_conv=0.5)
    ledgers = [simulate(town, s, log=False) for s in (DO_NOTHING, find_strategy("community"))]
    pairs = customer_pairs(*ledgers)
    both = pairs[(pairs["number_base"] >= 0) & (pairs["number_other"] >= 0)]
    keys = [ledger.customers["key"] for ledger in ledgers]
    assert (keys[0][both["number_base"]] == keys[1][both["number_other"]]).all()
    newcomers = both[~both["initial"]]
    assert (newcomers["number_base"] != newcomers["number_other"]).any()
    alone = pairs[(pairs["number_base"] < 0) ^ (pairs["number_other"] < 0)]
    assert len(alone) > 0
    assert (alone.loc[alone["number_base"] < 0, "value_base"] == 0.0).all()
    bought = [(ledger.customers["entered"] < 10**15).sum() for ledger in ledgers]
    assert [(pairs["number_base"] >= 0).sum(), (pairs["number_other"] >= 0).sum()] == bought
    total = sum(
        ledger.customers["value"][:, 2:].sum() * sign for ledger, sign in zip(ledgers, (-1, 1), strict=True)
    )
    assert (pairs["value_other"] - pairs["value_base"]).sum() == pytest.approx(total)


def test_newcomers_of_one_world_stand_apart():
    town = TOWN.with_values(ref_rate=4.0, ref_conv=0.5)
    worlds = run_paired_worlds(town, find_strategy("community"), futures=1, **FEW)
    table = worlds.value_by_type()
    assert table.loc["one_world_only", "customers"] > 0.0
    alone = worlds.customers[worlds.customers["number_base"] < 0]
    assert not alone["there"].any()
    assert table["net"].sum() == pytest.approx(
        (worlds.customers["value_other"] - worlds.customers["value_base"]).sum() / 3 / 200
    )


def test_who_came_later_in_the_other_world_was_not_there_on_the_day():
    """A friend whom only the base had won by then has another number there, and no life to compare with."""
    town = TOWN.with_values(ref_rate=6.0, ref_conv=0.8, ref_pool=2.0)
    worlds = run_paired_worlds(town, DO_NOTHING, find_strategy("community"), day=510, futures=1, **FEW)
    there = worlds.customers[worlds.customers["there"]]
    assert (there[["entered_base", "entered_other"]] < 510).all(axis=None)
    late = worlds.customers.query("stayed_base and entered_base < 510 and entered_other >= 510")
    assert len(late) > 0
    assert not late["there"].any()


def test_groups_are_those_of_the_day_of_the_decision(saved):
    assert saved.day == decision_day(TOWN) == 390
    then = state_on(390, TOWN, replication=2).customers
    mine = saved.customers.query("replication == 2 and there")
    assert (then["status"][mine["number_base"]] == Status.ACTIVE).all()
    assert len(mine) == (then["status"] == Status.ACTIVE).sum()
    assert (mine["segment"] == then["segment"][mine["number_base"]]).all()
    vip = int((then["tier"][then["status"] == Status.ACTIVE] == 0).sum())
    assert (mine["tier"] == "vip").sum() == vip > 0


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_the_state_on_a_day_is_that_of_the_whole_run(engine):
    """Somebody recommended shortly before is there, and a rule that acts on the day meets the same people."""
    offer = made(
        {"do": {"save_offer": 1.0}, "when": {"from_day": 450, "until_day": 451}}, {"do": {"price": 0.1}}
    )
    town = TOWN.with_values(ref_rate=4.0, ref_conv=0.5)
    rows = simulate(town, offer.model_copy(update={"rules": tuple(
        rule.model_copy(update={"cost": SAVE.rules[0].cost}) if rule.do.save_offer else rule
        for rule in offer.rules
    )})).log()  # fmt: skip
    treated = rows[(rows["kind"] == EventKind.TREATMENT) & (rows["time"] == 450 * DAY)]
    state = state_on(450, town, offer, engine=engine)
    assert (np.sort(treated["customer"]) == state.active).all()
    order = np.argsort(treated["customer"])
    assert (treated["tier"][order] == state.customers["tier"][state.active]).all()
    assert (treated["stage"][order] == state.customers["observed_stage"][state.active]).all()
    assert (state.customers["entered"][state.active] > 420 * DAY).any()


def test_the_situation_of_the_day_is_the_new_one():
    changed = TOWN.with_values(changes=[{"day": 450, "set": {"margin": 0.5}}])
    margins = [state_on(day, changed).parameters["margin"][0] for day in (420, 450)]
    assert margins == [TOWN.money.margin, 0.5]


def test_losers_have_their_pairs(tiered):
    table = tiered.losers()
    assert list(table["tier"].unique()) == list(GROUPS["tier"])
    waits = table[table["measure"] == "wait"].set_index("tier")
    gaps = []
    for k in tiered.replications:
        a, b = (simulate(tiered.scenario, s, replication=k, log=False) for s in (tiered.base, tiered.other))
        gaps.append((waits_by_tier(b) - waits_by_tier(a))["mean_wait_days"])
    for tier in GROUPS["tier"]:
        assert waits.loc[tier, "mean"] == pytest.approx(np.mean([gap[tier] for gap in gaps]))
    assert waits.loc["vip", "mean"] < 0.0 < waits.loc["small", "mean"]
    stage = tiered.losers("stage")
    assert "wait" not in set(stage["measure"]), "the desk does not know stages"
    mine = tiered.customers.query("there and tier == 'small'")
    runs = mine.groupby("replication")
    value = (runs["value_other"].mean() - runs["value_base"].mean()).mean()
    small = table[(table["tier"] == "small") & (table["measure"] == "value")]
    assert small["mean"].item() == pytest.approx(value)


def test_more_futures_of_the_same_people_agree_with_the_one_that_was_lived():
    """The mean over futures is an expectation: one lived life differs from it by its luck only."""
    worlds = run_paired_worlds(TOWN, SAVE, futures=20, replications=4, workers=1)
    there = worlds.customers[worlds.customers["there"]]
    p = there["stay_base"]
    spread = np.sqrt((p * (1 - p)).sum())
    # The lived life is one of the 21, so its weight is taken out of the mean.
    z = (there["stayed_base"] - p).sum() / spread / (20 / 21)
    assert abs(z) < 4, z
    assert (p.between(0.05, 0.95)).mean() > 0.02, "luck decides about some"


def test_the_result_does_not_depend_on_the_engine():
    town = TOWN.with_values(customers=60, horizon_days=720)
    fast, slow = (run_paired_worlds(town, SAVE, futures=1, engine=e, **FEW) for e in ("compiled", "simpy"))
    assert fast.customers.equals(slow.customers)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"day": 400}, "day: must be a multiple of 30"),
        ({"day": 1080}, "day: must be a whole number from 30 to 1079"),
        ({"futures": -1}, "futures: must be a whole number from 0"),
        ({"replications": 1}, "replications: must be a whole number from 2"),
        ({"base": SAVE}, "other: must not have the name of the base"),
    ],
)
def test_bad_numbers(options, message):
    with pytest.raises(InputError, match=message):
        run_paired_worlds(TOWN, SAVE, **({"workers": 1} | options))


def test_unlike_runs_and_unknown_groups(saved):
    with pytest.raises(InputError, match="same seed as the base"):
        customer_pairs(simulate(TOWN, log=False), simulate(TOWN, seed=2, log=False))
    with pytest.raises(InputError, match="by: must be one of tier, stage, segment"):
        saved.types("age")


def test_results_say_what_their_money_is(saved):
    assert (
        str(saved.money) == "CU until day 1080, discounted at 10% per year to each customer's first purchase"
    )
