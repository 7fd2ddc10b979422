"""Regret: one strategy for situations that nobody can choose, and how far it may lie behind in each.

Like packing one coat for a journey: afterwards one always knows which would have been right. The coat to take
may be the one that is seldom far from the right one, though it is the right one nowhere. How much it would be
worth to know the weather beforehand follows from the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.comparison import Interval, bonferroni, paired_interval
from crmsim.errors import InputError

__all__ = ["overall_regrets", "regrets", "weight_ranges"]

Array = npt.NDArray[np.float64]
#: From two strategies' replications and a confidence to the interval of second less first.
PairedInterval = Callable[[Array, Array, float], Interval]


def regrets(
    values: Mapping[str, Mapping[str, Array]],
    weights: Mapping[str, float],
    confidence: float = 0.95,
    *,
    sign: int = 1,
    interval: PairedInterval = paired_interval,
) -> pd.DataFrame:
    """Return how far each strategy lies behind the best one of each scenario (Savage 1951).

    Parameters
    ----------
    values : mapping
        From a scenario to a mapping from strategies, the same ones everywhere and at least two, to arrays of
        shape (n,): the same replications in the same order.
    weights : mapping
        From every scenario to its share; they sum to 1.
    confidence : float
        That all intervals of the table, and of :func:`overall_regrets`, hold together.
    sign : {1, -1}
        -1 where less is better.
    interval : callable
        How a pair is compared.

    Returns
    -------
    DataFrame
        One row per strategy and scenario: ``strategy``, ``scenario``, ``weight``, ``best`` (the scenario's,
        by its mean), ``regret`` (0 or more, in the unit of the values), ``low`` and ``high``.

    Raises
    ------
    InputError
        When there are fewer than two strategies, not the same ones in each scenario, or weights are missing.

    Notes
    -----
    Every pair of strategies in every scenario gets an interval, all of which hold together
    (:func:`crmsim.comparison.bonferroni`). Wherever they do, the distance to the best lies between the
    greatest of the lower and the greatest of the upper ends: so nothing is assumed of which strategy is the
    best, where a bootstrap of the greatest mean goes wrong if two are nearly as good. The best of several
    means is flattered, so that `regret` itself is a little too large on average.

    Examples
    --------
    >>> town = {"a": np.array([4.0, 5.0, 6.0]), "b": np.array([3.0, 3.5, 5.0])}
    >>> regrets({"town": town}, {"town": 1.0})["regret"].round(2).tolist()
    [0.0, 1.17]
    """
    names = _strategies(values, weights)
    each = bonferroni(confidence, len(values) * len(names) * (len(names) - 1) // 2)
    rows = []
    for scenario, found in values.items():
        behind: dict[str, dict[str, Interval]] = {name: {} for name in names}
        for first, second in combinations(names, 2):
            gap = interval(np.asarray(found[first]), np.asarray(found[second]), each)
            forth, back = Interval(*gap), Interval(-gap.mean, -gap.high, -gap.low, gap.n)
            behind[first][second], behind[second][first] = (forth, back) if sign > 0 else (back, forth)
        greatest = {name: _greatest(behind[name]) for name in names}
        best = min(names, key=lambda name, g=greatest: g[name][0])
        rows += [
            {"strategy": name, "scenario": scenario, "weight": weights[scenario], "best": best}
            | dict(zip(("regret", "low", "high"), greatest[name], strict=True))
            for name in names
        ]
    return pd.DataFrame(rows)


def overall_regrets(table: pd.DataFrame) -> pd.DataFrame:
    """Return the largest regret of each strategy over the scenarios, and the one to be expected.

    Parameters
    ----------
    table : DataFrame
        As of :func:`regrets`, with whose intervals these hold together.

    Returns
    -------
    DataFrame
        One row per strategy, the smallest largest regret first: ``strategy``, ``largest``, ``largest_low``,
        ``largest_high``, ``scenario`` (in which it is largest), ``expected`` (the mean over scenarios by
        their weights), ``expected_low``, ``expected_high``. For the best on the whole, `expected` is what it
        would be worth to know beforehand which scenario comes (the expected value of perfect information).

    Examples
    --------
    >>> values = {"sun": {"a": np.array([4.0, 4.0]), "b": np.array([1.0, 1.0])},
    ...           "rain": {"a": np.array([1.0, 1.0]), "b": np.array([2.0, 2.0])}}
    >>> overall_regrets(regrets(values, {"sun": 0.5, "rain": 0.5}))[["strategy", "largest"]].values.tolist()
    [['a', 1.0], ['b', 3.0]]
    """
    rows = []
    for name, mine in table.groupby("strategy", sort=False):
        row = {"strategy": name, "largest": mine["regret"].max()}
        row |= {"largest_low": mine["low"].max(), "largest_high": mine["high"].max()}
        row["scenario"] = mine.loc[mine["regret"].idxmax(), "scenario"]
        for label, column in (("expected", "regret"), ("expected_low", "low"), ("expected_high", "high")):
            row[label] = float((mine["weight"] * mine[column]).sum())
        rows.append(row)
    return pd.DataFrame(rows).sort_values("largest", kind="stable", ignore_index=True)


def weight_ranges(
    means: Mapping[str, Mapping[str, float]], weights: Mapping[str, float], *, sign: int = 1
) -> pd.DataFrame:
    """Return between which weights of each scenario the best on the whole has the best mean.

    Parameters
    ----------
    means : mapping
        From a scenario to a mapping from strategies, the same ones everywhere, to their means.
    weights : mapping
        From every scenario to its share; they sum to 1.
    sign : {1, -1}
        -1 where less is better.

    Returns
    -------
    DataFrame
        One row per scenario: ``scenario``, ``weight`` (now), ``best`` (on the whole), ``from`` and ``to``
        (shares, 0 to 1; the other scenarios keep their proportions), ``below`` and ``above`` (who has the
        best mean just beyond; empty where nobody does). By the means alone: luck is not allowed for.

    Examples
    --------
    >>> means = {"sun": {"a": 4.0, "b": 1.0}, "rain": {"a": 1.0, "b": 2.0}}
    >>> weight_ranges(means, {"sun": 0.5, "rain": 0.5})[["scenario", "from", "to"]].values.tolist()
    [['sun', 0.25, 1.0], ['rain', 0.0, 0.75]]
    """
    names = _strategies(means, weights)
    whole = {name: sign * sum(weights[s] * means[s][name] for s in means) for name in names}
    best = max(names, key=whole.__getitem__)
    rows = []
    for scenario, weight in weights.items():
        ends, turned = [0.0, 1.0], ["", ""]
        for name in names if weight < 1.0 else ():
            here = sign * (means[scenario][best] - means[scenario][name])
            # The lead is a straight line in the weight: at 1 it is that of the scenario, now it is known.
            elsewhere = (whole[best] - whole[name] - weight * here) / (1.0 - weight)
            if here < 0.0 < elsewhere and elsewhere / (elsewhere - here) < ends[1]:
                ends[1], turned[1] = elsewhere / (elsewhere - here), name
            if elsewhere < 0.0 < here and elsewhere / (elsewhere - here) > ends[0]:
                ends[0], turned[0] = elsewhere / (elsewhere - here), name
        rows.append(
            {"scenario": scenario, "weight": weight, "best": best, "from": ends[0], "to": ends[1]}
            | {"below": turned[0], "above": turned[1]}
        )
    return pd.DataFrame(rows)


def _greatest(behind: Mapping[str, Interval]) -> tuple[float, float, float]:
    """Return the greatest distance to another strategy, and the greatest of its ends; to itself it is 0."""
    known = [gap for gap in behind.values() if gap.n > 0]
    # Two that were never in the same replication cannot be compared: that bounds nothing.
    high = max([0.0, *(gap.high for gap in known)]) if len(known) == len(behind) else np.inf
    return max([0.0, *(gap.mean for gap in known)]), max([0.0, *(gap.low for gap in known)]), high


def _strategies(found: Mapping[str, Mapping[str, object]], weights: Mapping[str, float]) -> list[str]:
    if set(found) != set(weights) or not np.isclose(sum(weights.values()), 1.0):
        raise InputError("weights", f"must be shares of {', '.join(found)}, which sum to 1", dict(weights))
    names = list(next(iter(found.values())))
    if len(names) < 2 or any(set(others) != set(names) for others in found.values()):
        raise InputError("values", "must be of at least two strategies, the same ones in each scenario")
    return names
