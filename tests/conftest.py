"""Makes the helpers beside this file importable from every test folder, and drawn tests repeatable.

A drawn test takes the same cases every time, so that a change is what turns it red, and has no time limit
of its own: a busy machine is not a wrong formula. ``HYPOTHESIS_PROFILE=explore`` draws new cases.

A shell that runs tests in the background has them ignore Ctrl-C; tests of Ctrl-C want it as users have it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

signal.signal(signal.SIGINT, signal.default_int_handler)
