"""The data sets that come with the project, each with its source, columns and units.

The files lie in the folder ``datasets/`` of the project. What is made is made by this program from a
fixed seed, and a test compares the file with a fresh one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY
from crmsim.scenario import Scenario, preset
from crmsim.transactions import read_transactions
from crmsim.yaml_files import write_text

__all__ = ["FOLDER", "SHOP_LOG", "load_shop_log", "purchases_of", "shop_scenario", "write_shop_log"]

FOLDER = Path(__file__).parents[1] / "datasets"
SHOP_LOG = FOLDER / "shop_log.csv"
_START = np.datetime64("2024-01-01")
_SEED = 20260101


def shop_scenario() -> Scenario:
    """Return the scenario whose customers wrote the shop's log: the truth behind it."""
    return preset("retail").with_values(
        name="shop", currency="CNY", customers=500, entry_days=120, horizon_days=720,
        rate_shape=0.8, rate_mean=7.0, spend_mean=180.0, drop_a=0.8, drop_b=12.0, ref_rate=0.0,
    )  # fmt: skip


def purchases_of(ledger: Ledger, start: np.datetime64 = _START) -> pd.DataFrame:
    """Return the purchases of a run as a firm's transaction log.

    Parameters
    ----------
    ledger : Ledger
        With an event log.
    start : datetime64
        Day on which the run began.

    Returns
    -------
    DataFrame
        ``customer`` (C0000, ...), ``date`` (ISO day) and ``amount`` (revenue in the scenario's
        currency, to the cent; several purchases of a day are one row), by customer and date.
    """
    rows = ledger.log()
    buys = rows[rows["kind"] == EventKind.PURCHASE]
    table = pd.DataFrame(
        {
            "customer": [f"C{number:04d}" for number in buys["customer"]],
            "date": (start + (buys["time"] // DAY).astype("timedelta64[D]")).astype(str),
            "amount": buys["amount"],
        }
    )
    return table.groupby(["customer", "date"], as_index=False)["amount"].sum().round({"amount": 2})


def write_shop_log(path: Path = SHOP_LOG) -> None:
    """Make the shop's log anew."""
    log = purchases_of(simulate(shop_scenario(), seed=_SEED))
    write_text(path, log.to_csv(index=False, float_format="%.2f", lineterminator="\n"))


def load_shop_log() -> pd.DataFrame:
    """Return the shop's transaction log.

    Source: made with this program (:func:`shop_scenario`, no strategy), so the truth behind it is
    known. 500 customers who came over 120 days, watched for 720 days from 2024-01-01.

    Returns
    -------
    DataFrame
        ``customer`` (str), ``date`` (day), ``amount`` (CNY).

    Raises
    ------
    InputError
        When the file is not there; says where it was looked for.
    """
    if not SHOP_LOG.exists():
        raise InputError("datasets", "must be the folder of a project checkout", str(SHOP_LOG))
    return read_transactions(SHOP_LOG)
