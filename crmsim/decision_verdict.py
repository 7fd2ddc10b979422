"""Who came out best, and against whom surely: the verdict on several strategies, from all their pairs.

Like the final table of a league: the first place alone says little; what counts is whom the leader has
surely left behind, and who could still be level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["Verdict", "judged_pairs"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """Which strategy came out best, and against whom surely.

    Attributes
    ----------
    best : str
        The strategy with the best mean of all, the base included.
    kind : str
        ``best`` (surely better than all others), ``ahead`` (surely better than the base, but not than all
        others), ``equivalent`` (as good as the base, within the margin), ``undecided`` (not surely better
        than the base), ``base`` (the base is surely best) or ``base_ahead`` (the base has the best mean).
    rivals : DataFrame
        One row for each other strategy, the nearest first: ``strategy``, ``mean``, ``low``, ``high`` (of best
        less rival, in the unit of the outcome; the intervals hold all together), ``n``, and ``verdict``:
        ``better`` (the best is, surely), ``equivalent``, ``same`` or ``undecided``.
    """

    best: str
    kind: str
    rivals: pd.DataFrame

    def against(self, rival: str) -> dict[str, Any]:
        """Return the row of one rival."""
        return self.rivals[self.rivals["strategy"] == rival].iloc[0].to_dict()


def judged_pairs(means: Mapping[str, float], pairs: pd.DataFrame, base: str, sign: int) -> Verdict:
    """Return the verdict on strategies.

    Parameters
    ----------
    means : mapping
        From each strategy to how much better than the base it is on average.
    pairs : DataFrame
        As of :meth:`crmsim.comparison_result.Comparison.pairs`.
    base : str
    sign : {1, -1}
        -1 where less is better.

    Examples
    --------
    >>> pairs = pd.DataFrame([{"first": "idle", "second": "cut", "mean": -2.0, "low": -3.0, "high": -1.0,
    ...                        "n": 9, "verdict": "lower"}])
    >>> judged_pairs({"idle": 0.0, "cut": -2.0}, pairs, "idle", 1).kind
    'base'
    """
    best = max(means, key=means.__getitem__)
    rows = []
    for row in pairs.to_dict("records"):
        if best not in (row["first"], row["second"]):
            continue
        if row["second"] == best:
            rival, ends = row["first"], (row["mean"], row["low"], row["high"])
        else:
            rival, ends = row["second"], (-row["mean"], -row["high"], -row["low"])
        told = row["verdict"]
        if told in ("higher", "lower"):
            # Where runs failed, a pair may have met in others than those by which the best has the best mean.
            told = "better" if sign * ends[0] > 0.0 else "undecided"
        found = dict(zip(("mean", "low", "high"), ends, strict=True))
        rows.append({"strategy": rival} | found | {"n": row["n"], "verdict": told})
    rivals = pd.DataFrame(rows).sort_values("mean", key=lambda gap: gap * sign, ignore_index=True)
    sure = (rivals["verdict"] == "better").all()
    if best == base:
        return Verdict(best, "base" if sure else "base_ahead", rivals)
    against_base = rivals.loc[rivals["strategy"] == base, "verdict"].item()
    kind = {"better": "best" if sure else "ahead", "undecided": "undecided"}.get(against_base, "equivalent")
    return Verdict(best, kind, rivals)
