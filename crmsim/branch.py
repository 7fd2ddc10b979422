"""One branch of the firm while a run is under way: its customers, its desk, its books.

Arrays and nothing else, so that any driver can work on them. When the run is over,
:meth:`Branch.ledger` turns them into what everybody else reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmsim.kernels import ROOM
from crmsim.ledger import MONTH, Ledger
from crmsim.model.records import DAY, ROW, RUN, WINDOW
from crmsim.model.service import mean_handling_days
from crmsim.population import draw_arrivals, draw_population, draw_reachable
from crmsim.rule_records import ActionCode, rule_records
from crmsim.scenario import Scenario, changed_parameters, parameter_record
from crmsim.strategies import AnyStrategy
from crmsim.strategies.programmed import ProgrammedStrategy

if TYPE_CHECKING:
    from crmsim.log_file import LogWriter

__all__ = ["Branch", "KeptRows"]

_LOG_ROWS = 1 << 16
_NOBODY = np.empty(0, np.int64), np.empty(0, np.uint64)


class _Queue:
    """People with their times, in the order of time; they are taken from the front."""

    def __init__(self, times: np.ndarray, keys: np.ndarray):
        self.times, self.keys = times, keys
        self._taken = 0

    def take(self, until: int) -> tuple[np.ndarray, np.ndarray]:
        """Return times and keys of those up to a second who were not taken before."""
        first, last = self._taken, int(np.searchsorted(self.times, until, side="right"))
        self._taken = last
        return self.times[first:last], self.keys[first:last]


class KeptRows:
    """Rows of the log in memory.

    The memory grows where it stands: fresh memory costs more than what is written into it, and joining
    pieces at the end would take twice as much.
    """

    def __init__(self) -> None:
        self._rows = np.empty(_LOG_ROWS, ROW)
        self._filled = 0

    def append(self, rows: np.ndarray) -> None:
        """Add a copy of rows, which come after all before."""
        needed = self._filled + len(rows)
        if needed > len(self._rows):
            self._rows.resize(max(needed, len(self._rows) * 9 // 8), refcheck=False)
        self._rows[self._filled : needed] = rows
        self._filled = needed

    @property
    def rows(self) -> np.ndarray:
        """All rows, when no more will come."""
        self._rows.resize(self._filled, refcheck=False)
        return self._rows


class Branch:
    """The arrays of one run.

    Parameters
    ----------
    scenario : Scenario
    strategy : Strategy
    seed, replication : int
    kept : KeptRows or LogWriter, optional
        Where every event is kept; without, only the customers' and months' tables are.
    future : pair of int, optional
        Day on which everybody's luck becomes that of another future, and its number, from 1.

    Attributes
    ----------
    customers : array of ``CUSTOMER``
        With room for everybody who may be referred; the first `count` are people.
    parameters, run : arrays of one record
    rules : array of ``RULE``
        With one spare row at the end.
    log : array of ``ROW``
    """

    def __init__(
        self,
        scenario: Scenario,
        strategy: AnyStrategy,
        seed: int,
        replication: int,
        *,
        kept: KeptRows | LogWriter | None,
        future: tuple[int, int] | None = None,
    ):
        self.scenario, self.strategy = scenario, strategy
        self.seed, self.replication, self.future = seed, replication, future
        self.parameters = parameter_record(scenario)
        self.rules = rule_records(strategy, scenario)
        self.initial = self.count = scenario.population.customers
        pool = int(scenario.referral.ref_pool * self.initial) if scenario.referral.ref_rate > 0 else 0
        #: Who will inquire from outside, and who may because of advertising, in the order of time.
        self._inquirers = _Queue(*draw_arrivals(scenario, seed, replication))
        #: Whether any rule is for the firm as a whole, and whether one of them is to advertise.
        self.acts_as_a_whole = bool(self.rules["firm_wide"][:-1].any())
        self.advertises = bool((self.rules["action"][:-1] == ActionCode.ADVERTISE).any())
        reachable = draw_reachable(scenario, seed, replication) if self.advertises else _NOBODY
        self._reachable = _Queue(*reachable)
        room = pool + len(self._inquirers.times) + len(self._reachable.times)
        self.customers = draw_population(scenario, seed, replication, room=room)
        #: Numbers of those for whom something may happen in the window under way: so many in front.
        self.present, self.here = np.arange(len(self.customers), dtype=np.int32), self.initial
        #: Numbers of the active customers, in front; filled by the firm.
        self.active = np.empty(len(self.customers), np.int32)
        self.budget_per_year = strategy.budget.per_year if strategy.budget else None
        self.spent, self._year = 0.0, 0
        #: Parameters that hold from a second on, in the order of time.
        self.changes = changed_parameters(scenario)
        self._kept = kept
        self.run = self._new_run(pool)
        self.next_window(0)
        self.log = np.empty(1 if kept is None else _LOG_ROWS, ROW)
        self._months = np.zeros(-(-self.horizon // WINDOW), MONTH)
        self._closed = 0

    def _new_run(self, pool: int) -> np.ndarray:
        run = np.zeros(1, RUN)
        service = self.scenario.service
        run["horizon"] = self.scenario.population.horizon_days * DAY
        run["logging"] = self._kept is not None
        run["pool"] = pool
        run["reputation"] = 1.0
        run["budgeted"] = self.budget_per_year is not None
        run["triggered"] = (self.rules["on"][:-1] >= 0).any()
        run["wins_back"] = self.wins_back
        run["handling_days"] = mean_handling_days(
            service.desk_load, service.desk_agents, self.initial, service.desk_contacts
        )
        return run

    @property
    def wins_back(self) -> bool:
        """Whether somebody who left may become a customer again."""
        if isinstance(self.strategy, ProgrammedStrategy):
            return True
        return bool((self.rules["action"][:-1] == ActionCode.WIN_BACK).any())

    @property
    def horizon(self) -> int:
        """End of the run, in seconds."""
        return int(self.run["horizon"][0])

    def who_inquires(self, until: int) -> tuple[np.ndarray, np.ndarray]:
        """Return second and key of those who inquire from the last such time `until` this one (seconds)."""
        return self._inquirers.take(until)

    def who_may_see(self, until: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the same of those whom advertising at full strength makes inquire."""
        return self._reachable.take(until)

    def next_window(self, now: int) -> None:
        """Open the window that begins now."""
        self.run["window_start"] = now
        self.run["window_end"] = min(now + WINDOW, self.horizon)

    def new_month(self, now: int) -> np.ndarray:
        """Return an empty row of the months' table, to be filled by the firm."""
        month = self._months[self._closed : self._closed + 1]
        self._closed += 1
        month["time"] = now
        month["losses"] = self.run["losses"]
        return month

    def budget_left(self, now: int) -> float:
        """Return what a strategy with a budget may still spend in the year that `now` lies in."""
        if now // (365 * DAY) != self._year:
            self._year, self.spent = now // (365 * DAY), 0.0
        return self.budget_per_year - self.spent

    def make_room(self, rows: int) -> None:
        """Make sure that the log can take so many more rows."""
        if not self.run["logging"][0]:
            return
        self.flush()
        if len(self.log) < rows + 2 * ROOM:
            self.log = np.empty(rows + 2 * ROOM, ROW)

    def flush(self) -> None:
        """Put the rows written so far aside and begin anew."""
        rows = int(self.run["rows"][0])
        if rows:
            self.keep(self.log[:rows])
            self.run["rows"] = 0

    def keep(self, rows: np.ndarray) -> None:
        """Keep rows, which come after all that are kept already; their memory may then be used again."""
        self._kept.append(rows)

    def ledger(self, engine: str) -> Ledger:
        """Return the ledger of the finished run."""
        self.flush()
        return Ledger(
            scenario=self.scenario,
            strategy=self.strategy,
            seed=self.seed,
            replication=self.replication,
            engine=engine,
            events=None if self._kept is None else self._kept.rows,
            customers=self.customers[: self.count],
            months=self._months,
            run=self.run[0].copy(),
            future=self.future,
        )
