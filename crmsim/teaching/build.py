"""Builds the notebooks and labs that readers open: ``python -m crmsim.teaching.build`` (``make notebooks``).

What is built lies in the project beside the sources, so that readers need no builder. Solutions and the
version for nbgrader are written only where somebody asks for them, by ``--instructors FOLDER``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from crmsim.errors import CrmsimError, InputError
from crmsim.folders import new_folder
from crmsim.shipped import checkout, shipped
from crmsim.teaching.lab_source import course_files, read_lab, student_version
from crmsim.teaching.notebook_source import SOURCE_FOLDER, in_language, notebook_text, read_source
from crmsim.text import LANGUAGES
from crmsim.yaml_files import write_text

__all__ = ["PROJECT", "build", "built_files", "exercise_sources", "lab_sources", "notebook_sources"]

#: The folder that holds ``notebooks/`` and ``exercises/``.
PROJECT = shipped()


def notebook_sources(project: Path = PROJECT) -> list[Path]:
    """Return the sources of the notebooks, in the order of the course."""
    return sorted((project / "notebooks" / SOURCE_FOLDER).glob("*.py"))


def exercise_sources(project: Path = PROJECT) -> list[Path]:
    """Return the sources of the notebooks beside the course, such as the quiz."""
    return sorted((project / "exercises" / SOURCE_FOLDER).glob("*.py"))


def lab_sources(project: Path = PROJECT) -> list[Path]:
    """Return the sources of the labs, in the order of the course."""
    return sorted((project / "exercises" / "labs" / SOURCE_FOLDER).glob("*.py"))


def built_files(project: Path = PROJECT) -> dict[Path, str]:
    """Return what the sources say should be in the project: file to text.

    Raises
    ------
    InputError
        With file and line, for a source that breaks a rule.
    """
    files = {}
    for path in notebook_sources(project) + exercise_sources(project):
        source = read_source(path)
        for lang in LANGUAGES:
            files[_beside(path, lang)] = notebook_text(in_language(source, lang))
    for path in lab_sources(project):
        lab = read_lab(path)
        for lang in LANGUAGES:
            files[_beside(path, lang)] = notebook_text(student_version(lab, lang))
    return files


def _beside(path: Path, lang: str) -> Path:
    return path.parents[1] / lang / f"{path.stem}.ipynb"


def build(project: Path = PROJECT) -> list[Path]:
    """Write what is missing or differs; return those files."""
    written = []
    for path, text in built_files(project).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            write_text(path, text)
            written.append(path)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Build; return the exit status: 2 for a source that breaks a rule."""
    about = "Build the notebooks and labs from their sources."
    parser = argparse.ArgumentParser(prog="python -m crmsim.teaching.build", description=about)
    parser.add_argument(
        "--instructors",
        metavar="FOLDER",
        help="write solutions and an nbgrader course to a new folder",
    )
    options = parser.parse_args(arguments)
    try:
        project = checkout("building notebooks and labs")
        if options.instructors:
            write_course(options.instructors, project)
            print(options.instructors)
        else:
            for path in build(project):
                print(path.relative_to(project))
    except CrmsimError as error:
        print(f"build: {error}", file=sys.stderr)
        return 2
    return 0


def write_course(folder: str | Path, project: Path = PROJECT) -> None:
    """Write solutions and nbgrader versions of all labs to a folder, whole or not at all.

    Parameters
    ----------
    folder : str or Path
        Must not exist yet. Each language gets a folder: ``solutions/`` and ``nbgrader/``, which is a
        course folder of nbgrader.
    project : Path
    """
    files = course_files([read_lab(path) for path in lab_sources(project)])
    if not files:
        raise InputError("labs", "there are none", str(project / "exercises" / "labs" / SOURCE_FOLDER))
    with new_folder(folder) as draft:
        for name, text in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            write_text(draft / name, text)


if __name__ == "__main__":
    sys.exit(main())
