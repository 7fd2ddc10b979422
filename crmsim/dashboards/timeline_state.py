"""What the screen of one customer's life knows and computes, without a single widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from crmsim.dashboards.comparison_state import SCREEN_PRESETS
from crmsim.engines import ENGINES, engine_for, simulate
from crmsim.errors import InputError
from crmsim.ledger import Ledger
from crmsim.metrics.lives import interesting_customers
from crmsim.model.records import NEVER
from crmsim.plots.style import to_png
from crmsim.plots.timeline import life_figure
from crmsim.scenario import preset
from crmsim.strategies import find_strategy, strategy_names
from crmsim.text import LANGUAGES

__all__ = ["LifeState"]

_SHOWN = 20


@dataclass(frozen=True)
class LifeState:
    """The choices of the screen of one customer's life.

    Only the initial cohort can be shown: there, the same number is the same person under every
    strategy, with the same luck. Change the strategy alone to see what it did to this person.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.comparison_state.SCREEN_PRESETS`.
    strategy : str
        Name of a ready strategy.
    seed : int
    customer : int or None
        Number, from 0; None for the most eventful life.
    customers : int
        Initial customers.
    years : int
        Length of the run, in years of 365 days.
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; what is shown does not depend on it.
    lang : {"en", "zh"}

    Examples
    --------
    >>> state = LifeState(customers=60, years=4)
    >>> state.number == state.interesting[0], state.next_interesting().number == state.interesting[1]
    (True, True)
    """

    preset: str = "retail"
    strategy: str = "stage_matched"
    seed: int = 1
    customer: int | None = None
    customers: int = 200
    years: int = 6
    engine: str = "auto"
    lang: str = "en"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("preset", SCREEN_PRESETS),
            ("strategy", strategy_names()),
            ("engine", ENGINES),
            ("lang", LANGUAGES),
        ):
            if getattr(self, name) not in allowed:
                raise InputError(name, f"must be one of {', '.join(allowed)}", getattr(self, name))
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

    def picture(self, dpi: int = 100) -> bytes:
        """Return the life as a PNG.

        Raises
        ------
        InputError
            When the person never bought or there is nobody with this number.
        """
        return to_png(life_figure(self.ledger, self.number, lang=self.lang), dpi)


# The arguments determine the run completely, so what is kept can never be out of date.
@lru_cache(maxsize=4)
def _run(preset_name: str, strategy: str, customers: int, years: int, seed: int, engine: str) -> Ledger:
    scenario = preset(preset_name).with_values(customers=customers, horizon_days=365 * years)
    return simulate(scenario, find_strategy(strategy), seed=seed, engine=engine)
