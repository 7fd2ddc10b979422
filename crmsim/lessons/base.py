"""What a lesson is: a claim, the arms that are compared, and the contrasts that decide.

Like the protocol of a taste test: before anybody tastes, it says who tastes what, and which outcome
would support the claim and which would not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmsim.comparison import Interval
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.plots.style import strategy_label
from crmsim.scenario import Scenario, field_homes, preset
from crmsim.strategies.base import DO_NOTHING, Strategy
from crmsim.text import say
from crmsim.text.catalogue import catalogue

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crmsim.lessons.running import LessonResult

__all__ = [
    "VERDICTS",
    "Arm",
    "Break",
    "Claimed",
    "Contrast",
    "Lesson",
    "Measures",
    "above",
    "below",
    "change",
    "difference",
    "within",
]

#: Every verdict that a contrast or a lesson can have.
VERDICTS = ("holds", "does_not_hold", "not_decided")

#: What was measured in one replication: arm to measure to value.
Measures = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Claimed:
    """The open range in which a quantity must lie for the claim to hold.

    Examples
    --------
    >>> above(0.0).verdict(Interval(2.0, 1.0, 3.0, 8)), above(0.0).verdict(Interval(2.0, -1.0, 5.0, 8))
    ('holds', 'not_decided')
    >>> str(below(0.0)), str(within(0.02))
    ('< 0', '±0.02')
    """

    low: float
    high: float

    def verdict(self, interval: Interval) -> str:
        """Return whether an interval lies wholly inside, wholly outside, or neither (nan, n below 2)."""
        if interval.n < 2:
            return "not_decided"
        if interval.low > self.low and interval.high < self.high:
            return "holds"
        if interval.high <= self.low or interval.low >= self.high:
            return "does_not_hold"
        return "not_decided"

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"> {self.low:g}"
        return f"< {self.high:g}" if math.isinf(self.low) else f"±{self.high:g}"


def above(threshold: float) -> Claimed:
    """Claim that a quantity is above a threshold."""
    return Claimed(threshold, math.inf)


def below(threshold: float) -> Claimed:
    """Claim that a quantity is below a threshold."""
    return Claimed(-math.inf, threshold)


def within(margin: float) -> Claimed:
    """Claim that a quantity is zero for practical purposes: at most `margin` away (an equivalence test)."""
    return Claimed(-margin, margin)


@dataclass(frozen=True)
class Arm:
    """One of the things that are compared: a scenario under a strategy.

    The label is the name of a ready strategy, or stands in the catalogue as ``lesson.NAME.arm.LABEL``.
    """

    label: str
    scenario: Scenario
    strategy: Strategy = DO_NOTHING


@dataclass(frozen=True)
class Contrast:
    """One quantity, computed replication by replication from all arms, and what is claimed of it.

    Attributes
    ----------
    name : str
        Stands in the catalogue as ``lesson.NAME.contrast.<name>``.
    unit : str
        ``currency`` (a difference), ``share`` (a level), ``points`` (a difference between shares),
        ``change`` (relative to a base), ``days`` or ``ratio``.
    claimed : Claimed
    of : callable
        From the :data:`Measures` of one replication to the quantity; see :func:`difference`. All
        arms of a replication have the same customers with the same luck.
    """

    name: str
    unit: str
    claimed: Claimed
    of: Callable[[Measures], float]


def difference(measure: str, arm: str, base: str) -> Callable[[Measures], float]:
    """Return the quantity "`measure` in `arm` less `measure` in `base`".

    Examples
    --------
    >>> difference("clv", "price_cut", "do_nothing")({"price_cut": {"clv": 5.0}, "do_nothing": {"clv": 7.0}})
    -2.0
    """
    return lambda run: run[arm][measure] - run[base][measure]


def change(measure: str, arm: str, base: str) -> Callable[[Measures], float]:
    """Return the quantity "`measure` in `arm` less that in `base`, as a share of its size in `base`".

    Examples
    --------
    >>> change("clv", "price_cut", "do_nothing")({"price_cut": {"clv": 6.0}, "do_nothing": {"clv": 8.0}})
    -0.25
    """

    def of(run: Measures) -> float:
        level = abs(run[base][measure])
        return (run[arm][measure] - run[base][measure]) / level if level > 0.0 else math.nan

    return of


@dataclass(frozen=True)
class Break:
    """A way to switch the mechanism off; stands in the catalogue as ``lesson.NAME.break.<name>``.

    Attributes
    ----------
    name : str
    values : mapping
        Of scenario fields, in place of the scenario's.
    times : mapping
        Of scenario fields: factors by which the scenario's own values are multiplied.
    timing : str, optional
        The only ``timing`` of purchases in which it makes sense.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    timing: str | None = None

    def apply(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the mechanism switched off."""
        homes = field_homes()
        multiplied = {
            name: factor * getattr(getattr(scenario, homes[name]), name)
            for name, factor in self.times.items()
        }
        return scenario.with_values(**self.values, **multiplied)


@dataclass(frozen=True)
class Lesson:
    """A claim and the experiment that tests it.

    In the catalogue stand ``lesson.NAME.title``, ``.claim``, ``.varied`` (what is varied) and
    ``.turns`` (under which conditions it turns), besides the labels of contrasts, breaks, and of
    those arms and measures that have no label already.

    Attributes
    ----------
    name : str
        Also the name of the file.
    concepts : tuple of str
        The syllabus concepts that the lesson serves, by their ids.
    arms : callable
        From a scenario to the arms.
    measure : callable
        A pure function of the ledger of an arm: measure to value.
    contrasts : tuple of Contrast
        The lesson holds if all of them do. The first is the leading one.
    breaks : tuple of Break
    setting : mapping
        What the lesson sets in a preset beforehand: how many customers, perhaps how loaded the desk is.
    replications : int
        How many are usually run.
    units : mapping
        Unit of each measure that is not in :data:`crmsim.metrics.outcomes.OUTCOMES`.
    log : bool
        Whether `measure` needs the event log.
    stopped : tuple of int
        Days. Each arm is also run up to these days only, and `measure` gets those ledgers after the
        whole one: the same customers with the same luck, as they stood on that day.
    picture : callable, optional
        Draws the result on a figure (or on one of its own), in a language. The default shows
        contrasts and levels.
    """

    name: str
    concepts: tuple[str, ...]
    arms: Callable[[Scenario], Sequence[Arm]]
    measure: Callable[..., dict[str, float]]
    contrasts: tuple[Contrast, ...]
    breaks: tuple[Break, ...]
    setting: Mapping[str, Any] = field(default_factory=lambda: {"customers": 1000})
    replications: int = 8
    units: Mapping[str, str] = field(default_factory=dict)
    log: bool = False
    stopped: tuple[int, ...] = ()
    picture: Callable[[LessonResult, Figure | None, str], Figure] | None = None

    def scenario(self, name: str = "retail", **values: Any) -> Scenario:
        """Return a preset with the lesson's setting, and with further values in place of it."""
        return preset(name).with_values(**{**self.setting, **values})

    def broken(self, scenario: Scenario) -> dict[str, Scenario]:
        """Return the scenario with the mechanism switched off, in each way that makes sense there."""
        return {
            way.name: way.apply(scenario)
            for way in self.breaks
            if way.timing in (None, scenario.purchase.timing)
        }

    def unit(self, measure: str) -> str:
        """Return the unit of a measure."""
        return OUTCOMES[measure].unit if measure in OUTCOMES else self.units[measure]

    def title(self, lang: str = "en") -> str:
        """Return the lesson's title."""
        return say(f"lesson.{self.name}.title", lang)

    def claim(self, lang: str = "en") -> str:
        """Return the claim."""
        return say(f"lesson.{self.name}.claim", lang)

    def varied(self, lang: str = "en") -> str:
        """Return what is varied."""
        return say(f"lesson.{self.name}.varied", lang)

    def turns(self, lang: str = "en") -> str:
        """Return the conditions under which the claim turns."""
        return say(f"lesson.{self.name}.turns", lang)

    def contrast_label(self, contrast: str, lang: str = "en") -> str:
        """Return a contrast in words."""
        return say(f"lesson.{self.name}.contrast.{contrast}", lang)

    def break_label(self, name: str, lang: str = "en") -> str:
        """Return a break in words."""
        return say(f"lesson.{self.name}.break.{name}", lang)

    def arm_label(self, label: str, lang: str = "en") -> str:
        """Return an arm in words: the lesson's own, or the name of the strategy."""
        key = f"lesson.{self.name}.arm.{label}"
        return say(key, lang) if key in catalogue() else strategy_label(label, lang)

    def measure_label(self, measure: str, lang: str = "en") -> str:
        """Return a measure in words: the lesson's own, or the name of the outcome."""
        key = f"lesson.{self.name}.measure.{measure}"
        return say(key if key in catalogue() else f"outcome.{measure}", lang)
