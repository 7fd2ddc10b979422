"""The exponential function: near the truth everywhere, and the same with and without the compiler."""

from __future__ import annotations

import math

import numpy as np
import pytest
from without_jit import run_python

from crmsim.compiling import compiled
from crmsim.elementary import exp

#: Small and large, where digits get lost at the lower end, and where steps of the table meet.
_SPREAD = np.random.default_rng(5)
X = np.concatenate(
    [
        _SPREAD.uniform(-3.0, 1.0, 100_000),
        _SPREAD.uniform(-708.0, 709.7, 100_000),
        _SPREAD.choice([-1.0, 1.0], 10_000) * 10.0 ** _SPREAD.uniform(-320.0, 0.0, 10_000),
        (np.arange(-2000, 2000) + 0.5) * math.log(2.0) / 128.0,
    ]
)


@compiled
def _each(x, out):
    for k in range(x.shape[0]):
        out[k] = exp(x[k])


def _errors(x: np.ndarray) -> np.ndarray:
    """Return how far off the results are, in units in the last place."""
    found = np.empty_like(x)
    _each(x, found)
    truth = np.exp(x.astype(np.longdouble))
    return np.abs((found - truth) / np.spacing(truth.astype(float))).astype(float)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs numbers longer than double")
def test_it_is_within_little_more_than_half_a_unit_in_the_last_place():
    errors = _errors(X[np.abs(X) < 700.0])
    assert errors.max() < 0.52
    assert errors.max() > 0.49  # rounding alone takes that much: the yardstick works
    assert _errors(X[np.abs(X) >= 700.0]).max() < 2.0


def test_results_below_the_smallest_full_number_fade_out():
    x = np.linspace(-745.0, -708.4, 1000)
    found = np.empty_like(x)
    _each(x, found)
    assert found == pytest.approx(np.exp(x), rel=1e-12, abs=2 * np.nextafter(0.0, 1.0))


@pytest.mark.parametrize(
    ("x", "result"),
    [
        (0.0, 1.0), (-0.0, 1.0), (1.0, math.e), (math.inf, math.inf), (-math.inf, 0.0), (710.0, math.inf),
        (709.78, math.exp(709.78)), (1e308, math.inf), (-1e308, 0.0), (-750.0, 0.0),
    ],
)  # fmt: skip
def test_at_the_ends(x, result):
    assert exp(x) == pytest.approx(result, rel=1e-15)


def test_what_is_not_a_number_stays_so():
    assert math.isnan(exp(math.nan))


def test_it_never_falls():
    x = np.sort(X)
    found = np.empty_like(x)
    _each(x, found)
    assert (np.diff(found) >= 0.0).all()


def test_without_the_compiler_it_is_the_same():
    code = "from crmsim.elementary import exp\nfrom test_elementary import X\n"
    code += "print(hash(tuple(map(exp, X[::50].tolist() + [-744.0, -708.0, 705.0]))))"
    plain, fast = (run_python(code, jit=jit, beside=__file__) for jit in (False, True))
    assert plain.returncode == 0, plain.stderr
    assert plain.stdout == fast.stdout
