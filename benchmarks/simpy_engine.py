"""The SimPy engine beside an independent plain SimPy program of the same behaviour, in one run.

The two take turns, so that a machine that slows down slows both; what counts is the ratio of CPU
times, the median over pairs. ``plain_program.py`` was written from the specification alone, without
looking at the package. Results go to ``benchmarks/results/``.

Run it with ``make bench`` (about five minutes).
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.plain_program import run as run_plain
from crmsim.experiments import warm_up
from crmsim.metrics.outcomes import outcomes
from crmsim.scenario import preset
from crmsim.simulation import simulate
from crmsim.strategies import find_strategy

RESULTS = Path(__file__).parent / "results"
#: Customers, years, strategy.
CASES = [
    (500, 6, "do_nothing"),
    (5000, 6, "do_nothing"),
    (5000, 6, "stage_matched"),
]
PAIRS = 5

_MEMORY = """
import sys
from pathlib import Path
from crmsim.scenario import preset
from crmsim.simulation import simulate
scenario = preset("retail").with_values(customers=5000, horizon_days=int(sys.argv[1]) * 365)
simulate(scenario, log=sys.argv[2] == "log")
# The high-water mark of this program alone; getrusage would begin with that of its parent.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def main() -> None:
    """Measure, print a table, and write it."""
    warm_up()
    rows = [_compare(*case) for case in CASES]
    memory = {
        f"{years} years, {kind}": _peak_megabytes(years, kind)
        for years in (3, 12)
        for kind in ("summary", "log")
    }
    RESULTS.mkdir(exist_ok=True)
    text = _table(rows, memory)
    (RESULTS / "simpy_engine.md").write_text(text, encoding="utf-8")
    (RESULTS / "simpy_engine.json").write_text(
        json.dumps({"pairs": rows, "peak_megabytes": memory}, indent=2) + "\n"
    )
    print(text)


def _compare(customers: int, years: int, strategy: str) -> dict[str, float | str]:
    """Let the two take turns; return the medians."""
    scenario = preset("retail").with_values(customers=customers, horizon_days=years * 365)
    ours, plain, values, plain_values = [], [], [], []
    events = 0
    for seed in range(1, PAIRS + 1):
        begun = time.process_time()
        ledger = simulate(scenario, find_strategy(strategy), seed=seed, log=False)
        ours.append(time.process_time() - begun)
        begun = time.process_time()
        result = run_plain(customers, years, seed, strategy)
        plain.append(time.process_time() - begun)
        values.append(outcomes(ledger)["clv"])
        plain_values.append(result["npv_per_initial_customer"])
        events = int(result["events"])
    ratios = [b / a for a, b in zip(ours, plain, strict=True)]
    return {
        "customers": customers,
        "years": years,
        "strategy": strategy,
        "ours_seconds": statistics.median(ours),
        "plain_seconds": statistics.median(plain),
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "ours_us_per_customer_year": statistics.median(ours) / (customers * years) * 1e6,
        "plain_us_per_event": statistics.median(plain) / events * 1e6,
        "ours_clv": statistics.mean(values),
        "plain_clv": statistics.mean(plain_values),
    }


def _peak_megabytes(years: int, kind: str) -> int:
    """Return the peak memory of one run in a process of its own."""
    command = [sys.executable, "-c", _MEMORY, str(years), kind]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _table(rows: list[dict], memory: dict[str, int]) -> str:
    lines = [
        "# The SimPy engine beside a plain SimPy program",
        "",
        f"CPU seconds of whole runs of the retail preset, medians of {PAIRS} interleaved pairs;",
        f"Python {platform.python_version()}, {platform.machine()}. Ratio above 1: ours is faster.",
        "",
        "| customers | years | strategy | ours, s | plain, s | ratio (min to max) | CLV ours | CLV plain |",
        "|---|---|---|---|---|---|---|---|",
    ]
    pattern = (
        "| {customers} | {years} | {strategy} | {ours_seconds:.2f} | {plain_seconds:.2f} "
        "| {ratio:.2f} ({ratio_low:.2f} to {ratio_high:.2f}) | {ours_clv:.0f} | {plain_clv:.0f} |"
    )
    lines += [pattern.format(**row) for row in rows]
    lines += ["", "Peak memory of one run with 5,000 customers, MB:", "", "| run | MB |", "|---|---|"]
    lines += [f"| {name} | {megabytes} |" for name, megabytes in memory.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
