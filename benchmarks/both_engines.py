"""Both engines beside an independent plain SimPy program of the same behaviour, in one run.

They take turns, so that a machine that slows down slows all; what counts is the ratio of CPU
times, the median over rounds. ``benchmarks/plain`` was written from the specification alone, without
looking at the package. Before that come large populations, with their memory, alone and in branches, and
what the desk and the calendar add to the behaviour. Results go to ``benchmarks/results/``, each as soon as
it is there.

Run it with ``make bench``, or alone with ``python -m benchmarks.both_engines``;
``--size 0.02 --rounds 1 --results /tmp`` is a quick trial.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from functools import partial
from itertools import chain

from benchmarks.options import Options, read_options
from benchmarks.plain.market import run as run_plain
from crmsim.branch import Branch
from crmsim.compiling import compiled
from crmsim.engines import simulate
from crmsim.firm import close_window
from crmsim.kernels import live
from crmsim.metrics.outcomes import outcomes
from crmsim.replications import warm_up
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING, find_strategy

#: Preset, customers, years, strategy.
CASES = [
    ("retail", 500, 6, "do_nothing"),
    ("retail", 2000, 5, "do_nothing"),
    ("retail", 20_000, 5, "do_nothing"),
    ("retail", 5000, 6, "do_nothing"),
    ("retail", 5000, 6, "stage_matched"),
    ("retail", 5000, 6, "save_value_lift"),
    ("retail", 5000, 6, "tier_service"),
    ("retail", 5000, 6, "win_back_all"),
    ("retail", 5000, 6, "points"),
    ("telecom", 2000, 6, "do_nothing"),
]
#: What only the package models, and what the presets leave off: off here.
SAME = {
    "servqual": 0,
    "irritation": 0.0,
    "spend_trend": 0.0,
    "credit_a": 0.0,
    "credit_b": 0.0,
    "reopen": 0.0,
    "tiers_visible": 0.0,
    "arrivals": 0.0,
}

#: Customers, branches, and what else: every event to a file, or two strategies compared, on two populations
#: with two workers.
LARGE = [
    (1_000_000, 20, ""),
    (1_000_000, 100, ""),
    (1_000_000, 20, "compare"),
    (1_000_000, 1, ""),
    (200_000, 1, ""),
    (200_000, 1, "log"),
]

#: Customers in the comparison with the behaviour alone, and years.
ALONE = (10_000, 200_000)
_ALONE_YEARS = 5
_LARGE = """
import json, sys, tempfile, time
from benchmarks.memory import peak_megabytes
from crmsim.branches import summarise_branches
from crmsim.engines import simulate
from crmsim.experiments import TABLES, compare
from crmsim.metrics.outcomes import outcomes
from crmsim.scenario import preset
from crmsim.strategies import find_strategy
branches, what = int(sys.argv[2]), sys.argv[3]
scenario = preset("retail").with_values(customers=int(sys.argv[1]), horizon_days=5 * 365)
both = [find_strategy(name) for name in ("do_nothing", "stage_matched")]

def work(scenario, log_file):
    if what == "compare":
        compare(scenario, both, replications=2, branches=branches, workers=2)
        return None
    if branches > 1:
        run = summarise_branches(scenario, branches=branches)
    else:
        run = simulate(scenario, log=what == "log", log_file=log_file if what == "log" else None)
    outcomes(run), [table(run) for table in TABLES.values()]
    return int(run.run["events"].sum())

with tempfile.TemporaryDirectory() as folder:
    work(scenario.with_values(customers=200), folder + "/small.parquet")
    begun, clock = time.process_time(), time.perf_counter()
    events = work(scenario, folder + "/log.parquet")
    seconds, clock = time.process_time() - begun, time.perf_counter() - clock
print(json.dumps({"seconds": seconds, "clock": clock, "megabytes": peak_megabytes(), "events": events}))
"""


def main() -> None:
    """Measure, print a table, and write it."""
    options = read_options(__doc__)
    warm_up("simpy", "compiled")
    options.results.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[dict]] = {"rounds": [], "behaviour": [], "large": []}
    for part, measure in chain(
        (("large", partial(_large, options.customers(n), branches, what)) for n, branches, what in LARGE),
        (("behaviour", partial(_beside_the_behaviour, options.customers(n), options.rounds)) for n in ALONE),
        (("rounds", partial(_compare, *case, options)) for case in CASES),
    ):
        found[part].append(measure())
        text = _table(found["rounds"], found["behaviour"], found["large"], options.rounds)
        (options.results / "both_engines.md").write_text(text, encoding="utf-8")
        (options.results / "both_engines.json").write_text(json.dumps(found, indent=2) + "\n")
    print(text)


def _compare(
    name: str, usual_customers: int, years: int, strategy: str, options: Options
) -> dict[str, float | str]:
    """Let the three take turns; return the medians."""
    customers = options.customers(usual_customers)
    scenario = preset(name).with_values(customers=customers, horizon_days=years * 365, **SAME)
    found = find_strategy(strategy)

    def ours(engine: str, seed: int) -> float:
        return outcomes(simulate(scenario, found, seed=seed, log=False, engine=engine))["clv"]

    runs = {
        "compiled": partial(ours, "compiled"),
        "simpy": partial(ours, "simpy"),
        "plain": lambda seed: run_plain(name, customers, years, seed, strategy)["npv_per_initial_customer"],
    }
    # The first run of a strategy loads the compiled code that it needs; a few customers do not need all.
    simulate(scenario.with_values(customers=200), found, seed=0, log=False)
    seconds: dict[str, list[float]] = {program: [] for program in runs}
    values: dict[str, list[float]] = {program: [] for program in runs}
    for seed in range(1, options.rounds + 1):
        for program, run in runs.items():
            begun = time.process_time()
            values[program].append(run(seed))
            seconds[program].append(time.process_time() - begun)
    row: dict[str, float | str] = {"preset": name, "strategy": strategy}
    row |= {"customers": customers, "years": years}
    for program in runs:
        row[f"{program}_seconds"] = statistics.median(seconds[program])
        row[f"{program}_clv"] = statistics.mean(values[program])
    for engine in ("compiled", "simpy"):
        ratios = [b / a for a, b in zip(seconds[engine], seconds["plain"], strict=True)]
        row |= {f"{engine}_ratio": statistics.median(ratios)}
        row |= {f"{engine}_low": min(ratios), f"{engine}_high": max(ratios)}
    return row


@compiled
def _live_alone(customers, present, parameters, rules, run, log, until):
    """Let everybody live until the end of the window; nobody at the desk answers."""
    for k in range(present.shape[0]):
        i = present[k]
        while customers[i].due <= until:
            live(customers, parameters, rules, run, log, i, customers[i].due)


def _beside_the_behaviour(customers: int, rounds: int) -> dict[str, float]:
    """Return what a whole compiled run takes over the behaviour alone, without desk and calendar."""
    scenario = preset("retail").with_values(customers=customers, horizon_days=_ALONE_YEARS * 365)
    whole, alone = [], []
    for seed in range(rounds + 1):
        begun = time.process_time()
        simulate(scenario, seed=seed, log=False)
        whole.append(time.process_time() - begun)
        begun = time.process_time()
        b = Branch(scenario, DO_NOTHING, seed, 0, kept=None)
        while int(b.run["window_start"][0]) < b.horizon:
            until = int(b.run["window_end"][0])
            _live_alone(b.customers, b.present[: b.here], b.parameters, b.rules, b.run, b.log, until)
            close_window(b, until)
        alone.append(time.process_time() - begun)
    # The first round loads compiled code.
    ratios = [a / b for a, b in zip(whole[1:], alone[1:], strict=True)]
    seconds = statistics.median(whole[1:])
    return {"customers": customers, "ratio": statistics.median(ratios), "seconds": seconds}


def _large(customers: int, branches: int, what: str) -> dict[str, float | str]:
    """Run one large population in a process of its own."""
    command = [sys.executable, "-c", _LARGE, str(customers), str(branches), what]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {"customers": customers, "branches": branches, "what": what, **json.loads(output)}


def _table(rows: list[dict], alone: list[dict], large: list[dict], rounds: int) -> str:
    lines = [
        "# Both engines beside a plain SimPy program",
        "",
        f"CPU seconds of whole runs, medians of {rounds} interleaved rounds (compiled code already loaded);",
        f"Python {platform.python_version()}, {platform.machine()}. Ratios are those of the plain program's",
        "seconds to the engine's, round by round, with their minimum and maximum.",
        "",
        "| preset | customers | years | strategy | compiled, s | SimPy, s | plain, s | plain / compiled "
        "| plain / SimPy | CLV ours | CLV plain |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    pattern = (
        "| {preset} | {customers} | {years} | {strategy} | {compiled_seconds:.3f} | {simpy_seconds:.2f} "
        "| {plain_seconds:.2f} | {compiled_ratio:.0f} ({compiled_low:.0f} to {compiled_high:.0f}) "
        "| {simpy_ratio:.2f} ({simpy_low:.2f} to {simpy_high:.2f}) | {compiled_clv:.0f} | {plain_clv:.0f} |"
    )
    lines += [pattern.format(**row) for row in rows]
    lines += [
        "",
        f"The compiled engine over its behaviour alone: no desk, no calendar (retail, {_ALONE_YEARS} years):",
        "",
        "| customers | whole run, s | over the behaviour alone |",
        "|---|---|---|",
    ]
    lines += ["| {customers:,} | {seconds:.2f} | {ratio:.2f} |".format(**row) for row in alone]
    lines += [
        "",
        "Large populations, compiled, retail, 5 years, outcomes and tables included, each in a process of",
        "its own; `compare` is two strategies on two populations, with two workers:",
        "",
        "| customers | branches | | CPU, s | clock, s | peak MB | events |",
        "|---|---|---|---|---|---|---|",
    ]
    pattern = (
        "| {customers:,} | {branches} | {what} | {seconds:.1f} | {clock:.1f} | {megabytes:.0f} | {count} |"
    )
    lines += [pattern.format(**row, count=f"{row['events']:,}" if row["events"] else "") for row in large]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
