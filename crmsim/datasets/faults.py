"""Faults that data have in practice, each planted in a known row so that its repair can be checked.

As a teacher of proofreading sets mistakes into a page: the reader gets the page, the teacher keeps the
list. Every fault of a file hits other rows, and which ones is a function of their place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsim.luck import Purpose, customer_keys, uniforms

__all__ = [
    "FOREIGN_RATE", "Fault", "chinese_day", "compact_day", "copied", "decimal_comma", "dotted_day", "emptied",
    "foreign", "full_width", "future_day", "impossible_day", "lower_case", "no_such", "padded", "plant",
    "returned", "slashed_day", "swapped", "thousands", "with_unit",
]  # fmt: skip

Row = dict[str, str]
#: CNY for one USD in the dirty files: made for the exercise, no rate of any day.
FOREIGN_RATE = 7.0
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


class Fault(NamedTuple):
    """A way to spoil a row.

    ``spoil`` gets a row of text and returns what is changed in it, or None where it does not apply.
    ``adds`` is True where the spoilt row stands beside the right one, further down. ``remedy`` is what
    cleaning should do: repair, drop, merge, or set_apart.
    """

    name: str
    column: str
    remedy: str
    spoil: Callable[[Row], Row | None]
    adds: bool = False


def plant(clean: pd.DataFrame, key: str, faults: list[tuple[Fault, int]], seed: int) -> tuple:
    """Return a table of text with faults, and the list of them.

    Parameters
    ----------
    clean : DataFrame
        Text, one row per value of `key`.
    key : str
        The column that names a row.
    faults : list of (Fault, int)
        With the number of rows to hit, fewer where it does not apply to so many.
    seed : int

    Returns
    -------
    dirty, planted : DataFrame
        ``planted`` has a row per fault: line of the dirty file, row (true key), column, fault, written,
        right, remedy.
    """
    rows = clean.to_dict("records")
    lot = _lot(len(rows), seed)
    order = np.argsort(lot, kind="stable").tolist()
    spoilt: dict[int, tuple[Fault, Row]] = {}
    for fault, wanted in faults:
        hit = 0
        for place in order:
            if hit == wanted:
                break
            change = None if place in spoilt else fault.spoil(rows[place])
            if change is not None:
                spoilt[place] = (fault, change)
                hit += 1
    lines, planted = _written(rows, spoilt, lot, key)
    return pd.DataFrame(lines, columns=list(clean.columns)), pd.DataFrame(planted).sort_values("line")


def _lot(count: int, seed: int) -> np.ndarray:
    keys, lot = np.empty(count, np.uint64), np.empty(count)
    customer_keys(seed, 0, np.arange(count), keys)
    uniforms(keys, Purpose.PLANTED_FAULT.value, 0, lot)
    return lot


def _written(rows: list[Row], spoilt: dict, lot: np.ndarray, key: str) -> tuple[list[Row], list[dict]]:
    """Return the rows of the dirty file; rows that are added come up to twenty rows further down."""
    placed = [(float(place), place, False) for place in range(len(rows))]
    placed += [
        (place + 0.5 + int(lot[place] * 1e6) % 20, place, True) for place in spoilt if spoilt[place][0].adds
    ]
    lines, planted = [], []
    for _, place, added in sorted(placed):
        right = rows[place]
        fault, change = spoilt.get(place, (None, {}))
        bad = fault is not None and fault.adds == added
        lines.append({**right, **change} if bad else right)
        if bad:
            column = fault.column
            planted.append(
                {
                    "line": len(lines) + 1,
                    "row": change.get(key, right[key]) if fault.remedy == "set_apart" else right[key],
                    "column": column,
                    "fault": fault.name,
                    "written": change.get(column, ""),
                    "right": "" if added else right.get(column, ""),
                    "remedy": fault.remedy,
                }
            )
    return lines, planted


def _day(form: Callable[[str, str, str], str], column: str) -> Callable[[Row], Row | None]:
    """Return a way to write the day of a column otherwise; a time of day stays behind it."""

    def spoil(row: Row) -> Row | None:
        if not row[column]:
            return None
        day, _, clock = row[column].partition("T")
        return {column: form(*day.split("-")) + (f" {clock}" if clock else "")}

    return spoil


def slashed_day(column: str) -> Fault:
    """2024/3/5: year, month, day."""
    return Fault("slashed_date", column, "repair", _day(lambda y, m, d: f"{y}/{int(m)}/{int(d)}", column))


def dotted_day(column: str) -> Fault:
    """05.03.2024: day, month, year."""
    return Fault("dotted_date", column, "repair", _day(lambda y, m, d: f"{d}.{m}.{y}", column))


def chinese_day(column: str) -> Fault:
    """2024年3月5日."""
    return Fault("chinese_date", column, "repair", _day(lambda y, m, d: f"{y}年{int(m)}月{int(d)}日", column))


def compact_day(column: str) -> Fault:
    """20240305."""
    return Fault("compact_date", column, "repair", _day(lambda y, m, d: y + m + d, column))


def impossible_day(column: str) -> Fault:
    """The 30th of February: which day was meant, nobody can know."""
    return Fault("impossible_date", column, "drop", _day(lambda y, m, d: f"{y}-02-30", column))


def future_day(column: str) -> Fault:
    """A year that has not come: which day was meant, nobody can know."""
    return Fault("future_date", column, "drop", _day(lambda y, m, d: f"20{int(d) + 60}-{m}-{d}", column))


def full_width(column: str) -> Fault:
    """Digits as wide as Chinese characters."""
    return Fault("full_width_digits", column, "repair", lambda row: {column: row[column].translate(_WIDE)})


def decimal_comma(column: str) -> Fault:
    """123,45 for 123.45."""
    return Fault("decimal_comma", column, "repair", lambda row: {column: row[column].replace(".", ",")})


def thousands(column: str) -> Fault:
    """1,234.50 for 1234.50, where there are thousands."""

    def spoil(row: Row) -> Row | None:
        return {column: f"{float(row[column]):,.2f}"} if float(row[column]) >= 1000.0 else None

    return Fault("thousands_separator", column, "repair", spoil)


def with_unit(column: str, before: str = "¥", after: str = "") -> Fault:
    """A sign of currency or unit beside the number."""
    return Fault("unit_in_cell", column, "repair", lambda row: {column: before + row[column] + after})


def foreign(column: str, currency: str) -> Fault:
    """An amount in USD, and a cell that says so."""
    return Fault(
        "foreign_currency", column, "repair",
        lambda row: {column: f"{float(row[column]) / FOREIGN_RATE:.2f}", currency: "USD"},
    )  # fmt: skip


def emptied(column: str) -> Fault:
    """Nothing where something must be."""
    return Fault("missing", column, "drop", lambda row: {column: ""} if row[column] else None)


def no_such(column: str) -> Fault:
    """A word that means nothing."""
    return Fault("missing_by_a_word", column, "drop", lambda row: {column: "N/A"} if row[column] else None)


def padded(column: str) -> Fault:
    """Blanks at the end, the last of them a wide one."""
    return Fault(
        "trailing_blanks", column, "repair",
        lambda row: {column: row[column] + " \u3000"} if row[column] else None,
    )  # fmt: skip


def lower_case(column: str) -> Fault:
    """Letters of another case."""

    def spoil(row: Row) -> Row | None:
        cell = row[column]
        return {column: cell.upper() if cell.islower() else cell.lower()} if cell else None

    return Fault("other_case", column, "repair", spoil)


def swapped(first: str, second: str) -> Fault:
    """Two cells in the place of each other, so that an end comes before its beginning."""

    def spoil(row: Row) -> Row | None:
        if not row[first] or not row[second] or row[first] == row[second]:
            return None
        return {first: row[second], second: row[first]}

    return Fault("swapped", first, "repair", spoil)


def copied(blank: str | None = None) -> Fault:
    """The same row once more, or nearly: with blanks behind one of its cells."""
    if blank is None:
        return Fault("duplicate", "", "merge", lambda row: {}, adds=True)
    return Fault("near_duplicate", blank, "merge", lambda row: {blank: row[blank] + "  "}, adds=True)


def returned(key: str, amount: str) -> Fault:
    """Goods given back: a row of its own with a negative amount."""
    return Fault(
        "return", "", "set_apart",
        lambda row: {key: "R" + row[key][1:], amount: "-" + row[amount]}, adds=True,
    )  # fmt: skip
