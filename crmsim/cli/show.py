"""``crmsim show NAME``: a preset, a strategy, an experiment, or a page on model, ledger or coverage."""

from __future__ import annotations

import argparse

from crmsim.coverage import coverage_page
from crmsim.errors import InputError
from crmsim.events import COMPONENTS, KINDS
from crmsim.experiment_file import experiment_names, experiment_text
from crmsim.ledger import COLUMNS
from crmsim.model_page import model_page
from crmsim.scenario import PRESETS, preset
from crmsim.strategies import find_strategy, strategy_names

__all__ = ["ledger_page", "show_command"]


def show_command(options: argparse.Namespace) -> int:
    """Print what was asked for; without a name, the names of everything there is."""
    name = options.name
    if name is None:
        print("scenarios:", *PRESETS)
        print("strategies:", *strategy_names())
        print("experiments:", *experiment_names())
        print("pages:", *_PAGES)
    elif name in _PAGES:
        print(_PAGES[name](), end="")
    elif name in PRESETS:
        print(preset(name).to_yaml(), end="")
    elif name in strategy_names():
        print(find_strategy(name).as_file()[1], end="")
    elif name in experiment_names():
        print(experiment_text(name), end="")
    else:
        known = (*_PAGES, *PRESETS, *strategy_names(), *experiment_names())
        raise InputError("name", "must be one of " + ", ".join(known), name)
    return 0


def ledger_page() -> str:
    """Return the description of the ledger, made from the tables in the code, as Markdown."""
    lines = ["# The ledger", "", "Made by `crmsim show ledger`; do not edit. One row is one event.", ""]
    lines += ["## Columns", "", "| column | type | unit | meaning |", "|---|---|---|---|"]
    lines += [f"| {name} | {kind} | {unit} | {meaning} |" for name, (kind, unit, meaning) in COLUMNS.items()]
    lines += [
        "",
        "## Kinds",
        "",
        "| code | kind | meaning | detail | amount | a firm sees it |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {int(kind)} | {kind.name.lower()} | {info.meaning} | {info.detail} | {info.amount} "
        f"| {'yes' if info.seen else 'no'} |"
        for kind, info in KINDS.items()
    ]
    lines += ["", "## Components", "", "| code | component | meaning | part of CLV |", "|---|---|---|---|"]
    lines += [
        f"| {int(component)} | {component.name.lower()} | {info.meaning} | {'yes' if info.counts else 'no'} |"
        for component, info in COMPONENTS.items()
    ]
    return "\n".join(lines) + "\n"


#: Pages that are made from the code, its data and its texts; each is kept beside the package's modules.
_PAGES = {"model": model_page, "ledger": ledger_page, "coverage": coverage_page}
