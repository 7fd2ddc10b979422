"""Work that takes its time while the screen stays alive.

A waiter who, when the guest changes the order, tears up the old slip and writes a new one: only the
last order is cooked. Inside a notebook the work runs step by step between the messages of the
browser; where no event loop runs (a script, a test) it is simply done at once.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator

__all__ = ["Background"]

#: Long enough for the browser's waiting messages to be handled between two steps.
_BREATH = 0.005


class Background:
    """Runs one job at a time; a new one takes the place of the old one.

    Parameters
    ----------
    wait : float
        Seconds to wait for a further change before a job begins, when there was one so shortly before:
        the first of a series is answered at once, and then the last.

    Examples
    --------
    >>> done = []
    >>> Background(0.2).start(lambda: iter([done.append("a"), done.append("b")]))
    >>> done
    ['a', 'b']
    """

    def __init__(self, wait: float):
        self.wait = wait
        self._task: asyncio.Task | None = None
        self._steps: Iterator[object] = iter(())
        self._last_change = -math.inf

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs."""
        return self._task is not None and not self._task.done()

    def start(self, job: Callable[[], Iterator[object]]) -> None:
        """Do a job, at once or after the wait, and drop the one before it.

        Parameters
        ----------
        job : callable
            Returns an iterator; each of its steps is done in one go, and should be short. It has
            to deal with its own errors.
        """
        in_a_series = self.busy or time.monotonic() - self._last_change < self.wait
        self.stop()
        self._last_change = time.monotonic()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            for _ in job():
                pass
        else:
            self._steps = job()
            self._task = loop.create_task(_later(self._steps, self.wait if in_a_series else 0.0))

    def stop(self) -> None:
        """Drop the job that waits or runs, if any."""
        if self._task is not None:
            self._task.cancel()
            self._task, self._steps = None, iter(())

    def finish(self) -> None:
        """Do what is left of the job in one go: for code that needs what comes of it.

        A cell of a notebook that waits with ``await`` would do as well, if messages of the browser that are
        handled meanwhile did not get lost.
        """
        if self.busy:
            steps = self._steps
            self.stop()
            for _ in steps:
                pass

    async def settled(self) -> None:
        """Return when no job waits or runs any more."""
        while self.busy:
            await asyncio.sleep(_BREATH)


async def _later(steps: Iterator[object], wait: float) -> None:
    await asyncio.sleep(wait)
    for _ in steps:
        await asyncio.sleep(_BREATH)
