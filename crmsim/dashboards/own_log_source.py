"""Where a log comes from on the screen of one's own log: a data set of the project, or a file of the reader.

What was read is kept as long as the file stays as it is: a file that was mended is read anew.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from crmsim.calibration import Calibration, calibrate
from crmsim.customer_audit import CustomerAudit, audit_customers
from crmsim.customer_outlook import Foreseen
from crmsim.datasets import FOLDER
from crmsim.errors import InputError
from crmsim.transaction_header import FIELDS
from crmsim.transactions import csv_layout, read_transactions

__all__ = ["SOURCES", "LogKey", "audited", "calibrated", "columns_found", "log_key", "read_log"]


class Source(NamedTuple):
    """A data set of the project as a log: its file, and what its first line does not say."""

    path: str
    currency: str
    customer: str | None = None


#: Logs of the project; `dirty` is one as a till exports it, which is refused until it is cleaned.
SOURCES: dict[str, Source] = {
    "shop": Source("shop_log.csv", "CNY"),
    "retail": Source("retail/transactions.csv", "CNY"),
    "b2b": Source("b2b/invoices.csv", "CNY", "account"),
    "dirty": Source("dirty/retail_transactions.csv", ""),
}


class LogKey(NamedTuple):
    """All that the content of a log depends on: the file as it is now, and how it is to be read."""

    path: str
    changed: int
    size: int
    customer: str | None
    date: str | None
    amount: str | None
    date_format: str | None
    returns: str


def log_key(state: Any) -> LogKey:
    """Return which log the choices name.

    Parameters
    ----------
    state : OwnLogState

    Raises
    ------
    InputError
        When no file is named, or it is not there.
    """
    known = SOURCES.get(state.source)
    path = FOLDER / known.path if known else Path(state.file.strip())
    if known is None and not state.file.strip():
        raise InputError("file", "must name a CSV file in the working folder, or upload one")
    try:
        facts = path.stat()
    except OSError as error:
        raise InputError("file", f"cannot be read ({error.strerror})", str(path)) from None
    customer = state.customer.strip() or (known.customer if known else None)
    return LogKey(
        str(path), facts.st_mtime_ns, facts.st_size, customer, state.date.strip() or None,
        state.amount.strip() or None, state.date_format.strip() or None, state.returns,
    )  # fmt: skip


@lru_cache(maxsize=8)
def read_log(key: LogKey) -> pd.DataFrame:
    """Return the log, or refuse it with line and column."""
    return read_transactions(
        key.path, customer=key.customer, date=key.date, amount=key.amount,
        date_format=key.date_format, returns=key.returns,
    )  # fmt: skip


def columns_found(key: LogKey) -> dict[str, str]:
    """Return which columns were taken for customer, date, amount and currency; none for CDNOW text files."""
    chosen = {"customer": key.customer, "date": key.date, "amount": key.amount, "currency": None}
    try:
        layout = csv_layout(key.path, chosen)
    except InputError:  # a layout without a header, which the reader of logs knows
        return {}
    return {name: layout.header[layout.positions[name]] for name in FIELDS if name in layout.positions}


@lru_cache(maxsize=8)
def audited(key: LogKey, margin: float, currency: str) -> CustomerAudit:
    """Return the audit of a log."""
    return audit_customers(read_log(key), margin=margin, currency=currency, foreseen=_foreseen(key, currency))


@lru_cache(maxsize=8)
def _foreseen(key: LogKey, currency: str) -> Foreseen:
    """Return what to expect of the customers, whatever the margin."""
    return audit_customers(read_log(key), currency=currency).foreseen


@lru_cache(maxsize=8)
def calibrated(key: LogKey, base: str, currency: str) -> Calibration:
    """Return the scenario fitted to a log."""
    return calibrate(read_log(key), name="own_log", base=base, currency=currency)
