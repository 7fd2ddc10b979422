"""Dirty variants of the data sets, and the check of a cleaning against what was planted."""

from __future__ import annotations

from io import StringIO
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsim.datasets import faults as f
from crmsim.datasets.description import columns, describe
from crmsim.datasets.tables import csv_text, load_table
from crmsim.errors import InputError

__all__ = ["SOURCES", "check_cleaning", "clean_rows", "dirty_tables", "dirty_variant"]

_SEED = 20260107
#: An amount that was in another currency comes back rounded: half a cent of a dollar.
_ROUNDING = 0.5 * 0.01 * f.FOREIGN_RATE + 1e-6


class Source(NamedTuple):
    """Where a dirty table comes from: data set, table, key, how many rows, and what is planted how often."""

    dataset: str
    table: str
    key: str
    rows: int | None
    faults: list[tuple[f.Fault, int]]


SOURCES: dict[str, Source] = {
    "retail_transactions": Source(
        "retail", "transactions", "transaction", 1200,
        [
            (f.thousands("amount"), 4), (f.copied(), 20), (f.copied("customer"), 10),
            (f.returned("transaction", "amount"), 15), (f.slashed_day("date"), 40),
            (f.dotted_day("date"), 30), (f.chinese_day("date"), 20), (f.compact_day("date"), 20),
            (f.impossible_day("date"), 8),
            (f.future_day("date"), 6), (f.full_width("amount"), 20), (f.decimal_comma("amount"), 15),
            (f.with_unit("amount"), 20), (f.foreign("amount", "currency"), 25), (f.emptied("customer"), 15),
            (f.no_such("customer"), 8), (f.padded("customer"), 20), (f.lower_case("customer"), 15),
        ],
    ),
    "telecom_contracts": Source(
        "telecom", "contracts", "customer", None,
        [
            (f.copied(), 8), (f.copied("reason"), 5), (f.swapped("joined", "ended"), 8),
            (f.slashed_day("joined"), 15), (f.chinese_day("ended"), 12), (f.dotted_day("joined"), 10),
            (f.impossible_day("joined"), 4), (f.future_day("ended"), 4),
            (f.with_unit("fee", "", "元/月"), 15), (f.full_width("fee"), 12), (f.decimal_comma("fee"), 8),
            (f.lower_case("reason"), 8),
            (f.padded("reason"), 8), (f.emptied("fee"), 5),
        ],
    ),
    "service_tickets": Source(
        "service", "tickets", "ticket", 400,
        [
            (f.copied(), 10), (f.swapped("opened", "closed"), 8), (f.slashed_day("opened"), 15),
            (f.chinese_day("closed"), 12), (f.impossible_day("opened"), 5), (f.emptied("customer"), 8),
            (f.padded("customer"), 10), (f.lower_case("kind"), 12), (f.padded("kind"), 8),
            (f.full_width("customer"), 8),
        ],
    ),
}  # fmt: skip


def clean_rows(name: str, frame: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the rows that a dirty table was made of, as text.

    Parameters
    ----------
    name : str
    frame : DataFrame, optional
        The whole clean table; by default that of the project's folder.
    """
    source, table = SOURCES[name], describe("dirty").tables[name]
    origin = describe(source.dataset).tables[source.table]
    whole = load_table(source.dataset, source.table) if frame is None else frame
    text = pd.read_csv(StringIO(csv_text(whole, origin)), dtype="str", keep_default_na=False)
    if "currency" in table.columns:
        text["currency"] = describe(source.dataset).currency
    return text[table.columns].iloc[: source.rows]


def dirty_tables(made: dict[str, dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Return the dirty tables and the list of what was planted, from the clean tables of all data sets."""
    tables, lists = {}, []
    for place, (name, source) in enumerate(SOURCES.items()):
        clean = clean_rows(name, made[source.dataset][source.table])
        tables[name], planted = f.plant(clean, source.key, source.faults, _SEED + place)
        lists.append(planted.assign(file=describe("dirty").tables[name].path))
    return {**tables, "planted": pd.concat(lists, ignore_index=True)}


def dirty_variant(name: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a dirty table with the same kinds of faults in other rows, and the list of them.

    Parameters
    ----------
    name : str
        As for :func:`check_cleaning`, which takes the list.
    seed : int

    Returns
    -------
    dirty, planted : DataFrame

    Raises
    ------
    InputError
        For an unknown table.

    Examples
    --------
    >>> dirty, planted = dirty_variant("service_tickets", 5)
    >>> nothing_left = check_cleaning("service_tickets", dirty.query("kind == 'none'"), planted)
    >>> nothing_left.loc["duplicate", "right"].item()
    0
    """
    source = _source(name)
    return f.plant(clean_rows(name), source.key, source.faults, seed)


def check_cleaning(name: str, cleaned: pd.DataFrame, planted: pd.DataFrame | None = None) -> pd.DataFrame:
    """Compare a cleaned table with what was planted in it.

    Parameters
    ----------
    name : str
        A dirty table: ``retail_transactions``, ``telecom_contracts`` or ``service_tickets``.
    cleaned : DataFrame
        With the columns of the dirty table but the currency: days and moments as ``datetime64`` or ISO
        text, amounts as numbers, all else as text; empty cells as missing or "". All amounts in CNY, USD at
        ``faults.FOREIGN_RATE``.
    planted : DataFrame, optional
        What was planted, if not that of the project's file (:func:`dirty_variant`).

    Returns
    -------
    DataFrame
        A row for each kind of fault, and ``untouched`` for rows that nothing was done to: ``planted``
        (rows), ``right`` (those that are as they should be), ``first_wrong`` (key of one that is not,
        or ""). What cannot be known (remedy ``drop``) is right when the row is left out or the cell is
        empty; a return is right when it is not among the purchases; of copies, one must be left. A last
        row ``stray`` counts rows of the cleaned table that belong to nothing: ``planted`` is 0 there and
        ``right`` minus their number.

    Raises
    ------
    InputError
        For an unknown table, a missing column, and cells that are not what they must be.

    Examples
    --------
    >>> dirty = load_table("dirty", "retail_transactions")
    >>> dirty["customer"] = dirty["customer"].str.strip().str.upper()
    >>> dirty["amount"] = 1.0     # not a good idea
    >>> dirty["date"] = "2024-01-01"
    >>> check_cleaning("retail_transactions", dirty).loc["trailing_blanks", "right"].item()
    0
    """
    key = _source(name).key
    right = _typed(clean_rows(name), name).set_index(key)
    given = _typed(cleaned, name)
    if planted is None:
        planted = load_table("dirty", "planted")
        planted = planted[planted["file"] == describe("dirty").tables[name].path]
    found = _rows_as_they_should_be(given, right, planted, key)
    faults = planted.set_index("row")["fault"]
    kind = pd.Series("untouched", index=found.index)
    kind.update(faults)
    table = pd.DataFrame({"kind": kind, "good": found})
    order = [*dict.fromkeys(faults.sort_values()), "untouched"]
    grouped = table.groupby("kind")["good"]
    wrong = table[~table["good"]].groupby("kind").apply(lambda part: part.index[0], include_groups=False)
    result = pd.DataFrame({"planted": grouped.size(), "right": grouped.sum()}).reindex(order)
    result["first_wrong"] = wrong.reindex(order).fillna("") if len(wrong) else ""
    stray = int((~given[key].isin(found.index)).sum())
    result.loc["stray"] = [0, -stray, ""]
    return result.astype({"planted": int, "right": int}).rename_axis("fault")


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise InputError("name", f"must be one of {', '.join(SOURCES)}", name)
    return SOURCES[name]


def _typed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table with days, numbers and text, as far as they are such."""
    typed = {}
    for column in describe("dirty").tables[name].columns:
        if column == "currency":
            continue
        if column not in frame:
            raise InputError("cleaned", "must have the column", column)
        cells, kind = frame[column], columns()[column].type
        try:
            if kind in ("date", "datetime"):
                typed[column] = pd.to_datetime(cells.replace("", None), format="ISO8601")
            elif kind == "number":
                typed[column] = pd.to_numeric(cells.replace("", None))
            else:
                typed[column] = cells.fillna("").astype("str")
        except (ValueError, TypeError) as error:
            raise InputError(f"cleaned.{column}", f"must be of type {kind} ({error})") from None
    return pd.DataFrame(typed).reset_index(drop=True)


def _rows_as_they_should_be(
    given: pd.DataFrame, right: pd.DataFrame, planted: pd.DataFrame, key: str
) -> pd.Series:
    """Return for every row that ought to be there, or ought not, whether that is so."""
    once = given.drop_duplicates(key, keep=False).set_index(key)
    there = given[key].value_counts()
    beside = once.reindex(right.index)
    same = pd.DataFrame({name: _equal(beside[name], right[name]) for name in right.columns})
    found = same.all(axis=1)  # who is there twice is not among `beside`
    empty = beside.apply(_missing)
    for item in planted[planted["remedy"] == "drop"].itertuples():
        rest = bool(same.loc[item.row].drop(item.column).all())
        count = int(there.get(item.row, 0))
        found[item.row] = count == 0 or (count == 1 and rest and bool(empty.at[item.row, item.column]))
    apart = planted[planted["remedy"] == "set_apart"]["row"]
    return pd.concat([found, pd.Series(~apart.isin(given[key]).to_numpy(), index=apart, dtype=bool)])


def _missing(cells: pd.Series) -> pd.Series:
    return cells.isna() | (cells.astype("str") == "")


def _equal(given: pd.Series, right: pd.Series) -> pd.Series:
    """Return where two columns are the same; amounts to within what a change of currency rounds away."""
    if right.dtype.kind == "f":
        return pd.Series(np.isclose(given, right, rtol=0.0, atol=_ROUNDING, equal_nan=True), right.index)
    return (given == right) | (_missing(given) & _missing(right))
