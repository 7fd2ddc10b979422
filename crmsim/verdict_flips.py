"""Which parameter turns the verdict, and could luck alone have made it look so?

Like a detective with many suspects: the one whose alibi is worst may still be innocent, since among many
somebody always looks guilty. So the answers are dealt to the worlds anew, many times, and every time the
worst of all suspects is sought again. Only who looks guiltier than nearly all of these is accused.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from crmsim.errors import InputError
from crmsim.estimators.resampling import uniforms

__all__ = ["DEALS", "verdict_flips"]

#: How often the answers are dealt anew; the smallest p-value is 1 / (DEALS + 1).
DEALS = 999


def verdict_flips(
    worlds: pd.DataFrame, ahead: np.ndarray, margin: np.ndarray, *, seed: int = 1, confidence: float = 0.95
) -> pd.DataFrame:
    """Return for each parameter the one question that best tells in which worlds a strategy is ahead.

    Parameters
    ----------
    worlds : DataFrame, shape (worlds, parameters)
        Finite values of the parameters, by path.
    ahead : array of bool, shape (worlds,)
    margin : array of float, shape (worlds,)
        Of the strategy over the best of the others, in any unit.
    seed : int
        Of the deals.
    confidence : float
        Strictly between 0 and 1.

    Returns
    -------
    DataFrame
        One row per parameter, the one that tells most first: ``parameter``, ``limit``, ``ahead_below`` and
        ``ahead_above`` (share of worlds in which it is ahead, on either side of the limit), ``worlds_below``,
        ``worlds_above``, ``tells`` (share of the variance of being ahead that this question explains), ``p``
        (how often the best question about the best of all parameters tells as much, when the answers are
        dealt to the worlds anew), ``sure`` (is p at most 1 - `confidence`) and ``correlation`` (of the
        parameter with the margin, by ranks). Limits and p are nan where it is ahead in all worlds or in none,
        and where no question leaves two worlds (and a twentieth of them) on either side.

    Raises
    ------
    InputError
        When the lengths differ, or the confidence is none.

    Notes
    -----
    A permutation test of the greatest statistic (Westfall & Young 1993): it allows for the limit having been
    looked for, and for all parameters having been asked about. The shares on either side of a limit
    that was found in the same worlds are a little farther apart than in others.

    Examples
    --------
    >>> margin = np.arange(20.0)
    >>> found = verdict_flips(pd.DataFrame({"money.margin": margin}), margin >= 8, margin - 8)
    >>> found[["limit", "ahead_below", "ahead_above", "sure"]].to_numpy().tolist()
    [[7.5, 0.0, 1.0, True]]
    """
    if not len(worlds) == len(ahead) == len(margin):
        raise InputError("ahead", f"must be known of each of {len(worlds)} worlds", len(ahead))
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", "must be above 0 and below 1", confidence)
    values, answers = worlds.to_numpy(dtype=float).T, np.asarray(ahead, dtype=float)
    rows = [
        {"parameter": path, "limit": math.nan, "ahead_below": math.nan, "ahead_above": math.nan,
         "worlds_below": 0, "worlds_above": 0, "tells": 0.0, "p": math.nan, "sure": False,
         "correlation": _ranks(mine, np.asarray(margin, dtype=float))}
        for path, mine in zip(worlds.columns, values, strict=True)
    ]  # fmt: skip
    if len(answers) >= 4 and answers.min() < answers.max():
        _ask(rows, values, answers, seed, confidence)
    order = ["tells", "correlation"]
    table = pd.DataFrame(rows).sort_values(order, key=abs, ascending=False, na_position="last", kind="stable")
    return table.reset_index(drop=True)


def _ask(rows: list[dict], values: np.ndarray, answers: np.ndarray, seed: int, confidence: float) -> None:
    """Fill in the best question of each parameter, and how often luck finds one as good."""
    orders = np.argsort(values, axis=1, kind="stable")
    known = np.take_along_axis(values, orders, axis=1)
    limits, n = (known[:, :-1] + known[:, 1:]) / 2.0, len(answers)
    sizes, least = np.arange(1, n), max(2, n // 20)
    # Neighbours that are equal, or so close that nothing lies between them, cannot be told apart.
    allowed = (sizes >= least) & (n - sizes >= least) & (known[:, :-1] < limits)

    def tells(dealt: np.ndarray) -> np.ndarray:
        """Return the share of the variance that each question explains, shape (parameters, worlds - 1)."""
        sums = np.cumsum((dealt - dealt.mean())[orders], axis=1)[:, :-1]
        gains = sums**2 * (n / (sizes * (n - sizes)) / (n * dealt.var()))
        return np.where(allowed, gains, 0.0)

    found = tells(answers)
    best = found.argmax(axis=1)
    strength = found.max(axis=1)
    by_luck = np.array([tells(answers[uniforms(seed, n, k).argsort()]).max() for k in range(DEALS)])
    for place, row in enumerate(rows):
        if strength[place] <= 1e-12:
            continue
        cut, mine = best[place] + 1, answers[orders[place]]
        p = (1 + int((by_luck >= strength[place] - 1e-12).sum())) / (DEALS + 1)
        row |= {
            "limit": float(limits[place, cut - 1]), "ahead_below": float(mine[:cut].mean()),
            "ahead_above": float(mine[cut:].mean()), "worlds_below": int(cut), "worlds_above": int(n - cut),
            "tells": float(strength[place]), "p": p, "sure": p <= 1.0 - confidence + 1e-12,
        }  # fmt: skip


def _ranks(values: np.ndarray, margin: np.ndarray) -> float:
    if len(values) < 3 or np.ptp(values) == 0.0 or np.ptp(margin) == 0.0:
        return math.nan
    return float(stats.spearmanr(values, margin).statistic)
