"""Options of the commands on logs and data sets: ``audit``, ``calibrate``, ``demo``, ``datasets``."""

from __future__ import annotations

import argparse

from crmsim.cli.shared_options import add_engine, add_language, add_log, add_results

__all__ = ["audit_options", "calibrate_options", "datasets_options", "demo_options"]


def audit_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim audit`` can be told."""
    add_log(parser)
    add_results(parser, "for page, plots, tables (default: LOG's name-audit)", required=False)
    _currency(parser)
    parser.add_argument(
        "--margin", type=float, default=1.0,
        help="share of spend that is earned (default: %(default)s, which values customers by revenue)",
    )  # fmt: skip
    parser.add_argument(
        "--discount-rate", type=float, default=0.1, help="effective, per year (default: %(default)s)"
    )
    parser.add_argument("--observation-end", metavar="DATE", help="last day observed (default: the log's)")
    add_language(parser)


def calibrate_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim calibrate`` can be told."""
    add_log(parser)
    add_results(parser, "folder for scenario, tables and plot")
    parser.add_argument("--name", default="calibrated", help="name of the scenario (default: %(default)s)")
    parser.add_argument(
        "--base", default="retail", help="preset for what a log cannot tell (default: %(default)s)"
    )
    _currency(parser)
    parser.add_argument(
        "--calibration-end", metavar="DATE", help="last day used for fitting (default: half way)"
    )
    parser.add_argument(
        "--customers", type=int, default=2000, help="customers of the scenario (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1)
    add_engine(parser)
    add_language(parser)


def demo_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``crmsim demo`` can be told."""
    parser.add_argument("--out", default="demo-report", help="folder for the results (default: %(default)s)")
    add_engine(parser)
    add_language(parser)


def datasets_options(parser: argparse.ArgumentParser) -> None:
    """Declare the actions of ``crmsim datasets``, and what each can be told."""
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
                "--cache", metavar="FOLDER",
                help="for fetched files (default: $CRMSIM_CACHE, or one of your own)",
            )  # fmt: skip
        add_language(action)


def _currency(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--currency", help="of the amounts (default: the log's own, or else CU)")
