"""What the firm does: strategies as data files, and the registry that finds them by name.

To add one, add a YAML file to this folder. The contract suite picks it up.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from crmsim.errors import InputError
from crmsim.strategies.base import DO_NOTHING, Strategy, load_strategy

__all__ = ["DO_NOTHING", "Strategy", "find_strategy", "load_strategy", "strategy_names"]

_FOLDER = Path(__file__).parent


@cache
def strategy_names() -> tuple[str, ...]:
    """Return the names of the ready strategies, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def find_strategy(name: str) -> Strategy:
    """Return a ready strategy by name, or one from a YAML file by path.

    Examples
    --------
    >>> find_strategy("price_cut").rules[0].do.price
    0.1

    Raises
    ------
    InputError
        When there is no such strategy or the file is wrong.
    """
    if name.endswith((".yaml", ".yml")):
        return load_strategy(name)
    if name not in strategy_names():
        raise InputError("strategy", f"must be a .yaml file or one of {', '.join(strategy_names())}", name)
    return load_strategy(_FOLDER / f"{name}.yaml")
