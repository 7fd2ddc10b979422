"""The command line: ``crmsim demo``, ``calibrate``, ``compare``, ``decide`` and so on.

Exit status: 0 when all went well, 2 for input that cannot be used (one line on standard error), 130
after Ctrl-C, 1 for a defect of this program (with a traceback).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from crmsim.cli.commands import command_parser, run_command
from crmsim.errors import CrmsimError, InterruptedRun

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        The default is what stands on the command line.
    """
    options = command_parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # An old terminal without Chinese shows escapes instead of stopping the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = run_command(options)
        sys.stdout.flush()  # here, where it can be answered, and not when Python ends
        return status
    except BrokenPipeError:
        # Whoever reads our output has seen enough (`crmsim show retail | head -1`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InterruptedRun as error:
        return _complain(error, 130, options)
    except KeyboardInterrupt:
        return _complain(CrmsimError("interrupted; nothing was written"), 130, options)
    except CrmsimError as error:
        return _complain(error, 2, options)


def _complain(error: CrmsimError, status: int, options: argparse.Namespace) -> int:
    from crmsim.text.problems import said

    print(f"crmsim: {said(error, getattr(options, 'lang', 'en'))}", file=sys.stderr)
    return status
