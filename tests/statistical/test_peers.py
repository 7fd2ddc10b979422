"""Every program of the benchmark simulates the same simple customer: theory says how it must come out.

Purchases, revenue and survivors of each lie within four standard errors of their expectation; the
standard error comes from theory, too. Mesa and salabim are there after ``make .venv/.bench``.
"""

from __future__ import annotations

import math
import pkgutil

import numpy as np
import pytest
from scipy import integrate, stats

from benchmarks.peers import numpy_monthly
from benchmarks.peers.expected import STANDARD_ERRORS, distances, expected
from benchmarks.peers.simple_customer import SIMPLE, Outcome
from benchmarks.side_by_side import PROGRAMS, Program
from crmsim.estimators import BgNbd

#: As many as each gets done in about two seconds.
CUSTOMERS = {
    "crmsim, compiled": 60_000,
    "crmsim, SimPy": 8_000,
    "bare SimPy": 25_000,
    "Mesa": 25_000,
    "salabim": 3_000,
    "NumPy, monthly": 500_000,
}
EVERY_PROGRAM = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)


def _run(program: Program, customers: int, seed: int) -> Outcome:
    pytest.importorskip(program.package, reason=f"{program.name} is not installed (make .venv/.bench)")
    return pkgutil.resolve_name(program.place)(SIMPLE, customers, seed)


@EVERY_PROGRAM
@pytest.mark.parametrize("seed", [1, 2])
def test_every_program_agrees_with_theory(program, seed):
    off = distances(_run(program, CUSTOMERS[program.name], seed), SIMPLE)
    assert set(off) == {"purchases_per_customer", "revenue_per_customer", "survivors"}
    assert all(abs(z) < STANDARD_ERRORS for z in off.values()), off


@EVERY_PROGRAM
def test_a_seed_gives_the_same_run_again_and_another_seed_another(program):
    one, again, other = (_run(program, 100, seed) for seed in (1, 1, 2))
    assert one == again
    assert one.revenue != other.revenue


@pytest.mark.parametrize(
    ("wrong", "noticed"),
    [
        ({"rate_mean": 6.3}, "purchases_per_customer"),
        ({"rate_shape": 1.1}, "purchases_per_customer"),
        ({"drop_b": 8.5}, "survivors"),
        ({"days": 330}, "survivors"),
        ({"spend_mean": 105.0}, "revenue_per_customer"),
    ],
)
def test_a_program_of_another_customer_is_noticed(wrong, noticed):
    off = distances(numpy_monthly.run(SIMPLE._replace(**wrong), 200_000, seed=1), SIMPLE)
    assert abs(off[noticed]) > STANDARD_ERRORS


def test_the_expected_purchases_are_those_of_bg_nbd():
    fitted = BgNbd(
        r=SIMPLE.rate_shape, alpha=1.0 / SIMPLE.rate_scale, a=SIMPLE.drop_a, b=SIMPLE.drop_b, unit="day"
    )
    repeats = float(fitted.expected_repeats(SIMPLE.days))
    assert expected(SIMPLE)["purchases_per_customer"].mean == pytest.approx(1.0 + repeats, rel=1e-6)


def test_the_expected_survivors_are_the_mean_over_all_chances_of_leaving():
    def staying(p: float) -> float:
        density = stats.beta.pdf(p, SIMPLE.drop_a, SIMPLE.drop_b)
        return density * (1.0 + SIMPLE.rate_scale * p * SIMPLE.days) ** -SIMPLE.rate_shape

    assert expected(SIMPLE)["survivors"].mean == pytest.approx(integrate.quad(staying, 0.0, 1.0)[0], rel=1e-9)


def test_the_deviations_are_those_of_single_customers():
    person, n = SIMPLE._replace(spread_shape=20.0), 400_000  # tails light enough for a sample deviation
    rng = np.random.default_rng(1)
    occasions = rng.poisson(person.days * rng.gamma(person.rate_shape, person.rate_scale, n))
    purchases = 1 + np.minimum(occasions, rng.geometric(rng.beta(person.drop_a, person.drop_b, n)))
    means = person.mean_scale / rng.gamma(person.spread_shape, 1.0, n)
    revenue = means * rng.gamma(person.spend_shape * purchases) / person.spend_shape
    theory = expected(person)
    for sample, name in ((purchases, "purchases_per_customer"), (revenue, "revenue_per_customer")):
        fourth = ((sample - sample.mean()) ** 4).mean() / sample.var() ** 2
        error = math.sqrt((fourth - 1.0) / n) / 2.0
        assert abs(sample.std() / theory[name].deviation - 1.0) < 4 * error, name


def test_both_of_our_engines_do_the_same():
    compiled, simpy = (_run(program, 200, 1) for program in PROGRAMS[:2])
    assert compiled == simpy
