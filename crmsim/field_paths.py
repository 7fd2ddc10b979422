"""The address of one number in a strategy or a scenario, and a copy in which it is another.

Like "second drawer, third folder": ``rules[0].pick.top_share`` is the share of the first rule,
``exit.quality_hazard`` a parameter of a scenario. Names stand as in the YAML file, places in a list
count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from crmsim.errors import InputError
from crmsim.yaml_files import check

__all__ = ["changed_data", "number_at", "parse_path", "with_numbers"]

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]
_STEP = re.compile(r"([A-Za-z_]\w*)((?:\[\d+\])*)")


def parse_path(text: str) -> Path:
    """Return a path as names and places.

    Raises
    ------
    InputError
        When it is not written like one.

    Examples
    --------
    >>> parse_path("rules[0].who.recency_days.min")
    ('rules', 0, 'who', 'recency_days', 'min')
    """
    steps: list[str | int] = []
    for part in text.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise InputError(
                "path", "must be names with dots and places such as rules[0].pick.top_share", text
            )
        steps += [match[1], *map(int, re.findall(r"\d+", match[2]))]
    return tuple(steps)


def number_at(thing: BaseModel, path: str) -> float | int | None:
    """Return the number at a path, or None where nothing is given there.

    Raises
    ------
    InputError
        When there is something else than a number.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> number_at(preset("retail"), "money.margin")
    0.4
    """
    value: Any = _data(thing, bare=False)
    for step in parse_path(path):
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise InputError(path, "must lead to a number", value if isinstance(value, str) else None)
    return value


def with_numbers(thing: Model, numbers: Mapping[str, float | int]) -> Model:
    """Return a copy of a strategy or scenario with other numbers, checked as if it were read from a file.

    Parameters
    ----------
    thing : Strategy or Scenario
    numbers : mapping
        From paths to numbers. A part that was left out (``pick``, ``cap``) is added.

    Raises
    ------
    InputError
        For a place in a list that is not there, and whatever the strategy or scenario refuses.

    Examples
    --------
    >>> from crmsim.strategies import find_strategy
    >>> with_numbers(find_strategy("save_risk"), {"rules[0].pick.top_share": 0.2}).rules[0].pick.top_share
    0.2
    """
    return check(type(thing), changed_data(thing, numbers))


def changed_data(thing: BaseModel, numbers: Mapping[str, float | int]) -> dict[str, Any]:
    """Return a strategy or scenario as plain data with other numbers, not yet checked.

    Raises
    ------
    InputError
        For a place in a list that is not there, or a path that leads nowhere.
    """
    data = _data(thing, bare=True)
    for path, number in numbers.items():
        *way, last = parse_path(path)
        inner = data
        for step, following in zip(way, [*way[1:], last], strict=True):
            inner = _inside(inner, step, following, path)
        if isinstance(last, int) and not (isinstance(inner, list) and last < len(inner)):
            raise InputError(path, "must be a place in a list that is there")
        if isinstance(last, str) and not isinstance(inner, dict):
            raise InputError(path, "must lead to a number")
        inner[last] = number
    return data


def _inside(data: Any, step: str | int, following: str | int, path: str) -> Any:
    """Return the part of `data` that a step leads to, made new where it was left out."""
    if isinstance(step, int):
        if not (isinstance(data, list) and step < len(data)):
            raise InputError(path, "must be a place in a list that is there")
        return data[step]
    if not isinstance(data, dict):
        raise InputError(path, "must lead to a number")
    if data.get(step) is None:
        data[step] = {} if isinstance(following, str) else []
    return data[step]


def _data(thing: BaseModel, *, bare: bool) -> dict[str, Any]:
    """Return a model as plain data; `bare` leaves out what was left out when it was made."""
    return thing.model_dump(mode="json", by_alias=True, exclude_unset=bare, exclude_none=True)
