"""Published results and data to test against, where they lie beside the checkout (`../shared`).

They are not part of the product: a test that asks for them is skipped, with the reason, where they
are absent.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True)
class Case:
    """One published case: what goes in, what must come out, how closely."""

    id: str
    inputs: Mapping[str, Any]
    expected: Any
    tolerance: Mapping[str, Any]
    data: str | None

    def close_to(self, expected: Any, key: str | None = None) -> Any:
        """Return what a computed value must equal, within the tolerance of the case or of one key."""
        tolerance = self.tolerance.get("by_key", {}).get(key, self.tolerance)
        return pytest.approx(expected, abs=tolerance.get("abs", 0), rel=tolerance.get("rel", 0))


def shared(relative: str) -> Path:
    """Return the path of a shared file, or skip the test if it is not there."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"reference file {relative} is not beside the checkout")
    return path


def case(case_id: str) -> Case:
    """Return a case by its id; an id that does not exist is an error, not a skip."""
    found = _cases(shared("reference-cases.json"))[case_id]
    return Case(case_id, found["inputs"], found["expected"], found["tolerance"], found.get("data"))


@functools.cache
def _cases(path: Path) -> dict[str, dict[str, Any]]:
    return {found["id"]: found for found in json.loads(path.read_text(encoding="utf-8"))["cases"]}
