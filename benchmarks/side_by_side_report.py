"""What was measured of the programs side by side, as tables and as a picture."""

from __future__ import annotations

import platform
import statistics
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.peers.expected import STANDARD_ERRORS, distances, expected
from benchmarks.peers.simple_customer import SIMPLE, Outcome
from crmsim.plots.style import STRATEGY_COLOURS, STRATEGY_LINES, house_style, new_figure, tidy, to_png

__all__ = ["Results", "Run", "median_seconds", "picture", "table"]

_YEARS = SIMPLE.days / 365.0


class Run(NamedTuple):
    """One run of one program."""

    seconds: float
    megabytes: float
    outcome: Outcome


class Results(NamedTuple):
    """All runs by program and number of customers, and why some are missing."""

    runs: dict[str, dict[int, list[Run]]]
    missing: dict[tuple[str, int], str]


def median_seconds(runs: list[Run]) -> float:
    """Return the median CPU time of some runs."""
    return statistics.median(run.seconds for run in runs)


def _per_year(runs: list[Run]) -> float:
    """Return microseconds for a year of one customer."""
    return 1e6 * median_seconds(runs) / (runs[0].outcome.customers * _YEARS)


def _per_event(runs: list[Run]) -> float:
    """Return nanoseconds for a purchase."""
    return 1e9 * statistics.median(run.seconds / run.outcome.events for run in runs)


def _megabytes(runs: list[Run]) -> float:
    return statistics.median(run.megabytes for run in runs)


def table(results: Results, sizes: list[int], versions: dict[str, str]) -> str:
    """Return everything in words and numbers: side by side for every size, and then the growth."""
    rounds = max(len(runs) for by_size in results.runs.values() for runs in by_size.values())
    theory = expected(SIMPLE)
    packages = ", ".join(f"{name} {number}" for name, number in versions.items())
    lines = [
        f"# The same simple customer in {len(results.runs)} programs",
        "",
        f"{SIMPLE.days} days, purchases at a rate that differs between customers, dropout after a purchase;",
        "no desk, no satisfaction. A run includes making its customers. An event is a purchase; a",
        "customer-year is a year of one customer, gone or not.",
        "",
        f"CPU time, medians of {rounds} rounds in which the programs take turns, each run in a process of",
        "its own. The ratio is CPU time over that of our compiled engine in the same round (min to max):",
        "above 1, ours is faster. Peak memory is that of the whole process, with all that it imports.",
        "",
        f"By theory a customer makes {theory['purchases_per_customer'].mean:.3f} purchases and",
        f"{100 * theory['survivors'].mean:.2f} % are still active at the end. The last column says how many",
        "standard errors the first round's purchases, revenue and survivors are off at most (below",
        f"{STANDARD_ERRORS:g} in a sound program). {packages}; {platform.machine()}.",
        "",
        "| customers | program | CPU time, s | ratio to compiled | per customer-year, µs | per event, ns "
        "| peak memory, MB | standard errors off |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(results, name, size) for size in sizes for name in results.runs]
    return "\n".join(lines + _growth(results)) + "\n"


def _row(results: Results, name: str, size: int) -> str:
    runs = results.runs[name].get(size)
    if not runs:
        return f"| {size:,} | {name} | skipped: {results.missing[name, size]} | | | | | |"
    base = next(iter(results.runs.values())).get(size)
    off = max(abs(z) for z in distances(runs[0].outcome, SIMPLE).values())
    return (
        f"| {size:,} | {name} | {median_seconds(runs):.4f} | {_ratio(runs, base)} "
        f"| {_per_year(runs):,.1f} | {_per_event(runs):,.0f} | {_megabytes(runs):,.0f} | {off:.1f} |"
    )


def _ratio(runs: list[Run], base: list[Run] | None) -> str:
    if not base:
        return ""
    ratios = [one.seconds / other.seconds for one, other in zip(runs, base, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _growth(results: Results) -> list[str]:
    """Return how each program changes from the smallest number of customers to its largest."""
    lines = [
        "",
        "Growth, from the fewest customers to the most that a program was given:",
        "",
        "| program | customers | a customer-year takes, times | a further customer takes, kB |",
        "|---|---|---|---|",
    ]
    for name, by_size in results.runs.items():
        if len(by_size) < 2:
            continue
        few, many = min(by_size), max(by_size)
        times = _per_year(by_size[many]) / _per_year(by_size[few])
        more = 1024 * (_megabytes(by_size[many]) - _megabytes(by_size[few])) / (many - few)
        lines.append(f"| {name} | {few:,} to {many:,} | {times:.2f} | {more:.2f} |")
    return lines


@house_style
def picture(results: Results) -> bytes:
    """Draw how time per customer-year and peak memory go with the number of customers."""
    figure, (left, right) = new_figure(9.0, 4.4, columns=2)
    most = max(size for by_size in results.runs.values() for size in by_size)
    for position, (name, by_size) in enumerate(results.runs.items()):
        if not by_size:
            continue
        sizes = sorted(by_size)
        look = {
            "color": STRATEGY_COLOURS[position],
            "ls": STRATEGY_LINES[position],
            "marker": "o",
            "ms": 4,
            # A line that ends early has a reason, which the table gives.
            "label": name if sizes[-1] == most else f"{name} (to {sizes[-1]:,})",
        }
        left.plot(sizes, [_per_year(by_size[size]) for size in sizes], **look)
        right.plot(sizes, [_megabytes(by_size[size]) for size in sizes], **look)
    left.set_title("microseconds of CPU time per customer-year", loc="left")
    right.set_title("peak memory of the process, MB", loc="left")
    for ax in (left, right):
        _logarithmic(ax)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return to_png(figure, dpi=120)


def _logarithmic(ax: Axes) -> None:
    """Make both axes logarithmic, with plain numbers at powers of ten and at twice and five times them."""
    ax.set(xscale="log", yscale="log", xlabel="customers")
    tidy(ax)
    for axis, steps in ((ax.xaxis, (1,)), (ax.yaxis, (1, 2, 5))):
        axis.set_major_locator(LogLocator(subs=steps))
        axis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.10g}"))
        axis.set_minor_locator(NullLocator())
