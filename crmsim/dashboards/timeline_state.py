"""What the screen of one customer's life knows and computes, without a single widget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from matplotlib.figure import Figure

from crmsim.dashboards.choices import engine, seed, strategy, whole, world
from crmsim.dashboards.panel_state import NothingToShow, PanelState
from crmsim.engines import engine_for, simulate
from crmsim.ledger import Ledger
from crmsim.metrics.lives import interesting_customers
from crmsim.model.records import NEVER
from crmsim.plots.timeline import life_figure, life_in_words
from crmsim.scenario import preset
from crmsim.strategies import find_strategy

__all__ = ["LifeResult", "LifeState"]

_SHOWN = 20


@dataclass(frozen=True)
class LifeState(PanelState):
    """The choices of the screen of one customer's life.

    Only the initial cohort can be shown: there, the same number is the same person under every
    strategy, with the same luck. Change the strategy alone to see what it did to this person.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    strategy : str
        Name of a ready strategy.
    seed : int
    customer : int or None
        Number, from 0; None for the most eventful life.
    customers : int
        Initial customers, 1 to 10,000.
    years : int
        Length of the run, in years of 365 days, 1 to 20.
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; what is shown does not depend on it.

    Examples
    --------
    >>> state = LifeState(customers=60, years=4)
    >>> state.number == state.interesting[0], state.next_interesting().number == state.interesting[1]
    (True, True)
    >>> state.run().in_words[:9]
    'Customer '
    """

    screen: ClassVar[str] = "life"

    preset: str = world()
    strategy: str = strategy("stage_matched")
    seed: int = seed()
    customer: int | None = whole(None, 0, 10**6, slider=False, optional=True)
    customers: int = whole(200, 1, 10_000)
    years: int = whole(6, 1, 20)
    engine: str = engine()

    def __post_init__(self) -> None:
        super().__post_init__()
        engine_for(find_strategy(self.strategy), self.engine)

    @property
    def ledger(self) -> Ledger:
        """The run, with every event."""
        return _run(self.preset, self.strategy, self.customers, self.years, self.seed, self.engine)

    @property
    def interesting(self) -> list[int]:
        """Numbers of the most eventful lives, the richest first."""
        return interesting_customers(self.ledger, _SHOWN)

    @property
    def number(self) -> int:
        """Number of the customer shown."""
        return self.interesting[0] if self.customer is None else self.customer

    @property
    def has_bought(self) -> bool:
        """Whether there is a life to show: of the initial cohort, with at least one purchase."""
        return 0 <= self.number < self.customers and bool(
            self.ledger.customers["entered"][self.number] < NEVER
        )

    def next_interesting(self) -> LifeState:
        """Return the state with the next of the eventful lives; after the last comes the first."""
        lives = self.interesting
        place = lives.index(self.number) + 1 if self.number in lives else 0
        return replace(self, customer=lives[place % len(lives)])

    def steps(self) -> Iterator[LifeResult]:
        """Run the scenario and yield the life.

        Raises
        ------
        NothingToShow
            When the person never bought or there is nobody with this number.
        """
        if not self.has_bought:
            raise NothingToShow("panel.never_bought", last=self.customers - 1)
        yield LifeResult(replace(self, customer=self.number))


@dataclass(frozen=True)
class LifeResult:
    """One life, with the choices it belongs to; the number of its customer is among them."""

    state: LifeState

    @property
    def figure(self) -> Figure:
        """The life as a picture."""
        return life_figure(self.state.ledger, self.state.number, lang=self.state.lang)

    @property
    def in_words(self) -> str:
        """The life in one sentence."""
        return life_in_words(self.state.ledger, self.state.number, lang=self.state.lang)


# The arguments determine the run completely, so what is kept can never be out of date.
@lru_cache(maxsize=4)
def _run(preset_name: str, strategy: str, customers: int, years: int, seed: int, engine: str) -> Ledger:
    scenario = preset(preset_name).with_values(customers=customers, horizon_days=365 * years)
    return simulate(scenario, find_strategy(strategy), seed=seed, engine=engine)
