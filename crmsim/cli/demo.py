"""``crmsim demo``: the whole journey, from a transaction log to a compared strategy."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from crmsim.calibration import calibrate
from crmsim.calibration_report import calibration_sentences, write_calibration
from crmsim.cli.compare import compare_with_progress, print_comparison
from crmsim.comparison_report import write_comparison
from crmsim.datasets import SHOP_LOG, load_shop_log
from crmsim.engines import check_engine
from crmsim.folders import check_target, writing
from crmsim.replications import warm_up
from crmsim.strategies import find_strategy
from crmsim.text import say

__all__ = ["demo_command"]

STRATEGIES = ("do_nothing", "stage_matched", "tier_service", "price_cut")
CUSTOMERS, REPLICATIONS = 800, 10


def demo_command(options: argparse.Namespace) -> int:
    """Calibrate on the shop's log, compare four strategies, and leave a report behind."""
    started, lang, out = time.monotonic(), options.lang, _checked(options.out)
    check_engine(options.engine)
    print(say("demo.calibrate", lang, path=SHOP_LOG.name))
    print(say("cli.compiling", lang), file=sys.stderr, flush=True)
    warm_up()
    fitted = calibrate(
        load_shop_log(), name="shop", currency="CNY", customers=CUSTOMERS, engine=options.engine
    )
    for sentence in calibration_sentences(fitted, lang):
        print("  ", sentence)
    print()
    print(say("demo.compare", lang, n=len(STRATEGIES)))
    begun = time.monotonic()
    strategies = [find_strategy(name) for name in STRATEGIES]
    result = compare_with_progress(
        fitted.scenario,
        strategies,
        replications=REPLICATIONS,
        seed=1,
        engine=options.engine,
        workers=None,
        lang=lang,
    )
    simulation = time.monotonic() - begun
    print_comparison(result, lang)
    with writing(out):
        out.mkdir(exist_ok=True)
    write_calibration(fitted, out / "calibration", lang=lang, replace=True)
    page = write_comparison(result, out / "comparison", lang=lang, replace=True, seconds=simulation)
    print()
    print(
        say(
            "demo.done",
            lang,
            seconds=f"{time.monotonic() - started:.0f}",
            simulation=f"{simulation:.0f}",
            path=page,
        )
    )
    return 0


def _checked(out: str) -> Path:
    """Return the folder for both results; refuse one in which they cannot be put, before the work is done."""
    if not out or not os.path.isdir(out):
        return check_target(out, replace=True)
    for part in ("calibration", "comparison"):
        check_target(Path(out, part), replace=True)
    return Path(out)
