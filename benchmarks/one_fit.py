"""Fits by one library in a process of its own: ``python -m benchmarks.one_fit LIBRARY CUSTOMERS``.

Prints, as JSON, the median CPU seconds of three fits, and what was found. A fit that is not timed comes
first, so that imports and the loading of compiled code are not counted. The customers are those of the
CDNOW sample that lifetimes brings along.
"""

from __future__ import annotations

import gc
import json
import pkgutil
import statistics
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

_FITS = 3


def main() -> None:
    """Fit what the command line says."""
    place, customers = sys.argv[1], int(sys.argv[2])
    fit, table = pkgutil.resolve_name(place), cdnow().head(customers)
    warnings.simplefilter("ignore")
    fit(table)
    seconds = []
    for _ in range(_FITS):
        gc.collect()
        begun = time.process_time()
        parameters = fit(table)
        seconds.append(time.process_time() - begun)
    print(json.dumps({"seconds": statistics.median(seconds), "parameters": parameters}))


def cdnow() -> pd.DataFrame:
    """Return the 2,357 customers: ``frequency``, ``recency`` and ``T`` in weeks."""
    # Found without importing lifetimes.datasets, which asks for a module that newer Pythons lack.
    folder = Path(find_spec("lifetimes").origin).parent / "datasets"
    table = pd.read_csv(folder / "cdnow_customers_summary.csv", index_col="ID")
    return table[["frequency", "recency", "T"]]


if __name__ == "__main__":
    main()
