"""The one decorator through which behaviour becomes machine code.

Behaviour is written as plain Python functions of numbers. :func:`compiled` hands them to Numba,
in strict floating point and without the interpreter lock. ``NUMBA_DISABLE_JIT=1`` leaves them as
Python, with the same results to the last bit: that is how the model is debugged and read.
:func:`formula` is for single equations, :func:`inlined` for what every event does, :func:`allocating` for
what makes arrays.

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
import numpy as np
from llvmlite import ir
from numba import extending, types
from numba.np.arrayobj import make_array

__all__ = ["LINE", "allocating", "compiled", "digest", "fetch", "formula", "inlined"]

F = TypeVar("F", bound=Callable)

#: Bytes that a processor fetches from memory at a time.
LINE = 64

if numba.config.DISABLE_JIT:
    # Keys wrap around on purpose; compiled code does so silently, NumPy's scalars warn.
    warnings.filterwarnings(
        "ignore", "overflow encountered in scalar", RuntimeWarning, module=r"crmsim\.luck"
    )

#: Files and folders whose text decides what the compiled code does.
_SOURCES = (
    "luck.py",
    "compiling.py",
    "elementary.py",
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
    "passes.py",
    "firm.py",
    "firm_view.py",
    "kernels.py",
    "heap.py",
    "log_order.py",
    "accelerated.py",
)


def compiled(function: F) -> F:
    """Compile a function of numbers, records and arrays that it is lent; it can make no arrays.

    Elsewhere compiled code counts who uses an array, in every function that it is passed to. In a loop
    over all customers that takes as long as the behaviour itself.
    """
    return _compile(function)


def inlined(function: F) -> F:
    """Compile a function, and put its code where it is called: for the few steps that every event takes."""
    return _compile(function, forceinline=True)


def formula(function: F) -> F:
    """Let an equation be compiled together with whatever it is part of: numbers in, numbers out.

    That is faster than to compile each of them alone, and so is the result. What writes into records
    is no formula.
    """
    return _compile(function, inline="always")


def allocating(function: F) -> F:
    """Compile a function that makes arrays, and counts who uses them."""
    return _compile(function, counts=True)


def _compile(function: F, *, counts: bool = False, forceinline: bool = False, inline: str = "never") -> F:
    folder = _cache_folder()
    if numba.config.DISABLE_JIT:
        return function
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = folder or before
    try:
        return numba.njit(
            cache=folder is not None,
            nogil=True,
            fastmath=False,
            error_model="numpy",
            no_cfunc_wrapper=True,  # nobody calls it from C, and making it takes a tenth of the time
            # All of them are said: what is not, a function takes over from the one that it is compiled for.
            _nrt=counts,
            forceinline=forceinline,
            inline=inline,
        )(function)
    finally:
        numba.config.CACHE_DIR = before


def fetch(records: np.ndarray, i: int, size: int) -> None:
    """Have the processor fetch the beginning of a record that will be worked on soon.

    A record from main memory takes longer to come than to be worked on. Whoever goes through records in a
    known order asks for the next ones in advance; nothing else changes. An `i` beyond the end is harmless.

    Parameters
    ----------
    records : array of records
    i : int
    size : int
        Bytes, a constant in the source.
    """


@extending.overload(fetch, prefer_literal=True)
def _fetch_in_compiled_code(records, i, size):
    return lambda records, i, size: _fetch(records, i, size)


@extending.intrinsic(prefer_literal=True)
def _fetch(typing_context, records, i, size):
    """Emit the prefetch instructions of the processor, one per line of memory."""

    def generate(context, builder, signature, arguments):
        kind = signature.args[0]
        data = make_array(kind)(context, builder, arguments[0]).data
        start = builder.bitcast(data, ir.IntType(8).as_pointer())
        place = builder.mul(arguments[1], ir.Constant(arguments[1].type, kind.dtype.size))
        word = ir.IntType(32)
        form = ir.FunctionType(ir.VoidType(), [start.type, word, word, word])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [start.type], form)
        for offset in range(0, size.literal_value, LINE):
            line = builder.gep(start, [builder.add(place, ir.Constant(place.type, offset))])
            builder.call(hint, [line, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(records, types.int64, size), generate


@cache
def _cache_folder() -> str | None:
    """Return a writable folder for the compiled code, or None where there is none."""
    name = f"{numba.__version__}-{digest()}"
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


@cache
def digest() -> str:
    """Return a hash of every file that holds behaviour: another one may give other numbers."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = here / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
