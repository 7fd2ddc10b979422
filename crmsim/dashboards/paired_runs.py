"""Paired runs behind a screen: several strategies, replication by replication, while the screen stays alive.

Like a race on several tracks under one starting gun: what counts are whole heats, in their order. Which run
is finished first depends on how much happens in it, so a mean over the quick ones would not be a fair one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from itertools import takewhile
from typing import TypeVar

from crmsim.replications import at_once

__all__ = ["each_population", "in_background", "paired_runs"]

T = TypeVar("T")
#: What is there within so many seconds (runs that were kept, small ones) is not yielded pair by pair.
MOMENT = 0.02
#: A first look is worth its picture where all the populations would take so many seconds more.
SOON = 0.15
#: Seconds from one look to the next at work that goes on beside the screen.
_GLANCE = 0.05
#: Does the long work of all screens, one piece at a time: it is Python's own, so two would only take turns.
_BESIDE = ThreadPoolExecutor(1)


def paired_runs(
    measure: Callable[[str, int], T],
    arms: Sequence[str],
    replications: int,
    *,
    engines: Collection[str],
) -> Iterator[int | list[dict[str, T]]]:
    """Run every arm in every replication: yield the number of runs done, and the pairs as they come.

    The first pair has the machine for itself, because its result is waited for; then the others begin.
    Whenever there are twice as many pairs as were yielded last (a picture takes longer than a run), they
    are yielded at once, before the number of runs; all pairs come last. Only pairs without a gap count,
    in the order of their numbers.

    Runs of the compiled engine, which lets go of the interpreter's lock, go on at the same time, one per
    core. Whoever stops half way waits for none of them.

    Parameters
    ----------
    measure : callable
        Takes an arm and the number of a replication, from 0, to what is kept of that run.
    arms : sequence of str
    replications : int
    engines : collection of str
        That drive the runs.

    Examples
    --------
    >>> *_, pairs = paired_runs(lambda arm, k: f"{arm}{k}", ["a", "b"], 2, engines=["simpy"])
    >>> pairs
    [{'a': 'a0', 'b': 'b0'}, {'a': 'a1', 'b': 'b1'}]
    """
    units = replications * len(arms)
    pool = ThreadPoolExecutor(at_once(None, units) if set(engines) == {"compiled"} else 1)
    began, done, shown = time.monotonic(), 0, 0
    pairs: list[dict[str, Future[T]]] = []
    try:
        for numbers in (range(1), range(1, replications)):
            begun = [{arm: pool.submit(measure, arm, k) for arm in arms} for k in numbers]
            pairs += begun
            for run in as_completed([run for pair in begun for run in pair.values()]):
                run.result()  # raises what went wrong
                whole = _finished(pairs)
                if whole and 2 * shown <= len(whole) < replications and time.monotonic() - began > MOMENT:
                    yield whole
                    shown = len(whole)
                done += 1
                yield done
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    yield _finished(pairs)


def each_population(
    measure: Callable[[int], T], replications: int, *, engines: Collection[str] = ("compiled",)
) -> Iterator[int | list[T]]:
    """Look at population by population: yield how many are done, what came first, and what came of all.

    Parameters
    ----------
    measure : callable
        Takes the number of a replication, from 0, to what is kept of that population.
    replications : int
    engines : collection of str
        As in :func:`paired_runs`, in whose order all goes.

    Examples
    --------
    >>> *_, squares = each_population(lambda k: k * k, 3)
    >>> squares
    [0, 1, 4]
    """
    began, looked = time.monotonic(), False
    for step in paired_runs(lambda _, k: measure(k), [""], replications, engines=engines):
        if isinstance(step, int):
            yield step
            continue
        left = (time.monotonic() - began) * (replications / len(step) - 1)
        # Wide intervals between the first look and the last would change the scales once more.
        if len(step) == replications or (not looked and left > SOON):
            looked = True
            yield [only for pair in step for only in pair.values()]


def _finished(pairs: list[dict[str, Future[T]]]) -> list[dict[str, T]]:
    """Return the pairs that are finished, up to the first that is not."""
    whole = takewhile(lambda pair: all(run.done() for run in pair.values()), pairs)
    return [{arm: run.result() for arm, run in pair.items()} for pair in whole]


def in_background(work: Callable[[], T]) -> Iterator[T | None]:
    """Do one long piece of work beside the screen: yield None while it goes on, then what came of it.

    Whoever stops half way does not wait for it; it ends by itself, and nobody looks at what it found. The
    next piece begins when it has ended: of a slider's many steps only the first and the last are done.

    Examples
    --------
    >>> [found for found in in_background(lambda: 6 * 7) if found is not None]
    [42]
    """
    future = _BESIDE.submit(work)
    try:
        # What is there at once (because it was kept) costs no waiting.
        while not wait([future], timeout=_GLANCE).done:
            yield None
        yield future.result()
    finally:
        future.cancel()
