"""Arguments of estimators, looked at where they enter.

A form that says five visits in minus two weeks is handed back at the counter, not found in the
accounts at the end of the year.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError

__all__ = ["check_counts", "check_parameters", "check_rate", "checked"]

Array = npt.NDArray[np.float64]


def checked(unit: str | None, **values: npt.ArrayLike) -> list[Array]:
    """Return the arguments as arrays of one shape, refusing wrong numbers and other units of time.

    Parameters
    ----------
    unit : str or None
        Unit that a pandas Series must be in if it says so; None for quantities without one.
    **values : array_like
        Arguments by name, each to be finite and at least 0.

    Returns
    -------
    list of numpy.ndarray
        Float arrays, broadcast against each other.

    Raises
    ------
    InputError
        Naming the argument.

    Examples
    --------
    >>> checked("week", x=[1, 2], T=4)
    [array([1., 2.]), array([4., 4.])]
    """
    arrays: list[Array] = []
    for name, given in values.items():
        said = getattr(given, "attrs", {}).get("unit", unit)
        if unit is not None and said != unit:
            problem = f"must be in the model's unit ({unit}); use in_unit to change the model"
            raise InputError(name, problem, said)
        try:
            array = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            raise InputError(name, "must be a number or an array of numbers", given) from None
        bad = ~(np.isfinite(array) & (array >= 0))
        if bad.any():
            raise InputError(name, "must be finite and at least 0", float(array[bad][0]))
        arrays.append(array)
    try:
        return list(np.broadcast_arrays(*arrays))
    except ValueError:
        raise InputError(", ".join(values), "must have equal lengths", [a.shape for a in arrays]) from None


def check_counts(name: str, values: Array, of: str) -> None:
    """Refuse values that are not whole numbers; `of` says of what.

    Raises
    ------
    InputError
        Naming the argument.

    Examples
    --------
    >>> check_counts("x", np.array([0.0, 2.0]), "repeat purchases")
    """
    fraction = values != np.floor(values)
    if fraction.any():
        raise InputError(name, f"must be whole numbers ({of})", float(values[fraction][0]))


def check_parameters(model: object, names: tuple[str, ...]) -> None:
    """Refuse a model with a parameter that is not finite and above 0.

    Raises
    ------
    InputError
        Naming the parameter.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> check_parameters(SimpleNamespace(r=0.5), ("r",))
    """
    for name in names:
        if not 0 < getattr(model, name) < np.inf:
            raise InputError(name, "must be finite and above 0", getattr(model, name))


def check_rate(name: str, rate: float) -> None:
    """Refuse a discount rate that is not finite and above 0.

    Raises
    ------
    InputError
        Naming the argument.

    Examples
    --------
    >>> check_rate("delta", 0.0027)
    """
    if not 0 < rate < np.inf:
        raise InputError(name, "must be finite and above 0", rate)
