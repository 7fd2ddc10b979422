"""Looking up a sentence by its key and language.

The sentences stand in ``sentences/``, one file a subject, a key with one entry per language, so that a
translator needs no Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from crmsim.errors import InputError
from crmsim.yaml_files import read_document

__all__ = ["LANGUAGES", "catalogue", "listed", "say"]

LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).with_name("sentences")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return the whole catalogue: key to language to sentence."""
    sentences: dict[str, dict[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        sentences |= read_document(path).data
    return sentences


def say(key: str, lang: str = "en", **values: Any) -> str:
    """Return a sentence of the catalogue, with its blanks filled in.

    Parameters
    ----------
    key : str
    lang : {"en", "zh"}
    **values
        For the blanks of the sentence, as in :meth:`str.format`.

    Raises
    ------
    InputError
        For an unknown language.
    KeyError
        For an unknown key, which is a mistake of the program.

    Examples
    --------
    >>> say("stage.stability"), say("stage.stability", "zh")
    ('stability', '稳定期')
    """
    if lang not in LANGUAGES:
        raise InputError("lang", f"must be one of {', '.join(LANGUAGES)}", lang)
    return catalogue()[key][lang].format(**values)


def listed(parts: Iterable[str], lang: str) -> str:
    """Return parts of a sentence one behind the other, as its language separates them.

    Examples
    --------
    >>> listed(["price", "quality"], "en"), listed(["价格", "质量"], "zh")
    ('price; quality', '价格；质量')
    """
    return ("；" if lang == "zh" else "; ").join(parts)
