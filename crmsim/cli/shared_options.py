"""Options that several commands have in common, declared once so that they mean the same everywhere.

Modules of options load nothing but argparse: what is typed is judged, and ``--help`` is answered, before
the model is loaded.
"""

from __future__ import annotations

import argparse

__all__ = [
    "add_engine",
    "add_language",
    "add_log",
    "add_population",
    "add_results",
    "add_scenario",
    "add_store",
    "add_workers",
]


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add the language in which a command answers."""
    parser.add_argument("--lang", choices=["en", "zh"], default="en", help="language of the results")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add the choice of what drives the runs."""
    parser.add_argument(
        "--engine", default="auto",
        help="what drives the runs: auto, compiled or simpy; the numbers are the same (default: %(default)s)",
    )  # fmt: skip


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add how many runs are done at the same time."""
    parser.add_argument("--workers", type=int, help="runs at the same time (default: one per core)")


def add_results(parser: argparse.ArgumentParser, holds: str, *, required: bool = True) -> None:
    """Add the folder for results, and whether earlier ones in it may go."""
    parser.add_argument("--out", required=required, metavar="FOLDER", help=holds)
    parser.add_argument("--replace", action="store_true", help="replace earlier results in that folder")


def add_log(parser: argparse.ArgumentParser) -> None:
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


def add_scenario(parser: argparse.ArgumentParser, results: str) -> None:
    """Add what every command that runs a scenario can be told of it, and of the folder for its results."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a preset, or a YAML file")
    add_results(parser, results)
    parser.add_argument("--customers", type=int, help="customers, in place of the scenario's")
    parser.add_argument("--years", type=float, help="years, in place of the scenario's")
    parser.add_argument(
        "--branches", type=int, default=1, help="each with its own customers and desk (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1)


def add_population(parser: argparse.ArgumentParser) -> None:
    """Add what every command that runs a lesson's experiment can be told of its size."""
    parser.add_argument("--replications", type=int, help="independent populations, instead of the lesson's")
    parser.add_argument("--customers", type=int, help="customers, instead of the lesson's")
    parser.add_argument("--seed", type=int, default=1)


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add the folder in which runs are kept."""
    parser.add_argument(
        "--store", metavar="FOLDER",
        help="where runs are kept (default: $CRMSIM_STORE, or a folder for your own data)",
    )  # fmt: skip
