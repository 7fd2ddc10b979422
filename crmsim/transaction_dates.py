"""Dates of a firm's log, as text: one way of writing in one file, and no guess at day or month.

3/4/2025 is in March or in April, depending on who wrote it, like a room on the "first floor". Dates
are read as ``YYYY-MM-DD`` or ``YYYYMMDD`` without being told; any other way has to be named, and the
message says which name would fit the whole file.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.transaction_cells import NOT_A_VALUE, Cells

__all__ = ["EARLIEST", "Dates", "last_day"]

EARLIEST = datetime.date(1900, 1, 1)
"""Dates before this one are typing mistakes (0202 for 2020), not purchases."""

#: Ways of writing that need no name, and others with the name that reads them.
_READ = {r"[0-9]{4}-[0-9]{2}-[0-9]{2}": "%Y-%m-%d", r"[0-9]{8}": "%Y%m%d"}
_NAMED = {
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}": "%Y-%m-%d",
    r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}": "%Y/%m/%d",
    r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}": "%Y.%m.%d",
    r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日": "%Y年%m月%d日",
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{2}": "%Y-%m-%d %H:%M",
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}": "%Y-%m-%d %H:%M:%S",
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}T[0-9]{1,2}:[0-9]{2}:[0-9]{2}": "%Y-%m-%dT%H:%M:%S",
    r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2} [0-9]{1,2}:[0-9]{2}": "%Y/%m/%d %H:%M",
    r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}": "%Y/%m/%d %H:%M:%S",
    r"[0-9]{1,2} [A-Za-z]{3} [0-9]{4}": "%d %b %Y",
    r"[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}": "%d-%b-%Y",
}
_DAY_OR_MONTH_FIRST = re.compile(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})( .*)?")
_WAYS = [(re.compile(pattern), name) for pattern, name in (_READ | _NAMED).items()]
#: Ways that are read without being named.
_PLAIN = tuple(range(len(_READ)))
_DAY_OR_MONTH, _UNKNOWN = len(_WAYS), -1
_HINT = "for any other way of writing say date_format, such as '%d/%m/%Y'"


class Dates:
    """Reads the dates of one file, a part of it at a time.

    Parameters
    ----------
    date_format : str, optional
        How dates are written, in the codes of ``datetime.strptime``; left out, ``YYYY-MM-DD`` or
        ``YYYYMMDD``, and one of the two throughout.
    latest : datetime.date
        The last day on which a purchase can have happened.

    Raises
    ------
    InputError
        The format is none, names no day, or names a time zone.

    Examples
    --------
    >>> cells = Cells("log.csv", [2, 3], {"date": ["20250105", "20250201"]}, {"date": "date"})
    >>> Dates(None, datetime.date(2026, 1, 1)).read(cells).dt.day.tolist()
    [5, 1]
    """

    def __init__(self, date_format: str | None, latest: datetime.date):
        if date_format is not None:
            _check_format(date_format)
        self._format = date_format
        self._latest = pd.Timestamp(latest)
        #: The first date of the file that could be read: how, where and what it is.
        self._first: tuple[int, int, str] | None = None

    def read(self, cells: Cells) -> pd.Series:
        """Return the moments of these rows, with the time of day where the format reads one.

        Raises
        ------
        InputError
            Naming ``file:line``: a date that is missing, no day of the calendar, written otherwise than
            the rows before or than the format says, of an unknown order of day and month, before
            `EARLIEST` or in the future.
        """
        codes, texts = pd.factorize(np.asarray(cells.columns["date"], dtype=object))
        moments, ways = self.parse(texts)
        self._settle(cells, ways[codes], moments.notna().to_numpy()[codes])
        self._check_range(cells, moments, codes)
        return pd.Series(moments.to_numpy()[codes])

    def parse(self, texts: Sequence[str]) -> tuple[pd.Series, np.ndarray]:
        """Return the moments of some texts (missing where one cannot be read), and how each is written."""
        known = pd.Series(texts, dtype="str")
        if self._format is not None:
            moments = pd.to_datetime(known, format=self._format, errors="coerce")
            ways = np.where(moments.notna(), _PLAIN[0], _UNKNOWN)
        else:
            ways = np.array([_way(text) for text in texts], dtype=int)
            plain = known.str.replace("-", "").where(np.isin(ways, _PLAIN), "")
            moments = pd.to_datetime(plain, format="%Y%m%d", errors="coerce")
        return moments.astype("datetime64[us]"), ways

    def in_range(self, moments: pd.Series) -> np.ndarray:
        """Return which moments are on a day from `EARLIEST` to the last one allowed."""
        days = moments.dt.normalize()
        return ((days >= pd.Timestamp(EARLIEST)) & (days <= self._latest)).to_numpy()

    def _settle(self, cells: Cells, ways: np.ndarray, read: np.ndarray) -> None:
        """Refuse the first row that is not as the first row of the file."""
        if self._first is None and ways.size:
            self._first = (int(ways[0]), cells.lines[0], cells.columns["date"][0])
        if self._first is None:
            return
        way, line, text = self._first
        bad = ~read | (ways != way)
        if way in _PLAIN and not bad.any():
            return
        row = int(np.argmax(bad)) if bad.any() else 0
        given = cells.columns["date"][row]
        if given.lower() in NOT_A_VALUE:
            cells.refuse(row, "date", "is missing, every row must have a date", show=bool(given))
        if self._format is not None:
            like = f" like {text!r} in line {line}" if way in _PLAIN else ""
            cells.refuse(row, "date", f"must be a date written as {self._format!r}{like}")
        if ways[row] not in (way, _UNKNOWN) and way != _UNKNOWN:
            problem = f"is written otherwise than {text!r} in line {line}; all dates must be written alike"
            cells.refuse(row, "date", problem)
        if ways[row] == _UNKNOWN or ways[row] in _PLAIN:
            cells.refuse(row, "date", f"must be an existing day as YYYY-MM-DD or YYYYMMDD; {_HINT}")
        other = ways != way
        if other.any() and ways[int(np.argmax(other))] != _UNKNOWN:
            second = int(np.argmax(other))
            problem = f"is written otherwise than {text!r} in line {line}; all dates must be written alike"
            cells.refuse(second, "date", problem)
        _refuse_unnamed(cells, row, int(ways[row]))

    def _check_range(self, cells: Cells, moments: pd.Series, codes: np.ndarray) -> None:
        good = self.in_range(moments)[codes]
        if good.all():
            return
        days = moments.dt.normalize()
        future = (days > self._latest).to_numpy()[codes]
        if future.any():
            problem = f"lies in the future, must be {self._latest:%Y-%m-%d} or earlier"
            cells.refuse(int(np.argmax(future)), "date", problem)
        cells.refuse(int(np.argmin(good)), "date", f"must be {EARLIEST} or later")


def last_day(today: datetime.date | None) -> datetime.date:
    """Return the last day on which a purchase can have happened: `today`, or the day of reading.

    Raises
    ------
    InputError
        It is no date.

    Examples
    --------
    >>> last_day(datetime.date(2026, 1, 31))
    datetime.date(2026, 1, 31)
    """
    if today is None:
        return datetime.date.today()
    if not isinstance(today, datetime.date) or pd.isna(today):
        raise InputError("today", "must be a datetime.date", today)
    return datetime.date(today.year, today.month, today.day)


def _way(text: str) -> int:
    """Return how a date is written, as a place in `_WAYS`."""
    for place, (pattern, _) in enumerate(_WAYS):
        if pattern.fullmatch(text):
            return place
    return _DAY_OR_MONTH if _DAY_OR_MONTH_FIRST.fullmatch(text) else _UNKNOWN


def _refuse_unnamed(cells: Cells, row: int, way: int) -> NoReturn:
    """Refuse dates that are all written alike, in a way that has to be named."""
    if way != _DAY_OR_MONTH:
        name = _WAYS[way][1]
        cells.refuse(row, "date", f"must be YYYY-MM-DD or YYYYMMDD, or say date_format={name!r}")
    parts = [_DAY_OR_MONTH_FIRST.fullmatch(text) for text in cells.columns["date"]]
    first = next((at for at, part in enumerate(parts) if part and int(part[1]) > 12), None)
    second = next((at for at, part in enumerate(parts) if part and int(part[3]) > 12), None)
    found = parts[row]
    assert found is not None
    mark, year, time = found[2], "%Y" if len(found[4]) == 4 else "%y", " %H:%M" if found[5] else ""
    day_first = repr(f"%d{mark}%m{mark}{year}{time}")
    month_first = repr(f"%m{mark}%d{mark}{year}{time}")
    if first is None and second is None:
        problem = (
            "is ambiguous (day or month first?), both fit every row: "
            f"say date_format={day_first} or date_format={month_first}"
        )
        cells.refuse(row, "date", problem)
    if first is not None and second is not None:
        late, early = max(first, second), min(first, second)
        shown = cells.columns["date"][early]
        problem = (
            f"has day and month in the other order than {shown!r} in line {cells.lines[early]}; "
            "all dates must be written alike"
        )
        cells.refuse(late, "date", problem)
    order, name, at = ("day", day_first, first) if first is not None else ("month", month_first, second)
    assert at is not None
    problem = f"has the {order} first, as line {cells.lines[at]} shows: say date_format={name}"
    cells.refuse(at, "date", problem)


def _check_format(date_format: str) -> None:
    codes = set(re.findall(r"%(.)", date_format.replace("%%", "")))
    whole_day = codes & {"Y", "y"} and ("j" in codes or ("d" in codes and codes & {"m", "b", "B"}))
    if not whole_day or codes & {"z", "Z"}:
        problem = "must name year, month and day and no time zone, such as '%d/%m/%Y'"
        raise InputError("date_format", problem, date_format)
    try:
        pd.to_datetime("", format=date_format, errors="coerce")
    except ValueError as error:
        raise InputError("date_format", f"must be a date format ({error})", date_format) from None
