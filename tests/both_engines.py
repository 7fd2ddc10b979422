"""One run under both engines, compared to the last byte."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmsim.accelerated import run_compiled
from crmsim.branch import Branch, KeptRows
from crmsim.engines import simulate
from crmsim.ledger import Ledger
from crmsim.scenario import Scenario
from crmsim.simulation import run_simpy
from crmsim.strategies.base import DO_NOTHING, Strategy

__all__ = ["assert_same", "assert_same_tables", "both", "both_entering", "parts"]

#: What a run without a log leaves out.
_OF_THE_LOG = ("logging", "rows")


def parts(ledger: Ledger) -> tuple[bytes, ...]:
    """Return everything that is known of a run: events, customers, months, and the counts of the run."""
    events = b"" if ledger.events is None else ledger.events.tobytes()
    return events, ledger.customers.tobytes(), ledger.months.tobytes(), ledger.run.tobytes()


def assert_same(one: Ledger, other: Ledger) -> None:
    """Compare two runs to the last byte; say where they part."""
    if parts(one) == parts(other):
        return
    if one.events is not None and other.events is not None:
        _assert_same_rows(one.events, other.events)
    _assert_same_fields(one, other, ())
    raise AssertionError("the bytes differ, but no row and no field does")


def assert_same_tables(logged: Ledger, without: Ledger) -> None:
    """Compare a run with the same one without a log."""
    assert logged.events is not None and without.events is None
    _assert_same_fields(logged, without, _OF_THE_LOG)


def _assert_same_rows(one: np.ndarray, other: np.ndarray) -> None:
    shorter = min(len(one), len(other))
    differing = np.flatnonzero(one[:shorter] != other[:shorter])
    at = int(differing[0]) if differing.size else shorter
    if at < max(len(one), len(other)):
        around = slice(max(at - 1, 0), at + 2)
        raise AssertionError(
            f"of {len(one)} and {len(other)} rows, row {at} is the first that differs:\n"
            f"{one[around]}\n{other[around]}"
        )


def _assert_same_fields(one: Ledger, other: Ledger, leave_out: Sequence[str]) -> None:
    for table in ("customers", "months", "run"):
        a, b = getattr(one, table), getattr(other, table)
        differing = [
            name for name in a.dtype.names if name not in leave_out and a[name].tobytes() != b[name].tobytes()
        ]
        assert not differing, f"{table} differ in {', '.join(differing)}"


def both(scenario: Scenario, strategy: Strategy = DO_NOTHING, *, seed: int = 1, log: bool = True) -> Ledger:
    """Run under both engines, compare, and return what the compiled one did."""
    fast, slow = (
        simulate(scenario, strategy, seed=seed, log=log, engine=engine) for engine in ("compiled", "simpy")
    )
    assert (fast.engine, slow.engine) == ("compiled", "simpy")
    assert_same(fast, slow)
    return fast


def both_entering(
    scenario: Scenario, seconds: Sequence[int], strategy: Strategy = DO_NOTHING, *, seed: int = 1
) -> Ledger:
    """Do the same with people who arrive at given seconds, one after the other, and from the start again."""
    ledgers = []
    for engine, run in (("compiled", run_compiled), ("simpy", run_simpy)):
        branch = Branch(scenario, strategy, seed, 0, kept=KeptRows())
        for name in ("entry", "due"):
            branch.customers[name][: branch.initial] = np.resize(seconds, branch.initial)
        run(branch)
        ledgers.append(branch.ledger(engine=engine))
    assert_same(*ledgers)
    return ledgers[0]
