"""A log folded into one line per customer, part by part, as a post office sorts letters without keeping them.

The rows of each customer come in order of date, so that nothing of a customer has to be remembered but
the first day, the last one and some sums; the memory needed depends on the number of customers, not on
the number of their purchases. Rows out of order and rows that repeat an earlier one are found on the way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmsim.errors import InputError
from crmsim.rfm import DAYS_PER, checked_unit

__all__ = ["Disorder", "LogFold", "Names", "Repeat"]

_NEVER = np.iinfo(np.int64).min
_EVER = np.iinfo(np.int64).max
_DAY = 86_400_000_000
"""Microseconds."""


class Disorder(NamedTuple):
    """A row of this part lies before the row before of its customer, which was at a moment (microseconds)."""

    row: int
    before: int


class Repeat(NamedTuple):
    """A row of this part is the same as the one that stands on an earlier line."""

    row: int
    line: int


class Names:
    """Numbers customers in the order in which they come."""

    def __init__(self) -> None:
        self.known = pa.array([], pa.string())

    def numbers(self, customers: pa.Array) -> np.ndarray:
        """Return the number of each customer; new ones get the next numbers."""
        encoded = customers.dictionary_encode()
        found = pc.index_in(encoded.dictionary, value_set=self.known)
        new = pc.is_null(found)
        numbers = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        fresh = new.to_numpy(zero_copy_only=False)
        numbers[fresh] = len(self.known) + np.arange(fresh.sum())
        self.known = pa.concat_arrays([self.known, encoded.dictionary.filter(new)])
        return numbers[encoded.indices.to_numpy()]


class LogFold:
    """What `crmsim.rfm.rfm_summary` has to know of each customer, built up from parts of a log.

    Parameters
    ----------
    split, end : int, optional
        Last day of the calibration and of the observation, as days since 1970; unknown means the last
        day of the log.
    """

    def __init__(self, split: int | None, end: int | None):
        self._split, self._end = split, end
        self._latest = _NEVER
        self._size = 0
        self._moment = np.empty(0, np.int64)  # of the customer's last row
        self._amount, self._line = np.empty(0), np.empty(0, np.int64)
        self._several = np.empty(0, bool)  # whether more rows have that moment
        self._rows: dict[int, list[tuple[float, int]]] = {}  # and which
        self._first, self._day, self._last = (np.empty(0, np.int64) for _ in range(3))
        self._purchases, self._later, self._spend = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)

    def add(
        self, customers: np.ndarray, moments: np.ndarray, amounts: np.ndarray, lines: np.ndarray
    ) -> Disorder | Repeat | None:
        """Take in some rows, unless one of them is out of order or a repeat.

        Parameters
        ----------
        customers : array of int
            Numbers from 0.
        moments : array of int
            Microseconds since 1970.
        amounts : array of float
            Currency; negative ones are returns, which are no purchases.
        lines : array of int
            Where the rows stand.

        Returns
        -------
        Disorder, Repeat or None
            The first problem; nothing more can be added then.
        """
        self._make_room(int(customers.max()) + 1)
        order = np.argsort(customers, kind="stable")
        who, when, amount, line = (column[order] for column in (customers, moments, amounts, lines))
        starts = np.concatenate([[True], who[1:] != who[:-1]])
        before = np.concatenate([[_NEVER], when[:-1]])
        before[starts] = self._moment[who[starts]]
        backwards = when < before
        if backwards.any():
            row = int(order[backwards].min())
            return Disorder(row, int(before[order == row][0]))
        tied = when == before
        repeat = self._repeat(who, when, amount, line, starts, tied, order) if tied.any() else None
        if repeat is not None:
            return repeat
        self._remember(who, when, amount, line, starts, tied)
        bought = amount >= 0.0
        self._count(who[bought], when[bought] // _DAY, amount[bought])
        return None

    def summary(self, names: pa.Array, unit: str) -> pd.DataFrame:
        """Return the table of `crmsim.rfm.rfm_summary`.

        Raises
        ------
        InputError
            As there, about the unit and the days.
        """
        length = DAYS_PER[checked_unit(unit)]
        if self._latest == _NEVER:
            raise InputError("transactions", "must hold at least one purchase, there are returns only")
        end = self._latest if self._end is None else self._end
        split = end if self._split is None else self._split
        if split > end:
            problem = f"must be observation_end ({_as_date(end)}) or earlier"
            raise InputError("calibration_end", problem, _as_date(split))
        first = self._first[: self._size]
        seen = np.flatnonzero((first != _NEVER) & (first <= split))
        if seen.size == 0:
            problem = f"must be {_as_date(int(first[first != _NEVER].min()))} (first transaction) or later"
            raise InputError("calibration_end", problem, _as_date(split))
        people = names.take(pa.array(seen))
        rank = pc.sort_indices(people).to_numpy()
        index = pd.Index(pd.array(people.take(pa.array(rank)), dtype="str"), name="customer")
        seen = seen[rank]
        repeats = self._purchases[seen] - 1
        spend = self._spend[seen]
        table = pd.DataFrame(
            {
                "frequency": repeats,
                "recency": (self._last[seen] - first[seen]) / length,
                "T": (split - first[seen]) / length,
                "monetary_value": np.divide(spend, repeats, out=np.zeros(len(seen)), where=repeats > 0),
            },
            index=index,
        )
        if split < end:
            table["frequency_holdout"] = self._later[seen]
            table["T_holdout"] = (end - split) / length
        table.attrs["unit"] = unit
        return table

    def _make_room(self, size: int) -> None:
        self._size = max(self._size, size)
        room = len(self._moment)
        if size <= room:
            return
        more = max(size, 2 * room, 1024) - room
        for name in ("_moment", "_first", "_day", "_last"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(more, _NEVER)]))
        for name in ("_amount", "_line", "_several", "_purchases", "_later", "_spend"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros(more, column.dtype)]))

    def _repeat(
        self,
        who: np.ndarray,
        when: np.ndarray,
        amount: np.ndarray,
        line: np.ndarray,
        starts: np.ndarray,
        tied: np.ndarray,
        order: np.ndarray,
    ) -> Repeat | None:
        """Find the first row that has customer, moment and amount in common with an earlier one."""
        near = np.flatnonzero(tied | np.concatenate([tied[1:], [False]]))
        rows = pd.DataFrame(
            {"who": who[near], "when": when[near], "amount": amount[near], "line": line[near]}
        )
        again = starts[near] & tied[near]
        if again.any():
            # Their run began in an earlier part: put what is known of it before it.
            known = [(one, *row) for one in who[near][again].tolist() for row in self._run(one)]
            past = pd.DataFrame(known, columns=["who", "amount", "line"])
            past["when"] = self._moment[past["who"]]
            rows = pd.concat([past[rows.columns], rows], ignore_index=True)
        same = rows.duplicated(["who", "when", "amount"]).to_numpy()
        if not same.any():
            return None
        past_rows = len(rows) - len(near)
        place = min(np.flatnonzero(same), key=lambda at: order[near[at - past_rows]])
        row = rows.iloc[place]
        equal = (rows[["who", "when", "amount"]] == row[["who", "when", "amount"]]).all(axis=1)
        return Repeat(int(order[near[place - past_rows]]), int(rows.loc[equal.idxmax(), "line"]))

    def _run(self, customer: int) -> list[tuple[float, int]]:
        """Return amount and line of the customer's rows at the last moment."""
        one = [(float(self._amount[customer]), int(self._line[customer]))]
        return self._rows[customer] if self._several[customer] else one

    def _remember(
        self,
        who: np.ndarray,
        when: np.ndarray,
        amount: np.ndarray,
        line: np.ndarray,
        starts: np.ndarray,
        tied: np.ndarray,
    ) -> None:
        """Keep the last row of each customer, and those that share its moment."""
        ends = np.flatnonzero(np.concatenate([starts[1:], [True]]))
        alone = who[ends[~tied[ends]]]
        for customer in alone[self._several[alone]].tolist():
            del self._rows[customer]
        self._several[alone] = False
        # Where the run of equal moments that ends here began.
        begins = np.maximum.accumulate(np.where(tied, 0, np.arange(len(who))))
        first_of = np.maximum.accumulate(np.where(starts, np.arange(len(who)), 0))
        for end in ends[tied[ends]].tolist():
            customer, begin = int(who[end]), max(int(begins[end]), int(first_of[end]))
            past = self._run(customer) if starts[begin] and tied[begin] else []
            run = zip(amount[begin : end + 1].tolist(), line[begin : end + 1].tolist(), strict=True)
            self._rows[customer] = [*past, *run]
            self._several[customer] = True
        last = who[ends]
        self._moment[last], self._amount[last], self._line[last] = when[ends], amount[ends], line[ends]

    def _count(self, who: np.ndarray, day: np.ndarray, amount: np.ndarray) -> None:
        """Count purchase days and repeat spend of purchases that are sorted by customer and day."""
        if self._end is not None:
            inside = day <= self._end
            who, day, amount = who[inside], day[inside], amount[inside]
        if len(who) == 0:
            return
        self._latest = max(self._latest, int(day.max()))
        starts = np.concatenate([[True], who[1:] != who[:-1]])
        ends = np.concatenate([starts[1:], [True]])
        before = np.concatenate([[_NEVER], day[:-1]])
        before[starts] = self._day[who[starts]]
        newcomers = starts & (before == _NEVER)
        self._first[who[newcomers]] = day[newcomers]
        self._day[who[ends]] = day[ends]
        seen = day <= (_EVER if self._split is None else self._split)
        fresh, room = day > before, len(self._purchases)
        self._purchases += np.bincount(who[fresh & seen], minlength=room)
        self._later += np.bincount(who[fresh & ~seen], minlength=room)
        repeat = seen & (day > self._first[who])
        self._spend += np.bincount(who[repeat], weights=amount[repeat], minlength=room)
        known, days = who[seen], day[seen]
        if len(known):
            closing = np.concatenate([known[1:] != known[:-1], [True]])
            self._last[known[closing]] = days[closing]


def _as_date(day: int) -> str:
    return str(np.datetime64(day, "D"))
