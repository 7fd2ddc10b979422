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

from crmsim.errors import FileError, InputError, system_reason

__all__ = [
    "MANIFEST",
    "check_file",
    "check_folder",
    "check_keeping",
    "check_target",
    "new_file",
    "new_folder",
    "sync_folder",
    "user_folder",
    "writing",
]

#: Every result folder has one; a folder without is never replaced.
MANIFEST = "manifest.json"
#: So much of a name is in the names of its drafts, so that a long one is not too long for them.
_KNOWN_BY = 60
#: A disk that has no room, or gives none to this user; said without a name.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_target(folder: str | Path, *, replace: bool) -> Path:
    """Return the target as a path, if a folder of results may be written there.

    A folder is made beside it for a moment, since only that tells whether one can be.

    Raises
    ------
    InputError
        When something else is in the way, or results are and `replace` is False, or no folder can be made.
    """
    with _looked_at(folder, "out", "folder") as real:
        if real.exists():
            if not real.is_dir():
                raise InputError("out", "must be a folder, this is a file", str(folder))
            if any(real.iterdir()):
                if not _is_ours(real):
                    raise InputError("out", "must be empty or hold results of this program", str(folder))
                if not replace:
                    raise InputError(
                        "out", "already holds results; name another folder or give --replace", str(folder)
                    )
        _check_parent(real, folder, "out")
    return Path(folder)


def check_file(path: str | Path, *, replace: bool, field: str = "out") -> Path:
    """Return the target as a path, if a file may be written there.

    Raises
    ------
    InputError
        When something else is in the way, or a file is and `replace` is False, or no file can be made.
    """
    with _looked_at(path, field, "file") as real:
        if real.is_dir():
            raise InputError(field, "must be a file and not a folder", str(path))
        if real.exists():
            _check_ordinary(real, field, path)
            if not replace:
                raise InputError(field, "is there already; name another file or give --replace", str(path))
        _check_parent(real, path, field)
    return Path(path)


def check_folder(folder: str | Path, field: str) -> Path:
    """Return the path of a folder for what the program keeps, which may be missing, with those around it.

    Raises
    ------
    InputError
        When it cannot be one: a file is in the way, or it has no possible name.
    """
    _nearest(folder, field)
    return Path(folder)


def check_keeping(folder: str | Path, field: str) -> Path:
    """Return the path of a folder in which something can be kept; it may be missing as yet.

    Raises
    ------
    InputError
        As :func:`check_folder`, and when neither the folder nor anything in it can be made.
    """
    there = _nearest(folder, field)
    _check_parent(there / "kept", folder, field)
    return Path(folder)


def _nearest(folder: str | Path, field: str) -> Path:
    """Return the folder itself or, where it is missing, the nearest one around it that is there."""
    with _looked_at(folder, field, "folder") as real:
        if os.path.islink(folder) and not real.exists():
            raise InputError(field, f"must not be a link to {real}, which is not there", str(folder))
        there = next(place for place in (real, *real.parents) if os.path.lexists(place))
        if there == real and not real.is_dir():
            raise InputError(field, "must be a folder, this is a file", str(folder))
        if not there.is_dir():
            raise InputError(field, f"must not lie below {there}, which is a file", str(folder))
        os.scandir(there).close()  # says so where it may not be read
        return there


@contextmanager
def _looked_at(named: str | Path, field: str, kind: str) -> Iterator[Path]:
    """Give the place that a name leads to, through links; what cannot even be looked at is refused."""
    if not str(named):
        raise InputError(field, f"must be the name of a {kind}", "")
    real = _real(named)
    try:
        if os.path.lexists(real) and not real.exists():
            raise InputError(field, "must not be a link that leads in circles", str(named))
        real.exists()  # says so where the name is too long
        yield real
    except OSError as error:
        raise InputError(field, f"cannot be used ({system_reason(error)})", str(named)) from None


def _real(named: str | Path) -> Path:
    """Return where a name leads to, through links, and whether something is there or not."""
    return Path(os.path.realpath(named))


def _check_parent(real: Path, named: str | Path, field: str) -> None:
    """Refuse a place in whose folder nothing can be made."""
    linked = f", this is a link to {real}" if os.path.islink(named) else ""
    if not real.parent.is_dir():
        raise InputError(field, f"must lie in an existing folder{linked}", str(named))
    try:
        os.rmdir(tempfile.mkdtemp(dir=real.parent, prefix=_draft_name(real)))
    except OSError as error:
        problem = f"must lie in a folder that can be written to ({system_reason(error)}){linked}"
        raise InputError(field, problem, str(named)) from None


def _check_ordinary(real: Path, field: str, named: str | Path) -> None:
    """Refuse what is a device or the like: a finished draft would take its place."""
    if real.exists() and not real.is_file():
        raise InputError(field, "must be an ordinary file, or not be there yet", str(named))


def _draft_name(target: Path) -> str:
    return f".{target.name[:_KNOWN_BY]}."


def _is_ours(folder: Path) -> bool:
    """Return whether a folder holds results of this program, by its manifest."""
    try:
        return "crmsim" in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Say which file or folder it is that the system refuses to make or write in the block.

    Raises
    ------
    FileError
        In place of an OSError.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(path, "cannot be written", error) from error


@contextmanager
def _filling(draft: Path, named: str | Path) -> Iterator[None]:
    """Say which target it is whose draft the disk does not take.

    Others work in this block, too: a run whose strategy reads a file of its own, a download. What they meet
    with is not about the target.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        inside = Path(str(error.filename)).is_relative_to(draft)
        if inside or error.errno in _FULL:
            raise FileError(named, "cannot be written", error) from error
        raise


@contextmanager
def new_folder(folder: str | Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a temporary folder that becomes `folder` when the block ends without an error.

    Parameters
    ----------
    folder : str or Path
        Where it is a link, the link stays, and the results come to where it leads.
    replace : bool
        Whether earlier results of that name may be replaced.

    Raises
    ------
    InputError
        As :func:`check_target`.
    FileError
        When the system refuses something on the way.
    """
    target = _real(check_target(folder, replace=replace))
    with writing(folder):
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=_draft_name(target)))
    try:
        with _filling(draft, folder):
            yield draft
        with writing(folder):
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
    old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{_draft_name(target)}old."))
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
        An earlier file of that name is replaced, and stays as it was after an error. Where it is a link, the
        link stays, and the file comes to where it leads.

    Raises
    ------
    InputError
        When it is a device or another thing that must not be replaced.
    FileError
        When the system refuses something on the way.
    """
    target = _real(path)
    with writing(path):
        if not target.is_dir():  # what the system says of a folder is plain
            _check_ordinary(target, "file", path)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_draft_name(target))
        os.close(handle)
    draft = Path(name)
    try:
        with _filling(draft, path):
            yield draft
        with writing(path):
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
