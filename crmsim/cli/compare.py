"""``crmsim compare SCENARIO --out FOLDER``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from crmsim.checkpoints import Checkpoint, checkpoint_place
from crmsim.cluster import connected
from crmsim.comparison import mean_interval
from crmsim.comparison_report import summary_sentences, write_comparison
from crmsim.comparison_result import Comparison
from crmsim.errors import InputError
from crmsim.experiments import check_options, compare
from crmsim.folders import check_target
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES
from crmsim.pages import amount
from crmsim.plots.style import strategy_label
from crmsim.replications import warm_up
from crmsim.scenario import PRESETS, Scenario, load_scenario, preset
from crmsim.strategies import AnyStrategy, find_strategy
from crmsim.text import say

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["asked_scenario", "compare_command", "compare_with_progress", "print_comparison"]


def compare_command(options: argparse.Namespace) -> int:
    """Compare strategies, print the table, and write the report."""
    kept = _checkpoint(options)
    # What is unfinished may take the place of the part of it that was written after Ctrl-C.
    replace = options.replace or (options.resume and kept.exists)
    check_target(options.out, replace=replace)
    scenario = asked_scenario(options)
    strategies = [find_strategy(name.strip()) for name in options.strategies.split(",")]
    check_options(
        scenario,
        strategies,
        replications=options.replications,
        seed=options.seed,
        branches=options.branches,
        engine=options.engine,
        workers=options.workers,
        dask=options.dask,
        checkpoint=kept if options.resume or not kept.exists else None,
    )
    with connected(options.dask) if options.dask is not None else nullcontext() as client:
        if not options.resume:
            kept.remove()
        started = time.monotonic()
        result = compare_with_progress(
            scenario,
            strategies,
            replications=options.replications,
            seed=options.seed,
            branches=options.branches,
            engine=options.engine,
            workers=options.workers,
            dask=client,
            lang=options.lang,
            checkpoint=kept,
        )
    seconds = time.monotonic() - started
    print_comparison(result, options.lang)
    page = write_comparison(result, options.out, lang=options.lang, replace=replace, seconds=seconds)
    print(say("cli.report", options.lang, path=page))
    if len(result.finished) < result.asked:
        print(
            say("cli.interrupted", options.lang, n=len(result.finished), asked=result.asked), file=sys.stderr
        )
        print(say("cli.resume", options.lang), file=sys.stderr)
        return 130
    kept.remove()
    return 0


def _checkpoint(options: argparse.Namespace) -> Checkpoint:
    """Return the checkpoint beside the results; whoever would lose one has to say so."""
    kept = Checkpoint(checkpoint_place(options.out))
    if kept.exists and not (options.resume or options.replace):
        raise InputError(
            "out",
            "was begun and not finished; go on with --resume, or begin anew with --replace",
            options.out,
        )
    return kept


def asked_scenario(options: argparse.Namespace) -> Scenario:
    """Return the scenario asked for, with what the command line changes."""
    name = options.scenario
    if name not in PRESETS and not name.endswith((".yaml", ".yml")) and not os.path.exists(name):
        raise InputError("scenario", f"must be a .yaml file or one of {', '.join(PRESETS)}", name)
    scenario = preset(name) if name in PRESETS else load_scenario(name)
    changes: dict[str, int] = {}
    if options.customers is not None:
        changes["customers"] = options.customers
    if options.years is not None:
        if not 0.1 <= options.years <= 100:
            raise InputError("years", "must be from 0.1 to 100", options.years)
        changes["horizon_days"] = round(options.years * 365)
        changes["entry_days"] = min(scenario.population.entry_days, changes["horizon_days"])
    return scenario.with_values(**changes) if changes else scenario


def compare_with_progress(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    *,
    replications: int,
    seed: int,
    engine: str,
    workers: int | None,
    lang: str,
    branches: int = 1,
    dask: Client | None = None,
    checkpoint: Checkpoint | None = None,
) -> Comparison:
    """Compare strategies behind a progress bar on standard error."""
    if dask is None:
        print(say("cli.compiling", lang), end="\r", file=sys.stderr, flush=True)
        warm_up()
    with tqdm(total=replications, desc=say("cli.replications", lang), file=sys.stderr) as bar:
        return compare(
            scenario,
            strategies,
            replications=replications,
            seed=seed,
            branches=branches,
            engine=engine,
            workers=workers,
            dask=dask,
            progress=lambda n, _: bar.update(n - bar.n),
            checkpoint=checkpoint,
        )


def print_comparison(result: Comparison, lang: str) -> None:
    """Print the result in sentences and as a table: the base's level, and differences with intervals."""
    for sentence in summary_sentences(result, lang):
        print(sentence)
    with pd.option_context(
        "display.width", None, "display.max_columns", None, "display.unicode.east_asian_width", True
    ):
        print()
        print(difference_table(result, lang).to_string())
        print()
    print(say("cli.how_to_read", lang, confidence=f"{result.confidence:.0%}"))
    print(say("report.by_last_tier", lang))


def difference_table(result: Comparison, lang: str) -> pd.DataFrame:
    """Return the table on screen: an outcome per row, a strategy per column, as text."""
    currency, differences = result.scenario.currency, result.differences(simultaneous=True)
    first = say("cli.base_row", lang, base=strategy_label(result.base, lang))
    columns = {
        first: [
            amount(mean_interval(result.values(result.base, o)).mean, OUTCOMES[o].unit, currency)
            for o in HEADLINES
        ]
    }
    for strategy in result.strategies[1:]:
        mine = differences[differences["strategy"] == strategy.name].set_index("outcome")
        columns[strategy_label(strategy.name, lang)] = [_cell(mine.loc[outcome]) for outcome in HEADLINES]
    return pd.DataFrame(columns, index=[say(f"outcome.{outcome}", lang) for outcome in HEADLINES])


def _cell(row: pd.Series) -> str:
    unit = row["unit"]
    low, high = (amount(row[end], unit, signed=True) for end in ("low", "high"))
    mark = {"higher": "", "lower": "", "same": " =", "undecided": " ?"}[row["verdict"]]
    return f"{amount(row['mean'], unit, signed=True)} [{low}, {high}]{mark}"
