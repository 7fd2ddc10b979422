"""Runs on other machines: the workers of a Dask cluster.

Like a foreman on the telephone: every unit of work is called out to whoever is free, and when a
worker drops out, what it had in hand is called out again. Tasks travel whole, with everything they
need in them, so that no worker's memory is needed for another one's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from crmsim.compiling import digest
from crmsim.errors import CrmsimError, InputError
from crmsim.version import VERSION

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["connected", "on_cluster"]

T = TypeVar("T")
U = TypeVar("U")
#: Seconds in which a scheduler has to answer.
_PATIENCE = 10
#: Units called out at the same time; a million of them would be a burden to the scheduler.
_CALLED_OUT = 1000


@contextmanager
def connected(dask: str | Client) -> Iterator[Client]:
    """Give a client of a cluster; what was opened here is closed again.

    Parameters
    ----------
    dask : str or distributed.Client
        The address of a scheduler, such as ``tcp://10.0.0.5:8786``, or a client, which stays open.

    Raises
    ------
    InputError
        When Dask is not installed or nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("dask", "needs Dask: pip install 'crmsim[dask]'") from None
    if isinstance(dask, Client):
        yield dask
        return
    if not isinstance(dask, str):
        raise InputError("dask", "must be the address of a scheduler or a distributed.Client", dask)
    try:
        client = Client(dask, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        problem = f"must be the address of a scheduler that answers ({reason})"
        raise InputError("dask", problem, dask) from None
    with client:
        yield client


def on_cluster(client: Client, units: Iterable[tuple[U, Callable[[], T]]]) -> Iterator[tuple[U, T]]:
    """Do units of work on a cluster; yield them with their results, in whatever order they are finished.

    Parameters
    ----------
    client : distributed.Client
        Without workers, the work waits until there are some.
    units : iterable
        Of each its name and what is to be done.

    Raises
    ------
    InputError
        When a worker has another crmsim.
    CrmsimError
        When worker after worker died with the same unit, or the scheduler is gone.
    """
    from distributed import CancelledError, KilledWorker, as_completed

    coming = iter(units)
    names: dict[str, U] = {}

    def call_out(count: int) -> list[Any]:
        """Hand the next units to the scheduler."""
        futures = []
        for name, work in islice(coming, count):
            futures.append(client.submit(_on_worker, work, VERSION, digest(), pure=False))
            names[futures[-1].key] = name
        return futures

    # As long as a future is held, its worker keeps the result: they are let go one by one.
    finished = as_completed(call_out(_CALLED_OUT), loop=client.loop)
    try:
        for future in finished:
            yield names.pop(future.key), future.result()
            for another in call_out(1):
                finished.add(another)
    except KilledWorker as error:
        problem = f"a run was given up, its workers died one after the other ({error})"
        raise CrmsimError(f"dask: {problem}") from None
    except CancelledError as error:
        raise CrmsimError(f"dask: the connection to the scheduler was lost ({error})") from None
    finally:
        client.cancel(list(finished.futures))


def _on_worker(work: Callable[[], T], version: str, behaviour: str) -> T:
    """Do a unit of work, if this worker would do it as the one in charge."""
    if (VERSION, digest()) != (version, behaviour):
        raise InputError("dask", f"must have workers with the same crmsim {version}", VERSION)
    return work()
