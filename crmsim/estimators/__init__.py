"""Customer-base estimators: a table of customers in, a fitted model out."""

from crmsim.estimators.bg_nbd import BgNbd, BgNbdFit, fit_bg_nbd
from crmsim.estimators.gamma_gamma import GammaGamma, GammaGammaFit, fit_gamma_gamma
from crmsim.estimators.pareto_nbd import ParetoNbd, ParetoNbdFit, fit_pareto_nbd
from crmsim.estimators.sbg import (
    ShiftedBetaGeometric,
    ShiftedBetaGeometricFit,
    fit_sbg,
    fit_sbg_to_survivors,
)

__all__ = [
    "BgNbd",
    "BgNbdFit",
    "GammaGamma",
    "GammaGammaFit",
    "ParetoNbd",
    "ParetoNbdFit",
    "ShiftedBetaGeometric",
    "ShiftedBetaGeometricFit",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_pareto_nbd",
    "fit_sbg",
    "fit_sbg_to_survivors",
]
