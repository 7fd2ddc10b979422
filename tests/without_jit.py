"""Runs a piece of Python in a process of its own, with or without Numba's compiler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import crmsim

__all__ = ["run_python"]


def run_python(
    code: str, *, jit: bool = False, beside: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `code` with this interpreter and this package; the caller looks at what became of it.

    It may import the helpers of the tests and what stands `beside` a file.
    """
    tests = Path(__file__).parent
    paths = [str(Path(crmsim.__file__).parents[1]), str(tests)]
    if beside is not None:
        paths.append(str(Path(beside).parent))
    environment = os.environ | {
        "NUMBA_DISABLE_JIT": "0" if jit else "1",
        "PYTHONPATH": os.pathsep.join(paths),
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        check=False,
    )
