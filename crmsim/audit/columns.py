"""Columns of numbers, one per customer, checked before anything is computed from them.

Whoever adds up a bill first looks whether every line has a price.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmsim.errors import InputError

__all__ = ["number_column", "same_length"]


def number_column(field: str, values: ArrayLike) -> np.ndarray:
    """Return a column of finite numbers, refusing anything else.

    Parameters
    ----------
    field : str
        What the column is called in messages.
    values : array
        One number per customer, at least one.

    Raises
    ------
    InputError
        When something is no finite number, or nobody is there.

    Examples
    --------
    >>> number_column("spend", [3, 4]).tolist()
    [3.0, 4.0]
    """
    try:
        column = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(field, "must be numbers, one per customer", values) from None
    if column.ndim != 1 or column.size == 0:
        raise InputError(field, "must be numbers of at least one customer, in one row", column.shape)
    if not np.isfinite(column).all():
        place = int(np.argmin(np.isfinite(column)))
        raise InputError(f"{field}[{place}]", "must be a finite number", float(column[place]))
    return column


def same_length(field: str, column: np.ndarray, other: np.ndarray) -> None:
    """Refuse a column that does not have a number for each customer of another one."""
    if len(column) != len(other):
        raise InputError(field, f"must have a number for each of {len(other)} customers", len(column))
