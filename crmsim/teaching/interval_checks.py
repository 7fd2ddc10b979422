"""Checks of answers that are an interval, or a choice that is judged by what it brings.

Like an archery judge, who looks at where the arrow stands, not at how the bow was held: any choice is
right that later replications cannot tell from the best one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from crmsim.comparison import Interval, bonferroni, mean_interval, paired_interval
from crmsim.teaching.lab_checks import LabCheck, last_digit
from crmsim.text import say

__all__ = ["expect_interval", "shortfall", "unpaired"]

#: By which shares of its length the middle of an interval, and its length, may be off.
_MIDDLE, _WIDTH = 0.01, 0.02


def expect_interval(
    check: LabCheck,
    name: str,
    answer: tuple[float, float],
    truth: Interval,
    slips: Mapping[str, Interval],
    hint: str = "hint",
) -> None:
    """Compare two ends with those of the truth; explain a typical mistake, or say in which direction to look.

    Parameters
    ----------
    check : LabCheck
    name : str
        Of the answer.
    answer : tuple of float
        As :meth:`LabCheck.interval` takes it.
    truth : Interval
    slips : mapping
        From the word of a typical mistake to the interval that comes out by it. That somebody took 1.96 for
        Student's t is known of every interval.
    hint : str
        Word of the sentence that says where to look.

    Examples
    --------
    >>> check = LabCheck("budget_gain", {}, "en")
    >>> expect_interval(check, "gain", (1.0, 3.0), Interval(2.0, 1.001, 2.999, 9), {})
    """
    if _same(answer, truth):
        return
    for slip, wrong in slips.items():
        if _same(answer, wrong):
            check.fail(slip)
    if _same(answer, _normal(truth)):
        check.refuse(say("lab.answer.normal", check.lang, name=name))
    wide = truth.high - truth.low
    if _rounded(answer, truth, wide):
        said = f"({answer[0]:.6g}, {answer[1]:.6g})"
        check.refuse(say("lab.answer.rounded", check.lang, name=name, given=said))
    middle = f"{name}: (low + high) / 2"
    check.expect(middle, sum(answer) / 2, (truth.low + truth.high) / 2, {}, _within(_MIDDLE * wide), hint)
    check.expect(f"{name}: high - low", answer[1] - answer[0], wide, {}, _within(_WIDTH * wide), hint)


def _same(answer: tuple[float, float], interval: Interval) -> bool:
    """Whether two ends are those of an interval but for rounding."""
    wide = interval.high - interval.low
    shift = abs(sum(answer) - interval.low - interval.high) / 2
    growth = abs(answer[1] - answer[0] - wide)
    return (shift <= _MIDDLE * wide and growth <= _WIDTH * wide) or _rounded(answer, interval, wide / 10)


def _rounded(answer: tuple[float, float], interval: Interval, coarsest: float) -> bool:
    """Whether both ends are rounded to the same digits, the last of which is worth no more than so much."""
    unit = min(map(last_digit, answer))
    ends = zip(answer, (interval.low, interval.high), strict=True)
    return unit <= coarsest and all(abs(one - other) <= 0.5000001 * unit for one, other in ends)


def _within(most: float) -> Callable[[float, float], bool]:
    return lambda one, other: abs(one - other) <= most


def _normal(interval: Interval) -> Interval:
    """Return the interval of somebody who takes 1.96 standard errors, however few replications there are."""
    half = interval.half_width * 1.96 / float(stdtrit(max(1, interval.n - 1), 0.975))
    middle = (interval.low + interval.high) / 2
    return Interval(interval.mean, middle - half, middle + half, interval.n)


def unpaired(base: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> Interval:
    """Return what comes out if two intervals are subtracted as if other customers had been met.

    Examples
    --------
    >>> unpaired(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])).low < 0
    True
    """
    one, two = mean_interval(base), mean_interval(other)
    return Interval(two.mean - one.mean, two.low - one.high, two.high - one.low, one.n)


def shortfall(values: npt.NDArray[np.float64], own: int) -> Interval:
    """Return by how much a choice lags behind the one that came out best.

    Parameters
    ----------
    values : array, shape (choices, replications)
        What each choice brought, more being better.
    own : int
        Place of the choice that is judged.

    Returns
    -------
    Interval
        Paired, and wide enough for as many comparisons as there are choices; a lower end above 0 says that
        the choice is surely worse.

    Examples
    --------
    >>> shortfall(np.array([[1.0, 2.0, 3.0], [3.0, 4.1, 5.2]]), 0).low > 0
    True
    """
    best = int(values.mean(axis=1).argmax())
    return paired_interval(values[own], values[best], bonferroni(0.95, max(1, len(values) - 1)))
