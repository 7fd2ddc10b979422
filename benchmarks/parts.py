"""What single parts of a run cost: a long queue at the desk, summaries, and a second strategy.

Three questions that a whole run does not answer by itself. Does a call cost more while thousands wait?
Two firms with the same calls, one desk with time to spare and one that is hopelessly behind. What do
the summaries cost, without which no comparison could do without its log? A copy of the package from
which the statements that add up are taken out, in turns with the package as it is. And do two
strategies at the same time, on two cores, take as long as one? Each is measured in interleaved rounds.

Results go to ``benchmarks/results/``, each as soon as it is there. Run it with ``make bench``, or alone
with ``python -m benchmarks.parts``; ``--size 0.02 --rounds 1 --results /tmp`` is a quick trial.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import crmsim
from benchmarks.options import Options, read_options
from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.metrics.outcomes import outcomes
from crmsim.replications import warm_up
from crmsim.scenario import Scenario, preset
from crmsim.strategies import find_strategy

#: Calls of a customer and year, and how busy the desk is: 0.5 leaves nobody waiting, with 1.1 more and
#: more do, 12,600 on average in a year of 20,000 customers.
_CALLS, _EMPTY, _BEHIND = 12.0, 0.5, 1.1
_DESK_CUSTOMERS, _DESK_DAYS = 20_000, 360

#: Statements that only add up, wherever behaviour is written; without them everybody lives the same life.
_SUMMARIES = re.compile(
    r"^(\s+)(?:\w+\.(?:events|waits|wait_seconds|value|total)\[.*\] \+= .*|c\.cash [+-]= .*"
    r"|c\.discount = discount_factor\(.*"
    r"|m\.(?:amounts|moves|stages|observed|tiers|satisfied|satisfaction|ratio|attitude)\[.*\] \+= .*)$",
    re.MULTILINE,
)
#: Fewer than there are would mean that they are written in another way by now.
_FEWEST = 14
_LIFE = """
import json, sys, time
from crmsim.engines import simulate
from crmsim.scenario import preset
customers = int(sys.argv[1])
town = preset("retail").with_values(customers=customers, horizon_days=5 * 365)
simulate(town.with_values(customers=200), log=False)
print("ready", flush=True)
for line in sys.stdin:
    begun = time.process_time()
    ledger = simulate(town, seed=int(line), log=False)
    seconds = time.process_time() - begun
    told = {"seconds": seconds, "events": int(ledger.run["events"].sum())}
    print(json.dumps(told | {"purchases": int(ledger.customers["n"].sum())}), flush=True)
"""
#: Rounds of so short a run for each round asked for.
_OFTEN = 4
_TWO = ("do_nothing", "stage_matched")


def main() -> None:
    """Measure one part after the other; write the table after each."""
    options = read_options(__doc__)
    warm_up("simpy", "compiled")
    found: dict[str, list[dict[str, Any]]] = {}
    parts: dict[str, Callable[[Options], list[dict[str, Any]]]] = {
        "desk": _desk,
        "summaries": _summaries,
        "two": _two_at_once,
    }
    options.results.mkdir(parents=True, exist_ok=True)
    for name, measure in parts.items():
        found[name] = measure(options)
        text = _table(found, options)
        (options.results / "parts.md").write_text(text, encoding="utf-8")
        (options.results / "parts.json").write_text(json.dumps(found, indent=2) + "\n")
    print(text)


def _desk(options: Options) -> list[dict[str, Any]]:
    """Return what a call costs that is answered, with nobody and with thousands waiting."""
    customers = options.customers(_DESK_CUSTOMERS)
    rows = []
    for engine in ("compiled", "simpy"):
        towns = [_town(customers, load) for load in (_EMPTY, _BEHIND)]
        rounds = options.rounds * (_OFTEN if engine == "compiled" else 1)
        simulate(_town(200, _EMPTY), log=False, engine=engine)
        calls = [[_calls(town, engine, seed) for town in towns] for seed in range(rounds)]
        ratios = [behind["micro"] / empty["micro"] for empty, behind in calls]
        rows.append(
            {
                "engine": engine,
                "customers": customers,
                "waiting": statistics.median(behind["waiting"] for _, behind in calls),
                "empty": statistics.median(empty["micro"] for empty, _ in calls),
                "behind": statistics.median(behind["micro"] for _, behind in calls),
                **_spread(ratios),
            }
        )
    return rows


def _town(customers: int, load: float) -> Scenario:
    """Return customers who do nothing but call, and whom waiting does not change."""
    return preset("bare").with_values(
        customers=customers,
        horizon_days=_DESK_DAYS,
        inquiry_mean=_CALLS,
        desk_contacts=_CALLS,
        desk_load=load,
    )


def _calls(town: Scenario, engine: str, seed: int) -> dict[str, float]:
    begun = time.process_time()
    ledger = simulate(town, seed=seed, log=False, engine=engine)
    seconds = time.process_time() - begun
    counts = ledger.months["events"].sum(axis=2)
    asked, taken = counts[:, EventKind.INQUIRY], counts[:, EventKind.CONTACT_START]
    return {"micro": 1e6 * seconds / taken[-1], "waiting": float((asked - taken).mean())}


def _summaries(options: Options) -> list[dict[str, Any]]:
    """Return what adding up costs for each event: the package less a copy that does not add up."""
    customers = options.customers(20_000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = Path(crmsim.__file__).parents[1]
        builds = [
            stack.enter_context(_worker(root, customers)),
            stack.enter_context(_worker(_without_summaries(root, folder), customers, cache=folder / "cache")),
        ]
        for worker in builds:
            worker.stdout.readline()  # it is ready; whatever had to be compiled is
        pairs = [[_ask(worker, seed) for worker in builds] for seed in range(options.rounds * _OFTEN + 1)][1:]
        for worker in builds:
            worker.stdin.close()
    for whole, lean in pairs:
        assert whole["purchases"] == lean["purchases"], "without its sums the model behaves differently"
    nanoseconds = [1e9 * (whole["seconds"] - lean["seconds"]) / whole["events"] for whole, lean in pairs]
    whole_run = statistics.median(1e9 * whole["seconds"] / whole["events"] for whole, _ in pairs)
    return [{"customers": customers, "event": whole_run, **_spread(nanoseconds)}]


def _without_summaries(root: Path, folder: Path) -> Path:
    """Copy the package without the statements that add up; return where the copy lies."""
    shutil.copytree(root / "crmsim", folder / "crmsim", ignore=shutil.ignore_patterns("__pycache__"))
    removed = 0
    for path in [*(folder / "crmsim" / "model").glob("*.py"), folder / "crmsim" / "passes.py"]:
        text, count = _SUMMARIES.subn(r"\1pass", path.read_text("utf-8"))
        path.write_text(text, encoding="utf-8")
        removed += count
    if removed < _FEWEST:
        raise RuntimeError(f"only {removed} statements that add up were found; see _SUMMARIES")
    return folder


def _worker(root: Path, customers: int, cache: Path | None = None) -> subprocess.Popen[str]:
    """Start a process with the package that lies in a folder; it waits for seeds."""
    environment = os.environ | {"PYTHONPATH": str(root)}
    if cache is not None:
        environment["CRMSIM_CACHE_DIR"] = str(cache)
    return subprocess.Popen(
        [sys.executable, "-c", _LIFE, str(customers)],
        cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _ask(worker: subprocess.Popen[str], seed: int) -> dict[str, Any]:
    worker.stdin.write(f"{seed}\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def _two_at_once(options: Options) -> list[dict[str, Any]]:
    """Return how long two strategies at the same time take, over the longer of them alone."""
    rows = []
    for usual in (10_000, 200_000):
        customers = options.customers(usual)
        town = preset("retail").with_values(customers=customers, horizon_days=5 * 365)
        rounds = [_round(town, seed) for seed in range(options.rounds + 1)][1:]
        alone = statistics.median(alone for alone, *_ in rounds)
        both = statistics.median(both for _, both, *_ in rounds)
        cpu = statistics.median(cpu for *_, cpu in rounds)
        ratios = _spread([both / alone for alone, both, _ in rounds])
        rows.append({"customers": customers, "alone": alone, "both": both, "cpu": cpu, **ratios})
    return rows


def _round(town: Scenario, seed: int) -> tuple[float, float, float]:
    """Return seconds of the longer one alone, of both at once, and CPU time of both at once over alone."""

    def measured(name: str) -> float:
        return outcomes(simulate(town, find_strategy(name), seed=seed, log=False))["clv"]

    alone, cpu_alone = zip(*(_timed(lambda name=name: measured(name)) for name in _TWO), strict=True)
    with ThreadPoolExecutor(2) as pool:
        both, cpu_both = _timed(lambda: list(pool.map(measured, _TWO)))
    return max(alone), both, cpu_both / sum(cpu_alone)


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Return seconds by the clock and of CPU time."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def _spread(numbers: list[float]) -> dict[str, float]:
    return {"median": statistics.median(numbers), "low": min(numbers), "high": max(numbers)}


def _table(found: dict[str, list[dict[str, Any]]], options: Options) -> str:
    lines = [
        "# What single parts cost",
        "",
        f"Medians of {options.rounds} interleaved rounds or more, with minimum and maximum;",
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.",
        "",
        "CPU time of one answered call, with an empty queue and with thousands waiting:",
        "",
        "| engine | customers | waiting on average | empty, µs | waiting, µs | ratio |",
        "|---|---|---|---|---|---|",
    ]
    pattern = "| {engine} | {customers:,} | {waiting:,.0f} | {empty:.2f} | {behind:.2f} | {spread} |"
    lines += [pattern.format(**row, spread=_text(row, ".2f")) for row in found["desk"]]
    if "summaries" in found:
        lines += [
            "",
            "Summaries (per customer, tier and month) in a compiled run, retail, 5 years: the package less a",
            "copy without the statements that add up, discounting included.",
            "",
            "| customers | whole run, ns an event | summaries, ns an event |",
            "|---|---|---|",
        ]
        pattern = "| {customers:,} | {event:.0f} | {spread} |"
        lines += [pattern.format(**row, spread=_text(row, ".1f")) for row in found["summaries"]]
    if "two" in found:
        lines += [
            "",
            f"{_TWO[0]} and {_TWO[1]} in two threads (retail, 5 years), beside the longer of them alone:",
            "",
            "| customers | alone, s | both, s | ratio | CPU time of both, at once over one by one |",
            "|---|---|---|---|---|",
        ]
        pattern = "| {customers:,} | {alone:.2f} | {both:.2f} | {spread} | {cpu:.2f} |"
        lines += [pattern.format(**row, spread=_text(row, ".2f")) for row in found["two"]]
    return "\n".join(lines) + "\n"


def _text(row: dict[str, Any], pattern: str) -> str:
    middle, low, high = (format(row[name], pattern) for name in ("median", "low", "high"))
    return f"{middle} ({low} to {high})"


if __name__ == "__main__":
    main()
