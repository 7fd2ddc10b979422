"""One offer with and without, scores against its true effect, and the campaign a firm could make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import made

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.model.records import DAY
from crmsim.offer_trial import SCORES, Offer, OfferTrial, run_campaign, run_offer_trial
from crmsim.response_types import TYPES
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING, find_strategy
from crmsim.targeting import (
    MEASURED,
    ORACLE,
    TargetingComparison,
    _choices,
    compare_targeting,
    compare_trials,
    true_curve,
)
from crmsim.uplift import qini_auc, qini_curve, uplift_curve

TOWN = preset("retail").with_values(customers=300, horizon_days=900)
DAY_OF_OFFER = 450


@pytest.fixture(scope="module")
def trial():
    return run_offer_trial(TOWN, DAY_OF_OFFER, futures=12)


@pytest.fixture(scope="module")
def compared():
    return compare_targeting(
        TOWN, DAY_OF_OFFER, scores=("random", "risk", "lift", "value_lift"),
        own={"mine": lambda known: known["risk"] * known["sensitivity"]},
        share=0.2, futures=12, replications=4, workers=1,
    )  # fmt: skip


@pytest.mark.parametrize("score", ["risk", "lift", "value_lift", "sensitivity", "random", "net_12m"])
def test_scores_are_those_that_a_rule_would_pick_by(trial, score):
    """The tenth with the highest score is whom a strategy of that day makes the offer to."""
    rule = trial.offer.rule(DAY_OF_OFFER).model_dump(by_alias=True, exclude_unset=True)
    strategy = made(rule | {"pick": {"rank_by": score, "top_share": 0.1}})
    rows = simulate(TOWN, strategy).log()
    rows = rows[rows["kind"] == EventKind.TREATMENT]
    assert set(rows["time"]) == {DAY_OF_OFFER * DAY}
    expected = trial.known[score].sort_values(ascending=False).index[: len(rows)]
    assert set(rows["customer"]) == set(expected)
    assert len(rows) == int(np.ceil(0.1 * len(trial.known)))


def test_exact_scores_are_those_without_noise(trial):
    assert (trial.exact["sensitivity"] > 0.0).all()
    noise = np.log(trial.known["lift"] / trial.exact["lift"]).dropna()
    sd = TOWN.programmes.score_noise
    assert abs(noise.std() / sd - 1.0) < 4 / np.sqrt(2 * len(noise))
    quiet = run_offer_trial(TOWN.with_values(score_noise=0.0), DAY_OF_OFFER, futures=1)
    assert quiet.known[list(quiet.exact)].equals(quiet.exact)


def test_an_offer_without_effect_and_cost_changes_nothing():
    weak_offer = Offer(strength=1e-12, cost=0.0)
    weak = run_offer_trial(TOWN.with_values(wake=0.0), DAY_OF_OFFER, weak_offer, futures=3)
    assert not (weak.stayed[0] ^ weak.stayed[1]).any()
    assert np.allclose(weak.value[0], weak.value[1])
    assert (weak.effects()[["persuadable", "do_not_disturb"]] == 0.0).all(axis=None)


def test_the_cost_is_paid_by_everybody_on_the_day(trial):
    dear = run_offer_trial(TOWN, DAY_OF_OFFER, Offer(cost=3.0), futures=12)
    more = 2.0 * TOWN.price_list.save_offer
    assert np.allclose(trial.value[1] - dear.value[1], more), "money of the day, not discounted further"
    assert np.array_equal(trial.value[0], dear.value[0])
    assert np.array_equal(trial.stayed, dear.stayed)


def test_effects_and_types_belong_together(trial):
    effects = trial.effects()
    assert np.allclose(effects[list(TYPES)].sum(axis=1), 1.0)
    assert np.allclose(effects["uplift"], effects["persuadable"] - effects["do_not_disturb"])
    assert effects["uplift"].mean() > 0.02
    assert str(trial.money) == "CU until day 810, discounted at 10% per year to day 450"


def test_lifts_tell_the_effect_and_risks_alone_do_not(trial):
    """The score that predicts the change must rank it better than the one that predicts the loss."""
    uplift = trial.effects()["uplift"]
    areas = {name: true_curve(uplift, trial.exact[name]).area for name in ("lift", "risk")}
    assert areas["lift"] > areas["risk"] > true_curve(uplift, -trial.exact["lift"]).area


def test_the_best_guess_of_some_futures_foretells_others(trial):
    halves = np.arange(0, 12, 2), np.arange(1, 12, 2)
    for effect, world in (("uplift", trial.stayed.astype(float)), ("value_uplift", trial.value)):
        other = (world[1, halves[1]] - world[0, halves[1]]).mean(axis=0)
        mean = (world[1, halves[0]] - world[0, halves[0]]).mean(axis=0)
        guess = trial.expected(effect, halves[0])
        assert ((guess - other) ** 2).mean() < ((mean - other) ** 2).mean()


def test_the_campaign_treats_by_lot_and_lives_once(trial):
    found = run_campaign(trial, 0.4)
    assert found["treated"].sum() == int(np.ceil(0.4 * len(found)))
    again = run_campaign(trial, 0.4)
    assert found.equals(again)
    lot = trial.known["random"]
    assert lot[found["treated"]].min() > lot[~found["treated"]].max()
    alive = simulate(trial.scenario, log=False).customers["status"] == 1
    untouched = found.index[~found["treated"]]
    # Whoever is not treated lives on as without a campaign, but for the desk and for what is said.
    assert (found.loc[untouched, "stayed"] == alive[untouched]).mean() > 0.97


def test_the_campaign_estimates_the_truth_without_bias():
    """Over twelve replications the mean error of the estimated effect is within four standard errors."""
    errors = []
    for k in range(12):
        one = run_offer_trial(TOWN, DAY_OF_OFFER, futures=8, replication=k)
        found = run_campaign(one)
        treated = found["treated"]
        estimate = found["stayed"][treated].mean() - found["stayed"][~treated].mean()
        errors.append(estimate - one.effects()["uplift"].mean())
    z = np.mean(errors) / (np.std(errors, ddof=1) / np.sqrt(len(errors)))
    assert abs(z) < 4, z


def test_estimated_curves_end_where_the_true_one_is_expected(trial):
    found, score = run_campaign(trial), trial.known["lift"]
    curve = uplift_curve(found["stayed"], score, found["treated"])
    true = true_curve(trial.effects()["uplift"], score)
    assert curve.customers[-1] == true.customers[-1] == len(score)
    share = found["treated"].mean()
    n = len(found)
    error = np.sqrt(0.25 * n / share + 0.25 * n / (1 - share))
    assert abs(curve.gain[-1] - true.gain[-1]) < 4 * error
    half = qini_curve(found["stayed"], score, found["treated"])
    assert half.gain[-1] == pytest.approx(curve.gain[-1] * share)
    assert -1.5 < qini_auc(found["stayed"], score, found["treated"]) < 1.5


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 3)), min_size=1, max_size=30))
def test_true_curves_add_up_the_effects(rows):
    effect, score = map(np.array, zip(*rows, strict=True))
    curve = true_curve(effect, score)
    assert curve.gain[0] == 0.0 and curve.customers[-1] == len(rows)
    assert curve.gain[-1] == pytest.approx(effect.sum(), abs=1e-9)
    for level in np.unique(score):
        place = np.searchsorted(curve.customers, (score >= level).sum())
        assert curve.gain[place] == pytest.approx(effect[score >= level].sum(), abs=1e-9)
    best = true_curve(effect, effect)
    assert best.area >= curve.area - 1e-9, "nothing ranks an effect better than itself"


def test_choices_are_counted_in_full(compared):
    levels = compared.levels().pivot(index="score", columns="measure", values="mean")
    offers = levels[["saved", "on_sure_things", "on_lost_causes", "harmed"]].sum(axis=1)
    assert np.allclose(offers, levels["offers"]), "every offer went to one of the four types"
    assert (levels["offers"] <= 1000 * 0.2 + 1000 / 150).all()
    assert levels.loc["lift", "saved"] > levels.loc["random", "saved"]
    assert levels.loc["risk", "on_lost_causes"] > levels.loc["lift", "on_lost_causes"]
    assert list(levels.columns) == sorted(MEASURED)


def test_differences_are_paired_and_swap_their_sign(compared):
    forth = compared.differences("lift").set_index(["score", "measure"])
    back = compared.differences("risk").set_index(["score", "measure"])
    for measure in MEASURED:
        assert forth.loc[("risk", measure), "mean"] == pytest.approx(-back.loc[("lift", measure), "mean"])
        gap = compared.values("risk", measure) - compared.values("lift", measure)
        assert forth.loc[("risk", measure), "mean"] == pytest.approx(gap.mean())
    assert set(compared.differences()["score"]) == {"risk", "lift", "value_lift", "mine", ORACLE}


def test_the_oracle_is_a_ceiling_within_its_error(compared):
    table = compared.differences(ORACLE).query("measure == 'net_gain'")
    assert (table["low"] <= 0.0).all(), "nobody beats it for sure"
    coefficients = compared.coefficients("value_uplift")
    assert coefficients[ORACLE] == 1.0
    assert coefficients["random"] < coefficients["value_lift"]
    curves = compared.curves()
    assert list(curves) == ["random", "risk", "lift", "value_lift", "mine", ORACLE]
    total = compared.customers["uplift"].sum()
    for curve in curves.values():
        assert curve.customers[-1] == len(compared.customers)
        assert curve.gain[-1] == pytest.approx(total)


def _noisy_trial(seed: int = 3, customers: int = 2000, futures: int = 8) -> tuple[OfferTrial, np.ndarray]:
    """Return a trial in which nobody's effect is known beforehand, with the true effects (mean 0, sd 1)."""
    luck = np.random.default_rng(seed)
    true = luck.normal(size=customers)
    value = np.stack([np.zeros((futures, customers)), true + 2.0 * luck.normal(size=(futures, customers))])
    exact = pd.DataFrame(luck.uniform(size=(customers, 4)), columns=list(SCORES[1:]))
    known = exact.assign(random=luck.uniform(size=customers))
    stayed = np.zeros((2, futures, customers), bool)
    return OfferTrial(TOWN, DO_NOTHING, Offer(), 450, 1, 0, "compiled", known, exact, stayed, value), true


def test_the_oracle_does_not_count_the_luck_by_which_it_chose():
    """What it says of its choice is what the choice is truly worth, within four standard errors."""
    trial, true = _noisy_trial()
    runs, customers = _choices(trial, {"random": trial.known["random"].to_numpy()}, 0.1)
    found = runs.set_index(["score", "measure"])["value"][ORACLE]["net_gain"]
    worth = []
    for half in (np.arange(0, 8, 2), np.arange(1, 8, 2)):
        best = np.argsort(-trial.expected("value_uplift", half))[:200]
        worth.append(true[best].sum() / 2000)
    # Each half of the choice is counted in four futures, with an error of 2 / sqrt(4) per customer.
    error = 1.0 * np.sqrt(200) / 2000 / np.sqrt(2)
    assert abs(found - np.mean(worth)) < 4 * error
    assert found > 0.05, "and it is worth something"
    compared = TargetingComparison(
        TOWN, 450, 0.1, Offer(), DO_NOTHING, ("random", ORACLE), 8, 1, (0,), runs, customers, 0.95
    )
    curve = compared.curves("value_uplift")[ORACLE]
    assert np.interp(200, curve.customers, curve.gain) / 2000 == pytest.approx(found, abs=1e-6)


def test_one_to_choose_from_all_choices_are_the_same():
    everybody = compare_targeting(
        TOWN, DAY_OF_OFFER, scores=("random", "risk"), share=1.0, futures=4, replications=2, workers=1
    )
    assert np.allclose(everybody.values("random", "net_gain"), everybody.values("risk", "net_gain"))


def test_the_result_does_not_depend_on_workers(compared):
    options = {"share": 0.2, "futures": 4, "replications": 2, "scores": ("random", "lift")}
    one, two = (compare_targeting(TOWN, DAY_OF_OFFER, workers=w, **options) for w in (1, 2))
    pd.testing.assert_frame_equal(one.runs, two.runs)
    assert compared.replications == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scores": ("risky",)}, "scores: must be of random, risk"),
        ({"scores": ("risk", "risk")}, "scores: must have different names"),
        ({"own": {"oracle": lambda k: k["risk"]}}, "scores: must have different names"),
        ({"own": {"mine": lambda k: k["risk"].iloc[1:]}}, r"scores.mine: must have \d+ numbers"),
        ({"own": {"mine": lambda k: k["risk"] / 0.0}}, "scores.mine: must be a finite number"),
        ({"share": 0.0}, "share: must be above 0"),
        ({"futures": 3}, "futures: must be at least 4"),
        ({"days_ahead": 480}, "days_ahead: must be a whole number from 30 to 450"),
        ({"day": 460, "days_ahead": 60}, "day: must be a multiple of 30"),
        (
            {"base": made({"do": {"save_offer": 1.0}}, budget={"per_year": 10.0})},
            "base: must not have a budget",
        ),
    ],
)
def test_bad_input(options, message):
    given_ = {"day": DAY_OF_OFFER, "futures": 4, "replications": 2, "workers": 1, "scores": ("random",)}
    with pytest.raises(InputError, match=message):
        compare_targeting(TOWN, **(given_ | options))


def test_a_campaign_needs_both_groups(trial):
    for share in (0.0, 1.0, 0.9999):
        with pytest.raises(InputError, match="share: must leave somebody"):
            run_campaign(trial, share)


def test_the_ready_offer_is_the_default():
    ready = find_strategy("save_lift").rules[0]
    offer = Offer()
    assert (ready.do.save_offer, ready.do.days, ready.cost.per_use) == (
        offer.strength,
        offer.days,
        offer.cost,
    )
    assert set(SCORES) == {"random", "risk", "lift", "value_lift", "sensitivity"}
    assert DO_NOTHING.rules == ()


# -- the same trial on other terms -----------------------------------------------------------------


@pytest.mark.parametrize("cost", [0.0, 2.5])
def test_another_cost_is_what_the_futures_would_have_shown(trial, cost):
    lived = run_offer_trial(TOWN, DAY_OF_OFFER, Offer(cost=cost), futures=12)
    told = trial.with_offer_cost(cost)
    assert told.offer == lived.offer and np.array_equal(told.stayed, lived.stayed)
    assert told.value == pytest.approx(lived.value, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("noise", [0.0, 0.2, 1.5])
def test_another_noise_is_what_such_a_scenario_would_have_shown(trial, noise):
    lived = run_offer_trial(TOWN.with_values(score_noise=noise), DAY_OF_OFFER, futures=1)
    told = trial.with_score_noise(noise)
    assert told.scenario == lived.scenario
    pd.testing.assert_frame_equal(told.known, lived.known, check_exact=False, rtol=1e-9)


def test_choosing_anew_is_the_comparison_run_anew():
    options = {"scores": ("risk", "lift"), "share": 0.3}
    trials = [run_offer_trial(TOWN, DAY_OF_OFFER, futures=4, replication=k) for k in range(2)]
    run = compare_targeting(TOWN, DAY_OF_OFFER, futures=4, replications=2, workers=1, **options)
    again = compare_trials(trials, **options)
    pd.testing.assert_frame_equal(again.runs, run.runs)
    pd.testing.assert_frame_equal(again.customers, run.customers)
    for term in ("scenario", "day", "share", "offer", "scores", "futures", "seed", "replications"):
        assert getattr(again, term) == getattr(run, term)


def test_bad_terms_are_refused(trial):
    with pytest.raises(InputError, match="cost: must be a number of at least 0"):
        trial.with_offer_cost(-1.0)
    with pytest.raises(InputError, match="noise: must be from 0 to 5"):
        trial.with_score_noise(6.0)
    with pytest.raises(InputError, match="score_noise: must be above 0 to be scaled"):
        trial.with_score_noise(0.0).with_score_noise(0.5)
    with pytest.raises(InputError, match="trials: must be at least one"):
        compare_trials([])
    with pytest.raises(InputError, match="trials: must all have the same offer"):
        compare_trials([trial, trial.with_offer_cost(2.0)])
    with pytest.raises(InputError, match="trials: must all have the same scenario"):
        compare_trials([trial, trial.with_score_noise(2.0)])
