"""All data sets made anew, byte for byte the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from crmsim.datasets import b2b, campaign, description, retail, service, shop, telecom
from crmsim.datasets.description import dataset_names, describe
from crmsim.datasets.dirty import dirty_tables
from crmsim.datasets.package import folders, package_text
from crmsim.datasets.readme import readme_text
from crmsim.datasets.tables import csv_text
from crmsim.shipped import checkout
from crmsim.yaml_files import write_text

__all__ = ["build_datasets", "dataset_files"]

_MAKERS: dict[str, Callable[[], dict[str, pd.DataFrame]]] = {
    "shop": shop.tables,
    "retail": retail.tables,
    "telecom": telecom.tables,
    "b2b": b2b.tables,
    "service": service.tables,
    "campaign": campaign.tables,
}


def dataset_files() -> dict[str, str]:
    """Return every file of the folder ``datasets/`` made anew: path to text."""
    made = {name: make() for name, make in _MAKERS.items()}
    made["dirty"] = dirty_tables(made)
    files = {
        table.path: csv_text(made[name][key], table)
        for name in dataset_names()
        for key, table in describe(name).tables.items()
    }
    packages = {f"{folder}/datapackage.json".lstrip("/"): package_text(folder, files) for folder in folders()}
    return {**files, **packages, "README.md": readme_text(files)}


def build_datasets(folder: Path | None = None) -> list[Path]:
    """Make every file of the data sets anew.

    Parameters
    ----------
    folder : Path, optional
        The project's ``datasets/`` by default, in a checkout.

    Returns
    -------
    list of Path
        Those that were new or are not what they were before.

    Raises
    ------
    CrmsimError
        Without a folder in an installed package.
    """
    if folder is None:
        checkout("making the data sets anew")
        folder = description.FOLDER
    changed = []
    for name, text in dataset_files().items():
        path = folder / name
        if path.exists() and path.read_bytes() == text.encode():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
        changed.append(path)
    return changed
