"""The shop's log: one table, as a till exports it; `make demo` begins with it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crmsim.datasets import description
from crmsim.datasets.records import truth_of
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.purchase_log import purchases_of
from crmsim.scenario import Scenario, preset
from crmsim.transactions import read_transactions

__all__ = ["SHOP_LOG", "load_shop_log", "shop_scenario", "tables"]

SHOP_LOG = description.FOLDER / "shop_log.csv"
_SEED = 20260101


def shop_scenario() -> Scenario:
    """Return the scenario whose customers wrote the shop's log: the truth behind it."""
    return preset("retail").with_values(
        name="shop", currency="CNY", customers=500, entry_days=120, horizon_days=720,
        rate_shape=0.8, rate_mean=7.0, spend_mean=180.0, drop_a=0.8, drop_b=12.0, ref_rate=0.0,
    )  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    """Make the log and the truth of its customers anew."""
    ledger = simulate(shop_scenario(), seed=_SEED)
    return {"transactions": purchases_of(ledger), "truth": truth_of(ledger)}


def load_shop_log(path: Path = SHOP_LOG) -> pd.DataFrame:
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
    if not path.exists():
        raise InputError("datasets", "must hold the files that come with the program", str(path))
    return read_transactions(path)
