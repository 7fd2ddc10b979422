"""The lessons: claims of relationship management as experiments that can come out false.

To add one, add a file to this folder that holds a ``LESSON`` of the file's own name; the command
line, the catalogue's test and the contract suite find it by being there.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from crmsim.errors import InputError
from crmsim.lessons.base import Lesson
from crmsim.lessons.running import LessonResult, run_lesson

__all__ = ["Lesson", "LessonResult", "find_lesson", "lesson_names", "run_lesson"]

_FOLDER = Path(__file__).parent


@cache
def lesson_names() -> tuple[str, ...]:
    """Return the names of all lessons, in alphabetical order."""
    return tuple(sorted({path.stem for path in _FOLDER.glob("*.py")} - {"__init__", "base", "running"}))


def find_lesson(name: str) -> Lesson:
    """Return a lesson by its name.

    Examples
    --------
    >>> find_lesson("few_make_most").name
    'few_make_most'

    Raises
    ------
    InputError
        When there is no such lesson.
    """
    if name not in lesson_names():
        raise InputError("lesson", f"must be one of {', '.join(lesson_names())}", name)
    return import_module(f"crmsim.lessons.{name}").LESSON
