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
import itertools
import os
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

import numpy as np
import pandas as pd

from crmsim.errors import SAVE_AS_UTF8, InputError
from crmsim.transaction_cells import (
    Cells,
    cell_amounts,
    cell_currencies,
    cell_customers,
    chosen_currency,
    refuse_disorder,
    refuse_repeat,
)
from crmsim.transaction_dates import Dates, last_day
from crmsim.transaction_header import FIELDS, SEPARATORS, best_separator, column_positions

__all__ = ["RETURNS", "CsvLayout", "csv_layout", "read_cells", "read_transactions"]

RETURNS = ("refuse", "net", "keep")
"""What can be done with returns, which are rows with a negative amount."""

_MASTER_HEADER = ["customer_id", "date", "number_of_cds", "dollar_value"]


class CsvLayout(NamedTuple):
    """How a CSV file is laid out: separator, line and names of the header, and where the columns are."""

    separator: str
    line: int
    header: list[str]
    positions: dict[str, int]


def read_transactions(
    path: str | os.PathLike[str],
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    currency: str | None = None,
    date_format: str | None = None,
    returns: str = "refuse",
    only_currency: str | None = None,
    today: datetime.date | None = None,
) -> pd.DataFrame:
    """Read a transaction log from a CSV file or from one of the CDNOW text files.

    ==================== ===========================================================================
    in the log           what becomes of it
    ==================== ===========================================================================
    returns (negative    `returns`. ``"refuse"``: refused. ``"net"``: the rows of one customer and day
    amounts)             are summed; a day on which all was given back is no purchase, and a day that
                         sums to less than 0 (goods of an earlier day) is refused. ``"keep"``: the rows
                         stay, as negative revenue that is no purchase, and the table says so in
                         ``attrs["returns"]``: `crmsim.rfm.rfm_summary` leaves them out,
                         ``crmsim.audit`` subtracts them.
    several rows a day   kept as they are if times or amounts differ; `crmsim.rfm.rfm_summary` and
                         ``crmsim.audit`` take one day for one purchase. Equal rows are refused: sum
                         them, or leave the copy out. (CDNOW files hold equal rows and are summed.)
    one customer, nobody read like any other log; summaries have one row, or frequency 0 throughout,
    who came again       and a model that cannot be fitted to that says so itself.
    dates as text        ``YYYY-MM-DD`` or ``YYYYMMDD`` are read, any other way if `date_format` names
                         it. Two ways of writing in one file are refused with an example of each.
                         Where day or month may come first, the message says which order fits all
                         rows, or that both do.
    currencies           a column of currencies, if there is one, must hold one only, which goes into
                         ``attrs["currency"]``. Several are refused with the number of rows of each;
                         `only_currency` takes the rows of one.
    names of columns     English and Chinese (客户, 日期, 金额, 币种 and usual others) are recognised.
    ==================== ===========================================================================

    Parameters
    ----------
    path : str or os.PathLike
        A UTF-8 text file (a byte order mark is accepted). Either CSV with a header, separated by
        comma, semicolon or tab; or the CDNOW sample (``00004 0001 19970101  2   29.33``: master
        id, sample id, date, number of CDs, dollars; the customer is the sample id); or the CDNOW
        master file (customer id, date, number of CDs, dollars; with or without its header).
    customer, date, amount, currency : str, optional
        Exact names of the columns of a CSV file. Left out, the columns of these names (or 客户, 日期,
        金额, 币种) are taken, or else the only column whose name is in
        `crmsim.transaction_header.ALIASES` (capitals, blanks and punctuation do not matter). There
        need not be a currency.
    date_format : str, optional
        How dates are written in a CSV file, in the codes of ``datetime.strptime``
        (``"%d/%m/%Y"``). Left out, dates must be ``YYYY-MM-DD`` or ``YYYYMMDD``.
    returns : {"refuse", "net", "keep"}
        What to do with negative amounts.
    only_currency : str, optional
        Take the rows in this currency and leave the others out (all are checked).
    today : datetime.date, optional
        The last day on which a purchase can have happened; default is the day of reading.

    Returns
    -------
    pandas.DataFrame
        Columns ``customer`` (text, leading zeros kept), ``date`` (``datetime64``, midnight of the
        day) and ``amount`` (float, currency of the file), one row a transaction in the order of the
        file; one row a customer and day for CDNOW files and where returns are netted.

    Raises
    ------
    InputError
        Naming ``file:line``, the column, the value and what is allowed, for: a file that is
        missing, a directory, unreadable, empty, without rows or not UTF-8; a column that is
        missing or ambiguous; a row with too few or too many cells; a customer or currency that is
        missing; a date that is unreadable, ambiguous, written otherwise than those before, earlier
        than 1900 or after `today`; an amount that is missing, not a number, not finite, negative
        where that is not allowed, or beyond 1e15; several currencies; in CSV, two rows of the same
        customer, date and amount; rows of a customer that are not in order of date; and names or a
        date format given for a CDNOW text file.

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
    if returns not in RETURNS:
        raise InputError("returns", f"must be one of {', '.join(RETURNS)}", returns)
    latest, where = last_day(today), os.fspath(path)
    chosen = {"customer": customer, "date": date, "amount": amount, "currency": currency}
    options = {**chosen, "date_format": date_format, "only_currency": only_currency}
    width = _cdnow_width(where)
    if width is None:
        dates = Dates(date_format, latest)
        (cells,) = read_cells(where, chosen)
    else:
        _refuse_options(where, options)
        dates = Dates(None, latest)
        cells = _cdnow_cells(where, width)
    moments = dates.read(cells)
    amounts = cell_amounts(cells, negative=returns != "refuse")
    frame = pd.DataFrame({"customer": cell_customers(cells), "date": moments, "amount": amounts})
    _refuse_disorder(cells, frame)
    if width is None:
        _refuse_repeats(cells, frame)
    frame = _of_one_currency(frame, cells, only_currency)
    frame = frame.assign(date=frame["date"].dt.normalize())
    if returns == "net":
        frame = _netted(frame, cells)
    elif width is not None:
        frame = frame.groupby(["customer", "date"], sort=False)[["amount"]].sum().reset_index()
    if returns == "keep":
        frame.attrs["returns"] = "keep"
    return frame.reset_index(drop=True)


def read_cells(
    where: str, chosen: dict[str, str | None] | None = None, *, rows_at_a_time: int | None = None
) -> Iterator[Cells]:
    """Give the cells of a CSV file, all at once or a part at a time.

    Parameters
    ----------
    where : str
        The file.
    chosen : dict of str to str or None, optional
        For each of `crmsim.transaction_header.FIELDS`, the exact name of its column, or None.
    rows_at_a_time : int, optional
        All rows by default.

    Yields
    ------
    Cells
        At least one, none empty.

    Raises
    ------
    InputError
        As `read_transactions`, as far as it is about the file, its header and the number of cells.
    """
    layout = csv_layout(where, dict.fromkeys(FIELDS) if chosen is None else chosen)
    separator, header, positions = layout.separator, layout.header, layout.positions
    names = {name: header[place] for name, place in positions.items()}
    rows = _csv_rows(where, separator)
    next(rows)
    empty = True
    while part := list(itertools.islice(rows, rows_at_a_time)):
        empty = False
        for line, row in part:
            if len(row) != len(header):
                problem = f"must have {len(header)} cells like the header, has {len(row)}"
                raise InputError("row", problem, separator.join(row)[:80], where=f"{where}:{line}")
        columns = {name: [row[place].strip() for _, row in part] for name, place in positions.items()}
        yield Cells(where, [line for line, _ in part], columns, names)
    if empty:
        raise InputError("file", "must hold rows below the header, there are none", where=where)


def csv_layout(where: str, chosen: dict[str, str | None]) -> CsvLayout:
    """Return how a CSV file is laid out.

    Parameters
    ----------
    where, chosen
        As in :func:`read_cells`.

    Raises
    ------
    InputError
        As :func:`read_cells`, as far as it is about the file and its header.
    """
    first = _first_line(where)
    separator = best_separator(first.strip(" \r\n"), chosen)
    line, names = next(_csv_rows(where, separator))
    header = [name.strip() for name in names]
    return CsvLayout(separator, line, header, column_positions(header, chosen, f"{where}:{line}"))


def _text_lines(where: str) -> Iterator[str]:
    """Give the lines of a file; every way in which it is not a text is refused here."""
    if os.path.isdir(where):
        raise InputError("path", "must be a file, this is a directory", where, where=where)
    try:
        with open(where, encoding="utf-8-sig", newline="") as file:
            for line in file:
                if "\0" in line:
                    _refuse_encoding(where)
                yield line
    except FileNotFoundError:
        raise InputError("path", "must be an existing file, there is none", where, where=where) from None
    except UnicodeDecodeError:
        _refuse_encoding(where)
    except OSError as error:
        raise InputError("path", f"must be a readable file ({error.strerror})", where, where=where) from None


def _refuse_encoding(where: str) -> NoReturn:
    """Find the byte that is no text. UTF-8 never has a line break inside a character."""
    position, mark = 0, b"\xef\xbb\xbf"
    with open(where, "rb") as file:
        for number, line in enumerate(file, start=1):
            start = len(mark) if number == 1 and line.startswith(mark) else 0
            try:
                line[start:].decode("utf-8")
                bad = line.find(b"\0")
            except UnicodeDecodeError as error:
                bad = start + error.start
            if bad >= 0:
                problem = f"must be UTF-8 text, byte {position + bad + 1} of the file is not ({SAVE_AS_UTF8})"
                place = f"{where}:{number}:{bad + 1}"
                raise InputError("encoding", problem, f"0x{line[bad]:02x}", where=place)
            position += len(line)
    raise InputError("encoding", "must be UTF-8 text (the file changed while it was read)", where=where)


def _first_line(where: str) -> str:
    """Return the first line that is not blank."""
    for line in _text_lines(where):
        if line.strip():
            return line
    raise InputError("file", "must hold a header and rows, it is empty", where=where)


def _csv_rows(where: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that are not blank, with the line on which each starts."""
    start = 1
    reader = csv.reader(_text_lines(where), delimiter=separator, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError("row", f"must be a CSV row ({error})", where=f"{where}:{start}") from None


def _cdnow_width(where: str) -> int | None:
    """Number of columns if the text is a CDNOW file (5 sample, 4 master), None if it is CSV."""
    first = _first_line(where)
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


def _cdnow_cells(where: str, width: int) -> Cells:
    lines: list[int] = []
    rows: list[list[str]] = []
    for number, line in enumerate(_text_lines(where), start=1):
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
    return Cells(where, lines, columns, {name: name for name in positions})


def _refuse_repeats(cells: Cells, frame: pd.DataFrame) -> None:
    if "currency" in cells.columns:
        frame = frame.assign(currency=cells.columns["currency"])
    repeated = frame.duplicated().to_numpy()
    if repeated.any():
        row = int(np.argmax(repeated))
        first = int(np.argmax((frame == frame.iloc[row]).all(axis=1).to_numpy()))
        refuse_repeat(cells, row, cells.lines[first])


def _refuse_disorder(cells: Cells, frame: pd.DataFrame) -> None:
    before = frame.groupby("customer", sort=False)["date"].shift()
    backwards = (frame["date"] < before).to_numpy()
    if backwards.any():
        row = int(np.argmax(backwards))
        refuse_disorder(cells, row, before[row])


def _of_one_currency(frame: pd.DataFrame, cells: Cells, wanted: str | None) -> pd.DataFrame:
    """Return the rows in the currency that is wanted, or all if there is one currency only."""
    if "currency" not in cells.columns:
        if wanted is not None:
            problem = "needs a column of currencies, there is none; if it has another name, say currency=..."
            raise InputError("only_currency", problem, wanted, where=cells.where)
        return frame
    currencies = cell_currencies(cells)
    counts = currencies.value_counts().to_dict()
    chosen = chosen_currency(cells, counts, wanted)
    frame = frame[(currencies == chosen).to_numpy()]
    frame.attrs["currency"] = chosen
    return frame


def _netted(frame: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Return one row per customer and day, without the days on which all was given back."""
    days = frame.groupby(["customer", "date"], sort=False)["amount"]
    rounding = 1e-9 * frame["amount"].abs().groupby([frame["customer"], frame["date"]]).transform("sum")
    total, returned = days.transform("sum"), days.transform("min") < 0
    below = (total < -rounding) & (frame["amount"] < 0)
    if below.any():
        row = int(below.idxmax())
        problem = (
            f"is given back on a day that sums to {total[row]:.10g}, but only goods of the same day can be "
            "netted; say returns='keep'"
        )
        cells.refuse(row, "amount", problem)
    summed = frame.assign(amount=total.clip(lower=0.0))[~(returned & (total <= rounding))]
    if summed.empty:
        raise InputError("file", "must hold a purchase that was not given back", where=cells.where)
    return summed.drop_duplicates(["customer", "date"])
