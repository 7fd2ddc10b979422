"""Six programs of the same simple customer side by side: our two engines and what else one could take.

Every run is a process of its own, and the programs take turns: one run of each, then the next round,
so that a machine that slows down slows all of them. What counts is the ratio to our compiled engine
within a round. The number of customers grows tenfold from 1,000 to 1,000,000; a program is left out
where its own growth so far says that one run would take more than 40 seconds.

The customer is as simple as it gets (``benchmarks/peers/simple_customer.py``). Our engines run their
whole model with every mechanism at zero. Mesa and NumPy go month by month instead of event by event,
which is how one works with them; with a service desk they could not. Results go to
``benchmarks/results/``, after each number of customers.

Run it with ``make bench`` (some 40 minutes, with the other benchmarks), or alone with
``python -m benchmarks.side_by_side``; ``--size 0.02 --rounds 1 --results /tmp`` is a quick trial.
"""

from __future__ import annotations

import json
import math
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from benchmarks.options import read_options
from benchmarks.peers.simple_customer import SIMPLE, Outcome
from benchmarks.side_by_side_report import Results, Run, median_seconds, picture, table

SIZES = (1_000, 10_000, 100_000, 1_000_000)
MOST_SECONDS = 40.0


class Program(NamedTuple):
    """One program: its name, where its function stands, and the package that it needs."""

    name: str
    place: str
    package: str


#: The first one is what the others are compared with.
PROGRAMS = [
    Program("crmsim, compiled", "benchmarks.peers.crmsim_engines:run_compiled", "crmsim"),
    Program("crmsim, SimPy", "benchmarks.peers.crmsim_engines:run_simpy", "crmsim"),
    Program("bare SimPy", "benchmarks.peers.bare_simpy:run", "simpy"),
    Program("Mesa", "benchmarks.peers.mesa_model:run", "mesa"),
    Program("salabim", "benchmarks.peers.salabim_model:run", "salabim"),
    Program("NumPy, monthly", "benchmarks.peers.numpy_monthly:run", "numpy"),
]


def main() -> None:
    """Measure, print the tables, and write them beside the picture."""
    options = read_options(__doc__)
    sizes = sorted({options.customers(size) for size in SIZES})
    for program in PROGRAMS:
        if _installed(program):
            run_apart(program, sizes[0], 0)  # whatever is not compiled yet is now
    options.results.mkdir(parents=True, exist_ok=True)
    for done, results in enumerate(measure(PROGRAMS, sizes, options.rounds, run_apart), 1):
        text = table(results, sizes[:done], versions())
        (options.results / "side_by_side.md").write_text(text, encoding="utf-8")
        (options.results / "side_by_side.json").write_text(as_json(results), encoding="utf-8")
        (options.results / "side_by_side.png").write_bytes(picture(results))
    print(text)


def measure(
    programs: list[Program], sizes: list[int], rounds: int, run: Callable[[Program, int, int], Run]
) -> Iterator[Results]:
    """Let the programs take turns at every size; yield what is known after each.

    What is not installed, or would take too long, is left out.
    """
    results = Results({program.name: {} for program in programs}, {})
    for customers in sizes:
        turns = []
        for program in programs:
            if why := _obstacle(program, results.runs[program.name], customers):
                results.missing[program.name, customers] = why
            else:
                turns.append(program)
        for seed in range(1, rounds + 1):
            print(f"{customers:,} customers, round {seed} of {rounds}", file=sys.stderr, flush=True)
            for program in turns:
                results.runs[program.name].setdefault(customers, []).append(run(program, customers, seed))
        yield results


def _obstacle(program: Program, runs: dict[int, list[Run]], customers: int) -> str:
    """Return why a program does not run with so many customers; nothing if it does."""
    if not _installed(program):
        return "not installed"
    seconds = forecast({size: median_seconds(some) for size, some in runs.items()}, customers)
    return f"about {seconds:,.0f} s expected" if seconds > MOST_SECONDS else ""


def _installed(program: Program) -> bool:
    return find_spec(program.package) is not None


def forecast(measured: dict[int, float], customers: int) -> float:
    """Return the seconds expected for so many customers, 0 if nothing is known yet.

    Time goes on as a power of the number of customers, the one seen between the last two sizes, but
    at least in proportion: what a run costs at the beginning hides the growth of a small one.
    """
    if not measured:
        return 0.0
    *before, last = sorted(measured)
    power = 1.0
    if before:
        slope = math.log(measured[last] / measured[before[-1]]) / math.log(last / before[-1])
        power = max(power, slope)
    return measured[last] * (customers / last) ** power


def run_apart(program: Program, customers: int, seed: int) -> Run:
    """Run a program in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.one_run", program.place, str(customers), str(seed)]
    root = Path(__file__).parents[1]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=root).stdout)
    outcome = Outcome(**{name: told[name] for name in Outcome._fields})
    return Run(told["seconds"], told["megabytes"], outcome)


def as_json(results: Results) -> str:
    """Return every single run, for whoever wants to look at the spread."""
    rows = [
        {"program": name, "seconds": run.seconds, "megabytes": run.megabytes, **run.outcome._asdict()}
        for name, by_size in results.runs.items()
        for runs in by_size.values()
        for run in runs
    ]
    missing = [
        {"program": name, "customers": customers, "why": why}
        for (name, customers), why in results.missing.items()
    ]
    everything = {"customer": SIMPLE._asdict(), "versions": versions(), "runs": rows, "missing": missing}
    return json.dumps(everything, indent=2) + "\n"


def versions() -> dict[str, str]:
    """Return the versions of Python and of every package that took part."""
    packages = sorted({program.package for program in PROGRAMS if _installed(program)})
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


if __name__ == "__main__":
    main()
