"""What each mechanism of the model costs: everything on, and then one mechanism off at a time.

Like weighing a rucksack, and again with one thing taken out. Switching a mechanism off also changes what
happens: without competitors customers stay longer and buy more. So three things are reported: the
change of CPU time of the whole run, the change of the number of events, and the cost for each year
that a customer was active, which does not grow just because customers stay. For a mechanism
with events of its own, that cost is also given for each of them; a negative cost means that others
do more without it.

A run with everything on and one without the mechanism take turns on the same seed. Results go to
``benchmarks/results/``, after each mechanism. Run it with ``make bench``, or alone with
``python -m benchmarks.mechanisms``.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.options import Options, read_options
from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.plots.style import house_style, new_figure, tidy, to_png
from crmsim.replications import warm_up
from crmsim.scenario import preset
from crmsim.strategies import find_strategy

CUSTOMERS = 1000
YEARS = 6
#: What the retail preset leaves off, at values of ordinary size.
EVERYTHING: dict[str, Any] = {
    "arrivals": 0.02,
    "tiers_visible": 1.0,
    "servqual": 1,
    "irritation": 0.1,
    "spend_trend": 0.02,
    "credit_a": 1.0,
    "credit_b": 49.0,
    "reopen": 0.1,
}
STRATEGY = "stage_matched"


@dataclass(frozen=True)
class Mechanism:
    """One mechanism: the values that switch it off, and the kinds of event that it has of its own."""

    name: str
    off: dict[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    strategy: str = STRATEGY


MECHANISMS = [
    Mechanism("problems, complaints, recovery", {"problem_prob": 0.0}, ("PROBLEM", "COMPLAINT", "RECOVERY")),
    Mechanism("inquiries at the desk", {"inquiry_mean": 0.0}, ("INQUIRY",)),
    Mechanism("contacts to be repeated", {"reopen": 0.0}),
    Mechanism("competitor offers", {"offer_rate": 0.0}, ("COMPETITOR_OFFER",)),
    Mechanism("referral", {"ref_rate": 0.0}, ("REFERRAL", "REFERRED")),
    Mechanism("reputation", {"rep_neg": 0.0, "rep_pos": 0.0}),
    Mechanism("arrivals", {"arrivals": 0.0}),
    Mechanism("cross-buying", {"cross_rate": 0.0}, ("CROSS_BUY",)),
    Mechanism("deal proneness", {"deal_depth": 0.0}),
    Mechanism("cost to serve", {"serve_cost": 0.0, "serve_floor": 1.0}),
    Mechanism("spend trend", {"spend_trend": 0.0}),
    Mechanism("credit risk", {"credit_a": 0.0, "credit_b": 0.0}, ("UNPAID",)),
    Mechanism("need ends", {"need_mean": 0.0}),
    Mechanism("natural dropout", {"drop_a": 0.0, "drop_b": 0.0}),
    Mechanism("dropout for quality", {"quality_hazard": 0.0}),
    Mechanism("dropout for grievance", {"griev_hazard": 0.0}),
    Mechanism("dropout for neglect", {"neglect_hazard": 0.0}),
    Mechanism("decline before leaving", {"decline_days": 0.0}),
    Mechanism("attitude", {"att_gain": 0.0}),
    Mechanism("trust", {"trust_gain": 0.0, "trust_loss": 0.0}),
    Mechanism("habit", {"habit_gain": 0.0}),
    Mechanism("share of wallet", {"wallet_A": 0.0, "wallet_T": 0.0}),
    Mechanism("adapting expectation", {"adapt_up": 0.0, "adapt_down": 0.0, "market_pull": 0.0}),
    Mechanism("varying quality", {"quality_sd": 0.0}),
    Mechanism("judging the wait", {"wait_weight": 0.0}),
    Mechanism("surveys", {"survey_days": 0}, ("SURVEY",)),
    Mechanism("SERVQUAL view", {"servqual": 0}),
    Mechanism("visible tiers", {"tiers_visible": 0.0}),
    Mechanism("irritation", {"irritation": 0.0}),
    Mechanism("programmes", strategy="do_nothing", kinds=("TREATMENT",)),
]


class Run(NamedTuple):
    """What one run took, and what happened in it."""

    seconds: float
    events: int
    own_events: int
    customer_years: float

    @property
    def per_year(self) -> float:
        """Microseconds for one year of one active customer."""
        return 1e6 * self.seconds / self.customer_years


class Spread(NamedTuple):
    """Median and extremes over the rounds."""

    median: float
    low: float
    high: float


class Cost(NamedTuple):
    """What one mechanism costs."""

    name: str
    seconds_change: Spread  # share of the time with everything on
    events_change: float  # share of the events with everything on
    per_year: Spread  # microseconds for a year of an active customer
    own_events: float
    per_event: Spread | None  # microseconds; None without events of its own


def main() -> None:
    """Measure, print the table, and write it beside the picture."""
    options = read_options(__doc__)
    warm_up()
    for strategy in sorted({mechanism.strategy for mechanism in MECHANISMS}):
        _run({}, strategy, (), 0, options)  # the first run loads compiled code
    everything: list[Run] = []
    costs: list[Cost] = []
    options.results.mkdir(parents=True, exist_ok=True)
    for mechanism in MECHANISMS:
        costs.append(_cost(mechanism, options, everything))
        costs.sort(key=lambda cost: cost.per_year.median, reverse=True)
        text = _table(costs, everything, options)
        content = json.dumps([c._asdict() for c in costs], indent=2) + "\n"
        (options.results / "mechanisms.md").write_text(text, encoding="utf-8")
        (options.results / "mechanisms.json").write_text(content, encoding="utf-8")
        (options.results / "mechanisms.png").write_bytes(_picture(costs))
    print(text)


def _cost(mechanism: Mechanism, options: Options, everything: list[Run]) -> Cost:
    """Let runs with and without the mechanism take turns; add those with everything to the list."""
    on, off = [], []
    for seed in range(1, options.rounds + 1):
        on.append(_run({}, STRATEGY, mechanism.kinds, seed, options))
        off.append(_run(mechanism.off, mechanism.strategy, mechanism.kinds, seed, options))
    everything += on
    pairs = list(zip(on, off, strict=True))
    per_year = [a.per_year - b.per_year for a, b in pairs]
    # Events that remain without the mechanism (none, as a rule) are not its own.
    own = [a.own_events - b.own_events for a, b in pairs]
    per_event = None
    if mechanism.kinds and min(own) > 0:
        per_event = _spread(
            [cost * a.customer_years / n for cost, a, n in zip(per_year, on, own, strict=True)]
        )
    return Cost(
        mechanism.name,
        _spread([a.seconds / b.seconds - 1.0 for b, a in pairs]),
        statistics.median(a.events / b.events - 1.0 for b, a in pairs),
        _spread(per_year),
        statistics.median(own) if mechanism.kinds else 0.0,
        per_event,
    )


def _run(off: dict[str, Any], strategy: str, kinds: tuple[str, ...], seed: int, options: Options) -> Run:
    values = {
        "customers": options.customers(CUSTOMERS),
        "horizon_days": YEARS * 365,
        **EVERYTHING,
        **off,
    }
    scenario = preset("retail").with_values(**values)
    begun = time.process_time()
    ledger = simulate(scenario, find_strategy(strategy), seed=seed, log=False, engine="simpy")
    seconds = time.process_time() - begun
    counts = ledger.months["events"][-1].sum(axis=1)
    return Run(
        seconds,
        # The shares of a purchase are rows of the log, but one event with it.
        int(counts.sum() - counts[EventKind.VALUE]),
        int(sum(counts[EventKind[kind]] for kind in kinds)),
        float(ledger.months["tiers"].sum()) * 30.0 / 365.0,
    )


def _spread(numbers: list[float]) -> Spread:
    return Spread(statistics.median(numbers), min(numbers), max(numbers))


def _table(costs: list[Cost], everything: list[Run], options: Options) -> str:
    seconds = _spread([run.seconds for run in everything])
    events = statistics.median(run.events for run in everything)
    per_event = _spread([1e6 * run.seconds / run.events for run in everything])
    per_year = _spread([run.per_year for run in everything])
    lines = [
        "# What each mechanism costs",
        "",
        f"The SimPy engine, retail preset with everything on and the strategy `{STRATEGY}`,",
        f"{options.customers(CUSTOMERS):,} customers, {YEARS} years: {_text(seconds, '.2f')} CPU seconds,",
        f"{events:,.0f} events, {_text(per_event, '.1f')} microseconds per event,",
        f"{_text(per_year, '.0f')} microseconds for one year of one active customer.",
        "Then one mechanism off at a time, each in turns with everything on; medians of",
        f"{options.rounds} rounds (min to max). Python {platform.python_version()}, {platform.machine()}.",
        "",
        "The first two columns say how the whole run changes when the mechanism is switched off. The cost",
        "per customer-year is the difference of microseconds per year of an active customer; the cost per",
        "event is the same difference, over the events that only this mechanism has.",
        "",
        "| mechanism | CPU time without it, % | events without it, % | cost per customer-year, µs "
        "| own events | cost per own event, µs |",
        "|---|---|---|---|---|---|",
    ]
    for cost in costs:
        percent = Spread(*(100.0 * share for share in cost.seconds_change))
        own = f"{cost.own_events:,.0f}" if cost.own_events else ""
        each = _text(cost.per_event, ".1f") if cost.per_event else ""
        lines.append(
            f"| {cost.name} | {_text(percent, '+.1f')} | {100 * cost.events_change:+.1f} "
            f"| {_text(cost.per_year, '.1f')} | {own} | {each} |"
        )
    return "\n".join(lines) + "\n"


def _text(spread: Spread, pattern: str) -> str:
    middle, low, high = (format(number, pattern) for number in spread)
    return f"{middle} ({low} to {high})"


@house_style
def _picture(costs: list[Cost]) -> bytes:
    """Draw the cost per customer-year: a bar for the median, a line from the least to the most."""
    figure, ax = new_figure(8.0, 0.24 * len(costs) + 1.0)
    names = [cost.name for cost in costs]
    medians = [cost.per_year.median for cost in costs]
    below = [cost.per_year.median - cost.per_year.low for cost in costs]
    above = [cost.per_year.high - cost.per_year.median for cost in costs]
    ax.barh(names, medians, color="#8567B5", xerr=(below, above), error_kw={"ecolor": "#4A4A4A", "lw": 1})
    ax.set_ylim(len(costs) - 0.4, -0.6)
    ax.axvline(0.0, color="#B0B0B0", lw=0.8)
    ax.set_xlabel("microseconds of CPU time per year of an active customer (median, min to max)")
    ax.set_title("What each mechanism costs in the SimPy engine", loc="left")
    tidy(ax, grid="x")
    return to_png(figure, dpi=120)


if __name__ == "__main__":
    main()
