"""``crmsim lesson [NAME]``: what a lesson claims, how it comes out, and when it turns."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from crmsim.engines import check_engine
from crmsim.errors import InputError
from crmsim.folders import MANIFEST, check_target, new_folder
from crmsim.lessons import Lesson, LessonResult, find_lesson, lesson_names, run_lesson
from crmsim.lessons.base import Claimed
from crmsim.pages import amount
from crmsim.plots.style import to_png
from crmsim.replications import check_numbers, warm_up
from crmsim.scenario import Scenario
from crmsim.text import say
from crmsim.version import VERSION

__all__ = ["contrast_table", "lesson_command", "level_table", "print_table", "write_lesson"]


def lesson_command(options: argparse.Namespace) -> int:
    """List the lessons, run one of them, or run them all."""
    if options.all:
        if options.name is not None:
            raise InputError("lesson", "must not be named together with --all", options.name)
        return _all_lessons(options)
    if options.name is None:
        for name in lesson_names():
            claim = find_lesson(name).claim(options.lang)
            print(say("word.labelled", options.lang, label=name, text=claim))
        return 0
    return _one_lesson(find_lesson(options.name), options)


def _one_lesson(lesson: Lesson, options: argparse.Namespace) -> int:
    """Run one lesson, and on request again with its mechanism switched off."""
    if options.out is not None:
        check_target(options.out, replace=options.replace)
    lang, scenario = options.lang, _scenario(lesson, options.preset, options)
    _check(lesson, options)
    print(f"{lesson.title(lang)}\n")
    print(say("cli.lesson.claim", lang, text=lesson.claim(lang)))
    print(say("cli.lesson.varied", lang, text=lesson.varied(lang)), flush=True)
    result = _run(lesson, scenario, options)
    _print_result(result, lang)
    cut_short = len(result.runs) < result.asked
    if options.breaks and not cut_short:
        print(say("cli.lesson.turns", lang, text=lesson.turns(lang)))
        for name, world in lesson.broken(scenario).items():
            broken = _run(lesson, world, options)
            verdict = say(f"verdict.{broken.verdict}", lang)
            print("\n" + say("word.labelled", lang, label=lesson.break_label(name, lang), text=verdict))
            print_table(contrast_table(broken, lang))
            cut_short = cut_short or len(broken.runs) < broken.asked
    if options.out is not None:
        print(say("cli.report", lang, path=write_lesson(result, options.out, lang, replace=options.replace)))
    return _end(cut_short, result, lang)


def _all_lessons(options: argparse.Namespace) -> int:
    """Run every lesson on several presets: a line for each, and a table of verdicts at the end."""
    lang, presets = options.lang, [name.strip() for name in options.presets.split(",")]
    lessons = [find_lesson(name) for name in lesson_names()]
    worlds = {(lesson.name, name): _scenario(lesson, name, options) for lesson in lessons for name in presets}
    for lesson in lessons:
        _check(lesson, options)
    verdicts = pd.DataFrame(index=list(lesson_names()), columns=presets, dtype=object).fillna("")
    result, cut_short = None, False
    for lesson in lessons:
        for name in presets:
            result = _run(lesson, worlds[lesson.name, name], options, f"{lesson.name}, {name}")
            verdicts.loc[lesson.name, name] = say(f"verdict.{result.verdict}", lang)
            leading = contrast_table(result, lang).iloc[0]
            line = say(
                "cli.lesson.line", lang, lesson=lesson.name, scenario=name,
                verdict=verdicts.loc[lesson.name, name],
                contrast=leading.name, result=leading.iloc[1], claimed=leading.iloc[0],
            )  # fmt: skip
            print(line, flush=True)
            cut_short = len(result.runs) < result.asked
            if cut_short:
                break
        if cut_short:
            break
    print()
    print_table(verdicts)
    return _end(cut_short, result, lang)


def _scenario(lesson: Lesson, name: str, options: argparse.Namespace) -> Scenario:
    """Return a preset with the lesson's setting and what the command line changes."""
    return lesson.scenario(name, **({} if options.customers is None else {"customers": options.customers}))


def _check(lesson: Lesson, options: argparse.Namespace) -> None:
    replications = lesson.replications if options.replications is None else options.replications
    check_numbers(replications=replications, seed=options.seed, workers=options.workers, confidence=0.95)
    check_engine(options.engine)


def _run(lesson: Lesson, scenario: Scenario, options: argparse.Namespace, about: str = "") -> LessonResult:
    """Run a lesson behind a progress bar on standard error."""
    print(say("cli.compiling", options.lang), end="\r", file=sys.stderr, flush=True)
    warm_up()
    replications = lesson.replications if options.replications is None else options.replications
    label = about or say("cli.replications", options.lang)
    with tqdm(total=replications, desc=label, file=sys.stderr, leave=False) as bar:
        return run_lesson(
            lesson,
            scenario,
            replications=replications,
            seed=options.seed,
            engine=options.engine,
            workers=options.workers,
            progress=lambda n, _: bar.update(n - bar.n),
        )


def _print_result(result: LessonResult, lang: str) -> None:
    population = result.scenario.population
    print(
        say(
            "cli.lesson.basis",
            lang,
            scenario=result.scenario.name,
            customers=population.customers,
            years=f"{population.horizon_days / 365:.1f}",
            n=len(result.runs),
            seed=result.seed,
        )
    )
    print(f"\n{say('cli.lesson.verdict', lang, verdict=say(f'verdict.{result.verdict}', lang))}")
    print_table(contrast_table(result, lang))
    print()
    print_table(level_table(result, lang))
    print(f"\n{say('cli.lesson.how_to_read', lang, confidence=f'{result.confidence:.0%}')}")


def contrast_table(result: LessonResult, lang: str) -> pd.DataFrame:
    """Return the contrasts as text: what is claimed, the mean with its interval, the verdict."""
    currency = result.scenario.currency
    rows = [
        (
            _claimed(row["claimed"], row["unit"], currency),
            f"{_quantity(row['mean'], row['unit'], currency)} "
            f"[{_quantity(row['low'], row['unit'])}, {_quantity(row['high'], row['unit'])}]",
            say(f"verdict.{row['verdict']}", lang),
        )
        for row in result.table.to_dict("records")
    ]
    index = [result.lesson.contrast_label(name, lang) for name in result.table["contrast"]]
    heads = ["cli.lesson.claimed", "cli.lesson.result", "cli.lesson.decision"]
    return pd.DataFrame(rows, index=index, columns=[say(key, lang) for key in heads])


def level_table(result: LessonResult, lang: str) -> pd.DataFrame:
    """Return the levels as text: arms below one another, or the measures where there is one arm only."""
    levels, currency = result.levels, result.scenario.currency
    cells = [
        f"{amount(row['mean'], row['unit'], currency)} "
        f"[{amount(row['low'], row['unit'])}, {amount(row['high'], row['unit'])}]"
        for row in levels.to_dict("records")
    ]
    table = levels.assign(cell=cells).pivot(index="measure", columns="arm", values="cell")
    table = table.loc[list(dict.fromkeys(levels["measure"])), list(dict.fromkeys(levels["arm"]))]
    table = table.set_axis([result.lesson.measure_label(name, lang) for name in table.index], axis=0)
    table = table.set_axis([result.lesson.arm_label(name, lang) for name in table.columns], axis=1)
    return table.T if len(table.columns) > 1 else table


def write_lesson(result: LessonResult, folder: str | Path, lang: str, *, replace: bool = False) -> Path:
    """Write tables and picture into a folder, whole or not at all; return the path of the picture."""
    picture = "picture.png"
    with new_folder(folder, replace=replace) as draft:
        result.table.to_csv(draft / "contrasts.csv", index=False)
        result.levels.to_csv(draft / "levels.csv", index=False)
        _runs(result).to_csv(draft / "runs.csv", index=False)
        (draft / picture).write_bytes(to_png(result.draw(lang=lang), dpi=150))
        (draft / "scenario.yaml").write_text(result.scenario.to_yaml(), encoding="utf-8")
        manifest = {
            "crmsim": VERSION,
            "lesson": result.lesson.name,
            "verdict": result.verdict,
            "scenario": "scenario.yaml",
            "seed": result.seed,
            "replications_asked": result.asked,
            "replications_finished": list(result.runs),
            "engines": result.engines,
            "confidence": result.confidence,
            "language": lang,
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (draft / MANIFEST).write_text(text, encoding="utf-8")
    return Path(folder) / picture


def _runs(result: LessonResult) -> pd.DataFrame:
    rows = [
        {"replication": k, "arm": arm, "measure": measure, "value": value}
        for k, run in result.runs.items()
        for arm, measures in run.items()
        for measure, value in measures.items()
    ]
    return pd.DataFrame(rows)


def _quantity(value: float, unit: str, currency: str = "") -> str:
    """Return a contrast as people write it; differences have a sign."""
    if unit == "change":
        return f"{100 * value:+.1f} %" if math.isfinite(value) else "–"
    if unit in ("share", "ratio"):
        return amount(value, unit)
    return amount(value, "share" if unit == "points" else unit, currency, signed=True)


def _claimed(claimed: Claimed, unit: str, currency: str) -> str:
    sign = {"share": " %", "points": " pp", "change": " %", "currency": f" {currency}"}.get(unit, "")
    scale = 100.0 if unit in ("share", "points", "change") else 1.0
    return f"{Claimed(scale * claimed.low, scale * claimed.high)}{sign}"


def print_table(table: pd.DataFrame) -> None:
    """Print a table in full, with Chinese characters taken for as wide as they are."""
    with pd.option_context(
        "display.width", None, "display.max_columns", None, "display.unicode.east_asian_width", True
    ):
        print(table.to_string())


def _end(cut_short: bool, result: LessonResult | None, lang: str) -> int:
    if not cut_short or result is None:
        return 0
    print(say("cli.interrupted", lang, n=len(result.runs), asked=result.asked), file=sys.stderr)
    return 130
