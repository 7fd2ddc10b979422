"""The command line: ``crmsim demo``, ``calibrate``, ``compare``, ``decide`` and so on.

Exit status: 0 when all went well, 2 for input that cannot be used (one line on standard error), 130
after Ctrl-C, 1 for a defect of this program (with a traceback).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from crmsim.errors import CrmsimError, InterruptedRun
from crmsim.version import VERSION

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        The default is what stands on the command line.
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # An old terminal without Chinese shows escapes instead of stopping the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(options)
        sys.stdout.flush()  # here, where it can be answered, and not when Python ends
        return status
    except BrokenPipeError:
        # Whoever reads our output has seen enough (`crmsim show retail | head -1`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InterruptedRun as error:
        return _complain(error, 130, options)
    except KeyboardInterrupt:
        return _complain(CrmsimError("interrupted; nothing was written"), 130, options)
    except CrmsimError as error:
        return _complain(error, 2, options)


def _complain(error: CrmsimError, status: int, options: argparse.Namespace) -> int:
    from crmsim.text.problems import said

    print(f"crmsim: {said(error, getattr(options, 'lang', 'en'))}", file=sys.stderr)
    return status


def _run(options: argparse.Namespace) -> int:
    # Commands are imported when they run: `crmsim --help` should not load the whole model.
    if options.command == "calibrate":
        from crmsim.cli.calibrate import calibrate_command

        return calibrate_command(options)
    if options.command == "audit":
        from crmsim.cli.audit import audit_command

        return audit_command(options)
    if options.command == "compare":
        from crmsim.cli.compare import compare_command

        return compare_command(options)
    if options.command == "confront":
        from crmsim.cli.confront import confront_command

        return confront_command(options)
    if options.command == "decide":
        from crmsim.cli.decide import decide_command

        return decide_command(options)
    if options.command == "simulate":
        from crmsim.cli.simulate import simulate_command

        return simulate_command(options)
    if options.command == "demo":
        from crmsim.cli.demo import demo_command

        return demo_command(options)
    if options.command == "claim":
        from crmsim.cli.claim import claim_command

        return claim_command(options)
    if options.command == "lesson":
        from crmsim.cli.lesson import lesson_command

        return lesson_command(options)
    if options.command == "runs":
        from crmsim.cli.runs import runs_command

        return runs_command(options)
    if options.command == "quiz":
        from crmsim.cli.quiz import quiz_command

        return quiz_command(options)
    if options.command == "datasets":
        from crmsim.cli.datasets import datasets_command

        return datasets_command(options)
    if options.command == "app":
        from crmsim.cli.app import app_command

        return app_command(options)
    if options.command == "gallery":
        from crmsim.cli.app import gallery_command

        return gallery_command(options)
    if options.command == "exam":
        from crmsim.cli.exam import exam_command

        return exam_command(options)
    from crmsim.cli.show import show_command

    return show_command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crmsim", description="A flight simulator for customer relationships."
    )
    parser.add_argument("--version", action="version", version=f"crmsim {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _app_options(commands.add_parser("app", help="the dashboards in a browser, for a classroom (Voila)"))
    _audit_options(commands.add_parser("audit", help="value and grade the customers of a transaction log"))
    _calibrate_options(commands.add_parser("calibrate", help="fit customers to a transaction log"))
    _compare_options(commands.add_parser("compare", help="compare strategies on the same customers"))
    _confront_options(commands.add_parser("confront", help="methods of valuation beside the truth"))
    _decide_options(
        commands.add_parser("decide", help="run an experiment from a file: which strategy, how sure")
    )
    _simulate_options(commands.add_parser("simulate", help="run one strategy once; write tables and log"))
    demo = commands.add_parser("demo", help="from a log to a compared strategy, in one go")
    demo.add_argument("--out", default="demo-report", help="folder for the results (default: %(default)s)")
    _engine(demo)
    _language(demo)
    _exam_options(commands.add_parser("exam", help="exam sheets with keys, exports, results of a class"))
    gallery = commands.add_parser("gallery", help="pictures of all dashboards, with a page")
    gallery.add_argument("--out", required=True, metavar="FOLDER", help="folder for page and pictures")
    gallery.add_argument("--replace", action="store_true", help="replace an earlier gallery in that folder")
    _language(gallery)
    _claim_options(commands.add_parser("claim", help="run the claim of an exam question, beside its key"))
    _lesson_options(commands.add_parser("lesson", help="run a lesson: a claim, its experiment, its verdict"))
    _runs_options(commands.add_parser("runs", help="list, show, compare and delete the runs that were kept"))
    show = commands.add_parser("show", help="print a preset or a strategy as YAML, or a page")
    pages = "'model', 'ledger' or 'coverage'"
    show.add_argument("name", nargs="?", help=f"a name, {pages}; without one, all are listed")
    _datasets_options(commands.add_parser("datasets", help="list, show, make anew and fetch data sets"))
    _quiz_options(commands.add_parser("quiz", help="questions of the course, and where you stand"))
    return parser


def _language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lang", choices=["en", "zh"], default="en", help="language of the results")


def _engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine", default="auto",
        help="what drives the runs: auto, compiled or simpy; the numbers are the same (default: %(default)s)",
    )  # fmt: skip


def _log(parser: argparse.ArgumentParser) -> None:
    """Add what every command that reads a transaction log can be told of it."""
    parser.add_argument(
        "log", metavar="LOG", help="CSV with customer, date, amount; or the CDNOW text format"
    )
    for name in ("customer", "date", "amount", "currency"):
        parser.add_argument(
            f"--{name}-column", metavar="NAME", help=f"name of the column with the {name}, if not obvious"
        )
    parser.add_argument("--date-format", metavar="FORMAT", help="such as %%d.%%m.%%Y")
    parser.add_argument(
        "--returns", default="refuse",
        help="negative amounts: refuse, net (against purchases of the day) or keep (less revenue, no "
        "purchase; default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--only-currency", metavar="CODE", help="of a log with several, the one to read")


def _calibrate_options(parser: argparse.ArgumentParser) -> None:
    _log(parser)
    parser.add_argument("--out", required=True, metavar="FOLDER", help="folder for scenario, tables and plot")
    parser.add_argument("--replace", action="store_true", help="replace earlier results in that folder")
    parser.add_argument("--name", default="calibrated", help="name of the scenario (default: %(default)s)")
    parser.add_argument(
        "--base", default="retail", help="preset for what a log cannot tell (default: %(default)s)"
    )
    parser.add_argument("--currency", help="of the amounts (default: the log's own, or else CU)")
    parser.add_argument(
        "--calibration-end", metavar="DATE", help="last day used for fitting (default: half way)"
    )
    parser.add_argument(
        "--customers", type=int, default=2000, help="customers of the scenario (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1)
    _engine(parser)
    _language(parser)


def _audit_options(parser: argparse.ArgumentParser) -> None:
    _log(parser)
    parser.add_argument("--out", metavar="FOLDER", help="for page, plots, tables (default: LOG's name-audit)")
    parser.add_argument("--replace", action="store_true", help="replace earlier results in that folder")
    parser.add_argument("--currency", help="of the amounts (default: the log's own, or else CU)")
    parser.add_argument(
        "--margin", type=float, default=1.0,
        help="share of spend that is earned (default: %(default)s, which values customers by revenue)",
    )  # fmt: skip
    parser.add_argument(
        "--discount-rate", type=float, default=0.1, help="effective, per year (default: %(default)s)"
    )
    parser.add_argument("--observation-end", metavar="DATE", help="last day observed (default: the log's)")
    _language(parser)


def _app_options(parser: argparse.ArgumentParser) -> None:
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
    _language(parser)


def _exam_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="set | export | results")
    sheets = what.add_parser("set", help="sheets to print, one for each student, and the keys")
    sheets.add_argument("--students", metavar="FILE", help="a name a line; or else --copies")
    sheets.add_argument("--copies", type=int, default=1, help="numbered sheets (default: %(default)s)")
    sheets.add_argument("--number", type=int, default=20, help="questions (default: %(default)s)")
    sheets.add_argument("--title", help="above every sheet")
    export = what.add_parser("export", help="the bank for Moodle, as GIFT, or as an Anki deck")
    export.add_argument("--format", required=True, choices=["moodle", "gift", "anki"])
    export.add_argument(
        "--variants",
        type=int,
        default=3,
        help="of each calculation, with other numbers (default: %(default)s)",
    )
    for parser in (sheets, export):
        parser.add_argument("--topic", metavar="A,B,...", help="topics (default: all)")
        parser.add_argument("--seed", type=int, default=1)
    results = what.add_parser("results", help="sum up collected progress files and grades of labs")
    results.add_argument("files", nargs="+", metavar="FILE", help="a progress file, or nbgrader's grades.csv")
    for parser in (sheets, export, results):
        parser.add_argument("--out", required=True, metavar="PATH", help="file or folder for the results")
        parser.add_argument("--replace", action="store_true", help="replace what is there")
        _language(parser)


def _scenario(parser: argparse.ArgumentParser, results: str) -> None:
    """Add what every command that runs a scenario can be told of it, and of the folder for its results."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a preset, or a YAML file")
    parser.add_argument("--out", required=True, metavar="FOLDER", help=results)
    parser.add_argument("--replace", action="store_true", help="replace earlier results in that folder")
    parser.add_argument("--customers", type=int, help="customers, in place of the scenario's")
    parser.add_argument("--years", type=float, help="years, in place of the scenario's")
    parser.add_argument(
        "--branches", type=int, default=1, help="each with its own customers and desk (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1)


def _compare_options(parser: argparse.ArgumentParser) -> None:
    _scenario(parser, "folder for page, plots and tables")
    parser.add_argument(
        "--strategies", default="do_nothing,stage_matched,tier_service,price_cut", metavar="A,B,...",
        help="names or YAML files, the base first (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--replications", type=int, default=20, help="independent populations (default: %(default)s)"
    )
    _engine(parser)
    parser.add_argument("--workers", type=int, help="runs at the same time (default: one per core)")
    parser.add_argument("--dask", metavar="ADDRESS", help="scheduler of a Dask cluster that does the runs")
    parser.add_argument(
        "--resume", action="store_true", help="go on from what an interrupted comparison left beside FOLDER"
    )
    _language(parser)


def _confront_options(parser: argparse.ArgumentParser) -> None:
    _scenario(parser, "folder for page, plots and tables")
    parser.add_argument(
        "--strategy", default="do_nothing", help="a name, or a YAML or Python file (default: %(default)s)"
    )
    parser.add_argument(
        "--review-day", type=int, metavar="DAY", help="of the valuation (default: the middle of the run)"
    )
    parser.add_argument(
        "--futures", type=int, default=10,
        help="other futures of each past, whose mean shows what nobody can know (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--replications", type=int, default=10, help="independent populations (default: %(default)s)"
    )
    _engine(parser)
    parser.add_argument("--workers", type=int, help="runs at the same time (default: one per core)")
    _language(parser)


def _decide_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a YAML file, or the name of a ready one")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="folder for page, plots and tables")
    parser.add_argument("--replace", action="store_true", help="replace earlier results in that folder")
    parser.add_argument(
        "--resume", action="store_true", help="go on from what an interrupted run left beside FOLDER"
    )
    parser.add_argument(
        "--scenario", action="append", metavar="SCENARIO",
        help="a preset or YAML file, in place of the experiment's; several by repeating it",
    )  # fmt: skip
    parser.add_argument("--no-store", action="store_true", help="do not keep the run in the store")
    _store(parser)
    _engine(parser)
    parser.add_argument("--workers", type=int, help="runs at the same time (default: one per core)")
    _language(parser)


def _store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store", metavar="FOLDER",
        help="where runs are kept (default: $CRMSIM_STORE, or a folder for your own data)",
    )  # fmt: skip


def _simulate_options(parser: argparse.ArgumentParser) -> None:
    _scenario(parser, "folder for tables and log")
    parser.add_argument(
        "--strategy", default="do_nothing", help="a name, or a YAML or Python file (default: %(default)s)"
    )
    parser.add_argument(
        "--log", action="store_true", help="write every event too (its columns: crmsim show ledger)"
    )
    parser.add_argument(
        "--replication", type=int, default=0, help="number of the population (default: %(default)s)"
    )
    _engine(parser)
    _language(parser)


def _claim_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="?", metavar="ID", help="of the question; without one, all are listed")
    parser.add_argument("--all", action="store_true", help="run every claim and print verdicts beside keys")
    parser.add_argument("--preset", help="retail, telecom or b2b, in place of the question's own")
    parser.add_argument("--replications", type=int, help="independent populations, instead of the lesson's")
    parser.add_argument("--customers", type=int, help="customers, instead of the lesson's")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, help="runs at the same time (default: one per core)")
    parser.add_argument("--out", metavar="FOLDER", help="folder for tables and picture of one claim")
    parser.add_argument("--replace", action="store_true", help="replace earlier results in that folder")
    _language(parser)


def _lesson_options(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument("--replications", type=int, help="independent populations, instead of the lesson's")
    parser.add_argument("--customers", type=int, help="customers, instead of the lesson's")
    parser.add_argument("--seed", type=int, default=1)
    _engine(parser)
    parser.add_argument("--workers", type=int, help="runs at the same time (default: one per core)")
    parser.add_argument("--out", metavar="FOLDER", help="folder for tables and picture of one lesson")
    parser.add_argument("--replace", action="store_true", help="replace earlier results in that folder")
    _language(parser)


def _runs_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    run = "the name of a run, or as much of its beginning as no other has"
    for name, meaning in (
        ("list", "all runs, the oldest first"),
        ("show", "what is known of a run"),
        ("compare", "what differs between two runs, and what came out differently"),
        ("delete", "remove runs"),
        ("clean", "remove what processes that were killed have left behind"),
    ):
        action = actions.add_parser(name, help=meaning)
        if name == "show":
            action.add_argument("run", metavar="RUN", help=run)
        if name == "compare":
            action.add_argument("first", metavar="A", help=run)
            action.add_argument("second", metavar="B", help="the same")
        if name == "delete":
            action.add_argument("runs", metavar="RUN", nargs="+", help=run)
        _store(action)
        _language(action)


def _datasets_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, meaning in (
        ("list", "all data sets, those of others included"),
        ("show", "tables and columns of a data set, with units"),
        ("build", "make the files of the project's data sets anew"),
        ("fetch", "get a public data set of others, and check it"),
    ):
        action = actions.add_parser(name, help=meaning)
        if name in ("show", "fetch"):
            action.add_argument("name", metavar="NAME", help="as the list says")
        if name == "fetch":
            action.add_argument(
                "--file", metavar="FILE", help="the file or archive, where you have it already"
            )
            action.add_argument(
                "--cache",
                metavar="FOLDER",
                help="for fetched files (default: $CRMSIM_CACHE, or one of your own)",
            )
        _language(action)


def _quiz_options(parser: argparse.ArgumentParser) -> None:
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
    _language(parser)
