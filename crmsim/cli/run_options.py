"""Options of what runs the model: ``simulate``, ``compare``, ``confront``, ``decide``, ``runs``."""

from __future__ import annotations

import argparse

from crmsim.cli.shared_options import (
    add_engine,
    add_language,
    add_results,
    add_scenario,
    add_store,
    add_workers,
)

__all__ = ["compare_options", "confront_options", "decide_options", "runs_options", "simulate_options"]


def simulate_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim simulate`` can be told."""
    add_scenario(parser, "folder for tables and log")
    _strategy(parser)
    parser.add_argument(
        "--log", action="store_true", help="write every event too (its columns: crmsim show ledger)"
    )
    parser.add_argument(
        "--replication", type=int, default=0, help="number of the population (default: %(default)s)"
    )
    add_engine(parser)
    add_language(parser)


def compare_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim compare`` can be told."""
    add_scenario(parser, "folder for page, plots and tables")
    parser.add_argument(
        "--strategies", default="do_nothing,stage_matched,tier_service,price_cut", metavar="A,B,...",
        help="names or YAML files, the base first (default: %(default)s)",
    )  # fmt: skip
    _replications(parser, 20)
    add_engine(parser)
    add_workers(parser)
    parser.add_argument("--dask", metavar="ADDRESS", help="scheduler of a Dask cluster that does the runs")
    parser.add_argument(
        "--resume", action="store_true", help="go on from what an interrupted comparison left beside FOLDER"
    )
    add_language(parser)


def confront_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim confront`` can be told."""
    add_scenario(parser, "folder for page, plots and tables")
    _strategy(parser)
    parser.add_argument(
        "--review-day", type=int, metavar="DAY", help="of the valuation (default: the middle of the run)"
    )
    parser.add_argument(
        "--futures", type=int, default=10,
        help="other futures of each past, whose mean shows what nobody can know (default: %(default)s)",
    )  # fmt: skip
    _replications(parser, 10)
    add_engine(parser)
    add_workers(parser)
    add_language(parser)


def decide_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim decide`` can be told."""
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a YAML file, or the name of a ready one")
    add_results(parser, "folder for page, plots and tables")
    parser.add_argument(
        "--resume", action="store_true", help="go on from what an interrupted run left beside FOLDER"
    )
    parser.add_argument(
        "--scenario", action="append", metavar="SCENARIO",
        help="a preset or YAML file, in place of the experiment's; several by repeating it",
    )  # fmt: skip
    parser.add_argument("--no-store", action="store_true", help="do not keep the run in the store")
    add_store(parser)
    add_engine(parser)
    add_workers(parser)
    add_language(parser)


def runs_options(parser: argparse.ArgumentParser) -> None:
    """Declare the actions of ``crmsim runs``, and what each can be told."""
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
        add_store(action)
        add_language(action)


def _strategy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--strategy", default="do_nothing", help="a name, or a YAML or Python file (default: %(default)s)"
    )


def _replications(parser: argparse.ArgumentParser, ordinary: int) -> None:
    parser.add_argument(
        "--replications", type=int, default=ordinary, help="independent populations (default: %(default)s)"
    )
