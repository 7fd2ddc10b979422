"""What the firm does: strategies as data files, and the registry that finds them by name.

To add one, add a YAML file to this folder, or a Python file whose ``STRATEGY`` is a
:class:`~crmsim.strategies.programmed.ProgrammedStrategy` to the folder ``programmed_ready`` beside it.
The contract suite picks it up.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from crmsim.errors import InputError
from crmsim.strategies.base import DO_NOTHING, Strategy, load_strategy
from crmsim.strategies.programmed import ProgrammedStrategy, load_programmed

__all__ = ["DO_NOTHING", "AnyStrategy", "Strategy", "find_strategy", "load_strategy", "strategy_names"]

_FOLDER = Path(__file__).parent
_PROGRAMMED = _FOLDER / "programmed_ready"
#: What a run accepts.
AnyStrategy = Strategy | ProgrammedStrategy


@cache
def strategy_names() -> tuple[str, ...]:
    """Return the names of the ready strategies, in alphabetical order."""
    return tuple(sorted(path.stem for path in (*_FOLDER.glob("*.yaml"), *_PROGRAMMED.glob("*.py"))))


def find_strategy(name: str) -> AnyStrategy:
    """Return a ready strategy by name, or one from a YAML or Python file by path.

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
    if name.endswith(".py"):
        return load_programmed(name)
    if name not in strategy_names():
        raise InputError(
            "strategy", f"must be a .yaml or .py file or one of {', '.join(strategy_names())}", name
        )
    ready = _PROGRAMMED / f"{name}.py"
    return _ready_programmed(str(ready)) if ready.exists() else _ready(_FOLDER / f"{name}.yaml")


#: A ready one is loaded once, so that it is the same each time it is asked for.
_ready, _ready_programmed = cache(load_strategy), cache(load_programmed)
