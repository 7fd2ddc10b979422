"""Numbers from outside: finite, in their range, and not to be changed behind one's back.

A retention rate of 80 is a slip of the pen for 0.80. It is refused where it enters, with the place of
the first wrong entry of an array.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError

__all__ = ["Numbers", "checked", "number_of_periods", "plain", "shown"]

Numbers: TypeAlias = float | npt.NDArray[np.float64]
"""One number or an array of them; what comes out has the shape of what went in."""


def checked(
    field: str,
    value: npt.ArrayLike,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    above: bool = False,
    unit: str = "",
) -> Numbers:
    """Return a number, or a read-only copy of an array, if all of it lies in a range.

    Parameters
    ----------
    field : str
        Name for the message.
    value : array_like of float
    low, high : float
        Smallest and largest allowed value; infinite where there is none.
    above : bool
        Whether `low` itself is refused.
    unit : str
        For the message.

    Returns
    -------
    float or numpy.ndarray

    Raises
    ------
    InputError
        Something else than numbers, or one that is not finite or outside the range.

    Examples
    --------
    >>> checked("retention", [0.8, 0.9], 0, 1)
    array([0.8, 0.9])
    >>> checked("retention", [0.8, 80], 0, 1, unit="per year")
    Traceback (most recent call last):
    ...
    crmsim.errors.InputError: retention[1]: must be from 0 to 1 (per year), got 80.0
    """
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(field, "must be a number or an array of numbers", value) from None
    wrong = ~np.isfinite(array) | (array < low) | (array > high)
    if above:
        wrong |= array == low
    if wrong.any():
        place = tuple(int(index[0]) for index in np.nonzero(np.atleast_1d(wrong)))
        name = f"{field}[{', '.join(map(str, place))}]" if array.ndim else field
        range_ = _range(low, high, above) + (f" ({unit})" if unit else "")
        raise InputError(name, range_, float(np.atleast_1d(array)[place]))
    array.setflags(write=False)
    return plain(array)


def number_of_periods(field: str, value: npt.ArrayLike | None, low: int = 0) -> Numbers:
    """Return whole numbers of periods from `low`; None, which stands for no end, becomes infinity.

    Raises
    ------
    InputError
        A number is not whole, or below `low`.

    Examples
    --------
    >>> number_of_periods("payments", None), number_of_periods("payments", 12)
    (inf, 12.0)
    """
    if value is None:
        return np.inf
    numbers = checked(field, value, low)
    broken = np.asarray(numbers) % 1 != 0
    if broken.any():
        raise InputError(field, "must be a whole number of periods", float(np.asarray(numbers)[broken][0]))
    return numbers


def plain(value: npt.ArrayLike) -> Numbers:
    """Return one number as a float, and many as an array.

    Examples
    --------
    >>> plain(np.float64(0.5)), plain([0.5])
    (0.5, array([0.5]))
    """
    array = np.asarray(value, dtype=np.float64)
    return array if array.ndim else float(array)


def shown(number: Numbers, form: str) -> str:
    """Write a number, or the first of many."""
    if np.ndim(number) == 0:
        return format(float(number), form)
    return np.array2string(
        np.asarray(number), threshold=8, edgeitems=2, formatter={"float_kind": lambda x: format(x, form)}
    ).replace("\n", "")


def _range(low: float, high: float, above: bool) -> str:
    if np.isfinite(low) and np.isfinite(high):
        return f"must be above {low:g} and at most {high:g}" if above else f"must be from {low:g} to {high:g}"
    if np.isfinite(low):
        return f"must be finite and {'above' if above else 'at least'} {low:g}"
    return "must be finite"
