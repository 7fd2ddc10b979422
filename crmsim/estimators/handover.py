"""Customer tables and fitted parameters in the form that lifetimes and PyMC-Marketing read, and back.

A firm that has its models in another library brings the table along, or takes a fitted model home, and
finds the same forecasts there. Neither library is needed here: what goes over is a table and numbers
with names.

`lifetimes` keeps parameters in a Series ``params_`` and takes tables indexed by customer; PyMC-Marketing
(``pymc_marketing.clv``) wants a column ``customer_id``, and calls the scale of spend ``v`` as lifetimes
does. Neither carries a unit of time: it must be said on the way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError
from crmsim.estimators.bg_bb import BgBb
from crmsim.estimators.bg_nbd import BgNbd
from crmsim.estimators.gamma_gamma import GammaGamma
from crmsim.estimators.histories import checked_history
from crmsim.estimators.mbg_nbd import MbgNbd
from crmsim.estimators.pareto_nbd import ParetoNbd
from crmsim.estimators.sbg import ShiftedBetaGeometric
from crmsim.rfm import checked_unit, summary_columns

__all__ = [
    "LIBRARY_CLASSES",
    "model_from_parameters",
    "parameters_for_lifetimes",
    "parameters_for_pymc_marketing",
    "summary_for_lifetimes",
    "summary_for_pymc_marketing",
    "summary_from_lifetimes",
    "summary_from_pymc_marketing",
]

LIBRARY_CLASSES: dict[type, tuple[str | None, str]] = {
    BgNbd: ("BetaGeoFitter", "BetaGeoModel"),
    MbgNbd: ("ModifiedBetaGeoFitter", "ModifiedBetaGeoModel"),
    ParetoNbd: ("ParetoNBDFitter", "ParetoNBDModel"),
    BgBb: ("BetaGeoBetaBinomFitter", "BetaGeoBetaBinomModel"),
    GammaGamma: ("GammaGammaFitter", "GammaGammaModel"),
    ShiftedBetaGeometric: (None, "ShiftedBetaGeoModel"),
}
"""Our models, and what each is called in lifetimes (None where it has none) and in PyMC-Marketing."""

_THEIR_NAMES = {GammaGamma: {"gamma": "v"}}

Model = TypeVar("Model")


def summary_for_lifetimes(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a customer table as the fitters of lifetimes take it.

    Parameters
    ----------
    summary : pandas.DataFrame
        As from `crmsim.rfm.rfm_summary`; not changed.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``customer_id``: ``frequency``, ``recency``, ``T`` and, if there is one,
        ``monetary_value``, all floats, durations in the unit of the table.

    Raises
    ------
    InputError
        A column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [2], "recency": [3.0], "T": [4.0]}, index=["ada"])
    >>> summary_for_lifetimes(table).reset_index().to_dict("records")
    [{'customer_id': 'ada', 'frequency': 2.0, 'recency': 3.0, 'T': 4.0}]
    """
    names = ["frequency", "recency", "T"]
    summary_columns(summary, names)
    if "monetary_value" in summary.columns:
        names.append("monetary_value")
    return summary[names].astype(float).rename_axis("customer_id")


def summary_from_lifetimes(table: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    """Return a table of lifetimes (``summary_data_from_transaction_data``) as our models take it.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by customer: ``frequency``, ``recency``, ``T`` and perhaps ``monetary_value``; not changed.
    unit : {"week", "day"}
        Unit of ``recency`` and ``T``.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``customer``; its ``attrs["unit"]`` is `unit`.

    Raises
    ------
    InputError
        A column is missing, a customer twice, a history impossible, or the unit unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [2.0], "recency": [3.0], "T": [4.0]}, index=["ada"])
    >>> summary = summary_from_lifetimes(table, unit="week")
    >>> summary["frequency"].tolist(), summary.attrs
    ([2], {'unit': 'week'})
    """
    names = ["frequency", "recency", "T"]
    x, t_x, T = checked_history(
        checked_unit(unit), *summary_columns(table, names), names=("frequency", "recency", "T")
    )
    if table.index.has_duplicates:
        twice = table.index[table.index.duplicated()][0]
        raise InputError("customer", "must have one row a customer", str(twice))
    index = pd.Index(table.index, name="customer")
    summary = pd.DataFrame({"frequency": x.astype(np.int64), "recency": t_x, "T": T}, index=index)
    if "monetary_value" in table.columns:
        summary["monetary_value"] = table["monetary_value"].to_numpy(dtype=float)
    summary.attrs["unit"] = unit
    return summary


def summary_for_pymc_marketing(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a customer table as the models of ``pymc_marketing.clv`` take it.

    Parameters
    ----------
    summary : pandas.DataFrame
        As from `crmsim.rfm.rfm_summary`; not changed. (Their Gamma-Gamma wants repeat buyers only.)

    Returns
    -------
    pandas.DataFrame
        ``customer_id``, ``frequency``, ``recency``, ``T`` and, if there is one, ``monetary_value``.

    Raises
    ------
    InputError
        A column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [2], "recency": [3.0], "T": [4.0]}, index=["ada"])
    >>> summary_for_pymc_marketing(table).columns.tolist()
    ['customer_id', 'frequency', 'recency', 'T']
    """
    return summary_for_lifetimes(summary).reset_index()


def summary_from_pymc_marketing(table: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    """Return a table of PyMC-Marketing (``clv.rfm_summary``) as our models take it.

    Parameters
    ----------
    table : pandas.DataFrame
        ``customer_id``, ``frequency``, ``recency``, ``T`` and perhaps ``monetary_value``; not changed.
    unit : {"week", "day"}
        Unit of ``recency`` and ``T``.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``customer``; its ``attrs["unit"]`` is `unit`.

    Raises
    ------
    InputError
        As for `summary_from_lifetimes`.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["ada"], "frequency": [2], "recency": [3.0], "T": [4.0]})
    >>> summary_from_pymc_marketing(table, unit="day").index.tolist()
    ['ada']
    """
    summary_columns(table, ["customer_id"])
    return summary_from_lifetimes(table.set_index("customer_id"), unit=unit)


def parameters_for_lifetimes(model: object) -> pd.Series:
    """Return the parameters of a model as ``params_`` of the lifetimes fitter in `LIBRARY_CLASSES`.

    Parameters
    ----------
    model : BgNbd, MbgNbd, ParetoNbd, BgBb or GammaGamma

    Returns
    -------
    pandas.Series
        In the order and with the names of lifetimes; times in the unit of the model.

    Raises
    ------
    InputError
        lifetimes has no such model.

    Examples
    --------
    >>> parameters_for_lifetimes(GammaGamma(p=6.25, q=3.74, gamma=15.44)).to_dict()
    {'p': 6.25, 'q': 3.74, 'v': 15.44}
    """
    if LIBRARY_CLASSES.get(type(model), (None, ""))[0] is None:
        raise InputError("model", "must be one that lifetimes has", type(model).__name__)
    return pd.Series(_their_parameters(model))


def parameters_for_pymc_marketing(model: object) -> dict[str, float]:
    """Return the parameters of a model under the names of the PyMC-Marketing model in `LIBRARY_CLASSES`.

    Parameters
    ----------
    model : one of our models

    Returns
    -------
    dict of str to float
        Times in the unit of the model. A posterior of one draw, ``{name: [[value]]}``, lets their
        methods forecast with them.

    Raises
    ------
    InputError
        PyMC-Marketing has no such model.

    Examples
    --------
    >>> parameters_for_pymc_marketing(BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426))
    {'r': 0.243, 'alpha': 4.414, 'a': 0.793, 'b': 2.426}
    """
    if type(model) not in LIBRARY_CLASSES:
        raise InputError("model", "must be one that PyMC-Marketing has", type(model).__name__)
    return _their_parameters(model)


def model_from_parameters(
    kind: type[Model], parameters: Mapping[Any, npt.ArrayLike], *, unit: str | None = None
) -> Model:
    """Return a model with the parameters of another library.

    Parameters
    ----------
    kind : type
        One of our models.
    parameters : mapping of str to float or array_like
        ``params_`` of lifetimes (dict or Series), or ``fit_result`` of PyMC-Marketing (its
        ``fit_summary()`` rounds). Of several draws the mean is taken; other names are passed over.
    unit : {"week", "day"}, optional
        Unit of time of the parameters; needed for models that have one.

    Returns
    -------
    object of class `kind`

    Raises
    ------
    InputError
        A parameter is missing or out of range, or the unit is missing, unknown or of no use.

    Examples
    --------
    >>> model_from_parameters(GammaGamma, {"p": 6.25, "q": 3.74, "v": 15.44}).gamma
    15.44
    >>> model_from_parameters(BgNbd, {"r": 0.2, "alpha": 4, "a": 0.8, "b": 2.4}, unit="week").unit
    'week'
    """
    if kind not in LIBRARY_CLASSES:
        raise InputError("kind", "must be one of our models", getattr(kind, "__name__", kind))
    values = {}
    for name in kind.PARAMETERS:  # type: ignore[attr-defined]
        theirs = _THEIR_NAMES.get(kind, {}).get(name, name)
        if theirs not in parameters:
            found = ", ".join(map(str, parameters))
            raise InputError(theirs, f"parameter is missing, there are {found}")
        values[name] = float(np.mean(np.asarray(parameters[theirs], dtype=float)))
    has_unit = hasattr(kind, "unit")
    if has_unit != (unit is not None):
        problem = "must be said, parameters do not carry it" if has_unit else "must be left out here"
        raise InputError("unit", problem, unit)
    return kind(**values, **({"unit": unit} if has_unit else {}))


def _their_parameters(model: Any) -> dict[str, float]:
    names = _THEIR_NAMES.get(type(model), {})
    return {names.get(name, name): float(getattr(model, name)) for name in model.PARAMETERS}
