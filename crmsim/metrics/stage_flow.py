"""How a cohort flows through the stages, month by month, and what it costs and brings on the way.

A school looks at a class by the year since it began, whatever the calendar says. So here: everybody is
looked at so many months after their own first purchase, and only those who could be watched for all of
these months are in the class, so that it never has fewer members because watching ended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, WINDOW
from crmsim.schemes import SCHEMES, STAGE_SCHEMES
from crmsim.stages import Stage

__all__ = ["CohortFlow", "cohort_flow", "in_words_of_scheme"]

_COUNTED = np.array([info.counts for info in COMPONENTS.values()])
_NAMES = pd.Index([place.name.lower() for place in Stage], name="stage")


@dataclass(frozen=True, eq=False)
class CohortFlow:
    """A cohort from its first purchases on, from :func:`cohort_flow`.

    Attributes
    ----------
    customers : int
        In the cohort.
    stages : DataFrame
        Customers by true stage (columns ``prospect`` to ``ended``), indexed by ``month`` since the first
        purchase, from 0 to the last; a month has 30 days. Rows sum to `customers`.
    money : DataFrame
        Indexed by ``month``, from 1: ``input`` (what the firm spent in this month, positive) and
        ``output`` (contribution of purchases and referrals), currency per customer of the cohort,
        undiscounted, and ``cumulative``, the sum of output - input so far. The cost of winning customers
        is in month 1.
    by_stage : DataFrame
        The same money by stage: ``input``, ``output``, ``net``, and ``months`` spent in it, per customer
        of the cohort; the cost of winning them stands at ``prospect``.
    """

    customers: int
    stages: pd.DataFrame
    money: pd.DataFrame
    by_stage: pd.DataFrame

    @property
    def staying(self) -> pd.Series:
        """Share of the cohort (0 to 1) that was there at the beginning of each month; nan for nobody."""
        there = self.customers - self.stages["ended"].iloc[:-1].to_numpy()
        return pd.Series(there / self.customers, self.money.index).where(lambda share: share > 0.0)

    @property
    def break_even(self) -> float:
        """The month by whose end the cohort has earned what it cost, for good; infinite if never."""
        behind = np.flatnonzero(self.money["cumulative"].to_numpy() < 0.0)
        if len(behind) == 0:
            return 1.0
        return float("inf") if behind[-1] + 1 == len(self.money) else float(behind[-1] + 2)


def cohort_flow(ledger: Ledger, months: int) -> CohortFlow:
    """Follow everybody who can be watched for so many months after the first purchase.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    months : int
        Of 30 days, from 1 to what the run has.

    Returns
    -------
    CohortFlow

    Raises
    ------
    InputError
        When the run is too short, or nobody can be watched for so long.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=50, horizon_days=1095))
    >>> flow = cohort_flow(ledger, 24)
    >>> flow.customers, flow.stages.loc[0, "exploration"], len(flow.money)
    (50, np.int64(50), 24)
    """
    most = ledger.horizon_days * DAY // WINDOW
    if not 1 <= months <= most:
        raise InputError("months", f"must be from 1 to {most}", months)
    entered = ledger.customers["entered"]
    cohort = entered <= ledger.horizon_days * DAY - months * WINDOW
    if not cohort.any():
        raise InputError("months", "must be so few that somebody can be watched for them", months)
    rows = ledger.log()
    rows = rows[cohort[rows["customer"]]]
    tenure = rows["time"] - entered[rows["customer"]]
    watched = tenure < months * WINDOW
    changed = rows["kind"] == EventKind.STAGE_CHANGE
    changes, when = rows[changed], tenure[changed]
    stages = _stages_by_month(changes, when, months, cohort)
    money, by_stage = _money(rows[watched], tenure[watched], months)
    size = int(cohort.sum())
    money, by_stage = money / size, by_stage / size
    by_stage["net"] = by_stage["output"] - by_stage["input"]
    by_stage["months"] = _months_in_stages(changes, when, months) / size
    money["cumulative"] = (money["output"] - money["input"]).cumsum()
    return CohortFlow(size, stages, money, by_stage)


def in_words_of_scheme(table: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Return a table by stage in the words of a scheme, which may merge several stages into one label.

    Parameters
    ----------
    table : DataFrame
        Sums, indexed by stage.
    scheme : str
        A key of :data:`crmsim.schemes.STAGE_SCHEMES`.

    Returns
    -------
    DataFrame
        Indexed by label, in the order of the scheme.

    Examples
    --------
    >>> table = pd.DataFrame({"months": [0, 5, 3, 4, 2, 9]}, index=_NAMES)
    >>> in_words_of_scheme(table, "three_stage")["months"].to_dict()
    {'outside': 11, 'exploration': 5, 'formation': 3, 'stability': 4}
    """
    if scheme not in STAGE_SCHEMES:
        raise InputError("scheme", f"must be one of {', '.join(STAGE_SCHEMES)}", scheme)
    names = {stage.name.lower(): label for stage, label in STAGE_SCHEMES[scheme].items()}
    merged = table.groupby(table.index.map(names)).sum()
    return merged.reindex(pd.Index(SCHEMES[scheme], name="label"))


def _stages_by_month(changes: np.ndarray, when: np.ndarray, months: int, cohort: np.ndarray) -> pd.DataFrame:
    """Count the cohort by stage at each month's mark."""
    stages = np.full((len(cohort), months + 1), -1)
    marks = -(-when // WINDOW)  # the first mark at which the change has happened
    known = marks <= months
    # In the order of time, so that of several changes before one mark the last stays.
    stages[changes["customer"][known], marks[known]] = changes["true_stage"][known]
    stages = stages[cohort]
    last = np.maximum.accumulate(np.where(stages >= 0, np.arange(months + 1), 0), axis=1)
    stages = np.take_along_axis(stages, last, axis=1)
    counts = np.stack([(stages == place).sum(axis=0) for place in Stage], axis=1)
    return pd.DataFrame(counts, pd.RangeIndex(months + 1, name="month"), _NAMES)


def _money(rows: np.ndarray, tenure: np.ndarray, months: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum input and output by month since the first purchase, and by stage."""
    counted = _COUNTED[rows["component"]]
    rows, month = rows[counted], tenure[counted] // WINDOW
    won = rows["kind"] == EventKind.ACQUIRED
    stage = np.where(won, Stage.PROSPECT, rows["true_stage"])
    costs = won | (rows["component"] > Component.CLV6)
    amounts = {
        "input": np.where(costs, -rows["amount"], 0.0),
        "output": np.where(costs, 0.0, rows["amount"]),
    }

    def sums(by: np.ndarray, length: int) -> dict[str, np.ndarray]:
        return {name: np.bincount(by, amount, length) for name, amount in amounts.items()}

    by_month = pd.DataFrame(sums(month, months), pd.RangeIndex(1, months + 1, name="month"))
    return by_month, pd.DataFrame(sums(stage, len(Stage)), _NAMES)


def _months_in_stages(changes: np.ndarray, when: np.ndarray, months: int) -> np.ndarray:
    """Sum the months that the cohort spent in each stage, up to the last mark."""
    order = np.argsort(changes["customer"], kind="stable")
    customer, stage, begin = changes["customer"][order], changes["true_stage"][order], when[order]
    end = np.full(len(begin), months * WINDOW)
    same = customer[1:] == customer[:-1]
    end[:-1][same] = begin[1:][same]
    spent = np.minimum(end, months * WINDOW) - np.minimum(begin, months * WINDOW)
    return np.bincount(stage, spent, minlength=len(Stage)) / WINDOW
