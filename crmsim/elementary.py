"""The exponential function of the model, which every event needs some ten times.

The C library's is as good, but calling it takes longer, and it may differ in the last digit from one
processor to the next. This one is made of sums, products and a table, all rounded as IEEE 754 says: the
result is the same on every machine, with and without the compiler, and (but for the least of all numbers)
at most 0.52 units in the last place from the truth.

As in Tang (1989), e^x is taken apart into 2^k 2^(j/128) e^r with a remainder r of at most 0.0028, for which
five terms of the series are enough.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np

from crmsim.compiling import compiled, inlined

__all__ = ["exp"]

#: The table has this power of 2 as its number of entries.
_BITS = 7
_STEPS = 1 << _BITS
#: Bits of a double that hold its digits; above them stands the power of 2.
_DIGITS = 52
#: To add and take away so much leaves a whole number.
_ROUND = 1.5 * 2.0**_DIGITS
#: Within these bounds no part of the result overflows or loses digits.
_NEAR = 700.0


def _tables() -> tuple[np.ndarray, np.ndarray, float, float, float]:
    """Return the table, what its rounding took away, and the width of a step: inverse, and in two parts."""
    with localcontext() as context:
        context.prec = 50
        step = Decimal(2).ln() / _STEPS
        powers = [(step * j).exp() for j in range(_STEPS)]
        rest = [power / Decimal(float(power)) - 1 for power in powers]
        # So few digits that the product with a whole number is exact.
        upper = float((step * 2**40).to_integral_value() / 2**40)
        lower = float(step - Decimal(upper))
        table = np.array([float(power) for power in powers]).view(np.int64)
        return table, np.array([float(part) for part in rest]), float(1 / step), upper, lower


_POWER, _REST, _PER_STEP, _UPPER, _LOWER = _tables()


@compiled
def exp(x):
    """Return e^x, infinity where that is too large for a number.

    Examples
    --------
    >>> exp(0.0), exp(1.0) == math.e, exp(1000.0), exp(-1000.0)
    (1.0, True, inf, 0.0)
    """
    return _near(x) if abs(x) < _NEAR else _far(x)


@inlined
def _near(x):
    whole = x * _PER_STEP + _ROUND - _ROUND
    steps = int(whole)
    r = x - whole * _UPPER - whole * _LOWER
    j = steps & (_STEPS - 1)
    power = float(np.int64(_POWER[j] + ((steps >> _BITS) << _DIGITS)).view(np.float64))
    square = r * r
    more = square * (0.5 + r * (1.0 / 6.0)) + square * square * (1.0 / 24.0 + r * (1.0 / 120.0))
    return power + power * (float(_REST[j]) + r + more)


@compiled
def _far(x):
    if x > 710.0:
        return math.inf
    if x < -746.0:
        return 0.0
    if math.isnan(x):
        return x
    half = _near(0.5 * x)
    return half * half
