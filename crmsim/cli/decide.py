"""``crmsim decide EXPERIMENT --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from tqdm import tqdm

from crmsim.checkpoints import Checkpoint
from crmsim.decision import Decision, decide, decision_checkpoints
from crmsim.decision_report import write_decision
from crmsim.decision_summary import decision_summary
from crmsim.errors import CrmsimError, InputError
from crmsim.experiment_file import Experiment, load_experiment
from crmsim.folders import check_target
from crmsim.replications import warm_up
from crmsim.store import RunStore
from crmsim.text import say

__all__ = ["decide_command"]


def decide_command(options: argparse.Namespace) -> int:
    """Run an experiment, print the answer, write the report and keep the run."""
    place, kept = _checkpoints(options)
    begun = any(checkpoint.exists for checkpoint in kept.values())
    replace = options.replace or (options.resume and begun)
    check_target(options.out, replace=replace)
    store = None if options.no_store else RunStore(options.store)
    experiment = load_experiment(
        options.experiment, scenario=options.scenario, engine=options.engine, workers=options.workers
    )
    if not options.resume:
        _remove(place, kept)
    place.mkdir(exist_ok=True)
    try:
        result = _decide(experiment, options, kept)
    finally:
        with suppress(OSError):  # somebody else's, or not empty: there is something to go on from
            place.rmdir()
    lang = options.lang
    for question, sentences in decision_summary(result, lang).items():
        print(say(f"decision.question.{question}", lang))
        for sentence in sentences:
            print(f"  {sentence}")
    page = write_decision(result, options.out, lang=lang, replace=replace)
    print(say("cli.report", lang, path=page))
    if not result.complete:
        print(say("cli.decide.interrupted", lang), file=sys.stderr)
        print(say("cli.resume", lang), file=sys.stderr)
        return 130
    _remove(place, kept)
    if store is not None:
        _keep(store, result, lang)
    return 0


def _checkpoints(options: argparse.Namespace) -> tuple[Path, dict[str, Checkpoint]]:
    """Return the checkpoints beside the results; whoever would lose one has to say so."""
    out = Path(options.out)
    place = out.absolute().with_name(f"{out.name}.checkpoint")
    kept = decision_checkpoints(place)
    begun = any(checkpoint.exists for checkpoint in kept.values())
    if begun and not (options.resume or options.replace):
        raise InputError(
            "out", "was begun and not finished; go on with --resume, or begin anew with --replace", str(out)
        )
    return place, kept


def _decide(experiment: Experiment, options: argparse.Namespace, kept: dict[str, Checkpoint]) -> Decision:
    """Run the experiment behind one progress bar for each section, on standard error."""
    print(say("cli.compiling", options.lang), end="\r", file=sys.stderr, flush=True)
    warm_up()
    bars: dict[str, tqdm] = {}

    def show(section: str, done: int, asked: int) -> None:
        if section not in bars:
            title = say(f"decision.section.{section}", options.lang)
            bars[section] = tqdm(total=asked, desc=title, file=sys.stderr)
        bars[section].update(done - bars[section].n)
        if done >= asked:
            bars[section].close()

    try:
        return decide(
            experiment, engine=options.engine, workers=options.workers, progress=show, checkpoints=kept
        )
    finally:
        for bar in bars.values():
            bar.close()


def _remove(place: Path, kept: dict[str, Checkpoint]) -> None:
    for checkpoint in kept.values():
        checkpoint.remove()
    with suppress(OSError):
        place.rmdir()


def _keep(store: RunStore, result: Decision, lang: str) -> None:
    """Keep the run; a store that cannot take it does not make the report worthless."""
    try:
        print(say("cli.decide.kept", lang, run=store.keep(result.record())))
    except CrmsimError as error:
        print(f"crmsim: {error}", file=sys.stderr)
