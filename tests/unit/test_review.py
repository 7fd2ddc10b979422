"""Rankings on a day of review: the books read a second time, the estimate in closed form, the truth."""

from __future__ import annotations

import functools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from crmsim.audit.matrices import KAISM
from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.events import COMPONENTS
from crmsim.ledger import Ledger
from crmsim.metrics.regression_tree import grow_tree
from crmsim.metrics.review import (
    FEATURES,
    kaism_accounts,
    likeliest_loss_rate,
    probability_alive,
    rankings_compared,
    review_facts,
    value_tree,
)
from crmsim.scenario import preset
from crmsim.stages import Cause, Status
from crmsim.strategies import find_strategy

COUNTED = [component.name.lower() for component, info in COMPONENTS.items() if info.counts]
DAY = 700


@functools.cache
def run(world: str = "retail", strategy: str = "do_nothing", seed: int = 3, customers: int = 200) -> Ledger:
    scenario = preset(world).with_values(customers=customers, entry_days=300, horizon_days=1200)
    return simulate(scenario, find_strategy(strategy), seed=seed)


def log_until(ledger: Ledger, day: float) -> pd.DataFrame:
    rows = ledger.truth
    return rows[rows["day"] < day]


worlds = pytest.mark.parametrize(
    ("world", "strategy"),
    [("retail", "do_nothing"), ("telecom", "win_back_all"), ("retail", "drop_unprofitable")],
)


# --- the books ---------------------------------------------------------------------------------------------


@worlds
def test_the_books_are_those_of_the_log(world, strategy):
    ledger = run(world, strategy)
    facts, rows = review_facts(ledger, DAY), log_until(ledger, DAY)
    bought = rows[rows["kind"] == "purchase"].groupby("customer")["day"].agg(["min", "max", "size"])
    bought = bought.loc[facts.index]
    assert facts["tenure_days"].to_numpy() == pytest.approx(DAY - bought["min"].to_numpy())
    assert facts["recency_days"].to_numpy() == pytest.approx(DAY - bought["max"].to_numpy())
    assert (facts["purchases"] == bought["size"]).all()
    recent = rows[rows["day"] >= DAY - 360]
    counted = recent[recent["component"].isin(COUNTED)]
    sums = {
        "past_profit": rows[rows["component"].isin(COUNTED)],
        "net_12m": counted[counted["kind"] != "acquired"],
        "revenue_12m": recent[recent["component"] == "revenue"],
    }
    for name, part in sums.items():
        again = part.groupby("customer")["amount"].sum().reindex(facts.index, fill_value=0.0)
        assert facts[name].to_numpy() == pytest.approx(again.to_numpy(), abs=1e-6), name
    for name, kind in (("contacts", "contact_start"), ("complaints", "complaint")):
        again = rows[rows["kind"] == kind].groupby("customer").size().reindex(facts.index, fill_value=0)
        assert (facts[name] == again).all(), name


@worlds
def test_who_is_on_the_list(world, strategy):
    """Ended contracts and dismissals are known to the firm, other departures are not."""
    ledger = run(world, strategy)
    rows = log_until(ledger, DAY)
    away: dict[int, bool] = {}
    by_company = 0
    for row in rows[rows["kind"].isin(["purchase", "churn", "reactivated"])].itertuples():
        if row.kind == "churn":
            dismissed = row.detail == Cause.BY_COMPANY
            by_company += dismissed
            away[row.customer] = away[row.customer] or world == "telecom" or dismissed
        else:
            away[row.customer] = False if row.kind == "reactivated" else away.get(row.customer, False)
    assert review_facts(ledger, DAY).index.to_list() == sorted(c for c, gone in away.items() if not gone)
    churns = (rows["kind"] == "churn").sum()
    assert churns > 10 and (by_company > 3) == (strategy == "drop_unprofitable")


def test_what_happens_later_changes_nothing_on_the_day():
    short = simulate(run().scenario.with_values(horizon_days=810), seed=3)
    now, then = (review_facts(ledger, DAY, years=2.0) for ledger in (short, run()))
    pd.testing.assert_frame_equal(now, then)


# --- the estimate ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "loss", "silence"), [(12.0, 0.3, 0.5), (2.0, 1.5, 0.4), (5.0, 0.01, 2.0)])
def test_probability_alive_by_bayes(rate, loss, silence):
    """Alive and silent against lost at some moment since, and silent until then."""
    alive = math.exp(-(rate + loss) * silence)
    lost = quad(lambda t: loss * math.exp(-loss * t) * math.exp(-rate * t), 0.0, silence)[0]
    found = probability_alive(np.array([rate]), loss, np.array([silence]))
    assert found[0] == pytest.approx(alive / (alive + lost), rel=1e-7)


def test_probability_alive_at_its_ends():
    rates, silence = np.array([1.0, 10.0]), np.array([2.0, 2.0])
    assert probability_alive(rates, 0.0, silence).tolist() == [1.0, 1.0], "nobody is ever lost"
    one, other = probability_alive(rates, 0.3, silence)
    assert other < one, "silence of a frequent buyer means more"
    assert probability_alive(np.array([50.0]), 0.3, np.array([1000.0]))[0] == pytest.approx(0.0, abs=1e-200)


def test_the_estimate_grows_with_the_years_to_the_perpetuity():
    estimates = [review_facts(run(), DAY, years=years)["clv_estimate"] for years in (0.0, 1.0, 2.0, 1e6)]
    none, one, two, ever = estimates
    assert (none == 0.0).all()
    gains = one[one > 0]
    # (1 - x^2) / (1 - x) = 1 + x, and the whole is 1 / (1 - x) of the first year.
    x = (two / one - 1.0)[gains.index]
    assert np.ptp(x) < 1e-9 and (ever / one)[gains.index].to_numpy() == pytest.approx(1.0 / (1.0 - x.iloc[0]))


def _lives(loss: float, seed: int, people: int = 1500) -> tuple[np.ndarray, ...]:
    """Draw lives at known rates: rate of buying, span, silence after three years, and who still buys."""
    luck = np.random.default_rng(seed)
    rate, lost = luck.gamma(2.0, 3.0, people) + 0.5, luck.exponential(1.0 / loss, people)
    last = np.zeros(people)
    for i in range(people):
        times = np.cumsum(luck.exponential(1.0 / rate[i], 200))
        last[i] = max(times[times < min(lost[i], 3.0)], default=0.0)
    return rate, last, 3.0 - last, lost >= 3.0


@pytest.mark.parametrize("loss", [0.15, 0.8])
def test_the_loss_rate_and_who_is_left_are_recovered_from_silences(loss):
    found, gaps = [], []
    for seed in range(12):
        rate, span, silence, left = _lives(loss, seed)
        found.append(likeliest_loss_rate(rate, span, silence))
        gaps.append(probability_alive(rate, loss, silence).mean() - left.mean())
    for values, expected in ((found, loss), (gaps, 0.0)):
        error = np.std(values, ddof=1) / math.sqrt(len(values))
        assert abs(np.mean(values) - expected) < 4 * error


def test_under_contracts_losses_are_counted():
    """The value of the years to come falls by discount and loss, which are read off the log here."""
    ledger = run("telecom")
    rows = log_until(ledger, DAY)
    days = rows[rows["kind"] == "purchase"].groupby("customer")["day"].agg(["min", "max"])
    lost = rows[rows["kind"] == "churn"]["customer"]
    watched = (DAY - days["min"]).where(~days.index.isin(lost), days["max"] - days["min"]).sum() / 365
    decay = len(lost) / watched + math.log(1 + ledger.scenario.money.annual_discount_rate)
    one, two = (review_facts(ledger, DAY, years=years)["clv_estimate"].iloc[0] for years in (1.0, 2.0))
    assert two / one == pytest.approx(1.0 + math.exp(-decay))


# --- the rankings ------------------------------------------------------------------------------------------


def test_rankings_are_marked_against_what_really_happened():
    ledger = run()
    table, facts = rankings_compared(ledger, DAY), review_facts(ledger, DAY)
    rows = ledger.truth
    rows = rows[(rows["day"] >= DAY) & rows["component"].isin(COUNTED)]
    worth = rows["amount"] / 1.1 ** ((rows["day"] - DAY) / 365)
    future = worth.groupby(rows["customer"]).sum().reindex(facts.index, fill_value=0.0)
    places = math.ceil(0.1 * len(facts))
    best = set(future.nlargest(places).index)
    for name, column in (("past_profit", facts["past_profit"]), ("clv", facts["clv_estimate"])):
        chosen = column.nlargest(places).index
        assert table.loc[name, "hit_rate"] == pytest.approx(len(best & set(chosen)) / places)
        assert table.loc[name, "profit_found"] == pytest.approx(
            future[chosen].sum() / future.nlargest(places).sum()
        )
    assert table.loc["chance", "hit_rate"] == pytest.approx(places / len(facts))
    assert (table["customers"] == len(facts)).all()


def test_every_ranking_beats_chance_and_looking_ahead_beats_looking_back():
    tables = [rankings_compared(run(seed=seed), DAY)["hit_rate"] for seed in range(1, 7)]
    rates = pd.concat(tables, axis=1).T
    for name in ("past_profit", "rfm", "clv"):
        gain = rates[name] - rates["chance"]
        assert gain.mean() > 4 * gain.std() / np.sqrt(len(gain)), name
    ahead = rates["clv"] - rates["past_profit"]
    assert ahead.mean() > 2 * ahead.std() / np.sqrt(len(ahead))


def test_all_customers_are_found_by_anybody():
    table = rankings_compared(run(), DAY, share=1.0)
    assert table["hit_rate"].to_numpy() == pytest.approx(1.0)
    assert table["profit_found"].to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize("day", [0, 1200, 3.5, True])
def test_days_that_are_no_review(day):
    for ask in (rankings_compared, value_tree):
        with pytest.raises(InputError, match=r"review_day: must be a whole number from 1 to 1199"):
            ask(run(), day)


def test_other_bad_questions():
    with pytest.raises(InputError, match=r"years: must be finite and at least 0, got -1"):
        review_facts(run(), DAY, years=-1.0)
    late = simulate(preset("retail").with_values(customers=1, entry_days=300, horizon_days=330), seed=3)
    first = int(late.customers["entered"][0]) // 86_400
    with pytest.raises(InputError, match=r"review_day: must be a day on which somebody is a customer"):
        review_facts(late, max(first, 1))
    with pytest.raises(CrmsimError, match="event log"):
        review_facts(simulate(run().scenario, log=False), DAY)


# --- the matrix --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", ["retail", "telecom", "b2b"])
@pytest.mark.parametrize("seen_by_firm", [False, True])
def test_the_matrix_holds_every_active_customer(world, seen_by_firm):
    ledger = run(world, customers=60)
    table = kaism_accounts(ledger, seen_by_firm=seen_by_firm)
    people = ledger.customers[ledger.customers["status"] == Status.ACTIVE]
    assert table.index.to_list() == people["number"].tolist()
    high = table["attractiveness"] >= table["attractiveness"].mean()
    assert (table["cell"].isin(KAISM[:2]) == high).all()
    if not seen_by_firm:
        wallet = np.ones(len(people)) if world == "telecom" else people["wallet"]
        assert (table["strength"].to_numpy() == wallet).all()
    else:
        asked = people["survey_nps"] >= 0
        assert asked.sum() > 0 and (table["strength"][asked] == people["survey_nps"][asked]).all()
        assert (table["strength"][~asked] == people["survey_nps"][asked].mean()).all()


def test_nobody_answered_and_nobody_left():
    silent = simulate(run().scenario.with_values(survey_days=0, customers=40), seed=3)
    assert (kaism_accounts(silent, seen_by_firm=True)["strength"] == 5.0).all()
    gone = simulate(preset("retail").with_values(customers=3, horizon_days=1500, need_mean=100.0), seed=3)
    with pytest.raises(InputError, match=r"ledger: must be of a run at whose end somebody is a customer"):
        kaism_accounts(gone)


# --- the tree ----------------------------------------------------------------------------------------------


def test_a_tree_finds_the_rule_that_made_the_data():
    luck = np.random.default_rng(5)
    features = pd.DataFrame(luck.uniform(0, 10, (400, 3)), columns=["noise", "spend", "late"])
    target = np.where((features["spend"] >= 6.0) & (features["late"] < 3.0), 1.0, 0.0)
    tree = grow_tree(features, target, depth=2, leaf=5)
    assert {tree.feature, *(child.feature for child in (tree.below, tree.above))} == {"spend", "late", None}
    assert (tree.predict(features) == target).all()
    rules = tree.rules()
    assert rules["customers"].sum() == 400 and (rules["mean"] * rules["customers"]).sum() == target.sum()
    assert len(rules) == 3 and rules.loc[rules["mean"] == 1.0, "rule"].item().count("&") == 1


def test_a_split_is_the_best_of_all():
    """Against a search over every limit of every feature, by the squared error itself."""
    luck = np.random.default_rng(6)
    features = pd.DataFrame(luck.integers(0, 8, (60, 3)), columns=list("abc")).astype(float)
    target = luck.normal(size=60) + features["b"]
    best = min(
        (((target - target.groupby(features[name] < limit).transform("mean")) ** 2).sum(), name, limit)
        for name in features
        for limit in np.arange(0.5, 7.5)
        if 10 <= (features[name] < limit).sum() <= 50
    )
    tree = grow_tree(features, target.to_numpy(), depth=1, leaf=10)
    assert (tree.feature, tree.limit) == best[1:]
    assert ((target - tree.predict(features)) ** 2).sum() == pytest.approx(best[0])


def test_leaves_are_large_enough_and_questions_few():
    luck = np.random.default_rng(7)
    features = pd.DataFrame({"x": luck.normal(size=300), "y": luck.normal(size=300)})
    for depth, leaf in ((1, 1), (3, 40), (6, 10)):
        rules = grow_tree(features, luck.normal(size=300), depth=depth, leaf=leaf).rules()
        assert rules["customers"].min() >= leaf and len(rules) <= 2**depth
        assert rules["rule"].str.count(" & ").max() < depth


@pytest.mark.parametrize(
    ("features", "target"), [({"x": [1.0] * 6}, [0, 1, 0, 1, 0, 1]), ({"x": [1.0, 2, 3, 4]}, [3.0] * 4)]
)
def test_nothing_to_ask(features, target):
    tree = grow_tree(pd.DataFrame(features), np.array(target), leaf=1)
    assert tree.feature is None and tree.mean == pytest.approx(np.mean(target))


def test_data_that_no_tree_grows_on():
    with pytest.raises(InputError, match=r"target: must have a number for each of 2 customers, got 1"):
        grow_tree(pd.DataFrame({"x": [1.0, 2.0]}), np.array([1.0]))
    with pytest.raises(InputError, match=r"features: must be finite numbers"):
        grow_tree(pd.DataFrame({"x": [1.0, np.nan]}), np.array([1.0, 2.0]))


def test_a_tree_of_one_run_finds_the_best_of_another():
    tree = value_tree(run(seed=20), DAY)
    assert set(tree.rules()["rule"].str.findall(r"[a-z]\w+").explode().unique()) <= set(FEATURES)
    tables = [rankings_compared(run(seed=seed), DAY, tree=tree)["hit_rate"] for seed in range(1, 7)]
    gain = pd.Series([table["tree"] - table["chance"] for table in tables])
    assert gain.mean() > 4 * gain.std() / np.sqrt(len(gain))
