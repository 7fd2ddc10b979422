"""Tables to files and back, as their description says.

A cell is written in one way only, so that a file made anew is the same to the byte: numbers with the
digits of their column, days as 2024-01-31, moments as 2024-01-31T13:05:00, true and false, and nothing
where nothing is known.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crmsim.datasets import description
from crmsim.datasets.description import Column, Table, columns, describe
from crmsim.errors import InputError

__all__ = ["csv_text", "load_dataset", "load_table", "load_truth"]

_MOMENTS = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M:%S"}


def csv_text(frame: pd.DataFrame, table: Table) -> str:
    """Return a table as the text of its file.

    Parameters
    ----------
    frame : DataFrame
        With the columns of the table, and maybe others, which are left out.
    table : Table
    """
    written = {
        name: frame[name].astype("str") if table.text else _written(frame[name], columns()[name])
        for name in table.columns
    }
    return pd.DataFrame(written).to_csv(index=False, lineterminator="\n")


def _written(cells: pd.Series, column: Column) -> pd.Series:
    """Return cells as text; what is missing stays missing."""
    if column.type in _MOMENTS:
        return pd.to_datetime(cells).dt.strftime(_MOMENTS[column.type])
    if column.type == "number":
        digits = column.decimals
        # Adding zero turns -0.0 into 0.0.
        return cells.map(lambda value: f"{round(value, digits) + 0.0:.{digits}f}", na_action="ignore")
    if column.type == "integer":
        return cells.map(lambda value: f"{int(value)}", na_action="ignore")
    if column.type == "boolean":
        return cells.map(lambda value: "true" if value else "false", na_action="ignore")
    return cells


def load_table(dataset: str, table: str) -> pd.DataFrame:
    """Return one table of a data set that comes with the project.

    Parameters
    ----------
    dataset : str
        As `crmsim datasets list` says.
    table : str
        As `crmsim datasets show DATASET` says.

    Returns
    -------
    DataFrame
        Text, numbers, truth values and ``datetime64``; whole numbers and truth values that may be missing
        are ``Int64`` and ``boolean``. In dirty variants everything is text, and an empty cell is "".

    Raises
    ------
    InputError
        For an unknown data set or table; where the file is not there, says where it was looked for; where
        its first line is not as described.

    Examples
    --------
    >>> load_table("retail", "transactions").dtypes["date"].kind
    'M'
    >>> int(load_table("telecom", "contracts")["ended"].isna().sum()) > 100
    True
    """
    return _read(_table(dataset, table))


def load_dataset(name: str) -> dict[str, pd.DataFrame]:
    """Return all tables of a data set that a firm would have; the truth is left out.

    Examples
    --------
    >>> list(load_dataset("b2b"))
    ['accounts', 'buying_centre', 'invoices', 'surveys']
    """
    return {key: _read(table) for key, table in describe(name).tables.items() if not table.hidden}


def load_truth(name: str) -> dict[str, pd.DataFrame]:
    """Return the tables of a data set that no firm could have: what the simulator knows.

    Examples
    --------
    >>> list(load_truth("service"))
    ['truth', 'problems']
    """
    return {key: _read(table) for key, table in describe(name).tables.items() if table.hidden}


def _table(dataset: str, table: str) -> Table:
    tables = describe(dataset).tables
    if table not in tables:
        raise InputError("table", f"must be one of {', '.join(tables)}", table)
    return tables[table]


def _read(table: Table) -> pd.DataFrame:
    path = description.FOLDER / table.path
    if not path.exists():
        raise InputError("datasets", "must hold the files that come with the program", str(path))
    cells = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    if list(cells.columns) != table.columns:
        raise InputError(
            "header", f"must be {','.join(table.columns)}", ",".join(cells.columns), where=f"{path}:1"
        )
    if table.text:
        return cells
    return pd.DataFrame({name: _parsed(cells[name], name, table, path) for name in table.columns})


def _parsed(cells: pd.Series, name: str, table: Table, path: Path) -> pd.Series:
    """Return the cells of a column as what they stand for."""
    column, optional = columns()[name], name in table.optional
    cells = cells.mask(cells == "")
    if not optional and cells.isna().any():
        line = int(cells.isna().argmax()) + 2
        raise InputError(name, "must not be empty", where=f"{path}:{line}")
    try:
        if column.type in _MOMENTS:
            return pd.to_datetime(cells, format=_MOMENTS[column.type])
        if column.type == "boolean":
            truth = cells.map({"true": True, "false": False})
            if (truth.isna() & cells.notna()).any():
                raise ValueError("must be true or false")
            return truth.astype("boolean" if optional else "bool")
        if column.type == "integer":
            return cells.astype("Int64") if optional else cells.astype("int64")
        return cells.astype("float64") if column.type == "number" else cells
    except ValueError as error:
        raise InputError(name, f"must be of type {column.type} ({error})", where=str(path)) from None
