"""Customer-base estimators: a table of customers in, a fitted model out."""

from crmsim.estimators.bg_bb import BgBb, fit_bg_bb
from crmsim.estimators.bg_nbd import BgNbd, fit_bg_nbd
from crmsim.estimators.fit import Fit
from crmsim.estimators.gamma_gamma import GammaGamma, GammaGammaFit, fit_gamma_gamma
from crmsim.estimators.mbg_nbd import MbgNbd, fit_mbg_nbd
from crmsim.estimators.pareto_nbd import ParetoNbd, fit_pareto_nbd
from crmsim.estimators.resampling import bootstrap_fits
from crmsim.estimators.sbg import ShiftedBetaGeometric, fit_sbg, fit_sbg_to_survivors

__all__ = [
    "BgBb",
    "BgNbd",
    "Fit",
    "GammaGamma",
    "GammaGammaFit",
    "MbgNbd",
    "ParetoNbd",
    "ShiftedBetaGeometric",
    "bootstrap_fits",
    "fit_bg_bb",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
    "fit_pareto_nbd",
    "fit_sbg",
    "fit_sbg_to_survivors",
]
