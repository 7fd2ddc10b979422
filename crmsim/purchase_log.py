"""The purchases of a run as a firm has them: one line a day on which a customer bought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY

__all__ = ["START", "purchases_of"]

#: The day on which runs begin that are written down as a log.
START = np.datetime64("2024-01-01")


def purchases_of(ledger: Ledger, start: np.datetime64 = START) -> pd.DataFrame:
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
