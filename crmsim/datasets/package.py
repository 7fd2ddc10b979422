"""``datapackage.json``: what is in a folder of data, for programs of other people.

The customs form beside a parcel, in the words that everybody uses: Frictionless Data Package,
version 1 (specs.frictionlessdata.io/data-package). Units, currency and date of value, for which the
standard has no words, stand under names of their own.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from crmsim.datasets.description import Column, Dataset, Table, columns, dataset_names, describe

__all__ = ["folders", "package_text"]

_LICENCE = {
    "name": "MIT",
    "path": "https://opensource.org/license/mit",
    "title": "MIT License",
}


def folders() -> dict[str, list[tuple[str, str]]]:
    """Return for every folder the tables in it, as pairs of data set and table."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in dataset_names():
        for key, table in describe(name).tables.items():
            found.setdefault(table.folder, []).append((name, key))
    return found


def package_text(folder: str, files: dict[str, str]) -> str:
    """Return the ``datapackage.json`` of a folder.

    Parameters
    ----------
    folder : str
        As in :func:`folders`.
    files : dict of str to str
        Path in ``datasets/`` to the text of the file.
    """
    tables = folders()[folder]
    first = describe(tables[0][0])
    title, about = (first.en.title, first.en.about)
    if folder == "truth":
        title, about = "Hidden truth", "What no firm could know of the customers of the other data sets."
    package = {
        "profile": "tabular-data-package",
        "name": f"crmsim-{folder or 'shop'}",
        "title": title,
        "description": about,
        "licenses": [_LICENCE],
        "sources": [{"title": "made by crmsim datasets build"}],
        "resources": [_resource(name, key, files) for name, key in tables],
    }
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def _resource(name: str, key: str, files: dict[str, str]) -> dict[str, Any]:
    dataset = describe(name)
    table = dataset.tables[key]
    data = files[table.path].encode()
    return {
        "profile": "tabular-data-resource",
        "name": PurePosixPath(table.path).stem.replace("_", "-"),
        "path": PurePosixPath(table.path).name,
        "title": f"{dataset.en.title}: {key}",
        "description": f"{table.en} | {table.zh}",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "currency": dataset.currency,
        "pricesOf": dataset.prices_of,
        "schema": _schema(dataset, table),
    }


def _schema(dataset: Dataset, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(name, columns()[name], table) for name in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = table.key
    keys = []
    for column, target in table.refers.items():
        other = dataset.tables[target]
        resource = "" if other is table else PurePosixPath(other.path).stem.replace("_", "-")
        keys.append({"fields": column, "reference": {"resource": resource, "fields": other.key[0]}})
    if keys:
        schema["foreignKeys"] = keys
    return schema


def _field(name: str, column: Column, table: Table) -> dict[str, Any]:
    """Return one field; a dirty variant promises nothing but text."""
    field: dict[str, Any] = {"name": name, "type": "string" if table.text else column.type}
    field["description"] = f"{column.en} | {column.zh}"
    if table.text:
        return field
    field["unit"] = column.unit
    if column.type in ("date", "datetime"):
        field["format"] = "default" if column.type == "date" else "%Y-%m-%dT%H:%M:%S"
    limits = {"minimum": column.minimum, "maximum": column.maximum, "enum": column.values}
    whole = column.type == "integer"
    constraints: dict[str, Any] = {"required": True} if name not in table.optional else {}
    for word, limit in limits.items():
        if limit is not None:
            constraints[word] = int(limit) if whole else limit
    if table.key == [name]:
        constraints["unique"] = True
    if constraints:
        field["constraints"] = constraints
    return field
