"""Many runs at the same time: every arm of an experiment on every replication.

Like a kitchen where each dish of each table is a slip of its own: whoever has a hand free takes the
next slip, and a table is served when all its dishes are there. Which hand cooked a dish cannot be
tasted.
"""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from crmsim.cluster import connected, on_cluster
from crmsim.comparison import mean_interval
from crmsim.engines import LARGEST_SEED, simulate
from crmsim.errors import InputError, InterruptedRun, whole_number

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["at_once", "check_numbers", "replicate", "warm_up"]

T = TypeVar("T")
#: One run of one arm: the replication and the label of the arm.
Unit = tuple[int, str]


def check_numbers(
    *,
    replications: int,
    seed: int,
    workers: int | None,
    confidence: float,
    dask: str | Client | None = None,
) -> None:
    """Refuse numbers that no experiment can use.

    Raises
    ------
    InputError
    """
    # An interval needs two replications.
    whole_number("replications", replications, 2, 1_000_000)
    whole_number("seed", seed, 0, LARGEST_SEED)
    if workers is not None and dask is not None:
        raise InputError("workers", "must be left out with dask, whose workers do the work", workers)
    if workers is not None:
        whole_number("workers", workers, 1, 1024)
    mean_interval(np.zeros(2), confidence)


def replicate(
    arms: Mapping[str, Callable[[int], T]],
    replications: int,
    *,
    engines: Collection[str],
    workers: int | None = None,
    dask: str | Client | None = None,
    progress: Callable[[int, int], None] | None = None,
    known: Mapping[int, dict[str, T]] | None = None,
    keep: Callable[[int, dict[str, T]], None] | None = None,
) -> dict[int, dict[str, T]]:
    """Do every arm of every replication, several at the same time.

    The unit of work is one arm of one replication, so that a few replications of several arms keep
    all workers busy too. Where every arm runs on the compiled engine, which lets go of the
    interpreter's lock, the workers are threads of this process: they start at once and share the
    compiled model. Otherwise they are processes, freshly started. (A backend that the user has set
    with joblib's ``parallel_config`` goes before that.) Given `dask`, the workers are those of a
    cluster; what a worker that dies had in hand is done by another one.

    Parameters
    ----------
    arms : mapping
        From a label to a function that takes the number of a replication. To work in processes it must be
        able to travel to another one.
    replications : int
        Numbered from 0.
    engines : collection of str
        What drives the runs of the arms (:func:`crmsim.engines.engine_for`).
    workers : int, optional
        At the same time; the default is one per core. The results do not depend on it.
    dask : str or distributed.Client, optional
        Address of a Dask scheduler, or a client of one.
    progress : callable, optional
        Called with (replications finished, replications asked for).
    known : mapping, optional
        Replications that were finished earlier, with their results: they are not done again.
    keep : callable, optional
        Called with each replication that is finished, and its results, to put them in a safe place.

    Returns
    -------
    dict
        By replication the results by label; after an interruption (Ctrl-C), of the replications of
        which every arm was finished until then.

    Raises
    ------
    InterruptedRun
        When it was interrupted before two replications were finished.

    Examples
    --------
    >>> arms = {"square": lambda k: k * k, "cube": lambda k: k**3}
    >>> replicate(arms, 3, engines=["simpy"], workers=1)
    {0: {'square': 0, 'cube': 0}, 1: {'square': 1, 'cube': 1}, 2: {'square': 4, 'cube': 8}}
    """
    done = {k: results for k, results in (known or {}).items() if k < replications}
    parts: dict[int, dict[str, T]] = {}
    units = [(k, label) for k in range(replications) if k not in done for label in arms]
    if dask is None:
        results = _on_this_machine(arms, units, at_once(workers, len(units)), engines)
    else:
        results = _on_others(arms, units, dask)
    try:
        if done and progress is not None:
            progress(len(done), replications)
        with closing(_until_ctrl_c(results)) as heard:
            for (k, label), result in heard:
                parts.setdefault(k, {})[label] = result
                if len(parts[k]) < len(arms):
                    continue
                finished = parts.pop(k)
                finished = {label: finished[label] for label in arms}
                if keep is not None:
                    keep(k, finished)
                done[k] = finished
                if progress is not None:
                    progress(len(done), replications)
    except KeyboardInterrupt:
        if len(done) < 2:
            kept = "the first is in the checkpoint" if done and keep is not None else "nothing was kept"
            raise InterruptedRun(f"interrupted before two replications were finished; {kept}") from None
    finally:
        _drop(results)
    return dict(sorted(done.items()))


def at_once(workers: int | None, units: int) -> int:
    """Return how many units of work are done at the same time: more workers than units would only wait."""
    return min(workers or os.cpu_count() or 1, units)


def _on_others(
    arms: Mapping[str, Callable[[int], T]], units: list[Unit], dask: str | Client
) -> Iterator[tuple[Unit, T]]:
    """Yield units with their results from a cluster, in whatever order they are finished."""
    with connected(dask) as client:
        yield from on_cluster(client, (((k, label), partial(arms[label], k)) for k, label in units))


def _on_this_machine(
    arms: Mapping[str, Callable[[int], T]], units: list[Unit], workers: int, engines: Collection[str]
) -> Iterator[tuple[Unit, T]]:
    """Yield units with their results, in whatever order they are finished."""
    if workers <= 1:
        yield from (((k, label), arms[label](k)) for k, label in units)
        return
    from joblib import Parallel, delayed

    warm_up(*engines)
    parallel = Parallel(
        n_jobs=workers,
        prefer="threads" if set(engines) == {"compiled"} else "processes",
        return_as="generator_unordered",
        pre_dispatch="2*n_jobs",
        batch_size=1,
    )
    yield from parallel(delayed(_in_a_worker)(arms[label], (k, label), os.getpid()) for k, label in units)


def _until_ctrl_c(results: Iterator[T]) -> Iterator[T]:
    """Yield results until Ctrl-C is pressed.

    It is an exception that can come up anywhere, and some libraries clear any exception while they look
    for something that may be missing. So it is also noted, and raised again when they are done.
    """
    pressed = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.default_int_handler(number, frame)

    # Somebody else's handler stays, and so does everything outside the main thread, where none can be set.
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ours = ours and threading.current_thread() is threading.main_thread()
    if ours:
        signal.signal(signal.SIGINT, note)
    try:
        for result in results:
            if pressed:
                raise KeyboardInterrupt
            yield result
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _drop(results: Iterator) -> None:
    """Let go of whatever is still under way; after an interruption nobody wants to read that it was."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* tasks which were still being processed", UserWarning)
        results.close()  # type: ignore[attr-defined]


def _in_a_worker(task: Callable[[int], T], unit: Unit, in_charge: int) -> tuple[Unit, T]:
    if os.getpid() != in_charge:
        # Ctrl-C reaches every process of the terminal; only the one in charge may answer it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return unit, task(unit[0])


def warm_up(*engines: str) -> None:
    """Compile the model if that has not been done on this machine (about 40 seconds, once).

    Workers then load the compiled code instead of each compiling for itself.

    Parameters
    ----------
    *engines : str
        The default is the compiled one.
    """
    from crmsim.scenario import preset

    town = preset("retail").with_values(customers=2, horizon_days=60, entry_days=1)
    for engine in sorted(set(engines)) or ["compiled"]:
        simulate(town, log=False, engine=engine)
