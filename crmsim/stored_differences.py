"""Two stored runs side by side: what was different about them, and what came out differently.

Like two pages of a lab book: first one looks for what was not the same (another price, another seed),
then at the results, and only then thinks about why.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from crmsim.checkpoints import MISSING, differing
from crmsim.comparison import Interval, check_replications, mean_interval, paired_interval, verdict
from crmsim.store import StoredRun

__all__ = ["different_facts", "different_outcomes"]

#: Facts that no two runs share, and that change no number.
_ALWAYS = {"id", "written", "seconds", "tables"}


def different_facts(a: StoredRun, b: StoredRun) -> pd.DataFrame:
    """Return what differs between the labels of two runs.

    Returns
    -------
    DataFrame
        ``fact`` (name with dots), ``a`` and ``b`` as text; empty where it is missing.
    """
    found = [row for row in differing(a.manifest, b.manifest) if row[0].split(".")[0] not in _ALWAYS]
    rows = [{"fact": name, "a": _text(there), "b": _text(here)} for name, there, here in found]
    return pd.DataFrame(rows, columns=["fact", "a", "b"])


def different_outcomes(a: StoredRun, b: StoredRun, confidence: float = 0.95) -> pd.DataFrame:
    """Return the outcomes that two runs have in common, with the difference b - a and its interval.

    Runs with the same seed met the same luck, also where their scenarios differ: the difference is then
    taken replication by replication, over those that both have. Otherwise the runs are independent, and
    the interval is Welch's (1947).

    Parameters
    ----------
    a, b : StoredRun
        With a table ``runs`` of ``replication``, ``strategy``, ``outcome`` and ``value``.
    confidence : float

    Returns
    -------
    DataFrame
        ``strategy``, ``outcome``, ``a`` and ``b`` (means), ``mean``, ``low``, ``high``, ``n`` of the
        difference, ``paired``, ``verdict``. Empty where nothing is in common.

    Raises
    ------
    InputError
        When a table has a replication twice.
    """
    columns = ["strategy", "outcome", "a", "b", "mean", "low", "high", "n", "paired", "verdict"]
    if not all("runs" in run.manifest["tables"] for run in (a, b)):
        return pd.DataFrame(columns=columns)
    mine, other = a.table("runs"), b.table("runs")
    if not all({"replication", "strategy", "outcome", "value"} <= set(table) for table in (mine, other)):
        return pd.DataFrame(columns=columns)
    for runs in (mine, other):
        check_replications(runs)
    paired = a.manifest["seed"] == b.manifest["seed"]
    keys = ["strategy", "outcome"]
    groups = dict(iter(other.groupby(keys, sort=False)))
    rows = []
    for key, group in mine.groupby(keys, sort=False):
        if key not in groups:
            continue
        left = group.set_index("replication")["value"]
        right = groups[key].set_index("replication")["value"]
        interval = _paired(left, right, confidence) if paired else _welch(left, right, confidence)
        rows.append(
            dict(zip(keys, key, strict=True))
            | {"a": left.mean(), "b": right.mean()}
            | interval._asdict()
            | {"paired": paired, "verdict": verdict(interval)}
        )
    return pd.DataFrame(rows, columns=columns)


def _paired(left: pd.Series, right: pd.Series, confidence: float) -> Interval:
    both = left.index.intersection(right.index)
    return paired_interval(left[both].to_numpy(), right[both].to_numpy(), confidence)


def _welch(left: pd.Series, right: pd.Series, confidence: float) -> Interval:
    """Return the difference of two independent means with Welch's interval; n is that of the smaller."""
    a, b = (mean_interval(values.to_numpy(), confidence) for values in (left, right))
    n = min(a.n, b.n)
    if n < 2:
        reach = math.nan if n == 0 else math.inf
        return Interval(b.mean - a.mean, -reach, reach, n)
    spread = [float(np.nanvar(values.to_numpy(), ddof=1)) / k.n for values, k in ((left, a), (right, b))]
    total = sum(spread)
    if total == 0.0:
        return Interval(b.mean - a.mean, b.mean - a.mean, b.mean - a.mean, n)
    freedom = total**2 / sum(s**2 / (k.n - 1) for s, k in zip(spread, (a, b), strict=True))
    half = float(stats.t.ppf(0.5 + confidence / 2.0, freedom)) * math.sqrt(total)
    return Interval(b.mean - a.mean, b.mean - a.mean - half, b.mean - a.mean + half, n)


def _text(value: Any) -> str:
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
