"""Runs the backtest's strategies on its scenario; as a program, saves the numbers as the new baseline.

    python tests/baselines/update.py

Do that only after a change that was meant to change results, and say so in the commit.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from crmsim.engines import simulate
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.ledger import Ledger
from crmsim.scenario import load_scenario
from crmsim.stages import Cause, Status
from crmsim.strategies import find_strategy

__all__ = ["BASELINE", "STRATEGIES", "read", "summaries"]

FOLDER = Path(__file__).parent
SCENARIO = FOLDER / "backtest_scenario.yaml"
BASELINE = FOLDER / "backtest.csv"
#: Strategies kept in files of this folder, so that a new price of a ready strategy changes nothing here.
STRATEGIES = ("do_nothing", "everything", "budgeted")
SEED, REPLICATIONS = 20_240_229, 3


def summaries() -> dict[tuple[str, str], float]:
    """Return the numbers by strategy and name."""
    scenario = load_scenario(SCENARIO)
    table = {}
    for name in STRATEGIES:
        strategy = find_strategy(str(FOLDER / f"backtest_{name}.yaml"))
        runs = [simulate(scenario, strategy, seed=SEED, replication=r) for r in range(REPLICATIONS)]
        table |= {(name, key): value for key, value in _summary(runs).items()}
    return table


def _summary(runs: list[Ledger]) -> dict[str, float]:
    people = np.concatenate([ledger.customers for ledger in runs])
    months = np.concatenate([ledger.months[-1:] for ledger in runs])
    events = sum(ledger.run["events"].sum(axis=1) for ledger in runs)
    counts = np.array([info.counts for info in COMPONENTS.values()])
    result = {f"events {kind.name.lower()}": float(events[kind]) for kind in EventKind}
    result |= {f"lost to {cause.name.lower()}": float((people["cause"] == cause).sum()) for cause in Cause}
    result |= {f"value {c.name.lower()}": float(people["value"][:, c].sum()) for c in Component}
    for state in ("satisfaction", "ratio", "attitude", "trust", "habit", "expectation", "wallet"):
        result[f"sum of {state}"] = float(people[state][people["status"] != Status.PROSPECT].sum())
    result["active"] = float((people["status"] == Status.ACTIVE).sum())
    result["npv"] = float(people["value"][:, counts].sum())
    result["cash"] = float(people["cash"].sum())
    result["reputation"] = float(months["reputation"].sum())
    result["wait seconds"] = float(sum(ledger.run["wait_seconds"].sum() for ledger in runs))
    for tier in range(4):
        result[f"active in tier {tier}"] = float(months["tiers"][:, tier].sum())
    return result


def read() -> dict[tuple[str, str], float]:
    """Return the saved numbers."""
    with BASELINE.open(newline="", encoding="utf-8") as file:
        return {(row["strategy"], row["number"]): float(row["value"]) for row in csv.DictReader(file)}


if __name__ == "__main__":
    fresh = summaries()  # before the old numbers are touched
    with BASELINE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("strategy", "number", "value"))
        writer.writerows((*key, repr(value)) for key, value in fresh.items())
    print(f"wrote {BASELINE}")
