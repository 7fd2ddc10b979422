"""crmsim: a flight simulator for customer relationships.

Describe a scenario and a strategy, run them, read the ledger::

    from crmsim import find_strategy, preset, simulate
    ledger = simulate(preset("retail"), find_strategy("stage_matched"), seed=1)

The names below are the public interface. They are loaded when first used, so that importing the
package is quick and pulls in neither Numba nor Matplotlib.
"""

from importlib import import_module
from typing import Any

from crmsim.version import VERSION as __version__

_HOMES = {
    "Ledger": "crmsim.ledger",
    "Scenario": "crmsim.scenario",
    "Order": "crmsim.strategies.programmed",
    "ProgrammedStrategy": "crmsim.strategies.programmed",
    "Strategy": "crmsim.strategies.base",
    "calibrate": "crmsim.calibration",
    "compare": "crmsim.experiments",
    "find_lesson": "crmsim.lessons",
    "find_strategy": "crmsim.strategies",
    "lesson_names": "crmsim.lessons",
    "load_scenario": "crmsim.scenario",
    "load_strategy": "crmsim.strategies.base",
    "outcomes": "crmsim.metrics.outcomes",
    "iterate_log": "crmsim.log_file",
    "preset": "crmsim.scenario",
    "read_log": "crmsim.log_file",
    "read_transactions": "crmsim.transactions",
    "rfm_summary": "crmsim.rfm",
    "run_lesson": "crmsim.lessons.running",
    "simulate": "crmsim.engines",
    "strategy_names": "crmsim.strategies",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'crmsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
