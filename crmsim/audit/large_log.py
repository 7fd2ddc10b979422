"""The RFM summary of a log that does not fit into memory: a CSV or Parquet file, read part by part.

A river is measured with a wheel in it, not by filling a lake. The file goes by once, through PyArrow's
reader, and only one line per customer is kept (:mod:`crmsim.audit.log_fold`). Where a part holds
anything out of the ordinary, the file is read again with the same care as by
`crmsim.transactions.read_transactions`, still part by part, which either refuses it with the line or
accepts it.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from crmsim.audit.log_fold import Disorder, LogFold, Names
from crmsim.errors import InputError
from crmsim.rfm import as_day, checked_unit
from crmsim.transaction_cells import (
    LARGEST_AMOUNT,
    NOT_A_VALUE,
    NUMBER,
    Cells,
    cell_amounts,
    cell_currencies,
    cell_customers,
    chosen_currency,
    refuse_disorder,
    refuse_repeat,
)
from crmsim.transaction_dates import Dates, last_day
from crmsim.transaction_header import column_positions
from crmsim.transactions import csv_layout, read_cells

__all__ = ["rfm_summary_of_file"]

_BLOCK_BYTES = 8 << 20
_ROWS_FAST, _ROWS_CAREFUL = 1_000_000, 200_000
_STAMP = "%Y-%m-%d %H:%M:%S"


class _Doubt(Exception):
    """Something that the fast way does not judge."""


@dataclass(frozen=True)
class _Source:
    """A file, how its columns are called, and how to read them."""

    where: str
    chosen: dict[str, str | None]
    date_format: str | None
    latest: datetime.date
    keep_returns: bool

    @property
    def is_parquet(self) -> bool:
        try:
            with open(self.where, "rb") as file:
                return file.read(4) == b"PAR1"
        except OSError:
            return False  # the reader of text says what is wrong


def rfm_summary_of_file(
    path: str | os.PathLike[str],
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    currency: str | None = None,
    date_format: str | None = None,
    returns: str = "refuse",
    today: datetime.date | None = None,
    calibration_end: datetime.date | None = None,
    observation_end: datetime.date | None = None,
    unit: str = "week",
) -> pd.DataFrame:
    """Frequency, recency, T and monetary value of each customer, out of a file of any length.

    The result is that of `crmsim.rfm.rfm_summary` on what `crmsim.transactions.read_transactions` reads,
    and the same things are refused; memory depends on the number of customers only.

    Parameters
    ----------
    path : str or os.PathLike
        A CSV file as in `crmsim.transactions.read_transactions`, or a Parquet file with columns of text
        or whole numbers (customer), of dates, times without a zone or text (date), and of numbers or
        text (amount).
    customer, date, amount, currency, date_format, today
        As in `crmsim.transactions.read_transactions`; `date_format` is for dates as text.
    returns : {"refuse", "keep"}
        ``"keep"``: rows with a negative amount are no purchases and are left out of the summary. (To net
        them within the day, read the log with `crmsim.transactions.read_transactions`.)
    calibration_end, observation_end, unit
        As in `crmsim.rfm.rfm_summary`.

    Returns
    -------
    pandas.DataFrame
        As from `crmsim.rfm.rfm_summary`, with ``attrs["currency"]`` where the file has one.

    Raises
    ------
    InputError
        As those two. The line is named for CSV (the first part of 200,000 rows with a problem decides
        which problem it is), the number of the row for Parquet.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> log = pathlib.Path(folder.name, "log.csv")
    >>> _ = log.write_text("customer,date,amount\\nada,2024-01-01,10\\nada,2024-01-15,30\\n")
    >>> rfm_summary_of_file(log).values.tolist()
    [[1.0, 2.0, 2.0, 30.0]]
    >>> folder.cleanup()
    """
    checked_unit(unit)
    if returns not in ("refuse", "keep"):
        raise InputError("returns", "must be one of refuse, keep (net needs read_transactions)", returns)
    limits = [
        None if given is None else as_day(field, given, pd.Timestamp(0)).value // 86_400_000_000_000
        for field, given in (("calibration_end", calibration_end), ("observation_end", observation_end))
    ]
    chosen = {"customer": customer, "date": date, "amount": amount, "currency": currency}
    source = _Source(os.fspath(path), chosen, date_format, last_day(today), returns == "keep")
    try:
        names, fold, money = _fast(source, LogFold(*limits))
    except (_Doubt, pa.ArrowException):
        try:
            names, fold, money = _careful(source, LogFold(*limits))
        except pa.ArrowException as error:
            problem = f"must be a Parquet file of plain columns ({str(error).splitlines()[0]})"
            raise InputError("file", problem, where=source.where) from None
    summary = fold.summary(names.known, unit)
    if money is not None:
        summary.attrs["currency"] = money
    return summary


# --- the fast way: whole columns, and doubt at anything unusual -----------------------------------------


def _fast(source: _Source, fold: LogFold) -> tuple[Names, LogFold, str | None]:
    names, dates = Names(), Dates(source.date_format, source.latest)
    money: str | None = None
    way: int | None = None
    line = 0
    for part in _parquet_parts(source) if source.is_parquet else _csv_parts(source):
        customers = _text(part["customer"])
        _doubt_missing(customers)
        moments, way = _moments(part["date"], dates, way)
        amounts = _amounts(part["amount"], source.keep_returns)
        if "currency" in part:
            found = pc.unique(pc.utf8_upper(_text(part["currency"]))).to_pylist()
            if len(found) != 1 or money not in (None, found[0]) or found[0].lower() in NOT_A_VALUE:
                raise _Doubt
            money = found[0]
        lines = np.arange(line, line + len(customers))
        if fold.add(names.numbers(customers), moments, amounts, lines) is not None:
            raise _Doubt
        line += len(customers)
    if line == 0:
        raise _Doubt
    return names, fold, money


def _csv_parts(source: _Source) -> Iterator[dict[str, pa.Array]]:
    separator, line, header, places = csv_layout(source.where, source.chosen)
    wanted = {str(place): pa.string() for place in places.values()}
    reader = pyarrow.csv.open_csv(
        source.where,
        read_options=pyarrow.csv.ReadOptions(
            block_size=_BLOCK_BYTES, skip_rows=line, column_names=[str(place) for place in range(len(header))]
        ),
        parse_options=pyarrow.csv.ParseOptions(delimiter=separator),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=list(wanted), column_types=wanted, strings_can_be_null=False
        ),
    )
    for batch in _gathered(reader):
        yield {name: batch.column(str(place)).combine_chunks() for name, place in places.items()}


def _gathered(reader: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Give tables of about a million rows."""
    batches: list[pa.RecordBatch] = []
    for batch in reader:
        batches.append(batch)
        if sum(map(len, batches)) >= _ROWS_FAST:
            yield pa.Table.from_batches(batches)
            batches = []
    if sum(map(len, batches)):
        yield pa.Table.from_batches(batches)


def _parquet_parts(source: _Source) -> Iterator[dict[str, pa.Array]]:
    with pyarrow.parquet.ParquetFile(source.where) as file:
        header = file.schema_arrow.names
        places = column_positions(header, source.chosen, source.where)
        for batch in file.iter_batches(_ROWS_FAST, columns=[header[place] for place in places.values()]):
            part = {name: batch.column(header[place]) for name, place in places.items()}
            if any(column.null_count for column in part.values()):
                raise _Doubt
            yield part


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        if not pa.types.is_integer(column.type):
            raise _Doubt
        return pc.cast(column, pa.string())
    return pc.utf8_trim_whitespace(pc.cast(column, pa.string()))


def _doubt_missing(customers: pa.Array) -> None:
    shortest = pc.less_equal(pc.utf8_length(customers), max(map(len, NOT_A_VALUE)))
    for name in pc.unique(customers.filter(shortest)).to_pylist():
        if name.lower() in NOT_A_VALUE:
            raise _Doubt


def _moments(column: pa.Array, dates: Dates, way: int | None) -> tuple[np.ndarray, int | None]:
    """Return microseconds since 1970, and how the dates are written, which must not change."""
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        if getattr(column.type, "tz", None) is not None:
            raise _Doubt
        times = pc.cast(column, pa.timestamp("us")).to_numpy(zero_copy_only=False)
        unique = np.unique(times)
        if not dates.in_range(pd.Series(unique)).all():
            raise _Doubt
        return times.astype(np.int64), way
    encoded = _text(column).dictionary_encode()
    moments, ways = dates.parse(encoded.dictionary.to_pylist())
    if (
        moments.isna().any()
        or len(set(ways.tolist()) | {way} - {None}) != 1
        or not dates.in_range(moments).all()
    ):
        raise _Doubt
    times = moments.to_numpy().astype("datetime64[us]").astype(np.int64)
    return times[encoded.indices.to_numpy()], int(ways[0])


def _amounts(column: pa.Array, keep_returns: bool) -> np.ndarray:
    if (
        pa.types.is_floating(column.type)
        or pa.types.is_integer(column.type)
        or pa.types.is_decimal(column.type)
    ):
        amounts = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    else:
        encoded = _text(column).dictionary_encode()
        if not pc.all(pc.match_substring_regex(encoded.dictionary, f"^(?:{NUMBER})$")).as_py():
            raise _Doubt
        amounts = pc.cast(encoded.dictionary, pa.float64()).to_numpy(zero_copy_only=False)
        amounts = amounts[encoded.indices.to_numpy()]
    if not (np.abs(amounts) <= LARGEST_AMOUNT).all() or not (keep_returns or (amounts >= 0.0).all()):
        raise _Doubt
    return amounts


# --- the careful way: cells with their lines, as read_transactions reads them ---------------------------


def _careful(source: _Source, fold: LogFold) -> tuple[Names, LogFold, str | None]:
    names, counts = Names(), pd.Series(dtype=np.int64)
    cells: Cells | None = None
    if source.is_parquet:
        date_format, parts = _parquet_cells(source)
    else:
        date_format = source.date_format
        parts = read_cells(source.where, source.chosen, rows_at_a_time=_ROWS_CAREFUL)
    dates = Dates(date_format, source.latest)
    for cells in parts:
        moments = dates.read(cells).to_numpy().astype("datetime64[us]").astype(np.int64)
        amounts = cell_amounts(cells, negative=source.keep_returns)
        customers = pa.array(cell_customers(cells).to_list(), pa.string())
        problem = fold.add(names.numbers(customers), moments, amounts, np.asarray(cells.lines))
        if isinstance(problem, Disorder):
            refuse_disorder(cells, problem.row, pd.Timestamp(problem.before, unit="us"))
        if problem is not None:
            refuse_repeat(cells, problem.row, problem.line)
        if "currency" in cells.columns:
            counts = counts.add(cell_currencies(cells).value_counts(), fill_value=0)
    if cells is None:
        raise InputError("file", "must hold rows, there are none", where=source.where)
    if "currency" not in cells.columns:
        return names, fold, None
    found = counts.astype(int).sort_values(ascending=False, kind="stable")
    return names, fold, chosen_currency(cells, found.to_dict(), None)


def _parquet_cells(source: _Source) -> tuple[str | None, Iterator[Cells]]:
    """Return how the dates will be written, and the cells as text, with row numbers for lines."""
    schema = pyarrow.parquet.read_schema(source.where)
    places = column_positions(schema.names, source.chosen, source.where)
    kind = schema.field(places["date"]).type
    if getattr(kind, "tz", None) is not None:
        raise InputError(schema.names[places["date"]], "must be without a time zone", where=source.where)
    timed = pa.types.is_timestamp(kind)
    plain = not timed and not pa.types.is_date(kind)
    return (source.date_format if plain else f"{_STAMP}.%f" if timed else "%Y-%m-%d"), _rows_as_cells(
        source, places, timed
    )


def _rows_as_cells(source: _Source, places: dict[str, int], timed: bool) -> Iterator[Cells]:
    row = 1
    with pyarrow.parquet.ParquetFile(source.where) as file:
        header = file.schema_arrow.names
        names = {name: header[place] for name, place in places.items()}
        for batch in file.iter_batches(_ROWS_CAREFUL, columns=list(names.values())):
            columns = {}
            for name, called in names.items():
                column = batch.column(called)
                if name == "date" and timed:
                    column = pc.strftime(pc.cast(column, pa.timestamp("us")), _STAMP)
                texts = pc.cast(column, pa.string()).to_pylist()
                columns[name] = ["" if text is None else text.strip() for text in texts]
            if len(batch):
                yield Cells(source.where, range(row, row + len(batch)), columns, names)
            row += len(batch)
