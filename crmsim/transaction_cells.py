"""The cells of a firm's log: customers, amounts and currencies, each refused where it stands.

A cashier who finds a torn note says which one; so a value that cannot be read is refused with the
line of the file, the column as the file calls it, the value and what is allowed.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError

__all__ = [
    "LARGEST_AMOUNT",
    "NOT_A_VALUE",
    "NUMBER",
    "Cells",
    "cell_amounts",
    "cell_currencies",
    "cell_customers",
    "chosen_currency",
    "refuse_disorder",
    "refuse_repeat",
]

NOT_A_VALUE = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "nat"})
"""What databases and spreadsheets write where there is no value (compared in lower case)."""

LARGEST_AMOUNT = 1e15
"""Above this, sums of money lose their cents in double precision."""

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""How an amount is written: a plain number with a decimal point."""

_NUMBER = re.compile(NUMBER)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True)
class Cells:
    """Columns of a log as text, with the line of the file on which each row starts.

    Attributes
    ----------
    where : str
        The file.
    lines : sequence of int
        One per row.
    columns : dict of str to list of str
        The cells of ``customer``, ``date``, ``amount`` and, where there is one, ``currency``.
    names : dict of str to str
        What the file calls these columns.
    """

    where: str
    lines: Sequence[int]
    columns: dict[str, list[str]]
    names: dict[str, str]

    def refuse(self, row: int, column: str, problem: str, *, show: bool = True) -> NoReturn:
        """Raise the error for one cell, naming the column as the file does."""
        value = self.columns[column][row][:80] if show else None
        raise InputError(self.names[column], problem, value, where=f"{self.where}:{self.lines[row]}")


def cell_customers(cells: Cells) -> pd.Series:
    """Return the customers as text.

    Raises
    ------
    InputError
        One is missing.
    """
    return _present(cells, "customer", "is missing, every row must name a customer")


def cell_currencies(cells: Cells) -> pd.Series:
    """Return the currencies in capitals.

    Raises
    ------
    InputError
        One is missing.
    """
    return _present(cells, "currency", "is missing, every row must have a currency").str.upper()


def cell_amounts(cells: Cells, *, negative: bool) -> npt.NDArray[np.float64]:
    """Return the amounts as numbers.

    Parameters
    ----------
    cells : Cells
    negative : bool
        Whether an amount may be below 0.

    Raises
    ------
    InputError
        One is missing, no number, not finite, below 0 where it may not be, or beyond `LARGEST_AMOUNT`.
    """
    codes, texts = pd.factorize(np.asarray(cells.columns["amount"], dtype=object))
    values = np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts])
    good = (np.abs(values) <= LARGEST_AMOUNT) & (negative | (values >= 0))
    if not good.all():
        row = int(np.argmin(good[codes]))
        _refuse_amount(cells, row, cells.columns["amount"][row], negative)
    return (values + 0.0)[codes]  # + 0.0 turns -0.0 into 0.0


def chosen_currency(cells: Cells, counts: Mapping[str, int], wanted: str | None) -> str:
    """Return the currency of a log: the only one, or the one that is wanted.

    Parameters
    ----------
    cells : Cells
        Some rows, to say where the file is and what it calls the column.
    counts : mapping of str to int
        Rows of each currency in the whole file.
    wanted : str or None

    Raises
    ------
    InputError
        With the number of rows of each: several, and none is wanted, or another one is.

    Examples
    --------
    >>> chosen_currency(Cells("log.csv", [2], {}, {"currency": "ccy"}), {"EUR": 7, "USD": 2}, "usd")
    'USD'
    """
    listed = ", ".join(f"{name} ({rows:,} rows)" for name, rows in counts.items())
    if wanted is not None:
        name = wanted.strip().upper()
        if name not in counts:
            raise InputError("only_currency", f"must be one of {listed}", wanted, where=cells.where)
        return name
    if len(counts) > 1:
        problem = f"must be the same in all rows, there are {listed}; say only_currency=... to take one"
        raise InputError(cells.names["currency"], problem, where=cells.where)
    return next(iter(counts))


def refuse_repeat(cells: Cells, row: int, first_line: int) -> NoReturn:
    """Raise the error for a row that is the same as an earlier one."""
    raise InputError(
        "row",
        f"repeats line {first_line} (same customer, date and amount); "
        "sum separate purchases of a day into one row or give them different amounts",
        ", ".join(cells.columns[name][row] for name in ("customer", "date", "amount")),
        where=f"{cells.where}:{cells.lines[row]}",
    )


def refuse_disorder(cells: Cells, row: int, before: datetime.date) -> NoReturn:
    """Raise the error for a row that is earlier than the row before of the same customer."""
    problem = (
        f"is earlier than the row before of this customer ({before:%Y-%m-%d}); "
        "must be in order of date within each customer: sort the file by customer and date"
    )
    cells.refuse(row, "date", problem)


def _present(cells: Cells, column: str, problem: str) -> pd.Series:
    texts = pd.Series(cells.columns[column], dtype="str")
    bad = texts.str.lower().isin(NOT_A_VALUE).to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        cells.refuse(row, column, problem, show=bool(texts[row]))
    return texts


def _refuse_amount(cells: Cells, row: int, text: str, negative: bool) -> NoReturn:
    allowed = "a number" if negative else "a number from 0"
    if not text:
        cells.refuse(row, "amount", f"is missing, must be {allowed}", show=False)
    if _NOT_FINITE.fullmatch(text):
        cells.refuse(row, "amount", f"must be {allowed.replace('a ', 'a finite ')}")
    if not _NUMBER.fullmatch(text):
        cells.refuse(row, "amount", "must be a plain number with a decimal point, such as 1234.50")
    if float(text) < 0 and not negative:
        cells.refuse(row, "amount", "must be at least 0; for returns say returns='net' or returns='keep'")
    least = f"from -{LARGEST_AMOUNT:g} to {LARGEST_AMOUNT:g}" if negative else f"at most {LARGEST_AMOUNT:g}"
    cells.refuse(row, "amount", f"must be {least}")
