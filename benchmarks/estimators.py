"""BG/NBD fitted to the CDNOW sample: ours beside lifetimes and PyMC-Marketing.

The libraries take turns, one process of each and then the next round, each on one thread; what counts is
the ratio of CPU time to ours within a round. A fast fit that stops early would be no feat, so the
log-likelihood of what each found stands beside its time. (PyMC-Marketing looks for the maximum of a
posterior: its prior pulls it away from that of the likelihood.) Results go to ``benchmarks/results/``.

Run it with ``make bench-clv``; ``BENCH_ARGS="--size 0.2 --rounds 1 --results /tmp"`` is a quick trial.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks.options import read_options
from crmsim.estimators import BgNbd

__all__ = ["LIBRARIES", "Fitting", "measure", "table"]

#: Names, the functions that fit, and the packages; the first is what the others are compared with.
LIBRARIES = {
    "crmsim": ("benchmarks.peers.bg_nbd_fits:fit_with_crmsim", "crmsim"),
    "lifetimes": ("benchmarks.peers.bg_nbd_fits:fit_with_lifetimes", "lifetimes"),
    "PyMC-Marketing, MAP": ("benchmarks.peers.bg_nbd_fits:fit_with_pymc_marketing", "pymc-marketing"),
}
CUSTOMERS = 2357
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Fitting(NamedTuple):
    """One process of one library: CPU seconds of a fit, and r, alpha, a, b."""

    seconds: float
    parameters: tuple[float, float, float, float]


def main() -> None:
    """Measure, print the table, and write it beside the single figures."""
    from benchmarks.one_fit import cdnow

    options = read_options(__doc__)
    customers = min(options.customers(CUSTOMERS), CUSTOMERS)
    fittings = measure(customers, options.rounds, fit_apart)
    text = table(
        fittings,
        cdnow().head(customers),
        {name: version(package) for name, (_, package) in LIBRARIES.items()},
    )
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "estimators.md").write_text(text, encoding="utf-8")
    (options.results / "estimators.json").write_text(as_json(fittings, customers), encoding="utf-8")
    print(text)


def measure(customers: int, rounds: int, fit: Callable[[str, int], Fitting]) -> dict[str, list[Fitting]]:
    """Let the libraries take turns; one round before the first fills their caches on disk."""
    fittings: dict[str, list[Fitting]] = {name: [] for name in LIBRARIES}
    for number in range(rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
        for name in LIBRARIES:
            fitting = fit(name, customers)
            if number:
                fittings[name].append(fitting)
    return fittings


def fit_apart(name: str, customers: int) -> Fitting:
    """Fit in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.one_fit", LIBRARIES[name][0], str(customers)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=root, env=os.environ | _ONE_THREAD)
    told = json.loads(done.stdout.splitlines()[-1])
    return Fitting(told["seconds"], tuple(told["parameters"]))


def table(fittings: dict[str, list[Fitting]], customers: pd.DataFrame, versions: dict[str, str]) -> str:
    """Return times, ratios and what was found."""
    ours = fittings[next(iter(LIBRARIES))]
    history = customers["frequency"], customers["recency"], customers["T"]
    lines = [
        "# BG/NBD fitted to the CDNOW sample",
        "",
        f"{len(customers):,} customers; CPU time of a fit on one thread, medians of {len(ours)} rounds",
        "in which the libraries take turns. The ratio is CPU time over ours in the same round (min to max):",
        f"above 1, ours is faster. {', '.join(f'{name} {number}' for name, number in versions.items())};",
        f"Python {platform.python_version()}, {platform.machine()}.",
        "",
        "| library | CPU time, ms | ratio to ours | r | alpha | a | b | log-likelihood |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in fittings.items():
        ratios = [run.seconds / own.seconds for run, own in zip(runs, ours, strict=True)]
        found = runs[0].parameters
        lines.append(
            f"| {name} | {1e3 * statistics.median(run.seconds for run in runs):.1f} "
            f"| {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}) | "
            + " | ".join(f"{value:.4f}" for value in found)
            + f" | {BgNbd(*found).log_likelihood(*history).sum():.4f} |"
        )
    return "\n".join(lines) + "\n"


def as_json(fittings: dict[str, list[Fitting]], customers: int) -> str:
    """Return every single figure, for whoever wants to look at the spread."""
    rows = [{"library": name, **run._asdict()} for name, runs in fittings.items() for run in runs]
    return json.dumps({"customers": customers, "fits": rows}, indent=2) + "\n"


if __name__ == "__main__":
    main()
