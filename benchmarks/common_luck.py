"""How much surer a comparison is when customers meet the same luck under both strategies.

The difference between two strategies has a variance. With independent seeds it is the sum of both
variances; with the same luck for every customer most of it cancels. In between lies what many programs do:
one generator for everybody, with the same seed for both strategies. There the two runs part at the first
draw that only one of them makes, and from then on nobody's luck is the same. The plain SimPy program of
``benchmarks/plain`` is such a program, of the same model; it draws its people before anything happens, so
these, at least, are the same. What its shared generator is worth is told by the same measure: its own
variance with independent seeds over that with the same seed.

Variance ratios have bootstrap intervals over replications (2,000 resamples, drawn by hashing). How much
faster two workers are is measured on 20 replications of 20,000 customers. Results go to
``benchmarks/results/``. Run it with ``make bench``, or alone with ``python -m benchmarks.common_luck``;
``--size 0.2 --rounds 1 --results /tmp`` is a quick trial.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.both_engines import SAME
from benchmarks.options import Options, read_options
from benchmarks.plain.market import Market
from benchmarks.plain.parameters import PRESETS, STRATEGIES
from crmsim.engines import simulate
from crmsim.estimators.resampling import uniforms
from crmsim.grids import run_grid
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.replications import warm_up
from crmsim.scenario import Scenario, preset
from crmsim.strategies import DO_NOTHING, find_strategy

CUSTOMERS, YEARS = 500, 5
#: Replications per round of measurement.
REPLICATIONS = 40
RESAMPLES = 2000
#: The plain program takes some hundred times as long; it gets so many replications per round.
PLAIN_REPLICATIONS = 20
LARGE, LARGE_REPLICATIONS = 20_000, 20
MORE_STAFF = "one agent more"


class Case(NamedTuple):
    """A change whose effect on CLV is measured, and by how much its variance is to be reduced at least."""

    preset: str
    change: str
    goal: float


CASES = [
    Case(name, change, 25.0 if change == MORE_STAFF else 5.0)
    for name in ("retail", "telecom", "b2b")
    for change in ("save_risk", "save_lift", "save_value_lift", MORE_STAFF)
]
SHARED_GOAL = 2.0
SPEED_UP_GOAL = 1.7


def main() -> None:
    """Measure, print a table, and write it."""
    options = read_options(__doc__)
    warm_up()
    rows = [_measure(case, options) for case in CASES]
    speed = _speed_up(options)
    options.results.mkdir(parents=True, exist_ok=True)
    text = _table(rows, speed, options)
    (options.results / "common_luck.md").write_text(text, encoding="utf-8")
    content = {"variance": rows, "speed_up": speed}
    (options.results / "common_luck.json").write_text(json.dumps(content, indent=2) + "\n")
    print(text)


def _measure(case: Case, options: Options) -> dict:
    """Return how often smaller the variance is with common luck, and with a shared generator."""
    customers = options.customers(CUSTOMERS)
    ours = _pairs(_ours(case, customers), REPLICATIONS * options.rounds)
    row = {"preset": case.preset, "change": case.change, "goal": case.goal, "customers": customers}
    row |= {"replications": len(ours), "difference": float((ours[:, 1] - ours[:, 0]).mean())}
    row |= {"common": _with_interval(_reduction, ours)}
    if case.preset in PRESETS:
        plain = _pairs(_plain(case, customers), PLAIN_REPLICATIONS * options.rounds)
        row |= {"plain_replications": len(plain), "shared": _with_interval(_reduction, plain)}
        row |= {"over_shared": _quotient(ours, plain)}
    return row


def _ours(case: Case, customers: int) -> Callable[[int, bool], float]:
    """Return a function that runs the package: replication, and whether with the change, to CLV."""
    scenario = preset(case.preset).with_values(customers=customers, horizon_days=YEARS * 365, **SAME)
    staffed, strategy = scenario, DO_NOTHING
    if case.change == MORE_STAFF:
        staffed = _one_agent_more(scenario)
    else:
        strategy = find_strategy(case.change)

    def run(replication: int, changed: bool) -> float:
        world, rules = (staffed, strategy) if changed else (scenario, DO_NOTHING)
        return value_per_initial_customer(simulate(world, rules, replication=replication, log=False))

    return run


def _one_agent_more(scenario: Scenario) -> Scenario:
    """Return the scenario with one more agent; a call takes as long as before."""
    agents, load = scenario.service.desk_agents, scenario.service.desk_load
    return scenario.with_values(desk_agents=agents + 1, desk_load=load * agents / (agents + 1))


def _plain(case: Case, customers: int) -> Callable[[int, bool], float]:
    """Return the same of the plain program: one generator, the same seed for both."""
    parameters = staffed = PRESETS[case.preset]
    strategy = STRATEGIES["do_nothing"]
    if case.change == MORE_STAFF:
        agents = parameters.desk_agents
        load = parameters.desk_load * agents / (agents + 1)
        staffed = replace(parameters, desk_agents=agents + 1, desk_load=load)
    else:
        strategy = STRATEGIES[case.change]

    def run(seed: int, changed: bool) -> float:
        world, rules = (staffed, strategy) if changed else (parameters, STRATEGIES["do_nothing"])
        market = Market(world, customers, YEARS, seed, rules)
        market.env.run(until=market.horizon)
        return market.results()["npv_per_initial_customer"]

    return run


def _pairs(run: Callable[[int, bool], float], replications: int) -> np.ndarray:
    """Return CLV without and with the change, a row per replication."""
    return np.array([[run(k, changed) for changed in (False, True)] for k in range(replications)])


def _reduction(pairs: np.ndarray) -> float:
    """Return the variance of the difference with independent seeds over that of the pairs."""
    alone = pairs.var(axis=0, ddof=1).sum()
    together = (pairs[:, 1] - pairs[:, 0]).var(ddof=1)
    return float(alone / together) if together > 0.0 else float("inf")


def _with_interval(figure: Callable[[np.ndarray], float], pairs: np.ndarray) -> list[float]:
    """Return a figure of the pairs with its bootstrap interval (95 %)."""
    return [figure(pairs), *_quantiles(np.array([figure(sample) for sample in _samples(pairs, 0)]))]


def _quotient(ours: np.ndarray, plain: np.ndarray) -> list[float]:
    """Return how often smaller the variance is than with a shared generator, with its interval."""
    samples = zip(_samples(ours, 0), _samples(plain, 1), strict=True)
    found = [_reduction(mine) / _reduction(other) for mine, other in samples]
    return [_reduction(ours) / _reduction(plain), *_quantiles(np.array(found))]


def _samples(pairs: np.ndarray, stream: int) -> list[np.ndarray]:
    n = len(pairs)
    picks = np.floor(uniforms(1, RESAMPLES * n, stream) * n).astype(int).reshape(RESAMPLES, n)
    return [pairs[row] for row in picks]


def _quantiles(values: np.ndarray) -> list[float]:
    return [float(value) for value in np.quantile(values, [0.025, 0.975])]


def _speed_up(options: Options) -> dict:
    """Return how much faster two workers are than one, round by round."""
    customers = options.customers(LARGE)
    town = preset("retail").with_values(customers=customers, horizon_days=YEARS * 365)
    cells = {"do_nothing": (town, DO_NOTHING)}
    simulate(town.with_values(customers=200), log=False)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(options.rounds):
        for workers, found in seconds.items():
            begun = time.perf_counter()
            run_grid(cells, LARGE_REPLICATIONS, workers=workers)
            found.append(time.perf_counter() - begun)
    ratios = [one / two for one, two in zip(seconds[1], seconds[2], strict=True)]
    return {
        "customers": customers,
        "replications": LARGE_REPLICATIONS,
        "one_worker_seconds": statistics.median(seconds[1]),
        "two_workers_seconds": statistics.median(seconds[2]),
        "speed_up": statistics.median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
        "goal": SPEED_UP_GOAL,
    }


def _table(rows: list[dict], speed: dict, options: Options) -> str:
    lines = [
        "# Common luck",
        "",
        "How many times smaller the variance of a difference in CLV is than with independent seeds:",
        f"{YEARS} years, difference to `do_nothing`. The shared generator is that of the plain SimPy",
        "program, with the same seed for both. In brackets 95 % bootstrap intervals over replications.",
        "",
        "| preset | change | customers | replications | difference in CLV "
        "| same luck for each customer | goal | shared generator (replications) "
        "| same luck over shared generator | goal |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        shared = over = "-"
        if "shared" in row:
            shared = f"{_shown(row['shared'])} ({row['plain_replications']})"
            over = _shown(row["over_shared"])
        lines.append(
            f"| {row['preset']} | {row['change']} | {row['customers']} | {row['replications']} "
            f"| {row['difference']:.2f} | {_shown(row['common'])} | {row['goal']:g} | {shared} | {over} "
            f"| {SHARED_GOAL:g} |"
        )
    lines += [
        "",
        f"{speed['replications']} replications of {speed['customers']:,} customers (retail, {YEARS} years, "
        f"compiled), wall time, median of {options.rounds}: one worker {speed['one_worker_seconds']:.1f} s, "
        f"two {speed['two_workers_seconds']:.1f} s: {speed['speed_up']:.2f} times as fast "
        f"({speed['lowest']:.2f} to {speed['highest']:.2f}; goal {speed['goal']:g}).",
        "",
        f"Python {platform.python_version()}, {platform.machine()}.",
    ]
    return "\n".join(lines) + "\n"


def _shown(figure: list[float]) -> str:
    return "{:.1f} [{:.1f} to {:.1f}]".format(*figure)


if __name__ == "__main__":
    main()
