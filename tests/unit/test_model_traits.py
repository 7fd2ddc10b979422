"""Traits (model.md section 2.1): their quantiles beside SciPy's, and one person beside many."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import special, stats
from without_jit import run_python

from crmsim.compiling import compiled
from crmsim.luck import Purpose, customer_keys, normal_quantile, uniforms
from crmsim.model.quantile_tables import REACH, beta_table, gamma_table, look_up
from crmsim.model.records import CUSTOMER
from crmsim.model.traits import (
    beta_quantile,
    draw_traits,
    gamma_quantile,
    inverse_gamma_quantile,
    label,
    lognormal_quantile,
)
from crmsim.population import draw_population
from crmsim.scenario import parameter_record, preset

#: Everybody, and both tails as far as 1e-12.
Z = np.concatenate([special.ndtri((np.arange(20_000) + 0.5) / 20_000), np.linspace(-7.03, 7.03, 3001)])
TAIL = special.ndtr(-np.abs(Z))
SHAPES = (0.0001, 0.02, 0.05, 0.2, 0.5, 0.9, 1.0, 1.5, 2.5, 6.0, 50.0, 250.0, 1e6)
BETAS = (
    (0.6, 60.0), (0.668, 3.806), (2.0, 2.0), (1.0, 1.0), (50.0, 50.0), (1e6, 1e6), (0.5, 20.0), (5.0, 500.0),
    (0.02, 50.0), (50.0, 0.02), (0.02, 3.0), (0.2, 0.2), (0.05, 0.05), (0.01, 0.01), (1e4, 1e-3),
)  # fmt: skip
#: Below this, numbers lose digits one by one.
SMALLEST = 1e-300


@compiled
def _looked_up(table, z, out):
    for j in range(z.shape[0]):
        out[j] = look_up(table, z[j])


def _values(table: np.ndarray, z: np.ndarray = Z) -> np.ndarray:
    out = np.empty(len(z))
    _looked_up(table, z, out)
    return out


def _compare(ours: np.ndarray, scipys: np.ndarray) -> None:
    usual = scipys > SMALLEST
    np.testing.assert_allclose(ours[usual], scipys[usual], rtol=1e-8)
    assert (ours[~usual] <= SMALLEST * 1.01).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_quantiles_are_those_of_scipy_into_both_tails(shape):
    x = np.where(Z < 0, special.gammaincinv(shape, TAIL), special.gammainccinv(shape, TAIL))
    _compare(np.exp(_values(gamma_table(shape))), x / shape)


@pytest.mark.parametrize(("a", "b"), BETAS)
def test_beta_quantiles_are_those_of_scipy_into_both_tails(a, b):
    x = np.where(Z < 0, special.betaincinv(a, b, TAIL), special.betainccinv(a, b, TAIL))
    _compare(special.expit(_values(beta_table(a, b))), x)
    y = np.where(Z < 0, special.betainccinv(b, a, TAIL), special.betaincinv(b, a, TAIL))
    np.testing.assert_allclose(special.expit(-_values(beta_table(a, b))), y, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("table", [*map(gamma_table, SHAPES), *(beta_table(a, b) for a, b in BETAS)])
def test_a_higher_number_means_more_also_from_piece_to_piece(table):
    knots = np.linspace(-REACH, REACH, len(table) + 1)
    z = np.concatenate([np.linspace(-REACH, REACH, 100_001), knots - 1e-9, knots, knots + 1e-9])
    z = np.unique(z[np.abs(z) <= REACH])
    assert (np.diff(_values(table, z)) > 0).all()


def test_tables_reach_as_far_as_luck_does():
    assert REACH > -normal_quantile(2.0**-53) == normal_quantile(1.0 - 2.0**-53) > 8.2
    for table in (gamma_table(0.9), beta_table(0.6, 60.0)):
        ends = _values(table, np.array([-REACH, REACH]))
        assert np.isfinite(ends).all()
        assert _values(table, np.array([-REACH - 1e-9, REACH + 1e-9])) == pytest.approx(ends, rel=1e-6)


def test_a_table_is_made_once_and_cannot_be_written_to():
    table = gamma_table(0.77)
    assert gamma_table(0.77) is table
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 1.0


def test_other_means_need_no_other_tables():
    people = np.zeros(3, CUSTOMER)
    draw_traits(people, parameter_record(preset("retail")))
    made = gamma_table.cache_info().misses, beta_table.cache_info().misses
    other = preset("retail").with_values(rate_mean=7.7, need_mean=0.2, spend_mean=12.0, barrier_mean=0.1)
    draw_traits(people, parameter_record(other))
    assert (gamma_table.cache_info().misses, beta_table.cache_info().misses) == made


@pytest.mark.parametrize("u", [1e-9, 0.02, 0.3, 0.5, 0.8, 0.999])
def test_trait_quantiles_are_those_of_scipy(u):
    z = special.ndtri(u)
    gamma = gamma_quantile(z, gamma_table(0.9), 6.0)
    assert gamma == pytest.approx(stats.gamma(0.9, scale=6.0 / 0.9).ppf(u), rel=1e-8)
    # z-bar = p / nu with nu ~ Gamma(q, rate): an inverse gamma
    inverse = inverse_gamma_quantile(z, gamma_table(4.0), 4.0, 35.0)
    assert inverse == pytest.approx(stats.invgamma(4.0, scale=3.0 * 35.0).ppf(u), rel=1e-8)
    beta = beta_quantile(z, beta_table(0.6, 60.0), 0.6, 60.0)
    assert beta == pytest.approx(stats.beta(0.6, 60.0).ppf(u), rel=1e-8)
    high = beta_quantile(z, beta_table(3.0, 0.5), 3.0, 0.5)
    assert high == pytest.approx(stats.beta(3.0, 0.5).ppf(u), rel=1e-8)
    lognormal = stats.lognorm(0.5, scale=math.exp(-0.125))
    assert lognormal_quantile(z, 0.5) == pytest.approx(lognormal.ppf(u), rel=1e-8)


@pytest.mark.parametrize("z", [-8.2, -1.0, 0.0, 3.3, 8.2])
def test_no_heterogeneity_means_everybody_alike(z):
    assert gamma_quantile(z, gamma_table(0.0), 6.0) == 6.0
    assert gamma_quantile(z, gamma_table(2.0), 0.0) == 0.0
    assert inverse_gamma_quantile(z, gamma_table(0.0), 0.0, 35.0) == 35.0
    assert [beta_quantile(z, beta_table(0.0, b), 0.0, b) for b in (0.0, 0.3, 1.0)] == [0.0, 0.3, 1.0]
    assert lognormal_quantile(z, 0.0) == 1.0


def test_labels_are_cut_at_the_quartiles():
    cuts = special.ndtri([0.25, 0.5, 0.75])
    below, above = cuts - 1e-12, cuts + 1e-12
    assert [label(z, 9.9, 1.0) for z in below] == [1, 2, 3]
    assert [label(z, 9.9, 1.0) for z in above] == [2, 3, 4]
    assert [label(9.9, z, 0.0) for z in above] == [2, 3, 4]


# --- people ------------------------------------------------------------------------------------------------

#: Everything that differs between people, and some of it so much that it becomes 0 or 1.
WORLD = {
    "rate_shape": 0.002, "compl_a": 0.05, "compl_b": 0.05, "drop_a": 2.0, "drop_b": 0.03, "credit_a": 0.5,
    "credit_b": 20.0, "opt_in": 0.6, "split_share": 0.2, "digital_wish": 0.4, "label_link": 0.6,
}  # fmt: skip


def _people(count: int) -> np.ndarray:
    people, keys = np.zeros(count, CUSTOMER), np.empty(count, np.uint64)
    customer_keys(3, 1, np.arange(count), keys)
    people["key"] = keys
    return people


def test_whoever_is_drawn_alone_is_the_same_as_among_thousands():
    parameters = parameter_record(preset("retail").with_values(**WORLD))
    together, alone, batches = _people(10_000), _people(10_000), _people(10_000)
    draw_traits(together, parameters)
    for i in (0, 1, 17, 4242, 9999):
        draw_traits(alone[i : i + 1], parameters)
        assert alone[i].tobytes() == together[i].tobytes()
    for start in range(0, 10_000, 333):
        draw_traits(batches[start : start + 333], parameters)
    assert batches.tobytes() == together.tobytes()


def test_threads_draw_the_same_people():
    parameters = parameter_record(preset("retail").with_values(**WORLD))
    alone, crowd = _people(500), [_people(500) for _ in range(8)]
    draw_traits(alone, parameters)
    gamma_table.cache_clear()
    beta_table.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda people: draw_traits(people, parameters), crowd))
    assert all(people.tobytes() == alone.tobytes() for people in crowd)


def test_python_and_machine_code_draw_the_same_people():
    code = (
        "import hashlib\n"
        "from crmsim.population import draw_population\n"
        "from crmsim.scenario import preset\n"
        f"world = preset('retail').with_values(customers=300, **{WORLD})\n"
        "print(hashlib.sha256(draw_population(world, 7, 3).tobytes()).hexdigest())\n"
    )
    plain, machine = run_python(code), run_python(code, jit=True)
    assert plain.returncode == machine.returncode == 0, plain.stderr + machine.stderr
    assert plain.stdout == machine.stdout


@pytest.mark.parametrize(
    ("trait", "purpose"),
    [
        ("purchase_rate", Purpose.TRAIT_RATE),
        ("dropout", Purpose.TRAIT_DROPOUT),
        ("need_rate", Purpose.TRAIT_NEED),
        ("mean_spend", Purpose.TRAIT_SPEND),
        ("price_sensitivity", Purpose.TRAIT_PRICE),
        ("barrier", Purpose.TRAIT_BARRIER),
        ("responsiveness", Purpose.TRAIT_RESPONSE),
        ("complains", Purpose.TRAIT_COMPLAINT),
        ("fit", Purpose.TRAIT_FIT),
        ("initial_expectation", Purpose.TRAIT_EXPECTATION),
        ("inquiry_rate", Purpose.TRAIT_INQUIRY),
        ("credit_risk", Purpose.TRAIT_CREDIT),
    ],
)
def test_a_trait_rises_with_the_luck_of_its_own_purpose(trait, purpose):
    people, u = _people(5000), np.empty(5000)
    draw_traits(people, parameter_record(preset("retail").with_values(credit_a=0.5, credit_b=20.0)))
    uniforms(np.ascontiguousarray(people["key"]), purpose, 0, u)
    ranked = people[trait][np.argsort(u)]
    assert (np.diff(ranked) >= 0).all() and ranked[-1] > ranked[0]


def test_nobody_is_certain_to_drop_out_or_expects_next_to_nothing():
    people = _people(5000)
    draw_traits(people, parameter_record(preset("retail").with_values(**WORLD, exp0=0.2, exp0_sd=0.5)))
    assert people["dropout"].max() == math.nextafter(1.0, 0.0)
    assert people["initial_expectation"].min() == 0.1
    assert (people["purchase_rate"] == 0.0).any() and (people["purchase_rate"] > 6.0).any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_drawn_people_have_the_distributions_of_the_specification(seed):
    s = preset("retail").with_values(customers=20_000)
    people = draw_population(s, seed, 0)
    nu_rate = s.spend.spend_mean * (s.spend.spend_q - 1) / s.spend.spend_p
    references = {
        "purchase_rate": stats.gamma(0.9, scale=6.0 / 0.9),
        "dropout": stats.beta(0.6, 60.0),
        "need_rate": stats.expon(scale=0.05),
        # z-bar = p / nu with nu ~ Gamma(q, rate): an inverse gamma
        "mean_spend": stats.invgamma(s.spend.spend_q, scale=s.spend.spend_p * nu_rate),
        "price_sensitivity": stats.lognorm(0.5, scale=math.exp(-0.125)),
        "barrier": stats.gamma(2.0, scale=0.15),
        "responsiveness": stats.gamma(1.5, scale=1 / 1.5),
        "complains": stats.beta(2.0, 2.0),
        "fit": stats.norm(0.0, 0.1),
        "initial_expectation": stats.norm(1.0, 0.05),
        "inquiry_rate": stats.gamma(0.5, scale=2.4),
        "entry": stats.uniform(0.0, 365 * 86_400.0),
    }
    for trait, reference in references.items():
        assert stats.kstest(people[trait], reference.cdf).pvalue > 1e-4, trait
    ranks = np.corrcoef([stats.rankdata(people[trait]) for trait in references])
    np.fill_diagonal(ranks, 0.0)
    assert np.abs(ranks).max() < stats.norm.isf(1e-4 / 66) / math.sqrt(20_000)
