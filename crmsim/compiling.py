"""The one decorator through which behaviour becomes machine code.

Behaviour is written as plain Python functions of numbers. :func:`compiled` hands them to Numba,
in strict floating point and without the interpreter lock. ``NUMBA_DISABLE_JIT=1`` leaves them as
Python, with the same results to the last bit: that is how the model is debugged and read.

Numba's own cache looks only at the file that a function stands in, so a change in an imported
file would go unnoticed. The cache folder is therefore named after a hash of every file that holds
behaviour; an old folder is simply no longer found.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import numba

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable)

if numba.config.DISABLE_JIT:
    # Keys wrap around on purpose; compiled code does so silently, NumPy's scalars warn.
    warnings.filterwarnings(
        "ignore", "overflow encountered in scalar", RuntimeWarning, module=r"crmsim\.luck"
    )

#: Files and folders whose text decides what the compiled code does.
_SOURCES = (
    "luck.py",
    "compiling.py",
    "events.py",
    "stages.py",
    "tiers.py",
    "schemes.py",
    "model",
    "rule_records.py",
    "treatment.py",
    "scores.py",
    "population.py",
    "acquisition.py",
    "firm.py",
    "firm_view.py",
    "kernels.py",
    "heap.py",
    "accelerated.py",
)


def compiled(function: F) -> F:
    """Compile a function of numbers and records; see the module for what that promises."""
    folder = _cache_folder()
    if numba.config.DISABLE_JIT:
        return function
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = folder or before
    try:
        return numba.njit(cache=folder is not None, nogil=True, fastmath=False, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before


@cache
def _cache_folder() -> str | None:
    """Return a writable folder for the compiled code, or None where there is none."""
    name = f"{numba.__version__}-{_digest()}"
    homes = [
        os.environ.get("CRMSIM_CACHE_DIR"),
        os.environ.get("XDG_CACHE_HOME"),
        "~/.cache",
        tempfile.gettempdir(),
    ]
    for home in filter(None, homes):
        folder = Path(home).expanduser() / "crmsim" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return str(folder)
        except OSError:
            continue
    return None


def _digest() -> str:
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = here / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
