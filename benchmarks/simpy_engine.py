"""The SimPy engine beside an independent plain SimPy program of the same behaviour, in one run.

The two take turns, so that a machine that slows down slows both; what counts is the ratio of CPU
times, the median over pairs. ``benchmarks/plain`` was written from the specification alone, without
looking at the package. Results go to ``benchmarks/results/``.

Run it with ``make bench``, or alone with ``python -m benchmarks.simpy_engine``;
``--size 0.02 --rounds 1 --results /tmp`` is a quick trial.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.options import Options, read_options
from benchmarks.plain.market import run as run_plain
from crmsim.engines import simulate
from crmsim.metrics.outcomes import outcomes
from crmsim.replications import warm_up
from crmsim.scenario import preset
from crmsim.strategies import find_strategy

#: Preset, customers, years, strategy.
CASES = [
    ("retail", 500, 6, "do_nothing"),
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

_MEMORY = """
import sys
from benchmarks.memory import peak_megabytes
from crmsim.engines import simulate
from crmsim.scenario import preset
scenario = preset("retail").with_values(customers=int(sys.argv[3]), horizon_days=int(sys.argv[1]) * 365)
simulate(scenario, log=sys.argv[2] == "log", engine="simpy")
print(round(peak_megabytes()))
"""


def main() -> None:
    """Measure, print a table, and write it."""
    options = read_options(__doc__)
    warm_up()
    rows = [_compare(*case, options) for case in CASES]
    customers = options.customers(5000)
    memory = {
        f"{years} years, {kind}": _peak_megabytes(customers, years, kind)
        for years in (3, 12)
        for kind in ("summary", "log")
    }
    options.results.mkdir(parents=True, exist_ok=True)
    text = _table(rows, customers, memory, options.rounds)
    (options.results / "simpy_engine.md").write_text(text, encoding="utf-8")
    (options.results / "simpy_engine.json").write_text(
        json.dumps({"pairs": rows, "peak_megabytes": memory}, indent=2) + "\n"
    )
    print(text)


def _compare(
    name: str, usual_customers: int, years: int, strategy: str, options: Options
) -> dict[str, float | str]:
    """Let the two take turns; return the medians."""
    customers = options.customers(usual_customers)
    scenario = preset(name).with_values(customers=customers, horizon_days=years * 365, **SAME)
    # The first run of a strategy loads the compiled code that it needs; a few customers do not need all.
    simulate(scenario.with_values(customers=200), find_strategy(strategy), seed=0, log=False, engine="simpy")
    ours, plain, values, plain_values, events = [], [], [], [], []
    for seed in range(1, options.rounds + 1):
        begun = time.process_time()
        ledger = simulate(scenario, find_strategy(strategy), seed=seed, log=False, engine="simpy")
        ours.append(time.process_time() - begun)
        begun = time.process_time()
        result = run_plain(name, customers, years, seed, strategy)
        plain.append(time.process_time() - begun)
        values.append(outcomes(ledger)["clv"])
        plain_values.append(result["npv_per_initial_customer"])
        events.append(result["events"])
    ratios = [b / a for a, b in zip(ours, plain, strict=True)]
    return {
        "preset": name,
        "customers": customers,
        "years": years,
        "strategy": strategy,
        "ours_seconds": statistics.median(ours),
        "plain_seconds": statistics.median(plain),
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "ours_us_per_customer_year": statistics.median(ours) / (customers * years) * 1e6,
        "plain_us_per_event": statistics.median(p / n for p, n in zip(plain, events, strict=True)) * 1e6,
        "ours_clv": statistics.mean(values),
        "plain_clv": statistics.mean(plain_values),
    }


def _peak_megabytes(customers: int, years: int, kind: str) -> int:
    """Return the peak memory of one run in a process of its own."""
    command = [sys.executable, "-c", _MEMORY, str(years), kind, str(customers)]
    root = Path(__file__).parents[1]
    return int(subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout)


def _table(rows: list[dict], customers: int, memory: dict[str, int], rounds: int) -> str:
    lines = [
        "# The SimPy engine beside a plain SimPy program",
        "",
        f"CPU seconds of whole runs, medians of {rounds} interleaved pairs (compiled code already loaded);",
        f"Python {platform.python_version()}, {platform.machine()}. Ratio above 1: ours is faster.",
        "",
        "| preset | customers | years | strategy | ours, s | plain, s | ratio (min to max) "
        "| CLV ours | CLV plain |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    pattern = (
        "| {preset} | {customers} | {years} | {strategy} | {ours_seconds:.2f} | {plain_seconds:.2f} "
        "| {ratio:.2f} ({ratio_low:.2f} to {ratio_high:.2f}) | {ours_clv:.0f} | {plain_clv:.0f} |"
    )
    lines += [pattern.format(**row) for row in rows]
    lines += [
        "",
        f"Peak memory of one retail run with {customers:,} customers, MB:",
        "",
        "| run | MB |",
        "|---|---|",
    ]
    lines += [f"| {name} | {megabytes} |" for name, megabytes in memory.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
