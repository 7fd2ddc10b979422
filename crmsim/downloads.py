"""Files from elsewhere: fetched once, checked, kept, and never half there.

Like a library that gets a book from another one: it is entered into the catalogue only when it has
arrived whole, and its seal is compared with the one on record. Where nobody knows the seal, the first
copy's is put on record, and said so; every later copy must have it.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from crmsim.errors import CrmsimError, InputError
from crmsim.folders import new_file

__all__ = ["checksum", "default_cache", "download", "unpack"]

_BLOCK = 1 << 20
#: More than this is not one of the files that are meant (bytes).
MOST_BYTES = 200 * 1024 * 1024
_SECONDS = 60.0


def default_cache() -> Path:
    """Return the folder for fetched files: ``CRMSIM_CACHE`` if that is set, else one of the user's own."""
    chosen = os.environ.get("CRMSIM_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        return base / "crmsim" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "crmsim"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crmsim"


def checksum(path: str | Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def download(url: str, target: Path) -> None:
    """Fetch a file whole or not at all.

    Parameters
    ----------
    url : str
        Beginning with ``https:``, ``http:`` or ``file:``.
    target : Path
        In an existing folder.

    Raises
    ------
    CrmsimError
        When the file cannot be reached, does not arrive whole, or is larger than 200 MB; an earlier file
        of the name stays.
    InputError
        For another kind of address.
    """
    if url.partition(":")[0] not in ("https", "http", "file"):
        raise InputError("url", "must begin with https:, http: or file:", url)
    with new_file(target) as draft:
        try:
            _received(url, draft)
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise CrmsimError(
                f"{url}: could not be fetched ({reason}). Where you have the file already, "
                "give its name instead"
            ) from None


def _received(url: str, draft: Path) -> None:
    """Put what comes from an address into a file; refuse what is too large or does not arrive whole."""
    request = Request(url, headers={"User-Agent": "crmsim"})
    with urlopen(request, timeout=_SECONDS) as answer, draft.open("wb") as file:
        length = answer.headers.get("Content-Length")
        got = 0
        while block := answer.read(_BLOCK):
            got += len(block)
            if got > MOST_BYTES:
                raise CrmsimError(f"{url}: is larger than {MOST_BYTES // 2**20} MB; nothing is kept")
            file.write(block)
        if length is not None and got != int(length):
            raise CrmsimError(f"{url}: only {got} of {length} bytes arrived; nothing is kept, try again")


def unpack(archive: Path, member: str, target: Path) -> None:
    """Take one file out of a ZIP archive, whole or not at all.

    Raises
    ------
    InputError
        When the archive is damaged, has no such file, or it would be larger than 200 MB.
    """
    try:
        with zipfile.ZipFile(archive) as box:
            names = {info.filename.rpartition("/")[2]: info for info in box.infolist() if not info.is_dir()}
            if member not in names:
                raise InputError("archive", f"must hold {member}", sorted(names), where=str(archive))
            if names[member].file_size > MOST_BYTES:
                raise InputError("archive", "must not unpack to more than 200 MB", where=str(archive))
            with new_file(target) as draft, box.open(names[member]) as source, draft.open("wb") as file:
                while block := source.read(_BLOCK):
                    file.write(block)
    except (zipfile.BadZipFile, EOFError) as error:
        raise InputError("archive", f"must be a whole ZIP file ({error})", where=str(archive)) from None
