"""One run of one program in a process of its own: ``python -m benchmarks.one_run PROGRAM CUSTOMERS SEED``.

Prints, as JSON, CPU seconds, the high-water mark of memory, and what happened. In its own process a
program meets no garbage, no compiled code and no half-filled memory of another one. A small run comes
first, so that imports and the loading of compiled code are not timed.
"""

from __future__ import annotations

import gc
import json
import pkgutil
import sys
import time

from benchmarks.memory import peak_megabytes
from benchmarks.peers.simple_customer import SIMPLE

_WARM_UP = 200


def main() -> None:
    """Run what the command line says."""
    program, customers, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    run = pkgutil.resolve_name(program)
    run(SIMPLE, min(customers, _WARM_UP), 0)
    gc.collect()
    begun = time.process_time()
    outcome = run(SIMPLE, customers, seed)
    seconds = time.process_time() - begun
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes(), **outcome._asdict()}))


if __name__ == "__main__":
    main()
