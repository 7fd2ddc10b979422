"""Makes the helpers beside this file importable from every test folder (`import reference`)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
