"""The boxes of an order form: each further question of an experiment, with what can be said to it.

A section that is left out is not asked; one that is there and empty (``saved: {}``) is asked as usual.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from crmsim.parameters import Section
from crmsim.search_space import SearchSpace
from crmsim.strategies.rules import one_or_several

__all__ = [
    "SECTIONS",
    "BudgetPart",
    "RetentionPart",
    "ReturnsPart",
    "RobustnessPart",
    "SavedPart",
    "SearchPart",
    "SelectionPart",
    "SensitivityPart",
    "TargetingPart",
    "UntilPart",
]

#: The further questions, in the order in which they are answered and reported.
SECTIONS = (
    "selection", "saved", "targeting", "returns", "retention",
    "budget", "search", "sensitivity", "robustness",
)  # fmt: skip

_Runs = Annotated[int, Field(ge=2, le=100_000)]
_SomeRuns = Annotated[int, Field(ge=1, le=100_000)]
_Days = Annotated[int, Field(description="days", ge=30, le=36_000)]


class UntilPart(Section):
    """Replications by precision: until every difference to the base is decided, or known well enough.

    Takes the place of ``replications``; how well is ``precision``.
    """

    at_least: _Runs = 10
    at_most: _Runs = 200
    look_ahead: int = Field(5, description="further replications for which it must stay so", ge=0, le=1000)


class SelectionPart(Section):
    """Which strategy is the best, with a guaranteed probability: a race on other luck than the comparison."""

    indifference: float | None = Field(
        None, description="the smallest difference that matters; the margin where it is left out", gt=0
    )
    first: int = Field(10, description="replications before anyone can be out", ge=2, le=100_000)
    at_most: int = Field(500, description="replications of any strategy", ge=2, le=100_000)


class SavedPart(Section):
    """Whom did it save? Every customer lives twice, under the base and under the strategy."""

    strategy: str | None = Field(None, description="the best one where it is left out")
    day: int | None = Field(None, description="of the decision, a multiple of 30 (days)")
    futures: int = Field(0, description="further pairs of lives of everybody", ge=0, le=1000)
    replications: _Runs = 10


class TargetingPart(Section):
    """Whom to make an offer to: several ways to choose as many, against the truth about everybody."""

    day: int | None = Field(None, description="of the offer, a multiple of 30 (days)")
    share: float = Field(0.1, description="of the customers who get the offer", gt=0, le=1)
    scores: Annotated[tuple[str, ...], BeforeValidator(one_or_several)] = Field(
        ("random", "risk", "sensitivity", "lift", "value_lift"),
        description="the first is what the others are compared with",
        min_length=1,
    )
    days_ahead: _Days = 360
    futures: int = Field(20, description="of everybody, with and without the offer", ge=4, le=10_000)
    replications: _Runs = 10


class ReturnsPart(Section):
    """Does it pay, what for, how much for each unit spent, and from when on?"""

    strategy: str | None = None
    replications: _Runs = 20


class RetentionPart(Section):
    """What one more point of annual retention is worth, under the base or another strategy."""

    strategy: str | None = Field(None, description="the base where it is left out")
    factor: float = Field(0.9, description="by which all reasons to leave are weakened", gt=0, lt=1)
    replications: _Runs = 20


class BudgetPart(Section):
    """Value against the yearly budget of one strategy, and the best level."""

    strategy: str | None = Field(None, description="the best that can have these budgets where left out")
    per_year: Annotated[tuple[float, ...], BeforeValidator(one_or_several)] = Field(
        description="currency per year for all customers together, rising", min_length=2
    )
    replications: _Runs = 20
    holdout: _Runs = 20


class SearchPart(SearchSpace):
    """The best numbers for one strategy: a search space, and how long to search."""

    strategy: str | None = Field(None, description="the best that has these numbers where left out")
    trials: int = Field(40, ge=1, le=1_000_000)
    replications: _SomeRuns = 10
    holdout: _Runs = 20


class SensitivityPart(Section):
    """What the difference between a strategy and the base depends on."""

    strategy: str | None = None
    method: Literal["tornado", "sobol", "morris"] = "tornado"
    samples: int = Field(64, description="of Sobol' or Morris", ge=2, le=65_536)
    replications: _SomeRuns = 10


class RobustnessPart(Section):
    """In which share of the plausible worlds the winner still wins."""

    worlds: int = Field(64, ge=2, le=65_536)
    replications: _SomeRuns = 5
