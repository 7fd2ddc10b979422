"""Four types of customers, and means that lean on a guide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crmsim.comparison import mean_interval, ratio_interval
from crmsim.errors import InputError
from crmsim.response_types import TYPES, likely_types, type_shares
from crmsim.shrinkage import shrunk_means

LIVES = arrays(bool, (7, 5))


@given(LIVES, LIVES)
def test_shares_partition_and_swap(without, given_):
    forth, back = type_shares(without, given_), type_shares(given_, without)
    assert np.allclose(forth.sum(axis=1), 1.0)
    assert (forth[:, TYPES.index("persuadable")] == back[:, TYPES.index("do_not_disturb")]).all()
    assert (forth[:, 1:3] == back[:, 1:3]).all()
    assert np.allclose(forth[:, 0] - forth[:, 3], given_.mean(axis=0) - without.mean(axis=0))


def test_borders_of_likely_types():
    assert likely_types([0.5, 0.5, 0.499], [0.55, 0.549, 0.499]).tolist() == [
        "persuadable", "sure_thing", "lost_cause",
    ]  # fmt: skip
    assert likely_types(0.9, 0.7, least=0.2) == "do_not_disturb"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: type_shares([0, 1], [1]), "stays_with"),
        (lambda: likely_types([0.1], [0.1, 0.2]), "stays_with"),
        (lambda: likely_types([1.5], [0.1]), "stays_without"),
        (lambda: likely_types([0.5], [np.nan]), "stays_with"),
        (lambda: likely_types([0.5], [0.5], least=0.0), "least"),
        (lambda: shrunk_means([[1.0]], [[1.0]]), "draws"),
        (lambda: shrunk_means([[1.0], [2.0]], [[1.0], [2.0]]), "guide"),
        (lambda: shrunk_means([[1.0], [2.0]], [[1.0]], 0.0), "scale"),
        (lambda: ratio_interval(np.ones(2), np.ones(3)), "bottom"),
    ],
)
def test_bad_input(call, field):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field


def test_shrunk_means_are_nearer_to_the_truth_than_means_or_guide():
    luck = np.random.default_rng(4)
    guide, errors = luck.normal(size=(2000, 1)), []
    truth = 0.5 * guide[:, 0] + 0.5 * luck.normal(size=2000)
    draws = truth + luck.normal(size=(4, 2000))
    best = shrunk_means(draws, guide)
    for guess in (best, draws.mean(axis=0), 0.5 * guide[:, 0]):
        errors.append(((guess - truth) ** 2).mean())
    # Bayes risk with variances 1/4 around the guide and 1/4 of a mean: 1/8, half of either.
    assert errors[0] == pytest.approx(0.125, abs=4 * 0.125 * np.sqrt(2 / 2000))
    assert errors[0] < 0.7 * min(errors[1:])


def test_without_noise_means_stay_and_with_noise_alone_the_guide_does():
    guide = np.zeros((4, 1))
    exact = np.tile([1.0, 2.0, 5.0, 9.0], (3, 1))
    assert shrunk_means(exact, guide).tolist() == exact[0].tolist()
    scaled = shrunk_means(exact * 10.0, guide, 10.0)
    assert np.allclose(scaled, 10.0 * shrunk_means(exact, guide))


@given(st.floats(0.2, 5.0), st.floats(0.2, 5.0))
def test_the_interval_of_a_ratio_scales(a, b):
    luck = np.random.default_rng(1)
    top, bottom = luck.normal(2.0, 1.0, 12), luck.normal(5.0, 1.0, 12)
    one, other = ratio_interval(top, bottom), ratio_interval(a * top, b * bottom)
    assert np.allclose(np.array(other[:3]), np.array(one[:3]) * a / b)
    assert one.low < one.mean < one.high


def test_a_ratio_to_a_constant_is_the_interval_of_the_mean():
    top = np.array([1.0, 3.0, 4.0, 7.0])
    assert np.allclose(ratio_interval(top, np.full(4, 2.0))[:3], np.array(mean_interval(top)[:3]) / 2.0)


def test_fiellers_interval_covers_the_ratio():
    """In 95 of 100 samples, give or take four standard errors of so many samples."""
    luck, samples, hits = np.random.default_rng(2), 2000, 0
    for _ in range(samples):
        bottom = luck.normal(5.0, 2.0, 10)
        interval = ratio_interval(0.6 * bottom + luck.normal(0.0, 1.0, 10), bottom)
        hits += interval.low <= 0.6 <= interval.high
    assert abs(hits / samples - 0.95) < 4 * np.sqrt(0.95 * 0.05 / samples)


def test_a_ratio_to_something_near_nothing_is_unbounded():
    interval = ratio_interval(np.array([1.0, 2.0, 3.0]), np.array([-1.0, 1.0, 0.5]))
    assert interval.low == -np.inf and interval.high == np.inf
    assert np.isnan(ratio_interval(np.ones(3), np.zeros(3)).mean)
    assert ratio_interval(np.array([np.nan, 2.0]), np.array([1.0, 1.0])).n == 1
