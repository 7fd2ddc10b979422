"""``crmsim simulate SCENARIO --out FOLDER``: one run, with its tables and, if asked for, its log."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crmsim.cli.compare import asked_scenario
from crmsim.engines import LARGEST_SEED, engine_for, simulate
from crmsim.errors import whole_number
from crmsim.folders import check_target, new_folder
from crmsim.ledger import Ledger
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES, outcomes
from crmsim.pages import amount
from crmsim.rule_records import rule_records
from crmsim.run_tables import write_run
from crmsim.strategies import find_strategy
from crmsim.text import say

__all__ = ["simulate_command"]


def simulate_command(options: argparse.Namespace) -> int:
    """Run one scenario under one strategy, print the main outcomes, and write what happened."""
    check_target(options.out, replace=options.replace)
    scenario, strategy, lang = asked_scenario(options), find_strategy(options.strategy), options.lang
    whole_number("seed", options.seed, 0, LARGEST_SEED)
    whole_number("replication", options.replication, 0, LARGEST_SEED)
    engine_for(strategy, options.engine)
    rule_records(strategy, scenario)
    print(say("cli.compiling", lang), file=sys.stderr, flush=True)
    with new_folder(options.out, replace=options.replace) as draft:
        ledger = simulate(
            scenario,
            strategy,
            seed=options.seed,
            replication=options.replication,
            log=False,
            log_file=draft / "log.parquet" if options.log else None,
            engine=options.engine,
        )
        write_run(ledger, draft)
    _print_outcomes(ledger, lang)
    print(say("cli.run", lang, path=Path(options.out)))
    return 0


def _print_outcomes(ledger: Ledger, lang: str) -> None:
    values, currency = outcomes(ledger), ledger.scenario.currency
    for key in HEADLINES:
        print(f"{say(f'outcome.{key}', lang)}: {amount(values[key], OUTCOMES[key].unit, currency)}")
