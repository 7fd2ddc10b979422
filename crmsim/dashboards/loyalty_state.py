"""What the map of loyalty knows and computes, without a single widget.

The same people live through two years twice: once their switching barriers stay as they are, once these
fall on the day of the map. Who leaves in the second case only was held by the barrier and by nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar

import pandas as pd
from matplotlib.figure import Figure

from crmsim.comparison import paired_interval, verdict
from crmsim.dashboards.choices import choice, engine, seed, strategy, whole, world
from crmsim.dashboards.loyalty_picture import loyalty_figure
from crmsim.dashboards.paired_runs import each_population
from crmsim.dashboards.panel_state import NothingToShow, PanelState
from crmsim.engines import engine_for, simulate
from crmsim.ledger import Ledger
from crmsim.metrics.loyalty_map import MAP_SCHEMES, fates, losses_by_type, loyalty_points
from crmsim.plots.loyalty_map import HEIGHTS
from crmsim.scenario import Scenario, preset
from crmsim.strategies import find_strategy
from crmsim.text import say

__all__ = ["FALL", "LoyaltyResult", "LoyaltyState"]

#: Day of the map, on which the barriers fall, and how many days can be watched after it.
FALL, LONGEST = 1080, 720


@dataclass(frozen=True)
class LoyaltyState(PanelState):
    """The choices of the map of loyalty.

    Attributes
    ----------
    preset : str
        One of :data:`crmsim.dashboards.choices.SCREEN_PRESETS`.
    strategy : str
        Name of a ready strategy, in force from the start.
    scheme : str
        One of :data:`crmsim.metrics.loyalty_map.MAP_SCHEMES`: what the same points are called.
    height : str
        One of :data:`crmsim.plots.loyalty_map.HEIGHTS`: what stands on the vertical axis.
    barriers : int
        Percent of the switching barriers that is left after the fall, 0 to 100.
    days : int
        How long it is watched who leaves, in days after the fall, 30 to 720.
    convenience : int
        Share of wallet that newcomers give the firm, in percent of the scenario's, 30 to 150: with a rival
        next door, people buy less from a firm that they like as much.
    customers : int
        Initial customers, 100 to 2,000.
    replications : int
        Populations, each of which lives with both: 2 to 12.
    seed : int
    engine : {"auto", "compiled", "simpy"}
        As in :func:`crmsim.engines.simulate`; what is shown does not depend on it.

    Examples
    --------
    >>> result = LoyaltyState(preset="telecom", height="barrier", customers=100, replications=2).run()
    >>> result.table.index.to_list()
    ['none', 'spurious', 'latent', 'true']
    """

    screen: ClassVar[str] = "loyalty"

    preset: str = world("b2b")
    strategy: str = strategy("do_nothing")
    scheme: str = choice("attitude_behaviour", MAP_SCHEMES, lambda name, lang: say(f"scheme.{name}", lang))
    height: str = choice(
        "wallet", tuple(HEIGHTS), lambda name, lang: say(f"panel.loyalty.height.{name}", lang)
    )
    barriers: int = whole(0, 0, 100, 10)
    days: int = whole(360, 30, LONGEST, 30)
    convenience: int = whole(100, 30, 150, 10)
    customers: int = whole(500, 100, 2000, 100)
    replications: int = whole(6, 2, 12)
    seed: int = seed()
    engine: str = engine()

    def __post_init__(self) -> None:
        super().__post_init__()
        engine_for(find_strategy(self.strategy), self.engine)

    @property
    def runs(self) -> int:
        """Number of populations."""
        return self.replications

    @property
    def contractual(self) -> bool:
        """Whether customers have a contract, so that all of them buy from this firm alone."""
        return preset(self.preset).purchase.timing == "contract"

    def steps(self) -> Iterator[int | LoyaltyResult]:
        """Run population by population; the first is shown as soon as it is there.

        Raises
        ------
        NothingToShow
            When nobody is left on the day of the fall.
        """
        engines = {engine_for(find_strategy(self.strategy), self.engine)}
        for step in each_population(self._lives, self.replications, engines=engines):
            yield step if isinstance(step, int) else LoyaltyResult(self, tuple(step))

    def _lives(self, replication: int) -> tuple[Ledger, Ledger, Ledger]:
        """Return one population on the day of the map, and later with barriers that stay and that fall."""
        who = (self.preset, self.convenience, self.customers)
        luck = (self.strategy, self.seed, replication, self.engine)
        then = _until_the_fall(*who, *luck)
        if replication == 0 and not (then.customers["left"] > FALL * 86_400).any():
            raise NothingToShow("panel.loyalty.nobody")
        return (
            then,
            _whole_run(100, *who, *luck),
            _whole_run(self.barriers, *who, *luck),
        )


@dataclass(frozen=True, eq=False)
class LoyaltyResult:
    """What came out, with the choices it belongs to.

    Attributes
    ----------
    state : LoyaltyState
    lives : tuple
        Of each population so far, the ledgers on the day of the map, with barriers, and without.
    """

    state: LoyaltyState
    lives: tuple[tuple[Ledger, Ledger, Ledger], ...]

    @property
    def done(self) -> int:
        """Populations that it is made of."""
        return len(self.lives)

    @cached_property
    def points(self) -> pd.DataFrame:
        """The customers of the first population, with type and fate."""
        then, kept, fallen = self.lives[0]
        points = loyalty_points(then, self.state.scheme)
        return points.assign(fate=fates(points, kept, fallen, FALL + self.state.days))

    @cached_property
    def losses(self) -> list[pd.DataFrame]:
        """Of each population, :func:`crmsim.metrics.loyalty_map.losses_by_type`."""
        day = FALL + self.state.days
        return [
            losses_by_type(loyalty_points(then, self.state.scheme), kept, fallen, day)
            for then, kept, fallen in self.lives
        ]

    @property
    def freed(self) -> pd.DataFrame:
        """Share lost because the barriers fell: a row per population, a column per type (nan: nobody)."""
        return pd.DataFrame([table["lost_fallen"] - table["lost_kept"] for table in self.losses])

    @cached_property
    def table(self) -> pd.DataFrame:
        """By type: ``customers`` and the shares lost (means over populations), and the paired difference.

        Columns ``customers``, ``lost_kept``, ``lost_fallen`` (0 to 1), ``mean``, ``low``, ``high``, ``n``
        (fallen - kept, with its 95 % interval, infinite where a population lacks the type) and ``verdict``.
        """
        rows = {}
        for name in self.losses[0].index:
            runs = pd.DataFrame([table.loc[name] for table in self.losses])
            interval = paired_interval(runs["lost_kept"].to_numpy(), runs["lost_fallen"].to_numpy())
            # A type that some populations have not even got is too rare for an interval and a verdict.
            if interval.n < self.done:
                interval = interval._replace(low=-math.inf, high=math.inf)
            word = verdict(interval) if interval.n else "undecided"
            rows[name] = runs.mean().to_dict() | interval._asdict() | {"verdict": word}
        return pd.DataFrame.from_dict(rows, orient="index")

    @property
    def figure(self) -> Figure:
        """The map beside the losses."""
        return loyalty_figure(self)

    @property
    def in_words(self) -> str:
        """The picture's message in sentences."""
        lang, scheme = self.state.lang, self.state.scheme
        counts = self.points["type"].value_counts(sort=False)
        parts = [
            say(
                "panel.loyalty.in_words_type",
                lang,
                type=say(f"label.{scheme}.{name}", lang),
                count=counts[name],
                kept=f"{100 * row['lost_kept']:.0f}",
                fallen=f"{100 * row['lost_fallen']:.0f}",
            )
            for name, row in self.table.iterrows()
            if counts[name]
        ]
        head = say(
            "panel.loyalty.in_words", lang, n=len(self.points), days=self.state.days, left=self.state.barriers
        )
        return head + " ".join(["", *parts])


def _scenario(preset_name: str, convenience: int, customers: int) -> Scenario:
    ready = preset(preset_name)
    wallet = ready.purchase.wallet0 * convenience / 100
    return ready.with_values(customers=customers, horizon_days=FALL + LONGEST, wallet0=wallet)


# The arguments determine a run completely, so what is kept can never be out of date.
@lru_cache(maxsize=48)
def _until_the_fall(
    preset_name: str, convenience: int, customers: int, strategy: str, seed: int, k: int, engine: str
) -> Ledger:
    world = _scenario(preset_name, convenience, customers).up_to(FALL)
    return simulate(world, find_strategy(strategy), seed=seed, replication=k, engine=engine, log=False)


@lru_cache(maxsize=96)
def _whole_run(
    left: int,
    preset_name: str,
    convenience: int,
    customers: int,
    strategy: str,
    seed: int,
    k: int,
    engine: str,
) -> Ledger:
    """Run to the end; `left` percent of the barriers remain after the fall."""
    world = _scenario(preset_name, convenience, customers)
    if left < 100:
        change = {"day": FALL, "set": {"barriers": world.exit.barriers * left / 100}}
        world = world.with_values(changes=[change])
    return simulate(world, find_strategy(strategy), seed=seed, replication=k, engine=engine, log=False)
