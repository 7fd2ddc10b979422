"""The ledger: what happened in one run.

Like a shop's journal it is written in the order of events and never changed. Every number that
anyone sees is computed from it. What a firm could know and what only the simulator knows are kept
apart: :meth:`Ledger.firm_view` leaves the truth out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmsim.errors import CrmsimError
from crmsim.events import KINDS, Component, EventKind
from crmsim.model.records import (
    CAUSE_COUNT,
    COMPONENT_COUNT,
    DAY,
    KIND_COUNT,
    STAGE_COUNT,
    TIER_COUNT,
    SurveyCount,
)
from crmsim.scenario import Scenario
from crmsim.stages import Stage
from crmsim.strategies import AnyStrategy
from crmsim.summary import Run, summarise
from crmsim.tiers import Tier

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "MONTH", "Ledger"]

#: One window of 30 days: where everybody is at its end, and the money that moved in it.
MONTH = np.dtype(
    (
        np.record,
        [
            ("time", "i8"),  # seconds, end of the window
            ("customers", "i8"),  # people known so far, prospects included
            ("stages", "i8", (STAGE_COUNT,)),  # by true stage
            ("observed", "i8", (STAGE_COUNT,)),  # active customers, by observed stage
            ("tiers", "i8", (TIER_COUNT,)),  # active customers
            ("satisfied", "i8", (TIER_COUNT,)),  # with c-bar at least 0.97
            ("satisfaction", "f8", (TIER_COUNT,)),  # sum of S over active customers
            ("ratio", "f8", (TIER_COUNT,)),  # sum of c-bar
            ("attitude", "f8", (TIER_COUNT,)),  # sum
            ("amounts", "f8", (COMPONENT_COUNT, TIER_COUNT)),  # currency, undiscounted, in the window
            ("moves", "i8", (TIER_COUNT, TIER_COUNT)),  # from tier (row) to tier, where there was a review
            ("losses", "i8", (CAUSE_COUNT,)),  # in the window, by cause
            ("events", "i8", (KIND_COUNT, TIER_COUNT)),  # since the start of the run
            ("reputation", "f8"),
            ("survey", "i8", (len(SurveyCount),)),  # in the window
            ("prospects", "i8"),  # who inquired from outside, to arrive in the coming window if won
            ("arrived", "i8"),  # of these, won
            ("outreach", "f8"),  # currency: calls and advertising for the coming window
        ],
    )
)

#: The columns of the event table: type, unit and meaning.
COLUMNS: dict[str, tuple[str, str, str]] = {
    "time": ("int64", "seconds since the start of the run", "when it happened"),
    "amount": ("float64", "currency of the scenario, at its price date", "money, positive for the firm"),
    "customer": ("int32", "-", "number of the customer, from 0"),
    "detail": ("int32", "depends on the kind", "see the table of kinds"),
    "kind": ("int8", "code of EventKind", "what happened"),
    "component": ("int8", "code of Component", "what the amount counts as"),
    "tier": ("int8", "code of Tier", "the customer's tier at that moment"),
    "stage": ("int8", "code of Stage", "stage as the firm last observed it"),
    "true_stage": ("int8", "code of Stage", "true stage; not part of what a firm sees"),
}


@dataclass(frozen=True, eq=False)
class Ledger(Run):
    """What happened in one run, with everything that is needed to repeat it.

    Attributes
    ----------
    scenario, strategy : Scenario, Strategy
    seed, replication : int
    engine : str
        Driver that ran it.
    events : array of ``records.ROW`` or None
        Every event in order; None when no log was asked for, or it went to a file.
    customers : array of ``records.CUSTOMER``
        Everybody at the end of the run: traits and state (truth), money by component, dates.
    months : array of ``MONTH``
        One row per window of 30 days.
    run : record of ``records.RUN``
        Counts of events and waits over the whole run.
    branches : int
        So many, pooled (:mod:`crmsim.branches`).
    added : record of ``summary.BOOKS``, optional
        The books of the branches, added up.
    future : pair of int, optional
        Day from which on the luck is that of another future, and its number.
    """

    scenario: Scenario
    strategy: AnyStrategy
    seed: int
    replication: int
    engine: str
    events: np.ndarray | None
    customers: np.ndarray
    months: np.ndarray
    run: np.record
    branches: int = 1
    added: np.record | None = None
    future: tuple[int, int] | None = None

    @property
    def customer_count(self) -> int:
        """Everybody who appeared, prospects and referred customers included."""
        return len(self.customers)

    @cached_property
    def _summarised(self) -> tuple[np.ndarray, np.ndarray]:
        return summarise(self.customers)

    @property
    def people(self) -> np.ndarray:  # type: ignore[override]
        """A line per person (``summary.PERSON``), for what needs no more."""
        return self._summarised[0]

    @property
    def books(self) -> np.record:  # type: ignore[override]
        """The money of the whole run by component (``summary.BOOKS``)."""
        return self._summarised[1][0] if self.added is None else self.added

    def log(self) -> np.ndarray:
        """Return the event rows.

        Raises
        ------
        CrmsimError
            When the run kept none.
        """
        if self.events is None:
            raise CrmsimError("this run kept no event log; run it with log=True, or read its log file")
        return self.events

    @cached_property
    def truth(self) -> pd.DataFrame:
        """The whole event table with readable words, times in days."""
        import pandas as pd

        rows = self.log()
        return pd.DataFrame(
            {
                "day": rows["time"] / DAY,
                "customer": rows["customer"],
                "kind": _words(rows["kind"], EventKind),
                "detail": rows["detail"],
                "amount": rows["amount"],
                "component": _words(rows["component"], Component),
                "tier": _words(rows["tier"], Tier),
                "stage": _words(rows["stage"], Stage),
                "true_stage": _words(rows["true_stage"], Stage),
            }
        )

    def firm_view(self) -> pd.DataFrame:
        """Return the part of the event table that a firm could have: no truth in it."""
        seen = [kind.name.lower() for kind, info in KINDS.items() if info.seen]
        table = self.truth
        return table[table["kind"].isin(seen)].drop(columns="true_stage").reset_index(drop=True)


def _words(codes: np.ndarray, words: type) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(codes, [word.name.lower() for word in words])  # type: ignore[attr-defined]
