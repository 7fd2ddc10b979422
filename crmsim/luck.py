"""Luck as a function: every random number has an address.

Two worlds in which the same customer meets the same luck can only differ by what the firm did.
So nothing here is a stream. The number that decides, say, whether customer 17 complains after the
fifth purchase is a pure function of (seed, replication, customer 17, "complains", 5); asking for
it earlier, later, or twice changes nothing, and neither does anything that happens to others.

The mixer is the finaliser of splitmix64 (Steele, Lea & Flood 2014), applied twice. Keys are
unsigned 64-bit numbers and live in records and arrays, never in Python variables.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np

from crmsim.compiling import compiled, inlined
from crmsim.elementary import exp

__all__ = [
    "Purpose",
    "child_key",
    "customer_keys",
    "exponential",
    "future_key",
    "gamma",
    "normal",
    "normal_quantile",
    "uniform",
    "uniforms",
]


class Purpose(IntEnum):
    """What a draw decides. Codes are part of every result: never renumber, only add."""

    ENTRY = 1
    TRAIT_RATE = 2
    TRAIT_DROPOUT = 3
    TRAIT_NEED = 4
    TRAIT_SPEND = 5
    TRAIT_PRICE = 6
    TRAIT_BARRIER = 7
    TRAIT_RESPONSE = 8
    TRAIT_COMPLAINT = 9
    TRAIT_FIT = 10
    TRAIT_EXPECTATION = 11
    TRAIT_INQUIRY = 12
    SPEND = 20
    QUALITY_NOISE = 21
    PROBLEM = 22
    SEVERITY = 23
    COMPLAINS = 24
    DEFECT = 25
    CAUSE = 26
    OFFER_DISCOUNT = 27
    OFFER_ACCEPTANCE = 28
    HANDLING = 29
    RECOVERY_NOISE = 30
    CROSS_BUY = 31
    REFERRAL_CONVERSION = 32
    CHILD = 33
    SAVE = 34
    WAKE = 35
    RANK = 36
    OFFER_CAUSE = 37
    SCORE_NOISE = 38
    TRAIT_CREDIT = 39
    CLOCK = 40  # one code per clock follows: 40 + number of the clock
    PERIOD = 60
    SURVEY_ANSWER = 61
    SURVEY_SCORE = 62
    SURVEY_RECOMMEND = 63
    SURVEY_INDEX = 64
    WIN_BACK = 65
    STATED_CAUSE = 66
    UNPAID = 67
    REOPEN = 68
    ARRIVAL_GAP = 69
    ARRIVAL_CONVERSION = 70
    CALL_NOISE = 71
    DECISION = 72
    REACHED = 73
    TRAIT_CONSENT = 74
    TRAIT_SPLIT = 75
    MANAGER_LEAVES = 76
    TRAIT_SEGMENT = 77
    TRAIT_INDUSTRY = 78
    TRAIT_CHANNEL = 79
    CHANNEL = 80
    FUTURE = 81
    BUYING_CENTRE = 90
    RATING = 91
    PLANTED_FAULT = 92


_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_STEP1 = np.uint64(0x9E3779B97F4A7C15)
_STEP2 = np.uint64(0xD1B54A32D192ED03)
_S30, _S27, _S31, _S12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
# Coefficients of AS 241, highest power first.
_CENTRAL_TOP = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
)
_CENTRAL_LOW = (
    5226.495278852545925,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1.0,
)
_MIDDLE_TOP = (
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
)
_MIDDLE_LOW = (
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1.0,
)
_TAIL_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
)
_TAIL_LOW = (
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1.0,
)
#: Attempts that one gamma draw may use before the next ordinal's luck would be touched.
_GAMMA_ATTEMPTS = 64


@compiled
def _mix(z):
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@compiled
def _address(key, purpose, k):
    return _mix(_mix(key + np.uint64(purpose) * _STEP1) + np.uint64(k) * _STEP2)


@compiled
def uniform(key, purpose, k):
    """Return the uniform number on (0, 1), both ends excluded, at an address.

    Parameters
    ----------
    key : uint64
        The customer's key, which holds seed and replication too.
    purpose : int
        Code of :class:`Purpose`.
    k : int
        Ordinal of the purpose for this customer, from 0.
    """
    return (float(_address(key, purpose, k) >> _S12) + 0.5) * 2.220446049250313e-16  # 2 ** -52


@compiled
def child_key(key, ordinal):
    """Return the key of the customer whom a customer's referral number `ordinal` brings."""
    return _address(key, Purpose.CHILD.value, ordinal)


@compiled
def future_key(key, number):
    """Return the key that a customer has from a day on in another of its futures, numbered from 1."""
    return _address(key, Purpose.FUTURE.value, number)


@compiled
def customer_keys(seed, replication, numbers, keys):
    """Fill `keys` with the keys of the customers `numbers` in one replication of a seed.

    Parameters
    ----------
    seed, replication : int
        Both at least 0.
    numbers : array of int64, shape (n,)
    keys : array of uint64, shape (n,)
        Receives the result.
    """
    world = _mix(_mix(np.uint64(seed) + _STEP1) + np.uint64(replication) * _STEP2 + _STEP1)
    for j in range(numbers.shape[0]):
        keys[j] = _mix(world ^ _mix(np.uint64(numbers[j]) * _STEP1 + _STEP2))


@compiled
def uniforms(keys, purpose, k, out):
    """Fill `out` with :func:`uniform` for every key."""
    for j in range(keys.shape[0]):
        out[j] = uniform(keys[j], purpose, k)


@compiled
def exponential(key, purpose, k):
    """Return the unit exponential at an address (by inversion)."""
    return -math.log(uniform(key, purpose, k))


@compiled
def normal(key, purpose, k):
    """Return the standard normal at an address (by inversion)."""
    return normal_quantile(uniform(key, purpose, k))


@compiled
def gamma(key, purpose, k, shape):
    """Return a gamma variate of the given shape (above 0) and scale 1 at an address.

    Marsaglia & Tsang (2000): exact for any real shape, where a product of uniforms would need a
    whole number. Rejected attempts move along a sub-address of their own, so the k-th draw never
    touches the luck of the next.
    """
    boost = 1.0
    whole = shape
    if shape < 1.0:
        boost = exp(math.log(uniform(key, purpose, (k + 1) * _GAMMA_ATTEMPTS * 2 - 1)) / shape)
        whole = shape + 1.0
    d = whole - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    value = d
    for attempt in range(_GAMMA_ATTEMPTS - 1):
        at = k * _GAMMA_ATTEMPTS * 2 + attempt * 2
        x = normal(key, purpose, at)
        t = 1.0 + c * x
        if t <= 0.0:
            continue
        v = t * t * t
        accepted = uniform(key, purpose, at + 1)
        # The first test implies the second, and is all that is needed nine times out of ten.
        surely = accepted < 1.0 - 0.0331 * x * x * x * x
        if surely or math.log(accepted) < 0.5 * x * x + d - d * v + d * math.log(v):
            value = d * v
            break
    return value * boost


@inlined
def normal_quantile(u):
    """Return the standard normal quantile of u in (0, 1), to about 16 digits.

    Algorithm AS 241, PPND16 (Wichura 1988).

    Examples
    --------
    >>> round(normal_quantile(0.975), 9)
    1.959963985
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _ratio(_CENTRAL_TOP, _CENTRAL_LOW, r)
    r = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-math.log(r))
    x = _ratio(_MIDDLE_TOP, _MIDDLE_LOW, r - 1.6) if r <= 5.0 else _ratio(_TAIL_TOP, _TAIL_LOW, r - 5.0)
    return -x if q < 0.0 else x


@compiled
def _ratio(top, low, r):
    """Return the quotient of two polynomials of seventh degree in r."""
    above, below = top[0], low[0]
    for k in range(1, 8):
        above = above * r + top[k]
        below = below * r + low[k]
    return above / below
