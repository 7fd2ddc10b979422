"""``crmsim exam set|export|results``: sheets with keys, the bank for other programs, what a class knows."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from crmsim.cli.quiz import topics_named
from crmsim.errors import InputError, whole_number
from crmsim.exercises.bank import Bank, load_bank
from crmsim.exercises.exporting.class_list import read_students
from crmsim.exercises.exporting.class_results import ClassResults, read_class, results_page
from crmsim.exercises.exporting.exam_sheet import exam_keys, exam_page, key_page, set_exam
from crmsim.exercises.exporting.spreadsheet import no_formula
from crmsim.exercises.sheet import Sheet
from crmsim.folders import check_file, check_target, new_folder
from crmsim.pages import save_csv, save_tables, write_manifest
from crmsim.text import say
from crmsim.version import VERSION
from crmsim.yaml_files import write_text

__all__ = ["exam_command"]

#: Most variants of a calculation in one export.
MOST_VARIANTS = 100


def exam_command(options: argparse.Namespace) -> int:
    """Run one of the three."""
    bank = load_bank()
    return {"set": _set, "export": _export, "results": _results}[options.what](options, bank)


def _set(options: argparse.Namespace, bank: Bank) -> int:
    check_target(options.out, replace=options.replace)
    students = _students(options)
    lang = options.lang
    exam = set_exam(
        bank, students, title=options.title or say("cli.exam.title", lang), seed=options.seed,
        topics=topics_named(options.topic), number=options.number,
    )  # fmt: skip
    with new_folder(options.out, replace=options.replace) as draft:
        write_text(draft / "sheets.html", exam_page(exam, lang))
        write_text(draft / "keys.html", key_page(exam, lang))
        save_csv(exam_keys(exam, lang), draft / "keys.csv")
        asked = len(next(iter(exam.sheets.values())))
        write_manifest(
            draft, {"crmsim": VERSION, "kind": "exam", "seed": options.seed, "students": len(students)}
        )
    print(say("cli.exam.set", lang, students=len(students), number=asked, path=Path(options.out)))
    return 0


def _export(options: argparse.Namespace, bank: Bank) -> int:
    lang = options.lang
    whole_number("seed", options.seed, 0, 2**31 - 1)
    whole_number("variants", options.variants, 1, MOST_VARIANTS)
    path = check_file(options.out, replace=options.replace)
    if options.format == "anki" and path.suffix != ".apkg":
        raise InputError("out", "must end in .apkg, or Anki does not open it", str(path))
    sheets, topics = _sheets(options, bank)
    if options.format == "moodle":
        from crmsim.exercises.exporting.moodle import moodle_xml

        write_text(path, '<?xml version="1.0" encoding="UTF-8"?>\n' + moodle_xml(sheets, topics, lang))
    elif options.format == "gift":
        from crmsim.exercises.exporting.gift import gift_text

        write_text(path, gift_text(sheets, topics, lang))
    else:
        from crmsim.exercises.exporting.anki import write_anki

        write_anki(sheets, topics, path, lang)
    print(say("cli.exam.exported", lang, number=len(sheets), path=path))
    return 0


def _results(options: argparse.Namespace, bank: Bank) -> int:
    check_target(options.out, replace=options.replace)
    results = read_class([Path(name) for name in options.files], bank)
    with new_folder(options.out, replace=options.replace) as draft:
        write_text(draft / "index.html", results_page(results, bank, options.lang))
        save_tables(draft, _safe_tables(results))
        write_manifest(draft, {"crmsim": VERSION, "kind": "class results"})
    print(say("cli.report", options.lang, path=Path(options.out) / "index.html"))
    return 0


def _sheets(options: argparse.Namespace, bank: Bank) -> tuple[list[Sheet], list[str]]:
    """Return the sheets to export, topic by topic; calculations in as many variants as asked for."""
    sheets = []
    for topic in topics_named(options.topic):
        for question in bank.of(topics=[topic]):
            variants = options.variants if getattr(question, "generator", None) else 1
            sheets += [Sheet(question, str(number), options.seed) for number in range(1, variants + 1)]
    sheets = [sheet for sheet in sheets if sheet.question.kind != "lab"]
    return sheets, [bank.topics[sheet.question.id] for sheet in sheets]


def _safe_tables(results: ClassResults) -> dict[str, pd.DataFrame]:
    """Return the tables that hold anything, with names of students that no spreadsheet takes for formulas."""
    return {
        name: table.assign(student=table["student"].map(no_formula)) if "student" in table else table
        for name, table in vars(results).items()
        if not table.empty
    }


def _students(options: argparse.Namespace) -> list[str]:
    if options.students is None:
        return [str(number) for number in range(1, options.copies + 1)]
    return read_students(options.students)
