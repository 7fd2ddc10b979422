"""``crmsim confront SCENARIO --out FOLDER``: methods of valuation beside the truth."""

from __future__ import annotations

import argparse
import sys

from tqdm import tqdm

from crmsim.cli.compare import asked_scenario
from crmsim.confrontation.confront import confront
from crmsim.confrontation_report import confrontation_sentences, write_confrontation
from crmsim.folders import check_target
from crmsim.strategies import find_strategy
from crmsim.text import say

__all__ = ["confront_command"]


def confront_command(options: argparse.Namespace) -> int:
    """Let every method value the customers of a scenario, and say how far each was from the truth."""
    check_target(options.out, replace=options.replace)
    scenario, lang = asked_scenario(options), options.lang
    # In the middle, at the end of a window.
    half = scenario.population.horizon_days // 2 // 30 * 30
    with tqdm(total=options.replications, desc=say("cli.replications", lang), file=sys.stderr) as bar:
        found = confront(
            scenario,
            find_strategy(options.strategy),
            review_day=half if options.review_day is None else options.review_day,
            futures=options.futures,
            replications=options.replications,
            seed=options.seed,
            engine=options.engine,
            workers=options.workers,
            progress=lambda done, _: bar.update(done - bar.n),
        )
    for sentence in confrontation_sentences(found, lang):
        print(sentence)
    page = write_confrontation(found, options.out, lang=lang, replace=options.replace)
    print(say("cli.report", lang, path=page))
    return 0
