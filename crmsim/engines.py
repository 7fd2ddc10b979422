"""One run: a scenario, a strategy, a seed, and the engine that drives it.

The model is driven by SimPy (:mod:`crmsim.simulation`, to be read and extended) or by a compiled loop
(:mod:`crmsim.accelerated`, to be fast). Both call the same behaviour in the same order, so the ledger
is the same to the last byte, and the choice is one of speed alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from crmsim.accelerated import run_compiled
from crmsim.branch import Branch, KeptRows
from crmsim.errors import InputError, whole_number
from crmsim.ledger import Ledger
from crmsim.memory import check_memory, run_memory
from crmsim.model.records import DAY, WINDOW
from crmsim.scenario import Scenario
from crmsim.simulation import run_simpy
from crmsim.strategies import DO_NOTHING, AnyStrategy
from crmsim.strategies.programmed import ProgrammedStrategy
from crmsim.summary import provenance

__all__ = ["ENGINES", "LARGEST_SEED", "check_engine", "engine_for", "simulate"]

#: Seeds and numbers of replications are whole numbers from 0 to this.
LARGEST_SEED = 2**31 - 1
#: What may be asked for; ``auto`` is ``compiled`` wherever that is possible.
ENGINES = ("auto", "compiled", "simpy")
_WINDOW_DAYS = WINDOW // DAY
_DRIVERS = {"compiled": run_compiled, "simpy": run_simpy}


def simulate(
    scenario: Scenario,
    strategy: AnyStrategy = DO_NOTHING,
    *,
    seed: int = 1,
    replication: int = 0,
    log: bool = True,
    log_file: str | Path | None = None,
    engine: str = "auto",
    future: tuple[int, int] | None = None,
) -> Ledger:
    """Run one scenario under one strategy.

    Parameters
    ----------
    scenario : Scenario
        Who, where, and for how long; not changed.
    strategy : Strategy or ProgrammedStrategy
        What the firm does; not changed.
    seed, replication : int
        0 to 2**31 - 1. Two runs with the same pair have the same people with the same luck.
    log : bool
        Whether every event is kept. Without it the ledger holds tables by customer and by month
        only, and memory does not grow with the length of the run.
    log_file : str or Path, optional
        Parquet file, not there yet, that every event goes to instead of the ledger, in memory that does
        not grow with the length of the run; :func:`crmsim.log_file.read_log` reads it.
    engine : {"auto", "compiled", "simpy"}
        What drives the model. The result does not depend on it. ``auto`` takes the compiled engine,
        or SimPy for a strategy that is a Python program; the ledger's provenance says which.
    future : pair of int, optional
        A day, which ends a window of 30 days before the end of the run, and a number from 1: until that
        day everything happens as it does without, from then on everybody has other luck. Futures of
        one run are independent of one another, given the past that they share.

    Returns
    -------
    Ledger

    Raises
    ------
    InputError
        When seed or replication is out of range, the strategy is in another currency, the engine is
        unknown or cannot run the strategy, the run would not fit into memory, or the log's file cannot
        be made.
    CrmsimError
        When the disk does not take the log file.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> town = preset("retail").with_values(customers=20, horizon_days=720)
    >>> fast, slow = simulate(town, seed=7), simulate(town, seed=7, engine="simpy")
    >>> fast.provenance["engine"], fast.events.tobytes() == slow.events.tobytes()
    ('compiled', True)
    """
    for name, value in (("seed", seed), ("replication", replication)):
        whole_number(name, value, 0, LARGEST_SEED)
    if future is not None:
        _check_future(future, scenario)
    chosen = engine_for(strategy, engine)
    in_memory = log and log_file is None
    check_memory(run_memory(scenario, strategy, engine=chosen, log=in_memory), log=in_memory)
    place: AbstractContextManager = nullcontext(KeptRows() if log else None)
    if log_file is not None:
        from crmsim.log_file import new_log  # only who writes one waits for pyarrow

        place = new_log(log_file, provenance(scenario, strategy, seed, replication, chosen, future=future))
    with place as kept:
        branch = Branch(scenario, strategy, seed, replication, kept=kept, future=future)
        _DRIVERS[chosen](branch)
        return branch.ledger(engine=chosen)


def _check_future(future: tuple[int, int], scenario: Scenario) -> None:
    """Refuse a day on which no window ends, and a number that no future has."""
    day, number = future
    whole_number("future.day", day, 1, scenario.population.horizon_days - 1)
    if day % _WINDOW_DAYS != 0:
        raise InputError("future.day", f"must be a multiple of {_WINDOW_DAYS}, the end of a window", day)
    whole_number("future.number", number, 1, LARGEST_SEED)


def check_engine(engine: str) -> None:
    """Refuse an engine that does not exist.

    Raises
    ------
    InputError
    """
    if engine not in ENGINES:
        raise InputError("engine", f"must be one of {', '.join(ENGINES)}", engine)


def engine_for(strategy: AnyStrategy, engine: str = "auto") -> str:
    """Return the engine that will run a strategy.

    Raises
    ------
    InputError
        When the engine is unknown, or ``compiled`` is asked for a strategy that is a Python program.

    Examples
    --------
    >>> engine_for(DO_NOTHING)
    'compiled'
    """
    check_engine(engine)
    programmed = isinstance(strategy, ProgrammedStrategy)
    if engine == "compiled" and programmed:
        raise InputError(
            "engine", f"must be simpy or auto for {strategy.name}, which is a Python program", engine
        )
    if engine == "auto":
        return "simpy" if programmed else "compiled"
    return engine
