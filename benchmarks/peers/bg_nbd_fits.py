"""BG/NBD fitted by three libraries, each as its manual would do it.

Every function takes the same table (``frequency``, ``recency`` and ``T`` in weeks, indexed by customer) and
returns r, alpha, a and b.
"""

from __future__ import annotations

import pandas as pd

from crmsim.estimators import fit_bg_nbd
from crmsim.estimators.handover import summary_for_pymc_marketing

__all__ = ["fit_with_crmsim", "fit_with_lifetimes", "fit_with_pymc_marketing"]

Parameters = tuple[float, float, float, float]


def fit_with_crmsim(table: pd.DataFrame) -> Parameters:
    """Maximum likelihood, with standard errors."""
    model = fit_bg_nbd(table, unit="week").model
    return model.r, model.alpha, model.a, model.b


def fit_with_lifetimes(table: pd.DataFrame) -> Parameters:
    """Maximum likelihood, with standard errors."""
    from lifetimes import BetaGeoFitter

    found = BetaGeoFitter().fit(table["frequency"], table["recency"], table["T"]).params_
    return tuple(float(found[name]) for name in ("r", "alpha", "a", "b"))


def fit_with_pymc_marketing(table: pd.DataFrame) -> Parameters:
    """Maximum a posteriori under its own prior, without standard errors."""
    from pymc_marketing.clv import BetaGeoModel

    model = BetaGeoModel(data=summary_for_pymc_marketing(table))
    model.fit(method="map", progressbar=False)
    return tuple(float(model.fit_result[name].to_numpy().item()) for name in ("r", "alpha", "a", "b"))
