"""The same world gives the numbers it gave when the baseline was saved.

The scenario and the strategies stand written out in this folder, so presets may be tuned freely. If
a change is meant to change results, run ``python tests/baselines/update.py`` and look at the
difference line by line before committing it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import yaml

from crmsim.scenario import field_homes

_SPEC = importlib.util.spec_from_file_location("backtest_update", Path(__file__).parent / "update.py")
update = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(update)


@pytest.fixture(scope="module")
def now() -> dict[tuple[str, str], float]:
    return update.summaries()


@pytest.mark.parametrize("strategy", update.STRATEGIES)
def test_every_number_is_what_it_was(now, strategy):
    saved = {key[1]: value for key, value in update.read().items() if key[0] == strategy}
    present = {key[1]: value for key, value in now.items() if key[0] == strategy}
    assert present.keys() == saved.keys()
    assert present == pytest.approx(saved, rel=1e-9, abs=1e-9)


def test_the_scenario_leaves_nothing_to_a_default():
    data = yaml.safe_load(update.SCENARIO.read_text(encoding="utf-8"))
    assert "base" not in data
    written = {name for section in data.values() if isinstance(section, dict) for name in section}
    assert written == set(field_homes())


def test_the_backtest_touches_every_mechanism(now):
    """A mechanism that never acts here could change without this test noticing."""
    quiet = [key for key, value in now.items() if value == 0.0 and key[0] == "everything"]
    expected = {"value none", "lost to none"}
    assert {name for _, name in quiet} - expected == set()
