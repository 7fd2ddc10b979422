"""What a strategist is unsure of: parameters of a scenario with the range that each may lie in, as data.

Like a weather forecast for a picnic: "between 12 and 20 degrees, wind up to 30 km/h" are many possible
days, and one asks of each whether the picnic would be pleasant. For example, in a YAML file::

    parameters:
    - {path: exit.quality_hazard, low: 0.02, high: 0.2, log: true}
    - {path: money.margin, low: 0.3, high: 0.5}
    - {path: competition.offer_discount}

A range that is left out is the documented one (``crmsim show model`` lists them all).
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from scipy.stats import qmc

from crmsim.errors import InputError, whole_number
from crmsim.field_paths import number_at, parse_path
from crmsim.parameters import Section
from crmsim.scenario import Scenario, field_homes
from crmsim.strategies.rules import one_or_several
from crmsim.yaml_files import Document, Limits, allowed, check, limits, read_fields

__all__ = ["UncertainParameter", "Uncertainty", "load_uncertainty", "plausible_points"]

#: A documented range that goes further than so many times the present value is a limit, not a belief.
_BELIEVABLE = 100.0


class UncertainParameter(Section):
    """One parameter, from `low` to `high`, both included.

    Examples
    --------
    >>> UncertainParameter(path="money.margin", low=0.3, high=0.5).at(0.25)
    0.35
    """

    path: str = Field(description="such as exit.quality_hazard")
    low: float | None = Field(None, description="the documented range where it is left out")
    high: float | None = None
    log: bool = Field(False, description="factors are equally likely, not steps")
    step: float | None = Field(
        None, description="only low, low + step, ...; 1 for parameters that must be whole", gt=0
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> UncertainParameter:
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"high must be above low ({self.low:g}), got {self.high:g}")
        if self.log and self.low is not None and self.low <= 0:
            raise ValueError(f"low must be above 0 with log, got {self.low:g}")
        return self

    def at(self, share: float) -> float | int:
        """Return the value at a share of the range, from 0 (low) to 1 (high)."""
        if self.low is None or self.high is None:
            raise InputError(self.path, "has no range yet: fit it to a scenario")
        value = self.low + share * (self.high - self.low)
        if self.log:
            value = min(max(self.low * (self.high / self.low) ** share, self.low), self.high)
        if self.step is None:
            return float(value)
        steps = math.floor((self.high - self.low) / self.step + 1e-9)
        # Every step is as likely as the next, the ends included; with log the nearest is taken.
        taken = round((value - self.low) / self.step) if self.log else int(share * (steps + 1))
        value = self.low + min(taken, steps) * self.step
        return round(value) if self.low == int(self.low) and self.step == int(self.step) else float(value)


class Uncertainty(Section):
    """Parameters with their ranges; within them, every combination is plausible.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> unsure = Uncertainty(parameters=[UncertainParameter(path="loyalty.trust_gain")])
    >>> unsure.fitted(preset("retail")).parameters[0].high
    1.0
    """

    parameters: Annotated[
        tuple[UncertainParameter, ...], BeforeValidator(one_or_several), Field(min_length=1, max_length=200)
    ]

    @model_validator(mode="after")
    def _each_once(self) -> Uncertainty:
        names = [parameter.path for parameter in self.parameters]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"parameters must name each once, got {name} twice")
        return self

    @property
    def paths(self) -> list[str]:
        """The paths of the parameters, in their order."""
        return [parameter.path for parameter in self.parameters]

    def fitted(self, scenario: Scenario, document: Document | None = None) -> Uncertainty:
        """Return the uncertainty for one scenario: every path leads to a number, every range is there.

        Raises
        ------
        InputError
            When a path leads nowhere, a range is not allowed, or is left out where the documented one is
            too wide to be believed.
        """
        fitted = []
        for place, parameter in enumerate(self.parameters):
            try:
                fitted.append(_fitted(parameter, scenario))
            except InputError as error:
                where = document.where(("parameters", place)) if document else None
                inner = "" if error.field == parameter.path else f".{error.field}"
                field = f"parameters.{place} ({parameter.path}){inner}"
                raise InputError(field, error.problem, error.value, where=where) from None
        return self.model_copy(update={"parameters": tuple(fitted)})

    def world(self, shares: np.ndarray) -> dict[str, float | int]:
        """Return the parameters at shares of their ranges, for :func:`crmsim.field_paths.with_numbers`."""
        return {
            parameter.path: parameter.at(float(share))
            for parameter, share in zip(self.parameters, shares, strict=True)
        }


def _fitted(parameter: UncertainParameter, scenario: Scenario) -> UncertainParameter:
    path, value = parse_path(parameter.path), number_at(scenario, parameter.path)
    if value is None:
        home = field_homes().get(parameter.path)
        hint = f"must be {home}.{parameter.path}" if home else "must be the path of a parameter"
        raise InputError(parameter.path, f"{hint}, such as exit.quality_hazard")
    found = limits(Scenario, path)
    ends = {"low": parameter.low, "high": parameter.high}
    for name, end in ends.items():
        if end is None:
            ends[name] = _documented(found, value, name)
        elif found is not None and not found.low <= end <= found.high:
            raise InputError(parameter.path, str(allowed(Scenario, path)), end)
    step = parameter.step
    if step is None and found is not None:
        step = found.step or (1.0 if found.whole else None)
    made = check(UncertainParameter, parameter.model_dump() | ends | {"step": step})
    if made.at(0.0) == made.at(1.0):
        raise InputError(parameter.path, f"must have a range of at least one step ({step:g})")
    return made


def _documented(found: Limits | None, value: float, name: str) -> float:
    if found is None:
        raise InputError(name, "must be given: there is no documented range")
    if found.high > max(1.0, _BELIEVABLE * abs(value)):
        problem = f"must be given: the parameter is {value:g} now and may be up to {found.high:g}"
        raise InputError(name, problem)
    return getattr(found, name)


def load_uncertainty(path: str | Path, scenario: Scenario) -> Uncertainty:
    """Read parameters with ranges from a YAML file, for a scenario.

    Raises
    ------
    InputError
        With ``file:line:column``, field, value and allowed range.
    """
    document = read_fields(path, "parameters")
    return check(Uncertainty, document.data, document).fitted(scenario, document)


def plausible_points(paths: list[str], points: int, seed: int) -> np.ndarray:
    """Return points that fill the unit cube evenly, a dimension for each path.

    Sobol' (1967), each dimension turned round by a constant that is a function of seed and path (Cranley &
    Patterson 1976), so that every single point is anywhere with the same probability.

    Returns
    -------
    array, shape (points, paths)
        From 0 to below 1.

    Examples
    --------
    >>> points = plausible_points(["money.margin", "exit.drop_a"], 64, seed=1)
    >>> points.shape, bool((abs(points.mean(axis=0) - 0.5) < 0.02).all())
    ((64, 2), True)
    """
    whole_number("points", points, 1, 2**20)
    powers = (points - 1).bit_length()
    even = qmc.Sobol(len(paths), scramble=False).random_base2(powers)[:points]
    turns = [int.from_bytes(hashlib.sha256(f"{seed} {path}".encode()).digest()[:6]) / 2**48 for path in paths]
    return (even + np.array(turns)) % 1.0
