"""Time and memory of an RFM summary out of a log that is larger than one wants to hold in memory.

A log of 20 million purchases of a million customers over two years is written to a temporary folder, in
order of date as a till writes it, as CSV (about 0.5 GB) and as Parquet, and once with half the rows and
as many customers: memory should depend on the customers. Each file is summarised in a process of its
own, and the results are compared. Run it with ``python -m benchmarks.large_log``; with ``--size 0.01``
it takes seconds. Results go to ``benchmarks/results/``.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.memory import peak_megabytes
from benchmarks.options import Options, read_options
from crmsim.audit.large_log import rfm_summary_of_file

CUSTOMERS = 1_000_000
PURCHASES = 20
"""Per customer, on average."""
DAYS = 730
_CHUNK = 2_000_000


def main() -> None:
    """Measure what the command line says."""
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        _summarise(Path(sys.argv[2]))
        return
    options = read_options(__doc__ or "")
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for per_customer, endings in ((PURCHASES // 2, ("csv",)), (PURCHASES, ("csv", "parquet"))):
            for ending in endings:
                file = Path(folder, f"log.{ending}")
                rows = write_log(file, options.customers(CUSTOMERS), per_customer)
                for _ in range(options.rounds):
                    runs.append({"file": ending, "rows": rows, **_apart(file)})
                    print(json.dumps(runs[-1]))
                file.unlink()
    results = {"customers": options.customers(CUSTOMERS), "python": platform.python_version(), "runs": runs}
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "large_log.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (options.results / "large_log.md").write_text(_table(runs, options), encoding="utf-8")


def write_log(file: Path, customers: int, per_customer: int) -> int:
    """Write a log in order of date, a part at a time, and return its number of rows.

    Within a day all amounts differ, so that no row repeats another.
    """
    luck = np.random.default_rng(1)
    rows = customers * per_customer
    days = np.sort(luck.integers(0, DAYS, rows, dtype=np.int32))
    cents = 100 + np.arange(rows) - np.searchsorted(days, days)
    dates = np.datetime64("2023-01-01") + np.arange(DAYS)
    names = pa.array([f"c{number:07}" for number in range(customers)])
    schema = pa.schema({"customer": pa.string(), "date": pa.date32(), "amount": pa.float64()})
    plain = pyarrow.csv.WriteOptions(quoting_style="none")
    writer = (
        pyarrow.csv.CSVWriter(file, schema, write_options=plain)
        if file.suffix == ".csv"
        else pyarrow.parquet.ParquetWriter(file, schema)
    )
    with writer:
        for start in range(0, rows, _CHUNK):
            part = slice(start, start + _CHUNK)
            who = luck.integers(0, customers, len(days[part]))
            columns = [names.take(pa.array(who)), pa.array(dates[days[part]]), pa.array(cents[part] / 100.0)]
            writer.write_table(pa.table(columns, schema=schema))
    return rows


def _apart(file: Path) -> dict[str, Any]:
    """Summarise the file in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large_log", "--one", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _summarise(file: Path) -> None:
    begun, used = time.perf_counter(), time.process_time()
    summary = rfm_summary_of_file(file)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    # Whole cents, so that the order in which they were added does not show.
    summary["monetary_value"] = (100.0 * summary["monetary_value"] * summary["frequency"]).round()
    print(
        json.dumps(
            {
                "seconds": round(seconds, 2),
                "cpu_seconds": round(cpu, 2),
                "megabytes": round(peak_megabytes()),
                "customers": len(summary),
                "check": int(pd.util.hash_pandas_object(summary).sum() & 0xFFFFFFFF),
            }
        )
    )


def _table(runs: list[dict[str, Any]], options: Options) -> str:
    lines = [
        "# RFM summary of a large log",
        "",
        f"{options.customers(CUSTOMERS):,} customers, {DAYS} days, in order of date; each run in a process",
        f"of its own, medians of {options.rounds}. Python {platform.python_version()}, {platform.machine()}.",
        "",
        "| file | purchases | seconds | CPU seconds | peak memory, MB |",
        "|---|---|---|---|---|",
    ]
    for ending, rows in dict.fromkeys((run["file"], run["rows"]) for run in runs):
        same = [run for run in runs if (run["file"], run["rows"]) == (ending, rows)]
        middle = {name: statistics.median(run[name] for run in same) for name in same[0] if name != "file"}
        lines.append(
            f"| {ending} | {rows:,} | {middle['seconds']:.1f} | {middle['cpu_seconds']:.1f} "
            f"| {middle['megabytes']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
