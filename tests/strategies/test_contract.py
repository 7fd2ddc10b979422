"""What every strategy owes: the suite runs over the registry, so a new file is tested by being there.

The second half holds the interpreter of rules to its word, with strategies made for the purpose and
with a second reading of the event log.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crmsim.strategies
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.money import refused_spending, strategy_cost
from crmsim.model.records import DAY, NEVER, WINDOW
from crmsim.scenario import Scenario, preset
from crmsim.stages import Stage, Status
from crmsim.strategies import find_strategy, strategy_names
from crmsim.strategies.base import DO_NOTHING, Strategy
from crmsim.strategies.programmed import ProgrammedStrategy
from crmsim.strategies.rules import MEASURES
from crmsim.text.catalogue import catalogue
from crmsim.tiers import Tier

PRESETS = ("retail", "telecom", "b2b")
ready = pytest.mark.parametrize("name", strategy_names())


def world(name: str = "retail", **values: Any) -> Scenario:
    """Return a small world, unless `values` say otherwise."""
    return preset(name).with_values(**{"customers": 60, "entry_days": 90, "horizon_days": 400} | values)


def made(*rules: dict[str, Any], **more: Any) -> Strategy:
    return Strategy(name="made", about="Made for a test.", currency="CU", rules=list(rules), **more)


def of_kind(ledger: Ledger, *kinds: EventKind) -> np.ndarray:
    rows = ledger.log()
    return rows[np.isin(rows["kind"], kinds)]


def same_run(one: Ledger, other: Ledger) -> bool:
    return (
        one.log().tobytes() == other.log().tobytes() and one.customers.tobytes() == other.customers.tobytes()
    )


# --- the registry ------------------------------------------------------------------------------------------


def test_every_file_of_the_folder_is_registered():
    folder = Path(crmsim.strategies.__file__).parent
    files = {path.stem for path in folder.iterdir() if path.is_file() and path.suffix != ".py"}
    programmed = {path.stem for path in (folder / "programmed_ready").glob("*.py")}
    assert files | programmed == set(strategy_names()) and not files & programmed
    assert programmed, "there is at least one that shows how it is done"
    assert list(strategy_names()) == sorted(strategy_names())
    assert len(strategy_names()) >= 10


@ready
def test_it_says_what_it_is(name):
    strategy = find_strategy(name)
    assert strategy.name == name, "the file must bear the strategy's name"
    assert len(strategy.about) > 20 and strategy.about.endswith(".")
    assert len(strategy.about_zh) > 8 and strategy.about_zh.endswith("。")
    assert not set(strategy.about_zh) <= set(map(chr, range(0x250))), "about_zh is not Chinese"
    assert strategy.sources or name == "do_nothing", "say where the idea comes from"
    entry = catalogue()[f"strategy.{name}"]
    assert entry["en"] and entry["zh"] and entry["en"] != entry["zh"]


@ready
@pytest.mark.parametrize("scenario", PRESETS)
def test_it_runs_and_does_so_again(name, scenario):
    strategy = find_strategy(name)
    runs = [simulate(world(scenario), strategy, seed=seed) for seed in (5, 5, 6)]
    assert runs[0].customers["n"].sum() > 60
    assert same_run(runs[0], runs[1])
    assert not same_run(runs[0], runs[2])
    assert strategy == find_strategy(name), "a run may not change a strategy"


@ready
def test_it_changes_something_unless_it_says_so(name):
    """Every ready strategy has an effect on purchases or costs; do_nothing has none at all."""
    scenario = world(customers=150, horizon_days=720)
    with_it, without = simulate(scenario, find_strategy(name)), simulate(scenario)
    assert same_run(with_it, without) == (name == "do_nothing")


@ready
def test_it_charges_what_it_declares(name):
    """Every row of a treatment costs the rule's price; every rule with a price is used and charged."""
    strategy, scenario = find_strategy(name), world(customers=400, horizon_days=720)
    ledger = simulate(scenario, strategy)
    booked = of_kind(
        ledger, EventKind.TREATMENT, EventKind.WIN_BACK_OFFER, EventKind.REACTIVATED, EventKind.REWARD
    )
    by_rules = ledger.customers["total"][:, [Component.PROGRAMME, Component.OFFER]].sum()
    assert by_rules == pytest.approx(booked["amount"].sum(), rel=1e-9)
    if isinstance(strategy, ProgrammedStrategy):
        return  # its orders carry their own prices
    rows = of_kind(ledger, EventKind.TREATMENT, EventKind.WIN_BACK_OFFER)
    prices = scenario.price_list
    charged = set()
    for row in rows:
        cost = strategy.rules[row["detail"]].cost
        price = getattr(prices, cost.unit)
        offer = strategy.rules[row["detail"]].do.name in ("save_offer", "win_back")
        assert row["component"] == (Component.OFFER if offer else Component.PROGRAMME)
        if cost.per_month is not None:
            until = min((row["time"] // WINDOW + 1) * WINDOW, ledger.run["horizon"])
            price *= cost.per_month * (until - row["time"]) / WINDOW
        else:
            price *= cost.per_use
        assert row["amount"] == pytest.approx(-price, rel=1e-12)
        charged.add(int(row["detail"]))
    assert charged == {k for k, rule in enumerate(strategy.rules) if rule.cost is not None}
    for row in of_kind(ledger, EventKind.REACTIVATED):
        assert row["amount"] == pytest.approx(-prices.win_back * strategy.rules[0].cost.on_accept)


@ready
def test_it_keeps_to_those_whom_it_names(name):
    strategy = find_strategy(name)
    kinds = (EventKind.TREATMENT, EventKind.WIN_BACK_OFFER)
    rows = of_kind(simulate(world(customers=200, horizon_days=720), strategy), *kinds)
    for number, rule in enumerate(strategy.rules):
        mine = rows[rows["detail"] == number]
        for field, words, given in (("stage", Stage, rule.who.stage), ("tier", Tier, rule.who.tier)):
            if given is not None:
                assert {words(code).name.lower() for code in np.unique(mine[field])} <= set(given)


@ready
def test_another_currency(name):
    """Amounts from the price list fit every scenario; amounts of the strategy's own do not."""
    strategy = find_strategy(name)
    yen = world(currency="JPY", customers=5)
    if strategy.currency is None:
        simulate(yen, strategy)
    else:
        with pytest.raises(InputError, match="currency: must be the scenario's, JPY"):
            simulate(yen, strategy)


_STAGES = ("exploration", "formation", "stability", "decline")
_MATCHED = dict(zip(_STAGES, ("reward", "special", "community", "contact"), strict=True))


def _facts(name: str) -> list[tuple]:
    """Return for whom, what and how dear the rules of a strategy are, as plain data."""
    data = find_strategy(name).model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_defaults=True
    )
    return [
        (r.get("who", {}), r["do"], r.get("cost"), r.get("pick"), r.get("when"))
        for r in data.get("rules", [])
    ]


def test_ready_strategies_are_those_of_the_specification():
    """Model.md section 9.4, in figures: a slip in a file would still be a valid strategy."""
    month, use, quarter = (
        {"per_month": 1.0, "in": "programme"},
        {"per_use": 1.0, "in": "save_offer"},
        {"every": 90},
    )
    asked = {"per_use": 0.2, "on_accept": 0.8, "in": "win_back"}
    willing = ["price", "competitor", "quality", "service_failure", "neglect", "unknown"]
    thin = {"per_month": 0.22, "in": "programme"}
    wrong = {"exploration": "community", "decline": "community", "formation": "reward", "stability": "reward"}
    best = ["vip", "important"]
    expected = {
        "do_nothing": [],
        "price_cut": [({}, {"price": 0.1}, None, None, None)],
        "quality_step": [({}, {"quality": 0.05}, None, None, None)],
        "recovery": [
            ({}, {"recovery": 0.35, "compensation": 0.4, "complaint_boost": 0.25}, None, None, None)
        ],
        "stage_matched": [({"stage": [s]}, {"programme": p}, month, None, None) for s, p in _MATCHED.items()],
        "equal_service": [
            ({"stage": [s]}, {"programme": p, "intensity": 0.22}, thin, None, None)
            for s, p in _MATCHED.items()
        ],
        "tier_service": [
            *(
                ({"stage": [s], "tier": best}, {"programme": p}, month, None, None)
                for s, p in _MATCHED.items()
            ),
            ({}, {"priority": {"vip": 0, "important": 1, "ordinary": 2, "small": 3}}, None, None, None),
            ({"tier": ["small"]}, {"reduce_service": 0.3}, None, None, None),
        ],
        "save_random": [({}, {"save_offer": 1.2}, use, {"rank_by": "random", "top_share": 0.1}, quarter)],
        "save_value": [({}, {"save_offer": 1.2}, use, {"rank_by": "net_12m", "top_share": 0.1}, quarter)],
        **{f"one_size_{p}": [({}, {"programme": p}, month, None, None)] for p in _MATCHED.values()},
        "win_back_all": [({}, {"win_back": 1.0}, asked, None, {"on": "lapsed"})],
        "win_back_value": [
            (
                {"cause": willing, "net_12m": {"min": 1.0, "in": "win_back"}},
                {"win_back": 1.0}, asked, None, {"on": "lapsed"},
            )
        ],
        "referral": [({}, {"refer": 2.0}, None, None, None)],
        "points": [
            ({}, {"points": 5.0, "reward_value": 0.2, "gradient": 0.5}, None, None, None),
            ({}, {"programme": "reward"}, None, None, None),
        ],
        "drop_unprofitable": [
            (
                {"tenure_days": {"min": 365.0}, "reviews_in_red": {"min": 2.0}},
                {"terminate": True}, None, None, None,
            )
        ],
        "tail_lean": [({"tier": ["small"]}, {"reduce_service": 0.3}, None, None, None)],
        "tail_cheap": [
            ({"tier": ["small"]}, {"reduce_service": 0.5, "quality_loss": 0.05}, None, None, None)
        ],
    }  # fmt: skip
    assert {name: _facts(name) for name in expected} == expected
    for name in ("save_random", "save_value"):
        assert find_strategy(name).rules[0].do.days == 180
    mismatched = {s: do["programme"] for who, do, *_ in _facts("stage_mismatched") for s in who["stage"]}
    assert mismatched == wrong and all(cost == month for _, _, cost, *_ in _facts("stage_mismatched"))


# --- doing nothing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", PRESETS)
@pytest.mark.parametrize(
    "nothing",
    [
        find_strategy("do_nothing"),
        made({"who": {"purchases": {"min": 1e6}}, "do": {"quality": 0.5}}),
        made({"do": {"programme": "reward"}}, budget={"per_year": 0.01}).model_copy(update={"rules": ()}),
        made({"do": {"recovery": 0.0}}),
        made({"do": {"priority": {"vip": 3, "important": 3, "ordinary": 3, "small": 3}}}),
    ],
    ids=["do_nothing", "for nobody", "no rules", "no strength", "one class for all"],
)
def test_a_strategy_without_effect_leaves_everything_as_it_was(scenario, nothing):
    with_it, without = simulate(world(scenario), nothing), simulate(world(scenario), DO_NOTHING)
    assert with_it.log().tobytes() == without.log().tobytes()
    assert with_it.customers["value"].tobytes() == without.customers["value"].tobytes()


# --- costs, budgets, picks and caps ------------------------------------------------------------------------


def _months(ledger: Ledger) -> np.ndarray:
    """Return the months that a rule for everybody is paid for, customer by customer.

    From the first purchase to the end of the window in which the customer left: months are paid in
    advance.
    """
    people = ledger.customers[ledger.customers["entered"] < NEVER]
    end = np.minimum(-(-people["left"] // WINDOW) * WINDOW, ledger.run["horizon"])
    return (end - people["entered"]) / WINDOW


@pytest.mark.parametrize("horizon", [390, 400])
@pytest.mark.parametrize("scenario", PRESETS)
def test_a_monthly_cost_is_charged_for_every_month_of_every_customer(scenario, horizon):
    rule = {"do": {"programme": "reward"}, "cost": {"per_month": 3.0}}
    ledger = simulate(world(scenario, horizon_days=horizon), made(rule))
    rows, months = of_kind(ledger, EventKind.TREATMENT), _months(ledger)
    assert (ledger.customers["left"] < NEVER).sum() > 3, "somebody must leave, or the test shows little"
    assert -rows["amount"].sum() == pytest.approx(3.0 * months.sum(), rel=1e-9)
    each = np.bincount(rows["customer"], weights=-rows["amount"], minlength=ledger.customer_count)
    assert each[ledger.customers["entered"] < NEVER] == pytest.approx(3.0 * months, abs=1e-9)


def test_a_cost_in_items_of_the_price_list():
    rule = {"do": {"programme": "reward"}, "cost": {"per_month": 2.0, "in": "programme"}}
    one, other = (simulate(world(programme=price), made(rule)) for price in (1.5, 3.0))
    assert strategy_cost(one) == pytest.approx(2.0 * 1.5 * _months(one).sum(), rel=1e-9)
    assert strategy_cost(other) == pytest.approx(2.0 * strategy_cost(one), rel=1e-12)


def test_costs_never_change_what_customers_do():
    rule = {"do": {"programme": "reward"}}
    free, dear = (simulate(world(), made(rule | {"cost": {"per_month": cost}})) for cost in (0.0, 50.0))
    paid = dear.log()[dear.log()["kind"] != EventKind.TREATMENT]
    assert paid.tobytes() == free.log().tobytes()
    assert strategy_cost(free) == 0.0 < strategy_cost(dear)


MONTHLY = {"do": {"programme": "reward"}, "cost": {"per_month": 3.0}}
OFFERS = {"do": {"save_offer": 1.0}, "cost": {"per_use": 7.0}, "when": {"every": 60}}


@pytest.mark.parametrize(
    "rules",
    [
        [MONTHLY],
        [OFFERS],
        [MONTHLY, OFFERS],
        [MONTHLY | {"pick": {"rank_by": "random", "top_share": 0.7}}, MONTHLY],
    ],
    ids=["monthly", "offers", "both", "picked"],
)
@pytest.mark.parametrize("per_year", [10.0, 400.0])
def test_a_budget_is_never_exceeded_in_any_year(rules, per_year):
    ledger = simulate(world(horizon_days=1100), made(*rules, budget={"per_year": per_year}))
    rows = of_kind(ledger, EventKind.TREATMENT)
    spent = np.bincount(rows["time"] // (365 * DAY), weights=-rows["amount"], minlength=3)
    assert (spent <= per_year + 1e-9).all()
    # It is used up to less than one more treatment, in years in which enough customers are there.
    assert (spent[:3] > per_year - 7.0 - 1e-9).all()


@pytest.mark.parametrize("per_year", [60.0, 400.0])
def test_what_a_budget_refuses_is_what_was_asked_for_and_not_paid(per_year):
    ledger = simulate(world(horizon_days=720), made(MONTHLY, budget={"per_year": per_year}))
    treated = of_kind(ledger, EventKind.TREATMENT)
    asked = sum(3.0 * _active(ledger, month).sum() for month in range(WINDOW, 720 * DAY, WINDOW))
    assert refused_spending(ledger) == pytest.approx(asked - 3.0 * len(treated)) != 0.0


def test_a_budget_that_refused_nothing_could_as_well_be_larger():
    rules = [MONTHLY, OFFERS]
    ample, endless = (
        simulate(world(horizon_days=720), made(*rules, budget={"per_year": per_year}))
        for per_year in (1e5, 1e12)
    )
    assert refused_spending(ample) == refused_spending(endless) == 0.0
    assert ample.events.tobytes() == endless.events.tobytes()
    free = simulate(world(horizon_days=720), made(*rules))
    assert refused_spending(free) == 0.0


def test_a_budget_goes_to_the_most_valuable_first():
    ledger = simulate(world(horizon_days=720), made(MONTHLY, budget={"per_year": 60.0}))
    month = 365 * DAY // WINDOW * WINDOW + WINDOW  # the first window of the second year
    treated = of_kind(ledger, EventKind.TREATMENT)
    treated = treated[treated["time"] == month]["customer"]
    revenue = _revenue_12m(ledger, month)
    others = np.setdiff1d(np.flatnonzero(_active(ledger, month)), treated)
    assert len(treated) == 20 and len(others) > 5
    assert revenue[treated].min() >= revenue[others].max()


@pytest.mark.parametrize("share", [0.1, 0.35, 1.0])
@pytest.mark.parametrize("measure", ["random", "revenue_12m", "recency_days", "purchases"])
def test_a_pick_takes_its_share_of_those_who_qualify(measure, share):
    rule = MONTHLY | {"pick": {"rank_by": measure, "top_share": share}, "who": {"purchases": {"min": 2}}}
    ledger = simulate(world(customers=120), made(rule))
    rows = of_kind(ledger, EventKind.TREATMENT)
    assert (rows["time"] % WINDOW == 0).all(), "newcomers must wait for the end of the window"
    occasions = 0
    for time in range(WINDOW, 390 * DAY + 1, WINDOW):
        treated = rows[rows["time"] == time]["customer"]
        qualified = np.flatnonzero(_active(ledger, time) & (_purchases(ledger, time) >= 2))
        assert set(treated) <= set(qualified)
        assert len(treated) == int(np.ceil(share * len(qualified) - 1e-9))
        occasions += 0 < len(treated) < len(qualified)
        if measure != "random" and len(treated):
            known = _MEASURED[measure](ledger, time)
            others = np.setdiff1d(qualified, treated)
            assert known[treated].min() >= known[others].max(initial=-np.inf) - 1e-9
    assert occasions > 8 or share == 1.0


def test_a_random_pick_is_not_always_the_same():
    rule = MONTHLY | {"pick": {"rank_by": "random", "top_share": 0.1}}
    rows = of_kind(simulate(world(customers=120, horizon_days=720), made(rule)), EventKind.TREATMENT)
    times = np.bincount(rows["customer"], minlength=120)
    assert (times > 0).sum() > 60
    assert times.max() < 8


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_a_cap_is_the_most_that_anybody_gets(cap):
    rule = {"do": {"save_offer": 1.0}, "cost": {"per_use": 2.0}, "cap": {"per_customer": cap}}
    ledger = simulate(world(wake=0.0), made(rule))
    offers = np.bincount(of_kind(ledger, EventKind.TREATMENT)["customer"], minlength=ledger.customer_count)
    assert offers.max() == cap
    stayed = (ledger.customers["status"] == Status.ACTIVE) & (ledger.customers["entered"] < 200 * DAY)
    assert (offers[stayed] == cap).all() and stayed.sum() > 10


@pytest.mark.parametrize("every", [30, 90, 360])
def test_a_rule_is_looked_at_as_often_as_it_says(every):
    rule = {"do": {"save_offer": 1.0}, "cost": {"per_use": 2.0}, "when": {"every": every}}
    rows = of_kind(simulate(world(), made(rule)), EventKind.TREATMENT)
    assert set(rows["time"] // DAY) == set(range(every, 400, every))


def test_another_currency_is_refused():
    dollars = made(MONTHLY).model_copy(update={"currency": "USD"})
    with pytest.raises(InputError, match=r"^strategy made: currency: must be the scenario's, CU, got 'USD'$"):
        simulate(world(), dollars)


# --- for whom: the log, read a second time -----------------------------------------------------------------

#: Booked by the firm when a window has been closed, and so part of the next one.
_OPENING = (EventKind.ACCOUNT_COST, EventKind.TREATMENT, EventKind.REFERRED)


def _active(ledger: Ledger, time: int) -> np.ndarray:
    people = ledger.customers
    return (people["entered"] <= time) & (people["left"] > time)


def _count(*kinds: EventKind) -> Callable[[Ledger, int], np.ndarray]:
    def count(ledger: Ledger, time: int) -> np.ndarray:
        rows = of_kind(ledger, *kinds)
        return np.bincount(rows["customer"][rows["time"] <= time], minlength=ledger.customer_count).astype(
            float
        )

    return count


def _recency(ledger: Ledger, time: int) -> np.ndarray:
    last = np.full(ledger.customer_count, -np.inf)
    rows = of_kind(ledger, EventKind.PURCHASE)
    rows = rows[rows["time"] <= time]
    np.maximum.at(last, rows["customer"], rows["time"])
    return (time - last) / DAY


def _trailing(components: list[Component]) -> Callable[[Ledger, int], np.ndarray]:
    def total(ledger: Ledger, time: int) -> np.ndarray:
        rows = ledger.log()
        moment = rows["time"] + (np.isin(rows["kind"], _OPENING) & (rows["time"] % WINDOW == 0))
        keep = (moment > time - 12 * WINDOW) & (moment <= time) & np.isin(rows["component"], components)
        return np.bincount(rows["customer"][keep], rows["amount"][keep], minlength=ledger.customer_count)

    return total


def _mean_gap(ledger: Ledger, time: int) -> np.ndarray:
    rows = of_kind(ledger, EventKind.PURCHASE)
    rows = rows[rows["time"] <= time]
    first, last = (np.full(ledger.customer_count, end, float) for end in (np.inf, -np.inf))
    np.minimum.at(first, rows["customer"], rows["time"])
    np.maximum.at(last, rows["customer"], rows["time"])
    gaps = np.bincount(rows["customer"], minlength=ledger.customer_count) - 1.0
    return np.where(gaps > 0, (last - first) / DAY / np.maximum(gaps, 1.0), np.nan)


def _last_answer(ledger: Ledger, time: int) -> np.ndarray:
    answers = np.full(ledger.customer_count, np.nan)
    rows = of_kind(ledger, EventKind.SURVEY)
    for row in rows[(rows["time"] <= time) & (rows["detail"] > 0)]:
        answers[row["customer"]] = row["detail"]
    return answers


def _reviews_in_red(ledger: Ledger, time: int) -> np.ndarray:
    count = np.zeros(ledger.customer_count)
    review = ledger.scenario.tiers.tier_every_days * DAY
    for moment in range(review, time + 1, review):
        red = _MEASURED["net_12m"](ledger, moment) < 0
        count = np.where(_active(ledger, moment), np.where(red, count + 1, 0), count)
    return count


_purchases = _count(EventKind.PURCHASE)
_revenue_12m = _trailing([Component.REVENUE])
_MEASURED: dict[str, Callable[[Ledger, int], np.ndarray]] = {
    "purchases": _purchases,
    "tenure_days": lambda ledger, time: (time - ledger.customers["entered"]) / DAY,
    "recency_days": _recency,
    "revenue_12m": _revenue_12m,
    "net_12m": _trailing([component for component, info in COMPONENTS.items() if info.counts]),
    "contacts": _count(EventKind.COMPLAINT, EventKind.INQUIRY),
    "complaints": _count(EventKind.COMPLAINT),
    "mean_gap_days": _mean_gap,
    "open_complaints": lambda ledger, time: (
        _count(EventKind.COMPLAINT)(ledger, time) - _count(EventKind.RECOVERY)(ledger, time)
    ),
    "survey_score": lambda ledger, time: _last_answer(ledger, time) % 10,
    "survey_nps": lambda ledger, time: _last_answer(ledger, time) // 10,
    "referred": lambda ledger, time: (ledger.customers["generation"] > 0).astype(float),
    "unpaid": _count(EventKind.UNPAID),
    "reviews_in_red": _reviews_in_red,
    "segment": lambda ledger, time: ledger.customers["segment"].astype(float),
    "industry": lambda ledger, time: ledger.customers["industry"].astype(float),
    "digital": lambda ledger, time: ledger.customers["digital"].astype(float),
    "consents": lambda ledger, time: ledger.customers["consents"].astype(float),
}  # fmt: skip
_RANGES = {
    "purchases": (2, 6), "tenure_days": (95, 250), "recency_days": (20, 60), "revenue_12m": (150, 900),
    "net_12m": (-60, 40), "contacts": (1, 2), "complaints": (1, 1), "mean_gap_days": (20, 60),
    "open_complaints": (1, 1), "survey_score": (3, 4), "survey_nps": (4, 8), "referred": (1, 1),
    "unpaid": (1, 2), "reviews_in_red": (1, 1), "consents": (1, 1), "segment": (2, 3),
    "industry": (2, 3), "digital": (1, 1),
}  # fmt: skip
#: A world in which the measure has something to tell: a slow desk, friends who follow, debts, surveys.
_BUSY = {
    "desk_load": 3.0, "ref_rate": 5.0, "ref_conv": 0.5, "credit_b": 0.2, "survey_days": 60,
    "account_cost": 4.0, "opt_in": 0.5, "digital_wish": 0.5,
}  # fmt: skip


def test_every_measure_is_read_a_second_time():
    assert set(_MEASURED) == set(_RANGES) == set(MEASURES)


@pytest.mark.parametrize("ends", ["both", "min", "max"])
@pytest.mark.parametrize("measure", MEASURES)
def test_a_condition_holds_for_exactly_those_for_whom_it_holds(measure, ends):
    low, high = _RANGES[measure]
    if measure in ("referred", "consents", "digital") and ends == "max":
        high = 0  # it is yes or no, so the range from below ends with no
    limits = {
        "both": {"min": float(low), "max": float(high)},
        "min": {"min": float(low)},
        "max": {"max": float(high)},
    }
    scenario = world(customers=120, entry_days=300, problem_prob=0.2, horizon_days=560, **_BUSY)
    ledger = simulate(scenario, made(MONTHLY | {"who": {measure: limits[ends]}}))
    rows = of_kind(ledger, EventKind.TREATMENT)
    seen = 0
    for time in range(WINDOW, 540 * DAY + 1, WINDOW):
        known, active = _MEASURED[measure](ledger, time), _active(ledger, time)
        meant = (
            active & (known >= limits[ends].get("min", -np.inf)) & (known <= limits[ends].get("max", np.inf))
        )
        assert set(rows[rows["time"] == time]["customer"]) == set(np.flatnonzero(meant)), (
            f"day {time / DAY:g}"
        )
        seen += 0 < meant.sum() < active.sum()
    assert seen >= 6, "the range must divide the customers, or the test shows little"


@pytest.mark.parametrize(
    ("who", "field", "codes"),
    [
        ({"stage": "formation"}, "stage", {Stage.FORMATION}),
        ({"stage": ["exploration", "decline"]}, "stage", {Stage.EXPLORATION, Stage.DECLINE}),
        ({"tier": "vip"}, "tier", {Tier.VIP}),
        ({"tier": ["ordinary", "small"]}, "tier", {Tier.ORDINARY, Tier.SMALL}),
    ],
)
def test_a_standing_rule_holds_for_its_stages_and_tiers_and_for_nobody_else(who, field, codes):
    """Seen in the prices paid: everything that would blur them is switched off."""
    scenario = world(customers=150, horizon_days=720, spend_p=0.0, deal_depth=0.0, cross_rate=0.0)
    ledger = simulate(scenario, made({"who": who, "do": {"price": 0.25}}))
    rows = of_kind(ledger, EventKind.PURCHASE)
    rows = rows[rows["component"] == Component.REVENUE]
    list_price = ledger.customers["mean_spend"][rows["customer"]]
    meant = np.isin(rows[field], list(codes))
    if field == "tier":  # a newcomer's tier is small until the first review
        assert meant.any()
    assert 20 < meant.sum() < len(rows) - 20
    assert rows["amount"] / list_price == pytest.approx(np.where(meant, 0.75, 1.0), rel=1e-9)


def test_a_rule_ends_when_it_no_longer_holds():
    """Nothing of a programme for beginners is left on those who have bought often."""
    rule = {"who": {"purchases": {"max": 2}}, "do": {"price": 0.25}}
    scenario = world(customers=100, horizon_days=720, spend_p=0.0, deal_depth=0.0, cross_rate=0.0)
    ledger = simulate(scenario, made(rule))
    rows = of_kind(ledger, EventKind.PURCHASE)
    cut = rows["amount"] < 0.99 * ledger.customers["mean_spend"][rows["customer"]]
    for row, reduced in zip(rows, cut, strict=True):
        start = row["time"] // WINDOW * WINDOW  # rules are looked at when the window begins
        before = ((rows["customer"] == row["customer"]) & (rows["time"] <= start)).sum()
        assert reduced == (before <= 2)
    assert 50 < cut.sum() < len(rows) - 50


def test_rules_add_up_and_the_stronger_programme_counts():
    scenario = world(spend_p=0.0, deal_depth=0.0, cross_rate=0.0)
    ledger = simulate(scenario, made({"do": {"price": 0.1}}, {"do": {"price": 0.2}}))
    rows = of_kind(ledger, EventKind.PURCHASE)
    paid = rows["amount"] / ledger.customers["mean_spend"][rows["customer"]]
    assert paid == pytest.approx(np.full(len(rows), 0.7), rel=1e-9)
    weak, strong = ({"do": {"programme": "reward", "intensity": power}} for power in (0.5, 2.0))
    runs = [simulate(world(), made(*rules)) for rules in ([strong], [weak, strong], [strong, weak], [weak])]
    assert same_run(runs[0], runs[1]) and same_run(runs[0], runs[2])
    assert not same_run(runs[0], runs[3])
