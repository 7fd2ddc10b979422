"""What a search may change, what it is for, and what must hold: as data.

Like an order to a tailor: these seams may be moved, by so much; it should look slim; and it must not
cost more than so much. For example, in a YAML file::

    numbers:
    - {path: "rules[0].pick.top_share", low: 0.02, high: 0.5, log: true}
    - {path: "rules[0].do.days", low: 30, high: 720, step: 30}
    objectives: [clv]
    constraints:
    - {outcome: strategy_cost, max: 12.0}
    - {outcome: satisfied, min: 0.7}
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from crmsim.errors import InputError
from crmsim.field_paths import changed_data, number_at, parse_path
from crmsim.grids import direction
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.parameters import Section
from crmsim.strategies import AnyStrategy, Strategy
from crmsim.strategies.rules import one_or_several
from crmsim.yaml_files import Document, allowed, check, limits, number_field, read_fields

__all__ = ["Constraint", "SearchNumber", "SearchSpace", "load_search"]


class SearchNumber(Section):
    """One number of a strategy that may be changed, from `low` to `high`, both included.

    Examples
    --------
    >>> SearchNumber(path="rules[0].do.days", low=30, high=720, step=30).path
    'rules[0].do.days'
    """

    path: str = Field(description="of the number in the strategy's YAML")
    low: float
    high: float
    integer: bool = Field(False, description="whole numbers only; fields that must be whole always are")
    log: bool = Field(
        False, description="try factors, not steps: from 1 to 10 as thoroughly as from 10 to 100"
    )
    step: float | None = Field(None, description="only low, low + step, low + 2 steps, ...", gt=0)

    @model_validator(mode="after")
    def _makes_sense(self) -> SearchNumber:
        if not self.low < self.high:
            raise ValueError(f"high must be above low ({self.low:g}), got {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be above 0 with log, got {self.low:g}")
        if self.log and self.step is not None:
            raise ValueError("step must be left out with log")
        if self.step is not None and not _whole((self.high - self.low) / self.step):
            raise ValueError(f"high must be low and some steps of {self.step:g}, got {self.high:g}")
        if self.integer and any(v is not None and v != int(v) for v in (self.low, self.high, self.step)):
            raise ValueError("low must be a whole number with integer, and so must high and step")
        return self

    def contains(self, value: float | int | None) -> bool:
        """Return whether the search could try this value.

        Examples
        --------
        >>> number = SearchNumber(path="rules[0].do.days", low=30, high=720, step=30)
        >>> number.contains(180), number.contains(100), number.contains(None)
        (True, False, False)
        """
        if value is None or not self.low <= value <= self.high:
            return False
        on_step = self.step is None or _whole((value - self.low) / self.step)
        return on_step and not (self.integer and value != int(value))


class Constraint(Section):
    """What must hold of an outcome's mean, in the unit of the outcome: at least `min`, at most `max`."""

    outcome: str
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Constraint:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, got {self.outcome}")
        if self.min is None and self.max is None:
            raise ValueError("must give min or max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min must be at most max ({self.max:g}), got {self.min:g}")
        return self

    def violation(self, value: float) -> float:
        """Return by how much a value breaks the constraint; 0 or less where it holds.

        Examples
        --------
        >>> budget = Constraint(outcome="strategy_cost", max=10.0)
        >>> budget.violation(12.5), budget.violation(8.0)
        (2.5, -2.0)
        """
        ends = [end for end in (_above(self.min, value), _above(value, self.max)) if end is not None]
        return max(ends)


def _whole(steps: float) -> bool:
    return math.isclose(steps, round(steps), abs_tol=1e-9)


def _above(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


class SearchSpace(Section):
    """What may be changed, what it is for, and what must hold.

    With one objective the search is for its best mean; with two or more, for the Pareto front: what cannot
    be bettered in one without losing in another.

    Examples
    --------
    >>> share = SearchNumber(path="rules[0].pick.top_share", low=0.05, high=0.5)
    >>> SearchSpace(numbers=[share], objectives=["clv", "satisfied"]).objectives
    ('clv', 'satisfied')
    """

    numbers: Annotated[tuple[SearchNumber, ...], BeforeValidator(one_or_several), Field(min_length=1)]
    objectives: Annotated[tuple[str, ...], BeforeValidator(one_or_several), Field(min_length=1)] = ("clv",)
    constraints: Annotated[tuple[Constraint, ...], BeforeValidator(one_or_several)] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> SearchSpace:
        for kind, names in (
            ("numbers", [number.path for number in self.numbers]),
            ("objectives", list(self.objectives)),
            ("constraints", [constraint.outcome for constraint in self.constraints]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{kind} must name each once, got {name} twice")
        for place, outcome in enumerate(self.objectives):
            try:
                direction(outcome)
            except InputError as error:
                raise ValueError(f"objectives.{place} {error.problem}, got {outcome}") from None
        return self

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every outcome that matters here, the objectives first."""
        return tuple(dict.fromkeys((*self.objectives, *(c.outcome for c in self.constraints))))

    def fitted(self, strategy: AnyStrategy, document: Document | None = None) -> SearchSpace:
        """Return the space for one strategy: every path leads to a number, every range is allowed there.

        Numbers that must be whole in the strategy are whole in the space.

        Raises
        ------
        InputError
            When the strategy is a program, or a path or a range does not fit it.
        """
        if not isinstance(strategy, Strategy):
            raise InputError("strategy", "must be one of rules, not a Python program", strategy.name)
        numbers = []
        for place, number in enumerate(self.numbers):
            where = document.where(("numbers", place, "path")) if document else None
            try:
                numbers.append(_fitted(number, strategy))
            except InputError as error:
                inner = "" if error.field in (number.path, "path") else f".{error.field}"
                field = f"numbers.{place} ({number.path}){inner}"
                raise InputError(field, error.problem, error.value, where=where) from None
        return self.model_copy(update={"numbers": tuple(numbers)})

    def start(self, strategy: Strategy) -> dict[str, float | int] | None:
        """Return the strategy's own numbers, if the search could try them."""
        own = {number.path: number_at(strategy, number.path) for number in self.numbers}
        return own if all(number.contains(own[number.path]) for number in self.numbers) else None  # type: ignore[return-value]


def _fitted(number: SearchNumber, strategy: Strategy) -> SearchNumber:
    path = parse_path(number.path)
    changed_data(strategy, {number.path: number.low})
    if not number_field(Strategy, path):
        raise InputError(number.path, "must lead to a number")
    found = limits(Strategy, path)
    if found is None:
        return number
    too_low = number.low < found.low or (found.above_low and number.low == found.low)
    too_high = number.high > found.high or (found.below_high and number.high == found.high)
    if too_low or too_high:
        problem = str(allowed(Strategy, path))
        raise InputError(number.path, problem, number.low if too_low else number.high)
    step = number.step if number.step is not None else found.step
    return check(SearchNumber, number.model_dump() | {"integer": number.integer or found.whole, "step": step})


def load_search(path: str | Path, strategy: AnyStrategy) -> SearchSpace:
    """Read a search space from a YAML file, for a strategy.

    Raises
    ------
    InputError
        With ``file:line:column``, field, value and allowed range.
    """
    document = read_fields(path, "numbers, objectives and constraints")
    return check(SearchSpace, document.data, document).fitted(strategy, document)
