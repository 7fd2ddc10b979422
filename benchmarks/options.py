"""What may be said on the command line of a benchmark: how large, how often, and where results go."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """``size`` multiplies the number of customers of every case; each is measured in ``rounds`` rounds."""

    size: float
    rounds: int
    results: Path

    def customers(self, usual: int) -> int:
        """Return how many customers a case with usually so many gets."""
        return max(1, round(usual * self.size))


def read_options(about: str) -> Options:
    """Read the command line. Bad values end the program with a message."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--size", type=_positive, default=1.0, help="share of the usual customers (1.0)")
    parser.add_argument("--rounds", type=_count, default=5, help="rounds of measurement (5)")
    parser.add_argument(
        "--results", type=Path, default=Path(__file__).parent / "results", help="folder for the results"
    )
    read = parser.parse_args()
    return Options(read.size, read.rounds, read.results)


def _positive(text: str) -> float:
    number = float(text)
    if not 0.0 < number <= 100.0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and up to 100")
    return number


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 1000")
    return number
