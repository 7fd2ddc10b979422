"""How much memory this process has had at most."""

from __future__ import annotations

from pathlib import Path

__all__ = ["peak_megabytes"]


def peak_megabytes() -> float:
    """Return the high-water mark of this process alone (Linux).

    ``getrusage`` would not do: it begins with the mark of the parent.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
