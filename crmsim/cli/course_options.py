"""Options of the commands of the course: lessons, questions, exams, screens, and ``show``."""

from __future__ import annotations

import argparse

from crmsim.cli.shared_options import (
    add_engine,
    add_language,
    add_population,
    add_results,
    add_workers,
)

__all__ = [
    "app_options",
    "claim_options",
    "exam_options",
    "gallery_options",
    "lesson_options",
    "quiz_options",
    "show_options",
]


def app_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim app`` can be told."""
    parser.add_argument(
        "--host", default="127.0.0.1",
        help="address to listen at; 0.0.0.0 lets a class in, who cannot save files (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=8866, help="(default: %(default)s)")
    parser.add_argument(
        "--ready", type=int, default=1, metavar="N",
        help="visitors for whom all is loaded in advance, 400 MB each (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--idle-minutes", type=int, default=30, metavar="N",
        help="after which what a visitor left behind is ended (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="do not open the page here")
    add_language(parser)


def gallery_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim gallery`` can be told."""
    parser.add_argument("--out", required=True, metavar="FOLDER", help="folder for page and pictures")
    parser.add_argument("--replace", action="store_true", help="replace an earlier gallery in that folder")
    add_language(parser)


def exam_options(parser: argparse.ArgumentParser) -> None:
    """Declare the three things that ``crmsim exam`` does, and what each can be told."""
    what = parser.add_subparsers(dest="what", required=True, metavar="set | export | results")
    sheets = what.add_parser("set", help="sheets to print, one for each student, and the keys")
    sheets.add_argument("--students", metavar="FILE", help="a name a line, or a table with a column of names")
    sheets.add_argument("--copies", type=int, default=1, help="numbered sheets (default: %(default)s)")
    sheets.add_argument("--number", type=int, default=20, help="questions (default: %(default)s)")
    sheets.add_argument("--title", help="above every sheet")
    export = what.add_parser("export", help="the bank for Moodle, as GIFT, or as an Anki deck")
    export.add_argument("--format", required=True, choices=["moodle", "gift", "anki"])
    export.add_argument(
        "--variants", type=int, default=3,
        help="of each calculation, with other numbers (default: %(default)s)",
    )  # fmt: skip
    for part in (sheets, export):
        part.add_argument("--topic", metavar="A,B,...", help="topics (default: all)")
        part.add_argument("--seed", type=int, default=1)
    results = what.add_parser("results", help="sum up collected progress files and grades of labs")
    results.add_argument("files", nargs="+", metavar="FILE", help="a progress file, or nbgrader's grades.csv")
    for part in (sheets, export, results):
        part.add_argument("--out", required=True, metavar="PATH", help="file or folder for the results")
        part.add_argument("--replace", action="store_true", help="replace what is there")
        add_language(part)


def claim_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim claim`` can be told."""
    parser.add_argument("id", nargs="?", metavar="ID", help="of the question; without one, all are listed")
    parser.add_argument("--all", action="store_true", help="run every claim and print verdicts beside keys")
    parser.add_argument("--preset", help="retail, telecom or b2b, in place of the question's own")
    add_population(parser)
    add_workers(parser)
    add_results(parser, "folder for tables and picture of one claim", required=False)
    add_language(parser)


def lesson_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim lesson`` can be told."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the lesson; without one, all are listed")
    parser.add_argument("--all", action="store_true", help="run every lesson and print the verdicts")
    parser.add_argument(
        "--presets", default="retail,telecom,b2b", metavar="A,B,...",
        help="scenarios for --all (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--preset", default="retail", help="scenario of one lesson (default: %(default)s)")
    parser.add_argument(
        "--break", action="store_true", dest="breaks", help="run it again with its mechanism switched off"
    )
    add_population(parser)
    add_engine(parser)
    add_workers(parser)
    add_results(parser, "folder for tables and picture of one lesson", required=False)
    add_language(parser)


def show_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim show`` can be told."""
    pages = "'model', 'ledger' or 'coverage'"
    parser.add_argument("name", nargs="?", help=f"a name, {pages}; without one, all are listed")


def quiz_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim quiz`` can be told."""
    parser.add_argument("--topic", metavar="A,B,...", help="topics (default: all; --list names them)")
    parser.add_argument(
        "--mode", default="topic",
        help="topic (new questions first), review (what is due), weakness, or exam (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--number", type=int, default=10, help="questions at most (default: %(default)s)")
    parser.add_argument("--minutes", type=int, help="time allowed (default: no limit)")
    parser.add_argument(
        "--student", metavar="NAME", help="answers are kept under it (default: your login name)"
    )
    parser.add_argument("--seed", type=int, default=1, help="decides numbers and orders, with the name")
    parser.add_argument(
        "--diary", metavar="FILE",
        help="where answers are kept (default: $CRMSIM_PROGRESS, or a file of your own)",
    )  # fmt: skip
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="print the topics instead")
    instead.add_argument("--progress", action="store_true", help="print where you stand instead")
    instead.add_argument("--report", metavar="FILE", help="write where you stand as an HTML page instead")
    parser.add_argument("--replace", action="store_true", help="let --report replace an earlier file")
    add_language(parser)
