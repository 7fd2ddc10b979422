"""One row per customer, strategy and replication, on disk and never all in memory.

Like the sheets of a census: every enumerator hands in one, and they are bound into one book in the order
of the streets, sheet by sheet, whoever came back first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from crmsim.folders import new_file
from crmsim.ledger import Ledger
from crmsim.metrics.money import STRATEGY_COSTS
from crmsim.model.records import DAY, NEVER
from crmsim.stages import Cause, Stage, Status
from crmsim.summary import COUNTED
from crmsim.tiers import Tier

__all__ = ["CustomerSheets", "bind_sheets", "customer_rows"]


def customer_rows(ledger: Ledger) -> pd.DataFrame:
    """Return everybody who ever bought in a run, as they were at its end.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame
        ``person`` (the address of the customer's luck: the same person under every strategy of a
        replication has the same), ``number`` (in the run, from 0), ``initial`` (of the initial cohort),
        ``entered_day`` and ``left_day`` (nan: has not left), ``cause`` (of leaving), ``active`` (a customer
        at the end), ``tier``, ``stage``, ``purchases``, ``ratio`` (satisfaction b / a as remembered),
        ``clv`` (over the run, discounted to the first purchase, currency) and ``strategy_cost`` (likewise,
        positive).

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> rows = customer_rows(simulate(preset("retail").with_values(customers=20), log=False))
    >>> int(rows["initial"].sum()), rows["person"].is_unique
    (20, True)
    """
    people = ledger.customers[ledger.customers["entered"] < NEVER]
    left = people["left"] < NEVER
    return pd.DataFrame(
        {
            "person": people["key"],
            "number": people["number"].astype(np.int64),
            "initial": people["number"] < ledger.initial_count,
            "entered_day": people["entered"] / DAY,
            "left_day": np.where(left, people["left"] / DAY, np.nan),
            "cause": _words(people["cause"], Cause),
            "active": people["status"] == Status.ACTIVE,
            "tier": _words(people["tier"], Tier),
            "stage": _words(people["stage"], Stage),
            "purchases": people["n"].astype(np.int64),
            "ratio": people["ratio"].astype(float),
            "clv": people["value"][:, COUNTED].sum(axis=1),
            "strategy_cost": 0.0 - people["value"][:, list(STRATEGY_COSTS)].sum(axis=1),
        }
    )


def _words(codes: np.ndarray, vocabulary: type) -> pd.Categorical:
    return pd.Categorical.from_codes(codes.astype(int), [word.name.lower() for word in vocabulary])  # type: ignore[attr-defined]


class CustomerSheets:
    """A folder with the customers of one run each.

    Parameters
    ----------
    folder : str or Path
        Made with the first sheet; its parent must exist.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    def write(self, ledger: Ledger, strategy: str, replication: int) -> None:
        """Hand in the customers of a run, whole or not at all."""
        self.folder.mkdir(exist_ok=True)
        with new_file(self._path(strategy, replication)) as draft:
            customer_rows(ledger).to_parquet(draft, index=False)

    def has(self, strategies: Iterable[str], replication: int) -> bool:
        """Return whether the sheets of a replication are all there."""
        return all(self._path(strategy, replication).is_file() for strategy in strategies)

    def read(self, strategy: str, replication: int) -> pa.Table | None:
        """Return a sheet; None where the run failed."""
        path = self._path(strategy, replication)
        return pq.read_table(path) if path.is_file() else None

    def remove(self) -> None:
        """Remove all sheets, and the folder if nothing else is in it."""
        if not self.folder.is_dir():
            return
        for path in (*self.folder.glob("r[0-9]*_*.parquet"), *self.folder.glob(".r[0-9]*.parquet.*")):
            path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _path(self, strategy: str, replication: int) -> Path:
        return self.folder / f"r{replication:06d}_{strategy}.parquet"


def bind_sheets(
    parts: Iterable[tuple[str, CustomerSheets, Sequence[str], Sequence[int]]], target: Path
) -> int:
    """Write the sheets of several scenarios into one Parquet file, one after the other.

    Parameters
    ----------
    parts : iterable
        Of each scenario its name, its sheets, the strategies and the replications.
    target : Path

    Returns
    -------
    int
        Rows written; without any there is no file. Besides the columns of :func:`customer_rows` each has
        ``scenario``, ``strategy`` and ``replication``. A run is a row group.
    """
    writer: pq.ParquetWriter | None = None
    rows = 0
    try:
        for scenario, sheets, strategies, replications in parts:
            for replication in replications:
                for strategy in strategies:
                    sheet = sheets.read(strategy, replication)
                    if sheet is None:
                        continue
                    sheet = _labelled(sheet, scenario, strategy, replication)
                    if writer is None:
                        writer = pq.ParquetWriter(target, sheet.schema, compression="zstd")
                    writer.write_table(sheet.cast(writer.schema))
                    rows += sheet.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def _labelled(sheet: pa.Table, scenario: str, strategy: str, replication: int) -> pa.Table:
    columns = {
        "scenario": pa.array([scenario] * sheet.num_rows).dictionary_encode(),
        "strategy": pa.array([strategy] * sheet.num_rows).dictionary_encode(),
        "replication": pa.array(np.full(sheet.num_rows, replication, np.int64)),
    }
    return pa.table(columns | {name: sheet.column(name) for name in sheet.column_names})
