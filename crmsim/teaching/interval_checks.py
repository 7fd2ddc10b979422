"""Checks of answers that are an interval, or a choice that is judged by what it brings.

Like an archery judge, who looks at where the arrow stands, not at how the bow was held: any choice is
right that later replications cannot tell from the best one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from crmsim.comparison import Interval, bonferroni, mean_interval, paired_interval
from crmsim.teaching.lab_checks import LabCheck, close
from crmsim.text import say

__all__ = ["expect_interval", "shortfall", "unpaired"]


def expect_interval(
    check: LabCheck, name: str, truths: Sequence[Interval], slips: Mapping[str, Interval], **blanks: Any
) -> None:
    """Compare two ends with those of the truth; explain a typical mistake.

    Parameters
    ----------
    check : LabCheck
    name : str
        Of the answer.
    truths : sequence of Interval
        The interval, and others that are as good.
    slips : mapping
        From the word of a typical mistake to the interval that comes out by it.
    **blanks
        For the sentences of the task.

    Examples
    --------
    >>> check = LabCheck("budget_gain", {"gain": (1.0, 3.0)}, "en")
    >>> expect_interval(check, "gain", [Interval(2.0, 1.001, 2.999, 9)], {})
    """
    answer = check.interval(name)
    if any(_same(answer, truth) for truth in truths):
        return
    for slip, wrong in slips.items():
        if _same(answer, wrong):
            check.fail(slip, **blanks)
    said, hint = f"({answer[0]:.5g}, {answer[1]:.5g})", say(f"lab.{check.task}.hint", check.lang, **blanks)
    check.refuse(say("lab.answer.interval", check.lang, name=name, given=said, hint=hint))


def _same(answer: tuple[float, float], interval: Interval) -> bool:
    wide = abs(interval.high - interval.low)
    ends = zip(answer, (interval.low, interval.high), strict=True)
    return all(close(one, other, 0.003, 0.01 * wide) for one, other in ends)


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
