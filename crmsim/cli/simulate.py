"""``crmsim simulate SCENARIO --out FOLDER``: one run, with its tables and, if asked for, its log."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from crmsim.branches import check_branches, summarise_branches
from crmsim.cli.compare import asked_scenario
from crmsim.engines import LARGEST_SEED, engine_for, simulate
from crmsim.errors import InputError, whole_number
from crmsim.folders import check_target, new_folder
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES, outcomes
from crmsim.pages import amount
from crmsim.rule_records import rule_records
from crmsim.run_tables import customers_file, write_run
from crmsim.scenario import Scenario
from crmsim.strategies import AnyStrategy, find_strategy
from crmsim.summary import Run
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
    check_branches(options.branches, scenario)
    if options.log and options.branches > 1:
        raise InputError("log", "must be left out with several branches, of which only tables are kept")
    print(say("cli.compiling", lang), file=sys.stderr, flush=True)
    with new_folder(options.out, replace=options.replace) as draft:
        with customers_file(draft / "customers.parquet") as write:
            run = _run(options, scenario, strategy, draft, write)
        write_run(run, draft)
    _print_outcomes(run, lang)
    print(say("cli.run", lang, path=Path(options.out)))
    return 0


def _run(
    options: argparse.Namespace,
    scenario: Scenario,
    strategy: AnyStrategy,
    folder: Path,
    write: Callable[[np.ndarray], None],
) -> Run:
    """Run it, write its customers, and its log where one is asked for."""
    asked = {"seed": options.seed, "replication": options.replication, "engine": options.engine}
    if options.branches > 1:
        return summarise_branches(scenario, strategy, branches=options.branches, keep=write, **asked)
    log_file = folder / "log.parquet" if options.log else None
    ledger = simulate(scenario, strategy, log=False, log_file=log_file, **asked)
    write(ledger.customers)
    return ledger


def _print_outcomes(run: Run, lang: str) -> None:
    values, currency = outcomes(run), run.scenario.currency
    for key in HEADLINES:
        value = amount(values[key], OUTCOMES[key].unit, currency)
        print(say("word.labelled", lang, label=say(f"outcome.{key}", lang), text=value))
