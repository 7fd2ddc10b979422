"""Result folders and files that are whole or not there at all.

Like a letter that is written on a draft sheet and only put into the envelope when it is finished:
files go into a temporary folder beside the target, which takes the target's name at the very end.
A single file has a temporary name until it is finished.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmsim.errors import InputError

__all__ = ["MANIFEST", "check_target", "new_file", "new_folder", "sync_folder", "user_folder"]

#: Every result folder has one; a folder without is never replaced.
MANIFEST = "manifest.json"


def check_target(folder: str | Path, *, replace: bool) -> Path:
    """Return the target as a path, if results may be written there.

    Raises
    ------
    InputError
        When something else is in the way, or results are and `replace` is False.
    """
    folder = Path(folder)
    if folder.exists():
        if not folder.is_dir():
            raise InputError("out", "must be a folder, this is a file", str(folder))
        if any(folder.iterdir()):
            if not _is_ours(folder):
                raise InputError("out", "must be empty or hold results of this program", str(folder))
            if not replace:
                raise InputError(
                    "out", "already holds results; name another folder or give --replace", str(folder)
                )
    parent = folder.absolute().parent
    if not parent.is_dir():
        raise InputError("out", "must lie in an existing folder", str(folder))
    if not os.access(parent, os.W_OK):
        raise InputError("out", "must lie in a folder that can be written to", str(folder))
    return folder


def _is_ours(folder: Path) -> bool:
    """Return whether a folder holds results of this program, by its manifest."""
    try:
        return "crmsim" in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


@contextmanager
def new_folder(folder: str | Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a temporary folder that becomes `folder` when the block ends without an error.

    Parameters
    ----------
    folder : str or Path
    replace : bool
        Whether earlier results of that name may be replaced.
    """
    target = check_target(folder, replace=replace).absolute()
    draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield draft
        draft.chmod(0o755)
        sync_folder(draft)
        _take_the_place(draft, target)
        sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _take_the_place(draft: Path, target: Path) -> None:
    """Move the finished draft into place; earlier results go away only when it is there."""
    if not target.exists():
        draft.rename(target)
        return
    old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.old."))
    try:
        target.rename(old / "results")
        try:
            draft.rename(target)
        except BaseException:
            (old / "results").rename(target)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk: power may fail.

    A file whose content is safe can still be without its name. Windows has no such call, and some network
    disks refuse it; both keep names in order by themselves.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


@contextmanager
def new_file(path: str | Path) -> Iterator[Path]:
    """Give the temporary name of a file that becomes `path` when the block ends without an error.

    Parameters
    ----------
    path : str or Path
        An earlier file of that name is replaced, and stays as it was after an error.
    """
    target = Path(path).absolute()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb+") as file:
            # Otherwise, after a power cut, the name may be there and the content not.
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(target)
        sync_folder(target.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def user_folder() -> Path:
    """Return the folder for what the program keeps for its user; it may not exist yet."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "crmsim"
