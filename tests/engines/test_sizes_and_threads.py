"""The ledger depends neither on the size of the engines' arrays nor on threads running beside each other."""

from __future__ import annotations

import ast
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
import pytest
from both_engines import both, parts
from edge_worlds import CLASSES, WORLDS
from generators import small
from small_worlds import bare
from without_jit import run_python

import crmsim.accelerated
import crmsim.branch
from crmsim.engines import simulate


class _Narrow(crmsim.accelerated._World):
    """A world whose arrays have no room to begin with, and that counts how often it makes some."""

    grown: ClassVar[Counter[str]] = Counter()

    def __init__(self, branch):
        super().__init__(branch)
        for name in ("calendar", "queue", "calls"):
            setattr(self, name, getattr(self, name)[:1].copy())

    def _sizes(self) -> dict[str, int]:
        arrays = {"calendar": self.calendar, "queue": self.queue, "calls": self.calls}
        arrays |= {"ends": self.log, "lives": self.branch.log}
        return {name: len(array) for name, array in arrays.items()}

    def _grow(self):
        before = self._sizes()
        super()._grow()
        _Narrow.grown.update(name for name, size in self._sizes().items() if size > before[name])


def _stingy(array: np.ndarray, used: int, margin: int) -> np.ndarray:
    """Make room for the next event or two, and no more."""
    longer = np.empty((max(len(array), used + margin + 1), *array.shape[1:]), array.dtype)
    longer[:used] = array[:used]
    return longer


CROWDED = {
    "a queue that grows": small(
        "retail", customers=120, desk_load=10.0, desk_agents=1, inquiry_mean=30.0, desk_contacts=6.0,
        reopen=0.5,
    ),
    "much to write": bare(
        customers=20, rate_mean=10_000.0, horizon_days=40, inquiry_mean=1000.0, desk_load=1.5,
        desk_contacts=1000.0, desk_agents=30,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CROWDED)
@pytest.mark.parametrize("log", [True, False])
def test_arrays_may_grow_in_the_middle_of_a_window(monkeypatch, name, log):
    scenario = CROWDED[name]
    roomy = both(scenario, CLASSES, log=log)
    monkeypatch.setattr(crmsim.accelerated, "_World", _Narrow)
    monkeypatch.setattr(crmsim.branch, "_LOG_ROWS", 1)
    monkeypatch.setattr(crmsim.accelerated, "_ROWS_A_WINDOW", 0)
    if name == "a queue that grows":
        monkeypatch.setattr(crmsim.accelerated, "_with_room", _stingy)
    _Narrow.grown.clear()
    narrow = simulate(scenario, CLASSES, log=log, engine="compiled")
    assert parts(narrow) == parts(roomy)
    least = {"queue": 50, "calls": 50} if name == "a queue that grows" else {}
    if log and not least:
        least = {"lives": 2, "ends": 1}
    assert all(_Narrow.grown[array] >= times for array, times in least.items()), _Narrow.grown


def test_two_threads_do_not_meet():
    runs = [
        (WORLDS[name].scenario, WORLDS[name].strategy, seed, engine)
        for name in ("classes at the desk", "a rule for every trigger", "newcomers of all kinds")
        for seed in (1, 2, 3)
        for engine in ("compiled", "simpy")
    ]

    def run(scenario, strategy, seed, engine):
        return parts(simulate(scenario, strategy, seed=seed, engine=engine))

    alone = [run(*what) for what in runs]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda what: run(*what), runs))
    assert together == alone
    assert len({events for events, *_ in alone}) == len(runs) // 2


_NO_ROOM = """
import crmsim.accelerated, crmsim.branch, crmsim.kernels
from both_engines import parts
from edge_worlds import BUSY, CLASSES
from test_sizes_and_threads import _Narrow, _stingy
from generators import small
from crmsim.engines import simulate

scenario = small("retail", **BUSY | {"customers": 15, "horizon_days": 100, "reopen": 0.5})
before = [parts(simulate(scenario, CLASSES, engine=engine)) for engine in ("compiled", "simpy")]
for module in (crmsim.accelerated, crmsim.branch, crmsim.kernels):
    module.ROOM = 40  # more than one event writes here, and little enough to be used up again and again
crmsim.branch._LOG_ROWS, crmsim.accelerated._ROWS_A_WINDOW = 2 * 40, 0
crmsim.accelerated._World = _Narrow
crmsim.accelerated._with_room = _stingy
after = [parts(simulate(scenario, CLASSES, engine=engine)) for engine in ("compiled", "simpy")]
assert len(set(before + after)) == 1
print(dict(_Narrow.grown))
"""


def test_a_log_that_is_full_again_and_again_is_the_same_log():
    """In plain Python, because the margin that is kept free is part of the compiled code."""
    result = run_python(_NO_ROOM, beside=__file__)
    assert result.returncode == 0, result.stderr[-2000:]
    grown = ast.literal_eval(result.stdout)
    assert all(grown[name] >= 10 for name in ("queue", "calls", "ends", "lives")), grown
