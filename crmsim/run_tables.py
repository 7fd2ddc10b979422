"""The summaries of a run as plain tables: one row per customer, one row per month.

The ledger keeps them as records for the machine, with codes, seconds and small arrays. Here they are
laid out for a statistics program: words, days, and one column per number, as in ``amounts_clv2_vip``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from crmsim.events import Component, EventKind
from crmsim.folders import MANIFEST
from crmsim.ledger import Ledger
from crmsim.model.programmes import Programme
from crmsim.model.record_fields import CUSTOMER_FIELDS
from crmsim.model.records import CUSTOMER, DAY, NEVER, SurveyCount
from crmsim.model.servqual import Dimension
from crmsim.stages import Cause, Stage, Status
from crmsim.summary import Run
from crmsim.tiers import Tier

__all__ = ["LEFT_OUT", "customers_file", "customers_table", "months_table", "write_run"]

Axis = type[IntEnum] | None
#: What only the engine needs: what is due next, and the clocks that decide it.
LEFT_OUT = ("due", "updated", "held_until", *CUSTOMER_FIELDS["Clocks"])
_CODES: dict[str, type[IntEnum]] = {
    "status": Status, "cause": Cause, "decline_cause": Cause, "stated_cause": Cause, "stage": Stage,
    "observed_stage": Stage, "tier": Tier,
}  # fmt: skip
#: What the places in a customer's small arrays are called; None where they are numbered.
_CUSTOMER_AXES: dict[str, tuple[Axis, ...]] = {
    "programme": (Programme,), "programme_expectation": (Programme,), "servqual_perceived": (Dimension,),
    "servqual_expected": (Dimension,), "value": (Component,), "total": (Component,), "window": (Component,),
    "revenue_months": (None,), "net_months": (None,),
}  # fmt: skip
_MONTH_AXES: dict[str, tuple[Axis, ...]] = {
    "stages": (Stage,), "observed": (Stage,), "tiers": (Tier,), "satisfied": (Tier,), "satisfaction": (Tier,),
    "ratio": (Tier,), "attitude": (Tier,), "amounts": (Component, Tier), "moves": (Tier, Tier),
    "losses": (Cause,), "events": (EventKind, Tier), "survey": (SurveyCount,),
}  # fmt: skip
#: So many customers are laid out at a time: the table takes more memory than their records.
_ROWS = 1 << 14


def customers_table(ledger: Ledger) -> pd.DataFrame:
    """Return everybody at the end of the run, the truth about them included.

    Names, units and meanings are those of ``crmsim show model``. Codes become words; a time becomes a
    day since the start of the run, with ``_day`` added to its name, and is missing where it never came.

    Examples
    --------
    >>> from crmsim.engines import simulate
    >>> from crmsim.scenario import preset
    >>> table = customers_table(simulate(preset("retail").with_values(customers=20), log=False))
    >>> table[["number", "status", "entered_day", "value_clv2"]].shape
    (21, 4)
    """
    return _table(ledger.customers)


def _table(people: np.ndarray) -> pd.DataFrame:
    units = {name: unit for group in CUSTOMER_FIELDS.values() for name, (unit, _) in group.items()}
    columns: dict[str, np.ndarray | pd.Categorical] = {}
    for name in people.dtype.names:
        if name in LEFT_OUT:
            continue
        if name in _CODES:
            words = [word.name.lower() for word in _CODES[name]]
            columns[name] = pd.Categorical.from_codes(people[name], words)
        elif units[name] == "seconds":
            days = people[name] / DAY
            columns[f"{name}_day"] = np.where(np.abs(people[name]) >= NEVER, np.nan, days)
        else:
            columns |= _spread(name, people[name], _CUSTOMER_AXES)
    return pd.DataFrame(columns)


def months_table(ledger: Run) -> pd.DataFrame:
    """Return one row per window of 30 days: where everybody is at its end, and what happened in it.

    Counts of ``events`` are since the start of the run; sums (``satisfaction``, ``ratio``,
    ``attitude``) are over active customers; amounts are undiscounted, in the scenario's currency.

    Examples
    --------
    >>> from crmsim.engines import simulate
    >>> from crmsim.scenario import preset
    >>> table = months_table(simulate(preset("retail").with_values(customers=20), log=False))
    >>> table["time_day"].tolist()[:3]
    [30.0, 60.0, 90.0]
    """
    months = ledger.months
    columns = {"time_day": months["time"] / DAY}
    for name in months.dtype.names[1:]:
        columns |= _spread(name, months[name], _MONTH_AXES)
    return pd.DataFrame(columns)


@contextmanager
def customers_file(path: Path) -> Iterator[Callable[[np.ndarray], None]]:
    """Give a function that adds customers (array of ``records.CUSTOMER``) to a Parquet file.

    The file holds :func:`customers_table` of all of them, and needs little memory however many they are.
    """
    with pq.ParquetWriter(path, _packed(np.empty(0, CUSTOMER)).schema) as writer:

        def write(customers: np.ndarray) -> None:
            for first in range(0, len(customers), _ROWS):
                writer.write_table(_packed(customers[first : first + _ROWS]))

        yield write


def _packed(customers: np.ndarray) -> pa.Table:
    return pa.Table.from_pandas(_table(customers), preserve_index=False)


def write_run(run: Run, folder: Path) -> None:
    """Write the months of a run into a folder, and what is needed to repeat it.

    What is there already (customers and log) is listed in the manifest too.
    """
    months_table(run).to_parquet(folder / "months.parquet", index=False)
    name, text = run.strategy.as_file()
    (folder / f"strategy_{name}").write_text(text, encoding="utf-8")
    (folder / "scenario.yaml").write_text(run.scenario.to_yaml(), encoding="utf-8")
    files = sorted(path.name for path in folder.iterdir())
    manifest = json.dumps(run.provenance | {"files": files}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(manifest + "\n", encoding="utf-8")


def _spread(name: str, values: np.ndarray, axes: dict[str, tuple[Axis, ...]]) -> dict[str, np.ndarray]:
    """Return a field as columns: one, or as many as there are places in its small array."""
    if values.ndim == 1:
        return {name: values}
    labels = [
        [str(k + 1) for k in range(length)] if axis is None else [word.name.lower() for word in axis]
        for axis, length in zip(axes[name], values.shape[1:], strict=True)
    ]
    places = product(*(range(length) for length in values.shape[1:]))
    return {
        "_".join((name, *words)): values[(slice(None), *place)]
        for words, place in zip(product(*labels), places, strict=True)
    }
