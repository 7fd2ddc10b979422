"""Which is the best, with a promise? A race in which whoever falls too far behind is out.

Like a cycling race with a broom wagon: all ride the same road (the same luck), after every stage those who
are further behind than chance explains get on the wagon, and the tolerance shrinks from stage to stage
until one is left. The fully sequential procedure of Kim & Nelson (2001, ACM Transactions on Modeling and
Computer Simulation 11) picks the best with a probability that is chosen beforehand, as long as the best is
better than the others by at least an amount that matters: the indifference zone. Optimal computing budget
allocation (:mod:`crmsim.selection`) promises nothing, but makes the most of a given budget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError, whole_number

__all__ = ["KimNelson", "check_race", "kim_nelson", "kim_nelson_constant"]

Array = npt.NDArray[np.float64]


class KimNelson(NamedTuple):
    """What the race came to.

    Attributes
    ----------
    best : int
        The design that was picked.
    guaranteed : bool
        Whether the race was run to its end, and nobody failed who had left others behind before; if not, the
        best mean until then was picked, without promise.
    replications : array of int, shape (k,)
        Of each design, until it was out or the race was over.
    means : array of float, shape (k,)
        Over those replications, in the unit of the values.
    failed : tuple of int
        Designs that were out because they had no value (nan) in a replication.
    still : tuple of int
        Designs that were left, the best included; more than one if the race was broken off (or they are
        exactly alike).
    """

    best: int
    guaranteed: bool
    replications: npt.NDArray[np.int64]
    means: Array
    failed: tuple[int, ...]
    still: tuple[int, ...]


def kim_nelson_constant(designs: int, first: int, confidence: float = 0.95) -> float:
    """Return the constant h^2 = ((2 alpha / (k - 1))^(-2 / (n0 - 1)) - 1) (n0 - 1) of the procedure.

    Parameters
    ----------
    designs : int
        k, at least 2; with k = 2 the probability that is promised must be above one half.
    first : int
        n0, replications of the first stage, at least 2.
    confidence : float
        1 - alpha: probability of a correct selection, above 1 / k and below 1.

    Notes
    -----
    For c = 1 in the paper's notation, where the area in which the race goes on is a triangle, and for
    designs that may depend on each other (common random numbers).

    Examples
    --------
    >>> round(kim_nelson_constant(4, 10), 3)
    10.164
    """
    whole_number("designs", designs, 2, 10**6)
    whole_number("first", first, 2, 10**6)
    if not 1.0 / designs < confidence < 1.0:
        raise InputError("confidence", f"must be above {1.0 / designs:.4g} (a guess) and below 1", confidence)
    error = 2.0 * (1.0 - confidence) / (designs - 1)
    return float((error ** (-2.0 / (first - 1)) - 1.0) * (first - 1))


def kim_nelson(
    draw: Callable[[int, tuple[int, ...]], npt.ArrayLike],
    designs: int,
    indifference: float,
    *,
    confidence: float = 0.95,
    first: int = 10,
    at_most: int = 1000,
    sense: str = "max",
) -> KimNelson:
    """Pick the best of several designs with a guaranteed probability.

    Parameters
    ----------
    draw : callable
        ``draw(r, still)`` returns the values in replication r (from 0) of the designs that are still in the
        race, in their order; nan takes a design out of the race. Values of one replication may depend on
        each other (the more alike, the shorter the race); those of different replications must not, and
        they should be about normal.
    designs : int
        At least 2.
    indifference : float
        The smallest difference that matters, above 0, in the unit of the values.
    confidence : float
        Probability of picking the best where it is better than every other one by at least `indifference`.
        Where several are closer than that to the best, one of these may be picked.
    first : int
        Replications from which variances are estimated, at least 2; 10 is usual: with fewer the race gets
        much longer.
    at_most : int
        Replications of any design, at least `first`; then the race is broken off.
    sense : {"max", "min"}
        Whether the best has the highest or the lowest mean.

    Returns
    -------
    KimNelson

    Raises
    ------
    InputError
        For bad numbers, or when all designs failed.

    Examples
    --------
    >>> noise = [0.3, -0.2, 0.1, -0.4, 0.2, 0.0, 0.1, -0.1, 0.3, -0.3]
    >>> found = kim_nelson(lambda r, still: [i + noise[(r * (i + 1)) % 10] for i in still], 3, 0.5)
    >>> found.best, found.guaranteed, found.replications.tolist()
    (2, True, [10, 10, 10])
    """
    check_race(designs, indifference, confidence, first, at_most)
    if sense not in ("max", "min"):
        raise InputError("sense", "must be max or min", sense)
    constant = kim_nelson_constant(designs, first, confidence)
    sign = 1.0 if sense == "max" else -1.0
    race = _Race(designs, first)
    for r in range(first):
        race.go_on(sign, draw, r)
    variances = race.variances_of_differences()
    while True:
        n = race.n
        # How many replications it takes at most; from there on the tolerance is 0.
        reach = constant * variances / indifference**2
        race.leave_behind(np.maximum(indifference / (2.0 * n) * (reach - n), 0.0))
        longest = np.floor(reach[np.ix_(race.still, race.still)].max())
        over = len(race.still) == 1 or n > longest
        if over or n >= at_most:
            return race.result(sign, over and not race.unfair)
        race.go_on(sign, draw, n)


def check_race(designs: int, indifference: float, confidence: float, first: int, at_most: int) -> None:
    """Refuse numbers that :func:`kim_nelson` cannot use.

    Raises
    ------
    InputError
    """
    if not 0.0 < indifference < np.inf:
        raise InputError("indifference", "must be above 0 (in the unit of the values)", indifference)
    kim_nelson_constant(designs, first, confidence)
    whole_number("at_most", at_most, first, 10**6)


class _Race:
    """Who is still in the race, and everybody's values so far, more being better."""

    def __init__(self, designs: int, first: int) -> None:
        self.still = list(range(designs))
        self.n = 0
        self._first = np.full((first, designs), np.nan)
        self._sums = np.zeros(designs)
        self._counts = np.zeros(designs, np.int64)
        self._failed: list[int] = []
        self._left_behind = 0
        #: Whether somebody failed after others had been left behind, who may have been better than the rest.
        self.unfair = False

    def go_on(self, sign: float, draw: Callable[[int, tuple[int, ...]], npt.ArrayLike], r: int) -> None:
        """Take one more replication; whoever has no value in it is out."""
        values = sign * np.asarray(draw(r, tuple(self.still)), dtype=float)
        if values.shape != (len(self.still),):
            raise InputError("draw", f"must return {len(self.still)} values", values.shape)
        row = np.full(len(self._sums), np.nan)
        row[self.still] = values
        out = [design for design in self.still if np.isnan(row[design])]
        self._failed += out
        self.unfair |= bool(out) and self._left_behind > 0
        self.still = [design for design in self.still if design not in out]
        if not self.still:
            raise InputError("draw", f"must return a value of some design; all are nan in replication {r}")
        self._sums[self.still] += row[self.still]
        self._counts[self.still] += 1
        if self.n < len(self._first):
            self._first[self.n] = row
        self.n += 1

    def variances_of_differences(self) -> Array:
        """Return the variance of the difference of each two designs, shape (k, k)."""
        differences = self._first[:, :, None] - self._first[:, None, :]
        return differences.var(axis=0, ddof=1)

    def leave_behind(self, tolerance: Array) -> None:
        """Take those out who are further behind another one than is tolerated between the two."""
        still = np.array(self.still)
        means = self._sums[still] / self.n
        behind = means[None, :] - means[:, None] > tolerance[np.ix_(still, still)]
        self._left_behind += int(behind.any(axis=1).sum())
        self.still = still[~behind.any(axis=1)].tolist()

    def result(self, sign: float, guaranteed: bool) -> KimNelson:
        means = np.full(len(self._sums), np.nan)
        np.divide(self._sums, self._counts, out=means, where=self._counts > 0)
        best = max(self.still, key=lambda design: means[design])
        return KimNelson(best, guaranteed, self._counts, sign * means, tuple(self._failed), tuple(self.still))
