"""What delights at first is taken for granted later, and missed when it is gone.

The chocolate on the hotel pillow: a surprise on the first night, a matter of course on the tenth,
and a complaint when it is not there.
"""

from __future__ import annotations

from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, Measures, above, difference
from crmsim.model.records import DAY
from crmsim.scenario import Scenario
from crmsim.strategies.base import Strategy

__all__ = ["LESSON"]

#: Days: the market gets better; some lose their programmes; the end.
NEWS, WITHDRAWAL, END = 720, 1080, 1440
#: The best supplier of the market becomes better by so much, on the scale of quality.
RAISED = 0.10


def arms(scenario: Scenario) -> list[Arm]:
    """All four programmes never, for good, or for three years; and no programmes in a better market."""
    bar = scenario.experience.market_best + RAISED
    return [
        Arm("no_programmes", scenario),
        Arm("kept_up", scenario, _programmes("kept_up")),
        Arm("withdrawn", scenario, _programmes("withdrawn", until_day=WITHDRAWAL)),
        Arm("bar_raised", scenario.with_values(changes=[{"day": NEWS, "set": {"market_best": bar}}])),
    ]


def measure(ledger: Ledger) -> dict[str, float]:
    """Satisfaction late in the first and in the fourth year, and who was lost after news and withdrawal."""
    return {
        "satisfaction_first": _satisfaction(ledger, 180, 360),
        "satisfaction_fourth": _satisfaction(ledger, WITHDRAWAL, END),
        "lost_after_news": _lost(ledger, NEWS),
        "lost_after_withdrawal": _lost(ledger, WITHDRAWAL),
    }


def _programmes(name: str, **days: int) -> Strategy:
    """Return a strategy of all programmes for everybody, twice as intense and dear as usual, on some days."""
    rules = [
        {
            "do": {"programme": programme, "intensity": 2.0},
            "when": days,
            "cost": {"per_month": 2.0, "in": "programme"},
        }
        for programme in ("reward", "contact", "special", "community")
    ]
    return Strategy(name=name, about="All four programmes for everybody, lavishly.", rules=rules)


def _satisfaction(ledger: Ledger, first_day: int, last_day: int) -> float:
    """Return the mean satisfaction of active customers over the windows between these days."""
    days = ledger.months["time"] / DAY
    months = ledger.months[(days > first_day) & (days <= last_day)]
    people = months["tiers"].sum()
    return float(months["satisfaction"].sum() / people) if people else float("nan")


def _lost(ledger: Ledger, day: int) -> float:
    """Return the share lost by the end, of those there on a day."""
    entered, left = ledger.customers["entered"] / DAY, ledger.customers["left"] / DAY
    there = (entered <= day) & (left > day)
    return float((left[there] <= END).mean()) if there.any() else float("nan")


def _lift(run: Measures, year: str) -> float:
    """Return by how much the programmes lift satisfaction in a year."""
    return run["kept_up"][f"satisfaction_{year}"] - run["no_programmes"][f"satisfaction_{year}"]


LESSON = Lesson(
    name="delight_fades",
    concepts=("expectation-escalation", "base-and-latent-expectation", "exceed-expectations"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast(
            "withdrawal_hurts", "points", above(0.0),
            difference("lost_after_withdrawal", "withdrawn", "kept_up"),
        ),
        Contrast("lift_fades", "ratio", above(0.0), lambda run: _lift(run, "first") - _lift(run, "fourth")),
        Contrast(
            "bar_hurts", "points", above(0.0), difference("lost_after_news", "bar_raised", "no_programmes")
        ),
    ),
    breaks=(
        Break("programmes_stay_a_surprise", {"prog_adapt": 0.0}),
        Break("market_is_not_watched", {"market_pull": 0.0}),
    ),
    setting={"customers": 2000, "entry_days": 30, "horizon_days": END},
    units={
        "satisfaction_first": "ratio", "satisfaction_fourth": "ratio",
        "lost_after_news": "share", "lost_after_withdrawal": "share",
    },
)  # fmt: skip
