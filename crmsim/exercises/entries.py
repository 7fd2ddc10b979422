"""The entries of the course: every concept, model and method, with its terms and gist in both languages."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from crmsim.shipped import shipped
from crmsim.yaml_files import read_document

__all__ = ["Entry", "entries"]

_FILE = shipped("exercises", "entries.yaml")


class Entry(NamedTuple):
    """One entry: its term and, in a sentence or two, what it says."""

    topic: str
    en: str
    zh: str
    gist_en: str
    gist_zh: str

    def term(self, lang: str) -> str:
        """Return the term in one language."""
        return self.zh if lang == "zh" else self.en

    def gist(self, lang: str) -> str:
        """Return what it says in one language."""
        return self.gist_zh if lang == "zh" else self.gist_en


@cache
def entries() -> dict[str, Entry]:
    """Return all entries by id, in the order of the course.

    Examples
    --------
    >>> entries()["satisfaction-ratio"].zh
    '客户满意度公式 c=b/a'
    """
    return {name: Entry(**fields) for name, fields in read_document(_FILE).data.items()}
