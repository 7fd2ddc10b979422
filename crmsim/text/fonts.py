"""The typefaces of pictures: DejaVu Sans, and for Chinese signs the one that lies in ``fonts/``.

Matplotlib takes each sign from the first family that has it, like a printer who reaches for the
second case of type only when the first lacks the letter. Latin text therefore looks the same in
both languages, and a Chinese label needs nothing installed on the reader's machine.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["font_families"]

#: GB 2312 and ASCII of Noto Sans CJK SC; under a name of its own, so that an installed Noto with
#: other signs is never taken in its place.
_FILE = Path(__file__).parent / "fonts" / "crmsim-sans-sc.otf"


def font_families() -> list[str]:
    """Return the families for Matplotlib's ``font.family``; the first call registers ours.

    Examples
    --------
    >>> font_families()
    ['DejaVu Sans', 'crmsim Sans SC']
    """
    return ["DejaVu Sans", _registered()]


@cache
def _registered() -> str:
    from matplotlib.font_manager import FontProperties, fontManager

    fontManager.addfont(_FILE)
    return FontProperties(fname=_FILE).get_name()
