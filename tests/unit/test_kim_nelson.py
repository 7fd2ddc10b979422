"""The procedure of Kim and Nelson: its constant by hand, its promise by counting, and its faults."""

from __future__ import annotations

import math

import numpy as np
import pytest

import crmsim.kim_nelson as module
from crmsim.errors import InputError
from crmsim.kim_nelson import kim_nelson, kim_nelson_constant


def test_the_constant_by_hand():
    """eta = ((2 alpha / (k - 1))^(-2 / (n0 - 1)) - 1) / 2, and h^2 = 2 eta (n0 - 1)."""
    # Two designs, three replications, 80 %: (0.4)^(-1) = 2.5, eta = 0.75, h^2 = 1.5 x 2.
    assert kim_nelson_constant(2, 3, 0.8) == pytest.approx(3.0)
    # Five designs, 5 replications, 92 %: (0.04)^(-1/2) = 5, eta = 2, h^2 = 16.
    assert kim_nelson_constant(5, 5, 0.92) == pytest.approx(16.0)
    # With many first replications it tends to -2 log(2 alpha / (k - 1)): the variance is known then.
    assert kim_nelson_constant(5, 10**6, 0.95) == pytest.approx(-2 * math.log(0.025), rel=1e-5)


def race(rng: np.random.Generator, means: np.ndarray, correlation: float, indifference: float, **options):
    """Race designs with unit variances that share luck."""
    shared, own = math.sqrt(correlation), math.sqrt(1 - correlation)

    def draw(_: int, still: tuple[int, ...]) -> np.ndarray:
        return means[list(still)] + shared * rng.normal() + own * rng.normal(size=len(still))

    return kim_nelson(draw, len(means), indifference, **options)


def share_correct(seed: int, correlation: float, runs: int = 400, best: int = 3) -> tuple[float, float]:
    """Return how often the best is found in the slippage configuration, and after how many replications.

    All others are just worse by the indifference zone, which is the hardest case.
    """
    rng = np.random.default_rng(seed)
    means = np.zeros(5)
    means[best] = 0.25
    found = [race(rng, means, correlation, 0.25, confidence=0.9) for _ in range(runs)]
    assert all(f.guaranteed for f in found)
    return np.mean([f.best == best for f in found]), np.mean([f.replications.sum() for f in found])


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_the_best_is_found_as_often_as_promised(correlation):
    share, _ = share_correct(4, correlation)
    assert share >= 0.9 - 3 * math.sqrt(0.9 * 0.1 / 400)


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_a_constant_that_is_too_small_is_found_out(correlation, monkeypatch):
    monkeypatch.setattr(module, "kim_nelson_constant", lambda *args: kim_nelson_constant(*args) / 6)
    share, _ = share_correct(4, correlation)
    assert share < 0.9 - 3 * math.sqrt(0.9 * 0.1 / 400)


@pytest.mark.parametrize("seed", range(6))
def test_the_race_is_that_of_the_paper_step_by_step(seed):
    """The steps as written there, pair by pair: initialisation, screening, stopping rule."""
    values = np.random.default_rng(seed).normal([0.0, 0.2, 0.3, 0.1], [1.0, 2.0, 1.5, 1.0], (3000, 4))
    delta, n0, alpha = 0.4, 6, 0.1
    eta = ((2 * alpha / 3) ** (-2 / (n0 - 1)) - 1) / 2
    h2 = 2 * eta * (n0 - 1)
    s2 = {(i, j): np.var(values[:n0, i] - values[:n0, j], ddof=1) for i in range(4) for j in range(4)}
    left, r, counts = [0, 1, 2, 3], n0, [n0] * 4
    while True:
        means = values[:r].mean(axis=0)
        width = {pair: max(0.0, delta / (2 * r) * (h2 * s / delta**2 - r)) for pair, s in s2.items()}
        left = [i for i in left if all(means[i] >= means[j] - width[i, j] for j in left if j != i)]
        if len(left) == 1:
            break
        r += 1
        for i in left:
            counts[i] = r
    found = kim_nelson(
        lambda k, still: values[k, list(still)], 4, delta, confidence=0.9, first=n0, at_most=3000
    )
    assert found.still == tuple(left) and found.best == left[0] and found.replications.tolist() == counts


def test_shared_luck_makes_the_race_shorter():
    (_, alone), (_, together) = (share_correct(4, correlation, runs=60) for correlation in (0.0, 0.8))
    assert together < 0.5 * alone


def test_those_clearly_behind_are_out_after_the_first_stage():
    found = race(np.random.default_rng(1), np.array([0.0, 50.0, 49.9, -3.0]), 0.5, 0.5)
    assert found.replications[[0, 3]].tolist() == [10, 10] and found.best in (1, 2)
    assert found.replications[[1, 2]].min() > 10


def test_the_least_may_be_the_best():
    draw = lambda r, still: [[3.0, 1.0, 2.0][i] + 0.01 * (r % 3) for i in still]  # noqa: E731
    low, high = (kim_nelson(draw, 3, 0.1, sense=sense) for sense in ("min", "max"))
    assert (low.best, high.best) == (1, 0)
    assert low.means == pytest.approx(np.array([3.0, 1.0, 2.0]) + 0.009)


def test_designs_that_never_vary_or_are_alike():
    fixed = kim_nelson(lambda r, still: [float(i) for i in still], 3, 1e-9)
    assert fixed.best == 2 and fixed.guaranteed and fixed.replications.tolist() == [10, 10, 10]
    noise = np.random.default_rng(1).normal(size=50)
    alike = kim_nelson(lambda r, still: [noise[r]] * len(still), 3, 0.1)
    assert alike.guaranteed and alike.still == (0, 1, 2) and alike.replications.max() == 10


def test_a_race_that_is_broken_off_promises_nothing():
    found = race(np.random.default_rng(1), np.array([0.0, 0.01]), 0.0, 0.01, at_most=40)
    assert not found.guaranteed and found.replications.tolist() == [40, 40] and found.still == (0, 1)
    assert found.best == np.argmax(found.means)


@pytest.mark.parametrize("when", [0, 3, 10])
def test_a_design_without_a_value_is_out_and_the_others_go_on(when):
    noise = np.random.default_rng(1).normal(size=(3, 2000))

    def draw(r: int, still: tuple[int, ...]) -> list[float]:
        return [math.nan if i == 2 and r >= when else i + noise[i, r] for i in still]

    found = kim_nelson(draw, 3, 0.3)
    assert found.best == 1 and found.guaranteed and found.failed == (2,)
    assert found.replications[2] == when
    with pytest.raises(
        InputError, match=r"^draw: must return a value of some design; all are nan in replication"
    ):
        kim_nelson(lambda r, still: [math.nan] * len(still), 3, 0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"indifference": 0.0}, "^indifference: must be above 0"),
        ({"indifference": math.nan}, "^indifference: must be above 0"),
        ({"confidence": 1.0}, r"^confidence: must be above 0.5 \(a guess\) and below 1, got 1.0$"),
        ({"confidence": 0.5}, "^confidence: must be above 0.5"),
        ({"first": 1}, "^first: must be a whole number from 2"),
        ({"at_most": 9}, "^at_most: must be a whole number from 10"),
        ({"designs": 1}, "^designs: must be a whole number from 2"),
        ({"sense": "best"}, "^sense: must be max or min, got 'best'$"),
    ],
)
def test_what_no_race_can_be(options, message):
    with pytest.raises(InputError, match=message):
        kim_nelson(lambda r, still: [0.0] * len(still), **{"designs": 2, "indifference": 1.0} | options)


def test_values_that_do_not_fit():
    with pytest.raises(InputError, match=r"^draw: must return 2 values, got \(1,\)$"):
        kim_nelson(lambda r, still: [0.0], 2, 1.0)


def test_nothing_is_promised_when_a_winner_fails_late():
    """Design 2 leaves 0 behind in the first stage and fails in the next replication: 0 may have beaten 1."""
    rng = np.random.default_rng(8)

    def draw(r, still):
        values = {0: 0.0, 1: 1.99, 2: 2.0}
        failed = (2,) if r == 10 else ()
        return [np.nan if d in failed else values[d] + 0.2 * rng.normal() for d in still]

    found = kim_nelson(draw, 3, 0.05, at_most=500)
    assert found.failed == (2,) and found.replications[0] == 10
    assert not found.guaranteed
