"""``crmsim gallery --out FOLDER``: the dashboards as pictures, with a page that shows them."""

from __future__ import annotations

import argparse

from crmsim.teaching.gallery import write_gallery
from crmsim.text import say

__all__ = ["gallery_command"]


def gallery_command(options: argparse.Namespace) -> int:
    """Draw every dashboard in both languages and write the page that shows them."""
    path = write_gallery(options.out, replace=options.replace)
    print(say("gallery.written", options.lang, path=path))
    return 0
