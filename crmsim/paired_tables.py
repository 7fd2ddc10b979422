"""What paired lives show: whom a strategy saved, what that was worth, and who paid for it.

Like two rolls of the same school, held side by side: who is on both, who on one, and how each form fared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmsim.comparison import bonferroni, mean_interval, verdict
from crmsim.errors import InputError
from crmsim.money_terms import MoneyTerms, money_terms
from crmsim.response_types import TYPES
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy

__all__ = ["GROUPS", "LOSSES", "PairedWorlds"]

#: By what customers can be grouped, as they were on the day of the decision, with the order of the groups.
GROUPS: dict[str, tuple] = {
    "tier": ("vip", "important", "ordinary", "small"),
    "stage": ("exploration", "formation", "stability", "decline"),
    "segment": (1, 2, 3, 4),
}
#: What a group can lose, with its unit; ``wait`` only by tier.
LOSSES = {
    "satisfaction": "ratio",
    "wait": "days",
    "stayed": "share",
    "value": "currency",
}
#: Rows of :meth:`PairedWorlds.value_by_type` for those who have no type.
_APART = ("not_there", "one_world_only")


@dataclass(frozen=True, eq=False)
class PairedWorlds:
    """The outcome of :func:`crmsim.paired_worlds.run_paired_worlds`.

    Attributes
    ----------
    scenario : Scenario
    base, other : Strategy
    day : int
        Of the decision.
    futures : int
        Further pairs of lives of everybody, from the day on.
    seed : int
    replications : tuple of int
        Those in which nothing failed.
    customers : DataFrame
        One row per replication and person, as from :func:`crmsim.paired_worlds.customer_pairs`, with
        ``replication``, ``there`` (a customer on the day in the base's world, and known in both), for those
        also ``tier``, ``stage`` (as observed) and ``segment`` on that day, and over all pairs of lives
        ``stay_base`` and ``stay_other`` (how often the customer stayed, 0 to 1), ``uplift`` (their
        difference), ``value_uplift`` (mean difference of value, currency) and how often they were of each
        of the four types.
    waits : DataFrame
        ``replication``, ``world``, ``tier`` (at the time of the call) and ``wait`` (mean, days).
    confidence : float
        Intervals that are shown side by side hold all together (:func:`crmsim.comparison.bonferroni`): those
        of all types and groups in :meth:`types`, of all types in :meth:`value_by_type`, and of all groups
        for each measure in :meth:`uplift` and :meth:`losers`. Several measures are never counted together.
    problems : dict
        From the number of a replication that was left out to what went wrong in it.
    """

    scenario: Scenario
    base: AnyStrategy
    other: AnyStrategy
    day: int
    futures: int
    seed: int
    replications: tuple[int, ...]
    customers: pd.DataFrame
    waits: pd.DataFrame
    confidence: float
    problems: dict[int, str] = field(default_factory=dict)

    @property
    def money(self) -> MoneyTerms:
        """The terms on which amounts stand."""
        return money_terms(self.scenario)

    def types(self, by: str | None = None) -> pd.DataFrame:
        """Return the shares of the four types among those who were there on the day.

        Parameters
        ----------
        by : {"tier", "stage", "segment"}, optional

        Returns
        -------
        DataFrame
            ``type``, ``customers`` (of the type, mean over replications), ``share`` (of the group, mean over
            replications), ``low``, ``high``, ``n``; with `by` a first column of that name.

        Raises
        ------
        InputError
            For an unknown `by`.
        """
        rows, shares = [], []
        for group, runs in self._there(by):
            for kind in TYPES:
                shares.append([run[kind].mean() if len(run) else np.nan for run in runs])
                count = np.mean([run[kind].sum() for run in runs])
                rows.append(group | {"type": kind, "customers": float(count)})
        found = self._with_intervals(rows, shares, judged=False).rename(columns={"mean": "share"})
        # No share lies outside of 0 to 1: what an interval leaves out there it does not lose.
        ends = found["n"] > 1
        found.loc[ends, ["low", "high"]] = found.loc[ends, ["low", "high"]].clip(0.0, 1.0)
        return found

    def uplift(self, by: str | None = None) -> pd.DataFrame:
        """Return by how much the strategy raised retention and value of those who were there on the day.

        Returns
        -------
        DataFrame
            ``measure``: ``uplift`` (share of customers) or ``value_uplift`` (currency per customer, cost of
            the strategy deducted), ``mean``, ``low``, ``high``, ``n``, ``verdict``; with `by` a first column
            of that name.
        """
        rows, values = [], []
        for group, runs in self._there(by):
            for measure in ("uplift", "value_uplift"):
                values.append([run[measure].mean() if len(run) else np.nan for run in runs])
                rows.append(group | {"measure": measure})
        return self._with_intervals(rows, values)

    def value_by_type(self) -> pd.DataFrame:
        """Return where the value of the strategy came from, and where its cost went.

        Of the lives that were lived (no other futures), so that it adds up to the books: the sum of ``net``
        is the difference in CLV per initial customer, that of ``cost`` the difference in strategy cost
        (discounted). A lost cause can gain, too: who leaves in both worlds may leave later in one.

        Returns
        -------
        DataFrame
            Indexed by type; besides the four, ``not_there`` (no customer on the day) and
            ``one_world_only``. Per replication: ``customers``. In currency per initial customer:
            ``gain`` (value, before the cost of the strategy), ``cost``, ``net`` = gain - cost, ``low``
            and ``high`` (of net), ``n``.
        """
        table = self.customers
        net = table["value_other"] - table["value_base"]
        cost = table["cost_other"] - table["cost_base"]
        placed = pd.Categorical(self._lived_types(), [*TYPES, *_APART])
        per = self.scenario.population.customers
        amounts = pd.DataFrame(
            {"customers": 1.0, "gain": (net + cost) / per, "cost": cost / per, "net": net / per}
        )
        sums = amounts.groupby([placed, table["replication"]], observed=False).sum()
        rows, confidence = {}, bonferroni(self.confidence, len(placed.categories))
        for kind in placed.categories:
            mine = sums.loc[kind].reindex(list(self.replications), fill_value=0.0)
            interval = mean_interval(mine["net"].to_numpy(), confidence)
            rows[kind] = mine.mean().to_dict() | {"low": interval.low, "high": interval.high, "n": interval.n}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("type")

    def losers(self, by: str = "tier") -> pd.DataFrame:
        """Return who pays for it: what each group has in either world, paired.

        Parameters
        ----------
        by : {"tier", "stage", "segment"}

        Returns
        -------
        DataFrame
            `by`, ``measure``, ``unit``, ``base`` (mean), ``mean``, ``low``, ``high`` (of the difference),
            ``n``, ``verdict``. Measures: ``satisfaction`` (ratio b / a as remembered at the end, by who has
            left as well), ``wait`` (mean wait for the desk in days, by tier only: the tier at the time of the
            call, so that either world has its own callers), ``stayed`` (share still there at the end) and
            ``value`` (CLV in currency per customer).
        """
        rows, gaps = [], []
        for group, runs in self._there(by):
            for measure, unit in LOSSES.items():
                if measure == "wait" and by != "tier":
                    continue
                base, difference = self._loss(measure, group[by], runs)
                level = mean_interval(base, self.confidence).mean
                rows.append(group | {"measure": measure, "unit": unit, "base": level})
                gaps.append(difference)
        return self._with_intervals(rows, gaps)

    def _loss(self, measure: str, group: str, runs: list[pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
        """Return one value of the base, and one difference, per replication."""
        if measure == "wait":
            mine = self.waits[self.waits["tier"] == group].pivot(
                index="replication", columns="world", values="wait"
            )
            mine = mine.reindex(list(self.replications))
            return mine["base"].to_numpy(), (mine["other"] - mine["base"]).to_numpy()
        name = "ratio" if measure == "satisfaction" else measure
        worlds = [np.array([run[f"{name}_{w}"].mean() for run in runs], float) for w in ("base", "other")]
        return worlds[0], worlds[1] - worlds[0]

    def _lived_types(self) -> np.ndarray:
        """Return the type of each row in the life that was lived, or why it has none."""
        table = self.customers
        without, given = table["stayed_base"].to_numpy(), table["stayed_other"].to_numpy()
        alone = (table[["number_base", "number_other"]] < 0).any(axis=1).to_numpy()
        places = [alone, ~table["there"].to_numpy(), ~without & given, without & given, ~without & ~given]
        names = ["one_world_only", "not_there", *TYPES[:3]]
        return np.select(places, names, TYPES[3])

    def _there(self, by: str | None) -> Iterator[tuple[dict, list[pd.DataFrame]]]:
        """Yield groups of those who were there, each with its rows, replication by replication."""
        if by is not None and by not in GROUPS:
            raise InputError("by", f"must be one of {', '.join(GROUPS)}", by)
        there = self.customers[self.customers["there"]]
        for group in (None,) if by is None else GROUPS[by]:
            mine = there if group is None else there[there[by] == group]
            runs = dict(tuple(mine.groupby("replication")))
            found = [runs.get(k, mine.iloc[:0]) for k in self.replications]
            yield ({} if by is None else {by: group}), found

    def _with_intervals(self, rows: list[dict], values: list, *, judged: bool = True) -> pd.DataFrame:
        """Return rows with the means of their values (one per replication), in intervals that hold together.

        Those of one measure are a family; where nobody is in a group, there is nothing to be wrong about.
        """
        known = [bool(np.isfinite(np.asarray(found, float)).any()) for found in values]
        family = Counter(row.get("measure") for row, there in zip(rows, known, strict=True) if there)
        full = []
        for row, found in zip(rows, values, strict=True):
            confidence = bonferroni(self.confidence, max(family[row.get("measure")], 1))
            interval = mean_interval(np.asarray(found, float), confidence)
            full.append(row | interval._asdict() | ({"verdict": verdict(interval)} if judged else {}))
        return pd.DataFrame(full)
