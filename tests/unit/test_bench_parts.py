"""The benchmark of single parts: what it compares must differ in that part and in nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import crmsim
from benchmarks.options import Options
from benchmarks.parts import _BEHIND, _EMPTY, _calls, _table, _town, _without_summaries
from crmsim.engines import simulate

ROOT = Path(crmsim.__file__).parents[1]


def test_the_copy_without_summaries_leads_the_same_lives_and_adds_up_nothing(tmp_path):
    code = (
        "import json\n"
        "from crmsim import preset, simulate\n"
        "ledger = simulate(preset('retail').with_values(customers=15, horizon_days=500), log=False)\n"
        "sums = [ledger.customers[name].sum() for name in ('value', 'total', 'cash')]\n"
        "sums += [ledger.months[name].sum() for name in ('tiers', 'satisfied', 'observed', 'amounts')]\n"
        "counts = [ledger.run['events'].sum(), ledger.run['wait_seconds'].sum(), ledger.run['waits'].sum()]\n"
        "lives = [ledger.customers[name].tolist() for name in ('n', 'left', 'attitude', 'contacts')]\n"
        "print(json.dumps([[float(s) for s in sums + counts], lives]))\n"
    )

    def told(root: Path) -> list:
        environment = os.environ | {"PYTHONPATH": str(root), "NUMBA_DISABLE_JIT": "1"}
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=True, timeout=300
        )
        return json.loads(done.stdout)

    sums, lives = told(ROOT)
    none, same = told(_without_summaries(ROOT, tmp_path))
    assert same == lives and sum(map(abs, lives[0])) > 15
    assert all(sums) and not any(none)


def test_summaries_that_are_written_in_another_way_are_missed(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.parts._FEWEST", 1000)
    with pytest.raises(RuntimeError, match="statements that add up"):
        _without_summaries(ROOT, tmp_path)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_the_two_desks_have_the_same_calls_and_only_one_has_people_waiting(engine):
    empty, behind = (_calls(_town(400, load), engine, 1) for load in (_EMPTY, _BEHIND))
    assert empty["waiting"] < 2.0 < 100.0 < behind["waiting"]
    calls = {load: simulate(_town(400, load), log=False).customers["contacts"] for load in (_EMPTY, _BEHIND)}
    assert (calls[_EMPTY] == calls[_BEHIND]).all() and calls[_EMPTY].sum() > 4000


def test_the_table_holds_what_is_known_so_far():
    spread = {"median": 1.5, "low": 1.25, "high": 1.75}
    desk = {"engine": "simpy", "customers": 2000, "waiting": 1234.5, "empty": 20.0, "behind": 30.0, **spread}
    found = {"desk": [desk]}
    options = Options(1.0, 5, Path())
    row = "| simpy | 2,000 | 1,234 | 20.00 | 30.00 | 1.50 (1.25 to 1.75) |"
    assert row in _table(found, options)
    found["summaries"] = [{"customers": 20_000, "event": 95.0, **spread}]
    text = _table(found, options)
    assert row in text and "| 20,000 | 95 | 1.5 (1.2 to 1.8) |" in text and "two threads" not in text
