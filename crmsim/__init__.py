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
    "DiscountRate": "crmsim.value.rates",
    "Ledger": "crmsim.ledger",
    "Money": "crmsim.value.money",
    "Order": "crmsim.strategies.programmed",
    "ProgrammedStrategy": "crmsim.strategies.programmed",
    "Quiz": "crmsim.exercises.quiz",
    "RetentionRate": "crmsim.value.rates",
    "RunStore": "crmsim.store",
    "Scenario": "crmsim.scenario",
    "SearchSpace": "crmsim.search_space",
    "Strategy": "crmsim.strategies.base",
    "Uncertainty": "crmsim.uncertainty",
    "audit_customers": "crmsim.customer_audit",
    "budget_curve": "crmsim.retention_budget",
    "calibrate": "crmsim.calibration",
    "check_cleaning": "crmsim.datasets.dirty",
    "check_on_holdout": "crmsim.estimators",
    "compare": "crmsim.experiments",
    "compare_targeting": "crmsim.targeting",
    "compare_until": "crmsim.sequential_comparison",
    "confront": "crmsim.confrontation.confront",
    "constant_retention_clv": "crmsim.value.constant_retention",
    "contract_base_value": "crmsim.contract_base",
    "customer_levels": "crmsim.audit.levels",
    "decide": "crmsim.decision",
    "decide_all": "crmsim.decision_across",
    "find_lesson": "crmsim.lessons",
    "find_strategy": "crmsim.strategies",
    "global_indices": "crmsim.sensitivity",
    "iterate_log": "crmsim.log_file",
    "lesson_names": "crmsim.lessons",
    "load_bank": "crmsim.exercises.bank",
    "load_dataset": "crmsim.datasets.tables",
    "load_experiment": "crmsim.experiment_file",
    "load_public": "crmsim.datasets.public",
    "load_scenario": "crmsim.scenario",
    "load_strategy": "crmsim.strategies.base",
    "load_table": "crmsim.datasets.tables",
    "load_truth": "crmsim.datasets.tables",
    "margin_multiple": "crmsim.value.constant_retention",
    "optimise": "crmsim.search",
    "outcomes": "crmsim.metrics.outcomes",
    "preset": "crmsim.scenario",
    "read_log": "crmsim.log_file",
    "read_transactions": "crmsim.transactions",
    "residual_values": "crmsim.estimators",
    "rfm_scores": "crmsim.audit.rfm_scores",
    "rfm_summary": "crmsim.rfm",
    "rfm_summary_of_file": "crmsim.audit.large_log",
    "robustness": "crmsim.robust_verdict",
    "run_campaign": "crmsim.offer_trial",
    "run_claim": "crmsim.exercises.claims",
    "run_lesson": "crmsim.lessons.running",
    "run_offer_trial": "crmsim.offer_trial",
    "run_paired_worlds": "crmsim.paired_worlds",
    "select_best": "crmsim.best_strategy",
    "simulate": "crmsim.engines",
    "strategy_names": "crmsim.strategies",
    "strategy_returns": "crmsim.returns",
    "summarise_branches": "crmsim.branches",
    "tornado": "crmsim.sensitivity",
    "write_decisions": "crmsim.across_report",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'crmsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
