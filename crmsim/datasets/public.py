"""Well-known public data sets: fetched from where they are published, or read from a file on disk.

None of them comes with the project. The checksums are those of the data file itself, not of the archive
around it, which a server may pack anew; they agree in several public projects that use the file (looked
up in November 2026). For the others the first file that is fetched is put on record.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crmsim.downloads import checksum, default_cache, download, unpack
from crmsim.errors import CrmsimError, InputError, system_reason
from crmsim.folders import check_folder, new_file, writing
from crmsim.transactions import read_transactions

__all__ = ["PUBLIC", "PublicFile", "PublicSet", "load_public", "open_public"]


class PublicSet(NamedTuple):
    """A data set of somebody else; what it is about stands in the catalogue.

    Attributes
    ----------
    source : str
    licence : str or None
        None where none is stated.
    url : str
        Of the file, or of a ZIP archive that holds it.
    file : str
        Name of the data file.
    sha256 : str or None
        Of the data file; None where nobody has published one.
    rows : int
        As published; of customers where `counts` says so.
    read : callable
        From path to table.
    counts : str
        Column whose different values are counted; "" = rows.
    """

    source: str
    licence: str | None
    url: str
    file: str
    sha256: str | None
    rows: int
    read: Callable[[Path], pd.DataFrame]
    counts: str = ""


class PublicFile(NamedTuple):
    """What was opened: the table, its file, its SHA-256, and how that was compared.

    ``compared`` is "published", "record" (with that of an earlier download), "first" (put on record now)
    or "nothing" (a file on disk of which nobody knows the checksum).
    """

    table: pd.DataFrame
    path: Path
    sha256: str
    compared: str


def _csv(*names: str, **options: object) -> Callable[[Path], pd.DataFrame]:
    """Return a reader of a CSV file that must have these columns (blanks in a row count as one)."""

    def read(path: Path) -> pd.DataFrame:
        try:
            table = pd.read_csv(path, **options)
        except (ValueError, UnicodeDecodeError) as error:
            raise InputError("file", f"must be a CSV file ({error})", where=str(path)) from None
        table.columns = [" ".join(str(name).split()) for name in table.columns]
        if list(table.columns) != list(names):
            given = ",".join(table.columns)
            raise InputError("header", f"must be {','.join(names)}", given, where=f"{path}:1")
        return table

    return read


def _online_retail(path: Path) -> pd.DataFrame:
    """Return the lines of invoices with dates as such; a customer's number is text, or missing."""
    names = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
    text = {"InvoiceNo": "str", "StockCode": "str", "CustomerID": "str", "Description": "str"}
    table = _csv(*names, "Country", dtype=text)(path)
    table["CustomerID"] = table["CustomerID"].str.removesuffix(".0")
    try:
        table["InvoiceDate"] = pd.to_datetime(table["InvoiceDate"], format="%m/%d/%Y %H:%M")
    except ValueError as error:
        raise InputError(
            "InvoiceDate", f"must be month/day/year hour:minute ({error})", where=str(path)
        ) from None
    return table


_UCI = "https://archive.ics.uci.edu/static/public"
_BY = "CC BY 4.0"
PUBLIC: dict[str, PublicSet] = {
    "cdnow": PublicSet(
        "Fader & Hardie, brucehardie.com/datasets", None,
        "https://www.brucehardie.com/datasets/CDNOW_master.zip", "CDNOW_master.txt", None,
        23_570, read_transactions, "customer",
    ),
    "cdnow_sample": PublicSet(
        "Fader & Hardie, brucehardie.com/datasets", None,
        "https://www.brucehardie.com/datasets/CDNOW_sample.zip", "CDNOW_sample.txt", None,
        2_357, read_transactions, "customer",
    ),
    "online_retail": PublicSet(
        "Chen 2015, UCI Machine Learning Repository, doi 10.24432/C5BW33", _BY,
        f"{_UCI}/352/data.csv", "data.csv", None, 541_909, _online_retail,
    ),
    "wholesale": PublicSet(
        "Cardoso 2014, UCI Machine Learning Repository, doi 10.24432/C5030X", _BY,
        f"{_UCI}/292/wholesale+customers.zip", "Wholesale customers data.csv",
        "c3d018c643565b85cee733c4a2ac76dd76e080e857cb23f0ccfcc2e15a6c17ef", 440,
        _csv("Channel", "Region", "Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen"),
    ),
    "telecom_churn": PublicSet(
        "Iranian Churn 2020, UCI Machine Learning Repository, doi 10.24432/C5JW3Z", _BY,
        f"{_UCI}/563/iranian+churn+dataset.zip", "Customer Churn.csv",
        "90d5fb6bd1630cd4de4b4d28fcf8b4cb92a8f6ab7484605b0799d47386f7dbe1", 3_150,
        _csv(
            "Call Failure", "Complains", "Subscription Length", "Charge Amount", "Seconds of Use",
            "Frequency of use", "Frequency of SMS", "Distinct Called Numbers", "Age Group", "Tariff Plan",
            "Status", "Age", "Customer Value", "Churn",
        ),
    ),
    "email_campaign": PublicSet(
        "Hillstrom 2008, blog.minethatdata.com", None,
        "http://www.minethatdata.com/"
        "Kevin_Hillstrom_MineThatData_E-MailAnalytics_DataMiningChallenge_2008.03.20.csv",
        "hillstrom.csv", "0e5893329d8b93cefecc571777672028290ab69865718020c78c7284f291aece", 64_000,
        _csv(
            "recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel",
            "segment", "visit", "conversion", "spend",
        ),
    ),
}  # fmt: skip


def load_public(name: str, file: str | Path | None = None, cache: str | Path | None = None) -> pd.DataFrame:
    """Return a well-known public data set as a table.

    Parameters
    ----------
    name : str
        One of `PUBLIC`: ``cdnow``, ``cdnow_sample``, ``online_retail``, ``wholesale``, ``telecom_churn``,
        ``email_campaign``.
    file : str or Path, optional
        The data file, or the archive as published, where you have it already; nothing is fetched then.
    cache : str or Path, optional
        Folder in which fetched files are kept: ``CRMSIM_CACHE`` or a cache folder of your own by default.

    Returns
    -------
    DataFrame
        The CDNOW sets as `crmsim.read_transactions` gives them, others with the columns as published.

    Raises
    ------
    InputError
        For an unknown name, and a file that is missing, has another checksum than is known, other columns,
        or another number of rows than was published.
    CrmsimError
        When the file cannot be fetched whole. Nothing half written stays.

    Examples
    --------
    >>> load_public("wholesale", file="nowhere.zip")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    crmsim.errors.InputError: file: must be the data file Wholesale customers data.csv or ...
    """
    if name not in PUBLIC:
        raise InputError("name", f"must be one of {', '.join(PUBLIC)}", name)
    return open_public(name, PUBLIC[name], file, cache).table


def open_public(
    name: str, item: PublicSet, file: str | Path | None = None, cache: str | Path | None = None
) -> PublicFile:
    """Return the table of a public set and how its file was checked; as `load_public`."""
    if file is not None:
        return _from_disk(item, Path(file))
    folder = check_folder(default_cache() if cache is None else cache, "cache") / "public" / name
    target, record = folder / item.file, folder / f"{item.file}.sha256"
    known = item.sha256 or (record.read_text("utf-8").split()[0] if record.exists() else None)
    if not target.exists():
        _fetch(item, target, known)
    found = checksum(target)
    if known not in (None, found):
        raise InputError(
            "checksum", f"must be {known}: the file has changed since it was fetched; delete it", found,
            where=str(target),
        )  # fmt: skip
    try:
        table = _checked(item, target)
    except InputError:
        if known is None:  # nothing vouches for this file
            target.unlink()
        raise
    if known is None:
        with new_file(record) as draft:
            draft.write_text(f"{found}  {item.file}\n", encoding="utf-8")
    compared = "published" if item.sha256 else "record" if known else "first"
    return PublicFile(table, target, found, compared)


def _fetch(item: PublicSet, target: Path, known: str | None) -> None:
    """Download a data file, and let it take its place only with the right checksum."""
    with writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch.") as draft:
        fetched = Path(draft, "fetched")
        download(item.url, fetched)
        data = Path(draft, "data")
        _unpacked(item, fetched, data)
        found = checksum(data)
        if known not in (None, found):
            raise CrmsimError(
                f"{item.url}: the SHA-256 of {item.file} must be {known}, got {found}; nothing is kept. "
                "The file was changed where it is published, or on the way"
            )
        data.replace(target)


def _unpacked(item: PublicSet, path: Path, target: Path) -> None:
    """Put the data file at `target`, out of its archive if it is in one."""
    if zipfile.is_zipfile(path):
        unpack(path, item.file, target)
    elif item.url.endswith(".zip") and path.name == "fetched":
        raise CrmsimError(f"{item.url}: is not a ZIP archive, maybe a page of the server; nothing is kept")
    else:
        target.write_bytes(path.read_bytes())


def _from_disk(item: PublicSet, path: Path) -> PublicFile:
    if not os.path.isfile(path):
        whole = item.url.rpartition("/")[2]
        raise InputError("file", f"must be the data file {item.file} or {whole}", str(path))
    with tempfile.TemporaryDirectory() as draft:
        data = path
        if zipfile.is_zipfile(path):
            data = Path(draft, item.file)
            unpack(path, item.file, data)
        try:
            found = checksum(data)
        except OSError as error:
            raise InputError("file", f"cannot be read ({system_reason(error)})", str(path)) from None
        if item.sha256 not in (None, found):
            raise InputError("checksum", f"must be {item.sha256}", found, where=str(path))
        return PublicFile(_checked(item, data), path, found, "published" if item.sha256 else "nothing")


def _checked(item: PublicSet, path: Path) -> pd.DataFrame:
    """Read the table and compare its size with what was published."""
    table = item.read(path)
    size = table[item.counts].nunique() if item.counts else len(table)
    if size != item.rows:
        what = f"{item.counts}s" if item.counts else "rows"
        raise InputError(what, f"must be {item.rows:,} in number, as published", size, where=str(path))
    return table
