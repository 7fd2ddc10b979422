"""The five SERVQUAL dimensions (a view) and irritation (model.md section 3)."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small
from small_worlds import bare, made

from crmsim.engines import simulate
from crmsim.model.programmes import irritation
from crmsim.model.servqual import DIMENSIONS, WEIGHTS, Dimension, perceived_quality
from crmsim.strategies import find_strategy

W = np.array([0.32, 0.22, 0.19, 0.16, 0.11])


def test_the_weights_are_those_of_the_specification():
    np.testing.assert_allclose(WEIGHTS, W)
    assert W.sum() == pytest.approx(1.0)


def test_the_weighted_sum_is_performance_plus_benefit():
    generator = np.random.default_rng(1)
    for b, raised, bad, care, x in generator.uniform(0.0, 0.5, (200, 5)):
        parts = [perceived_quality(k, b, raised, bad, care, x) for k in range(DIMENSIONS)]
        assert W @ parts == pytest.approx(b + x, rel=1e-12)


@pytest.mark.parametrize(
    ("argument", "felt"),
    [
        (1, {Dimension.RELIABILITY, Dimension.TANGIBLES}),
        (2, {Dimension.RELIABILITY}),
        (3, {Dimension.EMPATHY}),
    ],
)
def test_each_cause_is_felt_in_its_own_dimension(argument, felt):
    """Beside what moves all dimensions alike, which is what is left of performance without the cause."""
    plain = [1.0, 0.0, 0.0, 0.0, 0.1]
    moved = list(plain)
    moved[argument] = 0.05
    change = [perceived_quality(k, *moved) - perceived_quality(k, *plain) for k in range(DIMENSIONS)]
    rest = next(change[k] for k in Dimension if k not in felt)
    for k in Dimension:
        assert (change[k] == pytest.approx(rest)) == (k not in felt)


def test_perceptions_are_a_running_mean_of_what_was_met():
    """Quality 1.04 and contact worth 0.06 felt as empathy; n experiences with a memory of a quarter."""
    scenario = bare(quality=1.04, prog_value=0.06, servqual=1, rate_mean=6.0, adapt_up=0.1)
    people = simulate(scenario, made({"do": {"programme": "contact"}})).customers
    met = np.full(DIMENSIONS, 1.04)
    met[Dimension.EMPATHY] += 0.06 / 0.16
    for person in people:
        share = 1.0 - 0.75 ** person["n"]
        np.testing.assert_allclose(person["servqual_perceived"], 1.0 + (met - 1.0) * share, rtol=1e-12)
        expected = met + (1.0 - met) * 0.9 ** person["n"]
        np.testing.assert_allclose(person["servqual_expected"], expected, rtol=1e-12)
        assert W @ person["servqual_perceived"] == pytest.approx(1.0 + 0.1 * share)


def test_waiting_is_felt_as_a_lack_of_responsiveness_and_moves_the_sum_as_it_moves_satisfaction():
    """Without surprises in quality, satisfaction and the weighted sum move by the waits alone."""
    scenario = bare(
        inquiry_mean=20.0,
        desk_load=0.9,
        desk_agents=1,
        desk_contacts=20.0,
        wait_weight=0.05,
        loss_aversion=2.0,
        servqual=1,
    )
    people = simulate(scenario).customers
    assert (people["satisfaction"] != 0.0).sum() > 100
    shift = people["servqual_perceived"] - 1.0
    np.testing.assert_allclose(shift @ W, people["satisfaction"], atol=1e-12)
    others = [k for k in Dimension if k != Dimension.RESPONSIVENESS]
    assert not shift[:, others].any()


@pytest.mark.parametrize("strategy", ["do_nothing", "stage_matched", "all_100_satisfied"])
def test_the_view_changes_nothing_that_customers_do(strategy):
    with_it, without = (simulate(small("retail", servqual=view), find_strategy(strategy)) for view in (1, 0))
    assert with_it.log().tobytes() == without.log().tobytes()
    assert (without.customers["servqual_perceived"] == 1.0).all()
    start = without.customers["initial_expectation"]
    assert (without.customers["servqual_expected"] == start[:, None]).all()
    assert (with_it.customers["servqual_perceived"] != 1.0).any(axis=1).mean() > 0.9


@pytest.mark.parametrize(
    ("levels", "annoyance"),
    [
        ((1, 0, 0, 0), 0.0),
        ((0.5, 0.5, 0, 0), 0.0),
        ((1, 1, 0, 0), 0.02),
        ((1, 1, 1, 1), 0.18),
        ((2.5, 0, 0, 0), 0.045),
    ],
)
def test_more_than_one_programme_annoys_by_the_square_of_the_surplus(levels, annoyance):
    assert irritation(np.array(levels, float), 0.02) == pytest.approx(annoyance)


@pytest.mark.parametrize("weight", [0.0, 0.02])
def test_irritation_is_subtracted_from_the_benefit(weight):
    """Three programmes worth 0.06 each: c = 1 + 0.18 - 0.02 x 4, and a quarter of it is remembered."""
    rules = [{"do": {"programme": name}} for name in ("reward", "contact", "special")]
    people = simulate(bare(prog_value=0.06, irritation=weight), made(*rules)).customers
    c = 1.0 + 0.18 - weight * 2.0**2
    np.testing.assert_allclose(people["ratio"], 1.0 + 0.25 * (c - 1.0), rtol=1e-14)
    np.testing.assert_allclose(people["satisfaction"], 0.25 * (c - 1.0), rtol=1e-12)
