"""Small worlds in which one mechanism works alone, and ways to read what happened in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.luck import Purpose, uniforms
from crmsim.scenario import Scenario, preset
from crmsim.strategies.base import Strategy

__all__ = ["bare", "luck", "made", "of_kind", "places"]


def bare(**values: Any) -> Scenario:
    """Return a world in which every mechanism is off, except for what `values` switch on."""
    return preset("bare").with_values(**{"customers": 200, "horizon_days": 720} | values)


def made(*rules: dict[str, Any], **more: Any) -> Strategy:
    """Return a strategy of these rules."""
    return Strategy(
        **{"name": "made", "about": "Made for a test.", "currency": "CU", "rules": list(rules)} | more
    )


def of_kind(ledger: Ledger, *kinds: EventKind) -> np.ndarray:
    """Return the rows of these kinds, in order."""
    rows = ledger.log()
    return rows[np.isin(rows["kind"], kinds)]


def places(rows: np.ndarray) -> list[tuple[int, int]]:
    """Return customer and time of rows, sorted, each once."""
    return sorted({(int(row["customer"]), int(row["time"])) for row in rows})


def luck(keys: np.ndarray, purpose: Purpose, index: int) -> np.ndarray:
    """Return one uniform number per customer."""
    out = np.empty(len(keys))
    uniforms(np.ascontiguousarray(keys), int(purpose), index, out)
    return out
