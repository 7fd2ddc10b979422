"""A firm's transaction log, read with suspicion.

A shop exports its till: one line a purchase, with who, when and how much. Everything that is
computed later (repeat rates, P(alive), customer value) rests on that file, so it is either read
completely and exactly, or refused with the line and the reason; nothing is guessed or dropped.

Three layouts are recognised by their first line: a CSV file with a header, and the two text files
in which the CDNOW data are published (Fader & Hardie, brucehardie.com/datasets).
"""

from __future__ import annotations

import csv
import datetime
import io
import os
import re
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError

__all__ = ["read_transactions"]

SEPARATORS = (",", ";", "\t")
"""Column separators that are tried on the header of a CSV file."""

ALIASES: dict[str, tuple[str, ...]] = {
    "customer": ("customer_id", "customerid", "id", "client", "client_id", "cust_id", "user_id", "member_id"),
    "date": ("invoice_date", "invoicedate", "transaction_date", "order_date", "purchase_date", "day"),
    "amount": ("dollar_value", "value", "sales", "revenue", "spend", "total", "monetary_value"),
}
"""Names under which a column is found when the column is not called by its own name."""

NOT_A_CUSTOMER = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "nat"})
"""What databases and spreadsheets write where there is no value (compared in lower case)."""

EARLIEST = datetime.date(1900, 1, 1)
"""Dates before this one are typing mistakes (0202 for 2020), not purchases."""

LARGEST_AMOUNT = 1e15
"""Above this, sums of money lose their cents in double precision."""

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}")
_DAY_OR_MONTH_FIRST = re.compile(r"[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{2,4}.*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_MASTER_HEADER = ["customer_id", "date", "number_of_cds", "dollar_value"]


def read_transactions(
    path: str | os.PathLike[str],
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    date_format: str | None = None,
    today: datetime.date | None = None,
) -> pd.DataFrame:
    """Read a transaction log from a CSV file or from one of the CDNOW text files.

    Parameters
    ----------
    path : str or os.PathLike
        A UTF-8 text file (a byte order mark is accepted). Either CSV with a header, separated by
        comma, semicolon or tab; or the CDNOW sample (``00004 0001 19970101  2   29.33``: master
        id, sample id, date, number of CDs, dollars; the customer is the sample id); or the CDNOW
        master file (customer id, date, number of CDs, dollars; with or without its header).
    customer, date, amount : str, optional
        Exact names of the columns of a CSV file. Left out, the columns ``customer``, ``date`` and
        ``amount`` are taken, or else the only column whose name is in `ALIASES` (capitals, blanks
        and punctuation do not matter).
    date_format : str, optional
        How dates are written in a CSV file, in the codes of ``datetime.strptime``
        (``"%d/%m/%Y"``). Left out, dates must be ``YYYY-MM-DD`` or ``YYYYMMDD``.
    today : datetime.date, optional
        The last day on which a purchase can have happened; default is the day of reading.

    Returns
    -------
    pandas.DataFrame
        Columns ``customer`` (text, leading zeros kept), ``date`` (``datetime64``, midnight of the
        day) and ``amount`` (float, currency of the file, from 0 to `LARGEST_AMOUNT`), one row a
        transaction in the order of the file. The CDNOW files hold several rows a day, some of
        them equal; there the rows of one customer and day are summed.

    Raises
    ------
    InputError
        Naming ``file:line``, the column, the value and what is allowed, for: a file that is
        missing, a directory, unreadable, empty, without rows or not UTF-8; a column that is
        missing or ambiguous; a row with too few or too many cells; a customer that is missing; a
        date that is unreadable, ambiguous, before `EARLIEST` or after `today`; an amount that is
        missing, not a number, not finite, negative or above `LARGEST_AMOUNT`; in CSV, two rows of
        the same customer, date and amount; rows of a customer that are not in order of date; and
        names or a date format given for a CDNOW text file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> log = pathlib.Path(folder.name, "log.csv")
    >>> _ = log.write_text("Customer ID;Date;Sales\\n007;2024-01-05;12.50\\n007;2024-02-01;0\\n")
    >>> read_transactions(log)
      customer       date  amount
    0      007 2024-01-05    12.5
    1      007 2024-02-01     0.0
    >>> folder.cleanup()
    """
    latest = _last_day(today)
    where = os.fspath(path)
    text = _text_of(where)
    chosen = {"customer": customer, "date": date, "amount": amount}
    width = _cdnow_width(text)
    if width is None:
        cells = _csv_cells(text, where, chosen)
        moments = _moments(cells, date_format)
    else:
        _refuse_options(where, {**chosen, "date_format": date_format})
        cells = _cdnow_cells(text, where, width)
        moments = _moments(cells, None)
    _check_range(cells, moments, latest)
    frame = pd.DataFrame({"customer": _customers(cells), "date": moments, "amount": _amounts(cells)})
    _refuse_disorder(cells, frame)
    if width is None:
        _refuse_repeats(cells, frame)
        return frame.assign(date=frame["date"].dt.normalize())
    return frame.groupby(["customer", "date"], sort=False)[["amount"]].sum().reset_index()


@dataclass(frozen=True)
class _Cells:
    """The three columns as text, with the line of the file on which each row starts."""

    where: str
    lines: list[int]
    columns: dict[str, list[str]]
    names: dict[str, str]

    def refuse(self, row: int, column: str, problem: str, *, show: bool = True) -> NoReturn:
        """Raise the error for one cell, naming the column as the file does."""
        value = self.columns[column][row][:80] if show else None
        raise InputError(self.names[column], problem, value, where=f"{self.where}:{self.lines[row]}")


def _last_day(today: datetime.date | None) -> datetime.date:
    if today is None:
        return datetime.date.today()
    if not isinstance(today, datetime.date) or pd.isna(today):
        raise InputError("today", "must be a datetime.date", today)
    return datetime.date(today.year, today.month, today.day)


def _text_of(where: str) -> str:
    """Content of the file; every way in which it is not a text with rows is refused here."""
    if os.path.isdir(where):
        raise InputError("path", "must be a file, this is a directory", where, where=where)
    try:
        with open(where, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise InputError("path", "must be an existing file, there is none", where, where=where) from None
    except OSError as error:
        raise InputError("path", f"must be a readable file ({error.strerror})", where, where=where) from None
    skipped = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    try:
        text = data[skipped:].decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_encoding(where, data, skipped + error.start)
    if "\0" in text:
        _refuse_encoding(where, data, data.index(b"\0"))
    if not text.strip():
        raise InputError("file", "must hold a header and rows, it is empty", where=where)
    return text


def _refuse_encoding(where: str, data: bytes, position: int) -> NoReturn:
    line_start = data.rfind(b"\n", 0, position) + 1
    line = data.count(b"\n", 0, position) + 1
    raise InputError(
        "encoding",
        f"must be UTF-8 text, byte {position + 1} of the file is not (save the file as UTF-8)",
        f"0x{data[position]:02x}",
        where=f"{where}:{line}:{position - line_start + 1}",
    )


def _cdnow_width(text: str) -> int | None:
    """Number of columns if the text is a CDNOW file (5 sample, 4 master), None if it is CSV."""
    first = text.lstrip().split("\n", 1)[0]
    tokens = first.split()
    if any(separator in first.strip() for separator in SEPARATORS):
        return None
    if tokens == _MASTER_HEADER:
        return 4
    return len(tokens) if len(tokens) in (4, 5) and all(token[0].isdigit() for token in tokens[:2]) else None


def _refuse_options(where: str, options: dict[str, str | None]) -> None:
    for name, value in options.items():
        if value is not None:
            problem = "must be left out for a CDNOW text file, whose layout is fixed"
            raise InputError(name, problem, value, where=where)


def _cdnow_cells(text: str, where: str, width: int) -> _Cells:
    lines: list[int] = []
    rows: list[list[str]] = []
    for number, line in enumerate(io.StringIO(text), start=1):
        row = line.split()
        if not row or (not rows and row == _MASTER_HEADER):
            continue
        if len(row) != width:
            problem = f"must have {width} columns like the first line, has {len(row)}"
            raise InputError("row", problem, line.strip()[:80], where=f"{where}:{number}")
        lines.append(number)
        rows.append(row)
    if not rows:
        raise InputError("file", "must hold rows below the header, there are none", where=where)
    positions = {"customer": width - 4, "date": width - 3, "amount": width - 1}
    columns = {name: [row[at] for row in rows] for name, at in positions.items()}
    return _Cells(where, lines, columns, {name: name for name in positions})


def _csv_cells(text: str, where: str, chosen: dict[str, str | None]) -> _Cells:
    lines: list[int] = []
    rows: list[list[str]] = []
    start = 1
    try:
        separator = _separator(text, chosen)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for row in reader:
            if any(cell.strip() for cell in row):
                lines.append(start)
                rows.append(row)
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError("row", f"must be a CSV row ({error})", where=f"{where}:{start}") from None
    header = [name.strip() for name in rows[0]]
    positions = _positions(header, chosen, f"{where}:{lines[0]}")
    if len(rows) == 1:
        raise InputError("file", "must hold rows below the header, there are none", where=where)
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            problem = f"must have {len(header)} cells like the header, has {len(row)}"
            raise InputError("row", problem, separator.join(row)[:80], where=f"{where}:{line}")
    columns = {name: [row[at].strip() for row in rows[1:]] for name, at in positions.items()}
    return _Cells(where, lines[1:], columns, {name: header[at] for name, at in positions.items()})


def _separator(text: str, chosen: dict[str, str | None]) -> str:
    """The separator under which most of the three columns are found, then the one with most columns."""

    def merit(separator: str) -> tuple[int, int]:
        header = [cell.strip() for cell in next(csv.reader([first], delimiter=separator))]
        return sum(bool(_candidates(header, field, name)) for field, name in chosen.items()), len(header)

    first = text.lstrip(" \r\n").split("\n", 1)[0]
    return max(SEPARATORS, key=merit)


def _candidates(header: list[str], field: str, name: str | None) -> list[int]:
    """Columns that may be the field: the one asked for, the one called so, or else its aliases."""
    if name is not None:
        return [at for at, cell in enumerate(header) if cell == name]
    plain = [re.sub(r"\W+", "_", cell.lower()).strip("_") for cell in header]
    exact = [at for at, cell in enumerate(plain) if cell == field]
    return exact or [at for at, cell in enumerate(plain) if cell in ALIASES[field]]


def _positions(header: list[str], chosen: dict[str, str | None], where: str) -> dict[str, int]:
    positions: dict[str, int] = {}
    for field, name in chosen.items():
        found = _candidates(header, field, name)
        if not found:
            listed = ", ".join(repr(cell) for cell in header)
            hint = "" if name is not None else f"; if it has another name, say {field}=..."
            raise InputError(name or field, f"column is missing, the header has {listed}{hint}", where=where)
        if len(found) > 1:
            listed = ", ".join(repr(header[at]) for at in found)
            raise InputError(field, f"column is ambiguous, it may be {listed}; say {field}=...", where=where)
        if found[0] in positions.values():
            raise InputError(field, "must be a column of its own", header[found[0]], where=where)
        positions[field] = found[0]
    return positions


def _customers(cells: _Cells) -> pd.Series:
    names = pd.Series(cells.columns["customer"], dtype="str")
    bad = names.str.lower().isin(NOT_A_CUSTOMER).to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        cells.refuse(row, "customer", "is missing, every row must name a customer", show=bool(names[row]))
    return names


def _moments(cells: _Cells, date_format: str | None) -> pd.Series:
    """Dates as the file has them, with the time of day where `date_format` reads one."""
    if date_format is not None:
        _check_date_format(date_format)
    codes, texts = pd.factorize(np.asarray(cells.columns["date"], dtype=object))
    if date_format is None:
        # Both spellings become YYYYMMDD; anything else becomes a text that cannot be read.
        plain = [text.replace("-", "") if _ISO_DATE.fullmatch(text) else "" for text in texts]
        moments = pd.to_datetime(pd.Series(plain, dtype="str"), format="%Y%m%d", errors="coerce")
    else:
        moments = pd.to_datetime(pd.Series(texts, dtype="str"), format=date_format, errors="coerce")
    bad = moments.isna().to_numpy()[codes]
    if bad.any():
        row = int(np.argmax(bad))
        cells.refuse(row, "date", _date_problem(cells.columns["date"][row], date_format))
    return pd.Series(moments.astype("datetime64[us]").to_numpy()[codes])


def _check_date_format(date_format: str) -> None:
    codes = set(re.findall(r"%(.)", date_format.replace("%%", "")))
    whole_day = codes & {"Y", "y"} and ("j" in codes or ("d" in codes and codes & {"m", "b", "B"}))
    if not whole_day or codes & {"z", "Z"}:
        problem = "must name year, month and day and no time zone, such as '%d/%m/%Y'"
        raise InputError("date_format", problem, date_format)
    try:
        pd.to_datetime("", format=date_format, errors="coerce")
    except ValueError as error:
        raise InputError("date_format", f"must be a date format ({error})", date_format) from None


def _date_problem(text: str, date_format: str | None) -> str:
    if not text:
        return "is missing, every row must have a date"
    if date_format is not None:
        return f"must be a date written as {date_format!r}"
    hint = "for any other way of writing say date_format, such as '%d/%m/%Y'"
    if _DAY_OR_MONTH_FIRST.fullmatch(text):
        return f"is ambiguous (day or month first?), must be YYYY-MM-DD or YYYYMMDD; {hint}"
    return f"must be an existing day as YYYY-MM-DD or YYYYMMDD; {hint}"


def _check_range(cells: _Cells, moments: pd.Series, latest: datetime.date) -> None:
    days = moments.dt.normalize()
    future = (days > pd.Timestamp(latest)).to_numpy()
    if future.any():
        cells.refuse(int(np.argmax(future)), "date", f"lies in the future, must be {latest} or earlier")
    ancient = (days < pd.Timestamp(EARLIEST)).to_numpy()
    if ancient.any():
        cells.refuse(int(np.argmax(ancient)), "date", f"must be {EARLIEST} or later")


def _amounts(cells: _Cells) -> npt.NDArray[np.float64]:
    codes, texts = pd.factorize(np.asarray(cells.columns["amount"], dtype=object))
    values = np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts])
    good = (values >= 0) & (values <= LARGEST_AMOUNT)
    if not good.all():
        row = int(np.argmin(good[codes]))
        _refuse_amount(cells, row, cells.columns["amount"][row])
    return np.abs(values)[codes]  # abs turns -0.0 into 0.0


def _refuse_amount(cells: _Cells, row: int, text: str) -> NoReturn:
    if not text:
        cells.refuse(row, "amount", "is missing, must be a number from 0", show=False)
    if _NOT_FINITE.fullmatch(text):
        cells.refuse(row, "amount", "must be a finite number from 0")
    if not _NUMBER.fullmatch(text):
        cells.refuse(row, "amount", "must be a plain number with a decimal point, such as 1234.50")
    if float(text) < 0:
        cells.refuse(row, "amount", "must be at least 0 (leave returns out or net them)")
    cells.refuse(row, "amount", f"must be at most {LARGEST_AMOUNT:g}")


def _refuse_repeats(cells: _Cells, frame: pd.DataFrame) -> None:
    repeated = frame.duplicated().to_numpy()
    if repeated.any():
        row = int(np.argmax(repeated))
        first = int(np.argmax((frame == frame.iloc[row]).all(axis=1).to_numpy()))
        raise InputError(
            "row",
            f"repeats line {cells.lines[first]} (same customer, date and amount); "
            "sum separate purchases of a day into one row or give them different amounts",
            ", ".join(cells.columns[name][row] for name in ("customer", "date", "amount")),
            where=f"{cells.where}:{cells.lines[row]}",
        )


def _refuse_disorder(cells: _Cells, frame: pd.DataFrame) -> None:
    before = frame.groupby("customer", sort=False)["date"].shift()
    backwards = (frame["date"] < before).to_numpy()
    if backwards.any():
        row = int(np.argmax(backwards))
        problem = (
            f"is earlier than the row before of this customer ({before[row]:%Y-%m-%d}); "
            "must be in order of date within each customer: sort the file by customer and date"
        )
        cells.refuse(row, "date", problem)
