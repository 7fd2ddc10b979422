"""The table of commands: what each is called, what it is for, and where its options are declared.

A command ``x`` is the function ``x_command`` of the module ``crmsim.cli.x``, which gets the options and
returns the exit status. That module loads what the command needs; this one and the modules of options
load nothing, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from crmsim.cli.course_options import (
    app_options,
    claim_options,
    exam_options,
    gallery_options,
    lesson_options,
    quiz_options,
    show_options,
)
from crmsim.cli.data_options import audit_options, calibrate_options, datasets_options, demo_options
from crmsim.cli.run_options import (
    compare_options,
    confront_options,
    decide_options,
    runs_options,
    simulate_options,
)
from crmsim.version import VERSION

__all__ = ["COMMANDS", "Command", "command_parser", "run_command"]


class Command(NamedTuple):
    """A word behind ``crmsim``, the line about it in ``crmsim --help``, and what declares its options."""

    name: str
    help: str
    options: Callable[[argparse.ArgumentParser], None]


#: Every command, in the order of ``crmsim --help``.
COMMANDS = (
    Command("app", "the dashboards in a browser, for a classroom (Voila)", app_options),
    Command("audit", "value and grade the customers of a transaction log", audit_options),
    Command("calibrate", "fit customers to a transaction log", calibrate_options),
    Command("compare", "compare strategies on the same customers", compare_options),
    Command("confront", "methods of valuation beside the truth", confront_options),
    Command("decide", "run an experiment from a file: which strategy, how sure", decide_options),
    Command("simulate", "run one strategy once; write tables and log", simulate_options),
    Command("demo", "from a log to a compared strategy, in one go", demo_options),
    Command("exam", "exam sheets with keys, exports, results of a class", exam_options),
    Command("gallery", "pictures of all dashboards, with a page", gallery_options),
    Command("claim", "run the claim of an exam question, beside its key", claim_options),
    Command("lesson", "run a lesson: a claim, its experiment, its verdict", lesson_options),
    Command("runs", "list, show, compare and delete the runs that were kept", runs_options),
    Command("show", "print a preset or a strategy as YAML, or a page", show_options),
    Command("datasets", "list, show, make anew and fetch data sets", datasets_options),
    Command("quiz", "questions of the course, and where you stand", quiz_options),
)


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    Examples
    --------
    >>> options = command_parser().parse_args(["quiz", "--topic", "clv"])
    >>> options.command, options.topic, options.number
    ('quiz', 'clv', 10)
    """
    parser = argparse.ArgumentParser(
        prog="crmsim", description="A flight simulator for customer relationships."
    )
    parser.add_argument("--version", action="version", version=f"crmsim {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.options(commands.add_parser(command.name, help=command.help))
    return parser


def run_command(options: argparse.Namespace) -> int:
    """Load the command that was asked for, run it, and return its exit status."""
    module = import_module(f"crmsim.cli.{options.command}")
    return getattr(module, f"{options.command}_command")(options)
