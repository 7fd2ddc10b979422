"""What the lessons on relationships measure: sums that must agree, and cases that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crmsim import find_lesson, find_strategy, preset, simulate
from crmsim.events import Component
from crmsim.lessons import (
    delight_fades,
    keeping_or_winning,
    lifecycle_input_output,
    recovery_paradox,
    satisfied_but_gone,
    spurious_loyalty,
    win_back_selectivity,
)
from crmsim.model.records import DAY, NEVER
from crmsim.retention_worth import weaker_reasons
from crmsim.stages import Stage
from crmsim.summary import COUNTED


def of(name: str, contrast: str):
    return next(c.of for c in find_lesson(name).contrasts if c.name == contrast)


def test_a_stopped_run_knows_nothing_of_later_changes():
    changes = [{"day": day, "set": {"barriers": 0.5}} for day in (360, 720, 1080)]
    world = preset("retail").with_values(customers=30, changes=changes)
    stopped = world.up_to(720)
    assert stopped.population.horizon_days == 720 and [change.day for change in stopped.changes] == [360]


# --- winning back -------------------------------------------------------------------------------------------


def test_thresholds_differ_and_nothing_else_does():
    arms = {arm.label: arm.strategy for arm in win_back_selectivity.arms(preset("retail"))}
    ready = find_strategy("win_back_value")
    assert arms["win_back_value"].rules == ready.rules
    for label, least in (("win_back_any", 0.0), ("win_back_best", 3.0)):
        rule = arms[label].rules[0]
        assert rule.who.net_12m.min == least and rule.who.cause == ready.rules[0].who.cause
        assert (rule.do, rule.cost, rule.when) == (
            ready.rules[0].do,
            ready.rules[0].cost,
            ready.rules[0].when,
        )


def test_gain_per_unit_of_money():
    run = {
        "do_nothing": {"clv": 100.0, "strategy_cost": 0.0},
        "win_back_value": {"clv": 108.0, "strategy_cost": 2.0},
        "win_back_all": {"clv": 110.0, "strategy_cost": 5.0},
    }
    assert of("win_back_selectivity", "return_selective")(run) == pytest.approx(8 / 2 - 10 / 5)
    assert of("win_back_selectivity", "the_rest")(run) == pytest.approx(2 / 108)
    run["win_back_value"]["strategy_cost"] = 0.0
    assert np.isnan(of("win_back_selectivity", "return_selective")(run))


# --- loyalty and barriers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("world", ["retail", "telecom"])
def test_the_loyal_are_sorted_by_attitude_and_purchases(world):
    day = {"horizon_days": spurious_loyalty.FALL}
    long, short = (
        simulate(preset(world).with_values(customers=150, **days), log=False)
        for days in ({"horizon_days": spurious_loyalty.END}, day)
    )
    found = spurious_loyalty.measure(long, short)
    lost = {True: [], False: []}
    for person in short.customers:
        if (
            person["status"] == 1
            and not person["declining"]
            and (world == "telecom" or person["wallet"] >= 0.4)
        ):
            lost[bool(person["attitude"] >= 0.4)].append(long.customers["left"][person["number"]] < NEVER)
    assert found["lost_true"] == pytest.approx(np.mean(lost[True]))
    assert found["lost_spurious"] == pytest.approx(np.mean(lost[False]))


# --- delight ------------------------------------------------------------------------------------------------


def test_who_was_lost_after_a_day():
    world = find_lesson("delight_fades").scenario(customers=200)
    ledger = simulate(world, log=False)
    left = ledger.customers["left"] / DAY
    entered = ledger.customers["entered"] / DAY
    there = [i for i in range(ledger.customer_count) if entered[i] <= 1080 < left[i]]
    found = delight_fades.measure(ledger)["lost_after_withdrawal"]
    assert found == pytest.approx(sum(left[i] <= 1440 for i in there) / len(there))


def test_programmes_are_withdrawn_on_the_day():
    arms = {arm.label: arm for arm in delight_fades.arms(find_lesson("delight_fades").scenario(customers=60))}
    kept, withdrawn = (
        simulate(arms[name].scenario, arms[name].strategy, log=False).months["amounts"][
            :, Component.PROGRAMME
        ]
        for name in ("kept_up", "withdrawn")
    )
    last = delight_fades.WITHDRAWAL // 30
    assert np.array_equal(kept[:last], withdrawn[:last])
    assert (kept[last + 1 :].sum(axis=1) < 0).all() and not withdrawn[last + 1 :].any()


# --- recovery -----------------------------------------------------------------------------------------------


def test_a_recovery_does_what_the_closed_form_says():
    """Everybody alike and without noise: S rises by w (s_r - 2 v (1 - 0.9 r)), model section 6."""
    world = find_lesson("recovery_paradox").scenario(
        customers=60, quality=1.0, quality_sd=0.0, fit_sd=0.0, exp0_sd=0.0, market_best=1.0, problem_prob=0.0,
        inquiry_mean=0.0, prog_value=0.0, rec_wait=0.0, wait_weight=0.0, loss_aversion=2.0, sat_memory=0.25,
    )  # fmt: skip
    ledger = simulate(world, find_strategy("recovery"), log=False)
    first, second, trust = recovery_paradox._after_failures(ledger, 0.1)
    # Recoveries are 0.8 of 1, give or take 0.1; a gap above expectation (0.45) counts once.
    people, error = (ledger.customers["status"] == 1).sum(), 0.1 * 0.25 * (0.6 + 0.18)
    expected = 0.25 * (0.6 * (0.8 - 0.45) - 2.0 * 0.1 * (1.0 - 0.9 * 0.8))
    assert first == pytest.approx(expected, abs=4.0 * error / np.sqrt(people))
    assert second < first and trust < 0.0


# --- value --------------------------------------------------------------------------------------------------


def test_five_points_are_read_between_the_arms():
    def run(*pairs):
        labels = ("as_it_is", "fewer_leave", "far_fewer_leave")
        return {
            label: {"retention_later_years": r, "clv": v} for label, (r, v) in zip(labels, pairs, strict=True)
        }

    worth = of("retention_multiple", "worth")
    assert worth(run((0.7, 100.0), (0.74, 120.0), (0.78, 160.0))) == pytest.approx(0.30)
    assert worth(run((0.7, -100.0), (0.75, -120.0), (0.78, -160.0))) == pytest.approx(-0.20)
    assert np.isnan(worth(run((0.7, 100.0), (0.71, 120.0), (0.74, 160.0))))


@pytest.mark.parametrize("world", ["retail", "telecom"])
def test_weaker_reasons_are_weaker_by_the_factor(world):
    base = preset(world)
    weaker = base.with_values(**weaker_reasons(base, 0.5))
    assert weaker.competition.offer_rate == 0.5 * base.competition.offer_rate
    assert weaker.exit.need_mean == 0.5 * base.exit.need_mean
    means = [s.exit.drop_a / (s.exit.drop_a + s.exit.drop_b) for s in (base, weaker)]
    assert means[1] / means[0] == pytest.approx(0.5, rel=0.02)


def test_contribution_by_stage_adds_up():
    """Nothing of the value is lost or counted twice, and nobody has more months than there were."""
    ledger = simulate(preset("retail").with_values(customers=120, horizon_days=1440))
    money, months, winning = lifecycle_input_output._by_customer_and_stage(ledger)
    assert money.sum() - winning == pytest.approx(ledger.customers["total"][:, COUNTED].sum())
    people = ledger.customers[ledger.customers["entered"] < NEVER]
    end = np.minimum(people["left"], 1440 * DAY)
    lived = months[:, Stage.EXPLORATION : Stage.ENDED].sum()
    assert lived == pytest.approx((end - people["entered"]).sum() / DAY / 30.0)


def test_the_cheapest_sufficient_measure_is_compared():
    run = {
        "do_nothing": {"days": 1000.0, "spent": 0.0, "year_won": 40.0},
        "save_lift": {"days": 1010.0, "spent": 0.1, "year_won": 40.0},  # cheap, but too little
        "recovery": {"days": 1073.0, "spent": 6.0, "year_won": 40.0},
        "stage_matched": {"days": 1073.0, "spent": 8.0, "year_won": 40.0},
    }
    kept = of("keeping_or_winning", "kept_over_won")
    assert kept(run) == pytest.approx(30.0 / 40.0)
    run["recovery"]["days"] = run["stage_matched"]["days"] = 1010.0
    assert np.isnan(kept(run))


def test_days_that_customers_stay():
    ledger = simulate(preset("retail").with_values(customers=100), log=False)
    found = keeping_or_winning.measure(ledger)
    first = ledger.customers[:100]
    days = [min(c["left"], ledger.horizon_days * DAY) / DAY - c["entered"] / DAY for c in first]
    assert found["days"] == pytest.approx(np.mean(days)) and found["spent"] == 0.0
    assert found["year_won"] == pytest.approx(100.0 / (np.mean(days) / 365.0))


def test_losses_are_of_those_still_there():
    left = np.array([100.0, 800.0, 950.0, 1700.0, 9e9])
    lost = satisfied_but_gone._lost
    assert lost(left, 720, 900) == pytest.approx(1 / 4)
    assert lost(left, 900, 1800) == pytest.approx(1.0 - (1 / 3) ** (1 / 5))
    assert np.isnan(lost(left[:1], 720, 900))
