"""Whose draft is this? Telling a folder that is being written from one whose writer is no more.

Like a coat on a chair in a library: with a name in it one can ask whether its owner is still in the
house; without one, it is left alone until the next day.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

__all__ = ["DAY_OLD", "abandoned", "sign"]

#: Seconds after which a draft is given up whose writer cannot be asked for.
DAY_OLD = 86_400.0
_NAME = "writer.json"


@contextmanager
def sign(draft: Path) -> Iterator[None]:
    """Note in a draft who is writing it, until the block ends."""
    note = draft / _NAME
    note.write_text(json.dumps(_this_process()), encoding="utf-8")
    yield
    note.unlink()


def abandoned(draft: Path) -> bool:
    """Return whether nobody will finish a draft.

    A writer on this machine that is no longer running has abandoned it. Where that cannot be known
    (another machine, no note), a draft in which nothing was written for a day counts as abandoned. What
    was being deleted needs nobody.
    """
    if draft.name.startswith(".deleted."):
        return True
    try:
        writer = json.loads((draft / _NAME).read_text(encoding="utf-8"))
        if writer["machine"] == platform.node():
            return not _runs(int(writer["process"]), float(writer["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        newest = max(path.stat().st_mtime for path in (draft, *draft.iterdir()))
    except OSError:  # it has just been finished or removed
        return False
    return time.time() - newest > DAY_OLD


def _this_process() -> dict[str, object]:
    me = psutil.Process()
    return {"machine": platform.node(), "process": me.pid, "started": me.create_time()}


def _runs(number: int, started: float) -> bool:
    """Return whether the process still runs; its number may by now be another one's."""
    try:
        process = psutil.Process(number)
        # One that was killed keeps its number until whoever started it has taken note.
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
