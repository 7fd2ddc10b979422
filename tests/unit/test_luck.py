"""Luck: every draw is uniform, independent of its neighbours, and the same wherever it is asked for."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from scipy import special, stats
from without_jit import run_python

from crmsim.compiling import compiled
from crmsim.luck import (
    Purpose,
    child_key,
    customer_keys,
    exponential,
    gamma,
    normal,
    normal_quantile,
    uniform,
    uniforms,
)
from crmsim.model.records import Clock

N = 20_000
#: Codes are part of every saved result. A new purpose may be added here; no line may change.
PINNED = {
    "ENTRY": 1, "TRAIT_RATE": 2, "TRAIT_DROPOUT": 3, "TRAIT_NEED": 4, "TRAIT_SPEND": 5, "TRAIT_PRICE": 6,
    "TRAIT_BARRIER": 7, "TRAIT_RESPONSE": 8, "TRAIT_COMPLAINT": 9, "TRAIT_FIT": 10, "TRAIT_EXPECTATION": 11,
    "TRAIT_INQUIRY": 12, "SPEND": 20, "QUALITY_NOISE": 21, "PROBLEM": 22, "SEVERITY": 23, "COMPLAINS": 24,
    "DEFECT": 25, "CAUSE": 26, "OFFER_DISCOUNT": 27, "OFFER_ACCEPTANCE": 28, "HANDLING": 29,
    "RECOVERY_NOISE": 30, "CROSS_BUY": 31, "REFERRAL_CONVERSION": 32, "CHILD": 33, "SAVE": 34, "WAKE": 35,
    "RANK": 36, "OFFER_CAUSE": 37, "CLOCK": 40,
}  # fmt: skip
PINNED_CLOCKS = {"PURCHASE": 0, "NEED": 1, "GRIEVANCE": 2, "NEGLECT": 3, "COMPETITOR": 4, "REFERRAL": 5,
                 "INQUIRY": 6, "EXIT": 7}  # fmt: skip

#: Of the keys of 1000 customers (seed 7, replication 3), and of one draw of each.
PINNED_DRAWS = ("fbfb4eaebf58054a", "5929881b76631ef1")


@compiled
def _over_ordinals(key, purpose, out):
    for k in range(out.shape[0]):
        out[k] = uniform(key, purpose, k)


@compiled
def _gammas(keys, purpose, k, shape, out):
    for j in range(keys.shape[0]):
        out[j] = gamma(keys[j], purpose, k, shape)


@compiled
def _normals(keys, out):
    for j in range(keys.shape[0]):
        out[j] = normal(keys[j], Purpose.QUALITY_NOISE, 3)


@compiled
def _exponentials(keys, out):
    for j in range(keys.shape[0]):
        out[j] = exponential(keys[j], Purpose.CLOCK, 5)


@compiled
def _children(keys, ordinal, out):
    for j in range(keys.shape[0]):
        out[j] = child_key(keys[j], ordinal)


def _keys(seed: int = 1, replication: int = 0, n: int = N) -> np.ndarray:
    keys = np.empty(n, np.uint64)
    customer_keys(seed, replication, np.arange(n), keys)
    return keys


def _draws(keys: np.ndarray, purpose: int, k: int) -> np.ndarray:
    out = np.empty(len(keys))
    uniforms(keys, int(purpose), k, out)
    return out


def _assert_uncorrelated(a: np.ndarray, b: np.ndarray) -> None:
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / math.sqrt(len(a))


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
@pytest.mark.parametrize("purpose", [Purpose.ENTRY, Purpose.SPEND, Purpose.CLOCK + Clock.EXIT])
def test_draws_of_one_purpose_are_uniform_over_customers(seed, purpose):
    assert stats.kstest(_draws(_keys(seed), purpose, 0), "uniform").pvalue > 1e-4


@pytest.mark.parametrize("customer", [0, 1, 19_999])
def test_draws_of_one_customer_are_uniform_over_ordinals(customer):
    out = np.empty(N)
    _over_ordinals(_keys()[customer], Purpose.SPEND, out)
    assert stats.kstest(out, "uniform").pvalue > 1e-4


def test_every_leading_binary_digit_is_a_fair_coin():
    whole = (_draws(_keys(), Purpose.DEFECT, 2) * 2.0**52).astype(np.uint64)
    for bit in range(52):
        ones = int(((whole >> np.uint64(bit)) & np.uint64(1)).sum())
        assert abs(ones - N / 2) < 4.5 * math.sqrt(N / 4), f"bit {bit}"


def test_neighbouring_customers_are_independent():
    u = _draws(_keys(), Purpose.PROBLEM, 0)
    for lag in (1, 2, 3, 64, 1024):
        _assert_uncorrelated(u[:-lag], u[lag:])


def test_all_pairs_of_purposes_are_independent():
    keys = _keys()
    codes = [*(p for p in Purpose if p != Purpose.CLOCK), *(Purpose.CLOCK + clock for clock in Clock)]
    correlation = np.corrcoef([_draws(keys, code, 0) for code in codes])
    np.fill_diagonal(correlation, 0.0)
    pairs = len(codes) * (len(codes) - 1) / 2
    worst = stats.norm.isf(1e-4 / pairs) / math.sqrt(N)  # 4 / sqrt(n), widened for so many pairs
    assert np.abs(correlation).max() < worst


def test_ordinals_are_independent():
    keys = _keys()
    for k in (0, 1, 7, 255):
        for lag in (1, 2, 128):
            _assert_uncorrelated(_draws(keys, Purpose.SPEND, k), _draws(keys, Purpose.SPEND, k + lag))


def test_purpose_and_ordinal_do_not_trade_places():
    keys = _keys()
    _assert_uncorrelated(_draws(keys, Purpose.SPEND, 1), _draws(keys, Purpose.SPEND + 1, 0))
    _assert_uncorrelated(_draws(keys, 2, 3), _draws(keys, 3, 2))


def test_seeds_and_replications_are_independent_worlds():
    base = _draws(_keys(1, 0), Purpose.ENTRY, 0)
    for seed, replication in ((0, 1), (1, 1), (2, 0), (1, 2**31 - 1)):
        _assert_uncorrelated(base, _draws(_keys(seed, replication), Purpose.ENTRY, 0))


def test_replication_is_not_seed_arithmetic():
    worlds = [tuple(_keys(seed, replication, 3)) for seed in range(30) for replication in range(30)]
    assert len(set(worlds)) == 900


def test_squares_are_uncorrelated_too():
    keys = _keys()
    a, b = _draws(keys, Purpose.SPEND, 0) - 0.5, _draws(keys, Purpose.SPEND, 1) - 0.5
    _assert_uncorrelated(a**2, b**2)
    _assert_uncorrelated(a, b**2)


def test_no_two_customers_share_a_key():
    assert len(np.unique(_keys(n=1_000_000))) == 1_000_000


def test_both_ends_are_excluded_even_for_the_extreme_hashes():
    result = run_python(
        "import numpy as np, crmsim.luck as luck\n"
        "for z in (0, 2**64 - 1):\n"
        "    luck._address = lambda *_, z=z: np.uint64(z)\n"
        "    u = luck.uniform(np.uint64(0), 1, 0)\n"
        "    assert 0.0 < u < 1.0, u\n"
        "    assert np.isfinite(luck.exponential(np.uint64(0), 1, 0))\n"
        "    assert np.isfinite(luck.normal(np.uint64(0), 1, 0))\n"
    )
    assert result.returncode == 0, result.stderr


def test_asking_again_or_in_another_order_changes_nothing():
    keys = _keys(n=100)
    first = [_draws(keys, Purpose.SPEND, k) for k in range(20)]
    again = [_draws(keys[::-1].copy(), Purpose.SPEND, k)[::-1] for k in reversed(range(20))][::-1]
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("shape", [0.1, 0.5, 0.999, 1.0, 1.5, 6.0, 250.0])
@pytest.mark.parametrize("k", [0, 17])
def test_gamma_has_the_distribution_of_scipy(shape, k):
    out = np.empty(N)
    _gammas(_keys(3), Purpose.SPEND, k, shape, out)
    assert stats.kstest(out, stats.gamma(shape).cdf).pvalue > 1e-4
    z = (out.mean() - shape) / math.sqrt(shape / N)
    assert abs(z) < 4


def test_successive_gammas_are_independent():
    keys = _keys(4)
    for shape in (0.3, 6.0):
        a, b = np.empty(N), np.empty(N)
        _gammas(keys, Purpose.SPEND, 0, shape, a)
        _gammas(keys, Purpose.SPEND, 1, shape, b)
        _assert_uncorrelated(stats.gamma(shape).cdf(a), stats.gamma(shape).cdf(b))


def test_normal_and_exponential_have_the_distribution_of_scipy():
    out = np.empty(N)
    _normals(_keys(5), out)
    assert stats.kstest(out, "norm").pvalue > 1e-4
    _exponentials(_keys(5), out)
    assert stats.kstest(out, "expon").pvalue > 1e-4


def test_normal_quantile_is_right_to_the_last_digits_everywhere():
    u = np.concatenate(
        [10.0 ** -np.arange(1, 300, 7), np.linspace(0.001, 0.999, 999), 1 - 10.0 ** -np.arange(1, 16)]
    )
    ours = np.array([normal_quantile(x) for x in u])
    np.testing.assert_allclose(ours, special.ndtri(u), rtol=2e-14, atol=1e-15)


def test_purpose_codes_are_never_renumbered():
    codes = {purpose.name: int(purpose) for purpose in Purpose}
    assert {name: codes.get(name) for name in PINNED} == PINNED
    assert {name: int(Clock[name]) for name in PINNED_CLOCKS} == PINNED_CLOCKS


def test_no_purpose_uses_the_code_of_a_clock():
    clocks = {Purpose.CLOCK + clock for clock in Clock}
    others = [int(purpose) for purpose in Purpose.__members__.values() if purpose != Purpose.CLOCK]
    assert not clocks & set(others)
    assert len(set(others)) == len(Purpose.__members__) - 1  # an alias would be two names for one draw


def test_children_have_keys_of_their_own():
    keys = _keys(n=2000)
    families = [keys]
    for ordinal in range(1, 6):
        children = np.empty_like(keys)
        _children(keys, ordinal, children)
        families.append(children)
    everybody = np.concatenate(families)
    assert len(np.unique(everybody)) == len(everybody)
    for children in families[1:]:
        _assert_uncorrelated(_draws(keys, Purpose.ENTRY, 0), _draws(children, Purpose.ENTRY, 0))


_BYTES = """
import hashlib, numpy as np
from crmsim.luck import Purpose, child_key, customer_keys, exponential, gamma, normal, uniform
keys = np.empty(60, np.uint64)
customer_keys(7, 3, np.arange(60), keys)
out = []
for key in keys:
    for k in (0, 1, 100):
        out += [uniform(key, 20, k), exponential(key, 40, k), normal(key, 21, k)]
        out += [gamma(key, 20, k, 0.4), gamma(key, 20, k, 6.0), uniform(np.uint64(child_key(key, k)), 1, 0)]
print(hashlib.sha256(np.array(out).tobytes() + keys.tobytes()).hexdigest())
"""


def test_python_and_machine_code_draw_the_same_bytes():
    plain, machine = run_python(_BYTES), run_python(_BYTES, jit=True)
    assert plain.returncode == machine.returncode == 0, plain.stderr + machine.stderr
    assert plain.stdout == machine.stdout


def test_the_draws_themselves_never_change():
    """Saved results and lessons refer to these people; integers, so the same on every platform."""
    digest = hashlib.sha256(_keys(7, 3, 1000).tobytes()).hexdigest()[:16]
    whole = (_draws(_keys(7, 3, 1000), Purpose.SPEND, 4) * 2.0**52).astype(np.int64)
    assert (digest, hashlib.sha256(whole.tobytes()).hexdigest()[:16]) == PINNED_DRAWS
