"""What is in each data set: tables, columns, units and keys, in English and Chinese.

The label on a jar: it is written once (``described/*.yaml``), and whatever needs to know what is inside
reads it: the program that makes the files, the loader, ``datapackage.json`` and the README.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from crmsim.errors import InputError
from crmsim.shipped import shipped
from crmsim.yaml_files import check, read_document

__all__ = ["DESCRIBED", "FOLDER", "Column", "Dataset", "Table", "Words", "dataset_names", "describe"]

#: Where the files lie.
FOLDER = shipped("datasets")
DESCRIBED = Path(__file__).parent / "described"
#: In the order in which they are shown.
_NAMES = ("shop", "retail", "telecom", "b2b", "service", "campaign", "dirty")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


#: A whole number in the file is a number, too.
_Real = Annotated[float, BeforeValidator(lambda value: float(value) if type(value) is int else value)]


class Column(_Part):
    """A column: type, unit, range, and what it means in both languages.

    ``decimals`` are the digits after the point that a number has in its file. ``values`` are the only
    words allowed.
    """

    type: Literal["string", "integer", "number", "boolean", "date", "datetime"]
    unit: str = "-"
    decimals: int | None = None
    minimum: _Real | None = None
    maximum: _Real | None = None
    values: list[str] | None = None
    en: str
    zh: str

    @model_validator(mode="after")
    def _numbers_have_decimals(self) -> Column:
        if (self.type == "number") != (self.decimals is not None):
            raise ValueError("decimals must be given for a number, and for nothing else")
        return self


class Table(_Part):
    """A file: columns in order, key, which columns may be empty, and what refers to another table.

    ``text`` is True for a dirty variant, in which every cell is text and may be empty.
    """

    path: str
    en: str
    zh: str
    key: list[str] = []
    refers: dict[str, str] = {}
    columns: list[str]
    optional: list[str] = []
    text: bool = False

    @property
    def folder(self) -> str:
        """The data package it belongs to; empty for the outermost."""
        return self.path.rpartition("/")[0]

    @property
    def hidden(self) -> bool:
        """Whether it holds what no firm can see."""
        return self.folder == "truth"


class Words(_Part):
    """What a data set is called, is about, is good for, and was made of, in one language."""

    title: str
    suits: str
    about: str
    made: str


class Dataset(_Part):
    """A data set: its tables, and the currency and date of value of its amounts."""

    en: Words
    zh: Words
    currency: str
    prices_of: str
    used_by: list[str]
    tables: dict[str, Table]


class _Glossary(_Part):
    columns: dict[str, Column]


@cache
def columns() -> dict[str, Column]:
    """Return what every column means; a name means the same in all tables."""
    document = read_document(DESCRIBED / "columns.yaml")
    return check(_Glossary, {"columns": document.data}, document).columns


@cache
def describe(name: str) -> Dataset:
    """Return the description of a data set.

    Raises
    ------
    InputError
        For an unknown name.

    Examples
    --------
    >>> list(describe("retail").tables)
    ['customers', 'transactions', 'surveys', 'truth']
    """
    if name not in _NAMES:
        raise InputError("dataset", f"must be one of {', '.join(_NAMES)}", name)
    document = read_document(DESCRIBED / f"{name}.yaml")
    dataset = check(Dataset, document.data, document)
    for at, table in dataset.tables.items():
        for part in ("columns", "key", "optional", "refers"):
            known = columns() if part == "columns" else table.columns
            for column in getattr(table, part):
                if column not in known:
                    where = document.where(("tables", at, part))
                    raise InputError(f"tables.{at}.{part}", "must name a column", column, where=where)
    return dataset


def dataset_names() -> tuple[str, ...]:
    """Return the names of all data sets.

    Examples
    --------
    >>> "telecom" in dataset_names()
    True
    """
    return _NAMES
