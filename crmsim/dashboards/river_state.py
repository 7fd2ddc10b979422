"""What the screen of the lifecycle river knows and computes, without a single widget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from matplotlib.figure import Figure

from crmsim.dashboards.choices import choice, engine, seed, strategy, whole, world
from crmsim.dashboards.panel_state import PanelState
from crmsim.dashboards.river_picture import river_figure
from crmsim.engines import engine_for, simulate
from crmsim.metrics.stage_flow import CohortFlow, cohort_flow
from crmsim.model.records import DAY, WINDOW
from crmsim.plots.style import strategy_label
from crmsim.scenario import Scenario, preset
from crmsim.schemes import STAGE_SCHEMES
from crmsim.strategies import find_strategy
from crmsim.text import say

__all__ = ["RiverResult", "RiverState"]


@dataclass(frozen=True)
class RiverState(PanelState):
    """The choices of the screen of the lifecycle river.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    strategy : str
        Name of a ready strategy.
    scheme : str
        In whose words the stages are told: a key of :data:`crmsim.schemes.STAGE_SCHEMES`.
    customers : int
        Initial customers, 100 to 5,000.
    years : int
        For which each customer is watched from the first purchase on, 1 to 10. The run is longer by the
        time in which they arrive.
    seed : int
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; what is shown does not depend on it.

    Examples
    --------
    >>> result = RiverState(customers=100, years=2).run()
    >>> result.flow.customers >= 100, len(result.flow.money)
    (True, 24)
    """

    screen: ClassVar[str] = "river"

    preset: str = world()
    strategy: str = strategy("do_nothing")
    scheme: str = choice("six_stage", tuple(STAGE_SCHEMES), lambda name, lang: say(f"scheme.{name}", lang))
    customers: int = whole(600, 100, 5_000, 100)
    years: int = whole(5, 1, 10)
    seed: int = seed()
    engine: str = engine()

    def __post_init__(self) -> None:
        super().__post_init__()
        engine_for(find_strategy(self.strategy), self.engine)

    @property
    def months(self) -> int:
        """For which each customer is watched, of 30 days, so that they fit into the years."""
        return 365 * self.years * DAY // WINDOW

    @property
    def scenario(self) -> Scenario:
        """The scenario, as long as the last of the initial customers needs."""
        return _scenario(self.preset, self.customers, self.years)

    def steps(self) -> Iterator[RiverResult]:
        """Run the scenario and yield the river."""
        flow = _flow(
            self.preset, self.strategy, self.customers, self.years, self.months, self.seed, self.engine
        )
        yield RiverResult(self, flow)


@dataclass(frozen=True, eq=False)
class RiverResult:
    """One river, with the choices it belongs to.

    Attributes
    ----------
    state : RiverState
    flow : CohortFlow
    """

    state: RiverState
    flow: CohortFlow

    @property
    def currency(self) -> str:
        """Of all amounts."""
        return self.state.scenario.currency

    @property
    def figure(self) -> Figure:
        """The picture: the river, input and output month by month, and both by stage."""
        return river_figure(self)

    @property
    def in_words(self) -> str:
        """The picture in a few sentences."""
        lang, flow = self.state.lang, self.flow
        steady = flow.stages["stability"]
        month = flow.break_even
        key = "panel.river.never" if month == float("inf") else "panel.river.even"
        return say(
            "panel.river.in_words",
            lang,
            customers=flow.customers,
            strategy=strategy_label(self.state.strategy, lang),
            peak=round(100 * steady.max() / flow.customers),
            peak_month=int(steady.idxmax()),
            years=self.state.years,
            ended=round(100 * flow.stages["ended"].iloc[-1] / flow.customers),
            even=say(key, lang, month=f"{month:.0f}"),
        )


def _scenario(preset_name: str, customers: int, years: int) -> Scenario:
    world = preset(preset_name)
    return world.with_values(customers=customers, horizon_days=365 * years + world.population.entry_days)


# The arguments determine the flow completely, so what is kept can never be out of date.
@lru_cache(maxsize=32)
def _flow(
    preset_name: str, strategy: str, customers: int, years: int, months: int, seed: int, engine: str
) -> CohortFlow:
    scenario = _scenario(preset_name, customers, years)
    return cohort_flow(simulate(scenario, find_strategy(strategy), seed=seed, engine=engine), months)
