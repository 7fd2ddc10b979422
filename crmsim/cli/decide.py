"""``crmsim decide EXPERIMENT --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from tqdm import tqdm

from crmsim.across_report import decisions_summary, write_decisions
from crmsim.checkpoints import Checkpoint, checkpoint_place
from crmsim.decision import decision_checkpoints
from crmsim.decision_across import Decisions, decide_all
from crmsim.errors import CrmsimError, InputError, system_reason
from crmsim.experiment_file import Experiment, load_experiment
from crmsim.folders import check_keeping, check_target
from crmsim.replications import warm_up
from crmsim.run_customers import CustomerSheets
from crmsim.store import RunStore
from crmsim.text import say
from crmsim.text.problems import said

__all__ = ["decide_command"]


def decide_command(options: argparse.Namespace) -> int:
    """Run an experiment, print the answer, write the report and keep the run."""
    place = _place(options)
    replace = options.replace or (options.resume and _begun(place))
    check_target(options.out, replace=replace)
    store = None if options.no_store else RunStore(options.store)
    if store is not None:
        check_keeping(store.folder, "store")
    experiment = load_experiment(
        options.experiment, scenarios=options.scenario or (), engine=options.engine, workers=options.workers
    )
    if not options.resume:
        _remove(place)
    lang = options.lang
    try:
        place.mkdir(exist_ok=True)
        try:
            result = _decide(experiment, options, place)
        finally:
            with suppress(OSError):  # not empty: there is something to go on from
                place.rmdir()
        for question, sentences in decisions_summary(result, lang).items():
            print(question)
            for sentence in sentences:
                print(f"  {sentence}")
        page = write_decisions(result, options.out, lang=lang, replace=replace)
    except BrokenPipeError:  # whoever reads along has seen enough
        raise
    except OSError as error:
        raise _disk(error, place, lang) from error
    print(say("cli.report", lang, path=page))
    if not result.complete:
        print(say("cli.decide.interrupted", lang), file=sys.stderr)
        print(say("cli.resume", lang), file=sys.stderr)
        return 130
    _remove(place)
    if store is not None:
        _keep(store, result, lang)
    return 0


def _disk(error: OSError, place: Path, lang: str) -> CrmsimError:
    """Return in one line what the disk did not take, and what is kept."""
    reason = system_reason(error)
    kept = sum(_units(place).values())
    key = "cli.decide.disk_kept" if kept else "cli.decide.disk"
    return CrmsimError(say(key, lang, reason=reason, folder=place, count=kept))


def _place(options: argparse.Namespace) -> Path:
    """Return the folder of the checkpoints beside the results; whoever would lose one has to say so."""
    place = checkpoint_place(options.out)
    if place.exists() and not place.is_dir():
        raise InputError(
            "out", "must not have a file beside it that is called like its checkpoint", str(place)
        )
    if _begun(place) and not (options.resume or options.replace):
        raise InputError(
            "out",
            "was begun and not finished; go on with --resume, or begin anew with --replace",
            options.out,
        )
    return place


def _folders(place: Path) -> list[Path]:
    """Return the folders of the scenarios in a checkpoint."""
    return sorted(p for p in place.iterdir() if p.is_dir()) if place.is_dir() else []


def _checkpoints(place: Path) -> list[Checkpoint]:
    return [kept for folder in _folders(place) for kept in decision_checkpoints(folder).values()]


def _begun(place: Path) -> bool:
    return any(kept.exists for kept in _checkpoints(place))


def _units(place: Path) -> dict[Path, int]:
    """Return how many finished units each checkpoint holds."""
    return {kept.folder: len(list(kept.folder.glob("*_[0-9]*.json"))) for kept in _checkpoints(place)}


def _remove(place: Path) -> None:
    for folder in _folders(place):
        for kept in decision_checkpoints(folder).values():
            kept.remove()
        CustomerSheets(folder / "customers").remove()
        with suppress(OSError):
            folder.rmdir()
    with suppress(OSError):
        place.rmdir()


def _decide(experiment: Experiment, options: argparse.Namespace, place: Path) -> Decisions:
    """Run the experiment behind one progress bar for each section, on standard error."""
    print(say("cli.compiling", options.lang), end="\r", file=sys.stderr, flush=True)
    warm_up()
    bars: dict[tuple[str, str], tqdm] = {}

    def show(scenario: str, section: str, done: int, asked: int) -> None:
        key = scenario, section
        if key not in bars:
            title = say(f"decision.section.{section}", options.lang)
            title = title if len(experiment.scenarios) == 1 else f"{scenario}: {title}"
            bars[key] = tqdm(total=asked, desc=title, file=sys.stderr)
        bars[key].update(done - bars[key].n)
        if done >= asked:
            bars[key].close()

    try:
        return decide_all(
            experiment, engine=options.engine, workers=options.workers, progress=show, checkpoints=place
        )
    finally:
        for bar in bars.values():
            bar.close()


def _keep(store: RunStore, result: Decisions, lang: str) -> None:
    """Keep the runs, one a scenario; a store that cannot take it does not make the report worthless."""
    try:
        for case in result.cases.values():
            print(say("cli.decide.kept", lang, run=store.keep(case.record())))
    except CrmsimError as error:
        print(f"crmsim: {said(error, lang)}", file=sys.stderr)
